#include "fixture_screen.h"

#include "base/mem.h"
#include "core/journal.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <setjmp.h>

#include <cmocka.h>

void screen_init(struct model *model, const struct console_request *request)
{
    setenv("TZ", "UTC0", 1);
    tzset();
    model_init(model, request);
    model_tick(model, SCREEN_TIME);
    model->columns = 80;
    model->rows = 24;
    model->mode = MODE_IDLE;
    model->heading.project = mem_text("acme-api");
    model->heading.environment = mem_text("prod");
    model->heading.state_path = mem_text("/srv/acme/.deployment-state");
}

static void press(struct model *model, const char *name, size_t size)
{
    struct key key;

    if (key_parse(name, size, &key)) {
        model_key(model, key);
        return;
    }
    while (size) {
        size_t length = key_character(name, size, &key);

        assert_int_not_equal(length, 0);
        model_key(model, key);
        name += length;
        size -= length;
    }
}

void screen_keys(struct model *model, const char *keys)
{
    while (*keys) {
        size_t size = strcspn(keys, " ");

        press(model, keys, size);
        keys += size;
        keys += strspn(keys, " ");
    }
}

struct loaded *screen_answer(enum load_kind kind, const char *text)
{
    struct loaded *loaded = mem_new(1, sizeof(*loaded));

    loaded->kind = kind;
    loaded->text = mem_text(text);
    return loaded;
}

char *screen_asked(struct model *model, enum load_kind kind)
{
    struct request request;
    char *text = NULL;

    while (model_take(model, &request)) {
        if (request.kind == REQUEST_LOAD && request.load == kind) {
            free(text);
            text = mem_text(request.text ? request.text : "");
        }
        request_release(&request);
    }
    return text;
}

/* ---- runs ------------------------------------------------------------- */

static bool apply(void *context, const struct event *event)
{
    run_model_apply(context, event);
    return true;
}

void screen_fold(struct run_model *run, const char *journal)
{
    journal_read_bytes(journal, strlen(journal), apply, run, NULL);
}

struct report *screen_report(const char *id, enum report_result result,
                             const char *journal)
{
    struct report *report = mem_new(1, sizeof(*report));

    report->id = mem_text(id);
    report->result = result;
    screen_fold(&report->model, journal);
    return report;
}

/* ---- logs ------------------------------------------------------------- */

static void add_line(struct log_window *window, size_t begin, size_t size)
{
    struct log_line *line;

    window->lines = mem_grow(window->lines, window->count, &window->capacity,
                             sizeof(*window->lines));
    line = &window->lines[window->count++];
    *line = (struct log_line){ .offset = (int64_t)begin,
                               .number = (int64_t)window->count,
                               .begin = begin,
                               .size = size };
}

void screen_log(struct model *model, const char *text)
{
    struct logpane *pane = model_log(model);
    struct log_answer answer = { .has_window = true };
    struct log_question question;
    size_t size = strlen(text);

    assert_non_null(pane);
    assert_true(logpane_question(pane, &question));
    answer.serial = question.serial;
    strbuf_add(&answer.window.bytes, text, size);
    for (size_t at = 0; at < size;) {
        size_t length = strcspn(text + at, "\n");

        add_line(&answer.window, at, length);
        at += length + 1;
    }
    answer.window.at_start = answer.window.at_end = true;
    answer.window.anchor = answer.window.count - 1;
    answer.window.file_size = (int64_t)size;
    answer.stats = (struct log_stats){ .size = (int64_t)size,
                                       .lines = (int64_t)answer.window.count,
                                       .counted = (int64_t)size,
                                       .searched = (int64_t)size };
    logpane_answer(pane, &answer);
    logwindow_release(&answer.window);
}

/* ---- golden files ----------------------------------------------------- */

static void draw(struct model *model, int columns, int rows, bool with_styles,
                 struct strbuf *out)
{
    struct canvas canvas = { 0 };

    canvas_resize(&canvas, columns, rows);
    model_draw(model, &canvas);
    canvas_text(&canvas, out);
    if (with_styles) {
        strbuf_adds(out, "--\n");
        canvas_styles(&canvas, out);
    }
    canvas_release(&canvas);
}

char *screen_text(struct model *model, int columns, int rows)
{
    struct strbuf out = { 0 };

    draw(model, columns, rows, false, &out);
    return strbuf_take(&out);
}

void screen_every_size(struct model *model)
{
    enum { MOST_COLUMNS = 130, MOST_ROWS = 45 };

    for (int columns = 1; columns <= MOST_COLUMNS; columns += 3) {
        for (int rows = 1; rows <= MOST_ROWS; rows += 4) {
            struct strbuf out = { 0 };

            draw(model, columns, rows, true, &out);
            assert_int_not_equal(out.len, 0);
            strbuf_release(&out);
        }
    }
}

static char *read_file(const char *path)
{
    struct strbuf text = { 0 };
    FILE *file = fopen(path, "r");
    int byte;

    if (!file)
        return NULL;
    while ((byte = getc(file)) != EOF)
        strbuf_addc(&text, (char)byte);
    fclose(file);
    strbuf_addc(&text, '\0');
    return strbuf_take(&text);
}

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

void screen_expect_in(const char *folder, struct model *model, const char *name,
                      int columns, int rows)
{
    char *path = mem_format("%s/%s-%dx%d.txt", folder, name, columns, rows);
    struct strbuf screen = { 0 };
    char *wanted;
    bool same;

    draw(model, columns, rows, true, &screen);
    if (getenv("UPDATE_GOLDEN"))
        write_file(path, strbuf_text(&screen));
    wanted = read_file(path);
    same = wanted && strcmp(wanted, strbuf_text(&screen)) == 0;
    if (!same)
        fprintf(stderr, "%s%s\n%s", path,
                wanted ? " differs:" : " is not there:", strbuf_text(&screen));
    free(wanted);
    strbuf_release(&screen);
    free(path);
    assert_true(same);
}
