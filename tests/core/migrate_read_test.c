#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "base/strbuf.h"
#include "core/migrate_read.h"

#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* "KEY=VALUE:LINE" for each finding, "KEY?:LINE" for one without a value,
 * after '$' for variables, '@' for references, '!' for secrets. */
static void describe(const struct migrate_reading *reading, struct strbuf *out)
{
    for (size_t i = 0; i < reading->count; i++) {
        const struct migrate_finding *finding = &reading->findings[i];
        static const char *const marks[] = { "", "$", "@", "!" };

        strbuf_addf(out, "%s%s%s", i ? " " : "", marks[finding->kind],
                    finding->key);
        if (finding->value)
            strbuf_addf(out, "=%s:%d", finding->value, finding->line);
        else
            strbuf_addf(out, "?:%d", finding->line);
    }
}

static void expect(const char *script, const char *findings)
{
    struct migrate_reading reading = { 0 };
    struct strbuf found = { 0 };

    migrate_read(script, strlen(script), &reading);
    describe(&reading, &found);
    if (strcmp(strbuf_text(&found), findings) != 0)
        fail_msg("%s\n--- gives\n%s\n--- not\n%s", script, strbuf_text(&found),
                 findings);
    strbuf_release(&found);
    migrate_reading_release(&reading);
}

struct sample {
    const char *script, *findings;
};

static void expect_all(const struct sample *samples, size_t count)
{
    for (size_t i = 0; i < count; i++)
        expect(samples[i].script, samples[i].findings);
}

#define EXPECT_ALL(samples) expect_all(samples, COUNT(samples))

/* ---- assignments ------------------------------------------------------ */

static void read_takes_assignments_with_well_known_names(void **state)
{
    static const struct sample samples[] = {
        { "SERVICE_NAME=acme-api", "SERVICE_NAME=acme-api:1" },
        { "\n\nexport REGION='us-east-1' # here", "AWS_REGION=us-east-1:3" },
        { "readonly ECR_REPO=\"acme/api\"; PORT=3000",
          "ECR_REPOSITORY=acme/api:1 PORT=3000:1" },
        { "  local AWS_PROFILE=dev", "AWS_PROFILE=dev:1" },
        { "PORT=80\\\n80", "PORT=8080:1" },
        { "PORT=8080\r\nCPU=1024\r\n", "PORT=8080:1 SERVICE_CPU=1024:2" },
        { "AWS_REGION=eu-west-1 make image", "AWS_REGION=eu-west-1:1" },
        { "env AWS_REGION=eu-west-1 make image", "AWS_REGION=eu-west-1:1" },
        { "# SERVICE_NAME=old", "" },
        { "echo SERVICE_NAME=old", "" },
        { "MY_SERVICE_NAME=old", "" },
        { "PORT=", "" },
        { "if true; then PORT=81; fi", "PORT=81:1" },
    };

    (void)state;
    EXPECT_ALL(samples);
}

static void read_follows_variables_and_their_defaults(void **state)
{
    static const struct sample samples[] = {
        { "REGION=${AWS_REGION:-us-east-1}", "AWS_REGION=us-east-1:1" },
        { "REGION=${1:-us-east-1}", "AWS_REGION=us-east-1:1" },
        { "A=acme\nSERVICE_NAME=$A-${A}", "SERVICE_NAME=acme-acme:2" },
        { "A=acme\nSERVICE_NAME='$A'", "SERVICE_NAME=$A:2" },
        { "A=one; A=two; SERVICE_NAME=$A-x", "SERVICE_NAME=two-x:1" },
        { ": \"${PORT:=3000}\"\nCPU=${PORT:-1}",
          "PORT=3000:1 SERVICE_CPU=3000:2" },
        { "A=$1\nSERVICE_NAME=${A:-acme}", "SERVICE_NAME=acme:2" },
        { "A=$(x)\nSERVICE_NAME=${A:-acme}", "SERVICE_NAME?:2" },
        { "A=${A=${A=acme}}\nSERVICE_NAME=$A", "SERVICE_NAME=acme:2" },
        { "A=${B:-${C:-acme}}\nSERVICE_NAME=$A", "SERVICE_NAME=acme:2" },
        { "REGION=us-east-1\n"
          "while [ $# -gt 0 ]; do case $1 in --region) REGION=$2 ;; esac; "
          "done\naws ecr x --region $REGION",
          "AWS_REGION=us-east-1:1 AWS_REGION?:2" },
    };

    (void)state;
    EXPECT_ALL(samples);
}

static void read_guesses_nothing(void **state)
{
    static const struct sample samples[] = {
        { "SERVICE_NAME=$(cat name)", "SERVICE_NAME?:1" },
        { "SERVICE_NAME=`cat name`", "SERVICE_NAME?:1" },
        { "SERVICE_NAME=acme-$STAGE", "SERVICE_NAME?:1" },
        { "SERVICE_NAME=$1", "SERVICE_NAME?:1" },
        { "A=abc\nSERVICE_NAME=${A%c}", "SERVICE_NAME?:2" },
        { "SERVICE_NAME=acme-$((1 + 2))", "SERVICE_NAME?:1" },
        { "if prod; then N=acme; else N=acme-dev; fi\n"
          "aws apprunner x --service-name $N",
          "SERVICE_NAME?:2" },
        { "PORT=\001", "" },
        { "SERVICE_NAME=a\002b", "SERVICE_NAME=ab:1" },
    };

    (void)state;
    EXPECT_ALL(samples);
}

static void read_tells_why_a_value_is_not_understood(void **state)
{
    static const char script[] = "PORT=$(x)\nSERVICE_NAME=$X\nREGION=$1\n";
    static const char *const why[] = { "the output of a command",
                                       "a variable that is set elsewhere",
                                       "an argument of the script" };
    struct migrate_reading reading = { 0 };

    (void)state;
    migrate_read(script, strlen(script), &reading);
    assert_int_equal(reading.count, COUNT(why));
    for (size_t i = 0; i < COUNT(why); i++)
        assert_string_equal(reading.findings[i].why, why[i]);
    migrate_reading_release(&reading);
}

/* ---- commands --------------------------------------------------------- */

static void read_takes_options_of_the_aws_cli(void **state)
{
    static const struct sample samples[] = {
        { "aws apprunner create-service \\\n  --service-name acme \\\n"
          "  --region=eu-west-1 --profile dev",
          "SERVICE_NAME=acme:2 AWS_REGION=eu-west-1:3 AWS_PROFILE=dev:3" },
        { "X=$(aws --region us-east-1 ecr describe-repositories "
          "--repository-names acme/api | jq .)",
          "AWS_REGION=us-east-1:1 ECR_REPOSITORY=acme/api:1" },
        { "if ! aws ecr create-repository --repository-name acme; then x; fi",
          "ECR_REPOSITORY=acme:1" },
        { "ARGS=(--service-name acme\n --region us-east-1)",
          "SERVICE_NAME=acme:1 AWS_REGION=us-east-1:2" },
        { "aws apprunner list-services --query "
          "\"ServiceSummaryList[?ServiceName=='acme'].ServiceArn\"",
          "SERVICE_NAME=acme:1" },
        { "aws apprunner update-service --service-arn "
          "arn:aws:apprunner:us-east-1:123456789012:service/acme/0a1b",
          "AWS_REGION=us-east-1:1 SERVICE_NAME=acme:1" },
        { "retry 3 aws apprunner x --service-name acme",
          "SERVICE_NAME=acme:1" },
        { "echo aws apprunner x --service-name acme", "" },
        { "aws apprunner x --service-name", "" },
    };

    (void)state;
    EXPECT_ALL(samples);
}

static void read_takes_images_wherever_they_stand(void **state)
{
    static const struct sample samples[] = {
        { "URI=123456789012.dkr.ecr.us-east-1.amazonaws.com/acme/api:v1",
          "AWS_REGION=us-east-1:1 ECR_REPOSITORY=acme/api:1" },
        { "R=eu-west-1\nA=$(aws sts x)\n"
          "IMAGE_URI=$A.dkr.ecr.$R.amazonaws.com/acme:$(git x)",
          "AWS_REGION=eu-west-1:3 ECR_REPOSITORY=acme:3" },
        { "docker push 1.dkr.ecr.cn-north-1.amazonaws.com.cn/acme@sha256:0",
          "AWS_REGION=cn-north-1:1 ECR_REPOSITORY=acme:1" },
        { "REG=1.dkr.ecr.us-east-1.amazonaws.com", "AWS_REGION=us-east-1:1" },
        { "X=$R.dkr.ecr.$Z.amazonaws.com/$N", "ECR_REPOSITORY?:1" },
        { "docker build -f docker/prod --build-arg V=1 --build-arg W=2 "
          "-t acme:v1 app",
          "DOCKERFILE=docker/prod:1 ECR_REPOSITORY=acme:1 "
          "BUILD_CONTEXT=app:1 BUILD_ARGS=V=1 W=2:1" },
        { "docker buildx build --platform linux/amd64 --tag acme .",
          "ECR_REPOSITORY=acme:1" },
        { "docker build --build-arg API_TOKEN=abcdefgh -t ghcr.io/a/b .", "" },
    };

    (void)state;
    EXPECT_ALL(samples);
}

static void read_takes_the_path_of_a_health_check(void **state)
{
    static const struct sample samples[] = {
        { "curl -fs \"https://$URL/health\"", "HEALTH_PATH=/health:1" },
        { "curl -o /dev/null -w '%{http_code}' $URL/api/healthz?x=1",
          "HEALTH_PATH=/api/healthz:1" },
        { "curl https://example.com/index.html", "" },
        { "curl $URL", "" },
        { "X=$(curl -s http://localhost:8080/ready)", "HEALTH_PATH=/ready:1" },
    };

    (void)state;
    EXPECT_ALL(samples);
}

/* ---- structures ------------------------------------------------------- */

static void read_takes_json_in_options_and_here_documents(void **state)
{
    static const struct sample samples[] = {
        { "aws apprunner create-service --instance-configuration "
          "'{\"Cpu\": \"1 vCPU\",\n\"Memory\": \"2 GB\"}'",
          "SERVICE_CPU=1 vCPU:1 SERVICE_MEMORY=2 GB:2" },
        { "P=3000\ncat >x.json <<EOF\n{\"ImageRepository\":\n"
          " {\"ImageConfiguration\": {\"Port\": \"$P\"}}}\nEOF\nCPU=256",
          "PORT=3000:4 SERVICE_CPU=256:6" },
        { "cat <<'EOF'\n{\"ImageConfiguration\": {\"Port\": \"$P\"}}\nEOF\n",
          "PORT=$P:2" },
        { "cat <<-EOF\n\t{\"ImageConfiguration\": {\"Port\": "
          "$P}}\n\tEOF\nCPU=1",
          "PORT?:2 SERVICE_CPU=1:4" },
        { "J='{\"AuthenticationConfiguration\":{\"AccessRoleArn\":\"a\"}}'",
          "ACCESS_ROLE_ARN=a:1" },
        { "aws apprunner x --health-check-configuration "
          "'{\"Protocol\":\"HTTP\",\"Path\":\"/up\"}'",
          "HEALTH_PATH=/up:1" },
        { "J='{\"Path\":\"/iam/\"}'", "" },
        { "cat <<EOF\n{\"Port\": \nEOF\nCPU=256", "SERVICE_CPU=256:4" },
        { "cat <<EOF\n$(\nEOF\nCPU=256", "SERVICE_CPU=256:4" },
    };

    (void)state;
    EXPECT_ALL(samples);
}

static void read_takes_the_short_form(void **state)
{
    static const struct sample samples[] = {
        { "aws apprunner x --instance-configuration Cpu=1024,Memory=2048",
          "SERVICE_CPU=1024:1 SERVICE_MEMORY=2048:1" },
        { "aws apprunner x --health-check-configuration "
          "Protocol=HTTP,Path=/up,Interval=5",
          "HEALTH_PATH=/up:1" },
        { "aws apprunner x --source-configuration ImageRepository="
          "{ImageConfiguration={Port=3000,RuntimeEnvironmentVariables="
          "{A=b,C=d}}},AutoDeploymentsEnabled=false",
          "PORT=3000:1 $A=b:1 $C=d:1" },
        { "aws apprunner x --source-configuration ={[,=", "" },
    };

    (void)state;
    EXPECT_ALL(samples);
}

static void read_takes_variables_and_references_of_the_service(void **state)
{
    static const struct sample samples[] = {
        { "J='{\"RuntimeEnvironmentVariables\": {\"LEVEL\": \"info\",\n"
          "\"SHA\": \"'$(git x)'\"}}'",
          "$LEVEL=info:1 $SHA?:2" },
        { "J='{\"RuntimeEnvironmentVariables\": "
          "[{\"Name\": \"A\", \"Value\": \"b\"}, {\"Name\": \"C\"}]}'",
          "$A=b:1" },
        { "J='{\"RuntimeEnvironmentSecrets\": "
          "{\"T\": \"arn:aws:secretsmanager:x\"}}'",
          "@T=arn:aws:secretsmanager:x:1" },
    };

    (void)state;
    EXPECT_ALL(samples);
}

static void read_knows_what_nobody_may_see(void **state)
{
    static const struct sample samples[] = {
        { "DB_PASSWORD=hunter2hunter2", "!DB_PASSWORD=hunter2hunter2:1" },
        { "DB_PASSWORD=$(x)", "" },
        { "PASS=0", "" },
        { "SECRET_ARN=arn:aws:secretsmanager:x", "" },
        { "J='{\"RuntimeEnvironmentVariables\": {\"API_KEY\": \"abcdefgh\", "
          "\"DB\": \"postgres://u:pa55word@h/d\", "
          "\"WEB\": \"https://h/@x:y\", \"ID\": \"AKIA0123456789ABCDEF\"}}'",
          "!API_KEY=abcdefgh:1 !DB=postgres://u:pa55word@h/d:1 "
          "$WEB=https://h/@x:y:1 !ID=AKIA0123456789ABCDEF:1" },
    };

    (void)state;
    EXPECT_ALL(samples);
}

/* ---- the script as a whole -------------------------------------------- */

static void read_knows_what_the_script_is(void **state)
{
    static const struct {
        const char *script;
        bool deploys, is_ours;
    } samples[] = {
        { "aws apprunner create-service", true, false },
        { "X=$(aws --region x apprunner start-deployment)", true, false },
        { "aws apprunner describe-service", false, false },
        { "# aws apprunner create-service", false, false },
        { "exec stepdeck deploy", false, true },
        { "echo 'see stepdeck deploy'", false, false },
        { ". \"$(dirname \"$0\")/error-handling.sh\"", false, true },
        { "STATE_DIR=\"$DIR/.deployment-state\"", false, true },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(samples); i++) {
        struct migrate_reading reading = { 0 };

        migrate_read(samples[i].script, strlen(samples[i].script), &reading);
        if (reading.deploys != samples[i].deploys ||
            reading.is_ours != samples[i].is_ours)
            fail_msg("%s", samples[i].script);
        migrate_reading_release(&reading);
    }
}

static void read_names_the_files_that_commands_take(void **state)
{
    static const char script[] =
        "aws apprunner x --cli-input-json file://service.json\n"
        "aws apprunner x --source-configuration file://$X\n";
    static const char input[] = "{\"ServiceName\": \"acme\"}";
    struct migrate_reading reading = { 0 };

    (void)state;
    migrate_read(script, strlen(script), &reading);
    assert_int_equal(reading.inputs.count, 1);
    assert_string_equal(reading.inputs.items[0], "service.json");
    migrate_read_input(input, strlen(input), &reading);
    assert_int_equal(reading.count, 1);
    assert_string_equal(reading.findings[0].value, "acme");
    migrate_reading_release(&reading);
}

static void read_says_the_same_only_once(void **state)
{
    (void)state;
    expect("PORT=1\nPORT=1\nPORT=2\nREGION=$A\nREGION=$B",
           "PORT=1:1 PORT=2:3 AWS_REGION?:4");
}

static void read_bounds_what_variables_grow_to(void **state)
{
    struct strbuf script = { 0 };
    struct migrate_reading reading = { 0 };

    (void)state;
    strbuf_adds(&script, "A=0123456789\n");
    for (int i = 0; i < 60; i++)
        strbuf_adds(&script, "A=$A$A\n");
    strbuf_adds(&script, "SERVICE_NAME=$A");
    for (int i = 0; i < 2000; i++)
        strbuf_adds(&script, "$(");
    migrate_read(strbuf_text(&script), script.len, &reading);
    assert_int_equal(reading.count, 1);
    assert_null(reading.findings[0].value);
    migrate_reading_release(&reading);
    strbuf_release(&script);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(read_takes_assignments_with_well_known_names),
        cmocka_unit_test(read_follows_variables_and_their_defaults),
        cmocka_unit_test(read_guesses_nothing),
        cmocka_unit_test(read_tells_why_a_value_is_not_understood),
        cmocka_unit_test(read_takes_options_of_the_aws_cli),
        cmocka_unit_test(read_takes_images_wherever_they_stand),
        cmocka_unit_test(read_takes_the_path_of_a_health_check),
        cmocka_unit_test(read_takes_json_in_options_and_here_documents),
        cmocka_unit_test(read_takes_the_short_form),
        cmocka_unit_test(read_takes_variables_and_references_of_the_service),
        cmocka_unit_test(read_knows_what_nobody_may_see),
        cmocka_unit_test(read_knows_what_the_script_is),
        cmocka_unit_test(read_names_the_files_that_commands_take),
        cmocka_unit_test(read_says_the_same_only_once),
        cmocka_unit_test(read_bounds_what_variables_grow_to),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
