/* The sources over the network and in caches: roles, web identities, SSO, aws
 * login, containers, instances. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "fixture_credentials.h"

#include "aws/credentials_private.h"
#include "base/cancel.h"
#include "base/fileio.h"
#include "base/mem.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#define KEYS                                                                   \
    "aws_access_key_id = " WORLD_ACCESS                                        \
    "\naws_secret_access_key = " WORLD_SECRET "\n"
#define ROLE "role_arn = arn:aws:iam::1:role/r\n"
#define HOUR "2026-11-21T18:00:00Z"

static void expect_part(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("'%s' is not in\n%s", part, text);
}

static void expect_no_part(const char *text, const char *part)
{
    if (strstr(text, part))
        fail_msg("'%s' is in\n%s", part, text);
}

/* ---- roles ------------------------------------------------------------ */

static void answer_role(struct world *world, const char *access_key)
{
    char *reply = world_sts_reply("AssumeRole", access_key, HOUR);

    world_answer(world, "POST /", 200, reply);
    free(reply);
}

static void a_role_is_assumed_with_what_the_profile_says(void **state)
{
    struct world *w = *state;
    struct credentials_keys keys = { 0 };
    const char *request;

    world_config(w, "[profile base]\n" KEYS "[default]\n" ROLE
                    "source_profile = base\nexternal_id = an id/1\n"
                    "role_session_name = me\nduration_seconds = 900\n");
    world_set(w, "AWS_ENDPOINT_URL_STS", w->url);
    w->options.region = "eu-west-1";
    answer_role(w, "ROLE");
    assert_true(world_get(w, &keys, NULL));
    assert_string_equal(keys.access_key, "ROLE");
    assert_string_equal(keys.token, WORLD_TOKEN);
    assert_true(keys.expires_ms == WORLD_TIME + 3600 * 1000);
    credentials_keys_release(&keys);

    request = world_request(w, 0);
    expect_part(request, "Action=AssumeRole&Version=2011-06-15&");
    expect_part(request, "RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fr");
    expect_part(request, "RoleSessionName=me");
    expect_part(request, "ExternalId=an%20id%2F1");
    expect_part(request, "DurationSeconds=900");
    expect_part(request, "Credential=" WORLD_ACCESS "/20261121/eu-west-1/sts/");
    expect_part(request, "application/x-www-form-urlencoded");
    expect_no_part(request, WORLD_SECRET);
}

static void a_session_without_a_name_gets_one(void **state)
{
    struct world *w = *state;

    world_config(w, "[profile base]\n" KEYS "[default]\n" ROLE
                    "source_profile = base\n");
    world_set(w, "AWS_ENDPOINT_URL", w->url);
    answer_role(w, "ROLE");
    world_expect_keys(w, "ROLE", "profile 'default' (assumed role)");
    expect_part(world_request(w, 0), "RoleSessionName=stepdeck-1795280400");
    expect_no_part(world_request(w, 0), "ExternalId");
    expect_part(world_request(w, 0), "/us-east-1/sts/");
}

static void roles_may_form_a_chain(void **state)
{
    struct world *w = *state;

    world_config(w, "[profile base]\n" KEYS
                    "[profile middle]\nrole_arn = arn:aws:iam::1:role/m\n"
                    "source_profile = base\n"
                    "[default]\n" ROLE "source_profile = middle\n");
    world_set(w, "AWS_ENDPOINT_URL_STS", w->url);
    answer_role(w, "MIDDLE");
    answer_role(w, "ROLE");
    world_expect_keys(w, "ROLE", "profile 'default' (assumed role)");
    expect_part(world_request(w, 0), "Credential=" WORLD_ACCESS);
    expect_part(world_request(w, 0), "role%2Fm");
    expect_part(world_request(w, 1), "Credential=MIDDLE/");
    expect_part(world_request(w, 1), "role%2Fr");
}

static void a_profile_with_keys_may_be_its_own_source(void **state)
{
    struct world *w = *state;

    world_config(w, "[default]\n" ROLE "source_profile = default\n" KEYS);
    world_set(w, "AWS_ENDPOINT_URL_STS", w->url);
    answer_role(w, "ROLE");
    world_expect_keys(w, "ROLE", "profile 'default' (assumed role)");
}

static void a_role_can_be_assumed_with_a_named_source(void **state)
{
    struct world *w = *state;

    world_config(w, "[profile p]\n" ROLE "credential_source = Environment\n");
    world_set(w, "AWS_ENDPOINT_URL_STS", w->url);
    world_set(w, "AWS_ACCESS_KEY_ID", "ENVIRONMENT");
    world_set(w, "AWS_SECRET_ACCESS_KEY", WORLD_SECRET);
    w->options.profile = "p";
    w->options.is_profile_explicit = true;
    answer_role(w, "ROLE");
    world_expect_keys(w, "ROLE", "profile 'p' (assumed role)");
    expect_part(world_request(w, 0), "Credential=ENVIRONMENT/");
}

static void the_source_of_a_role_is_not_the_environment(void **state)
{
    struct world *w = *state;

    world_config(w, "[default]\n" ROLE "source_profile = b\n"
                    "[profile b]\nregion = x\n");
    world_set(w, "AWS_WEB_IDENTITY_TOKEN_FILE", "/nowhere/token");
    world_set(w, "AWS_ROLE_ARN", "arn:aws:iam::1:role/other");
    world_expect_error(w, "profile 'b' has no credentials", NULL);
}

/* Profiles of roles that cannot be had, without a question to anybody. */
static const struct {
    const char *config, *message, *hint;
} bad_roles[] = {
    { "[default]\n" ROLE, "nothing to assume it with", "source_profile" },
    { "[default]\n" ROLE "source_profile = gone\n", "'gone' does not exist",
      "aws configure --profile gone" },
    { "[default]\n" ROLE "source_profile = default\n",
      "circle by source_profile: 'default' <- 'default'", NULL },
    { "[default]\n" ROLE "source_profile = b\n"
      "[profile b]\n" ROLE "source_profile = default\n",
      "'default' <- 'b' <- 'default'", NULL },
    { "[default]\n" ROLE "source_profile = b\ncredential_source = "
      "Environment\n[profile b]\n" KEYS,
      "both source_profile and credential_source", NULL },
    { "[default]\n" ROLE "credential_source = Elsewhere\n",
      "'Elsewhere' is unknown", "Ec2InstanceMetadata" },
    { "[default]\n" ROLE "credential_source = Environment\n",
      "credential_source Environment has none", NULL },
    { "[default]\n" ROLE "source_profile = b\n[profile b]\nregion = x\n",
      "profile 'b' has no credentials", NULL },
    { "[default]\n" ROLE "source_profile = b\nmfa_serial = arn:aws:mfa\n"
      "[profile b]\n" KEYS,
      "MFA code", "export-credentials" },
    { "[default]\n" ROLE "source_profile = b\nduration_seconds = 5\n"
      "[profile b]\n" KEYS,
      "duration_seconds is from 900 to 43200", NULL },
    { "[default]\nregion = a.b/c\n" ROLE
      "source_profile = b\n[profile b]\n" KEYS,
      "not an AWS region", NULL },
};

static void a_role_that_cannot_be_had_says_why(void **state)
{
    for (size_t i = 0; i < COUNT(bad_roles); i++) {
        struct world *w;

        world_tear_down(state);
        world_set_up(state);
        w = *state;
        world_config(w, bad_roles[i].config);
        world_expect_error(w, bad_roles[i].message, bad_roles[i].hint);
    }
}

/* What STS may answer instead of keys. */
static const struct {
    int status;
    const char *body, *message, *hint;
} refusals[] = {
    { 403,
      "<ErrorResponse><Error><Code>AccessDenied</Code><Message>User: "
      "arn:aws:iam::1:user/u is not authorized</Message></Error>"
      "</ErrorResponse>",
      "AccessDenied: User: arn:aws:iam::1:user/u is not authorized",
      "trust policy" },
    { 403,
      "<ErrorResponse><Error><Code>SignatureDoesNotMatch</Code><Message>The "
      "request signature does not match.\n\nThe Canonical String was\n"
      "x-amz-security-token:" WORLD_TOKEN "</Message></Error></ErrorResponse>",
      "does not match", "clock" },
    { 403,
      "<ErrorResponse><Error><Code>ExpiredToken</Code><Message>" WORLD_SECRET
      " and " WORLD_ACCESS " and " WORLD_TOKEN "</Message></Error>"
      "</ErrorResponse>",
      "*** and *** and ***", "expired" },
    { 400, "not XML at all", "HTTP status 400", NULL },
    { 200, "<AssumeRoleResponse/>", "no access key", NULL },
    { 200, "{}", "no access key", NULL },
    { 301, "", "HTTP status 301", NULL },
};

static void a_refusal_of_sts_is_told_without_keys(void **state)
{
    for (size_t i = 0; i < COUNT(refusals); i++) {
        struct world *w;

        world_tear_down(state);
        world_set_up(state);
        w = *state;
        world_config(w, "[profile base]\n" KEYS "[default]\n" ROLE
                        "source_profile = base\n");
        world_set(w, "AWS_ENDPOINT_URL_STS", w->url);
        world_answer(w, "POST /", refusals[i].status, refusals[i].body);
        world_expect_error(w, refusals[i].message, refusals[i].hint);
    }
}

/* ---- web identity ----------------------------------------------------- */

static void a_web_identity_is_read_anew_and_not_signed(void **state)
{
    struct world *w = *state;
    char *reply = world_sts_reply("AssumeRoleWithWebIdentity", "WEB", HOUR);
    char *path = world_file(w, "token", "first.token\n");

    world_set(w, "AWS_ENDPOINT_URL_STS", w->url);
    world_set(w, "AWS_WEB_IDENTITY_TOKEN_FILE", path);
    world_set(w, "AWS_ROLE_ARN", "arn:aws:iam::1:role/r");
    world_set(w, "AWS_ROLE_SESSION_NAME", "ci");
    world_answer(w, "POST /", 200, reply);
    world_answer(w, "POST /", 200, reply);
    world_expect_keys(w, "WEB", "a web identity token");
    free(world_file(w, "token", "second.token"));
    w->now += 55 * 60 * 1000;
    world_expect_keys(w, "WEB", "a web identity token");
    expect_part(world_request(w, 0), "WebIdentityToken=first.token");
    expect_part(world_request(w, 0), "RoleSessionName=ci");
    expect_no_part(world_request(w, 0), "uthorization:");
    expect_part(world_request(w, 1), "WebIdentityToken=second.token");
    free(path);
    free(reply);
}

static void a_web_identity_needs_a_token_and_a_role(void **state)
{
    struct world *w = *state;
    char *empty = world_file(w, "empty", "\n");

    world_set(w, "AWS_WEB_IDENTITY_TOKEN_FILE", "/nowhere/token");
    world_expect_error(w, "without a role", "AWS_ROLE_ARN");
    world_set(w, "AWS_ROLE_ARN", "arn:aws:iam::1:role/r");
    world_expect_error(w, "the web identity token",
                       "AWS_WEB_IDENTITY_TOKEN_FILE");
    world_set(w, "AWS_WEB_IDENTITY_TOKEN_FILE", empty);
    world_expect_error(w, "is empty", NULL);
    free(empty);
}

/* ---- SSO -------------------------------------------------------------- */

#define SSO_REPLY                                                              \
    "{\"roleCredentials\": {\"accessKeyId\": \"SSO\", \"secretAccessKey\": "   \
    "\"s\", \"sessionToken\": \"t\", \"expiration\": 1795284000000}}"

/* The file of session "s" and that of start URL "https://x/start". */
static const char session_file[] =
    ".aws/sso/cache/a0f1490a20d0211c997b44bc357e1972deab8ae3.json";
static const char legacy_file[] =
    ".aws/sso/cache/f9bd89c67fef27fcb5df8d2e4b64eabe5bae45a4.json";

static void configure_sso(struct world *world)
{
    world_config(world, "[profile p]\nsso_session = s\nsso_account_id = 12\n"
                        "sso_role_name = My Role\n"
                        "[sso-session s]\nsso_region = eu-west-1\n"
                        "sso_start_url = https://x/start\n");
    world->options.profile = "p";
    world_set(world, "AWS_ENDPOINT_URL_SSO", world->url);
    world_set(world, "AWS_ENDPOINT_URL_SSO_OIDC", world->url);
}

static void write_token(struct world *world, const char *name,
                        const char *expires, const char *more)
{
    char *text = mem_format("{\"accessToken\": \"" WORLD_TOKEN
                            "\", \"expiresAt\": \"%s\"%s}",
                            expires, more);

    free(world_file(world, name, text));
    free(text);
}

static void sso_gives_keys_for_the_token(void **state)
{
    struct world *w = *state;

    configure_sso(w);
    write_token(w, session_file, HOUR, "");
    world_answer(w,
                 "GET /federation/credentials?role_name=My%20Role&account_id="
                 "12",
                 200, SSO_REPLY);
    world_expect_keys(w, "SSO", "profile 'p' (SSO)");
    expect_part(world_request(w, 0), "sso_bearer_token: " WORLD_TOKEN);
}

static void the_older_form_of_sso_is_read(void **state)
{
    struct world *w = *state;

    world_config(w, "[default]\nsso_start_url = https://x/start\n"
                    "sso_region = eu-west-1\nsso_account_id = 12\n"
                    "sso_role_name = r\n");
    world_set(w, "AWS_ENDPOINT_URL", w->url);
    write_token(w, legacy_file, "2026-11-21T18:00:00UTC", "");
    world_answer(w, "GET /federation/credentials?role_name=r&account_id=12",
                 200, SSO_REPLY);
    world_expect_keys(w, "SSO", "profile 'default' (SSO)");
}

#define RENEWABLE                                                              \
    ", \"refreshToken\": \"refresh-1\", \"clientId\": \"client\", "            \
    "\"clientSecret\": \"client-secret\", \"registrationExpiresAt\": "         \
    "\"2026-12-21T18:00:00Z\", \"startUrl\": \"https://x/start\""

static char *read_cache(struct world *world)
{
    char *path = mem_format("%s/%s", world->dir, session_file);
    struct strbuf text = { 0 };

    assert_true(fileio_read(AT_FDCWD, path, CRED_LIMIT, &text, NULL));
    free(path);
    return strbuf_take(&text);
}

static void an_expired_sso_token_is_renewed_and_kept(void **state)
{
    struct world *w = *state;
    char *kept;

    configure_sso(w);
    write_token(w, session_file, "2026-11-21T16:00:00Z", RENEWABLE);
    world_answer(w, "POST /token", 200,
                 "{\"accessToken\": \"renewed\", \"expiresIn\": 28800, "
                 "\"refreshToken\": \"refresh-2\"}");
    world_answer(w, "GET /federation/credentials", 200, SSO_REPLY);
    world_expect_keys(w, "SSO", "profile 'p' (SSO)");
    expect_part(world_request(w, 0), "\"grantType\":\"refresh_token\"");
    expect_part(world_request(w, 0), "\"refreshToken\":\"refresh-1\"");
    expect_part(world_request(w, 1), "sso_bearer_token: renewed");
    kept = read_cache(w);
    expect_part(kept, "\"accessToken\":\"renewed\"");
    expect_part(kept, "\"refreshToken\":\"refresh-2\"");
    expect_part(kept, "\"expiresAt\":\"2026-11-22T01:00:00Z\"");
    expect_part(kept, "\"startUrl\":\"https://x/start\"");
    free(kept);
}

static void a_token_that_cannot_be_renewed_is_used_to_its_end(void **state)
{
    struct world *w = *state;

    configure_sso(w);
    write_token(w, session_file, "2026-11-21T17:10:00Z", RENEWABLE);
    world_answer(w, "POST /token", 400, "{\"error\": \"invalid_grant\"}");
    world_answer(w, "GET /federation/credentials", 200, SSO_REPLY);
    world_expect_keys(w, "SSO", "profile 'p' (SSO)");
    expect_part(world_request(w, 1), "sso_bearer_token: " WORLD_TOKEN);
}

static void an_expired_sso_sign_in_says_how_to_sign_in(void **state)
{
    struct world *w = *state;

    configure_sso(w);
    world_expect_error(w, "profile 'p' is not signed in to SSO",
                       "aws sso login --profile p");
    free(world_file(w, session_file, "no JSON"));
    world_expect_error(w, "not signed in", "aws sso login --profile p");
    write_token(w, session_file, "2026-11-21T17:00:00Z", "");
    world_expect_error(w, "the SSO sign-in of profile 'p' has expired",
                       "aws sso login --profile p");
    write_token(w, session_file, "2026-11-21T16:00:00Z", RENEWABLE);
    world_answer(w, "POST /token", 400, "{\"error\": \"invalid_grant\"}");
    world_expect_error(w, "has expired", "aws sso login --profile p");
    write_token(w, session_file, HOUR, "");
    world_answer(w, "GET /federation/credentials", 401,
                 "{\"message\": \"Session token not found or invalid\"}");
    world_expect_error(w, "Session token not found",
                       "aws sso login --profile p");
    world_answer(w, "GET /federation/credentials", 403,
                 "{\"message\": \"No access\"}");
    world_expect_error(w, "No access", "sso_role_name");
}

static void an_incomplete_sso_profile_says_what_it_lacks(void **state)
{
    struct world *w = *state;

    world_config(w, "[profile a]\nsso_session = gone\nsso_account_id = 1\n"
                    "sso_role_name = r\n"
                    "[profile b]\nsso_account_id = 1\nsso_role_name = r\n"
                    "[profile c]\nsso_session = s\n"
                    "[sso-session s]\nsso_region = x\nsso_start_url = y\n");
    w->options.profile = "a";
    world_expect_error(w, "[sso-session gone]", "aws configure sso");
    world_renew(w);
    w->options.profile = "b";
    world_expect_error(w, "profile 'b' lacks sso_session", NULL);
    world_renew(w);
    /* For services that take the token itself. */
    w->options.profile = "c";
    world_expect_error(w, "no AWS credentials were found", NULL);
}

/* ---- aws login -------------------------------------------------------- */

#define LOGIN_FILE                                                             \
    ".aws/login/cache/"                                                        \
    "0440cf416672d59e249d17d94707aac19f2b6c457134bcc3f93fa280aa5e02fb.json"
#define LOGIN(expires)                                                         \
    "{\"accessToken\": {\"accessKeyId\": \"LOGIN\", \"secretAccessKey\": "     \
    "\"" WORLD_SECRET "\", \"sessionToken\": \"" WORLD_TOKEN                   \
    "\", \"accountId\": \"1\", \"expiresAt\": \"" expires                      \
    "\"}, \"refreshToken\": \"r\", \"clientId\": \"c\", \"dpopKey\": \"k\"}"

static const struct {
    const char *text, *message;
} bad_logins[] = {
    { NULL, "is not signed in" },
    { "no JSON", "is not signed in" },
    { "{}", "of a form that is not known" },
    { "{\"accessToken\": \"opaque\"}", "of a form that is not known" },
    { LOGIN(""), "of a form that is not known" },
    { LOGIN("soon"), "of a form that is not known" },
    { LOGIN("2026-11-21T17:00:00Z"), "has expired" },
};

static void a_login_that_is_over_says_how_to_log_in(void **state)
{
    struct world *w = *state;

    world_config(w, "[default]\nlogin_session = arn:aws:sts::1:x\n");
    for (size_t i = 0; i < COUNT(bad_logins); i++) {
        if (bad_logins[i].text)
            free(world_file(w, LOGIN_FILE, bad_logins[i].text));
        world_expect_error(w, bad_logins[i].message, "run 'aws login");
    }
}

static void a_login_that_the_aws_command_renews_is_followed(void **state)
{
    struct world *w = *state;
    char *folder = mem_format("%s/.aws/login/cache", w->dir);

    world_config(w, "[default]\nlogin_session = arn:aws:sts::1:x\n");
    world_set(w, "AWS_LOGIN_CACHE_DIRECTORY", folder);
    free(world_file(w, LOGIN_FILE, LOGIN("2026-11-21T17:15:00Z")));
    world_expect_keys(w, "LOGIN", "profile 'default' (aws login)");
    w->now += 14 * 60 * 1000;
    free(world_file(w, LOGIN_FILE, LOGIN("2026-11-21T17:28:00Z")));
    world_expect_keys(w, "LOGIN", "profile 'default' (aws login)");
    assert_true(credentials_expiry(w->credentials) ==
                WORLD_TIME + 28 * 60 * 1000);
    free(folder);
}

/* ---- containers ------------------------------------------------------- */

static const struct {
    const char *url;
    bool is_allowed;
} container_urls[] = {
    { "https://anything.example/x", true },
    { "http://localhost/x", true },
    { "http://LOCALHOST:80/x", true },
    { "http://127.0.0.1:1/x", true },
    { "http://127.9.9.9/x", true },
    { "http://[::1]:80/x", true },
    { "http://169.254.170.2/x", true },
    { "http://169.254.170.23/x", true },
    { "http://[fd00:ec2::23]/x", true },
    { "http://169.254.170.3/x", false },
    { "http://169.254.169.254/x", false },
    { "http://example.com/x", false },
    { "http://localhost.example.com/x", false },
    { "http://localhost@example.com/x", false },
    { "http://localhost:80@example.com/x", false },
    { "http://127.0.0.1:1@example.com", false },
    { "http://localhost:80\\@example.com/x", false },
    { "http://example.com/@localhost", false },
    { "http://127.0.0.1.example.com/", false },
    { "http://example.com?127.0.0.1", false },
    { "http://[::1/x", false },
    { "http://[::2]/x", false },
    { "http:///x", false },
    { "file:///etc/passwd", false },
    { "ftp://localhost/x", false },
    { "localhost", false },
    { "", false },
};

static void a_container_gives_keys_only_from_known_hosts(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(container_urls); i++) {
        if (cred_container_allows(container_urls[i].url) !=
            container_urls[i].is_allowed)
            fail_msg("%s", container_urls[i].url);
    }
}

#define CONTAINER_REPLY                                                        \
    "{\"AccessKeyId\": \"C\", \"SecretAccessKey\": \"s\", \"Token\": \"t\", "  \
    "\"Expiration\": \"" HOUR "\"}"

static const char container[] = "the container's credential endpoint";

static void use_container(struct world *world)
{
    char *url = mem_format("%s/c?id=1", world->url);

    world_set(world, "AWS_CONTAINER_CREDENTIALS_FULL_URI", url);
    free(url);
}

static void
a_container_gets_its_token_the_file_before_the_variable(void **state)
{
    struct world *w = *state;
    char *path = world_file(w, "token", "Bearer from-file");

    use_container(w);
    for (int i = 0; i < 3; i++)
        world_answer(w, "GET /c?id=1", 200, CONTAINER_REPLY);
    world_expect_keys(w, "C", container);
    expect_no_part(world_request(w, 0), "uthorization:");
    world_set(w, "AWS_CONTAINER_AUTHORIZATION_TOKEN", "from variable");
    world_renew(w);
    world_expect_keys(w, "C", container);
    expect_part(world_request(w, 1), "Authorization: from variable\r\n");
    world_set(w, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", path);
    world_renew(w);
    world_expect_keys(w, "C", container);
    expect_part(world_request(w, 2), "Authorization: Bearer from-file\r\n");
    free(path);
}

static void a_container_with_mistakes_is_never_asked(void **state)
{
    struct world *w = *state;
    char *path = world_file(w, "token", WORLD_TOKEN "\r\nHost: evil");

    use_container(w);
    world_set(w, "AWS_CONTAINER_AUTHORIZATION_TOKEN", WORLD_TOKEN "\nX: 1");
    world_expect_error(w, "line break", NULL);
    world_set(w, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", path);
    world_expect_error(w, "line break", NULL);
    world_set(w, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "/nowhere");
    world_expect_error(w, "authorization token", NULL);
    world_set(w, "AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://example.com/");
    world_expect_error(w, "names a host", "localhost");
    world_set(w, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "@example.com/");
    world_expect_error(w, "does not begin with '/'", NULL);
    free(path);
}

static void a_container_that_fails_is_an_error(void **state)
{
    struct world *w = *state;

    use_container(w);
    world_answer(w, "GET /c", 400, "{\"message\": \"no role\"}");
    world_expect_error(w, "HTTP status 400: no role", NULL);
    world_answer(w, "GET /c", 200, "<html>");
    world_expect_error(w, "no access key", NULL);
    world_answer(w, "GET /c", 200,
                 "{\"AccessKeyId\": \"" WORLD_ACCESS
                 "\", \"SecretAccessKey\": \"" WORLD_SECRET " \"}");
    world_expect_error(w, "secret key", NULL);
    world_answer(w, "GET /c", 200,
                 "{\"AccessKeyId\": \"" WORLD_ACCESS
                 "\", \"SecretAccessKey\": \"" WORLD_SECRET
                 "\", \"Expiration\": \"" WORLD_TOKEN "\"}");
    world_expect_error(w, "'Expiration' is no time", NULL);
}

/* ---- instances -------------------------------------------------------- */

#define IMDS_ROLES "/latest/meta-data/iam/security-credentials/"

static void use_imds(struct world *world)
{
    world_set(world, "AWS_EC2_METADATA_DISABLED", "false");
    world_set(world, "AWS_EC2_METADATA_SERVICE_ENDPOINT", world->url);
}

static void an_instance_is_asked_with_a_token(void **state)
{
    struct world *w = *state;

    use_imds(w);
    world_answer(w, "PUT /latest/api/token", 200, "the-token");
    world_answer(w, "GET " IMDS_ROLES, 200, "my role\nother\n");
    world_answer(w, "GET " IMDS_ROLES "my%20role", 200, CONTAINER_REPLY);
    world_expect_keys(w, "C", "the instance's metadata");
    expect_part(world_request(w, 0), "token-ttl-seconds: 21600\r\n");
    expect_part(world_request(w, 1), "metadata-token: the-token\r\n");
    expect_part(world_request(w, 2), "metadata-token: the-token\r\n");
}

static void a_machine_that_is_no_instance_has_nothing(void **state)
{
    struct world *w = *state;

    use_imds(w);
    world_answer(w, "PUT /latest/api/token", 404, "");
    world_expect_error(w, "no AWS credentials were found", "aws configure");
    world_answer(w, "PUT /latest/api/token", 200, "the-token");
    world_answer(w, "GET " IMDS_ROLES, 404, "");
    world_expect_error(w, "no AWS credentials were found", "metadata;");
    /* Nobody listens; asked once. */
    world_set(w, "AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://127.0.0.1:1");
    world_expect_error(w, "no AWS credentials were found", NULL);
    assert_true(w->waited_ms == 0);
}

static void an_instance_whose_role_fails_is_an_error(void **state)
{
    struct world *w = *state;

    use_imds(w);
    world_answer(w, "PUT /latest/api/token", 200, "the-token");
    world_answer(w, "GET " IMDS_ROLES, 200, "r");
    world_answer(w, "GET " IMDS_ROLES "r", 200,
                 "{\"Code\": \"AssumeRoleUnauthorizedAccess\", \"Message\": "
                 "\"EC2 cannot assume the role r\"}");
    world_expect_error(w,
                       "AssumeRoleUnauthorizedAccess: EC2 cannot assume the "
                       "role r",
                       NULL);
}

static void a_cancel_is_told_as_such(void **state)
{
    struct world *w = *state;
    struct credentials_keys keys = { 0 };
    struct cancel cancel;
    struct error err = { 0 };

    assert_true(cancel_init(&cancel, NULL));
    cancel_raise(&cancel, CANCEL_STOP);
    use_container(w);
    w->credentials = credentials_new(&w->options);
    assert_false(credentials_get(w->credentials, &cancel, &keys, &err));
    assert_int_equal(err.code, ERROR_CANCELLED);
    cancel_release(&cancel);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(a_role_is_assumed_with_what_the_profile_says),
        WORLD_TEST(a_session_without_a_name_gets_one),
        WORLD_TEST(roles_may_form_a_chain),
        WORLD_TEST(a_profile_with_keys_may_be_its_own_source),
        WORLD_TEST(a_role_can_be_assumed_with_a_named_source),
        WORLD_TEST(the_source_of_a_role_is_not_the_environment),
        WORLD_TEST(a_role_that_cannot_be_had_says_why),
        WORLD_TEST(a_refusal_of_sts_is_told_without_keys),
        WORLD_TEST(a_web_identity_is_read_anew_and_not_signed),
        WORLD_TEST(a_web_identity_needs_a_token_and_a_role),
        WORLD_TEST(sso_gives_keys_for_the_token),
        WORLD_TEST(the_older_form_of_sso_is_read),
        WORLD_TEST(an_expired_sso_token_is_renewed_and_kept),
        WORLD_TEST(a_token_that_cannot_be_renewed_is_used_to_its_end),
        WORLD_TEST(an_expired_sso_sign_in_says_how_to_sign_in),
        WORLD_TEST(an_incomplete_sso_profile_says_what_it_lacks),
        WORLD_TEST(a_login_that_is_over_says_how_to_log_in),
        WORLD_TEST(a_login_that_the_aws_command_renews_is_followed),
        WORLD_TEST(a_container_gives_keys_only_from_known_hosts),
        WORLD_TEST(a_container_gets_its_token_the_file_before_the_variable),
        WORLD_TEST(a_container_with_mistakes_is_never_asked),
        WORLD_TEST(a_container_that_fails_is_an_error),
        WORLD_TEST(an_instance_is_asked_with_a_token),
        WORLD_TEST(a_machine_that_is_no_instance_has_nothing),
        WORLD_TEST(an_instance_whose_role_fails_is_an_error),
        WORLD_TEST(a_cancel_is_told_as_such),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
