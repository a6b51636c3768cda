#include "fixture_wizard.h"

#include "base/fileio.h"
#include "base/mem.h"
#include "core/config.h"
#include "core/target.h"
#include "tui/loadsetup.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <setjmp.h>

#include <cmocka.h>

static int64_t fixed_time(void *context)
{
    (void)context;
    return SCREEN_TIME;
}

static void clear_environment(const char *home)
{
    for (const struct config_key *key = config_keys(); key->name; key++)
        unsetenv(key->name);
    unsetenv("AWS_DEFAULT_REGION");
    unsetenv("AWS_CONFIG_FILE");
    unsetenv("AWS_SHARED_CREDENTIALS_FILE");
    setenv("HOME", home, 1);
    setenv("XDG_CONFIG_HOME", home, 1);
}

int fixture_wizard_set_up(void **state)
{
    struct fixture_wizard *f = mem_new(1, sizeof(*f));
    char name[] = "/tmp/stepdeck_test.XXXXXX";

    if (!mkdtemp(name))
        return -1;
    f->dir = realpath(name, NULL);
    f->before = getcwd(NULL, 0);
    f->clock = (struct clock){ .wall_ms = fixed_time };
    clear_environment(f->dir);
    *state = f;
    fixture_wizard_name(f, "acme-api");
    screen_init(&f->model, &f->request);
    return 0;
}

int fixture_wizard_tear_down(void **state)
{
    struct fixture_wizard *f = *state;
    bool ok;

    model_release(&f->model);
    ok = chdir(f->before) == 0 && fileio_remove_tree(AT_FDCWD, f->dir, NULL);
    target_reset();
    free(f->copied);
    free(f->before);
    free(f->dir);
    free(f);
    return ok ? 0 : -1;
}

void fixture_wizard_name(struct fixture_wizard *f, const char *name)
{
    char *path = fileio_join(f->dir, name);

    assert_true(fileio_make_dirs(AT_FDCWD, path, 0755, NULL));
    assert_int_equal(chdir(path), 0);
    free(path);
}

void fixture_wizard_write(struct fixture_wizard *f, const char *name,
                          const char *text)
{
    const char *slash = strrchr(name, '/');

    (void)f;
    if (slash) {
        char *folder = mem_bytes(name, (size_t)(slash - name));

        assert_true(fileio_make_dirs(AT_FDCWD, folder, 0755, NULL));
        free(folder);
    }
    assert_true(fileio_replace(AT_FDCWD, name, text, strlen(text), 0644,
                               FILEIO_LAZY, NULL));
}

char *fixture_wizard_read(const char *name)
{
    struct strbuf text = { 0 };

    if (!fileio_read(AT_FDCWD, name, 1 << 20, &text, NULL)) {
        strbuf_release(&text);
        return NULL;
    }
    strbuf_addc(&text, '\0');
    return strbuf_take(&text);
}

void fixture_wizard_target(void)
{
    static const struct target_ops apprunner = { .name = "apprunner" };

    target_register(&apprunner);
}

/* ---- the loader's part ------------------------------------------------ */

static void do_job(struct fixture_wizard *f)
{
    struct loaded *loaded = screen_answer(LOAD_SETUP, NULL);
    const struct setup_request request = { .dir = ".", .clock = &f->clock };
    bool is_first;

    if (!wizard_take_job(&f->model, &loaded->setup)) {
        loaded_free(loaded);
        return;
    }
    is_first = !loaded->setup.setup;
    loadsetup_do(&loaded->setup, &loaded->error);
    /* The same with a clock that stands still. */
    if (is_first && loaded->setup.setup) {
        setup_free(loaded->setup.setup);
        loaded->setup.setup = setup_new(&request, &loaded->error);
    }
    model_loaded(&f->model, loaded);
    if (!f->is_hasty)
        model_tick(&f->model, f->model.now_ms + 1000);
}

void fixture_wizard_serve(struct fixture_wizard *f)
{
    struct request request;

    while (model_take(&f->model, &request)) {
        f->plans += request.kind == REQUEST_PLAN;
        f->leaves += request.kind == REQUEST_LEAVE;
        if (request.kind == REQUEST_COPY) {
            free(f->copied);
            f->copied = mem_text(request.text);
        }
        if (request.kind == REQUEST_SETUP)
            do_job(f);
        /* No cloud answers. */
        if (request.kind == REQUEST_LOAD && request.load == LOAD_OFFERS)
            model_loaded(&f->model, screen_answer(LOAD_OFFERS, NULL));
        request_release(&request);
    }
}

void fixture_wizard_open(struct fixture_wizard *f)
{
    model_show(&f->model, VIEW_WIZARD);
    fixture_wizard_serve(f);
}

void fixture_wizard_keys(struct fixture_wizard *f, const char *keys)
{
    struct strvec words = { 0 };

    strvec_split(&words, keys, " ");
    for (size_t i = 0; i < words.count; i++) {
        screen_keys(&f->model, words.items[i]);
        fixture_wizard_serve(f);
    }
    strvec_release(&words);
}

static bool is_at(const struct fixture_wizard *f, const char *key)
{
    const struct wizard_view *wizard = f->model.wizard;

    if (strcmp(key, "REVIEW") == 0)
        return wizard && wizard->stage == WIZARD_REVIEW;
    return strcmp(fixture_wizard_asks(f), key) == 0;
}

void fixture_wizard_go(struct fixture_wizard *f, const char *key)
{
    for (int i = 0; i < 20 && !is_at(f, key); i++)
        fixture_wizard_keys(f, "Enter");
    if (!is_at(f, key))
        fail_msg("no way leads to %s", key);
}

/* ---- what is seen ----------------------------------------------------- */

const char *fixture_wizard_asks(const struct fixture_wizard *f)
{
    const struct wizard_view *wizard = f->model.wizard;

    return wizard && wizard->stage == WIZARD_ASKING
               ? setup_current(wizard->setup)->key
               : "";
}

const char *fixture_wizard_field(const struct fixture_wizard *f)
{
    return field_text(&f->model.wizard->field);
}

bool fixture_wizard_shows(struct fixture_wizard *f, int columns, int rows,
                          const char *text)
{
    char *screen = screen_text(&f->model, columns, rows);
    bool found = strstr(screen, text) != NULL;

    free(screen);
    return found;
}

void fixture_wizard_expect(struct fixture_wizard *f, const char *text)
{
    char *screen = screen_text(&f->model, 100, 40);
    bool found = strstr(screen, text) != NULL;

    if (!found)
        print_error("%s", screen);
    free(screen);
    if (!found)
        fail_msg("'%s' is not on the screen", text);
}
