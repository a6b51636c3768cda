/*
 * What nearly every command begins with: the project of the folder, its state,
 * and its secrets, which are masked in what is printed while the session is
 * open (output_set_redact). One session at a time.
 *
 *     struct session session = { 0 };
 *     if (!session_open(&session, options, STATE_READ, &err))
 *         return command_fail(&err);
 *     ...
 *     session_close(&session);
 */
#ifndef STEPDECK_CLI_SESSION_H
#define STEPDECK_CLI_SESSION_H

#include "cli/options.h"
#include "core/project.h"
#include "core/state.h"

struct redact;

struct session {
    const struct options *options;
    struct project project;
    struct state *state;
    struct redact *redact;      /* the project's secrets */
    struct error state_warning; /* set when the state will not last */
};

NODISCARD bool session_open(struct session *session,
                            const struct options *options, enum state_mode mode,
                            struct error *err);
void session_close(struct session *session);

#endif
