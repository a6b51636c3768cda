/*
 * One deployment to App Runner: what its steps share, and what is remembered
 * between runs.
 *
 * A `struct deployment` is the target's object of a run (core/target.h): opened
 * before the first step, closed after the last one. Steps run one after the
 * other, each in its worker's thread; the one that runs has the deployment.
 * Cloud and Docker are reached through it, so that a run has one client and one
 * connection a host.
 *
 * The record is `apprunner.json` in the state folder, 0600, replaced atomically
 * and synced by deployment_save() before anything that it speaks of is begun:
 *   image      what is built and pushed: tag, digest
 *   previous   the service as it was before we touched it, image by digest too
 *   operation  what was asked of App Runner: the ids known before, and ours
 * So a run that breaks anywhere is taken up by the next one: an update that was
 * called and whose answer was lost is found among the operations, and a wait is
 * resumed by its id.
 */
#ifndef STEPDECK_AWS_APPRUNNER_DEPLOYMENT_H
#define STEPDECK_AWS_APPRUNNER_DEPLOYMENT_H

#include "aws/apprunner.h"
#include "aws/client.h"
#include "aws/docker/docker.h"
#include "aws/ecr.h"
#include "aws/sts.h"
#include "core/outcome.h"
#include "core/target.h"
#include "core/worker.h"

#include <jansson.h>

enum verdict {
    VERDICT_NONE, /* nothing is known, or nothing was changed */
    VERDICT_LIVE,
    VERDICT_LIVE_UNVERIFIED, /* deployed, its health not (yet) shown */
    VERDICT_ROLLED_BACK,
    VERDICT_DOWN
};

/* Texts are owned, NULL where nothing is known. */
struct deployment_image {
    char *repository; /* its URI, as ECR answered */
    char *tag, *digest;
    char *local_id;                       /* of the local image */
    char *commit;                         /* 40 digits; NULL without git */
    bool is_dirty, was_built, was_pushed; /* the last two: by this run */
};

struct deployment_operation {
    char *id;             /* NULL: called, and the answer not seen */
    char *type;           /* "UPDATE_SERVICE", "CREATE_SERVICE", ... */
    char *purpose;        /* "deploy", "rollback", "destroy", "restart" */
    char *image;          /* the ImageIdentifier that was asked for */
    char *status;         /* the last word seen; NULL before the first */
    struct strvec before; /* ids known before the call */
    int64_t called_ms;
    bool is_over;
};

struct deployment {
    const struct target_request *request; /* project, state, clock, run */
    struct client *client;                /* NULL until deployment_client() */
    struct docker *docker;                /* NULL until deployment_docker() */

    /* The record. */
    struct deployment_image image;
    char *service_arn, *service_url;
    json_t *previous;      /* Service before the change; NULL: there was none */
    char *previous_digest; /* of its image */
    bool auto_deploys_before; /* to be restored */
    bool auto_deploys_changed;
    struct deployment_operation operation;
    int64_t usual_wait_ms; /* for an operation to end; 0: not known yet */
    char *verdict_before;  /* of the last run; NULL */
    char *deployed_digest; /* what the last run that was `live` deployed */

    /* Of this run. */
    struct sts_identity identity;
    json_t *service; /* the last answer of DescribeService */
    enum verdict verdict;
    bool
        is_unchanged; /* the service has this image and configuration already */
    bool was_updated; /* by this run: a failure is to be rolled back */
    bool self_rolled_back; /* App Runner did: nothing to roll back */
    int64_t log_shown_ms;  /* how far the service's log was shown */
    json_t *phases;        /* {"build": ms, ...} for the summary */
};

/* Frees what it owns, its client and connections included. */
void deployment_release(struct deployment *deployment);

/* ---- reaching out ----------------------------------------------------- */

/* The client and the daemon, made on the first call, with the step's cancel
 * from then on (`context` is NULL outside of a step); NULL with an error that
 * is fit to be shown. */
NODISCARD struct client *deployment_client(struct deployment *deployment,
                                           struct step_context *context,
                                           struct error *err);
NODISCARD struct docker *deployment_docker(struct deployment *deployment,
                                           struct step_context *context,
                                           struct error *err);
/* Who we are, asked once a run. */
NODISCARD bool deployment_identify(struct deployment *deployment,
                                   struct step_context *context,
                                   struct error *err);
/* Reads the service anew into deployment->service; that and service_arn are
 * NULL when there is none (which is true). */
NODISCARD bool deployment_look(struct deployment *deployment,
                               struct step_context *context, struct error *err);

/* ---- the record ------------------------------------------------------- */

/* One that cannot be read is set aside as apprunner.json.broken, with a
 * warning: what is serving can be seen in the cloud. */
NODISCARD bool deployment_load(struct deployment *deployment,
                               struct error *warning);
/* Synced. False when the disk does not take it: nothing that the record is to
 * speak of may then be begun. True in a state that is only in memory, which the
 * run has warned of. */
NODISCARD bool deployment_save(struct deployment *deployment,
                               struct error *err);
void deployment_operation_release(struct deployment_operation *operation);

/* ---- telling ---------------------------------------------------------- */

/* Sets the outcome: failed, with the error's words and this exit status of the
 * program (enum exit_status; 0: the usual one); cancelled for ERROR_CANCELLED.
 */
void deployment_fail(struct step_outcome *outcome, int run_status,
                     const struct error *err);
/* The cloud.phase event ("build", "started"), and its time for the summary
 * ("build", "ended"). */
void deployment_phase(struct deployment *deployment,
                      struct step_context *context, const char *phase,
                      bool is_start);
/* The cloud.operation event, from deployment->operation. */
void deployment_tell_operation(struct deployment *deployment,
                               struct step_context *context);

/* "live", "live-unverified", "rolled-back", "down"; NULL for VERDICT_NONE. */
const char *deployment_verdict(enum verdict verdict);

/* A configuration value: of the project, else of the environment; NULL. */
const char *deployment_setting(const struct deployment *deployment,
                               const char *name);
bool deployment_is_set(const struct deployment *deployment,
                       const char *name); /* "yes", "1", "true", "on" */
/* One that is a duration ("45m"); `missing_ms` when it is none. */
int64_t deployment_duration(const struct deployment *deployment,
                            const char *name, int64_t missing_ms);
/* How long an operation is waited for: DEPLOY_TIMEOUT when nobody sets it. */
enum { DEPLOYMENT_TIMEOUT_MS = 45 * 60 * 1000 };

/* ---- steps and their parts -------------------------------------------- */

/* One a file, each `run` of a target_step: they begin with
 *     struct deployment *deployment = context_target(context);            */
void preflight_run(struct step_context *context, struct step_outcome *outcome);
void imagebuild_run(struct step_context *context, struct step_outcome *outcome);
void imagepush_run(struct step_context *context, struct step_outcome *outcome);
void update_run(struct step_context *context, struct step_outcome *outcome);
void await_run(struct step_context *context, struct step_outcome *outcome);
void health_run(struct step_context *context, struct step_outcome *outcome);
void autodeploy_run(struct step_context *context, struct step_outcome *outcome);
void rollback_run(struct step_context *context, struct step_outcome *outcome);
void prune_run(struct step_context *context, struct step_outcome *outcome);
void predestroy_run(struct step_context *context, struct step_outcome *outcome);
void destroy_run(struct step_context *context, struct step_outcome *outcome);

/* What a dry run says each step would do, read-only: lines for `say`. */
void imagebuild_preview(struct deployment *deployment, struct strvec *lines);
void imagepush_preview(struct deployment *deployment, struct strvec *lines);
void update_preview(struct deployment *deployment, struct strvec *lines);
void prune_preview(struct deployment *deployment, struct strvec *lines);
void destroy_preview(struct deployment *deployment, struct strvec *lines);

/* The tag of the tree as it is: deployment->image.tag, commit, is_dirty. */
NODISCARD bool imagetag_make(struct deployment *deployment, struct error *err);

/* The input of CreateService or UpdateService for the configured service with
 * this image, merged over `live` (NULL: a new one); `drift` (may be NULL) gets
 * a line for each member that changes. To json_decref(). */
NODISCARD json_t *serviceconfig_make(const struct deployment *deployment,
                                     const char *image, const json_t *live,
                                     struct strvec *drift, struct error *err);

/* Waits for deployment->operation to end, with progress and service log lines;
 * at most `timeout_ms`. False with ERROR_BLOCKED and a run status of its own:
 * see await.c. */
enum await_result {
    AWAIT_SUCCEEDED,
    AWAIT_FAILED,
    AWAIT_ROLLED_BACK, /* by App Runner itself */
    AWAIT_TIMED_OUT,
    AWAIT_CANCELLED,
    AWAIT_LOST /* the cloud could not be asked any more */
};
enum await_result await_operation(struct deployment *deployment,
                                  struct step_context *context,
                                  int64_t timeout_ms, struct error *err);

/* Checks the health of the service as configured until two answers in a row
 * are good. False with ERROR_BLOCKED (the reason; a dossier is in the log). */
NODISCARD bool health_check(struct deployment *deployment,
                            struct step_context *context, struct error *err);

/* `status` for people and programs: service, image, digest, last operations,
 * health (one request), drift. To json_decref(). */
NODISCARD json_t *cloudstatus_make(struct deployment *deployment,
                                   struct cancel *cancel, struct error *err);

/* Follows application and service logs until `cancel`; lines to `take`. */
NODISCARD bool follow_logs(struct deployment *deployment, struct cancel *cancel,
                           void (*take)(void *context, int64_t time_ms,
                                        const char *source, const char *line),
                           void *context, struct error *err);

/* Choices for the wizard, of the account (core/setup.h). */
struct setup;
void choices_offer(struct setup *setup, struct cancel *cancel);

#endif
