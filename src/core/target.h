/*
 * What a project deploys to, behind a table of functions.
 *
 * core knows no cloud. main.c registers the targets it was built with; a test
 * registers a scripted one. A target brings built-in steps, which take their
 * place among the project's scripts by number and run in a worker thread like
 * them: blocking, straight-line code with a step context (core/worker.h).
 */
#ifndef STEPDECK_CORE_TARGET_H
#define STEPDECK_CORE_TARGET_H

#include "base/error.h"

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

struct cancel;
struct clock;
struct config;
struct project;
struct setup;
struct state;
struct step_context;
struct step_outcome;
struct strvec;

enum target_role {
    TARGET_STEP,
    /* Runs only when a step that `rolls_back` has failed, or by name. There is
     * at most one of these. */
    TARGET_ROLLBACK,
    /* Removes old images: also run by the command `prune`. */
    TARGET_PRUNE
};

struct target_step {
    int number;
    const char *id;    /* "020-build-image" */
    const char *title; /* "Build the image" */
    const char *description;
    bool critical;
    bool always; /* runs at every deploy, completed or not */
    int attempts;
    enum target_role role;
    bool rolls_back;   /* its failure starts the rollback */
    bool stands_alone; /* needs no earlier step */
    /* Whether this run needs it; NULL: always. */
    bool (*is_wanted)(const struct config *config);
    /* Runs the step. The outcome says how it ended. */
    void (*run)(struct step_context *context, struct step_outcome *outcome);
};

/* What a target keeps for one run: its own, opaque here. */
struct target_run;

/* Borrowed until the target's close(). */
struct target_request {
    const struct project *project;
    const struct state *state; /* where it may keep files of its own */
    const struct clock *clock;
    const char *run;     /* the run's id; NULL outside of a run */
    const char *command; /* "deploy", "rollback", "destroy", "status" */
    bool is_read_only;   /* nothing in the cloud may be changed */
    /* Ends what may block outside of a step; may be NULL. */
    struct cancel *cancel;
};

struct target_ops {
    const char *name;
    const struct target_step *steps;
    size_t step_count;
    /* What is deployed to, as a file name ("apprunner-us-east-1-web"), for the
     * lock of core/targetlock.h; to free. NULL: nothing to lock. */
    char *(*lock_name)(const struct config *config);
    /* In the engine's thread, before the first step and behind the last; asks
     * nobody. Steps get it by context_target(). NULL: the target needs none. */
    struct target_run *(*open)(const struct target_request *request,
                               struct error *err);
    void (*close)(struct target_run *run);
    /* At the end of a run: how it stands ("live", "rolled-back", ...; NULL when
     * nothing is known), and the members of the summary (service_url,
     * image_tag, image_digest, previous_digest, phases). */
    const char *(*summarize)(struct target_run *run, json_t *summary);
    /* What the step would do, for a dry run: sentences. Of a run that is opened
     * read-only. May block. */
    void (*preview)(struct target_run *run, const struct target_step *step,
                    struct strvec *lines);
    /* How things stand in the cloud, for `status`; to json_decref(). Read-only;
     * may block. */
    json_t *(*status)(struct target_run *run, struct cancel *cancel,
                      struct error *err);
    /* Follows what the service says until `cancel` is raised (--tail). */
    bool (*follow)(struct target_run *run, struct cancel *cancel,
                   void (*take)(void *context, int64_t time_ms,
                                const char *source, const char *line),
                   void *context, struct error *err);
    /* Offers what is there in the cloud to the wizard. May block. */
    void (*offer)(struct setup *setup, struct cancel *cancel);
};

/* Makes a target known; `ops` must live as long as the program. Not
 * thread-safe: at start only. */
void target_register(const struct target_ops *ops);
/* Forgets all; for tests. */
void target_reset(void);

/* Adds the names of all known targets, "none" first. */
void target_names(struct strvec *names);

/* The known targets by number; NULL behind the last. */
const struct target_ops *target_at(size_t index);

/* How the project's service stands in the cloud, of a look of its own that
 * cannot change anything; to json_decref(). NULL with an error; NULL without
 * one when there is nothing to ask. Blocks. */
NODISCARD json_t *target_status(const struct project *project,
                                const struct state *state,
                                struct cancel *cancel, struct error *err);

/* Follows what the service says until `cancel` is raised; false with an error
 * when that cannot be done. */
NODISCARD bool target_follow(const struct project *project,
                             const struct state *state, struct cancel *cancel,
                             void (*take)(void *context, int64_t time_ms,
                                          const char *source, const char *line),
                             void *context, struct error *err);

/* The target the configuration asks for: DEPLOY_TARGET, else `apprunner` when
 * SERVICE_NAME is set, else none (*ops is NULL). ERROR_INPUT lists the known
 * ones for an unknown name. */
NODISCARD bool target_choose(const struct config *config,
                             const struct target_ops **ops, struct error *err);

#endif
