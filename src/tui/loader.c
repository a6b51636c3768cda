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

struct loader {
    const struct console_request *request;
    pthread_t thread;
    struct queue *jobs;
    struct queue *answers;
    struct cancel cancel;
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

static void *loader_main(void *opaque)
{
    struct loader *loader = opaque;

    while (!atomic_load(&loader->stops)) {
        struct load_job *job = queue_take(loader->jobs);

        if (!job) {
            queue_wait(loader->jobs, -1);
            continue;
        }
        queue_push(loader->answers,
                   load_do(job, loader->request, &loader->cancel));
        load_job_free(job);
        /* A cancel was meant for that job. */
        if (!atomic_load(&loader->stops))
            cancel_reset(&loader->cancel);
    }
    return NULL;
}

struct loader *loader_start(const struct console_request *request,
                            struct error *err)
{
    struct loader *loader = mem_new(1, sizeof(*loader));
    int failure = 0;

    loader->request = request;
    loader->jobs = queue_new(load_job_free, err);
    loader->answers = queue_new(drop_answer, err);
    if (loader->jobs && loader->answers && cancel_init(&loader->cancel, err)) {
        failure = pthread_create(&loader->thread, NULL, loader_main, loader);
        if (!failure)
            return loader;
        error_set_errno(err, ERROR_INTERNAL, failure, "no thread can be had");
        cancel_release(&loader->cancel);
    }
    queue_free(loader->jobs);
    queue_free(loader->answers);
    free(loader);
    return NULL;
}

void loader_stop(struct loader *loader)
{
    if (!loader)
        return;
    atomic_store(&loader->stops, true);
    cancel_raise(&loader->cancel, CANCEL_STOP);
    queue_poke(loader->jobs);
    pthread_join(loader->thread, NULL);
    cancel_release(&loader->cancel);
    queue_free(loader->jobs);
    queue_free(loader->answers);
    free(loader);
}

void loader_cancel(struct loader *loader)
{
    cancel_raise(&loader->cancel, CANCEL_STOP);
}

/* ---- asking ----------------------------------------------------------- */

static struct load_job *new_job(enum load_kind kind)
{
    struct load_job *job = mem_new(1, sizeof(*job));

    job->kind = kind;
    return job;
}

void loader_ask(struct loader *loader, enum load_kind kind, const char *text,
                const char *other)
{
    struct load_job *job = new_job(kind);

    job->text = mem_text(text);
    job->other = mem_text(other);
    queue_push(loader->jobs, job);
}

void loader_run(struct loader *loader, enum load_kind kind,
                const struct load_launch *launch)
{
    struct load_job *job = new_job(kind);

    job->command = mem_text(launch->command);
    job->only = mem_text(launch->only);
    job->skip = mem_text(launch->skip);
    job->shown = launch->shown;
    job->starts = launch->starts;
    job->is_first = launch->is_first;
    job->wait_ms = launch->wait_ms;
    queue_push(loader->jobs, job);
}

void loader_join(struct loader *loader, struct launch *launch)
{
    struct load_job *job = new_job(LOAD_JOIN);

    job->launch = launch;
    queue_push(loader->jobs, job);
}

void loader_setup(struct loader *loader, const struct load_setup *setup)
{
    struct load_job *job = new_job(LOAD_SETUP);

    job->setup = *setup;
    queue_push(loader->jobs, job);
}

void loader_save(struct loader *loader, const struct preferences *preferences,
                 const struct preferences *before)
{
    struct load_job *job = new_job(LOAD_PREFERENCES);

    job->preferences = *preferences;
    job->preferences.theme = mem_text(preferences->theme);
    job->before = *before;
    job->before.theme = mem_text(before->theme);
    queue_push(loader->jobs, job);
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
