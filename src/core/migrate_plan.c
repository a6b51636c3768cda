/* From what the scripts tell to the files of the project. */
#include "core/migrate.h"

#include "base/fileio.h"
#include "base/jsonx.h"
#include "base/mem.h"
#include "base/redact.h"
#include "core/config.h"
#include "core/envfile.h"
#include "core/setup_diff.h"
#include "core/setup_edit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FILE_LIMIT = 1 << 20, MOST_VERSIONS = 100 };

/* ---- secrets into .env ------------------------------------------------ */

/* What nobody looked at before it is shown: everything but the values of our
 * own keys. */
static bool is_hidden(void *context, const char *key)
{
    (void)context;
    if (redact_is_secret_name(key) || strcmp(key, "HEALTH_URL") == 0)
        return true;
    for (const struct config_key *row = config_keys(); row->name; row++) {
        if (strcmp(row->name, key) == 0)
            return false;
    }
    return strcmp(key, "DEPLOYMENT_TIMESTAMP") != 0;
}

static char *masked(const char *text)
{
    struct strbuf out = { 0 };

    setup_edit_mask(SETUP_ENV, text, strlen(text), is_hidden, NULL, &out);
    return strbuf_take(&out);
}

static void renew_diff(struct setup_file *file)
{
    char *old = masked(file->old), *text = masked(file->text);
    struct setup_diff diff =
        setup_diff(file->name, file->is_new ? NULL : old, text);

    free(file->diff);
    file->diff = diff.text;
    file->added = diff.added;
    file->removed = diff.removed;
    free(old);
    free(text);
}

static bool has_key(const char *text, const char *key)
{
    struct envfile file = { 0 };
    bool has =
        envfile_parse(".env", text, strlen(text), NULL, NULL, &file, NULL) &&
        envfile_value(&file, key);

    envfile_release(&file);
    return has;
}

static bool add_secrets(const struct migrate *migrate, struct setup_file *file,
                        struct migrate_plan *plan, struct error *err)
{
    struct strbuf text = { 0 };
    bool ok = true, any = false;

    strbuf_adds(&text, file->text);
    for (size_t i = 0; ok && i < migrate->found.count; i++) {
        const struct migrate_finding *finding = &migrate->found.findings[i];

        if (finding->kind != MIGRATE_SECRET || !finding->is_chosen)
            continue;
        if (has_key(strbuf_text(&text), finding->key)) {
            strvec_add(&plan->kept_secrets, finding->key);
            continue;
        }
        ok = setup_edit(SETUP_ENV, file->name, &text, finding->key,
                        finding->value, err);
        any = true;
    }
    if (ok && any) {
        free(file->text);
        file->text = mem_text(strbuf_text(&text));
        file->is_changed = true;
        renew_diff(file);
    }
    strbuf_release(&text);
    return ok;
}

/* setup_plan() has .env always: the environment belongs there. */
static bool plan_secrets(const struct migrate *migrate,
                         struct migrate_plan *plan, struct error *err)
{
    for (size_t i = 0; i < plan->files.count; i++) {
        if (strcmp(plan->files.items[i].name, ".env") == 0)
            return add_secrets(migrate, &plan->files.items[i], plan, err);
    }
    return true;
}

/* ---- service.json ----------------------------------------------------- */

/* The variables and references as the text of a service.json, NULL when there
 * are none; to free. */
static char *service_text(const struct migrate *migrate)
{
    json_t *maps[MIGRATE_KINDS] = {
        [MIGRATE_VARIABLE] = json_object(), [MIGRATE_REFERENCE] = json_object()
    };
    json_t *service = json_object();
    char *text = NULL, *with_newline = NULL;

    for (size_t i = 0; i < migrate->found.count; i++) {
        const struct migrate_finding *finding = &migrate->found.findings[i];

        if (finding->is_chosen && maps[finding->kind])
            jsonx_set_text(maps[finding->kind], finding->key, finding->value);
    }
    if (json_object_size(maps[MIGRATE_VARIABLE]))
        json_object_set(service, "environment", maps[MIGRATE_VARIABLE]);
    if (json_object_size(maps[MIGRATE_REFERENCE]))
        json_object_set(service, "secrets", maps[MIGRATE_REFERENCE]);
    if (json_object_size(service))
        text = json_dumps(service, JSON_INDENT(2));
    if (text)
        with_newline = mem_format("%s\n", text);
    free(text);
    json_decref(maps[MIGRATE_VARIABLE]);
    json_decref(maps[MIGRATE_REFERENCE]);
    json_decref(service);
    return with_newline;
}

/* What a file of the project holds; NULL when it is not there. To free. */
static char *content_of(const char *dir, const char *name)
{
    char *path = fileio_join(dir, name);
    struct strbuf text = { 0 };
    struct error err = { 0 };
    bool is_there = fileio_read(AT_FDCWD, path, FILE_LIMIT, &text, &err) ||
                    err.code != ERROR_NOT_FOUND;
    char *content = is_there ? mem_text(strbuf_text(&text)) : NULL;

    strbuf_release(&text);
    free(path);
    return content;
}

static bool is_same_json(const char *a, const char *b)
{
    json_t *left = jsonx_parse_object(a, strlen(a), NULL);
    json_t *right = jsonx_parse_object(b, strlen(b), NULL);
    bool same = left && right && json_equal(left, right);

    json_decref(left);
    json_decref(right);
    return same;
}

/* Takes the first name that is free, none where a file says the same. */
static void plan_service(const struct migrate *migrate,
                         struct migrate_plan *plan)
{
    static const char name[] = "service.json";
    char *text = service_text(migrate);
    bool done = !text;

    for (int i = 0; !done && i < MOST_VERSIONS; i++) {
        char *file = !i       ? mem_text(name)
                     : i == 1 ? mem_format("%s.migrated", name)
                              : mem_format("%s.migrated.%d", name, i);
        char *content = content_of(migrate->dir, file);

        if (content && !i)
            plan->has_service = true;
        if (!content) {
            plan->service_file = file;
            plan->service_text = text;
            plan->service_diff = setup_diff(file, NULL, text).text;
            file = text = NULL;
            done = true;
        } else {
            done = is_same_json(content, text);
        }
        free(content);
        free(file);
    }
    free(text);
}

/* Never over a file that came in between. */
static bool write_service(const struct migrate_plan *plan,
                          struct setup_result *result, struct error *err)
{
    char *path = fileio_join(plan->files.dir, plan->service_file);
    int fd =
        open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
    bool ok =
        fd >= 0 || error_set_errno(err, ERROR_IO, errno, "cannot create '%s'",
                                   plan->service_file);

    ok = ok && fileio_write_all(fd, plan->service_text,
                                strlen(plan->service_text), err);
    if (fd >= 0 && close(fd) < 0 && ok)
        ok = error_set_errno(err, ERROR_IO, errno, "cannot write '%s'",
                             plan->service_file);
    if (fd >= 0 && !ok)
        unlink(path);
    strvec_add(ok ? &result->written : &result->missing, plan->service_file);
    free(path);
    return ok;
}

/* ---- all of it -------------------------------------------------------- */

bool migrate_plan(const struct migrate *migrate, const struct setup *setup,
                  struct migrate_plan *plan, struct error *err)
{
    *plan = (struct migrate_plan){ 0 };
    if (!setup_plan(setup, &plan->files, err))
        return false;
    if (!plan_secrets(migrate, plan, err)) {
        migrate_plan_release(plan);
        return false;
    }
    plan_service(migrate, plan);
    return true;
}

bool migrate_plan_is_changed(const struct migrate_plan *plan)
{
    return plan->service_file || setup_files_are_changed(&plan->files);
}

void migrate_plan_release(struct migrate_plan *plan)
{
    setup_files_release(&plan->files);
    free(plan->service_file);
    free(plan->service_text);
    free(plan->service_diff);
    strvec_release(&plan->kept_secrets);
    *plan = (struct migrate_plan){ 0 };
}

static bool verify_one(const char *dir, const char *name, const char *text,
                       struct error *err)
{
    char *content = content_of(dir, name);
    bool ok = (content && strcmp(content, text) == 0) ||
              error_set(err, ERROR_IO, "'%s' is not as it was written", name);

    free(content);
    return ok;
}

/* The files hold what was planned, and can be read as a configuration. */
static bool verify(const struct migrate_plan *plan, struct error *err)
{
    struct config config = { 0 };
    bool ok = true;

    for (size_t i = 0; ok && i < plan->files.count; i++)
        ok = !plan->files.items[i].is_changed ||
             verify_one(plan->files.dir, plan->files.items[i].name,
                        plan->files.items[i].text, err);
    if (ok && plan->service_file)
        ok = verify_one(plan->files.dir, plan->service_file, plan->service_text,
                        err);
    ok = ok && config_load(&config, plan->files.dir, NULL, NULL, err);
    config_release(&config);
    return ok;
}

bool migrate_write(const struct migrate_plan *plan, struct setup_result *result,
                   struct error *err)
{
    if (!setup_write(&plan->files, result, err)) {
        if (plan->service_file)
            strvec_add(&result->missing, plan->service_file);
        return false;
    }
    return (!plan->service_file || write_service(plan, result, err)) &&
           verify(plan, err);
}
