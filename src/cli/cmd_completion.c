#include "cli/completion.h"
#include "cli/output.h"
#include "core/engine.h"

#include <string.h>

static int run_completion(const struct options *options)
{
    static const struct {
        const char *shell;
        void (*write)(void);
    } writers[] = {
        { "bash", completion_write_bash },
        { "zsh", completion_write_zsh },
        { "fish", completion_write_fish },
    };
    const char *shell = options->arguments.items[0];
    struct error err = { 0 };

    for (size_t i = 0; i < sizeof(writers) / sizeof(writers[0]); i++) {
        if (strcmp(shell, writers[i].shell) == 0) {
            writers[i].write();
            output_flush();
            return EXIT_STATUS_DONE;
        }
    }
    error_set(&err, ERROR_INPUT, "there is no completion for '%s'", shell);
    error_hint(&err, "choose bash, zsh or fish");
    return command_fail(&err);
}

const struct command command_completion = {
    .name = "completion",
    .arguments = "bash|zsh|fish",
    .least = 1,
    .most = 1,
    .summary = "write the completions for a shell",
    .description =
        "Writes a script that teaches the shell to complete stepdeck's "
        "commands, options, their values, steps, runs and environments. Its "
        "first lines say where it belongs.",
    .examples = "eval \"$(stepdeck completion bash)\"\n"
                "stepdeck completion zsh > \"${fpath[1]}/_stepdeck\"\n"
                "stepdeck completion fish > "
                "~/.config/fish/completions/stepdeck.fish",
    .run = run_completion,
};
