#include "core/secrets.h"

#include "base/mem.h"
#include "base/redact.h"

#include <stdlib.h>
#include <string.h>

extern char **environ;

static int hex_digit(char digit)
{
    static const char digits[] = "0123456789abcdef0123456789ABCDEF";
    const char *at = digit ? strchr(digits, digit) : NULL;

    return at ? (int)((at - digits) % 16) : -1;
}

/* In place. A "%" that no two digits follow stands for itself. */
static void percent_decode(char *text)
{
    char *to = text;

    while (*text) {
        int high = *text == '%' ? hex_digit(text[1]) : -1;
        int low = high >= 0 ? hex_digit(text[2]) : -1;

        *to++ = low >= 0 ? (char)(high * 16 + low) : *text;
        text += low >= 0 ? 3 : 1;
    }
    *to = '\0';
}

static void add_password(struct redact *redact, const char *begin,
                         const char *end)
{
    char *password = mem_bytes(begin, (size_t)(end - begin));

    (void)redact_add(redact, password);
    percent_decode(password);
    (void)redact_add(redact, password);
    free(password);
}

/* The bytes of what stands before the path. A slash in a password ought to be
 * encoded, but not everybody who reads URLs insists: "user:pa/ss@host" is told
 * from "host:80/a@b" by what looks like a port. */
static size_t authority_size(const char *text)
{
    static const char blanks[] = " \t\r\n";
    size_t all = strcspn(text, blanks), size = strcspn(text, "/ \t\r\n");
    size_t colon = strcspn(text, ":");

    if (colon >= size || memchr(text, '@', size) ||
        strspn(text + colon + 1, "0123456789") >= size - colon - 1)
        return size;
    return all;
}

/* Where the password ends is a guess when it holds an "@" itself, or when more
 * than the URL stands in the value: both guesses count. */
static void add_url_passwords(struct redact *redact, const char *value)
{
    const char *url = value;

    while ((url = strstr(url, "://")) != NULL) {
        const char *colon, *first, *last;
        size_t size;

        url += strlen("://");
        size = authority_size(url);
        first = memchr(url, '@', size);
        colon = first ? memchr(url, ':', (size_t)(first - url)) : NULL;
        if (!colon)
            continue;
        for (last = url + size - 1; *last != '@';)
            last--;
        add_password(redact, colon + 1, first);
        if (last != first)
            add_password(redact, colon + 1, last);
    }
}

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
        if (key)
            add_url_passwords(redact, equals + 1);
        free(key);
    }
}

struct redact *secrets_collect(const struct config *config)
{
    struct redact *redact = redact_new();

    for (size_t i = 0; i < config->count; i++) {
        const struct config_value *value = &config->values[i];

        if (value->origin == CONFIG_DEFAULT)
            continue;
        if (config_is_secret(config, value->key))
            (void)redact_add(redact, value->value);
        add_url_passwords(redact, value->value);
    }
    add_environment(redact, config);
    redact_seal(redact);
    return redact;
}
