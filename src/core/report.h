/*
 * A past (or running) run as others want to read it: the words for how it
 * ended, and reports as JUnit XML, Markdown, HTML and JSON.
 *
 *     struct report report = { 0 };
 *     if (!report_load(&report, state, run, redact, &err)) ...
 *     report_junit(&report, &out);
 *     report_release(&report);
 *
 * Journals are foreign: torn, older, newer, edited. What can be read is
 * reported, `skipped` and `is_foreign` say what could not. All text is escaped
 * for the format it goes into. Values only, one thread.
 */
#ifndef STEPDECK_CORE_REPORT_H
#define STEPDECK_CORE_REPORT_H

#include "base/strbuf.h"
#include "core/runmodel.h"
#include "core/state.h"

#include <jansson.h>

struct redact;

enum report_result {
    REPORT_DONE,
    REPORT_FAILED,
    REPORT_BLOCKED,     /* a prerequisite was not met */
    REPORT_CANCELLED,   /* by somebody, at a safe point */
    REPORT_INTERRUPTED, /* it died: its journal has no end */
    REPORT_RUNNING,
    REPORT_UNREADABLE
};

struct report {
    const struct state *state;   /* borrowed */
    const struct redact *redact; /* borrowed; NULL: nothing is secret */
    char *id;
    struct run_model model;
    enum report_result result;
    size_t skipped;     /* lines of the journal that are no events */
    bool is_foreign;    /* written by a newer version */
    struct error error; /* of REPORT_UNREADABLE */
};

/* Reads the run called `id` exactly. Always gives a report; a journal that
 * cannot be read makes it REPORT_UNREADABLE. */
void report_load(struct report *report, const struct state *state,
                 const char *id, const struct redact *redact);
void report_release(struct report *report);

/* "done", "interrupted" and so on; and the status whose colour and icon fit. */
const char *report_result_name(enum report_result result);
enum step_status report_result_status(enum report_result result);

/* How long the run took, or takes until `now_ms`; -1 when that is unknown. */
int64_t report_duration(const struct report *report, int64_t now_ms);

/* Steps that are completed, in this run or before it. */
size_t report_completed(const struct report *report);
/* The first critical step that failed, is blocked, or was under way when the
 * run died; NULL when there is none. */
const struct run_step *report_culprit(const struct report *report);
/* Whether the run never came to this step. */
bool report_is_unreached(const struct report *report,
                         const struct run_step *step);
/* The status word of a step as people read it: what was under way when the
 * run died is "interrupted". */
const char *report_step_word(const struct report *report,
                             const struct run_step *step);

/* The status whose colour and icon go with that word. */
enum step_status report_step_status(const struct report *report,
                                    const struct run_step *step);
/* How long the step took, or takes until `now_ms`; -1 when that is unknown. */
int64_t report_step_duration(const struct report *report,
                             const struct run_step *step, int64_t now_ms);

/* What to say about a journal that is not whole, NULL when it is. To free. */
char *report_remark(const struct report *report);

enum { REPORT_TIME_SIZE = 24 };
/* "2026-11-21 17:00:03", local time; "" for 0. `text` holds REPORT_TIME_SIZE
 * bytes; returns it. */
char *report_time(int64_t wall_ms, char *text);

/* One line of the history, and all that is known. */
json_t *report_summary_json(const struct report *report);
json_t *report_json(const struct report *report);

void report_junit(const struct report *report, struct strbuf *out);
void report_markdown(const struct report *report, struct strbuf *out);
void report_html(const struct report *report, struct strbuf *out);

#endif
