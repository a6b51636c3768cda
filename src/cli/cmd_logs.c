/*
 * Logs are copied in pieces, so that a log of any size takes the same memory.
 * Into a pipe go the bytes as they are; a terminal gets lines without what
 * drives it. Written with write(2): a reader that went away must end the copy
 * of a 10 GB log at once.
 *
 * Following reads each log of the run again from where it stopped, and says
 * which log goes on whenever another did in between. The end of the run is
 * looked for before the logs are read, so that nothing written before it is
 * missed.
 */
#include "base/clock.h"
#include "base/fileio.h"
#include "base/jsonx.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "base/utf8.h"
#include "cli/command.h"
#include "cli/output.h"
#include "cli/workspace.h"
#include "core/event.h"
#include "core/lock.h"
#include "core/runmodel.h"
#include "core/runs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    PIECE_SIZE = 64 * 1024,
    LONGEST_LINE = 64 * 1024, /* longer ones are shown in parts */
    FOLLOW_MS = 250,
    JOURNAL_TAIL = 64 * 1024
};

struct source {
    char *name; /* "step-010-network" */
    int fd;
    off_t offset;
    struct strbuf line; /* on a terminal: the line that is not complete */
};

struct logs {
    const struct session *session;
    char *run;  /* NULL: the latest log of `step` alone */
    char *step; /* NULL: all of the run */
    bool is_terminal;
    bool has_headers;
    bool is_closed; /* nobody reads any more */
    struct source *sources;
    size_t count, capacity;
    size_t current;      /* whose header was printed last */
    struct strbuf lines; /* on a terminal: whole lines to be written */
};

/* ---- writing ---------------------------------------------------------- */

static void put(struct logs *logs, const char *bytes, size_t size)
{
    if (!logs->is_closed)
        logs->is_closed = !fileio_write_all(STDOUT_FILENO, bytes, size, NULL);
}

/* Of a line that a progress bar wrote over and over, the last state. */
static void put_line(struct logs *logs, const char *bytes, size_t size)
{
    struct strbuf *safe = &logs->lines;
    size_t begin = safe->len, start = 0;

    while (size && bytes[size - 1] == '\r')
        size--;
    for (size_t i = 0; i < size; i++) {
        if (bytes[i] == '\r')
            start = i + 1;
    }
    utf8_sanitise(bytes + start, size - start, output_has_colour(), safe);
    if (safe->len > begin &&
        memchr(safe->data + begin, '\x1b', safe->len - begin))
        strbuf_adds(safe, "\x1b[0m");
    strbuf_addc(safe, '\n');
}

static void flush_lines(struct logs *logs)
{
    if (logs->lines.len)
        put(logs, logs->lines.data, logs->lines.len);
    strbuf_clear(&logs->lines);
}

static void put_lines(struct logs *logs, struct source *source,
                      const char *bytes, size_t size)
{
    struct strbuf *line = &source->line;
    size_t done = 0;
    const char *end;

    strbuf_add(line, bytes, size);
    while ((end = memchr(line->data + done, '\n', line->len - done)) != NULL) {
        size_t length = (size_t)(end - (line->data + done));

        put_line(logs, line->data + done, length);
        done += length + 1;
    }
    strbuf_consume(line, done);
    if (line->len > LONGEST_LINE) {
        put_line(logs, line->data, line->len);
        strbuf_clear(line);
    }
    flush_lines(logs);
}

static void finish_line(struct logs *logs, struct source *source)
{
    if (source->line.len)
        put_line(logs, source->line.data, source->line.len);
    strbuf_clear(&source->line);
    flush_lines(logs);
}

static void put_header(struct logs *logs, size_t index)
{
    char *safe, *text;

    if (!logs->has_headers || logs->current == index)
        return;
    if (logs->current != SIZE_MAX)
        finish_line(logs, &logs->sources[logs->current]);
    safe = output_safe(logs->sources[index].name);
    text =
        mem_format("%s%s==> %s <==%s\n", logs->current == SIZE_MAX ? "" : "\n",
                   output_on(STYLE_BOLD), safe, output_off());
    put(logs, text, strlen(text));
    logs->current = index;
    free(text);
    free(safe);
}

/* Copies what there is from where it stopped. */
static void copy(struct logs *logs, size_t index)
{
    struct source *source = &logs->sources[index];
    char *piece = mem_new(PIECE_SIZE, 1);
    ssize_t size;

    while (!logs->is_closed &&
           (size = pread(source->fd, piece, PIECE_SIZE, source->offset)) > 0) {
        put_header(logs, index);
        source->offset += size;
        if (logs->is_terminal)
            put_lines(logs, source, piece, (size_t)size);
        else
            put(logs, piece, (size_t)size);
    }
    free(piece);
}

/* ---- which logs ------------------------------------------------------- */

static int open_log(const struct logs *logs, const char *path)
{
    struct stat info;
    int fd = openat(state_fd(logs->session->state), path,
                    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

    if (fd >= 0 && (fstat(fd, &info) < 0 || !S_ISREG(info.st_mode))) {
        close(fd);
        fd = -1;
    }
    return fd;
}

static bool has_source(const struct logs *logs, const char *name)
{
    for (size_t i = 0; i < logs->count; i++) {
        if (strcmp(logs->sources[i].name, name) == 0)
            return true;
    }
    return false;
}

static bool add_source(struct logs *logs, const char *name, const char *path)
{
    int fd = has_source(logs, name) ? -1 : open_log(logs, path);

    if (fd < 0)
        return false;
    logs->sources = mem_grow(logs->sources, logs->count, &logs->capacity,
                             sizeof(*logs->sources));
    logs->sources[logs->count++] =
        (struct source){ .name = mem_text(name), .fd = fd };
    return true;
}

static bool add_of_run(struct logs *logs, const char *run, const char *name)
{
    char *path = mem_format("runs/%s/%s.log", run, name);
    bool added = add_source(logs, name, path);

    free(path);
    return added;
}

/* The names of a run's logs: those of its hooks around those of its steps. */
static void list_names(const struct logs *logs, const char *run,
                       struct strvec *names)
{
    char *folder = mem_format("runs/%s", run);
    struct strvec files = { 0 };
    int fd = state_fd(logs->session->state) < 0
                 ? -1
                 : openat(state_fd(logs->session->state), folder,
                          O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

    if (fd >= 0)
        (void)!fileio_list(fd, &files, NULL);
    for (size_t i = 0; i < files.count; i++) {
        size_t size = strlen(files.items[i]);

        if (size <= 4 || strcmp(files.items[i] + size - 4, ".log") != 0)
            continue;
        files.items[i][size - 4] = '\0';
        strvec_add(names, files.items[i]);
    }
    if (fd >= 0)
        close(fd);
    strvec_release(&files);
    free(folder);
}

/* Adds what is there and not known yet, in the order of the plan. */
static void find_sources(struct logs *logs)
{
    struct run_model model = { 0 };
    struct strvec names = { 0 };

    if (!logs->run)
        return;
    list_names(logs, logs->run, &names);
    if (logs->step) {
        if (strvec_has(&names, logs->step))
            add_of_run(logs, logs->run, logs->step);
    } else if (names.count > logs->count) {
        (void)!run_model_load(&model, logs->session->state, logs->run, NULL,
                              NULL);
        if (strvec_has(&names, "pre-run"))
            add_of_run(logs, logs->run, "pre-run");
        for (size_t i = 0; i < model.step_count; i++) {
            if (strvec_has(&names, model.steps[i].id))
                add_of_run(logs, logs->run, model.steps[i].id);
        }
        for (size_t i = 0; i < names.count; i++)
            add_of_run(logs, logs->run, names.items[i]);
        run_model_release(&model);
    }
    strvec_release(&names);
}

/* STEP.log; where it is a symbolic link, the newest run that has one. */
static void find_latest(struct logs *logs)
{
    char *path = mem_format("%s.log", logs->step);
    struct strvec runs = { 0 };

    runs_list(logs->session->state, &runs);
    if (!add_source(logs, logs->step, path)) {
        for (size_t i = runs.count; i > 0; i--) {
            if (add_of_run(logs, runs.items[i - 1], logs->step))
                break;
        }
    }
    strvec_release(&runs);
    free(path);
}

/* ---- following -------------------------------------------------------- */

/* Whether the last whole line of the journal is run.end. */
static bool journal_has_end(const struct logs *logs)
{
    char *path = runs_journal_path(logs->run);
    int fd = open_log(logs, path);
    char *tail = mem_new(JOURNAL_TAIL, 1), *line;
    off_t size = fd >= 0 ? lseek(fd, 0, SEEK_END) : 0;
    ssize_t got = fd < 0 ? 0
                         : pread(fd, tail, JOURNAL_TAIL,
                                 size > JOURNAL_TAIL ? size - JOURNAL_TAIL : 0);
    size_t length = got > 0 ? (size_t)got : 0;
    struct event *event = NULL;
    bool has_end;

    if (length && tail[length - 1] == '\n') {
        tail[--length] = '\0';
        line = strrchr(tail, '\n');
        line = line ? line + 1 : tail;
        event = event_parse(line, strlen(line), NULL);
    }
    has_end = event && event_type(event) == EVENT_RUN_END;
    event_unref(event);
    free(tail);
    free(path);
    if (fd >= 0)
        close(fd);
    return has_end;
}

static bool has_ended(const struct logs *logs)
{
    json_t *holder = NULL;
    bool is_held = lock_inspect(state_fd(logs->session->state), &holder);
    const char *run = jsonx_text(holder, "run", NULL);
    bool ended = !is_held || (run && strcmp(run, logs->run) != 0) ||
                 journal_has_end(logs);

    json_decref(holder);
    return ended;
}

static void follow(struct logs *logs)
{
    bool ended;

    do {
        ended = has_ended(logs);
        find_sources(logs);
        for (size_t i = 0; i < logs->count; i++)
            copy(logs, i);
        if (!ended)
            clock_wait(clock_system(), FOLLOW_MS, NULL);
    } while (!ended && !logs->is_closed);
}

/* ---- the command ------------------------------------------------------ */

/* A word that is neither: who writes "step-" means a step. */
static void refuse_word(const char *word, const struct error *no_step,
                        struct error *err)
{
    if (strncmp(word, "step-", strlen("step-")) == 0) {
        *err = *no_step;
        return;
    }
    error_clear(err);
    error_set(err, ERROR_INPUT, "'%s' is no step and no single run", word);
    error_hint(err, "'stepdeck status' lists the steps, 'stepdeck history' "
                    "the runs");
}

/* A single argument is a step or a run. */
static bool choose(struct logs *logs, const struct options *options,
                   struct error *err)
{
    const struct strvec *words = &options->arguments;
    const struct session *session = logs->session;
    const char *first = words->count ? words->items[0] : NULL;
    const char *second = words->count > 1 ? words->items[1] : NULL;
    struct error no_step = { 0 };
    size_t index;

    if (words->count == 1 &&
        project_find(&session->project, first, &index, &no_step)) {
        logs->step = mem_text(session->project.steps[index].id);
        return true;
    }
    logs->run = runs_find(session->state, first, err);
    if (!logs->run) {
        if (words->count == 1)
            refuse_word(first, &no_step, err);
        return false;
    }
    if (!second)
        return true;
    /* A step that the project has no more may have its log. */
    if (project_find(&session->project, second, &index, &no_step))
        logs->step = mem_text(session->project.steps[index].id);
    else
        logs->step = mem_text(second);
    return true;
}

static bool refuse(const struct logs *logs, struct error *err)
{
    struct strvec names = { 0 };
    struct strbuf list = { 0 };

    if (!logs->run) {
        error_set(err, ERROR_INPUT, "there is no log of %s yet", logs->step);
        return error_hint(err, "it has not run; 'stepdeck history' lists what "
                               "has");
    }
    list_names(logs, logs->run, &names);
    for (size_t i = 0; i < names.count; i++)
        strbuf_addf(&list, "%s%s", i ? ", " : "", names.items[i]);
    error_set(err, ERROR_INPUT, "run %s has no log%s%s", logs->run,
              logs->step ? " of " : "", logs->step ? logs->step : "");
    error_hint(err, names.count ? "it has: %s" : "none of its steps was run%s",
               strbuf_text(&list));
    strbuf_release(&list);
    strvec_release(&names);
    return false;
}

static bool print_logs(struct logs *logs, const struct options *options,
                       struct error *err)
{
    bool follows = options->given[OPTION_FOLLOW];

    if (logs->step && !logs->run && follows) {
        logs->run = runs_find(logs->session->state, NULL, NULL);
        /* A run that is over has nothing to follow: the latest log it is. */
        if (logs->run && has_ended(logs)) {
            free(logs->run);
            logs->run = NULL;
        }
    }
    logs->has_headers = logs->run && !logs->step;
    if (logs->run && follows) {
        follow(logs);
    } else if (logs->run) {
        find_sources(logs);
    } else {
        find_latest(logs);
    }
    if (!logs->count)
        return refuse(logs, err);
    for (size_t i = 0; i < logs->count; i++) {
        /* An empty log has its header as well; followed ones had theirs. */
        if (!follows)
            put_header(logs, i);
        copy(logs, i);
        finish_line(logs, &logs->sources[i]);
    }
    return true;
}

static void release(struct logs *logs)
{
    for (size_t i = 0; i < logs->count; i++) {
        close(logs->sources[i].fd);
        strbuf_release(&logs->sources[i].line);
        free(logs->sources[i].name);
    }
    strbuf_release(&logs->lines);
    free(logs->sources);
    free(logs->run);
    free(logs->step);
}

static int run_logs(const struct options *options)
{
    struct session session = { 0 };
    struct logs logs = { .session = &session, .current = SIZE_MAX };
    struct error err = { 0 };
    int status = 0;

    if (!workspace_open(&session, options, STATE_READ, &err))
        return command_fail(&err);
    logs.is_terminal = isatty(STDOUT_FILENO);
    output_flush();
    if (!choose(&logs, options, &err) || !print_logs(&logs, options, &err))
        status = command_fail(&err);
    release(&logs);
    workspace_close(&session);
    return status;
}

const struct command command_logs = {
    .name = "logs",
    .arguments = "[RUN] [STEP]",
    .most = 2,
    .groups = OPTIONS_PROJECT | OPTIONS_FOLLOW,
    .summary = "what the steps printed",
    .description =
        "Prints the logs of a run, all its steps in order or only STEP. "
        "Without RUN it is the last run, for a STEP alone its latest log. Into "
        "a pipe go the bytes as the step printed them (secrets masked); a "
        "terminal gets lines that cannot drive it. --follow goes on with what "
        "is added until the run has ended.",
    .examples = "stepdeck logs\n"
                "stepdeck logs step-010-network\n"
                "stepdeck logs 7f3c 10 | less -R\n"
                "stepdeck logs --follow",
    .run = run_logs,
};
