/*
 * Everything the screen shows, and what the user's actions change: no
 * terminal, no thread, no file.
 *
 *     struct model model;
 *     model_init(&model, &request);
 *     model_event(&model, event);        from an engine, a follower, a journal
 *     model_loaded(&model, loaded);      from the loader; takes ownership
 *     model_key(&model, key);            from the terminal
 *     model_tick(&model, now_ms);
 *     model_draw(&model, &canvas);
 *     while (model_take(&model, &request)) perform it
 *     model_release(&model);
 *
 * DESIGN. A run is shown by folding its events (core/runmodel.h), so replaying
 * a journal gives the same screen as having watched. What a key press wants
 * done outside (start, answer, copy, quit) becomes a request in the model's
 * outbox, which the loop in console.c performs; so every screen and every key
 * can be tested without a terminal.
 *
 *   key -> dialog or keymap -> action -> view -> model; request -> console
 */
#ifndef STEPDECK_TUI_MODEL_H
#define STEPDECK_TUI_MODEL_H

#include "core/console.h"
#include "core/runmodel.h"
#include "tui/dialog.h"
#include "tui/list.h"
#include "tui/loader.h"
#include "tui/logpane.h"
#include "tui/theme.h"
#include "tui/view.h"

enum view_id {
    VIEW_DEPLOY,
    VIEW_PLAN,
    VIEW_HISTORY,
    VIEW_ERRORS,
    VIEW_CHECKPOINTS,
    VIEW_STATUS,
    VIEW_HELP,
    VIEW_WIZARD,
    VIEW_COUNT
};

/* What the run that is shown is doing. */
enum run_mode {
    MODE_LOADING,  /* nothing is known yet */
    MODE_IDLE,     /* nothing runs: `run` is the plan of the next */
    MODE_STARTING, /* the lock is taken and the plan made */
    MODE_LIVE,     /* our engine runs it */
    MODE_WATCHING, /* another process does */
    MODE_OVER      /* it has ended; it stays until something else starts */
};

/* What the console is to do. */
enum request_kind {
    REQUEST_CANCEL,    /* the wait for the lock */
    REQUEST_LEAVE,     /* the end of the console */
    REQUEST_DETACH,    /* leave, and let the run go on */
    REQUEST_STOP,      /* the run, at the next safe point */
    REQUEST_KILL,      /* the running steps, at once */
    REQUEST_ABANDON,   /* everything, this instant */
    REQUEST_STOP_STEP, /* `text` */
    REQUEST_ANSWER,    /* `text` to the open prompt */
    REQUEST_TERMINAL,  /* give the terminal to the step, then answer */
    REQUEST_LOAD,      /* `load`, `text`, `other` */
    REQUEST_PLAN,      /* of what `wish` and `skips` say */
    REQUEST_PREVIEW,   /* what that plan would do in the cloud */
    REQUEST_LAUNCH,    /* the same, as agreed to in `plan` */
    REQUEST_SETUP,     /* the job of the wizard: wizard_take_job() */
    REQUEST_COPY,      /* `text` to the clipboard */
    REQUEST_PAGER,     /* shows the file `text` */
    REQUEST_EDITOR,    /* opens the file `text` */
    REQUEST_STREAM,    /* plain lines instead of the screen */
    REQUEST_PICTURE,   /* the screen as SVG into the file `text` */
    REQUEST_MOUSE,     /* the preference has changed */
    REQUEST_THEME,     /* loads the theme `text` */
    REQUEST_REMEMBER,  /* the preferences have changed */
    REQUEST_SUSPEND,
    REQUEST_REDRAW
};

struct request {
    enum request_kind kind;
    enum load_kind load;
    char *text, *other; /* owned by whoever took the request */
};

void request_release(struct request *request);

/* A question of the engine that waits for its answer. */
struct prompt {
    bool is_open;
    bool was_shown; /* its dialog; closed by Esc it stays open */
    char *kind, *step, *message;
};

/* What the user wants to run, while it is agreed on. */
struct wish {
    char *command;
    char *only; /* a step, or NULL */
    bool approved;
    bool is_first;   /* the command that the console was opened with */
    int64_t wait_ms; /* for the lock, agreed to */
};

/* A word in passing, at the bottom. */
struct notice {
    char *text;
    enum role role;
    int64_t until_ms; /* wall time */
};

/* What of the history has the focus, from the outside in. */
enum history_focus { HISTORY_RUNS, HISTORY_STEPS, HISTORY_LOG };

enum { HISTORY_NAME_SIZE = 256 };

/* See tui/history.h. */
struct history_view {
    struct past_run *runs; /* newest first */
    size_t count;
    bool is_loaded;
    struct error error; /* of the last loading, of all or of one */
    struct list list, steps;
    enum history_focus focus;
    struct report *report;         /* of the run that was selected last */
    char asked[HISTORY_NAME_SIZE]; /* the run that was asked for last */
    bool is_asking;                /* its report is still to come */

    char *marked; /* id of the run to compare with */
    bool compares;
    struct report *compared;
    struct list comparison; /* scrolled */

    /* Where to go once it is loaded; "" for nowhere. */
    char wanted_run[HISTORY_NAME_SIZE], wanted_step[HISTORY_NAME_SIZE];
    struct logpane log;
};

/* See tui/logbook.h. */
struct logbook {
    struct statelog log;
    bool is_loaded;
    struct error error;
    struct list list;
};

struct remarks_view {
    struct logbook book;
    struct strvec hints; /* what mends each, "" for none */
    struct list detail;  /* scrolled */
    bool in_detail;      /* the focus; narrow: what is shown */
};

struct status_view {
    struct session *session;
    struct overview *overview;
    struct error error;
    json_t *cloud; /* how the service stands; see core/target.h */
    struct error cloud_error;
    bool asks_cloud;  /* the answer is on its way */
    struct list list; /* scrolled */
};

struct wizard_view; /* view_wizard.c */

enum pane { PANE_LIST, PANE_LOG };

enum { OUTBOX_SIZE = 32 };

struct model {
    const struct console_request *request;
    int64_t now_ms; /* wall time of the last tick */
    int columns, rows;

    struct preferences preferences;
    struct keymap keys;
    const struct icons *icons;
    char *theme;          /* its name; NULL: the default */
    struct strvec themes; /* the names there are, for the palette */

    /* The run. */
    enum run_mode mode;
    struct run_model run;
    struct heading heading;
    json_t *plan; /* that `run` shows while idle; NULL: none yet */
    struct error plan_error;
    json_t *previews;   /* what its steps would do in the cloud, by step; NULL:
                           not known */
    bool asks_previews; /* the answer is on its way */
    bool is_previewed;  /* of this plan it has been asked for */
    char *typed;        /* what consent has to be typed, or NULL */
    bool has_steps, has_target;
    struct timings timings;
    struct strvec skips; /* steps to leave out of the next run */
    struct wish wish;
    struct prompt prompt;
    int interrupts;
    int64_t stopped_ms; /* wall time of the first interrupt */
    char stopping[256]; /* the step that is being stopped; "": none */
    int exit_status;
    struct error failure; /* why the first command was not run */
    bool leaves_at_end;   /* SIGTERM, or quit after a stop */
    bool has_died;        /* a watched run that never ended */

    /* What is shown. */
    enum view_id view, previous;
    enum pane focus;
    bool is_zoomed;
    struct list steps;
    struct logpane log;
    int64_t output_size, output_ms; /* of the log when it was last measured */
    int64_t output_rate;            /* bytes a second */

    struct history_view history;
    struct remarks_view remarks;
    struct logbook checkpoints;
    struct status_view status;
    struct list help, plan_list;
    struct wizard_view *wizard;

    struct dialog dialog;
    struct notice notice;
    int64_t refreshed_ms; /* when a view read the state anew */

    struct request outbox[OUTBOX_SIZE];
    size_t outbox_count;
};

void model_init(struct model *model, const struct console_request *request);
void model_release(struct model *model);

/* ---- what comes in ---------------------------------------------------- */

void model_event(struct model *model, const struct event *event);
/* Takes ownership. LOAD_LAUNCH and LOAD_WATCH leave launch and follower to the
 * console, which must have taken them out before. */
void model_loaded(struct model *model, struct loaded *loaded);
void model_key(struct model *model, struct key key);
void model_paste(struct model *model, const char *bytes, size_t size);
/* Ctrl-C or a signal: stage by stage. */
void model_interrupt(struct model *model);
/* A click into the list selects, one into a pane goes there. */
void model_click(struct model *model, int column, int row);
void model_act(struct model *model, enum action action);
void model_tick(struct model *model, int64_t now_ms);
/* In how many milliseconds the screen changes by itself; -1: never. */
int64_t model_next_tick(const struct model *model);

void model_draw(struct model *model, struct canvas *canvas);

/* ---- what goes out ---------------------------------------------------- */

/* The oldest request; false when there is none. */
NODISCARD bool model_take(struct model *model, struct request *request);
/* The log pane in sight, or NULL. */
struct logpane *model_log(struct model *model);

/* ---- for views -------------------------------------------------------- */

const struct view *model_view(const struct model *model);
const struct view *model_view_of(enum view_id view);
void model_show(struct model *model, enum view_id view);
void model_ask(struct model *model, enum request_kind kind, const char *text);
void model_load(struct model *model, enum load_kind kind, const char *text,
                const char *other);
void model_say(struct model *model, enum role role, const char *format, ...)
    PRINTF_LIKE(3, 4);
/* The command that the console was opened with cannot be done. */
void model_fail(struct model *model, const struct error *err);
/* Asks what the plan would do in the cloud, when it is in sight. */
void model_ask_previews(struct model *model);
void model_drop_notice(struct model *model);
bool model_is_running(const struct model *model);
/* Whether the action makes sense now, so that it is worth a hint. */
bool model_can(const struct model *model, enum action action);
/* How many steps the run has behind it: completed now or before, skipped, or
 * failed without harm. */
size_t model_done(const struct model *model);
/* The run that is shown is gone. */
void model_forget_run(struct model *model);
/* A run begins to be shown: MODE_LIVE or MODE_WATCHING. */
void model_begin(struct model *model, enum run_mode mode);
/* Puts selection and log pane where they belong, after any change. */
void model_settle(struct model *model);
/* Shows the log of the step that is asked about. */
void model_show_asked(struct model *model);
/* The selected step of the run, or NULL. */
const struct run_step *model_step(const struct model *model);
/* "DIR/runs/RUN/STEP.log", to free. */
char *model_log_path(const struct model *model, const char *run,
                     const char *step);
/* Goes to the log of a step in a past run (history view) at a text in it. */
void model_goto_log(struct model *model, const char *run, const char *step,
                    const char *text);
/* Starts what `wish` says, once it is agreed to. */
void model_wish(struct model *model, const char *command, const char *only);

#endif
