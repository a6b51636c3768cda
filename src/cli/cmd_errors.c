#include "base/jsonx.h"
#include "base/mem.h"
#include "base/redact.h"
#include "base/strbuf.h"
#include "cli/command.h"
#include "cli/past.h"
#include "cli/workspace.h"
#include "core/secrets.h"
#include "core/statelog.h"

#include <stdlib.h>
#include <string.h>

struct listing {
    struct statelog log; /* errors and warnings together, by time */
    size_t errors, warnings;
    size_t unreadable;
    struct strvec notices;
};

static bool read_one(struct listing *listing, const struct state *state,
                     enum statelog_kind kind, struct error *err)
{
    struct statelog *log = &listing->log;

    if (!statelog_read(log, state, kind, err))
        return false;
    if (log->unreadable)
        strvec_addf(&listing->notices, "%zu %s of %s could not be read.",
                    log->unreadable, log->unreadable == 1 ? "line" : "lines",
                    statelog_name(kind));
    if (log->is_torn)
        strvec_addf(&listing->notices,
                    "The last line of %s is cut off; it is not used.",
                    statelog_name(kind));
    listing->unreadable += log->unreadable + log->is_torn;
    log->unreadable = 0;
    log->is_torn = false;
    return true;
}

static bool read_logs(struct listing *listing, const struct session *session,
                      struct error *err)
{
    struct redact *redact = secrets_collect(&session->project.config);
    bool ok = read_one(listing, session->state, STATELOG_ERRORS, err) &&
              read_one(listing, session->state, STATELOG_WARNINGS, err);

    statelog_redact(&listing->log, redact);
    statelog_sort(&listing->log);
    redact_free(redact);
    return ok;
}

static void count(struct listing *listing, const char *step)
{
    for (size_t i = 0; i < listing->log.count; i++) {
        if (!past_is_shown(&listing->log.entries[i], step))
            continue;
        if (listing->log.entries[i].level == STATE_ERROR)
            listing->errors++;
        else
            listing->warnings++;
    }
}

static void print_entry(const struct statelog_entry *entry)
{
    bool is_error = entry->level == STATE_ERROR;
    enum step_status like = is_error ? STATUS_FAILED : STATUS_STALE;
    char time[REPORT_TIME_SIZE];
    char *step = output_safe(entry->step);

    output_printf("%s%s%s %s  %s%s%s\n", output_on(output_style_of(like)),
                  output_icon(like), output_off(),
                  report_time(entry->time_ms, time), output_on(STYLE_BOLD),
                  step, output_off());
    output_paragraph((size_t)past_icon_width() + 1, STYLE_PLAIN, "",
                     entry->message);
    free(step);
}

static void print_listing(const struct listing *listing, const char *step)
{
    for (size_t i = 0; i < listing->log.count; i++) {
        if (past_is_shown(&listing->log.entries[i], step))
            print_entry(&listing->log.entries[i]);
    }
    if (!listing->errors && !listing->warnings)
        output_printf("No errors and no warnings%s%s.\n", step ? " of " : "",
                      step ? step : "");
    else
        output_printf("\n%zu %s, %zu %s\n", listing->errors,
                      listing->errors == 1 ? "error" : "errors",
                      listing->warnings,
                      listing->warnings == 1 ? "warning" : "warnings");
    for (size_t i = 0; i < listing->notices.count; i++)
        output_paragraph(0, STYLE_WARNING, "", listing->notices.items[i]);
    output_flush();
}

static void print_json(const struct listing *listing, const char *step)
{
    json_t *json = json_object();
    json_t *entries = json_array();

    for (size_t i = 0; i < listing->log.count; i++) {
        const struct statelog_entry *entry = &listing->log.entries[i];
        json_t *object;

        if (!past_is_shown(entry, step))
            continue;
        object = json_object();
        jsonx_set_text(object, "time", entry->time);
        jsonx_set_text(object, "level",
                       entry->level == STATE_ERROR ? "error" : "warning");
        jsonx_set_text(object, "step", entry->step);
        jsonx_set_text(object, "message", entry->message);
        json_array_append_new(entries, object);
    }
    json_object_set_new(json, "entries", entries);
    jsonx_set_int(json, "errors", (int64_t)listing->errors);
    jsonx_set_int(json, "warnings", (int64_t)listing->warnings);
    jsonx_set_int(json, "unreadable_lines", (int64_t)listing->unreadable);
    output_json(json);
}

static int run_errors(const struct options *options)
{
    struct session session = { 0 };
    struct listing listing = { 0 };
    struct error err = { 0 };
    char *step = NULL;
    int status = 0;

    if (!workspace_open(&session, options, STATE_READ, &err))
        return command_fail(&err);
    if (!read_logs(&listing, &session, &err) ||
        !past_choose_step(options, &session.project, &listing.log, &step,
                          &err)) {
        status = command_fail(&err);
        goto out;
    }
    count(&listing, step);
    if (options->given[OPTION_JSON])
        print_json(&listing, step);
    else
        print_listing(&listing, step);
out:
    free(step);
    statelog_release(&listing.log);
    strvec_release(&listing.notices);
    workspace_close(&session);
    return status;
}

const struct command command_errors = {
    .name = "errors",
    .arguments = "[STEP]",
    .most = 1,
    .groups = OPTIONS_PROJECT | OPTIONS_JSON,
    .summary = "errors and warnings, the newest last",
    .description =
        "Shows what errors.log and warnings.log of the state hold: the time, "
        "the step and the message, of all runs and of steps run by hand, until "
        "a fresh start archives them. With STEP only those of one step.",
    .examples = "stepdeck errors\n"
                "stepdeck errors step-010-network\n"
                "stepdeck errors --json",
    .run = run_errors,
};
