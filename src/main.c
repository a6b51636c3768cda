/*
 * The composition root: the only file that sees every folder.
 *
 * It reads the command line, sets up the terminal's words, and hands over to
 * the command. The targets that a project may deploy to are named here.
 */
#include "aws/apprunner/apprunner_target.h"
#include "cli/command.h"
#include "cli/help.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/screen.h"
#include "tui/console.h"

#include <errno.h>
#include <glob.h>
#include <jansson.h>
#include <locale.h>
#include <unistd.h>

static bool enter_folder(const struct options *options, struct error *err)
{
    const char *dir = options->values[OPTION_DIR];

    if (!dir || chdir(dir) == 0)
        return true;
    error_set_errno(err, ERROR_INPUT, errno, "cannot enter '%s'", dir);
    return error_hint(err, "name a folder that exists with -C");
}

static bool is_project(void)
{
    glob_t found = { 0 };
    bool is = glob("step-[0-9][0-9][0-9]-*", 0, NULL, &found) == 0;

    globfree(&found);
    return is;
}

static int run(const struct options *options)
{
    struct error err = { 0 };
    int status;

    if (options->given[OPTION_VERSION]) {
        help_version();
        return 0;
    }
    if (options->given[OPTION_HELP] && options->command) {
        help_command(options->command);
        return 0;
    }
    if (!enter_folder(options, &err))
        return command_fail(&err);
    if (options->command)
        return options->command->run(options);
    if (!options->given[OPTION_HELP] && screen_open(options, false, &status))
        return status;
    /* Without a word: how things stand, or what could be said. */
    if (!options->given[OPTION_HELP] && is_project())
        return command_status.run(options);
    help_overview();
    return 0;
}

int main(int argc, char **argv)
{
    struct options options = { 0 };
    struct error err = { 0 };
    int status;

    setlocale(LC_ALL, "");
    /* Threads read shared JSON: the hash seed is set before there are any. */
    json_object_seed(0);
    screen_set(console_run);
    target_register(&apprunner_target);
    if (options_parse(&options, argc, argv, &err)) {
        output_setup(&options);
        status = run(&options);
        output_flush();
    } else {
        status = command_fail(&err);
    }
    options_release(&options);
    return status;
}
