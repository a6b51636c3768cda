/* The pages for tests and for people who rehearse: /_emulator/... */
#include "base/jsonx.h"
#include "base/mem.h"
#include "base/strvec.h"
#include "emulator/fault.h"

#include <stdlib.h>
#include <string.h>

/* Adds lines until one is wrong. */
static bool add_faults(struct emulator *emulator, const char *text,
                       struct error *err)
{
    struct strvec lines = { 0 };
    bool is_good = true;

    strvec_split(&lines, text, "\n\r");
    for (size_t i = 0; is_good && i < lines.count; i++)
        is_good = fault_add(emulator, lines.items[i], err);
    strvec_release(&lines);
    return is_good;
}

static json_t *faults(struct emulator *emulator,
                      const struct emulator_request *request, struct error *err)
{
    if (!strcmp(request->method, "DELETE"))
        fault_clear(emulator);
    else if (strcmp(request->method, "GET") != 0 &&
             !add_faults(emulator, request->body, err))
        return NULL;
    return fault_list(emulator);
}

static json_t *requests(struct emulator *emulator,
                        const struct emulator_request *request,
                        struct error *err)
{
    json_t *copy;

    (void)err;
    pthread_mutex_lock(&emulator->lock);
    if (!strcmp(request->method, "DELETE"))
        json_array_clear(emulator->requests);
    copy = json_deep_copy(emulator->requests);
    pthread_mutex_unlock(&emulator->lock);
    return copy;
}

/* {"opened", "open", "most"}; DELETE counts anew those that come. */
static json_t *connections(struct emulator *emulator,
                           const struct emulator_request *request,
                           struct error *err)
{
    struct emulator_connections *counted = &emulator->connections;
    json_t *answer;

    (void)err;
    pthread_mutex_lock(&emulator->lock);
    if (!strcmp(request->method, "DELETE"))
        counted->opened = counted->most = counted->open;
    answer = json_pack("{s:I, s:I, s:I}", "opened", counted->opened, "open",
                       counted->open, "most", counted->most);
    pthread_mutex_unlock(&emulator->lock);
    return answer;
}

static json_t *state(struct emulator *emulator,
                     const struct emulator_request *request, struct error *err)
{
    json_t *copy;

    (void)request;
    (void)err;
    pthread_mutex_lock(&emulator->lock);
    copy = json_deep_copy(emulator->tree);
    pthread_mutex_unlock(&emulator->lock);
    return copy;
}

/* {"Name", "SecretString"}: CreateSecret without its signature. */
static json_t *secrets(struct emulator *emulator,
                       const struct emulator_request *request,
                       struct error *err)
{
    const struct emulator_operation *operation = emulator_secrets.operations;
    struct emulator_failure failure = { 0 };
    json_t *input = jsonx_parse_object(request->body, request->body_size, err);
    json_t *answer = NULL;

    while (operation->name && strcmp(operation->name, "CreateSecret") != 0)
        operation++;
    pthread_mutex_lock(&emulator->lock);
    if (input && operation->name)
        answer = operation->answer(emulator, input, &failure);
    pthread_mutex_unlock(&emulator->lock);
    if (!answer)
        error_set(err, ERROR_INPUT, "%s", failure.message);
    json_decref(input);
    return answer;
}

/* {"name", "principal": "tasks.apprunner.amazonaws.com", "denied": [action]} */
static json_t *roles(struct emulator *emulator,
                     const struct emulator_request *request, struct error *err)
{
    json_t *role = jsonx_parse_object(request->body, request->body_size, err);
    const char *name = jsonx_text(role, "name", "");
    json_t *all, *copy;

    if (role && *name && !json_object_get(role, "trust")) {
        char *trust = mem_format(
            "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":"
            "\"Allow\",\"Principal\":{\"Service\":\"%s\"},\"Action\":"
            "\"sts:AssumeRole\"}]}",
            jsonx_text(role, "principal", "tasks.apprunner.amazonaws.com"));
        jsonx_set_text(role, "trust", trust);
        free(trust);
    }
    if (!*name)
        error_set(err, ERROR_INPUT, "a role needs a name");
    if (!role || !*name) {
        json_decref(role);
        return NULL;
    }
    json_object_set_new(role, "created", json_real(emulator_now()));
    pthread_mutex_lock(&emulator->lock);
    all = emulator_part(emulator, "roles");
    json_object_set_new(all, name, role);
    copy = json_deep_copy(all);
    pthread_mutex_unlock(&emulator->lock);
    return copy;
}

static const struct page {
    const char *path;
    const char *methods;
    json_t *(*answer)(struct emulator *emulator,
                      const struct emulator_request *request,
                      struct error *err);
} pages[] = {
    { "/_emulator/faults", "GET POST DELETE", faults },
    { "/_emulator/requests", "GET DELETE", requests },
    { "/_emulator/connections", "GET DELETE", connections },
    { "/_emulator/state", "GET", state },
    { "/_emulator/secrets", "POST", secrets },
    { "/_emulator/roles", "POST", roles },
};

static void write_json(const json_t *json, struct emulator_reply *reply)
{
    char *text = json_dumps(json, JSON_INDENT(1));

    strbuf_adds(&reply->body, text);
    strbuf_addc(&reply->body, '\n');
    free(text);
    strvec_add(&reply->headers, "Content-Type: application/json");
}

static void fail(int status, const char *message, struct emulator_reply *reply)
{
    json_t *json = json_object();

    jsonx_set_text(json, "message", message);
    reply->status = status;
    write_json(json, reply);
    json_decref(json);
}

void control_answer(struct emulator *emulator,
                    const struct emulator_request *request,
                    struct emulator_reply *reply)
{
    const struct page *page = NULL;
    struct error err = { 0 };
    json_t *answer;

    for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++)
        if (!strcmp(pages[i].path, request->path))
            page = &pages[i];
    /* A page of the web in a browser on this computer is not to control it. */
    if (emulator_header(request, "origin")) {
        fail(403, "not from a browser", reply);
        return;
    }
    if (!page || !strstr(page->methods, request->method)) {
        fail(page ? 405 : 404,
             "faults, requests, connections, state, secrets, roles", reply);
        return;
    }
    answer = page->answer(emulator, request, &err);
    if (answer)
        write_json(answer, reply);
    else
        fail(400, err.message, reply);
    json_decref(answer);
}
