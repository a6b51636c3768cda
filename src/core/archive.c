#include "core/archive.h"

#include "base/clock.h"
#include "base/fileio.h"
#include "base/mem.h"
#include "base/strvec.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static bool has_suffix(const char *name, const char *suffix)
{
    size_t size = strlen(name), suffix_size = strlen(suffix);

    return size > suffix_size && strcmp(name + size - suffix_size, suffix) == 0;
}

/* A target's own record stays: it tells of the cloud, not of steps. */
static bool is_archived(const char *name)
{
    if (strcmp(name, "deployment.log") == 0)
        return false;
    return has_suffix(name, ".status") || has_suffix(name, ".log") ||
           (has_suffix(name, ".json") && strncmp(name, "step-", 5) == 0);
}

/* A folder that is not there yet: two archives may fall into one second. */
static char *create_folder(int state_fd, int64_t now_ms, struct error *err)
{
    char time[CLOCK_TEXT_SIZE];

    clock_format_compact(now_ms, time);
    if (!fileio_make_dirs(state_fd, "archive", 0700, err))
        return NULL;
    for (int i = 1; i < 1000; i++) {
        char *folder = i == 1 ? mem_format("archive/%s", time)
                              : mem_format("archive/%s-%d", time, i);

        if (mkdirat(state_fd, folder, 0700) == 0)
            return folder;
        free(folder);
        if (errno != EEXIST)
            break;
    }
    error_set_errno(err, ERROR_IO, errno, "cannot create 'archive/%s'", time);
    return NULL;
}

static bool move(int state_fd, const char *name, const char *folder,
                 struct error *err)
{
    char *to = mem_format("%s/%s", folder, name);
    bool ok = renameat(state_fd, name, state_fd, to) == 0;

    if (!ok)
        error_set_errno(err, ERROR_IO, errno, "cannot archive '%s'", name);
    free(to);
    return ok;
}

bool archive_states(int state_fd, int64_t now_ms, struct error *err)
{
    struct strvec names = { 0 };
    char *folder = NULL;
    bool ok = fileio_list(state_fd, &names, err);

    for (size_t i = 0; ok && i < names.count; i++) {
        if (!is_archived(names.items[i]))
            continue;
        if (!folder)
            folder = create_folder(state_fd, now_ms, err);
        ok = folder && move(state_fd, names.items[i], folder, err);
    }
    free(folder);
    strvec_release(&names);
    return ok;
}
