#include "core/repo.h"

#include "base/digest.h"
#include "base/fileio.h"
#include "base/mem.h"

#include <fcntl.h>
#include <git2.h>
#include <inttypes.h>
#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LARGE_FILE = 64 << 20 };

static void shut_down(void)
{
    git_libgit2_shutdown();
}

static void initialise(void)
{
    git_libgit2_init();
    atexit(shut_down);
}

/* libgit2 stays initialised until the end: what it keeps for a thread is freed
 * with the thread, but not when it has been shut down before. */
static git_repository *open_repository(const char *dir)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    git_repository *repository = NULL;

    pthread_once(&once, initialise);
    if (git_repository_open_ext(&repository, dir, 0, NULL) < 0)
        repository = NULL;
    return repository;
}

static char *name_from_url(const char *url)
{
    size_t size = strlen(url);
    size_t start;

    while (size && url[size - 1] == '/')
        size--;
    if (size > 4 && strncmp(url + size - 4, ".git", 4) == 0)
        size -= 4;
    for (start = size; start && !strchr("/:", url[start - 1]);)
        start--;
    return size > start ? mem_bytes(url + start, size - start) : NULL;
}

/* By the configuration: git_remote_lookup() of libgit2 1.5 leaks. */
char *repo_remote_name(const char *dir)
{
    git_repository *repository = open_repository(dir);
    git_config *config = NULL;
    const char *url = NULL;
    char *name = NULL;

    if (repository &&
        git_repository_config_snapshot(&config, repository) == 0 &&
        git_config_get_string(&url, config, "remote.origin.url") == 0)
        name = name_from_url(url);
    git_config_free(config);
    git_repository_free(repository);
    return name;
}

bool repo_read(const char *dir, struct repo_info *info)
{
    git_repository *repository = open_repository(dir);
    git_reference *head = NULL;
    bool found = repository != NULL;

    *info = (struct repo_info){ 0 };
    if (repository && git_repository_head(&head, repository) == 0) {
        const git_oid *oid = git_reference_target(head);
        char text[GIT_OID_HEXSZ + 1];

        if (oid)
            info->commit = mem_text(git_oid_tostr(text, sizeof(text), oid));
        if (git_reference_is_branch(head))
            info->branch = mem_text(git_reference_shorthand(head));
    }
    git_reference_free(head);
    git_repository_free(repository);
    return found;
}

void repo_info_release(struct repo_info *info)
{
    free(info->commit);
    free(info->branch);
    *info = (struct repo_info){ 0 };
}

/* ---- changes ---------------------------------------------------------- */

static bool is_left_out(const char *path, const char *left_out)
{
    size_t size = left_out ? strlen(left_out) : 0;

    for (const char *part = path; size && *part;) {
        size_t length = strcspn(part, "/");

        if (length == size && memcmp(part, left_out, size) == 0)
            return true;
        part += length;
        part += strspn(part, "/");
    }
    return false;
}

static void add_text(struct digest *digest, const char *text)
{
    digest_add(digest, text, strlen(text) + 1);
}

static void add_large(struct digest *digest, const struct stat *status)
{
    char *text = mem_format("large %jd %jd", (intmax_t)status->st_size,
                            (intmax_t)status->st_mtime);

    add_text(digest, text);
    free(text);
}

static void add_link(struct digest *digest, const char *file)
{
    char target[PATH_MAX];
    ssize_t size = readlink(file, target, sizeof(target));

    add_text(digest, "link");
    if (size > 0)
        digest_add(digest, target, (size_t)size);
}

/* What stands in the work tree under that path now. */
static bool add_file(struct digest *digest, const char *file, struct error *err)
{
    char text[DIGEST_TEXT_SIZE];
    struct stat status;

    if (lstat(file, &status) < 0) {
        add_text(digest, "absent");
    } else if (S_ISLNK(status.st_mode)) {
        add_link(digest, file);
    } else if (!S_ISREG(status.st_mode)) {
        add_text(digest, "folder");
    } else if (status.st_size > LARGE_FILE) {
        add_large(digest, &status);
    } else {
        add_text(digest, status.st_mode & S_IXUSR ? "program" : "file");
        if (!digest_file(AT_FDCWD, file, text, err))
            return false;
        add_text(digest, text);
    }
    return true;
}

static const git_diff_file *changed_file(const git_status_entry *entry)
{
    return entry->index_to_workdir ? &entry->index_to_workdir->new_file
                                   : &entry->head_to_index->new_file;
}

static bool add_entry(struct digest *digest, const char *root,
                      const git_diff_file *changed, struct error *err)
{
    char oid[GIT_OID_HEXSZ + 1];
    char *file = fileio_join(root, changed->path);
    bool done;

    add_text(digest, changed->path);
    /* A submodule is a folder; its commit is what differs. */
    if (changed->mode == GIT_FILEMODE_COMMIT)
        add_text(digest, git_oid_tostr(oid, sizeof(oid), &changed->id));
    done = add_file(digest, file, err);
    free(file);
    return done;
}

static bool add_entries(git_status_list *list, const char *root,
                        const char *left_out, struct repo_changes *changes,
                        struct error *err)
{
    struct digest *digest = digest_new();
    char text[DIGEST_TEXT_SIZE];
    bool done = true;

    for (size_t i = 0; done && i < git_status_list_entrycount(list); i++) {
        const git_diff_file *changed =
            changed_file(git_status_byindex(list, i));

        if (is_left_out(changed->path, left_out))
            continue;
        changes->is_dirty = true;
        done = add_entry(digest, root, changed, err);
    }
    digest_finish(digest, text);
    if (changes->is_dirty)
        memcpy(changes->digest, text, REPO_CHANGES_DIGITS);
    return done;
}

static bool fail_by_git(struct error *err, const char *dir)
{
    const git_error *last = git_error_last();

    error_set(err, ERROR_IO, "git cannot compare the files of '%s': %s", dir,
              last ? last->message : "no reason given");
    return error_hint(err, "see what 'git status' says there");
}

bool repo_read_changes(const char *dir, const char *left_out,
                       struct repo_changes *changes, struct error *err)
{
    git_repository *repository = open_repository(dir);
    git_status_options options = { .version = GIT_STATUS_OPTIONS_VERSION };
    git_status_list *list = NULL;
    bool done = false;

    *changes = (struct repo_changes){ 0 };
    options.show = GIT_STATUS_SHOW_INDEX_AND_WORKDIR;
    options.flags = GIT_STATUS_OPT_INCLUDE_UNTRACKED |
                    GIT_STATUS_OPT_RECURSE_UNTRACKED_DIRS |
                    GIT_STATUS_OPT_SORT_CASE_SENSITIVELY;
    if (!repository || !git_repository_workdir(repository))
        error_set(err, ERROR_NOT_FOUND, "'%s' is in no work tree of git", dir);
    else if (git_status_list_new(&list, repository, &options) < 0)
        fail_by_git(err, dir);
    else
        done = add_entries(list, git_repository_workdir(repository), left_out,
                           changes, err);
    git_status_list_free(list);
    git_repository_free(repository);
    return done;
}
