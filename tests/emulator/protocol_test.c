#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "fixture_call.h"

#include "base/jsonx.h"
#include "base/mem.h"
#include "emulator/protocol.h"
#include "emulator/validate.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

static void protocol_reads_a_form_as_json(void **state)
{
    static const struct {
        const char *form, *json;
    } cases[] = {
        { "", "{}" },
        { "Action=GetCallerIdentity&Version=2011-06-15",
          "{\"Action\":\"GetCallerIdentity\",\"Version\":\"2011-06-15\"}" },
        { "A=1+2%203%2B4", "{\"A\":\"1 2 3+4\"}" },
        { "A", "{\"A\":\"\"}" },
        { "&&A=&=x&", "{\"A\":\"\"}" },
        { "A=%zz%4", "{\"A\":\"%zz%4\"}" },
        { "A.member.1=x&A.member.2=y", "{\"A\":[\"x\",\"y\"]}" },
        { "A.B=1&A.C.D=2", "{\"A\":{\"B\":\"1\",\"C\":{\"D\":\"2\"}}}" },
        { "E.member.1.K=a&E.member.1.V.member.1=b&E.member.1.V.member.2=c"
          "&E.member.2.K=d",
          "{\"E\":[{\"K\":\"a\",\"V\":[\"b\",\"c\"]},{\"K\":\"d\"}]}" },
        { "A=1&A.B=2", "{\"A\":{\"B\":\"2\"}}" },
        { "A.member.0.B=2", "{\"A\":[]}" },
        { "A.member=2", "{\"A\":[\"2\"]}" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        json_t *json =
            protocol_read_query(cases[i].form, strlen(cases[i].form));
        char *text = json_dumps(json, JSON_COMPACT);

        assert_string_equal(text, cases[i].json);
        free(text);
        json_decref(json);
    }
}

static void protocol_writes_json_as_elements(void **state)
{
    json_t *json = json_pack("{s:s, s:[s,s], s:{s:b, s:i}, s:[{s:s}]}", "Name",
                             "<a & \"b\">", "List", "x", "y", "Deep", "Yes", 1,
                             "Count", 7, "Rows", "K", "v");
    struct strbuf out = { 0 };

    (void)state;
    protocol_write_xml(json, &out);
    assert_string_equal(strbuf_text(&out),
                        "<Name>&lt;a &amp; &quot;b&quot;&gt;</Name>"
                        "<List><member>x</member><member>y</member></List>"
                        "<Deep><Yes>true</Yes><Count>7</Count></Deep>"
                        "<Rows><member><K>v</K></member></Rows>");
    strbuf_release(&out);
    json_decref(json);
}

static void protocol_tells_a_call_from_an_object(void **state)
{
    static const struct {
        const char *method, *path, *header;
        bool is_call;
    } cases[] = {
        { "POST", "/", "x-amz-target: AppRunner.ListServices", true },
        { "POST", "/",
          "content-type: application/x-www-form-urlencoded; charset=utf-8",
          true },
        { "POST", "/", "content-type: text/plain", false },
        { "PUT", "/", "x-amz-target: AppRunner.ListServices", false },
        { "POST", "/bucket", "x-amz-target: AppRunner.ListServices", false },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct emulator_request request = { .method = cases[i].method,
                                            .path = cases[i].path };

        strvec_add(&request.headers, cases[i].header);
        assert_int_equal(protocol_is_call(&request), cases[i].is_call);
        strvec_release(&request.headers);
    }
}

static void validate_knows_what_a_shape_allows(void **state)
{
    static const struct {
        const char *shape, *json;
        bool is_good;
    } cases[] = {
        { "{A!:s}", "{\"A\":\"x\"}", true },
        { "{A!:s}", "{}", false },
        { "{A:s}", "{}", true },
        { "{A:s}", "{\"A\":1}", false },
        { "{A:s}", "{\"B\":\"x\"}", false },
        { "{A:s}", "{\"A\":null}", false },
        { "{}", "{\"A\":1}", false },
        { "{A:s(TCP|HTTP),B:b}", "{\"A\":\"HTTP\",\"B\":true}", true },
        { "{A:s(TCP|HTTP),B:b}", "{\"A\":\"HTT\"}", false },
        { "{A:s(TCP|HTTP),B:b}", "{\"A\":\"HTTPS\"}", false },
        { "{A:s(TCP|HTTP),B:b}", "{\"A\":\"TCP\",\"B\":\"true\"}", false },
        { "{A:i(1-20),B:s}", "{\"A\":20,\"B\":\"x\"}", true },
        { "{A:i(1-20)}", "{\"A\":21}", false },
        { "{A:i(1-20)}", "{\"A\":0}", false },
        { "{A:i}", "{\"A\":\"8080\"}", false },
        { "{A:f}", "{\"A\":1.5}", true },
        { "{A:[s],B!:i}", "{\"A\":[\"x\",\"y\"],\"B\":1}", true },
        { "{A:[s]}", "{\"A\":[1]}", false },
        { "{A:[s]}", "{\"A\":\"x\"}", false },
        { "{A:<s>}", "{\"A\":{\"any\":\"x\"}}", true },
        { "{A:<s>}", "{\"A\":[{\"Name\":\"any\",\"Value\":\"x\"}]}", false },
        { "{A:<s>}", "{\"A\":{\"any\":1}}", false },
        { "{A:[{K!:s,V:{W:b}}],Z:s}",
          "{\"A\":[{\"K\":\"x\",\"V\":{\"W\":true}}]}", true },
        { "{A:[{K!:s,V:{W:b}}],Z:s}", "{\"A\":[{\"V\":{}}]}", false },
        { "{A:*,B!:s}", "{\"A\":[[1]],\"B\":\"x\"}", true },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        json_t *json = json_loads(cases[i].json, 0, NULL);
        char why[256] = "";

        assert_non_null(json);
        if (validate_shape(cases[i].shape, json, "Input", why) !=
            cases[i].is_good)
            fail_msg("%s by %s: %s", cases[i].json, cases[i].shape, why);
        assert_int_equal(why[0] != '\0', !cases[i].is_good);
        json_decref(json);
    }
}

/* The array of CloudFormation is the mistake that the service refuses. */
static void validate_says_what_is_wrong_with_a_request(void **state)
{
    static const char input[] =
        "{\"ServiceArn\":\"arn\",\"SourceConfiguration\":{\"ImageRepository\":{"
        "\"ImageIdentifier\":\"x\",\"ImageRepositoryType\":\"ECR\","
        "\"ImageConfiguration\":{\"RuntimeEnvironmentVariables\":[]}}}}";
    struct emulator_failure failure = { 0 };
    json_t *json = json_loads(input, 0, NULL);

    (void)state;
    assert_false(validate_input("apprunner", "UpdateService", json, &failure));
    assert_string_equal(failure.code, "InvalidRequestException");
    assert_non_null(strstr(failure.message, "RuntimeEnvironmentVariables"));
    assert_non_null(strstr(failure.message, "has to be a map"));
    assert_true(validate_input("apprunner", "NoSuchOperation", json, &failure));
    json_decref(json);
}

#define ARN "arn:aws:apprunner:us-east-1:123456789012:service/web/1"

/* As an operation does in its thread, until the emulator stops. */
static void *change_status(void *context)
{
    static const char *const words[] = { "RUNNING", "OPERATION_IN_PROGRESS" };
    struct emulator *emulator = context;
    bool is_stopping = false;

    for (size_t i = 0; !is_stopping; i++) {
        pthread_mutex_lock(&emulator->lock);
        json_t *services = emulator_part(emulator, "services");
        json_t *entry = json_object_get(services, ARN);
        jsonx_set_text(json_object_get(entry, "Service"), "Status",
                       words[i % 2]);
        is_stopping = emulator->is_stopping;
        pthread_mutex_unlock(&emulator->lock);
    }
    return NULL;
}

/* The answer is a part of the tree, so it is written with the lock. */
static void protocol_answers_while_operations_go_on(void **state)
{
    struct emulator emulator = { .url = mem_text("http://127.0.0.1:1") };
    pthread_t thread;

    (void)state;
    emulator_init(&emulator);
    json_object_set_new(emulator_part(&emulator, "services"), ARN,
                        json_pack("{s:{s:s}}", "Service", "Status", "RUNNING"));
    assert_int_equal(pthread_create(&thread, NULL, change_status, &emulator),
                     0);
    for (int i = 0; i < 200; i++) {
        int status;
        char *text =
            fixture_call(&emulator, "apprunner", "AppRunner.DescribeService",
                         "{\"ServiceArn\":\"" ARN "\"}", &status);

        assert_int_equal(status, 200);
        if (!strstr(text, "\"RUNNING\"") &&
            !strstr(text, "\"OPERATION_IN_PROGRESS\""))
            fail_msg("%s", text);
        free(text);
    }
    pthread_mutex_lock(&emulator.lock);
    emulator.is_stopping = true;
    pthread_mutex_unlock(&emulator.lock);
    pthread_join(thread, NULL);
    emulator_release(&emulator);
}

static void emulator_pages_are_cut_and_lead_on(void **state)
{
    json_t *items = json_pack("[i,i,i,i,i]", 1, 2, 3, 4, 5);
    json_t *input = json_object();
    size_t pages = 0, seen = 0;

    (void)state;
    for (bool has_more = true; has_more; pages++) {
        json_t *answer = json_object();
        const json_t *page;

        emulator_page(items, input, "NextToken", "MaxResults", 2, answer, "P");
        page = json_object_get(answer, "P");
        assert_in_range(json_array_size(page), 1, 2);
        for (size_t i = 0; i < json_array_size(page); i++)
            assert_int_equal(json_integer_value(json_array_get(page, i)),
                             ++seen);
        has_more = json_object_get(answer, "NextToken") != NULL;
        json_object_set(input, "NextToken",
                        json_object_get(answer, "NextToken"));
        json_decref(answer);
    }
    assert_int_equal(pages, 3);
    assert_int_equal(seen, 5);
    json_decref(input);
    json_decref(items);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(protocol_reads_a_form_as_json),
        cmocka_unit_test(protocol_writes_json_as_elements),
        cmocka_unit_test(protocol_tells_a_call_from_an_object),
        cmocka_unit_test(validate_knows_what_a_shape_allows),
        cmocka_unit_test(validate_says_what_is_wrong_with_a_request),
        cmocka_unit_test(protocol_answers_while_operations_go_on),
        cmocka_unit_test(emulator_pages_are_cut_and_lead_on),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
