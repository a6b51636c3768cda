/*
 * `aws login`: keys of a console sign-in, which that command keeps in a file
 * named by the SHA-256 of the profile's login_session:
 *
 *   {"accessToken": {"accessKeyId", "secretAccessKey", "sessionToken",
 *                    "accountId", "expiresAt"}, "refreshToken", "dpopKey", ...}
 *
 * They live 15 minutes. Renewing them takes a proof signed with the EC key in
 * the file, which is left to the aws command: each of its calls does it.
 * https://docs.aws.amazon.com/sdkref/latest/guide/feature-login-credentials.html
 */
#include "aws/credentials_private.h"

#include "base/digest.h"
#include "base/fileio.h"
#include "base/jsonx.h"
#include "base/mem.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

static json_t *read_session(const struct cred_request *request,
                            const char *session)
{
    const char *given = cred_setting(request, "AWS_LOGIN_CACHE_DIRECTORY");
    char *folder = given ? mem_text(given) : cred_home_path("login/cache");
    char hash[DIGEST_TEXT_SIZE];
    struct strbuf text = { 0 };
    json_t *json = NULL;
    char *path;

    digest_bytes(session, strlen(session), hash);
    path = mem_format("%s/%s.json", folder ? folder : ".", hash);
    if (folder && fileio_read(AT_FDCWD, path, CRED_LIMIT, &text, NULL))
        json = jsonx_parse_object(text.data, text.len, NULL);
    strbuf_wipe(&text);
    free(path);
    free(folder);
    return json;
}

static bool read_keys(const struct cred_request *request, const json_t *session,
                      struct credentials_keys *keys, struct error *err)
{
    const json_t *access = json_object_get(session, "accessToken");
    const char *why = NULL;

    if (!session)
        why = "is not signed in";
    else if (!cred_keys_from_json(keys, "the file", access, &cred_names_lower,
                                  NULL) ||
             !keys->expires_ms)
        why = "has a sign-in of a form that is not known here";
    else if (keys->expires_ms <= cred_now(request))
        why = "was signed in, which has expired";
    if (!why)
        return true;
    error_set(err, ERROR_BLOCKED, "profile '%s' %s (aws login)",
              request->profile, why);
    return error_hint(err,
                      "run 'aws login --profile %s'; or, where that was "
                      "done in the last 12 hours, 'aws sts get-caller-identity "
                      "--profile %s', which renews it",
                      request->profile, request->profile);
}

enum cred_answer cred_login(const struct cred_request *request,
                            struct cred_found *found, struct error *err)
{
    const char *name = cred_profile_setting(request, "login_session");
    json_t *session;
    bool ok;

    if (!name)
        return CRED_NONE;
    session = read_session(request, name);
    ok = read_keys(request, session, &found->keys, err);
    if (ok)
        found->source =
            mem_format("profile '%s' (aws login)", request->profile);
    json_decref(session);
    return ok ? CRED_FOUND : CRED_FAILED;
}
