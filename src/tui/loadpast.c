#include "tui/loadpast.h"

#include "base/mem.h"
#include "core/runs.h"

#include <stdlib.h>
#include <string.h>

static void fill_past(struct past_run *past, const struct report *report)
{
    const struct run_model *model = &report->model;

    past->id = mem_text(report->id);
    past->command = mem_text(model->command);
    past->environment = mem_text(model->environment);
    past->commit = mem_text(model->commit);
    past->result = report->result;
    past->start_ms = model->start_ms;
    past->duration_ms = report_duration(report, clock_wall(clock_system()));
    past->completed = report_completed(report);
    past->failed = run_model_count(model, STATUS_FAILED);
    past->steps = model->step_count;
    past->exit_status = model->exit_status;
    past->remark = report_remark(report);
}

void loadpast_history(struct loaded *loaded,
                      const struct console_request *request)
{
    struct session session = { 0 };
    struct strvec ids = { 0 };

    if (!load_session(&session, request, &loaded->error))
        return;
    runs_list(session.state, &ids);
    loaded->history = mem_new(ids.count, sizeof(*loaded->history));
    for (size_t i = ids.count; i > 0; i--) {
        struct report report = { 0 };

        report_load(&report, session.state, ids.items[i - 1], session.redact);
        fill_past(&loaded->history[loaded->history_count++], &report);
        report_release(&report);
    }
    strvec_release(&ids);
    session_close(&session);
}

void loadpast_run(struct loaded *loaded, const struct load_job *job,
                  const struct console_request *request)
{
    struct session session = { 0 };

    if (!load_session(&session, request, &loaded->error))
        return;
    loaded->report = mem_new(1, sizeof(*loaded->report));
    report_load(loaded->report, session.state, job->text ? job->text : "",
                session.redact);
    /* The state and the secrets go with the session. */
    loaded->report->state = NULL;
    loaded->report->redact = NULL;
    session_close(&session);
}

/* Within a second, which is all that the logs of the state know. */
static bool is_about(const struct statelog_entry *entry,
                     const struct run_remark *remark)
{
    int64_t apart = remark->time_ms - entry->time_ms;

    return remark->step && entry->step && apart > -1000 && apart < 2000 &&
           strcmp(remark->step, entry->step) == 0;
}

static void take_hints(char **hints, const struct statelog *log,
                       const struct run_remarks *remarks)
{
    for (size_t i = 0; i < remarks->count; i++) {
        for (size_t j = 0; remarks->items[i].suggestion && j < log->count;
             j++) {
            if (!hints[j] && is_about(&log->entries[j], &remarks->items[i]))
                hints[j] = remarks->items[i].suggestion;
        }
    }
}

/* The logs of the state do not say what mends an error; the journals do. */
static void fill_hints(struct loaded *loaded, const struct session *session)
{
    const struct statelog *log = &loaded->remarks;
    struct strvec ids = { 0 };

    for (size_t i = 0; i < log->count; i++)
        strvec_add(&loaded->hints, "");
    runs_list(session->state, &ids);
    for (size_t i = 0; i < ids.count; i++) {
        char **hints = mem_new(log->count + 1, sizeof(*hints));
        struct report report = { 0 };

        report_load(&report, session->state, ids.items[i], session->redact);
        take_hints(hints, log, &report.model.errors);
        take_hints(hints, log, &report.model.warnings);
        for (size_t j = 0; j < log->count; j++) {
            if (!hints[j])
                continue;
            free(loaded->hints.items[j]);
            loaded->hints.items[j] = mem_text(hints[j]);
        }
        report_release(&report);
        free(hints);
    }
    strvec_release(&ids);
}

void loadpast_logs(struct loaded *loaded, enum load_kind kind,
                   const struct console_request *request)
{
    struct session session = { 0 };
    struct error *err = &loaded->error;

    if (!load_session(&session, request, err))
        return;
    if (kind == LOAD_CHECKPOINTS) {
        (void)!statelog_read(&loaded->checkpoints, session.state,
                             STATELOG_CHECKPOINTS, err);
    } else if (statelog_read(&loaded->remarks, session.state, STATELOG_ERRORS,
                             err) &&
               statelog_read(&loaded->remarks, session.state, STATELOG_WARNINGS,
                             err)) {
        statelog_redact(&loaded->remarks, session.redact);
        statelog_sort(&loaded->remarks);
        fill_hints(loaded, &session);
    }
    session_close(&session);
}

void loadpast_status(struct loaded *loaded,
                     const struct console_request *request)
{
    loaded->session = mem_new(1, sizeof(*loaded->session));
    if (!load_session(loaded->session, request, &loaded->error)) {
        free(loaded->session);
        loaded->session = NULL;
        return;
    }
    loaded->overview = mem_new(1, sizeof(*loaded->overview));
    overview_make(loaded->overview, &loaded->session->project,
                  loaded->session->state, loaded->session->redact);
}
