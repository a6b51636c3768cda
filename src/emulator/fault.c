#include "emulator/fault.h"

#include "base/jsonx.h"
#include "base/mem.h"
#include "emulator/operations.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct fault {
    char *text;      /* as it was given */
    char *service;   /* "apprunner"; of an event its name: "operation" */
    char *operation; /* "UpdateService", "*"; NULL for an event */
    char *kind;
    int64_t value;
    int64_t from, to; /* which of the calls, from 1 on; both included */
    int64_t seen;
};

static const char *const call_kinds[] = {
    "throttle", "error500", "error503", "cut",        "cut-after", "slow",
    "expired",  "denied",   "skew",     "empty-page", "garbage",   "truncated",
};
static const char *const event_kinds[] = {
    "operation:fail",     "operation:stuck",
    "operation:rollback", "operation:rollback-failed",
    "health:fail",        "health:slow",
    "health:refused",     "image:exit",
    "account:closed",
};

static void release(struct fault *fault)
{
    free(fault->text);
    free(fault->service);
    free(fault->operation);
    free(fault->kind);
}

static bool is_among(const char *word, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!strcmp(word, words[i]))
            return true;
    return false;
}

static bool is_known(const struct fault *fault)
{
    bool is_so;

    if (fault->operation)
        return is_among(fault->kind, call_kinds,
                        sizeof(call_kinds) / sizeof(call_kinds[0]));
    char *whole = mem_format("%s:%s", fault->service, fault->kind);
    is_so = is_among(whole, event_kinds,
                     sizeof(event_kinds) / sizeof(event_kinds[0]));
    free(whole);
    return is_so;
}

/* A whole number of at least 0 up to `end`. */
static bool read_number(const char *text, char end, int64_t *number,
                        const char **rest)
{
    char *stop;
    long long value = strtoll(text, &stop, 10);

    if (stop == text || value < 0 || *stop != end)
        return false;
    *number = value;
    *rest = stop;
    return true;
}

/* "@FROM", "@FROM-TO" */
static bool read_range(struct fault *fault, const char *text)
{
    const char *rest;

    fault->from = 1;
    fault->to = INT64_MAX;
    if (!text)
        return true;
    if (read_number(text, '\0', &fault->from, &rest)) {
        fault->to = fault->from;
        return fault->from > 0;
    }
    return read_number(text, '-', &fault->from, &rest) &&
           read_number(rest + 1, '\0', &fault->to, &rest) && fault->from > 0 &&
           fault->from <= fault->to;
}

/* Takes `text` to pieces. */
static bool parse(char *text, struct fault *fault)
{
    char *kind = strchr(text, ':');
    char *range = strrchr(text, '@');
    const char *rest;
    char *value, *operation;

    if (!kind || (range && range < kind))
        return false;
    *kind++ = '\0';
    if (range)
        *range++ = '\0';
    value = strchr(kind, '=');
    if (value) {
        *value++ = '\0';
        if (!read_number(value, '\0', &fault->value, &rest))
            return false;
    }
    operation = strchr(text, '.');
    if (operation)
        *operation++ = '\0';
    fault->service = mem_text(text);
    fault->operation = mem_text(operation);
    fault->kind = mem_text(kind);
    return *text && (!operation || *operation) && is_known(fault) &&
           read_range(fault, range);
}

bool fault_add(struct emulator *emulator, const char *text, struct error *err)
{
    struct fault fault = { .text = mem_text(text) };
    char *copy = mem_text(text);
    bool is_good = parse(copy, &fault);

    free(copy);
    if (!is_good) {
        release(&fault);
        error_set(err, ERROR_INPUT, "no fault: '%s'", text);
        return error_hint(err, "say SERVICE.OPERATION:KIND[=VALUE][@FROM[-TO]],"
                               " like 'apprunner.UpdateService:throttle@1-2',"
                               " or an event like 'operation:fail@2'");
    }
    pthread_mutex_lock(&emulator->lock);
    emulator->faults =
        mem_resize(emulator->faults, emulator->fault_count + 1, sizeof(fault));
    emulator->faults[emulator->fault_count++] = fault;
    pthread_mutex_unlock(&emulator->lock);
    return true;
}

void fault_clear(struct emulator *emulator)
{
    pthread_mutex_lock(&emulator->lock);
    for (size_t i = 0; i < emulator->fault_count; i++)
        release(&emulator->faults[i]);
    free(emulator->faults);
    emulator->faults = NULL;
    emulator->fault_count = 0;
    emulator->skew_ms = 0;
    pthread_mutex_unlock(&emulator->lock);
}

/* Every rule that fits counts; the first that is due wins. */
static const char *find(struct emulator *emulator, const char *service,
                        const char *operation, int64_t *value)
{
    const struct fault *due = NULL;

    for (size_t i = 0; i < emulator->fault_count; i++) {
        struct fault *fault = &emulator->faults[i];

        if (!fault->operation != !operation ||
            (strcmp(fault->service, service) != 0 &&
             (!operation || strcmp(fault->service, "*") != 0)) ||
            (operation && strcmp(fault->operation, operation) != 0 &&
             strcmp(fault->operation, "*") != 0))
            continue;
        fault->seen++;
        if (!due && fault->seen >= fault->from && fault->seen <= fault->to)
            due = fault;
    }
    if (due && value)
        *value = due->value;
    return due ? due->kind : NULL;
}

const char *fault_of_call(struct emulator *emulator, const char *service,
                          const char *operation, int64_t *value)
{
    return find(emulator, service, operation, value);
}

const char *fault_of_event(struct emulator *emulator, const char *event,
                           int64_t *value)
{
    return find(emulator, event, NULL, value);
}

json_t *fault_list(struct emulator *emulator)
{
    json_t *list = json_array();

    pthread_mutex_lock(&emulator->lock);
    for (size_t i = 0; i < emulator->fault_count; i++) {
        json_t *row = json_object();

        jsonx_set_text(row, "text", emulator->faults[i].text);
        jsonx_set_int(row, "seen", emulator->faults[i].seen);
        json_array_append_new(list, row);
    }
    pthread_mutex_unlock(&emulator->lock);
    return list;
}

/* ---- what they do -------------------------------------------------------- */

struct fault_effect fault_effect_of(struct emulator *emulator,
                                    const char *service, const char *operation)
{
    struct fault_effect effect = { .value = 0 };

    pthread_mutex_lock(&emulator->lock);
    const char *kind =
        fault_of_call(emulator, service, operation, &effect.value);
    if (kind)
        snprintf(effect.kind, sizeof(effect.kind), "%s", kind);
    pthread_mutex_unlock(&emulator->lock);
    return effect;
}

/* Answers instead of the service: JSON, query, S3. */
static const struct refusal {
    const char *kind;
    const char *code[3];
    int status[3];
    const char *message;
} refusals[] = {
    { "throttle",
      { "ThrottlingException", "Throttling", "SlowDown" },
      { 400, 400, 503 },
      "Rate exceeded" },
    { "error500",
      { "InternalServiceErrorException", "InternalFailure", "InternalError" },
      { 500, 500, 500 },
      "We encountered an internal error. Please try again." },
    { "error503",
      { "ServiceUnavailableException", "ServiceUnavailable",
        "ServiceUnavailable" },
      { 503, 503, 503 },
      "The service is unavailable. Please try again." },
    { "expired",
      { "ExpiredTokenException", "ExpiredToken", "ExpiredToken" },
      { 400, 403, 400 },
      "The security token included in the request is expired" },
    { "denied",
      { "AccessDeniedException", "AccessDenied", "AccessDenied" },
      { 400, 403, 403 },
      "User: arn:aws:iam::" EMULATOR_ACCOUNT ":user/emulator is not "
      "authorized to perform this operation" },
    { "skew",
      { "InvalidSignatureException", "SignatureDoesNotMatch",
        "RequestTimeTooSkewed" },
      { 400, 403, 403 },
      "Signature expired: the difference between the request time and the "
      "current time is too large (15 min.)" },
};

enum { SKEW_SECONDS = 20 * 60 };

static bool refuse(const struct fault_effect *effect, enum protocol_style style,
                   struct emulator_reply *reply)
{
    for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
        const struct refusal *refusal = &refusals[i];
        struct emulator_failure failure = { 0 };

        if (strcmp(refusal->kind, effect->kind) != 0)
            continue;
        emulator_fail(&failure, refusal->status[style], refusal->code[style],
                      "%s", refusal->message);
        protocol_fail(style, &failure, reply);
        return true;
    }
    return false;
}

bool fault_before(struct emulator *emulator, const struct fault_effect *effect,
                  enum protocol_style style, struct emulator_reply *reply)
{
    if (!strcmp(effect->kind, "cut"))
        return reply->is_cut = true;
    pthread_mutex_lock(&emulator->lock);
    if (!strcmp(effect->kind, "slow") &&
        !operations_pause(emulator, effect->value))
        reply->is_cut = true;
    if (!strcmp(effect->kind, "skew"))
        emulator->skew_ms =
            (effect->value ? effect->value : SKEW_SECONDS) * 1000;
    pthread_mutex_unlock(&emulator->lock);
    return refuse(effect, style, reply);
}

void fault_after(const struct fault_effect *effect,
                 struct emulator_reply *reply)
{
    static const char garbage[] = "\x1f\x8b\xff{<html>\0oops";

    if (!strcmp(effect->kind, "cut-after"))
        reply->is_cut = true;
    if (!strcmp(effect->kind, "garbage")) {
        strbuf_clear(&reply->body);
        strbuf_add(&reply->body, garbage, sizeof(garbage));
    }
    if (!strcmp(effect->kind, "truncated")) {
        reply->is_truncated = true;
        reply->truncated = effect->value;
    }
}
