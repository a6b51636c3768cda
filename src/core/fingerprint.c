#include "core/fingerprint.h"

#include "base/digest.h"
#include "base/fileio.h"
#include "base/jsonx.h"
#include "base/mem.h"
#include "base/strvec.h"

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

/* Adds a file, or all files below a folder; what cannot be read is recorded as
 * such, so that its becoming readable is a change. */
static void add_input(json_t *inputs, const struct project *project,
                      const char *path, int depth)
{
    char digest[DIGEST_TEXT_SIZE];
    struct dirent *entry;
    struct stat info;
    DIR *dir;

    if (depth > INPUT_DEPTH || stat(path, &info) < 0)
        return;
    if (!S_ISDIR(info.st_mode)) {
        bool ok =
            S_ISREG(info.st_mode) && digest_file(AT_FDCWD, path, digest, NULL);

        jsonx_set_text(inputs, below(project, path),
                       ok ? digest : "unreadable");
        return;
    }
    dir = opendir(path);
    while (dir && (entry = readdir(dir)) != NULL) {
        char *inner;

        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        inner = fileio_join(path, entry->d_name);
        add_input(inputs, project, inner, depth + 1);
        free(inner);
    }
    if (dir)
        closedir(dir);
}

static json_t *digest_inputs(const struct project *project,
                             const struct step *step)
{
    json_t *inputs = json_object();

    for (size_t i = 0; i < step->header.inputs.count; i++) {
        char *pattern = fileio_join(project->dir, step->header.inputs.items[i]);
        glob_t found = { 0 };

        if (glob(pattern, 0, NULL, &found) == 0) {
            for (size_t j = 0; j < found.gl_pathc; j++)
                add_input(inputs, project, found.gl_pathv[j], 0);
        }
        globfree(&found);
        free(pattern);
    }
    return inputs;
}

json_t *fingerprint_make(const struct project *project, const struct step *step)
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
    return fingerprint;
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
    return difference;
}
