#include "emulator/emulator.h"

#include "base/clock.h"
#include "base/digest.h"
#include "base/fileio.h"
#include "base/jsonx.h"
#include "base/mem.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { REQUESTS_KEPT = 10000, ID_DIGITS = 32 };

static const char *const state_file = "emulator.json";
static const size_t state_limit = (size_t)256 << 20;

/* A trust policy as IAM gives it out. */
static void add_role(struct emulator *emulator, const char *name,
                     const char *principal)
{
    json_t *roles = emulator_part(emulator, "roles");
    char *trust = mem_format(
        "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\","
        "\"Principal\":{\"Service\":\"%s\"},\"Action\":\"sts:AssumeRole\"}]}",
        principal);

    json_object_set_new(
        roles, name,
        json_pack("{s:s, s:f}", "trust", trust, "created", emulator_now()));
    free(trust);
}

void emulator_init(struct emulator *emulator)
{
    pthread_mutexattr_t attributes;

    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_RECURSIVE);
    pthread_mutex_init(&emulator->lock, &attributes);
    pthread_mutexattr_destroy(&attributes);
    emulator->tree = json_object();
    emulator->requests = json_array();
    add_role(emulator, "AppRunnerECRAccessRole",
             "build.apprunner.amazonaws.com");
    add_role(emulator, "AppRunnerInstanceRole",
             "tasks.apprunner.amazonaws.com");
}

void emulator_release(struct emulator *emulator)
{
    fault_clear(emulator);
    json_decref(emulator->tree);
    json_decref(emulator->requests);
    free(emulator->url);
    free(emulator->host);
    free(emulator->state_dir);
    pthread_mutex_destroy(&emulator->lock);
}

bool emulator_load(struct emulator *emulator, struct error *err)
{
    struct strbuf text = { 0 };
    struct error why = { 0 };
    bool is_read;
    json_t *tree;

    if (!emulator->state_dir)
        return true;
    if (!fileio_make_dirs(AT_FDCWD, emulator->state_dir, 0700, err))
        return false;
    char *path = fileio_join(emulator->state_dir, state_file);
    is_read = fileio_read(AT_FDCWD, path, state_limit, &text, &why);
    free(path);
    if (!is_read) {
        strbuf_release(&text);
        return why.code == ERROR_NOT_FOUND ||
               error_set(err, why.code, "%s", why.message);
    }
    tree = jsonx_parse_object(strbuf_text(&text), text.len, err);
    strbuf_release(&text);
    if (!tree)
        return error_wrap(err, "cannot read the state in '%s'",
                          emulator->state_dir);
    json_decref(emulator->tree);
    emulator->tree = tree;
    return true;
}

/* A state that cannot be saved is told once a time and lived with: the cloud
 * in memory goes on. */
void emulator_save(struct emulator *emulator)
{
    struct error err = { 0 };

    if (!emulator->state_dir)
        return;
    pthread_mutex_lock(&emulator->lock);
    char *text = json_dumps(emulator->tree, JSON_INDENT(1) | JSON_SORT_KEYS);
    char *path = fileio_join(emulator->state_dir, state_file);
    if (text && !fileio_replace(AT_FDCWD, path, text, strlen(text), 0600,
                                FILEIO_LAZY, &err))
        fprintf(stderr, "stepdeck-emulator: %s\n", err.message);
    free(path);
    free(text);
    pthread_mutex_unlock(&emulator->lock);
}

json_t *emulator_fail(struct emulator_failure *failure, int status,
                      const char *code, const char *format, ...)
{
    va_list args;

    failure->status = status;
    failure->code = code;
    va_start(args, format);
    vsnprintf(failure->message, sizeof(failure->message), format, args);
    va_end(args);
    return NULL;
}

const char *emulator_header(const struct emulator_request *request,
                            const char *name)
{
    size_t size = strlen(name);

    for (size_t i = 0; i < request->headers.count; i++) {
        const char *line = request->headers.items[i];

        if (!strncmp(line, name, size) && line[size] == ':')
            return line + size + 1 + strspn(line + size + 1, " ");
    }
    return NULL;
}

json_t *emulator_part(struct emulator *emulator, const char *name)
{
    json_t *part = json_object_get(emulator->tree, name);

    if (!part) {
        part = json_object();
        json_object_set_new(emulator->tree, name, part);
    }
    return part;
}

/* Nobody has to be kept from guessing them: they only must not come twice, also
 * not after a restart. */
char *emulator_hex_id(struct emulator *emulator)
{
    char digits[DIGEST_TEXT_SIZE];

    pthread_mutex_lock(&emulator->lock);
    char *seed = mem_format("%ld %.6f %lld", (long)getpid(), emulator_now(),
                            (long long)emulator->next_id++);
    pthread_mutex_unlock(&emulator->lock);
    digest_bytes(seed, strlen(seed), digits);
    free(seed);
    return mem_bytes(digits, ID_DIGITS);
}

char *emulator_uuid(struct emulator *emulator)
{
    char *hex = emulator_hex_id(emulator);
    char *uuid = mem_format("%.8s-%.4s-4%.3s-a%.3s-%.12s", hex, hex + 8,
                            hex + 13, hex + 17, hex + 20);

    free(hex);
    return uuid;
}

double emulator_now(void)
{
    return (double)clock_wall(clock_system()) / 1000;
}

void emulator_log(struct emulator *emulator, const char *group,
                  const char *stream, const char *message)
{
    json_t *logs = emulator_part(emulator, "logs");
    json_t *events = json_object_get(logs, group);
    int64_t now = clock_wall(clock_system());

    if (!events) {
        events = json_array();
        json_object_set_new(logs, group, events);
    }
    char *id =
        mem_format("%020lld%036zu", (long long)now, json_array_size(events));
    json_t *event = json_object();
    jsonx_set_text(event, "logStreamName", stream);
    jsonx_set_int(event, "timestamp", now);
    jsonx_set_text(event, "message", message);
    jsonx_set_int(event, "ingestionTime", now);
    jsonx_set_text(event, "eventId", id);
    json_array_append_new(events, event);
    free(id);
}

/* A token with letters that have to be encoded in a URL, as the real ones. */
static const char token_start[] = "next/+page=";

static size_t page_start(const json_t *input, const char *token_name)
{
    const char *token = jsonx_text(input, token_name, "");
    size_t size = strlen(token_start);

    if (strncmp(token, token_start, size) != 0)
        return 0;
    return (size_t)strtoull(token + size, NULL, 10);
}

void emulator_page(const json_t *items, const json_t *input,
                   const char *token_name, const char *limit_name, size_t most,
                   json_t *answer, const char *member)
{
    json_t *page = json_array();
    size_t count = json_array_size(items);
    size_t start = page_start(input, token_name);
    int64_t limit = jsonx_int(input, limit_name, (int64_t)most);
    size_t size = limit > 0 && (size_t)limit < most ? (size_t)limit : most;

    for (size_t i = start; i < count && i < start + size; i++)
        json_array_append(page, json_array_get(items, i));
    json_object_set_new(answer, member, page);
    if (start + size < count) {
        char *token = mem_format("%s%zu", token_start, start + size);
        jsonx_set_text(answer, token_name, token);
        free(token);
    }
}

void emulator_record(struct emulator *emulator, const char *service,
                     const char *operation, int status)
{
    pthread_mutex_lock(&emulator->lock);
    json_array_append_new(emulator->requests,
                          json_pack("{s:s, s:s, s:i, s:f}", "service", service,
                                    "operation", operation, "status", status,
                                    "at", emulator_now()));
    if (json_array_size(emulator->requests) > REQUESTS_KEPT)
        json_array_remove(emulator->requests, 0);
    pthread_mutex_unlock(&emulator->lock);
}
