/*
 * A profile with `role_arn`: AssumeRole, with the keys of its source_profile
 * or credential_source. A source may itself be such a profile; the requests of
 * such a chain know their parents, by which a circle shows.
 * https://docs.aws.amazon.com/sdkref/latest/guide/feature-assume-role-credentials.html
 */
#include "aws/awsfile.h"
#include "aws/credentials_private.h"

#include "base/mem.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static bool has_keys(const struct cred_request *request)
{
    return cred_profile_setting(request, "aws_access_key_id") != NULL;
}

/* ---- the source ------------------------------------------------------- */

static bool check_circle(const struct cred_request *request, const char *name,
                         struct error *err)
{
    struct strbuf chain = { 0 };
    struct cred_request source = *request;
    bool is_circle = false;

    for (const struct cred_request *at = request; at; at = at->parent) {
        strbuf_addf(&chain, " <- '%s'", at->profile);
        is_circle |= strcmp(at->profile, name) == 0;
    }
    source.profile = name;
    /* With keys of its own a profile may be its own source. */
    if (is_circle && has_keys(&source) && strcmp(request->profile, name) == 0)
        is_circle = false;
    if (is_circle) {
        error_set(err, ERROR_BLOCKED,
                  "the profiles lead in a circle by source_profile: '%s'%s",
                  name, strbuf_text(&chain));
        error_hint(err, "let the last one name keys, not a role");
    }
    strbuf_release(&chain);
    return !is_circle;
}

static bool ask_profile(const struct cred_request *request, const char *name,
                        struct cred_found *found, struct error *err)
{
    struct cred_request source = *request;
    enum cred_answer answer;

    source.profile = name;
    source.parent = request;
    if (!check_circle(request, name, err))
        return false;
    if (!awsfile_has(request->options->file, "profile", name)) {
        error_set(err, ERROR_BLOCKED,
                  "profile '%s': its source_profile '%s' does not exist",
                  request->profile, name);
        return error_hint(err, "'aws configure --profile %s' makes it", name);
    }
    answer = cred_of_profile(&source, found, err);
    if (answer == CRED_NONE) {
        error_set(err, ERROR_BLOCKED, "profile '%s' has no credentials", name);
        error_hint(err, "profile '%s' assumes a role with them",
                   request->profile);
    }
    return answer == CRED_FOUND;
}

static bool ask_named(const struct cred_request *request, const char *name,
                      struct cred_found *found, struct error *err)
{
    static const struct {
        const char *name;
        cred_source *ask;
    } sources[] = {
        { "Environment", cred_environment },
        { "EcsContainer", cred_container },
        { "Ec2InstanceMetadata", cred_imds },
    };
    struct credentials_options options = *request->options;
    struct cred_request source = *request;
    enum cred_answer answer;

    /* The profile itself says that the environment counts. */
    options.is_profile_explicit = false;
    source.options = &options;
    source.parent = NULL;
    for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]); i++) {
        if (strcmp(name, sources[i].name) != 0)
            continue;
        answer = sources[i].ask(&source, found, err);
        if (answer == CRED_NONE)
            error_set(err, ERROR_BLOCKED,
                      "profile '%s': its credential_source %s has none",
                      request->profile, name);
        return answer == CRED_FOUND;
    }
    error_set(err, ERROR_BLOCKED,
              "profile '%s': credential_source '%s' is "
              "unknown",
              request->profile, name);
    return error_hint(err, "it is Environment, EcsContainer or "
                           "Ec2InstanceMetadata");
}

static bool ask_source(const struct cred_request *request,
                       struct cred_found *found, struct error *err)
{
    const char *profile = cred_profile_setting(request, "source_profile");
    const char *named = cred_profile_setting(request, "credential_source");

    if (profile && named)
        return error_set(err, ERROR_BLOCKED,
                         "profile '%s' has both source_profile and "
                         "credential_source: take one out",
                         request->profile);
    if (profile)
        return ask_profile(request, profile, found, err);
    if (named)
        return ask_named(request, named, found, err);
    error_set(err, ERROR_BLOCKED,
              "profile '%s' has a role_arn and nothing to assume it with",
              request->profile);
    return error_hint(err, "add source_profile = NAME, or credential_source");
}

/* ---- the role --------------------------------------------------------- */

/* 900 s to 12 h:
 * https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html */
static bool check_duration(const struct cred_request *request, const char *text,
                           struct error *err)
{
    char *end;
    long seconds;

    if (!text)
        return true;
    errno = 0;
    seconds = strtol(text, &end, 10);
    if (!errno && !*end && seconds >= 900 && seconds <= 43200)
        return true;
    return error_set(err, ERROR_BLOCKED,
                     "profile '%s': duration_seconds is from 900 to 43200",
                     request->profile);
}

static bool check_mfa(const struct cred_request *request, struct error *err)
{
    if (!cred_profile_setting(request, "mfa_serial"))
        return true;
    error_set(err, ERROR_BLOCKED,
              "profile '%s' wants an MFA code (mfa_serial), which stepdeck "
              "does not ask for",
              request->profile);
    return error_hint(
        err,
        "run 'eval \"$(aws configure export-credentials --profile "
        "%s --format env)\"' first, which asks for it, or use "
        "'aws sso login'",
        request->profile);
}

static bool assume(const struct cred_request *request, const char *role,
                   const struct credentials_keys *signers,
                   struct cred_found *found, struct error *err)
{
    const char *duration = cred_profile_setting(request, "duration_seconds");
    const char *session = cred_profile_setting(request, "role_session_name");
    struct strbuf form = { 0 };
    char *own_session =
        mem_format("stepdeck-%" PRId64, cred_now(request) / 1000);
    bool ok;

    strbuf_adds(&form, "Action=AssumeRole&Version=2011-06-15");
    cred_form_add(&form, "RoleArn", role);
    cred_form_add(&form, "RoleSessionName", session ? session : own_session);
    cred_form_add(&form, "ExternalId",
                  cred_profile_setting(request, "external_id"));
    cred_form_add(&form, "DurationSeconds", duration);
    ok = check_duration(request, duration, err) &&
         cred_sts(request, "AssumeRole", strbuf_text(&form), signers,
                  &found->keys, err);
    if (ok)
        found->source =
            mem_format("profile '%s' (assumed role)", request->profile);
    else
        error_wrap(err, "profile '%s', role '%s'", request->profile, role);
    strbuf_release(&form);
    free(own_session);
    return ok;
}

enum cred_answer cred_assume(const struct cred_request *request,
                             struct cred_found *found, struct error *err)
{
    const char *role = cred_profile_setting(request, "role_arn");
    struct cred_found source = { 0 };
    bool ok;

    if (!role || cred_profile_setting(request, "web_identity_token_file"))
        return CRED_NONE;
    /* As a source, keys go before the role: see check_circle(). */
    if (request->parent && has_keys(request))
        return CRED_NONE;
    ok = check_mfa(request, err) && ask_source(request, &source, err) &&
         assume(request, role, &source.keys, found, err);
    cred_found_release(&source);
    return ok ? CRED_FOUND : CRED_FAILED;
}
