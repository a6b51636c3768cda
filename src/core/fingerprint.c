#include "core/fingerprint.h"

#include "base/digest.h"
#include "base/fileio.h"
#include "base/jsonx.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "base/strvec.h"
#include "core/state.h"

#include <dirent.h>
#include <fcntl.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { INPUT_DEPTH = 32 };

static const char *below(const struct project *project, const char *path)
{
    size_t size = strlen(project->dir);

    if (strncmp(path, project->dir, size) == 0 && path[size] == '/')
        return path + size + 1;
    return path;
}

/* A folder that is being listed, with those around it: one that contains
 * itself by a link is listed once. */
struct folder {
    const struct folder *outer;
    dev_t device;
    ino_t inode;
    int depth;
};

static bool is_being_listed(const struct folder *folder,
                            const struct stat *info)
{
    for (; folder; folder = folder->outer) {
        if (folder->inode == info->st_ino && folder->device == info->st_dev)
            return true;
    }
    return false;
}

static void add_input(json_t *inputs, const struct project *project,
                      const char *path, const struct folder *outer);

static void add_folder(json_t *inputs, const struct project *project,
                       const char *path, const struct folder *folder)
{
    DIR *dir = opendir(path);
    struct dirent *entry;

    while (dir && (entry = readdir(dir)) != NULL) {
        char *inner;

        /* Our own state changes with every step. */
        if (strcmp(entry->d_name, ".") == 0 ||
            strcmp(entry->d_name, "..") == 0 ||
            strcmp(entry->d_name, STATE_DIR) == 0)
            continue;
        inner = fileio_join(path, entry->d_name);
        add_input(inputs, project, inner, folder);
        free(inner);
    }
    if (dir)
        closedir(dir);
}

/* Adds a file, or all files below a folder; what cannot be read is recorded as
 * such, so that its becoming readable is a change. */
static void add_input(json_t *inputs, const struct project *project,
                      const char *path, const struct folder *outer)
{
    struct folder folder = { .outer = outer };
    char digest[DIGEST_TEXT_SIZE];
    struct stat info;

    if (stat(path, &info) < 0)
        return;
    if (!S_ISDIR(info.st_mode)) {
        bool ok =
            S_ISREG(info.st_mode) && digest_file(AT_FDCWD, path, digest, NULL);

        jsonx_set_text(inputs, below(project, path),
                       ok ? digest : "unreadable");
        return;
    }
    folder.device = info.st_dev;
    folder.inode = info.st_ino;
    folder.depth = outer ? outer->depth + 1 : 0;
    if (folder.depth <= INPUT_DEPTH && !is_being_listed(outer, &info))
        add_folder(inputs, project, path, &folder);
}

/* The pattern below the project's folder, whose own name is none. */
static char *absolute_pattern(const struct project *project,
                              const char *pattern)
{
    struct strbuf text = { 0 };

    if (pattern[0] != '/') {
        for (const char *c = project->dir; *c; c++) {
            if (strchr("*?[\\", *c))
                strbuf_addc(&text, '\\');
            strbuf_addc(&text, *c);
        }
        strbuf_addc(&text, '/');
    }
    strbuf_adds(&text, pattern);
    return strbuf_take(&text);
}

static json_t *digest_inputs(const struct project *project,
                             const struct step *step)
{
    json_t *inputs = json_object();

    for (size_t i = 0; i < step->header.inputs.count; i++) {
        char *pattern = absolute_pattern(project, step->header.inputs.items[i]);
        glob_t found = { 0 };

        if (glob(pattern, 0, NULL, &found) == 0) {
            for (size_t j = 0; j < found.gl_pathc; j++)
                add_input(inputs, project, found.gl_pathv[j], NULL);
        }
        globfree(&found);
        free(pattern);
    }
    return inputs;
}

json_t *fingerprint_make(const struct project *project, const struct step *step,
                         json_t *steps)
{
    json_t *fingerprint = json_object();
    json_t *environment = json_object();

    jsonx_set_text(fingerprint, "script", step->digest);
    for (size_t i = 0; i < step->need_count; i++) {
        char digest[DIGEST_TEXT_SIZE];
        const char *value;

        if (step->needs[i].kind != NEED_ENV)
            continue;
        value = config_get(&project->config, step->needs[i].name);
        if (!value)
            value = getenv(step->needs[i].name);
        if (!value)
            value = "";
        digest_bytes(value, strlen(value), digest);
        jsonx_set_text(environment, step->needs[i].name, digest);
    }
    json_object_set_new(fingerprint, "inputs", digest_inputs(project, step));
    json_object_set_new(fingerprint, "environment", environment);
    json_object_set_new(fingerprint, "steps", steps ? steps : json_object());
    return fingerprint;
}

void fingerprint_digest(const json_t *fingerprint, char text[DIGEST_TEXT_SIZE])
{
    char *line = json_dumps(fingerprint, JSON_COMPACT | JSON_SORT_KEYS);

    digest_bytes(line, strlen(line), text);
    free(line);
}

json_t *fingerprint_steps(const struct project *project,
                          const struct step *step, const struct state *state)
{
    json_t *steps = json_object();

    for (size_t i = 0; i < step->require_count; i++) {
        const char *id = project->steps[step->requires[i]].id;
        json_t *record = state_record(state, id, NULL);
        const json_t *fingerprint = json_object_get(record, "fingerprint");
        char digest[DIGEST_TEXT_SIZE];

        if (json_is_object(fingerprint)) {
            fingerprint_digest(fingerprint, digest);
            jsonx_set_text(steps, id, digest);
        }
        json_decref(record);
    }
    return steps;
}

/* The first member that was changed, added or removed. */
static char *differing_member(json_t *before, json_t *now)
{
    const char *key;
    json_t *value;

    json_object_foreach(now, key, value)
    {
        json_t *old = json_object_get(before, key);

        if (!old)
            return mem_format("%s is new", key);
        if (!json_equal(old, value))
            return mem_format("%s changed", key);
    }
    json_object_foreach(before, key, value)
    {
        if (!json_object_get(now, key))
            return mem_format("%s is gone", key);
    }
    return NULL;
}

static char *differing_step(json_t *before, json_t *now)
{
    const char *key;
    json_t *value;

    json_object_foreach(now, key, value)
    {
        json_t *old = json_object_get(before, key);

        if (old && !json_equal(old, value))
            return mem_format("%s, which it needs, changed", key);
    }
    return NULL;
}

char *fingerprint_difference(const json_t *before, const json_t *now)
{
    static const char *const parts[] = { "inputs", "environment" };
    char *difference = NULL;

    if (strcmp(jsonx_text(before, "script", ""),
               jsonx_text(now, "script", "")) != 0)
        return mem_text("the script changed");
    for (size_t i = 0; !difference && i < 2; i++)
        difference = differing_member(json_object_get(before, parts[i]),
                                      json_object_get(now, parts[i]));
    if (!difference)
        difference = differing_step(json_object_get(before, "steps"),
                                    json_object_get(now, "steps"));
    return difference;
}
