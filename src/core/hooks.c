#include "core/hooks.h"

#include "base/mem.h"
#include "base/strvec.h"
#include "core/runs.h"
#include "core/script.h"
#include "core/steplog.h"

#include <stdlib.h>
#include <unistd.h>

static char *find_hook(const struct project *project, const char *name)
{
    char *path = mem_format("%s/hooks/%s", project->dir, name);

    if (access(path, X_OK) == 0)
        return path;
    free(path);
    return NULL;
}

bool hooks_run(const struct worker_job *job, const char *name, const char *step,
               int exit_status, struct cancel *cancel,
               void (*output)(void *context, const char *bytes, size_t size),
               void *context, struct error *err)
{
    char *path = find_hook(job->project, name);
    struct strvec variables = { 0 };
    struct child_result result = { 0 };
    bool ok = true;

    if (!path)
        return true;
    if (step)
        strvec_addf(&variables, "SCRIPT_NAME=%s", step);
    if (exit_status >= 0)
        strvec_addf(&variables, "STEPDECK_EXIT_STATUS=%d", exit_status);
    if (!script_run_hook(job, path, &variables, cancel, output, context,
                         &result, err))
        ok = false;
    else if (result.end != CHILD_EXITED)
        ok = error_set(err, ERROR_IO, "hook '%s' was ended by a signal", name);
    else if (result.exit_status)
        ok = error_set(err, ERROR_IO, "hook '%s' failed with exit status %d",
                       name, result.exit_status);
    strvec_release(&variables);
    free(path);
    return ok;
}

static void log_hook_output(void *context, const char *bytes, size_t size)
{
    steplog_write(context, bytes, size);
}

bool hooks_run_logged(const struct worker_job *job, const char *name,
                      int exit_status, struct cancel *cancel, struct error *err)
{
    char *path = find_hook(job->project, name);
    struct steplog *log;
    bool ok;

    if (!path)
        return true;
    free(path);
    log = steplog_new(runs_open_log(job->state, job->run, name, NULL),
                      job->redact);
    ok = hooks_run(job, name, NULL, exit_status, cancel, log_hook_output, log,
                   err);
    steplog_finish(log);
    steplog_free(log);
    return ok;
}
