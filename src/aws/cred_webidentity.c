/*
 * AssumeRoleWithWebIdentity: a token in a file (Kubernetes, CI by OIDC) for the
 * keys of a role. The file is read at each question: its owner renews it. The
 * request is not signed: the token is the proof.
 * https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
 */
#include "aws/credentials_private.h"

#include "base/fileio.h"
#include "base/mem.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct identity {
    const char *file, *role, *session;
};

/* Each from the environment, else from the profile. */
static const char *find(const struct cred_request *request,
                        const char *variable, const char *name)
{
    const char *value = NULL;

    if (cred_uses_environment(request))
        value = cred_setting(request, variable);
    return value ? value : cred_profile_setting(request, name);
}

static bool read_token(const char *path, struct strbuf *token,
                       struct error *err)
{
    if (!fileio_read(AT_FDCWD, path, CRED_LIMIT, token, err)) {
        error_wrap(err, "the web identity token");
        return error_hint(err, "AWS_WEB_IDENTITY_TOKEN_FILE, or the profile's "
                               "web_identity_token_file, must name it");
    }
    while (token->len && strchr(" \t\r\n", token->data[token->len - 1]))
        strbuf_truncate(token, token->len - 1);
    if (!token->len)
        return error_set(err, ERROR_BLOCKED,
                         "the web identity token '%s' is empty", path);
    return true;
}

static bool ask(const struct cred_request *request,
                const struct identity *identity, const char *token,
                struct credentials_keys *keys, struct error *err)
{
    struct strbuf form = { 0 };
    char *session = identity->session ? mem_text(identity->session)
                                      : mem_format("stepdeck-%" PRId64,
                                                   cred_now(request) / 1000);
    bool ok;

    strbuf_adds(&form, "Action=AssumeRoleWithWebIdentity&Version=2011-06-15");
    cred_form_add(&form, "RoleArn", identity->role);
    cred_form_add(&form, "RoleSessionName", session);
    cred_form_add(&form, "WebIdentityToken", token);
    ok = cred_sts(request, "AssumeRoleWithWebIdentity", strbuf_text(&form),
                  NULL, keys, err) ||
         error_wrap(err, "role '%s'", identity->role);
    strbuf_wipe(&form);
    free(session);
    return ok;
}

enum cred_answer cred_web_identity(const struct cred_request *request,
                                   struct cred_found *found, struct error *err)
{
    const struct identity identity = {
        .file = find(request, "AWS_WEB_IDENTITY_TOKEN_FILE",
                     "web_identity_token_file"),
        .role = find(request, "AWS_ROLE_ARN", "role_arn"),
        .session = find(request, "AWS_ROLE_SESSION_NAME", "role_session_name"),
    };
    struct strbuf token = { 0 };
    bool ok;

    if (!identity.file)
        return CRED_NONE;
    if (!identity.role) {
        error_set(err, ERROR_BLOCKED,
                  "a web identity token without a role to assume");
        error_hint(err, "set AWS_ROLE_ARN, or role_arn in the profile");
        return CRED_FAILED;
    }
    ok = read_token(identity.file, &token, err) &&
         ask(request, &identity, strbuf_text(&token), &found->keys, err);
    if (ok)
        found->source = mem_text("a web identity token");
    strbuf_wipe(&token);
    return ok ? CRED_FOUND : CRED_FAILED;
}
