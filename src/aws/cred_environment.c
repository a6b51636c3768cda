/* Keys in the environment.
 * https://docs.aws.amazon.com/sdkref/latest/guide/environment-variables.html */
#include "aws/credentials_private.h"

#include "base/mem.h"

enum cred_answer cred_environment(const struct cred_request *request,
                                  struct cred_found *found, struct error *err)
{
    const char *access_key = cred_setting(request, "AWS_ACCESS_KEY_ID");
    const char *token = cred_setting(request, "AWS_SESSION_TOKEN");
    const char *expires = cred_setting(request, "AWS_CREDENTIAL_EXPIRATION");

    if (!access_key || !cred_uses_environment(request))
        return CRED_NONE;
    if (!token)
        token = cred_setting(request, "AWS_SECURITY_TOKEN"); /* its old name */
    if (!cred_keys_set(&found->keys, "the environment", access_key,
                       cred_setting(request, "AWS_SECRET_ACCESS_KEY"), token,
                       err)) {
        error_hint(err, "set AWS_SECRET_ACCESS_KEY as well, or unset "
                        "AWS_ACCESS_KEY_ID");
        return CRED_FAILED;
    }
    if (expires && !cred_parse_time(expires, &found->keys.expires_ms)) {
        error_set(err, ERROR_BLOCKED,
                  "AWS_CREDENTIAL_EXPIRATION is no time, as "
                  "2026-11-21T17:00:00Z");
        return CRED_FAILED;
    }
    found->source = mem_text("the environment");
    return CRED_FOUND;
}
