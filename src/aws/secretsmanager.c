#include "aws/secretsmanager.h"

#include "aws/client.h"
#include "aws/reply.h"
#include "base/jsonx.h"
#include "base/mem.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME */
enum { ARN_FIELDS = 7 };

/* Where field `number` begins, counted from 0; NULL when there are fewer. */
static const char *field_of(const char *arn, int number)
{
    for (; arn && number > 0; number--) {
        arn = strchr(arn, ':');
        arn = arn ? arn + 1 : NULL;
    }
    return arn;
}

/* What DescribeSecret understands: a name, or an ARN without what a container
 * definition may add to it. To free; NULL for an ARN of something else. */
static char *secret_id(const char *id, struct error *err)
{
    const char *service, *rest;

    if (strncmp(id, "arn:", 4) != 0)
        return mem_text(id);
    service = field_of(id, 2);
    if (!service || strncmp(service, "secretsmanager:", 15) != 0) {
        error_set(err, ERROR_INPUT, "no secret of Secrets Manager: '%s'", id);
        error_hint(err, "give the name or the ARN of a secret; a parameter of "
                        "Systems Manager is not looked up");
        return NULL;
    }
    rest = field_of(id, ARN_FIELDS);
    return rest ? mem_bytes(id, (size_t)(rest - 1 - id)) : mem_text(id);
}

static bool take_secret(const json_t *reply, struct secret *secret,
                        struct error *err)
{
    const char *arn = jsonx_text(reply, "ARN", NULL);
    const char *name = jsonx_text(reply, "Name", NULL);
    const json_t *deleted = json_object_get(reply, "DeletedDate");

    if (!arn || !name)
        return reply_refuse("DescribeSecret", "ARN or Name", err);
    secret->arn = mem_text(arn);
    secret->name = mem_text(name);
    secret->kms_key = mem_text(jsonx_text(reply, "KmsKeyId", NULL));
    secret->is_deleted = deleted && !json_is_null(deleted);
    return true;
}

bool secretsmanager_describe(struct client *client, const char *id,
                             struct secret *secret, struct error *err)
{
    char *name = secret_id(id, err);
    json_t *input, *reply = NULL;
    struct client_call call = { CLIENT_SECRETS, "DescribeSecret", NULL, false };
    bool ok;

    *secret = (struct secret){ 0 };
    if (!name)
        return false;
    input = json_object();
    jsonx_set_text(input, "SecretId", name);
    call.input = input;
    ok = client_read(client, &call, &reply, err);
    if (ok) {
        ok = take_secret(reply, secret, err);
    } else if (client_failed_with(client, "ResourceNotFoundException")) {
        error_clear(err);
        error_set(err, ERROR_NOT_FOUND, "no secret '%s' in %s", name,
                  client_region(client));
    }
    json_decref(reply);
    json_decref(input);
    free(name);
    return ok;
}

void secret_release(struct secret *secret)
{
    free(secret->arn);
    free(secret->name);
    free(secret->kms_key);
    *secret = (struct secret){ 0 };
}
