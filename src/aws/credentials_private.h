/*
 * The sources of credentials: one function each, tried in the order of a table
 * (credentials.c). Only for src/aws/cred*.c and their tests.
 *
 * A source is asked about one profile. It answers CRED_NONE when nothing there
 * concerns it, CRED_FOUND with keys, or CRED_FAILED with an error, which ends
 * the search: what somebody configured is never passed over in silence.
 */
#ifndef STEPDECK_AWS_CREDENTIALS_PRIVATE_H
#define STEPDECK_AWS_CREDENTIALS_PRIVATE_H

#include "aws/credentials.h"
#include "base/strbuf.h"

#include <jansson.h>
#include <stddef.h>

struct http_request;
struct http_response;
struct strvec;

/* The largest file or answer that may hold credentials. */
enum { CRED_LIMIT = 1 << 20 };

/* Borrowed by the sources. */
struct cred_request {
    const struct credentials_options *options;
    struct cancel *cancel; /* may be NULL */
    const char *profile;   /* whose settings count */
    /* The one that assumes a role with what is found for this; NULL for the
     * outermost. */
    const struct cred_request *parent;
};

struct cred_found {
    struct credentials_keys keys;
    char *source; /* for people: "profile 'prod' (SSO)" */
};
void cred_found_release(struct cred_found *found);

enum cred_answer { CRED_NONE, CRED_FOUND, CRED_FAILED };

typedef enum cred_answer cred_source(const struct cred_request *request,
                                     struct cred_found *found,
                                     struct error *err);

cred_source cred_environment;
cred_source cred_assume;
cred_source cred_web_identity;
cred_source cred_sso;
cred_source cred_profile_credentials; /* keys in the credentials file */
cred_source cred_login;
cred_source cred_process;
cred_source cred_profile_config; /* keys in the config file */
cred_source cred_container;
cred_source cred_imds;

/* Asks the sources that a profile may name, in their order; what a role is
 * assumed with. Then keys go before a role. */
enum cred_answer cred_of_profile(const struct cred_request *request,
                                 struct cred_found *found, struct error *err);

/* ---- settings --------------------------------------------------------- */

/* NULL when there is none or it is empty. */
const char *cred_setting(const struct cred_request *request, const char *name);
bool cred_setting_is_true(const struct cred_request *request, const char *name);
/* A setting of the request's profile, of either file. */
const char *cred_profile_setting(const struct cred_request *request,
                                 const char *name);
/* Whether the environment counts: no profile was chosen by option, and this is
 * not the source of another. */
bool cred_uses_environment(const struct cred_request *request);
int64_t cred_now(const struct cred_request *request);
/* "HOME/.aws/NAME", to free; NULL without a home folder. */
char *cred_home_path(const char *name);
/* The address of a service: an override (AWS_ENDPOINT_URL_`variable`,
 * AWS_ENDPOINT_URL, the profile's `services` and endpoint_url), else `usual`.
 * Without a slash at its end; to free. */
char *cred_endpoint(const struct cred_request *request, const char *variable,
                    const char *config_name, const char *usual);

/* ---- keys ------------------------------------------------------------- */

/* Copies; false when a key is missing, or has bytes that no key has. `subject`
 * says whose they are. `token` may be NULL or "". */
NODISCARD bool cred_keys_set(struct credentials_keys *keys, const char *subject,
                             const char *access_key, const char *secret_key,
                             const char *token, struct error *err);

/* What the members of a JSON answer are called. */
struct cred_names {
    const char *access_key, *secret_key, *token;
    const char *expires; /* a time as text, or milliseconds */
};
NODISCARD bool cred_keys_from_json(struct credentials_keys *keys,
                                   const char *subject, const json_t *json,
                                   const struct cred_names *names,
                                   struct error *err);
extern const struct cred_names cred_names_usual;   /* AccessKeyId, ..., Token */
extern const struct cred_names cred_names_session; /* ..., SessionToken */
extern const struct cred_names cred_names_lower;   /* accessKeyId, ... */

/* As clock_parse(), and the forms of other programs: any fraction, "UTC",
 * "+01:00". */
NODISCARD bool cred_parse_time(const char *text, int64_t *wall_ms);

/* The first line of what somebody else said, shortened, without control
 * characters, and whatever looks like a key masked; to free. */
char *cred_quote(const char *text, size_t size);

/* ---- asking over the network ------------------------------------------ */

/* Sends up to `attempts` times, as long as there is no answer, or one that
 * says "later" (429, 5xx). */
NODISCARD bool cred_send(const struct cred_request *request,
                         const struct http_request *call, int attempts,
                         struct http_response *response, struct error *err);
/* Overwrites the body as well. */
void cred_response_release(struct http_response *response);

/* Asks STS; `form` is the body "Action=...", signed when there are `signers`.
 * `action` is "AssumeRole". */
NODISCARD bool cred_sts(const struct cred_request *request, const char *action,
                        const char *form,
                        const struct credentials_keys *signers,
                        struct credentials_keys *keys, struct error *err);
/* An answer of STS, any bytes. */
NODISCARD bool cred_sts_parse(const char *action, int status, const char *bytes,
                              size_t size, struct credentials_keys *keys,
                              struct error *err);
/* Appends "&NAME=VALUE", percent-encoded; nothing for NULL. */
void cred_form_add(struct strbuf *form, const char *name, const char *value);

/* ---- pieces with tests of their own ----------------------------------- */

/* Splits a command line into words as POSIX quoting has it, no variable, no
 * operator meaning anything; ERROR_INPUT for a quote that does not end. */
NODISCARD bool cred_split_words(const char *line, struct strvec *words,
                                struct error *err);

/* A child's standard output and standard error, apart. `out` is wiped by the
 * caller. False with an error when it could not be run to its end;
 * `exit_status` is 128 + number for a signal. */
NODISCARD bool cred_run(char *const *argv, int64_t timeout_ms,
                        struct cancel *cancel, struct strbuf *out,
                        struct strbuf *errors, int *exit_status,
                        struct error *err);

/* Whether credentials may be asked for at that address without TLS, or with:
 * https, loopback, and the container services' own addresses. */
bool cred_container_allows(const char *url);

#endif
