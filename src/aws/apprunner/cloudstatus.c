/* How things stand in the cloud, for `status`: read-only. What cannot be read
 * is left out, and `notes` says why; only an unreadable service is an error. */
#include "aws/apprunner/change.h"
#include "aws/apprunner/deployment.h"
#include "aws/apprunner/health.h"
#include "aws/reply.h"

#include "base/jsonx.h"
#include "base/mem.h"
#include "core/config.h"
#include "core/project.h"

#include <stdlib.h>
#include <string.h>

enum { OPERATIONS_SHOWN = 5 };

static void set_time(json_t *json, const char *name, int64_t time_ms)
{
    char text[CLOCK_TEXT_SIZE];

    if (time_ms > 0)
        jsonx_set_text(json, name, clock_format_seconds(time_ms, text));
}

static json_t *make_service(const struct deployment *deployment)
{
    const json_t *service = deployment->service;
    const char *image = apprunner_image(service);
    const char *at = image ? strchr(image, '@') : NULL;
    json_t *json = json_object();

    jsonx_set_text(json, "name", jsonx_text(service, "ServiceName", NULL));
    jsonx_set_text(json, "arn", deployment->service_arn);
    jsonx_set_text(json, "url", deployment->service_url);
    jsonx_set_text(json, "status", apprunner_status(service));
    jsonx_set_text(json, "image", image);
    jsonx_set_text(json, "digest", at ? at + 1 : NULL);
    jsonx_set_bool(json, "auto_deployments", apprunner_auto_deploys(service));
    set_time(json, "updated", reply_time(service, "UpdatedAt"));
    return json;
}

static void note(json_t *status, const char *what, const struct error *reason)
{
    json_t *notes = json_object_get(status, "notes");
    char *text = mem_format("%s: %s", what, reason->message);

    if (!notes) {
        notes = json_array();
        json_object_set_new(status, "notes", notes);
    }
    json_array_append_new(notes, jsonx_string(text, strlen(text)));
    free(text);
}

static void add_operations(json_t *status, struct deployment *deployment)
{
    struct apprunner_operations found = { 0 };
    struct error reason = { 0 };
    json_t *list = json_array();

    if (!apprunner_operations(deployment->client, deployment->service_arn,
                              OPERATIONS_SHOWN, &found, &reason))
        note(status, "operations", &reason);
    for (size_t i = 0; i < found.count && i < OPERATIONS_SHOWN; i++) {
        const struct apprunner_operation *item = &found.items[i];
        const char *ours = deployment->operation.id;
        json_t *json = json_object();

        jsonx_set_text(json, "id", item->id);
        jsonx_set_text(json, "type", item->type);
        jsonx_set_text(json, "status", item->word);
        set_time(json, "started", item->started_ms);
        set_time(json, "ended", item->ended_ms);
        jsonx_set_bool(json, "ours", ours && strcmp(ours, item->id) == 0);
        json_array_append_new(list, json);
    }
    json_object_set_new(status, "operations", list);
    apprunner_operations_release(&found);
}

static void add_health(json_t *status, struct deployment *deployment,
                       struct cancel *cancel)
{
    struct health_answer answer = { 0 };
    struct error reason = { 0 };
    json_t *json = json_object();
    char *url = health_url(deployment);

    if (!health_ask(deployment, cancel, &answer, &reason)) {
        note(status, "health", &reason);
        jsonx_set_text(json, "status", "unknown");
    } else {
        jsonx_set_text(json, "status",
                       answer.kind == HEALTH_GOOD        ? "healthy"
                       : answer.kind == HEALTH_NOT_ASKED ? "unknown"
                                                         : "unhealthy");
        jsonx_set_int(json, "duration_ms", answer.duration_ms);
    }
    jsonx_set_text(json, "url", url);
    if (answer.status)
        jsonx_set_int(json, "http_status", answer.status);
    if (answer.reason[0])
        jsonx_set_text(json, "reason", answer.reason);
    json_object_set_new(status, "health", json);
    free(url);
}

/* What differs from what we deployed last, and from what is configured. */
static void add_drift(json_t *status, struct deployment *deployment)
{
    const char *live = apprunner_image(deployment->service);
    const struct deployment_operation *last = &deployment->operation;
    struct strvec lines = { 0 };
    struct error reason = { 0 };
    json_t *input = NULL, *list = json_array();

    if (live && last->image && last->is_over && last->status &&
        strcmp(last->status, "SUCCEEDED") == 0 &&
        strcmp(last->image, live) != 0)
        strvec_addf(&lines, "image: %s was deployed from here, %s is there",
                    change_image_name(last->image), change_image_name(live));
    if (live)
        input = serviceconfig_make(deployment, live, deployment->service,
                                   &lines, &reason);
    if (live && !input)
        note(status, "configuration", &reason);
    for (size_t i = 0; i < lines.count; i++)
        json_array_append_new(
            list, jsonx_string(lines.items[i], strlen(lines.items[i])));
    json_decref(input);
    json_object_set_new(status, "drift", list);
    strvec_release(&lines);
}

static void add_identity(json_t *status, struct deployment *deployment)
{
    struct error reason = { 0 };
    json_t *json = json_object();

    if (!deployment_identify(deployment, NULL, &reason))
        note(status, "identity", &reason);
    jsonx_set_text(json, "account", deployment->identity.account);
    jsonx_set_text(json, "arn", deployment->identity.arn);
    jsonx_set_text(json, "region", client_region(deployment->client));
    jsonx_set_text(json, "source",
                   client_credentials_source(deployment->client));
    set_time(json, "expires", client_credentials_expiry(deployment->client));
    json_object_set_new(status, "identity", json);
}

/* By what can be seen now; a verdict of ours is older. */
static enum verdict verdict_of(const json_t *status,
                               const struct deployment *deployment)
{
    const json_t *health = json_object_get(status, "health");
    const char *word = jsonx_text(health, "status", "unknown");
    const char *before = deployment->verdict_before;

    if (!deployment->service)
        return VERDICT_NONE;
    if (strcmp(word, "unhealthy") == 0)
        return VERDICT_DOWN;
    if (strcmp(word, "healthy") != 0) {
        switch (apprunner_state(deployment->service)) {
        case APPRUNNER_RUNNING:
            return VERDICT_LIVE_UNVERIFIED;
        case APPRUNNER_IN_OPERATION:
            return VERDICT_NONE;
        default:
            return VERDICT_DOWN;
        }
    }
    if (before && strcmp(before, deployment_verdict(VERDICT_ROLLED_BACK)) == 0)
        return VERDICT_ROLLED_BACK;
    return VERDICT_LIVE;
}

json_t *cloudstatus_make(struct deployment *deployment, struct cancel *cancel,
                         struct error *err)
{
    struct client *client = deployment_client(deployment, NULL, err);
    json_t *status;
    const char *verdict;

    if (!client)
        return NULL;
    if (!deployment_look(deployment, NULL, err))
        return NULL;
    status = json_object();
    json_object_set_new(status, "service",
                        deployment->service ? make_service(deployment)
                                            : json_null());
    if (deployment->service) {
        add_operations(status, deployment);
        add_health(status, deployment, cancel);
        add_drift(status, deployment);
    }
    add_identity(status, deployment);
    verdict = deployment_verdict(verdict_of(status, deployment));
    json_object_set_new(status, "verdict",
                        verdict ? json_string(verdict) : json_null());
    return status;
}
