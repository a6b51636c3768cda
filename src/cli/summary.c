#include "cli/summary.h"

#include "base/clock.h"
#include "base/jsonx.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "base/utf8.h"
#include "cli/output.h"
#include "core/engine.h"
#include "core/runs.h"
#include "core/target.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { TAIL_BYTES = 4096, TAIL_LINES = 12 };

const char *summary_word(int exit_status)
{
    static const struct {
        int exit_status;
        const char *word;
    } words[] = {
        { EXIT_STATUS_DONE, "done" },
        { EXIT_STATUS_BLOCKED, "blocked" },
        { EXIT_STATUS_LOCKED, "lock lost" },
        { EXIT_STATUS_CANCELLED, "cancelled" },
        { EXIT_STATUS_BUILD_FAILED, "build failed" },
        { EXIT_STATUS_PUSH_FAILED, "push failed" },
        { EXIT_STATUS_UPDATE_FAILED, "update failed" },
        { EXIT_STATUS_HEALTH_FAILED, "health validation failed" },
        { EXIT_STATUS_TIMED_OUT, "timed out" },
        { EXIT_STATUS_ROLLBACK_FAILED, "rollback failed" },
        { EXIT_STATUS_PREFLIGHT, "preflight failed" },
    };

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (words[i].exit_status == exit_status)
            return words[i].word;
    }
    return "failed";
}

static void print_field(const char *name, const char *text)
{
    char *safe;

    if (!text || !*text)
        return;
    safe = output_safe(text);
    output_printf("      %s%s%s %s\n", output_on(STYLE_DIM), name, output_off(),
                  safe);
    free(safe);
}

/* The last lines of a log, for those who did not see it go by. */
static void print_tail(const struct run_model *model, const struct state *state,
                       const struct run_step *step)
{
    char *path = runs_log_path(state, model->run, step->id);
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    off_t end = fd >= 0 ? lseek(fd, 0, SEEK_END) : 0;
    off_t start = end > TAIL_BYTES ? end - TAIL_BYTES : 0;
    char bytes[TAIL_BYTES + 1];
    ssize_t size = fd >= 0 ? pread(fd, bytes, TAIL_BYTES, start) : 0;
    char *line = bytes;
    int lines = 0;

    bytes[size > 0 ? size : 0] = '\0';
    for (char *c = bytes + (size > 0 ? size : 0); c > bytes; c--) {
        if (c[-1] == '\n' && c[0] && ++lines == TAIL_LINES) {
            line = c;
            break;
        }
    }
    while (size > 0 && *line) {
        size_t length = strcspn(line, "\n");
        struct strbuf safe = { 0 };

        utf8_sanitise(line, length, false, &safe);
        output_printf("      %s %s\n", output_is_ascii() ? "|" : "│",
                      strbuf_text(&safe));
        strbuf_release(&safe);
        line += length + (line[length] == '\n');
    }
    if (fd >= 0)
        close(fd);
    free(path);
}

/* How a step that failed once ended after all; NULL: it stayed failed. */
static const char *what_became(const struct run_step *step)
{
    if (step && step->status == STATUS_COMPLETED)
        return "completed when it was tried again";
    if (step && step->status == STATUS_SKIPPED)
        return "skipped, and the run went on";
    if (step && !step->critical)
        return "not critical: the run went on";
    return NULL;
}

static void print_error(const struct run_model *model,
                        const struct state *state,
                        const struct run_remark *remark, bool show_tail)
{
    const struct run_step *step = run_model_step(model, remark->step);
    char *safe = output_safe(remark->message);

    output_printf("  %s%s%s %s%s%s\n", output_on(STYLE_FAILED),
                  output_icon(STATUS_FAILED), output_off(),
                  remark->step ? remark->step : "", remark->step ? ": " : "",
                  safe);
    free(safe);
    if (step && show_tail)
        print_tail(model, state, step);
    print_field("Then:         ", what_became(step));
    print_field("Cause:        ", step ? step->cause : NULL);
    print_field("Suggestion:   ", remark->suggestion);
    print_field("Documentation:", step ? step->documentation : NULL);
    if (step && step->attempts && state_will_last(state)) {
        char *path = runs_log_path(state, model->run, step->id);

        print_field("Log:          ", path);
        free(path);
    }
}

static bool is_same(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

/* A step that was tried again and failed again in the same way: once is
 * enough. */
static bool is_repeated(const struct run_remarks *errors, size_t index)
{
    for (size_t i = index + 1; i < errors->count; i++) {
        if (is_same(errors->items[i].step, errors->items[index].step) &&
            is_same(errors->items[i].message, errors->items[index].message))
            return true;
    }
    return false;
}

static void print_errors(const struct run_model *model,
                         const struct state *state, bool show_tail)
{
    if (!model->errors.count)
        return;
    output_printf("\n%sErrors%s\n", output_on(STYLE_BOLD), output_off());
    for (size_t i = 0; i < model->errors.count; i++) {
        if (!is_repeated(&model->errors, i))
            print_error(model, state, &model->errors.items[i], show_tail);
    }
}

static void print_warnings(const struct run_model *model)
{
    if (!model->warnings.count)
        return;
    output_printf("\n%sWarnings%s\n", output_on(STYLE_BOLD), output_off());
    for (size_t i = 0; i < model->warnings.count; i++) {
        const struct run_remark *remark = &model->warnings.items[i];
        char *safe = output_safe(remark->message);

        output_printf("  %s%s%s %s%s%s\n", output_on(STYLE_WARNING),
                      output_icon(STATUS_STALE), output_off(),
                      remark->step ? remark->step : "",
                      remark->step ? ": " : "", safe);
        free(safe);
        print_field("Suggestion:   ", remark->suggestion);
    }
}

static const struct run_step *first_obstacle(const struct run_model *model)
{
    for (size_t i = 0; i < model->step_count; i++) {
        enum step_status status = model->steps[i].status;

        if (model->steps[i].critical &&
            (status == STATUS_FAILED || status == STATUS_BLOCKED))
            return &model->steps[i];
    }
    return NULL;
}

/* Whether the target brings the step: it runs every time, and what is done
 * costs it a look; without it there is nothing to deploy. */
static bool is_of_target(const struct run_model *model,
                         const struct run_step *step)
{
    const struct target_ops *ops;

    for (size_t i = 0; model->target && (ops = target_at(i)); i++) {
        for (size_t j = 0; j < ops->step_count; j++) {
            if (strcmp(ops->name, model->target) == 0 &&
                strcmp(ops->steps[j].id, step->id + strlen("step-")) == 0)
                return true;
        }
    }
    return false;
}

static void print_target_recovery(const struct run_model *model,
                                  const char *resume)
{
    bool is_cancelled = model->exit_status == EXIT_STATUS_CANCELLED;
    bool is_down = model->verdict && strcmp(model->verdict, "down") == 0;

    output_printf(
        "  %s '%s'%s\n",
        is_cancelled ? "Resume: run" : "Retry:  mend the cause, then run",
        resume, is_cancelled ? "; it takes up what is under way" : "");
    if (is_down && model->command && strcmp(model->command, "deploy") == 0)
        output_printf("  Back:   stepdeck rollback   (puts the version before "
                      "back; --to names another)\n");
}

/* After a cancel there is no cause to mend. */
static void print_recovery(const struct run_model *model, const char *resume)
{
    const struct run_step *step = first_obstacle(model);
    bool is_deploy = strncmp(resume, "stepdeck deploy", 15) == 0;
    bool failed = step && model->exit_status != EXIT_STATUS_CANCELLED;
    /* Those of a target run each time, and find out what is done already. */
    bool is_script = step && !step->is_builtin;

    output_printf("\n%sRecovery options%s\n", output_on(STYLE_BOLD),
                  output_off());
    if (step && is_of_target(model, step)) {
        print_target_recovery(model, resume);
        return;
    }
    output_printf("  %s '%s'%s%s\n",
                  failed ? "Retry:  mend the cause, then run" : "Resume: run",
                  resume, is_script ? "; it goes on at " : "",
                  is_script ? step->id : "");
    if (!is_deploy)
        return;
    if (failed && is_script)
        output_printf("  Skip:   %s --skip %s   (if you know it is not "
                      "needed)\n",
                      resume, step->id);
    output_printf(
        "  Reset:  %s --fresh-start   (archives the state, runs every "
        "step)\n",
        resume);
}

static void print_verdict(const struct run_model *model)
{
    bool ok = model->exit_status == EXIT_STATUS_DONE;
    char duration[CLOCK_TEXT_SIZE];
    size_t completed = run_model_count(model, STATUS_COMPLETED);
    size_t skipped = run_model_count(model, STATUS_SKIPPED);
    size_t failed = run_model_count(model, STATUS_FAILED);
    size_t blocked = run_model_count(model, STATUS_BLOCKED);

    clock_format_duration(jsonx_int(model->summary, "elapsed_ms", 0), duration);
    output_printf("\n%s%s %s%s in %s: %zu completed, %zu skipped, %zu failed, "
                  "%zu blocked",
                  output_on(ok ? STYLE_OK : STYLE_FAILED),
                  output_icon(ok ? STATUS_COMPLETED : STATUS_FAILED),
                  summary_word(model->exit_status), output_off(), duration,
                  completed, skipped, failed, blocked);
    if (model->warnings.count)
        output_printf(", %zu warning%s", model->warnings.count,
                      model->warnings.count == 1 ? "" : "s");
    output_printf("\n");
}

static void print_fact(const char *label, const char *text)
{
    char *safe;

    if (!text)
        return;
    safe = output_safe(text);
    output_printf("  %s%-9s%s %s\n", output_on(STYLE_DIM), label, output_off(),
                  safe);
    free(safe);
}

static void print_phases(json_t *phases)
{
    struct strbuf text = { 0 };
    const char *name;
    json_t *value;

    json_object_foreach(phases, name, value)
    {
        char duration[CLOCK_TEXT_SIZE];

        clock_format_duration(json_integer_value(value), duration);
        strbuf_addf(&text, "%s%s %s", text.len ? ", " : "", name, duration);
    }
    if (text.len)
        print_fact("phases", strbuf_text(&text));
    strbuf_release(&text);
}

/* What a cloud deployment has come to: what serves, and where. */
static void print_deployment(const struct run_model *model)
{
    bool is_live = model->verdict && strncmp(model->verdict, "live", 4) == 0;
    bool is_back = model->verdict && strcmp(model->verdict, "rolled-back") == 0;
    /* "stepdeck rollback": its image is what serves now. */
    bool is_asked =
        is_back && model->command && strcmp(model->command, "rollback") == 0;
    const char *digest = jsonx_text(model->summary, "image_digest", NULL);
    const char *tag = jsonx_text(model->summary, "image_tag", NULL);
    char *image;

    if (!model->verdict)
        return;
    output_printf("\n%sDeployment%s  %s%s%s\n", output_on(STYLE_BOLD),
                  output_off(),
                  output_on(is_live || is_asked ? STYLE_OK : STYLE_FAILED),
                  model->verdict, output_off());
    print_fact("service", jsonx_text(model->summary, "service_url", NULL));
    image = tag && digest ? mem_format("%s (%s)", tag, digest)
                          : mem_text(tag ? tag : digest);
    print_fact(is_live ? "image" : is_asked ? "serving" : "failed", image);
    free(image);
    print_fact(is_back && !is_asked ? "serving" : "previous",
               jsonx_text(model->summary, "previous_digest", NULL));
    print_phases(json_object_get(model->summary, "phases"));
}

void summary_print(const struct run_model *model, const struct state *state,
                   const char *resume, bool show_tail)
{
    print_warnings(model);
    print_errors(model, state, show_tail);
    print_deployment(model);
    print_verdict(model);
    if (model->exit_status != EXIT_STATUS_DONE)
        print_recovery(model, resume);
    if (state_will_last(state))
        output_printf("%sLogs: %s/runs/%s/   Next: stepdeck %s%s\n",
                      output_on(STYLE_DIM), state_path(state), model->run,
                      model->exit_status == EXIT_STATUS_DONE ? "next"
                                                             : "status",
                      output_off());
}
