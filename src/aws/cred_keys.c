/* Keys as values: made, checked, read from JSON, wiped. */
#include "aws/credentials_private.h"

#include "base/jsonx.h"
#include "base/mem.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

const struct cred_names cred_names_usual = { "AccessKeyId", "SecretAccessKey",
                                             "Token", "Expiration" };
const struct cred_names cred_names_session = { "AccessKeyId", "SecretAccessKey",
                                               "SessionToken", "Expiration" };
const struct cred_names cred_names_lower = { "accessKeyId", "secretAccessKey",
                                             "sessionToken", "expiresAt" };

void credentials_keys_release(struct credentials_keys *keys)
{
    mem_wipe_text(keys->secret_key);
    mem_wipe_text(keys->token);
    free(keys->access_key);
    free(keys->secret_key);
    free(keys->token);
    *keys = (struct credentials_keys){ 0 };
}

void cred_found_release(struct cred_found *found)
{
    credentials_keys_release(&found->keys);
    free(found->source);
    *found = (struct cred_found){ 0 };
}

/* ---- making ----------------------------------------------------------- */

/* They go into headers: a line break in one would begin another. */
static bool is_clean(const char *text)
{
    for (; *text; text++) {
        if (*text <= ' ' || *text >= 0x7f)
            return false;
    }
    return true;
}

bool cred_keys_set(struct credentials_keys *keys, const char *subject,
                   const char *access_key, const char *secret_key,
                   const char *token, struct error *err)
{
    const struct {
        const char *what, *text;
        bool is_optional;
    } parts[] = { { "access key", access_key, false },
                  { "secret key", secret_key, false },
                  { "session token", token, true } };

    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        if (!parts[i].is_optional && (!parts[i].text || !*parts[i].text))
            return error_set(err, ERROR_BLOCKED, "%s: there is no %s", subject,
                             parts[i].what);
        if (parts[i].text && !is_clean(parts[i].text)) {
            error_set(err, ERROR_BLOCKED,
                      "%s: the %s has a blank, a line break or another "
                      "character that no key has",
                      subject, parts[i].what);
            return error_hint(err, "copy it again, without quotes");
        }
    }
    credentials_keys_release(keys);
    keys->access_key = mem_text(access_key);
    keys->secret_key = mem_text(secret_key);
    keys->token = token && *token ? mem_text(token) : NULL;
    return true;
}

bool cred_keys_from_json(struct credentials_keys *keys, const char *subject,
                         const json_t *json, const struct cred_names *names,
                         struct error *err)
{
    const char *text = jsonx_text(json, names->expires, NULL);
    int64_t expires_ms = jsonx_int(json, names->expires, 0);

    if (text && *text && !cred_parse_time(text, &expires_ms))
        return error_set(err, ERROR_BLOCKED, "%s: '%s' is no time", subject,
                         names->expires);
    if (!cred_keys_set(keys, subject, jsonx_text(json, names->access_key, NULL),
                       jsonx_text(json, names->secret_key, NULL),
                       jsonx_text(json, names->token, NULL), err))
        return false;
    keys->expires_ms = expires_ms > 0 ? expires_ms : 0;
    return true;
}

/* ---- times ------------------------------------------------------------ */

static bool is_digits(const char *text, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!isdigit((unsigned char)text[i]))
            return false;
    }
    return true;
}

/* "Z", "UTC", "+01:00": milliseconds before UTC. */
static bool parse_zone(const char *text, int64_t *offset_ms)
{
    int64_t minutes;

    *offset_ms = 0;
    if (strcmp(text, "Z") == 0 || strcmp(text, "UTC") == 0)
        return true;
    if ((text[0] != '+' && text[0] != '-') || strlen(text) != 6 ||
        !is_digits(text + 1, 2) || text[3] != ':' || !is_digits(text + 4, 2))
        return false;
    minutes = (int64_t)atoi(text + 1) * 60 + atoi(text + 4);
    *offset_ms = (text[0] == '-' ? -minutes : minutes) * 60000;
    return true;
}

bool cred_parse_time(const char *text, int64_t *wall_ms)
{
    enum { SECONDS_SIZE = 19 }; /* "2026-11-21T17:00:00" */
    char plain[CLOCK_TEXT_SIZE] = { 0 };
    const char *rest;
    int64_t offset_ms;

    if (strlen(text) < SECONDS_SIZE)
        return false;
    memcpy(plain, text, SECONDS_SIZE);
    plain[SECONDS_SIZE] = 'Z';
    rest = text + SECONDS_SIZE;
    if (*rest == '.')
        rest += 1 + strspn(rest + 1, "0123456789");
    if (!parse_zone(rest, &offset_ms) || !clock_parse(plain, wall_ms))
        return false;
    *wall_ms -= offset_ms;
    return true;
}

/* ---- what others said ------------------------------------------------- */

static bool is_key_byte(char byte)
{
    return isalnum((unsigned char)byte) || (byte && strchr("/+=_-", byte));
}

/* Whether a word looks like a key: an access key begins with four known
 * letters, a secret key has 40 mixed characters, and no other word of a
 * message is as long as a token.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
 */
static bool is_like_key(const char *word, size_t size)
{
    bool has_upper = false, has_lower = false;

    for (size_t i = 0; i < size; i++) {
        has_upper |= isupper((unsigned char)word[i]) != 0;
        has_lower |= islower((unsigned char)word[i]) != 0;
    }
    if (size >= 16 &&
        (memcmp(word, "AKIA", 4) == 0 || memcmp(word, "ASIA", 4) == 0))
        return true;
    return size >= 80 || (size == 40 && has_upper && has_lower);
}

char *cred_quote(const char *text, size_t size)
{
    enum { LONGEST = 240 };
    struct strbuf out = { 0 };
    size_t at = 0;

    while (at < size && isspace((unsigned char)text[at]))
        at++;
    while (at < size && out.len < LONGEST && text[at] != '\n' && text[at]) {
        size_t end = at;

        while (end < size && is_key_byte(text[end]))
            end++;
        if (end == at) {
            bool is_plain = text[at] >= ' ' && text[at] < 0x7f;

            strbuf_addc(&out, is_plain ? text[at] : ' ');
            at++;
            continue;
        }
        if (is_like_key(text + at, end - at))
            strbuf_adds(&out, "***");
        else
            strbuf_add(&out, text + at, end - at);
        at = end;
    }
    while (out.len && strchr(" .", out.data[out.len - 1]))
        strbuf_truncate(&out, out.len - 1);
    strbuf_adds(&out, "");
    return strbuf_take(&out);
}
