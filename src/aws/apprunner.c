#include "aws/apprunner.h"

#include "aws/client.h"
#include "aws/reply.h"
#include "base/jsonx.h"
#include "base/mem.h"
#include "base/strvec.h"

#include <stdlib.h>
#include <string.h>

/* The most that ListServices and ListOperations give at once. */
enum { PAGE_SIZE = 20 };

/* ---- services --------------------------------------------------------- */

struct search {
    const char *name;
    char *arn, *deleted_arn;
    struct strvec *names;
};

static bool is_deleted(const json_t *service)
{
    return apprunner_state(service) == APPRUNNER_DELETED;
}

static bool take_service(void *context, const json_t *item, struct error *err)
{
    struct search *search = context;
    const char *name = jsonx_text(item, "ServiceName", NULL);
    const char *arn = jsonx_text(item, "ServiceArn", NULL);
    char **place = is_deleted(item) ? &search->deleted_arn : &search->arn;

    if (!name || !arn || !apprunner_status(item))
        return reply_refuse("ListServices", "ServiceName, ServiceArn or Status",
                            err);
    if (search->names && !is_deleted(item))
        strvec_add(search->names, name);
    if (search->name && strcmp(search->name, name) == 0 && !*place)
        *place = mem_text(arn);
    return true;
}

static bool search_services(struct client *client, struct search *search,
                            struct error *err)
{
    const struct reply_pages pages = { .service = CLIENT_APPRUNNER,
                                       .operation = "ListServices",
                                       .list = "ServiceSummaryList",
                                       .token = "NextToken",
                                       .take = take_service,
                                       .context = search };
    json_t *input = json_pack("{s:i}", "MaxResults", PAGE_SIZE);
    bool ok = reply_each(client, &pages, input, err);

    json_decref(input);
    return ok;
}

bool apprunner_find(struct client *client, const char *name, char **arn,
                    struct error *err)
{
    struct search search = { .name = name };
    bool ok = search_services(client, &search, err);

    *arn = NULL;
    if (ok) {
        *arn = mem_text(search.arn ? search.arn : search.deleted_arn);
        if (!*arn)
            ok = error_set(err, ERROR_NOT_FOUND,
                           "no App Runner service '%s' in %s", name,
                           client_region(client));
    }
    free(search.arn);
    free(search.deleted_arn);
    return ok;
}

bool apprunner_list(struct client *client, struct strvec *names,
                    struct error *err)
{
    struct search search = { .names = names };

    return search_services(client, &search, err);
}

/* Takes the member Service out of the answer. */
static bool take_description(const char *operation, const json_t *reply,
                             json_t **service, struct error *err)
{
    json_t *member = json_object_get(reply, "Service");

    if (!json_is_object(member) || !jsonx_text(member, "ServiceArn", NULL) ||
        !apprunner_status(member))
        return reply_refuse(operation, "Service", err);
    *service = json_incref(member);
    return true;
}

bool apprunner_describe(struct client *client, const char *arn,
                        json_t **service, struct error *err)
{
    json_t *input = json_pack("{s:s}", "ServiceArn", arn);
    struct client_call call = { CLIENT_APPRUNNER, "DescribeService", input,
                                false };
    json_t *reply = NULL;
    bool ok;

    *service = NULL;
    ok = client_read(client, &call, &reply, err) &&
         take_description(call.operation, reply, service, err);
    json_decref(reply);
    json_decref(input);
    return ok;
}

/* ---- members of a service --------------------------------------------- */

/* https://docs.aws.amazon.com/apprunner/latest/api/API_Service.html */
static const struct {
    const char *word;
    enum apprunner_state state;
} states[] = {
    { "RUNNING", APPRUNNER_RUNNING },
    { "OPERATION_IN_PROGRESS", APPRUNNER_IN_OPERATION },
    { "PAUSED", APPRUNNER_PAUSED },
    { "CREATE_FAILED", APPRUNNER_CREATE_FAILED },
    { "DELETED", APPRUNNER_DELETED },
    { "DELETE_FAILED", APPRUNNER_DELETE_FAILED },
};

enum apprunner_state apprunner_state(const json_t *service)
{
    const char *word = apprunner_status(service);

    for (size_t i = 0; word && i < sizeof(states) / sizeof(*states); i++) {
        if (strcmp(states[i].word, word) == 0)
            return states[i].state;
    }
    return APPRUNNER_OTHER;
}

static const json_t *repository_of(const json_t *service)
{
    return json_object_get(json_object_get(service, "SourceConfiguration"),
                           "ImageRepository");
}

const char *apprunner_status(const json_t *service)
{
    return reply_text(service, "Status");
}

const char *apprunner_url(const json_t *service)
{
    return reply_text(service, "ServiceUrl");
}

const char *apprunner_image(const json_t *service)
{
    return reply_text(repository_of(service), "ImageIdentifier");
}

const char *apprunner_port(const json_t *service)
{
    return reply_text(
        json_object_get(repository_of(service), "ImageConfiguration"), "Port");
}

const char *apprunner_health_path(const json_t *service)
{
    const json_t *check = json_object_get(service, "HealthCheckConfiguration");
    const char *path = reply_text(check, "Path");

    if (strcmp(jsonx_text(check, "Protocol", "TCP"), "HTTP") != 0)
        return NULL;
    return path ? path : "/";
}

bool apprunner_auto_deploys(const json_t *service)
{
    return jsonx_bool(json_object_get(service, "SourceConfiguration"),
                      "AutoDeploymentsEnabled");
}

/* ---- changes ---------------------------------------------------------- */

/* None of them has a token that makes a repetition harmless, so none is sent
 * twice. `service` may be NULL. */
static bool change(struct client_writer *writer, const char *operation,
                   const json_t *input, json_t **service, char **id,
                   struct error *err)
{
    struct client_call call = { CLIENT_APPRUNNER, operation, input, true };
    json_t *reply = NULL;
    const json_t *member;
    bool ok;

    *id = NULL;
    if (service)
        *service = NULL;
    ok = client_write(writer, &call, &reply, err);
    member = json_object_get(reply, "OperationId");
    if (ok && member && !json_is_string(member) && !json_is_null(member))
        ok = reply_refuse(operation, "OperationId", err);
    if (ok && service)
        ok = take_description(operation, reply, service, err);
    if (ok)
        *id = mem_text(reply_text(reply, "OperationId"));
    json_decref(reply);
    return ok;
}

static bool change_named(struct client_writer *writer, const char *operation,
                         const char *arn, char **id, struct error *err)
{
    json_t *input = json_pack("{s:s}", "ServiceArn", arn);
    bool ok = change(writer, operation, input, NULL, id, err);

    json_decref(input);
    return ok;
}

bool apprunner_create(struct client_writer *writer, const json_t *input,
                      json_t **service, char **operation, struct error *err)
{
    return change(writer, "CreateService", input, service, operation, err);
}

bool apprunner_update(struct client_writer *writer, const json_t *input,
                      json_t **service, char **operation, struct error *err)
{
    return change(writer, "UpdateService", input, service, operation, err);
}

bool apprunner_start_deployment(struct client_writer *writer, const char *arn,
                                char **operation, struct error *err)
{
    return change_named(writer, "StartDeployment", arn, operation, err);
}

bool apprunner_delete(struct client_writer *writer, const char *arn,
                      char **operation, struct error *err)
{
    return change_named(writer, "DeleteService", arn, operation, err);
}

/* ---- operations ------------------------------------------------------- */

/* https://docs.aws.amazon.com/apprunner/latest/api/API_OperationSummary.html */
static const struct {
    const char *word;
    enum apprunner_operation_status status;
    bool is_over;
} statuses[] = {
    { "PENDING", OPERATION_PENDING, false },
    { "IN_PROGRESS", OPERATION_IN_PROGRESS, false },
    { "SUCCEEDED", OPERATION_SUCCEEDED, true },
    { "FAILED", OPERATION_FAILED, true },
    { "ROLLBACK_IN_PROGRESS", OPERATION_ROLLING_BACK, false },
    { "ROLLBACK_SUCCEEDED", OPERATION_ROLLED_BACK, true },
    { "ROLLBACK_FAILED", OPERATION_ROLLBACK_FAILED, true },
};

enum { STATUSES = sizeof(statuses) / sizeof(*statuses) };

static enum apprunner_operation_status status_of(const char *word)
{
    for (size_t i = 0; i < STATUSES; i++) {
        if (strcmp(statuses[i].word, word) == 0)
            return statuses[i].status;
    }
    return OPERATION_UNKNOWN;
}

bool apprunner_operation_is_over(enum apprunner_operation_status status)
{
    for (size_t i = 0; i < STATUSES; i++) {
        if (statuses[i].status == status)
            return statuses[i].is_over;
    }
    return false;
}

struct history {
    struct apprunner_operations *operations;
    size_t limit;
    bool is_enough;
};

static bool take_operation(void *context, const json_t *item, struct error *err)
{
    struct history *history = context;
    struct apprunner_operations *operations = history->operations;
    const char *id = reply_text(item, "Id"), *type = reply_text(item, "Type");
    const char *word = reply_text(item, "Status");

    if (!id || !type || !word)
        return reply_refuse("ListOperations", "Id, Type or Status", err);
    operations->items =
        mem_grow(operations->items, operations->count, &operations->capacity,
                 sizeof(*operations->items));
    operations->items[operations->count++] = (struct apprunner_operation){
        .id = mem_text(id),
        .type = mem_text(type),
        .word = mem_text(word),
        .status = status_of(word),
        .started_ms = reply_time(item, "StartedAt"),
        .ended_ms = reply_time(item, "EndedAt"),
    };
    history->is_enough = history->limit && operations->count >= history->limit;
    return true;
}

bool apprunner_operations(struct client *client, const char *arn, size_t limit,
                          struct apprunner_operations *operations,
                          struct error *err)
{
    struct history history = { operations, limit, false };
    const struct reply_pages pages = { .service = CLIENT_APPRUNNER,
                                       .operation = "ListOperations",
                                       .list = "OperationSummaryList",
                                       .token = "NextToken",
                                       .may_lack_list = true,
                                       .take = take_operation,
                                       .context = &history,
                                       .is_enough = &history.is_enough };
    int size = limit && limit < PAGE_SIZE ? (int)limit : PAGE_SIZE;
    json_t *input =
        json_pack("{s:s, s:i}", "ServiceArn", arn, "MaxResults", size);
    bool ok;

    *operations = (struct apprunner_operations){ 0 };
    ok = reply_each(client, &pages, input, err);
    json_decref(input);
    if (!ok)
        apprunner_operations_release(operations);
    return ok;
}

void apprunner_operations_release(struct apprunner_operations *operations)
{
    for (size_t i = 0; i < operations->count; i++) {
        free(operations->items[i].id);
        free(operations->items[i].type);
        free(operations->items[i].word);
    }
    free(operations->items);
    *operations = (struct apprunner_operations){ 0 };
}

/* ---- names ------------------------------------------------------------ */

/* The group names come from the guide, "Viewing App Runner logs streamed to
 * CloudWatch Logs":
 * https://docs.aws.amazon.com/apprunner/latest/dg/monitor-cwl.html */
char *apprunner_log_group(const char *arn, const char *kind)
{
    const char *field = arn, *slash;

    for (int colons = 0; field && colons < 5; colons++) {
        if (colons == 2 && strncmp(field, "apprunner:", 10) != 0)
            return NULL;
        field = strchr(field, ':');
        field = field ? field + 1 : NULL;
    }
    if (!field || strncmp(arn, "arn:", 4) != 0 ||
        strncmp(field, "service/", 8) != 0)
        return NULL;
    field += 8;
    slash = strchr(field, '/');
    if (!slash || slash == field || !slash[1] || strchr(slash + 1, '/'))
        return NULL;
    return mem_format("/aws/apprunner/%s/%s", field, kind);
}
