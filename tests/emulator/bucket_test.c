#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "fixture_call.h"

#include "base/mem.h"
#include "emulator/emulator.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int set_up(void **state)
{
    static struct emulator emulator;

    emulator = (struct emulator){ 0 };
    emulator_init(&emulator);
    emulator.host = mem_text("127.0.0.1:4711");
    emulator.url = mem_text("http://127.0.0.1:4711");
    json_object_set_new(emulator_part(&emulator, "buckets"), "state",
                        json_object());
    *state = &emulator;
    return 0;
}

static int tear_down(void **state)
{
    emulator_release(*state);
    return 0;
}

struct answer {
    int status;
    char etag[64];
    char *body;
};

static void take_reply(struct emulator_reply *reply, struct answer *answer)
{
    free(answer->body);
    *answer = (struct answer){ .status = reply->status };
    for (size_t i = 0; i < reply->headers.count; i++)
        if (!strncmp(reply->headers.items[i], "ETag: ", 6))
            snprintf(answer->etag, sizeof(answer->etag), "%s",
                     reply->headers.items[i] + 6);
    answer->body = mem_text(strbuf_text(&reply->body));
    strvec_release(&reply->headers);
    strbuf_release(&reply->body);
}

/* One signed request; `condition` is a header or NULL. */
static void ask(struct emulator *emulator, const char *method,
                const char *target, const char *body, const char *condition,
                struct answer *answer)
{
    char *url = mem_format("http://127.0.0.1:4711%s", target);
    size_t path_size = strcspn(target, "?");
    char *path = mem_bytes(target, path_size);
    struct strvec headers = { 0 };
    struct emulator_reply reply = { .status = 200 };

    if (condition)
        strvec_add(&headers, condition);
    fixture_sign(method, url, "s3", body, &headers);
    struct emulator_request request = {
        .method = method,
        .path = path,
        .query = target[path_size] ? target + path_size + 1 : "",
        .headers = headers,
        .body = body,
        .body_size = strlen(body),
        .url = target,
    };
    bucket_answer(emulator, &request, &reply);
    take_reply(&reply, answer);
    strvec_release(&headers);
    free(path);
    free(url);
}

static void bucket_gives_back_what_was_put(void **state)
{
    struct answer answer = { 0 };
    char etag[64];

    ask(*state, "PUT", "/state/a/lock", "mine", NULL, &answer);
    assert_int_equal(answer.status, 200);
    memcpy(etag, answer.etag, sizeof(etag));
    assert_int_equal(etag[0], '"');
    ask(*state, "GET", "/state/a/lock", "", NULL, &answer);
    assert_string_equal(answer.body, "mine");
    assert_string_equal(answer.etag, etag);
    ask(*state, "DELETE", "/state/a/lock", "", NULL, &answer);
    assert_int_equal(answer.status, 204);
    ask(*state, "GET", "/state/a/lock", "", NULL, &answer);
    assert_int_equal(answer.status, 404);
    assert_non_null(strstr(answer.body, "<Code>NoSuchKey</Code>"));
    free(answer.body);
}

static void bucket_holds_writers_to_their_conditions(void **state)
{
    struct answer answer = { 0 };
    char *first, *second;

    ask(*state, "PUT", "/state/lock", "1", "If-None-Match: *", &answer);
    assert_int_equal(answer.status, 200);
    first = mem_format("If-Match: %s", answer.etag);
    ask(*state, "PUT", "/state/lock", "2", "If-None-Match: *", &answer);
    assert_int_equal(answer.status, 412);
    assert_non_null(strstr(answer.body, "<Code>PreconditionFailed</Code>"));
    ask(*state, "PUT", "/state/lock", "2", first, &answer);
    assert_int_equal(answer.status, 200);
    second = mem_format("If-Match: %s", answer.etag);
    ask(*state, "PUT", "/state/lock", "3", first, &answer);
    assert_int_equal(answer.status, 412);
    ask(*state, "DELETE", "/state/lock", "", first, &answer);
    assert_int_equal(answer.status, 412);
    ask(*state, "GET", "/state/lock", "", NULL, &answer);
    assert_string_equal(answer.body, "2");
    ask(*state, "DELETE", "/state/lock", "", second, &answer);
    assert_int_equal(answer.status, 204);
    ask(*state, "PUT", "/state/lock", "3", second, &answer);
    assert_int_equal(answer.status, 404);
    free(first);
    free(second);
    free(answer.body);
}

static void bucket_lists_in_pages_by_name(void **state)
{
    struct answer answer = { 0 };

    for (int i = 0; i < 4; i++) {
        char *target = mem_format("/state/k/%d%%26", 4 - i);

        ask(*state, "PUT", target, "x", NULL, &answer);
        free(target);
    }
    ask(*state, "PUT", "/state/other", "x", NULL, &answer);
    ask(*state, "GET", "/state?list-type=2&prefix=k%2F", "", NULL, &answer);
    assert_non_null(strstr(answer.body, "<IsTruncated>true</IsTruncated>"));
    assert_non_null(strstr(answer.body, "<Key>k/1%26</Key>"));
    assert_null(strstr(answer.body, "<Key>k/4%26</Key>"));
    assert_non_null(strstr(answer.body, "<NextContinuationToken>k/3%26</"));
    ask(*state, "GET",
        "/state?continuation-token=k%2F3%2526&list-type=2&prefix=k%2F", "",
        NULL, &answer);
    assert_non_null(strstr(answer.body, "<IsTruncated>false</IsTruncated>"));
    assert_non_null(strstr(answer.body, "<Key>k/4%26</Key>"));
    assert_null(strstr(answer.body, "other"));
    free(answer.body);
}

static void bucket_that_is_none_has_no_objects(void **state)
{
    struct answer answer = { 0 };

    ask(*state, "PUT", "/nothing/key", "x", NULL, &answer);
    assert_int_equal(answer.status, 404);
    assert_non_null(strstr(answer.body, "<Code>NoSuchBucket</Code>"));
    ask(*state, "PUT", "/nothing", "", NULL, &answer);
    assert_int_equal(answer.status, 200);
    ask(*state, "PUT", "/nothing/key", "x", NULL, &answer);
    assert_int_equal(answer.status, 200);
    free(answer.body);
}

#define test(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(bucket_gives_back_what_was_put),
        test(bucket_holds_writers_to_their_conditions),
        test(bucket_lists_in_pages_by_name),
        test(bucket_that_is_none_has_no_objects),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
