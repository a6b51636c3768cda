#include "base/clock.h"
#include "base/fileio.h"
#include "base/jsonx.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "emulator/blobs.h"
#include "emulator/dockerfile.h"
#include "emulator/emulator.h"
#include "emulator/standin.h"
#include "emulator/standin_steps.h"
#include "emulator/webtext.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/*
 * DESIGN. The instructions change a configuration and a list of files; at the
 * end the list becomes one layer and both become blobs. Nothing in them tells
 * when or where they were made, so that the same project gives the same image,
 * as Docker's cache makes it. What would have to run something is refused.
 */
enum { DOCKERFILE_LIMIT = 1 << 20 };

static bool run_all(struct standin_work *work, const struct dockerfile *file,
                    struct error *err)
{
    for (size_t i = 0; i < file->count; i++) {
        const struct dockerfile_item *item = &file->items[i];
        char *line = mem_format("Step %zu/%zu : %s %s\n", i + 1, file->count,
                                item->word, item->rest);
        json_t *record = json_object();

        jsonx_set_text(record, "stream", line);
        standin_say(work->call, record);
        free(line);
        if (!standin_steps_run(work, item, err))
            return false;
    }
    return work->has_base ||
           error_set(err, ERROR_INPUT, "no build stage in current context");
}

/* ---- the image --------------------------------------------------------- */

/* The layer as a file of the store's folder; NULL when that fails. */
static char *write_layer(struct standin_work *work, struct error *err)
{
    struct emulator *emulator = work->call->emulator;
    char *dir, *path = NULL;
    int fd;
    bool done;

    pthread_mutex_lock(&emulator->lock);
    dir = blobs_dir(emulator, err);
    pthread_mutex_unlock(&emulator->lock);
    if (!dir)
        return NULL;
    path = mem_format("%s/layer-XXXXXX", dir);
    free(dir);
    fd = mkstemp(path);
    if (fd < 0) {
        error_set_errno(err, ERROR_IO, errno, "cannot create '%s'", path);
        free(path);
        return NULL;
    }
    done = tarfile_write(&work->layer, fd, err);
    close(fd);
    if (done)
        return path;
    unlink(path);
    free(path);
    return NULL;
}

/* Stores the layer; its digest is that of the uncompressed bytes, too. */
static bool store_layer(struct standin_work *work,
                        char digest[BLOBS_DIGEST_SIZE], struct error *err)
{
    struct emulator *emulator = work->call->emulator;
    char *path = write_layer(work, err);
    bool done = path && blobs_digest_file(path, digest, err);

    if (done) {
        pthread_mutex_lock(&emulator->lock);
        done = blobs_move(emulator, path, digest, err);
        pthread_mutex_unlock(&emulator->lock);
    }
    if (path && !done)
        unlink(path);
    free(path);
    return done;
}

static json_t *make_config(struct standin_work *work, const char *layer,
                           const char *platform)
{
    const char *slash = platform ? strchr(platform, '/') : NULL;
    json_t *diffs = json_array();
    char *architecture = mem_text(slash ? slash + 1 : "amd64");
    json_t *config;

    architecture[strcspn(architecture, "/")] = '\0';
    if (layer)
        json_array_append_new(diffs, json_string(layer));
    if (layer && json_array_size(work->history) > 0) {
        size_t last = json_array_size(work->history) - 1;

        /* One layer: the last of what happened has made it. */
        json_object_del(json_array_get(work->history, last), "empty_layer");
    }
    config = json_pack("{s:s, s:s, s:s, s:O, s:{s:s, s:o}, s:O}",
                       "architecture", architecture, "os", "linux", "created",
                       "1970-01-01T00:00:00Z", "config", work->config, "rootfs",
                       "type", "layers", "diff_ids", diffs, "history",
                       work->history);
    free(architecture);
    return config;
}

static void remember(struct standin_work *work, const char *id,
                     const char *layer, const json_t *config)
{
    struct emulator *emulator = work->call->emulator;
    char now[CLOCK_TEXT_SIZE];
    json_t *image =
        json_pack("{s:s, s:s, s:s}", "config", id, "created",
                  clock_format_millis(clock_wall(clock_system()), now),
                  "architecture", jsonx_text(config, "architecture", ""));

    jsonx_set_text(image, "layer", layer);
    if (layer)
        jsonx_set_int(image, "layer_size", blobs_size(emulator, layer));
    json_object_set_new(standin_images(emulator), id, image);
}

static bool finish(struct standin_work *work, char id[BLOBS_DIGEST_SIZE],
                   struct error *err)
{
    struct emulator *emulator = work->call->emulator;
    char *platform = webtext_parameter(work->call->query, "platform");
    char layer[BLOBS_DIGEST_SIZE];
    bool has_layer = work->layer.count > 0;
    bool done = !has_layer || store_layer(work, layer, err);
    json_t *config = NULL;
    char *text;

    if (done) {
        config = make_config(work, has_layer ? layer : NULL, platform);
        text = jsonx_line(config);
        pthread_mutex_lock(&emulator->lock);
        done = blobs_put(emulator, text, strlen(text), id, err);
        if (done)
            remember(work, id, has_layer ? layer : NULL, config);
        pthread_mutex_unlock(&emulator->lock);
        free(text);
        json_decref(config);
    }
    free(platform);
    return done;
}

/* ---- the call ---------------------------------------------------------- */

/* A JSON object in the query; an empty one without it. */
static json_t *query_object(const struct standin_call *call, const char *name)
{
    char *text = webtext_parameter(call->query, name);
    json_t *object = text ? jsonx_parse_object(text, strlen(text), NULL) : NULL;

    free(text);
    return object ? object : json_object();
}

static bool read_dockerfile(struct standin_work *work, struct dockerfile *file,
                            struct error *err)
{
    char *name = webtext_parameter(work->call->query, "dockerfile");
    char *path = tarfile_clean(name && *name ? name : "Dockerfile");
    const struct tarfile_entry *entry =
        path ? tarfile_find(&work->context, path) : NULL;
    char *text;
    bool done;

    if (!entry || entry->size > DOCKERFILE_LIMIT) {
        done = error_set(err, ERROR_INPUT,
                         "Cannot locate specified Dockerfile: %.200s",
                         name && *name ? name : "Dockerfile");
    } else {
        text = mem_bytes(entry->bytes, entry->size);
        done = dockerfile_read(text, file, err);
        free(text);
    }
    free(path);
    free(name);
    return done;
}

static void add_labels(struct standin_work *work)
{
    json_t *labels = query_object(work->call, "labels");

    if (json_object_size(labels) > 0)
        json_object_update(standin_steps_member(work, "Labels", json_object()),
                           labels);
    json_decref(labels);
}

static void say_text(struct standin_call *call, const char *format,
                     const char *text)
{
    char *line = mem_format("%s%s\n", format, text);
    json_t *record = json_object();

    jsonx_set_text(record, "stream", line);
    standin_say(call, record);
    free(line);
}

static void tell_success(struct standin_work *work, const char *id)
{
    struct standin_call *call = work->call;
    char *name = webtext_parameter(call->query, "t"), *full;
    char brief[13];

    snprintf(brief, sizeof(brief), "%.12s", id + strlen("sha256:"));
    standin_say(call, json_pack("{s:{s:s}}", "aux", "ID", id));
    say_text(call, "Successfully built ", brief);
    if (name && *name) {
        full = standin_full_name(name);
        pthread_mutex_lock(&call->emulator->lock);
        jsonx_set_text(standin_names(call->emulator), full, id);
        pthread_mutex_unlock(&call->emulator->lock);
        say_text(call, "Successfully tagged ", full);
        free(full);
    }
    free(name);
}

void standin_build(struct standin_call *call)
{
    struct standin_work work = { .call = call };
    struct dockerfile file = { 0 };
    struct error err = { 0 };
    char id[BLOBS_DIGEST_SIZE];

    work.given = query_object(call, "buildargs");
    work.variables = json_object();
    work.history = json_array();
    work.workdir = mem_text("/");
    if (!tarfile_read(call->body, call->body_size, &work.context, &err) ||
        !read_dockerfile(&work, &file, &err)) {
        standin_fail(call, 400, "%s", err.message);
    } else {
        standin_begin(call);
        if (run_all(&work, &file, &err)) {
            add_labels(&work);
            if (finish(&work, id, &err))
                tell_success(&work, id);
        }
        if (error_is_set(&err))
            standin_say_error(call, "%s", err.message);
    }
    dockerfile_release(&file);
    tarfile_release(&work.context);
    tarfile_release(&work.layer);
    json_decref(work.given);
    json_decref(work.variables);
    json_decref(work.config);
    json_decref(work.history);
    free(work.workdir);
}
