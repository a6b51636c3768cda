#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "fixture_service.h"

#include "aws/iam.h"
#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>

#define ROLE_ARN "arn:aws:iam::123456789012:role/service-role/access"
/* {"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":
 * {"Service":"build.apprunner.amazonaws.com"},"Action":"sts:AssumeRole"}]} */
#define TRUST                                                                  \
    "%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%7B%22Effect"  \
    "%22%3A%22Allow%22%2C%22Principal%22%3A%7B%22Service%22%3A%22"             \
    "build.apprunner.amazonaws.com%22%7D%2C%22Action%22%3A%22sts%3A"           \
    "AssumeRole%22%7D%5D%7D"
#define ROLE(arn, name, trust)                                                 \
    "<Path>/</Path><RoleName>" name "</RoleName><Arn>" arn "</Arn>"            \
    "<AssumeRolePolicyDocument>" trust "</AssumeRolePolicyDocument>"
#define GET_ROLE(content)                                                      \
    "<GetRoleResponse "                                                        \
    "xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><GetRoleResult>"      \
    "<Role>" content "</Role></GetRoleResult></GetRoleResponse>"

/* ---- roles ------------------------------------------------------------ */

static void a_role_is_read_with_its_trust(void **state)
{
    struct service *f = *state;
    struct error err = { 0 };
    struct iam_role role;

    service_answer(f, 200, GET_ROLE(ROLE(ROLE_ARN, "access", TRUST)));
    assert_true(iam_get_role(f->client, "access", &role, &err));
    assert_string_equal(role.arn, ROLE_ARN);
    assert_string_equal(role.name, "access");
    assert_true(iam_role_trusts(&role, "build.apprunner.amazonaws.com"));
    assert_false(iam_role_trusts(&role, "tasks.apprunner.amazonaws.com"));
    service_expect_form(f, 0, "Action=GetRole&RoleName=access");
    iam_role_release(&role);
    assert_null(role.trust);
}

static void an_unreadable_trust_is_none(void **state)
{
    struct service *f = *state;
    static const char *const documents[] = {
        GET_ROLE("<RoleName>a</RoleName><Arn>b</Arn>"),
        GET_ROLE(ROLE("b", "a", "%7B%22")),
        GET_ROLE(ROLE("b", "a", "%5B%5D")),
        GET_ROLE(ROLE("b", "a", "%")),
        GET_ROLE(ROLE("b", "a", "%zz%4")),
        GET_ROLE(ROLE("b", "a", "%FF%FE")),
        GET_ROLE(ROLE("b", "a", "<x>1</x>")),
    };

    for (size_t i = 0; i < COUNT(documents); i++) {
        struct error err = { 0 };
        struct iam_role role;

        service_answer(f, 200, documents[i]);
        assert_true(iam_get_role(f->client, "a", &role, &err));
        assert_null(role.trust);
        assert_false(iam_role_trusts(&role, "tasks.apprunner.amazonaws.com"));
        iam_role_release(&role);
    }
}

static void a_missing_role_is_not_found(void **state)
{
    struct service *f = *state;
    struct error err = { 0 }, denied = { 0 };
    struct iam_role role;

    service_fail_query(f, 404, "NoSuchEntity");
    assert_false(iam_get_role(f->client, "a", &role, &err));
    service_expect_error(&err, ERROR_NOT_FOUND, "no IAM role 'a'");
    service_fail_query(f, 403, "AccessDenied");
    assert_false(iam_get_role(f->client, "a", &role, &denied));
    service_expect_error(&denied, ERROR_BLOCKED, "");
}

static void a_garbled_role_is_an_error(void **state)
{
    struct service *f = *state;
    static const char *const bodies[] = {
        "<R/>",
        "<GetRoleResponse><GetRoleResult/></GetRoleResponse>",
        GET_ROLE("text"),
        GET_ROLE("<RoleName>a</RoleName>"),
        GET_ROLE("<RoleName><b>a</b></RoleName><Arn>b</Arn>"),
    };

    for (size_t i = 0; i < COUNT(bodies); i++) {
        struct error err = { 0 };
        struct iam_role role;

        service_answer(f, 200, bodies[i]);
        assert_false(iam_get_role(f->client, "a", &role, &err));
        assert_null(role.arn);
        service_expect_error(&err, ERROR_IO, "'GetRole'");
    }
}

#define STATEMENT(effect, principal, action)                                   \
    "{\"Statement\":{\"Effect\":\"" effect "\",\"Principal\":" principal       \
    ",\"Action\":" action "}}"
#define TASKS "{\"Service\":\"tasks.apprunner.amazonaws.com\"}"

static void only_an_allowed_assumption_is_trust(void **state)
{
    static const struct {
        const char *policy;
        bool trusts;
    } cases[] = {
        { STATEMENT("Allow", TASKS, "\"sts:AssumeRole\""), true },
        { STATEMENT("Allow", TASKS, "\"STS:assumerole\""), true },
        { STATEMENT("Allow", TASKS, "\"sts:*\""), true },
        { STATEMENT("Allow", TASKS, "\"*\""), true },
        { STATEMENT("Allow", TASKS, "[\"sts:TagSession\",\"sts:AssumeRole\"]"),
          true },
        { STATEMENT("Allow",
                    "{\"Service\":[\"a\",\"tasks.apprunner.amazonaws.com\"]}",
                    "\"sts:AssumeRole\""),
          true },
        { "{\"Statement\":[{},5,{\"Effect\":\"Allow\",\"Principal\":" TASKS
          ",\"Action\":\"sts:AssumeRole\"}]}",
          true },
        { STATEMENT("Deny", TASKS, "\"sts:AssumeRole\""), false },
        { STATEMENT("allow", TASKS, "\"sts:AssumeRole\""), false },
        { STATEMENT("Allow", TASKS, "\"sts:TagSession\""), false },
        { STATEMENT("Allow", TASKS, "[]"), false },
        { STATEMENT("Allow", TASKS, "[7,null]"), false },
        { STATEMENT("Allow", "{\"Service\":\"apprunner.amazonaws.com\"}",
                    "\"sts:AssumeRole\""),
          false },
        { STATEMENT("Allow", "{\"AWS\":\"tasks.apprunner.amazonaws.com\"}",
                    "\"sts:AssumeRole\""),
          false },
        { STATEMENT("Allow", "\"*\"", "\"sts:AssumeRole\""), false },
        { STATEMENT("Allow", "{\"Service\":{}}", "\"sts:AssumeRole\""), false },
        { "{\"Statement\":\"Allow\"}", false },
        { "{}", false },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct iam_role role = { .trust = service_json(cases[i].policy) };

        if (iam_role_trusts(&role, "tasks.apprunner.amazonaws.com") !=
            cases[i].trusts)
            fail_msg("%s", cases[i].policy);
        iam_role_release(&role);
    }
}

static void the_name_of_a_role_is_behind_its_path(void **state)
{
    static const struct {
        const char *arn, *name;
    } cases[] = {
        { "arn:aws:iam::1:role/web", "web" },
        { "arn:aws-cn:iam::1:role/a/b/web", "web" },
        { "arn:aws:iam::1:role/", NULL },
        { "arn:aws:iam::1:role/a/", NULL },
        { "arn:aws:iam::1:user/web", NULL },
        { "arn:aws:sts::1:role/web", NULL },
        { "arn:aws:iamx::1:role/web", NULL },
        { "arn:aws:iam", NULL },
        { "web", NULL },
        { "", NULL },
        { NULL, NULL },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const char *name = iam_role_name(cases[i].arn);

        if (cases[i].name)
            assert_string_equal(name, cases[i].name);
        else
            assert_null(name);
    }
}

/* ---- the list --------------------------------------------------------- */

#define LIST(content)                                                          \
    "<ListRolesResponse><ListRolesResult>" content                             \
    "</ListRolesResult></ListRolesResponse>"

static void roles_of_all_pages_are_listed_by_trust(void **state)
{
    struct service *f = *state;
    struct error err = { 0 };
    struct strvec arns = { 0 };

    service_answer(
        f, 200,
        LIST("<IsTruncated>true</IsTruncated><Marker>m/1</Marker><Roles>"
             "<member>" ROLE("arn:a", "a",
                             TRUST) "</member>"
                                    "<member>" ROLE(
                                        "arn:b", "b",
                                        "%7B%7D") "</member></Roles>"));
    service_answer(f, 200,
                   LIST("<IsTruncated>true</IsTruncated><Marker>m2</Marker>"
                        "<Roles/>"));
    service_answer(
        f, 200,
        LIST("<IsTruncated>false</IsTruncated><Roles>"
             "<member>" ROLE("arn:c", "c", TRUST) "</member></Roles>"));
    assert_true(iam_list_roles(f->client, "build.apprunner.amazonaws.com",
                               &arns, &err));
    assert_int_equal(arns.count, 2);
    assert_string_equal(arns.items[0], "arn:a");
    assert_string_equal(arns.items[1], "arn:c");
    service_expect_form(f, 0, "Action=ListRoles&MaxItems=1000");
    service_expect_form(f, 1, "Action=ListRoles&MaxItems=1000&Marker=m%2F1");
    service_expect_form(f, 2, "Action=ListRoles&MaxItems=1000&Marker=m2");
    strvec_release(&arns);
}

static void without_a_principal_all_roles_are_listed(void **state)
{
    struct service *f = *state;
    struct error err = { 0 }, garbled = { 0 };
    struct strvec arns = { 0 };

    service_answer(f, 200,
                   LIST("<Roles><member>" ROLE("arn:b", "b",
                                               "%7B%7D") "</member></Roles>"));
    assert_true(iam_list_roles(f->client, NULL, &arns, &err));
    assert_int_equal(arns.count, 1);
    service_answer(f, 200, LIST("<Roles><member>x</member></Roles>"));
    assert_false(iam_list_roles(f->client, NULL, &arns, &garbled));
    service_expect_error(&garbled, ERROR_IO, "'ListRoles'");
    strvec_release(&arns);
}

/* ---- simulation ------------------------------------------------------- */

#define SIMULATED(content)                                                     \
    "<SimulatePrincipalPolicyResponse><SimulatePrincipalPolicyResult>"         \
    "<IsTruncated>false</IsTruncated>" content                                 \
    "</SimulatePrincipalPolicyResult></SimulatePrincipalPolicyResponse>"
#define DECISION(action, word, more)                                           \
    "<member><EvalActionName>" action "</EvalActionName>"                      \
    "<EvalResourceName>*</EvalResourceName><EvalDecision>" word                \
    "</EvalDecision>" more "</member>"
#define USER "arn:aws:iam::123456789012:user/me"
#define SESSION "arn:aws:sts::123456789012:assumed-role/Admin/me"

static const char *const actions[] = { "ecr:PutImage", "iam:PassRole",
                                       "apprunner:UpdateService" };

static void expect_decisions(const enum iam_decision *decisions,
                             enum iam_decision first, enum iam_decision second,
                             enum iam_decision third)
{
    assert_int_equal(decisions[0], first);
    assert_int_equal(decisions[1], second);
    assert_int_equal(decisions[2], third);
}

static void each_action_gets_its_decision(void **state)
{
    struct service *f = *state;
    struct error err = { 0 };
    enum iam_decision decisions[3];

    service_answer(
        f, 200,
        SIMULATED("<EvaluationResults>" DECISION("ecr:putimage", "allowed", "")
                      DECISION("iam:PassRole", "explicitDeny",
                               "<MissingContextValues><member>a</member>"
                               "</MissingContextValues>")
                          DECISION("apprunner:UpdateService", "implicitDeny",
                                   "<MissingContextValues/>")
                              DECISION("s3:GetObject", "allowed",
                                       "") "</EvaluationResults>"));
    assert_true(
        iam_simulate(f->client, USER, actions, 3, "arn:r", decisions, &err));
    expect_decisions(decisions, IAM_ALLOWED, IAM_DENIED, IAM_DENIED);
    service_expect_form(
        f, 0,
        "Action=SimulatePrincipalPolicy&MaxItems=1000&PolicySourceArn=arn%3A"
        "aws%3Aiam%3A%3A123456789012%3Auser%2Fme&ResourceArns.member.1=arn%3Ar"
        "&ActionNames.member.1=ecr%3APutImage&ActionNames.member.2=iam%3A"
        "PassRole&ActionNames.member.3=apprunner%3AUpdateService");
}

/* The real request would bring iam:PassedToService. */
static void a_denial_for_want_of_context_is_unknown(void **state)
{
    struct service *f = *state;
    struct error err = { 0 };
    enum iam_decision decisions[3];

    service_answer(
        f, 200,
        SIMULATED("<EvaluationResults>" DECISION(
            "iam:PassRole", "implicitDeny",
            "<MissingContextValues><member>iam:PassedToService</member>"
            "</MissingContextValues>") DECISION("ecr:PutImage", "perhaps",
                                                "") "</EvaluationResults>"));
    assert_true(
        iam_simulate(f->client, USER, actions, 3, NULL, decisions, &err));
    expect_decisions(decisions, IAM_UNKNOWN, IAM_UNKNOWN, IAM_UNKNOWN);
}

static void a_session_is_simulated_as_its_role(void **state)
{
    struct service *f = *state;
    struct error err = { 0 };
    enum iam_decision decisions[3];

    service_answer(
        f, 200,
        GET_ROLE(ROLE("arn:aws:iam::1:role/sso/Admin", "Admin", "%7B%7D")));
    service_answer(f, 200,
                   SIMULATED("<EvaluationResults>" DECISION(
                       "ecr:PutImage", "allowed", "") "</EvaluationResults>"));
    assert_true(
        iam_simulate(f->client, SESSION, actions, 1, NULL, decisions, &err));
    assert_int_equal(decisions[0], IAM_ALLOWED);
    service_expect_form(f, 0, "Action=GetRole&RoleName=Admin");
    service_expect_form(f, 1,
                        "Action=SimulatePrincipalPolicy&MaxItems=1000"
                        "&PolicySourceArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fsso"
                        "%2FAdmin&ActionNames.member.1=ecr%3APutImage");
}

static void who_may_not_ask_knows_nothing(void **state)
{
    struct service *f = *state;
    static const struct {
        const char *principal, *code;
        int status;
    } cases[] = {
        { USER, "AccessDenied", 403 },
        { USER, "NoSuchEntity", 404 },
        { USER, "InvalidInput", 400 },
        { SESSION, "AccessDenied", 403 }, /* of GetRole */
        { SESSION, "NoSuchEntity", 404 },
        { "arn:aws:iam::123456789012:root", NULL, 0 },
        { "arn:aws:sts::123456789012:federated-user/me", NULL, 0 },
        { "nobody", NULL, 0 },
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct error err = { 0 };
        enum iam_decision decisions[3] = { IAM_DENIED, IAM_DENIED, IAM_DENIED };

        if (cases[i].code)
            service_fail_query(f, cases[i].status, cases[i].code);
        assert_true(iam_simulate(f->client, cases[i].principal, actions, 3,
                                 NULL, decisions, &err));
        expect_decisions(decisions, IAM_UNKNOWN, IAM_UNKNOWN, IAM_UNKNOWN);
        assert_int_equal(err.code, ERROR_NONE);
    }
}

static void a_server_that_fails_is_an_error(void **state)
{
    struct service *f = *state;
    static const char *const principals[] = { USER, SESSION };

    for (size_t i = 0; i < COUNT(principals); i++) {
        struct error err = { 0 };
        enum iam_decision decisions[3];

        for (int attempt = 0; attempt < 3; attempt++)
            service_fail_query(f, 503, "ServiceUnavailable");
        assert_false(iam_simulate(f->client, principals[i], actions, 3, NULL,
                                  decisions, &err));
        service_expect_error(&err, ERROR_IO, "");
        expect_decisions(decisions, IAM_UNKNOWN, IAM_UNKNOWN, IAM_UNKNOWN);
    }
}

static void a_garbled_simulation_is_an_error(void **state)
{
    struct service *f = *state;
    struct error err = { 0 };
    enum iam_decision decisions[3];

    service_answer(f, 200,
                   SIMULATED("<EvaluationResults><member>x</member>"
                             "</EvaluationResults>"));
    assert_false(
        iam_simulate(f->client, USER, actions, 3, NULL, decisions, &err));
    service_expect_error(&err, ERROR_IO, "'SimulatePrincipalPolicy'");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SERVICE_TEST(a_role_is_read_with_its_trust),
        SERVICE_TEST(an_unreadable_trust_is_none),
        SERVICE_TEST(a_missing_role_is_not_found),
        SERVICE_TEST(a_garbled_role_is_an_error),
        cmocka_unit_test(only_an_allowed_assumption_is_trust),
        cmocka_unit_test(the_name_of_a_role_is_behind_its_path),
        SERVICE_TEST(roles_of_all_pages_are_listed_by_trust),
        SERVICE_TEST(without_a_principal_all_roles_are_listed),
        SERVICE_TEST(each_action_gets_its_decision),
        SERVICE_TEST(a_denial_for_want_of_context_is_unknown),
        SERVICE_TEST(a_session_is_simulated_as_its_role),
        SERVICE_TEST(who_may_not_ask_knows_nothing),
        SERVICE_TEST(a_server_that_fails_is_an_error),
        SERVICE_TEST(a_garbled_simulation_is_an_error),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
