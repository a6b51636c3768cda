/*
 * The endpoint of a container service (ECS, EKS, CodeBuild, CloudShell), which
 * says where it is in the environment.
 * https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html
 */
#include "aws/credentials_private.h"

#include "aws/http.h"
#include "base/fileio.h"
#include "base/jsonx.h"
#include "base/mem.h"
#include "base/strvec.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define ECS_ADDRESS "169.254.170.2"

enum { ATTEMPTS = 3, TIMEOUT_MS = 2000, HOST_SIZE = 256 };

/* ---- where ------------------------------------------------------------ */

/* The host of an http URL; false for one that is no such URL, or that has a
 * user in it, behind which another host could hide. */
static bool host_of(const char *url, char host[HOST_SIZE])
{
    size_t size;

    if (strncasecmp(url, "http://", 7) != 0)
        return false;
    url += 7;
    size = strcspn(url, "/?#");
    if (memchr(url, '@', size) || memchr(url, '\\', size))
        return false;
    if (url[0] == '[') {
        url++;
        size = strcspn(url, "]/?#");
        if (url[size] != ']')
            return false;
    } else {
        size = strcspn(url, ":/?#");
    }
    if (!size || size >= HOST_SIZE)
        return false;
    memcpy(host, url, size);
    host[size] = '\0';
    return true;
}

static bool is_loopback(const char *host)
{
    struct in_addr v4;
    struct in6_addr v6;

    if (inet_pton(AF_INET, host, &v4) == 1)
        return ntohl(v4.s_addr) >> 24 == 127;
    return inet_pton(AF_INET6, host, &v6) == 1 &&
           memcmp(&v6, &in6addr_loopback, sizeof(v6)) == 0;
}

bool cred_container_allows(const char *url)
{
    static const char *const hosts[] = { "localhost", ECS_ADDRESS,
                                         "169.254.170.23", "fd00:ec2::23" };
    char host[HOST_SIZE];

    if (strncasecmp(url, "https://", 8) == 0)
        return true;
    if (!host_of(url, host))
        return false;
    for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++) {
        if (strcasecmp(host, hosts[i]) == 0)
            return true;
    }
    return is_loopback(host);
}

static bool find_url(const struct cred_request *request, char **url,
                     struct error *err)
{
    const char *relative =
        cred_setting(request, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
    const char *full =
        cred_setting(request, "AWS_CONTAINER_CREDENTIALS_FULL_URI");

    if (relative && *relative != '/')
        return error_set(err, ERROR_BLOCKED,
                         "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI does not "
                         "begin with '/'");
    if (!relative && !cred_container_allows(full)) {
        error_set(err, ERROR_BLOCKED,
                  "AWS_CONTAINER_CREDENTIALS_FULL_URI names a host that may "
                  "not give credentials");
        return error_hint(err, "it is https, or http on localhost, loopback, "
                               "169.254.170.2, 169.254.170.23 or fd00:ec2::23");
    }
    *url = relative ? mem_format("http://" ECS_ADDRESS "%s", relative)
                    : mem_text(full);
    return true;
}

/* ---- the token -------------------------------------------------------- */

/* Appends the header; nothing without a token. The file is read each time. */
static bool add_token(const struct cred_request *request,
                      struct strvec *headers, struct error *err)
{
    const char *path =
        cred_setting(request, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
    const char *token =
        cred_setting(request, "AWS_CONTAINER_AUTHORIZATION_TOKEN");
    struct strbuf text = { 0 };
    bool ok = true;

    if (path) {
        ok = fileio_read(AT_FDCWD, path, CRED_LIMIT, &text, err) ||
             error_wrap(err, "the container's authorization token");
        token = strbuf_text(&text);
    }
    if (ok && token && (strpbrk(token, "\r\n") || strlen(token) < text.len))
        ok = error_set(err, ERROR_BLOCKED,
                       "the container's authorization token has a line break "
                       "in it");
    if (ok && token && *token)
        strvec_addf(headers, "Authorization: %s", token);
    strbuf_wipe(&text);
    return ok;
}

/* ---- asking ----------------------------------------------------------- */

static bool read_keys(const struct http_response *response,
                      struct credentials_keys *keys, struct error *err)
{
    json_t *reply =
        jsonx_parse_object(response->body.data, response->body.len, NULL);
    const char *message = jsonx_text(reply, "message", "");
    char *said = cred_quote(message, strlen(message));
    bool ok;

    if (response->status != 200)
        ok = error_set(err, ERROR_BLOCKED,
                       "the container's credential endpoint answered with HTTP "
                       "status %d%s%s",
                       response->status, *said ? ": " : "", said);
    else
        ok = cred_keys_from_json(keys, "the container's answer", reply,
                                 &cred_names_usual, err);
    free(said);
    json_decref(reply);
    return ok;
}

static bool ask(const struct cred_request *request, const char *url,
                struct credentials_keys *keys, struct error *err)
{
    struct strvec headers = { 0 };
    struct http_response response = { 0 };
    struct http_request call = { .method = "GET",
                                 .url = url,
                                 .headers = &headers,
                                 .limit = CRED_LIMIT,
                                 .connect_timeout_ms = TIMEOUT_MS,
                                 .timeout_ms = TIMEOUT_MS,
                                 .ignores_proxy = true,
                                 .cancel = request->cancel };
    bool ok;

    strvec_add(&headers, "Accept: application/json");
    ok = add_token(request, &headers, err) &&
         cred_send(request, &call, ATTEMPTS, &response, err) &&
         read_keys(&response, keys, err);
    for (size_t i = 0; i < headers.count; i++)
        mem_wipe_text(headers.items[i]);
    strvec_release(&headers);
    cred_response_release(&response);
    return ok;
}

enum cred_answer cred_container(const struct cred_request *request,
                                struct cred_found *found, struct error *err)
{
    char *url = NULL;
    bool ok;

    if (!cred_setting(request, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI") &&
        !cred_setting(request, "AWS_CONTAINER_CREDENTIALS_FULL_URI"))
        return CRED_NONE;
    ok = find_url(request, &url, err) && ask(request, url, &found->keys, err);
    if (ok)
        found->source = mem_text("the container's credential endpoint");
    free(url);
    return ok ? CRED_FOUND : CRED_FAILED;
}
