/*
 * The thread that does for the console whatever may take time: projects,
 * plans, histories, the lock. The thread that draws asks and goes on drawing.
 *
 *     struct loader *loader = loader_start(settings, &err);
 *     loader_ask(loader, LOAD_HISTORY, NULL);
 *     poll(loader_fd()) ... loaded = loader_take(loader) ...
 *     loaded_free(loaded);
 *     loader_stop(loader);
 *
 * Jobs are done one after the other, but those that ask a cloud have a lane,
 * that is a thread, of their own: nothing waits for a slow network that does
 * not need it. Everything in an answer is owned by whoever takes it, and is no
 * longer touched by the loader.
 */
#ifndef STEPDECK_TUI_LOADER_H
#define STEPDECK_TUI_LOADER_H

#include "core/console.h"
#include "core/follower.h"
#include "core/overview.h"
#include "core/report.h"
#include "core/setup.h"
#include "core/statelog.h"
#include "core/timings.h"
#include "tui/preferences.h"
#include "tui/theme.h"

enum load_kind {
    LOAD_PLAN,        /* heading, plan, timings; see struct load_launch */
    LOAD_LAUNCH,      /* lock, plan, start; see struct load_launch */
    LOAD_JOIN,        /* the end of the launched run */
    LOAD_WATCH,       /* `text`: which run, or NULL */
    LOAD_HISTORY,     /* all runs, newest first */
    LOAD_RUN,         /* `text`: id of a run, all of it */
    LOAD_REMARKS,     /* errors.log and warnings.log */
    LOAD_CHECKPOINTS, /* checkpoints.log */
    LOAD_STATUS,      /* the overview */
    LOAD_PREFERENCES, /* writes them */
    LOAD_COPY,        /* `text` to `other`: copies a file, never over one */
    LOAD_CLIP,        /* writes `text` into the file `other` */
    LOAD_PICTURE,     /* the same, of a picture */
    LOAD_THEME,       /* `text`: its name; NULL: the default */
    LOAD_SETUP,       /* a step of the wizard; see struct load_setup */

    /* These ask the cloud. */
    LOAD_CLOUD,   /* how the service stands */
    LOAD_PREVIEW, /* what the steps of a plan would do; struct load_launch */
    LOAD_OFFERS   /* what the wizard can offer: a setup of its own */
};

/* What the header of the screen says. Texts may be NULL. */
struct heading {
    char *project, *environment, *region, *branch, *commit;
    char *state_path;
};

void heading_release(struct heading *heading);

/* One line of the history. */
struct past_run {
    char *id;
    char *command;
    char *environment;
    char *commit;
    enum report_result result;
    int64_t start_ms, duration_ms; /* -1: unknown */
    size_t completed, failed, steps;
    int exit_status;
    char *remark; /* about a journal that is not whole; NULL: it is */
};

void past_run_release(struct past_run *run);
/* Also NULL. */
void report_free(struct report *report);
void overview_free(struct overview *overview, struct session *session);

/* A run to be launched. `plan` and its texts are copied. */
struct load_launch {
    const char *command; /* "deploy", "run", "destroy", "rollback" ... */
    const char *only;    /* one step, or NULL */
    const char *skip;    /* steps, separated by spaces, or NULL */
    json_t *shown;       /* the plan that was agreed to; NULL: any. Taken */
    bool is_first;       /* the request the console was opened with */
    int64_t wait_ms;     /* for the lock; 0: as the request says */
};

/* What the wizard has done where files are touched: looks for defaults
 * (`setup` NULL), makes the files for the review, or writes them (`files`
 * given and `writes`). Both objects go with the job and come back. See
 * loadsetup.h. */
struct load_setup {
    struct setup *setup;
    struct setup_files *files;
    bool writes;
    bool anew; /* reads the project again before, keeping the answers */
    struct setup_result *result; /* of the writing */
    /* Found when the project was read. */
    bool has_steps;     /* step scripts other than a step 000 */
    bool has_own_setup; /* a step 000 */
};

struct loaded {
    enum load_kind kind;
    char *text; /* what was asked for */
    struct error error;

    /* LOAD_PLAN; LOAD_LAUNCH with `changed`. */
    struct heading heading;
    json_t *plan; /* plan_json(); NULL with an error */
    char *typed;  /* what consent has to be typed */
    char *notice; /* "the last run was interrupted; ..." */
    bool has_steps;
    bool has_target; /* deploys to a cloud */
    bool is_set_up;  /* has steps or a configuration */
    struct timings timings;
    bool has_timings;

    /* LOAD_LAUNCH, LOAD_JOIN */
    struct launch *launch; /* running; goes back with LOAD_JOIN */
    bool changed;          /* the plan is another one than was shown */
    int exit_status;

    struct theme *theme;       /* LOAD_THEME; NULL with an error */
    struct follower *follower; /* LOAD_WATCH */
    bool is_under_way;

    struct past_run *history; /* LOAD_HISTORY */
    size_t history_count;
    struct report *report; /* LOAD_RUN */

    struct statelog remarks, checkpoints;
    struct strvec hints;     /* of each remark, "" for none */
    struct load_setup setup; /* LOAD_SETUP; LOAD_OFFERS: its `setup` */
    struct session *session; /* LOAD_STATUS: what the overview borrows */
    struct overview *overview;
    json_t *cloud;    /* LOAD_CLOUD: target_status(); NULL with an error, or
                         when there is nothing to ask */
    json_t *previews; /* LOAD_PREVIEW: {STEP: [LINE ...]} */
};

void loaded_free(struct loaded *loaded);

struct loader;

/* `request` is borrowed until loader_stop(). */
NODISCARD struct loader *loader_start(const struct console_request *request,
                                      struct error *err);
/* Ends waits for a lock and for a cloud, joins, frees. A launched run must be
 * over. */
void loader_stop(struct loader *loader);

void loader_ask(struct loader *loader, enum load_kind kind, const char *text,
                const char *other);
/* LOAD_PLAN, LOAD_PREVIEW or LOAD_LAUNCH. */
void loader_run(struct loader *loader, enum load_kind kind,
                const struct load_launch *launch);
/* Takes what `setup` points to. */
void loader_setup(struct loader *loader, const struct load_setup *setup);
/* Ends a wait for the lock. */
void loader_cancel(struct loader *loader);
/* Gives the launch back to have its end awaited and everything released. */
void loader_join(struct loader *loader, struct launch *launch);
void loader_save(struct loader *loader, const struct preferences *preferences,
                 const struct preferences *before);

int loader_fd(const struct loader *loader);
struct loaded *loader_take(struct loader *loader);

#endif
