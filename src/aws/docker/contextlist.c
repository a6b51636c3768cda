/*
 * A Dockerfile outside the folder goes along under a name of its own, and the
 * ignore file that is sent names it, so that the builder does not copy it: as
 * the docker command does.
 * https://github.com/docker/cli/blob/master/cli/command/image/build/context.go
 */
#include "aws/docker/contextlist.h"

#include "base/fileio.h"
#include "base/mem.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    IGNORE_LIMIT = 1 << 20,
    DOCKERFILE_LIMIT = 16 << 20,
    DEPTH_LIMIT = 200 /* folders; each holds a descriptor */
};

static const char ignore_name[] = ".dockerignore";
static const char outside_name[] = ".dockerfile.stepdeck";

/* ---- what goes along -------------------------------------------------- */

/* The Dockerfile and the ignore file: the builder needs them, and takes them
 * out itself. */
static bool is_needed(const struct contextlist *list, const char *path)
{
    return strcmp(path, ignore_name) == 0 ||
           strcmp(path, list->dockerfile) == 0;
}

/* Whether a needed file is below the folder `path`. */
static bool holds_needed(const struct contextlist *list, const char *path)
{
    size_t length = strlen(path);

    return strncmp(list->dockerfile, path, length) == 0 &&
           list->dockerfile[length] == '/';
}

bool contextlist_refuse(const struct contextlist *list, const char *path,
                        int number, struct error *err)
{
    error_set_errno(err, ERROR_INPUT, number,
                    "cannot read '%s' of the build context '%s'", path,
                    list->dir);
    return error_hint(err,
                      "make it readable, or name it in .dockerignore when the "
                      "image does not need it");
}

static bool walk(struct contextlist *list, int fd, const char *path, int depth,
                 struct error *err);

static bool walk_into(struct contextlist *list, int parent, const char *name,
                      const char *path, int depth, struct error *err)
{
    int fd;
    bool ok;

    if (depth >= DEPTH_LIMIT)
        return error_set(err, ERROR_INPUT,
                         "the folders of the build context are nested too "
                         "deep at '%s'",
                         path);
    fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT || contextlist_refuse(list, path, errno, err);
    ok = walk(list, fd, path, depth + 1, err);
    close(fd);
    return ok;
}

static bool add_path(struct contextlist *list, int parent, const char *name,
                     const char *path, const struct stat *info,
                     struct error *err)
{
    if (S_ISREG(info->st_mode)) {
        if (faccessat(parent, name, R_OK, 0) < 0 && errno == EACCES)
            return contextlist_refuse(list, path, errno, err);
        list->files++;
        list->bytes += info->st_size;
    } else if (S_ISLNK(info->st_mode)) {
        list->files++;
    }
    strvec_add(&list->paths, path);
    return true;
}

static bool walk_entry(struct contextlist *list, int parent, const char *name,
                       const char *path, int depth, struct error *err)
{
    struct stat info;
    bool is_dir, is_in;

    if (fstatat(parent, name, &info, AT_SYMLINK_NOFOLLOW) < 0)
        return errno == ENOENT || contextlist_refuse(list, path, errno, err);
    is_dir = S_ISDIR(info.st_mode);
    if (!is_dir && !S_ISREG(info.st_mode) && !S_ISLNK(info.st_mode))
        return true;
    is_in = !dockerignore_excludes(&list->ignore, path) ||
            (!is_dir && is_needed(list, path));
    /* The ignore file that is sent is not the one in the folder then. */
    if (list->is_outside && strcmp(path, ignore_name) == 0)
        return true;
    if (is_in && !add_path(list, parent, name, path, &info, err))
        return false;
    if (!is_dir || (!is_in && !holds_needed(list, path) &&
                    !dockerignore_may_return(&list->ignore, path)))
        return true;
    return walk_into(list, parent, name, path, depth, err);
}

static bool list_names(int fd, struct strvec *names)
{
    int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    DIR *dir = copy < 0 ? NULL : fdopendir(copy);
    struct dirent *entry;
    int failure;

    if (!dir) {
        failure = errno;
        if (copy >= 0)
            close(copy);
        errno = failure;
        return false;
    }
    errno = 0;
    while ((entry = readdir(dir)) != NULL) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            strvec_add(names, entry->d_name);
        errno = 0;
    }
    failure = errno;
    closedir(dir);
    errno = failure;
    return failure == 0;
}

/* `path` is "" for the context itself. */
static bool walk(struct contextlist *list, int fd, const char *path, int depth,
                 struct error *err)
{
    struct strvec names = { 0 };
    bool ok = list_names(fd, &names);

    if (!ok)
        contextlist_refuse(list, *path ? path : ".", errno, err);
    strvec_sort(&names);
    for (size_t i = 0; ok && i < names.count; i++) {
        char *below =
            mem_format("%s%s%s", path, *path ? "/" : "", names.items[i]);

        ok = walk_entry(list, fd, names.items[i], below, depth, err);
        free(below);
    }
    strvec_release(&names);
    return ok;
}

/* ---- the Dockerfile and the ignore file ------------------------------- */

/* "a/./b" as "a/b"; NULL for one that leaves the folder or is absolute. */
static char *name_inside(const char *path)
{
    struct strbuf out = { 0 };

    while (*path == '.' && path[1] == '/')
        path += 2;
    for (const char *at = path; *at; at += at[strcspn(at, "/")] == '/') {
        size_t length = strcspn(at, "/");

        if (at == path && !length) {
            strbuf_release(&out);
            return NULL;
        }
        if (length == 2 && strncmp(at, "..", 2) == 0) {
            strbuf_release(&out);
            return NULL;
        }
        if (length && !(length == 1 && *at == '.'))
            strbuf_addf(&out, "%s%.*s", out.len ? "/" : "", (int)length, at);
        at += length;
    }
    return strbuf_take(&out);
}

/* The name within the folder of a file anywhere; NULL when it is outside. */
static char *name_by_place(const char *dir, const char *path)
{
    char *parent = mem_text(path);
    char *slash = strrchr(parent, '/');
    char *real_dir = realpath(dir, NULL), *real_parent = NULL;
    char *name = NULL;
    size_t length;

    if (slash)
        slash[slash == parent] = '\0';
    real_parent = realpath(slash ? parent : ".", NULL);
    length = real_dir ? strlen(real_dir) : 0;
    if (length == 1)
        length = 0;
    if (real_dir && real_parent &&
        strncmp(real_parent, real_dir, length) == 0 &&
        (real_parent[length] == '/' || !real_parent[length])) {
        const char *rest = real_parent + length;

        rest += *rest == '/';
        name = mem_format("%s%s%s", rest, *rest ? "/" : "", fileio_base(path));
    }
    free(real_parent);
    free(real_dir);
    free(parent);
    return name;
}

static bool find_dockerfile(struct contextlist *list, const char *dockerfile,
                            char **path, struct error *err)
{
    struct stat info;

    if (!dockerfile || !*dockerfile)
        dockerfile = "Dockerfile";
    *path = fileio_join(list->dir, dockerfile);
    if (stat(*path, &info) < 0 || !S_ISREG(info.st_mode)) {
        error_set(err, ERROR_INPUT, "there is no Dockerfile '%s'", *path);
        return error_hint(err, "write one, or name the right one in the "
                               "configuration");
    }
    list->dockerfile = name_inside(dockerfile);
    if (!list->dockerfile)
        list->dockerfile = name_by_place(list->dir, *path);
    if (list->dockerfile)
        return true;
    list->is_outside = true;
    list->dockerfile = mem_text(outside_name);
    return fileio_read(AT_FDCWD, *path, DOCKERFILE_LIMIT,
                       &list->dockerfile_text, err);
}

/* DOCKERFILE.dockerignore, if there is one, stands for .dockerignore.
 * https://docs.docker.com/build/concepts/context/#filename-and-location */
static bool read_ignore(struct contextlist *list, const char *dockerfile,
                        struct error *err)
{
    char *own = mem_format("%s%s", dockerfile, ignore_name);
    bool has_own = fileio_exists(AT_FDCWD, own);
    const char *path = has_own ? own : ignore_name;
    struct error why = { 0 };
    bool ok = fileio_read(has_own ? AT_FDCWD : list->fd, path, IGNORE_LIMIT,
                          &list->ignore_text, &why);

    if (!ok && why.code == ERROR_NOT_FOUND) {
        ok = true;
    } else if (!ok) {
        error_set(err, ERROR_INPUT, "%s", why.message);
    } else {
        ok = dockerignore_parse(&list->ignore, strbuf_text(&list->ignore_text),
                                list->ignore_text.len, err);
        if (!ok)
            error_wrap(err, "'%s'", has_own ? own : path);
    }
    free(own);
    return ok;
}

/* What the builder itself is to leave out of the image. */
static void hide_outside(struct contextlist *list)
{
    bool had_none = !list->ignore_text.len;

    strbuf_addf(&list->ignore_text, "\n%s\n", outside_name);
    if (had_none)
        strbuf_addf(&list->ignore_text, "%s\n", ignore_name);
}

bool contextlist_read(struct contextlist *list, const char *dir,
                      const char *dockerfile, struct error *err)
{
    char *path = NULL;
    bool ok;

    list->dir = mem_text(dir);
    list->fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (list->fd < 0)
        return error_set_errno(err, ERROR_INPUT, errno,
                               "cannot open the build context '%s'", dir);
    list->is_open = true;
    ok = find_dockerfile(list, dockerfile, &path, err) &&
         read_ignore(list, path, err) && walk(list, list->fd, "", 0, err);
    if (ok && list->is_outside)
        hide_outside(list);
    free(path);
    return ok;
}

void contextlist_release(struct contextlist *list)
{
    if (list->is_open)
        close(list->fd);
    free(list->dir);
    free(list->dockerfile);
    strvec_release(&list->paths);
    strbuf_release(&list->dockerfile_text);
    strbuf_release(&list->ignore_text);
    dockerignore_release(&list->ignore);
    *list = (struct contextlist){ 0 };
}
