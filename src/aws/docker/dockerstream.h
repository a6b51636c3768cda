/*
 * What a build, a push or a pull answers: JSON records, one a line, in which
 * the failure stands although the answer began with 200.
 *
 *     struct dockerstream stream = { .tell = tell, .tell_context = context };
 *     dockerstream_add(&stream, bytes, size);       any number of times
 *     dockerstream_finish(&stream);
 *     if (stream.error) ...                          the first one, in its
 * words
 *     ... stream.image, stream.digest ...
 *     dockerstream_release(&stream);
 *
 * Pure: how the bytes are cut changes nothing. A record above
 * DOCKERSTREAM_LIMIT is left out, with a line that says so.
 * https://docs.docker.com/reference/api/engine/version/v1.44/#tag/Image
 */
#ifndef STEPDECK_AWS_DOCKER_DOCKERSTREAM_H
#define STEPDECK_AWS_DOCKER_DOCKERSTREAM_H

#include "aws/docker/docker.h"
#include "base/strbuf.h"

enum {
    DOCKERSTREAM_LIMIT = 1 << 20,
    DOCKERSTREAM_LINE_LIMIT = 16 << 10,
    DOCKERSTREAM_ITEMS = 1024
};

/* The size of an item is told only while it moves; it is kept for its end. */
struct dockerstream_item {
    char *name;
    int64_t total;
};

/* `= { .tell = ..., .tell_context = ... }`; the rest is read, or private. */
struct dockerstream {
    docker_tell *tell; /* may be NULL */
    void *tell_context;

    char *error;  /* NULL: none so far */
    char *image;  /* "sha256:..." of a build, or its first 12 digits */
    char *digest; /* "sha256:..." of a push or pull */
    size_t records;

    struct strbuf record; /* not ended yet */
    bool is_skipping;     /* the record is too long */
    struct strbuf line;   /* of output, not ended yet */
    struct dockerstream_item *items;
    size_t item_count, item_capacity;
};

void dockerstream_add(struct dockerstream *stream, const char *bytes,
                      size_t size);
/* What has no newline at its end is taken as it is. */
void dockerstream_finish(struct dockerstream *stream);
void dockerstream_release(struct dockerstream *stream);

/* Whether `text` is "sha256:" and 64 hexadecimal digits. */
bool dockerstream_is_digest(const char *text);

/* Tells the lines of `size` bytes of output: they end with \n or \r, \r\n is
 * one end. `line` keeps what has no end yet; a line of
 * DOCKERSTREAM_LINE_LIMIT bytes is cut there. */
void dockerstream_lines(struct strbuf *line, const char *bytes, size_t size,
                        docker_tell *tell, void *tell_context);
/* Tells what `line` keeps, if anything, and empties it. */
void dockerstream_last_line(struct strbuf *line, docker_tell *tell,
                            void *tell_context);

#endif
