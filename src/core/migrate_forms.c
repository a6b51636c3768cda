/* The findings, and the forms that are recognised wherever they stand. */
#include "core/migrate_read.h"

#include "base/mem.h"
#include "base/redact.h"
#include "core/migrate_shell.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* ---- findings --------------------------------------------------------- */

static bool is_same(const struct migrate_finding *a,
                    const struct migrate_finding *b)
{
    if (a->kind != b->kind || strcmp(a->key, b->key) != 0)
        return false;
    return a->value && b->value ? strcmp(a->value, b->value) == 0
                                : !a->value && !b->value && a->why == b->why;
}

static void release_finding(struct migrate_finding *finding)
{
    free(finding->key);
    free(finding->value);
    free(finding->file);
}

static char *trimmed(const char *text)
{
    size_t size;

    text += strspn(text, " \t\r\n");
    size = strlen(text);
    while (size && strchr(" \t\r\n", text[size - 1]))
        size--;
    return mem_bytes(text, size);
}

void migrate_add(struct migrate_reading *reading, enum migrate_kind kind,
                 const char *key, const char *value, int line, int rank)
{
    const char *why = migrate_unknown_why(value);
    struct migrate_finding new = { .kind = kind,
                                   .key = mem_text(key),
                                   .value = why ? NULL : trimmed(value),
                                   .why = why,
                                   .line = line,
                                   .rank = rank };
    bool wanted = *key && (why ? kind != MIGRATE_SECRET : *new.value) &&
                  reading->count < MIGRATE_MOST_FINDINGS;

    for (size_t i = 0; wanted && i < reading->count; i++) {
        struct migrate_finding *old = &reading->findings[i];

        if (!is_same(old, &new))
            continue;
        wanted = false;
        /* The first place stays, with the weight of the best one. */
        old->rank = old->rank < rank ? old->rank : rank;
    }
    if (!wanted) {
        release_finding(&new);
        return;
    }
    reading->findings =
        mem_grow(reading->findings, reading->count, &reading->capacity,
                 sizeof(*reading->findings));
    reading->findings[reading->count++] = new;
}

void migrate_reading_release(struct migrate_reading *reading)
{
    for (size_t i = 0; i < reading->count; i++)
        release_finding(&reading->findings[i]);
    free(reading->findings);
    strvec_release(&reading->inputs);
    strvec_release(&reading->sources);
    *reading = (struct migrate_reading){ 0 };
}

/* ---- forms ------------------------------------------------------------ */

static void add_part(struct migrate_reading *reading, const char *key,
                     const char *text, size_t size, int line)
{
    char *part = mem_bytes(text, size);

    migrate_add(reading, MIGRATE_SETTING, key, part, line, 0);
    free(part);
}

/* A region that is not known is told by what it was made from. */
static void add_region(struct migrate_reading *reading, const char *text,
                       size_t size, int line)
{
    char *part = mem_bytes(text, size);

    if (!migrate_unknown_why(part))
        migrate_add(reading, MIGRATE_SETTING, "AWS_REGION", part, line, 0);
    free(part);
}

/* ACCOUNT.dkr.ecr.REGION.amazonaws.com/REPOSITORY[:TAG][@DIGEST], see
 * https://docs.aws.amazon.com/AmazonECR/latest/userguide/Registries.html */
static void add_image(struct migrate_reading *reading, const char *text,
                      int line)
{
    static const char host[] = ".dkr.ecr.", end[] = ".amazonaws.com";
    const char *at = text;

    while ((at = strstr(at, host)) != NULL) {
        size_t region, rest;

        at += strlen(host);
        region = strcspn(at, ". /:\"'");
        add_region(reading, at, region, line);
        at += region;
        if (strncmp(at, end, strlen(end)) != 0)
            continue;
        at += strlen(end);
        if (strncmp(at, ".cn", 3) == 0)
            at += 3;
        if (*at != '/')
            continue;
        rest = strcspn(at + 1, ":@ \t\r\n\"'\\,;|&)}]");
        add_part(reading, "ECR_REPOSITORY", at + 1, rest, line);
    }
}

/* arn:aws:apprunner:REGION:ACCOUNT:service/NAME/ID, see
 * https://docs.aws.amazon.com/service-authorization/latest/reference/
 * list_awsapprunner.html */
static void add_service_arn(struct migrate_reading *reading, const char *text,
                            int line)
{
    static const char service[] = ":service/";
    const char *at = strstr(text, ":apprunner:");
    const char *name;

    if (!at || strncmp(text, "arn:aws", 7) != 0)
        return;
    at += strlen(":apprunner:");
    add_region(reading, at, strcspn(at, ":"), line);
    name = strstr(at, service);
    if (name && strchr(name + strlen(service), '/')) {
        name += strlen(service);
        add_part(reading, "SERVICE_NAME", name, strcspn(name, "/"), line);
    }
}

void migrate_add_forms(struct migrate_reading *reading, const char *text,
                       int line)
{
    add_image(reading, text, line);
    add_service_arn(reading, text, line);
}

/* ---- variables of the service ----------------------------------------- */

/* scheme://user:PASSWORD@host */
static bool has_password(const char *value)
{
    const char *at = strstr(value, "://");
    const char *host = at ? strchr(at, '@') : NULL;
    const char *colon = at ? strchr(at + 3, ':') : NULL;

    return host && colon && colon + 1 < host &&
           (size_t)(host - at - 3) < strcspn(at + 3, "/?# ");
}

/* Keys of AWS users and sessions, see
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
 * and private keys. */
static bool is_key(const char *value)
{
    return strncmp(value, "-----BEGIN", 10) == 0 ||
           (strlen(value) == 20 &&
            (strncmp(value, "AKIA", 4) == 0 || strncmp(value, "ASIA", 4) == 0));
}

void migrate_add_variable(struct migrate_reading *reading, const char *name,
                          const char *value, int line)
{
    bool is_secret =
        redact_is_secret_name(name) || has_password(value) || is_key(value);

    /* Without its name a short value would hide half of every text. */
    if (is_secret && strlen(value) < REDACT_MIN_BYTES &&
        !migrate_unknown_why(value))
        is_secret = redact_is_secret_name(name);
    migrate_add(reading, is_secret ? MIGRATE_SECRET : MIGRATE_VARIABLE, name,
                value, line, 0);
}
