/* The search, its order, and how keys are kept fresh. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "fixture_credentials.h"

#include "aws/credentials_private.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

#define IMDS_ROLES "/latest/meta-data/iam/security-credentials/"

enum { MINUTE = 60 * 1000 };

#define KEYS(name)                                                             \
    "aws_access_key_id = " name "\naws_secret_access_key = secret\n"

/* ---- order ------------------------------------------------------------ */

/* All that a profile may name, in the order in which each decides as long as
 * those above it are not there. */
static const struct {
    const char *config, *credentials, *access_key, *source;
} sources[] = {
    { "role_arn = arn:aws:iam::1:role/r\nsource_profile = base\n", "", "ROLE",
      "profile 'p' (assumed role)" },
    { "role_arn = arn:aws:iam::1:role/r\nweb_identity_token_file = @TOKEN@\n",
      "", "WEB", "a web identity token" },
    { "sso_session = s\nsso_account_id = 1\nsso_role_name = r\n", "", "SSO",
      "profile 'p' (SSO)" },
    { "", KEYS("CREDENTIALS"), "CREDENTIALS",
      "profile 'p' (credentials file)" },
    { "login_session = arn:aws:sts::1:x\n", "", "LOGIN",
      "profile 'p' (aws login)" },
    { "credential_process = printf '{\"Version\": 1, \"AccessKeyId\": "
      "\"PROCESS\", \"SecretAccessKey\": \"secret\"}'\n",
      "", "PROCESS", "profile 'p' (credential_process)" },
    { KEYS("CONFIG"), "", "CONFIG", "profile 'p' (config file)" },
    { "", "", "CONTAINER", "the container's credential endpoint" },
    { NULL, NULL, "IMDS", "the instance's metadata" },
};

static char *json_reply(const char *access_key, const char *token_name)
{
    return mem_format("{\"Code\": \"Success\", \"AccessKeyId\": \"%s\", "
                      "\"SecretAccessKey\": \"" WORLD_SECRET
                      "\", \"%s\": \"" WORLD_TOKEN
                      "\", \"Expiration\": \"2026-11-21T18:00:00Z\"}",
                      access_key, token_name);
}

/* What the source at `from` is answered over the network. */
static void answer(struct world *world, size_t from)
{
    const char *name = sources[from].access_key;
    char *body = NULL;

    if (strcmp(name, "ROLE") == 0) {
        body = world_sts_reply("AssumeRole", name, "2026-11-21T18:00:00Z");
        world_answer(world, "POST /role/", 200, body);
    } else if (strcmp(name, "WEB") == 0) {
        body = world_sts_reply("AssumeRoleWithWebIdentity", name,
                               "2026-11-21T18:00:00Z");
        world_answer(world, "POST /web/", 200, body);
    } else if (strcmp(name, "SSO") == 0) {
        world_answer(world, "GET /federation/credentials", 200,
                     "{\"roleCredentials\": {\"accessKeyId\": \"SSO\", "
                     "\"secretAccessKey\": \"s\", \"sessionToken\": \"t\", "
                     "\"expiration\": 1795284000000}}");
    } else if (strcmp(name, "CONTAINER") == 0) {
        body = json_reply(name, "Token");
        world_answer(world, "GET /container", 200, body);
    } else if (strcmp(name, "IMDS") == 0) {
        body = json_reply(name, "Token");
        world_answer(world, "PUT /latest/api/token", 200, "metadata-token");
        world_answer(world, "GET " IMDS_ROLES, 200, "the-role");
        world_answer(world, "GET " IMDS_ROLES "the-role", 200, body);
    }
    free(body);
}

static void write_caches(struct world *world)
{
    /* SHA-1 of "s", SHA-256 of "arn:aws:sts::1:x". */
    free(world_file(world,
                    ".aws/sso/cache/"
                    "a0f1490a20d0211c997b44bc357e1972deab8ae3.json",
                    "{\"accessToken\": \"bearer\", "
                    "\"expiresAt\": \"2026-11-21T18:00:00Z\"}"));
    free(world_file(
        world,
        ".aws/login/cache/"
        "0440cf416672d59e249d17d94707aac19f2b6c457134bcc3f93fa280aa5e02fb.json",
        "{\"accessToken\": {\"accessKeyId\": \"LOGIN\", "
        "\"secretAccessKey\": \"s\", \"sessionToken\": \"t\", "
        "\"expiresAt\": \"2026-11-21T17:14:00Z\"}}"));
}

/* One profile with everything from the source `from` on. */
static void build(struct world *world, size_t from)
{
    struct strbuf config = { 0 }, credentials = { 0 };
    char *token = world_file(world, "token", "the.web.token\n");

    strbuf_addf(&config, "[sso-session s]\nsso_region = eu-west-1\n"
                         "sso_start_url = https://x/start\n"
                         "[profile base]\n" KEYS("BASE") "[profile p]\n");
    strbuf_adds(&credentials, "[p]\n");
    for (size_t i = from; i < COUNT(sources) && sources[i].config; i++) {
        const char *place = strstr(sources[i].config, "@TOKEN@");

        /* The first two share the name role_arn, and exclude each other. */
        if (from == 0 && i == 1)
            continue;
        if (place)
            strbuf_addf(&config, "%.*s%s\n", (int)(place - sources[i].config),
                        sources[i].config, token);
        else
            strbuf_adds(&config, sources[i].config);
        strbuf_adds(&credentials, sources[i].credentials);
    }
    world_config(world, strbuf_text(&config));
    world_credentials(world, strbuf_text(&credentials));
    strbuf_release(&config);
    strbuf_release(&credentials);
    free(token);
}

static void point_at_server(struct world *world, size_t from)
{
    char *sts = mem_format("%s/%s", world->url, from == 0 ? "role" : "web");
    char *container = mem_format("%s/container", world->url);

    world_set(world, "AWS_ENDPOINT_URL_STS", sts);
    world_set(world, "AWS_ENDPOINT_URL_SSO", world->url);
    world_set(world, "AWS_EC2_METADATA_DISABLED", "false");
    world_set(world, "AWS_EC2_METADATA_SERVICE_ENDPOINT", world->url);
    if (from < COUNT(sources) - 1)
        world_set(world, "AWS_CONTAINER_CREDENTIALS_FULL_URI", container);
    free(sts);
    free(container);
}

static void the_sources_are_asked_in_botocores_order(void **state)
{
    for (size_t from = 0; from < COUNT(sources); from++) {
        struct world *w;

        world_tear_down(state);
        world_set_up(state);
        w = *state;
        w->options.profile = "p";
        answer(w, from);
        write_caches(w);
        build(w, from);
        point_at_server(w, from);
        world_expect_keys(w, sources[from].access_key, sources[from].source);
    }
}

static void the_environment_goes_before_a_profile(void **state)
{
    struct world *w = *state;

    world_credentials(w, "[p]\n" KEYS("FILE"));
    world_set(w, "AWS_ACCESS_KEY_ID", "ENVIRONMENT");
    world_set(w, "AWS_SECRET_ACCESS_KEY", "secret");
    w->options.profile = "p";
    world_expect_keys(w, "ENVIRONMENT", "the environment");
}

static void a_profile_chosen_by_option_goes_before_the_environment(void **state)
{
    struct world *w = *state;

    world_credentials(w, "[p]\n" KEYS("FILE"));
    world_set(w, "AWS_ACCESS_KEY_ID", "ENVIRONMENT");
    world_set(w, "AWS_SECRET_ACCESS_KEY", "secret");
    world_set(w, "AWS_WEB_IDENTITY_TOKEN_FILE", "/nowhere");
    world_set(w, "AWS_ROLE_ARN", "arn:aws:iam::1:role/r");
    w->options.profile = "p";
    w->options.is_profile_explicit = true;
    world_expect_keys(w, "FILE", "profile 'p' (credentials file)");
}

static void without_a_choice_it_is_the_default_profile(void **state)
{
    struct world *w = *state;

    world_credentials(w, "[default]\n" KEYS("D") "[other]\n" KEYS("O"));
    world_expect_keys(w, "D", "profile 'default' (credentials file)");
    world_renew(w);
    world_set(w, "AWS_PROFILE", "other");
    world_expect_keys(w, "O", "profile 'other' (credentials file)");
}

/* ---- the environment and the files ------------------------------------ */

static void the_environment_gives_token_and_end(void **state)
{
    struct world *w = *state;
    struct credentials_keys keys = { 0 };

    world_set(w, "AWS_ACCESS_KEY_ID", WORLD_ACCESS);
    world_set(w, "AWS_SECRET_ACCESS_KEY", WORLD_SECRET);
    world_set(w, "AWS_SECURITY_TOKEN", "old");
    assert_true(world_get(w, &keys, NULL));
    assert_string_equal(keys.secret_key, WORLD_SECRET);
    assert_string_equal(keys.token, "old");
    assert_true(keys.expires_ms == 0);

    world_renew(w);
    world_set(w, "AWS_SESSION_TOKEN", "new");
    world_set(w, "AWS_CREDENTIAL_EXPIRATION", "2026-11-21T18:00:00+00:00");
    assert_true(world_get(w, &keys, NULL));
    assert_string_equal(keys.token, "new");
    assert_true(keys.expires_ms == WORLD_TIME + 60 * MINUTE);
    credentials_keys_release(&keys);
}

static void half_of_the_keys_is_an_error(void **state)
{
    struct world *w = *state;

    world_credentials(w, "[default]\n" KEYS("FILE"));
    world_set(w, "AWS_ACCESS_KEY_ID", WORLD_ACCESS);
    world_expect_error(w, "the environment: there is no secret key",
                       "AWS_SECRET_ACCESS_KEY");
    world_set(w, "AWS_ACCESS_KEY_ID", "");
    world_expect_keys(w, "FILE", "profile 'default' (credentials file)");
    world_renew(w);
    world_credentials(w, "[half]\naws_access_key_id = " WORLD_ACCESS "\n");
    w->options.profile = "half";
    world_expect_error(w, "profile 'half'", NULL);
}

static void a_key_with_a_line_break_is_refused_and_not_shown(void **state)
{
    struct world *w = *state;

    world_set(w, "AWS_ACCESS_KEY_ID", WORLD_ACCESS);
    world_set(w, "AWS_SECRET_ACCESS_KEY", WORLD_SECRET "\n");
    world_expect_error(w, "secret key", "without quotes");
    world_renew(w);
    world_set(w, "AWS_SECRET_ACCESS_KEY", WORLD_SECRET);
    world_set(w, "AWS_SESSION_TOKEN", WORLD_TOKEN "\r\nX-Evil: 1");
    world_expect_error(w, "session token", NULL);
}

static void both_names_of_the_token_are_read(void **state)
{
    struct world *w = *state;
    struct credentials_keys keys = { 0 };

    world_credentials(w, "[default]\n" KEYS("A") "aws_security_token = old\n");
    assert_true(world_get(w, &keys, NULL));
    assert_string_equal(keys.token, "old");
    world_renew(w);
    world_credentials(w, "[default]\naws_session_token = new\n");
    assert_true(world_get(w, &keys, NULL));
    assert_string_equal(keys.token, "new");
    credentials_keys_release(&keys);
}

static void expired_keys_are_refused(void **state)
{
    struct world *w = *state;

    world_set(w, "AWS_ACCESS_KEY_ID", WORLD_ACCESS);
    world_set(w, "AWS_SECRET_ACCESS_KEY", WORLD_SECRET);
    world_set(w, "AWS_CREDENTIAL_EXPIRATION", "2026-11-21T16:59:59Z");
    world_expect_error(w, "the keys ended at 2026-11-21T16:59:59Z", NULL);
    world_set(w, "AWS_CREDENTIAL_EXPIRATION", "soon");
    world_expect_error(w, "AWS_CREDENTIAL_EXPIRATION", NULL);
}

/* ---- nothing ---------------------------------------------------------- */

static void nothing_at_all_says_where_it_looked_and_what_to_do(void **state)
{
    static const char *const words[] = {
        "AWS_ACCESS_KEY_ID", "profile 'default'",
        "container",         "metadata (disabled)",
        "aws configure",     "aws sso login",
        "AWS_PROFILE",       "OIDC"
    };
    struct world *w = *state;

    for (size_t i = 0; i < COUNT(words); i++)
        world_expect_error(w, "no AWS credentials were found", words[i]);
}

static void a_profile_that_does_not_exist_names_those_that_do(void **state)
{
    struct world *w = *state;

    world_credentials(w, "[default]\n" KEYS("D") "[prod]\n" KEYS("P"));
    w->options.profile = "prdo";
    world_expect_error(w, "the profile 'prdo' is in neither", "default, prod");
}

/* ---- freshness -------------------------------------------------------- */

/* Makes the container the source, whose keys end at these times in turn. */
static void use_container(struct world *world)
{
    char *url = mem_format("%s/container", world->url);

    world_set(world, "AWS_CONTAINER_CREDENTIALS_FULL_URI", url);
    free(url);
}

static void give(struct world *world, const char *access_key, int minutes)
{
    char *body = mem_format(
        "{\"AccessKeyId\": \"%s\", \"SecretAccessKey\": \"s\", \"Token\": "
        "\"t\", \"Expiration\": \"2026-11-21T%02d:%02d:00Z\"}",
        access_key, 17 + minutes / 60, minutes % 60);

    world_answer(world, "GET /container", 200, body);
    free(body);
}

static const char container[] = "the container's credential endpoint";

static void fresh_keys_are_not_asked_for_again(void **state)
{
    struct world *w = *state;

    use_container(w);
    give(w, "ONE", 60);
    world_expect_keys(w, "ONE", container);
    w->now += 49 * MINUTE;
    world_expect_keys(w, "ONE", container);
    assert_int_equal(world_request_count(w), 1);
}

static void ten_minutes_before_the_end_they_are_asked_for_again(void **state)
{
    struct world *w = *state;

    use_container(w);
    give(w, "ONE", 60);
    give(w, "TWO", 120);
    world_expect_keys(w, "ONE", container);
    w->now += 50 * MINUTE;
    world_expect_keys(w, "TWO", container);
}

static void valid_keys_outlive_a_failure_but_not_their_end(void **state)
{
    struct world *w = *state;

    use_container(w);
    give(w, "ONE", 60);
    for (int i = 0; i < 3; i++)
        world_answer(w, "GET /container", 403, "{}");
    world_expect_keys(w, "ONE", container);
    w->now += 55 * MINUTE;
    world_expect_keys(w, "ONE", container);
    w->now += 4 * MINUTE;
    world_expect_keys(w, "ONE", container);
    w->now += 1 * MINUTE;
    world_expect_error(w, "403", NULL);
}

static void a_source_is_asked_once_a_minute_at_most(void **state)
{
    struct world *w = *state;

    use_container(w);
    give(w, "ONE", 9);
    give(w, "ONE", 9);
    for (int i = 0; i < 5; i++)
        world_expect_keys(w, "ONE", container);
    assert_int_equal(world_request_count(w), 1);
    w->now += MINUTE;
    world_expect_keys(w, "ONE", container);
    world_expect_keys(w, "ONE", container);
    assert_int_equal(world_request_count(w), 2);
}

static void refused_keys_are_not_used_again(void **state)
{
    struct world *w = *state;

    use_container(w);
    give(w, "ONE", 60);
    give(w, "TWO", 60);
    world_answer(w, "GET /container", 403, "{}");
    world_answer(w, "GET /container", 403, "{}");
    world_expect_keys(w, "ONE", container);
    credentials_forget(w->credentials);
    world_expect_keys(w, "TWO", container);
    credentials_forget(w->credentials);
    world_expect_error(w, "403", NULL);
    world_expect_error(w, "403", NULL);
}

static void a_later_answer_is_waited_for(void **state)
{
    struct world *w = *state;

    use_container(w);
    world_answer(w, "GET /container", 500, "");
    world_answer(w, "GET /container", 429, "");
    give(w, "ONE", 60);
    world_expect_keys(w, "ONE", container);
    assert_int_equal(world_request_count(w), 3);
    assert_true(w->waited_ms > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(the_sources_are_asked_in_botocores_order),
        WORLD_TEST(the_environment_goes_before_a_profile),
        WORLD_TEST(a_profile_chosen_by_option_goes_before_the_environment),
        WORLD_TEST(without_a_choice_it_is_the_default_profile),
        WORLD_TEST(the_environment_gives_token_and_end),
        WORLD_TEST(half_of_the_keys_is_an_error),
        WORLD_TEST(a_key_with_a_line_break_is_refused_and_not_shown),
        WORLD_TEST(both_names_of_the_token_are_read),
        WORLD_TEST(expired_keys_are_refused),
        WORLD_TEST(nothing_at_all_says_where_it_looked_and_what_to_do),
        WORLD_TEST(a_profile_that_does_not_exist_names_those_that_do),
        WORLD_TEST(fresh_keys_are_not_asked_for_again),
        WORLD_TEST(ten_minutes_before_the_end_they_are_asked_for_again),
        WORLD_TEST(valid_keys_outlive_a_failure_but_not_their_end),
        WORLD_TEST(a_source_is_asked_once_a_minute_at_most),
        WORLD_TEST(refused_keys_are_not_used_again),
        WORLD_TEST(a_later_answer_is_waited_for),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
