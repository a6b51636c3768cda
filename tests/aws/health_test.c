#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "fixture_step.h"

#include "aws/apprunner/dossier.h"
#include "aws/apprunner/health.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

static void waits_double_up_to_ten_seconds(void **state)
{
    static const int64_t waits_ms[] = { 1000, 2000, 4000, 8000, 10000, 10000 };

    (void)state;
    for (int i = 0; i < 6; i++)
        assert_int_equal(health_wait_ms(i + 1), waits_ms[i]);
    assert_int_equal(health_wait_ms(0), 1000);
    assert_int_equal(health_wait_ms(1000), 10000);
}

static void every_status_is_explained(void **state)
{
    static const struct {
        int status;
        const char *part;
    } rows[] = {
        { 302, "redirects" },   { 401, "login" },     { 403, "forbidden" },
        { 404, "HEALTH_PATH" }, { 405, "GET" },       { 418, "refuses" },
        { 429, "too many" },    { 500, "log" },       { 502, "PORT" },
        { 503, "instance" },    { 504, "too long" },  { 599, "fails" },
        { 42, "no answer" },    { 700, "no answer" },
    };

    (void)state;
    assert_string_equal(health_explain_status(204), "");
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        fixture_step_expect(health_explain_status(rows[i].status),
                            rows[i].part);
}

static void every_silence_is_explained(void **state)
{
    (void)state;
    fixture_step_expect(health_explain_failure(HTTP_REFUSED), "PORT");
    fixture_step_expect(health_explain_failure(HTTP_TLS), "certificate");
    fixture_step_expect(health_explain_failure(HTTP_TIMED_OUT),
                        "HEALTH_TIMEOUT");
    fixture_step_expect(health_explain_failure(HTTP_NO_HOST), "resolve");
    for (int i = HTTP_OK; i <= HTTP_CANCELLED; i++)
        assert_non_null(health_explain_failure((enum http_failure)i));
}

static void only_429_and_503_are_busy(void **state)
{
    struct health_answer answer = { .kind = HEALTH_BAD_STATUS };

    (void)state;
    for (int status = 400; status < 600; status++) {
        answer.status = status;
        assert_int_equal(health_is_busy(&answer),
                         status == 429 || status == 503);
    }
    answer.kind = HEALTH_NO_ANSWER;
    answer.status = 503;
    assert_false(health_is_busy(&answer));
}

static void the_url_is_the_services_or_the_users(void **state)
{
    static const struct {
        const char *service, *url;
    } rows[] = {
        { "https://a.awsapprunner.com", "https://a.awsapprunner.com/up" },
        { "a.awsapprunner.com", "https://a.awsapprunner.com/up" },
        { "http://127.0.0.1:8080/", "http://127.0.0.1:8080/up" },
        { NULL, NULL },
        { "", NULL },
    };
    struct fixture_step *f = *state;

    fixture_step_set(f, "HEALTH_PATH", "/up");
    fixture_step_open(f);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char *url;

        free(f->deployment.service_url);
        f->deployment.service_url = mem_text(rows[i].service);
        url = health_url(&f->deployment);
        if (rows[i].url)
            assert_string_equal(url, rows[i].url);
        else
            assert_null(url);
        free(url);
    }
}

static void a_url_of_the_users_comes_first(void **state)
{
    struct fixture_step *f = *state;
    char *url;

    fixture_step_set(f, "HEALTH_URL", "inside.example");
    fixture_step_open(f);
    f->deployment.service_url = mem_text("https://a.awsapprunner.com");
    url = health_url(&f->deployment);
    assert_string_equal(url, "https://inside.example/healthz");
    free(url);
}

/* ---- likely causes ---------------------------------------------------- */

static void the_likeliest_cause_comes_first(void **state)
{
    static const struct {
        struct health_answer answer;
        const char *application, *service, *first;
    } rows[] = {
        { { .kind = HEALTH_BAD_STATUS, .status = 404 }, "", "", "HEALTH_PATH" },
        { { .kind = HEALTH_BAD_STATUS, .status = 401 }, "", "", "login" },
        { { .kind = HEALTH_NO_ANSWER, .failure = HTTP_REFUSED },
          "",
          "",
          "PORT" },
        { { .kind = HEALTH_BAD_STATUS, .status = 503 },
          "exec /app: Exec Format Error",
          "",
          "linux/amd64" },
        { { .kind = HEALTH_BAD_STATUS, .status = 503 },
          "",
          "Container exit code: 137",
          "SERVICE_MEMORY" },
        { { .kind = HEALTH_BAD_STATUS, .status = 500 },
          "Traceback (most recent call last)\nKeyError: 'DB'",
          "",
          "crashes" },
        { { .kind = HEALTH_UNEXPECTED, .status = 200 }, "", "", "itself" },
        { { .kind = HEALTH_BAD_STATUS, .status = 500 },
          "connect ECONNREFUSED 10.0.0.1:5432",
          "",
          "depends on" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct strvec application = { 0 }, service = { 0 }, causes = { 0 };

        strvec_split(&application, rows[i].application, "\n");
        strvec_split(&service, rows[i].service, "\n");
        dossier_rank(&rows[i].answer, &application, &service, &causes);
        assert_true(causes.count >= 1 && causes.count <= 3);
        fixture_step_expect(causes.items[0], rows[i].first);
        strvec_release(&application);
        strvec_release(&service);
        strvec_release(&causes);
    }
}

static void without_a_clue_there_is_no_cause(void **state)
{
    struct health_answer answer = { .kind = HEALTH_BAD_STATUS, .status = 418 };
    struct strvec none = { 0 }, causes = { 0 };

    (void)state;
    dossier_rank(&answer, &none, &none, &causes);
    assert_int_equal(causes.count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(waits_double_up_to_ten_seconds),
        cmocka_unit_test(every_status_is_explained),
        cmocka_unit_test(every_silence_is_explained),
        cmocka_unit_test(only_429_and_503_are_busy),
        FIXTURE_STEP_TEST(the_url_is_the_services_or_the_users),
        FIXTURE_STEP_TEST(a_url_of_the_users_comes_first),
        cmocka_unit_test(the_likeliest_cause_comes_first),
        cmocka_unit_test(without_a_clue_there_is_no_cause),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
