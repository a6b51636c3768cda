#include "tui/plainlines.h"

#include "base/mem.h"
#include "base/utf8.h"
#include "tui/draw.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { READ_SIZE = 64 * 1024 };

struct tailed {
    char *step;
    int fd;
    off_t offset;
    struct strbuf line; /* what has no end yet */
};

struct plainlines {
    struct tailed *items;
    size_t count, capacity;
};

static struct tailed *tail(struct plainlines *plain, const struct model *model,
                           const struct run_step *step, bool from_end)
{
    struct tailed *item;
    char *path;

    for (size_t i = 0; i < plain->count; i++) {
        if (strcmp(plain->items[i].step, step->id) == 0)
            return &plain->items[i];
    }
    plain->items = mem_grow(plain->items, plain->count, &plain->capacity,
                            sizeof(*plain->items));
    item = &plain->items[plain->count++];
    *item = (struct tailed){ .step = mem_text(step->id) };
    path = model_log_path(model, model->run.run, step->id);
    item->fd = path ? open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW) : -1;
    if (item->fd >= 0 && from_end)
        item->offset = lseek(item->fd, 0, SEEK_END);
    free(path);
    return item;
}

static void print_line(const struct tailed *item, const char *bytes,
                       size_t size)
{
    struct strbuf safe = { 0 };

    utf8_sanitise(bytes, size, false, &safe);
    printf("%s │ %s\n", item->step, strbuf_text(&safe));
    strbuf_release(&safe);
}

static void print_bytes(struct tailed *item, const char *bytes, size_t size)
{
    const char *newline;

    while ((newline = memchr(bytes, '\n', size)) != NULL) {
        size_t length = (size_t)(newline - bytes);

        strbuf_add(&item->line, bytes, length);
        print_line(item, strbuf_text(&item->line), item->line.len);
        strbuf_clear(&item->line);
        bytes += length + 1;
        size -= length + 1;
    }
    strbuf_add(&item->line, bytes, size);
    if (item->line.len > READ_SIZE) {
        print_line(item, strbuf_text(&item->line), item->line.len);
        strbuf_clear(&item->line);
    }
}

static void print_new(struct tailed *item)
{
    char *buffer = mem_resize(NULL, READ_SIZE, 1);
    ssize_t count;

    while (item->fd >= 0 &&
           (count = pread(item->fd, buffer, READ_SIZE, item->offset)) > 0) {
        print_bytes(item, buffer, (size_t)count);
        item->offset += count;
    }
    free(buffer);
}

struct plainlines *plainlines_new(const struct model *model)
{
    struct plainlines *plain = mem_new(1, sizeof(*plain));

    for (size_t i = 0; i < model->run.step_count; i++) {
        if (status_is_running(model->run.steps[i].status))
            tail(plain, model, &model->run.steps[i], true);
    }
    return plain;
}

void plainlines_free(struct plainlines *plain)
{
    if (!plain)
        return;
    for (size_t i = 0; i < plain->count; i++) {
        free(plain->items[i].step);
        strbuf_release(&plain->items[i].line);
        if (plain->items[i].fd >= 0)
            close(plain->items[i].fd);
    }
    free(plain->items);
    free(plain);
}

void plainlines_print(struct plainlines *plain, const struct model *model)
{
    for (size_t i = 0; i < model->run.step_count; i++) {
        if (status_is_running(model->run.steps[i].status))
            print_new(tail(plain, model, &model->run.steps[i], false));
    }
    fflush(stdout);
}

static void print_step(const struct model *model, const struct run_step *step,
                       enum step_status status, const char *words)
{
    char time[CLOCK_TEXT_SIZE];

    printf("%s %s %s  %s\n", clock_format_local(model->run.last_ms, time),
           model->icons->status[status], step->id, words);
}

/* "failed with exit status 1 after 3.2s" */
static char *end_words(const struct run_step *step)
{
    char time[CLOCK_TEXT_SIZE];
    const char *what = step->status != STATUS_COMPLETED && step->message
                           ? step->message
                           : draw_status_word(step->status);

    draw_duration(step->duration_ms, time);
    return step->start_ms ? mem_format("%s after %s", what, time)
                          : mem_text(what);
}

static void print_end(struct plainlines *plain, const struct model *model,
                      const struct run_step *step)
{
    char *words = end_words(step);

    if (step->start_ms) {
        struct tailed *item = tail(plain, model, step, false);

        print_new(item);
        if (item->line.len)
            print_line(item, strbuf_text(&item->line), item->line.len);
        strbuf_clear(&item->line);
    }
    print_step(model, step, step->status, words);
    free(words);
}

void plainlines_state(const struct model *model)
{
    for (size_t i = 0; i < model->run.step_count; i++) {
        if (status_is_running(model->run.steps[i].status))
            print_step(model, &model->run.steps[i], model->run.steps[i].status,
                       "is running");
    }
}

void plainlines_notice(const struct model *model)
{
    if (model->notice.text)
        printf("--- %s ---\n", model->notice.text);
    fflush(stdout);
}

void plainlines_event(struct plainlines *plain, const struct model *model,
                      const struct event *event)
{
    const struct run_step *step =
        run_model_step(&model->run, event_text(event, "step"));

    switch (event_type(event)) {
    case EVENT_STEP_START:
        if (step)
            print_step(model, step, STATUS_IN_PROGRESS, "started");
        break;
    case EVENT_STEP_END:
        if (step)
            print_end(plain, model, step);
        break;
    case EVENT_PROMPT:
        printf("--- the run waits for your answer: s, Enter or Esc comes back "
               "to the screen ---\n");
        break;
    case EVENT_RUN_END:
        printf("--- the run has ended; s, Enter or Esc comes back to the "
               "screen ---\n");
        break;
    default:
        break;
    }
}
