/*
 * DESIGN. An archive is deployment-archive/TIME/ with the files under their
 * own paths and a manifest.json of their digests and permissions. Files are
 * moved by rename(2), so that bytes, permissions and times stay. The manifest
 * is on the disk before the first file moves: whatever ends us between two
 * moves, undo finds each file in the one place or the other. Undo links a file
 * to its old name before the archived name goes (link(2) refuses a name that
 * is taken), and in the end renames the manifest to manifest.undone.json,
 * which no further undo takes.
 */
#include "core/migrate.h"

#include "base/clock.h"
#include "base/digest.h"
#include "base/fileio.h"
#include "base/jsonx.h"
#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MANIFEST_LIMIT = 1 << 20, MANIFEST_VERSION = 1, MOST_ARCHIVES = 9 };

static const char manifest_name[] = "manifest.json";
static const char undone_name[] = "manifest.undone.json";

struct entry {
    char *path; /* of the project */
    char digest[DIGEST_TEXT_SIZE];
    mode_t mode;
    bool is_moved; /* by this call */
};

struct work {
    int project, archive; /* folders */
    char *name;           /* of the archive, relative to the project */
    struct entry *entries;
    size_t count, capacity;
    struct error *err;
};

void migrate_moved_release(struct migrate_moved *moved)
{
    free(moved->archive);
    strvec_release(&moved->files);
    strvec_release(&moved->changed);
    *moved = (struct migrate_moved){ 0 };
}

static void work_release(struct work *work)
{
    for (size_t i = 0; i < work->count; i++)
        free(work->entries[i].path);
    free(work->entries);
    free(work->name);
    if (work->archive >= 0)
        close(work->archive);
    if (work->project >= 0)
        close(work->project);
}

static struct entry *add_entry(struct work *work, const char *path)
{
    work->entries = mem_grow(work->entries, work->count, &work->capacity,
                             sizeof(*work->entries));
    work->entries[work->count] = (struct entry){ .path = mem_text(path) };
    return &work->entries[work->count++];
}

static bool open_project(struct work *work, const char *dir)
{
    *work = (struct work){ .project = -1, .archive = -1, .err = work->err };
    work->project = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return work->project >= 0 ||
           error_set_errno(work->err, ERROR_IO, errno, "cannot open '%s'", dir);
}

/* Relative, without a way out, and none of our own names. */
static bool is_usable_path(const char *path)
{
    struct strvec parts = { 0 };
    bool ok = *path && *path != '/' && strlen(path) < 4096 &&
              strcmp(path, manifest_name) != 0 &&
              strcmp(path, undone_name) != 0;

    strvec_split(&parts, path, "/");
    for (size_t i = 0; i < parts.count; i++)
        ok = ok && strcmp(parts.items[i], "..") != 0 &&
             strcmp(parts.items[i], ".") != 0;
    strvec_release(&parts);
    return ok;
}

static bool make_parents(int dir, const char *path, struct error *err)
{
    size_t size = (size_t)(fileio_base(path) - path);
    char *folder = size ? mem_bytes(path, size - 1) : NULL;
    bool ok = !folder || fileio_make_dirs(dir, folder, 0755, err);

    free(folder);
    return ok;
}

/* Removes the folders of the path that are empty now. */
static void drop_parents(int dir, const char *path)
{
    char *folder = mem_text(path);
    char *slash;

    while ((slash = strrchr(folder, '/')) != NULL) {
        *slash = '\0';
        if (unlinkat(dir, folder, AT_REMOVEDIR) < 0)
            break;
    }
    free(folder);
}

/* ---- the manifest ----------------------------------------------------- */

static bool write_manifest(const struct work *work, int64_t now_ms)
{
    json_t *manifest = json_object(), *files = json_array();
    char time[CLOCK_TEXT_SIZE], mode[8];
    char *text;
    bool ok;

    jsonx_set_int(manifest, "v", MANIFEST_VERSION);
    jsonx_set_text(manifest, "time", clock_format_seconds(now_ms, time));
    for (size_t i = 0; i < work->count; i++) {
        const struct entry *entry = &work->entries[i];
        json_t *file = json_object();

        snprintf(mode, sizeof(mode), "%04o", (unsigned)entry->mode & 07777);
        jsonx_set_text(file, "path", entry->path);
        jsonx_set_text(file, "sha256", entry->digest);
        jsonx_set_text(file, "mode", mode);
        json_array_append_new(files, file);
    }
    json_object_set_new(manifest, "files", files);
    text = json_dumps(manifest, JSON_INDENT(2));
    ok = text && fileio_replace(work->archive, manifest_name, text,
                                strlen(text), 0644, FILEIO_DURABLE, work->err);
    free(text);
    json_decref(manifest);
    return ok;
}

static bool refuse_manifest(const struct work *work)
{
    error_set(work->err, ERROR_INPUT, "'%s/%s' is not a manifest of ours",
              work->name, manifest_name);
    return error_hint(work->err, "move the files back by hand; they stand in "
                                 "the archive under their own paths");
}

static bool read_manifest(struct work *work)
{
    struct strbuf text = { 0 };
    json_t *manifest = NULL, *file;
    size_t i;
    bool ok = fileio_read_state(work->archive, manifest_name, MANIFEST_LIMIT,
                                &text, work->err);

    if (ok) {
        manifest = jsonx_parse_object(strbuf_text(&text), text.len, NULL);
        ok = (manifest && jsonx_int(manifest, "v", 0) == MANIFEST_VERSION) ||
             refuse_manifest(work);
    }
    json_array_foreach(json_object_get(manifest, "files"), i, file)
    {
        const char *path = jsonx_text(file, "path", "");
        const char *digest = jsonx_text(file, "sha256", "");
        struct entry *entry;

        if (!ok)
            break;
        ok = (is_usable_path(path) && strlen(digest) + 1 == DIGEST_TEXT_SIZE) ||
             refuse_manifest(work);
        entry = ok ? add_entry(work, path) : NULL;
        if (entry)
            memcpy(entry->digest, digest, DIGEST_TEXT_SIZE);
    }
    json_decref(manifest);
    strbuf_release(&text);
    return ok;
}

/* ---- moving ----------------------------------------------------------- */

/* Never over another file. */
static bool move(int from, int to, const char *path, struct error *err)
{
    struct stat info;

    if (!make_parents(to, path, err))
        return false;
    if (linkat(from, path, to, path, 0) == 0)
        return unlinkat(from, path, 0) == 0 ||
               error_set_errno(err, ERROR_IO, errno, "cannot move '%s'", path);
    if (errno == EEXIST)
        return error_set(err, ERROR_INPUT, "there is a file '%s' already",
                         path);
    /* A file system without hard links. */
    if (errno != EXDEV && fstatat(to, path, &info, AT_SYMLINK_NOFOLLOW) < 0 &&
        errno == ENOENT && renameat(from, path, to, path) == 0)
        return true;
    return error_set_errno(err, ERROR_IO, errno, "cannot move '%s'", path);
}

/* Moves what has been moved the other way; says what could not be. */
static void move_back(struct work *work, int from, int to)
{
    struct strbuf left = { 0 };

    for (size_t i = work->count; i-- > 0;) {
        struct entry *entry = &work->entries[i];

        if (!entry->is_moved)
            continue;
        if (move(from, to, entry->path, NULL)) {
            entry->is_moved = false;
            drop_parents(from, entry->path);
        } else {
            strbuf_addf(&left, "%s%s", left.len ? ", " : "", entry->path);
        }
    }
    if (left.len)
        error_hint(work->err,
                   "could not be moved back between the project "
                   "and '%s': %s",
                   work->name, strbuf_text(&left));
    else
        error_hint(work->err, "everything is where it was");
    strbuf_release(&left);
}

static bool has_digest(int dir, const struct entry *entry)
{
    char digest[DIGEST_TEXT_SIZE];

    return digest_file(dir, entry->path, digest, NULL) &&
           strcmp(digest, entry->digest) == 0;
}

static bool move_all(struct work *work)
{
    for (size_t i = 0; i < work->count; i++) {
        struct entry *entry = &work->entries[i];

        if (!make_parents(work->archive, entry->path, work->err))
            return false;
        if (renameat(work->project, entry->path, work->archive, entry->path) <
            0)
            return error_set_errno(work->err, ERROR_IO, errno,
                                   "cannot move '%s' into '%s'", entry->path,
                                   work->name);
        entry->is_moved = true;
        if (!has_digest(work->archive, entry))
            return error_set(work->err, ERROR_IO,
                             "'%s' changed while it was archived", entry->path);
    }
    return true;
}

/* ---- archiving -------------------------------------------------------- */

static bool list_entries(struct work *work, const struct strvec *paths)
{
    for (size_t i = 0; i < paths->count; i++) {
        const char *path = paths->items[i];
        struct entry *entry = add_entry(work, path);
        struct stat info;

        if (!is_usable_path(path) ||
            fstatat(work->project, path, &info, AT_SYMLINK_NOFOLLOW) < 0 ||
            !S_ISREG(info.st_mode)) {
            error_set(work->err, ERROR_INPUT,
                      "'%s' is no file of the project that can be archived",
                      path);
            return error_hint(work->err, "nothing was moved");
        }
        entry->mode = info.st_mode;
        if (!digest_file(work->project, path, entry->digest, work->err))
            return error_hint(work->err, "nothing was moved");
    }
    return true;
}

/* A folder of its own, even for the second one in a second: TIME, TIME-2, up
 * to one digit, so that the names sort by time. */
static bool make_archive(struct work *work, int64_t now_ms)
{
    char time[CLOCK_TEXT_SIZE];
    int made = -1;

    if (!fileio_make_dirs(work->project, MIGRATE_ARCHIVE, 0755, work->err))
        return false;
    /* A link would lead the files out of the project. */
    made = fileio_open_dir(work->project, MIGRATE_ARCHIVE, work->err);
    if (made < 0)
        return false;
    close(made);
    made = -1;
    clock_format_compact(now_ms, time);
    for (int i = 1; made < 0 && i <= MOST_ARCHIVES; i++) {
        free(work->name);
        work->name = i == 1 ? mem_format("%s/%s", MIGRATE_ARCHIVE, time)
                            : mem_format("%s/%s-%d", MIGRATE_ARCHIVE, time, i);
        made = mkdirat(work->project, work->name, 0755);
        if (made < 0 && errno != EEXIST)
            break;
    }
    if (made < 0)
        return error_set_errno(work->err, ERROR_IO, errno, "cannot create '%s'",
                               work->name);
    work->archive = fileio_open_dir(work->project, work->name, work->err);
    return work->archive >= 0;
}

static void tell(const struct work *work, struct migrate_moved *moved)
{
    moved->archive = mem_text(work->name);
    for (size_t i = 0; i < work->count; i++) {
        if (work->entries[i].is_moved)
            strvec_add(&moved->files, work->entries[i].path);
    }
}

/* Takes the manifest and the folders away again, unless files are in them. */
static void drop_archive(const struct work *work)
{
    bool is_empty = true;

    for (size_t i = 0; i < work->count; i++)
        is_empty = is_empty && !work->entries[i].is_moved;
    if (!is_empty || work->archive < 0)
        return;
    for (size_t i = 0; i < work->count; i++)
        drop_parents(work->archive, work->entries[i].path);
    unlinkat(work->archive, manifest_name, 0);
    unlinkat(work->project, work->name, AT_REMOVEDIR);
    unlinkat(work->project, MIGRATE_ARCHIVE, AT_REMOVEDIR);
}

bool migrate_archive(const char *dir, const struct strvec *paths,
                     int64_t now_ms, struct migrate_moved *moved,
                     struct error *err)
{
    struct error own = { 0 };
    struct work work = { .err = err ? err : &own };
    bool ok;

    *moved = (struct migrate_moved){ 0 };
    if (!paths->count)
        return true;
    ok = open_project(&work, dir) && list_entries(&work, paths) &&
         make_archive(&work, now_ms) && write_manifest(&work, now_ms);
    if (ok && !move_all(&work)) {
        move_back(&work, work.archive, work.project);
        ok = false;
    }
    if (ok)
        tell(&work, moved);
    else
        drop_archive(&work);
    work_release(&work);
    return ok;
}

/* ---- undo ------------------------------------------------------------- */

/* The newest archive whose name begins so, to free; NULL for none. */
static char *find_archive(int archives, const char *name)
{
    struct strvec names = { 0 };
    const char *newest = NULL;
    char *found;

    (void)!fileio_list(archives, &names, NULL);
    for (size_t i = 0; i < names.count; i++) {
        const char *item = names.items[i];
        char *manifest = mem_format("%s/%s", item, manifest_name);

        if (strncmp(item, name, strlen(name)) == 0 &&
            fileio_exists(archives, manifest))
            newest = item;
        free(manifest);
        if (strcmp(item, name) == 0)
            break;
    }
    found = mem_text(newest);
    strvec_release(&names);
    return found;
}

static bool open_archive(struct work *work, const char *name)
{
    struct error ignored = { 0 };
    int archives = fileio_open_dir(work->project, MIGRATE_ARCHIVE, &ignored);
    const char *wanted = name ? name : "";
    char *found;

    if (strncmp(wanted, MIGRATE_ARCHIVE "/", strlen(MIGRATE_ARCHIVE) + 1) == 0)
        wanted += strlen(MIGRATE_ARCHIVE) + 1;
    found = archives >= 0 ? find_archive(archives, wanted) : NULL;
    if (archives >= 0)
        close(archives);
    if (!found) {
        error_set(work->err, ERROR_INPUT,
                  *wanted ? "there is no archive '%s' to put back"
                          : "there is no archive to put back%s",
                  wanted);
        return error_hint(work->err,
                          "'ls %s' shows the archives; one that was put back "
                          "already has no %s",
                          MIGRATE_ARCHIVE, manifest_name);
    }
    work->name = mem_format("%s/%s", MIGRATE_ARCHIVE, found);
    free(found);
    work->archive = fileio_open_dir(work->project, work->name, work->err);
    return work->archive >= 0;
}

/* Nothing may stand where a file belongs, but the file itself where an
 * archiving was cut off. */
static bool check_places(struct work *work)
{
    for (size_t i = 0; i < work->count; i++) {
        const struct entry *entry = &work->entries[i];
        bool is_there = fileio_exists(work->project, entry->path);
        bool is_kept = fileio_exists(work->archive, entry->path);

        if (is_there && is_kept) {
            error_set(work->err, ERROR_INPUT, "there is a file '%s' already",
                      entry->path);
            return error_hint(work->err, "move it away first; nothing was put "
                                         "back");
        }
        if (!is_there && !is_kept) {
            error_set(work->err, ERROR_INPUT, "'%s' is not in the archive '%s'",
                      entry->path, work->name);
            return error_hint(work->err, "nothing was put back; move the other "
                                         "files by hand");
        }
    }
    return true;
}

static bool put_back(struct work *work, struct migrate_moved *moved)
{
    for (size_t i = 0; i < work->count; i++) {
        struct entry *entry = &work->entries[i];

        if (!fileio_exists(work->archive, entry->path))
            continue;
        if (!move(work->archive, work->project, entry->path, work->err))
            return false;
        entry->is_moved = true;
        if (!has_digest(work->project, entry))
            strvec_add(&moved->changed, entry->path);
    }
    return true;
}

bool migrate_undo(const char *dir, const char *name,
                  struct migrate_moved *moved, struct error *err)
{
    struct error own = { 0 };
    struct work work = { .err = err ? err : &own };
    bool ok;

    *moved = (struct migrate_moved){ 0 };
    ok = open_project(&work, dir) && open_archive(&work, name) &&
         read_manifest(&work) && check_places(&work);
    if (ok && !put_back(&work, moved)) {
        move_back(&work, work.project, work.archive);
        ok = false;
    }
    if (ok &&
        renameat(work.archive, manifest_name, work.archive, undone_name) < 0)
        ok = error_set_errno(work.err, ERROR_IO, errno,
                             "the files are back, but '%s/%s' cannot be "
                             "renamed",
                             work.name, manifest_name);
    if (ok) {
        tell(&work, moved);
        for (size_t i = 0; i < work.count; i++)
            drop_parents(work.archive, work.entries[i].path);
    } else {
        migrate_moved_release(moved);
    }
    work_release(&work);
    return ok;
}
