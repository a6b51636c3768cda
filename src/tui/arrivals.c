/* What arrives from other threads: events of the run, answers of the loader
 * and of the log thread. */
#include "base/mem.h"
#include "tui/console_private.h"

#include <stdlib.h>
#include <string.h>

enum { EVENTS_PER_TURN = 4096 }; /* keys come in between */

/* ---- events ----------------------------------------------------------- */

struct queue *arrivals_events(const struct console *console)
{
    if (console->launch)
        return engine_events(console->launch->engine);
    return console->follower ? follower_events(console->follower) : NULL;
}

static void announce_end(struct console *console)
{
    const struct model *model = &console->model;
    char *text;

    if (!console->term)
        return;
    if (model->preferences.bell)
        term_bell(console->term);
    if (!model->preferences.notify)
        return;
    text = mem_format(
        "%s: %s", model->heading.project ? model->heading.project : "stepdeck",
        model->exit_status == 0 ? "done" : "failed");
    term_notify(console->term, text);
    free(text);
}

void arrivals_answer(struct console *console)
{
    struct prompt *prompt = &console->model.prompt;
    bool is_harmless;

    if (!prompt->is_open || !console->launch)
        return;
    is_harmless = strcmp(prompt->kind, "continue") == 0 ||
                  strcmp(prompt->kind, "terminal") == 0;
    prompt->is_open = false;
    engine_command(console->launch->engine, ENGINE_ANSWER,
                   is_harmless ? "yes" : "no");
}

static void handle_event(struct console *console, const struct event *event)
{
    const char *step = event_text(event, "step");
    enum event_type type = event_type(event);

    model_event(&console->model, event);
    if (console->plain)
        plainlines_event(console->plain, &console->model, event);
    if (type == EVENT_STEP_END && console->lent_to && step &&
        strcmp(console->lent_to, step) == 0)
        lend_back(console);
    if (type == EVENT_PROMPT && !console->term)
        arrivals_answer(console);
    if (type != EVENT_RUN_END)
        return;
    announce_end(console);
    if (console->lent_to)
        lend_back(console);
}

static void end_watching(struct console *console, bool has_died)
{
    if (has_died) {
        console->model.has_died = true;
        console->model.mode = MODE_OVER;
        console->model.exit_status = EXIT_STATUS_INTERNAL;
    }
    follower_stop(console->follower);
    console->follower = NULL;
    model_ask(&console->model, REQUEST_PLAN, NULL);
}

static void take_events(struct console *console)
{
    struct queue *events = arrivals_events(console);
    bool over = console->follower && follower_is_over(console->follower);
    bool has_died = over && follower_has_died(console->follower);
    struct event *event = NULL;
    bool has_ended = false;

    if (!events)
        return;
    queue_drain(events);
    for (int i = 0; i < EVENTS_PER_TURN && (event = queue_take(events)); i++) {
        has_ended = has_ended || event_type(event) == EVENT_RUN_END;
        handle_event(console, event);
        event_unref(event);
        console->is_dirty = true;
    }
    if (event)
        queue_poke(events);
    logthread_poke(console->logs);
    if (console->plain)
        plainlines_print(console->plain, &console->model);
    if (console->launch && has_ended) {
        loader_join(console->loader, console->launch);
        console->launch = NULL;
        console->is_joining = true;
    }
    if (over && !event)
        end_watching(console, has_died);
}

/* ---- answers ---------------------------------------------------------- */

static void take_heading(struct console *console, struct loaded *loaded)
{
    if (!loaded->heading.project)
        return;
    heading_release(&console->model.heading);
    console->model.heading = loaded->heading;
    loaded->heading = (struct heading){ 0 };
}

static void note_run(struct console *console, const char *run)
{
    struct model *model = &console->model;

    free(model->run.run);
    model->run.run = mem_text(run);
    free(console->result->run);
    console->result->run = mem_text(run);
}

static void take_launch(struct console *console, struct loaded *loaded)
{
    if (!loaded->launch)
        return;
    console->launch = loaded->launch;
    loaded->launch = NULL;
    model_begin(&console->model, MODE_LIVE);
    take_heading(console, loaded);
    note_run(console, engine_run(console->launch->engine));
}

static void take_follower(struct console *console, struct loaded *loaded)
{
    if (!loaded->follower)
        return;
    follower_stop(console->follower);
    console->follower = loaded->follower;
    loaded->follower = NULL;
    model_begin(&console->model, MODE_WATCHING);
    take_heading(console, loaded);
    free(console->model.run.run);
    console->model.run.run = mem_text(follower_run(console->follower));
    if (!loaded->is_under_way)
        model_say(&console->model, ROLE_DIM,
                  "no run is under way; this is the last one");
}

static void take_theme(struct console *console, struct loaded *loaded)
{
    if (!loaded->theme)
        return;
    theme_free(console->theme);
    console->theme = loaded->theme;
    loaded->theme = NULL;
    if (console->term)
        term_repaint(console->term);
}

static void take_loaded(struct console *console)
{
    struct loaded *loaded;

    while ((loaded = loader_take(console->loader)) != NULL) {
        if (loaded->kind == LOAD_LAUNCH)
            take_launch(console, loaded);
        if (loaded->kind == LOAD_WATCH)
            take_follower(console, loaded);
        if (loaded->kind == LOAD_THEME)
            take_theme(console, loaded);
        if (loaded->kind == LOAD_JOIN) {
            console->is_joining = false;
            console->leaves = console->leaves || !console->term;
        }
        model_loaded(&console->model, loaded);
        console->is_dirty = console->is_urgent = true;
        console_perform(console);
    }
}

static void take_answers(struct console *console)
{
    struct log_answer *answer;

    while ((answer = logthread_take(console->logs)) != NULL) {
        struct logpane *pane = model_log(&console->model);
        bool is_newest = !pane || answer->serial == pane->serial;

        if (pane)
            logpane_answer(pane, answer);
        log_answer_free(answer);
        console->is_dirty = true;
        if (is_newest && console->awaits_log) {
            console->is_urgent = true;
            console->awaits_log = false;
        }
    }
}

void arrivals_ask_log(struct console *console)
{
    struct logpane *pane;
    struct log_question question;

    model_settle(&console->model);
    pane = model_log(&console->model);
    if (!pane || !logpane_question(pane, &question))
        return;
    logthread_ask(console->logs, &question);
    console->awaits_log = console->awaits_log || console->has_acted;
}

void arrivals_take(struct console *console)
{
    take_loaded(console);
    take_events(console);
    take_answers(console);
}
