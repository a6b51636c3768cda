#include "core/repo.h"

#include "base/mem.h"

#include <git2.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

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
