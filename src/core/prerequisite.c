#include "core/prerequisite.h"

#include "base/cancel.h"
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

enum {
    VERSION_WAIT_MS = 5000,
    VERSION_GRACE_MS = 500,
    VERSION_OUTPUT_LIMIT = 16384
};

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

/* One question; how the command ended tells whether another makes sense. */
static bool ask(const char *path, const char *question, struct cancel *cancel,
                enum child_end *end, char version[VERSION_TEXT_SIZE])
{
    char *words[] = { mem_text(path), mem_text(question), NULL };
    struct strbuf output = { 0 };
    struct child_request request = { .argv = words,
                                     .marker_fd = -1,
                                     .timeout_ms = VERSION_WAIT_MS,
                                     .grace_ms = VERSION_GRACE_MS,
                                     .cancel = cancel,
                                     .output = keep_output,
                                     .context = &output };
    struct child_result result = { .end = CHILD_EXITED };
    bool found = child_run(&request, &result, NULL) &&
                 result.end != CHILD_CANCELLED &&
                 version_find(strbuf_text(&output), version, VERSION_TEXT_SIZE);

    *end = result.end;
    strbuf_release(&output);
    free(words[0]);
    free(words[1]);
    return found;
}

/* Asks the command for its version in the ways commands know, a program of the
 * project (its name has a slash) only in the usual one: to another word it
 * might set to work. */
static bool ask_version(const struct need *need, const char *path,
                        struct cancel *cancel, char version[VERSION_TEXT_SIZE],
                        struct error *err)
{
    static const char *const questions[] = { "--version", "version", "-version",
                                             "-V" };
    size_t count =
        strchr(need->name, '/') ? 1 : sizeof(questions) / sizeof(questions[0]);
    enum child_end end = CHILD_EXITED;

    for (size_t i = 0; i < count && end != CHILD_TIMED_OUT; i++) {
        if (cancel && cancel_level(cancel) != CANCEL_NONE)
            end = CHILD_CANCELLED;
        else if (ask(path, questions[i], cancel, &end, version))
            return true;
        if (end == CHILD_CANCELLED)
            return error_set(err, ERROR_CANCELLED,
                             "cancelled while '%s' was asked for its version",
                             need->name);
    }
    error_set(err, ERROR_BLOCKED, "'%s' does not %s", need->name,
              end == CHILD_TIMED_OUT ? "answer --version" : "tell its version");
    return error_hint(err, "run '%s --version' to see why; %s %s is needed",
                      path, version_operator_text(need->op), need->version);
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

static bool check_version(const struct need *need, const char *path,
                          struct cancel *cancel, struct error *err)
{
    char version[VERSION_TEXT_SIZE];

    if (!ask_version(need, path, cancel, version, err))
        return false;
    if (version_operator_holds(version_compare(version, need->version),
                               need->op))
        return true;
    error_set(err, ERROR_BLOCKED, "'%s' is version %s, but %s %s is needed",
              need->name, version, version_operator_text(need->op),
              need->version);
    return error_hint(err, "install a suitable %s; the one found is %s",
                      need->name, path);
}

static bool check_command(const struct project *project,
                          const struct need *need, struct cancel *cancel,
                          struct error *err)
{
    char *path = find_command(project, need->name);
    bool ok;

    if (!path) {
        error_set(err, ERROR_BLOCKED, "the command '%s' is not installed",
                  need->name);
        return error_hint(err, "install %s and make sure it is on the PATH",
                          need->name);
    }
    ok = need->op == VERSION_ANY || check_version(need, path, cancel, err);
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
                        struct cancel *cancel, struct error *err)
{
    switch (need->kind) {
    case NEED_COMMAND:
        return check_command(project, need, cancel, err);
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
