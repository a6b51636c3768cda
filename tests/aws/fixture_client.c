#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "fixture_client.h"

#include <stdlib.h>
#include <string.h>

extern char **environ;

static int64_t fixture_wall(void *context)
{
    return ((struct fixture_client *)context)->now_ms;
}

static bool fixture_wait(void *context, int64_t duration_ms,
                         struct cancel *cancel)
{
    struct fixture_client *f = context;

    (void)cancel;
    f->waits++;
    f->waited_ms = duration_ms;
    f->now_ms += duration_ms;
    return !f->refuses_wait;
}

void fixture_client_clean_environment(void)
{
    for (char **at = environ; at && *at;) {
        char name[128] = "";
        size_t size = strcspn(*at, "=");

        if (strncmp(*at, "AWS_", 4) != 0 || size >= sizeof(name)) {
            at++;
            continue;
        }
        memcpy(name, *at, size);
        unsetenv(name);
        at = environ;
    }
    setenv("AWS_CONFIG_FILE", "/nonexistent/config", 1);
    setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent/credentials", 1);
    setenv("AWS_EC2_METADATA_DISABLED", "true", 1);
}

void fixture_client_init(struct fixture_client *f,
                         enum fixture_client_kind kind)
{
    struct client_options options = {
        .clock = &f->clock,
        .is_read_only = kind == FIXTURE_CLIENT_READS,
    };
    struct error err = { 0 };

    *f = (struct fixture_client){ .now_ms = FIXTURE_CLIENT_TIME };
    f->clock = (struct clock){ .context = f,
                               .wall_ms = fixture_wall,
                               .monotonic_ms = fixture_wall,
                               .wait = fixture_wait };
    f->server = fixture_server_new();
    fixture_client_clean_environment();
    setenv("AWS_ACCESS_KEY_ID", "AKIDFIXTURE", 1);
    setenv("AWS_SECRET_ACCESS_KEY", "secret/of+the/fixture", 1);
    setenv("AWS_REGION", "eu-central-1", 1);
    setenv("AWS_ENDPOINT_URL", fixture_server_url(f->server), 1);
    f->client = client_new(&options, &err);
    if (!f->client)
        fail_msg("%s", err.message);
}

void fixture_client_release(struct fixture_client *f)
{
    client_free(f->client);
    fixture_server_free(f->server);
    fixture_client_clean_environment();
}
