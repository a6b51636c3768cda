#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "fixture_step.h"

#include "aws/apprunner/preflight_private.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define ACCOUNT "123456789012"
#define ARN                                                                    \
    "arn:aws:apprunner:us-east-1:" ACCOUNT                                     \
    ":service/web/8fe1e10304f84fd2b0df550fe98a71fa"
#define ROLE "arn:aws:iam::" ACCOUNT ":role/puller"

/* ---- one check -------------------------------------------------------- */

static struct preflight_finding look(struct preflight *preflight,
                                     const struct preflight_check *checks,
                                     const char *name)
{
    struct preflight_finding finding = { 0 };

    while (checks->name && strcmp(checks->name, name) != 0)
        checks++;
    assert_non_null(checks->name);
    checks->look(preflight, &finding);
    assert_non_null(finding.found);
    return finding;
}

static void expect(struct preflight_finding *finding,
                   enum preflight_verdict verdict, const char *found,
                   const char *mend)
{
    if (finding->verdict != verdict)
        fail_msg("verdict %d, not %d: %s", (int)finding->verdict, (int)verdict,
                 finding->found);
    fixture_step_expect(finding->found, found);
    if (mend)
        fixture_step_expect(finding->mend, mend);
    preflight_finding_release(finding);
}

/* Opens the project, with a client where there is a cloud. */
static struct preflight begin(struct fixture_step *f)
{
    struct preflight preflight = { .deployment = &f->deployment,
                                   .context = f->context };
    struct error err = { 0 };

    fixture_step_open(f);
    if (f->cloud) {
        preflight.client = deployment_client(&f->deployment, f->context, &err);
        if (!preflight.client)
            fail_msg("%s", err.message);
        f->deployment.identity.account = mem_text(ACCOUNT);
        f->deployment.identity.arn =
            mem_text("arn:aws:iam::" ACCOUNT ":user/me");
    }
    return preflight;
}

static void end(struct preflight *preflight)
{
    ecr_repository_release(&preflight->repository);
    servicefile_release(&preflight->file);
}

/* ---- lines ------------------------------------------------------------ */

static void a_line_says_verdict_name_and_finding(void **state)
{
    static const struct {
        enum preflight_verdict verdict;
        const char *line, *mend;
    } cases[] = {
        { PREFLIGHT_PASS, "pass     docker: it is so", NULL },
        { PREFLIGHT_FAIL, "FAIL     docker: it is so", "         -> do this" },
        { PREFLIGHT_UNKNOWN, "unknown  docker: it is so",
          "         -> do this" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct preflight_finding finding = { .verdict = cases[i].verdict,
                                             .found = mem_text("it is so"),
                                             .mend = mem_text("do this") };
        char *line = preflight_line("docker", &finding);
        char *mend = preflight_mend_line(&finding);

        assert_string_equal(line, cases[i].line);
        if (cases[i].mend)
            assert_string_equal(mend, cases[i].mend);
        else
            assert_null(mend);
        free(line);
        free(mend);
        preflight_finding_release(&finding);
    }
}

static void what_cannot_be_asked_is_unknown(void **state)
{
    static const struct {
        enum error_code code;
        enum preflight_verdict verdict;
    } cases[] = {
        { ERROR_IO, PREFLIGHT_UNKNOWN },
        { ERROR_CANCELLED, PREFLIGHT_UNKNOWN },
        { ERROR_BLOCKED, PREFLIGHT_FAIL },
        { ERROR_INPUT, PREFLIGHT_FAIL },
        { ERROR_NOT_FOUND, PREFLIGHT_FAIL },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct preflight_finding finding = { 0 };
        struct error err = { 0 };

        error_set(&err, cases[i].code, "it failed");
        error_hint(&err, "mend it");
        preflight_error(&finding, &err);
        expect(&finding, cases[i].verdict, "it failed", "mend it");
    }
}

/* ---- here ------------------------------------------------------------- */

static void a_missing_dockerfile_fails(void **state)
{
    struct fixture_step *f = *state;
    struct preflight preflight = begin(f);
    struct preflight_finding finding =
        look(&preflight, preflight_local, "Dockerfile");

    expect(&finding, PREFLIGHT_FAIL, "no Dockerfile 'Dockerfile'",
           "set DOCKERFILE");
    fixture_step_write(f, "Dockerfile", "FROM scratch\n");
    finding = look(&preflight, preflight_local, "Dockerfile");
    expect(&finding, PREFLIGHT_PASS, "/Dockerfile, with ", NULL);
}

static void a_missing_context_fails(void **state)
{
    struct fixture_step *f = *state;
    struct preflight preflight;
    struct preflight_finding finding;

    fixture_step_write(f, "Dockerfile", "FROM scratch\n");
    fixture_step_set(f, "BUILD_CONTEXT", "app");
    preflight = begin(f);
    finding = look(&preflight, preflight_local, "Dockerfile");
    expect(&finding, PREFLIGHT_FAIL, "'app' is no folder", "BUILD_CONTEXT");
}

static void a_dockerfile_may_stand_in_the_context(void **state)
{
    struct fixture_step *f = *state;
    struct preflight preflight;
    struct preflight_finding finding;

    fixture_step_write(f, "app/Dockerfile", "FROM scratch\nEXPOSE 3000\n");
    fixture_step_set(f, "BUILD_CONTEXT", "app");
    preflight = begin(f);
    finding = look(&preflight, preflight_local, "Dockerfile");
    fixture_step_expect(finding.warning,
                        "image exposes port 3000, but PORT is 8080");
    expect(&finding, PREFLIGHT_PASS, "app/Dockerfile", NULL);
}

static void a_health_path_is_a_path_of_a_url(void **state)
{
    static const struct {
        const char *path;
        enum preflight_verdict verdict;
    } cases[] = {
        { "/healthz", PREFLIGHT_PASS },       { "/", PREFLIGHT_PASS },
        { "/a/b?deep=1", PREFLIGHT_PASS },    { "/two words", PREFLIGHT_FAIL },
        { "//host/healthz", PREFLIGHT_FAIL }, { "/a#b", PREFLIGHT_FAIL },
        { "/gr\xc3\xbc", PREFLIGHT_FAIL },
    };
    struct fixture_step *f = *state;
    struct preflight preflight = begin(f);

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct config *config = &f->project.config;
        struct preflight_finding finding;

        for (size_t j = 0; j < config->count; j++) {
            if (strcmp(config->values[j].key, "HEALTH_PATH") != 0)
                continue;
            free(config->values[j].value);
            config->values[j].value = mem_text(cases[i].path);
        }
        finding = look(&preflight, preflight_local, "health path");
        expect(&finding, cases[i].verdict, cases[i].path, NULL);
    }
}

/* ---- the account ------------------------------------------------------ */

static void a_region_without_app_runner_fails(void **state)
{
    struct fixture_step *f = *state;
    struct preflight preflight;
    struct preflight_finding finding;

    fixture_step_set(f, "AWS_REGION", "eu-north-1");
    preflight = begin(f);
    finding = look(&preflight, preflight_cloud, "region");
    expect(&finding, PREFLIGHT_FAIL, "eu-north-1 has no App Runner",
           "ap-northeast-1, ap-south-1");
}

static void a_region_with_app_runner_passes(void **state)
{
    struct fixture_step *f = *state;
    struct preflight preflight;
    struct preflight_finding finding;

    fixture_step_set(f, "AWS_REGION", "eu-west-3");
    preflight = begin(f);
    finding = look(&preflight, preflight_cloud, "region");
    expect(&finding, PREFLIGHT_PASS, "eu-west-3 has App Runner", NULL);
}

static void any_region_will_do_at_an_address_of_the_users(void **state)
{
    struct fixture_step *f = *state;
    struct preflight preflight;
    struct preflight_finding finding;

    fixture_step_cloud(f);
    fixture_step_set(f, "AWS_REGION", "nowhere-1");
    preflight = begin(f);
    finding = look(&preflight, preflight_cloud, "region");
    expect(&finding, PREFLIGHT_PASS, "an address of your own", NULL);
}

static void refusals_of_the_account_are_told_apart(void **state)
{
    static const struct {
        int status;
        const char *code;
        enum preflight_verdict verdict;
        const char *found, *mend;
    } cases[] = {
        { 400, "SubscriptionRequiredException", PREFLIGHT_FAIL,
          "closed to new customers since 2026-04-30", "availability-change" },
        { 403, "OptInRequired", PREFLIGHT_FAIL, "",
          "apprunner-availability-change.html" },
        { 400, "AccessDeniedException", PREFLIGHT_FAIL, "",
          "AWSAppRunnerFullAccess" },
        { 500, "InternalServiceErrorException", PREFLIGHT_UNKNOWN, "", NULL },
        { 400, "ThrottlingException", PREFLIGHT_UNKNOWN, "", NULL },
    };
    struct fixture_step *f = *state;
    struct preflight preflight;

    fixture_step_cloud(f);
    preflight = begin(f);
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct preflight_finding finding;

        fixture_step_refuse(f, cases[i].status, cases[i].code);
        finding = look(&preflight, preflight_cloud, "App Runner");
        expect(&finding, cases[i].verdict, cases[i].found, cases[i].mend);
    }
}

static void without_credentials_the_rest_is_unknown(void **state)
{
    static const char *const names[] = { "App Runner", "repository",
                                         "registry access",
                                         "push permissions" };
    struct fixture_step *f = *state;
    struct preflight preflight = begin(f);

    for (size_t i = 0; i < COUNT(names); i++) {
        struct preflight_finding finding =
            look(&preflight, preflight_cloud, names[i]);

        expect(&finding, PREFLIGHT_UNKNOWN, "cannot be asked", NULL);
    }
}

/* ---- the repository --------------------------------------------------- */

#define REPOSITORY                                                             \
    "{\"repositoryName\":\"web\",\"repositoryArn\":\"arn:aws:ecr:us-east-"     \
    "1:" ACCOUNT ":repository/web\",\"repositoryUri\":\"host:5000/web\","      \
    "\"imageTagMutability\":\"MUTABLE\"}"

static void a_missing_repository_is_created(void **state)
{
    struct fixture_step *f = *state;
    struct preflight preflight;
    struct preflight_finding finding;

    fixture_step_cloud(f);
    fixture_step_set(f, "SERVICE_NAME", "web");
    preflight = begin(f);
    fixture_step_refuse(f, 400, "RepositoryNotFoundException");
    fixture_server_answer(f->cloud, 200, "{\"repository\":" REPOSITORY "}");
    finding = look(&preflight, preflight_cloud, "repository");
    expect(&finding, PREFLIGHT_PASS, "host:5000/web, created just now", NULL);
    assert_string_equal(f->deployment.image.repository, "host:5000/web");
    fixture_step_expect(fixture_server_request(f->cloud, 1),
                        "CreateRepository");
    end(&preflight);
}

static void a_dry_run_creates_no_repository(void **state)
{
    struct fixture_step *f = *state;
    struct preflight preflight;
    struct preflight_finding finding;

    fixture_step_cloud(f);
    fixture_step_set(f, "ECR_REPOSITORY", "web");
    preflight = begin(f);
    f->request.is_read_only = true;
    fixture_step_refuse(f, 400, "RepositoryNotFoundException");
    finding = look(&preflight, preflight_cloud, "repository");
    expect(&finding, PREFLIGHT_PASS, "would be created", NULL);
    assert_int_equal(fixture_server_requests(f->cloud), 1);
    end(&preflight);
}

/* ---- the service ------------------------------------------------------ */

static void answer_service(struct fixture_step *f, const char *status)
{
    char *list = mem_format("{\"ServiceSummaryList\":[{\"ServiceName\":\"web\","
                            "\"ServiceArn\":\"" ARN "\",\"Status\":\"%s\"}]}",
                            status);
    char *service = mem_format(
        "{\"Service\":{\"ServiceName\":\"web\",\"ServiceArn\":\"" ARN "\","
        "\"ServiceUrl\":\"x.awsapprunner.com\",\"Status\":\"%s\","
        "\"SourceConfiguration\":{\"ImageRepository\":{\"ImageIdentifier\":"
        "\"i\",\"ImageConfiguration\":{\"Port\":\"3000\"}},"
        "\"AuthenticationConfiguration\":{\"AccessRoleArn\":\"" ROLE "\"}},"
        "\"HealthCheckConfiguration\":{\"Protocol\":\"HTTP\",\"Path\":"
        "\"/up\"}}}",
        status);

    fixture_server_answer(f->cloud, 200, list);
    fixture_server_answer(f->cloud, 200, service);
    free(list);
    free(service);
}

static struct preflight begin_service(struct fixture_step *f,
                                      const char *status)
{
    struct preflight preflight;

    fixture_step_cloud(f);
    fixture_step_set(f, "SERVICE_NAME", "web");
    preflight = begin(f);
    answer_service(f, status);
    return preflight;
}

static void states_have_their_remedy(void **state)
{
    static const struct {
        const char *status;
        enum preflight_verdict verdict;
        const char *mend;
    } cases[] = {
        { "RUNNING", PREFLIGHT_PASS, NULL },
        { "PAUSED", PREFLIGHT_FAIL,
          "aws apprunner resume-service --service-arn " ARN },
        { "DELETED", PREFLIGHT_FAIL, "re-create it" },
        { "CREATE_FAILED", PREFLIGHT_PASS, NULL },
        { "DELETE_FAILED", PREFLIGHT_FAIL,
          "aws apprunner delete-service --service-arn " ARN },
        { "MELTING", PREFLIGHT_UNKNOWN, NULL },
    };
    struct fixture_step *f = *state;
    struct preflight preflight;

    fixture_step_cloud(f);
    fixture_step_set(f, "SERVICE_NAME", "web");
    preflight = begin(f);
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct preflight_finding finding;

        free(f->deployment.service_arn);
        f->deployment.service_arn = NULL;
        answer_service(f, cases[i].status);
        finding = look(&preflight, preflight_service, "service");
        expect(&finding, cases[i].verdict, "'web'", cases[i].mend);
    }
}

static void no_service_is_one_to_be_created(void **state)
{
    struct fixture_step *f = *state;
    struct preflight preflight;
    struct preflight_finding finding;

    fixture_step_cloud(f);
    fixture_step_set(f, "SERVICE_NAME", "web");
    preflight = begin(f);
    fixture_server_answer(f->cloud, 200, "{\"ServiceSummaryList\":[]}");
    finding = look(&preflight, preflight_service, "service");
    expect(&finding, PREFLIGHT_PASS, "no 'web' yet", NULL);
    finding = look(&preflight, preflight_service, "port and health");
    expect(&finding, PREFLIGHT_PASS, "port 8080, health path /healthz", NULL);
}

static void names_of_new_services_have_their_form(void **state)
{
    static const struct {
        const char *name;
        bool is_one;
    } cases[] = {
        { "webs", true },
        { "web", false },
        { "9a-b_C", true },
        { "-webs", false },
        { "_webs", false },
        { "web.site", false },
        { "a123456789a123456789a123456789a123456789", true },
        { "a123456789a123456789a123456789a1234567890", false },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        if (preflight_is_service_name(cases[i].name) != cases[i].is_one)
            fail_msg("'%s'", cases[i].name);
    }
}

#define OPERATIONS                                                             \
    "{\"OperationSummaryList\":[{\"Id\":\"op-2\",\"Type\":\"UPDATE_SERVICE\"," \
    "\"Status\":\"IN_PROGRESS\"},{\"Id\":\"op-1\",\"Type\":\"CREATE_"          \
    "SERVICE\","                                                               \
    "\"Status\":\"SUCCEEDED\"}]}"

static void an_operation_of_ours_is_taken_up(void **state)
{
    struct fixture_step *f = *state;
    struct preflight preflight = begin_service(f, "OPERATION_IN_PROGRESS");
    struct preflight_finding finding;

    f->deployment.operation.called_ms = 1;
    f->deployment.operation.id = mem_text("op-2");
    fixture_server_answer(f->cloud, 200, OPERATIONS);
    finding = look(&preflight, preflight_service, "service");
    expect(&finding, PREFLIGHT_PASS, "op-2); it will be taken up", NULL);
}

static void an_operation_of_somebody_else_fails(void **state)
{
    struct fixture_step *f = *state;
    struct preflight preflight = begin_service(f, "OPERATION_IN_PROGRESS");
    struct preflight_finding finding;

    fixture_server_answer(f->cloud, 200, OPERATIONS);
    finding = look(&preflight, preflight_service, "service");
    expect(&finding, PREFLIGHT_FAIL, "not ours: UPDATE_SERVICE op-2",
           "list-operations --service-arn " ARN);
}

static void an_old_record_is_no_claim_on_another_operation(void **state)
{
    struct fixture_step *f = *state;
    struct preflight preflight = begin_service(f, "OPERATION_IN_PROGRESS");
    struct preflight_finding finding;

    f->deployment.operation.called_ms = 1;
    f->deployment.operation.id = mem_text("op-0");
    fixture_server_answer(f->cloud, 200, OPERATIONS);
    finding = look(&preflight, preflight_service, "service");
    expect(&finding, PREFLIGHT_FAIL, "not ours", NULL);
}

static void a_configured_port_is_said_to_change_the_service(void **state)
{
    struct fixture_step *f = *state;
    struct preflight preflight;
    struct preflight_finding finding;

    fixture_step_set(f, "PORT", "9000");
    preflight = begin_service(f, "RUNNING");
    finding = look(&preflight, preflight_service, "service");
    preflight_finding_release(&finding);
    finding = look(&preflight, preflight_service, "port and health");
    fixture_step_expect(finding.warning, "PORT is 9000, the live service has "
                                         "3000: this deployment changes it");
    expect(&finding, PREFLIGHT_PASS, "port 3000, /up", NULL);
}

static void a_default_port_yields_to_the_service(void **state)
{
    struct fixture_step *f = *state;
    struct preflight preflight = begin_service(f, "RUNNING");
    struct preflight_finding finding =
        look(&preflight, preflight_service, "service");

    preflight_finding_release(&finding);
    finding = look(&preflight, preflight_service, "port and health");
    fixture_step_expect(finding.warning, "set PORT=3000");
    expect(&finding, PREFLIGHT_PASS, "port 3000", NULL);
}

/* ---- roles ------------------------------------------------------------ */

#define GET_ROLE(arn, principal)                                               \
    "<GetRoleResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\">"    \
    "<GetRoleResult><Role><Arn>" arn "</Arn><RoleName>puller</RoleName>"       \
    "<AssumeRolePolicyDocument>%7B%22Version%22%3A%222012-10-17%22%2C"         \
    "%22Statement%22%3A%5B%7B%22Effect%22%3A%22Allow%22%2C%22Principal%22"     \
    "%3A%7B%22Service%22%3A%22" principal "%22%7D%2C%22Action%22%3A%22"        \
    "sts%3AAssumeRole%22%7D%5D%7D</AssumeRolePolicyDocument></Role>"           \
    "</GetRoleResult></GetRoleResponse>"
#define QUERY_ERROR(code)                                                      \
    "<ErrorResponse><Error><Type>Sender</Type><Code>" code                     \
    "</Code><Message>no</Message></Error></ErrorResponse>"

static void access_roles_must_be_there_and_trust_the_builder(void **state)
{
    static const struct {
        int status;
        const char *body;
        enum preflight_verdict verdict;
        const char *found, *mend;
    } cases[] = {
        { 200, GET_ROLE(ROLE, "build.apprunner.amazonaws.com"), PREFLIGHT_PASS,
          "trusts build.apprunner", NULL },
        { 200, GET_ROLE(ROLE, "tasks.apprunner.amazonaws.com"), PREFLIGHT_FAIL,
          "does not trust build.apprunner",
          "aws iam update-assume-role-policy --role-name puller" },
        { 200,
          GET_ROLE("arn:aws:iam::" ACCOUNT ":role/deep/puller",
                   "build.apprunner.amazonaws.com"),
          PREFLIGHT_FAIL, "one of that name is",
          "ACCESS_ROLE_ARN=arn:aws:iam::" ACCOUNT ":role/deep/puller" },
        { 404, QUERY_ERROR("NoSuchEntity"), PREFLIGHT_FAIL, "no role 'puller'",
          "aws iam create-role --role-name puller" },
        { 403, QUERY_ERROR("AccessDenied"), PREFLIGHT_UNKNOWN,
          "cannot be looked at", NULL },
    };
    struct fixture_step *f = *state;
    struct preflight preflight;

    fixture_step_cloud(f);
    fixture_step_set(f, "ACCESS_ROLE_ARN", ROLE);
    preflight = begin(f);
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct preflight_finding finding;

        fixture_server_answer(f->cloud, cases[i].status, cases[i].body);
        finding = look(&preflight, preflight_roles, "access role");
        expect(&finding, cases[i].verdict, cases[i].found, cases[i].mend);
    }
}

#define LIST_ROLES                                                             \
    "<ListRolesResponse><ListRolesResult><IsTruncated>false</IsTruncated>"     \
    "<Roles><member><Arn>" ROLE "</Arn><RoleName>puller</RoleName>"            \
    "<AssumeRolePolicyDocument>%7B%22Statement%22%3A%5B%7B%22Effect%22%3A"     \
    "%22Allow%22%2C%22Principal%22%3A%7B%22Service%22%3A%22"                   \
    "build.apprunner.amazonaws.com%22%7D%2C%22Action%22%3A%22"                 \
    "sts%3AAssumeRole%22%7D%5D%7D</AssumeRolePolicyDocument></member>"         \
    "</Roles></ListRolesResult></ListRolesResponse>"

static void a_new_service_without_an_access_role_fails(void **state)
{
    struct fixture_step *f = *state;
    struct preflight preflight;
    struct preflight_finding finding;

    fixture_step_cloud(f);
    preflight = begin(f);
    preflight.has_looked = true;
    fixture_server_answer(f->cloud, 403, QUERY_ERROR("AccessDenied"));
    finding = look(&preflight, preflight_roles, "access role");
    expect(&finding, PREFLIGHT_FAIL, "could not pull",
           "AWSAppRunnerServicePolicyForECRAccess");
    fixture_server_answer(f->cloud, 200, LIST_ROLES);
    finding = look(&preflight, preflight_roles, "access role");
    expect(&finding, PREFLIGHT_FAIL, "could not pull",
           "set ACCESS_ROLE_ARN=" ROLE);
}

static void an_instance_role_is_not_needed(void **state)
{
    struct fixture_step *f = *state;
    struct preflight preflight;
    struct preflight_finding finding;

    fixture_step_cloud(f);
    preflight = begin(f);
    finding = look(&preflight, preflight_roles, "instance role");
    expect(&finding, PREFLIGHT_PASS, "none", NULL);
}

#define DECISION(action, word)                                                 \
    "<SimulatePrincipalPolicyResponse><SimulatePrincipalPolicyResult>"         \
    "<IsTruncated>false</IsTruncated><EvaluationResults><member>"              \
    "<EvalActionName>" action "</EvalActionName><EvalDecision>" word           \
    "</EvalDecision></member></EvaluationResults>"                             \
    "</SimulatePrincipalPolicyResult></SimulatePrincipalPolicyResponse>"

static void a_simulated_denial_warns_and_fails_nothing(void **state)
{
    static const struct {
        int status;
        const char *body;
        enum preflight_verdict verdict;
        const char *found, *warning;
    } cases[] = {
        { 200, DECISION("iam:PassRole", "allowed"), PREFLIGHT_PASS, "you may",
          NULL },
        { 200, DECISION("iam:PassRole", "implicitDeny"), PREFLIGHT_UNKNOWN,
          "you may not iam:PassRole", "you may lack iam:PassRole" },
        { 403, QUERY_ERROR("AccessDenied"), PREFLIGHT_UNKNOWN, "not known",
          NULL },
    };
    struct fixture_step *f = *state;
    struct preflight preflight;

    fixture_step_cloud(f);
    preflight = begin(f);
    preflight.access_role = ROLE;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct preflight_finding finding;

        fixture_server_answer(f->cloud, cases[i].status, cases[i].body);
        finding = look(&preflight, preflight_roles, "iam:PassRole");
        if (cases[i].warning)
            fixture_step_expect(finding.warning, cases[i].warning);
        else
            assert_null(finding.warning);
        expect(&finding, cases[i].verdict, cases[i].found, NULL);
    }
}

/* ---- secrets ---------------------------------------------------------- */

#define SECRET                                                                 \
    "arn:aws:secretsmanager:us-east-1:" ACCOUNT ":secret:proxy-AbCdEf"

static struct preflight begin_secrets(struct fixture_step *f)
{
    struct preflight preflight;
    struct preflight_finding finding;

    fixture_step_cloud(f);
    fixture_step_write(f, "service.json",
                       "{\"secrets\": {\"PROXY\": \"" SECRET ":password::\"}}");
    preflight = begin(f);
    finding = look(&preflight, preflight_secrets, "service file");
    expect(&finding, PREFLIGHT_PASS, "variables: 0, secrets: 1", NULL);
    return preflight;
}

static void secrets_must_be_there_to_stay(void **state)
{
    static const struct {
        int status;
        const char *body;
        enum preflight_verdict verdict;
        const char *found, *mend;
    } cases[] = {
        { 200, "{\"ARN\":\"" SECRET "\",\"Name\":\"proxy\"}", PREFLIGHT_PASS,
          "found: 1 of 1", NULL },
        { 200,
          "{\"ARN\":\"" SECRET "\",\"Name\":\"proxy\",\"DeletedDate\":1.7e9}",
          PREFLIGHT_FAIL, "PROXY: is scheduled for deletion",
          "restore-secret --secret-id " SECRET },
        { 400, "{\"__type\":\"ResourceNotFoundException\",\"Message\":\"no\"}",
          PREFLIGHT_FAIL, "PROXY: there is no such secret", "create it" },
        { 400, "{\"__type\":\"AccessDeniedException\",\"Message\":\"no\"}",
          PREFLIGHT_UNKNOWN, "PROXY: ", "secretsmanager:DescribeSecret" },
    };
    struct fixture_step *f = *state;
    struct preflight preflight = begin_secrets(f);

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct preflight_finding finding;

        fixture_server_answer(f->cloud, cases[i].status, cases[i].body);
        finding = look(&preflight, preflight_secrets, "secrets");
        expect(&finding, cases[i].verdict, cases[i].found, cases[i].mend);
    }
    end(&preflight);
}

static void secrets_need_a_role_that_reads_them(void **state)
{
    struct fixture_step *f = *state;
    struct preflight preflight = begin_secrets(f);
    struct preflight_finding finding;
    const char *asked;

    preflight.has_looked = true;
    finding = look(&preflight, preflight_secrets, "secret access");
    expect(&finding, PREFLIGHT_FAIL, "no instance role", "INSTANCE_ROLE_ARN");
    preflight.instance_role = ROLE;
    fixture_server_answer(
        f->cloud, 200,
        DECISION("secretsmanager:GetSecretValue", "implicitDeny"));
    finding = look(&preflight, preflight_secrets, "secret access");
    expect(&finding, PREFLIGHT_UNKNOWN, "secretsmanager:GetSecretValue",
           "on " SECRET);
    asked = fixture_server_body(f->cloud, 0);
    fixture_step_expect(asked, "proxy-AbCdEf");
    fixture_step_expect_not(asked, "password");
    end(&preflight);
}

static void a_broken_service_file_fails(void **state)
{
    struct fixture_step *f = *state;
    struct preflight preflight;
    struct preflight_finding finding;

    fixture_step_write(f, "service.json", "{\"secrets\": ");
    preflight = begin(f);
    finding = look(&preflight, preflight_secrets, "service file");
    expect(&finding, PREFLIGHT_FAIL, "service.json", NULL);
    end(&preflight);
}

/* ---- all of them ------------------------------------------------------ */

static void all_checks_run_and_the_failures_are_counted(void **state)
{
    struct fixture_step *f = *state;
    const char *log;

    setenv("DOCKER_HOST", "unix:///nonexistent/docker.sock", 1);
    fixture_step_set(f, "SERVICE_NAME", "web");
    fixture_step_set(f, "AWS_REGION", "eu-north-1");
    (void)begin(f);
    preflight_run(f->context, &f->outcome);
    log = strbuf_text(&f->log);
    assert_int_equal(f->outcome.status, STATUS_FAILED);
    assert_int_equal(f->outcome.run_status, EXIT_STATUS_PREFLIGHT);
    fixture_step_expect(f->outcome.message, "4 of ");
    fixture_step_expect(f->outcome.message,
                        "docker, Dockerfile, credentials, region");
    fixture_step_expect(log, "FAIL     docker: ");
    fixture_step_expect(log, "unknown  builder: ");
    fixture_step_expect(log, "FAIL     credentials: ");
    fixture_step_expect(log, "FAIL     region: eu-north-1");
    fixture_step_expect(log, "unknown  secrets: ");
    assert_true(f->outcome.suggestion && f->outcome.suggestion[0]);
    assert_string_equal(f->events.items[0], "cloud.phase preflight started");
    assert_string_equal(f->events.items[1], "cloud.phase preflight ended");
}

static void a_cancelled_preflight_stops(void **state)
{
    struct fixture_step *f = *state;

    (void)begin(f);
    cancel_raise(&f->cancel, CANCEL_STOP);
    preflight_run(f->context, &f->outcome);
    assert_true(f->outcome.cancelled);
    assert_string_equal(strbuf_text(&f->log), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_STEP_TEST(a_line_says_verdict_name_and_finding),
        FIXTURE_STEP_TEST(what_cannot_be_asked_is_unknown),
        FIXTURE_STEP_TEST(a_missing_dockerfile_fails),
        FIXTURE_STEP_TEST(a_missing_context_fails),
        FIXTURE_STEP_TEST(a_dockerfile_may_stand_in_the_context),
        FIXTURE_STEP_TEST(a_health_path_is_a_path_of_a_url),
        FIXTURE_STEP_TEST(a_region_without_app_runner_fails),
        FIXTURE_STEP_TEST(a_region_with_app_runner_passes),
        FIXTURE_STEP_TEST(any_region_will_do_at_an_address_of_the_users),
        FIXTURE_STEP_TEST(refusals_of_the_account_are_told_apart),
        FIXTURE_STEP_TEST(without_credentials_the_rest_is_unknown),
        FIXTURE_STEP_TEST(a_missing_repository_is_created),
        FIXTURE_STEP_TEST(a_dry_run_creates_no_repository),
        FIXTURE_STEP_TEST(states_have_their_remedy),
        FIXTURE_STEP_TEST(no_service_is_one_to_be_created),
        FIXTURE_STEP_TEST(names_of_new_services_have_their_form),
        FIXTURE_STEP_TEST(an_operation_of_ours_is_taken_up),
        FIXTURE_STEP_TEST(an_operation_of_somebody_else_fails),
        FIXTURE_STEP_TEST(an_old_record_is_no_claim_on_another_operation),
        FIXTURE_STEP_TEST(a_configured_port_is_said_to_change_the_service),
        FIXTURE_STEP_TEST(a_default_port_yields_to_the_service),
        FIXTURE_STEP_TEST(access_roles_must_be_there_and_trust_the_builder),
        FIXTURE_STEP_TEST(a_new_service_without_an_access_role_fails),
        FIXTURE_STEP_TEST(an_instance_role_is_not_needed),
        FIXTURE_STEP_TEST(a_simulated_denial_warns_and_fails_nothing),
        FIXTURE_STEP_TEST(secrets_must_be_there_to_stay),
        FIXTURE_STEP_TEST(secrets_need_a_role_that_reads_them),
        FIXTURE_STEP_TEST(a_broken_service_file_fails),
        FIXTURE_STEP_TEST(all_checks_run_and_the_failures_are_counted),
        FIXTURE_STEP_TEST(a_cancelled_preflight_stops),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
