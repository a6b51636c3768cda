/*
 * AWS credentials: found as botocore finds them, kept fresh.
 *
 *     struct credentials *credentials = credentials_new(&options);
 *     struct credentials_keys keys = { 0 };
 *     if (credentials_get(credentials, &keys, &err))
 *         ... keys.access_key ...
 *     credentials_free(credentials);
 *
 * Order: the environment (unless a profile was chosen by option), then the
 * profile: assume-role, web identity, SSO, keys in the credentials file, `aws
 * login`, credential_process, keys in the config file; then a container's
 * endpoint, then IMDSv2. The first that is configured decides; when it fails,
 * its error is the answer. credentials_get() asks again 10 minutes before they
 * end, once a minute at most, and uses what it has as long as that is valid.
 * May block (files, a child, the network); one thread at a time. No message
 * ever shows a key.
 */
#ifndef STEPDECK_AWS_CREDENTIALS_H
#define STEPDECK_AWS_CREDENTIALS_H

#include "base/clock.h"
#include "base/error.h"

struct awsfile;
struct cancel;
struct credentials;
struct http;

struct credentials_keys {
    char *access_key, *secret_key, *token; /* token: NULL when there is none */
    int64_t expires_ms; /* wall time; 0: never, or not known */
};
void credentials_keys_release(struct credentials_keys *keys);

/* Borrowed for the life of the credentials. */
struct credentials_options {
    const struct awsfile *file; /* the AWS config files, read already */
    const char *profile;        /* chosen by option or configuration; NULL */
    bool is_profile_explicit;   /* by an option: the environment's keys yield */
    const char *region;         /* for STS; may be NULL */
    /* A setting of the project's configuration or the environment
     * (AWS_ACCESS_KEY_ID, ...); NULL: there is none. */
    const char *(*setting)(void *context, const char *name);
    void *context;
    struct http *http;
    const struct clock *clock;
};

struct credentials *credentials_new(const struct credentials_options *options);
void credentials_free(struct credentials *credentials);

/* Copies of the keys that are valid now; to credentials_keys_release().
 * ERROR_BLOCKED: there are none (the hint says how to get some), or what is
 * configured failed; ERROR_CANCELLED. `cancel` may be NULL. */
NODISCARD bool credentials_get(struct credentials *credentials,
                               struct cancel *cancel,
                               struct credentials_keys *keys,
                               struct error *err);
/* The next credentials_get() asks the source again: these were refused. */
void credentials_forget(struct credentials *credentials);

/* Where they came from, once credentials_get() has been true: "the
 * environment", "profile 'prod' (SSO)"; and until when, 0 for ever. */
const char *credentials_source(const struct credentials *credentials);
int64_t credentials_expiry(const struct credentials *credentials);

#endif
