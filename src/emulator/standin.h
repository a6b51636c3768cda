/*
 * The stand-in for Docker: what its files share. engineapi.c has the socket and
 * HTTP, standin_calls.c the small answers, standin_build.c and standin_push.c
 * the long ones.
 *
 * In the tree, "standin" has
 *     {"images": {ID: {"config": DIGEST, "layer": DIGEST or none, "layer_size",
 *                      "created", "architecture"}},
 *      "names": {"repo:tag": ID}}
 * where ID is the digest of the configuration; both are blobs.
 *
 * An answer is one JSON text, or a stream of records:
 *     standin_begin(call);
 *     standin_say(call, json_pack("{s:s}", "status", "Preparing"));
 *     standin_say_error(call, "denied: ...");      and that is its end
 */
#ifndef STEPDECK_EMULATOR_STANDIN_H
#define STEPDECK_EMULATOR_STANDIN_H

#include "base/error.h"
#include "base/strvec.h"

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

struct emulator;

struct standin_call {
    struct emulator *emulator;
    int fd; /* the connection */
    char *method;
    char *path; /* decoded, without the version: "/images/web:v1/json" */
    char *name; /* of the image, when the path has one */
    char *query;
    struct strvec headers; /* "name: value", names in lower case */
    const char *body;      /* mapped */
    size_t body_size;
    bool has_begun;
};

/* NULL without it; borrowed. */
const char *standin_header(const struct standin_call *call, const char *name);

/* The whole answer; `json` is taken. */
void standin_reply(struct standin_call *call, int status, json_t *json);
/* {"message": ...} */
void standin_fail(struct standin_call *call, int status, const char *format,
                  ...) PRINTF_LIKE(3, 4);
void standin_begin(struct standin_call *call);
void standin_say(struct standin_call *call, json_t *record);
void standin_say_error(struct standin_call *call, const char *format, ...)
    PRINTF_LIKE(2, 3);

/* What engineapi.c looks a request up in; ended by a NULL method. */
struct standin_route {
    const char *method;
    const char *start, *end; /* of the path, the image's name between them */
    void (*answer)(struct standin_call *call);
};
extern const struct standin_route standin_routes[];

void standin_build(struct standin_call *call);
void standin_push(struct standin_call *call);
/* POST /auth: whether a password is one of ours. */
void standin_login(struct standin_call *call);

/* With the emulator's lock: the tree's parts, borrowed. */
json_t *standin_images(struct emulator *emulator);
json_t *standin_names(struct emulator *emulator);
/* "name" as "name:latest", to free. */
char *standin_full_name(const char *reference);

#endif
