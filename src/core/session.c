#include "core/session.h"

#include "base/redact.h"
#include "core/secrets.h"

static const char *apart;

void session_set_apart(const char *name)
{
    apart = name;
}

static const char *state_name(const struct project *project)
{
    if (apart)
        return apart;
    return project->config.separate_state ? project->config.environment : NULL;
}

bool session_open(struct session *session,
                  const struct session_request *request, struct error *err)
{
    static const struct strvec no_overrides;
    enum state_mode mode = request->mode;

    *session = (struct session){ 0 };
    /* -C has been followed already: the project is the working directory. */
    if (!project_load(&session->project, ".", request->environment,
                      request->overrides ? request->overrides : &no_overrides,
                      err))
        return false;
    session->redact = secrets_collect(&session->project.config);
    /* A folder without steps is left as it is. */
    if (!session->project.count)
        mode = STATE_READ;
    session->state =
        state_open(session->project.dir, state_name(&session->project), mode,
                   &session->state_warning);
    return true;
}

void session_close(struct session *session)
{
    redact_free(session->redact);
    state_free(session->state);
    project_release(&session->project);
    *session = (struct session){ 0 };
}
