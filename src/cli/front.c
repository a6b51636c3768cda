#include "cli/front.h"

#include "base/mem.h"
#include "base/signals.h"
#include "base/utf8.h"
#include "cli/ask.h"
#include "cli/output.h"
#include "core/runs.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { TICK_MS = 1000, READ_SIZE = 64 * 1024 };

/* The log of a running step, read as far as it has been told. */
struct log_reader {
    char *step;
    char *path;
    int fd;
    int64_t offset;
};

struct loop {
    struct front *front;
    struct run_model model;
    struct log_reader *readers;
    size_t reader_count, reader_capacity;
    char *buffer;
    bool wants_output;
    bool is_over;
    enum front_end end;
    int interrupts;
    char *prompt_kind; /* of the open prompt, NULL when there is none */
    char *asked;       /* by a followed run, and not told yet; or NULL */
};

/* ---- logs ------------------------------------------------------------- */

static void tell_output(struct loop *loop, const struct log_reader *reader,
                        size_t size)
{
    for (size_t i = 0; i < loop->front->printer_count; i++) {
        const struct printer *printer = &loop->front->printers[i];

        if (printer->output)
            printer->output(printer->context, reader->step, loop->buffer, size,
                            reader->offset);
    }
}

/* Reads what is new. Unless the log is `complete`, a character that is only
 * half there is left for the next time. */
static void read_log(struct loop *loop, struct log_reader *reader,
                     bool complete)
{
    ssize_t count;

    if (reader->fd < 0)
        reader->fd = open(reader->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (reader->fd < 0)
        return;
    while ((count = pread(reader->fd, loop->buffer, READ_SIZE,
                          (off_t)reader->offset)) > 0) {
        size_t cut = complete ? 0 : utf8_cut_tail(loop->buffer, (size_t)count);

        if ((size_t)count == cut)
            return;
        tell_output(loop, reader, (size_t)count - cut);
        reader->offset += count - (ssize_t)cut;
    }
}

static void add_reader(struct loop *loop, const char *step)
{
    struct log_reader *reader;

    loop->readers = mem_grow(loop->readers, loop->reader_count,
                             &loop->reader_capacity, sizeof(*loop->readers));
    reader = &loop->readers[loop->reader_count++];
    *reader = (struct log_reader){
        .step = mem_text(step),
        .path = runs_log_path(loop->front->state, loop->model.run, step),
        .fd = -1,
    };
}

static void drop_reader(struct loop *loop, size_t index)
{
    struct log_reader *reader = &loop->readers[index];

    if (reader->fd >= 0)
        close(reader->fd);
    free(reader->step);
    free(reader->path);
    loop->reader_count--;
    memmove(reader, reader + 1, (loop->reader_count - index) * sizeof(*reader));
}

static void read_logs(struct loop *loop, bool complete)
{
    for (size_t i = 0; i < loop->reader_count; i++)
        read_log(loop, &loop->readers[i], complete);
}

/* The step has ended: its log is complete on the disk. */
static void finish_reader(struct loop *loop, const char *step)
{
    for (size_t i = 0; i < loop->reader_count; i++) {
        if (strcmp(loop->readers[i].step, step) == 0) {
            read_log(loop, &loop->readers[i], true);
            drop_reader(loop, i);
            return;
        }
    }
}

static void notice(const struct loop *loop, const char *text)
{
    if (!loop->front->is_quiet)
        fprintf(stderr, "stepdeck: %s\n", text);
}

static void finish(struct loop *loop, enum front_end end)
{
    loop->is_over = true;
    loop->end = end;
}

/* ---- prompts ---------------------------------------------------------- */

static void answer(struct loop *loop, const char *text)
{
    free(loop->prompt_kind);
    loop->prompt_kind = NULL;
    engine_command(loop->front->engine, ENGINE_ANSWER, text);
}

static void show_prompt(struct loop *loop, const struct event *event)
{
    const char *kind = event_text(event, "kind");
    const char *message = event_text(event, "message");

    if (!loop->front->engine) {
        free(loop->asked);
        loop->asked = mem_text(message ? message : "Go on?");
        return;
    }
    free(loop->prompt_kind);
    loop->prompt_kind = mem_text(kind ? kind : "");
    if (strcmp(loop->prompt_kind, "confirm") != 0 || !loop->front->can_ask) {
        /* The terminal is free for an interactive step at once. */
        answer(loop, strcmp(loop->prompt_kind, "terminal") == 0 ? "yes" : "no");
        return;
    }
    ask_show(message ? message : "Go on?", "[y/N]");
}

static void read_answer(struct loop *loop)
{
    enum ask_answer given = ask_read();

    if (given != ASK_NOTHING_YET)
        answer(loop, given == ASK_YES ? "yes" : "no");
}

/* Questions that were answered long ago come with their answers. */
static void tell_asked(struct loop *loop)
{
    char *safe = output_safe(loop->asked);
    char *text = mem_format(
        "the run waits for an answer, where it was started: %s", safe);

    output_flush();
    notice(loop, text);
    free(text);
    free(safe);
    free(loop->asked);
    loop->asked = NULL;
}

/* ---- events ----------------------------------------------------------- */

static void handle_event(struct loop *loop, const struct event *event)
{
    const char *step = event_text(event, "step");

    run_model_apply(&loop->model, event);
    if (event_type(event) == EVENT_STEP_END && step)
        finish_reader(loop, step);
    for (size_t i = 0; i < loop->front->printer_count; i++) {
        const struct printer *printer = &loop->front->printers[i];

        if (printer->event)
            printer->event(printer->context, &loop->model, event);
    }
    switch (event_type(event)) {
    case EVENT_STEP_START:
        if (loop->wants_output && !event_bool(event, "interactive") && step)
            add_reader(loop, step);
        break;
    case EVENT_PROMPT:
        output_flush();
        show_prompt(loop, event);
        break;
    case EVENT_ANSWER:
        free(loop->asked);
        loop->asked = NULL;
        break;
    case EVENT_RUN_END:
        finish(loop, FRONT_ENDED);
        break;
    default:
        break;
    }
}

static struct queue *events_of(const struct front *front)
{
    return front->engine ? engine_events(front->engine)
                         : follower_events(front->follower);
}

static void take_events(struct loop *loop)
{
    struct queue *events = events_of(loop->front);
    bool has_died =
        loop->front->follower && follower_has_died(loop->front->follower);
    struct event *event;

    queue_drain(events);
    read_logs(loop, false);
    while ((event = queue_take(events)) != NULL) {
        handle_event(loop, event);
        event_unref(event);
    }
    if (loop->asked)
        tell_asked(loop);
    if (has_died) {
        read_logs(loop, true);
        finish(loop, FRONT_DIED);
    }
}

/* ---- signals ---------------------------------------------------------- */

static void handle_interrupt(struct loop *loop)
{
    struct engine *engine = loop->front->engine;

    switch (++loop->interrupts) {
    case 1:
        notice(loop, "stopping: running steps have 10 s to end "
                     "(Ctrl-C again kills them)");
        engine_command(engine, ENGINE_STOP, NULL);
        break;
    case 2:
        notice(loop, "killing the running steps (Ctrl-C again leaves at "
                     "once)");
        engine_command(engine, ENGINE_KILL, NULL);
        break;
    default:
        notice(loop, "left at once; 'stepdeck status' tells what was running");
        output_flush();
        _exit(FRONT_LEFT_AT_ONCE);
    }
}

static void take_signals(struct loop *loop)
{
    int number;

    while ((number = signals_take()) != 0) {
        if (!loop->front->engine)
            finish(loop, FRONT_LEFT);
        else if (number != SIGHUP)
            handle_interrupt(loop);
    }
}

/* ---- the loop --------------------------------------------------------- */

static void tick(struct loop *loop)
{
    for (size_t i = 0; i < loop->front->printer_count; i++) {
        const struct printer *printer = &loop->front->printers[i];

        if (printer->tick)
            printer->tick(printer->context, &loop->model);
    }
}

static void turn(struct loop *loop)
{
    struct pollfd fds[] = {
        { .fd = queue_fd(events_of(loop->front)), .events = POLLIN },
        { .fd = signals_fd(), .events = POLLIN },
        { .fd = loop->prompt_kind ? STDIN_FILENO : -1, .events = POLLIN },
        /* Asked for nothing, a pipe still tells that its reader has gone. */
        { .fd = loop->front->engine ? -1 : STDOUT_FILENO },
    };
    int ready = poll(fds, 4, TICK_MS);

    if (ready > 0 && fds[1].revents)
        take_signals(loop);
    if (ready > 0 && fds[2].revents)
        read_answer(loop);
    if (ready > 0 && fds[3].revents)
        finish(loop, FRONT_LEFT);
    if (!loop->is_over)
        take_events(loop);
    if (ready == 0)
        tick(loop);
    output_flush();
}

enum front_end front_run(struct front *front, int *exit_status)
{
    struct loop loop = { .front = front };

    loop.model.run = mem_text(front->engine ? engine_run(front->engine)
                                            : follower_run(front->follower));
    loop.buffer = mem_resize(NULL, READ_SIZE, 1);
    for (size_t i = 0; i < front->printer_count; i++)
        loop.wants_output =
            loop.wants_output || front->printers[i].wants_output;
    while (!loop.is_over)
        turn(&loop);
    if (exit_status && loop.model.has_ended)
        *exit_status = loop.model.exit_status;
    for (size_t i = 0; i < front->printer_count; i++) {
        if (front->printers[i].release)
            front->printers[i].release(front->printers[i].context);
    }
    while (loop.reader_count)
        drop_reader(&loop, loop.reader_count - 1);
    free(loop.readers);
    free(loop.buffer);
    free(loop.prompt_kind);
    free(loop.asked);
    run_model_release(&loop.model);
    return loop.end;
}
