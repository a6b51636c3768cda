/* Any answer of a source of credentials gives keys that may go into a header,
 * or a message without line breaks. The first byte chooses the kind. */
#include "aws/credentials_private.h"
#include "base/jsonx.h"
#include "base/strvec.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool holds)
{
    if (!holds)
        abort();
}

static void check(bool ok, struct credentials_keys *keys,
                  const struct error *err)
{
    if (ok) {
        demand(*keys->access_key && *keys->secret_key);
        demand(!keys->token || *keys->token);
        demand(!strpbrk(keys->access_key, " \r\n"));
        demand(!strpbrk(keys->secret_key, " \r\n"));
        demand(!keys->token || !strpbrk(keys->token, " \r\n"));
        demand(keys->expires_ms >= 0);
    } else {
        demand(err->code == ERROR_BLOCKED && *err->message);
        demand(!strpbrk(err->message, "\r\n"));
        demand(!keys->access_key);
    }
    credentials_keys_release(keys);
}

static void read_json(const struct cred_names *names, const char *text,
                      size_t size)
{
    struct credentials_keys keys = { 0 };
    struct error err = { 0 };
    json_t *json = jsonx_parse_object(text, size, NULL);

    check(cred_keys_from_json(&keys, "it", json, names, &err), &keys, &err);
    json_decref(json);
}

static void read_xml(int status, const char *text, size_t size)
{
    struct credentials_keys keys = { 0 };
    struct error err = { 0 };

    check(cred_sts_parse("AssumeRole", status, text, size, &keys, &err), &keys,
          &err);
}

static void read_text(const char *text, size_t size)
{
    char *quoted = cred_quote(text, size);
    struct strvec words = { 0 };
    struct strbuf line = { 0 };

    for (const char *at = quoted; *at; at++)
        demand(*at >= ' ' && *at < 0x7f);
    strbuf_add(&line, text, size);
    if (!cred_split_words(strbuf_text(&line), &words, NULL))
        demand(size > 0);
    cred_container_allows(strbuf_text(&line));
    strbuf_release(&line);
    strvec_release(&words);
    free(quoted);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data + 1;

    if (!size)
        return 0;
    size--;
    switch (data[0]) {
    case 'u':
        read_json(&cred_names_usual, text, size);
        break;
    case 's':
        read_json(&cred_names_session, text, size);
        break;
    case 'l':
        read_json(&cred_names_lower, text, size);
        break;
    case 'x':
        read_xml(200, text, size);
        break;
    case 'e':
        read_xml(403, text, size);
        break;
    default:
        read_text(text, size);
    }
    return 0;
}
