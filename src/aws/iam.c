#include "aws/iam.h"

#include "aws/client.h"
#include "aws/reply.h"
#include "aws/sigv4.h"
#include "base/jsonx.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "base/strvec.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* The most that ListRoles and SimulatePrincipalPolicy give at once. Texts: so
 * does a query service want its numbers. */
#define PAGE_SIZE "1000"

/* ---- roles ------------------------------------------------------------ */

/* The policy document is URL-encoded (RFC 3986) JSON.
 * https://docs.aws.amazon.com/IAM/latest/APIReference/API_Role.html */
static json_t *decode_policy(const char *text)
{
    struct strbuf bytes = { 0 };
    json_t *policy;

    sigv4_decode(text, strlen(text), &bytes);
    policy = jsonx_parse_object(strbuf_text(&bytes), bytes.len, NULL);
    strbuf_release(&bytes);
    return policy;
}

static bool take_role(const char *operation, const json_t *item,
                      struct iam_role *role, struct error *err)
{
    const char *arn = reply_text(item, "Arn");
    const char *name = reply_text(item, "RoleName");

    if (!arn || !name)
        return reply_refuse(operation, "Arn or RoleName", err);
    *role = (struct iam_role){
        .arn = mem_text(arn),
        .name = mem_text(name),
        .trust =
            decode_policy(jsonx_text(item, "AssumeRolePolicyDocument", "")),
    };
    return true;
}

bool iam_get_role(struct client *client, const char *name,
                  struct iam_role *role, struct error *err)
{
    json_t *input = json_object(), *reply = NULL;
    struct client_call call = { CLIENT_IAM, "GetRole", input, false };
    bool ok;

    *role = (struct iam_role){ 0 };
    jsonx_set_text(input, "RoleName", name);
    ok = client_read(client, &call, &reply, err);
    if (ok) {
        const json_t *result = reply_result(reply, call.operation);

        ok = take_role(call.operation, json_object_get(result, "Role"), role,
                       err);
    } else if (client_failed_with(client, "NoSuchEntity")) {
        error_clear(err);
        error_set(err, ERROR_NOT_FOUND, "no IAM role '%s'", name);
    }
    json_decref(reply);
    json_decref(input);
    return ok;
}

void iam_role_release(struct iam_role *role)
{
    free(role->arn);
    free(role->name);
    json_decref(role->trust);
    *role = (struct iam_role){ 0 };
}

/* ---- trust ------------------------------------------------------------ */

/* A member of a policy is one text or an array of them. */
static bool names(const json_t *member,
                  bool (*is_it)(const char *, const char *), const char *text)
{
    if (json_is_string(member))
        return is_it(json_string_value(member), text);
    for (size_t i = 0; i < json_array_size(member); i++) {
        const char *item = json_string_value(json_array_get(member, i));

        if (item && is_it(item, text))
            return true;
    }
    return false;
}

static bool is_same(const char *item, const char *text)
{
    return strcmp(item, text) == 0;
}

/* Actions are compared without regard to case.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_action.html
 */
static bool is_assuming(const char *item, const char *text)
{
    (void)text;
    return strcasecmp(item, "sts:AssumeRole") == 0 ||
           strcasecmp(item, "sts:*") == 0 || strcmp(item, "*") == 0;
}

static bool lets_assume(const json_t *statement, const char *principal)
{
    const json_t *who = json_object_get(statement, "Principal");

    return strcmp(jsonx_text(statement, "Effect", ""), "Allow") == 0 &&
           names(json_object_get(statement, "Action"), is_assuming, NULL) &&
           names(json_object_get(who, "Service"), is_same, principal);
}

bool iam_role_trusts(const struct iam_role *role, const char *principal)
{
    const json_t *statements = json_object_get(role->trust, "Statement");

    if (json_is_object(statements))
        return lets_assume(statements, principal);
    for (size_t i = 0; i < json_array_size(statements); i++) {
        if (lets_assume(json_array_get(statements, i), principal))
            return true;
    }
    return false;
}

/* ---- ARNs ------------------------------------------------------------- */

/* What follows the account in an ARN of `service`; NULL for another. */
static const char *resource_of(const char *arn, const char *service)
{
    size_t size = strlen(service);

    if (strncmp(arn, "arn:", 4) != 0)
        return NULL;
    for (int field = 1; field <= 5; field++) {
        arn = strchr(arn, ':');
        if (!arn)
            return NULL;
        arn++;
        if (field == 2 &&
            (strncmp(arn, service, size) != 0 || arn[size] != ':'))
            return NULL;
    }
    return arn;
}

const char *iam_role_name(const char *arn)
{
    const char *resource = arn ? resource_of(arn, "iam") : NULL;
    const char *slash;

    if (!resource || strncmp(resource, "role/", 5) != 0)
        return NULL;
    slash = strrchr(resource, '/');
    return slash[1] ? slash + 1 : NULL;
}

/* ---- the list --------------------------------------------------------- */

struct role_search {
    const char *principal;
    struct strvec *arns;
};

static bool take_listed(void *context, const json_t *item, struct error *err)
{
    const struct role_search *search = context;
    struct iam_role role = { 0 };

    if (!take_role("ListRoles", item, &role, err))
        return false;
    if (!search->principal || iam_role_trusts(&role, search->principal))
        strvec_add(search->arns, role.arn);
    iam_role_release(&role);
    return true;
}

bool iam_list_roles(struct client *client, const char *principal,
                    struct strvec *arns, struct error *err)
{
    struct role_search search = { principal, arns };
    const struct reply_pages pages = { .service = CLIENT_IAM,
                                       .operation = "ListRoles",
                                       .list = "Roles",
                                       .token = "Marker",
                                       .may_lack_list = true,
                                       .take = take_listed,
                                       .context = &search };
    json_t *input = json_pack("{s:s}", "MaxItems", PAGE_SIZE);
    bool ok = reply_each(client, &pages, input, err);

    json_decref(input);
    return ok;
}

/* ---- simulation ------------------------------------------------------- */

/* Whether the last call failed because this may not, or cannot, be asked. */
static bool is_closed(const struct client *client)
{
    return client_failure(client)->is_denied ||
           client_failed_with(client, "NoSuchEntity") ||
           client_failed_with(client, "InvalidInput") ||
           client_failed_with(client, "PolicyEvaluation");
}

/* The simulator wants an ARN of IAM. That of a session names the role without
 * its path, so the role is asked. `*source` is NULL for who cannot be simulated
 * (root, a federated user), and where it may not be asked; that is true. */
static bool find_source(struct client *client, const char *principal,
                        char **source, struct error *err)
{
    const char *session = resource_of(principal, "sts");
    const char *resource = resource_of(principal, "iam");
    struct iam_role role = { 0 };
    struct error reason = { 0 };
    char *name;
    bool ok = true;

    *source = NULL;
    if (resource && strcmp(resource, "root") != 0)
        *source = mem_text(principal);
    if (!session || strncmp(session, "assumed-role/", 13) != 0)
        return true;
    session += 13;
    name = mem_bytes(session, strcspn(session, "/"));
    if (iam_get_role(client, name, &role, &reason)) {
        *source = mem_text(role.arn);
    } else if (reason.code != ERROR_NOT_FOUND && !is_closed(client)) {
        ok = false;
        if (err)
            *err = reason;
    }
    iam_role_release(&role);
    free(name);
    return ok;
}

struct simulation {
    const char *const *actions;
    size_t count;
    enum iam_decision *decisions;
};

/* A denial for want of a context value that a real request would have brought
 * (iam:PassedToService) says nothing.
 * https://docs.aws.amazon.com/IAM/latest/APIReference/API_EvaluationResult.html
 */
static enum iam_decision decision_of(const json_t *item, const char *word)
{
    if (strcmp(word, "allowed") == 0)
        return IAM_ALLOWED;
    if (strcmp(word, "explicitDeny") == 0)
        return IAM_DENIED;
    if (strcmp(word, "implicitDeny") == 0 &&
        !json_array_size(json_object_get(item, "MissingContextValues")))
        return IAM_DENIED;
    return IAM_UNKNOWN;
}

static bool take_decision(void *context, const json_t *item, struct error *err)
{
    const struct simulation *simulation = context;
    const char *action = reply_text(item, "EvalActionName");
    const char *word = reply_text(item, "EvalDecision");

    if (!action || !word)
        return reply_refuse("SimulatePrincipalPolicy",
                            "EvalActionName or EvalDecision", err);
    for (size_t i = 0; i < simulation->count; i++) {
        if (strcasecmp(simulation->actions[i], action) == 0)
            simulation->decisions[i] = decision_of(item, word);
    }
    return true;
}

static json_t *simulation_input(const struct simulation *simulation,
                                const char *source, const char *resource)
{
    json_t *input = json_pack("{s:s}", "MaxItems", PAGE_SIZE);

    jsonx_set_text(input, "PolicySourceArn", source);
    jsonx_set_text(input, "ResourceArns.member.1", resource);
    for (size_t i = 0; i < simulation->count; i++) {
        char *name = mem_format("ActionNames.member.%zu", i + 1);

        jsonx_set_text(input, name, simulation->actions[i]);
        free(name);
    }
    return input;
}

bool iam_simulate(struct client *client, const char *principal,
                  const char *const *actions, size_t count,
                  const char *resource, enum iam_decision *decisions,
                  struct error *err)
{
    struct simulation simulation = { actions, count, decisions };
    const struct reply_pages pages = { .service = CLIENT_IAM,
                                       .operation = "SimulatePrincipalPolicy",
                                       .list = "EvaluationResults",
                                       .token = "Marker",
                                       .may_lack_list = true,
                                       .take = take_decision,
                                       .context = &simulation };
    struct error reason = { 0 };
    char *source;
    json_t *input;
    bool ok;

    for (size_t i = 0; i < count; i++)
        decisions[i] = IAM_UNKNOWN;
    if (!find_source(client, principal, &source, err))
        return false;
    if (!source || !count) {
        free(source);
        return true;
    }
    input = simulation_input(&simulation, source, resource);
    ok = reply_each(client, &pages, input, &reason);
    json_decref(input);
    free(source);
    if (!ok && !is_closed(client) && err)
        *err = reason;
    return ok || is_closed(client);
}
