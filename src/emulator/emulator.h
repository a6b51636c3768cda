/*
 * The local cloud: what its files share.
 *
 *     stepdeck-emulator [--port N] [--state DIR] [--docker auto|real|stand-in]
 *                       [--docker-socket PATH] [--fault SPEC]... [--pace MS]
 *
 * One program on 127.0.0.1 that speaks enough of STS, IAM, ECR and its
 * registry, App Runner, Secrets Manager, CloudWatch Logs and S3 for every path
 * of a deployment. Everything it holds is one JSON tree in memory (saved in
 * --state DIR when given), guarded by one lock: libmicrohttpd calls us in its
 * threads, and an operation of App Runner is a thread of its own
 * (operations.h). The functions of a service's operations are called with the
 * lock, those for raw requests take it themselves.
 *
 * A request goes server -> signature -> faults -> service -> answer. A service
 * is a table of operations (struct emulator_operation); the handler gets the
 * input as JSON, also of query services, and gives JSON back, which the server
 * writes as JSON or XML by the service's protocol. The registry (/v2/...), S3,
 * and the control pages (/_emulator/...) have handlers of their own for raw
 * requests.
 *
 * When it can be asked it prints one line:
 *     ready http://127.0.0.1:PORT
 */
#ifndef STEPDECK_EMULATOR_EMULATOR_H
#define STEPDECK_EMULATOR_EMULATOR_H

#include "base/error.h"
#include "base/strbuf.h"
#include "base/strvec.h"

#include <jansson.h>
#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

#define EMULATOR_ACCOUNT "123456789012"
#define EMULATOR_REGION "us-east-1"
/* The keys that it knows at the start; sessions get others. */
#define EMULATOR_ACCESS_KEY "AKIAEMULATOR00000000"
#define EMULATOR_SECRET_KEY "emulator-secret-key-of-no-account"

struct docker;
struct fault;

/* Of those who ask the cloud, not the control pages. */
struct emulator_connections {
    int64_t opened, open, most; /* ever, now, at once */
};

enum emulator_docker { EMULATOR_DOCKER_REAL, EMULATOR_DOCKER_STAND_IN };

struct emulator {
    /* Set before the first request, and not changed again. */
    char *url;       /* "http://127.0.0.1:PORT", the registry's host too */
    char *host;      /* "127.0.0.1:PORT" */
    char *state_dir; /* NULL: memory only */
    int64_t pace_ms; /* of each phase of an operation */
    enum emulator_docker docker;

    /* Of everything below. Recursive: whoever may hold it, may take it. */
    pthread_mutex_t lock;
    /* {"services": {ARN: {...}}, "operations": {ARN: [...]}, "repositories":
     *  {NAME: {...}}, "blobs": {DIGEST: path}, "roles": {NAME: {...}},
     *  "secrets": {ARN: {...}}, "logs": {GROUP: [{timestamp, message, ...}]},
     *  "buckets": {NAME: {KEY: {...}}}, "sessions": {ACCESS_KEY: {...}},
     *  "host": where it listened} */
    json_t *tree;
    json_t *requests; /* what was asked: [{service, operation, status}], the
                         last 10000 */
    struct emulator_connections connections;
    struct fault *faults;
    size_t fault_count;
    int64_t next_id;
    int64_t skew_ms; /* how much the cloud's clock is ahead (fault skew) */
    struct operations *operations; /* what runs: operations.c */
    const char *caller; /* the access key of the call that is answered; "" */
    bool is_stopping;
};

/* Empty, but for the roles that exist at the start. */
void emulator_init(struct emulator *emulator);
void emulator_release(struct emulator *emulator);
/* The tree of --state DIR (nothing without one); saved again after each request
 * that changes something, and at each step of an operation. */
NODISCARD bool emulator_load(struct emulator *emulator, struct error *err);
void emulator_save(struct emulator *emulator);

/* ---- an operation of a service ---------------------------------------- */

/* A failure, as the service words it. */
struct emulator_failure {
    int status;       /* 400 */
    const char *code; /* "ResourceNotFoundException" */
    char message[512];
};
/* Sets it; always NULL, to be returned. */
json_t *emulator_fail(struct emulator_failure *failure, int status,
                      const char *code, const char *format, ...)
    PRINTF_LIKE(4, 5);

struct emulator_operation {
    const char *name; /* "DescribeService" */
    /* The answer (to be owned by the caller), NULL with a failure. With the
     * emulator's lock held; must not block. */
    json_t *(*answer)(struct emulator *emulator, const json_t *input,
                      struct emulator_failure *failure);
};

enum emulator_protocol { EMULATOR_JSON, EMULATOR_QUERY };
struct emulator_service {
    const char *name;    /* "apprunner": the signing name */
    const char *target;  /* "AppRunner": of X-Amz-Target; NULL for query */
    const char *version; /* "2011-06-15": of query services */
    const char *xmlns;
    enum emulator_protocol protocol;
    const struct emulator_operation *operations; /* ended by a NULL name */
};

extern const struct emulator_service emulator_apprunner, emulator_ecr,
    emulator_sts, emulator_iam, emulator_secrets, emulator_logs;

/* ---- raw requests ----------------------------------------------------- */

struct emulator_request {
    const char *method, *path; /* decoded, without the query */
    const char *query;         /* raw; "" */
    struct strvec headers;     /* "name: value", names in lower case */
    const char *body;          /* of at most 64 MB, else see body_file */
    size_t body_size;
    const char *body_file; /* a larger body, on the disk; NULL */
    const char *url;       /* path and query as they were asked */
};
struct emulator_reply {
    int status;
    struct strvec headers; /* "Name: value" */
    struct strbuf body;
    char *file; /* sent instead of the body; to free */
    int64_t offset;
    bool is_cut;       /* the connection ends without an answer */
    bool is_truncated; /* ... after `truncated` bytes of the body */
    int64_t truncated;
};
const char *emulator_header(const struct emulator_request *request,
                            const char *name);

/* Each without the lock: they take it. */
void registry_answer(struct emulator *emulator,
                     const struct emulator_request *request,
                     struct emulator_reply *reply);
void bucket_answer(struct emulator *emulator,
                   const struct emulator_request *request,
                   struct emulator_reply *reply);
void control_answer(struct emulator *emulator,
                    const struct emulator_request *request,
                    struct emulator_reply *reply);

/* ---- what services use ------------------------------------------------ */

/* Borrowed, made when it is not there: emulator_part(emulator, "services"). */
json_t *emulator_part(struct emulator *emulator, const char *name);
/* 32 hexadecimal digits; a UUID with dashes; to free. */
char *emulator_hex_id(struct emulator *emulator);
char *emulator_uuid(struct emulator *emulator);
double emulator_now(void); /* seconds since 1970 */
/* Adds a line to a log group, which is made. With the lock. */
void emulator_log(struct emulator *emulator, const char *group,
                  const char *stream, const char *message);

/* Puts the page of `items` (an array; NULL: empty) that the input asks for
 * under `member` of the answer, at most `most` (or what the input says under
 * `limit_name`), and the token of the next page under `token_name`. */
void emulator_page(const json_t *items, const json_t *input,
                   const char *token_name, const char *limit_name, size_t most,
                   json_t *answer, const char *member);
/* Adds a row to what was asked. Takes the lock. */
void emulator_record(struct emulator *emulator, const char *service,
                     const char *operation, int status);

/* An image was pushed under a watched tag: services that deploy by themselves
 * start to. Takes the lock, which may be held (awsapprunner.c). */
void apprunner_image_pushed(struct emulator *emulator, const char *repository,
                            const char *tag);

/* ---- faults (fault.c) -------------------------------------------------- */

/* --fault 'apprunner.UpdateService:throttle@1-2', or by POST to
 * /_emulator/faults, a line each:
 *   SERVICE.OPERATION:KIND[=VALUE][@FROM[-TO]]      the calls it concerns, *
 * KIND of a call: throttle, error500, error503, cut (before it is carried
 *   out), cut-after (carried out, the answer lost), slow=MS, expired, denied,
 *   skew[=SECONDS] (the cloud's clock is ahead from now on), empty-page,
 *   garbage, truncated=BYTES
 * and of what happens in the cloud, without an operation:
 *   operation:fail, operation:stuck (until the faults are cleared),
 *   operation:rollback (App Runner's own, after a failed health check),
 *   operation:rollback-failed, health:fail, health:slow=MS, health:refused (App
 *   Runner finds the version healthy, who asks its URL does not),
 *   image:exit (the container ends at once), account:closed (no new services)
 * followed by @N for the N-th operation only. Without @ it is every one. */
NODISCARD bool fault_add(struct emulator *emulator, const char *text,
                         struct error *err);
void fault_clear(struct emulator *emulator);
/* The fault for this call, counted; NULL: none. `*value` is its number. */
const char *fault_of_call(struct emulator *emulator, const char *service,
                          const char *operation, int64_t *value);
/* The same for what happens: "operation", "health", "image", "account". */
const char *fault_of_event(struct emulator *emulator, const char *event,
                           int64_t *value);

/* ---- hosting: what an App Runner service runs as (hosting.c) ----------- */

/* Starts the image (a digest reference of our registry) as a container, or as
 * the built-in web service; gives the URL it answers on, to free. Blocks: not
 * with the lock. NULL with an error: it did not start, whose text belongs into
 * the service's log. */
NODISCARD char *hosting_start(struct emulator *emulator, const char *image,
                              int port, const json_t *environment,
                              const char *application_group, char **id,
                              struct error *err);
/* One health request; false when it is not answered with 200. */
bool hosting_is_healthy(const char *url, const char *path);
void hosting_stop(struct emulator *emulator, const char *id);
/* All that still run: at the end. */
void hosting_stop_all(struct emulator *emulator);

/* ---- the Engine API's stand-in (engineapi.c) -------------------------- */

/* Serves a unix socket in threads of its own: ping, version, build of
 * COPY-only images, inspect, tag, push into our registry. */
NODISCARD bool engineapi_start(struct emulator *emulator, const char *socket,
                               struct error *err);
void engineapi_stop(struct emulator *emulator);

#endif
