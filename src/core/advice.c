#include "core/advice.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

/* "step-010-x is stale: main.tf changed."; a reason that says the same word
 * again ("failed with exit status 3") takes its place. */
static char *sentence_about(const struct overview_step *step, const char *what)
{
    const char *reason = step->reason;

    if (!reason)
        return mem_format("%s %s.", step->step->id, what);
    if (strncmp(reason, what, strlen(what)) == 0)
        return mem_format("%s %s.", step->step->id, reason);
    return mem_format("%s %s: %s.", step->step->id, what, reason);
}

/* The suggestion of the last run for the step that failed in it. */
static const char *mends(const struct overview *overview)
{
    const struct run_step *step =
        overview->has_run
            ? run_model_step(&overview->last.model, overview->next->step->id)
            : NULL;

    return step && step->status == STATUS_FAILED ? step->suggestion : NULL;
}

static void advise_on_plan(const struct overview *overview,
                           struct advice *advice)
{
    advice->sentence = mem_format("The deployment cannot be planned: %s.",
                                  overview->plan_error.message);
    if (overview->plan_error.hint[0])
        advice->suggestion = mem_text(overview->plan_error.hint);
}

static void advise_on_end(const struct overview *overview,
                          struct advice *advice)
{
    bool has_teardown = overview_has_teardown(overview);

    advice->sentence =
        mem_format("All steps of the deployment are completed.%s",
                   has_teardown ? " To tear everything down:" : "");
    advice->words = has_teardown ? "destroy" : NULL;
}

static const struct overview_step *
find_interrupted(const struct overview *overview)
{
    for (size_t i = 0; i < overview->count; i++) {
        if (overview->steps[i].is_interrupted)
            return &overview->steps[i];
    }
    return NULL;
}

static void advise_on_step(const struct overview *overview,
                           struct advice *advice)
{
    const struct overview_step *next = overview->next;
    const struct overview_step *interrupted = find_interrupted(overview);

    if (overview->advice == ADVICE_UNBLOCK) {
        advice->sentence = sentence_about(next, "is blocked");
        advice->suggestion = mem_text(next->item->suggestion);
    } else if (interrupted && interrupted != next) {
        advice->sentence =
            mem_format("%s was interrupted; a deployment goes on at %s.",
                       interrupted->step->id, next->step->id);
    } else if (overview->advice == ADVICE_RESUME) {
        advice->sentence = sentence_about(next, interrupted ? "was interrupted"
                                                            : "is in progress");
    } else if (overview->advice == ADVICE_RETRY) {
        advice->sentence = sentence_about(next, "failed");
        advice->suggestion = mem_text(mends(overview));
    } else if (overview->advice == ADVICE_REPEAT) {
        advice->sentence = sentence_about(next, "is stale");
    } else {
        advice->sentence =
            mem_format("%s is next: %s.", next->step->id, next->step->title);
    }
}

void advice_make(struct advice *advice, const struct overview *overview)
{
    *advice = (struct advice){ .words = "deploy" };
    switch (overview->advice) {
    case ADVICE_SET_UP:
        advice->sentence = mem_text("There are no deployment steps here yet.");
        advice->words = "init";
        break;
    case ADVICE_WATCH:
        advice->sentence = mem_text("A run is under way.");
        advice->words = "attach";
        break;
    case ADVICE_MEND_PLAN:
        advise_on_plan(overview, advice);
        break;
    case ADVICE_NOTHING:
        advise_on_end(overview, advice);
        break;
    default:
        advise_on_step(overview, advice);
        break;
    }
}

void advice_release(struct advice *advice)
{
    free(advice->sentence);
    free(advice->suggestion);
    *advice = (struct advice){ 0 };
}
