#include "core/script.h"

#include "base/fileio.h"
#include "base/mem.h"
#include "base/strvec.h"

#include <stdlib.h>
#include <string.h>

extern char **environ;

static bool is_overridden(const struct strvec *environment, const char *entry)
{
    size_t size = strcspn(entry, "=") + 1;

    for (size_t i = 0; i < environment->count; i++) {
        if (strncmp(environment->items[i], entry, size) == 0)
            return true;
    }
    return false;
}

void script_environment(const struct project *project,
                        const struct state *state, const char *run,
                        bool headless, struct strvec *environment)
{
    size_t own;

    strvec_addf(environment, "DEPLOYMENT_STATE_DIR=%s", state_path(state));
    strvec_addf(environment, "STEPDECK_RUN_ID=%s", run);
    strvec_addf(environment, "STEPDECK_HEADLESS=%d", headless ? 1 : 0);
    config_export(&project->config, environment);
    if (!config_get(&project->config, "PROJECT_NAME"))
        strvec_addf(environment, "PROJECT_NAME=%s", project->name);
    own = environment->count;
    for (char **entry = environ; entry && *entry; entry++) {
        struct strvec ours = { .items = environment->items, .count = own };

        if (!is_overridden(&ours, *entry))
            strvec_add(environment, *entry);
    }
}

/* The shared environment and a few variables of its own, which replace those
 * of the same name. Borrows all texts; the array is to be freed. */
static char **join_environment(const struct strvec *shared,
                               const struct strvec *own)
{
    size_t own_count = own ? own->count : 0;
    char **joined = mem_new(shared->count + own_count + 1, sizeof(*joined));
    size_t count = own_count;

    if (own_count)
        memcpy(joined, own->items, own_count * sizeof(*joined));
    for (size_t i = 0; i < shared->count; i++) {
        if (!own || !is_overridden(own, shared->items[i]))
            joined[count++] = shared->items[i];
    }
    return joined;
}

/* A script that is not executable (an unpacked archive loses the bit) is run
 * by the interpreter its first line names, as the kernel would. */
static void build_argv(const struct worker_job *job, struct strvec *argv)
{
    const struct step *step = job->step;

    if (!step->is_executable && step->header.shebang) {
        const char *line = step->header.shebang + strlen("#!");
        size_t size;

        line += strspn(line, " \t");
        size = strcspn(line, " \t");
        strvec_take(argv, mem_bytes(line, size));
        line += size + strspn(line + size, " \t");
        if (*line)
            strvec_add(argv, line);
    }
    strvec_take(argv, fileio_join(job->project->dir, step->file));
}

static bool run(const struct worker_job *job, const struct strvec *argv,
                const struct strvec *variables, struct child_request *request,
                struct child_result *result, struct error *err)
{
    char **environment = join_environment(job->environment, variables);
    bool ok;

    request->argv = argv->items;
    request->environment = environment;
    request->dir = job->project->dir;
    request->grace_ms = job->grace_ms;
    ok = child_run(request, result, err);
    free(environment);
    return ok;
}

bool script_run(const struct worker_job *job, int attempt, int marker_fd,
                struct cancel *cancel,
                void (*output)(void *context, const char *bytes, size_t size),
                void *context, struct child_result *result, struct error *err)
{
    const struct step *step = job->step;
    struct child_request request = {
        .interactive = step->header.interactive && job->has_terminal,
        .marker_fd = marker_fd,
        .timeout_ms = step->header.timeout_ms,
        .cancel = cancel,
        .output = output,
        .context = context,
    };
    struct strvec argv = { 0 }, variables = { 0 };
    bool ok;

    strvec_addf(&variables, "SCRIPT_NAME=%s", step->id);
    strvec_addf(&variables, "STEPDECK_ATTEMPT=%d", attempt);
    build_argv(job, &argv);
    ok = run(job, &argv, &variables, &request, result, err);
    strvec_release(&argv);
    strvec_release(&variables);
    return ok;
}

bool script_run_hook(const struct worker_job *job, const char *path,
                     const struct strvec *variables, struct cancel *cancel,
                     void (*output)(void *context, const char *bytes,
                                    size_t size),
                     void *context, struct child_result *result,
                     struct error *err)
{
    struct child_request request = {
        .marker_fd = -1, .cancel = cancel, .output = output, .context = context
    };
    struct strvec argv = { 0 };
    bool ok;

    strvec_add(&argv, path);
    ok = run(job, &argv, variables, &request, result, err);
    strvec_release(&argv);
    return ok;
}
