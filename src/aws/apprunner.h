/*
 * App Runner: services and their operations.
 * https://docs.aws.amazon.com/apprunner/latest/api
 *
 * A service is the JSON of DescribeService: what is sent back in an update has
 * to be complete, so nothing of it may be lost on the way.
 */
#ifndef STEPDECK_AWS_APPRUNNER_H
#define STEPDECK_AWS_APPRUNNER_H

#include "base/error.h"

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

struct client;
struct client_writer;
struct strvec;

/* The ARN of the service of that name, every page read; ERROR_NOT_FOUND. A
 * DELETED one does not count while another of the name exists. To free. */
NODISCARD bool apprunner_find(struct client *client, const char *name,
                              char **arn, struct error *err);
NODISCARD bool apprunner_list(struct client *client, struct strvec *names,
                              struct error *err);
/* The member Service; to json_decref(). */
NODISCARD bool apprunner_describe(struct client *client, const char *arn,
                                  json_t **service, struct error *err);

enum apprunner_state {
    APPRUNNER_RUNNING,
    APPRUNNER_IN_OPERATION,
    APPRUNNER_PAUSED,
    APPRUNNER_CREATE_FAILED,
    APPRUNNER_DELETED,
    APPRUNNER_DELETE_FAILED,
    APPRUNNER_OTHER
};
/* Of json members; borrowed texts, NULL where there are none. */
enum apprunner_state apprunner_state(const json_t *service);
const char *apprunner_status(const json_t *service);
const char *apprunner_url(const json_t *service);
const char *apprunner_image(const json_t *service); /* ImageIdentifier */
const char *apprunner_port(const json_t *service);
const char *apprunner_health_path(const json_t *service); /* NULL for TCP */
bool apprunner_auto_deploys(const json_t *service);

/* Changes; `operation` gets the id, NULL when the answer had none. To free.
 * They are not repeated by themselves: when client_failure() says ambiguous,
 * look before trying again. */
NODISCARD bool apprunner_create(struct client_writer *writer,
                                const json_t *input, json_t **service,
                                char **operation, struct error *err);
NODISCARD bool apprunner_update(struct client_writer *writer,
                                const json_t *input, json_t **service,
                                char **operation, struct error *err);
NODISCARD bool apprunner_start_deployment(struct client_writer *writer,
                                          const char *arn, char **operation,
                                          struct error *err);
NODISCARD bool apprunner_delete(struct client_writer *writer, const char *arn,
                                char **operation, struct error *err);

enum apprunner_operation_status {
    OPERATION_PENDING,
    OPERATION_IN_PROGRESS,
    OPERATION_SUCCEEDED,
    OPERATION_FAILED,
    OPERATION_ROLLING_BACK,
    OPERATION_ROLLED_BACK,
    OPERATION_ROLLBACK_FAILED,
    OPERATION_UNKNOWN /* a word of the future: not an end */
};
struct apprunner_operation {
    char *id, *type; /* "UPDATE_SERVICE" */
    char *word;      /* the status as it was answered */
    enum apprunner_operation_status status;
    int64_t started_ms, ended_ms; /* 0: none; not to be relied on */
};
struct apprunner_operations {
    struct apprunner_operation *items;
    size_t count, capacity;
};
bool apprunner_operation_is_over(enum apprunner_operation_status status);
/* The newest `limit` (at least), newest first; 0: every page. */
NODISCARD bool apprunner_operations(struct client *client, const char *arn,
                                    size_t limit,
                                    struct apprunner_operations *operations,
                                    struct error *err);
void apprunner_operations_release(struct apprunner_operations *operations);

/* "/aws/apprunner/NAME/ID/service" of a service ARN; to free, NULL for a text
 * that is none. */
char *apprunner_log_group(const char *arn, const char *kind);

#endif
