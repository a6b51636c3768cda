/* Checks of the service as it is. */
#include "aws/apprunner/preflight_private.h"

#include "aws/apprunner.h"
#include "base/jsonx.h"
#include "base/mem.h"
#include "core/config.h"
#include "core/project.h"

#include <stdlib.h>
#include <string.h>

#define ARN_OPTION "--service-arn"

enum { OPERATIONS_LOOKED_AT = 5 };

/* ---- its state -------------------------------------------------------- */

/* How a state is told; behind `mend` the ARN and the region are put where it
 * ends with --service-arn. */
static const struct state_row {
    enum apprunner_state state;
    enum preflight_verdict verdict;
    const char *found;
    const char *mend;    /* NULL: none */
    const char *warning; /* NULL: none */
} states[] = {
    { APPRUNNER_RUNNING, PREFLIGHT_PASS, "is running", NULL, NULL },
    { APPRUNNER_PAUSED, PREFLIGHT_FAIL, "is paused, and takes no new version",
      "aws apprunner resume-service " ARN_OPTION, NULL },
    /* https://github.com/aws/apprunner-roadmap/issues/61 */
    { APPRUNNER_CREATE_FAILED, PREFLIGHT_PASS,
      "could not be created; this deployment builds it anew", NULL,
      "its creation has failed before: see the log group that `stepdeck "
      "status` names" },
    { APPRUNNER_DELETED, PREFLIGHT_FAIL, "has been deleted",
      "re-create it: deploy again when `aws apprunner list-services` shows it "
      "no more, or choose another SERVICE_NAME",
      NULL },
    { APPRUNNER_DELETE_FAILED, PREFLIGHT_FAIL, "could not be deleted",
      "aws apprunner delete-service " ARN_OPTION, NULL },
};

/* The region too: the AWS command line may know another one. */
static void mend_by(const struct preflight *preflight,
                    struct preflight_finding *finding, const char *mend)
{
    const char *arn = preflight->deployment->service_arn;
    size_t size = strlen(mend), tail = strlen(ARN_OPTION);

    if (size > tail && strcmp(mend + size - tail, ARN_OPTION) == 0)
        preflight_mend(finding, "%s %s --region %s", mend, arn ? arn : "ARN",
                       client_region(preflight->client));
    else
        preflight_mend(finding, "%s", mend);
}

/* Whether the operation that is under way is the one that an earlier run of
 * ours began. `*other` describes another one; to free. */
static bool is_ours(const struct preflight *preflight, char **other)
{
    const struct deployment *deployment = preflight->deployment;
    const struct deployment_operation *ours = &deployment->operation;
    struct apprunner_operations operations = { 0 };
    bool is_recorded = ours->called_ms && !ours->is_over;
    bool found = is_recorded;
    struct error err = { 0 };

    if (deployment->service_arn &&
        apprunner_operations(preflight->client, deployment->service_arn,
                             OPERATIONS_LOOKED_AT, &operations, &err)) {
        for (size_t i = 0; i < operations.count; i++) {
            const struct apprunner_operation *now = &operations.items[i];

            if (apprunner_operation_is_over(now->status))
                continue;
            found =
                is_recorded && (!ours->id || strcmp(ours->id, now->id) == 0);
            *other = mem_format("%s %s, %s", now->type, now->id, now->word);
            break;
        }
    }
    apprunner_operations_release(&operations);
    return found;
}

static void judge_operation(const struct preflight *preflight,
                            struct preflight_finding *finding)
{
    const struct deployment_operation *ours = &preflight->deployment->operation;
    char *other = NULL;

    if (is_ours(preflight, &other)) {
        preflight_pass(finding,
                       "an operation is under way that an earlier run began "
                       "(%s); it will be taken up",
                       ours->id ? ours->id : "its id is not known yet");
    } else {
        preflight_fail(finding,
                       "an operation is under way that is not ours%s%s",
                       other ? ": " : "", other ? other : "");
        mend_by(preflight, finding,
                "wait for its end: aws apprunner list-operations " ARN_OPTION);
    }
    free(other);
}

static void judge_state(const struct preflight *preflight,
                        struct preflight_finding *finding)
{
    const json_t *service = preflight->deployment->service;
    enum apprunner_state state = apprunner_state(service);
    const char *name = jsonx_text(service, "ServiceName", "it");

    if (state == APPRUNNER_IN_OPERATION) {
        judge_operation(preflight, finding);
        return;
    }
    for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
        const struct state_row *row = &states[i];

        if (row->state != state)
            continue;
        preflight_pass(finding, "'%s' %s", name, row->found);
        finding->verdict = row->verdict;
        if (row->warning)
            preflight_warn(finding, "%s", row->warning);
        if (row->mend)
            mend_by(preflight, finding, row->mend);
        return;
    }
    preflight_unknown(finding, "'%s' is %s, a state of which nothing is known",
                      name, jsonx_text(service, "Status", "in no state"));
}

/* 4 to 40 of [A-Za-z0-9_-], a letter or digit first.
 * https://docs.aws.amazon.com/apprunner/latest/api/API_CreateService.html */
bool preflight_is_service_name(const char *name)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                  "abcdefghijklmnopqrstuvwxyz0123456789-_";
    size_t size = strlen(name);

    return size >= 4 && size <= 40 && strspn(name, letters) == size &&
           name[0] != '-' && name[0] != '_';
}

/* Other clouds than AWS may be more lenient. */
static void judge_name(const struct preflight *preflight,
                       struct preflight_finding *finding)
{
    const char *name =
        deployment_setting(preflight->deployment, "SERVICE_NAME");

    if (client_has_endpoint(preflight->client, CLIENT_APPRUNNER) ||
        preflight_is_service_name(name)) {
        preflight_pass(finding, "there is no '%s' yet; it will be created",
                       name);
        return;
    }
    preflight_fail(finding, "'%s' is no name for a new service", name);
    preflight_mend(finding, "set SERVICE_NAME to 4 to 40 letters, digits, "
                            "'-' and '_', a letter or digit first");
}

static void look_at_service(struct preflight *preflight,
                            struct preflight_finding *finding)
{
    struct error err = { 0 };

    if (!preflight->client) {
        preflight_unknown(finding, "AWS cannot be asked");
        return;
    }
    if (!deployment_look(preflight->deployment, preflight->context, &err)) {
        preflight_error(finding, &err);
        if (!finding->mend)
            preflight_mend(finding, "allow apprunner:ListServices and "
                                    "apprunner:DescribeService");
        return;
    }
    preflight->has_looked = true;
    if (preflight->deployment->service)
        judge_state(preflight, finding);
    else
        judge_name(preflight, finding);
}

/* ---- its configuration ------------------------------------------------ */

/* Whether somebody has written the value: a default changes nothing. */
static bool is_configured(const struct preflight *preflight, const char *key)
{
    const struct config_value *value =
        config_find(&preflight->deployment->request->project->config, key);

    return value && value->origin != CONFIG_DEFAULT && value->value[0];
}

static void compare(const struct preflight *preflight, const char *key,
                    const char *live, struct preflight_finding *finding,
                    const char *what)
{
    const char *wanted = deployment_setting(preflight->deployment, key);

    if (!live || !wanted || strcmp(wanted, live) == 0)
        return;
    if (is_configured(preflight, key))
        preflight_warn(finding,
                       "%s is %s, the live service has %s: this deployment "
                       "changes it",
                       key, wanted, live);
    else
        preflight_warn(finding,
                       "%s is not set and the live service has %s %s, not %s: "
                       "that stays; set %s=%s",
                       key, what, live, wanted, key, live);
}

static const char *or_none(const char *text, const char *none)
{
    return text ? text : none;
}

static void look_at_alignment(struct preflight *preflight,
                              struct preflight_finding *finding)
{
    const struct deployment *deployment = preflight->deployment;
    const char *port, *path;

    if (!preflight->has_looked) {
        preflight_unknown(finding, "the service cannot be looked at");
        return;
    }
    if (!deployment->service) {
        preflight_pass(
            finding, "port %s, health path %s for the new service",
            or_none(deployment_setting(deployment, "PORT"), "8080"),
            or_none(deployment_setting(deployment, "HEALTH_PATH"), "/"));
        return;
    }
    port = apprunner_port(deployment->service);
    path = apprunner_health_path(deployment->service);
    preflight_pass(finding, "the live service has port %s, %s",
                   or_none(port, "8080"),
                   or_none(path, "and a TCP check in place of a health path"));
    compare(preflight, "HEALTH_PATH", path, finding, "the health path");
    /* The port matters more: last, for there is one warning. */
    compare(preflight, "PORT", or_none(port, "8080"), finding, "port");
}

static void look_at_permissions(struct preflight *preflight,
                                struct preflight_finding *finding)
{
    static const char *const actions[] = {
        "apprunner:ListServices",   "apprunner:DescribeService",
        "apprunner:ListOperations", "apprunner:UpdateService",
        "apprunner:CreateService",  "apprunner:StartDeployment",
    };
    struct preflight_permission permission = {
        .principal = preflight->deployment->identity.arn,
        .who = "you",
        .actions = actions,
        .count = sizeof(actions) / sizeof(actions[0]),
    };

    if (preflight->client)
        preflight_simulate(preflight, &permission, finding);
    else
        preflight_unknown(finding, "AWS cannot be asked");
}

const struct preflight_check preflight_service[] = {
    { "service", look_at_service },
    { "port and health", look_at_alignment },
    { "deploy permissions", look_at_permissions },
    { NULL, NULL },
};
