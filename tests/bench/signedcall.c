/* How long one signed AWS call takes, connection and all: for aws.sh.
 * Usage: signedcall CALLS; prints the mean in microseconds. Endpoint and keys
 * come from the environment. */
#include "aws/client.h"
#include "aws/sts.h"
#include "base/clock.h"
#include "core/config.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static int64_t now_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int main(int argc, char **argv)
{
    long calls = argc > 1 ? strtol(argv[1], NULL, 10) : 100;
    struct config config = { 0 };
    struct client_options options = { .config = &config,
                                      .clock = clock_system(),
                                      .is_read_only = true };
    struct error err = { 0 };
    int64_t start = now_us();
    struct client *client = client_new(&options, &err);
    bool ok = client != NULL;

    for (long i = 0; ok && i < calls; i++) {
        struct sts_identity identity = { 0 };

        ok = sts_identify(client, &identity, &err);
        sts_identity_release(&identity);
    }
    client_free(client);
    if (!ok) {
        fprintf(stderr, "signedcall: %s\n", err.message);
        return 1;
    }
    printf("%lld\n", (long long)((now_us() - start) / calls));
    return 0;
}
