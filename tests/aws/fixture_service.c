#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "fixture_service.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

int service_set_up(void **state)
{
    struct service *f = mem_new(1, sizeof(*f));

    fixture_client_init(&f->fixture, FIXTURE_CLIENT_WRITES);
    f->client = f->fixture.client;
    f->writer = client_writer(f->client);
    *state = f;
    return 0;
}

int service_tear_down(void **state)
{
    struct service *f = *state;
    size_t asked = service_count(f), answers = f->answers;

    fixture_client_release(&f->fixture);
    free(f);
    if (asked == answers)
        return 0;
    print_error("%zu requests, %zu answers\n", asked, answers);
    return 1;
}

/* ---- answers ---------------------------------------------------------- */

static void add(struct service *f, const struct fixture_answer *answer)
{
    fixture_server_add(f->fixture.server, answer);
    f->answers++;
}

void service_answer_with(struct service *f, int status, const char *headers,
                         const char *body)
{
    add(f, &(struct fixture_answer){
               .status = status, .headers = headers, .body = body });
}

void service_answer(struct service *f, int status, const char *body)
{
    service_answer_with(f, status, NULL, body);
}

void service_answer_lost(struct service *f)
{
    add(f, &(struct fixture_answer){ .is_mute = true, .closes = true });
}

void service_fail(struct service *f, int status, const char *code)
{
    char *body = mem_format("{\"__type\":\"%s\",\"message\":\"no\"}", code);

    service_answer(f, status, body);
    free(body);
}

void service_fail_query(struct service *f, int status, const char *code)
{
    char *body = mem_format("<ErrorResponse><Error><Type>Sender</Type><Code>%s"
                            "</Code><Message>no</Message></Error>"
                            "<RequestId>1</RequestId></ErrorResponse>",
                            code);

    service_answer(f, status, body);
    free(body);
}

/* ---- requests --------------------------------------------------------- */

size_t service_count(struct service *f)
{
    return fixture_server_requests(f->fixture.server);
}

json_t *service_json(const char *text)
{
    json_error_t detail;
    json_t *json = json_loads(text, JSON_REJECT_DUPLICATES, &detail);

    if (!json)
        fail_msg("%s: %s", detail.text, text);
    return json;
}

void service_expect(struct service *f, size_t index, const char *target,
                    const char *json)
{
    const char *body = fixture_server_body(f->fixture.server, index);
    json_t *sent = service_json(body), *expected = service_json(json);
    bool is_same = json_equal(sent, expected);

    service_expect_header(f, index, "X-Amz-Target", target);
    json_decref(sent);
    json_decref(expected);
    if (!is_same)
        assert_string_equal(body, json);
}

static char *sorted(const char *form)
{
    struct strvec parts = { 0 };
    struct strbuf text = { 0 };

    strvec_split(&parts, form, "&");
    strvec_sort(&parts);
    for (size_t i = 0; i < parts.count; i++) {
        if (strncmp(parts.items[i], "Version=", 8) != 0)
            strbuf_addf(&text, "%s\n", parts.items[i]);
    }
    strvec_release(&parts);
    return strbuf_take(&text);
}

void service_expect_form(struct service *f, size_t index, const char *form)
{
    char *sent = sorted(fixture_server_body(f->fixture.server, index));
    char *expected = sorted(form);

    assert_string_equal(sent, expected);
    free(sent);
    free(expected);
}

void service_expect_line(struct service *f, size_t index, const char *line)
{
    char *sent = fixture_server_line(f->fixture.server, index);

    assert_string_equal(sent, line);
    free(sent);
}

void service_expect_header(struct service *f, size_t index, const char *name,
                           const char *value)
{
    char *sent = fixture_server_header(f->fixture.server, index, name);

    if (!value) {
        assert_null(sent);
        return;
    }
    assert_non_null(sent);
    assert_string_equal(sent, value);
    free(sent);
}

void service_expect_body(struct service *f, size_t index, const char *body)
{
    assert_string_equal(fixture_server_body(f->fixture.server, index), body);
}

void service_expect_error(const struct error *err, enum error_code code,
                          const char *part)
{
    if (err->code != code || !strstr(err->message, part))
        fail_msg("code %d, '%s'; expected code %d, '%s'", (int)err->code,
                 err->message, (int)code, part);
}
