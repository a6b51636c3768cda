#include "tui/console.h"

#include "base/courtesy.h"
#include "base/mem.h"
#include "base/platform.h"
#include "base/signals.h"
#include "tui/console_private.h"
#include "tui/holder.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What comes by itself is drawn 30 times a second, what a key does at once. */
enum { FRAME_MS = 33, BUSY_WAIT_MS = 1000 };

/* ---- the screen ------------------------------------------------------- */

static const char *title_of(const struct model *model, struct strbuf *out)
{
    strbuf_adds(out, "stepdeck");
    if (model->heading.project)
        strbuf_addf(out, ": %s", model->heading.project);
    if (model->mode == MODE_LIVE || model->mode == MODE_WATCHING)
        strbuf_addf(out, " %zu/%zu",
                    run_model_count(&model->run, STATUS_COMPLETED),
                    model->run.step_count);
    return strbuf_text(out);
}

/* What the terminal itself may show: in its tab, in the task bar. */
static void tell_terminal(struct console *console)
{
    const struct model *model = &console->model;
    struct strbuf title = { 0 };
    size_t planned = run_model_planned(&model->run);
    int percent = -2;

    term_title(console->term, title_of(model, &title));
    strbuf_release(&title);
    if ((model->mode == MODE_LIVE || model->mode == MODE_WATCHING) && planned)
        percent = (int)(run_model_count(&model->run, STATUS_COMPLETED) * 100 /
                        model->run.step_count);
    term_progress(console->term, percent,
                  run_model_count(&model->run, STATUS_FAILED) > 0);
}

static void draw(struct console *console)
{
    int columns, rows;

    if (!console_has_screen(console))
        return;
    term_size(console->term, &columns, &rows);
    if (columns != console->canvas.columns || rows != console->canvas.rows)
        canvas_resize(&console->canvas, columns, rows);
    model_draw(&console->model, &console->canvas);
    term_show(console->term, &console->canvas, console->theme);
    tell_terminal(console);
    console->is_dirty = console->is_urgent = false;
    console->drawn_ms = clock_monotonic(clock_system());
}

/* How long the next frame has to wait; 0: now. */
static int64_t frame_wait(const struct console *console)
{
    int64_t passed = clock_monotonic(clock_system()) - console->drawn_ms;

    if (term_is_busy(console->term))
        return BUSY_WAIT_MS;
    if (console->is_urgent || passed >= FRAME_MS || passed < 0)
        return 0;
    return FRAME_MS - passed;
}

/* A flood pokes at every piece of it; to listen as often as frames are made is
 * enough. How long other threads are not listened to yet; 0: they are. */
static int64_t listen_wait(const struct console *console)
{
    int64_t passed = clock_monotonic(clock_system()) - console->heard_ms;

    if (!console_has_screen(console) || passed >= FRAME_MS || passed < 0)
        return 0;
    return FRAME_MS - passed;
}

/* ---- input ------------------------------------------------------------ */

static void handle_input(struct console *console, const struct input *input)
{
    struct logpane *pane;

    switch (input->kind) {
    case INPUT_KEY:
        model_key(&console->model, input->key);
        break;
    case INPUT_PASTE:
        model_paste(&console->model, input->text, input->size);
        break;
    case INPUT_WHEEL:
        pane = model_log(&console->model);
        if (pane)
            logpane_scroll(pane, input->wheel);
        break;
    case INPUT_CLICK:
        model_click(&console->model, input->column, input->row);
        break;
    case INPUT_CLOSED:
        lend_for_ever(console);
        break;
    }
    console->is_dirty = console->is_urgent = console->has_acted = true;
    courtesy_ask(true);
}

static void read_input(struct console *console)
{
    struct input input;

    if (console->plain) {
        lend_read_lines(console);
        return;
    }
    while (console_has_screen(console) && term_read(console->term, &input)) {
        handle_input(console, &input);
        console_perform(console);
    }
}

/* ---- signals ---------------------------------------------------------- */

static void take_signals(struct console *console)
{
    int number;

    while ((number = signals_take()) != 0) {
        console->is_dirty = true;
        if (number == SIGHUP) {
            lend_for_ever(console);
        } else if (number == SIGTSTP) {
            if (console_has_screen(console))
                lend_to_shell(console);
        } else if (number == SIGTERM) {
            console->model.leaves_at_end = true;
            if (console->model.mode == MODE_LIVE)
                model_interrupt(&console->model);
            else
                console->leaves = true;
        } else if (number == SIGWINCH) {
            /* Of another size, or of the same again with less on it. */
            if (console_has_screen(console))
                term_repaint(console->term);
        } else {
            model_interrupt(&console->model);
        }
        if (console->plain)
            plainlines_notice(&console->model);
        console_perform(console);
    }
}

/* ---- the loop --------------------------------------------------------- */

/* The shorter one of two waits; negative: for ever. */
static int64_t sooner(int64_t a, int64_t b)
{
    return a < 0 || (b >= 0 && b < a) ? b : a;
}

/* `pause`: when other threads are listened to again; 0: now. */
static int timeout_of(const struct console *console, int64_t pause)
{
    int64_t timeout = model_next_tick(&console->model);

    if (console_has_screen(console))
        timeout = sooner(timeout, term_wait_ms(console->term));
    if (console->is_dirty && console_has_screen(console))
        timeout = sooner(timeout, frame_wait(console));
    if (pause)
        timeout = sooner(timeout, pause);
    return timeout < 0 ? -1 : (int)timeout;
}

enum source { INPUT, SIGNALS, OUTPUT, LOADED, LOGS, EVENTS, SOURCES };

/* Between two frames only what people do is looked at, and answered. */
static void wait_for_news(struct console *console, struct pollfd *fds)
{
    struct queue *events = arrivals_events(console);
    bool has_screen = console_has_screen(console);
    bool busy = has_screen && term_is_busy(console->term);
    int64_t pause = listen_wait(console);
    bool paced = pause || (console->is_dirty && has_screen && !busy);

    for (int i = 0; i < SOURCES; i++)
        fds[i] = (struct pollfd){ .fd = -1, .events = POLLIN };
    if (has_screen || console->plain)
        fds[INPUT].fd = term_fd(console->term);
    fds[SIGNALS].fd = signals_fd();
    if (busy)
        fds[OUTPUT] = (struct pollfd){ .fd = term_output_fd(console->term),
                                       .events = POLLOUT };
    fds[LOADED].fd = loader_fd(console->loader);
    if (!paced || console->awaits_log)
        fds[LOGS].fd = logthread_fd(console->logs);
    if (!paced && events)
        fds[EVENTS].fd = queue_fd(events);
    /* Interrupted: nothing is known of any. */
    if (poll(fds, SOURCES, timeout_of(console, pause)) < 0) {
        for (int i = 0; i < SOURCES; i++)
            fds[i].revents = 0;
    }
}

static void take_time(struct console *console)
{
    int64_t now_ms = clock_wall(clock_system());

    if (now_ms / 1000 != console->model.now_ms / 1000)
        console->is_dirty = true;
    model_tick(&console->model, now_ms);
}

/* What a key has changed is on the screen: workers need wait no longer. */
static void end_courtesy(const struct console *console)
{
    if (!console_has_screen(console) ||
        (!console->is_urgent && !term_is_busy(console->term)))
        courtesy_ask(false);
}

static void turn(struct console *console)
{
    struct pollfd fds[SOURCES];

    wait_for_news(console, fds);
    take_time(console);
    if (fds[SIGNALS].revents)
        take_signals(console);
    if (fds[INPUT].revents ||
        (console_has_screen(console) && term_wait_ms(console->term) == 0))
        read_input(console);
    if (fds[OUTPUT].fd >= 0 && console->term)
        term_flush(console->term);
    end_courtesy(console);
    if (fds[EVENTS].revents)
        console->heard_ms = clock_monotonic(clock_system());
    arrivals_take(console);
    console_perform(console);
    arrivals_ask_log(console);
    if (console->is_dirty && console_has_screen(console) &&
        frame_wait(console) == 0) {
        draw(console);
        arrivals_ask_log(console);
    }
    console->has_acted = false;
    end_courtesy(console);
}

static bool may_leave(const struct console *console)
{
    return console->leaves && !console->launch && !console->is_joining &&
           console->model.mode != MODE_STARTING;
}

/* ---- opening and closing ---------------------------------------------- */

static void like(struct console *console)
{
    struct model *model = &console->model;
    struct strvec warnings = { 0 };
    char *dir = preferences_dir();
    const char *theme;
    struct error err = { 0 };

    preferences_load(&model->preferences, &model->keys, &warnings);
    console->saved = model->preferences;
    console->saved.theme = mem_text(console->saved.theme);
    model->icons = icons_of(console->request->ascii ? ICONS_ASCII
                                                    : model->preferences.icons);
    model->log.wrap = model->history.log.wrap = model->preferences.wrap;
    model->log.times = model->history.log.times = model->preferences.times;
    model->log.begins_at_top = model->history.log.begins_at_top =
        !model->preferences.follow;
    theme = console->request->theme ? console->request->theme
                                    : model->preferences.theme;
    console->theme = theme_load(theme ? theme : "default", dir, &err);
    if (!console->theme)
        console->theme = theme_load("default", NULL, NULL);
    model->now_ms = clock_wall(clock_system());
    if (error_is_set(&err))
        model_say(model, ROLE_WARNING, "%s", err.message);
    else if (warnings.count)
        model_say(model, ROLE_WARNING, "%s", warnings.items[0]);
    model->theme = mem_text(theme);
    theme_names(dir, &model->themes);
    strvec_release(&warnings);
    free(dir);
}

static bool open_screen(struct console *console)
{
    struct term_settings settings = {
        .no_colour = console->request->no_colour,
        .mouse = console->model.preferences.mouse,
        .is_ascii = console->request->ascii,
    };

    console->term = term_open(&settings, &console->result->error);
    if (console->term)
        draw(console);
    return console->term != NULL;
}

static bool start_threads(struct console *console, struct error *err)
{
    bool ok;

    signals_tell(holder_note_signal);
    if (!signals_install(err))
        return false;
    signals_catch(SIGWINCH, true);
    signals_catch(SIGTSTP, true);
    signals_block();
    console->loader = loader_start(console->request, err);
    console->logs = logthread_start(err);
    ok = console->loader && console->logs;
    signals_unblock();
    return ok;
}

/* What the console was opened for. */
static void begin(struct console *console)
{
    const struct console_request *request = console->request;
    struct model *model = &console->model;

    if (request->watches) {
        model_load(model, LOAD_WATCH, request->watched, NULL);
        return;
    }
    model->wish.command = mem_text(request->launch.command);
    model->wish.is_first = model->wish.command != NULL;
    if (request->sets_up)
        model_show(model, VIEW_WIZARD);
    else if (model->wish.command && !request->starts)
        model->view = VIEW_PLAN;
    model_ask(model, REQUEST_PLAN, NULL);
}

static void close_console(struct console *console)
{
    term_close(console->term);
    follower_stop(console->follower);
    loader_stop(console->loader);
    logthread_stop(console->logs);
    console->result->exit_status = console->model.exit_status;
    console->result->failure = console->model.failure;
    theme_free(console->theme);
    free(console->saved.theme);
    free(console->lent_to);
    plainlines_free(console->plain);
    model_release(&console->model);
    canvas_release(&console->canvas);
}

bool console_run(const struct console_request *request,
                 struct console_result *result)
{
    struct console console = { .request = request, .result = result };
    bool ok;

    model_init(&console.model, request);
    like(&console);
    /* Before any thread. Without it only detaching is not possible. */
    (void)!holder_start();
    platform_hurry_thread();
    ok = open_screen(&console) && start_threads(&console, &result->error);
    if (ok) {
        begin(&console);
        console_perform(&console);
        while (!may_leave(&console))
            turn(&console);
    }
    close_console(&console);
    return ok;
}
