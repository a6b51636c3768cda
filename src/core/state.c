/*
 * A checkpoint is three writes. Their order makes every crash harmless:
 *
 *   1. STEP.json with the time of the checkpoint (completed steps only),
 *   2. STEP.status, renamed into place: from here on the step is completed,
 *   3. the line in checkpoints.log.
 *
 * Only the status is synced, with the folder that names it: a power failure
 * may take the record or the line, which does no more harm than a kill.
 *
 * Killed before 2, the step counts as interrupted and runs again. Killed
 * before 3, the record's time differs from the last line of the log, the
 * record is not believed, and the step counts as completed by hand: it is not
 * run twice. The same comparison notices that a script run by hand, with
 * libraries that know nothing of STEP.json, completed the step later.
 */
#include "core/state.h"

#include "base/clock.h"
#include "base/fileio.h"
#include "base/jsonx.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "core/archive.h"
#include "core/statelog.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Replaced files stay here until the state is closed. Hidden, so that an
 * archive does not take it along. */
#define REPLACED_FOLDER ".replaced"

#define COUNTS_AS_PENDING                                                      \
    "it counts as pending; write pending, in_progress, completed or failed"

enum { STATUS_FILE_LIMIT = 256, RECORD_FILE_LIMIT = 1 << 20 };

enum { LOG_CHECKPOINTS, LOG_DEPLOYMENT, LOG_WARNINGS, LOG_ERRORS, LOG_COUNT };

static const char *const log_names[LOG_COUNT] = {
    "checkpoints.log", "deployment.log", "warnings.log", "errors.log"
};

struct state {
    char *path;
    int fd;
    /* The project's own folder could not be had: this one goes with us. */
    bool is_temporary;
    size_t replaced; /* files in REPLACED_FOLDER */
    int log_fds[LOG_COUNT];
    /* Step -> word, written by this process: serves when the disk does not. */
    json_t *written;
    /* Step -> time of its last line in checkpoints.log; read when first asked
     * for, then kept up to date. NULL until then. */
    json_t *times;
};

/* ---- opening ---------------------------------------------------------- */

/* Without it the state would only look untidy to git. */
static void write_ignore(int root_fd)
{
    if (!fileio_exists(root_fd, ".gitignore"))
        (void)!fileio_replace(root_fd, ".gitignore", "*\n", 2, 0600,
                              FILEIO_LAZY, NULL);
}

static bool is_private_folder(int fd, const char *path, struct error *warning)
{
    struct stat info;

    if (fstat(fd, &info) < 0 || info.st_uid == geteuid() || geteuid() == 0)
        return true;
    return error_set(warning, ERROR_IO,
                     "the state folder '%s' belongs to another user", path);
}

static void open_folder(struct state *state, const char *root,
                        enum state_mode mode, struct error *warning)
{
    struct error ignored = { 0 };
    int root_fd;

    if (mode == STATE_WRITE && !fileio_make_dirs(AT_FDCWD, root, 0700, warning))
        return;
    /* The root is opened on its own so that a planted link is refused. */
    root_fd = fileio_open_dir(AT_FDCWD, root,
                              mode == STATE_WRITE ? warning : &ignored);
    if (root_fd < 0)
        return;
    if (mode == STATE_WRITE) {
        /* A folder made by hand may be open to others. */
        (void)!fchmod(root_fd, 0700);
        write_ignore(root_fd);
    }
    if (strcmp(root, state->path) == 0) {
        state->fd = root_fd;
    } else {
        if (mode == STATE_WRITE)
            (void)!fileio_make_dirs(root_fd, state->path + strlen(root) + 1,
                                    0700, warning);
        state->fd = fileio_open_dir(root_fd, state->path + strlen(root) + 1,
                                    mode == STATE_WRITE ? warning : &ignored);
        close(root_fd);
    }
    if (state->fd >= 0 && !is_private_folder(state->fd, state->path, warning)) {
        close(state->fd);
        state->fd = -1;
    }
}

/* A private folder that lasts as long as the process. */
static void open_temporary(struct state *state)
{
    const char *parent = getenv("TMPDIR");
    char *path =
        mem_format("%s/stepdeck-XXXXXX", parent && *parent ? parent : "/tmp");

    if (mkdtemp(path)) {
        state->fd = fileio_open_dir(AT_FDCWD, path, NULL);
        state->is_temporary = true;
        free(state->path);
        state->path = path;
        path = NULL;
    }
    free(path);
}

struct state *state_open(const char *project_dir, const char *environment,
                         enum state_mode mode, struct error *warning)
{
    struct state *state = mem_new(1, sizeof(*state));
    char *root = fileio_join(project_dir, STATE_DIR);

    state->path = environment
                      ? mem_format("%s/environments/%s", root, environment)
                      : mem_text(root);
    state->fd = -1;
    for (int i = 0; i < LOG_COUNT; i++)
        state->log_fds[i] = -1;
    state->written = json_object();
    open_folder(state, root, mode, warning);
    free(root);
    if (mode == STATE_WRITE && state->fd < 0) {
        error_hint(warning, "the deployment goes on, but will not be "
                            "remembered; make the folder writable");
        open_temporary(state);
    }
    return state;
}

static void drop_replaced(struct state *state)
{
    if (state->replaced)
        (void)!fileio_remove_tree(state->fd, REPLACED_FOLDER, NULL);
    state->replaced = 0;
}

void state_free(struct state *state)
{
    if (!state)
        return;
    for (int i = 0; i < LOG_COUNT; i++) {
        if (state->log_fds[i] >= 0)
            close(state->log_fds[i]);
    }
    drop_replaced(state);
    if (state->fd >= 0)
        close(state->fd);
    if (state->is_temporary)
        (void)!fileio_remove_tree(AT_FDCWD, state->path, NULL);
    json_decref(state->written);
    json_decref(state->times);
    free(state->path);
    free(state);
}

const char *state_path(const struct state *state)
{
    return state->path;
}

int state_fd(const struct state *state)
{
    return state->fd;
}

bool state_will_last(const struct state *state)
{
    return state->fd >= 0 && !state->is_temporary;
}

bool state_is_gone(const struct state *state)
{
    struct stat info;

    return state->fd >= 0 && fstat(state->fd, &info) == 0 && info.st_nlink == 0;
}

/* ---- reading ---------------------------------------------------------- */

static bool read_small(const struct state *state, const char *step,
                       const char *suffix, size_t limit, struct strbuf *out,
                       struct error *err)
{
    char *name = mem_format("%s%s", step, suffix);
    bool ok = fileio_read_state(state->fd, name, limit, out, err);

    free(name);
    return ok;
}

enum step_status state_status(const struct state *state, const char *step,
                              struct error *warning)
{
    const char *own = json_string_value(json_object_get(state->written, step));
    enum step_status status = STATUS_PENDING;
    struct strbuf word = { 0 };
    struct error err = { 0 };

    if (own && status_parse(own, strlen(own), &status))
        return status;
    if (state->fd < 0)
        return STATUS_PENDING;
    if (!read_small(state, step, ".status", STATUS_FILE_LIMIT, &word, &err)) {
        if (err.code != ERROR_NOT_FOUND) {
            error_set(warning, err.code, "%s/%s", state->path, err.message);
            error_hint(warning, COUNTS_AS_PENDING);
        }
    } else {
        while (word.len && strchr(" \t\r\n", word.data[word.len - 1]))
            strbuf_truncate(&word, word.len - 1);
        if (!status_parse(strbuf_text(&word), word.len, &status) ||
            !status_is_stored(status)) {
            error_set(warning, ERROR_INPUT,
                      "'%s/%s.status' holds '%.40s', not a status", state->path,
                      step, strbuf_text(&word));
            error_hint(warning, COUNTS_AS_PENDING);
            status = STATUS_PENDING;
        }
    }
    strbuf_release(&word);
    return status;
}

static void load_times(struct state *state)
{
    struct statelog log = { 0 };

    if (state->times)
        return;
    state->times = json_object();
    (void)!statelog_read(&log, state, STATELOG_CHECKPOINTS, NULL);
    for (size_t i = 0; i < log.count; i++)
        jsonx_set_text(state->times, log.entries[i].step, log.entries[i].time);
    statelog_release(&log);
}

json_t *state_record(const struct state *state, const char *step,
                     struct error *warning)
{
    struct strbuf text = { 0 };
    struct error err = { 0 };
    json_t *record = NULL;
    const char *time;

    if (state->fd < 0)
        return NULL;
    if (read_small(state, step, ".json", RECORD_FILE_LIMIT, &text, &err))
        record = jsonx_parse_object(strbuf_text(&text), text.len, &err);
    if (!record && err.code != ERROR_NOT_FOUND && warning && !warning->code) {
        *warning = err;
        error_wrap(warning, "%s/%s.json", state->path, step);
        error_hint(warning, "it is not used; the step's status still counts");
    }
    strbuf_release(&text);
    load_times((struct state *)(uintptr_t)state);
    time = jsonx_text(state->times, step, NULL);
    if (record && time && strcmp(time, jsonx_text(record, "time", "")) != 0) {
        json_decref(record);
        record = NULL;
    }
    return record;
}

/* ---- writing ---------------------------------------------------------- */

static int log_fd(struct state *state, int log, struct error *warning)
{
    if (state->log_fds[log] < 0 && state->fd >= 0)
        state->log_fds[log] =
            fileio_open_append(state->fd, log_names[log], warning);
    return state->log_fds[log];
}

/* A full disk first gets back what was kept. */
static bool replace(struct state *state, const char *name, const char *text,
                    enum fileio_sync sync, struct error *warning)
{
    struct error first = { 0 };
    char *kept;
    bool ok;

    if (!state->replaced)
        (void)!fileio_make_dirs(state->fd, REPLACED_FOLDER, 0700, NULL);
    kept = mem_format(REPLACED_FOLDER "/%zu", state->replaced++);
    ok = fileio_replace_keeping(state->fd, name, kept, text, strlen(text), sync,
                                &first);
    free(kept);
    if (ok)
        return true;
    drop_replaced(state);
    return fileio_replace(state->fd, name, text, strlen(text), 0600, sync,
                          warning);
}

static bool write_status(struct state *state, const char *step,
                         enum step_status status, enum fileio_sync sync,
                         struct error *warning)
{
    char *name = mem_format("%s.status", step);
    char *line = mem_format("%s\n", status_name(status));
    bool ok = replace(state, name, line, sync, warning);

    free(line);
    free(name);
    return ok;
}

static bool write_record(struct state *state, const char *step,
                         enum step_status status, json_t *record,
                         const char *time, struct error *warning)
{
    char *name = mem_format("%s.json", step);
    bool ok = true;
    char *line;

    if (record) {
        jsonx_set_text(record, "time", time);
        jsonx_set_text(record, "status", status_name(status));
        line = json_dumps(record, JSON_INDENT(2));
        ok = replace(state, name, line, FILEIO_LAZY, warning);
        free(line);
    }
    free(name);
    return ok;
}

static bool append_checkpoint(struct state *state, const char *step,
                              enum step_status status, const char *time,
                              struct error *warning)
{
    char *line = mem_format("%s %s %s\n", time, step, status_name(status));
    int fd = log_fd(state, LOG_CHECKPOINTS, warning);
    bool ok = fd >= 0 && fileio_append(fd, line, strlen(line), warning);

    free(line);
    return ok;
}

bool state_checkpoint(struct state *state, const char *step,
                      enum step_status status, json_t *record, int64_t now_ms,
                      struct error *warning)
{
    /* A start that is lost with the power means that the step runs again,
     * which an interrupted step does anyway: only results are synced. */
    enum fileio_sync sync =
        status == STATUS_IN_PROGRESS ? FILEIO_LAZY : FILEIO_DURABLE;
    char time[CLOCK_TEXT_SIZE];
    bool ok;

    clock_format_seconds(now_ms, time);
    jsonx_set_text(state->written, step, status_name(status));
    if (state->times)
        jsonx_set_text(state->times, step, time);
    if (state->fd < 0)
        return true;
    if (state_is_gone(state))
        return error_set(warning, ERROR_IO,
                         "the state folder '%s' was removed during the run",
                         state->path);
    ok = write_record(state, step, status, record, time, warning);
    ok = write_status(state, step, status, sync, warning) && ok;
    ok = append_checkpoint(state, step, status, time, warning) && ok;
    if (sync == FILEIO_DURABLE && fsync(state->fd) < 0)
        ok = error_set_errno(warning, ERROR_IO, errno, "cannot sync '%s'",
                             state->path);
    if (ok)
        json_object_del(state->written, step);
    return ok;
}

void state_log(struct state *state, enum state_level level, const char *step,
               const char *message, int64_t now_ms)
{
    static const struct {
        const char *word;
        int extra_log;
    } levels[] = {
        [STATE_INFO] = { "INFO", -1 },
        [STATE_WARNING] = { "WARNING", LOG_WARNINGS },
        [STATE_ERROR] = { "ERROR", LOG_ERRORS },
    };
    const int logs[] = { LOG_DEPLOYMENT, levels[level].extra_log };
    char time[CLOCK_TEXT_SIZE];
    char *line =
        mem_format("%s %s [%s]: %s", clock_format_seconds(now_ms, time),
                   levels[level].word, step, message);
    size_t size = strlen(line);

    for (size_t i = 0; i < size; i++) {
        if (line[i] == '\n' || line[i] == '\r')
            line[i] = ' ';
    }
    line[size] = '\n';
    for (int i = 0; i < 2; i++) {
        int fd = logs[i] >= 0 ? log_fd(state, logs[i], NULL) : -1;
        struct error dropped = { 0 };

        if (fd >= 0 && !fileio_append(fd, line, size + 1, &dropped))
            continue;
    }
    free(line);
}

/* ---- archive ---------------------------------------------------------- */

bool state_archive(struct state *state, int64_t now_ms, struct error *err)
{
    bool ok;

    json_object_clear(state->written);
    if (state->fd < 0)
        return true;
    ok = archive_states(state->fd, now_ms, err);
    for (int i = 0; i < LOG_COUNT; i++) {
        if (state->log_fds[i] >= 0)
            close(state->log_fds[i]);
        state->log_fds[i] = -1;
    }
    json_decref(state->times);
    state->times = NULL;
    return ok || error_wrap(err, "%s", state->path);
}
