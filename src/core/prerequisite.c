#include "core/prerequisite.h"

#include "base/fileio.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "core/child.h"
#include "core/version.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { VERSION_WAIT_MS = 10000, VERSION_OUTPUT_LIMIT = 16384 };

char *prerequisite_find_command(const char *name)
{
    const char *path = getenv("PATH");
    struct strvec folders = { 0 };
    char *found = NULL;

    if (strchr(name, '/'))
        return access(name, X_OK) == 0 ? mem_text(name) : NULL;
    strvec_split(&folders, path ? path : "/usr/bin:/bin", ":");
    for (size_t i = 0; !found && i < folders.count; i++) {
        char *candidate = fileio_join(folders.items[i], name);
        struct stat info;

        if (stat(candidate, &info) == 0 && S_ISREG(info.st_mode) &&
            access(candidate, X_OK) == 0)
            found = candidate;
        else
            free(candidate);
    }
    strvec_release(&folders);
    return found;
}

static void keep_output(void *context, const char *bytes, size_t size)
{
    struct strbuf *output = context;

    if (output->len + size <= VERSION_OUTPUT_LIMIT)
        strbuf_add(output, bytes, size);
}

/* Asks the command for its version in the ways commands know. */
static bool ask_version(const char *path, char version[VERSION_TEXT_SIZE])
{
    static const char *const questions[] = { "--version", "version", "-version",
                                             "-V" };
    bool found = false;

    for (size_t i = 0; !found && i < 4; i++) {
        char *words[] = { mem_text(path), mem_text(questions[i]), NULL };
        struct strbuf output = { 0 };
        struct child_request request = { .argv = words,
                                         .marker_fd = -1,
                                         .timeout_ms = VERSION_WAIT_MS,
                                         .grace_ms = 500,
                                         .output = keep_output,
                                         .context = &output };
        struct child_result result;

        if (child_run(&request, &result, NULL))
            found =
                version_find(strbuf_text(&output), version, VERSION_TEXT_SIZE);
        strbuf_release(&output);
        free(words[0]);
        free(words[1]);
    }
    return found;
}

/* A command with a slash is the project's own, wherever we were started. */
static char *find_command(const struct project *project, const char *name)
{
    char *own, *found;

    if (!strchr(name, '/'))
        return prerequisite_find_command(name);
    own = fileio_join(project->dir, name);
    found = prerequisite_find_command(own);
    free(own);
    return found;
}

static bool check_command(const struct project *project,
                          const struct need *need, struct error *err)
{
    char *path = find_command(project, need->name);
    char version[VERSION_TEXT_SIZE];
    bool ok = true;

    if (!path) {
        error_set(err, ERROR_BLOCKED, "the command '%s' is not installed",
                  need->name);
        return error_hint(err, "install %s and make sure it is on the PATH",
                          need->name);
    }
    if (need->op != VERSION_ANY && !ask_version(path, version)) {
        error_set(err, ERROR_BLOCKED, "'%s' does not tell its version",
                  need->name);
        ok = error_hint(err, "run '%s --version' to see why; %s %s is needed",
                        path, version_operator_text(need->op), need->version);
    } else if (need->op != VERSION_ANY &&
               !version_operator_holds(version_compare(version, need->version),
                                       need->op)) {
        error_set(err, ERROR_BLOCKED, "'%s' is version %s, but %s %s is needed",
                  need->name, version, version_operator_text(need->op),
                  need->version);
        ok = error_hint(err, "install a suitable %s; the one found is %s",
                        need->name, path);
    }
    free(path);
    return ok;
}

static bool check_env(const struct project *project, const struct need *need,
                      struct error *err)
{
    const char *value = config_get(&project->config, need->name);

    if (!value)
        value = getenv(need->name);
    if (value && *value)
        return true;
    error_set(err, ERROR_BLOCKED, "%s is not set", need->name);
    return error_hint(err, "set it in .env, or export %s=...", need->name);
}

static bool check_file(const struct project *project, const struct need *need,
                       struct error *err)
{
    char *path = fileio_join(project->dir, need->name);
    bool found = fileio_exists(AT_FDCWD, path);

    free(path);
    if (found)
        return true;
    error_set(err, ERROR_BLOCKED, "the file '%s' does not exist", need->name);
    return error_hint(err, "create it, or run the step that does");
}

bool prerequisite_check(const struct project *project, const struct need *need,
                        struct error *err)
{
    switch (need->kind) {
    case NEED_COMMAND:
        return check_command(project, need, err);
    case NEED_ENV:
        return check_env(project, need, err);
    case NEED_FILE:
        return check_file(project, need, err);
    case NEED_STEP:
    case NEED_PROSE:
        break;
    }
    return true;
}
