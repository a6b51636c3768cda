/* Everything that a deployment needs, looked at before it begins. All checks
 * run, so that one preflight names all that is to be mended. */
#include "aws/apprunner/preflight_private.h"

#include "base/mem.h"
#include "base/strbuf.h"
#include "base/strvec.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* ---- findings --------------------------------------------------------- */

static void set_found(struct preflight_finding *finding,
                      enum preflight_verdict verdict, char *text)
{
    finding->verdict = verdict;
    free(finding->found);
    finding->found = text;
}

void preflight_pass(struct preflight_finding *finding, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    set_found(finding, PREFLIGHT_PASS, mem_format_args(format, args));
    va_end(args);
}

void preflight_fail(struct preflight_finding *finding, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    set_found(finding, PREFLIGHT_FAIL, mem_format_args(format, args));
    va_end(args);
}

void preflight_unknown(struct preflight_finding *finding, const char *format,
                       ...)
{
    va_list args;

    va_start(args, format);
    set_found(finding, PREFLIGHT_UNKNOWN, mem_format_args(format, args));
    va_end(args);
}

void preflight_mend(struct preflight_finding *finding, const char *format, ...)
{
    va_list args;

    free(finding->mend);
    va_start(args, format);
    finding->mend = mem_format_args(format, args);
    va_end(args);
}

void preflight_warn(struct preflight_finding *finding, const char *format, ...)
{
    va_list args;

    free(finding->warning);
    va_start(args, format);
    finding->warning = mem_format_args(format, args);
    va_end(args);
}

void preflight_error(struct preflight_finding *finding, const struct error *err)
{
    bool is_unasked = err->code == ERROR_IO || err->code == ERROR_CANCELLED;

    set_found(finding, is_unasked ? PREFLIGHT_UNKNOWN : PREFLIGHT_FAIL,
              mem_text(err->message));
    if (err->hint[0])
        preflight_mend(finding, "%s", err->hint);
}

void preflight_finding_release(struct preflight_finding *finding)
{
    free(finding->found);
    free(finding->mend);
    free(finding->warning);
    *finding = (struct preflight_finding){ 0 };
}

/* ---- lines ------------------------------------------------------------ */

enum { VERDICT_WIDTH = 7 };

char *preflight_line(const char *name, const struct preflight_finding *finding)
{
    static const char *const words[] = { [PREFLIGHT_UNKNOWN] = "unknown",
                                         [PREFLIGHT_PASS] = "pass",
                                         [PREFLIGHT_FAIL] = "FAIL" };

    return mem_format("%-*s  %s: %s", VERDICT_WIDTH, words[finding->verdict],
                      name, finding->found ? finding->found : "not looked at");
}

char *preflight_mend_line(const struct preflight_finding *finding)
{
    if (finding->verdict == PREFLIGHT_PASS || !finding->mend)
        return NULL;
    return mem_format("%*s  -> %s", VERDICT_WIDTH, "", finding->mend);
}

/* ---- all of them ------------------------------------------------------ */

static const struct preflight_check *const groups[] = {
    preflight_local, preflight_cloud,   preflight_service,
    preflight_roles, preflight_secrets,
};

enum { GROUPS = sizeof(groups) / sizeof(groups[0]) };

struct tally {
    size_t checks, failures, unknown;
    struct strbuf failed; /* "docker, secrets" */
    char *reason;         /* why the first failed */
    char *mend;           /* of the first that failed */
    struct strvec lines;  /* of those that failed */
};

static size_t count_checks(void)
{
    size_t count = 0;

    for (size_t i = 0; i < GROUPS; i++) {
        for (const struct preflight_check *check = groups[i]; check->name;
             check++)
            count++;
    }
    return count;
}

static void tell(struct step_context *context, const char *name,
                 const struct preflight_finding *finding)
{
    char *line = preflight_line(name, finding);
    char *mend = preflight_mend_line(finding);

    context_log(context, "%s", line);
    if (mend)
        context_log(context, "%s", mend);
    if (finding->warning)
        context_warn(context, "%s: %s", name, finding->warning);
    free(mend);
    free(line);
}

static void count_finding(struct tally *tally, const char *name,
                          const struct preflight_finding *finding)
{
    tally->checks++;
    tally->unknown += finding->verdict == PREFLIGHT_UNKNOWN;
    if (finding->verdict != PREFLIGHT_FAIL)
        return;
    tally->failures++;
    strbuf_addf(&tally->failed, "%s%s", tally->failed.len ? ", " : "", name);
    strvec_take(&tally->lines, preflight_line(name, finding));
    if (!tally->reason)
        tally->reason = mem_text(finding->found);
    if (!tally->mend)
        tally->mend = mem_text(finding->mend ? finding->mend : finding->found);
}

static void run_check(struct preflight *preflight,
                      const struct preflight_check *check, struct tally *tally)
{
    struct preflight_finding finding = { 0 };

    check->look(preflight, &finding);
    tell(preflight->context, check->name, &finding);
    count_finding(tally, check->name, &finding);
    preflight_finding_release(&finding);
}

/* False when the step is to stop. */
static bool run_checks(struct preflight *preflight, struct tally *tally)
{
    size_t count = count_checks();

    for (size_t i = 0; i < GROUPS; i++) {
        for (const struct preflight_check *check = groups[i]; check->name;
             check++) {
            if (context_is_cancelled(preflight->context))
                return false;
            context_progress(preflight->context,
                             (int)(tally->checks * 100 / count), check->name);
            run_check(preflight, check, tally);
        }
    }
    return !context_is_cancelled(preflight->context);
}

static void judge(struct step_context *context, struct step_outcome *outcome,
                  const struct tally *tally)
{
    struct error err = { 0 };

    context_log(context, "%zu checks: %zu passed, %zu failed, %zu unknown",
                tally->checks, tally->checks - tally->failures - tally->unknown,
                tally->failures, tally->unknown);
    if (!tally->failures) {
        context_progress(context, 100, NULL);
        return;
    }
    /* Once more, where the end of the log is shown. */
    for (size_t i = 0; i < tally->lines.count; i++)
        context_log(context, "%s", tally->lines.items[i]);
    if (tally->failures == 1 && tally->reason)
        error_set(&err, ERROR_BLOCKED, "1 of %zu checks failed: %s: %s",
                  tally->checks, strbuf_text(&tally->failed), tally->reason);
    else
        error_set(&err, ERROR_BLOCKED, "%zu of %zu checks failed: %s",
                  tally->failures, tally->checks, strbuf_text(&tally->failed));
    error_hint(&err, "%s", tally->mend);
    deployment_fail(outcome, EXIT_STATUS_PREFLIGHT, &err);
}

void preflight_run(struct step_context *context, struct step_outcome *outcome)
{
    struct preflight preflight = { .deployment = context_target(context),
                                   .context = context };
    struct tally tally = { 0 };

    deployment_phase(preflight.deployment, context, "preflight", true);
    if (run_checks(&preflight, &tally)) {
        judge(context, outcome, &tally);
    } else {
        struct error err = { 0 };

        error_set(&err, ERROR_CANCELLED, "was cancelled");
        deployment_fail(outcome, EXIT_STATUS_PREFLIGHT, &err);
    }
    deployment_phase(preflight.deployment, context, "preflight", false);
    ecr_repository_release(&preflight.repository);
    servicefile_release(&preflight.file);
    strbuf_release(&tally.failed);
    strvec_release(&tally.lines);
    free(tally.reason);
    free(tally.mend);
}
