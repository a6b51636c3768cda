#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "fixture.h"

#include "base/fileio.h"
#include "base/mem.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void clear_environment(const char *dir)
{
    char *preferences = mem_format("%s/.preferences", dir);

    for (const struct config_key *key = config_keys(); key->name; key++)
        unsetenv(key->name);
    unsetenv("AWS_DEFAULT_REGION");
    unsetenv("DEPLOYMENT_STATE_DIR");
    setenv("XDG_CONFIG_HOME", preferences, 1);
    free(preferences);
}

int fixture_set_up(void **state)
{
    struct fixture *f = mem_new(1, sizeof(*f));
    char name[] = "/tmp/stepdeck_test.XXXXXX";

    if (!mkdtemp(name))
        return -1;
    f->dir = realpath(name, NULL);
    if (!f->dir || chmod(f->dir, 0755) < 0)
        return -1;
    clear_environment(f->dir);
    strvec_add(&f->options, "PROJECT_NAME=acme");
    *state = f;
    return 0;
}

static void release_project(struct fixture *f)
{
    if (f->has_plan)
        plan_release(&f->plan);
    f->has_plan = false;
    if (f->has_project)
        project_release(&f->project);
    f->has_project = false;
}

int fixture_tear_down(void **state)
{
    struct fixture *f = *state;
    bool removed;

    release_project(f);
    state_free(f->state);
    removed = fileio_remove_tree(AT_FDCWD, f->dir, NULL);
    strvec_release(&f->options);
    strvec_release(&f->kept);
    free(f->dir);
    free(f);
    target_reset();
    return removed ? 0 : -1;
}

const char *fixture_keep(struct fixture *f, char *text)
{
    if (text)
        strvec_take(&f->kept, text);
    return text;
}

const char *fixture_path(struct fixture *f, const char *name)
{
    return fixture_keep(f, fileio_join(f->dir, name));
}

static void put(struct fixture *f, const char *name, int flags, mode_t mode,
                const char *text)
{
    char *path = mem_text(fixture_path(f, name));
    char *slash = strrchr(path, '/');
    int fd;

    *slash = '\0';
    assert_true(fileio_make_dirs(AT_FDCWD, path, 0755, NULL));
    *slash = '/';
    fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | flags, mode);
    assert_true(fd >= 0);
    assert_int_equal(fchmod(fd, mode), 0);
    assert_true(fileio_write_all(fd, text, strlen(text), NULL));
    close(fd);
    free(path);
}

void fixture_write(struct fixture *f, const char *name, const char *text)
{
    put(f, name, O_TRUNC, 0644, text);
}

void fixture_append(struct fixture *f, const char *name, const char *text)
{
    put(f, name, O_APPEND, 0644, text);
}

void fixture_script(struct fixture *f, const char *name, const char *header,
                    const char *body)
{
    char *text = mem_format("#!/bin/sh\n%s%s\n", header ? header : "", body);

    put(f, name, O_TRUNC, 0755, text);
    free(text);
}

bool fixture_has(struct fixture *f, const char *name)
{
    return fileio_exists(AT_FDCWD, fixture_path(f, name));
}

const char *fixture_read(struct fixture *f, const char *name)
{
    struct strbuf text = { 0 };
    char *copy = NULL;

    if (fileio_read(AT_FDCWD, fixture_path(f, name), (size_t)1 << 30, &text,
                    NULL))
        copy = mem_bytes(strbuf_text(&text), text.len);
    strbuf_release(&text);
    return fixture_keep(f, copy);
}

void fixture_expect(struct fixture *f, const char *name, const char *text)
{
    const char *found = fixture_read(f, name);

    if (!found)
        fail_msg("there is no %s", name);
    assert_string_equal(found, text);
}

struct project *fixture_project(struct fixture *f)
{
    struct error err = { 0 };

    release_project(f);
    if (!project_load(&f->project, f->dir, NULL, &f->options, &err))
        fail_msg("%s (%s)", err.message, err.hint);
    f->has_project = true;
    return &f->project;
}

struct state *fixture_state(struct fixture *f)
{
    struct error warning = { 0 };

    if (!f->state)
        f->state = state_open(f->dir, NULL, STATE_WRITE, &warning);
    assert_string_equal(warning.message, "");
    return f->state;
}

const struct plan *fixture_plan(struct fixture *f,
                                const struct plan_request *request)
{
    struct plan_request usual = { .range = RANGE_DEPLOY };
    struct error err = { 0 };

    fixture_project(f);
    if (!f->state)
        fixture_state(f);
    if (!plan_make(&f->plan, &f->project, f->state, request ? request : &usual,
                   &err))
        fail_msg("%s (%s)", err.message, err.hint);
    f->has_plan = true;
    return &f->plan;
}

const struct plan_item *fixture_item(struct fixture *f, const char *step)
{
    for (size_t i = 0; i < f->plan.count; i++) {
        if (strcmp(plan_step(&f->plan, i)->id, step) == 0)
            return &f->plan.items[i];
    }
    fail_msg("%s is not in the plan", step);
    return NULL;
}

const struct step *fixture_step(struct fixture *f, const char *step)
{
    for (size_t i = 0; i < f->project.count; i++) {
        if (strcmp(f->project.steps[i].id, step) == 0)
            return &f->project.steps[i];
    }
    fail_msg("there is no %s", step);
    return NULL;
}

const char *fixture_state_file(struct fixture *f, const char *name)
{
    return fixture_keep(f, mem_format("%s/%s", STATE_DIR, name));
}

void fixture_expect_part(const char *text, const char *part)
{
    if (!text || !strstr(text, part))
        fail_msg("'%s' does not hold '%s'", text ? text : "(nothing)", part);
}

void fixture_expect_error(const struct error *err, enum error_code code,
                          const char *part, const char *hint)
{
    assert_int_equal(err->code, code);
    fixture_expect_part(err->message, part);
    fixture_expect_part(err->hint, hint);
}
