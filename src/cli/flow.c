/*
 * A run is prepared under the lock: the state that the plan is made from must
 * not change before the run has begun. Signals are caught only from the start
 * of the engine on; before that nothing has happened, and Ctrl-C simply ends
 * the program.
 */
#include "cli/flow.h"

#include "base/mem.h"
#include "base/strbuf.h"
#include "cli/ask.h"
#include "cli/command.h"
#include "cli/front.h"
#include "cli/github.h"
#include "cli/jsonlines.h"
#include "cli/lines.h"
#include "cli/output.h"
#include "cli/plan_view.h"
#include "cli/signals.h"
#include "core/engine.h"
#include "core/lock.h"
#include "core/runmodel.h"
#include "core/runs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct flow {
    const struct options *options;
    const struct flow_request *request;
    struct session session;
    struct lock *lock;
    struct plan plan;
    bool has_plan;
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
        OPTION_REGION, OPTION_ECR_REPO, OPTION_PROFILE
    };
    struct strbuf text = { 0 };

    strbuf_addf(&text, "stepdeck %s",
                request->plan.range == RANGE_DEPLOY ? "deploy"
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

static void say(const struct options *options, const char *text)
{
    char *safe = output_safe(text);

    output_flush();
    fprintf(is_talkative(options) ? stdout : stderr, "%s\n", safe);
    free(safe);
}

static const char *why_no_console(const struct options *options)
{
    if (options->given[OPTION_NO_TUI])
        return "--no-tui";
    if (getenv("STEPDECK_NO_TUI"))
        return "STEPDECK_NO_TUI is set";
    if (getenv("CI"))
        return "CI is set";
    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
        return "this is no terminal";
    return "this build has no console";
}

/* ---- before the run --------------------------------------------------- */

static bool take_lock(struct flow *flow, struct error *err)
{
    int64_t wait = options_duration(flow->options, OPTION_LOCK_WAIT, 0);
    struct error warning = { 0 };

    if (wait) {
        json_t *holder = NULL;

        if (lock_inspect(state_fd(flow->session.state), &holder)) {
            char *text = lock_holder_text(holder);
            char *line = mem_format("waiting for the lock held by %s", text);

            say(flow->options, line);
            free(line);
            free(text);
        }
        json_decref(holder);
    }
    flow->lock = lock_acquire(state_fd(flow->session.state), wait, NULL,
                              clock_system(), &warning, err);
    if (error_is_set(&warning))
        say(flow->options, warning.message);
    return flow->lock != NULL;
}

/* A run that died may have left its step running: it must not run twice. */
static bool check_orphans(const struct flow *flow, struct error *err)
{
    const struct project *project = &flow->session.project;

    for (size_t i = 0; i < project->count; i++) {
        const char *id = project->steps[i].id;

        if (state_status(flow->session.state, id, NULL) != STATUS_IN_PROGRESS ||
            !runs_is_alive(flow->session.state, id))
            continue;
        error_set(err, ERROR_LOCKED,
                  "processes of %s are still running, from an earlier run", id);
        return error_hint(err,
                          "wait until it has ended, or end it, then "
                          "deploy again; its log is %s/%s.log",
                          state_path(flow->session.state), id);
    }
    return true;
}

static void tell_interrupted(const struct flow *flow)
{
    struct run_model model = { 0 };
    char *run = runs_find(flow->session.state, NULL, NULL);

    if (run && run_model_load(&model, flow->session.state, run, NULL, NULL) &&
        !model.has_ended) {
        char *line = mem_format("the last run (%s) was interrupted; going on "
                                "from its checkpoints",
                                run);

        say(flow->options, line);
        free(line);
    }
    run_model_release(&model);
    free(run);
}

static bool make_plan(struct flow *flow, struct error *err)
{
    const struct plan_request *request = &flow->request->plan;

    flow->has_plan = plan_make(&flow->plan, &flow->session.project,
                               flow->session.state, request, err);
    if (!flow->has_plan)
        return false;
    if (flow->plan.count)
        return true;
    error_set(err, ERROR_INPUT, "there is nothing to %s in '%s'",
              flow->request->command, flow->session.project.dir);
    return error_hint(err, request->range == RANGE_TEARDOWN
                               ? "steps 900 to 999 tear down; write one with "
                                 "'stepdeck new 999 destroy-everything'"
                               : "write steps with 'stepdeck init' or "
                                 "'stepdeck new 010 NAME'");
}

/* The options of a cloud deployment mean nothing to scripts alone. */
static bool check_target_options(const struct flow *flow, struct error *err)
{
    static const enum option_id needs_target[] = {
        OPTION_FORCE_LATEST, OPTION_FORCE_RESTART, OPTION_TAIL,
        OPTION_CLEANUP_OLD,  OPTION_PRUNE_IMAGES,  OPTION_NO_ROLLBACK
    };

    for (size_t i = 0; i < sizeof(needs_target) / sizeof(needs_target[0]);
         i++) {
        if (!flow->options->given[needs_target[i]] ||
            flow->session.project.target)
            continue;
        error_set(err, ERROR_INPUT,
                  "option '--%s' needs a cloud target, and this project has "
                  "none",
                  option_table()[needs_target[i]].name);
        return error_hint(err, "leave it out, or set DEPLOY_TARGET");
    }
    return true;
}

static bool check_obstacle(const struct flow *flow, struct error *err)
{
    const struct plan_item *item = plan_first_obstacle(&flow->plan);
    const struct step *step;

    if (!item)
        return true;
    step = &flow->session.project.steps[item->step];
    error_set(err, ERROR_BLOCKED, "%s is blocked: %s", step->id, item->reason);
    return error_hint(err, "%s",
                      item->suggestion ? item->suggestion
                                       : "'stepdeck plan' shows it all");
}

/* Confirm steps that nobody could approve later stop the run before it has
 * touched anything. */
static bool check_approval(const struct flow *flow, struct error *err)
{
    bool approved = flow->options->given[OPTION_AUTO_APPROVE];

    if (approved || can_ask(flow->options))
        return true;
    if (flow->request->needs_approval) {
        error_set(err, ERROR_BLOCKED, "nobody can be asked about '%s'",
                  flow->request->command);
        return error_hint(err, "approve it with --auto-approve");
    }
    for (size_t i = 0; i < flow->plan.count; i++) {
        const struct step *step = plan_step(&flow->plan, i);

        if (flow->plan.items[i].action != PLAN_RUN || !step->header.confirm)
            continue;
        error_set(err, ERROR_BLOCKED, "%s wants to be confirmed: %s", step->id,
                  step->header.confirm);
        return error_hint(err,
                          "approve it with --auto-approve, or leave it "
                          "out with --skip %s",
                          step->id);
    }
    return true;
}

static bool get_consent(const struct flow *flow, struct error *err)
{
    const struct flow_request *request = flow->request;
    char *question;
    bool yes;

    if (flow->options->given[OPTION_AUTO_APPROVE] || !can_ask(flow->options) ||
        (!request->shows_plan && !request->needs_approval))
        return true;
    plan_view_print(&flow->plan, flow->options->verbose > 0);
    output_printf("\n");
    if (!request->needs_approval && !flow->plan.run_count)
        return true;
    if (request->question)
        question = mem_text(request->question);
    else
        question = mem_format("Run %zu step%s?", flow->plan.run_count,
                              flow->plan.run_count == 1 ? "" : "s");
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

static bool archive_state(struct flow *flow, struct error *err)
{
    return !flow->options->given[OPTION_FRESH_START] ||
           state_archive(flow->session.state, clock_wall(clock_system()), err);
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
    if (!session_open(&flow->session, flow->options, STATE_WRITE, err))
        return false;
    if (error_is_set(&flow->session.state_warning)) {
        char *line =
            mem_format("warning: %s (%s)", flow->session.state_warning.message,
                       flow->session.state_warning.hint);

        say(flow->options, line);
        free(line);
    }
    return check_target_options(flow, err) && take_lock(flow, err) &&
           check_orphans(flow, err) && make_plan(flow, err) &&
           check_obstacle(flow, err) && check_approval(flow, err) &&
           get_consent(flow, err) && open_events(flow, err) &&
           archive_state(flow, err);
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
            .state = flow->session.state,
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

static int run_engine(struct flow *flow, struct error *err)
{
    bool has_terminal = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO) &&
                        is_talkative(flow->options);
    struct engine_request request = {
        .command = flow->request->command,
        .project = &flow->session.project,
        .plan = &flow->plan,
        .state = flow->session.state,
        .lock = flow->lock,
        .clock = clock_system(),
        .jobs = (size_t)options_number(flow->options, OPTION_JOBS, 0),
        .can_ask = can_ask(flow->options),
        .auto_approve = flow->options->given[OPTION_AUTO_APPROVE],
        .has_terminal = has_terminal,
        .follows_output = !flow->options->given[OPTION_QUIET] ||
                          !is_talkative(flow->options) || flow->events,
    };
    struct front front = { .state = flow->session.state,
                           .can_ask = request.can_ask,
                           .is_quiet = !is_talkative(flow->options) };

    if (!signals_install(err))
        return EXIT_STATUS_INTERNAL;
    signals_block();
    front.engine = engine_start(&request, err);
    signals_unblock();
    if (!front.engine)
        return EXIT_STATUS_INTERNAL;
    add_printers(flow, &front);
    flow->events = NULL;
    return front_run(&front);
}

static int run(struct flow *flow, struct error *err)
{
    int64_t keep = config_number(&flow->session.project.config, "HISTORY_RUNS");
    int status;

    if (is_talkative(flow->options) && !flow->options->given[OPTION_QUIET])
        output_printf("plain lines: %s\n", why_no_console(flow->options));
    tell_interrupted(flow);
    runs_prune(flow->session.state, (size_t)keep - 1);
    status = run_engine(flow, err);
    if (status == EXIT_STATUS_DONE && flow->request->archives &&
        !state_archive(flow->session.state, clock_wall(clock_system()), err))
        status = EXIT_STATUS_INTERNAL;
    return status;
}

int flow_run(const struct options *options, const struct flow_request *request)
{
    struct flow flow = { .options = options, .request = request };
    struct error err = { 0 };
    int status;

    flow.resume = resume_command(options, request);
    if (prepare(&flow, &err)) {
        status = run(&flow, &err);
        if (error_is_set(&err))
            command_fail(&err);
    } else {
        status = command_fail(&err);
    }
    if (flow.events)
        fclose(flow.events);
    if (flow.has_plan)
        plan_release(&flow.plan);
    lock_release(flow.lock);
    session_close(&flow.session);
    free(flow.resume);
    output_flush();
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
    struct error err = { 0 };
    int status = EXIT_STATUS_DONE;

    if (!session_open(&flow.session, options, STATE_READ, &err) ||
        !check_target_options(&flow, &err) || !make_plan(&flow, &err)) {
        status = command_fail(&err);
    } else {
        if (options->given[OPTION_JSON])
            output_json(plan_document(&flow.plan));
        else
            plan_view_print(&flow.plan, options->verbose > 0);
        if (plan_first_obstacle(&flow.plan))
            status = EXIT_STATUS_BLOCKED;
    }
    if (flow.has_plan)
        plan_release(&flow.plan);
    session_close(&flow.session);
    output_flush();
    return status;
}
