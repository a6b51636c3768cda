#include "emulator/standin_copy.h"

#include "base/fileio.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

/* One COPY: what to copy where. */
struct copy {
    const struct tarfile *context;
    struct tarfile *layer;
    char *target;
    bool into_folder; /* the target is one: the names stay */
    int mode;         /* of --chmod; -1 */
};

char *standin_copy_target(const char *workdir, const char *path)
{
    char *joined = fileio_join(workdir, path), *clean = tarfile_clean(joined);

    free(joined);
    return clean;
}

/* ---- flags ------------------------------------------------------------- */

static bool refuse(const char *what, struct error *err)
{
    error_set(err, ERROR_INPUT,
              "the stand-in for Docker cannot do '%.200s': a real Docker is "
              "needed",
              what);
    return error_hint(err, "start Docker, or leave it out for the rehearsal");
}

static bool take_flag(struct copy *copy, const char *flag, struct error *err)
{
    static const char chmod_flag[] = "--chmod=";
    const size_t size = sizeof(chmod_flag) - 1;

    if (strncmp(flag, chmod_flag, size) == 0) {
        char *end;
        long mode = strtol(flag + size, &end, 8);

        if (*end || mode < 0 || mode > 07777)
            return refuse(flag, err);
        copy->mode = (int)mode;
        return true;
    }
    /* Owners are all zero here: who runs the built-in service asks nobody. */
    if (strncmp(flag, "--chown=", 8) == 0 || strcmp(flag, "--link") == 0)
        return true;
    return refuse(flag, err);
}

/* ---- sources ----------------------------------------------------------- */

/* `*` and `?` do not match a slash, as in Go's filepath.Match. */
static bool matches(const char *pattern, const char *path)
{
    const char *star = NULL, *retry = NULL;

    while (*path) {
        if (*pattern == '*') {
            star = pattern++;
            retry = path;
        } else if (*pattern == *path || (*pattern == '?' && *path != '/')) {
            pattern++;
            path++;
        } else if (star && *retry != '/') {
            pattern = star + 1;
            path = ++retry;
        } else {
            return false;
        }
    }
    while (*pattern == '*')
        pattern++;
    return *pattern == '\0';
}

static void add(struct copy *copy, const char *target,
                const struct tarfile_entry *entry)
{
    struct tarfile_entry copied = *entry;

    if (copy->mode >= 0 && entry->kind != TARFILE_LINK)
        copied.mode = (unsigned)copy->mode;
    if (*target)
        tarfile_add(copy->layer, target, &copied);
}

/* What lies below the folder `source`, "" for all of it. */
static bool add_tree(struct copy *copy, const char *source)
{
    const size_t size = strlen(source);
    bool found = false;

    for (size_t i = 0; i < copy->context->count; i++) {
        const struct tarfile_entry *entry = &copy->context->items[i];
        const char *rest = entry->path;
        char *target;

        if (size && (strncmp(rest, source, size) != 0 || rest[size] != '/'))
            continue;
        rest += size ? size + 1 : 0;
        target = standin_copy_target(copy->target, rest);
        if (target)
            add(copy, target, entry);
        free(target);
        found = true;
    }
    return found;
}

static bool is_archive(const char *path)
{
    static const char *const ends[] = { ".tar",    ".tgz",     ".tar.gz",
                                        ".tar.xz", ".tar.bz2", ".tar.zst" };
    const size_t size = strlen(path);

    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
        size_t end = strlen(ends[i]);

        if (size >= end && strcmp(path + size - end, ends[i]) == 0)
            return true;
    }
    return false;
}

/* A folder gives what is in it, a file itself. */
static bool add_source(struct copy *copy, const char *source, bool is_add,
                       struct error *err)
{
    const struct tarfile_entry *entry = tarfile_find(copy->context, source);
    char *target;

    if (!*source || (entry && entry->kind == TARFILE_FOLDER)) {
        copy->into_folder = true;
        add_tree(copy, source); /* an empty one gives nothing */
        return true;
    }
    if (!entry)
        return add_tree(copy, source) ||
               error_set(err, ERROR_INPUT,
                         "COPY failed: file not found in build context or "
                         "excluded by .dockerignore: stat %.200s: file does "
                         "not exist",
                         source);
    if (is_add && is_archive(source))
        return refuse("ADD of an archive", err);
    target = copy->into_folder
                 ? standin_copy_target(copy->target, fileio_base(source))
                 : mem_text(copy->target);
    if (target)
        add(copy, target, entry);
    free(target);
    return true;
}

/* The paths that a source with wildcards means, or itself. */
static void find_sources(const struct tarfile *context, const char *source,
                         struct strvec *out)
{
    if (!strpbrk(source, "*?")) {
        strvec_add(out, source);
        return;
    }
    for (size_t i = 0; i < context->count; i++) {
        if (matches(source, context->items[i].path))
            strvec_add(out, context->items[i].path);
    }
}

static bool list_sources(const struct copy *copy, char *const *words,
                         size_t count, struct strvec *sources,
                         struct error *err)
{
    for (size_t i = 0; i < count; i++) {
        char *clean;

        if (strstr(words[i], "://") || strncmp(words[i], "git@", 4) == 0)
            return refuse("ADD of a URL", err);
        clean = tarfile_clean(words[i]);
        if (!clean)
            return error_set(err, ERROR_INPUT,
                             "COPY failed: forbidden path outside the build "
                             "context: %.200s",
                             words[i]);
        find_sources(copy->context, clean, sources);
        free(clean);
    }
    return sources->count > 0 ||
           error_set(err, ERROR_INPUT,
                     "COPY failed: no source files were specified");
}

bool standin_copy(const struct tarfile *context, struct tarfile *layer,
                  const char *workdir, bool is_add, const struct strvec *words,
                  struct error *err)
{
    struct copy copy = { .context = context, .layer = layer, .mode = -1 };
    struct strvec sources = { 0 };
    size_t first = 0, last;
    const struct tarfile_entry *there;
    const char *target;
    bool done = true;

    while (first < words->count && strncmp(words->items[first], "--", 2) == 0) {
        if (!take_flag(&copy, words->items[first++], err))
            return false;
    }
    if (words->count < first + 2)
        return error_set(err, ERROR_INPUT,
                         "COPY requires at least two arguments");
    last = words->count - 1;
    target = words->items[last];
    copy.target = standin_copy_target(workdir, target);
    if (!copy.target)
        return refuse("a target with '..'", err);
    there = tarfile_find(layer, copy.target);
    copy.into_folder = !*copy.target || target[strlen(target) - 1] == '/' ||
                       strcmp(fileio_base(target), ".") == 0 ||
                       (there && there->kind == TARFILE_FOLDER);
    done =
        list_sources(&copy, words->items + first, last - first, &sources, err);
    if (done && sources.count > 1 && !copy.into_folder)
        done = error_set(err, ERROR_INPUT,
                         "When using COPY with more than one source file, the "
                         "destination must be a directory and end with a /");
    for (size_t i = 0; done && i < sources.count; i++)
        done = add_source(&copy, sources.items[i], is_add, err);
    strvec_release(&sources);
    free(copy.target);
    return done;
}
