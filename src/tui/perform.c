/* What the model requests, done. */
#include "base/mem.h"
#include "tui/console_private.h"
#include "tui/holder.h"
#include "tui/svg.h"
#include "tui/wizard.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LEFT_AT_ONCE = 130 };

bool console_has_screen(const struct console *console)
{
    return console->term && !console->lent_to && !console->plain;
}

static void command_engine(struct console *console, enum engine_command kind,
                           const char *argument)
{
    if (console->launch)
        engine_command(console->launch->engine, kind, argument);
}

/* ---- leaving ---------------------------------------------------------- */

static void abandon(struct console *console)
{
    term_close(console->term);
    fprintf(stderr, "stepdeck: left at once; 'stepdeck status' tells what was "
                    "running\n");
    fflush(stderr);
    _exit(LEFT_AT_ONCE);
}

/* The run goes on in a process of its own, the shell gets its prompt. */
static void detach(struct console *console)
{
    const char *run = console->model.run.run;

    term_suspend(console->term);
    printf("Run %s goes on without a screen (process %ld).\n"
           "'stepdeck attach' watches it, 'stepdeck status' tells how it "
           "stands.\n",
           run ? run : "", (long)getpid());
    fflush(stdout);
    if (!holder_detach()) {
        struct error err = { 0 };

        if (term_resume(console->term, &err))
            model_say(&console->model, ROLE_FAILED,
                      "there is no way to leave it running from here");
        return;
    }
    lend_for_ever(console);
}

/* ---- the loader ------------------------------------------------------- */

static void run_wish(struct console *console, enum load_kind kind)
{
    const struct model *model = &console->model;
    struct strbuf skips = { 0 };
    struct load_launch launch = {
        .command = model->wish.command,
        .only = model->wish.only,
        .is_first = model->wish.is_first,
        .wait_ms = model->wish.wait_ms,
    };

    for (size_t i = 0; i < model->skips.count; i++)
        strbuf_addf(&skips, "%s ", model->skips.items[i]);
    launch.skip = skips.len ? strbuf_text(&skips) : NULL;
    if (kind == LOAD_LAUNCH && !console->request->starts)
        launch.shown = json_incref(model->plan);
    loader_run(console->loader, kind, &launch);
    strbuf_release(&skips);
}

static void remember(struct console *console)
{
    loader_save(console->loader, &console->model.preferences, &console->saved);
    free(console->saved.theme);
    console->saved = console->model.preferences;
    console->saved.theme = mem_text(console->saved.theme);
}

static void copy(struct console *console, const char *text)
{
    const char *state = console->model.heading.state_path;
    char *path;

    if (!term_copy(console->term, text, strlen(text)))
        model_say(&console->model, ROLE_WARNING,
                  "too much for a clipboard; C-s saves the log");
    if (!state)
        return;
    path = mem_format("%s/copied.txt", state);
    loader_ask(console->loader, LOAD_CLIP, text, path);
    free(path);
}

/* Drawn anew, for the line that named the file is gone by now. */
static void save_picture(struct console *console, const char *path)
{
    struct strbuf title = { 0 }, svg = { 0 };
    struct notice notice = console->model.notice;

    console->model.notice = (struct notice){ 0 };
    model_draw(&console->model, &console->canvas);
    console->model.notice = notice;
    strbuf_adds(&title, "stepdeck");
    if (console->model.heading.project)
        strbuf_addf(&title, " %s %s", console->model.icons->crumb,
                    console->model.heading.project);
    canvas_svg(&console->canvas, console->theme, strbuf_text(&title), &svg);
    loader_ask(console->loader, LOAD_PICTURE, strbuf_text(&svg), path);
    strbuf_release(&title);
    strbuf_release(&svg);
}

/* ---- what needs the terminal ------------------------------------------ */

static bool perform_on_terminal(struct console *console,
                                const struct request *request)
{
    switch (request->kind) {
    case REQUEST_COPY:
        copy(console, request->text);
        return true;
    case REQUEST_PAGER:
        lend_to_pager(console, request->text);
        return true;
    case REQUEST_EDITOR:
        lend_to_editor(console, request->text);
        return true;
    case REQUEST_PICTURE:
        save_picture(console, request->text);
        return true;
    case REQUEST_STREAM:
        lend_to_lines(console);
        return true;
    case REQUEST_MOUSE:
        term_set_mouse(console->term, console->model.preferences.mouse);
        return true;
    case REQUEST_SUSPEND:
        lend_to_shell(console);
        return true;
    case REQUEST_REDRAW:
        term_repaint(console->term);
        return true;
    case REQUEST_DETACH:
        detach(console);
        return true;
    default:
        return false;
    }
}

static void perform_setup(struct console *console)
{
    struct load_setup job = { 0 };

    if (wizard_take_job(&console->model, &job))
        loader_setup(console->loader, &job);
}

static void perform(struct console *console, const struct request *request)
{
    switch (request->kind) {
    case REQUEST_LEAVE:
        loader_cancel(console->loader);
        console->leaves = true;
        break;
    case REQUEST_CANCEL:
        loader_cancel(console->loader);
        break;
    case REQUEST_STOP:
        command_engine(console, ENGINE_STOP, NULL);
        break;
    case REQUEST_KILL:
        command_engine(console, ENGINE_KILL, NULL);
        break;
    case REQUEST_ABANDON:
        abandon(console);
        break;
    case REQUEST_STOP_STEP:
        command_engine(console, ENGINE_STOP_STEP, request->text);
        break;
    case REQUEST_ANSWER:
        command_engine(console, ENGINE_ANSWER, request->text);
        break;
    case REQUEST_TERMINAL:
        if (console_has_screen(console))
            lend_to_step(console, request->text);
        command_engine(console, ENGINE_ANSWER, "yes");
        break;
    case REQUEST_LOAD:
        loader_ask(console->loader, request->load, request->text,
                   request->other);
        break;
    case REQUEST_PLAN:
        run_wish(console, LOAD_PLAN);
        break;
    case REQUEST_PREVIEW:
        run_wish(console, LOAD_PREVIEW);
        break;
    case REQUEST_LAUNCH:
        run_wish(console, LOAD_LAUNCH);
        break;
    case REQUEST_THEME:
        loader_ask(console->loader, LOAD_THEME, request->text, NULL);
        break;
    case REQUEST_REMEMBER:
        remember(console);
        break;
    case REQUEST_SETUP:
        perform_setup(console);
        break;
    default:
        break;
    }
}

void console_perform(struct console *console)
{
    struct request request;

    while (model_take(&console->model, &request)) {
        if (!console_has_screen(console) ||
            !perform_on_terminal(console, &request))
            perform(console, &request);
        request_release(&request);
        console->is_dirty = true;
    }
}
