#include "base/redact_json.h"

#include "base/jsonx.h"
#include "base/strbuf.h"

#include <string.h>

static json_t *mask_text(const json_t *text, const struct redact *redact)
{
    struct strbuf masked = { 0 };
    json_t *result;

    redact_text(redact, json_string_value(text), json_string_length(text),
                &masked);
    result = jsonx_string(strbuf_text(&masked), masked.len);
    strbuf_release(&masked);
    return result;
}

static bool is_named(const char *const *names, const char *name)
{
    for (; names && *names; names++) {
        if (strcmp(*names, name) == 0)
            return true;
    }
    return false;
}

json_t *redact_json(json_t *json, const struct redact *redact,
                    const char *const *spared)
{
    const char *key;
    json_t *member;
    void *next;
    size_t index;

    if (json_is_string(json))
        return mask_text(json, redact);
    json_object_foreach_safe(json, next, key, member)
    {
        if (!json_is_string(member) || !is_named(spared, key))
            json_object_set_new(json, key, redact_json(member, redact, spared));
    }
    json_array_foreach(json, index, member)
    {
        json_array_set_new(json, index, redact_json(member, redact, spared));
    }
    return json_incref(json);
}
