#include "cli/session.h"

#include "base/redact.h"
#include "cli/output.h"
#include "core/secrets.h"

bool session_open(struct session *session, const struct options *options,
                  enum state_mode mode, struct error *err)
{
    /* -C has been followed already: the project is the working directory. */
    session->options = options;
    if (!project_load(&session->project, ".",
                      options->given[OPTION_ENV] ? options->values[OPTION_ENV]
                                                 : NULL,
                      &options->overrides, err))
        return false;
    session->redact = secrets_collect(&session->project.config);
    output_set_redact(session->redact);
    /* A folder without steps is left as it is. */
    if (!session->project.count)
        mode = STATE_READ;
    session->state = state_open(session->project.dir,
                                session->project.config.separate_state
                                    ? session->project.config.environment
                                    : NULL,
                                mode, &session->state_warning);
    return true;
}

void session_close(struct session *session)
{
    if (session->redact)
        output_set_redact(NULL);
    redact_free(session->redact);
    state_free(session->state);
    project_release(&session->project);
    *session = (struct session){ 0 };
}
