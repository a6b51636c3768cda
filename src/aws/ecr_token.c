/* The password of the registry: it is in memory only, and overwritten when it
 * is given back. */
#include "aws/client.h"
#include "aws/ecr.h"
#include "aws/reply.h"
#include "base/base64.h"
#include "base/mem.h"
#include "base/strbuf.h"

#include <stdlib.h>
#include <string.h>

/* To be wiped and freed; NULL for what is no base64, or holds a NUL. */
static char *decode(const char *text)
{
    struct strbuf bytes = { 0 };
    size_t size = strlen(text);

    /* At once: what grows leaves a copy behind. */
    strbuf_reserve(&bytes, size);
    if (base64_decode(text, size, &bytes) &&
        !memchr(strbuf_text(&bytes), '\0', bytes.len))
        return strbuf_take(&bytes);
    mem_wipe(bytes.data, bytes.len);
    strbuf_release(&bytes);
    return NULL;
}

/* "HOST[:PORT]" of "https://HOST[:PORT]/". */
static char *registry_of(const char *endpoint)
{
    const char *scheme = strstr(endpoint, "://");
    const char *host = scheme ? scheme + 3 : endpoint;

    return mem_bytes(host, strcspn(host, "/"));
}

static bool take_token(const char *operation, const json_t *data,
                       struct ecr_token *token, struct error *err)
{
    const char *encoded = reply_text(data, "authorizationToken");
    const char *endpoint = reply_text(data, "proxyEndpoint");
    char *pair = encoded ? decode(encoded) : NULL;
    char *colon = pair ? strchr(pair, ':') : NULL;
    bool ok = endpoint && colon && colon > pair && colon[1];

    if (ok) {
        token->user = mem_bytes(pair, (size_t)(colon - pair));
        token->password = mem_text(colon + 1);
        token->registry = registry_of(endpoint);
        token->expires_ms = reply_time(data, "expiresAt");
    } else {
        reply_refuse(operation,
                     endpoint ? "authorizationToken" : "proxyEndpoint", err);
    }
    if (pair)
        mem_wipe_text(pair);
    free(pair);
    return ok;
}

bool ecr_get_token(struct client *client, struct ecr_token *token,
                   struct error *err)
{
    struct client_call call = { CLIENT_ECR, "GetAuthorizationToken", NULL,
                                false };
    json_t *reply = NULL;
    const json_t *list;
    bool ok;

    *token = (struct ecr_token){ 0 };
    if (!client_read(client, &call, &reply, err))
        return false;
    list = json_object_get(reply, "authorizationData");
    ok = take_token(call.operation, json_array_get(list, 0), token, err);
    json_decref(reply);
    return ok;
}

void ecr_token_release(struct ecr_token *token)
{
    if (token->password)
        mem_wipe_text(token->password);
    free(token->user);
    free(token->password);
    free(token->registry);
    *token = (struct ecr_token){ 0 };
}
