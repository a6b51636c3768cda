/*
 * Step 035 and the wait of other steps: an operation from its call to its end.
 *
 * That the service is RUNNING proves nothing: App Runner rolls back by itself
 * and is RUNNING again. What counts is that the operation with our id
 * SUCCEEDED, and that the service then names our image.
 */
#include "aws/apprunner/await.h"

#include "aws/apprunner/change.h"
#include "aws/apprunner/deployment.h"
#include "aws/apprunner/dossier.h"
#include "aws/apprunner/servicelog.h"

#include "base/mem.h"
#include "core/config.h"
#include "core/project.h"

#include <stdlib.h>
#include <string.h>

enum {
    OPERATIONS_LOOKED_AT = 20,
    LOST_AFTER_MS = 300000, /* without an answer */
    UNLISTED_AFTER_MS = 60000,
    SETTLE_TRIES = 5, /* for DescribeService to agree */
    ROLLBACK_WAIT_MS = 600000
};

/* ---- one wait --------------------------------------------------------- */

struct wait {
    struct deployment *deployment;
    struct step_context *context;
    struct client *client;
    struct servicelog log;
    enum apprunner_operation_status status;
    int64_t began_ms, deadline_ms; /* monotonic */
    int64_t answered_ms;           /* when the cloud last answered */
    bool is_silent;                /* it does not, and that was said */
    bool is_listed;                /* our operation has been seen, */
    bool was_under_way;            /* and not at its end */
    unsigned chance;
};

static int64_t now_of(const struct wait *wait)
{
    return clock_monotonic(wait->deployment->request->clock);
}

/* Of a wait that is taken up, the call is what counts. */
static int64_t elapsed_of(const struct wait *wait)
{
    int64_t called_ms = wait->deployment->operation.called_ms;
    int64_t since = clock_wall(wait->deployment->request->clock) - called_ms;

    return called_ms && since >= 0 ? since : now_of(wait) - wait->began_ms;
}

static bool is_delete(const struct deployment *deployment)
{
    return deployment->operation.type &&
           strcmp(deployment->operation.type, "DELETE_SERVICE") == 0;
}

/* What is known is how long a version takes to be deployed. */
static int64_t usual_of(const struct wait *wait)
{
    return is_delete(wait->deployment) ? 0 : wait->deployment->usual_wait_ms;
}

static int next_chance(struct wait *wait)
{
    wait->chance = wait->chance * 1103515245U + 12345U;
    return (int)(wait->chance >> 16) % 1000;
}

static void tell_status(struct wait *wait, const char *word)
{
    struct deployment_operation *operation = &wait->deployment->operation;
    char elapsed[CLOCK_TEXT_SIZE];

    if (operation->status && strcmp(operation->status, word) == 0)
        return;
    free(operation->status);
    operation->status = mem_text(word);
    context_log(wait->context, "%s after %s", word,
                clock_format_duration(elapsed_of(wait), elapsed));
    deployment_tell_operation(wait->deployment, wait->context);
}

/* An operation that is just begun may not be listed yet. */
static bool ask(struct wait *wait, struct error *err)
{
    struct deployment *deployment = wait->deployment;
    struct apprunner_operations found = { 0 };
    bool ok = apprunner_operations(wait->client, deployment->service_arn,
                                   OPERATIONS_LOOKED_AT, &found, err);

    for (size_t i = 0; ok && i < found.count; i++) {
        if (strcmp(found.items[i].id, deployment->operation.id) != 0)
            continue;
        wait->status = found.items[i].status;
        wait->is_listed = true;
        if (!apprunner_operation_is_over(wait->status))
            wait->was_under_way = true;
        tell_status(wait, found.items[i].word);
    }
    apprunner_operations_release(&found);
    return ok;
}

/* False when it makes no sense to go on asking. */
static bool tolerate(struct wait *wait, const struct error *reason,
                     struct error *err)
{
    if (reason->code == ERROR_NOT_FOUND && is_delete(wait->deployment)) {
        wait->status = OPERATION_SUCCEEDED;
        tell_status(wait, "SUCCEEDED");
        return true;
    }
    if (!wait->is_silent)
        context_log(wait->context,
                    "the operation cannot be asked for: %s; trying on",
                    reason->message);
    wait->is_silent = true;
    if (reason->code != ERROR_NOT_FOUND &&
        now_of(wait) - wait->answered_ms < LOST_AFTER_MS)
        return true;
    *err = *reason;
    error_wrap(err, "the operation goes on in the cloud, but cannot be seen");
    return error_hint(err, "run 'stepdeck deploy' again to take up the wait");
}

static void note_answer(struct wait *wait)
{
    wait->answered_ms = now_of(wait);
    if (wait->is_silent)
        context_log(wait->context, "the cloud answers again");
    wait->is_silent = false;
}

static void tell_progress(struct wait *wait)
{
    context_progress(wait->context,
                     await_percent(elapsed_of(wait), usual_of(wait)), NULL);
}

static void tell_beginning(struct wait *wait)
{
    char usual[CLOCK_TEXT_SIZE];
    char *text;

    if (usual_of(wait) <= 0)
        return;
    text = mem_format("usually takes %s",
                      clock_format_duration(usual_of(wait), usual));
    context_progress(wait->context, 0, text);
    free(text);
}

static enum await_result cancelled(struct wait *wait, struct error *err)
{
    error_set(err, ERROR_CANCELLED,
              "cancelled while waiting: operation %s goes on in the cloud",
              wait->deployment->operation.id);
    error_hint(err, "'stepdeck deploy' takes up the wait");
    return AWAIT_CANCELLED;
}

static enum await_result timed_out(struct wait *wait, struct error *err)
{
    char elapsed[CLOCK_TEXT_SIZE];

    error_set(err, ERROR_BLOCKED,
              "operation %s has not ended after %s and goes on in the cloud",
              wait->deployment->operation.id,
              clock_format_duration(elapsed_of(wait), elapsed));
    error_hint(err, "App Runner cannot cancel it; 'stepdeck deploy' takes up "
                    "the wait, DEPLOY_TIMEOUT makes it longer");
    return AWAIT_TIMED_OUT;
}

/* Of a service that is there no more, or so old that it is forgotten. */
static enum await_result unlisted(struct wait *wait, struct error *err)
{
    error_set(err, ERROR_BLOCKED, "App Runner knows no operation %s",
              wait->deployment->operation.id);
    error_hint(err, "run 'stepdeck deploy' again: it begins with what is "
                    "serving now");
    wait->deployment->operation.is_over = true;
    wait->deployment->was_updated = false; /* nothing to roll back */
    if (!deployment_save(wait->deployment, NULL))
        context_log(wait->context, "the record could not be written");
    return AWAIT_LOST;
}

/* AWAIT_SUCCEEDED: it is over, one way or another. */
static enum await_result poll_to_end(struct wait *wait, struct error *err)
{
    for (;;) {
        int64_t interval =
            await_interval(elapsed_of(wait), usual_of(wait), next_chance(wait));
        int64_t left = wait->deadline_ms - now_of(wait);
        struct error reason = { 0 };

        if (ask(wait, &reason))
            note_answer(wait);
        else if (!context_is_cancelled(wait->context) &&
                 !tolerate(wait, &reason, err))
            return AWAIT_LOST;
        servicelog_show(&wait->log, wait->context, wait->client);
        if (apprunner_operation_is_over(wait->status))
            return AWAIT_SUCCEEDED;
        if (!wait->is_listed && !wait->is_silent &&
            now_of(wait) - wait->began_ms > UNLISTED_AFTER_MS)
            return unlisted(wait, err);
        if (left <= 0)
            return timed_out(wait, err);
        tell_progress(wait);
        if (!context_wait(wait->context, interval < left ? interval : left))
            return cancelled(wait, err);
    }
}

/* ---- the end ---------------------------------------------------------- */

/* The mean of old and new: one slow day does not last. An end that nobody saw
 * may have been long ago. */
static void learn_duration(struct wait *wait)
{
    struct deployment *deployment = wait->deployment;
    int64_t took_ms = elapsed_of(wait);

    if (wait->status != OPERATION_SUCCEEDED || !wait->was_under_way ||
        took_ms <= 0 || is_delete(deployment))
        return;
    deployment->usual_wait_ms = deployment->usual_wait_ms > 0
                                    ? (deployment->usual_wait_ms + took_ms) / 2
                                    : took_ms;
}

static bool is_serving(const struct deployment *deployment)
{
    const char *image = apprunner_image(deployment->service);

    return apprunner_state(deployment->service) == APPRUNNER_RUNNING &&
           (!deployment->operation.image ||
            (image && strcmp(image, deployment->operation.image) == 0));
}

/* What the operation says and what the service says may come apart for a
 * moment. */
static enum await_result confirm(struct wait *wait, struct error *err)
{
    struct deployment *deployment = wait->deployment;

    if (is_delete(deployment))
        return AWAIT_SUCCEEDED;
    for (int i = 0; i < SETTLE_TRIES; i++) {
        struct error reason = { 0 };

        if (i && !context_wait(wait->context, 1000))
            return cancelled(wait, err);
        if (deployment_look(deployment, wait->context, &reason) &&
            is_serving(deployment))
            return AWAIT_SUCCEEDED;
    }
    error_set(err, ERROR_BLOCKED,
              "the operation succeeded, but the service is '%s' with %s",
              deployment->service ? apprunner_status(deployment->service)
                                  : "gone",
              change_image_name(apprunner_image(deployment->service)));
    error_hint(err, "somebody else may have changed it: 'stepdeck status' "
                    "shows it");
    return AWAIT_FAILED;
}

static const struct {
    enum apprunner_operation_status status;
    enum await_result result;
    const char *message;
} ends[] = {
    { OPERATION_FAILED, AWAIT_FAILED, "App Runner could not carry it out" },
    { OPERATION_ROLLED_BACK, AWAIT_ROLLED_BACK,
      "App Runner could not start the new version and went back to the "
      "previous one by itself" },
    { OPERATION_ROLLBACK_FAILED, AWAIT_FAILED,
      "App Runner could not start the new version, nor go back to the "
      "previous one" },
};

/* The log of the application says what App Runner does not. */
static void explain(struct wait *wait, struct error *err)
{
    const char *cause;

    servicelog_finish(&wait->log, wait->context, wait->client);
    cause = is_delete(wait->deployment)
                ? NULL
                : dossier_explain_start(wait->deployment, wait->context);
    if (cause)
        error_hint(err,
                   "most likely %s; the log of this step has the lines "
                   "of the service",
                   cause);
    else
        error_hint(err, "the log of this step has the lines of the service, "
                        "which tell the reason");
}

static enum await_result judge(struct wait *wait, struct error *err)
{
    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
        if (ends[i].status != wait->status)
            continue;
        error_set(err, ERROR_BLOCKED, "%s", ends[i].message);
        explain(wait, err);
        return ends[i].result;
    }
    return confirm(wait, err);
}

static enum await_result end(struct wait *wait, struct error *err)
{
    struct deployment *deployment = wait->deployment;
    struct error unsaved = { 0 };
    enum await_result result;

    learn_duration(wait);
    deployment->operation.is_over = true;
    if (!deployment_save(deployment, &unsaved))
        context_warn(wait->context, "%s", unsaved.message);
    result = judge(wait, err);
    if (result == AWAIT_SUCCEEDED)
        context_progress(wait->context, 100, NULL);
    return result;
}

enum await_result await_operation(struct deployment *deployment,
                                  struct step_context *context,
                                  int64_t timeout_ms, struct error *err)
{
    struct client *client = deployment_client(deployment, context, err);
    struct wait wait = { .deployment = deployment,
                         .context = context,
                         .client = client,
                         .status = OPERATION_PENDING };
    enum await_result result;

    if (!client)
        return AWAIT_LOST;
    wait.began_ms = wait.answered_ms = now_of(&wait);
    wait.deadline_ms = wait.began_ms + timeout_ms;
    wait.chance = (unsigned)clock_wall(deployment->request->clock);
    servicelog_init(&wait.log, deployment);
    tell_beginning(&wait);
    result = poll_to_end(&wait, err);
    if (result == AWAIT_SUCCEEDED)
        result = end(&wait, err);
    servicelog_release(&wait.log);
    return result;
}

/* ---- the step --------------------------------------------------------- */

/* A rollback needs a service that takes an update: the operation that is late
 * has to end first, whichever way. */
static void outwait(struct deployment *deployment, struct step_context *context,
                    struct error *err)
{
    int64_t wait_ms =
        deployment_duration(deployment, "ROLLBACK_WAIT", ROLLBACK_WAIT_MS);
    struct error ended = { 0 };
    char text[CLOCK_TEXT_SIZE];
    enum await_result result;

    context_log(context, "waiting up to %s more, so that it can be rolled back",
                clock_format_duration(wait_ms, text));
    result = await_operation(deployment, context, wait_ms, &ended);
    if (result == AWAIT_ROLLED_BACK)
        deployment->self_rolled_back = true;
    if (!deployment->operation.is_over)
        error_hint(err, "%s", ended.hint);
}

static void tell_serving(struct deployment *deployment,
                         struct step_context *context)
{
    struct error ignored = { 0 };

    if (!deployment_look(deployment, context, &ignored) || !deployment->service)
        return;
    context_log(context, "the service is '%s', configured for %s",
                apprunner_status(deployment->service),
                apprunner_image(deployment->service)
                    ? apprunner_image(deployment->service)
                    : "(no image)");
}

static void conclude(struct deployment *deployment,
                     struct step_context *context, enum await_result result,
                     struct step_outcome *outcome, struct error *err)
{
    int run_status = EXIT_STATUS_UPDATE_FAILED;

    switch (result) {
    case AWAIT_SUCCEEDED:
        deployment->verdict = VERDICT_LIVE_UNVERIFIED;
        return;
    case AWAIT_CANCELLED:
        run_status = 0;
        break;
    case AWAIT_TIMED_OUT:
        run_status = EXIT_STATUS_TIMED_OUT;
        if (!deployment_is_set(deployment, "NO_ROLLBACK"))
            outwait(deployment, context, err);
        tell_serving(deployment, context);
        break;
    case AWAIT_ROLLED_BACK:
        deployment->self_rolled_back = true;
        deployment->verdict = VERDICT_ROLLED_BACK;
        break;
    case AWAIT_FAILED:
        tell_serving(deployment, context);
        if (!deployment->previous)
            deployment->verdict = VERDICT_DOWN;
        break;
    case AWAIT_LOST:
        break;
    }
    deployment_fail(outcome, run_status, err);
}

static bool has_something_to_wait_for(struct deployment *deployment,
                                      struct step_context *context,
                                      struct error *err)
{
    if (!change_is_pending(deployment))
        return false;
    if (!change_adopt(deployment, context, err))
        return false;
    return deployment->operation.id != NULL;
}

/* The step was tried before, and what it waited for has ended badly: trying
 * again deploys nothing. */
static bool has_failed_before(const struct deployment *deployment,
                              struct error *err)
{
    const struct deployment_operation *last = &deployment->operation;

    if (deployment->is_unchanged || !last->is_over || !last->status ||
        !last->purpose || strcmp(last->purpose, "deploy") != 0 ||
        strcmp(last->status, "SUCCEEDED") == 0)
        return false;
    error_set(err, ERROR_BLOCKED,
              "there is nothing to wait for: the last operation ended as %s",
              last->status);
    error_hint(err, "mend the cause, then 'stepdeck deploy' begins another");
    return true;
}

void await_run(struct step_context *context, struct step_outcome *outcome)
{
    struct deployment *deployment = context_target(context);
    int64_t timeout_ms = deployment_duration(deployment, "DEPLOY_TIMEOUT",
                                             DEPLOYMENT_TIMEOUT_MS);
    struct error err = { 0 };
    enum await_result result;

    if (!has_something_to_wait_for(deployment, context, &err)) {
        if (error_is_set(&err) || has_failed_before(deployment, &err))
            deployment_fail(outcome, EXIT_STATUS_UPDATE_FAILED, &err);
        else
            context_log(context, "no operation is under way");
        return;
    }
    deployment_phase(deployment, context, "wait", true);
    result = await_operation(deployment, context, timeout_ms, &err);
    deployment_phase(deployment, context, "wait", false);
    conclude(deployment, context, result, outcome, &err);
}
