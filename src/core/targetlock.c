#include "core/targetlock.h"

#include "base/cancel.h"
#include "base/fileio.h"
#include "base/mem.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

/* The folder of the locks, to free; NULL when nobody says where that is. */
static char *locks_folder(void)
{
    const char *state = getenv("XDG_STATE_HOME");
    const char *home = getenv("HOME");

    if (state && state[0] == '/')
        return mem_format("%s/stepdeck/locks", state);
    if (home && home[0] == '/')
        return mem_format("%s/.local/state/stepdeck/locks", home);
    return NULL;
}

static int open_place(const char *name, struct error *err)
{
    char *folder = locks_folder();
    char *path;
    int fd = -1;

    if (!folder) {
        error_set(err, ERROR_IO, "HOME is not set");
        return -1;
    }
    path = fileio_join(folder, name);
    if (fileio_make_dirs(AT_FDCWD, path, 0700, err))
        fd = fileio_open_dir(AT_FDCWD, path, err);
    free(path);
    free(folder);
    return fd;
}

bool targetlock_take(struct targetlock *held, const struct project *project,
                     int64_t wait_ms, struct cancel *cancel,
                     struct error *warning, struct error *err)
{
    const struct target_ops *target = project->target;
    char *name = target && target->lock_name
                     ? target->lock_name(&project->config)
                     : NULL;
    bool ok = true;

    *held = (struct targetlock){ .dir_fd = -1 };
    if (!name)
        return true;
    held->dir_fd = open_place(name, warning);
    if (held->dir_fd < 0)
        error_wrap(warning,
                   "deployments of '%s' from other folders are not kept apart",
                   name);
    else
        held->lock = lock_acquire(held->dir_fd, wait_ms, cancel, clock_system(),
                                  warning, err);
    if (held->lock) {
        lock_describe(held->lock, NULL, NULL, NULL);
    } else if (held->dir_fd >= 0) {
        ok = error_wrap(err, "'%s' is deployed from another folder", name);
        targetlock_release(held);
    }
    free(name);
    return ok;
}

void targetlock_release(struct targetlock *held)
{
    if (held->lock)
        lock_release(held->lock);
    if (held->lock || held->dir_fd > 0)
        close(held->dir_fd);
    *held = (struct targetlock){ .dir_fd = -1 };
}
