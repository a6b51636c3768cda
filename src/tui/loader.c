#include "tui/loader.h"

#include "base/mem.h"
#include "base/queue.h"
#include "tui/loads.h"
#include "tui/loadsetup.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum { LANE_DISK, LANE_CLOUD, LANES };

/* A thread and what it has to do. */
struct lane {
    struct loader *loader;
    pthread_t thread;
    struct queue *jobs;
    struct cancel cancel;
    bool can_cancel, is_running;
};

struct loader {
    const struct console_request *request;
    struct lane lanes[LANES];
    struct queue *answers;
    atomic_bool stops;
};

/* ---- what is loaded --------------------------------------------------- */

void heading_release(struct heading *heading)
{
    free(heading->project);
    free(heading->environment);
    free(heading->region);
    free(heading->branch);
    free(heading->commit);
    free(heading->state_path);
    *heading = (struct heading){ 0 };
}

void past_run_release(struct past_run *run)
{
    free(run->id);
    free(run->command);
    free(run->environment);
    free(run->commit);
    free(run->remark);
    *run = (struct past_run){ 0 };
}

void report_free(struct report *report)
{
    if (report)
        report_release(report);
    free(report);
}

void overview_free(struct overview *overview, struct session *session)
{
    if (overview)
        overview_release(overview);
    free(overview);
    if (session)
        session_close(session);
    free(session);
}

void loaded_free(struct loaded *loaded)
{
    if (!loaded)
        return;
    free(loaded->text);
    free(loaded->typed);
    free(loaded->notice);
    heading_release(&loaded->heading);
    json_decref(loaded->plan);
    json_decref(loaded->cloud);
    json_decref(loaded->previews);
    timings_release(&loaded->timings);
    theme_free(loaded->theme);
    follower_stop(loaded->follower);
    for (size_t i = 0; i < loaded->history_count; i++)
        past_run_release(&loaded->history[i]);
    free(loaded->history);
    report_free(loaded->report);
    statelog_release(&loaded->remarks);
    statelog_release(&loaded->checkpoints);
    strvec_release(&loaded->hints);
    overview_free(loaded->overview, loaded->session);
    loadsetup_release(&loaded->setup);
    free(loaded);
}

static void drop_answer(void *item)
{
    loaded_free(item);
}

/* ---- the thread ------------------------------------------------------- */

static void *lane_main(void *opaque)
{
    struct lane *lane = opaque;
    struct loader *loader = lane->loader;

    while (!atomic_load(&loader->stops)) {
        struct load_job *job = queue_take(lane->jobs);

        if (!job) {
            queue_wait(lane->jobs, -1);
            continue;
        }
        queue_push(loader->answers,
                   load_do(job, loader->request, &lane->cancel));
        load_job_free(job);
        /* A cancel was meant for that job. */
        if (!atomic_load(&loader->stops))
            cancel_reset(&lane->cancel);
    }
    return NULL;
}

static bool start_lane(struct lane *lane, struct loader *loader,
                       struct error *err)
{
    int failure;

    lane->loader = loader;
    lane->jobs = queue_new(load_job_free, err);
    if (!lane->jobs)
        return false;
    lane->can_cancel = cancel_init(&lane->cancel, err);
    if (!lane->can_cancel)
        return false;
    failure = pthread_create(&lane->thread, NULL, lane_main, lane);
    if (failure)
        return error_set_errno(err, ERROR_INTERNAL, failure,
                               "no thread can be had");
    lane->is_running = true;
    return true;
}

struct loader *loader_start(const struct console_request *request,
                            struct error *err)
{
    struct loader *loader = mem_new(1, sizeof(*loader));

    loader->request = request;
    loader->answers = queue_new(drop_answer, err);
    if (loader->answers && start_lane(&loader->lanes[LANE_DISK], loader, err) &&
        start_lane(&loader->lanes[LANE_CLOUD], loader, err))
        return loader;
    loader_stop(loader);
    return NULL;
}

void loader_stop(struct loader *loader)
{
    if (!loader)
        return;
    atomic_store(&loader->stops, true);
    for (int i = 0; i < LANES; i++) {
        struct lane *lane = &loader->lanes[i];

        if (!lane->is_running)
            continue;
        cancel_raise(&lane->cancel, CANCEL_STOP);
        queue_poke(lane->jobs);
    }
    for (int i = 0; i < LANES; i++) {
        struct lane *lane = &loader->lanes[i];

        if (lane->is_running)
            pthread_join(lane->thread, NULL);
        if (lane->can_cancel)
            cancel_release(&lane->cancel);
        queue_free(lane->jobs);
    }
    queue_free(loader->answers);
    free(loader);
}

void loader_cancel(struct loader *loader)
{
    cancel_raise(&loader->lanes[LANE_DISK].cancel, CANCEL_STOP);
}

/* ---- asking ----------------------------------------------------------- */

static struct load_job *new_job(enum load_kind kind)
{
    struct load_job *job = mem_new(1, sizeof(*job));

    job->kind = kind;
    return job;
}

static void push(struct loader *loader, struct load_job *job)
{
    int lane = job->kind >= LOAD_CLOUD ? LANE_CLOUD : LANE_DISK;

    queue_push(loader->lanes[lane].jobs, job);
}

void loader_ask(struct loader *loader, enum load_kind kind, const char *text,
                const char *other)
{
    struct load_job *job = new_job(kind);

    job->text = mem_text(text);
    job->other = mem_text(other);
    push(loader, job);
}

void loader_run(struct loader *loader, enum load_kind kind,
                const struct load_launch *launch)
{
    struct load_job *job = new_job(kind);

    job->command = mem_text(launch->command);
    job->only = mem_text(launch->only);
    job->skip = mem_text(launch->skip);
    job->shown = launch->shown;
    job->is_first = launch->is_first;
    job->wait_ms = launch->wait_ms;
    push(loader, job);
}

void loader_join(struct loader *loader, struct launch *launch)
{
    struct load_job *job = new_job(LOAD_JOIN);

    job->launch = launch;
    push(loader, job);
}

void loader_setup(struct loader *loader, const struct load_setup *setup)
{
    struct load_job *job = new_job(LOAD_SETUP);

    job->setup = *setup;
    push(loader, job);
}

void loader_save(struct loader *loader, const struct preferences *preferences,
                 const struct preferences *before)
{
    struct load_job *job = new_job(LOAD_PREFERENCES);

    job->preferences = *preferences;
    job->preferences.theme = mem_text(preferences->theme);
    job->before = *before;
    job->before.theme = mem_text(before->theme);
    push(loader, job);
}

int loader_fd(const struct loader *loader)
{
    return queue_fd(loader->answers);
}

struct loaded *loader_take(struct loader *loader)
{
    struct loaded *loaded = queue_take(loader->answers);

    if (!loaded) {
        queue_drain(loader->answers);
        loaded = queue_take(loader->answers);
    }
    return loaded;
}
