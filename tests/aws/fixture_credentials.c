#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "fixture_credentials.h"

#include "aws/http.h"
#include "base/fileio.h"
#include "base/mem.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the server ------------------------------------------------------- */

void world_answer(struct world *world, const char *start, int status,
                  const char *body)
{
    strvec_add(&world->starts, start);
    fixture_server_answer(world->server, status, body);
}

size_t world_request_count(struct world *world)
{
    return fixture_server_requests(world->server);
}

const char *world_request(struct world *world, size_t at)
{
    if (at >= world_request_count(world))
        fail_msg("there was no request %zu", at);
    return fixture_server_request(world->server, at);
}

/* The requests must be those that there are answers for. */
static void check_requests(struct world *world)
{
    size_t count = world_request_count(world);

    for (size_t i = 0; i < count && i < world->starts.count; i++) {
        char *line = fixture_server_line(world->server, i);
        const char *start = world->starts.items[i];

        if (strncmp(line, start, strlen(start)) != 0)
            fail_msg("request %zu is '%s', not '%s'", i, line, start);
        free(line);
    }
    assert_int_equal(count, world->starts.count);
}

/* ---- the rest of the world -------------------------------------------- */

static int64_t wall(void *context)
{
    const struct world *world = context;

    return world->now;
}

static bool wait_nothing(void *context, int64_t duration_ms,
                         struct cancel *cancel)
{
    struct world *world = context;

    (void)cancel;
    world->waited_ms += duration_ms;
    return true;
}

static const char *setting(void *context, const char *name)
{
    const struct world *world = context;
    size_t size = strlen(name);

    for (size_t i = world->settings.count; i > 0; i--) {
        const char *item = world->settings.items[i - 1];

        if (strncmp(item, name, size) == 0 && item[size] == '=')
            return item + size + 1;
    }
    return NULL;
}

int world_set_up(void **state)
{
    struct world *world = mem_new(1, sizeof(*world));
    struct error err = { 0 };

    snprintf(world->dir, sizeof(world->dir), "/tmp/stepdeck_test.XXXXXX");
    assert_non_null(mkdtemp(world->dir));
    setenv("HOME", world->dir, 1);
    setenv("no_proxy", "*", 1);
    world->now = WORLD_TIME;
    world->clock = (struct clock){ world, wall, wall, wait_nothing };
    world->http = http_new(&err);
    if (!world->http)
        fail_msg("%s", err.message);
    world->options = (struct credentials_options){ .file = &world->file,
                                                   .setting = setting,
                                                   .context = world,
                                                   .http = world->http,
                                                   .clock = &world->clock };
    world->server = fixture_server_new();
    world->url = fixture_server_url(world->server);
    world_set(world, "AWS_EC2_METADATA_DISABLED", "true");
    *state = world;
    return 0;
}

int world_tear_down(void **state)
{
    struct world *world = *state;

    check_requests(world);
    world_renew(world);
    http_free(world->http);
    awsfile_release(&world->file);
    strvec_release(&world->settings);
    strvec_release(&world->starts);
    fixture_server_free(world->server);
    (void)!fileio_remove_tree(AT_FDCWD, world->dir, NULL);
    free(world);
    return 0;
}

static void read_text(struct world *world, enum awsfile_origin origin,
                      const char *text)
{
    struct error err = { 0 };

    if (!awsfile_parse(&world->file, origin, "FILE", text, strlen(text), &err))
        fail_msg("%s", err.message);
}

void world_config(struct world *world, const char *text)
{
    read_text(world, AWSFILE_CONFIG, text);
}

void world_credentials(struct world *world, const char *text)
{
    read_text(world, AWSFILE_CREDENTIALS, text);
}

void world_set(struct world *world, const char *name, const char *value)
{
    strvec_addf(&world->settings, "%s=%s", name, value);
}

char *world_file(struct world *world, const char *name, const char *text)
{
    char *path = mem_format("%s/%s", world->dir, name);
    char *folder = mem_bytes(path, (size_t)(strrchr(path, '/') - path));
    struct error err = { 0 };

    if (!fileio_make_dirs(AT_FDCWD, folder, 0700, &err) ||
        !fileio_replace(AT_FDCWD, path, text, strlen(text), 0600, FILEIO_LAZY,
                        &err))
        fail_msg("%s", err.message);
    free(folder);
    return path;
}

/* ---- asking ----------------------------------------------------------- */

void world_renew(struct world *world)
{
    credentials_free(world->credentials);
    world->credentials = NULL;
}

bool world_get(struct world *world, struct credentials_keys *keys,
               struct error *err)
{
    if (!world->credentials)
        world->credentials = credentials_new(&world->options);
    return credentials_get(world->credentials, NULL, keys, err);
}

void world_expect_keys(struct world *world, const char *access_key,
                       const char *source)
{
    struct credentials_keys keys = { 0 };
    struct error err = { 0 };

    if (!world_get(world, &keys, &err))
        fail_msg("%s (%s)", err.message, err.hint);
    assert_string_equal(keys.access_key, access_key);
    assert_string_equal(credentials_source(world->credentials), source);
    assert_true(credentials_expiry(world->credentials) == keys.expires_ms);
    credentials_keys_release(&keys);
}

static void expect_words(const char *text, const char *words)
{
    if (!strstr(text, words))
        fail_msg("'%s' has not '%s'", text, words);
}

void world_expect_error(struct world *world, const char *message,
                        const char *hint)
{
    static const char *const secrets[] = { WORLD_ACCESS, WORLD_SECRET,
                                           WORLD_TOKEN };
    struct credentials_keys keys = { 0 };
    struct error err = { 0 };

    assert_false(world_get(world, &keys, &err));
    assert_null(keys.access_key);
    assert_int_equal(err.code, ERROR_BLOCKED);
    expect_words(err.message, message);
    if (hint)
        expect_words(err.hint, hint);
    for (size_t i = 0; i < COUNT(secrets); i++) {
        if (strstr(err.message, secrets[i]) || strstr(err.hint, secrets[i]))
            fail_msg("a key is shown: %s (%s)", err.message, err.hint);
    }
}

char *world_sts_reply(const char *action, const char *access_key,
                      const char *expires)
{
    return mem_format(
        "<%sResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">"
        "<%sResult><Credentials><AccessKeyId>%s</AccessKeyId>"
        "<SecretAccessKey>" WORLD_SECRET "</SecretAccessKey>"
        "<SessionToken>" WORLD_TOKEN "</SessionToken>"
        "<Expiration>%s</Expiration></Credentials></%sResult></%sResponse>",
        action, action, access_key, expires, action, action);
}
