#include "aws/reply.h"

#include "base/jsonx.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

/* Far more than any account needs: 20000 services, a million images. */
enum { PAGE_LIMIT = 1000 };

bool reply_refuse(const char *operation, const char *member, struct error *err)
{
    error_set(err, ERROR_IO,
              "unreadable answer to '%s': '%s' is missing or of another type",
              operation, member);
    return error_hint(err, "try again; if AWS_ENDPOINT_URL is set, look at "
                           "what answers there");
}

const json_t *reply_result(const json_t *reply, const char *operation)
{
    char *name = mem_format("%sResult", operation);
    const json_t *result = json_object_get(reply, name);

    free(name);
    return json_is_object(result) ? result : reply;
}

const char *reply_text(const json_t *json, const char *name)
{
    const char *text = jsonx_text(json, name, NULL);

    return text && *text ? text : NULL;
}

int64_t reply_time(const json_t *json, const char *name)
{
    double seconds = json_number_value(json_object_get(json, name));

    /* Up to the year 5138; beyond that it is no time, and may not fit. */
    return seconds > 0 && seconds < 1e11 ? (int64_t)(seconds * 1000 + 0.5) : 0;
}

/* Not there, null, or in XML an element without children. */
static bool is_nothing(const json_t *json)
{
    return !json || json_is_null(json) ||
           (json_is_string(json) && !json_string_length(json));
}

static bool is_enough(const struct reply_pages *pages)
{
    return pages->is_enough && *pages->is_enough;
}

static bool take_items(const struct reply_pages *pages, const json_t *result,
                       struct error *err)
{
    const json_t *list = json_object_get(result, pages->list);

    if (!json_is_array(list) && !(pages->may_lack_list && is_nothing(list)))
        return reply_refuse(pages->operation, pages->list, err);
    for (size_t i = 0; i < json_array_size(list) && !is_enough(pages); i++) {
        if (!pages->take(pages->context, json_array_get(list, i), err))
            return false;
    }
    return true;
}

static bool turn_page(const struct reply_pages *pages, const json_t *result,
                      json_t *input, bool *is_last, struct error *err)
{
    const json_t *token = json_object_get(result, pages->token);
    const char *text = json_string_value(token);

    *is_last = is_nothing(token) || is_enough(pages);
    if (*is_last)
        return true;
    if (!text)
        return reply_refuse(pages->operation, pages->token, err);
    if (strcmp(text, jsonx_text(input, pages->token, "")) == 0)
        return error_set(err, ERROR_IO,
                         "endless answer to '%s': the same page comes again",
                         pages->operation);
    jsonx_set_text(input, pages->token, text);
    return true;
}

bool reply_page(struct client *client, const struct reply_pages *pages,
                json_t *input, bool *is_last, struct error *err)
{
    struct client_call call = { pages->service, pages->operation, input,
                                false };
    json_t *reply = NULL;
    const json_t *result;
    bool ok;

    *is_last = false;
    if (!client_read(client, &call, &reply, err))
        return false;
    result = reply_result(reply, pages->operation);
    ok = take_items(pages, result, err) &&
         turn_page(pages, result, input, is_last, err);
    json_decref(reply);
    return ok;
}

bool reply_each(struct client *client, const struct reply_pages *pages,
                json_t *input, struct error *err)
{
    bool is_last = false;

    for (int page = 0; page < PAGE_LIMIT; page++) {
        if (!reply_page(client, pages, input, &is_last, err))
            return false;
        if (is_last)
            return true;
    }
    return error_set(err, ERROR_IO,
                     "endless answer to '%s': more than %d pages",
                     pages->operation, PAGE_LIMIT);
}
