/* What the sources of credentials read: settings, paths, addresses. */
#include "aws/awsfile.h"
#include "aws/credentials_private.h"
#include "aws/endpoint.h"

#include "base/mem.h"

#include <stdlib.h>
#include <strings.h>

const char *cred_setting(const struct cred_request *request, const char *name)
{
    const struct credentials_options *options = request->options;
    const char *value =
        options->setting ? options->setting(options->context, name) : NULL;

    return value && *value ? value : NULL;
}

bool cred_setting_is_true(const struct cred_request *request, const char *name)
{
    const char *value = cred_setting(request, name);

    return value && strcasecmp(value, "true") == 0;
}

const char *cred_profile_setting(const struct cred_request *request,
                                 const char *name)
{
    return awsfile_get(request->options->file, "profile", request->profile,
                       name);
}

bool cred_uses_environment(const struct cred_request *request)
{
    return !request->parent && !request->options->is_profile_explicit;
}

int64_t cred_now(const struct cred_request *request)
{
    return clock_wall(request->options->clock);
}

char *cred_home_path(const char *name)
{
    const char *home = getenv("HOME");

    return home && *home ? mem_format("%s/.aws/%s", home, name) : NULL;
}

static const char *look_up(void *context, const char *name)
{
    return cred_setting(context, name);
}

char *cred_endpoint(const struct cred_request *request, const char *variable,
                    const char *config_name, const char *usual)
{
    const struct endpoint endpoint = { .setting = variable,
                                       .key = config_name };
    struct cred_request copy = *request;
    const struct endpoint_source source = { .setting = look_up,
                                            .context = &copy,
                                            .file = request->options->file,
                                            .profile = request->profile };
    char *chosen = endpoint_chosen_url(&endpoint, &source);

    return chosen ? chosen : mem_text(usual);
}
