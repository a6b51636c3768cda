#include "cli/scaffold.h"

#include "base/embedded.h"
#include "base/fileio.h"
#include "base/mem.h"
#include "base/strbuf.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char step_template[] = "step-template.sh";

enum { IGNORE_FILE_LIMIT = 1 << 20 };

/* ---- one file --------------------------------------------------------- */

struct placeholder {
    const char *name;
    const char *value;
};

/* The text of a file with its placeholders filled in. */
static void fill_in(const struct embedded_file *file,
                    const struct placeholder *placeholders, size_t count,
                    struct strbuf *out)
{
    const char *next = (const char *)file->bytes;
    const char *end = next + file->size;

    while (next < end) {
        const char *at = memchr(next, '@', (size_t)(end - next));
        size_t i = 0;

        at = at ? at : end;
        strbuf_add(out, next, (size_t)(at - next));
        next = at;
        if (at == end)
            break;
        while (i < count && strncmp(at, placeholders[i].name,
                                    strlen(placeholders[i].name)) != 0)
            i++;
        if (i < count) {
            strbuf_adds(out, placeholders[i].value);
            next += strlen(placeholders[i].name);
        } else {
            strbuf_addc(out, *next++);
        }
    }
}

enum creation { CREATED, EXISTS, FAILED };

/* Creates the file; one that could not be written as a whole is removed, so
 * that the next attempt does not take it for the user's. */
static enum creation create_file(int dir_fd, const char *name, mode_t mode,
                                 const struct strbuf *text, struct error *err)
{
    int fd = openat(dir_fd, name,
                    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
    bool ok;

    if (fd < 0 && errno == EEXIST)
        return EXISTS;
    if (fd < 0) {
        error_set_errno(err, ERROR_IO, errno, "cannot create '%s'", name);
        return FAILED;
    }
    ok = fileio_write_all(fd, strbuf_text(text), text->len, err);
    if (close(fd) != 0 && ok)
        ok = error_set_errno(err, ERROR_IO, errno, "cannot finish the file");
    if (ok)
        return CREATED;
    (void)!unlinkat(dir_fd, name, 0);
    error_wrap(err, "'%s'", name);
    return FAILED;
}

static mode_t mode_of(const struct embedded_file *file)
{
    return file->executable ? 0755 : 0644;
}

/* ---- the structure ---------------------------------------------------- */

/* The folder's name with nothing in it that means something to a shell. */
static char *project_name(const char *dir)
{
    char *real = realpath(dir, NULL);
    char *name = mem_text(real ? fileio_base(real) : "project");

    for (char *byte = name; *byte; byte++) {
        if (!isalnum((unsigned char)*byte) && !strchr("._-", *byte))
            *byte = '-';
    }
    free(real);
    return name;
}

/* Version control would swallow a `.gitignore` in our own sources. */
static const char *target_name(const struct embedded_file *file)
{
    return strcmp(file->path, "gitignore") == 0 ? ".gitignore" : file->path;
}

static bool write_file(int dir_fd, const struct embedded_file *file,
                       const char *project, struct scaffold_result *result,
                       struct error *err)
{
    struct placeholder placeholders[] = { { "@PROJECT@", project } };
    const char *name = target_name(file);
    const char *slash = strrchr(name, '/');
    struct strbuf text = { 0 };
    enum creation creation = FAILED;
    char *folder =
        slash ? mem_bytes(name, (size_t)(slash - name)) : mem_text(".");

    if (slash && !fileio_make_dirs(dir_fd, folder, 0777, err))
        goto out;
    fill_in(file, placeholders, 1, &text);
    creation = create_file(dir_fd, name, mode_of(file), &text, err);
    if (creation != FAILED)
        strvec_add(creation == CREATED ? &result->written : &result->kept,
                   name);
out:
    strbuf_release(&text);
    free(folder);
    return creation != FAILED;
}

static int open_target(const char *dir, struct error *err)
{
    int fd;

    if (!fileio_exists(AT_FDCWD, dir) &&
        !fileio_make_dirs(AT_FDCWD, dir, 0777, err))
        return -1;
    fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        error_set_errno(err, ERROR_IO, errno, "cannot open '%s'", dir);
    return fd;
}

bool scaffold_write(const char *dir, struct scaffold_result *result,
                    struct error *err)
{
    int dir_fd = open_target(dir, err);
    bool ok = dir_fd >= 0;
    char *project;

    if (!ok)
        return false;
    project = project_name(dir);
    for (const struct embedded_file *file = scaffold_files; ok && file->path;
         file++) {
        if (strcmp(file->path, step_template) != 0)
            ok = write_file(dir_fd, file, project, result, err);
    }
    free(project);
    close(dir_fd);
    return ok;
}

void scaffold_result_release(struct scaffold_result *result)
{
    strvec_release(&result->written);
    strvec_release(&result->kept);
}

static const struct embedded_file *find_file(const char *path)
{
    const struct embedded_file *file = scaffold_files;

    while (file->path && strcmp(file->path, path) != 0)
        file++;
    return file->path ? file : NULL;
}

void scaffold_missing_ignores(const char *dir, struct strvec *lines)
{
    const struct embedded_file *ours = find_file("gitignore");
    char *path = fileio_join(dir, ".gitignore");
    struct strbuf text = { 0 };
    struct strvec theirs = { 0 }, wanted = { 0 };

    if (ours && fileio_read(AT_FDCWD, path, IGNORE_FILE_LIMIT, &text, NULL)) {
        strvec_split(&theirs, strbuf_text(&text), "\n");
        strvec_split(&wanted, (const char *)ours->bytes, "\n");
        for (size_t i = 0; i < wanted.count; i++) {
            if (wanted.items[i][0] != '#' &&
                !strvec_has(&theirs, wanted.items[i]))
                strvec_add(lines, wanted.items[i]);
        }
    }
    strvec_release(&wanted);
    strvec_release(&theirs);
    strbuf_release(&text);
    free(path);
}

/* ---- one step --------------------------------------------------------- */

char *scaffold_slug(const char *name, struct error *err)
{
    struct strbuf slug = { 0 };
    size_t size = strlen(name);

    if (size > 3 && strcmp(name + size - 3, ".sh") == 0)
        size -= 3;
    for (size_t i = 0; i < size; i++) {
        unsigned char byte = (unsigned char)name[i];

        if (byte < 0x80 && isalnum(byte))
            strbuf_addc(&slug, (char)tolower(byte));
        else if (slug.len && slug.data[slug.len - 1] != '-')
            strbuf_addc(&slug, '-');
    }
    if (slug.len && slug.data[slug.len - 1] == '-')
        strbuf_truncate(&slug, slug.len - 1);
    if (slug.len && slug.len <= SCAFFOLD_SLUG_LIMIT)
        return strbuf_take(&slug);
    if (slug.len)
        error_set(err, ERROR_INPUT, "the name is longer than %d characters",
                  (int)SCAFFOLD_SLUG_LIMIT);
    else
        error_set(err, ERROR_INPUT, "'%s' has no letter or digit", name);
    error_hint(err, "use letters, digits and dashes, like 'load-data'");
    strbuf_release(&slug);
    return NULL;
}

static char *title_of(const char *slug)
{
    char *title = mem_text(slug);

    for (char *byte = title; *byte; byte++) {
        if (*byte == '-')
            *byte = ' ';
    }
    title[0] = (char)toupper((unsigned char)title[0]);
    return title;
}

bool scaffold_write_step(int number, const char *slug, struct error *err)
{
    const struct embedded_file *file = find_file(step_template);
    char *id = mem_format("step-%03d-%s", number, slug);
    char *name = mem_format("%s.sh", id);
    char *title = title_of(slug);
    char *number_text = mem_format("%d", number);
    struct placeholder placeholders[] = { { "@ID@", id },
                                          { "@TITLE@", title },
                                          { "@NUMBER@", number_text } };
    struct strbuf text = { 0 };
    enum creation creation = FAILED;

    if (file) {
        fill_in(file, placeholders, 3, &text);
        creation = create_file(AT_FDCWD, name, mode_of(file), &text, err);
    }
    if (creation == EXISTS) {
        error_set(err, ERROR_INPUT, "'%s' exists already", name);
        error_hint(err, "choose another number or name");
    } else if (!file) {
        error_set(err, ERROR_INTERNAL, "the program has no template");
    }
    strbuf_release(&text);
    free(number_text);
    free(title);
    free(name);
    free(id);
    return creation == CREATED;
}
