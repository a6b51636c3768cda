#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "core/cloudwords.h"

#include <stdlib.h>
#include <string.h>

/* ---- images ----------------------------------------------------------- */

static void images_lose_their_registry_and_most_of_their_digest(void **state)
{
    static const struct {
        const char *image, *words;
    } rows[] = {
        { "123456789012.dkr.ecr.us-east-1.amazonaws.com/web:9e1a2b4",
          "web:9e1a2b4" },
        { "localhost:5000/acme/web@sha256:40e436a1b7d04b11b0a8",
          "acme/web@sha256:40e436a1b7d0" },
        { "acme/web:1", "acme/web:1" },
        { "acme/web:1.2", "acme/web:1.2" },
        { "web", "web" },
        { "web@short", "web@short" },
        { "", "" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char *words = cloud_image_words(rows[i].image);

        assert_string_equal(words, rows[i].words);
        free(words);
    }
}

static void a_run_tells_its_image_and_the_one_before(void **state)
{
    static const struct {
        const char *verdict, *summary, *words;
    } rows[] = {
        { "live",
          "{\"image_tag\":\"9e1a\",\"image_digest\":\"sha256:"
          "1234567890abcdef\","
          "\"previous_digest\":\"sha256:77aa\"}",
          "image 9e1a (sha256:1234567890ab), before it sha256:77aa" },
        { "rolled-back",
          "{\"image_tag\":\"9e1a\",\"previous_digest\":\"sha256:77aa\"}",
          "image 9e1a was taken back, sha256:77aa serves" },
        { "rolled-back", "{\"previous_digest\":\"sha256:77aa\"}",
          "sha256:77aa serves" },
        { "live", "{\"image_digest\":\"sha256:77aa\",\"image_tag\":null}",
          "image sha256:77aa" },
        { "down", "{}", "" },
        { NULL, "{}", "" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        json_t *summary = json_loads(rows[i].summary, 0, NULL);
        char *words = cloud_run_words(rows[i].verdict, summary);

        assert_string_equal(words, rows[i].words);
        free(words);
        json_decref(summary);
    }
}

static void verdicts_have_a_meaning_and_other_words_none(void **state)
{
    static const char *const verdicts[] = { "live", "live-unverified",
                                            "rolled-back", "down" };

    (void)state;
    for (size_t i = 0; i < sizeof(verdicts) / sizeof(verdicts[0]); i++) {
        assert_non_null(cloud_verdict_words(verdicts[i]));
        assert_int_equal(cloud_verdict_tone(verdicts[i]) == CLOUD_GOOD, i == 0);
    }
    assert_null(cloud_verdict_words("alive"));
    assert_null(cloud_verdict_words(NULL));
}

/* ---- rows ------------------------------------------------------------- */

static const struct cloud_row *find(const struct cloud_words *words,
                                    const char *label)
{
    for (size_t i = 0; i < words->count; i++) {
        if (strcmp(words->rows[i].label, label) == 0)
            return &words->rows[i];
    }
    fail_msg("no row '%s'", label);
    return NULL;
}

static void a_service_is_told_row_by_row(void **state)
{
    static const char json[] =
        "{\"service\":{\"name\":\"web\",\"status\":\"RUNNING\",\"url\":null},"
        "\"operations\":[{\"type\":\"A\",\"status\":\"B\",\"started\":"
        "\"2026-11-21T16:40:00Z\",\"ours\":true},{\"type\":\"C\","
        "\"status\":\"D\"},{},{\"type\":\"FOURTH\"}],"
        "\"health\":{\"status\":\"unhealthy\",\"duration_ms\":42,"
        "\"reason\":\"HTTP 503\"},\"drift\":[\"cpu: 1 -> 2\",\"x\",7],"
        "\"notes\":[\"health: denied\"],\"verdict\":\"down\"}";
    json_t *cloud = json_loads(json, 0, NULL);
    struct cloud_words words = { 0 };

    (void)state;
    cloud_words_make(&words, cloud, NULL);
    assert_int_equal(find(&words, "status")->tone, CLOUD_GOOD);
    assert_string_equal(find(&words, "health")->text,
                        "unhealthy in 42ms: HTTP 503");
    assert_int_equal(find(&words, "health")->tone, CLOUD_DOUBT);
    assert_non_null(strstr(find(&words, "lately")->text, "A B, 2026-11-21 "));
    assert_non_null(strstr(find(&words, "lately")->text, ", from here"));
    assert_string_equal(find(&words, "drift")->text, "cpu: 1 -> 2");
    assert_string_equal(find(&words, "note")->text, "health: denied");
    assert_string_equal(find(&words, "verdict")->text,
                        "down: no version is known to serve");
    for (size_t i = 0; i < words.count; i++) {
        assert_string_not_equal(words.rows[i].label, "url");
        assert_null(strstr(words.rows[i].text, "FOURTH"));
    }
    cloud_words_release(&words);
    json_decref(cloud);
}

static void no_service_and_no_answer_have_rows_too(void **state)
{
    struct cloud_words words = { 0 };
    struct error err = { 0 };
    json_t *cloud = json_loads("{\"service\":null}", 0, NULL);

    (void)state;
    cloud_words_make(&words, cloud, NULL);
    assert_int_equal(words.count, 1);
    assert_string_equal(words.rows[0].label, "none");
    cloud_words_release(&words);
    json_decref(cloud);
    error_set(&err, ERROR_INPUT, "no credentials");
    cloud_words_make(&words, NULL, &err);
    assert_int_equal(words.count, 1);
    assert_string_equal(words.rows[0].text, "no credentials");
    cloud_words_release(&words);
    error_hint(&err, "log in");
    cloud_words_make(&words, NULL, &err);
    assert_int_equal(words.count, 2);
    assert_string_equal(words.rows[1].text, "log in");
    cloud_words_release(&words);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(images_lose_their_registry_and_most_of_their_digest),
        cmocka_unit_test(a_run_tells_its_image_and_the_one_before),
        cmocka_unit_test(verdicts_have_a_meaning_and_other_words_none),
        cmocka_unit_test(a_service_is_told_row_by_row),
        cmocka_unit_test(no_service_and_no_answer_have_rows_too),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
