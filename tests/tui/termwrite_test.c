#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "tui/termwrite.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A pipe is the terminal; it takes so much and no more. */
struct line {
    int fds[2];
    struct termwrite out;
    struct strbuf got;
    struct canvas canvas;
};

static void line_init(struct line *line, bool is_nonblocking)
{
    *line = (struct line){ 0 };
    assert_int_equal(pipe(line->fds), 0);
    fcntl(line->fds[0], F_SETFL, O_NONBLOCK);
    if (is_nonblocking)
        fcntl(line->fds[1], F_SETFL, O_NONBLOCK);
    termwrite_init(&line->out, line->fds[1], is_nonblocking);
    canvas_resize(&line->canvas, 4, 1);
}

static void line_release(struct line *line)
{
    termwrite_release(&line->out);
    canvas_release(&line->canvas);
    strbuf_release(&line->got);
    close(line->fds[0]);
    close(line->fds[1]);
}

static void take_all(struct line *line)
{
    char bytes[4096];
    ssize_t size;

    do {
        while ((size = read(line->fds[0], bytes, sizeof(bytes))) > 0)
            strbuf_add(&line->got, bytes, (size_t)size);
        termwrite_flush(&line->out);
    } while (termwrite_is_busy(&line->out));
    while ((size = read(line->fds[0], bytes, sizeof(bytes))) > 0)
        strbuf_add(&line->got, bytes, (size_t)size);
}

/* A frame that shows `text`, sent as `size` times its first letter. */
static void give_frame(struct line *line, const char *text, size_t size)
{
    struct strbuf bytes = { 0 };

    area_text(canvas_area(&line->canvas), 0, 0, (struct style){ 0 }, text);
    while (bytes.len < size)
        strbuf_addc(&bytes, text[0]);
    termwrite_frame(&line->out, &line->canvas, &bytes);
    assert_int_equal(bytes.len, 0);
    strbuf_release(&bytes);
}

static void give_control(struct line *line, const char *text)
{
    struct strbuf bytes = { 0 };

    strbuf_adds(&bytes, text);
    termwrite_control(&line->out, &bytes);
    strbuf_release(&bytes);
}

static void expect_shown(const struct line *line, const char *text)
{
    const struct canvas *shown = termwrite_shown(&line->out);
    struct strbuf now = { 0 };

    assert_non_null(shown);
    canvas_text(shown, &now);
    assert_int_equal(strncmp(strbuf_text(&now), text, strlen(text)), 0);
    strbuf_release(&now);
}

enum { MUCH = 1024 * 1024 };

/* How often `byte` has come. */
static size_t count(const struct line *line, char byte)
{
    size_t number = 0;

    for (size_t i = 0; i < line->got.len; i++)
        number += line->got.data[i] == byte;
    return number;
}

static void termwrite_sends_a_frame_at_once_when_it_can(void **state)
{
    struct line line;

    (void)state;
    line_init(&line, true);
    assert_null(termwrite_shown(&line.out));
    give_frame(&line, "a", 10);
    assert_null(termwrite_shown(&line.out));
    termwrite_flush(&line.out);
    assert_false(termwrite_is_busy(&line.out));
    expect_shown(&line, "a");
    take_all(&line);
    assert_string_equal(strbuf_text(&line.got), "aaaaaaaaaa");
    line_release(&line);
}

static void slow(bool is_nonblocking)
{
    struct line line;

    line_init(&line, is_nonblocking);
    give_frame(&line, "a", MUCH);
    termwrite_flush(&line.out);
    assert_true(termwrite_is_busy(&line.out));
    give_frame(&line, "b", 100);
    termwrite_flush(&line.out);
    expect_shown(&line, "a");
    give_frame(&line, "c", 100);
    termwrite_flush(&line.out);
    expect_shown(&line, "a");
    take_all(&line);
    assert_int_equal(count(&line, 'a'), MUCH);
    assert_int_equal(count(&line, 'b'), 0);
    assert_int_equal(count(&line, 'c'), 100);
    expect_shown(&line, "c");
    line_release(&line);
}

static void termwrite_replaces_a_frame_that_waits(void **state)
{
    (void)state;
    slow(true);
}

static void termwrite_does_so_where_writing_blocks(void **state)
{
    (void)state;
    slow(false);
}

static void termwrite_speaks_between_frames(void **state)
{
    struct line line;

    (void)state;
    line_init(&line, true);
    give_frame(&line, "a", MUCH);
    termwrite_flush(&line.out);
    give_frame(&line, "b", 2);
    give_control(&line, "XY");
    give_control(&line, "Z");
    take_all(&line);
    assert_string_equal(strbuf_text(&line.got) + MUCH, "XYZbb");
    line_release(&line);
}

static void termwrite_drops_an_empty_frame(void **state)
{
    struct line line;

    (void)state;
    line_init(&line, true);
    give_frame(&line, "a", MUCH);
    termwrite_flush(&line.out);
    give_frame(&line, "b", 2);
    give_frame(&line, "a", 0);
    take_all(&line);
    assert_int_equal(line.got.len, MUCH);
    line_release(&line);
}

static void termwrite_forgets_what_is_shown(void **state)
{
    struct line line;

    (void)state;
    line_init(&line, true);
    give_frame(&line, "a", MUCH);
    termwrite_flush(&line.out);
    give_frame(&line, "b", 2);
    termwrite_forget(&line.out);
    assert_null(termwrite_shown(&line.out));
    take_all(&line);
    assert_int_equal(line.got.len, MUCH);
    line_release(&line);
}

static void termwrite_bounds_what_is_said_between_frames(void **state)
{
    char text[1001];
    struct line line;

    (void)state;
    memset(text, 'x', 1000);
    text[1000] = '\0';
    line_init(&line, true);
    for (int i = 0; i < 3000; i++)
        give_control(&line, text);
    assert_true(line.out.control.len <= TERMWRITE_CONTROL_LIMIT);
    assert_true(line.out.control.len > TERMWRITE_CONTROL_LIMIT - 1000);
    line_release(&line);
}

static void termwrite_is_done_with_a_terminal_that_is_gone(void **state)
{
    struct line line;

    (void)state;
    sigaction(SIGPIPE, &(struct sigaction){ .sa_handler = SIG_IGN }, NULL);
    line_init(&line, true);
    give_frame(&line, "a", MUCH);
    termwrite_flush(&line.out);
    close(line.fds[0]);
    termwrite_finish(&line.out, 1000);
    assert_false(termwrite_is_busy(&line.out));
    give_frame(&line, "b", 10);
    give_control(&line, "x");
    termwrite_flush(&line.out);
    assert_false(termwrite_is_busy(&line.out));
    line.fds[0] = open("/dev/null", O_RDONLY);
    line_release(&line);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(termwrite_sends_a_frame_at_once_when_it_can),
        cmocka_unit_test(termwrite_replaces_a_frame_that_waits),
        cmocka_unit_test(termwrite_does_so_where_writing_blocks),
        cmocka_unit_test(termwrite_speaks_between_frames),
        cmocka_unit_test(termwrite_drops_an_empty_frame),
        cmocka_unit_test(termwrite_forgets_what_is_shown),
        cmocka_unit_test(termwrite_bounds_what_is_said_between_frames),
        cmocka_unit_test(termwrite_is_done_with_a_terminal_that_is_gone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
