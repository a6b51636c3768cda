/*
 * Whether the run lives is asked before the journal is read: what is missing
 * afterwards will never be written. The answer "no" must come twice in a row,
 * for a holder that describes itself anew (lock_describe) is nobody for an
 * instant.
 *
 * A journal whose run holds no lock is usually that of a dead run, and its pid
 * long somebody else's; so the pid counts only for a run that was seen with the
 * lock: one whose lock is broken goes on to the end of its step.
 */
#include "core/follower.h"

#include "base/cancel.h"
#include "base/jsonx.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "core/event.h"
#include "core/lock.h"
#include "core/runs.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    READ_BYTES = 64 * 1024,
    LINE_LIMIT = 16 << 20, /* a longer line is no event of ours */
    DEAD_LOOKS = 2
};

struct follower {
    char *run;
    int state_fd, journal_fd;
    bool follows_output;
    struct queue *events;
    struct cancel cancel;
    pthread_t thread;
    /* Of the thread alone. */
    char *piece;
    struct strbuf line; /* without its end yet */
    bool is_too_long;   /* its beginning has been thrown away */
    off_t offset;
    int64_t pid; /* of the run; -1 until run.start is read */
    bool had_lock;
    int dead_looks;
    /* Written by the thread. */
    atomic_bool has_ended, has_died;
    atomic_size_t skipped;
};

/* ---- reading ---------------------------------------------------------- */

static void take_line(struct follower *follower, const char *line, size_t size)
{
    struct event *event = size ? event_parse(line, size, NULL) : NULL;
    bool is_end;

    if (!event) {
        if (size)
            atomic_fetch_add(&follower->skipped, 1);
        return;
    }
    if (event_type(event) == EVENT_RUN_START)
        follower->pid = event_int(event, "pid", -1);
    is_end = event_type(event) == EVENT_RUN_END;
    queue_push(follower->events, event);
    if (is_end)
        atomic_store(&follower->has_ended, true);
}

static void end_line(struct follower *follower, const char *bytes, size_t size)
{
    struct strbuf *line = &follower->line;

    if (follower->is_too_long) {
        atomic_fetch_add(&follower->skipped, 1);
    } else if (line->len) {
        strbuf_add(line, bytes, size);
        take_line(follower, line->data, line->len);
    } else {
        take_line(follower, bytes, size);
    }
    follower->is_too_long = false;
    strbuf_clear(line);
}

static void keep_rest(struct follower *follower, const char *bytes, size_t size)
{
    if (follower->is_too_long)
        return;
    strbuf_add(&follower->line, bytes, size);
    if (follower->line.len <= LINE_LIMIT)
        return;
    follower->is_too_long = true;
    strbuf_release(&follower->line);
}

static void take_bytes(struct follower *follower, const char *bytes,
                       size_t size)
{
    const char *end;

    while (!atomic_load(&follower->has_ended) &&
           (end = memchr(bytes, '\n', size)) != NULL) {
        size_t length = (size_t)(end - bytes);

        end_line(follower, bytes, length);
        bytes += length + 1;
        size -= length + 1;
    }
    keep_rest(follower, bytes, size);
}

static void read_news(struct follower *follower)
{
    ssize_t size;

    while (!atomic_load(&follower->has_ended) &&
           cancel_level(&follower->cancel) == CANCEL_NONE &&
           (size = pread(follower->journal_fd, follower->piece, READ_BYTES,
                         follower->offset)) > 0) {
        take_bytes(follower, follower->piece, (size_t)size);
        follower->offset += size;
    }
}

/* ---- alive or dead ---------------------------------------------------- */

static bool has_lock(const struct follower *follower)
{
    json_t *holder = NULL;
    bool is_held = lock_inspect(follower->state_fd, &holder);
    const char *run = jsonx_text(holder, "run", NULL);
    /* Until its first step the lock does not say which run it is. */
    bool is_ours = is_held && holder &&
                   (run ? strcmp(run, follower->run) == 0
                        : jsonx_int(holder, "pid", -2) == follower->pid);

    json_decref(holder);
    return is_ours;
}

static bool has_process(const struct follower *follower)
{
    return follower->pid > 0 &&
           (kill((pid_t)follower->pid, 0) == 0 || errno == EPERM);
}

static bool seems_dead(struct follower *follower)
{
    if (has_lock(follower)) {
        follower->had_lock = true;
        return false;
    }
    return !follower->had_lock || !has_process(follower);
}

static bool is_dead(struct follower *follower)
{
    follower->dead_looks = seems_dead(follower) ? follower->dead_looks + 1 : 0;
    return follower->dead_looks >= DEAD_LOOKS;
}

/* ---- the thread ------------------------------------------------------- */

static void *follower_main(void *opaque)
{
    struct follower *follower = opaque;

    do {
        bool dead = is_dead(follower);

        read_news(follower);
        if (dead && !atomic_load(&follower->has_ended))
            atomic_store(&follower->has_died, true);
        if (follower->follows_output || follower_is_over(follower))
            queue_poke(follower->events);
    } while (!follower_is_over(follower) &&
             cancel_wait(&follower->cancel, FOLLOWER_LOOK_MS));
    return NULL;
}

/* ---- outside ---------------------------------------------------------- */

static void release_event(void *event)
{
    event_unref(event);
}

static void release(struct follower *follower)
{
    if (follower->state_fd >= 0)
        close(follower->state_fd);
    if (follower->journal_fd >= 0)
        close(follower->journal_fd);
    queue_free(follower->events);
    strbuf_release(&follower->line);
    free(follower->piece);
    free(follower->run);
    free(follower);
}

static bool open_files(struct follower *follower, const struct state *state,
                       struct error *err)
{
    char *path = runs_journal_path(follower->run);
    struct stat info;
    bool ok = false;

    errno = ENOENT;
    follower->state_fd =
        state_fd(state) < 0 ? -1 : fcntl(state_fd(state), F_DUPFD_CLOEXEC, 0);
    if (follower->state_fd >= 0)
        follower->journal_fd =
            openat(follower->state_fd, path,
                   O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (follower->journal_fd < 0)
        error_set_errno(err, errno == ENOENT ? ERROR_NOT_FOUND : ERROR_IO,
                        errno, "cannot read '%s/%s'", state_path(state), path);
    else if (fstat(follower->journal_fd, &info) < 0 || !S_ISREG(info.st_mode))
        error_set(err, ERROR_INPUT, "'%s/%s' is no regular file",
                  state_path(state), path);
    else
        ok = true;
    free(path);
    return ok;
}

static bool start_thread(struct follower *follower, struct error *err)
{
    int number;

    follower->events = queue_new(release_event, err);
    if (!follower->events || !cancel_init(&follower->cancel, err))
        return false;
    number = pthread_create(&follower->thread, NULL, follower_main, follower);
    if (!number)
        return true;
    cancel_release(&follower->cancel);
    return error_set_errno(err, ERROR_INTERNAL, number,
                           "cannot start a thread");
}

struct follower *follower_start(const struct state *state, const char *run,
                                bool follows_output, struct error *err)
{
    struct follower *follower = mem_new(1, sizeof(*follower));

    follower->run = mem_text(run);
    follower->state_fd = follower->journal_fd = -1;
    follower->follows_output = follows_output;
    follower->piece = mem_new(READ_BYTES, 1);
    follower->pid = -1;
    if (open_files(follower, state, err) && start_thread(follower, err))
        return follower;
    error_wrap(err, "run %s", run);
    release(follower);
    return NULL;
}

struct queue *follower_events(struct follower *follower)
{
    return follower->events;
}

const char *follower_run(const struct follower *follower)
{
    return follower->run;
}

bool follower_is_over(const struct follower *follower)
{
    return atomic_load(&follower->has_ended) ||
           atomic_load(&follower->has_died);
}

bool follower_has_died(const struct follower *follower)
{
    return atomic_load(&follower->has_died);
}

size_t follower_skipped(const struct follower *follower)
{
    return atomic_load(&follower->skipped);
}

void follower_stop(struct follower *follower)
{
    if (!follower)
        return;
    cancel_raise(&follower->cancel, CANCEL_KILL);
    pthread_join(follower->thread, NULL);
    cancel_release(&follower->cancel);
    release(follower);
}
