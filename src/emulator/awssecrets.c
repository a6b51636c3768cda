/* Secrets Manager.
 * https://docs.aws.amazon.com/secretsmanager/latest/apireference */
#include "base/jsonx.h"
#include "base/mem.h"
#include "emulator/emulator.h"

#include <stdlib.h>
#include <string.h>

enum { PAGE = 5, DAY_SECONDS = 86400, RECOVERY_DAYS = 30 };

static const char arn_start[] =
    "arn:aws:secretsmanager:" EMULATOR_REGION ":" EMULATOR_ACCOUNT ":secret:";

/* By its ARN, with or without the six letters at its end, or by its name. */
static json_t *find(struct emulator *emulator, const json_t *input,
                    struct emulator_failure *failure)
{
    json_t *secrets = emulator_part(emulator, "secrets");
    const char *id = jsonx_text(input, "SecretId", "");
    const char *name =
        strncmp(id, arn_start, strlen(arn_start)) ? id : id + strlen(arn_start);
    const char *arn;
    json_t *secret;

    json_object_foreach(secrets, arn,
                        secret) if (!strcmp(arn, id) ||
                                    !strcmp(jsonx_text(secret, "Name", ""),
                                            name)) return secret;
    return emulator_fail(failure, 400, "ResourceNotFoundException",
                         "Secrets Manager can't find the specified secret.");
}

/* What is told about it: never the value. */
static json_t *public_part(const json_t *secret)
{
    json_t *part = json_copy((json_t *)(uintptr_t)secret);

    json_object_del(part, "SecretString");
    json_object_del(part, "VersionId");
    json_object_set_new(part, "VersionIdsToStages",
                        json_pack("{s:[s]}",
                                  jsonx_text(secret, "VersionId", "1"),
                                  "AWSCURRENT"));
    return part;
}

static json_t *describe_secret(struct emulator *emulator, const json_t *input,
                               struct emulator_failure *failure)
{
    const json_t *secret = find(emulator, input, failure);

    return secret ? public_part(secret) : NULL;
}

static json_t *identify(const json_t *secret)
{
    return json_pack("{s:O, s:O, s:O*}", "ARN", json_object_get(secret, "ARN"),
                     "Name", json_object_get(secret, "Name"), "VersionId",
                     json_object_get(secret, "VersionId"));
}

static bool is_free(struct emulator *emulator, const char *name)
{
    json_t *secrets = emulator_part(emulator, "secrets");
    const char *arn;
    json_t *secret;

    json_object_foreach(
        secrets, arn,
        secret) if (!strcmp(jsonx_text(secret, "Name", ""), name)) return false;
    return true;
}

static json_t *create_secret(struct emulator *emulator, const json_t *input,
                             struct emulator_failure *failure)
{
    const char *name = jsonx_text(input, "Name", "");
    json_t *secret;

    if (!is_free(emulator, name))
        return emulator_fail(failure, 400, "ResourceExistsException",
                             "The operation failed because the secret %s "
                             "already exists.",
                             name);
    char *id = emulator_hex_id(emulator);
    char *version = emulator_uuid(emulator);
    char *arn = mem_format("%s%s-%.6s", arn_start, name, id);
    secret = json_object();
    jsonx_set_text(secret, "ARN", arn);
    jsonx_set_text(secret, "Name", name);
    jsonx_set_text(secret, "VersionId", version);
    jsonx_set_text(secret, "SecretString",
                   jsonx_text(input, "SecretString", ""));
    jsonx_set_text(secret, "Description",
                   jsonx_text(input, "Description", NULL));
    jsonx_set_text(secret, "KmsKeyId", jsonx_text(input, "KmsKeyId", NULL));
    json_object_set_new(secret, "CreatedDate", json_real(emulator_now()));
    json_object_set_new(secret, "LastChangedDate", json_real(emulator_now()));
    json_object_set_new(emulator_part(emulator, "secrets"), arn, secret);
    free(arn);
    free(version);
    free(id);
    return identify(secret);
}

/* Only scheduled: it stays describable. */
static json_t *delete_secret(struct emulator *emulator, const json_t *input,
                             struct emulator_failure *failure)
{
    json_t *secret = find(emulator, input, failure);
    json_t *answer;
    double date;

    if (!secret)
        return NULL;
    date = emulator_now() +
           (double)jsonx_int(input, "RecoveryWindowInDays", RECOVERY_DAYS) *
               DAY_SECONDS;
    json_object_set_new(secret, "DeletedDate", json_real(date));
    answer = identify(secret);
    json_object_set_new(answer, "DeletionDate", json_real(date));
    return answer;
}

static json_t *list_secrets(struct emulator *emulator, const json_t *input,
                            struct emulator_failure *failure)
{
    json_t *secrets = emulator_part(emulator, "secrets");
    json_t *list = json_array();
    json_t *answer = json_object();
    const char *arn;
    json_t *secret;

    (void)failure;
    json_object_foreach(secrets, arn, secret)
    {
        json_t *part = public_part(secret);

        json_object_del(part, "VersionIdsToStages");
        if (!json_object_get(secret, "DeletedDate"))
            json_array_append(list, part);
        json_decref(part);
    }
    emulator_page(list, input, "NextToken", "MaxResults", PAGE, answer,
                  "SecretList");
    json_decref(list);
    return answer;
}

static const struct emulator_operation operations[] = {
    { "DescribeSecret", describe_secret },
    { "CreateSecret", create_secret },
    { "DeleteSecret", delete_secret },
    { "ListSecrets", list_secrets },
    { NULL, NULL },
};

const struct emulator_service emulator_secrets = {
    .name = "secretsmanager",
    .target = "secretsmanager",
    .protocol = EMULATOR_JSON,
    .operations = operations,
};
