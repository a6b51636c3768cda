/* Keys of long standing in the AWS files.
 * https://docs.aws.amazon.com/sdkref/latest/guide/feature-static-credentials.html
 */
#include "aws/awsfile.h"
#include "aws/credentials_private.h"

#include "base/mem.h"

#include <stdlib.h>

static enum cred_answer read_keys(const struct cred_request *request,
                                  enum awsfile_origin origin, const char *where,
                                  struct cred_found *found, struct error *err)
{
    static const char *const names[] = { "aws_access_key_id",
                                         "aws_secret_access_key",
                                         "aws_session_token",
                                         "aws_security_token" };
    const char *values[4];
    char *subject;
    bool ok;

    for (size_t i = 0; i < 4; i++)
        values[i] = awsfile_get_from(request->options->file, origin, "profile",
                                     request->profile, names[i]);
    if (!values[0])
        return CRED_NONE;
    subject = mem_format("profile '%s' (%s)", request->profile, where);
    ok = cred_keys_set(&found->keys, subject, values[0], values[1],
                       values[2] ? values[2] : values[3], err);
    if (ok)
        found->source = subject;
    else
        free(subject);
    return ok ? CRED_FOUND : CRED_FAILED;
}

enum cred_answer cred_profile_credentials(const struct cred_request *request,
                                          struct cred_found *found,
                                          struct error *err)
{
    return read_keys(request, AWSFILE_CREDENTIALS, "credentials file", found,
                     err);
}

enum cred_answer cred_profile_config(const struct cred_request *request,
                                     struct cred_found *found,
                                     struct error *err)
{
    return read_keys(request, AWSFILE_CONFIG, "config file", found, err);
}
