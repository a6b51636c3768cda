/*
 * What an earlier deployment script tells about a deployment, each value with
 * the line it came from. The script is read, never run.
 *
 *     struct migrate_reading reading = { 0 };
 *     migrate_read(bytes, size, &reading);
 *     for (size_t i = 0; i < reading.count; i++)
 *         use(&reading.findings[i]);
 *     migrate_reading_release(&reading);
 *
 * Looked at: assignments with well-known names, options of aws and docker,
 * image and ARN forms wherever they stand, App Runner's JSON (also as
 * here-documents and in the short form of the AWS CLI), health checks by curl.
 * A value that only running the script could tell is a finding without one.
 *
 * Pure functions, for any thread.
 */
#ifndef STEPDECK_CORE_MIGRATE_READ_H
#define STEPDECK_CORE_MIGRATE_READ_H

#include "base/strvec.h"

#include <stddef.h>

enum migrate_kind {
    MIGRATE_SETTING,   /* a key of the configuration */
    MIGRATE_VARIABLE,  /* of the service's environment */
    MIGRATE_REFERENCE, /* an environment variable that comes from a secret */
    MIGRATE_SECRET,    /* a value that nobody may see */
    MIGRATE_KINDS
};

struct migrate_finding {
    enum migrate_kind kind;
    char *key;
    char *value;     /* NULL: not understood */
    const char *why; /* it is not understood; constant */
    char *file;      /* NULL from migrate_read() */
    int line;
    int rank;       /* 1: a weaker sign than others; lower goes first */
    bool is_chosen; /* among those of its kind and key, by migrate_find() */
};

struct migrate_reading {
    struct migrate_finding *findings;
    size_t count, capacity;
    bool deploys;          /* creates or updates a service of App Runner */
    bool is_ours;          /* part of a stepdeck project */
    struct strvec inputs;  /* JSON files that commands take (file://NAME) */
    struct strvec sources; /* scripts that it sources, as far as the path is
                              known: "config.sh" of "$DIR/config.sh" */
};

enum {
    MIGRATE_LARGEST = 1 << 20, /* bytes of a script */
    MIGRATE_MOST_FINDINGS = 1000
};

/* Adds what the script says. */
void migrate_read(const char *bytes, size_t size,
                  struct migrate_reading *reading);
/* The same with the variables that the texts in `before` set. */
void migrate_read_behind(const struct strvec *before, const char *bytes,
                         size_t size, struct migrate_reading *reading);
/* The same for a JSON file that a command takes. */
void migrate_read_input(const char *bytes, size_t size,
                        struct migrate_reading *reading);
void migrate_reading_release(struct migrate_reading *reading);

/* ---- for the readers -------------------------------------------------- */

/* Adds a value, unless it is empty or there already. Text with unknown parts
 * (migrate_shell.h) becomes a finding without a value, a secret without one
 * becomes none. */
void migrate_add(struct migrate_reading *reading, enum migrate_kind kind,
                 const char *key, const char *value, int line, int rank);
/* Adds what an image name or an ARN anywhere in the text tells. */
void migrate_add_forms(struct migrate_reading *reading, const char *text,
                       int line);
/* Adds a variable of the service, as a secret where it is one. */
void migrate_add_variable(struct migrate_reading *reading, const char *name,
                          const char *value, int line);
/* Adds what App Runner's JSON or short form says; `parent` is the member that
 * it is the value of, may be NULL. Other text adds nothing. */
void migrate_read_value(struct migrate_reading *reading, const char *text,
                        const char *parent, int line);

#endif
