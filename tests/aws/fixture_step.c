#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "fixture_step.h"

#include "base/fileio.h"
#include "base/mem.h"
#include "core/event.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* Instead of the one of core/worker.c, which is not linked then. */
struct step_context {
    struct fixture_step *f;
};

/* ---- the context ------------------------------------------------------ */

const struct config *context_config(const struct step_context *context)
{
    return &context->f->project.config;
}

const struct project *context_project(const struct step_context *context)
{
    return &context->f->project;
}

const struct clock *context_clock(const struct step_context *context)
{
    return &context->f->clock;
}

void *context_target(const struct step_context *context)
{
    return &context->f->deployment;
}

void context_log(struct step_context *context, const char *format, ...)
{
    va_list args;
    char *text;

    va_start(args, format);
    text = mem_format_args(format, args);
    va_end(args);
    strbuf_addf(&context->f->log, "%s\n", text);
    free(text);
}

void context_output(struct step_context *context, const char *bytes,
                    size_t size)
{
    strbuf_add(&context->f->log, bytes, size);
}

void context_warn(struct step_context *context, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    strvec_take(&context->f->warnings, mem_format_args(format, args));
    va_end(args);
}

void context_progress(struct step_context *context, int percent,
                      const char *text)
{
    (void)text;
    strvec_addf(&context->f->percents, "%d", percent);
}

void context_progress_item(struct step_context *context,
                           const struct context_item *item)
{
    strvec_addf(&context->f->items, "%s %s %lld/%lld%s", item->name, item->text,
                (long long)item->current, (long long)item->total,
                item->is_done ? " done" : "");
}

bool context_wait(struct step_context *context, int64_t duration_ms)
{
    context->f->now_ms += duration_ms;
    return !context_is_cancelled(context);
}

bool context_is_cancelled(struct step_context *context)
{
    return cancel_level(&context->f->cancel) != CANCEL_NONE;
}

struct cancel *context_cancel(struct step_context *context)
{
    return &context->f->cancel;
}

void context_emit(struct step_context *context, struct event *event)
{
    const char *phase = event_text(event, "phase");
    const char *word = event_text(event, "state");

    strvec_addf(&context->f->events, "%s %s %s",
                event_type_name(event_type(event)), phase ? phase : "-",
                word ? word : "-");
    event_unref(event);
}

/* ---- the clock -------------------------------------------------------- */

static int64_t wall(void *context)
{
    const struct fixture_step *f = context;

    return FIXTURE_STEP_TIME + f->now_ms;
}

static int64_t monotonic(void *context)
{
    const struct fixture_step *f = context;

    return 1000 + f->now_ms;
}

static bool wait_on(void *context, int64_t duration_ms, struct cancel *cancel)
{
    struct fixture_step *f = context;

    f->now_ms += duration_ms;
    return !cancel || cancel_level(cancel) == CANCEL_NONE;
}

/* ---- life ------------------------------------------------------------- */

static void clear_environment(const char *dir)
{
    static const char *const names[] = {
        "AWS_DEFAULT_REGION", "AWS_ACCESS_KEY_ID",    "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",  "DEPLOYMENT_STATE_DIR", "AWS_ENDPOINT_URL",
        "DOCKER_HOST",        "XDG_RUNTIME_DIR",      "HTTP_PROXY",
        "http_proxy",         "AWS_MAX_ATTEMPTS",
    };
    char *none = mem_format("%s/.none", dir);

    for (const struct config_key *key = config_keys(); key->name; key++)
        unsetenv(key->name);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        unsetenv(names[i]);
    setenv("XDG_CONFIG_HOME", none, 1);
    setenv("AWS_CONFIG_FILE", none, 1);
    setenv("AWS_SHARED_CREDENTIALS_FILE", none, 1);
    setenv("AWS_EC2_METADATA_DISABLED", "true", 1);
    free(none);
}

int fixture_step_set_up(void **state)
{
    struct fixture_step *f = mem_new(1, sizeof(*f));
    char name[] = "/tmp/stepdeck_test.XXXXXX";

    if (!mkdtemp(name))
        return -1;
    f->dir = realpath(name, NULL);
    if (!f->dir || !cancel_init(&f->cancel, NULL))
        return -1;
    clear_environment(f->dir);
    strvec_add(&f->options, "PROJECT_NAME=acme");
    /* No target is registered: the steps are called by the test. */
    strvec_add(&f->options, "DEPLOY_TARGET=none");
    f->clock = (struct clock){ .context = f,
                               .wall_ms = wall,
                               .monotonic_ms = monotonic,
                               .wait = wait_on };
    f->context = mem_new(1, sizeof(*f->context));
    f->context->f = f;
    *state = f;
    return 0;
}

int fixture_step_tear_down(void **state)
{
    struct fixture_step *f = *state;

    f->deployment.request = &f->request;
    deployment_release(&f->deployment);
    step_outcome_release(&f->outcome);
    if (f->is_open) {
        state_free(f->state);
        project_release(&f->project);
    }
    (void)!fileio_remove_tree(AT_FDCWD, f->dir, NULL);
    fixture_server_free(f->cloud);
    fixture_server_free(f->daemon);
    cancel_release(&f->cancel);
    strvec_release(&f->options);
    strvec_release(&f->warnings);
    strvec_release(&f->items);
    strvec_release(&f->events);
    strvec_release(&f->percents);
    strbuf_release(&f->log);
    free(f->context);
    free(f->dir);
    free(f);
    return 0;
}

void fixture_step_write(struct fixture_step *f, const char *name,
                        const char *text)
{
    char *path = fileio_join(f->dir, name);
    char *slash = strrchr(path, '/');
    struct error err = { 0 };

    *slash = '\0';
    assert_true(fileio_make_dirs(AT_FDCWD, path, 0755, &err));
    *slash = '/';
    assert_true(fileio_replace(AT_FDCWD, path, text, strlen(text), 0644,
                               FILEIO_LAZY, &err));
    free(path);
}

void fixture_step_set(struct fixture_step *f, const char *key,
                      const char *value)
{
    strvec_addf(&f->options, "%s=%s", key, value);
}

void fixture_step_open(struct fixture_step *f)
{
    struct error err = { 0 };

    assert_false(f->is_open);
    if (!project_load(&f->project, f->dir, NULL, &f->options, &err))
        fail_msg("%s", err.message);
    f->state = state_open(f->dir, NULL, STATE_WRITE, &err);
    f->is_open = true;
    f->request = (struct target_request){ .project = &f->project,
                                          .state = f->state,
                                          .clock = &f->clock,
                                          .command = "deploy" };
    f->deployment.request = &f->request;
    f->outcome.status = STATUS_COMPLETED;
}

struct fixture_server *fixture_step_cloud(struct fixture_step *f)
{
    f->cloud = fixture_server_new();
    setenv("AWS_ENDPOINT_URL", fixture_server_url(f->cloud), 1);
    setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE", 1);
    setenv("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG", 1);
    setenv("AWS_MAX_ATTEMPTS", "1", 1);
    fixture_step_set(f, "AWS_REGION", "us-east-1");
    return f->cloud;
}

struct fixture_server *fixture_step_docker(struct fixture_step *f)
{
    static const struct fixture_answer pong = {
        .status = 200,
        .headers = "Api-Version: 1.44\r\nOstype: linux\r\n"
                   "Server: Docker/25.0.0 (linux)\r\n",
        .body = "OK"
    };
    char *host;

    f->daemon = fixture_server_new();
    fixture_server_add(f->daemon, &pong);
    fixture_server_answer(f->daemon, 200,
                          "{\"Os\":\"linux\",\"Arch\":\"amd64\","
                          "\"MinAPIVersion\":\"1.24\"}");
    host = mem_format("tcp%s", fixture_server_url(f->daemon) + strlen("http"));
    setenv("DOCKER_HOST", host, 1);
    free(host);
    return f->daemon;
}

void fixture_step_refuse(struct fixture_step *f, int status, const char *code)
{
    char *body = mem_format("{\"__type\":\"%s\",\"message\":\"no\"}", code);

    fixture_server_answer(f->cloud, status, body);
    free(body);
}

void fixture_step_expect_success(const struct fixture_step *f)
{
    if (f->outcome.status != STATUS_COMPLETED)
        fail_msg("failed: %s\nlog:\n%s", f->outcome.message,
                 strbuf_text(&f->log));
}

void fixture_step_expect_failure(const struct fixture_step *f, int run_status,
                                 const char *message, const char *suggestion)
{
    if (f->outcome.status != STATUS_FAILED)
        fail_msg("it did not fail; log:\n%s", strbuf_text(&f->log));
    fixture_step_expect(f->outcome.message, message);
    if (suggestion)
        fixture_step_expect(f->outcome.suggestion, suggestion);
    assert_int_equal(f->outcome.run_status, run_status);
}

void fixture_step_git(struct fixture_step *f, const char *command)
{
    char *line;
    pid_t child;
    int status = 0;

    if (access("/usr/bin/git", X_OK) < 0 && access("/bin/git", X_OK) < 0)
        skip();
    line = mem_format("cd '%s' && exec >/dev/null 2>&1 && git -c user.name=t "
                      "-c user.email=t@example.org -c commit.gpgsign=false %s",
                      f->dir, command);
    child = fork();
    if (child == 0) {
        setenv("GIT_CONFIG_GLOBAL", "/dev/null", 1);
        setenv("GIT_CONFIG_SYSTEM", "/dev/null", 1);
        execl("/bin/sh", "sh", "-c", line, (char *)NULL);
        _exit(127);
    }
    free(line);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

void fixture_step_expect(const char *text, const char *part)
{
    if (!text || !strstr(text, part))
        fail_msg("no '%s' in:\n%s", part, text ? text : "(nothing)");
}

void fixture_step_expect_not(const char *text, const char *part)
{
    if (text && strstr(text, part))
        fail_msg("'%s' is in:\n%s", part, text);
}
