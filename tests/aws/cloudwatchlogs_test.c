#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "fixture_service.h"

#include "aws/cloudwatchlogs.h"
#include "base/mem.h"
#include "base/strbuf.h"

#include <stdlib.h>
#include <string.h>

#define GROUP "/aws/apprunner/web/1/application"
#define TARGET "Logs_20140328.FilterLogEvents"
#define EVENT(time, id, message)                                               \
    "{\"logStreamName\":\"s\",\"timestamp\":" time ",\"message\":\"" message   \
    "\",\"ingestionTime\":1,\"eventId\":\"" id "\"}"

static void collect(void *context, int64_t time_ms, const char *message)
{
    strvec_addf(context, "%lld %s", (long long)time_ms, message);
}

static void expect_lines(struct strvec *lines, const char *const *expected,
                         size_t count)
{
    assert_int_equal(lines->count, count);
    for (size_t i = 0; i < count; i++)
        assert_string_equal(lines->items[i], expected[i]);
    strvec_release(lines);
}

/* ---- the tail --------------------------------------------------------- */

static void each_line_is_given_once(void **state)
{
    struct service *f = *state;
    struct error err = { 0 };
    struct logtail tail;
    struct strvec lines = { 0 };
    static const char *const first[] = { "100000 a", "100001 b" };
    static const char *const second[] = { "99000 late", "100002 c" };

    logtail_init(&tail, GROUP, 90000);
    service_answer(f, 200,
                   "{\"events\":[" EVENT("100000", "1", "a") "," EVENT(
                       "100001", "2", "b\\r\\n") "]}");
    assert_true(logtail_poll(f->client, &tail, collect, &lines, &err));
    expect_lines(&lines, first, COUNT(first));
    service_answer(f, 200,
                   "{\"events\":[" EVENT("99000", "3", "late") "," EVENT(
                       "100000", "1",
                       "a") "," EVENT("100001", "2",
                                      "b") "," EVENT("100002", "4", "c") "]}");
    assert_true(logtail_poll(f->client, &tail, collect, &lines, &err));
    expect_lines(&lines, second, COUNT(second));
    service_expect(f, 0, TARGET,
                   "{\"logGroupName\":\"" GROUP "\",\"startTime\":90000}");
    service_expect(f, 1, TARGET,
                   "{\"logGroupName\":\"" GROUP "\",\"startTime\":90000}");
    logtail_release(&tail);
}

static void the_look_goes_30_seconds_back(void **state)
{
    struct service *f = *state;
    struct error err = { 0 };
    struct logtail tail;
    struct strvec lines = { 0 };

    logtail_init(&tail, GROUP, 90000);
    service_answer(f, 200, "{\"events\":[" EVENT("200000", "1", "a") "]}");
    service_answer(f, 200, "{\"events\":[]}");
    assert_true(logtail_poll(f->client, &tail, collect, &lines, &err));
    assert_true(logtail_poll(f->client, &tail, collect, &lines, &err));
    service_expect(f, 1, TARGET,
                   "{\"logGroupName\":\"" GROUP "\",\"startTime\":170000}");
    strvec_release(&lines);
    logtail_release(&tail);
}

static void empty_pages_are_no_end(void **state)
{
    struct service *f = *state;
    struct error err = { 0 };
    struct logtail tail;
    struct strvec lines = { 0 };
    static const char *const expected[] = { "5 a" };

    logtail_init(&tail, GROUP, 0);
    service_answer(f, 200, "{\"events\":[],\"nextToken\":\"t\"}");
    service_answer(f, 200, "{\"searchedLogStreams\":[],\"nextToken\":\"u\"}");
    service_answer(f, 200, "{\"events\":[" EVENT("5", "1", "a") "]}");
    assert_true(logtail_poll(f->client, &tail, collect, &lines, &err));
    expect_lines(&lines, expected, COUNT(expected));
    service_expect(f, 2, TARGET,
                   "{\"logGroupName\":\"" GROUP
                   "\",\"startTime\":0,\"nextToken\":\"u\"}");
    logtail_release(&tail);
}

static void a_long_search_goes_on_at_the_next_poll(void **state)
{
    struct service *f = *state;
    struct error err = { 0 };
    struct logtail tail;
    struct strvec lines = { 0 };
    static const char *const expected[] = { "50000 a" };

    logtail_init(&tail, GROUP, 7);
    for (int page = 1; page <= 10; page++) {
        char *body = mem_format("{\"events\":[],\"nextToken\":\"t%d\"}", page);

        service_answer(f, 200, body);
        free(body);
    }
    assert_true(logtail_poll(f->client, &tail, collect, &lines, &err));
    assert_int_equal(service_count(f), 10);
    service_answer(f, 200, "{\"events\":[" EVENT("50000", "1", "a") "]}");
    service_answer(f, 200, "{\"events\":[]}");
    assert_true(logtail_poll(f->client, &tail, collect, &lines, &err));
    expect_lines(&lines, expected, COUNT(expected));
    assert_true(logtail_poll(f->client, &tail, collect, &lines, &err));
    service_expect(f, 10, TARGET,
                   "{\"logGroupName\":\"" GROUP
                   "\",\"startTime\":7,\"nextToken\":\"t10\"}");
    service_expect(f, 11, TARGET,
                   "{\"logGroupName\":\"" GROUP "\",\"startTime\":20000}");
    logtail_release(&tail);
}

static void the_same_page_again_is_an_error(void **state)
{
    struct service *f = *state;
    struct error err = { 0 };
    struct logtail tail;
    struct strvec lines = { 0 };

    logtail_init(&tail, GROUP, 0);
    service_answer(f, 200, "{\"events\":[],\"nextToken\":\"t\"}");
    service_answer(f, 200, "{\"events\":[],\"nextToken\":\"t\"}");
    assert_false(logtail_poll(f->client, &tail, collect, &lines, &err));
    service_expect_error(&err, ERROR_IO, "the same page comes again");
    logtail_release(&tail);
}

static void a_group_that_is_not_there_yet_has_no_lines(void **state)
{
    struct service *f = *state;
    struct error err = { 0 };
    struct logtail tail;
    struct strvec lines = { 0 };
    static const char *const expected[] = { "5 a" };

    logtail_init(&tail, GROUP, 0);
    service_fail(f, 400, "ResourceNotFoundException");
    assert_true(logtail_poll(f->client, &tail, collect, &lines, &err));
    assert_int_equal(err.code, ERROR_NONE);
    assert_int_equal(lines.count, 0);
    service_answer(f, 200, "{\"events\":[" EVENT("5", "1", "a") "]}");
    assert_true(logtail_poll(f->client, &tail, collect, &lines, &err));
    expect_lines(&lines, expected, COUNT(expected));
    service_fail(f, 400, "ResourceNotFoundException");
    assert_true(cloudwatchlogs_last(f->client, GROUP, 0, 20, &lines, &err));
    assert_int_equal(lines.count, 0);
    logtail_release(&tail);
}

static void a_poll_that_failed_can_be_made_again(void **state)
{
    struct service *f = *state;
    struct error err = { 0 };
    struct logtail tail;
    struct strvec lines = { 0 };
    static const char *const expected[] = { "5 a", "6 b" };

    logtail_init(&tail, GROUP, 0);
    service_answer(
        f, 200, "{\"events\":[" EVENT("5", "1", "a") "],\"nextToken\":\"t\"}");
    service_fail(f, 400, "AccessDeniedException");
    assert_false(logtail_poll(f->client, &tail, collect, &lines, &err));
    service_expect_error(&err, ERROR_BLOCKED, "");
    error_clear(&err);
    service_answer(
        f, 200,
        "{\"events\":[" EVENT("5", "1", "a") "," EVENT("6", "2", "b") "]}");
    assert_true(logtail_poll(f->client, &tail, collect, &lines, &err));
    expect_lines(&lines, expected, COUNT(expected));
    logtail_release(&tail);
}

/* A page of `count` events of one second, the first with this number. */
static void answer_many(struct service *f, int first, int count)
{
    struct strbuf body = { 0 };

    strbuf_adds(&body, "{\"events\":[");
    for (int i = first; i < first + count; i++)
        strbuf_addf(&body,
                    "%s{\"timestamp\":%d,\"eventId\":\"%d\","
                    "\"message\":\"m\"}",
                    i == first ? "" : ",", 100000 + i, i);
    strbuf_adds(&body, "]}");
    service_answer(f, 200, strbuf_text(&body));
    strbuf_release(&body);
}

static void more_lines_than_are_remembered_are_still_given_once(void **state)
{
    struct service *f = *state;
    struct error err = { 0 };
    struct logtail tail;
    struct strvec lines = { 0 };

    logtail_init(&tail, GROUP, 0);
    answer_many(f, 0, 6000);
    assert_true(logtail_poll(f->client, &tail, collect, &lines, &err));
    assert_int_equal(lines.count, 6000);
    answer_many(f, 0, 6001);
    assert_true(logtail_poll(f->client, &tail, collect, &lines, &err));
    assert_int_equal(lines.count, 6001);
    assert_string_equal(lines.items[lines.count - 1], "106000 m");
    assert_int_equal(tail.seen.count, 4096);
    strvec_release(&lines);
    logtail_release(&tail);
}

/* It takes the place of one that is remembered, and is not yet compared. */
static void a_late_line_among_many_brings_none_again(void **state)
{
    struct service *f = *state;
    struct error err = { 0 };
    struct logtail tail;
    struct strvec lines = { 0 };

    logtail_init(&tail, GROUP, 0);
    answer_many(f, 0, 4096);
    assert_true(logtail_poll(f->client, &tail, collect, &lines, &err));
    service_answer(
        f, 200,
        "{\"events\":[" EVENT("99999", "late", "m") "],\"nextToken\":\"t\"}");
    answer_many(f, 0, 4096);
    assert_true(logtail_poll(f->client, &tail, collect, &lines, &err));
    assert_int_equal(lines.count, 4097);
    assert_string_equal(lines.items[4096], "99999 m");
    strvec_release(&lines);
    logtail_release(&tail);
}

static void garbled_events_are_an_error(void **state)
{
    struct service *f = *state;
    static const char *const bodies[] = {
        "{\"events\":5}",
        "{\"events\":[5]}",
        "{\"events\":[{\"timestamp\":1}]}",
        "{\"events\":[{\"timestamp\":\"1\",\"message\":\"a\"}]}",
        "{\"events\":[{\"timestamp\":-1,\"message\":\"a\"}]}",
        "{\"events\":[{\"timestamp\":1e300,\"message\":\"a\"}]}",
        "{\"events\":[{\"timestamp\":1,\"message\":[]}]}",
        "{\"events\":[],\"nextToken\":{}}",
    };

    for (size_t i = 0; i < COUNT(bodies); i++) {
        struct error err = { 0 };
        struct logtail tail;
        struct strvec lines = { 0 };

        logtail_init(&tail, GROUP, 0);
        service_answer(f, 200, bodies[i]);
        assert_false(logtail_poll(f->client, &tail, collect, &lines, &err));
        service_expect_error(&err, ERROR_IO, "'FilterLogEvents'");
        strvec_release(&lines);
        logtail_release(&tail);
    }
}

/* Emulators leave it out: then the message tells events apart. */
static void events_without_an_id_are_told_apart(void **state)
{
    struct service *f = *state;
    struct error err = { 0 };
    struct logtail tail;
    struct strvec lines = { 0 };
    static const char *const expected[] = { "1 a", "1 b", "2 a" };

    logtail_init(&tail, GROUP, 0);
    service_answer(f, 200,
                   "{\"events\":[{\"timestamp\":1,\"message\":\"a\"},"
                   "{\"timestamp\":1,\"message\":\"b\"},"
                   "{\"timestamp\":1,\"message\":\"a\"},"
                   "{\"timestamp\":2.0,\"message\":\"a\"}]}");
    assert_true(logtail_poll(f->client, &tail, collect, &lines, &err));
    expect_lines(&lines, expected, COUNT(expected));
    logtail_release(&tail);
}

/* ---- the last lines --------------------------------------------------- */

static void the_last_lines_are_of_all_pages(void **state)
{
    struct service *f = *state;
    struct error err = { 0 };
    struct strvec lines = { 0 };
    static const char *const expected[] = { "2026-11-21T17:00:01Z b",
                                            "2026-11-21T17:00:02Z c" };

    service_answer(f, 200,
                   "{\"events\":[" EVENT("1795280400000", "1", "a") "," EVENT(
                       "1795280401000", "2", "b\\n") "],\"nextToken\":\"t\"}");
    service_answer(f, 200,
                   "{\"events\":[" EVENT("1795280402000", "3", "c") "]}");
    assert_true(cloudwatchlogs_last(f->client, GROUP, INT64_C(1795280400000), 2,
                                    &lines, &err));
    expect_lines(&lines, expected, COUNT(expected));
    service_expect(f, 0, TARGET,
                   "{\"logGroupName\":\"" GROUP
                   "\",\"startTime\":1795280400000}");
}

static void fewer_lines_than_wanted_are_all_given(void **state)
{
    struct service *f = *state;
    struct error err = { 0 };
    struct strvec lines = { 0 };
    static const char *const expected[] = { "1970-01-01T00:00:00Z a" };

    service_answer(f, 200, "{\"events\":[" EVENT("0", "1", "a") "]}");
    assert_true(cloudwatchlogs_last(f->client, GROUP, -5, 20, &lines, &err));
    expect_lines(&lines, expected, COUNT(expected));
    service_expect(f, 0, TARGET,
                   "{\"logGroupName\":\"" GROUP "\",\"startTime\":0}");
    assert_true(cloudwatchlogs_last(f->client, GROUP, 0, 0, &lines, &err));
    assert_int_equal(service_count(f), 1);
}

static void what_came_before_a_failure_is_given(void **state)
{
    struct service *f = *state;
    struct error err = { 0 };
    struct strvec lines = { 0 };
    static const char *const expected[] = { "1970-01-01T00:00:00Z a" };

    service_answer(
        f, 200, "{\"events\":[" EVENT("0", "1", "a") "],\"nextToken\":\"t\"}");
    service_fail(f, 400, "AccessDeniedException");
    assert_false(cloudwatchlogs_last(f->client, GROUP, 0, 20, &lines, &err));
    service_expect_error(&err, ERROR_BLOCKED, "");
    expect_lines(&lines, expected, COUNT(expected));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SERVICE_TEST(each_line_is_given_once),
        SERVICE_TEST(the_look_goes_30_seconds_back),
        SERVICE_TEST(empty_pages_are_no_end),
        SERVICE_TEST(a_long_search_goes_on_at_the_next_poll),
        SERVICE_TEST(the_same_page_again_is_an_error),
        SERVICE_TEST(a_group_that_is_not_there_yet_has_no_lines),
        SERVICE_TEST(a_poll_that_failed_can_be_made_again),
        SERVICE_TEST(more_lines_than_are_remembered_are_still_given_once),
        SERVICE_TEST(a_late_line_among_many_brings_none_again),
        SERVICE_TEST(garbled_events_are_an_error),
        SERVICE_TEST(events_without_an_id_are_told_apart),
        SERVICE_TEST(the_last_lines_are_of_all_pages),
        SERVICE_TEST(fewer_lines_than_wanted_are_all_given),
        SERVICE_TEST(what_came_before_a_failure_is_given),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
