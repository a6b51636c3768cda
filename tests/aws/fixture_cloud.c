#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "fixture_cloud.h"

#include "base/fileio.h"
#include "base/jsonx.h"
#include "base/mem.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

int cloud_set_up(void **state)
{
    struct fixture_cloud *c = mem_new(1, sizeof(*c));
    void *step = NULL;

    if (fixture_step_set_up(&step))
        return -1;
    c->f = step;
    c->server = fixture_server_new();
    setenv("AWS_ACCESS_KEY_ID", "AKIDFIXTURE", 1);
    setenv("AWS_SECRET_ACCESS_KEY", "secret/of+the/fixture", 1);
    setenv("AWS_ENDPOINT_URL", fixture_server_url(c->server), 1);
    fixture_step_set(c->f, "SERVICE_NAME", "web");
    fixture_step_set(c->f, "AWS_REGION", "eu-west-1");
    *state = c;
    return 0;
}

int cloud_tear_down(void **state)
{
    struct fixture_cloud *c = *state;
    void *step = c->f;

    (void)fixture_step_tear_down(&step);
    fixture_server_free(c->server);
    unsetenv("AWS_ENDPOINT_URL");
    free(c);
    return 0;
}

void cloud_open(struct fixture_cloud *c)
{
    struct deployment_image *image = &c->f->deployment.image;

    fixture_step_open(c->f);
    image->repository = mem_text(CLOUD_REPOSITORY);
    image->tag = mem_text("v2");
    image->digest = mem_text("sha256:new");
}

void cloud_know(struct fixture_cloud *c)
{
    c->f->deployment.service_arn = mem_text(CLOUD_ARN);
}

void cloud_record(struct fixture_cloud *c, const char *id, const char *type,
                  const char *purpose)
{
    struct deployment_operation *operation = &c->f->deployment.operation;

    operation->id = mem_text(id);
    operation->type = mem_text(type);
    operation->purpose = mem_text(purpose);
    operation->image = mem_text(CLOUD_NEW);
    operation->called_ms = FIXTURE_STEP_TIME;
}

/* ---- answers ---------------------------------------------------------- */

void cloud_answer(struct fixture_cloud *c, const char *body)
{
    fixture_server_answer(c->server, 200, body);
}

static void answer_take(struct fixture_cloud *c, char *body)
{
    cloud_answer(c, body);
    free(body);
}

void cloud_list(struct fixture_cloud *c, const char *status)
{
    if (!status)
        cloud_answer(c, "{\"ServiceSummaryList\":[]}");
    else
        answer_take(c, mem_format("{\"ServiceSummaryList\":[{\"ServiceName\":"
                                  "\"web\",\"ServiceArn\":\"" CLOUD_ARN "\","
                                  "\"Status\":\"%s\"}]}",
                                  status));
}

static char *service_text(struct fixture_cloud *c, const char *status,
                          const char *image)
{
    return mem_format(
        "{\"ServiceName\":\"web\",\"ServiceArn\":\"" CLOUD_ARN "\","
        "\"ServiceUrl\":\"%s\",\"Status\":\"%s\",\"CreatedAt\":1.7952e9,"
        "\"UpdatedAt\":1.7952e9,\"SourceConfiguration\":{"
        "\"AutoDeploymentsEnabled\":false,\"ImageRepository\":{"
        "\"ImageIdentifier\":\"%s\",\"ImageRepositoryType\":\"ECR\","
        "\"ImageConfiguration\":{\"Port\":\"8080\","
        "\"RuntimeEnvironmentVariables\":{\"A\":\"1\"}}}},"
        "\"InstanceConfiguration\":{\"Cpu\":\"1024\",\"Memory\":\"2048\"},"
        "\"HealthCheckConfiguration\":{\"Protocol\":\"HTTP\","
        "\"Path\":\"/healthz\"}}",
        fixture_server_url(c->server), status, image);
}

void cloud_describe(struct fixture_cloud *c, const char *status,
                    const char *image)
{
    char *service = service_text(c, status, image);

    answer_take(c, mem_format("{\"Service\":%s}", service));
    free(service);
}

void cloud_accept(struct fixture_cloud *c, const char *id)
{
    char *service = service_text(c, "OPERATION_IN_PROGRESS", CLOUD_OLD);

    answer_take(c, id ? mem_format("{\"Service\":%s,\"OperationId\":\"%s\"}",
                                   service, id)
                      : mem_format("{\"Service\":%s}", service));
    free(service);
}

void cloud_operations(struct fixture_cloud *c, const char *rows)
{
    struct strvec lines = { 0 };
    struct strbuf body = { 0 };

    strvec_split(&lines, rows, ",");
    strbuf_adds(&body, "{\"OperationSummaryList\":[");
    for (size_t i = 0; i < lines.count; i++) {
        struct strvec words = { 0 };

        strvec_split(&words, lines.items[i], " ");
        assert_int_equal(words.count, 3);
        strbuf_addf(
            &body, "%s{\"Id\":\"%s\",\"Type\":\"%s\",\"Status\":\"%s\"}",
            i ? "," : "", words.items[0], words.items[1], words.items[2]);
        strvec_release(&words);
    }
    strbuf_adds(&body, "]}");
    cloud_answer(c, strbuf_text(&body));
    strbuf_release(&body);
    strvec_release(&lines);
}

void cloud_log(struct fixture_cloud *c, const char *line)
{
    if (!line)
        cloud_answer(c, "{\"events\":[]}");
    else
        answer_take(c, mem_format("{\"events\":[{\"timestamp\":%lld,"
                                  "\"message\":\"%s\",\"eventId\":\"e1\"}]}",
                                  (long long)FIXTURE_STEP_TIME + 1000, line));
}

void cloud_fail(struct fixture_cloud *c, int status, const char *code,
                const char *message)
{
    char *body =
        mem_format("{\"__type\":\"%s\",\"Message\":\"%s\"}", code, message);

    fixture_server_answer(c->server, status, body);
    free(body);
}

void cloud_cut(struct fixture_cloud *c)
{
    fixture_server_add(
        c->server, &(struct fixture_answer){ .is_mute = true, .closes = true });
}

/* ---- what was asked --------------------------------------------------- */

/* The name of the n-th call; to free. */
static char *call_name(struct fixture_cloud *c, size_t n)
{
    char *target = fixture_server_header(c->server, n, "X-Amz-Target");
    char *dot = target ? strchr(target, '.') : NULL;
    char *name = mem_text(dot ? dot + 1 : "GET");

    free(target);
    return name;
}

void cloud_expect_calls(struct fixture_cloud *c, const char *calls)
{
    struct strbuf found = { 0 };

    for (size_t i = 0; i < fixture_server_requests(c->server); i++) {
        char *name = call_name(c, i);

        strbuf_addf(&found, "%s%s", i ? " " : "", name);
        free(name);
    }
    if (strcmp(strbuf_text(&found), calls) != 0)
        fail_msg("called: %s\ninstead of: %s\nlog:\n%s", strbuf_text(&found),
                 calls, strbuf_text(&c->f->log));
    strbuf_release(&found);
}

json_t *cloud_input(struct fixture_cloud *c, const char *operation, size_t n)
{
    for (size_t i = 0; i < fixture_server_requests(c->server); i++) {
        char *name = call_name(c, i);
        bool is_it = strcmp(name, operation) == 0;
        json_t *input;

        free(name);
        if (!is_it || n-- > 0)
            continue;
        input = json_loads(fixture_server_body(c->server, i), 0, NULL);
        assert_non_null(input);
        return input;
    }
    fail_msg("%s was not called so often", operation);
    return NULL;
}

void cloud_expect_failure(struct fixture_cloud *c, int run_status,
                          const char *message, const char *suggestion)
{
    fixture_step_expect_failure(c->f, run_status, message, suggestion);
}

void cloud_expect_success(struct fixture_cloud *c)
{
    fixture_step_expect_success(c->f);
}

json_t *cloud_record_file(struct fixture_cloud *c)
{
    struct strbuf text = { 0 };
    struct error err = { 0 };
    json_t *json;

    if (!fileio_read_state(state_fd(c->f->state), "apprunner.json", 1 << 20,
                           &text, &err))
        fail_msg("%s", err.message);
    json = jsonx_parse_object(strbuf_text(&text), text.len, &err);
    assert_non_null(json);
    strbuf_release(&text);
    return json;
}
