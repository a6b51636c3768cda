#include "aws/client.h"

#include "aws/client_private.h"
#include "aws/credentials.h"
#include "aws/sigv4.h"
#include "aws/xml.h"
#include "base/jsonx.h"
#include "base/mem.h"
#include "core/config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- making one ------------------------------------------------------- */

/* The project's configuration goes first: an option or a file of its may well
 * differ from the environment. */
static const char *get_setting(void *context, const char *name)
{
    const struct client *client = context;
    const char *value = client->options.config
                            ? config_get(client->options.config, name)
                            : NULL;

    if (!value)
        value = getenv(name);
    return value && *value ? value : NULL;
}

static bool choose_profile(struct client *client, const char **chosen,
                           struct error *err)
{
    *chosen = get_setting(client, "AWS_PROFILE");
    if (!*chosen)
        *chosen = get_setting(client, "AWS_DEFAULT_PROFILE");
    client->profile = mem_text(*chosen ? *chosen : "default");
    if (!*chosen || strcmp(client->profile, "default") == 0 ||
        awsfile_has(&client->file, "profile", client->profile))
        return true;
    error_set(err, ERROR_INPUT, "no AWS profile '%s'", client->profile);
    return error_hint(err, "see `aws configure list-profiles`, or set another "
                           "one by --profile or AWS_PROFILE");
}

/* AWS_DEFAULT_REGION is what the older tools read. */
static bool choose_region(struct client *client, struct error *err)
{
    const char *region = get_setting(client, "AWS_REGION");

    if (!region)
        region = get_setting(client, "AWS_DEFAULT_REGION");
    if (!region)
        region =
            awsfile_get(&client->file, "profile", client->profile, "region");
    if (!region || !*region) {
        error_set(err, ERROR_INPUT, "no AWS region");
        return error_hint(err, "set AWS_REGION in deployment-config.env or the "
                               "environment, or `region` in the AWS profile");
    }
    client->region = mem_text(region);
    return endpoint_check_region(region, err);
}

static bool choose_endpoints(struct client *client, struct error *err)
{
    struct endpoint_source source = { .setting = get_setting,
                                      .context = client,
                                      .file = &client->file,
                                      .profile = client->profile };

    for (int i = 0; i < CLIENT_SERVICES; i++) {
        const struct endpoint *endpoint = endpoint_of((enum client_service)i);
        char *url = endpoint_chosen_url(endpoint, &source);

        client->endpoints[i].is_chosen = url != NULL;
        client->endpoints[i].url =
            url ? url : endpoint_default_url(endpoint, client->region);
        if (url && strncasecmp(url, "http://", 7) != 0 &&
            strncasecmp(url, "https://", 8) != 0) {
            error_set(err, ERROR_INPUT, "endpoint of %s is no URL: '%s'",
                      endpoint->title, url);
            return error_hint(err, "it begins with http:// or https://: check "
                                   "AWS_ENDPOINT_URL");
        }
    }
    return true;
}

static void choose_attempts(struct client *client)
{
    const char *text = get_setting(client, "AWS_MAX_ATTEMPTS");

    if (!text)
        text = awsfile_get(&client->file, "profile", client->profile,
                           "max_attempts");
    client->attempts = backoff_attempts(text);
}

struct client *client_new(const struct client_options *options,
                          struct error *err)
{
    struct client *client = mem_new(1, sizeof(*client));
    const char *chosen = NULL;
    struct credentials_options wanted;

    client->options = *options;
    if (!client->options.clock)
        client->options.clock = clock_system();
    client->writer.client = client;
    client->chance = (uint32_t)clock_wall(client->options.clock) ^
                     (uint32_t)(uintptr_t)client;
    if (!awsfile_read(&client->file, err) ||
        !choose_profile(client, &chosen, err) || !choose_region(client, err) ||
        !choose_endpoints(client, err) || !(client->http = http_new(err))) {
        client_free(client);
        return NULL;
    }
    choose_attempts(client);
    wanted = (struct credentials_options){
        .file = &client->file,
        .profile = chosen ? client->profile : NULL,
        .is_profile_explicit = options->is_profile_explicit,
        .region = client->region,
        .setting = get_setting,
        .context = client,
        .http = client->http,
        .clock = client->options.clock,
    };
    client->credentials = credentials_new(&wanted);
    return client;
}

void client_free(struct client *client)
{
    if (!client)
        return;
    credentials_free(client->credentials);
    http_free(client->http);
    for (int i = 0; i < CLIENT_SERVICES; i++)
        free(client->endpoints[i].url);
    awsfile_release(&client->file);
    free(client->profile);
    free(client->region);
    free(client);
}

void client_set_cancel(struct client *client, struct cancel *cancel)
{
    client->cancel = cancel;
}

const char *client_region(const struct client *client)
{
    return client->region;
}

bool client_has_endpoint(const struct client *client,
                         enum client_service service)
{
    return client->endpoints[service].is_chosen;
}

const char *client_credentials_source(const struct client *client)
{
    return client->has_credentials ? credentials_source(client->credentials)
                                   : NULL;
}

int64_t client_credentials_expiry(const struct client *client)
{
    return client->has_credentials ? credentials_expiry(client->credentials)
                                   : 0;
}

struct http *client_http(struct client *client)
{
    return client->http;
}

const struct client_failure *client_failure(const struct client *client)
{
    return &client->failure;
}

bool client_failed_with(const struct client *client, const char *code)
{
    return strcmp(client->failure.code, code) == 0;
}

/* ---- what may not be -------------------------------------------------- */

/* A bug of ours that would change what must not be changed. */
static NORETURN void end_program(const char *why, const char *what)
{
    fprintf(stderr, "stepdeck: bug: %s: %s\n", why, what);
    abort();
}

struct client_writer *client_writer(struct client *client)
{
    if (client->options.is_read_only)
        end_program("a change is asked of a read-only client", "writer");
    return &client->writer;
}

struct client *client_of(struct client_writer *writer)
{
    return writer->client;
}

/* The verbs that read. An unknown one changes: better to find a new reading
 * operation refused than a changing one let through. */
static bool is_reading(const char *operation)
{
    static const char *const verbs[] = { "Get",      "List",       "Describe",
                                         "BatchGet", "BatchCheck", "Filter",
                                         "Simulate", "Head",       "Lookup" };

    for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
        if (strncmp(operation, verbs[i], strlen(verbs[i])) == 0)
            return true;
    }
    return false;
}

/* ---- calls ------------------------------------------------------------ */

/* "Action=Op&Version=...&Name=value" */
static char *query_body(const struct endpoint *endpoint,
                        const struct client_call *call)
{
    struct strbuf body = { 0 };
    const char *name;
    json_t *value;

    strbuf_addf(&body, "Action=%s&Version=%s", call->operation,
                endpoint->version);
    json_object_foreach((json_t *)(uintptr_t)call->input, name, value)
    {
        char *left = sigv4_encode(name, false);
        const char *text = json_string_value(value);
        char *right = sigv4_encode(text ? text : "", false);

        strbuf_addf(&body, "&%s=%s", left, right);
        free(left);
        free(right);
    }
    return strbuf_take(&body);
}

static char *call_body(const struct endpoint *endpoint,
                       const struct client_call *call, struct strvec *headers)
{
    if (endpoint->protocol == ENDPOINT_QUERY) {
        strvec_add(headers, "Content-Type: application/x-www-form-urlencoded; "
                            "charset=utf-8");
        return query_body(endpoint, call);
    }
    strvec_addf(headers, "Content-Type: application/x-amz-json-%s",
                endpoint->version);
    strvec_addf(headers, "X-Amz-Target: %s.%s", endpoint->target,
                call->operation);
    return call->input ? jsonx_line(call->input) : mem_text("{}");
}

struct reading {
    const struct endpoint *endpoint;
    bool is_change;
    json_t *reply;
};

/* Changes may be answered with nothing. */
static bool read_reply(void *context, const struct http_response *response,
                       struct error *err)
{
    struct reading *reading = context;
    const struct strbuf *body = &response->body;
    struct error detail = { 0 };

    if (reading->is_change && !body->len)
        reading->reply = json_object();
    else if (reading->endpoint->protocol == ENDPOINT_QUERY)
        reading->reply = xml_parse(body->data, body->len, NULL, &detail);
    else
        reading->reply = jsonx_parse_object(body->data, body->len, &detail);
    if (reading->reply)
        return true;
    error_set(err, ERROR_IO, "no readable answer of %s: %s",
              reading->endpoint->title, detail.message);
    return error_hint(err, "a proxy may have changed it: check HTTPS_PROXY and "
                           "AWS_ENDPOINT_URL");
}

static bool run_call(struct client *client, const struct client_call *call,
                     bool is_change, json_t **reply, struct error *err)
{
    const struct endpoint *endpoint = endpoint_of(call->service);
    struct reading reading = { .endpoint = endpoint, .is_change = is_change };
    struct strvec headers = { 0 };
    char *body = call_body(endpoint, call, &headers);
    char *url = mem_format("%s/", client->endpoints[call->service].url);
    struct client_request request = {
        .endpoint = endpoint,
        .operation = call->operation,
        .method = "POST",
        .url = url,
        .headers = &headers,
        .body = body,
        .body_size = strlen(body),
        .is_change = is_change,
        .is_unrepeatable = call->is_unrepeatable,
        .accept = read_reply,
        .context = &reading,
    };
    struct http_response response = { 0 };
    bool ok = client_send(client, &request, &response, err);

    *reply = reading.reply;
    http_response_release(&response);
    strvec_release(&headers);
    free(body);
    free(url);
    return ok;
}

bool client_read(struct client *client, const struct client_call *call,
                 json_t **reply, struct error *err)
{
    *reply = NULL;
    if (!is_reading(call->operation))
        end_program("a change is sent as if it were reading", call->operation);
    return run_call(client, call, false, reply, err);
}

bool client_write(struct client_writer *writer, const struct client_call *call,
                  json_t **reply, struct error *err)
{
    *reply = NULL;
    return run_call(writer->client, call, true, reply, err);
}

/* ---- S3 --------------------------------------------------------------- */

/* Of a name that can be part of a host and is no more than that. A dot would
 * leave the certificate's "*.s3". */
static bool is_host_label(const char *bucket)
{
    return strspn(bucket, "abcdefghijklmnopqrstuvwxyz0123456789-") ==
           strlen(bucket);
}

static char *object_url(const struct client *client,
                        const struct client_object *object)
{
    char *key = sigv4_encode(object->key, true);
    char *bucket = sigv4_encode(object->bucket, false);
    const char *base = client->endpoints[CLIENT_S3].url;
    const char *mark = object->query && *object->query ? "?" : "";
    const char *query = object->query ? object->query : "";
    char *url;

    if (!client->endpoints[CLIENT_S3].is_chosen &&
        is_host_label(object->bucket))
        url = mem_format("https://%s.s3.%s.%s/%s%s%s", object->bucket,
                         client->region, endpoint_domain(client->region), key,
                         mark, query);
    else
        url = mem_format("%s/%s%s%s%s%s", base, bucket, *key ? "/" : "", key,
                         mark, query);
    free(key);
    free(bucket);
    return url;
}

/* With a condition on what is there, a second try would meet the first. */
static bool has_condition(const struct strvec *headers)
{
    for (size_t i = 0; headers && i < headers->count; i++) {
        if (strncasecmp(headers->items[i], "If-", 3) == 0)
            return true;
    }
    return false;
}

bool client_object(struct client *client, const struct client_object *object,
                   struct client_object_reply *reply, struct error *err)
{
    bool is_change = strcmp(object->method, "GET") != 0 &&
                     strcmp(object->method, "HEAD") != 0;
    char *url = object_url(client, object);
    struct client_request request = {
        .endpoint = endpoint_of(CLIENT_S3),
        .operation = object->method,
        .method = object->method,
        .url = url,
        .headers = object->headers,
        .body = object->body,
        .body_size = object->body_size,
        .is_change = is_change,
        .is_unrepeatable = is_change && has_condition(object->headers),
    };
    struct http_response response = { 0 };
    const char *etag;
    bool ok;

    if (is_change && client->options.is_read_only)
        end_program("a change is asked of a read-only client", object->method);
    *reply = (struct client_object_reply){ 0 };
    ok = client_send(client, &request, &response, err);
    reply->status = response.status;
    etag = http_header(&response, "etag");
    snprintf(reply->etag, sizeof(reply->etag), "%s", etag ? etag : "");
    reply->body = response.body;
    response.body = (struct strbuf){ 0 };
    http_response_release(&response);
    free(url);
    return ok;
}

void client_object_reply_release(struct client_object_reply *reply)
{
    strbuf_release(&reply->body);
    *reply = (struct client_object_reply){ 0 };
}
