#include "base/jsonx.h"
#include "base/mem.h"
#include "base/suggest.h"
#include "cli/ask.h"
#include "cli/command.h"
#include "cli/past.h"
#include "cli/workspace.h"
#include "core/engine.h"
#include "core/lock.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const char *const actions[] = { "status", "break" };

enum { ACTION_STATUS, ACTION_BREAK, ACTION_COUNT };

static int find_action(const char *word, struct error *err)
{
    const char *nearest = suggest_nearest(word, actions, ACTION_COUNT);

    for (int i = 0; i < ACTION_COUNT; i++) {
        if (strcmp(word, actions[i]) == 0)
            return i;
    }
    error_set(err, ERROR_INPUT, "'lock' does not know '%s'", word);
    if (nearest)
        error_hint(err, "did you mean 'stepdeck lock %s'?", nearest);
    else
        error_hint(err,
                   "it is 'stepdeck lock status' or 'stepdeck lock break'");
    return ACTION_COUNT;
}

static void print_field(const char *label, const char *text)
{
    if (text && *text)
        output_paragraph(2, STYLE_DIM, label, text);
}

static void print_holder(const json_t *holder)
{
    char time[REPORT_TIME_SIZE];
    int64_t since_ms = 0;
    char *pid;

    if (!holder) {
        output_printf("  by a process that has not said who it is\n");
        return;
    }
    pid = mem_format("%" PRId64, jsonx_int(holder, "pid", 0));
    (void)!clock_parse(jsonx_text(holder, "since", ""), &since_ms);
    print_field("process  ", pid);
    print_field("host     ", jsonx_text(holder, "host", NULL));
    print_field("user     ", jsonx_text(holder, "user", NULL));
    print_field("run      ", jsonx_text(holder, "run", NULL));
    print_field("image    ", jsonx_text(holder, "tag", NULL));
    print_field("step     ", jsonx_text(holder, "step", NULL));
    print_field("since    ", report_time(since_ms, time));
    free(pid);
}

static int show(const struct options *options, bool is_held, json_t *holder)
{
    json_t *json;

    if (!options->given[OPTION_JSON]) {
        output_printf(is_held ? "The deployment lock is held:\n"
                              : "The deployment lock is free.\n");
        if (is_held)
            print_holder(holder);
        output_flush();
        return EXIT_STATUS_DONE;
    }
    json = json_object();
    jsonx_set_bool(json, "held", is_held);
    json_object_set(json, "holder", holder ? holder : json_null());
    output_json(json);
    return EXIT_STATUS_DONE;
}

static bool is_approved(const struct options *options, struct error *err)
{
    if (options->given[OPTION_AUTO_APPROVE])
        return true;
    if (!ask_is_possible()) {
        error_set(err, ERROR_BLOCKED,
                  "breaking the lock needs consent, and there is no terminal "
                  "to ask");
        return error_hint(err, "give it with --auto-approve");
    }
    return ask_yes("Break the lock?") ||
           error_set(err, ERROR_CANCELLED, "the lock is left as it is");
}

static int break_it(const struct options *options, const struct state *state,
                    bool is_held, const json_t *holder)
{
    struct error err = { 0 };

    if (!is_held) {
        output_printf("Nobody holds the deployment lock; there is nothing to "
                      "break.\n");
        output_flush();
        return EXIT_STATUS_DONE;
    }
    output_printf("The deployment lock is held:\n");
    print_holder(holder);
    output_paragraph(0, STYLE_PLAIN, "",
                     "When it is broken, that run stops before its next step. "
                     "The step it is at runs on to its end.");
    output_flush();
    if (!is_approved(options, &err))
        return command_fail(&err);
    /* It may have been given back while the question was open. */
    if (!lock_break(state_fd(state), &err) && err.code != ERROR_NOT_FOUND)
        return command_fail(&err);
    output_printf("The lock is %s.\n", error_is_set(&err) ? "free" : "broken");
    output_flush();
    return EXIT_STATUS_DONE;
}

static int run_lock(const struct options *options)
{
    struct session session = { 0 };
    struct error err = { 0 };
    json_t *holder = NULL;
    bool is_held;
    int status;
    int action = find_action(options->arguments.items[0], &err);

    if (action == ACTION_COUNT ||
        !workspace_open(&session, options, STATE_READ, &err))
        return command_fail(&err);
    is_held = lock_inspect(state_fd(session.state), &holder);
    if (!is_held) {
        json_decref(holder);
        holder = NULL;
    }
    status = action == ACTION_STATUS
                 ? show(options, is_held, holder)
                 : break_it(options, session.state, is_held, holder);
    json_decref(holder);
    workspace_close(&session);
    return status;
}

const struct command command_lock = {
    .name = "lock",
    .arguments = "status|break",
    .least = 1,
    .most = 1,
    .groups = OPTIONS_PROJECT | OPTIONS_JSON | OPTIONS_APPROVE,
    .summary = "who holds the deployment lock; break it with consent",
    .description =
        "One run at a time changes a deployment: it holds the lock, which is "
        "free the moment its process is gone, however it went. 'status' tells "
        "who holds it. 'break' takes it from a living run, which then stops "
        "before its next step; without a terminal this needs --auto-approve.",
    .examples = "stepdeck lock status\n"
                "stepdeck lock status --json\n"
                "stepdeck lock break",
    .run = run_lock,
};
