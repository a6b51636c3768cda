#include "core/lock.h"

#include "base/cancel.h"
#include "base/fileio.h"
#include "base/jsonx.h"
#include "base/mem.h"
#include "base/strbuf.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define LOCK_FILE "lock"

enum {
    LOCK_FILE_LIMIT = 16384,
    LOCK_POLL_MS = 250,
    /* flock(2) cannot be asked without being taken: a refusal may come from
     * somebody who only looks, and is believed when it lasts. */
    LOOK_MS = 300,
    LOOK_POLL_MS = 50
};

struct lock {
    int dir_fd;
    int fd;
    char *since;
    char *user;
};

static int open_lock_file(int dir_fd, int flags)
{
    return openat(dir_fd, LOCK_FILE,
                  O_RDWR | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | flags, 0600);
}

/* Whether `fd` is still the file of that name: it may have been broken or
 * replaced between open and flock. */
static bool is_current(int dir_fd, int fd)
{
    struct stat named, held;

    return fstatat(dir_fd, LOCK_FILE, &named, AT_SYMLINK_NOFOLLOW) == 0 &&
           fstat(fd, &held) == 0 && named.st_ino == held.st_ino &&
           named.st_dev == held.st_dev;
}

enum attempt { ATTEMPT_TAKEN, ATTEMPT_HELD, ATTEMPT_IMPOSSIBLE };

static enum attempt try_lock(struct lock *lock, struct error *warning)
{
    for (;;) {
        lock->fd = open_lock_file(lock->dir_fd, O_CREAT);
        if (lock->fd < 0) {
            error_set_errno(warning, ERROR_IO, errno,
                            "the lock file cannot be opened");
            return ATTEMPT_IMPOSSIBLE;
        }
        if (flock(lock->fd, LOCK_EX | LOCK_NB) == 0) {
            if (is_current(lock->dir_fd, lock->fd))
                return ATTEMPT_TAKEN;
        } else if (errno == EWOULDBLOCK) {
            close(lock->fd);
            lock->fd = -1;
            return ATTEMPT_HELD;
        } else if (errno != EINTR) {
            error_set_errno(warning, ERROR_IO, errno,
                            "this file system has no locks");
            close(lock->fd);
            lock->fd = -1;
            return ATTEMPT_IMPOSSIBLE;
        }
        close(lock->fd);
        lock->fd = -1;
    }
}

/* What the file says, NULL when that is nothing readable. */
static json_t *read_holder(int dir_fd)
{
    struct strbuf text = { 0 };
    json_t *holder = NULL;

    if (fileio_read_state(dir_fd, LOCK_FILE, LOCK_FILE_LIMIT, &text, NULL))
        holder = jsonx_parse_object(strbuf_text(&text), text.len, NULL);
    strbuf_release(&text);
    return holder;
}

static bool refuse(int dir_fd, int64_t wait_ms, struct error *err)
{
    json_t *holder = read_holder(dir_fd);
    char *text = lock_holder_text(holder);

    error_set(err, ERROR_LOCKED, "another run holds the lock: %s", text);
    error_hint(err, "%s",
               wait_ms ? "watch it with 'stepdeck lock status', or break it "
                         "with 'stepdeck lock break'"
                       : "wait for it with --lock-wait 10m, or see 'stepdeck "
                         "lock status'");
    free(text);
    json_decref(holder);
    return false;
}

struct lock *lock_acquire(int dir_fd, int64_t wait_ms, struct cancel *cancel,
                          const struct clock *clock, struct error *warning,
                          struct error *err)
{
    struct lock *lock = mem_new(1, sizeof(*lock));
    const struct passwd *user = getpwuid(geteuid());
    int64_t end =
        clock_monotonic(clock) + (wait_ms > LOOK_MS ? wait_ms : LOOK_MS);
    char time[CLOCK_TEXT_SIZE];
    bool refused = false;

    lock->dir_fd = dir_fd;
    lock->fd = -1;
    lock->since = mem_text(clock_format_seconds(clock_wall(clock), time));
    lock->user = mem_text(user ? user->pw_name : NULL);
    if (dir_fd < 0)
        error_set(warning, ERROR_IO,
                  "without a state folder other runs cannot see the lock");
    while (!refused && dir_fd >= 0 && try_lock(lock, warning) == ATTEMPT_HELD) {
        if (clock_monotonic(clock) >= end)
            refused = !refuse(dir_fd, wait_ms, err);
        else if (!clock_wait(clock, wait_ms ? LOCK_POLL_MS : LOOK_POLL_MS,
                             cancel))
            refused = !error_set(err, ERROR_CANCELLED,
                                 "cancelled while waiting for the lock");
    }
    if (refused) {
        lock_release(lock);
        return NULL;
    }
    lock_describe(lock, NULL, NULL, NULL);
    return lock;
}

void lock_release(struct lock *lock)
{
    if (!lock)
        return;
    if (lock->fd >= 0) {
        (void)!ftruncate(lock->fd, 0);
        close(lock->fd);
    }
    free(lock->since);
    free(lock->user);
    free(lock);
}

void lock_describe(struct lock *lock, const char *run, const char *tag,
                   const char *step)
{
    char host[256] = "";
    json_t *json;
    char *line;

    if (lock->fd < 0)
        return;
    gethostname(host, sizeof(host) - 1);
    json = json_object();
    jsonx_set_int(json, "pid", getpid());
    jsonx_set_text(json, "host", host);
    jsonx_set_text(json, "user", lock->user);
    jsonx_set_text(json, "run", run);
    jsonx_set_text(json, "tag", tag);
    jsonx_set_text(json, "step", step);
    jsonx_set_text(json, "since", lock->since);
    line = jsonx_line(json);
    json_decref(json);
    /* For people: a lock that cannot describe itself still locks. */
    if (ftruncate(lock->fd, 0) == 0 &&
        pwrite(lock->fd, line, strlen(line), 0) >= 0)
        (void)!pwrite(lock->fd, "\n", 1, (off_t)strlen(line));
    free(line);
}

bool lock_is_lost(const struct lock *lock)
{
    return lock->fd >= 0 && !is_current(lock->dir_fd, lock->fd);
}

bool lock_inspect(int dir_fd, json_t **holder)
{
    int fd = dir_fd < 0 ? -1 : open_lock_file(dir_fd, 0);
    bool held;

    *holder = NULL;
    if (fd < 0)
        return false;
    held = flock(fd, LOCK_SH | LOCK_NB) < 0 && errno == EWOULDBLOCK;
    close(fd);
    *holder = read_holder(dir_fd);
    return held;
}

char *lock_holder_text(const json_t *holder)
{
    static const char *const members[][2] = { { "user", " by " },
                                              { "run", ", run " },
                                              { "tag", ", tag " },
                                              { "step", ", at " },
                                              { "since", ", since " } };
    struct strbuf text = { 0 };

    if (!holder)
        return mem_text("an unknown process");
    strbuf_addf(&text, "pid %" PRId64 " on %s", jsonx_int(holder, "pid", 0),
                jsonx_text(holder, "host", "an unknown host"));
    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
        const char *value = jsonx_text(holder, members[i][0], NULL);

        if (value)
            strbuf_addf(&text, "%s%s", members[i][1], value);
    }
    return strbuf_take(&text);
}

bool lock_break(int dir_fd, struct error *err)
{
    json_t *holder = NULL;
    bool held = lock_inspect(dir_fd, &holder);

    json_decref(holder);
    if (!held)
        return error_set(err, ERROR_NOT_FOUND, "nobody holds the lock");
    if (unlinkat(dir_fd, LOCK_FILE, 0) < 0 && errno != ENOENT)
        return error_set_errno(err, ERROR_IO, errno,
                               "the lock file cannot be removed");
    return true;
}
