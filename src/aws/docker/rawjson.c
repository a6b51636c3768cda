/*
 * Records are merged by the digest of the step: a later one updates what it
 * names and leaves the rest. Output comes in base64, cut anywhere.
 */
#include "aws/docker/rawjson.h"

#include "aws/docker/dockerstream.h"
#include "base/base64.h"
#include "base/jsonx.h"
#include "base/mem.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { SHORT_DIGITS = 12 };

static void tell_text(struct rawjson *raw, const char *before, const char *text)
{
    char *line = mem_format("%s%s", before, text);
    struct strbuf rest = { 0 };

    dockerstream_lines(&rest, line, strlen(line), raw->tell, raw->tell_context);
    dockerstream_last_line(&rest, raw->tell, raw->tell_context);
    strbuf_release(&rest);
    free(line);
}

/* Go writes bytes as base64; what is none is nothing. */
static void decode(const char *text, struct strbuf *out)
{
    if (!base64_decode(text, strlen(text), out))
        strbuf_clear(out);
}

/* ---- steps ------------------------------------------------------------ */

static struct rawjson_step *find_step(struct rawjson *raw, const char *digest)
{
    for (size_t i = raw->count; i > 0; i--) {
        if (strcmp(raw->steps[i - 1].digest, digest) == 0)
            return &raw->steps[i - 1];
    }
    if (raw->count >= RAWJSON_STEPS)
        return NULL;
    raw->steps =
        mem_grow(raw->steps, raw->count, &raw->capacity, sizeof(*raw->steps));
    raw->steps[raw->count] =
        (struct rawjson_step){ .digest = mem_text(digest) };
    return &raw->steps[raw->count++];
}

static void replace(char **place, const char *text)
{
    if (!*text)
        return;
    free(*place);
    *place = mem_text(text);
}

/* Told once when it begins, and once more when it proves to be cached. */
static void tell_step(struct rawjson *raw, struct rawjson_step *step,
                      bool has_begun, bool is_cached)
{
    bool is_news = is_cached ? !step->is_cached : has_begun && !step->is_told;

    if (!step->name || !is_news)
        return;
    step->is_told = true;
    step->is_cached = step->is_cached || is_cached;
    tell_text(raw, is_cached ? "CACHED " : "", step->name);
}

static void read_step(struct rawjson *raw, const json_t *json)
{
    const char *digest = jsonx_text(json, "digest", "");
    struct rawjson_step *step = *digest ? find_step(raw, digest) : NULL;

    if (!step)
        return;
    replace(&step->name, jsonx_text(json, "name", ""));
    replace(&step->error, jsonx_text(json, "error", ""));
    tell_step(raw, step, *jsonx_text(json, "started", "") != '\0',
              jsonx_bool(json, "cached"));
    if (*jsonx_text(json, "completed", "") && !step->has_ended) {
        step->has_ended = true;
        dockerstream_last_line(&step->line, raw->tell, raw->tell_context);
    }
}

/* ---- what a step transfers, says and warns of -------------------------- */

/* "extracting sha256:4f1e77aa2b01..." is what is done and the layer; any other
 * name is the item itself. */
static void split_id(const char *id, char **text, char **item)
{
    const char *at = strstr(id, "sha256:");
    size_t length;

    if (at) {
        length = (size_t)(at - id);
        while (length && id[length - 1] == ' ')
            length--;
        *text = mem_bytes(id, length);
        *item = mem_format("%.*s", SHORT_DIGITS, at + strlen("sha256:"));
        return;
    }
    length = strlen(id);
    while (length && (id[length - 1] == ':' || id[length - 1] == ' '))
        length--;
    *text = mem_text("");
    *item = mem_bytes(id, length);
}

static int64_t at_least_zero(int64_t amount)
{
    return amount < 0 ? 0 : amount;
}

static void read_status(struct rawjson *raw, const json_t *json)
{
    const char *id = jsonx_text(json, "id", "");
    const char *name = jsonx_text(json, "name", "");
    struct docker_told told = { .kind = DOCKER_PROGRESS };
    char *text, *item;

    if (!*id || !raw->tell)
        return;
    split_id(id, &text, &item);
    told.text = *text ? text : name;
    told.item = item;
    told.is_done = *jsonx_text(json, "completed", "") != '\0';
    told.total = at_least_zero(jsonx_int(json, "total", 0));
    told.current = at_least_zero(jsonx_int(json, "current", 0));
    if (told.total && told.current > told.total)
        told.current = told.total;
    raw->tell(raw->tell_context, &told);
    free(text);
    free(item);
}

static void read_log(struct rawjson *raw, const json_t *json)
{
    const char *vertex = jsonx_text(json, "vertex", "");
    struct rawjson_step *step = find_step(raw, vertex);
    struct strbuf bytes = { 0 };

    decode(jsonx_text(json, "data", ""), &bytes);
    if (step)
        dockerstream_lines(&step->line, strbuf_text(&bytes), bytes.len,
                           raw->tell, raw->tell_context);
    else if (bytes.len)
        tell_text(raw, "", strbuf_text(&bytes));
    strbuf_release(&bytes);
}

static void read_warning(struct rawjson *raw, const json_t *json)
{
    struct strbuf text = { 0 };

    decode(jsonx_text(json, "short", ""), &text);
    if (text.len)
        tell_text(raw, "WARNING: ", strbuf_text(&text));
    strbuf_release(&text);
}

/* ---- records ---------------------------------------------------------- */

static void read_each(struct rawjson *raw, const json_t *record,
                      const char *name,
                      void (*read)(struct rawjson *, const json_t *))
{
    const json_t *list = json_object_get(record, name);

    for (size_t i = 0; i < json_array_size(list); i++)
        read(raw, json_array_get(list, i));
}

/* What buildx says itself, its last words among it. */
static void read_plain(struct rawjson *raw, const char *text)
{
    static const char mark[] = "ERROR: ";

    tell_text(raw, "", text);
    if (strncmp(text, mark, strlen(mark)) == 0)
        replace(&raw->last_error, text + strlen(mark));
}

static void end_record(struct rawjson *raw)
{
    struct strbuf *line = &raw->record;
    json_t *json = NULL;

    if (raw->is_skipping) {
        tell_text(raw, "", "(a record of some megabytes is left out)");
        raw->is_skipping = false;
        return;
    }
    if (line->len && line->data[line->len - 1] == '\r')
        strbuf_truncate(line, line->len - 1);
    if (line->len && line->data[0] == '{')
        json = json_loadb(line->data, line->len, JSON_ALLOW_NUL, NULL);
    if (json) {
        read_each(raw, json, "vertexes", read_step);
        read_each(raw, json, "statuses", read_status);
        read_each(raw, json, "logs", read_log);
        read_each(raw, json, "warnings", read_warning);
    } else if (line->len) {
        read_plain(raw, strbuf_text(line));
    }
    json_decref(json);
    strbuf_clear(line);
}

void rawjson_add(struct rawjson *raw, const char *bytes, size_t size)
{
    while (size) {
        const char *end = memchr(bytes, '\n', size);
        size_t piece = end ? (size_t)(end - bytes) : size;

        if (raw->record.len + piece > RAWJSON_LIMIT) {
            raw->is_skipping = true;
            strbuf_clear(&raw->record);
        }
        if (!raw->is_skipping)
            strbuf_add(&raw->record, bytes, piece);
        if (end) {
            end_record(raw);
            piece++;
        }
        bytes += piece;
        size -= piece;
    }
}

void rawjson_finish(struct rawjson *raw)
{
    if (raw->record.len || raw->is_skipping)
        end_record(raw);
    for (size_t i = 0; i < raw->count; i++)
        dockerstream_last_line(&raw->steps[i].line, raw->tell,
                               raw->tell_context);
}

static bool was_given_up(const struct rawjson_step *step)
{
    return strstr(step->error, "context canceled") != NULL;
}

const char *rawjson_error(struct rawjson *raw)
{
    const struct rawjson_step *failed = NULL;

    for (size_t i = 0; i < raw->count; i++) {
        const struct rawjson_step *step = &raw->steps[i];

        if (step->error && (!failed || was_given_up(failed)) &&
            !(failed && was_given_up(step)))
            failed = step;
    }
    if (!failed || (was_given_up(failed) && raw->last_error))
        return raw->last_error;
    free(raw->error);
    raw->error = failed->name
                     ? mem_format("%s: %s", failed->name, failed->error)
                     : mem_text(failed->error);
    return raw->error;
}

void rawjson_release(struct rawjson *raw)
{
    for (size_t i = 0; i < raw->count; i++) {
        free(raw->steps[i].digest);
        free(raw->steps[i].name);
        free(raw->steps[i].error);
        strbuf_release(&raw->steps[i].line);
    }
    free(raw->steps);
    free(raw->last_error);
    free(raw->error);
    strbuf_release(&raw->record);
    *raw = (struct rawjson){ 0 };
}
