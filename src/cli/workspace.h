/*
 * The session of a command, as its options want it. The project's secrets are
 * masked in what is printed while it is open (output_set_redact). One at a
 * time.
 *
 *     struct session session = { 0 };
 *     if (!workspace_open(&session, options, STATE_READ, &err))
 *         return command_fail(&err);
 *     ...
 *     workspace_close(&session);
 */
#ifndef STEPDECK_CLI_WORKSPACE_H
#define STEPDECK_CLI_WORKSPACE_H

#include "cli/options.h"
#include "core/session.h"

/* As session_open(). */
NODISCARD bool workspace_open(struct session *session,
                              const struct options *options,
                              enum state_mode mode, struct error *err);
/* A session that was never opened is fine. */
void workspace_close(struct session *session);

/* The environment chosen by --env, NULL without one. */
const char *workspace_environment(const struct options *options);

#endif
