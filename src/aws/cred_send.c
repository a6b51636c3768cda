/* Asking over the network: attempts, and the two questions to STS. */
#include "aws/credentials_private.h"

#include "aws/endpoint.h"
#include "aws/http.h"
#include "aws/sigv4.h"
#include "aws/xml.h"
#include "base/jsonx.h"
#include "base/mem.h"
#include "base/strvec.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_PAUSE_MS = 200, STS_ATTEMPTS = 3, STS_TIMEOUT_MS = 20000 };

static bool is_later(const struct http_response *response)
{
    return response->status == 429 || response->status >= 500;
}

bool cred_send(const struct cred_request *request,
               const struct http_request *call, int attempts,
               struct http_response *response, struct error *err)
{
    int64_t pause_ms = FIRST_PAUSE_MS;

    for (int attempt = 1;; attempt++, pause_ms *= 2) {
        struct error sending = { 0 };
        bool ok = http_send(request->options->http, call, response, &sending);
        bool is_last = attempt >= attempts ||
                       response->failure == HTTP_CANCELLED ||
                       response->failure == HTTP_BAD_URL;

        if (ok && (!is_later(response) || is_last))
            return true;
        if (!ok && is_last) {
            if (err && !error_is_set(err))
                *err = sending;
            return false;
        }
        cred_response_release(response);
        if (!clock_wait(request->options->clock, pause_ms, request->cancel))
            return error_set(err, ERROR_CANCELLED, "stopped");
    }
}

void cred_response_release(struct http_response *response)
{
    if (response->body.data)
        mem_wipe(response->body.data, response->body.capacity);
    http_response_release(response);
}

/* ---- STS -------------------------------------------------------------- */

void cred_form_add(struct strbuf *form, const char *name, const char *value)
{
    char *encoded;

    if (!value)
        return;
    encoded = sigv4_encode(value, false);
    strbuf_addf(form, "&%s=%s", name, encoded);
    mem_wipe_text(encoded);
    free(encoded);
}

/* https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html */
static bool refused(const char *action, int status, const json_t *reply,
                    struct error *err)
{
    static const struct {
        const char *code, *hint;
    } known[] = {
        { "ExpiredToken", "sign in again: what the role is assumed with has "
                          "expired" },
        { "ExpiredTokenException",
          "sign in again: what the role is assumed with has expired" },
        { "InvalidClientTokenId",
          "the access key does not exist or was deactivated: 'aws configure'" },
        { "SignatureDoesNotMatch",
          "the secret key does not belong to the access key, or the clock of "
          "this machine is wrong" },
        { "AccessDenied",
          "the role's trust policy must name who assumes it, and that one "
          "needs sts:AssumeRole" },
        { "RegionDisabledException", "choose another region: AWS_REGION" },
        { "InvalidIdentityToken",
          "the role's trust policy and the identity provider must name the "
          "issuer and the audience of the token" },
    };
    const json_t *detail = json_object_get(reply, "Error");
    const char *code = jsonx_text(detail, "Code", NULL);
    const char *message = jsonx_text(detail, "Message", "");
    char *said_code = cred_quote(code ? code : "", code ? strlen(code) : 0);
    char *said = cred_quote(message, strlen(message));

    if (code)
        error_set(err, ERROR_BLOCKED, "STS refused %s: %s%s%s", action,
                  said_code, *said ? ": " : "", said);
    else
        error_set(err, ERROR_BLOCKED, "STS answered %s with HTTP status %d",
                  action, status);
    for (size_t i = 0; code && i < sizeof(known) / sizeof(known[0]); i++) {
        if (strcmp(code, known[i].code) == 0)
            error_hint(err, "%s", known[i].hint);
    }
    free(said_code);
    free(said);
    return false;
}

bool cred_sts_parse(const char *action, int status, const char *bytes,
                    size_t size, struct credentials_keys *keys,
                    struct error *err)
{
    struct error reading = { 0 };
    json_t *reply = xml_parse(bytes, size, NULL, &reading);
    char *name = mem_format("%sResult", action);
    const json_t *result = json_object_get(reply, name);
    bool ok;

    if (status != 200)
        ok = refused(action, status, reply, err);
    else
        ok = cred_keys_from_json(keys, "the answer of STS",
                                 json_object_get(result, "Credentials"),
                                 &cred_names_session, err);
    free(name);
    json_decref(reply);
    return ok;
}

/* The usual address of STS; without any region the global one.
 * https://docs.aws.amazon.com/general/latest/gr/sts.html */
static char *usual_address(const char *region)
{
    if (!region)
        return mem_text("https://sts.amazonaws.com");
    return endpoint_default_url(endpoint_of(CLIENT_STS), region);
}

static bool sign(const struct cred_request *request,
                 const struct http_request *call, const char *region,
                 const struct credentials_keys *signers, struct strvec *headers,
                 struct error *err)
{
    struct sigv4_request signing = { .method = call->method,
                                     .url = call->url,
                                     .service = "sts",
                                     .region = region ? region : "us-east-1",
                                     .body = call->body,
                                     .body_size = call->body_size,
                                     .time_ms = cred_now(request) };
    struct sigv4_keys keys = { signers->access_key, signers->secret_key,
                               signers->token };

    return sigv4_sign(&signing, &keys, headers, err);
}

/* Sends the call with the header that a form has, signed if it is to be. */
static bool ask(const struct cred_request *request, const char *action,
                const struct http_request *form, const char *region,
                const struct credentials_keys *signers,
                struct credentials_keys *keys, struct error *err)
{
    struct strvec headers = { 0 };
    struct http_request call = *form;
    struct http_response response = { 0 };
    bool ok;

    call.headers = &headers;
    strvec_add(&headers, "Content-Type: application/x-www-form-urlencoded");
    ok = (!signers || sign(request, &call, region, signers, &headers, err)) &&
         cred_send(request, &call, STS_ATTEMPTS, &response, err) &&
         cred_sts_parse(action, response.status, strbuf_text(&response.body),
                        response.body.len, keys, err);
    cred_response_release(&response);
    strvec_release(&headers);
    return ok;
}

bool cred_sts(const struct cred_request *request, const char *action,
              const char *form, const struct credentials_keys *signers,
              struct credentials_keys *keys, struct error *err)
{
    const char *region = request->options->region;
    struct http_request call = { .method = "POST",
                                 .body = form,
                                 .body_size = strlen(form),
                                 .limit = CRED_LIMIT,
                                 .timeout_ms = STS_TIMEOUT_MS,
                                 .cancel = request->cancel };
    char *usual, *base, *url;
    bool ok;

    if (!region || !*region)
        region = cred_profile_setting(request, "region");
    if (region && !endpoint_check_region(region, err))
        return false;
    usual = usual_address(region);
    base = cred_endpoint(request, "STS", "sts", usual);
    url = mem_format("%s/", base);
    call.url = url;
    ok = ask(request, action, &call, region, signers, keys, err);
    free(usual);
    free(base);
    free(url);
    return ok;
}
