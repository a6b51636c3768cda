/* STS. https://docs.aws.amazon.com/STS/latest/APIReference */
#include "base/clock.h"
#include "base/jsonx.h"
#include "base/mem.h"
#include "emulator/emulator.h"

#include <stdlib.h>
#include <string.h>

enum {
    SESSION_SECONDS = 3600,
    SHORTEST_SECONDS = 900,
    LONGEST_SECONDS = 12 * 3600
};

/* Sessions are the role that was assumed, everybody else is one user. */
static json_t *get_caller_identity(struct emulator *emulator,
                                   const json_t *input,
                                   struct emulator_failure *failure)
{
    const json_t *session =
        json_object_get(emulator_part(emulator, "sessions"),
                        emulator->caller ? emulator->caller : "");

    (void)input;
    (void)failure;
    return json_pack(
        "{s:s, s:s, s:s}", "Arn",
        jsonx_text(session, "arn",
                   "arn:aws:iam::" EMULATOR_ACCOUNT ":user/emulator"),
        "UserId", jsonx_text(session, "user_id", "AIDAEMULATOR00000000"),
        "Account", EMULATOR_ACCOUNT);
}

/* New keys, kept under "sessions"; gives what Credentials holds. */
static json_t *new_session(struct emulator *emulator, int64_t seconds,
                           const char *arn, const char *user_id)
{
    int64_t expires_ms = clock_wall(clock_system()) + seconds * 1000;
    char *id = emulator_hex_id(emulator);
    char *secret = emulator_hex_id(emulator);
    char *token = emulator_hex_id(emulator);
    char *key = mem_format("ASIA%.16s", id);
    char expires[CLOCK_TEXT_SIZE];
    json_t *session = json_object();
    json_t *answer = json_object();

    for (char *at = key; *at; at++)
        if (*at >= 'a' && *at <= 'f')
            *at = (char)(*at - 'a' + 'A');
    jsonx_set_text(session, "secret", secret);
    jsonx_set_text(session, "token", token);
    jsonx_set_text(session, "arn", arn);
    jsonx_set_text(session, "user_id", user_id);
    jsonx_set_int(session, "expires_ms", expires_ms);
    json_object_set_new(emulator_part(emulator, "sessions"), key, session);
    jsonx_set_text(answer, "AccessKeyId", key);
    jsonx_set_text(answer, "SecretAccessKey", secret);
    jsonx_set_text(answer, "SessionToken", token);
    jsonx_set_text(answer, "Expiration",
                   clock_format_seconds(expires_ms, expires));
    free(key);
    free(token);
    free(secret);
    free(id);
    return answer;
}

/* Query members are texts. */
static int64_t duration_of(const json_t *input)
{
    const char *text = jsonx_text(input, "DurationSeconds", "");
    int64_t seconds = *text ? strtoll(text, NULL, 10) : SESSION_SECONDS;

    return seconds;
}

static json_t *assume(struct emulator *emulator, const json_t *input,
                      struct emulator_failure *failure)
{
    const char *arn = jsonx_text(input, "RoleArn", "");
    const char *session = jsonx_text(input, "RoleSessionName", "");
    const char *role = strrchr(arn, '/');
    int64_t seconds = duration_of(input);
    json_t *answer, *user;

    if (!role || !json_object_get(emulator_part(emulator, "roles"), role + 1))
        return emulator_fail(failure, 403, "AccessDenied",
                             "User: arn:aws:iam::" EMULATOR_ACCOUNT
                             ":user/emulator is not authorized to perform: "
                             "sts:AssumeRole on resource: %s",
                             arn);
    if (!*session)
        return emulator_fail(failure, 400, "ValidationError",
                             "Value at 'roleSessionName' failed to satisfy "
                             "constraint: Member must not be null");
    if (seconds < SHORTEST_SECONDS || seconds > LONGEST_SECONDS)
        return emulator_fail(failure, 400, "ValidationError",
                             "Value at 'durationSeconds' failed to satisfy "
                             "constraint");
    char *assumed =
        mem_format("arn:aws:sts::" EMULATOR_ACCOUNT ":assumed-role/%s/%s",
                   role + 1, session);
    char *id = mem_format("AROAEMULATOR00000000:%s", session);
    answer = json_object();
    user = json_object();
    jsonx_set_text(user, "AssumedRoleId", id);
    jsonx_set_text(user, "Arn", assumed);
    json_object_set_new(answer, "AssumedRoleUser", user);
    json_object_set_new(answer, "Credentials",
                        new_session(emulator, seconds, assumed, id));
    free(assumed);
    free(id);
    return answer;
}

/* The token is taken as it is: who issues them is not part of this cloud. */
static json_t *assume_with_web_identity(struct emulator *emulator,
                                        const json_t *input,
                                        struct emulator_failure *failure)
{
    const char *token = jsonx_text(input, "WebIdentityToken", "");
    json_t *answer;

    if (strlen(token) < 4)
        return emulator_fail(failure, 400, "InvalidIdentityToken",
                             "The ID Token provided is not a valid JWT.");
    answer = assume(emulator, input, failure);
    if (answer)
        jsonx_set_text(answer, "Provider", "emulator");
    return answer;
}

static const struct emulator_operation operations[] = {
    { "GetCallerIdentity", get_caller_identity },
    { "AssumeRole", assume },
    { "AssumeRoleWithWebIdentity", assume_with_web_identity },
    { NULL, NULL },
};

const struct emulator_service emulator_sts = {
    .name = "sts",
    .version = "2011-06-15",
    .xmlns = "https://sts.amazonaws.com/doc/2011-06-15/",
    .protocol = EMULATOR_QUERY,
    .operations = operations,
};
