/*
 * What nearly everything begins with: the project of the working directory,
 * its state, and its secrets.
 *
 *     struct session session = { 0 };
 *     struct session_request request = { .mode = STATE_READ };
 *     if (!session_open(&session, &request, &err)) ...
 *     session_close(&session);
 *
 * Reads files and may ask git, so not for a thread that draws. One owner; it
 * may be handed from thread to thread.
 */
#ifndef STEPDECK_CORE_SESSION_H
#define STEPDECK_CORE_SESSION_H

#include "core/project.h"
#include "core/state.h"

struct redact;

/* Borrowed until session_open() has returned. */
struct session_request {
    const char *environment;        /* as chosen by --env, or NULL */
    const struct strvec *overrides; /* "KEY=VALUE" of options; may be NULL */
    enum state_mode mode;
};

struct session {
    struct project project;
    struct state *state;
    struct redact *redact;      /* the project's secrets */
    struct error state_warning; /* set when the state will not last */
};

/* False when the project cannot be loaded (project_load); the session is then
 * empty. A folder without steps is left as it is: its state is only read. */
NODISCARD bool session_open(struct session *session,
                            const struct session_request *request,
                            struct error *err);
/* A session that was never opened is fine. */
void session_close(struct session *session);

/* From now on every session of this process keeps its state apart, under
 * environments/NAME: a rehearsal is not taken for the real thing. NULL: no
 * longer. At start only; `name` must live as long as the program. */
void session_set_apart(const char *name);

#endif
