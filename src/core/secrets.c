#include "core/secrets.h"

#include "base/mem.h"
#include "base/redact.h"

#include <stdlib.h>
#include <string.h>

extern char **environ;

static void add_environment(struct redact *redact, const struct config *config)
{
    for (char **entry = environ; entry && *entry; entry++) {
        const char *equals = strchr(*entry, '=');
        char *key =
            equals ? mem_bytes(*entry, (size_t)(equals - *entry)) : NULL;

        /* Too short to mask: said for the project's own keys only, for others
         * it would be noise on every run. */
        if (key && config_is_secret(config, key))
            (void)redact_add(redact, equals + 1);
        free(key);
    }
}

struct redact *secrets_collect(const struct config *config)
{
    struct redact *redact = redact_new();

    for (size_t i = 0; i < config->count; i++) {
        if (config->values[i].origin != CONFIG_DEFAULT &&
            config_is_secret(config, config->values[i].key))
            (void)redact_add(redact, config->values[i].value);
    }
    add_environment(redact, config);
    redact_seal(redact);
    return redact;
}
