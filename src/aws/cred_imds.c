/*
 * The metadata service of an EC2 instance, version 2: a token first, then the
 * name of the role, then its keys. The last source of all: on any other
 * machine nobody answers at that address, and so it is asked once, for a
 * second, and silence means that there is nothing here.
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-service.html
 */
#include "aws/credentials_private.h"

#include "aws/http.h"
#include "aws/sigv4.h"
#include "base/jsonx.h"
#include "base/mem.h"
#include "base/strvec.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { TIMEOUT_MS = 1000 };

static const char role_path[] = "/latest/meta-data/iam/security-credentials/";

static char *base_address(const struct cred_request *request)
{
    const char *given =
        cred_setting(request, "AWS_EC2_METADATA_SERVICE_ENDPOINT");
    const char *mode =
        cred_setting(request, "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE");
    char *url;
    size_t size;

    if (!given)
        given = cred_profile_setting(request, "ec2_metadata_service_endpoint");
    if (!given && mode && strcasecmp(mode, "ipv6") == 0)
        given = "http://[fd00:ec2::254]";
    url = mem_text(given ? given : "http://169.254.169.254");
    size = strlen(url);
    while (size && url[size - 1] == '/')
        url[--size] = '\0';
    return url;
}

/* False without an answer; any status is one. */
static bool fetch(const struct cred_request *request, const char *method,
                  const char *base, const char *path, const char *header,
                  struct http_response *response, struct error *err)
{
    char *url = mem_format("%s%s", base, path);
    struct strvec headers = { 0 };
    struct http_request call = { .method = method,
                                 .url = url,
                                 .headers = &headers,
                                 .limit = CRED_LIMIT,
                                 .connect_timeout_ms = TIMEOUT_MS,
                                 .timeout_ms = TIMEOUT_MS,
                                 .ignores_proxy = true,
                                 .cancel = request->cancel };
    bool ok;

    strvec_add(&headers, header);
    ok = cred_send(request, &call, 1, response, err);
    strvec_release(&headers);
    free(url);
    return ok;
}

/* The first line of an answer that is a plain text; to free. */
static char *first_line(const struct http_response *response)
{
    const char *text = strbuf_text(&response->body);

    return mem_bytes(text, strcspn(text, "\r\n"));
}

static char *fetch_token(const struct cred_request *request, const char *base,
                         struct error *err)
{
    struct http_response response = { 0 };
    char *header = NULL;

    if (fetch(request, "PUT", base, "/latest/api/token",
              "x-aws-ec2-metadata-token-ttl-seconds: 21600", &response, err) &&
        response.status == 200) {
        char *token = first_line(&response);

        header = mem_format("x-aws-ec2-metadata-token: %s", token);
        free(token);
    }
    cred_response_release(&response);
    return header;
}

/* "Code" is there instead of keys, or with them and "Success". */
static bool read_keys(const struct http_response *response,
                      struct credentials_keys *keys, struct error *err)
{
    json_t *reply =
        jsonx_parse_object(response->body.data, response->body.len, NULL);
    const char *code = jsonx_text(reply, "Code", "Success");
    const char *message = jsonx_text(reply, "Message", "");
    char *said_code = cred_quote(code, strlen(code));
    char *said = cred_quote(message, strlen(message));
    bool ok;

    if (response->status != 200)
        ok = error_set(err, ERROR_BLOCKED,
                       "the instance's metadata service answered with HTTP "
                       "status %d",
                       response->status);
    else if (strcmp(code, "Success") != 0)
        ok = error_set(err, ERROR_BLOCKED,
                       "the instance's role has no credentials: %s%s%s",
                       said_code, *said ? ": " : "", said);
    else
        ok = cred_keys_from_json(keys, "the instance's metadata", reply,
                                 &cred_names_usual, err);
    free(said);
    free(said_code);
    json_decref(reply);
    return ok;
}

/* CRED_NONE: the instance has no role. */
static enum cred_answer ask(const struct cred_request *request,
                            const char *base, const char *header,
                            struct credentials_keys *keys, struct error *err)
{
    struct http_response response = { 0 };
    enum cred_answer answer = CRED_NONE;
    char *role = NULL, *encoded = NULL, *path = NULL;

    if (fetch(request, "GET", base, role_path, header, &response, err) &&
        response.status == 200)
        role = first_line(&response);
    if (role && *role) {
        encoded = sigv4_encode(role, false);
        path = mem_format("%s%s", role_path, encoded);
        answer = fetch(request, "GET", base, path, header, &response, err) &&
                         read_keys(&response, keys, err)
                     ? CRED_FOUND
                     : CRED_FAILED;
    }
    cred_response_release(&response);
    free(role);
    free(encoded);
    free(path);
    return answer;
}

enum cred_answer cred_imds(const struct cred_request *request,
                           struct cred_found *found, struct error *err)
{
    enum cred_answer answer = CRED_NONE;
    struct error asking = { 0 };
    char *base, *header;

    if (cred_setting_is_true(request, "AWS_EC2_METADATA_DISABLED"))
        return CRED_NONE;
    base = base_address(request);
    header = fetch_token(request, base, &asking);
    if (header)
        answer = ask(request, base, header, &found->keys, &asking);
    if (asking.code == ERROR_CANCELLED)
        answer = CRED_FAILED;
    if (answer == CRED_FOUND)
        found->source = mem_text("the instance's metadata");
    if (answer == CRED_FAILED && err && !error_is_set(err))
        *err = asking;
    mem_wipe_text(header);
    free(header);
    free(base);
    return answer;
}
