/*
 * The names of the AWS profiles of this machine, and the region of each: from
 * ~/.aws/config and ~/.aws/credentials, or the files that AWS_CONFIG_FILE and
 * AWS_SHARED_CREDENTIALS_FILE name. Keys, tokens and everything else in them
 * are passed over.
 *
 *     struct awsprofiles profiles = { 0 };
 *     if (awsprofiles_read(&profiles, &err))
 *         for (size_t i = 0; i < profiles.count; i++)
 *             puts(profiles.items[i].name);
 *     awsprofiles_release(&profiles);
 *
 * https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html
 */
#ifndef STEPDECK_CORE_AWSPROFILES_H
#define STEPDECK_CORE_AWSPROFILES_H

#include "base/error.h"

#include <stddef.h>

struct awsprofile {
    char *name;
    char *region; /* NULL: the profile has none */
};

/* In the order of the files, the config first. */
struct awsprofiles {
    struct awsprofile *items;
    size_t count, capacity;
    bool has_files; /* one of the two is there */
};

/* Which of the two files a text is from. */
enum awsprofiles_file { AWSPROFILES_CONFIG, AWSPROFILES_CREDENTIALS };

/* Where that file is: AWS_CONFIG_FILE or AWS_SHARED_CREDENTIALS_FILE says it,
 * else it is below the home folder; to free. NULL: nowhere; /dev/null is what
 * people write for that. */
char *awsprofiles_path(enum awsprofiles_file kind);

/* Reads both; files that are not there are fine. False when one cannot be
 * read, with what the other one gave. */
NODISCARD bool awsprofiles_read(struct awsprofiles *profiles,
                                struct error *err);

/* Adds what the text of one file has. */
NODISCARD bool awsprofiles_parse(struct awsprofiles *profiles,
                                 enum awsprofiles_file kind, const char *text,
                                 size_t size, struct error *err);
void awsprofiles_release(struct awsprofiles *profiles);

/* Whether the text has the form of a region: "us-east-1", "us-gov-west-1". */
bool awsprofiles_is_region(const char *text);
/* Whether the region was known when this was written: new ones appear. */
bool awsprofiles_knows_region(const char *text);
/* Those regions; ended by NULL. */
const char *const *awsprofiles_regions(void);

#endif
