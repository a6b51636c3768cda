#include "core/runs.h"

#include "base/clock.h"
#include "base/fileio.h"
#include "base/mem.h"
#include "base/strvec.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* Four digits: a fifth would not sort behind them. */
enum { TAIL_MOST = 0xFFFF };

/* Ids sort in the order of the runs: "last" and the retention live on it. A
 * run of the same second as the newest, or of an earlier one because the clock
 * was set back, takes the second of the newest and the next number in it. The
 * times of files would not do: they come from the same clock. */
static long follow_newest(const struct state *state, char *time, long tail)
{
    struct strvec ids = { 0 };
    size_t size = strlen(time);

    runs_list(state, &ids);
    if (ids.count && strncmp(ids.items[ids.count - 1], time, size) >= 0) {
        const char *newest = ids.items[ids.count - 1];
        long number = strtol(newest + size + 1, NULL, 16);

        if (number < TAIL_MOST) {
            memcpy(time, newest, size);
            tail = tail > number ? tail : number + 1;
        }
    }
    strvec_release(&ids);
    return tail;
}

char *runs_create(const struct state *state, int64_t now_ms,
                  struct error *warning)
{
    char time[CLOCK_TEXT_SIZE];
    /* The lower half, so that there is room above in the same second. */
    long tail = ((long)now_ms ^ ((long)getpid() << 4)) & (TAIL_MOST / 2);

    clock_format_compact(now_ms, time);
    tail = follow_newest(state, time, tail);
    if (state_fd(state) >= 0)
        (void)!fileio_make_dirs(state_fd(state), "runs", 0700, warning);
    for (;; tail++) {
        char *id = mem_format("%s-%04lx", time, (unsigned long)tail);
        char *folder = mem_format("runs/%s", id);
        bool made =
            state_fd(state) < 0 || mkdirat(state_fd(state), folder, 0700) == 0;

        if (!made && errno != EEXIST) {
            error_set_errno(warning, ERROR_IO, errno, "cannot create '%s/%s'",
                            state_path(state), folder);
            made = true;
        }
        free(folder);
        if (made)
            return id;
        free(id);
    }
}

int runs_open_log(const struct state *state, const char *run, const char *name,
                  struct error *warning)
{
    char *path = mem_format("runs/%s/%s.log", run, name);
    char *link_name = mem_format("%s.log", name);
    int fd = -1;

    if (state_fd(state) < 0) {
        error_set(warning, ERROR_IO, "there is no folder for logs");
        goto out;
    }
    fd = openat(state_fd(state), path,
                O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0) {
        error_set_errno(warning, ERROR_IO, errno, "cannot create '%s/%s'",
                        state_path(state), path);
        goto out;
    }
    unlinkat(state_fd(state), link_name, 0);
    /* File systems without hard links get a symbolic one. */
    if (linkat(state_fd(state), path, state_fd(state), link_name, 0) < 0 &&
        symlinkat(path, state_fd(state), link_name) < 0)
        error_set_errno(warning, ERROR_IO, errno, "cannot link '%s/%s'",
                        state_path(state), link_name);
out:
    free(link_name);
    free(path);
    return fd;
}

int runs_open_times(const struct state *state, const char *run,
                    const char *name)
{
    char *path = mem_format("runs/%s/%s.times", run, name);
    int fd =
        state_fd(state) < 0
            ? -1
            : openat(state_fd(state), path,
                     O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC,
                     0600);

    free(path);
    return fd;
}

int runs_open_marker(const struct state *state, const char *run,
                     const char *name)
{
    char *path = mem_format("runs/%s/%s.log", run, name);
    int fd = state_fd(state) < 0 ? -1
                                 : openat(state_fd(state), path,
                                          O_RDONLY | O_NOFOLLOW | O_CLOEXEC);

    /* In the way is at most somebody who looks (runs_is_alive), for an
     * instant. */
    if (fd >= 0 && flock(fd, LOCK_SH) < 0) {
        close(fd);
        fd = -1;
    }
    free(path);
    return fd;
}

bool runs_is_alive(const struct state *state, const char *name)
{
    char *path = mem_format("%s.log", name);
    bool alive = false;
    int fd = state_fd(state) < 0
                 ? -1
                 : openat(state_fd(state), path,
                          O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);

    if (fd >= 0) {
        alive = flock(fd, LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK;
        close(fd);
    }
    free(path);
    return alive;
}

char *runs_log_path(const struct state *state, const char *run,
                    const char *name)
{
    return mem_format("%s/runs/%s/%s.log", state_path(state), run, name);
}

void runs_prune(const struct state *state, size_t keep)
{
    struct strvec runs = { 0 };
    struct error ignored = { 0 };

    runs_list(state, &runs);
    for (size_t i = 0; i + keep < runs.count && !error_is_set(&ignored); i++) {
        char *folder = mem_format("runs/%s", runs.items[i]);

        (void)!fileio_remove_tree(state_fd(state), folder, &ignored);
        free(folder);
    }
    strvec_release(&runs);
}

/* "20261121T170000Z-7f3c": anything else in the folder is not ours. */
static bool is_run_id(const char *name)
{
    static const char shape[] = "00000000T000000Z-";
    size_t size = sizeof(shape) - 1;

    for (size_t i = 0; i < size; i++) {
        if (shape[i] == '0' ? !isdigit((unsigned char)name[i])
                            : name[i] != shape[i])
            return false;
    }
    return name[size] && !name[size + strspn(name + size, "0123456789abcdef")];
}

void runs_list(const struct state *state, struct strvec *ids)
{
    struct strvec names = { 0 };
    int fd = state_fd(state) < 0
                 ? -1
                 : fileio_open_dir(state_fd(state), "runs", NULL);

    if (fd < 0)
        return;
    (void)!fileio_list(fd, &names, NULL);
    for (size_t i = 0; i < names.count; i++) {
        if (is_run_id(names.items[i]))
            strvec_add(ids, names.items[i]);
    }
    strvec_release(&names);
    close(fd);
}

static bool is_meant(const char *id, const char *text)
{
    size_t id_size = strlen(id), size = strlen(text);

    return strncmp(id, text, size) == 0 ||
           (size <= id_size && strcmp(id + id_size - size, text) == 0);
}

char *runs_find(const struct state *state, const char *text, struct error *err)
{
    struct strvec ids = { 0 };
    const char *found = NULL;
    size_t count = 0;
    char *id = NULL;

    runs_list(state, &ids);
    for (size_t i = 0; i < ids.count; i++) {
        if (!text || strcmp(text, "last") == 0) {
            found = ids.items[i];
            count = 1;
        } else if (is_meant(ids.items[i], text)) {
            found = ids.items[i];
            count++;
        }
    }
    if (count == 1) {
        id = mem_text(found);
    } else if (!ids.count) {
        error_set(err, ERROR_INPUT, "there are no runs yet");
        error_hint(err, "start one with 'stepdeck deploy'");
    } else {
        error_set(err, ERROR_INPUT,
                  count ? "several runs are called '%s'"
                        : "there is no run '%s'",
                  text);
        error_hint(err, "'stepdeck history' lists them");
    }
    strvec_release(&ids);
    return id;
}

char *runs_journal_path(const char *run)
{
    return mem_format("runs/%s/events.ndjson", run);
}
