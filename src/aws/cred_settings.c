/* What the sources of credentials read: settings, paths, addresses. */
#include "aws/awsfile.h"
#include "aws/credentials_private.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>
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

/* https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html */
static const char * override(const struct cred_request *request,
                             const char *variable, const char *config_name)
{
    const char *services = cred_profile_setting(request, "services");
    char *name = mem_format("AWS_ENDPOINT_URL_%s", variable);
    const char *value = cred_setting(request, name);

    free(name);
    if (!value)
        value = cred_setting(request, "AWS_ENDPOINT_URL");
    if (!value && services) {
        name = mem_format("%s.endpoint_url", config_name);
        value = awsfile_get(request->options->file, "services", services, name);
        free(name);
    }
    return value ? value : cred_profile_setting(request, "endpoint_url");
}

char *cred_endpoint(const struct cred_request *request, const char *variable,
                    const char *config_name, const char *usual)
{
    static const char ignored[] = "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS";
    const char *value = NULL;
    char *url;
    size_t size;

    if (!cred_setting_is_true(request, ignored))
        value = override(request, variable, config_name);
    url = mem_text(value ? value : usual);
    size = strlen(url);
    while (size && url[size - 1] == '/')
        url[--size] = '\0';
    return url;
}
