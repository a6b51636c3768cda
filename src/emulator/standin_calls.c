#include "base/jsonx.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "emulator/blobs.h"
#include "emulator/emulator.h"
#include "emulator/sockets.h"
#include "emulator/standin.h"
#include "emulator/webtext.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* The Engine API's last version with the builder that the stand-in resembles:
 * https://docs.docker.com/reference/api/engine/version/v1.41/ */
#define API_VERSION "1.41"

enum { CONFIG_LIMIT = 1 << 20 };

/* ---- answers ----------------------------------------------------------- */

const char *standin_header(const struct standin_call *call, const char *name)
{
    const size_t size = strlen(name);

    for (size_t i = 0; i < call->headers.count; i++) {
        const char *line = call->headers.items[i];

        if (strncmp(line, name, size) == 0 && line[size] == ':')
            return line + size + 1 + strspn(line + size + 1, " \t");
    }
    return NULL;
}

static const char *reason_of(int status)
{
    static const struct {
        int status;
        const char *reason;
    } reasons[] = { { 200, "OK" },
                    { 201, "Created" },
                    { 400, "Bad Request" },
                    { 401, "Unauthorized" },
                    { 404, "Not Found" } };

    for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
        if (reasons[i].status == status)
            return reasons[i].reason;
    }
    return "Internal Server Error";
}

static void add_head(struct strbuf *out, int status, const char *type)
{
    strbuf_addf(out,
                "HTTP/1.1 %d %s\r\nApi-Version: " API_VERSION "\r\n"
                "Docker-Experimental: false\r\nOstype: linux\r\n"
                "Server: stepdeck-emulator\r\nContent-Type: %s\r\n"
                "Connection: close\r\n",
                status, reason_of(status), type);
}

static void reply_text(struct standin_call *call, int status, const char *type,
                       const char *text)
{
    struct strbuf out = { 0 };

    add_head(&out, status, type);
    strbuf_addf(&out, "Content-Length: %zu\r\n\r\n", strlen(text));
    if (strcmp(call->method, "HEAD") != 0)
        strbuf_adds(&out, text);
    sockets_send(call->fd, out.data, out.len);
    strbuf_release(&out);
}

void standin_reply(struct standin_call *call, int status, json_t *json)
{
    char *line = jsonx_line(json);

    reply_text(call, status, "application/json", line);
    free(line);
    json_decref(json);
}

void standin_fail(struct standin_call *call, int status, const char *format,
                  ...)
{
    json_t *json = json_object();
    va_list args;
    char *text;

    va_start(args, format);
    text = mem_format_args(format, args);
    va_end(args);
    jsonx_set_text(json, "message", text);
    free(text);
    standin_reply(call, status, json);
}

void standin_begin(struct standin_call *call)
{
    struct strbuf out = { 0 };

    add_head(&out, 200, "application/json");
    strbuf_adds(&out, "Transfer-Encoding: chunked\r\n\r\n");
    sockets_send(call->fd, out.data, out.len);
    strbuf_release(&out);
    call->has_begun = true;
}

void standin_say(struct standin_call *call, json_t *record)
{
    char *line = jsonx_line(record);
    struct strbuf out = { 0 };

    strbuf_addf(&out, "%zx\r\n%s\r\n\r\n", strlen(line) + 2, line);
    sockets_send(call->fd, out.data, out.len);
    strbuf_release(&out);
    free(line);
    json_decref(record);
}

void standin_say_error(struct standin_call *call, const char *format, ...)
{
    json_t *detail = json_object(), *record = json_object();
    va_list args;
    char *text;

    va_start(args, format);
    text = mem_format_args(format, args);
    va_end(args);
    jsonx_set_text(detail, "message", text);
    json_object_set_new(record, "errorDetail", detail);
    jsonx_set_text(record, "error", text);
    free(text);
    standin_say(call, record);
}

/* ---- names ------------------------------------------------------------- */

static json_t *member(struct emulator *emulator, const char *name)
{
    json_t *part = emulator_part(emulator, "standin");

    if (!json_object_get(part, name))
        json_object_set_new(part, name, json_object());
    return json_object_get(part, name);
}

json_t *standin_images(struct emulator *emulator)
{
    return member(emulator, "images");
}

json_t *standin_names(struct emulator *emulator)
{
    return member(emulator, "names");
}

char *standin_full_name(const char *reference)
{
    const char *slash = strrchr(reference, '/');
    const char *tag = strchr(slash ? slash : reference, ':');

    return tag ? mem_text(reference) : mem_format("%s:latest", reference);
}

/* The id of "name", "name:tag", "sha256:..." or the beginning of an id;
 * borrowed, NULL. */
static const char *find_id(struct emulator *emulator, const char *reference)
{
    static const char prefix[] = "sha256:";
    const size_t size = sizeof(prefix) - 1;
    char *name = standin_full_name(reference);
    const char *id = jsonx_text(standin_names(emulator), name, NULL), *known;
    json_t *image;

    free(name);
    if (id)
        return id;
    if (strncmp(reference, prefix, size) == 0)
        reference += size;
    if (strlen(reference) < 4)
        return NULL;
    json_object_foreach(standin_images(emulator), known, image)
    {
        if (strncmp(known + size, reference, strlen(reference)) == 0)
            return known;
    }
    return NULL;
}

/* ---- small calls ------------------------------------------------------- */

static void ping(struct standin_call *call)
{
    reply_text(call, 200, "text/plain; charset=utf-8", "OK");
}

static void version(struct standin_call *call)
{
    standin_reply(call, 200,
                  json_pack("{s:s, s:s, s:s, s:s, s:s, s:{s:s}}", "Version",
                            "20.10.0-stand-in", "ApiVersion", API_VERSION,
                            "MinAPIVersion", "1.12", "Os", "linux", "Arch",
                            "amd64", "Platform", "Name",
                            "stepdeck-emulator, a stand-in for Docker"));
}

static void info(struct standin_call *call)
{
    standin_reply(call, 200,
                  json_pack("{s:s, s:s, s:s, s:s}", "Name", "stepdeck-emulator",
                            "ServerVersion", "20.10.0-stand-in", "OSType",
                            "linux", "Architecture", "x86_64"));
}

static json_t *names_of(struct emulator *emulator, const char *id)
{
    json_t *names = json_array(), *value;
    const char *name;

    json_object_foreach(standin_names(emulator), name, value)
    {
        if (strcmp(json_string_value(value), id) == 0)
            json_array_append_new(names, json_string(name));
    }
    return names;
}

static json_t *describe(struct emulator *emulator, const char *id)
{
    const json_t *image = json_object_get(standin_images(emulator), id);
    json_t *answer =
        json_pack("{s:s, s:o, s:s, s:s, s:s, s:I}", "Id", id, "RepoTags",
                  names_of(emulator, id), "Os", "linux", "Architecture",
                  jsonx_text(image, "architecture", "amd64"), "Created",
                  jsonx_text(image, "created", ""), "Size",
                  (json_int_t)jsonx_int(image, "layer_size", 0));
    struct strbuf text = { 0 };
    json_t *config = NULL;

    if (blobs_read(emulator, id, CONFIG_LIMIT, &text))
        config = jsonx_parse_object(strbuf_text(&text), text.len, NULL);
    if (config)
        json_object_set(answer, "Config", json_object_get(config, "config"));
    json_decref(config);
    strbuf_release(&text);
    return answer;
}

static void inspect(struct standin_call *call)
{
    json_t *answer = NULL;
    const char *id;

    pthread_mutex_lock(&call->emulator->lock);
    id = find_id(call->emulator, call->name);
    if (id)
        answer = describe(call->emulator, id);
    pthread_mutex_unlock(&call->emulator->lock);
    if (answer)
        standin_reply(call, 200, answer);
    else
        standin_fail(call, 404, "No such image: %s", call->name);
}

static void list(struct standin_call *call)
{
    json_t *answer = json_array(), *image;
    const char *id;

    pthread_mutex_lock(&call->emulator->lock);
    json_object_foreach(standin_images(call->emulator), id, image)
    {
        json_t *entry = describe(call->emulator, id);

        /* A number here, a text in what inspect answers. */
        jsonx_set_int(entry, "Created", 0);
        json_array_append_new(answer, entry);
    }
    pthread_mutex_unlock(&call->emulator->lock);
    standin_reply(call, 200, answer);
}

static void tag(struct standin_call *call)
{
    char *repository = webtext_parameter(call->query, "repo");
    char *text = webtext_parameter(call->query, "tag");
    char *name = mem_format("%s:%s", repository ? repository : "",
                            text && *text ? text : "latest");
    const char *id;

    pthread_mutex_lock(&call->emulator->lock);
    id = find_id(call->emulator, call->name);
    if (id && repository)
        jsonx_set_text(standin_names(call->emulator), name, id);
    pthread_mutex_unlock(&call->emulator->lock);
    if (!repository || !*repository)
        standin_fail(call, 400, "invalid reference format");
    else if (id)
        reply_text(call, 201, "application/json", "");
    else
        standin_fail(call, 404, "No such image: %s", call->name);
    free(repository);
    free(text);
    free(name);
}

/* The name goes; the image with its last one. */
static void delete_image(struct standin_call *call)
{
    json_t *answer = json_array(), *names;
    char *name = standin_full_name(call->name), *id;

    pthread_mutex_lock(&call->emulator->lock);
    id = mem_text(find_id(call->emulator, call->name));
    if (json_object_del(standin_names(call->emulator), name) == 0)
        json_array_append_new(answer, json_pack("{s:s}", "Untagged", name));
    names = names_of(call->emulator, id ? id : "");
    if (id && json_array_size(names) == 0) {
        json_object_del(standin_images(call->emulator), id);
        json_array_append_new(answer, json_pack("{s:s}", "Deleted", id));
    }
    pthread_mutex_unlock(&call->emulator->lock);
    json_decref(names);
    if (id) {
        standin_reply(call, 200, answer);
    } else {
        json_decref(answer);
        standin_fail(call, 404, "No such image: %s", call->name);
    }
    free(id);
    free(name);
}

const struct standin_route standin_routes[] = {
    { "GET", "/_ping", "", ping },
    { "HEAD", "/_ping", "", ping },
    { "GET", "/version", "", version },
    { "GET", "/info", "", info },
    { "POST", "/auth", "", standin_login },
    { "POST", "/build", "", standin_build },
    { "GET", "/images/json", "", list },
    { "GET", "/images/", "/json", inspect },
    { "POST", "/images/", "/tag", tag },
    { "POST", "/images/", "/push", standin_push },
    { "DELETE", "/images/", "", delete_image },
    { NULL, NULL, NULL, NULL },
};
