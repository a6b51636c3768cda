/* IAM: the roles, and a simulation that knows only what roles are denied.
 * https://docs.aws.amazon.com/IAM/latest/APIReference */
#include "aws/sigv4.h"
#include "base/clock.h"
#include "base/jsonx.h"
#include "base/mem.h"
#include "emulator/emulator.h"

#include <stdlib.h>
#include <string.h>

/* As IAM gives it out: the trust policy is percent-encoded. */
static json_t *role_of(const char *name, const json_t *role)
{
    json_t *answer = json_object();
    char *arn = mem_format("arn:aws:iam::" EMULATOR_ACCOUNT ":role/%s", name);
    char *id = mem_format("AROA%.16s", "EMULATOR00000000");
    char *trust = sigv4_encode(jsonx_text(role, "trust", "{}"), false);
    double created = json_number_value(json_object_get(role, "created"));
    char time[CLOCK_TEXT_SIZE];

    jsonx_set_text(answer, "Path", "/");
    jsonx_set_text(answer, "RoleName", name);
    jsonx_set_text(answer, "RoleId", id);
    jsonx_set_text(answer, "Arn", arn);
    jsonx_set_text(answer, "CreateDate",
                   clock_format_seconds((int64_t)created * 1000, time));
    jsonx_set_text(answer, "AssumeRolePolicyDocument", trust);
    jsonx_set_int(answer, "MaxSessionDuration", 3600);
    free(trust);
    free(id);
    free(arn);
    return answer;
}

static json_t *get_role(struct emulator *emulator, const json_t *input,
                        struct emulator_failure *failure)
{
    const char *name = jsonx_text(input, "RoleName", "");
    const json_t *role =
        json_object_get(emulator_part(emulator, "roles"), name);

    if (!role)
        return emulator_fail(failure, 404, "NoSuchEntity",
                             "The role with name %s cannot be found.", name);
    return json_pack("{s:o}", "Role", role_of(name, role));
}

/* Query members are texts: the limit has to be a number for the page. */
static json_t *numbered(const json_t *input)
{
    json_t *copy = json_deep_copy(input);
    const char *limit = jsonx_text(input, "MaxItems", NULL);

    if (limit)
        jsonx_set_int(copy, "MaxItems", strtoll(limit, NULL, 10));
    return copy;
}

enum { ROLES_PAGE = 5, ACTIONS_PAGE = 100 };

static json_t *page(const json_t *items, const json_t *input, size_t most,
                    const char *member)
{
    json_t *answer = json_object();
    json_t *copy = numbered(input);

    emulator_page(items, copy, "Marker", "MaxItems", most, answer, member);
    jsonx_set_bool(answer, "IsTruncated",
                   json_object_get(answer, "Marker") != NULL);
    json_decref(copy);
    return answer;
}

static json_t *list_roles(struct emulator *emulator, const json_t *input,
                          struct emulator_failure *failure)
{
    json_t *roles = emulator_part(emulator, "roles");
    json_t *list = json_array();
    json_t *answer, *role;
    const char *name;

    (void)failure;
    json_object_foreach(roles, name, role)
        json_array_append_new(list, role_of(name, role));
    answer = page(list, input, ROLES_PAGE, "Roles");
    json_decref(list);
    return answer;
}

static json_t *create_role(struct emulator *emulator, const json_t *input,
                           struct emulator_failure *failure)
{
    const char *name = jsonx_text(input, "RoleName", "");
    json_t *roles = emulator_part(emulator, "roles");
    json_t *role;

    if (json_object_get(roles, name))
        return emulator_fail(failure, 409, "EntityAlreadyExists",
                             "Role with name %s already exists.", name);
    role = json_object();
    jsonx_set_text(role, "trust",
                   jsonx_text(input, "AssumeRolePolicyDocument", "{}"));
    json_object_set_new(role, "created", json_real(emulator_now()));
    json_object_set_new(roles, name, role);
    return get_role(emulator, input, failure);
}

/* Policies hang on no role here: what they would allow is allowed anyway. */
static json_t *attach_policy(struct emulator *emulator, const json_t *input,
                             struct emulator_failure *failure)
{
    json_t *role = get_role(emulator, input, failure);

    json_decref(role);
    return role ? json_object() : NULL;
}

/* ---- the simulation ---------------------------------------------------------
 */

static bool is_denied(const json_t *role, const char *action)
{
    const json_t *denied = json_object_get(role, "denied");
    size_t index;
    const json_t *name;

    json_array_foreach(denied, index,
                       name) if (!strcmp(json_string_value(name)
                                             ? json_string_value(name)
                                             : "",
                                         action)) return true;
    return false;
}

static json_t *simulate(struct emulator *emulator, const json_t *input,
                        struct emulator_failure *failure)
{
    const char *arn = jsonx_text(input, "PolicySourceArn", "");
    const char *name = strrchr(arn, '/');
    const json_t *role =
        name ? json_object_get(emulator_part(emulator, "roles"), name + 1)
             : NULL;
    const char *resource = json_string_value(
        json_array_get(json_object_get(input, "ResourceArns"), 0));
    json_t *results, *answer;
    size_t index;
    const json_t *action;

    if (!strncmp(arn, "arn:aws:sts:", strlen("arn:aws:sts:")))
        return emulator_fail(failure, 400, "InvalidInput", "Invalid ARN: %s",
                             arn);
    if (!role &&
        strcmp(arn, "arn:aws:iam::" EMULATOR_ACCOUNT ":user/emulator") != 0)
        return emulator_fail(failure, 404, "NoSuchEntity", "%s does not exist.",
                             arn);
    results = json_array();
    json_array_foreach(json_object_get(input, "ActionNames"), index, action)
        json_array_append_new(
            results, json_pack("{s:O, s:s, s:s}", "EvalActionName", action,
                               "EvalResourceName", resource ? resource : "*",
                               "EvalDecision",
                               is_denied(role, json_string_value(action))
                                   ? "explicitDeny"
                                   : "allowed"));
    answer = page(results, input, ACTIONS_PAGE, "EvaluationResults");
    json_decref(results);
    return answer;
}

static const struct emulator_operation operations[] = {
    { "GetRole", get_role },
    { "ListRoles", list_roles },
    { "CreateRole", create_role },
    { "AttachRolePolicy", attach_policy },
    { "PutRolePolicy", attach_policy },
    { "SimulatePrincipalPolicy", simulate },
    { NULL, NULL },
};

const struct emulator_service emulator_iam = {
    .name = "iam",
    .version = "2010-05-08",
    .xmlns = "https://iam.amazonaws.com/doc/2010-05-08/",
    .protocol = EMULATOR_QUERY,
    .operations = operations,
};
