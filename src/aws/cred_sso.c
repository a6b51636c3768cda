/*
 * IAM Identity Center: the token that `aws sso login` left in a file, for the
 * keys of a role.
 *
 *   [profile x]  sso_session, sso_account_id, sso_role_name
 *   [sso-session s]  sso_start_url, sso_region
 *
 * or, in the older form, all four in the profile. The file is named by the
 * SHA-1 of the session's name (older: of the start URL). A token of the newer
 * form can be renewed, up to the end of the session; the new one must go into
 * the file, for the refresh token may have been used up.
 * https://docs.aws.amazon.com/sdkref/latest/guide/feature-sso-credentials.html
 */
#include "aws/awsfile.h"
#include "aws/credentials_private.h"

#include "aws/endpoint.h"
#include "aws/http.h"
#include "aws/sigv4.h"
#include "base/digest.h"
#include "base/fileio.h"
#include "base/jsonx.h"
#include "base/mem.h"
#include "base/strvec.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

enum { ATTEMPTS = 3, TIMEOUT_MS = 20000, RENEW_MS = 15 * 60 * 1000 };

struct sso {
    const struct cred_request *request;
    const char *session; /* NULL: the older form */
    const char *start_url, *region, *account, *role;
    char *path; /* of the token */
    json_t *token;
    int64_t expires_ms;
};

/* What mends almost everything here. Always false. */
static bool hint_login(const struct sso *sso, struct error *err)
{
    return error_hint(err, "run 'aws sso login --profile %s'",
                      sso->request->profile);
}

/* ---- what is configured ----------------------------------------------- */

static const char *session_setting(const struct sso *sso, const char *name)
{
    if (!sso->session)
        return cred_profile_setting(sso->request, name);
    return awsfile_get(sso->request->options->file, "sso-session", sso->session,
                       name);
}

static bool read_settings(struct sso *sso, struct error *err)
{
    sso->start_url = session_setting(sso, "sso_start_url");
    sso->region = session_setting(sso, "sso_region");
    if (sso->start_url && sso->region)
        return endpoint_check_region(sso->region, err) ||
               error_wrap(err, "profile '%s', sso_region",
                          sso->request->profile);
    if (sso->session)
        error_set(err, ERROR_BLOCKED,
                  "[sso-session %s] is not there, or lacks sso_start_url or "
                  "sso_region",
                  sso->session);
    else
        error_set(err, ERROR_BLOCKED,
                  "profile '%s' lacks sso_session, or sso_start_url and "
                  "sso_region",
                  sso->request->profile);
    return error_hint(err, "run 'aws configure sso --profile %s'",
                      sso->request->profile);
}

/* ---- the token -------------------------------------------------------- */

static char *token_path(const struct sso *sso)
{
    const char *named_by = sso->session ? sso->session : sso->start_url;
    char hash[DIGEST_SHA1_TEXT_SIZE];
    char *folder = cred_home_path("sso/cache");
    char *path;

    digest_sha1(named_by, strlen(named_by), hash);
    path = folder ? mem_format("%s/%s.json", folder, hash) : NULL;
    free(folder);
    return path;
}

static bool read_token(struct sso *sso, struct error *err)
{
    struct strbuf text = { 0 };
    struct error reading = { 0 };
    const char *expires;

    sso->path = token_path(sso);
    if (sso->path &&
        fileio_read(AT_FDCWD, sso->path, CRED_LIMIT, &text, &reading))
        sso->token = jsonx_parse_object(text.data, text.len, &reading);
    strbuf_wipe(&text);
    expires = jsonx_text(sso->token, "expiresAt", "");
    if (jsonx_text(sso->token, "accessToken", NULL) &&
        cred_parse_time(expires, &sso->expires_ms))
        return true;
    error_set(err, ERROR_BLOCKED, "profile '%s' is not signed in to SSO",
              sso->request->profile);
    return hint_login(sso, err);
}

static bool can_renew(const struct sso *sso)
{
    int64_t registered_ms;

    return sso->session && jsonx_text(sso->token, "refreshToken", NULL) &&
           jsonx_text(sso->token, "clientId", NULL) &&
           jsonx_text(sso->token, "clientSecret", NULL) &&
           cred_parse_time(jsonx_text(sso->token, "registrationExpiresAt", ""),
                           &registered_ms) &&
           registered_ms > cred_now(sso->request);
}

static char *wire_text(const json_t *json)
{
    return json_dumps(json, JSON_COMPACT);
}

/* Not being able to keep it is no failure: the token works all the same. */
static void keep_token(const struct sso *sso)
{
    char *text = wire_text(sso->token);
    struct error ignored = { 0 };

    if (text && !fileio_replace(AT_FDCWD, sso->path, text, strlen(text), 0600,
                                FILEIO_LAZY, &ignored))
        error_clear(&ignored);
    mem_wipe_text(text);
    free(text);
}

static bool take_renewed(struct sso *sso, const json_t *reply)
{
    int64_t seconds = jsonx_int(reply, "expiresIn", 0);
    const char *access = jsonx_text(reply, "accessToken", NULL);
    const char *refresh = jsonx_text(reply, "refreshToken", NULL);
    char expires[CLOCK_TEXT_SIZE];

    if (!access || seconds <= 0 || seconds > 366LL * 24 * 3600)
        return false;
    sso->expires_ms = cred_now(sso->request) + seconds * 1000;
    jsonx_set_text(sso->token, "accessToken", access);
    jsonx_set_text(sso->token, "expiresAt",
                   clock_format_seconds(sso->expires_ms, expires));
    if (refresh)
        jsonx_set_text(sso->token, "refreshToken", refresh);
    keep_token(sso);
    return true;
}

/* CreateToken:
 * https://docs.aws.amazon.com/singlesignon/latest/OIDCAPIReference/API_CreateToken.html
 */
static char *renewal_body(const struct sso *sso)
{
    static const char *const copied[] = { "clientId", "clientSecret",
                                          "refreshToken" };
    json_t *body = json_object();
    char *text;

    jsonx_set_text(body, "grantType", "refresh_token");
    for (size_t i = 0; i < sizeof(copied) / sizeof(copied[0]); i++)
        jsonx_set_text(body, copied[i],
                       jsonx_text(sso->token, copied[i], NULL));
    text = wire_text(body);
    json_decref(body);
    return text;
}

static bool renew(struct sso *sso, struct error *err)
{
    char *usual = mem_format("https://oidc.%s.%s", sso->region,
                             endpoint_domain(sso->region));
    char *base = cred_endpoint(sso->request, "SSO_OIDC", "sso_oidc", usual);
    char *url = mem_format("%s/token", base);
    char *body = renewal_body(sso);
    struct strvec headers = { 0 };
    struct http_request call = { .method = "POST",
                                 .url = url,
                                 .headers = &headers,
                                 .body = body,
                                 .body_size = strlen(body),
                                 .limit = CRED_LIMIT,
                                 .timeout_ms = TIMEOUT_MS,
                                 .cancel = sso->request->cancel };
    struct http_response response = { 0 };
    json_t *reply = NULL;
    bool ok;

    strvec_add(&headers, "Content-Type: application/json");
    ok = cred_send(sso->request, &call, ATTEMPTS, &response, err);
    if (ok && response.status == 200)
        reply = jsonx_parse_object(response.body.data, response.body.len, NULL);
    ok = ok && take_renewed(sso, reply);
    json_decref(reply);
    cred_response_release(&response);
    strvec_release(&headers);
    mem_wipe_text(body);
    free(body);
    free(url);
    free(base);
    free(usual);
    return ok;
}

/* Renews it when its end is near, or refuses it when that is over. */
static bool freshen_token(struct sso *sso, struct error *err)
{
    int64_t now = cred_now(sso->request);
    struct error renewing = { 0 };

    if (sso->expires_ms > now + RENEW_MS)
        return true;
    if (can_renew(sso) && renew(sso, &renewing))
        return true;
    if (renewing.code == ERROR_CANCELLED)
        return error_set(err, ERROR_CANCELLED, "%s", renewing.message);
    if (sso->expires_ms > now)
        return true;
    error_set(err, ERROR_BLOCKED, "the SSO sign-in of profile '%s' has expired",
              sso->request->profile);
    return hint_login(sso, err);
}

/* ---- the keys --------------------------------------------------------- */

static bool refused(const struct sso *sso, const struct http_response *response,
                    struct error *err)
{
    json_t *reply =
        jsonx_parse_object(response->body.data, response->body.len, NULL);
    const char *message = jsonx_text(reply, "message", "");
    char *said = cred_quote(message, strlen(message));

    error_set(
        err, ERROR_BLOCKED,
        "profile '%s': SSO gives no keys of role '%s' in account %s (HTTP "
        "status %d%s%s)",
        sso->request->profile, sso->role, sso->account, response->status,
        *said ? ": " : "", said);
    free(said);
    json_decref(reply);
    if (response->status == 401)
        return hint_login(sso, err);
    return error_hint(err, "check sso_account_id and sso_role_name: the user "
                           "must be assigned to that role");
}

static bool read_keys(const struct sso *sso,
                      const struct http_response *response,
                      struct credentials_keys *keys, struct error *err)
{
    static const struct cred_names names = { "accessKeyId", "secretAccessKey",
                                             "sessionToken", "expiration" };
    json_t *reply;
    bool ok;

    if (response->status != 200)
        return refused(sso, response, err);
    reply = jsonx_parse_object(response->body.data, response->body.len, NULL);
    ok = cred_keys_from_json(keys, "the answer of SSO",
                             json_object_get(reply, "roleCredentials"), &names,
                             err);
    json_decref(reply);
    return ok;
}

/* GetRoleCredentials, not signed:
 * https://docs.aws.amazon.com/singlesignon/latest/PortalAPIReference/API_GetRoleCredentials.html
 */
static char *keys_url(const struct sso *sso)
{
    char *usual = mem_format("https://portal.sso.%s.%s", sso->region,
                             endpoint_domain(sso->region));
    char *base = cred_endpoint(sso->request, "SSO", "sso", usual);
    char *role = sigv4_encode(sso->role, false);
    char *account = sigv4_encode(sso->account, false);
    char *url =
        mem_format("%s/federation/credentials?role_name=%s&account_id=%s", base,
                   role, account);

    free(usual);
    free(base);
    free(role);
    free(account);
    return url;
}

static bool ask_keys(const struct sso *sso, struct credentials_keys *keys,
                     struct error *err)
{
    const char *token = jsonx_text(sso->token, "accessToken", "");
    char *url = keys_url(sso);
    struct strvec headers = { 0 };
    struct http_request call = { .method = "GET",
                                 .url = url,
                                 .headers = &headers,
                                 .limit = CRED_LIMIT,
                                 .timeout_ms = TIMEOUT_MS,
                                 .cancel = sso->request->cancel };
    struct http_response response = { 0 };
    bool ok;

    if (strpbrk(token, "\r\n")) {
        error_set(err, ERROR_BLOCKED, "the SSO token has a line break in it");
        ok = hint_login(sso, err);
    } else {
        strvec_addf(&headers, "x-amz-sso_bearer_token: %s", token);
        ok = cred_send(sso->request, &call, ATTEMPTS, &response, err) &&
             read_keys(sso, &response, keys, err);
    }
    for (size_t i = 0; i < headers.count; i++)
        mem_wipe_text(headers.items[i]);
    strvec_release(&headers);
    cred_response_release(&response);
    free(url);
    return ok;
}

enum cred_answer cred_sso(const struct cred_request *request,
                          struct cred_found *found, struct error *err)
{
    struct sso sso = {
        .request = request,
        .session = cred_profile_setting(request, "sso_session"),
        .account = cred_profile_setting(request, "sso_account_id"),
        .role = cred_profile_setting(request, "sso_role_name"),
    };
    bool ok;

    /* A session alone is for other services than ours. */
    if (!sso.account || !sso.role)
        return CRED_NONE;
    ok = read_settings(&sso, err) && read_token(&sso, err) &&
         freshen_token(&sso, err) && ask_keys(&sso, &found->keys, err);
    if (ok)
        found->source = mem_format("profile '%s' (SSO)", request->profile);
    free(sso.path);
    json_decref(sso.token);
    return ok ? CRED_FOUND : CRED_FAILED;
}
