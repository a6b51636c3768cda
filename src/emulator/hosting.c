#include "aws/docker/docker.h"
#include "aws/http.h"
#include "base/cancel.h"
#include "base/clock.h"
#include "base/jsonx.h"
#include "base/mem.h"
#include "emulator/emulator.h"
#include "emulator/images.h"
#include "emulator/sockets.h"
#include "emulator/webservice.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/*
 * DESIGN. An instance is a container, whose output a thread of ours carries
 * over into the application's log, or the built-in web service, which behaves
 * as the image's configuration and the service's environment say. The rest of
 * the emulator knows it by a name only: its threads and sockets do not belong
 * into the tree, so they are listed here, under a lock of their own that is
 * never held while something blocks.
 */
struct instance {
    struct instance *next;
    struct emulator *emulator;
    char *id;
    char *group; /* the application's log */

    struct webservice *service; /* built in ... */
    int closed_fd;              /* ... or a port that nobody listens on; -1 */

    struct docker *docker; /* or a container */
    char *container;
    struct cancel cancel;
    pthread_t follower;
};

static struct instance *instances;
static pthread_mutex_t instances_lock = PTHREAD_MUTEX_INITIALIZER;

enum { FOLLOW_MS = 300, FOLLOW_LINES = 500, HEALTH_TIMEOUT_MS = 2000 };
enum { DEFAULT_PORT = 8080 };

static void tell(void *context, const char *line)
{
    struct instance *instance = context;

    pthread_mutex_lock(&instance->emulator->lock);
    emulator_log(instance->emulator, instance->group, instance->id, line);
    pthread_mutex_unlock(&instance->emulator->lock);
}

/* ---- the built-in web service ------------------------------------------ */

/* The environment that the application sees: the image's, then the service's.
 */
static json_t *merge_environment(const json_t *config, const json_t *own)
{
    json_t *merged = json_object();
    const json_t *entry;
    size_t i;

    json_array_foreach(json_object_get(config, "Env"), i, entry)
    {
        const char *text = json_string_value(entry);
        const char *equals = text ? strchr(text, '=') : NULL;
        char *name = equals ? mem_bytes(text, (size_t)(equals - text)) : NULL;

        if (name)
            jsonx_set_text(merged, name, equals + 1);
        free(name);
    }
    if (own)
        json_object_update(merged, (json_t *)(uintptr_t)own);
    return merged;
}

/* The port it listens on: PORT, else the first that the image exposes. */
static int port_of(const json_t *environment, const json_t *config, int wanted)
{
    const char *text = jsonx_text(environment, "PORT", NULL);
    void *exposed = json_object_iter(
        (json_t *)(uintptr_t)json_object_get(config, "ExposedPorts"));
    int port;

    if (!text && exposed)
        text = json_object_iter_key(exposed);
    port = text ? atoi(text) : 0;
    if (port > 0)
        return port;
    return wanted > 0 ? wanted : DEFAULT_PORT;
}

static void serve_built_in(struct instance *instance, const json_t *config,
                           const json_t *own, int wanted, int *outside,
                           struct error *err)
{
    json_t *environment = merge_environment(config, own);
    const json_t *labels = json_object_get(config, "Labels");
    int port = port_of(environment, config, wanted);
    const char *version =
        jsonx_text(labels, "org.opencontainers.image.version", "unknown");
    struct webservice_options options = {
        .version = jsonx_text(environment, "APP_VERSION", version),
        .is_unhealthy =
            strcmp(jsonx_text(environment, "HEALTHY", ""), "no") == 0 ||
            strcmp(jsonx_text(labels, "stepdeck.healthy", ""), "no") == 0,
        .has_proxy = json_object_get(environment, "OXYLABS_PROXY_CONFIG"),
        .tell = tell,
        .context = instance,
    };
    char *line =
        mem_format("version %s listens on port %d", options.version, port);

    tell(instance, line);
    free(line);
    /* A port that nobody listens on refuses connections, as an application does
     * that listens on another one. */
    if (wanted > 0 && port != wanted)
        instance->closed_fd = sockets_bind(outside, err);
    else
        instance->service = webservice_start(&options, outside, err);
    json_decref(environment);
}

/* "HOST/NAME@sha256:..." or "HOST/NAME:TAG" into its parts, to free. */
static void split_image(const char *image, char **name, char **reference)
{
    const char *start = strchr(image, '/');
    const char *end;

    start = start ? start + 1 : image;
    end = strchr(start, '@');
    if (!end)
        end = strchr(start, ':');
    *name = end ? mem_bytes(start, (size_t)(end - start)) : mem_text(start);
    *reference = mem_text(end ? end + 1 : "latest");
}

/* The image's configuration, checked as a machine that runs it would. */
static json_t *read_image(struct emulator *emulator, const char *image,
                          struct error *err)
{
    char *name, *reference;
    json_t *config;

    split_image(image, &name, &reference);
    pthread_mutex_lock(&emulator->lock);
    config = images_config(emulator, name, reference);
    pthread_mutex_unlock(&emulator->lock);
    free(name);
    free(reference);
    if (!config) {
        error_set(err, ERROR_NOT_FOUND, "cannot pull the image '%s'", image);
    } else if (strcmp(jsonx_text(config, "architecture", "amd64"), "amd64") !=
               0) {
        error_set(err, ERROR_BLOCKED,
                  "exec format error: the image is for %s, not amd64",
                  jsonx_text(config, "architecture", ""));
        json_decref(config);
        return NULL;
    }
    return config;
}

static bool start_built_in(struct instance *instance, const char *image,
                           const json_t *environment, int wanted, int *outside,
                           struct error *err)
{
    json_t *config = read_image(instance->emulator, image, err);

    if (!config)
        return false;
    pthread_mutex_lock(&instance->emulator->lock);
    instance->id = emulator_hex_id(instance->emulator);
    pthread_mutex_unlock(&instance->emulator->lock);
    serve_built_in(instance, json_object_get(config, "config"), environment,
                   wanted, outside, err);
    json_decref(config);
    return instance->service || instance->closed_fd >= 0;
}

/* ---- containers -------------------------------------------------------- */

/* How many lines at the beginning of `now` were there before: the whole past
 * as long as nothing has left the window, else the longest overlap. */
static size_t lines_known(const struct strvec *before, const struct strvec *now)
{
    size_t start = 0;

    if (before->count < FOLLOW_LINES)
        return before->count < now->count ? before->count : now->count;
    for (; start < before->count; start++) {
        size_t i = 0;

        while (start + i < before->count && i < now->count &&
               strcmp(before->items[start + i], now->items[i]) == 0)
            i++;
        if (start + i == before->count)
            break;
    }
    return before->count - start;
}

/* Carries new lines over; false when there is no more to come. */
static bool follow_once(struct instance *instance, struct strvec *before)
{
    struct strvec now = { 0 };
    bool is_running = true, is_known;
    int status = 0;

    is_known = docker_is_running(instance->docker, instance->container,
                                 &is_running, &status, NULL);
    if (docker_logs(instance->docker, instance->container, FOLLOW_LINES, &now,
                    NULL)) {
        for (size_t i = lines_known(before, &now); i < now.count; i++)
            tell(instance, now.items[i]);
        strvec_release(before);
        *before = now;
    } else {
        strvec_release(&now);
    }
    if (is_known && !is_running) {
        char *line = mem_format("container exited with status %d", status);

        tell(instance, line);
        free(line);
        return false;
    }
    return true;
}

static void *follow(void *context)
{
    struct instance *instance = context;
    struct strvec before = { 0 };

    while (cancel_level(&instance->cancel) == CANCEL_NONE) {
        if (!follow_once(instance, &before) ||
            !clock_wait(clock_system(), FOLLOW_MS, &instance->cancel))
            break;
    }
    strvec_release(&before);
    return NULL;
}

static void list_environment(const json_t *environment, struct strvec *out)
{
    const char *name;
    json_t *value;

    json_object_foreach((json_t *)(uintptr_t)environment, name, value)
        strvec_addf(out, "%s=%s", name, json_string_value(value));
}

static bool pull(struct instance *instance, const char *image,
                 struct error *err)
{
    struct emulator *emulator = instance->emulator;
    char *password, *token;
    double expires;
    bool done;

    pthread_mutex_lock(&emulator->lock);
    token = images_new_token(emulator, &password, &expires);
    pthread_mutex_unlock(&emulator->lock);
    done = docker_pull(instance->docker, image, "AWS", password, err);
    free(password);
    free(token);
    return done;
}

static bool run(struct instance *instance, const char *image,
                const json_t *environment, int wanted, int *outside,
                struct error *err)
{
    struct strvec variables = { 0 }, labels = { 0 };
    struct docker_container container = {
        .image = image,
        .environment = &variables,
        .port = wanted > 0 ? wanted : DEFAULT_PORT,
        .labels = &labels,
    };
    bool done;

    list_environment(environment, &variables);
    strvec_addf(&labels, "stepdeck.emulator=%s", instance->emulator->host);
    done = docker_start(instance->docker, &container, &instance->container,
                        outside, err);
    strvec_release(&variables);
    strvec_release(&labels);
    return done;
}

static bool start_container(struct instance *instance, const char *image,
                            const json_t *environment, int wanted, int *outside,
                            struct error *err)
{
    struct docker_options options = { .cancel = &instance->cancel };
    int number;

    instance->docker = docker_open(&options, err);
    if (!instance->docker || !pull(instance, image, err) ||
        !run(instance, image, environment, wanted, outside, err))
        return false;
    instance->id = mem_text(instance->container);
    number = pthread_create(&instance->follower, NULL, follow, instance);
    if (number == 0)
        return true;
    if (!docker_remove(instance->docker, instance->container, NULL))
        tell(instance, "the container is left behind");
    free(instance->container);
    instance->container = NULL;
    return error_set_errno(err, ERROR_INTERNAL, number,
                           "cannot follow the container's log");
}

/* ---- instances --------------------------------------------------------- */

/* Ends what it runs and frees it. May block. */
static void instance_free(struct instance *instance)
{
    webservice_stop(instance->service);
    if (instance->closed_fd >= 0)
        close(instance->closed_fd);
    if (instance->container) {
        cancel_raise(&instance->cancel, CANCEL_STOP);
        pthread_join(instance->follower, NULL);
        docker_set_cancel(instance->docker, NULL);
        if (!docker_remove(instance->docker, instance->container, NULL))
            tell(instance, "the container could not be removed");
    }
    docker_free(instance->docker);
    cancel_release(&instance->cancel);
    free(instance->container);
    free(instance->id);
    free(instance->group);
    free(instance);
}

static bool ends_at_once(struct emulator *emulator)
{
    const char *fault;
    int64_t value;
    bool is_exit;

    pthread_mutex_lock(&emulator->lock);
    fault = fault_of_event(emulator, "image", &value);
    is_exit = fault && strcmp(fault, "exit") == 0;
    pthread_mutex_unlock(&emulator->lock);
    return is_exit;
}

static bool start(struct instance *instance, const char *image,
                  const json_t *environment, int wanted, int *outside,
                  struct error *err)
{
    if (ends_at_once(instance->emulator))
        return error_set(err, ERROR_BLOCKED,
                         "the container ended at once, with status 1");
    if (instance->emulator->docker == EMULATOR_DOCKER_REAL)
        return start_container(instance, image, environment, wanted, outside,
                               err);
    return start_built_in(instance, image, environment, wanted, outside, err);
}

char *hosting_start(struct emulator *emulator, const char *image, int port,
                    const json_t *environment, const char *application_group,
                    char **id, struct error *err)
{
    struct instance *instance = mem_new(1, sizeof(*instance));
    int outside = 0;

    instance->emulator = emulator;
    instance->group = mem_text(application_group);
    instance->closed_fd = -1;
    if (!cancel_init(&instance->cancel, err)) {
        free(instance->group);
        free(instance);
        return NULL;
    }
    if (!start(instance, image, environment, port, &outside, err)) {
        instance_free(instance);
        return NULL;
    }
    *id = mem_text(instance->id);
    pthread_mutex_lock(&instances_lock);
    instance->next = instances;
    instances = instance;
    pthread_mutex_unlock(&instances_lock);
    return mem_format("http://127.0.0.1:%d", outside);
}

bool hosting_is_healthy(const char *url, const char *path)
{
    struct http *http = http_new(NULL);
    char *whole = mem_format("%s%s", url, path);
    struct http_request request = { .method = "GET",
                                    .url = whole,
                                    .timeout_ms = HEALTH_TIMEOUT_MS,
                                    .ignores_proxy = true };
    struct http_response response = { 0 };
    bool is_healthy = http && http_send(http, &request, &response, NULL) &&
                      response.status == 200;

    http_response_release(&response);
    http_free(http);
    free(whole);
    return is_healthy;
}

/* Takes the first that fits out of the list: by its name, or any of the
 * emulator's. */
static struct instance *take(const struct emulator *emulator, const char *id)
{
    struct instance **place, *found = NULL;

    pthread_mutex_lock(&instances_lock);
    for (place = &instances; *place && !found; place = &(*place)->next) {
        if ((*place)->emulator != emulator ||
            (id && strcmp((*place)->id, id) != 0))
            continue;
        found = *place;
        *place = found->next;
        break;
    }
    pthread_mutex_unlock(&instances_lock);
    return found;
}

void hosting_stop(struct emulator *emulator, const char *id)
{
    struct instance *instance = id ? take(emulator, id) : NULL;

    if (instance)
        instance_free(instance);
}

void hosting_stop_all(struct emulator *emulator)
{
    struct instance *instance = take(emulator, NULL);

    while (instance) {
        instance_free(instance);
        instance = take(emulator, NULL);
    }
}
