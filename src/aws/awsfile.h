/*
 * The AWS config and credentials files: sections, nested settings.
 *
 *     struct awsfile file = { 0 };
 *     if (awsfile_read(&file, &err))
 *         region = awsfile_get(&file, "profile", "prod", "region");
 *     awsfile_release(&file);
 *
 * Section kinds are "profile" (of both files, the credentials file first for
 * keys), "sso-session" and "services"; other sections are left out. A nested
 * setting is named "s3.endpoint_url". Names are in lower case. Foreign bytes:
 * tests/fuzz/awsfile_fuzz.c.
 * https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html
 */
#ifndef STEPDECK_AWS_AWSFILE_H
#define STEPDECK_AWS_AWSFILE_H

#include "base/error.h"

#include <stddef.h>

enum awsfile_origin { AWSFILE_CONFIG, AWSFILE_CREDENTIALS };

/* A section is an entry of its own, with the name "": it may be empty. */
struct awsfile_entry {
    enum awsfile_origin origin;
    char *kind, *section, *name, *value;
    int line;
};

struct awsfile {
    struct awsfile_entry *entries;
    size_t count, capacity;
};

/* Reads both, from AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE or
 * ~/.aws; files that are not there are fine. ERROR_INPUT names file and line,
 * never what stands there. Release `file` either way. */
NODISCARD bool awsfile_read(struct awsfile *file, struct error *err);
NODISCARD bool awsfile_parse(struct awsfile *file, enum awsfile_origin origin,
                             const char *path, const char *text, size_t size,
                             struct error *err);
void awsfile_release(struct awsfile *file);

/* The last value of that name, the credentials file before the config; NULL
 * when there is none or it is empty. */
const char *awsfile_get(const struct awsfile *file, const char *kind,
                        const char *section, const char *name);
/* The same, of one of the two files only. */
const char *awsfile_get_from(const struct awsfile *file,
                             enum awsfile_origin origin, const char *kind,
                             const char *section, const char *name);
bool awsfile_has(const struct awsfile *file, const char *kind,
                 const char *section);

#endif
