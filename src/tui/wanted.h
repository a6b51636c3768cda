/*
 * What a job of the loader wants to run, as the launch module takes it.
 *
 *     struct wanted wanted = { 0 };
 *     wanted_fill(&wanted, job, request);
 *     if (wanted_open(&wanted, &session, &err) &&
 *         wanted_select(&wanted, &session, &err))
 *         use wanted.request
 *     wanted_release(&wanted);
 *
 * Its request borrows the lists beside it and what the job and the console's
 * request hold. Blocks on files.
 */
#ifndef STEPDECK_TUI_WANTED_H
#define STEPDECK_TUI_WANTED_H

#include "core/launch.h"
#include "tui/loads.h"

struct alone;

struct wanted {
    struct launch_request request;
    const struct alone *alone; /* a command that runs one step, or NULL */
    struct strvec overrides, only, skip;
};

void wanted_fill(struct wanted *wanted, const struct load_job *job,
                 const struct console_request *request);
void wanted_release(struct wanted *wanted);

/* A session for reading. */
NODISCARD bool wanted_open(const struct wanted *wanted, struct session *session,
                           struct error *err);
/* Which steps of the project it is: ERROR_INPUT when there are none. */
NODISCARD bool wanted_select(struct wanted *wanted,
                             const struct session *session, struct error *err);

#endif
