/* What BuildKit's progress comes to, however it is cut. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "aws/docker/rawjson.h"
#include "base/base64.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

#define BEGUN "\"started\":\"2026-11-21T17:00:00Z\""
#define ENDED BEGUN ",\"completed\":\"2026-11-21T17:00:01Z\""

static void take_told(void *context, const struct docker_told *told)
{
    struct strbuf *log = context;

    if (told->kind == DOCKER_LINE)
        strbuf_addf(log, "|%s", told->text);
    else
        strbuf_addf(log, "|%s:%s %lld/%lld%s", told->item, told->text,
                    (long long)told->current, (long long)told->total,
                    told->is_done ? "!" : "");
}

struct raw_case {
    const char *bytes;
    const char *told, *error; /* NULL: none */
};

static void check_cases(const struct raw_case *cases, size_t count)
{
    static const size_t pieces[] = { 1, 3, 4096 };

    for (size_t i = 0; i < count * 3; i++) {
        const char *bytes = cases[i / 3].bytes;
        size_t size = strlen(bytes), piece = pieces[i % 3];
        struct strbuf log = { 0 };
        struct rawjson raw = { .tell = take_told, .tell_context = &log };

        for (size_t at = 0; at < size; at += piece)
            rawjson_add(&raw, bytes + at,
                        size - at < piece ? size - at : piece);
        rawjson_finish(&raw);
        assert_string_equal(strbuf_text(&log), cases[i / 3].told);
        if (cases[i / 3].error)
            assert_string_equal(rawjson_error(&raw), cases[i / 3].error);
        else
            assert_null(rawjson_error(&raw));
        rawjson_release(&raw);
        strbuf_release(&log);
    }
}

#define CHECK(cases) check_cases(cases, sizeof(cases) / sizeof((cases)[0]))

static void step_is_told_when_it_begins_and_only_once(void **state)
{
    static const struct raw_case cases[] = {
        { "{\"vertexes\":[{\"digest\":\"sha256:1\",\"name\":\"[1/2] FROM x\"}]}"
          "\n{\"vertexes\":[{\"digest\":\"sha256:1\"," BEGUN "}]}\n"
          "{\"vertexes\":[{\"digest\":\"sha256:1\",\"name\":\"[1/2] FROM "
          "x\"," ENDED "}]}\n",
          "|[1/2] FROM x", NULL },
        { "{\"vertexes\":[{\"digest\":\"sha256:1\",\"name\":\"[2/2] "
          "RUN\"," BEGUN "},{\"digest\":\"sha256:2\",\"name\":\"other\"}]}\n",
          "|[2/2] RUN", NULL },
        { "{\"vertexes\":[{\"digest\":\"sha256:1\",\"name\":\"[2/2] "
          "COPY\",\"cached\":true," ENDED "}]}\n",
          "|CACHED [2/2] COPY", NULL },
        { "{\"vertexes\":[{\"name\":\"no digest\"," BEGUN "}, 7, null]}\n", "",
          NULL },
    };

    (void)state;
    CHECK(cases);
}

static void output_of_each_step_is_put_together(void **state)
{
    /* "one\ntw", "X\n", "o\n" */
    static const struct raw_case cases[] = {
        { "{\"logs\":[{\"vertex\":\"a\",\"stream\":1,\"data\":\"b25lCnR3\"}]}\n"
          "{\"logs\":[{\"vertex\":\"b\",\"data\":\"WAo=\"}]}\n"
          "{\"logs\":[{\"vertex\":\"a\",\"data\":\"bwo=\"}]}\n",
          "|one|X|two", NULL },
        { "{\"logs\":[{\"vertex\":\"a\",\"data\":\"b25lCnR3\"}]}\n"
          "{\"vertexes\":[{\"digest\":\"a\",\"name\":\"n\"," ENDED "}]}\n",
          "|one|n|tw", NULL },
        { "{\"logs\":[{\"vertex\":\"a\",\"data\":\"b25lCnR3\"}]}\n", "|one|tw",
          NULL },
        { "{\"logs\":[{\"vertex\":\"a\",\"data\":\"!!!\"},{\"data\":5}]}\n", "",
          NULL },
    };

    (void)state;
    CHECK(cases);
}

static void transfers_are_progress(void **state)
{
    static const struct raw_case cases[] = {
        { "{\"statuses\":[{\"id\":\"transferring context:\",\"vertex\":\"a\","
          "\"current\":512," BEGUN "}]}\n",
          "|transferring context: 512/0", NULL },
        { "{\"statuses\":[{\"id\":\"sha256:4f1e77aa2b01cdef\",\"name\":\"x\","
          "\"current\":9,\"total\":4}]}\n",
          "|4f1e77aa2b01:x 4/4", NULL },
        { "{\"statuses\":[{\"id\":\"extracting sha256:4f1e77aa2b01cdef\"," ENDED
          "}]}\n",
          "|4f1e77aa2b01:extracting 0/0!", NULL },
        { "{\"statuses\":[{\"id\":\"\"},{\"current\":-1,\"id\":\"x\"}]}\n",
          "|x: 0/0", NULL },
    };

    (void)state;
    CHECK(cases);
}

static void error_is_the_one_of_the_step_that_failed(void **state)
{
    static const struct raw_case cases[] = {
        { "{\"vertexes\":[{\"digest\":\"a\",\"name\":\"[1/3] RUN x\","
          "\"error\":\"context canceled\"},{\"digest\":\"b\",\"name\":\"[2/3] "
          "RUN false\",\"error\":\"exit code: 1\"},{\"digest\":\"c\",\"error\":"
          "\"rpc: context canceled\"}]}\nERROR: failed to solve: exit code: 1",
          "|ERROR: failed to solve: exit code: 1",
          "[2/3] RUN false: exit code: 1" },
        { "ERROR: no such builder\r\nsee the manual\n",
          "|ERROR: no such builder|see the manual", "no such builder" },
        { "{\"vertexes\":[{\"digest\":\"a\",\"error\":\"context canceled\"}]}\n"
          "ERROR: the daemon went away\n",
          "|ERROR: the daemon went away", "the daemon went away" },
        { "{\"vertexes\":[{\"digest\":\"a\",\"error\":\"bad\"}]}\n", "",
          "bad" },
    };

    (void)state;
    CHECK(cases);
}

static void warnings_and_plain_words_are_lines(void **state)
{
    /* "JSONArgsRecommended" */
    static const struct raw_case cases[] = {
        { "{\"warnings\":[{\"vertex\":\"a\",\"level\":1,\"short\":"
          "\"SlNPTkFyZ3NSZWNvbW1lbmRlZA==\"}]}\n",
          "|WARNING: JSONArgsRecommended", NULL },
        { "{not json\n\n  plain\n", "|{not json|  plain", NULL },
        { "{\"vertexes\":3,\"logs\":null,\"statuses\":{},\"warnings\":\"\"}\n",
          "", NULL },
    };

    (void)state;
    CHECK(cases);
}

static void base64_of_any_bytes_is_read(void **state)
{
    (void)state;
    for (int last = 0; last < 256; last++) {
        char bytes[3] = { 'x', 'y', (char)last };
        struct strbuf record = { 0 }, log = { 0 }, expected = { 0 };
        struct rawjson raw = { .tell = take_told, .tell_context = &log };

        if (last == '\n' || last == '\r' || last == 0)
            continue;
        for (size_t size = 2; size <= 3; size++) {
            strbuf_clear(&record);
            strbuf_adds(&record, "{\"logs\":[{\"data\":\"");
            base64_encode(bytes, size, &record);
            strbuf_adds(&record, "\"}]}\n");
            rawjson_add(&raw, record.data, record.len);
        }
        rawjson_finish(&raw);
        strbuf_adds(&expected, "|xyxy");
        strbuf_addc(&expected, (char)last);
        assert_string_equal(strbuf_text(&log), strbuf_text(&expected));
        rawjson_release(&raw);
        strbuf_release(&record);
        strbuf_release(&log);
        strbuf_release(&expected);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(step_is_told_when_it_begins_and_only_once),
        cmocka_unit_test(output_of_each_step_is_put_together),
        cmocka_unit_test(transfers_are_progress),
        cmocka_unit_test(error_is_the_one_of_the_step_that_failed),
        cmocka_unit_test(warnings_and_plain_words_are_lines),
        cmocka_unit_test(base64_of_any_bytes_is_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
