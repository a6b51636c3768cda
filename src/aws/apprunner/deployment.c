#include "aws/apprunner/deployment.h"

#include "base/jsonx.h"
#include "base/mem.h"
#include "core/config.h"
#include "core/project.h"

#include <stdlib.h>
#include <string.h>

void deployment_release(struct deployment *deployment)
{
    const struct target_request *request = deployment->request;

    client_free(deployment->client);
    docker_free(deployment->docker);
    free(deployment->image.repository);
    free(deployment->image.tag);
    free(deployment->image.digest);
    free(deployment->image.local_id);
    free(deployment->image.commit);
    free(deployment->service_arn);
    free(deployment->service_url);
    json_decref(deployment->previous);
    free(deployment->previous_digest);
    free(deployment->verdict_before);
    free(deployment->deployed_digest);
    deployment_operation_release(&deployment->operation);
    sts_identity_release(&deployment->identity);
    json_decref(deployment->service);
    json_decref(deployment->phases);
    *deployment = (struct deployment){ .request = request };
}

/* ---- reaching out ----------------------------------------------------- */

static struct cancel *cancel_of(const struct deployment *deployment,
                                struct step_context *context)
{
    return context ? context_cancel(context) : deployment->request->cancel;
}

struct client *deployment_client(struct deployment *deployment,
                                 struct step_context *context,
                                 struct error *err)
{
    const struct config *config = &deployment->request->project->config;
    const struct config_value *profile = config_find(config, "AWS_PROFILE");
    struct client_options options = {
        .config = config,
        .clock = deployment->request->clock,
        .is_profile_explicit =
            profile && *profile->value && profile->origin == CONFIG_OPTION,
        .is_read_only = deployment->request->is_read_only,
    };

    if (!deployment->client)
        deployment->client = client_new(&options, err);
    if (deployment->client)
        client_set_cancel(deployment->client, cancel_of(deployment, context));
    return deployment->client;
}

struct docker *deployment_docker(struct deployment *deployment,
                                 struct step_context *context,
                                 struct error *err)
{
    struct docker_options options = {
        .host = deployment_setting(deployment, "DOCKER_HOST"),
        .cancel = cancel_of(deployment, context),
    };

    if (!deployment->docker)
        deployment->docker = docker_open(&options, err);
    if (deployment->docker)
        docker_set_cancel(deployment->docker, cancel_of(deployment, context));
    return deployment->docker;
}

bool deployment_identify(struct deployment *deployment,
                         struct step_context *context, struct error *err)
{
    struct client *client = deployment_client(deployment, context, err);

    return client && (deployment->identity.account ||
                      sts_identify(client, &deployment->identity, err));
}

static bool find_service(struct deployment *deployment, struct client *client,
                         struct error *err)
{
    const char *name = deployment_setting(deployment, "SERVICE_NAME");
    struct error absent = { 0 };

    if (!name) {
        error_set(err, ERROR_INPUT, "SERVICE_NAME is not set");
        return error_hint(err, "set it in deployment-config.env, or give "
                               "--service-name NAME");
    }
    free(deployment->service_arn);
    deployment->service_arn = NULL;
    if (apprunner_find(client, name, &deployment->service_arn, &absent) ||
        absent.code == ERROR_NOT_FOUND)
        return true;
    *err = absent;
    return false;
}

static void note_url(struct deployment *deployment)
{
    const char *url = apprunner_url(deployment->service);

    free(deployment->service_url);
    deployment->service_url = NULL;
    /* AWS leaves the scheme out, emulators do not. */
    if (url && *url)
        deployment->service_url =
            strstr(url, "://") ? mem_text(url) : mem_format("https://%s", url);
}

/* The known service is asked first: a list is long, and short of a page. */
bool deployment_look(struct deployment *deployment,
                     struct step_context *context, struct error *err)
{
    struct client *client = deployment_client(deployment, context, err);
    struct error absent = { 0 };

    json_decref(deployment->service);
    deployment->service = NULL;
    if (!client)
        return false;
    if (deployment->service_arn) {
        if (!apprunner_describe(client, deployment->service_arn,
                                &deployment->service, &absent) &&
            absent.code != ERROR_NOT_FOUND) {
            *err = absent;
            return false;
        }
        if (deployment->service &&
            apprunner_state(deployment->service) == APPRUNNER_DELETED) {
            json_decref(deployment->service);
            deployment->service = NULL;
        }
    }
    if (!deployment->service) {
        if (!find_service(deployment, client, err))
            return false;
        if (deployment->service_arn &&
            !apprunner_describe(client, deployment->service_arn,
                                &deployment->service, err))
            return false;
    }
    note_url(deployment);
    return true;
}

/* ---- telling ---------------------------------------------------------- */

void deployment_fail(struct step_outcome *outcome, int run_status,
                     const struct error *err)
{
    outcome->status = STATUS_FAILED;
    outcome->exit_status = -1;
    outcome->cancelled = err->code == ERROR_CANCELLED;
    outcome->run_status = run_status;
    free(outcome->message);
    free(outcome->suggestion);
    outcome->message = mem_text(err->message);
    outcome->suggestion = err->hint[0] ? mem_text(err->hint) : NULL;
}

/* The start is kept in `phases` as a negative time until the end. */
void deployment_phase(struct deployment *deployment,
                      struct step_context *context, const char *phase,
                      bool is_start)
{
    struct event *event = event_new(EVENT_CLOUD_PHASE);
    int64_t now = clock_monotonic(deployment->request->clock);
    int64_t start;

    if (!deployment->phases)
        deployment->phases = json_object();
    start = jsonx_int(deployment->phases, phase, 0);
    event_set_text(event, "phase", phase);
    event_set_text(event, "state", is_start ? "started" : "ended");
    if (is_start) {
        jsonx_set_int(deployment->phases, phase, -now);
    } else {
        if (start < 0)
            jsonx_set_int(deployment->phases, phase, now + start);
        event_set_int(event, "duration_ms",
                      jsonx_int(deployment->phases, phase, 0));
    }
    context_emit(context, event);
}

void deployment_tell_operation(struct deployment *deployment,
                               struct step_context *context)
{
    const struct deployment_operation *operation = &deployment->operation;
    struct event *event = event_new(EVENT_CLOUD_OPERATION);

    event_set_text(event, "operation", operation->id);
    event_set_text(event, "kind", operation->type);
    event_set_text(event, "purpose", operation->purpose);
    event_set_text(event, "state", operation->status);
    event_set_text(event, "resource", deployment->service_arn);
    event_set_text(event, "image", operation->image);
    context_emit(context, event);
}

const char *deployment_verdict(enum verdict verdict)
{
    static const char *const names[] = { NULL, "live", "live-unverified",
                                         "rolled-back", "down" };

    return names[verdict];
}

/* ---- settings --------------------------------------------------------- */

const char *deployment_setting(const struct deployment *deployment,
                               const char *name)
{
    const char *value = config_get(&deployment->request->project->config, name);

    if (!value)
        value = getenv(name);
    return value && *value ? value : NULL;
}

bool deployment_is_set(const struct deployment *deployment, const char *name)
{
    static const char *const words[] = { "yes", "1", "true", "on" };
    const char *value = deployment_setting(deployment, name);

    for (size_t i = 0; value && i < sizeof(words) / sizeof(words[0]); i++) {
        if (strcmp(value, words[i]) == 0)
            return true;
    }
    return false;
}

int64_t deployment_duration(const struct deployment *deployment,
                            const char *name, int64_t missing_ms)
{
    const char *text = deployment_setting(deployment, name);
    int64_t duration_ms;

    return text && clock_parse_duration(text, &duration_ms, NULL) ? duration_ms
                                                                  : missing_ms;
}
