#include "base/redact.h"

#include <ctype.h>
#include <string.h>

enum {
    /* Longer keys are judged by their first part. */
    LONGEST_KEY = 255
};

enum where {
    IS,   /* the whole key */
    HAS,  /* anywhere in the key */
    WORD, /* between underscores or at an end */
    ENDS  /* at the end of the key */
};

/* The first row that fits decides; a key that fits none is no secret. What
 * holds a path, a name or a number comes before the words that alarm. */
static const struct rule {
    enum where where;
    const char *text;
    bool is_secret;
} rules[] = {
    { IS, "SECRET_KEYS", false }, /* our own list of names */
    { IS, "PWD", false },
    { IS, "OLDPWD", false },
    { HAS, "TOKENIZER", false },
    { HAS, "MAX_TOKENS", false },
    { ENDS, "_FILE", false },
    { ENDS, "_PATH", false },
    { ENDS, "_DIR", false },
    { ENDS, "_ARN", false },
    { ENDS, "_NAME", false },
    { ENDS, "_SOCK", false },
    { ENDS, "_TYPE", false },
    { ENDS, "_METHOD", false },
    { ENDS, "_ENABLED", false },
    { ENDS, "_LENGTH", false },
    { ENDS, "_TTL", false },
    { ENDS, "_TIMEOUT", false },
    { ENDS, "_EXPIRY", false },
    { ENDS, "_EXPIRATION", false },
    { ENDS, "_VERSION", false },

    { HAS, "SECRET", true },
    { HAS, "TOKEN", true },
    { HAS, "PASSWORD", true },
    { HAS, "PASSWD", true },
    { HAS, "PASSPHRASE", true },
    { HAS, "CREDENTIAL", true },
    { HAS, "PRIVATE_KEY", true },
    { HAS, "PRIVATEKEY", true },
    { HAS, "API_KEY", true },
    { HAS, "APIKEY", true },
    { HAS, "ACCESS_KEY", true }, /* AWS_ACCESS_KEY_ID as well */
    { HAS, "ACCESSKEY", true },
    { HAS, "AUTHORIZATION", true },
    { WORD, "AUTH", true },
    { WORD, "PASS", true },
    { WORD, "PWD", true },

    { HAS, "PUBLIC_KEY", false },
    { ENDS, "PUB_KEY", false },
    { ENDS, "PRIMARY_KEY", false },
    { ENDS, "FOREIGN_KEY", false },
    { ENDS, "PARTITION_KEY", false },
    { ENDS, "SORT_KEY", false },
    { ENDS, "CACHE_KEY", false },
    { ENDS, "OBJECT_KEY", false },
    { ENDS, "STATE_KEY", false }, /* where Terraform keeps its state */
    { ENDS, "S3_KEY", false },
    { ENDS, "_KEY", true },
};

static bool has_word(const char *key, const char *word)
{
    size_t size = strlen(word);
    const char *at = key;

    while ((at = strstr(at, word)) != NULL) {
        if ((at == key || at[-1] == '_') &&
            (at[size] == '_' || at[size] == '\0'))
            return true;
        at++;
    }
    return false;
}

static bool has_end(const char *key, const char *end)
{
    size_t key_size = strlen(key), size = strlen(end);

    return key_size >= size && strcmp(key + key_size - size, end) == 0;
}

static bool fits(const struct rule *rule, const char *key)
{
    switch (rule->where) {
    case IS:
        return strcmp(key, rule->text) == 0;
    case HAS:
        return strstr(key, rule->text) != NULL;
    case WORD:
        return has_word(key, rule->text);
    case ENDS:
        return has_end(key, rule->text);
    }
    return false;
}

bool redact_is_secret_name(const char *key)
{
    char upper[LONGEST_KEY + 1];
    size_t size = strnlen(key, LONGEST_KEY);

    for (size_t i = 0; i < size; i++) {
        unsigned char byte = (unsigned char)key[i];

        upper[i] = byte == '-' || byte == '.' ? '_' : (char)toupper(byte);
    }
    upper[size] = '\0';
    for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
        if (fits(&rules[i], upper))
            return rules[i].is_secret;
    }
    return false;
}
