#include "tui/loads.h"

#include "base/fileio.h"
#include "base/mem.h"
#include "base/redact_json.h"
#include "base/strvec.h"
#include "core/lock.h"
#include "core/repo.h"
#include "core/runs.h"
#include "tui/loadcloud.h"
#include "tui/loadfile.h"
#include "tui/loadpast.h"
#include "tui/loadsetup.h"
#include "tui/wanted.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- sessions --------------------------------------------------------- */

bool load_session(struct session *session,
                  const struct console_request *request, struct error *err)
{
    const struct session_request wanted = {
        .environment = request->launch.environment,
        .overrides = request->launch.overrides,
        .mode = STATE_READ,
    };

    return session_open(session, &wanted, err);
}

static char *configured(const struct session *session, const char *key)
{
    return mem_text(config_get(&session->project.config, key));
}

static void fill_heading(struct heading *heading, const struct session *session)
{
    struct repo_info info = { 0 };

    heading->project = mem_text(session->project.name);
    heading->environment = configured(session, "ENVIRONMENT");
    heading->region = configured(session, "AWS_REGION");
    heading->state_path = mem_text(state_path(session->state));
    if (repo_read(session->project.dir, &info)) {
        heading->branch = mem_text(info.branch);
        heading->commit = mem_text(info.commit);
    }
    repo_info_release(&info);
}

/* ---- plans and launches ----------------------------------------------- */

static void fill_plan(struct loaded *loaded, const struct session *session,
                      const struct plan *plan)
{
    static const char *const spared[] = { "step", "status", "action", NULL };
    json_t *json = plan_json(plan);

    loaded->plan = redact_json(json, session->redact, spared);
    json_decref(json);
}

/* The run that holds the lock, or NULL. */
static char *run_under_way(const struct session *session)
{
    json_t *holder = NULL;
    char *run = NULL;

    if (lock_inspect(state_fd(session->state), &holder))
        run = mem_text(json_string_value(json_object_get(holder, "run")));
    json_decref(holder);
    return run;
}

static void fill_project(struct loaded *loaded, const struct session *session,
                         const struct console_request *request)
{
    const char *key = request->typed_key;

    fill_heading(&loaded->heading, session);
    loaded->has_steps = session->project.count > 0;
    loaded->has_target = session->project.target != NULL;
    loaded->is_set_up = loaded->has_steps || fileio_exists(AT_FDCWD, ".env") ||
                        fileio_exists(AT_FDCWD, "deployment-config.env");
    if (key)
        loaded->typed = configured(session, key);
    timings_load(&loaded->timings, session->state, "deploy");
    loaded->has_timings = true;
}

static bool is_under_way(const struct session *session)
{
    char *run = run_under_way(session);
    bool is = run != NULL;

    free(run);
    return is;
}

static void load_plan(struct loaded *loaded, const struct load_job *job,
                      const struct console_request *request)
{
    struct session session = { 0 };
    struct wanted wanted = { 0 };
    struct plan plan = { 0 };

    wanted_fill(&wanted, job, request);
    if (wanted_open(&wanted, &session, &loaded->error)) {
        fill_project(loaded, &session, request);
        loaded->is_under_way = is_under_way(&session);
        /* A folder without steps is no fault until something is to be run. */
        if (!loaded->has_steps && !job->command)
            loaded->plan = json_array();
        else if (wanted_select(&wanted, &session, &loaded->error) &&
                 launch_plan(&plan, &session, &wanted.request, &loaded->error))
            fill_plan(loaded, &session, &plan);
        plan_release(&plan);
        session_close(&session);
    }
    wanted_release(&wanted);
}

static void note(void *context, const char *text)
{
    struct loaded *loaded = context;

    free(loaded->notice);
    loaded->notice = mem_text(text);
}

static bool start_launch(struct loaded *loaded, struct load_job *job,
                         struct launch *launch)
{
    struct error *err = &loaded->error;

    if (!launch_prepare(launch, err))
        return false;
    if (job->shown && !launch_is_as_shown(launch, job->shown)) {
        loaded->changed = true;
        fill_heading(&loaded->heading, &launch->session);
        loaded->has_steps = true;
        fill_plan(loaded, &launch->session, &launch->plan);
        return false;
    }
    return launch_start(launch, err);
}

static void load_launch(struct loaded *loaded, struct load_job *job,
                        const struct console_request *request,
                        struct cancel *cancel)
{
    struct launch *launch = mem_new(1, sizeof(*launch));
    struct wanted wanted = { 0 };

    wanted_fill(&wanted, job, request);
    wanted.request.cancel = cancel;
    if (job->wait_ms)
        wanted.request.lock_wait_ms = job->wait_ms;
    wanted.request.say = note;
    wanted.request.say_context = loaded;
    if (launch_open(launch, &wanted.request, &loaded->error) &&
        wanted_select(&wanted, &launch->session, &loaded->error)) {
        launch->request.plan = wanted.request.plan;
        if (start_launch(loaded, job, launch))
            loaded->launch = launch;
    }
    if (loaded->launch) {
        /* Nobody is told in passing any more. */
        launch->request.say = NULL;
        fill_heading(&loaded->heading, &launch->session);
    } else {
        launch_release(launch);
        free(launch);
    }
    wanted_release(&wanted);
}

static void load_join(struct loaded *loaded, struct load_job *job)
{
    struct launch *launch = job->launch;

    job->launch = NULL;
    loaded->exit_status = launch_join(launch, &loaded->error);
    timings_load(&loaded->timings, launch->session.state, "deploy");
    loaded->has_timings = true;
    launch_release(launch);
    free(launch);
}

/* ---- watching --------------------------------------------------------- */

static void load_watch(struct loaded *loaded, const struct load_job *job,
                       const struct console_request *request)
{
    struct session session = { 0 };
    char *run = NULL;

    if (!load_session(&session, request, &loaded->error))
        return;
    fill_project(loaded, &session, request);
    if (!job->text)
        run = run_under_way(&session);
    loaded->is_under_way = run != NULL;
    if (!run)
        run = runs_find(session.state, job->text, &loaded->error);
    if (run)
        loaded->follower =
            follower_start(session.state, run, true, &loaded->error);
    free(run);
    session_close(&session);
}

static void load_theme(struct loaded *loaded, const struct load_job *job)
{
    char *dir = preferences_dir();

    loaded->theme =
        theme_load(job->text ? job->text : "default", dir, &loaded->error);
    free(dir);
}

/* ---- all of them ------------------------------------------------------ */

void load_job_free(void *opaque)
{
    struct load_job *job = opaque;

    free(job->text);
    free(job->other);
    free(job->command);
    free(job->only);
    free(job->skip);
    json_decref(job->shown);
    preferences_release(&job->preferences);
    preferences_release(&job->before);
    loadsetup_release(&job->setup);
    free(job);
}

struct loaded *load_do(struct load_job *job,
                       const struct console_request *request,
                       struct cancel *cancel)
{
    struct loaded *loaded = mem_new(1, sizeof(*loaded));

    loaded->kind = job->kind;
    loaded->text = mem_text(job->text);
    switch (job->kind) {
    case LOAD_PLAN:
        load_plan(loaded, job, request);
        break;
    case LOAD_LAUNCH:
        load_launch(loaded, job, request, cancel);
        break;
    case LOAD_JOIN:
        load_join(loaded, job);
        break;
    case LOAD_WATCH:
        load_watch(loaded, job, request);
        break;
    case LOAD_HISTORY:
        loadpast_history(loaded, request);
        break;
    case LOAD_RUN:
        loadpast_run(loaded, job, request);
        break;
    case LOAD_REMARKS:
    case LOAD_CHECKPOINTS:
        loadpast_logs(loaded, job->kind, request);
        break;
    case LOAD_STATUS:
        loadpast_status(loaded, request);
        break;
    case LOAD_PREFERENCES:
        (void)!preferences_save(&job->preferences, &job->before,
                                &loaded->error);
        break;
    case LOAD_COPY:
        loadfile_copy(loaded, job);
        break;
    case LOAD_CLIP:
    case LOAD_PICTURE:
        loadfile_write(loaded, job);
        break;
    case LOAD_THEME:
        load_theme(loaded, job);
        break;
    case LOAD_SETUP:
        loaded->setup = job->setup;
        job->setup = (struct load_setup){ 0 };
        loadsetup_do(&loaded->setup, &loaded->error);
        break;
    case LOAD_CLOUD:
        loadcloud_status(loaded, request, cancel);
        break;
    case LOAD_PREVIEW:
        loadcloud_preview(loaded, job, request, cancel);
        break;
    case LOAD_OFFERS:
        loadsetup_offers(&loaded->setup, cancel, &loaded->error);
        break;
    }
    return loaded;
}
