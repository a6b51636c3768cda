#include "core/lint_config.h"

#include "base/fileio.h"
#include "core/envfile.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

static const char *look_up(void *context, const char *key)
{
    (void)context;
    return getenv(key);
}

static const struct envfile_entry *find_entry(const struct envfile *entries,
                                              const char *key)
{
    for (size_t i = 0; i < entries->count; i++) {
        if (strcmp(entries->entries[i].key, key) == 0)
            return &entries->entries[i];
    }
    return NULL;
}

/* The values of known keys, whichever environment is in use. */
static bool check_values(struct lint *lint, const char *file,
                         const struct envfile *entries)
{
    bool ok = true;

    for (const struct config_key *key = config_keys(); key->name; key++) {
        const struct envfile_entry *entry = find_entry(entries, key->name);
        struct error err = { 0 };

        if (!key->check || !entry || !entry->value[0] ||
            key->check(entry->value, &err))
            continue;
        lint_add(lint, LINT_ERROR, "configuration", file, entry->line, err.hint,
                 "%s: %s", key->name, err.message);
        ok = false;
    }
    return ok;
}

/* False when the file has a fault, which is told. */
static bool check_env_file(struct lint *lint, const char *dir, const char *file)
{
    char *path = fileio_join(dir, file);
    struct envfile entries = { 0 };
    struct strbuf text = { 0 };
    struct error err = { 0 };
    bool ok = fileio_read(AT_FDCWD, path, ENVFILE_LARGEST, &text, &err) &&
              envfile_parse(file, strbuf_text(&text), text.len, look_up, NULL,
                            &entries, &err);

    if (!ok && err.code == ERROR_NOT_FOUND) {
        ok = true;
    } else {
        lint_begin_file(lint, file);
        if (!ok)
            lint_add_placed(lint, LINT_ERROR, "configuration", file,
                            err.message, err.hint);
        else
            ok = check_values(lint, file, &entries);
    }
    envfile_release(&entries);
    strbuf_release(&text);
    free(path);
    return ok;
}

static void check_target(struct lint *lint, struct project *project)
{
    const struct config_value *value;
    struct error err = { 0 };

    if (target_choose(&project->config, &project->target, &err))
        return;
    value = config_find(&project->config, "DEPLOY_TARGET");
    lint_add(lint, LINT_ERROR, "configuration", value ? value->file : NULL,
             value ? value->line : 0, err.hint, "%s", err.message);
}

void lint_config(struct lint *lint, const struct lint_request *request,
                 const struct strvec *files, struct project *project)
{
    struct error err = { 0 };
    bool ok = true;

    for (size_t i = 0; i < files->count; i++)
        ok = check_env_file(lint, project->dir, files->items[i]) && ok;
    if (!ok)
        return;
    if (!config_load(&project->config, project->dir, request->environment,
                     request->overrides, &err)) {
        lint_add_placed(lint, LINT_ERROR, "configuration", NULL, err.message,
                        err.hint);
        return;
    }
    for (size_t i = 0; i < project->config.warnings.count; i++)
        lint_add(lint, LINT_WARNING, "configuration", NULL, 0, NULL, "%s",
                 project->config.warnings.items[i]);
    check_target(lint, project);
}
