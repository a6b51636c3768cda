#include "core/cloudwords.h"

#include "base/clock.h"
#include "base/jsonx.h"
#include "base/mem.h"
#include "core/report.h"

#include <stdlib.h>
#include <string.h>

enum { OPERATIONS_SHOWN = 3, DIGEST_SHOWN = 12 };

static const struct verdict_words {
    const char *verdict, *words;
    enum cloud_tone tone;
} verdicts[] = {
    { "live", "it serves, and is healthy", CLOUD_GOOD },
    { "live-unverified", "it serves; its health was not shown", CLOUD_DOUBT },
    { "rolled-back", "the previous version serves", CLOUD_DOUBT },
    { "down", "no version is known to serve", CLOUD_DOUBT },
};

static const struct verdict_words *find_verdict(const char *verdict)
{
    for (size_t i = 0; verdict && i < sizeof(verdicts) / sizeof(verdicts[0]);
         i++) {
        if (strcmp(verdicts[i].verdict, verdict) == 0)
            return &verdicts[i];
    }
    return NULL;
}

const char *cloud_verdict_words(const char *verdict)
{
    const struct verdict_words *row = find_verdict(verdict);

    return row ? row->words : NULL;
}

enum cloud_tone cloud_verdict_tone(const char *verdict)
{
    const struct verdict_words *row = find_verdict(verdict);

    return row ? row->tone : CLOUD_PLAIN;
}

char *cloud_digest_words(const char *digest)
{
    const char *colon = strchr(digest, ':');
    size_t prefix = colon ? (size_t)(colon + 1 - digest) : 0;

    return mem_format("%.*s", (int)prefix + DIGEST_SHOWN, digest);
}

char *cloud_image_words(const char *image)
{
    const char *slash = strchr(image, '/');
    /* Only a registry has a dot or a port before the first slash. */
    bool has_registry = slash && strcspn(image, ".:") < (size_t)(slash - image);
    const char *name = has_registry ? slash + 1 : image;
    const char *at = strchr(name, '@');
    char *digest, *text;

    if (!at)
        return mem_text(name);
    digest = cloud_digest_words(at + 1);
    text = mem_format("%.*s@%s", (int)(at - name), name, digest);
    free(digest);
    return text;
}

/* "9e1a2b4 (sha256:40e436a1b7d0)", or what is known of it. */
static char *tag_and_digest(const char *tag, const char *digest)
{
    char *part = digest ? cloud_digest_words(digest) : NULL;
    char *text = tag && part ? mem_format("%s (%s)", tag, part)
                             : mem_text(tag ? tag : part);

    free(part);
    return text;
}

char *cloud_run_words(const char *verdict, const json_t *summary)
{
    const char *before = jsonx_text(summary, "previous_digest", NULL);
    char *image = tag_and_digest(jsonx_text(summary, "image_tag", NULL),
                                 jsonx_text(summary, "image_digest", NULL));
    char *previous = before ? cloud_digest_words(before) : NULL;
    bool is_back = verdict && strcmp(verdict, "rolled-back") == 0;
    char *text;

    if (image && previous)
        text = mem_format(is_back ? "image %s was taken back, %s serves"
                                  : "image %s, before it %s",
                          image, previous);
    else if (previous)
        text = mem_format(is_back ? "%s serves" : "before it %s", previous);
    else
        text = image ? mem_format("image %s", image) : mem_text("");
    free(image);
    free(previous);
    return text;
}

/* ---- rows ------------------------------------------------------------- */

/* Takes `text`; nothing to say is no row. */
static void add(struct cloud_words *words, const char *label,
                enum cloud_tone tone, char *text)
{
    if (!text || !*text) {
        free(text);
        return;
    }
    words->rows = mem_grow(words->rows, words->count, &words->capacity,
                           sizeof(*words->rows));
    words->rows[words->count++] =
        (struct cloud_row){ .label = label, .text = text, .tone = tone };
}

static void add_verdict(struct cloud_words *words, const char *verdict)
{
    const struct verdict_words *row = find_verdict(verdict);

    if (row)
        add(words, "verdict", row->tone,
            mem_format("%s: %s", verdict, row->words));
}

static void add_service(struct cloud_words *words, const json_t *service)
{
    const char *status = jsonx_text(service, "status", NULL);
    const char *image = jsonx_text(service, "image", NULL);
    bool is_running = status && strcmp(status, "RUNNING") == 0;

    add(words, "name", CLOUD_STRONG,
        mem_text(jsonx_text(service, "name", NULL)));
    add(words, "status", is_running ? CLOUD_GOOD : CLOUD_DOUBT,
        mem_text(status));
    add(words, "url", CLOUD_PLAIN, mem_text(jsonx_text(service, "url", NULL)));
    add(words, "image", CLOUD_PLAIN, image ? cloud_image_words(image) : NULL);
}

static void add_health(struct cloud_words *words, const json_t *health)
{
    const char *status = jsonx_text(health, "status", NULL);
    const char *reason = jsonx_text(health, "reason", NULL);
    int64_t ms = jsonx_int(health, "duration_ms", -1);
    bool is_good = status && strcmp(status, "healthy") == 0;
    char time[CLOCK_TEXT_SIZE] = "";

    if (!status)
        return;
    if (ms >= 0)
        clock_format_duration(ms, time);
    add(words, "health", is_good ? CLOUD_GOOD : CLOUD_DOUBT,
        mem_format("%s%s%s%s%s", status, *time ? " in " : "", time,
                   reason ? ": " : "", reason ? reason : ""));
}

static void add_operations(struct cloud_words *words, const json_t *operations)
{
    for (size_t i = 0; i < json_array_size(operations) && i < OPERATIONS_SHOWN;
         i++) {
        const json_t *operation = json_array_get(operations, i);
        char time[REPORT_TIME_SIZE] = "";
        int64_t started_ms;

        if (clock_parse(jsonx_text(operation, "started", ""), &started_ms))
            report_time(started_ms, time);
        add(words, i ? "" : "lately", CLOUD_PLAIN,
            mem_format("%s %s%s%s%s", jsonx_text(operation, "type", ""),
                       jsonx_text(operation, "status", ""), *time ? ", " : "",
                       time,
                       jsonx_bool(operation, "ours") ? ", from here" : ""));
    }
}

static void add_list(struct cloud_words *words, const char *label,
                     enum cloud_tone tone, const json_t *list)
{
    for (size_t i = 0; i < json_array_size(list); i++)
        add(words, i ? "" : label, tone,
            mem_text(json_string_value(json_array_get(list, i))));
}

static void add_identity(struct cloud_words *words, const json_t *identity)
{
    const char *account = jsonx_text(identity, "account", NULL);
    const char *region = jsonx_text(identity, "region", NULL);
    const char *source = jsonx_text(identity, "source", NULL);

    if (account)
        add(words, "account", CLOUD_QUIET,
            mem_format("%s%s%s%s%s", account, region ? " in " : "",
                       region ? region : "", source ? ", by " : "",
                       source ? source : ""));
}

void cloud_words_make(struct cloud_words *words, const json_t *cloud,
                      const struct error *err)
{
    const json_t *service = json_object_get(cloud, "service");

    if (!cloud) {
        add(words, "unknown", CLOUD_DOUBT, mem_text(err->message));
        add(words, "", CLOUD_QUIET, mem_text(err->hint));
        return;
    }
    if (json_is_object(service)) {
        add_service(words, service);
        add_verdict(words, jsonx_text(cloud, "verdict", NULL));
        add_health(words, json_object_get(cloud, "health"));
        add_operations(words, json_object_get(cloud, "operations"));
        add_list(words, "drift", CLOUD_DOUBT, json_object_get(cloud, "drift"));
    } else {
        add(words, "none", CLOUD_QUIET,
            mem_text("there is no such service yet; 'stepdeck deploy' creates "
                     "it"));
    }
    add_list(words, "note", CLOUD_DOUBT, json_object_get(cloud, "notes"));
    add_identity(words, json_object_get(cloud, "identity"));
}

void cloud_words_release(struct cloud_words *words)
{
    for (size_t i = 0; i < words->count; i++)
        free(words->rows[i].text);
    free(words->rows);
    *words = (struct cloud_words){ 0 };
}
