/*
 * The newest run is the one under way, if any is: the lock admits one, and its
 * id sorts behind all others.
 */
#include "base/mem.h"
#include "base/signals.h"
#include "cli/command.h"
#include "cli/front.h"
#include "cli/github.h"
#include "cli/jsonlines.h"
#include "cli/lines.h"
#include "cli/output.h"
#include "cli/past.h"
#include "cli/screen.h"
#include "cli/workspace.h"
#include "core/report.h"
#include "core/runs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Where stdout is data it stays out of it. */
static void say(const struct options *options, const char *text)
{
    output_flush();
    fprintf(options->given[OPTION_JSON] ? stderr : stdout, "%s\n", text);
}

static void tell_past(const struct options *options,
                      const struct report *report)
{
    char *line;

    if (report->result == REPORT_RUNNING)
        return;
    line = options->arguments.count
               ? mem_format("run %s is over; this is how it went", report->id)
               : mem_format("no run is under way; this is how the last one "
                            "(%s) went",
                            report->id);
    say(options, line);
    free(line);
}

/* The command that goes on after the run. */
static char *resume_command(const struct options *options,
                            const struct run_model *model)
{
    static const char *const others[] = { "destroy", "setup" };
    const char *words = "deploy";

    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        if (model->command && strcmp(model->command, others[i]) == 0)
            words = others[i];
    }
    return past_command(options, words);
}

static enum front_end follow(const struct options *options,
                             const struct report *report,
                             struct follower *follower, int *exit_status)
{
    char *resume = resume_command(options, &report->model);
    const struct lines_settings settings = {
        .state = report->state,
        .is_quiet = options->given[OPTION_QUIET],
        .resume_command = resume,
        .use_groups = github_is_present(),
    };
    struct front front = {
        .follower = follower,
        .state = report->state,
        .printers = { options->given[OPTION_JSON]
                          ? jsonlines_printer(stdout, false, report->id)
                          : lines_printer(&settings) },
        .printer_count = 1,
        .is_quiet = options->given[OPTION_JSON],
    };
    enum front_end end = front_run(&front, exit_status);

    output_flush();
    free(resume);
    return end;
}

static bool start(const struct report *report, struct follower **follower,
                  struct error *err)
{
    if (!signals_install(err))
        return false;
    signals_block();
    *follower = follower_start(report->state, report->id, true, err);
    signals_unblock();
    return *follower != NULL;
}

static int end_status(const struct report *report, enum front_end end,
                      int exit_status)
{
    struct error err = { 0 };

    switch (end) {
    case FRONT_ENDED:
        return exit_status;
    case FRONT_DIED:
        error_set(&err, ERROR_INTERNAL,
                  "run %s died before its end; nobody carries it out any more",
                  report->id);
        error_hint(&err, "'stepdeck status' tells how far it came, and what "
                         "goes on from there");
        return command_fail(&err);
    case FRONT_LEFT:
        break;
    }
    if (report->result == REPORT_RUNNING)
        fprintf(stderr, "stepdeck: left; run %s goes on\n", report->id);
    return FRONT_LEFT_AT_ONCE;
}

static int watch(const struct options *options, const struct report *report)
{
    struct follower *follower;
    struct error err = { 0 };
    enum front_end end;
    size_t skipped;
    int status = 0;

    if (!start(report, &follower, &err))
        return command_fail(&err);
    tell_past(options, report);
    end = follow(options, report, follower, &status);
    skipped = follower_skipped(follower);
    if (skipped)
        fprintf(stderr, "stepdeck: %zu %s of the journal could not be read\n",
                skipped, skipped == 1 ? "line" : "lines");
    follower_stop(follower);
    return end_status(report, end, status);
}

static bool attach_on_screen(const struct options *options, int *status)
{
    struct console_request request = {
        .launch = { .environment = workspace_environment(options),
                    .overrides = &options->overrides },
        .watches = true,
        .watched =
            options->arguments.count ? options->arguments.items[0] : NULL,
    };

    return screen_run(options, &request, NULL, status);
}

static int attach(const struct options *options)
{
    struct session session = { 0 };
    struct report report = { 0 };
    struct error err = { 0 };
    int status;
    char *id;

    if (attach_on_screen(options, &status))
        return status;
    if (!workspace_open(&session, options, STATE_READ, &err))
        return command_fail(&err);
    id = runs_find(
        session.state,
        options->arguments.count ? options->arguments.items[0] : NULL, &err);
    if (id)
        report_load(&report, session.state, id, session.redact);
    if (!id)
        status = command_fail(&err);
    else if (report.result == REPORT_UNREADABLE)
        status = command_fail(&report.error);
    else
        status = watch(options, &report);
    report_release(&report);
    free(id);
    workspace_close(&session);
    return status;
}

const struct command command_attach = {
    .name = "attach",
    .arguments = "[RUN]",
    .most = 1,
    .groups = OPTIONS_PROJECT | OPTIONS_JSON,
    .summary = "watch a run of another process",
    .description =
        "Shows the run that is under way (in another terminal, in CI on the "
        "same machine, or left to itself by a terminal that was closed) from "
        "its beginning to its end, with what its steps print, as the one who "
        "started it sees it. It cannot be answered or stopped from here: "
        "Ctrl-C only leaves (130), and the run goes on. The exit status is "
        "that of the run; 1 when it dies. Without a run under way the last one "
        "is shown.",
    .examples = "stepdeck attach\n"
                "stepdeck attach 7f3c\n"
                "stepdeck attach --json | jq -r .type",
    .run = attach,
};
