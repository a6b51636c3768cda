#include "cli/screen.h"

#include "base/mem.h"
#include "cli/command.h"
#include "cli/output.h"
#include "cli/past.h"
#include "cli/summary.h"
#include "cli/workspace.h"
#include "core/runmodel.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct {
    console_runner *runner;
    char *failure; /* why the console did not open */
} screen;

void screen_set(console_runner *runner)
{
    screen.runner = runner;
}

static bool is_set(const char *variable)
{
    const char *value = getenv(variable);

    return value && *value;
}

const char *screen_why_not(const struct options *options)
{
    const char *term = getenv("TERM");

    if (options->given[OPTION_NO_TUI])
        return "--no-tui";
    if (options->given[OPTION_JSON])
        return "--json";
    if (options->given[OPTION_QUIET])
        return "--quiet";
    if (is_set("STEPDECK_NO_TUI"))
        return "STEPDECK_NO_TUI is set";
    if (is_set("CI"))
        return "CI is set";
    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
        return "this is no terminal";
    if (!term || !*term || strcmp(term, "dumb") == 0)
        return "TERM names no screen";
    if (options->given[OPTION_EVENTS])
        return "--events";
    if (!screen.runner)
        return "this build has no console";
    return screen.failure;
}

/* What happened, on the ordinary screen: the run's last page. */
static void print_run(const struct options *options, const char *run,
                      const char *resume)
{
    struct session session = { 0 };
    struct run_model model = { 0 };

    if (workspace_open(&session, options, STATE_READ, NULL) &&
        run_model_load(&model, session.state, run, NULL, NULL)) {
        char *command =
            resume ? mem_text(resume) : past_command(options, "deploy");

        summary_print(&model, session.state, command, false);
        output_flush();
        free(command);
    }
    run_model_release(&model);
    workspace_close(&session);
}

bool screen_run(const struct options *options, struct console_request *request,
                const char *resume, int *exit_status)
{
    struct console_result result = { 0 };
    bool ok;

    if (screen_why_not(options))
        return false;
    request->theme = options->values[OPTION_THEME];
    request->ascii = output_is_ascii();
    request->no_colour = !output_has_colour();
    output_flush();
    ok = screen.runner(request, &result);
    if (ok) {
        *exit_status = result.exit_status;
        if (result.run && !result.is_detached)
            print_run(options, result.run, resume);
        else if (error_is_set(&result.failure))
            *exit_status = command_fail(&result.failure);
    } else {
        free(screen.failure);
        screen.failure = mem_text(result.error.message);
    }
    free(result.run);
    return ok;
}

bool screen_open(const struct options *options, bool sets_up, int *exit_status)
{
    struct console_request request = {
        .launch = { .environment = workspace_environment(options),
                    .overrides = &options->overrides },
        .sets_up = sets_up,
    };

    return screen_run(options, &request, NULL, exit_status);
}
