/*
 * Writing the files of a plan. Each is replaced in one step, its old bytes
 * kept before; between the files nothing can be promised, so the result says
 * how far it came.
 */
#include "base/fileio.h"
#include "base/mem.h"
#include "core/setup_private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MOST_BACKUPS = 1000, FILE_LIMIT = 1 << 20 };

/* Opens the folder the file is in, creating it; -1 on failure. */
static int open_folder(int project, const char *name, struct error *err)
{
    char *folder = mem_bytes(name, strcspn(name, "/"));
    int fd = -1;

    if (!strchr(name, '/'))
        fd = fileio_open_dir(project, ".", err);
    else if (fileio_make_dirs(project, folder, 0755, err))
        fd = fileio_open_dir(project, folder, err);
    free(folder);
    return fd;
}

/* Whether the file has these bytes; NULL: is not there. */
static bool holds(int folder, const char *name, const char *text)
{
    struct strbuf found = { 0 };
    struct error err = { 0 };
    bool same;

    if (fileio_read_state(folder, name, FILE_LIMIT, &found, &err))
        same = text && found.len == strlen(text) &&
               memcmp(strbuf_text(&found), text, found.len) == 0;
    else
        same = !text && err.code == ERROR_NOT_FOUND;
    strbuf_release(&found);
    return same;
}

/* Keeps the old file beside it, unless it is kept there already. Gives the
 * name in the folder, to free; NULL on failure. */
static char *keep_old(int folder, const char *base,
                      const struct setup_file *file, struct error *err)
{
    for (int i = 0; i < MOST_BACKUPS; i++) {
        char *name =
            i ? mem_format("%s.bak.%d", base, i) : mem_format("%s.bak", base);

        if (holds(folder, name, file->old))
            return name;
        if (holds(folder, name, NULL)) {
            if (fileio_replace(folder, name, file->old, strlen(file->old),
                               file->mode, FILEIO_DURABLE, err))
                return name;
            free(name);
            return NULL;
        }
        free(name);
    }
    error_set(err, ERROR_INPUT, "there are too many old versions of '%s'",
              file->name);
    error_hint(err, "remove some of '%s.bak.*'", file->name);
    return NULL;
}

static bool write_file(int project, const struct setup_file *file,
                       struct setup_result *result, struct error *err)
{
    const char *base = fileio_base(file->name);
    int folder = open_folder(project, file->name, err);
    char *kept = NULL;
    bool ok = folder >= 0;

    if (ok && !holds(folder, base, file->is_new ? NULL : file->old))
        ok = error_set(err, ERROR_INPUT,
                       "'%s' has changed since it was looked at", file->name);
    if (ok && !file->is_new) {
        kept = keep_old(folder, base, file, err);
        ok = kept != NULL;
    }
    ok = ok && fileio_replace(folder, base, file->text, strlen(file->text),
                              file->mode, FILEIO_DURABLE, err);
    if (ok)
        strvec_add(&result->written, file->name);
    if (ok && kept)
        strvec_addf(&result->kept, "%.*s%s", (int)(base - file->name),
                    file->name, kept);
    if (folder >= 0)
        close(folder);
    free(kept);
    return ok;
}

static void add_names(struct strbuf *text, const char *title,
                      const struct strvec *names)
{
    for (size_t i = 0; i < names->count; i++)
        strbuf_addf(text, "%s%s", i ? ", " : title, names->items[i]);
}

/* Says how far it came. */
static void tell(const struct setup_result *result, struct error *err)
{
    struct strbuf text = { 0 };

    add_names(&text, "written: ", &result->written);
    add_names(&text,
              result->written.count ? "; not written: "
                                    : "nothing is written; missing: ",
              &result->missing);
    error_hint(err, "%s; set it up again when that is mended",
               strbuf_text(&text));
    strbuf_release(&text);
}

bool setup_write(const struct setup_files *files, struct setup_result *result,
                 struct error *err)
{
    int project = open(files->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool ok = project >= 0;

    *result = (struct setup_result){ 0 };
    if (!ok)
        error_set_errno(err, ERROR_IO, errno, "cannot open the folder '%s'",
                        files->dir);
    for (size_t i = 0; i < files->count; i++) {
        const struct setup_file *file = &files->items[i];

        if (!file->is_changed)
            continue;
        ok = ok && write_file(project, file, result, err);
        if (!ok)
            strvec_add(&result->missing, file->name);
    }
    if (!ok)
        tell(result, err);
    if (project >= 0)
        close(project);
    return ok;
}

void setup_result_release(struct setup_result *result)
{
    strvec_release(&result->written);
    strvec_release(&result->kept);
    strvec_release(&result->missing);
}
