#include "emulator/operations.h"

#include "base/clock.h"
#include "base/jsonx.h"
#include "base/mem.h"
#include "emulator/forward.h"
#include "emulator/rollout.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct operations {
    struct site *sites;
    size_t count, capacity;
    size_t running; /* threads */
    pthread_cond_t changed;
};

/* What an operation does, and the service's status at its ends. */
static const struct kind {
    const char *type;
    enum rollout_end (*work)(struct rollout *rollout);
    const char *done, *failed;
    const char *trigger;
} kinds[] = {
    { "CREATE_SERVICE", rollout_deploy, "RUNNING", "CREATE_FAILED",
      "SERVICE_CREATE" },
    { "UPDATE_SERVICE", rollout_deploy, "RUNNING", "RUNNING",
      "SERVICE_UPDATE" },
    { "START_DEPLOYMENT", rollout_deploy, "RUNNING", "RUNNING",
      "SERVICE_DEPLOY" },
    { "RESUME_SERVICE", rollout_deploy, "RUNNING", "PAUSED", "SERVICE_RESUME" },
    { "PAUSE_SERVICE", rollout_stop, "PAUSED", "RUNNING", "SERVICE_PAUSE" },
    { "DELETE_SERVICE", rollout_stop, "DELETED", "DELETE_FAILED",
      "SERVICE_DELETE" },
};

static struct operations *all(struct emulator *emulator)
{
    if (!emulator->operations) {
        emulator->operations = mem_new(1, sizeof(*emulator->operations));
        pthread_cond_init(&emulator->operations->changed, NULL);
    }
    return emulator->operations;
}

/* ---- what a rollout asks
 * ------------------------------------------------------ */

json_t *operations_entry(struct emulator *emulator, const char *arn)
{
    return json_object_get(emulator_part(emulator, "services"), arn);
}

static json_t *service_of(struct emulator *emulator, const char *arn)
{
    return json_object_get(operations_entry(emulator, arn), "Service");
}

/* The port of "http://127.0.0.1:PORT", 0 for none. */
static int port_of(const char *url)
{
    const char *colon = strrchr(url, ':');

    return colon ? (int)strtol(colon + 1, NULL, 10) : 0;
}

/* The port it had before a restart, when nobody has taken it. */
static struct forward *open_forward(const char *url)
{
    struct forward *forward = forward_open(port_of(url), NULL);

    return forward ? forward : forward_open(0, NULL);
}

struct site *operations_site(struct emulator *emulator, const char *arn)
{
    struct operations *operations = all(emulator);
    struct site site = { .arn = NULL };

    for (size_t i = 0; i < operations->count; i++)
        if (!strcmp(operations->sites[i].arn, arn))
            return &operations->sites[i];
    site.forward =
        open_forward(jsonx_text(service_of(emulator, arn), "ServiceUrl", ""));
    if (!site.forward) {
        fprintf(stderr, "stepdeck-emulator: no port to be had\n");
        exit(EXIT_FAILURE);
    }
    site.arn = mem_text(arn);
    operations->sites = mem_grow(operations->sites, operations->count,
                                 &operations->capacity, sizeof(site));
    operations->sites[operations->count] = site;
    return &operations->sites[operations->count++];
}

char *operations_open_url(struct emulator *emulator, const char *arn)
{
    struct site *site = operations_site(emulator, arn);

    return mem_format("http://127.0.0.1:%d", forward_port(site->forward));
}

bool operations_pause(struct emulator *emulator, int64_t wait_ms)
{
    struct timespec until;
    int64_t end_ms = clock_wall(clock_system()) + wait_ms;

    until.tv_sec = (time_t)(end_ms / 1000);
    until.tv_nsec = (long)(end_ms % 1000) * 1000000;
    while (!emulator->is_stopping &&
           !pthread_cond_timedwait(&all(emulator)->changed, &emulator->lock,
                                   &until))
        ;
    return !emulator->is_stopping;
}

static json_t *find_operation(struct emulator *emulator, const char *arn,
                              const char *id)
{
    json_t *list = json_object_get(emulator_part(emulator, "operations"), arn);
    size_t index;
    json_t *operation;

    json_array_foreach(list, index,
                       operation) if (!strcmp(jsonx_text(operation, "Id", ""),
                                              id)) return operation;
    return NULL;
}

void operations_set_status(struct emulator *emulator, const char *arn,
                           const char *id, const char *status)
{
    json_t *operation = find_operation(emulator, arn, id);

    jsonx_set_text(operation, "Status", status);
    json_object_set_new(operation, "UpdatedAt", json_real(emulator_now()));
}

/* ---- the end of an operation
 * ---------------------------------------------------- */

static const char *const end_statuses[] = {
    [ROLLOUT_DONE] = "SUCCEEDED",
    [ROLLOUT_FAILED] = "FAILED",
    [ROLLOUT_ROLLED_BACK] = "ROLLBACK_SUCCEEDED",
    [ROLLOUT_BROKEN] = "ROLLBACK_FAILED",
};

static const struct kind *kind_of(const char *type)
{
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (!strcmp(kinds[i].type, type))
            return &kinds[i];
    return &kinds[0];
}

/* A deployment that succeeded is what the next may go back to; one that did
 * not, goes back. */
static void settle(struct emulator *emulator, const char *arn, bool is_done,
                   bool is_broken)
{
    json_t *entry = operations_entry(emulator, arn);
    json_t *service = json_object_get(entry, "Service");
    json_t *deployed = json_object_get(entry, "deployed");

    if (is_done)
        json_object_set_new(entry, "deployed", json_deep_copy(service));
    else if (deployed && !is_broken)
        json_object_set_new(entry, "Service", json_deep_copy(deployed));
}

/* How the service is called afterwards. */
static const char *status_after(const struct rollout *rollout,
                                const struct kind *kind, bool is_done)
{
    json_t *entry = operations_entry(rollout->emulator, rollout->arn);

    if (rollout->was_paused && !strcmp(rollout->type, "UPDATE_SERVICE"))
        return "PAUSED";
    if (is_done)
        return kind->done;
    if (kind->work == rollout_deploy && !json_object_get(entry, "deployed"))
        return "CREATE_FAILED";
    return kind->failed;
}

static void finish(const struct rollout *rollout, enum rollout_end end)
{
    struct emulator *emulator = rollout->emulator;
    const struct kind *kind = kind_of(rollout->type);
    bool is_done = end == ROLLOUT_DONE;
    double now = emulator_now();
    const char *status;
    json_t *service;

    if (end == ROLLOUT_INTERRUPTED)
        return;
    if (kind->work == rollout_deploy)
        settle(emulator, rollout->arn, is_done, end == ROLLOUT_BROKEN);
    status = status_after(rollout, kind, is_done);
    service = service_of(emulator, rollout->arn);
    jsonx_set_text(service, "Status", status);
    json_object_set_new(service, "UpdatedAt", json_real(now));
    if (!strcmp(status, "DELETED"))
        json_object_set_new(service, "DeletedAt", json_real(now));
    operations_set_status(emulator, rollout->arn, rollout->id,
                          end_statuses[end]);
    json_object_set_new(find_operation(emulator, rollout->arn, rollout->id),
                        "EndedAt", json_real(now));
    char *group = mem_format("/aws/apprunner/%s/%s/service",
                             jsonx_text(service, "ServiceName", ""),
                             jsonx_text(service, "ServiceId", ""));
    char *line = mem_format("[AppRunner] Service status is set to %s.", status);
    emulator_log(emulator, group, "events", line);
    free(line);
    free(group);
    emulator_save(emulator);
}

/* ---- threads
 * ---------------------------------------------------------------------- */

static void rollout_free(struct rollout *rollout)
{
    free(rollout->arn);
    free(rollout->id);
    free(rollout->url);
    free(rollout->instance);
    free(rollout);
}

static void *run(void *context)
{
    struct rollout *rollout = context;
    struct emulator *emulator = rollout->emulator;
    enum rollout_end end;

    pthread_mutex_lock(&emulator->lock);
    if (rollout->id[0])
        operations_set_status(emulator, rollout->arn, rollout->id,
                              "IN_PROGRESS");
    end = kind_of(rollout->type)->work(rollout);
    if (rollout->id[0])
        finish(rollout, end);
    rollout_free(rollout);
    emulator->operations->running--;
    pthread_cond_broadcast(&emulator->operations->changed);
    pthread_mutex_unlock(&emulator->lock);
    return NULL;
}

static void start_thread(struct emulator *emulator, struct rollout *rollout)
{
    pthread_t thread;

    rollout->emulator = emulator;
    if (pthread_create(&thread, NULL, run, rollout)) {
        fprintf(stderr, "stepdeck-emulator: cannot start a thread\n");
        exit(EXIT_FAILURE);
    }
    pthread_detach(thread);
    all(emulator)->running++;
}

static void copy_event(struct emulator *emulator, const char *event,
                       char kind[32], int64_t *value)
{
    const char *found = fault_of_event(emulator, event, value);

    snprintf(kind, 32, "%s", found ? found : "");
}

char *operations_start(struct emulator *emulator, const char *arn,
                       const char *type)
{
    struct rollout *rollout = mem_new(1, sizeof(*rollout));
    json_t *operations = emulator_part(emulator, "operations");
    json_t *list = json_object_get(operations, arn);
    const char *status = jsonx_text(service_of(emulator, arn), "Status", "");
    double now = emulator_now();
    char *id = emulator_uuid(emulator);

    rollout->was_paused = !strcmp(status, "PAUSED");
    if (!list) {
        list = json_array();
        json_object_set_new(operations, arn, list);
    }
    json_array_insert_new(list, 0,
                          json_pack("{s:s, s:s, s:s, s:s, s:f, s:f}", "Id", id,
                                    "Type", type, "Status", "PENDING",
                                    "TargetArn", arn, "StartedAt", now,
                                    "UpdatedAt", now));
    jsonx_set_text(service_of(emulator, arn), "Status",
                   "OPERATION_IN_PROGRESS");
    copy_event(emulator, "operation", rollout->fault, NULL);
    copy_event(emulator, "health", rollout->mood, &rollout->mood_value);
    rollout->arn = mem_text(arn);
    rollout->id = mem_text(id);
    rollout->type = kind_of(type)->type;
    rollout->trigger = kind_of(type)->trigger;
    start_thread(emulator, rollout);
    return id;
}

/* ---- a restart
 * ----------------------------------------------------------------------- */

/* What the end of the program interrupted has failed. */
static void fail_interrupted(struct emulator *emulator, const char *arn)
{
    json_t *list = json_object_get(emulator_part(emulator, "operations"), arn);
    json_t *newest = json_array_get(list, 0);
    struct rollout rollout = { .emulator = emulator };

    if (!newest || json_object_get(newest, "EndedAt"))
        return;
    rollout.type = kind_of(jsonx_text(newest, "Type", ""))->type;
    rollout.arn = mem_text(arn);
    rollout.id = mem_text(jsonx_text(newest, "Id", ""));
    finish(&rollout, ROLLOUT_FAILED);
    free(rollout.arn);
    free(rollout.id);
}

/* Without an operation of its own: nobody asked for it. */
static void start_again(struct emulator *emulator, const char *arn)
{
    struct rollout *rollout = mem_new(1, sizeof(*rollout));

    rollout->arn = mem_text(arn);
    rollout->id = mem_text("");
    rollout->type = kind_of("RESUME_SERVICE")->type;
    rollout->trigger = kind_of("RESUME_SERVICE")->trigger;
    start_thread(emulator, rollout);
}

/* An image of our registry is still ours when that listens elsewhere now. */
static void move_image(json_t *service, const char *old, const char *host)
{
    json_t *source = json_object_get(service, "SourceConfiguration");
    json_t *image = json_object_get(source, "ImageRepository");
    const char *name = jsonx_text(image, "ImageIdentifier", "");
    size_t size = strlen(old);

    if (!size || strncmp(name, old, size) != 0 || name[size] != '/')
        return;
    char *moved = mem_format("%s%s", host, name + size);
    jsonx_set_text(image, "ImageIdentifier", moved);
    free(moved);
}

static void move_images(struct emulator *emulator)
{
    json_t *services = emulator_part(emulator, "services");
    char *old = mem_text(jsonx_text(emulator->tree, "host", ""));
    const char *arn;
    json_t *entry;

    json_object_foreach(services, arn, entry)
    {
        move_image(json_object_get(entry, "Service"), old, emulator->host);
        move_image(json_object_get(entry, "deployed"), old, emulator->host);
    }
    jsonx_set_text(emulator->tree, "host", emulator->host);
    free(old);
}

void operations_resume(struct emulator *emulator)
{
    json_t *services;
    const char *arn;
    json_t *entry;

    pthread_mutex_lock(&emulator->lock);
    all(emulator);
    move_images(emulator);
    services = emulator_part(emulator, "services");
    json_object_foreach(services, arn, entry)
    {
        const char *status;
        char *url;

        fail_interrupted(emulator, arn);
        status = jsonx_text(service_of(emulator, arn), "Status", "");
        if (!strcmp(status, "DELETED"))
            continue;
        url = operations_open_url(emulator, arn);
        jsonx_set_text(service_of(emulator, arn), "ServiceUrl", url);
        free(url);
        if (!strcmp(status, "RUNNING"))
            start_again(emulator, arn);
    }
    pthread_mutex_unlock(&emulator->lock);
}

void operations_stop(struct emulator *emulator)
{
    struct operations *operations;

    pthread_mutex_lock(&emulator->lock);
    emulator->is_stopping = true;
    operations = all(emulator);
    pthread_cond_broadcast(&operations->changed);
    while (operations->running)
        pthread_cond_wait(&operations->changed, &emulator->lock);
    pthread_mutex_unlock(&emulator->lock);
}

void operations_release(struct emulator *emulator)
{
    struct operations *operations = all(emulator);

    operations_stop(emulator);
    for (size_t i = 0; i < operations->count; i++) {
        forward_close(operations->sites[i].forward);
        free(operations->sites[i].arn);
        free(operations->sites[i].instance);
    }
    pthread_cond_destroy(&operations->changed);
    free(operations->sites);
    free(operations);
    emulator->operations = NULL;
}
