#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "fixture.h"

#include "base/jsonx.h"
#include "base/mem.h"
#include "base/redact.h"
#include "core/stream.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

static int64_t fixed_wall(void *context)
{
    (void)context;
    return FIXTURE_TIME + 7;
}

static const struct clock clock_fixed = { .wall_ms = fixed_wall,
                                          .monotonic_ms = fixed_wall };

static void drop(void *item)
{
    event_unref(item);
}

struct parts {
    struct journal *journal;
    struct redact *redact;
    struct queue *queue;
    struct stream *stream;
};

static struct parts make(struct fixture *f, const char *secret)
{
    struct parts parts = { .redact = redact_new() };

    parts.journal = journal_create(state_fd(fixture_state(f)), "journal", NULL);
    if (secret)
        assert_int_equal(redact_add(parts.redact, secret), REDACT_ADDED);
    redact_seal(parts.redact);
    parts.queue = queue_new(drop, NULL);
    assert_non_null(parts.queue);
    parts.stream = stream_new("20261121T170000Z-7f3c", parts.journal,
                              parts.redact, &clock_fixed, parts.queue);
    return parts;
}

static void release(struct parts *parts)
{
    stream_free(parts->stream);
    journal_close(parts->journal);
    queue_free(parts->queue);
    redact_free(parts->redact);
}

static struct event *message(const char *text)
{
    struct event *event = event_new(EVENT_WARNING);

    event_set_text(event, "message", text);
    return event;
}

static void stream_numbers_and_stamps_every_event(void **state)
{
    struct fixture *f = *state;
    struct parts parts = make(f, NULL);

    for (int i = 1; i <= 3; i++) {
        struct event *event;

        assert_true(stream_emit(parts.stream, message("words"), i == 2, NULL));
        event = queue_take(parts.queue);
        assert_int_equal(event_int(event, "seq", 0), i);
        assert_string_equal(event_text(event, "time"),
                            "2026-11-21T17:00:00.007Z");
        assert_string_equal(event_text(event, "run"), "20261121T170000Z-7f3c");
        event_unref(event);
    }
    release(&parts);
}

static void stream_gives_the_readers_what_the_journal_has(void **state)
{
    struct fixture *f = *state;
    struct parts parts = make(f, NULL);
    struct event *event;
    char *line, *journal;

    assert_true(stream_emit(parts.stream, message("a\nb"), true, NULL));
    event = queue_take(parts.queue);
    line = jsonx_line(event_json(event));
    journal = mem_format("%s\n", line);
    fixture_expect(f, STATE_DIR "/journal", journal);
    assert_null(queue_take(parts.queue));
    free(journal);
    free(line);
    event_unref(event);
    release(&parts);
}

static void stream_masks_before_anybody_sees(void **state)
{
    struct fixture *f = *state;
    struct parts parts = make(f, "hunter2hunter2");
    struct event *event;

    assert_true(
        stream_emit(parts.stream, message("is hunter2hunter2"), true, NULL));
    event = queue_take(parts.queue);
    assert_string_equal(event_text(event, "message"), "is ***");
    assert_null(
        strstr(fixture_read(f, STATE_DIR "/journal"), "hunter2hunter2"));
    event_unref(event);
    release(&parts);
}

static void limit_files(rlim_t bytes)
{
    struct rlimit limit;

    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = bytes;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void stream_reaches_the_readers_when_the_disk_is_full(void **state)
{
    struct fixture *f = *state;
    struct parts parts = make(f, NULL);
    struct error warning = { 0 };
    struct event *event;
    bool written;

    limit_files(0);
    written = stream_emit(parts.stream, message("words"), true, &warning);
    limit_files(RLIM_INFINITY);
    assert_false(written);
    assert_true(error_is_set(&warning));
    event = queue_take(parts.queue);
    assert_string_equal(event_text(event, "message"), "words");
    event_unref(event);
    release(&parts);
}

static void stream_needs_no_journal(void **state)
{
    struct fixture *f = *state;
    struct parts parts = make(f, NULL);

    stream_free(parts.stream);
    parts.stream =
        stream_new("run", NULL, parts.redact, &clock_fixed, parts.queue);
    assert_true(stream_emit(parts.stream, message("words"), true, NULL));
    drop(queue_take(parts.queue));
    release(&parts);
}

static void stream_needs_no_reader(void **state)
{
    struct fixture *f = *state;
    struct parts parts = make(f, NULL);

    stream_free(parts.stream);
    parts.stream =
        stream_new("run", parts.journal, parts.redact, &clock_fixed, NULL);
    assert_true(stream_emit(parts.stream, message("words"), false, NULL));
    fixture_expect_part(fixture_read(f, STATE_DIR "/journal"),
                        "\"message\":\"words\"");
    release(&parts);
    stream_free(NULL);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        FIXTURE_TEST(stream_numbers_and_stamps_every_event),
        FIXTURE_TEST(stream_gives_the_readers_what_the_journal_has),
        FIXTURE_TEST(stream_masks_before_anybody_sees),
        FIXTURE_TEST(stream_reaches_the_readers_when_the_disk_is_full),
        FIXTURE_TEST(stream_needs_no_journal),
        FIXTURE_TEST(stream_needs_no_reader),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
