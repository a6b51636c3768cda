/*
 * The progress of BuildKit, as `docker buildx build --progress=rawjson` writes
 * it to stderr: one JSON "SolveStatus" a line.
 *
 *     struct rawjson raw = { .tell = tell, .tell_context = context };
 *     rawjson_add(&raw, bytes, size);               any number of times
 *     rawjson_finish(&raw);
 *     ... rawjson_error(&raw) ...                    NULL: nothing failed
 *     rawjson_release(&raw);
 *
 * Told are: each step's name as a line when it begins ("[2/4] COPY . .", or
 * "CACHED [2/4] COPY . ."), its output, what it transfers as progress, and
 * warnings. What is no JSON is told as it is. Pure: how the bytes are cut
 * changes nothing.
 * https://github.com/moby/buildkit/blob/master/client/graph.go
 */
#ifndef STEPDECK_AWS_DOCKER_RAWJSON_H
#define STEPDECK_AWS_DOCKER_RAWJSON_H

#include "aws/docker/docker.h"
#include "base/strbuf.h"

#include <jansson.h>

enum { RAWJSON_LIMIT = 4 << 20, RAWJSON_STEPS = 4096 };

/* A step, which BuildKit calls a vertex. */
struct rawjson_step {
    char *digest;
    char *name;
    char *error;
    bool is_told, is_cached, has_ended;
    struct strbuf line; /* of its output, not ended yet */
};

/* `= { .tell = ..., .tell_context = ... }`; the rest is private. */
struct rawjson {
    docker_tell *tell; /* may be NULL */
    void *tell_context;

    struct rawjson_step *steps;
    size_t count, capacity;
    struct strbuf record; /* not ended yet */
    bool is_skipping;     /* the record is too long */
    char *last_error;     /* the last plain line that begins with "ERROR: " */
    char *error;          /* made up by rawjson_error() */
};

void rawjson_add(struct rawjson *raw, const char *bytes, size_t size);
/* What has no newline at its end is taken as it is. */
void rawjson_finish(struct rawjson *raw);
void rawjson_release(struct rawjson *raw);

/* "[2/4] RUN make: process ... exit code: 1": of the step that failed, not of
 * those that were given up because of it. Borrowed. */
const char *rawjson_error(struct rawjson *raw);

#endif
