/*
 * The search for credentials, and what was found.
 *
 *   nothing --ask--> fresh --(10 minutes before the end)--> ask again
 *                      |                                        |
 *                    forget: ask                fails: keep to the end
 *
 * Somebody who signs many requests asks here many times: while keys are still
 * valid, their source is asked at most once a minute.
 */
#include "aws/credentials.h"

#include "aws/awsfile.h"
#include "aws/credentials_private.h"
#include "base/cancel.h"
#include "base/mem.h"
#include "base/strvec.h"

#include <stdlib.h>
#include <string.h>

enum { REFRESH_MS = 10 * 60 * 1000, PAUSE_MS = 60 * 1000 };

struct credentials {
    struct credentials_options options;
    char *profile;
    bool has_keys, is_forgotten;
    struct cred_found found;
    int64_t not_before_ms; /* wall time of the next question */
};

struct credentials *credentials_new(const struct credentials_options *options)
{
    struct credentials *credentials = mem_new(1, sizeof(*credentials));
    const char *profile = options->profile;

    credentials->options = *options;
    if ((!profile || !*profile) && options->setting)
        profile = options->setting(options->context, "AWS_PROFILE");
    credentials->profile = mem_text(profile && *profile ? profile : "default");
    return credentials;
}

void credentials_free(struct credentials *credentials)
{
    if (!credentials)
        return;
    cred_found_release(&credentials->found);
    free(credentials->profile);
    free(credentials);
}

/* ---- the search ------------------------------------------------------- */

/* botocore's order, 1.43: credentials.py, create_credential_resolver() and
 * ProfileProviderBuilder.providers(). */
static cred_source *const of_profile[] = {
    cred_assume,
    cred_web_identity,
    cred_sso,
    cred_profile_credentials,
    cred_login,
    cred_process,
    cred_profile_config,
};
static cred_source *const of_place[] = { cred_container, cred_imds };

static enum cred_answer ask_each(cred_source *const *sources, size_t count,
                                 const struct cred_request *request,
                                 struct cred_found *found, struct error *err)
{
    enum cred_answer answer = CRED_NONE;

    for (size_t i = 0; i < count && answer == CRED_NONE; i++)
        answer = sources[i](request, found, err);
    return answer;
}

enum cred_answer cred_of_profile(const struct cred_request *request,
                                 struct cred_found *found, struct error *err)
{
    return ask_each(of_profile, sizeof(of_profile) / sizeof(of_profile[0]),
                    request, found, err);
}

/* A profile that was asked for by name and does not exist is a mistake, not a
 * reason to take whatever else there is. */
static enum cred_answer check_profile(const struct cred_request *request,
                                      struct error *err)
{
    const struct awsfile *file = request->options->file;
    struct strvec names = { 0 };
    struct strbuf list = { 0 };

    if (strcmp(request->profile, "default") == 0 ||
        awsfile_has(file, "profile", request->profile))
        return CRED_NONE;
    for (size_t i = 0; i < file->count; i++) {
        const struct awsfile_entry *entry = &file->entries[i];

        if (strcmp(entry->kind, "profile") == 0 &&
            !strvec_has(&names, entry->section))
            strvec_add(&names, entry->section);
    }
    for (size_t i = 0; i < names.count && i < 10; i++)
        strbuf_addf(&list, "%s%s", i ? ", " : "", names.items[i]);
    error_set(err, ERROR_BLOCKED,
              "the profile '%s' is in neither of the AWS files",
              request->profile);
    error_hint(err, "%s%s; 'aws configure --profile %s' makes it",
               names.count ? "there are: " : "there are none",
               strbuf_text(&list), request->profile);
    strbuf_release(&list);
    strvec_release(&names);
    return CRED_FAILED;
}

static enum cred_answer nothing_found(const struct cred_request *request,
                                      struct error *err)
{
    error_set(err, ERROR_BLOCKED, "no AWS credentials were found");
    error_hint(
        err,
        "looked at: %sprofile '%s' in the AWS config and credentials files, "
        "a container's endpoint, the instance's metadata%s; run 'aws "
        "configure' or 'aws sso login', or choose a profile with --profile or "
        "AWS_PROFILE; in CI, let the job assume a role (OIDC)",
        cred_uses_environment(request) ? "AWS_ACCESS_KEY_ID, " : "",
        request->profile,
        cred_setting_is_true(request, "AWS_EC2_METADATA_DISABLED")
            ? " (disabled)"
            : "");
    return CRED_FAILED;
}

static enum cred_answer search(const struct cred_request *request,
                               struct cred_found *found, struct error *err)
{
    enum cred_answer answer = cred_environment(request, found, err);

    if (answer == CRED_NONE)
        answer = check_profile(request, err);
    if (answer == CRED_NONE)
        answer = cred_of_profile(request, found, err);
    if (answer == CRED_NONE)
        answer = ask_each(of_place, sizeof(of_place) / sizeof(of_place[0]),
                          request, found, err);
    if (answer == CRED_NONE)
        answer = nothing_found(request, err);
    return answer;
}

/* ---- keeping ---------------------------------------------------------- */

static bool has_ended(const struct credentials_keys *keys, int64_t now)
{
    return keys->expires_ms && keys->expires_ms <= now;
}

static bool ask(struct credentials *credentials, struct cancel *cancel,
                struct error *err)
{
    struct cred_request request = { .options = &credentials->options,
                                    .cancel = cancel,
                                    .profile = credentials->profile };
    struct cred_found found = { 0 };
    char text[CLOCK_TEXT_SIZE];
    bool ok = search(&request, &found, err) == CRED_FOUND;

    if (ok && has_ended(&found.keys, cred_now(&request))) {
        ok = error_set(err, ERROR_BLOCKED, "%s: the keys ended at %s",
                       found.source,
                       clock_format_seconds(found.keys.expires_ms, text));
        error_hint(err, "get new ones, as you got these");
    }
    if (!ok) {
        if (err->code != ERROR_CANCELLED)
            err->code = ERROR_BLOCKED;
        cred_found_release(&found);
        return false;
    }
    cred_found_release(&credentials->found);
    credentials->found = found;
    credentials->has_keys = true;
    credentials->is_forgotten = false;
    return true;
}

static bool is_usable(const struct credentials *credentials, int64_t now)
{
    return credentials->has_keys && !credentials->is_forgotten &&
           !has_ended(&credentials->found.keys, now);
}

static bool is_fresh(const struct credentials *credentials, int64_t now)
{
    int64_t expires_ms = credentials->found.keys.expires_ms;

    if (!is_usable(credentials, now))
        return false;
    return !expires_ms || now < expires_ms - REFRESH_MS ||
           now < credentials->not_before_ms;
}

bool credentials_get(struct credentials *credentials, struct cancel *cancel,
                     struct credentials_keys *keys, struct error *err)
{
    const struct credentials_keys *own = &credentials->found.keys;
    int64_t now = clock_wall(credentials->options.clock);
    struct error asking = { 0 };

    if (!is_fresh(credentials, now)) {
        bool ok = ask(credentials, cancel, &asking);

        credentials->not_before_ms = now + PAUSE_MS;
        if (!ok &&
            !(asking.code != ERROR_CANCELLED && is_usable(credentials, now))) {
            if (err && !error_is_set(err))
                *err = asking;
            return false;
        }
    }
    credentials_keys_release(keys);
    *keys = (struct credentials_keys){ .access_key = mem_text(own->access_key),
                                       .secret_key = mem_text(own->secret_key),
                                       .token = mem_text(own->token),
                                       .expires_ms = own->expires_ms };
    return true;
}

void credentials_forget(struct credentials *credentials)
{
    credentials->is_forgotten = true;
}

const char *credentials_source(const struct credentials *credentials)
{
    return credentials->found.source;
}

int64_t credentials_expiry(const struct credentials *credentials)
{
    return credentials->found.keys.expires_ms;
}
