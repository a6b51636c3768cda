/* App Runner: services, as they are asked about and changed. What a change
 * starts is in operations.c. https://docs.aws.amazon.com/apprunner/latest/api
 */
#include "base/jsonx.h"
#include "base/mem.h"
#include "emulator/emulator.h"
#include "emulator/operations.h"
#include "emulator/service.h"

#include <stdlib.h>
#include <string.h>

/* A page may always be shorter than what was asked for: these are, so that who
 * reads only the first notices. */
enum { PAGE = 3, QUOTA = 30 };

static const char *status_of(const json_t *service)
{
    return jsonx_text(service, "Status", "");
}

static bool is_status(const json_t *service, const char *status)
{
    return !strcmp(status_of(service), status);
}

/* The entry of "services" that the input names. */
static json_t *find(struct emulator *emulator, const json_t *input,
                    struct emulator_failure *failure)
{
    const char *arn = jsonx_text(input, "ServiceArn", "");
    json_t *entry = operations_entry(emulator, arn);

    if (!entry)
        emulator_fail(failure, 400, "ResourceNotFoundException",
                      "Service cannot be found for the provided resource ARN: "
                      "%s",
                      arn);
    return entry;
}

/* The service of an entry in one of the states. */
static json_t *find_in(struct emulator *emulator, const json_t *input,
                       const char *const *states,
                       struct emulator_failure *failure)
{
    json_t *service =
        json_object_get(find(emulator, input, failure), "Service");

    if (!service)
        return NULL;
    for (size_t i = 0; states[i]; i++)
        if (is_status(service, states[i]))
            return service;
    return emulator_fail(failure, 400, "InvalidStateException",
                         "Operation in progress or not possible: the service "
                         "status is %s. Service ARN: %s",
                         status_of(service),
                         jsonx_text(input, "ServiceArn", ""));
}

/* {"Service", "OperationId"} of an operation that begins now. */
static json_t *begin(struct emulator *emulator, const char *arn,
                     const char *type)
{
    char *id = operations_start(emulator, arn, type);
    json_t *answer = json_object();
    json_t *entry = operations_entry(emulator, arn);

    json_object_set_new(answer, "Service",
                        json_deep_copy(json_object_get(entry, "Service")));
    jsonx_set_text(answer, "OperationId", id);
    free(id);
    return answer;
}

/* ---- changes ----------------------------------------------------------------
 */

static bool may_create(struct emulator *emulator, const char *name,
                       struct emulator_failure *failure)
{
    json_t *services = emulator_part(emulator, "services");
    size_t count = 0;
    const char *arn;
    json_t *entry;

    if (fault_of_event(emulator, "account", NULL)) {
        /* What a closed account really gets is not documented. */
        emulator_fail(failure, 400, "SubscriptionRequiredException",
                      "AWS App Runner is no longer open to new customers.");
        return false;
    }
    json_object_foreach(services, arn, entry)
    {
        const json_t *service = json_object_get(entry, "Service");

        if (is_status(service, "DELETED"))
            continue;
        count++;
        if (!strcmp(jsonx_text(service, "ServiceName", ""), name)) {
            emulator_fail(failure, 400, "InvalidRequestException",
                          "Service with the provided name already exists: %s.",
                          name);
            return false;
        }
    }
    if (count >= QUOTA)
        emulator_fail(failure, 400, "ServiceQuotaExceededException",
                      "You have reached the quota of %d services.", QUOTA);
    return count < QUOTA;
}

static json_t *create_service(struct emulator *emulator, const json_t *input,
                              struct emulator_failure *failure)
{
    const char *name = jsonx_text(input, "ServiceName", "");
    json_t *service, *entry, *answer;

    if (!may_create(emulator, name, failure))
        return NULL;
    char *id = emulator_hex_id(emulator);
    char *arn = mem_format("arn:aws:apprunner:" EMULATOR_REGION
                           ":" EMULATOR_ACCOUNT ":service/%s/%s",
                           name, id);
    service = service_new(input, arn, id);
    free(id);
    if (!service_check(emulator, service, failure)) {
        json_decref(service);
        free(arn);
        return NULL;
    }
    entry = json_object();
    json_object_set_new(entry, "Service", service);
    json_object_set(entry, "Tags", json_object_get(input, "Tags"));
    json_object_set_new(emulator_part(emulator, "services"), arn, entry);
    char *url = operations_open_url(emulator, arn);
    jsonx_set_text(service, "ServiceUrl", url);
    free(url);
    answer = begin(emulator, arn, "CREATE_SERVICE");
    free(arn);
    return answer;
}

static json_t *update_service(struct emulator *emulator, const json_t *input,
                              struct emulator_failure *failure)
{
    static const char *const states[] = { "RUNNING", "PAUSED", "CREATE_FAILED",
                                          NULL };
    const char *arn = jsonx_text(input, "ServiceArn", "");
    json_t *old = find_in(emulator, input, states, failure);
    json_t *service;

    if (!old)
        return NULL;
    service = json_deep_copy(old);
    service_merge(service, input);
    if (!service_check(emulator, service, failure)) {
        json_decref(service);
        return NULL;
    }
    json_object_set_new(service, "UpdatedAt", json_real(emulator_now()));
    json_object_set_new(operations_entry(emulator, arn), "Service", service);
    return begin(emulator, arn, "UPDATE_SERVICE");
}

static json_t *start_deployment(struct emulator *emulator, const json_t *input,
                                struct emulator_failure *failure)
{
    static const char *const states[] = { "RUNNING", NULL };
    const char *arn = jsonx_text(input, "ServiceArn", "");
    json_t *answer;

    if (!find_in(emulator, input, states, failure))
        return NULL;
    answer = begin(emulator, arn, "START_DEPLOYMENT");
    json_object_del(answer, "Service");
    return answer;
}

/* Already there: no operation, which the model allows. */
static json_t *pause_or_resume(struct emulator *emulator, const json_t *input,
                               const char *from, const char *to,
                               const char *type,
                               struct emulator_failure *failure)
{
    const char *states[] = { from, to, NULL };
    const char *arn = jsonx_text(input, "ServiceArn", "");
    json_t *service = find_in(emulator, input, states, failure);

    if (!service)
        return NULL;
    if (is_status(service, to))
        return json_pack("{s:O}", "Service", service);
    return begin(emulator, arn, type);
}

static json_t *pause_service(struct emulator *emulator, const json_t *input,
                             struct emulator_failure *failure)
{
    return pause_or_resume(emulator, input, "RUNNING", "PAUSED",
                           "PAUSE_SERVICE", failure);
}

static json_t *resume_service(struct emulator *emulator, const json_t *input,
                              struct emulator_failure *failure)
{
    return pause_or_resume(emulator, input, "PAUSED", "RUNNING",
                           "RESUME_SERVICE", failure);
}

static json_t *delete_service(struct emulator *emulator, const json_t *input,
                              struct emulator_failure *failure)
{
    static const char *const states[] = { "RUNNING", "PAUSED", "CREATE_FAILED",
                                          "DELETE_FAILED", NULL };

    if (!find_in(emulator, input, states, failure))
        return NULL;
    return begin(emulator, jsonx_text(input, "ServiceArn", ""),
                 "DELETE_SERVICE");
}

/* ---- questions
 * ---------------------------------------------------------------- */

static json_t *describe_service(struct emulator *emulator, const json_t *input,
                                struct emulator_failure *failure)
{
    json_t *entry = find(emulator, input, failure);

    return entry ? json_pack("{s:O}", "Service",
                             json_object_get(entry, "Service"))
                 : NULL;
}

static json_t *summary_of(const json_t *service)
{
    static const char *const members[] = { "ServiceName", "ServiceId",
                                           "ServiceArn",  "ServiceUrl",
                                           "CreatedAt",   "UpdatedAt",
                                           "Status" };
    json_t *summary = json_object();

    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
        json_object_set(summary, members[i],
                        json_object_get(service, members[i]));
    return summary;
}

/* A page is cut first and the deleted are left out of it then: it can be short,
 * or empty, and still have a token, as with App Runner itself.
 * https://github.com/boto/botocore/issues/3116 */
static json_t *list_services(struct emulator *emulator, const json_t *input,
                             struct emulator_failure *failure)
{
    json_t *services = emulator_part(emulator, "services");
    json_t *summaries = json_array();
    json_t *answer = json_object();
    const char *arn;
    json_t *entry, *page;

    (void)failure;
    json_object_foreach(services, arn, entry) json_array_append_new(
        summaries, summary_of(json_object_get(entry, "Service")));
    emulator_page(summaries, input, "NextToken", "MaxResults", PAGE, answer,
                  "ServiceSummaryList");
    page = json_object_get(answer, "ServiceSummaryList");
    for (size_t i = json_array_size(page); i-- > 0;)
        if (is_status(json_array_get(page, i), "DELETED"))
            json_array_remove(page, i);
    json_decref(summaries);
    return answer;
}

static json_t *list_operations(struct emulator *emulator, const json_t *input,
                               struct emulator_failure *failure)
{
    const char *arn = jsonx_text(input, "ServiceArn", "");
    json_t *answer;

    if (!find(emulator, input, failure))
        return NULL;
    answer = json_object();
    emulator_page(json_object_get(emulator_part(emulator, "operations"), arn),
                  input, "NextToken", "MaxResults", PAGE, answer,
                  "OperationSummaryList");
    return answer;
}

static json_t *list_tags(struct emulator *emulator, const json_t *input,
                         struct emulator_failure *failure)
{
    json_t *tags;
    json_t *named =
        json_pack("{s:O}", "ServiceArn", json_object_get(input, "ResourceArn"));
    json_t *entry = find(emulator, named, failure);

    json_decref(named);
    if (!entry)
        return NULL;
    tags = json_object_get(entry, "Tags");
    return json_pack("{s:o}", "Tags", tags ? json_copy(tags) : json_array());
}

static json_t *tag_resource(struct emulator *emulator, const json_t *input,
                            struct emulator_failure *failure)
{
    json_t *tags = list_tags(emulator, input, failure);
    const char *arn = jsonx_text(input, "ResourceArn", "");

    if (!tags)
        return NULL;
    json_array_extend(json_object_get(tags, "Tags"),
                      json_object_get(input, "Tags"));
    json_object_set(operations_entry(emulator, arn), "Tags",
                    json_object_get(tags, "Tags"));
    json_decref(tags);
    return json_object();
}

/* ---- deployments by themselves
 * -------------------------------------------------- */

/* "HOST/NAME:TAG", "HOST/NAME" for latest. */
static bool watches(const json_t *service, const char *repository,
                    const char *tag)
{
    const json_t *source = json_object_get(service, "SourceConfiguration");
    const json_t *image = json_object_get(source, "ImageRepository");
    const char *slash = strchr(jsonx_text(image, "ImageIdentifier", ""), '/');
    bool is_same;

    if (!slash || !jsonx_bool(source, "AutoDeploymentsEnabled"))
        return false;
    char *whole = mem_format("%s:%s", repository, tag);
    is_same = !strcmp(slash + 1, whole) ||
              (!strcmp(tag, "latest") && !strcmp(slash + 1, repository));
    free(whole);
    return is_same;
}

void apprunner_image_pushed(struct emulator *emulator, const char *repository,
                            const char *tag)
{
    json_t *services;
    const char *arn;
    json_t *entry;

    pthread_mutex_lock(&emulator->lock);
    services = emulator_part(emulator, "services");
    json_object_foreach(services, arn, entry)
    {
        const json_t *service = json_object_get(entry, "Service");

        if (is_status(service, "RUNNING") && watches(service, repository, tag))
            free(operations_start(emulator, arn, "START_DEPLOYMENT"));
    }
    pthread_mutex_unlock(&emulator->lock);
}

static const struct emulator_operation operations[] = {
    { "CreateService", create_service },
    { "UpdateService", update_service },
    { "DescribeService", describe_service },
    { "ListServices", list_services },
    { "ListOperations", list_operations },
    { "StartDeployment", start_deployment },
    { "PauseService", pause_service },
    { "ResumeService", resume_service },
    { "DeleteService", delete_service },
    { "TagResource", tag_resource },
    { "ListTagsForResource", list_tags },
    { NULL, NULL },
};

const struct emulator_service emulator_apprunner = {
    .name = "apprunner",
    .target = "AppRunner",
    .protocol = EMULATOR_JSON,
    .operations = operations,
};
