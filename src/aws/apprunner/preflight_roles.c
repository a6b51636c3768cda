/* Checks of the roles that App Runner takes on, and of what may be done. */
#include "aws/apprunner/preflight_private.h"

#include "base/jsonx.h"
#include "base/mem.h"
#include "base/strbuf.h"

#include <stdlib.h>
#include <string.h>

/* https://docs.aws.amazon.com/apprunner/latest/dg/security_iam_service-with-iam.html
 */
#define BUILD_PRINCIPAL "build.apprunner.amazonaws.com"
#define TASKS_PRINCIPAL "tasks.apprunner.amazonaws.com"
#define TRUST_OF(principal)                                                    \
    "'{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\","       \
    "\"Principal\":{\"Service\":\"" principal "\"},"                           \
    "\"Action\":\"sts:AssumeRole\"}]}'"

/* ---- simulation ------------------------------------------------------- */

static void list_decisions(const struct preflight_permission *permission,
                           const enum iam_decision *decisions,
                           enum iam_decision wanted, struct strbuf *list)
{
    for (size_t i = 0; i < permission->count; i++) {
        if (decisions[i] == wanted)
            strbuf_addf(list, "%s%s", list->len ? ", " : "",
                        permission->actions[i]);
    }
}

static void judge_decisions(const struct preflight_permission *permission,
                            const enum iam_decision *decisions,
                            struct preflight_finding *finding)
{
    struct strbuf denied = { 0 }, unknown = { 0 };

    list_decisions(permission, decisions, IAM_DENIED, &denied);
    list_decisions(permission, decisions, IAM_UNKNOWN, &unknown);
    if (denied.len) {
        preflight_unknown(finding,
                          "by IAM's simulation %s may not %s; what it does not "
                          "see may allow it",
                          permission->who, strbuf_text(&denied));
        preflight_mend(finding, "allow %s on %s", strbuf_text(&denied),
                       permission->resource ? permission->resource : "*");
        preflight_warn(finding, "%s may lack %s", permission->who,
                       strbuf_text(&denied));
    } else if (unknown.len) {
        preflight_unknown(finding, "not known whether %s may %s",
                          permission->who, strbuf_text(&unknown));
        preflight_mend(finding,
                       "nothing has to be done; iam:SimulatePrincipalPolicy "
                       "would tell");
    } else {
        preflight_pass(finding, "%s may, by IAM's simulation", permission->who);
    }
    strbuf_release(&unknown);
    strbuf_release(&denied);
}

void preflight_simulate(struct preflight *preflight,
                        const struct preflight_permission *permission,
                        struct preflight_finding *finding)
{
    enum iam_decision *decisions =
        mem_new(permission->count, sizeof(*decisions));
    struct error err = { 0 };

    if (iam_simulate(preflight->client, permission->principal,
                     permission->actions, permission->count,
                     permission->resource, decisions, &err))
        judge_decisions(permission, decisions, finding);
    else
        preflight_unknown(finding, "%s", err.message);
    free(decisions);
}

/* ---- one role --------------------------------------------------------- */

struct role_kind {
    const char *key;       /* "ACCESS_ROLE_ARN" */
    const char *principal; /* who has to be trusted */
    const char *trust;     /* the policy that does, quoted for a shell */
};

static const struct role_kind access_kind = { "ACCESS_ROLE_ARN",
                                              BUILD_PRINCIPAL,
                                              TRUST_OF(BUILD_PRINCIPAL) };
static const struct role_kind instance_kind = { "INSTANCE_ROLE_ARN",
                                                TASKS_PRINCIPAL,
                                                TRUST_OF(TASKS_PRINCIPAL) };

static void judge_role(const struct role_kind *kind, const char *arn,
                       const struct iam_role *role,
                       struct preflight_finding *finding)
{
    if (role->arn && strcmp(role->arn, arn) != 0) {
        preflight_fail(finding, "'%s' is no role; one of that name is %s", arn,
                       role->arn);
        preflight_mend(finding, "set %s=%s", kind->key, role->arn);
    } else if (!role->trust) {
        preflight_unknown(finding, "%s is there; whom it trusts cannot be read",
                          arn);
    } else if (!iam_role_trusts(role, kind->principal)) {
        preflight_fail(finding, "%s does not trust %s", arn, kind->principal);
        preflight_mend(finding,
                       "aws iam update-assume-role-policy --role-name %s "
                       "--policy-document %s",
                       role->name ? role->name : iam_role_name(arn),
                       kind->trust);
    } else {
        preflight_pass(finding, "%s trusts %s", arn, kind->principal);
    }
}

/* The account is the fifth field of an ARN. */
static bool is_of_account(const char *arn, const char *account)
{
    for (int i = 0; arn && i < 4; i++) {
        arn = strchr(arn, ':');
        arn = arn ? arn + 1 : NULL;
    }
    return arn && account && strncmp(arn, account, strlen(account)) == 0 &&
           arn[strlen(account)] == ':';
}

static void look_at_role(struct preflight *preflight,
                         const struct role_kind *kind, const char *arn,
                         struct preflight_finding *finding)
{
    const char *name = iam_role_name(arn);
    struct iam_role role = { 0 };
    struct error err = { 0 };

    if (!name) {
        preflight_fail(finding, "'%s' is no ARN of a role", arn);
        preflight_mend(finding, "set %s to arn:aws:iam::ACCOUNT:role/NAME",
                       kind->key);
    } else if (!is_of_account(arn, preflight->deployment->identity.account)) {
        preflight_unknown(finding, "%s is of another account", arn);
    } else if (iam_get_role(preflight->client, name, &role, &err)) {
        judge_role(kind, arn, &role, finding);
    } else if (err.code == ERROR_NOT_FOUND) {
        preflight_fail(finding, "there is no role '%s'", name);
        preflight_mend(finding,
                       "aws iam create-role --role-name %s "
                       "--assume-role-policy-document %s",
                       name, kind->trust);
    } else {
        preflight_unknown(finding, "%s cannot be looked at: %s", arn,
                          err.message);
    }
    iam_role_release(&role);
}

/* ---- both ------------------------------------------------------------- */

static const char *live_role(const struct deployment *deployment,
                             const char *outer, const char *inner,
                             const char *key)
{
    const json_t *part = json_object_get(deployment->service, outer);

    return jsonx_text(inner ? json_object_get(part, inner) : part, key, NULL);
}

/* None is set: names one that would do, else says how one is made. */
static void offer_access_role(struct preflight *preflight,
                              struct preflight_finding *finding)
{
    struct strvec arns = { 0 };
    struct error err = { 0 };

    preflight_fail(finding, "none: App Runner could not pull the image");
    if (iam_list_roles(preflight->client, BUILD_PRINCIPAL, &arns, &err) &&
        arns.count)
        preflight_mend(finding,
                       "set ACCESS_ROLE_ARN=%s, which trusts App "
                       "Runner already",
                       arns.items[0]);
    else
        preflight_mend(
            finding,
            "aws iam create-role --role-name AppRunnerECRAccessRole "
            "--assume-role-policy-document " TRUST_OF(
                BUILD_PRINCIPAL) " && aws iam attach-role-policy --role-name "
                                 "AppRunnerECRAccessRole --policy-arn "
                                 "arn:aws:iam::aws:policy/"
                                 "service-role/"
                                 "AWSAppRunnerServicePolicyForECRAccess; then "
                                 "set "
                                 "ACCESS_ROLE_ARN to its ARN");
    strvec_release(&arns);
}

static void look_at_access_role(struct preflight *preflight,
                                struct preflight_finding *finding)
{
    const struct deployment *deployment = preflight->deployment;
    const char *arn = deployment_setting(deployment, "ACCESS_ROLE_ARN");

    if (!arn)
        arn = live_role(deployment, "SourceConfiguration",
                        "AuthenticationConfiguration", "AccessRoleArn");
    preflight->access_role = arn;
    if (!preflight->client) {
        preflight_unknown(finding, "AWS cannot be asked");
    } else if (arn) {
        look_at_role(preflight, &access_kind, arn, finding);
    } else if (!preflight->has_looked) {
        preflight_unknown(finding, "none is set, and the service cannot be "
                                   "looked at");
    } else {
        offer_access_role(preflight, finding);
    }
}

static void look_at_instance_role(struct preflight *preflight,
                                  struct preflight_finding *finding)
{
    const struct deployment *deployment = preflight->deployment;
    const char *arn = deployment_setting(deployment, "INSTANCE_ROLE_ARN");

    if (!arn)
        arn = live_role(deployment, "InstanceConfiguration", NULL,
                        "InstanceRoleArn");
    preflight->instance_role = arn;
    if (!preflight->client)
        preflight_unknown(finding, "AWS cannot be asked");
    else if (arn)
        look_at_role(preflight, &instance_kind, arn, finding);
    else
        preflight_pass(finding, "none: the service itself calls no AWS");
}

/* Of the two, what is worse. */
static void take_worse(struct preflight_finding *finding,
                       struct preflight_finding *other)
{
    if (!finding->found || finding->verdict == PREFLIGHT_PASS) {
        preflight_finding_release(finding);
        *finding = *other;
    } else {
        preflight_finding_release(other);
    }
}

static void look_at_pass_role(struct preflight *preflight,
                              struct preflight_finding *finding)
{
    static const char *const actions[] = { "iam:PassRole" };
    const char *const roles[] = { preflight->access_role,
                                  preflight->instance_role };

    if (!preflight->client) {
        preflight_unknown(finding, "AWS cannot be asked");
        return;
    }
    for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++) {
        struct preflight_permission permission = {
            .principal = preflight->deployment->identity.arn,
            .who = "you",
            .actions = actions,
            .count = 1,
            .resource = roles[i],
        };
        struct preflight_finding other = { 0 };

        if (!roles[i])
            continue;
        preflight_simulate(preflight, &permission, &other);
        take_worse(finding, &other);
    }
    if (!finding->found)
        preflight_pass(finding, "no role to hand over");
}

const struct preflight_check preflight_roles[] = {
    { "access role", look_at_access_role },
    { "instance role", look_at_instance_role },
    { "iam:PassRole", look_at_pass_role },
    { NULL, NULL },
};
