/*
 * From options to a finished run: a launch (core/launch.h), consent, and the
 * front that follows it. Shared by the commands that run steps.
 */
#ifndef STEPDECK_CLI_FLOW_H
#define STEPDECK_CLI_FLOW_H

#include "cli/options.h"
#include "core/plan.h"

struct flow_request {
    const char *command; /* "deploy" */
    struct plan_request plan;
    bool shows_plan;       /* and asks before it starts, on a terminal */
    const char *question;  /* asked instead of "Run N steps?" */
    const char *typed;     /* what has to be typed in answer, NULL for y/N */
    const char *typed_key; /* the configuration key that `typed` is of */
    bool needs_approval;   /* refused (4) when nobody can be asked */
    bool archives;         /* states are archived after success (destroy) */
};

/* Runs it and gives the exit status. */
int flow_run(const struct options *options, const struct flow_request *request);

/* The plan as text or JSON; gives the exit status (4 with an obstacle). */
int flow_show_plan(const struct options *options,
                   const struct flow_request *request);

/* Fills the selection of a plan request from the options. */
void flow_select(const struct options *options, struct plan_request *plan);

#endif
