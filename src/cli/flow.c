/*
 * Signals are caught only from the start of the engine on; before that nothing
 * has happened, and Ctrl-C simply ends the program.
 */
#include "cli/flow.h"

#include "base/mem.h"
#include "base/signals.h"
#include "base/strbuf.h"
#include "cli/ask.h"
#include "cli/cleanup.h"
#include "cli/command.h"
#include "cli/front.h"
#include "cli/github.h"
#include "cli/jsonlines.h"
#include "cli/lines.h"
#include "cli/output.h"
#include "cli/plan_view.h"
#include "cli/screen.h"
#include "cli/tail.h"
#include "cli/workspace.h"
#include "core/launch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct flow {
    const struct options *options;
    const struct flow_request *request;
    struct launch launch;
    char *resume;
    FILE *events; /* --events, opened when all else is ready */
};

void flow_select(const struct options *options, struct plan_request *plan)
{
    plan->from = options->values[OPTION_FROM];
    plan->until = options->values[OPTION_UNTIL];
    plan->only = &options->only;
    plan->skip = &options->skip;
    plan->skip_preflight = options->given[OPTION_SKIP_PREFLIGHT];
    plan->fresh_start = options->given[OPTION_FRESH_START];
}

/* ---- words ------------------------------------------------------------ */

/* The command that goes on after this run: what chooses the project and its
 * environment is kept, what selects steps is not. */
static char *resume_command(const struct options *options,
                            const struct flow_request *request)
{
    static const enum option_id kept[] = {
        OPTION_DIR,    OPTION_ENV,      OPTION_SERVICE_NAME,
        OPTION_REGION, OPTION_ECR_REPO, OPTION_PROFILE,
        OPTION_TO
    };
    struct strbuf text = { 0 };

    strbuf_addf(&text, "stepdeck %s",
                request->plan.range == RANGE_DEPLOY &&
                        strcmp(request->command, "run") == 0
                    ? "deploy"
                    : request->command);
    for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
        if (options->given[kept[i]])
            strbuf_addf(&text, kept[i] == OPTION_DIR ? " -C %s" : " --%s %s",
                        kept[i] == OPTION_DIR ? options->values[kept[i]]
                                              : option_table()[kept[i]].name,
                        options->values[kept[i]]);
    }
    for (size_t i = 0; i < options->skip.count; i++)
        strbuf_addf(&text, " --skip %s", options->skip.items[i]);
    return strbuf_take(&text);
}

static bool is_talkative(const struct options *options)
{
    return !options->given[OPTION_JSON];
}

/* Where stdout is data nothing is asked, terminal or not. */
static bool can_ask(const struct options *options)
{
    return is_talkative(options) && ask_is_possible();
}

static void say(void *context, const char *text)
{
    const struct flow *flow = context;
    char *safe = output_safe(text);

    output_flush();
    fprintf(is_talkative(flow->options) ? stdout : stderr, "%s\n", safe);
    free(safe);
}

/* ---- from the options ------------------------------------------------- */

/* The first option given that only a cloud target understands, or NULL. */
static const char *target_option(const struct options *options)
{
    static const struct {
        enum option_id id;
        const char *name;
    } needs_target[] = {
        { OPTION_FORCE_LATEST, "--force-latest" },
        { OPTION_FORCE_RESTART, "--force-restart" },
        { OPTION_TAIL, "--tail" },
        { OPTION_PRUNE_IMAGES, "--prune-images" },
        { OPTION_NO_ROLLBACK, "--no-rollback" },
    };

    for (size_t i = 0; i < sizeof(needs_target) / sizeof(needs_target[0]);
         i++) {
        if (options->given[needs_target[i].id])
            return needs_target[i].name;
    }
    return NULL;
}

static struct launch_request make_request(struct flow *flow)
{
    const struct options *options = flow->options;
    const struct flow_request *request = flow->request;
    bool has_terminal =
        isatty(STDIN_FILENO) && isatty(STDOUT_FILENO) && is_talkative(options);

    return (struct launch_request){
        .command = request->command,
        .environment = workspace_environment(options),
        .overrides = &options->overrides,
        .plan = request->plan,
        .target_option = target_option(options),
        .needs_approval = request->needs_approval,
        .archives = request->archives,
        .lock_wait_ms = options_duration(options, OPTION_LOCK_WAIT, 0),
        .jobs = (size_t)options_number(options, OPTION_JOBS, 0),
        .can_ask = can_ask(options),
        .auto_approve = options->given[OPTION_AUTO_APPROVE],
        .has_terminal = has_terminal,
        .follows_output = !options->given[OPTION_QUIET] ||
                          !is_talkative(options) ||
                          options->given[OPTION_EVENTS],
        .say = say,
        .say_context = flow,
    };
}

/* ---- before the run --------------------------------------------------- */

static bool get_consent(struct flow *flow, struct error *err)
{
    const struct flow_request *request = flow->request;
    char *question;
    bool yes;

    if (flow->options->given[OPTION_AUTO_APPROVE] || !can_ask(flow->options) ||
        (!request->shows_plan && !request->needs_approval))
        return true;
    /* What is destroyed is shown before anybody agrees to it. */
    if (request->needs_approval)
        plan_preview(&flow->launch.plan, flow->launch.session.state,
                     request->command, NULL);
    plan_view_print(&flow->launch.plan, flow->options->verbose > 0);
    output_printf("\n");
    if (!request->needs_approval && !flow->launch.plan.run_count)
        return true;
    if (request->question)
        question = mem_text(request->question);
    else
        question = mem_format("Run %zu step%s?", flow->launch.plan.run_count,
                              flow->launch.plan.run_count == 1 ? "" : "s");
    if (request->typed) {
        char *typed =
            mem_format("%s Type '%s' to go on:", question, request->typed);

        yes = ask_typed(typed, request->typed);
        free(typed);
    } else {
        yes = ask_yes(question);
    }
    free(question);
    if (!yes)
        error_set(err, ERROR_CANCELLED, "nothing was done");
    return yes;
}

static bool open_events(struct flow *flow, struct error *err)
{
    const char *path = flow->options->values[OPTION_EVENTS];
    int fd;

    if (!path)
        return true;
    fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (fd >= 0)
        flow->events = fdopen(fd, "w");
    if (flow->events)
        return true;
    error_set_errno(err, ERROR_INPUT, errno, "cannot write '%s'", path);
    return error_hint(err, "name a file that can be written with --events");
}

static bool prepare(struct flow *flow, struct error *err)
{
    const struct launch_request request = make_request(flow);

    if (!launch_open(&flow->launch, &request, err))
        return false;
    output_set_redact(flow->launch.session.redact);
    return launch_prepare(&flow->launch, err) && get_consent(flow, err) &&
           open_events(flow, err);
}

/* ---- the run ---------------------------------------------------------- */

static void add_printer(struct front *front, struct printer printer)
{
    front->printers[front->printer_count++] = printer;
}

static void add_printers(const struct flow *flow, struct front *front)
{
    const char *run = engine_run(front->engine);

    if (!is_talkative(flow->options)) {
        add_printer(front, jsonlines_printer(stdout, false, run));
    } else {
        struct lines_settings settings = {
            .state = flow->launch.session.state,
            .is_quiet = flow->options->given[OPTION_QUIET],
            .resume_command = flow->resume,
            .use_groups = github_is_present(),
        };

        add_printer(front, lines_printer(&settings));
        if (github_is_present())
            add_printer(front, github_printer(flow->resume));
    }
    if (flow->events)
        add_printer(front, jsonlines_printer(flow->events, true, run));
}

static bool start(struct flow *flow, struct error *err)
{
    bool started;

    if (is_talkative(flow->options) && !flow->options->given[OPTION_QUIET])
        output_printf("plain lines: %s\n", screen_why_not(flow->options));
    if (!signals_install(err))
        return false;
    signals_block();
    started = launch_start(&flow->launch, err);
    signals_unblock();
    return started;
}

static int follow(struct flow *flow, struct error *err)
{
    struct front front = { .engine = flow->launch.engine,
                           .state = flow->launch.session.state,
                           .can_ask = can_ask(flow->options),
                           .is_quiet = !is_talkative(flow->options) };

    add_printers(flow, &front);
    flow->events = NULL;
    (void)front_run(&front, NULL);
    return launch_join(&flow->launch, err);
}

/* On the full screen; false when it has to be lines. */
static bool run_on_screen(struct flow *flow, int *status)
{
    struct console_request request = {
        .launch = make_request(flow),
        .starts = flow->options->given[OPTION_AUTO_APPROVE] ||
                  !(flow->request->shows_plan || flow->request->needs_approval),
        .typed_key = flow->request->typed_key,
        .question = flow->request->question,
    };

    return screen_run(flow->options, &request, flow->resume, status);
}

static int run(const struct options *options,
               const struct flow_request *request)
{
    struct flow flow = { .options = options, .request = request };
    struct error err = { 0 };
    int status = EXIT_STATUS_INTERNAL;

    flow.resume = resume_command(options, request);
    if (run_on_screen(&flow, &status)) {
        free(flow.resume);
        return status;
    }
    if (prepare(&flow, &err) && start(&flow, &err))
        status = follow(&flow, &err);
    if (error_is_set(&err))
        status = command_fail(&err);
    if (flow.events)
        fclose(flow.events);
    output_set_redact(NULL);
    launch_release(&flow.launch);
    free(flow.resume);
    output_flush();
    return status;
}

int flow_run(const struct options *options, const struct flow_request *request)
{
    int status = run(options, request);

    if (status == EXIT_STATUS_DONE && options->given[OPTION_CLEANUP_OLD])
        status = cleanup_old(options, status);
    if (status == EXIT_STATUS_DONE && options->given[OPTION_TAIL])
        status = tail_follow(options, status);
    return status;
}

/* ---- only the plan ---------------------------------------------------- */

static json_t *plan_document(const struct plan *plan)
{
    json_t *json = json_object();

    json_object_set_new(json, "version", json_integer(1));
    json_object_set_new(json, "project", json_string(plan->project->name));
    json_object_set_new(json, "run", json_integer((json_int_t)plan->run_count));
    json_object_set_new(json, "skip",
                        json_integer((json_int_t)plan->skip_count));
    json_object_set_new(json, "blocked",
                        json_integer((json_int_t)plan->blocked_count));
    json_object_set_new(json, "plan", plan_json(plan));
    json_object_set_new(json, "configuration",
                        config_json(&plan->project->config));
    return json;
}

int flow_show_plan(const struct options *options,
                   const struct flow_request *request)
{
    struct flow flow = { .options = options, .request = request };
    const struct launch_request launch = make_request(&flow);
    struct session session = { 0 };
    struct plan plan = { 0 };
    struct error err = { 0 };
    int status = EXIT_STATUS_DONE;

    if (!workspace_open(&session, options, STATE_READ, &err) ||
        !launch_plan(&plan, &session, &launch, &err)) {
        status = command_fail(&err);
    } else {
        plan_preview(&plan, session.state, request->command, NULL);
        if (options->given[OPTION_JSON])
            output_json(plan_document(&plan));
        else
            plan_view_print(&plan, options->verbose > 0);
        if (plan_first_obstacle(&plan))
            status = EXIT_STATUS_BLOCKED;
        plan_release(&plan);
    }
    workspace_close(&session);
    output_flush();
    return status;
}
