#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "fixture_pane.h"

#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { QUESTIONS_MOST = 500, CATCH_UP = 4 << 20 };

struct fixture_pane *fixture_pane_new(int columns, int rows)
{
    struct fixture_pane *f = mem_new(1, sizeof(*f));

    f->log = fixture_log_new(LOG_PIECE);
    f->limits = (struct logsource_limits){ .piece = LOG_PIECE,
                                           .block = LOG_PIECE,
                                           .blocks = LOG_BLOCKS,
                                           .read = 1 << 20,
                                           .window_bytes = LOG_WINDOW_BYTES };
    f->columns = columns;
    f->rows = rows;
    return f;
}

void fixture_pane_free(struct fixture_pane *f)
{
    logorder_free(f->order);
    logpane_release(&f->pane);
    logsource_close(f->source);
    fixture_log_free(f->log);
    canvas_release(&f->canvas);
    strbuf_release(&f->text);
    free(f);
}

void fixture_pane_open(struct fixture_pane *f)
{
    f->pane.is_growing = true;
    logpane_show(&f->pane, f->log->path, "nothing", 0);
    fixture_pane_serve(f);
}

void fixture_pane_draw(struct fixture_pane *f)
{
    canvas_resize(&f->canvas, f->columns, f->rows);
    logpane_draw(&f->pane, canvas_area(&f->canvas), icons_of(ICONS_TEXT));
}

/* ---- what the thread does --------------------------------------------- */

bool fixture_pane_ask(struct fixture_pane *f)
{
    struct log_question question;

    if (logpane_question(&f->pane, &question)) {
        logorder_free(f->order);
        f->order = logorder_new(&question);
        f->is_asked = true;
        f->questions++;
    }
    return f->is_asked;
}

static bool open_source(struct fixture_pane *f, struct error *err)
{
    const char *path = f->order->question.path;

    if (f->source && strcmp(path, f->source->path) == 0) {
        logsource_refresh(f->source);
        return true;
    }
    logsource_close(f->source);
    f->source = logsource_open_limited(path, &f->limits, NULL, err);
    return f->source != NULL;
}

static void count(struct fixture_pane *f)
{
    struct log_stats stats;

    logsource_stats(f->source, &stats);
    if (f->budget && stats.size - stats.counted > CATCH_UP)
        logsource_work(f->source, f->budget);
    while (!f->budget && logsource_work(f->source, CATCH_UP))
        continue;
}

static void answer_window(struct fixture_pane *f, bool was_find)
{
    const struct log_question *question = &f->order->question;
    struct log_answer *answer = mem_new(1, sizeof(*answer));

    answer->serial = question->serial;
    answer->was_find = was_find;
    if (f->source) {
        count(f);
        if (f->was_found && !f->hit.ordinal)
            f->hit.ordinal = logsource_ordinal(f->source, f->hit.offset);
        logsource_stats(f->source, &answer->stats);
        answer->has_window = logsource_window(f->source, &question->query,
                                              &answer->window, &answer->error);
    }
    answer->was_found = f->was_found;
    answer->hit = f->hit;
    logpane_answer(&f->pane, answer);
    log_answer_free(answer);
}

static void find(struct fixture_pane *f)
{
    struct log_question *question = &f->order->question;

    f->was_found =
        logsource_find(f->source, &question->find, question->find_from,
                       question->find_direction, question->find_here, &f->hit);
    if (!f->was_found)
        return;
    question->query.anchor = LOG_ANCHOR_OFFSET;
    question->query.place = f->hit.offset;
}

void fixture_pane_reply(struct fixture_pane *f)
{
    const struct log_question *question = &f->order->question;
    struct log_answer failed = { .serial = question->serial };

    assert_true(f->is_asked);
    f->is_asked = false;
    f->was_found = false;
    f->hit = (struct log_hit){ 0 };
    failed.was_find = question->find.kind != LOG_MATCH_NOTHING;
    if (!question->path || !open_source(f, &failed.error)) {
        logpane_answer(&f->pane, &failed);
        return;
    }
    logsource_search(f->source, &question->search);
    if (failed.was_find)
        find(f);
    answer_window(f, failed.was_find);
}

void fixture_pane_serve(struct fixture_pane *f)
{
    int before = f->questions;

    fixture_pane_draw(f);
    while (fixture_pane_ask(f)) {
        assert_true(f->questions - before < QUESTIONS_MOST);
        fixture_pane_reply(f);
        fixture_pane_draw(f);
    }
}

void fixture_pane_look(struct fixture_pane *f)
{
    struct error err = { 0 };

    if (!f->order || !f->order->question.follow)
        return;
    if (!f->source) {
        if (open_source(f, &err))
            answer_window(f, false);
    } else if (logsource_refresh(f->source)) {
        answer_window(f, false);
    }
}

void fixture_pane_act(struct fixture_pane *f, enum action action)
{
    assert_true(logpane_act(&f->pane, action));
    fixture_pane_serve(f);
}

void fixture_pane_resize(struct fixture_pane *f, int columns, int rows)
{
    f->columns = columns > 0 ? columns : 1;
    f->rows = rows > 0 ? rows : 1;
    fixture_pane_serve(f);
}

void fixture_pane_number(struct fixture_pane *f, int from, int to)
{
    struct strbuf text = { 0 };

    for (int i = from; i <= to; i++)
        strbuf_addf(&text, "line %d\n", i);
    fixture_log_append(f->log, strbuf_text(&text), text.len);
    strbuf_release(&text);
}

void fixture_pane_grow(struct fixture_pane *f, int from, int to)
{
    fixture_pane_number(f, from, to);
    fixture_pane_look(f);
    fixture_pane_serve(f);
}

/* ---- what is to be seen ----------------------------------------------- */

/* Leaves one row of `text`. */
static const char *only_row(struct strbuf *text, int row)
{
    size_t begin = 0, size;

    while (row-- > 0 && begin < text->len)
        begin += strcspn(text->data + begin, "\n") + 1;
    if (begin >= text->len)
        return "";
    strbuf_consume(text, begin);
    size = strcspn(text->data, "\n");
    strbuf_truncate(text, size);
    return strbuf_text(text);
}

const char *fixture_pane_row(struct fixture_pane *f, int row)
{
    strbuf_clear(&f->text);
    canvas_text(&f->canvas, &f->text);
    return only_row(&f->text, row);
}

int fixture_pane_number_at(struct fixture_pane *f, int row)
{
    int number = 0;

    return sscanf(fixture_pane_row(f, row), "line %d", &number) == 1 ? number
                                                                     : 0;
}

const char *fixture_pane_styles(struct fixture_pane *f, int row)
{
    strbuf_clear(&f->text);
    canvas_styles(&f->canvas, &f->text);
    return only_row(&f->text, row);
}

const char *fixture_pane_title(struct fixture_pane *f)
{
    strbuf_clear(&f->text);
    logpane_title(&f->pane, icons_of(ICONS_TEXT), 200, &f->text);
    return strbuf_text(&f->text);
}

/* ---- what should be --------------------------------------------------- */

static struct log_match filter_of(const struct logpane *pane)
{
    const char *text = pane->filter;

    if (!text)
        return (struct log_match){ 0 };
    if (text[0] == '!')
        return (struct log_match){ LOG_MATCH_NOT, text + 1 };
    return (struct log_match){ LOG_MATCH_TEXT, text };
}

/* The next line that is shown from `line` on in a direction; the count of lines
 * for none. */
static size_t next_shown(const struct fixture_pane *f, size_t line,
                         int direction)
{
    struct log_match filter = filter_of(&f->pane);

    while (line < f->log->count &&
           !fixture_log_shows(f->log, line, &filter, f->pane.context))
        line += (size_t)direction;
    return line < f->log->count ? line : f->log->count;
}

static void assemble(const struct fixture_pane *f, size_t line,
                     struct textline *text)
{
    const struct fixture_log_line *found = &f->log->lines[line];
    int64_t size = found->end - found->begin;
    const char *bytes = f->log->bytes.data + found->begin;

    if (size && bytes[size - 1] == '\n')
        size--;
    textline_assemble(text, bytes, (size_t)size);
}

static void put(struct canvas *canvas, int column, int row,
                const struct textline *text, const struct textcell *cell)
{
    struct area area = canvas_area(canvas);

    area = area_part(area, 0, 0, canvas->columns, canvas->rows);
    if (cell->width)
        area_cluster(area, column, row, (struct style){ 0 },
                     text->text.data + cell->begin, cell->size, cell->width);
}

/* Draws the row of the line that begins at `begin`. */
static void put_row(struct fixture_pane *f, struct canvas *canvas, int row,
                    const struct textline *text, size_t begin, size_t end)
{
    const struct icons *icons = icons_of(ICONS_TEXT);
    int times = f->pane.times && f->columns >= 18 ? 9 : 0;
    struct canvas part = { 0 };
    struct area area =
        area_part(canvas_area(canvas), times, row, f->columns - times, 1);

    canvas_resize(&part, area.columns, 1);
    for (size_t i = begin; i < end && i < text->count; i++)
        put(&part, (int)(i - begin), 0, text, &text->cells[i]);
    for (int i = 0; i < part.columns; i++) {
        const struct cell *cell = canvas_cell(&part, i, 0);

        if (cell->width)
            area_cluster(area, i, 0, (struct style){ 0 }, cell->text,
                         strlen(cell->text), cell->width);
    }
    if (!f->pane.wrap && begin && text->count)
        area_text(area, 0, 0, (struct style){ 0 }, icons->cut_left);
    if (!f->pane.wrap && text->count > begin + (size_t)area.columns)
        area_text(area, area.columns - 1, 0, (struct style){ 0 },
                  icons->cut_right);
    canvas_release(&part);
}

/* Draws the line from the row on that begins at `*column`; gives the row behind
 * its last one. */
static int put_line(struct fixture_pane *f, struct canvas *canvas, int row,
                    size_t line, size_t column)
{
    int times = f->pane.times && f->columns >= 18 ? 9 : 0;
    int width = f->columns - times;
    struct textline text = { 0 };

    assemble(f, line, &text);
    if (!f->pane.wrap) {
        size_t begin = f->pane.column;

        put_row(f, canvas, row, &text, begin, begin + (size_t)width);
        if (f->log->lines[line].is_continued && !begin)
            area_text(canvas_area(canvas), times, row, (struct style){ 0 },
                      icons_of(ICONS_TEXT)->continued);
        textline_release(&text);
        return row + 1;
    }
    for (size_t i = 0, rows = textline_rows(&text, width);
         i < rows && row < f->rows; i++) {
        size_t begin = textline_row_begin(&text, width, i);

        if (begin < column)
            continue;
        put_row(f, canvas, row++, &text, begin,
                textline_row_begin(&text, width, i + 1));
    }
    textline_release(&text);
    return row;
}

static void check_text(struct fixture_pane *f, const struct canvas *expected)
{
    struct strbuf text = { 0 };

    canvas_text(expected, &text);
    strbuf_clear(&f->text);
    canvas_text(&f->canvas, &f->text);
    assert_string_equal(strbuf_text(&f->text), strbuf_text(&text));
    strbuf_release(&text);
}

void fixture_pane_check(struct fixture_pane *f)
{
    size_t line = next_shown(f, 0, 1), first = line;
    int row = 0;
    struct canvas expected = { 0 };

    if (line >= f->log->count) {
        assert_false(f->pane.is_shown);
        return;
    }
    assert_true(f->pane.is_shown);
    line = fixture_log_at(f->log, f->pane.shown.offset);
    assert_int_equal(f->log->lines[line].begin, f->pane.shown.offset);
    assert_int_equal(next_shown(f, line, 1), line);
    canvas_resize(&expected, f->columns, f->rows);
    row = put_line(f, &expected, row, line, f->pane.shown.column);
    while (row < f->rows && line + 1 < f->log->count) {
        line = next_shown(f, line + 1, 1);
        if (line < f->log->count)
            row = put_line(f, &expected, row, line, 0);
    }
    check_text(f, &expected);
    canvas_release(&expected);
    if (row < f->rows) {
        assert_int_equal(f->pane.shown.offset, f->log->lines[first].begin);
        assert_int_equal(f->pane.shown.column, 0);
    }
}
