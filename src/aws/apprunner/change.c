#include "aws/apprunner/change.h"

#include "base/jsonx.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

enum {
    ROLE_PATIENCE_MS = 120000, /* a new role takes a while to be known */
    ROLE_WAIT_MS = 10000,
    ON_ITS_WAY_MS = 10000, /* a call, when who sent it is no more */
    OPERATIONS_LOOKED_AT = 20
};

bool change_is_pending(const struct deployment *deployment)
{
    return deployment->operation.type && !deployment->operation.is_over;
}

const char *change_image_name(const char *image)
{
    const char *slash = image ? strchr(image, '/') : NULL;

    return slash ? slash + 1 : image ? image : "(none)";
}

/* ---- the record ------------------------------------------------------- */

static bool note_operations(struct deployment *deployment,
                            struct client *client, struct error *err)
{
    struct apprunner_operations known = { 0 };
    bool ok;

    if (!deployment->service_arn)
        return true;
    ok = apprunner_operations(client, deployment->service_arn,
                              OPERATIONS_LOOKED_AT, &known, err);
    for (size_t i = 0; ok && i < known.count; i++)
        strvec_add(&deployment->operation.before, known.items[i].id);
    apprunner_operations_release(&known);
    return ok;
}

static bool begin_record(struct deployment *deployment, struct client *client,
                         const struct change *change, struct error *err)
{
    struct deployment_operation *operation = &deployment->operation;

    deployment_operation_release(operation);
    if (!note_operations(deployment, client, err))
        return error_wrap(err, "the operations before could not be read");
    operation->type = mem_text(change->type);
    operation->purpose = mem_text(change->purpose);
    operation->image = mem_text(change->image);
    operation->called_ms = clock_wall(deployment->request->clock);
    return deployment_save(deployment, err);
}

/* Nothing was begun: the record must not say so. */
static void drop_record(struct deployment *deployment)
{
    struct error ignored = { 0 };

    deployment->operation.is_over = true;
    if (!deployment_save(deployment, &ignored))
        error_clear(&ignored);
}

/* ---- looking for it --------------------------------------------------- */

static bool find_new_operation(struct deployment *deployment,
                               struct client *client, struct error *err)
{
    struct deployment_operation *operation = &deployment->operation;
    struct apprunner_operations found = { 0 };
    bool ok = apprunner_operations(client, deployment->service_arn,
                                   OPERATIONS_LOOKED_AT, &found, err);

    for (size_t i = 0; ok && i < found.count; i++) {
        const struct apprunner_operation *item = &found.items[i];

        if (strcmp(item->type, operation->type) != 0 ||
            strvec_has(&operation->before, item->id))
            continue;
        operation->id = mem_text(item->id);
        break;
    }
    apprunner_operations_release(&found);
    return ok;
}

bool change_adopt(struct deployment *deployment, struct step_context *context,
                  struct error *err)
{
    struct client *client = deployment_client(deployment, context, err);

    if (!client)
        return false;
    if (deployment->operation.id)
        return true;
    if (!deployment->service_arn && !deployment_look(deployment, context, err))
        return false;
    if (!deployment->service_arn)
        return true;
    if (!find_new_operation(deployment, client, err))
        return false;
    return !deployment->operation.id || deployment_save(deployment, err);
}

bool change_find(struct deployment *deployment, struct step_context *context,
                 struct error *err)
{
    const struct deployment_operation *operation = &deployment->operation;
    int64_t since;
    bool is_told = false;

    for (;;) {
        if (!change_adopt(deployment, context, err))
            return false;
        since = clock_wall(deployment->request->clock) - operation->called_ms;
        if (operation->id || since < 0 || since >= ON_ITS_WAY_MS)
            return true;
        if (!is_told)
            context_log(context,
                        "an earlier run broke off a moment ago, at "
                        "its %s: looking whether it was begun",
                        operation->type);
        is_told = true;
        if (!context_wait(context, 1000))
            return error_set(err, ERROR_CANCELLED, "cancelled");
    }
}

/* An answer that was lost: the operation shows up within seconds, if it was
 * begun. */
static bool look_repeatedly(struct deployment *deployment,
                            struct step_context *context, struct error *err)
{
    static const int64_t waits_ms[] = { 1000, 2000, 4000, 8000, 15000 };
    struct error reason = { 0 };
    bool looked = false;

    context_log(context, "no answer came: looking whether it was begun");
    for (size_t i = 0; i < sizeof(waits_ms) / sizeof(waits_ms[0]); i++) {
        if (!context_wait(context, waits_ms[i]))
            return error_set(err, ERROR_CANCELLED, "cancelled");
        error_clear(&reason);
        looked = change_adopt(deployment, context, &reason);
        if (looked && deployment->operation.id)
            return true;
    }
    if (!looked)
        *err = reason;
    return looked;
}

/* ---- the call --------------------------------------------------------- */

struct answer {
    json_t *service;
    char *operation;
};

static bool call(struct client_writer *writer, const struct change *change,
                 const char *arn, struct answer *answer, struct error *err)
{
    if (strcmp(change->type, "CREATE_SERVICE") == 0)
        return apprunner_create(writer, change->input, &answer->service,
                                &answer->operation, err);
    if (strcmp(change->type, "UPDATE_SERVICE") == 0)
        return apprunner_update(writer, change->input, &answer->service,
                                &answer->operation, err);
    if (strcmp(change->type, "DELETE_SERVICE") == 0)
        return apprunner_delete(writer, arn, &answer->operation, err);
    return apprunner_start_deployment(writer, arn, &answer->operation, err);
}

/* https://github.com/pulumi/pulumi-aws/issues/2411 */
static bool is_role_not_known_yet(const struct client *client)
{
    const char *message = client_failure(client)->message;

    return strstr(message, "Error in assuming access role") ||
           strstr(message, "Error in assuming instance role");
}

static bool wait_for_role(struct step_context *context, int64_t *waited_ms)
{
    if (*waited_ms >= ROLE_PATIENCE_MS)
        return false;
    context_log(context, "App Runner cannot assume the role yet: trying again "
                         "in 10 s (a new role takes a while)");
    *waited_ms += ROLE_WAIT_MS;
    return context_wait(context, ROLE_WAIT_MS);
}

/* An answer without an id: the newest operation that is new is ours.
 * https://github.com/aws/aws-sdk/issues/226 */
static bool take_answer(struct deployment *deployment,
                        struct step_context *context, struct answer *answer,
                        struct error *err)
{
    const char *arn = jsonx_text(answer->service, "ServiceArn", NULL);

    if (arn) {
        free(deployment->service_arn);
        deployment->service_arn = mem_text(arn);
    }
    json_decref(answer->service);
    deployment->operation.id = answer->operation;
    *answer = (struct answer){ 0 };
    if (deployment->operation.id)
        return true;
    if (!look_repeatedly(deployment, context, err))
        return false;
    if (deployment->operation.id)
        return true;
    error_set(err, ERROR_IO,
              "App Runner accepted the change but shows no operation for it");
    return error_hint(err, "run 'stepdeck deploy' again: it looks once more");
}

/* Sent and not answered, or answered in a way that cannot be understood: a
 * failure without a status is none of the server's. */
static bool is_unsure(const struct client *client)
{
    const struct client_failure *failure = client_failure(client);

    return failure->is_ambiguous || !failure->message[0] ||
           (failure->status >= 200 && failure->status < 300);
}

static bool give_up_unknown(struct error *err)
{
    error_wrap(err, "nobody knows whether the change was begun");
    return error_hint(err, "run 'stepdeck deploy' again: it looks for the "
                           "operation before it asks for another one");
}

static bool call_until_known(struct deployment *deployment,
                             struct step_context *context,
                             const struct change *change, struct answer *answer,
                             struct error *err)
{
    struct client *client = deployment->client;
    struct client_writer *writer = client_writer(client);
    bool is_second = false;
    int64_t waited_ms = 0;

    for (;;) {
        struct error reason = { 0 };

        deployment->operation.called_ms =
            clock_wall(deployment->request->clock);
        if (call(writer, change, deployment->service_arn, answer, &reason))
            return true;
        if (is_role_not_known_yet(client) && wait_for_role(context, &waited_ms))
            continue;
        if (!is_unsure(client)) {
            if (reason.code != ERROR_CANCELLED)
                drop_record(deployment);
            *err = reason;
            return false;
        }
        if (!look_repeatedly(deployment, context, err))
            return give_up_unknown(err);
        if (deployment->operation.id)
            return true;
        if (is_second) {
            *err = reason;
            return give_up_unknown(err);
        }
        context_log(context, "it was not: asking once more");
        is_second = true;
    }
}

bool change_begin(struct deployment *deployment, struct step_context *context,
                  const struct change *change, struct error *err)
{
    struct client *client = deployment_client(deployment, context, err);
    struct answer answer = { 0 };

    if (!client || !begin_record(deployment, client, change, err) ||
        !call_until_known(deployment, context, change, &answer, err))
        return false;
    if (!deployment->operation.id &&
        !take_answer(deployment, context, &answer, err))
        return false;
    deployment->operation.status = mem_text("PENDING");
    context_log(context, "operation %s (%s)", deployment->operation.id,
                change->type);
    deployment_tell_operation(deployment, context);
    return deployment_save(deployment, err);
}
