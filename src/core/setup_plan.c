/*
 * From answers to files. A value has a home: .env for what concerns this
 * machine, deployment-config.env for what is shared, environments/NAME.env for
 * what differs by environment. A file that hides the home's value (it ranks
 * above and has the key) gets it as well, or the answer would have no effect;
 * files that rank below are left as they are, for they serve others.
 */
#include "core/setup_private.h"

#include "base/clock.h"
#include "base/fileio.h"
#include "base/mem.h"
#include "base/redact.h"
#include "core/config.h"
#include "core/secrets.h"
#include "core/setup_diff.h"
#include "core/setup_edit.h"
#include "core/setup_hcl.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define STAMP "DEPLOYMENT_TIMESTAMP"

enum { TFVARS_LIMIT = 1 << 20 };

static const char tfvars_name[] = "terraform/terraform.tfvars";

/* A value that is to be written. */
struct setting {
    const char *key;
    const char *value;
    enum setup_home home;
};

struct plan {
    const struct setup *setup;
    struct setup_files *files;
    struct setting *settings;
    size_t count, capacity;
    bool has_overlay;
    bool is_split; /* else all of it goes into .env */
    char stamp[CLOCK_TEXT_SIZE];
    struct redact *redact;
    struct config config; /* the files' values, to know the secrets */
    struct error *err;
};

/* ---- what is to be written -------------------------------------------- */

static void add_setting(struct plan *plan, const char *key, const char *value,
                        enum setup_home home)
{
    plan->settings = mem_grow(plan->settings, plan->count, &plan->capacity,
                              sizeof(*plan->settings));
    plan->settings[plan->count++] = (struct setting){ key, value, home };
}

/* SERVICE_NAME alone would choose a target: it is said when it shall not. */
static bool must_be_told(const struct setup *setup, const char *key)
{
    const char *file;

    return strcmp(key, "DEPLOY_TARGET") == 0 &&
           (setup_is_answered(setup, "SERVICE_NAME") ||
            setup_existing_value(setup, "SERVICE_NAME", &file));
}

/* Keys without a question that differ by environment. */
static enum setup_home home_of(const char *key)
{
    static const char *const own[] = { "ACCESS_ROLE_ARN", "INSTANCE_ROLE_ARN",
                                       "HEALTH_URL", "SERVICE_CONFIG" };

    for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
        if (strcmp(own[i], key) == 0)
            return SETUP_ENVIRONMENT;
    }
    return SETUP_SHARED;
}

static bool is_written(const struct setup *setup,
                       const struct setup_question *row)
{
    return row->home != SETUP_NOWHERE && (setup_is_asked(setup, row->key) ||
                                          setup_is_answered(setup, row->key) ||
                                          must_be_told(setup, row->key));
}

static bool collect(struct plan *plan)
{
    const struct setup *setup = plan->setup;

    for (const struct setup_question *row = setup_questions(); row->key;
         row++) {
        const char *value = setup_value(setup, row->key);

        if (setup_is_asked(setup, row->key) &&
            !setup_check(setup, row->key, value, plan->err)) {
            error_wrap(plan->err, "%s", row->key);
            return false;
        }
        if (is_written(setup, row))
            add_setting(plan, row->key, value, row->home);
    }
    for (size_t i = 0; i < setup->extra_count; i++)
        add_setting(plan, setup->extras[i].key, setup->extras[i].value,
                    home_of(setup->extras[i].key));
    return true;
}

/* ---- secrets ---------------------------------------------------------- */

static void learn_secrets(struct plan *plan)
{
    struct config *config = &plan->config;

    for (size_t rank = 0; rank < SETUP_RANKS; rank++) {
        const struct setup_existing *file = plan->setup->ranked[rank];

        for (size_t i = 0; file && i < file->entries.count; i++) {
            const struct envfile_entry *entry = &file->entries.entries[i];

            config->values =
                mem_grow(config->values, config->count, &config->capacity,
                         sizeof(*config->values));
            config->values[config->count++] =
                (struct config_value){ .key = mem_text(entry->key),
                                       .value = mem_text(entry->value),
                                       .origin = CONFIG_FILE,
                                       .file = mem_text(file->name),
                                       .line = entry->line };
        }
    }
    plan->redact = secrets_collect(config);
}

static bool is_secret(void *context, const char *key)
{
    return config_is_secret(context, key);
}

/* The text as it may be shown: to free. */
static char *masked(struct plan *plan, enum setup_syntax syntax,
                    const char *text)
{
    struct strbuf values = { 0 }, all = { 0 };

    setup_edit_mask(syntax, text, strlen(text), is_secret, &plan->config,
                    &values);
    redact_text(plan->redact, strbuf_text(&values), values.len, &all);
    strbuf_release(&values);
    return strbuf_take(&all);
}

/* ---- files ------------------------------------------------------------ */

static bool is_symbolic_link(const struct plan *plan, const char *name)
{
    char *path = fileio_join(plan->files->dir, name);
    struct stat info;
    bool is = lstat(path, &info) == 0 && S_ISLNK(info.st_mode);

    free(path);
    return is;
}

/* A file that changes must be one of the project's own. */
static bool check_place(struct plan *plan, const char *name)
{
    char *part = mem_bytes(name, strcspn(name, "/"));
    bool is_link = is_symbolic_link(plan, part) || is_symbolic_link(plan, name);

    if (is_link) {
        error_set(plan->err, ERROR_INPUT,
                  "'%s' is reached by a symbolic link, which is not written "
                  "through",
                  name);
        error_hint(plan->err, "put a file of the project in the link's place, "
                              "or make the change by hand");
    }
    free(part);
    return !is_link;
}

/* The permissions: an existing file keeps its own, but nobody else reads
 * .env. */
static mode_t mode_of(const struct plan *plan, const char *name)
{
    char *path = fileio_join(plan->files->dir, name);
    struct stat info;
    mode_t mode = 0644;

    if (strcmp(name, ".env") == 0)
        mode = 0600;
    else if (stat(path, &info) == 0)
        mode = info.st_mode & 0777;
    free(path);
    return mode;
}

/* Takes `text`. */
static bool add_file(struct plan *plan, const char *name,
                     enum setup_syntax syntax, const char *old,
                     struct strbuf *text)
{
    struct setup_file *file = &plan->files->items[plan->files->count++];
    char *shown_old, *shown;
    struct setup_diff diff;

    *file = (struct setup_file){ .name = mem_text(name),
                                 .is_new = !old,
                                 .old = mem_text(old ? old : ""),
                                 .text = mem_text(strbuf_text(text)),
                                 .mode = mode_of(plan, name) };
    strbuf_release(text);
    file->is_changed = !old || strcmp(file->old, file->text) != 0;
    shown_old = masked(plan, syntax, file->old);
    shown = masked(plan, syntax, file->text);
    diff = setup_diff(name, old ? shown_old : NULL, shown);
    file->diff = diff.text;
    file->added = diff.added;
    file->removed = diff.removed;
    free(shown_old);
    free(shown);
    return !file->is_changed || check_place(plan, name);
}

/* ---- KEY=VALUE files -------------------------------------------------- */

static size_t home_rank(const struct plan *plan, const struct setting *setting)
{
    if (setting->home == SETUP_MACHINE || !plan->is_split)
        return SETUP_MACHINE_RANK;
    return setting->home == SETUP_ENVIRONMENT && plan->has_overlay
               ? SETUP_OVERLAY_RANK
               : SETUP_SHARED_RANK;
}

static const char *value_at(const struct plan *plan, size_t rank,
                            const char *key)
{
    const struct setup_existing *file = plan->setup->ranked[rank];

    return file ? envfile_value(&file->entries, key) : NULL;
}

/* Whether a file below still gives the key a value. */
static bool shows_through(const struct plan *plan, size_t rank, const char *key)
{
    for (size_t below = rank + 1; below < SETUP_RANKS; below++) {
        const char *value = value_at(plan, below, key);

        if (value)
            return *value;
    }
    return false;
}

static bool apply_setting(struct plan *plan, const struct setting *setting,
                          size_t rank, const char *name, struct strbuf *text)
{
    size_t home = home_rank(plan, setting);
    const char *present = value_at(plan, rank, setting->key);
    bool is_chooser = strcmp(setting->key, "ENVIRONMENT") == 0;

    /* The overlay's own ENVIRONMENT chooses nothing. */
    if (rank > home || (rank < home && !present) ||
        (is_chooser && rank == SETUP_OVERLAY_RANK))
        return true;
    if (*setting->value)
        return (present && strcmp(present, setting->value) == 0) ||
               setup_edit(SETUP_ENV, name, text, setting->key, setting->value,
                          plan->err);
    if (rank == home && shows_through(plan, rank, setting->key))
        return (present && !*present) ||
               setup_edit(SETUP_ENV, name, text, setting->key, "", plan->err);
    return !present ||
           setup_edit(SETUP_ENV, name, text, setting->key, NULL, plan->err);
}

/* The first line of a file that was not there. */
static void begin_file(const struct plan *plan, size_t rank,
                       struct strbuf *text)
{
    if (rank == SETUP_MACHINE_RANK && plan->is_split)
        strbuf_adds(text, "# This machine's settings, not for git. They win "
                          "over deployment-config.env.\n");
    else if (rank == SETUP_MACHINE_RANK)
        strbuf_adds(text, "# Configuration of the deployment, not for git.\n");
    else if (rank == SETUP_SHARED_RANK)
        strbuf_adds(text, "# Shared by all who deploy this project: .env and "
                          "environments/NAME.env win.\n");
    else
        strbuf_addf(text,
                    "# The environment %s: wins over .env and "
                    "deployment-config.env.\n",
                    setup_value(plan->setup, "ENVIRONMENT"));
}

static bool is_home(const struct plan *plan, size_t rank)
{
    for (size_t i = 0; i < plan->count; i++) {
        if (home_rank(plan, &plan->settings[i]) == rank)
            return true;
    }
    return rank == SETUP_OVERLAY_RANK && plan->is_split;
}

static bool plan_env(struct plan *plan, size_t rank, const char *name)
{
    const struct setup_existing *file = plan->setup->ranked[rank];
    const char *old = file ? strbuf_text(&file->text) : NULL;
    struct strbuf text = { 0 };
    bool ok = true;

    if (!file && !is_home(plan, rank))
        return true;
    if (file)
        strbuf_add(&text, old, file->text.len);
    else
        begin_file(plan, rank, &text);
    for (size_t i = 0; ok && i < plan->count; i++)
        ok = apply_setting(plan, &plan->settings[i], rank, name, &text);
    if (ok && (!old || strcmp(old, strbuf_text(&text)) != 0 ||
               (is_home(plan, rank) && !value_at(plan, rank, STAMP))))
        ok = setup_edit(SETUP_ENV, name, &text, STAMP, plan->stamp, plan->err);
    ok = ok && add_file(plan, name, SETUP_ENV, old, &text);
    strbuf_release(&text);
    return ok;
}

/* ---- terraform.tfvars ------------------------------------------------- */

static bool is_declared(const struct plan *plan, const char *variable)
{
    char *path = fileio_join(plan->files->dir, "terraform");
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    struct strvec names = { 0 };
    bool found = false;

    free(path);
    if (fd < 0 || !fileio_list(fd, &names, NULL))
        names.count = 0;
    for (size_t i = 0; !found && i < names.count; i++) {
        const char *name = names.items[i];
        size_t size = strlen(name);
        struct strbuf text = { 0 };

        if (size > 3 && strcmp(name + size - 3, ".tf") == 0 &&
            fileio_read(fd, name, TFVARS_LIMIT, &text, NULL))
            found = setup_hcl_declares(strbuf_text(&text), text.len, variable);
        strbuf_release(&text);
    }
    strvec_release(&names);
    if (fd >= 0)
        close(fd);
    return found;
}

static char *variable_of(const char *key)
{
    char *name = mem_text(key);

    for (char *byte = name; *byte; byte++)
        *byte = (char)tolower((unsigned char)*byte);
    return name;
}

static bool apply_variable(struct plan *plan, const struct setting *setting,
                           struct strbuf *text)
{
    static const char *const always[] = { "PROJECT_NAME", "ENVIRONMENT",
                                          "AWS_REGION" };
    char *variable = variable_of(setting->key);
    bool is_wanted = false, ok;

    for (size_t i = 0; i < sizeof(always) / sizeof(always[0]); i++)
        is_wanted = is_wanted || strcmp(always[i], setting->key) == 0;
    is_wanted = *setting->value && (is_wanted || is_declared(plan, variable));
    ok = !is_wanted || setup_edit(SETUP_HCL, tfvars_name, text, variable,
                                  setting->value, plan->err);
    free(variable);
    return ok;
}

static bool read_tfvars(struct plan *plan, struct strbuf *text, bool *is_there)
{
    char *path = fileio_join(plan->files->dir, tfvars_name);
    struct error reading = { 0 };

    *is_there = fileio_read(AT_FDCWD, path, TFVARS_LIMIT, text, &reading);
    free(path);
    if (*is_there || reading.code == ERROR_NOT_FOUND)
        return true;
    if (plan->err)
        *plan->err = reading;
    return false;
}

static bool plan_tfvars(struct plan *plan)
{
    struct strbuf old = { 0 }, text = { 0 };
    bool is_there, ok;

    if (!setup_is_asked(plan->setup, "SETUP_TERRAFORM") ||
        strcmp(setup_value(plan->setup, "SETUP_TERRAFORM"), "yes") != 0)
        return true;
    ok = read_tfvars(plan, &old, &is_there);
    strbuf_add(&text, strbuf_text(&old), old.len);
    if (!is_there)
        strbuf_adds(&text, "# Written by stepdeck setup; lines of yours are "
                           "kept.\n");
    for (size_t i = 0; ok && i < plan->count; i++)
        ok = apply_variable(plan, &plan->settings[i], &text);
    if (ok && (!is_there || strcmp(strbuf_text(&old), strbuf_text(&text)) != 0))
        ok = setup_edit(SETUP_HCL, tfvars_name, &text, "deployment_timestamp",
                        plan->stamp, plan->err);
    ok = ok && add_file(plan, tfvars_name, SETUP_HCL,
                        is_there ? strbuf_text(&old) : NULL, &text);
    strbuf_release(&text);
    strbuf_release(&old);
    return ok;
}

/* ---- all of it -------------------------------------------------------- */

static bool plan_files(struct plan *plan, const char *overlay)
{
    return plan_env(plan, SETUP_MACHINE_RANK, ".env") &&
           plan_env(plan, SETUP_SHARED_RANK, "deployment-config.env") &&
           (!plan->has_overlay ||
            plan_env(plan, SETUP_OVERLAY_RANK, overlay)) &&
           plan_tfvars(plan);
}

bool setup_plan(const struct setup *setup, struct setup_files *files,
                struct error *err)
{
    const char *environment = setup_value(setup, "ENVIRONMENT");
    char *overlay = mem_format("environments/%s.env", environment);
    struct plan plan = { .setup = setup, .files = files, .err = err };
    bool ok;

    *files = (struct setup_files){ .dir = mem_text(setup->dir) };
    clock_format_seconds(clock_wall(setup->clock), plan.stamp);
    plan.is_split = strcmp(setup_value(setup, "SETUP_FILES"), "env") != 0;
    plan.has_overlay = setup->ranked[SETUP_OVERLAY_RANK] ||
                       (plan.is_split && strcmp(environment, "dev") != 0);
    learn_secrets(&plan);
    ok = collect(&plan) && plan_files(&plan, overlay);
    if (!ok)
        setup_files_release(files);
    redact_free(plan.redact);
    config_release(&plan.config);
    free(plan.settings);
    free(overlay);
    return ok;
}

void setup_files_release(struct setup_files *files)
{
    for (size_t i = 0; i < files->count; i++) {
        free(files->items[i].name);
        free(files->items[i].old);
        free(files->items[i].text);
        free(files->items[i].diff);
    }
    free(files->dir);
    *files = (struct setup_files){ 0 };
}

bool setup_files_are_changed(const struct setup_files *files)
{
    for (size_t i = 0; i < files->count; i++) {
        if (files->items[i].is_changed)
            return true;
    }
    return false;
}
