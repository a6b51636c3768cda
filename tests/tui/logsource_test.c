#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "fixture_log.h"

#include "base/mem.h"
#include "tui/logsource_private.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* So small that pieces, blocks and reads are many. */
static const struct logsource_limits small = {
    .piece = 16, .block = 32, .blocks = 8, .read = 128, .window_bytes = 1 << 20
};

static const struct log_match matches[] = {
    { LOG_MATCH_TEXT, "needle" },  { LOG_MATCH_TEXT, "Needle" },
    { LOG_MATCH_TEXT, "e" },       { LOG_MATCH_TEXT, "\xE2\x82\xAC" },
    { LOG_MATCH_TEXT, "nowhere" }, { LOG_MATCH_NOT, "needle" },
    { LOG_MATCH_NOT, "e" },        { LOG_MATCH_ERRORS, NULL },
    { LOG_MATCH_TEXT, "" },
};
enum { MATCHES = sizeof(matches) / sizeof(matches[0]) };

static struct logsource *open_small(struct fixture_log *log)
{
    struct error err = { 0 };
    struct logsource *source =
        logsource_open_limited(log->path, &small, NULL, &err);

    assert_non_null(source);
    return source;
}

static void work_all(struct logsource *source)
{
    while (logsource_work(source, 50))
        ;
}

/* ---- windows against the model ---------------------------------------- */

static void expect_bytes(const struct fixture_log *log,
                         const struct log_window *window,
                         const struct log_line *line, size_t index)
{
    const struct fixture_log_line *expected = &log->lines[index];
    size_t size = (size_t)(expected->end - expected->begin);
    const char *bytes = log->bytes.data + expected->begin;

    if (bytes[size - 1] == '\n')
        size--;
    assert_int_equal(line->offset, expected->begin);
    assert_int_equal(line->size, size);
    assert_true(line->begin + size <= window->bytes.len);
    assert_memory_equal(window->bytes.data + line->begin, bytes, size);
    assert_int_equal(line->is_continued, expected->is_continued);
}

static size_t next_shown(const struct fixture_log *log, size_t from,
                         const struct log_query *query)
{
    while (from < log->count &&
           !fixture_log_shows(log, from, &query->filter, query->context))
        from++;
    return from;
}

/* log->count when there is none before. */
static size_t shown_before(const struct fixture_log *log, size_t before,
                           const struct log_query *query)
{
    while (before--) {
        if (fixture_log_shows(log, before, &query->filter, query->context))
            return before;
    }
    return log->count;
}

static void expect_lines(const struct fixture_log *log,
                         const struct log_query *query,
                         const struct log_window *window, size_t first,
                         size_t last, bool is_counted)
{
    size_t index = first, shown = 0, previous = first;

    for (; index < log->count && index <= last;
         index = next_shown(log, index + 1, query)) {
        const struct log_line *line = &window->lines[shown];
        bool is_first = index == first;

        assert_true(shown++ < window->count);
        expect_bytes(log, window, line, index);
        if (is_counted || line->number)
            assert_int_equal(line->number, log->lines[index].number);
        assert_int_equal(line->is_gap,
                         is_first
                             ? index > 0 && !fixture_log_shows(log, index - 1,
                                                               &query->filter,
                                                               query->context)
                             : index != previous + 1);
        assert_int_equal(line->is_context,
                         query->filter.kind != LOG_MATCH_NOTHING &&
                             !fixture_log_matches(log, index, &query->filter));
        previous = index;
    }
    assert_int_equal(shown, window->count);
    assert_int_equal(window->at_start,
                     shown_before(log, first, query) == log->count);
    assert_int_equal(window->at_end,
                     next_shown(log, previous + 1, query) == log->count);
}

static size_t anchor_line(const struct fixture_log *log,
                          const struct log_query *query)
{
    size_t line = 0;

    if (query->anchor == LOG_ANCHOR_OFFSET)
        return fixture_log_at(log, query->place);
    if (query->anchor == LOG_ANCHOR_END)
        return log->count - 1;
    while (line < log->count && log->lines[line].number < query->place)
        line++;
    return line < log->count ? line : log->count - 1;
}

static void expect_window(const struct fixture_log *log,
                          struct logsource *source,
                          const struct log_query *query, bool is_counted)
{
    struct log_window window = { 0 };
    struct error err = { 0 };
    size_t anchor = anchor_line(log, query), first, last;
    bool has_after;

    assert_true(logsource_window(source, query, &window, &err));
    anchor = next_shown(log, anchor, query);
    has_after = anchor < log->count;
    first = anchor;
    for (size_t i = 0; i < query->before; i++) {
        size_t before = shown_before(log, first, query);

        if (before == log->count)
            break;
        first = before;
        if (!has_after && anchor == log->count)
            anchor = first;
    }
    if (first == log->count) {
        assert_int_equal(window.count, 0);
        assert_int_equal(window.anchor, 0);
        logwindow_release(&window);
        return;
    }
    last = anchor;
    for (size_t i = 0; has_after && i < query->after; i++) {
        size_t next = next_shown(log, last + 1, query);

        if (next < log->count)
            last = next;
    }
    expect_lines(log, query, &window, first, last, is_counted);
    assert_true(window.anchor < window.count);
    assert_int_equal(window.lines[window.anchor].offset,
                     log->lines[anchor].begin);
    logwindow_release(&window);
}

static struct log_query random_query(const struct fixture_log *log,
                                     unsigned *chance)
{
    unsigned kind = fixture_log_random(chance, 4);
    struct log_query query = {
        .before = fixture_log_random(chance, 6),
        .after = fixture_log_random(chance, 6),
        .context = fixture_log_random(chance, 4),
    };

    if (fixture_log_random(chance, 3))
        query.filter = matches[fixture_log_random(chance, MATCHES - 1)];
    query.anchor = kind == 0   ? LOG_ANCHOR_END
                   : kind == 1 ? LOG_ANCHOR_LINE
                               : LOG_ANCHOR_OFFSET;
    query.place =
        fixture_log_random(chance, (unsigned)(query.anchor == LOG_ANCHOR_LINE
                                                  ? log->count + 2
                                                  : log->bytes.len + 2));
    return query;
}

static void expect_stats(const struct fixture_log *log,
                         struct logsource *source,
                         const struct log_match *match)
{
    struct log_stats stats;
    int64_t found = 0;

    logsource_stats(source, &stats);
    for (size_t i = 0; i < log->count; i++)
        found += fixture_log_matches(log, i, match);
    assert_int_equal(stats.size, log->bytes.len);
    assert_int_equal(stats.counted, log->bytes.len);
    assert_int_equal(stats.lines,
                     log->count ? log->lines[log->count - 1].number : 0);
    assert_int_equal(stats.matches, found);
}

/* A window and a jump of each kind, with and without sums. */
static void windows_are_what_the_model_says(void **state)
{
    unsigned chance = 7;

    (void)state;
    for (int round = 0; round < 120; round++) {
        struct fixture_log *log = fixture_log_new(small.piece);
        struct logsource *source;

        fixture_log_babble(log, 1 + fixture_log_random(&chance, 60), &chance);
        source = open_small(log);
        for (int i = 0; i < 20 && log->count; i++) {
            struct log_query query = random_query(log, &chance);

            if (i == 10) {
                logsource_search(source, &query.filter);
                work_all(source);
                expect_stats(log, source, &query.filter);
            }
            expect_window(log, source, &query, i >= 10);
        }
        logsource_close(source);
        fixture_log_free(log);
    }
}

static void windows_filtered_by_the_search_skip_by_its_sums(void **state)
{
    unsigned chance = 11;

    (void)state;
    for (int round = 0; round < 60; round++) {
        struct fixture_log *log = fixture_log_new(small.piece);
        const struct log_match *match = &matches[round % (MATCHES - 1)];
        struct logsource *source;

        fixture_log_babble(log, 100, &chance);
        source = open_small(log);
        logsource_search(source, match);
        for (int i = 0; i < 20; i++) {
            struct log_query query = random_query(log, &chance);

            query.filter = *match;
            expect_window(log, source, &query, false);
            logsource_work(source, 1);
        }
        logsource_close(source);
        fixture_log_free(log);
    }
}

/* ---- jumps ------------------------------------------------------------ */

static bool find_plainly(const struct fixture_log *log,
                         const struct log_match *match, int64_t offset,
                         int direction, bool here, struct log_hit *hit)
{
    size_t size = (size_t)log->bytes.len;
    bool behind = offset < 0 || (size_t)offset >= size;
    size_t line = behind ? log->count : fixture_log_at(log, offset);
    size_t steps = log->count + (behind ? 1 : 0);

    for (size_t i = here && !behind ? 0 : 1; i <= steps; i++) {
        size_t ring = log->count + (behind ? 1 : 0);
        size_t at =
            direction > 0 ? (line + i) % ring : (line + 2 * ring - i) % ring;

        if (at == log->count || !fixture_log_matches(log, at, match))
            continue;
        hit->offset = log->lines[at].begin;
        hit->wrapped = direction > 0 ? at < line || (at == line && i)
                                     : at > line || (at == line && i);
        hit->ordinal = 0;
        for (size_t k = 0; k <= at; k++)
            hit->ordinal += fixture_log_matches(log, k, match);
        return true;
    }
    return false;
}

static void jumps_find_what_the_model_finds(void **state)
{
    unsigned chance = 23;

    (void)state;
    for (int round = 0; round < 100; round++) {
        struct fixture_log *log = fixture_log_new(small.piece);
        const struct log_match *match = &matches[round % MATCHES];
        struct logsource *source;

        fixture_log_babble(log, 1 + fixture_log_random(&chance, 80), &chance);
        source = open_small(log);
        for (int i = 0; i < 30; i++) {
            int64_t offset = (int64_t)fixture_log_random(
                                 &chance, (unsigned)log->bytes.len + 2) -
                             1;
            int direction = i % 2 ? 1 : -1;
            bool here = fixture_log_random(&chance, 2);
            struct log_hit hit, expected = { 0 };
            bool is_found =
                log->count &&
                find_plainly(log, match, offset, direction, here, &expected);

            if (i == 15) {
                logsource_search(source, match);
                work_all(source);
            }
            assert_int_equal(
                logsource_find(source, match, offset, direction, here, &hit),
                is_found);
            if (!is_found)
                continue;
            assert_int_equal(hit.offset, expected.offset);
            assert_int_equal(hit.wrapped, expected.wrapped);
            assert_int_equal(hit.ordinal, i < 15 ? 0 : expected.ordinal);
        }
        logsource_close(source);
        fixture_log_free(log);
    }
}

/* ---- files that change ------------------------------------------------ */

static void windows_follow_a_file_that_grows(void **state)
{
    unsigned chance = 5;

    (void)state;
    for (int round = 0; round < 20; round++) {
        struct fixture_log *log = fixture_log_new(small.piece);
        const struct log_match *match = &matches[round % MATCHES];
        struct logsource *source = open_small(log);

        logsource_search(source, match);
        for (int i = 0; i < 40; i++) {
            size_t size = log->bytes.len;
            struct log_query query;

            fixture_log_babble(log, 1 + fixture_log_random(&chance, 3),
                               &chance);
            assert_int_equal(logsource_refresh(source), log->bytes.len != size);
            if (!log->count)
                continue;
            query = random_query(log, &chance);
            expect_window(log, source, &query, false);
            if (i % 3)
                continue;
            work_all(source);
            expect_stats(log, source, match);
            expect_window(log, source, &query, true);
        }
        logsource_close(source);
        fixture_log_free(log);
    }
}

/* Each byte by itself: a sequence or a line that is half there moves nothing
 * that was there. */
static void lines_stay_where_they_are_when_bytes_come_one_by_one(void **state)
{
    static const char text[] =
        "0123456789abcde\xE2\x82\xAC"
        "fghijklmnopqr\n\n0123456789abcdef\n"
        "0123456789abcdef0123456789ab\xF0\x9F\x98\x80\xF0\x9F\x98\x80 needle"
        "\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80"
        "\xE2\n\xE2";
    struct fixture_log *log = fixture_log_new(small.piece);
    struct logsource *source = open_small(log);
    const struct log_query query = { .anchor = LOG_ANCHOR_END, .before = 100 };

    (void)state;
    logsource_search(source, &matches[0]);
    for (size_t i = 0; i < sizeof(text) - 1; i++) {
        fixture_log_append(log, text + i, 1);
        assert_true(logsource_refresh(source));
        work_all(source);
        expect_window(log, source, &query, true);
        expect_stats(log, source, &matches[0]);
    }
    logsource_close(source);
    fixture_log_free(log);
}

static void expect_all(const struct fixture_log *log, struct logsource *source)
{
    const struct log_query query = { .anchor = LOG_ANCHOR_END, .before = 1000 };

    work_all(source);
    expect_window(log, source, &query, true);
    expect_stats(log, source, &matches[0]);
}

static void a_truncated_file_begins_anew(void **state)
{
    struct fixture_log *log = fixture_log_new(small.piece);
    struct logsource *source;

    (void)state;
    fixture_log_puts(log, "one needle\ntwo needle\nthree\n");
    source = open_small(log);
    logsource_search(source, &matches[0]);
    expect_all(log, source);
    fixture_log_truncate(log);
    fixture_log_puts(log, "new needle\n");
    assert_true(logsource_refresh(source));
    expect_all(log, source);
    logsource_close(source);
    fixture_log_free(log);
}

static void a_file_that_shrinks_unseen_is_an_error_and_no_harm(void **state)
{
    struct fixture_log *log = fixture_log_new(small.piece);
    const struct log_query query = { .anchor = LOG_ANCHOR_END, .before = 9 };
    struct log_window window = { 0 };
    struct error err = { 0 };
    struct log_hit hit;
    struct logsource *source;

    (void)state;
    fixture_log_puts(log, "one\ntwo\n");
    source = open_small(log);
    fixture_log_truncate(log);
    assert_false(logsource_window(source, &query, &window, &err));
    assert_int_equal(err.code, ERROR_IO);
    assert_int_equal(window.count, 0);
    assert_false(logsource_find(source, &matches[0], 0, 1, true, &hit));
    assert_false(logsource_work(source, 1000));
    assert_true(logsource_refresh(source));
    error_clear(&err);
    assert_true(logsource_window(source, &query, &window, &err));
    logwindow_release(&window);
    logsource_close(source);
    fixture_log_free(log);
}

static void a_replaced_file_is_read_instead(void **state)
{
    struct fixture_log *log = fixture_log_new(small.piece);
    struct logsource *source;

    (void)state;
    fixture_log_puts(log, "old needle\n");
    source = open_small(log);
    logsource_search(source, &matches[0]);
    expect_all(log, source);
    fixture_log_replace(log);
    fixture_log_puts(log, "a longer new one, needle and all\nmore\n");
    assert_true(logsource_refresh(source));
    expect_all(log, source);
    assert_false(logsource_refresh(source));
    logsource_close(source);
    fixture_log_free(log);
}

static void a_file_that_is_gone_stays_open(void **state)
{
    struct fixture_log *log = fixture_log_new(small.piece);
    struct logsource *source;

    (void)state;
    fixture_log_puts(log, "here needle\n");
    source = open_small(log);
    logsource_search(source, &matches[0]);
    assert_int_equal(unlink(log->path), 0);
    assert_false(logsource_refresh(source));
    expect_all(log, source);
    fixture_log_puts(log, "more\n");
    assert_true(logsource_refresh(source));
    expect_all(log, source);
    logsource_close(source);
    fixture_log_free(log);
}

/* ---- odd files -------------------------------------------------------- */

static void what_is_no_file_is_refused(void **state)
{
    struct fixture_log *log = fixture_log_new(small.piece);
    char *pipe_path = mem_format("%s/pipe", log->dir);
    struct error err = { 0 };

    (void)state;
    assert_null(logsource_open("/nowhere/step.log", NULL, &err));
    assert_int_equal(err.code, ERROR_NOT_FOUND);
    error_clear(&err);
    assert_null(logsource_open(log->dir, NULL, &err));
    assert_int_equal(err.code, ERROR_INPUT);
    error_clear(&err);
    assert_int_equal(mkfifo(pipe_path, 0600), 0);
    assert_null(logsource_open(pipe_path, NULL, &err));
    assert_int_equal(err.code, ERROR_INPUT);
    unlink(pipe_path);
    free(pipe_path);
    fixture_log_free(log);
}

static void an_empty_file_has_no_lines(void **state)
{
    struct fixture_log *log = fixture_log_new(small.piece);
    struct logsource *source = open_small(log);
    const struct log_query query = { .anchor = LOG_ANCHOR_LINE, .place = 3 };
    struct log_window window = { 0 };
    struct error err = { 0 };
    struct log_hit hit;

    (void)state;
    assert_true(logsource_window(source, &query, &window, &err));
    assert_int_equal(window.count, 0);
    assert_true(window.at_start && window.at_end);
    assert_false(logsource_find(source, &matches[5], 0, 1, true, &hit));
    assert_false(logsource_work(source, 1000));
    expect_stats(log, source, &matches[0]);
    logsource_close(source);
    fixture_log_free(log);
}

static void long_lines_come_in_pieces_of_the_real_size(void **state)
{
    enum { SIZE = 10 << 20 };
    struct fixture_log *log = fixture_log_new(LOG_PIECE);
    char *bytes = mem_new(SIZE, 1);
    struct error err = { 0 };
    struct log_query query = { .anchor = LOG_ANCHOR_END,
                               .before = 1000,
                               .after = 1000 };
    struct log_window window = { 0 };
    struct logsource *source;
    struct log_hit hit;

    (void)state;
    memset(bytes, 'x', SIZE);
    memcpy(bytes + SIZE - 30, "needle", 6);
    bytes[SIZE - 1] = '\n';
    fixture_log_puts(log, "first\n");
    fixture_log_append(log, bytes, SIZE);
    source = logsource_open(log->path, NULL, &err);
    assert_non_null(source);
    assert_true(logsource_window(source, &query, &window, &err));
    assert_in_range(window.bytes.len, LOG_WINDOW_BYTES / 2, LOG_WINDOW_BYTES);
    assert_true(window.at_end);
    assert_false(window.at_start);
    query = (struct log_query){
        .anchor = LOG_ANCHOR_OFFSET, .place = SIZE / 2, .before = 5, .after = 5
    };
    expect_window(log, source, &query, false);
    assert_true(logsource_find(source, &matches[0], 0, 1, false, &hit));
    assert_int_equal(hit.offset,
                     log->lines[fixture_log_at(log, SIZE - 24)].begin);
    while (logsource_work(source, LOG_PIECE))
        ;
    expect_window(log, source, &query, true);
    logwindow_release(&window);
    logsource_close(source);
    free(bytes);
    fixture_log_free(log);
}

static void windows_are_bounded_on_both_sides_of_the_anchor(void **state)
{
    struct logsource_limits limits = small;
    struct fixture_log *log = fixture_log_new(small.piece);
    struct log_window window = { 0 };
    struct error err = { 0 };
    struct log_query query = { .anchor = LOG_ANCHOR_LINE,
                               .place = 50,
                               .before = SIZE_MAX,
                               .after = SIZE_MAX };
    struct logsource *source;

    (void)state;
    limits.window_bytes = 100;
    for (int i = 0; i < 100; i++)
        fixture_log_puts(log, "012345678\n");
    source = logsource_open_limited(log->path, &limits, NULL, &err);
    assert_true(logsource_window(source, &query, &window, &err));
    assert_int_equal(window.count, 10);
    assert_int_equal(window.anchor, 5);
    assert_int_equal(window.lines[5].number, 50);
    query.place = 2;
    assert_true(logsource_window(source, &query, &window, &err));
    assert_int_equal(window.count, 10);
    assert_int_equal(window.anchor, 1);
    assert_true(window.at_start);
    logwindow_release(&window);
    logsource_close(source);
    fixture_log_free(log);
}

static void only_newlines_are_empty_lines(void **state)
{
    struct fixture_log *log = fixture_log_new(small.piece);
    struct logsource *source;

    (void)state;
    for (int i = 0; i < 300; i++)
        fixture_log_puts(log, "\n");
    source = open_small(log);
    logsource_search(source, &matches[0]);
    expect_all(log, source);
    logsource_close(source);
    fixture_log_free(log);
}

/* ---- numbers, times, cancelling --------------------------------------- */

static void the_end_is_shown_before_anything_is_counted(void **state)
{
    struct fixture_log *log = fixture_log_new(small.piece);
    const struct log_query query = { .anchor = LOG_ANCHOR_END, .before = 2 };
    struct log_window window = { 0 };
    struct error err = { 0 };
    struct log_stats stats;
    struct logsource *source;

    (void)state;
    for (int i = 0; i < 1000; i++)
        fixture_log_puts(log, "line\n");
    source = open_small(log);
    assert_true(logsource_window(source, &query, &window, &err));
    logsource_stats(source, &stats);
    assert_int_equal(stats.counted, 0);
    assert_int_equal(window.count, 3);
    assert_int_equal(window.lines[2].number, 0);
    work_all(source);
    assert_true(logsource_window(source, &query, &window, &err));
    assert_int_equal(window.lines[2].number, 1000);
    logwindow_release(&window);
    logsource_close(source);
    fixture_log_free(log);
}

static void lines_have_the_times_beside_the_log(void **state)
{
    static const char marks[] = "0 1000\n4 2000\n9 3000\n";
    struct fixture_log *log = fixture_log_new(small.piece);
    char *path = mem_format("%s/step.times", log->dir);
    const struct log_query query = { .anchor = LOG_ANCHOR_END, .before = 9 };
    struct log_window window = { 0 };
    struct error err = { 0 };
    struct logsource *source;
    int fd;

    (void)state;
    fixture_log_puts(log, "one\ntwo\n");
    source = open_small(log);
    assert_true(logsource_window(source, &query, &window, &err));
    assert_int_equal(window.lines[1].time_ms, 0);
    fd = open(path, O_WRONLY | O_CREAT, 0600);
    assert_int_equal(write(fd, marks, sizeof(marks) - 1), sizeof(marks) - 1);
    close(fd);
    fixture_log_puts(log, "three\nfour\n");
    assert_true(logsource_refresh(source));
    assert_true(logsource_window(source, &query, &window, &err));
    assert_int_equal(window.lines[0].time_ms, 1000);
    assert_int_equal(window.lines[1].time_ms, 2000);
    assert_int_equal(window.lines[2].time_ms, 2000);
    assert_int_equal(window.lines[3].time_ms, 3000);
    logwindow_release(&window);
    free(path);
    logsource_close(source);
    fixture_log_free(log);
}

/* ---- what the writer has counted -------------------------------------- */

/* Marks of all whole blocks from `from` on, as the writer makes them; `lie` is
 * added to those behind the offset `honest`. */
static void write_marks(const struct fixture_log *log, int64_t from,
                        int64_t honest, int lie)
{
    char *path = mem_format("%s/step.times", log->dir);
    FILE *file = fopen(path, "a");
    int64_t at = (from / small.block + 1) * small.block;

    assert_non_null(file);
    for (; at <= (int64_t)log->bytes.len; at += small.block)
        fprintf(file, "%d 1000 %d\n", (int)at,
                (int)mem_count(log->bytes.data, (size_t)at, '\n') +
                    (at > honest ? lie : 0));
    assert_int_equal(fclose(file), 0);
    free(path);
}

static int64_t counted(const struct logsource *source)
{
    struct log_stats stats;

    logsource_stats(source, &stats);
    return stats.counted;
}

static int64_t lines_of(struct logsource *source)
{
    struct log_stats stats;

    work_all(source);
    logsource_stats(source, &stats);
    return stats.lines;
}

static void what_the_writer_counted_is_not_read(void **state)
{
    struct fixture_log *log = fixture_log_new(small.piece);
    struct logsource *source;

    (void)state;
    for (int i = 0; i < 26; i++)
        fixture_log_puts(log, "1234567\n");
    write_marks(log, 0, 64, 1);
    source = open_small(log);
    assert_int_equal(counted(source), 192);
    /* The lie is believed: nobody has read there. */
    assert_int_equal(lines_of(source), 27);
    for (int64_t number = 27; number < 30; number++) {
        struct logplace line = { 0 };

        assert_true(logsource_numbered(source, number, &line));
        assert_int_equal(line.at, 200);
    }
    logsource_close(source);
    fixture_log_free(log);
}

static void counts_that_are_not_of_this_log_are_not_believed(void **state)
{
    struct fixture_log *log = fixture_log_new(small.piece);
    struct logsource *source;

    (void)state;
    for (int i = 0; i < 26; i++)
        fixture_log_puts(log, "1234567\n");
    write_marks(log, 0, 0, 1);
    source = open_small(log);
    assert_int_equal(counted(source), 0);
    assert_int_equal(lines_of(source), 26);
    logsource_close(source);
    fixture_log_free(log);
}

static void counts_beyond_the_file_or_reason_end_the_belief(void **state)
{
    static const char *const bad[] = {
        "96 1000 12\n64 1000 8\n",  /* the next block is missing */
        "64 1000 3\n96 1000 4\n",   /* fewer than before */
        "64 1000 37\n96 1000 38\n", /* more than bytes */
        "64 1000 8\n96 1000 12\n128 1000 16\n160 1000 20\n",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct fixture_log *log = fixture_log_new(small.piece);
        char *path = mem_format("%s/step.times", log->dir);
        FILE *file = fopen(path, "w");
        struct logsource *source;

        for (int k = 0; k < 17; k++)
            fixture_log_puts(log, "1234567\n");
        fprintf(file, "32 1000 4\n%s", bad[i]);
        assert_int_equal(fclose(file), 0);
        source = open_small(log);
        assert_in_range(counted(source), 32, 136);
        assert_int_equal(lines_of(source), 17);
        logsource_close(source);
        free(path);
        fixture_log_free(log);
    }
}

static void counts_come_while_the_log_grows(void **state)
{
    struct fixture_log *log = fixture_log_new(small.piece);
    struct logsource *source = open_small(log);
    unsigned chance = 11;

    (void)state;
    for (int round = 0; round < 60; round++) {
        int64_t before = (int64_t)log->bytes.len;

        fixture_log_babble(log, 1 + fixture_log_random(&chance, 9), &chance);
        /* Sometimes the reader is there first, sometimes the marks. */
        if (round % 3 == 0)
            logsource_refresh(source);
        if (round % 5 == 0)
            work_all(source);
        write_marks(log, before, 0, 0);
        logsource_refresh(source);
        if (round % 4 == 0)
            work_all(source);
    }
    logsource_search(source, &matches[0]);
    expect_all(log, source);
    logsource_close(source);
    fixture_log_free(log);
}

static void a_log_that_begins_anew_is_believed_anew(void **state)
{
    struct fixture_log *log = fixture_log_new(small.piece);
    struct logsource *source;
    char *path = mem_format("%s/step.times", log->dir);

    (void)state;
    for (int i = 0; i < 26; i++)
        fixture_log_puts(log, "1234567\n");
    write_marks(log, 0, 0, 1);
    source = open_small(log);
    fixture_log_truncate(log);
    assert_int_equal(unlink(path), 0);
    for (int i = 0; i < 9; i++)
        fixture_log_puts(log, "123\n");
    write_marks(log, 0, 0, 0);
    assert_true(logsource_refresh(source));
    assert_int_equal(counted(source), 32);
    assert_int_equal(lines_of(source), 9);
    logsource_close(source);
    free(path);
    fixture_log_free(log);
}

static void cancelling_ends_what_takes_long(void **state)
{
    struct fixture_log *log = fixture_log_new(small.piece);
    struct cancel cancel;
    struct log_query query = { .anchor = LOG_ANCHOR_END,
                               .before = 5,
                               .filter = matches[4] };
    struct log_window window = { 0 };
    struct error err = { 0 };
    struct log_hit hit;
    struct logsource *source;
    unsigned chance = 3;

    (void)state;
    assert_true(cancel_init(&cancel, NULL));
    fixture_log_babble(log, 200, &chance);
    source = logsource_open_limited(log->path, &small, &cancel, &err);
    cancel_raise(&cancel, CANCEL_STOP);
    assert_false(logsource_window(source, &query, &window, &err));
    assert_int_equal(err.code, ERROR_CANCELLED);
    assert_int_equal(window.count, 0);
    assert_false(logsource_find(source, &matches[0], 0, 1, true, &hit));
    assert_true(logsource_work(source, 1 << 20));
    cancel_reset(&cancel);
    assert_true(logsource_find(source, &matches[0], 0, 1, true, &hit));
    logwindow_release(&window);
    logsource_close(source);
    cancel_release(&cancel);
    fixture_log_free(log);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(windows_are_what_the_model_says),
        cmocka_unit_test(windows_filtered_by_the_search_skip_by_its_sums),
        cmocka_unit_test(jumps_find_what_the_model_finds),
        cmocka_unit_test(windows_follow_a_file_that_grows),
        cmocka_unit_test(lines_stay_where_they_are_when_bytes_come_one_by_one),
        cmocka_unit_test(a_truncated_file_begins_anew),
        cmocka_unit_test(a_file_that_shrinks_unseen_is_an_error_and_no_harm),
        cmocka_unit_test(a_replaced_file_is_read_instead),
        cmocka_unit_test(a_file_that_is_gone_stays_open),
        cmocka_unit_test(what_is_no_file_is_refused),
        cmocka_unit_test(an_empty_file_has_no_lines),
        cmocka_unit_test(long_lines_come_in_pieces_of_the_real_size),
        cmocka_unit_test(windows_are_bounded_on_both_sides_of_the_anchor),
        cmocka_unit_test(only_newlines_are_empty_lines),
        cmocka_unit_test(the_end_is_shown_before_anything_is_counted),
        cmocka_unit_test(lines_have_the_times_beside_the_log),
        cmocka_unit_test(what_the_writer_counted_is_not_read),
        cmocka_unit_test(counts_that_are_not_of_this_log_are_not_believed),
        cmocka_unit_test(counts_beyond_the_file_or_reason_end_the_belief),
        cmocka_unit_test(counts_come_while_the_log_grows),
        cmocka_unit_test(a_log_that_begins_anew_is_believed_anew),
        cmocka_unit_test(cancelling_ends_what_takes_long),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
