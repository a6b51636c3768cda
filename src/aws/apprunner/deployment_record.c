/* The record of a deployment: apprunner.json in the state folder. */
#include "aws/apprunner/deployment.h"

#include "base/fileio.h"
#include "base/jsonx.h"
#include "base/mem.h"
#include "core/state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define RECORD_FILE "apprunner.json"

enum { RECORD_VERSION = 1, RECORD_LIMIT = 4 << 20 };

void deployment_operation_release(struct deployment_operation *operation)
{
    free(operation->id);
    free(operation->type);
    free(operation->purpose);
    free(operation->image);
    free(operation->status);
    strvec_release(&operation->before);
    *operation = (struct deployment_operation){ 0 };
}

static void take_text(const json_t *json, const char *name, char **text)
{
    free(*text);
    *text = mem_text(jsonx_text(json, name, NULL));
}

static void read_operation(struct deployment_operation *operation,
                           const json_t *json)
{
    const json_t *before = json_object_get(json, "before");

    deployment_operation_release(operation);
    take_text(json, "id", &operation->id);
    take_text(json, "type", &operation->type);
    take_text(json, "purpose", &operation->purpose);
    take_text(json, "image", &operation->image);
    take_text(json, "status", &operation->status);
    operation->called_ms = jsonx_int(json, "called_ms", 0);
    operation->is_over = jsonx_bool(json, "is_over");
    for (size_t i = 0; i < json_array_size(before); i++) {
        const char *id = json_string_value(json_array_get(before, i));

        if (id)
            strvec_add(&operation->before, id);
    }
}

static void read_record(struct deployment *deployment, const json_t *json)
{
    const json_t *image = json_object_get(json, "image");
    json_t *previous = json_object_get(json, "previous");

    take_text(image, "repository", &deployment->image.repository);
    take_text(image, "tag", &deployment->image.tag);
    take_text(image, "digest", &deployment->image.digest);
    take_text(image, "local_id", &deployment->image.local_id);
    take_text(image, "commit", &deployment->image.commit);
    deployment->image.is_dirty = jsonx_bool(image, "is_dirty");
    take_text(json, "service_arn", &deployment->service_arn);
    take_text(json, "service_url", &deployment->service_url);
    if (json_is_object(previous))
        deployment->previous = json_incref(previous);
    take_text(json, "previous_digest", &deployment->previous_digest);
    deployment->auto_deploys_before = jsonx_bool(json, "auto_deploys_before");
    deployment->auto_deploys_changed = jsonx_bool(json, "auto_deploys_changed");
    deployment->usual_wait_ms = jsonx_int(json, "usual_wait_ms", 0);
    take_text(json, "verdict", &deployment->verdict_before);
    take_text(json, "deployed_digest", &deployment->deployed_digest);
    read_operation(&deployment->operation, json_object_get(json, "operation"));
}

bool deployment_load(struct deployment *deployment, struct error *warning)
{
    int dir_fd = state_fd(deployment->request->state);
    struct strbuf text = { 0 };
    struct error err = { 0 };
    json_t *json;

    if (dir_fd < 0)
        return true;
    if (!fileio_read_state(dir_fd, RECORD_FILE, RECORD_LIMIT, &text, &err)) {
        strbuf_release(&text);
        if (err.code == ERROR_NOT_FOUND)
            return true;
        *warning = err;
        return false;
    }
    json = jsonx_parse_object(strbuf_text(&text), text.len, &err);
    strbuf_release(&text);
    if (json && jsonx_int(json, "v", 0) == RECORD_VERSION) {
        read_record(deployment, json);
        json_decref(json);
        return true;
    }
    json_decref(json);
    if (!deployment->request->is_read_only)
        (void)renameat(dir_fd, RECORD_FILE, dir_fd, RECORD_FILE ".broken");
    error_set(warning, ERROR_IO, "the record '%s/%s' cannot be read",
              state_path(deployment->request->state), RECORD_FILE);
    return error_hint(warning,
                      "it was set aside as " RECORD_FILE
                      ".broken; what is serving is looked up in the cloud");
}

static json_t *operation_json(const struct deployment_operation *operation)
{
    json_t *json = json_object(), *before = json_array();

    jsonx_set_text(json, "id", operation->id);
    jsonx_set_text(json, "type", operation->type);
    jsonx_set_text(json, "purpose", operation->purpose);
    jsonx_set_text(json, "image", operation->image);
    jsonx_set_text(json, "status", operation->status);
    jsonx_set_int(json, "called_ms", operation->called_ms);
    jsonx_set_bool(json, "is_over", operation->is_over);
    for (size_t i = 0; i < operation->before.count; i++)
        json_array_append_new(before, json_string(operation->before.items[i]));
    json_object_set_new(json, "before", before);
    return json;
}

static json_t *record_json(const struct deployment *deployment)
{
    json_t *json = json_object(), *image = json_object();
    const char *verdict = deployment_verdict(deployment->verdict);

    jsonx_set_int(json, "v", RECORD_VERSION);
    jsonx_set_text(image, "repository", deployment->image.repository);
    jsonx_set_text(image, "tag", deployment->image.tag);
    jsonx_set_text(image, "digest", deployment->image.digest);
    jsonx_set_text(image, "local_id", deployment->image.local_id);
    jsonx_set_text(image, "commit", deployment->image.commit);
    jsonx_set_bool(image, "is_dirty", deployment->image.is_dirty);
    json_object_set_new(json, "image", image);
    jsonx_set_text(json, "service_arn", deployment->service_arn);
    jsonx_set_text(json, "service_url", deployment->service_url);
    if (deployment->previous)
        json_object_set(json, "previous", deployment->previous);
    jsonx_set_text(json, "previous_digest", deployment->previous_digest);
    jsonx_set_bool(json, "auto_deploys_before",
                   deployment->auto_deploys_before);
    jsonx_set_bool(json, "auto_deploys_changed",
                   deployment->auto_deploys_changed);
    jsonx_set_int(json, "usual_wait_ms", deployment->usual_wait_ms);
    jsonx_set_text(json, "verdict",
                   verdict ? verdict : deployment->verdict_before);
    jsonx_set_text(json, "deployed_digest", deployment->deployed_digest);
    if (deployment->operation.type)
        json_object_set_new(json, "operation",
                            operation_json(&deployment->operation));
    return json;
}

bool deployment_save(struct deployment *deployment, struct error *err)
{
    int dir_fd = state_fd(deployment->request->state);
    json_t *json;
    char *text;
    bool ok;

    if (dir_fd < 0)
        return true;
    json = record_json(deployment);
    text = jsonx_line(json);
    ok = fileio_replace(dir_fd, RECORD_FILE, text, strlen(text), 0600,
                        FILEIO_DURABLE, err);
    if (!ok)
        error_wrap(err, "the record of the deployment could not be written");
    free(text);
    json_decref(json);
    return ok;
}
