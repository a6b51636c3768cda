#include "base/fileio.h"
#include "base/jsonx.h"
#include "base/mem.h"
#include "base/redact.h"
#include "base/strbuf.h"
#include "cli/command.h"
#include "cli/past.h"
#include "cli/status_view.h"
#include "cli/workspace.h"
#include "core/lock.h"
#include "core/runs.h"
#include "core/secrets.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { POLL_MS = 1000 };

static int show(const struct options *options)
{
    struct session session = { 0 };
    struct overview overview = { 0 };
    struct status_cloud cloud = { 0 };
    struct redact *redact;
    struct error err = { 0 };

    if (!workspace_open(&session, options, STATE_READ, &err))
        return command_fail(&err);
    redact = secrets_collect(&session.project.config);
    overview_make(&overview, &session.project, session.state, redact);
    cloud.status =
        target_status(&session.project, session.state, NULL, &cloud.err);
    if (options->given[OPTION_JSON])
        output_json(status_view_json(&overview, &cloud, options));
    else
        status_view_print(&overview, &cloud, options);
    output_flush();
    json_decref(cloud.status);
    overview_release(&overview);
    redact_free(redact);
    workspace_close(&session);
    return 0;
}

/* ---- watching --------------------------------------------------------- */

/* What a step prints is not shown, so its log does not count. */
static bool is_watched(const char *name)
{
    size_t size = strlen(name);

    return size < 4 || strcmp(name + size - 4, ".log") != 0 ||
           strcmp(name, "checkpoints.log") == 0 ||
           strcmp(name, "errors.log") == 0 ||
           strcmp(name, "warnings.log") == 0 ||
           strcmp(name, "events.ndjson") == 0;
}

static void add_file(int dir_fd, const char *name, struct strbuf *mark)
{
    struct stat info;

    if (fstatat(dir_fd, name, &info, AT_SYMLINK_NOFOLLOW) == 0)
        strbuf_addf(mark, "%s %lld %lld %lld\n", name, (long long)info.st_ino,
                    (long long)info.st_size, (long long)info.st_mtime);
}

static void add_folder(int dir_fd, struct strbuf *mark)
{
    struct strvec names = { 0 };

    (void)!fileio_list(dir_fd, &names, NULL);
    for (size_t i = 0; i < names.count; i++) {
        if (is_watched(names.items[i]))
            add_file(dir_fd, names.items[i], mark);
    }
    strvec_release(&names);
}

/* A text that differs when anything has changed that the status shows. */
static void take_mark(const struct options *options, struct strbuf *mark)
{
    struct session session = { 0 };
    struct error err = { 0 };
    json_t *holder = NULL;
    char *run, *journal;

    strbuf_clear(mark);
    if (!workspace_open(&session, options, STATE_READ, &err)) {
        strbuf_adds(mark, err.message);
        return;
    }
    add_file(AT_FDCWD, ".", mark);
    for (size_t i = 0; i < session.project.count; i++)
        strbuf_addf(mark, "%s\n", session.project.steps[i].digest);
    if (state_fd(session.state) >= 0) {
        add_folder(state_fd(session.state), mark);
        run = runs_find(session.state, NULL, NULL);
        journal = run ? runs_journal_path(run) : NULL;
        if (journal)
            add_file(state_fd(session.state), journal, mark);
        /* A holder that is killed changes no file. */
        strbuf_adds(mark, lock_inspect(state_fd(session.state), &holder)
                              ? "held"
                              : "free");
        free(journal);
        free(run);
    }
    json_decref(holder);
    workspace_close(&session);
}

static int watch(const struct options *options)
{
    bool redraws = isatty(STDOUT_FILENO) && !options->given[OPTION_JSON];
    struct strbuf before = { 0 }, now = { 0 };
    bool is_first = true;

    /* Ends by a signal, or when nobody reads any more. */
    while (!ferror(stdout)) {
        take_mark(options, &now);
        if (is_first || strcmp(strbuf_text(&before), strbuf_text(&now)) != 0) {
            if (redraws)
                output_printf("\x1b[H\x1b[J");
            else if (!is_first && !options->given[OPTION_JSON])
                output_printf("\n");
            show(options);
            is_first = false;
            strbuf_clear(&before);
            strbuf_add(&before, strbuf_text(&now), now.len);
        }
        clock_wait(clock_system(), POLL_MS, NULL);
    }
    strbuf_release(&before);
    strbuf_release(&now);
    return 0;
}

static int run_status(const struct options *options)
{
    return options->given[OPTION_WATCH] ? watch(options) : show(options);
}

const struct command command_status = {
    .name = "status",
    .arguments = "",
    .groups = OPTIONS_PROJECT | OPTIONS_JSON | OPTIONS_WATCH,
    .summary = "how far the deployment is, and what to do next",
    .description =
        "Shows each step with its status, how long it took last and when, the "
        "recent errors and warnings, the last run, what to do next and where "
        "the logs are; with a cloud target also the service as it is: image, "
        "health, last operations, drift. A completed step whose script, inputs "
        "or declared "
        "configuration have changed since is shown as stale. --json adds the "
        "configuration, each value with where it came from.",
    .examples = "stepdeck status\n"
                "stepdeck status --watch\n"
                "stepdeck status --env prod --json",
    .run = run_status,
};
