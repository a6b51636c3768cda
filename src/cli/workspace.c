#include "cli/workspace.h"

#include "cli/output.h"

const char *workspace_environment(const struct options *options)
{
    return options->given[OPTION_ENV] ? options->values[OPTION_ENV] : NULL;
}

bool workspace_open(struct session *session, const struct options *options,
                    enum state_mode mode, struct error *err)
{
    const struct session_request request = {
        .environment = workspace_environment(options),
        .overrides = &options->overrides,
        .mode = mode,
    };

    if (!session_open(session, &request, err))
        return false;
    output_set_redact(session->redact);
    return true;
}

void workspace_close(struct session *session)
{
    if (session->redact)
        output_set_redact(NULL);
    session_close(session);
}
