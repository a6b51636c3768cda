/*
 * A shell takes some milliseconds to start, and `-n` takes one file at a time:
 * the syntax of many scripts is checked by a few threads, each of which takes
 * the next script until none is left. Every script has its own list of
 * findings, so the threads share nothing else than the index.
 */
#include "core/lint_script.h"

#include "base/fileio.h"
#include "base/mem.h"
#include "core/child.h"
#include "core/lint_shell.h"
#include "core/prerequisite.h"

#include <ctype.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    SYNTAX_TIMEOUT_MS = 20000,
    SYNTAX_OUTPUT_LIMIT = 64 * 1024,
    LINE_NUMBER_LIMIT = 100 * 1000 * 1000,
    SYNTAX_MOST_FINDINGS = 5, /* of one script: the rest follows from them */
    MOST_THREADS = 16,
    SUBJECT_WIDTH = 60
};

extern char **environ;

/* ---- the interpreter -------------------------------------------------- */

static bool is_shell(const char *name)
{
    static const char *const shells[] = { "bash", "sh",   "dash",
                                          "ksh",  "mksh", "zsh" };

    for (size_t i = 0; i < sizeof(shells) / sizeof(shells[0]); i++) {
        if (strcmp(name, shells[i]) == 0)
            return true;
    }
    return false;
}

/* The words of the `#!` line; none without such a line. */
static void split_shebang(const char *bytes, size_t size, struct strvec *words)
{
    const char *end = size ? memchr(bytes, '\n', size) : NULL;
    char *line;

    if (size < 2 || memcmp(bytes, "#!", 2) != 0)
        return;
    line = mem_bytes(bytes + 2, (end ? (size_t)(end - bytes) : size) - 2);
    strvec_split(words, line, " \t\r");
    free(line);
}

char *lint_script_shell(const char *bytes, size_t size)
{
    struct strvec words = { 0 };
    char *name = NULL;
    size_t at = 0;

    split_shebang(bytes, size, &words);
    if (words.count && strcmp(fileio_base(words.items[0]), "env") == 0) {
        for (at = 1; at < words.count && (words.items[at][0] == '-' ||
                                          strchr(words.items[at], '='));
             at++)
            ;
    }
    if (!words.count)
        name = mem_text("bash");
    else if (at < words.count && is_shell(fileio_base(words.items[at])))
        name = mem_text(fileio_base(words.items[at]));
    strvec_release(&words);
    return name;
}

/* The program that is that shell, as the script itself would have it. */
static char *find_shell(const char *name, const char *bytes, size_t size)
{
    struct strvec words = { 0 };
    char *path = NULL;

    split_shebang(bytes, size, &words);
    if (words.count && access(words.items[0], X_OK) == 0 &&
        strcmp(fileio_base(words.items[0]), name) == 0)
        path = mem_text(words.items[0]);
    strvec_release(&words);
    return path ? path : prerequisite_find_command(name);
}

/* ---- the text --------------------------------------------------------- */

struct text_check {
    struct lint *lint;
    const char *file;
};

static const struct {
    enum lint_severity severity;
    const char *rule, *format, *advice;
} lessons[] = {
    [LESSON_STATE_DIR] = { LINT_ERROR, "relative-state",
                           "the state folder is a relative path, which breaks "
                           "at the first cd",
                           "make it absolute: \"$(pwd)/.deployment-state\"" },
    [LESSON_STATE_WRITE] = { LINT_ERROR, "relative-state",
                             "writes to the state folder by a relative path, "
                             "which breaks at the first cd",
                             "write to \"${DEPLOYMENT_STATE_DIR}/...\"" },
    [LESSON_ERR_TRAP] = { LINT_ERROR, "err-trap",
                          "an ERR trap reports failures that are none",
                          "remove it; use 'set -e', and an EXIT trap that "
                          "looks at the exit status" },
    [LESSON_CD] = { LINT_WARNING, "unguarded-cd",
                    "when this cd fails, the script goes on in the wrong "
                    "folder",
                    "write 'cd ... || exit 1', or use a subshell: "
                    "(cd ... && ...)" },
};

static void report_lesson(void *context, enum lint_lesson lesson, int line,
                          const char *subject)
{
    struct text_check *check = context;

    lint_add(check->lint, lessons[lesson].severity, lessons[lesson].rule,
             check->file, line, lessons[lesson].advice, "'%.*s': %s",
             (int)SUBJECT_WIDTH, subject, lessons[lesson].format);
}

static int line_at(const char *bytes, const char *place)
{
    int line = 1;

    for (; bytes < place; bytes++)
        line += *bytes == '\n';
    return line;
}

/* Whether there are Windows line ends, which it tells about. */
static bool check_line_ends(struct lint *lint, const char *file,
                            const char *bytes, size_t size)
{
    char *advice;

    for (const char *at = bytes;
         (at = memchr(at, '\r', size - (size_t)(at - bytes))) != NULL; at++) {
        if ((size_t)(at - bytes) + 1 >= size || at[1] != '\n')
            continue;
        advice = mem_format("convert it: sed -i.bak 's/\\r$//' %s", file);
        lint_add(lint, LINT_ERROR, "line-ends", file, line_at(bytes, at),
                 advice, "the script has Windows line ends");
        free(advice);
        return true;
    }
    return false;
}

/* The kernel would refuse the script, with a message that names the script
 * and not what is missing. */
static void check_interpreter(struct lint *lint, const char *file,
                              const char *bytes, size_t size)
{
    struct strvec words = { 0 };

    split_shebang(bytes, size, &words);
    if (words.count && access(words.items[0], F_OK) != 0)
        lint_add(lint, LINT_WARNING, "interpreter", file, 1,
                 "write '#!/usr/bin/env bash', or install it",
                 "there is no '%.*s' on this machine", (int)SUBJECT_WIDTH,
                 words.items[0]);
    strvec_release(&words);
}

void lint_script_check(struct lint *lint, const char *file, const char *path,
                       const char *bytes, size_t size,
                       struct lint_scripts *scripts)
{
    struct text_check check = { .lint = lint, .file = file };
    struct lint_script *script;
    bool windows;
    char *name;

    if (!size || memchr(bytes, '\0', size))
        return;
    windows = check_line_ends(lint, file, bytes, size);
    check_interpreter(lint, file, bytes, size);
    name = lint_script_shell(bytes, size);
    if (!name)
        return;
    lint_shell_scan(bytes, size, report_lesson, &check);
    scripts->items = mem_grow(scripts->items, scripts->count,
                              &scripts->capacity, sizeof(*scripts->items));
    script = &scripts->items[scripts->count++];
    /* Windows line ends would be told again as odd syntax errors. */
    *script = (struct lint_script){
        .file = mem_text(file),
        .path = mem_text(path),
        .shell = windows ? NULL : find_shell(name, bytes, size)
    };
    free(name);
}

void lint_script_check_file(struct lint *lint, const char *dir,
                            const char *file, struct lint_scripts *scripts)
{
    char *path = fileio_join(dir, file);
    struct strbuf bytes = { 0 };
    struct error err = { 0 };

    if (!lint_begin_file(lint, file))
        goto out;
    if (fileio_read(AT_FDCWD, path, LINT_SCRIPT_LIMIT, &bytes, &err))
        lint_script_check(lint, file, path, strbuf_text(&bytes), bytes.len,
                          scripts);
    else
        lint_add_placed(lint, LINT_ERROR, "unreadable", file, err.message,
                        err.hint);
out:
    strbuf_release(&bytes);
    free(path);
}

/* ---- the syntax ------------------------------------------------------- */

/* Takes off what stands before the message: "PATH: line 3: ", "PATH: 3: ",
 * "PATH:3: ", "PATH[3]: ". ksh writes "syntax error at line 3: ..." instead. */
static int read_line_number(const char *digits, char **end)
{
    long number = strtol(digits, end, 10);

    return number > 0 && number < LINE_NUMBER_LIMIT ? (int)number : 0;
}

bool lint_script_parse(const char *text, const char *path, int *line,
                       const char **message)
{
    static const char at_line[] = " at line ";
    const char *found = strstr(text, path);
    const char *place;
    char *end;

    if (!found)
        return false;
    text = found + strlen(path);
    text += strspn(text, ":[ ");
    place = strncmp(text, "line ", 5) == 0 ? text + 5 : text;
    if (!isdigit((unsigned char)*place)) {
        place = strstr(text, at_line);
        *line = place ? read_line_number(place + strlen(at_line), &end) : 0;
        *message = text;
        return *text != '\0';
    }
    *line = read_line_number(place, &end);
    end += strspn(end, "]: ");
    *message = end;
    return *end && *end != '`';
}

static void take_output(void *context, const char *bytes, size_t size)
{
    struct strbuf *output = context;

    if (output->len < SYNTAX_OUTPUT_LIMIT)
        strbuf_add(output, bytes, size);
}

static void add_syntax_findings(struct lint_script *script, bool failed,
                                const struct strbuf *output)
{
    struct strvec lines = { 0 };
    char *advice = mem_format("%s -n %s shows it again",
                              fileio_base(script->shell), script->file);
    size_t before = script->result.count;

    strvec_split(&lines, strbuf_text(output), "\n");
    for (size_t i = 0; i < lines.count; i++) {
        const char *message;
        int line;

        if (script->result.count - before < SYNTAX_MOST_FINDINGS &&
            lint_script_parse(lines.items[i], script->path, &line, &message))
            lint_add(&script->result, failed ? LINT_ERROR : LINT_WARNING,
                     "syntax", script->file, line, advice, "%s", message);
    }
    if (failed && script->result.count == before)
        lint_add(&script->result, LINT_ERROR, "syntax", script->file, 0, advice,
                 "'%s -n' does not understand the script",
                 fileio_base(script->shell));
    free(advice);
    strvec_release(&lines);
}

/* Ours without the files that shells run at their start, messages in
 * English. */
static void build_environment(struct strvec *environment)
{
    strvec_add(environment, "LC_ALL=C");
    for (char **entry = environ; entry && *entry; entry++) {
        if (strncmp(*entry, "LC_ALL=", 7) != 0 &&
            strncmp(*entry, "BASH_ENV=", 9) != 0 &&
            strncmp(*entry, "ENV=", 4) != 0)
            strvec_add(environment, *entry);
    }
}

static void check_syntax(struct lint_script *script,
                         const struct strvec *environment)
{
    struct strbuf output = { 0 };
    struct strvec argv = { 0 };
    struct child_request request = { .environment = environment->items,
                                     .marker_fd = -1,
                                     .timeout_ms = SYNTAX_TIMEOUT_MS,
                                     .output = take_output,
                                     .context = &output };
    struct child_result result;

    strvec_add(&argv, script->shell);
    strvec_add(&argv, "-n");
    strvec_add(&argv, script->path);
    request.argv = argv.items;
    if (child_run(&request, &result, NULL) && result.end == CHILD_EXITED)
        add_syntax_findings(script, result.exit_status != 0, &output);
    strvec_release(&argv);
    strbuf_release(&output);
}

struct pool {
    struct lint_scripts *scripts;
    atomic_size_t next;
    struct strvec environment;
};

static void *work(void *context)
{
    struct pool *pool = context;
    size_t index;

    while ((index = atomic_fetch_add(&pool->next, 1)) < pool->scripts->count) {
        if (pool->scripts->items[index].shell)
            check_syntax(&pool->scripts->items[index], &pool->environment);
    }
    return NULL;
}

/* The calling thread works too, so no thread at all is enough. */
static void run_pool(struct pool *pool)
{
    pthread_t threads[MOST_THREADS];
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    size_t started = 0;

    while (started < MOST_THREADS && (long)started + 1 < processors &&
           started + 1 < pool->scripts->count &&
           pthread_create(&threads[started], NULL, work, pool) == 0)
        started++;
    work(pool);
    while (started)
        pthread_join(threads[--started], NULL);
}

void lint_scripts_check_syntax(struct lint *lint, struct lint_scripts *scripts)
{
    struct pool pool = { .scripts = scripts };

    build_environment(&pool.environment);
    run_pool(&pool);
    for (size_t i = 0; i < scripts->count; i++) {
        const struct lint *result = &scripts->items[i].result;

        for (size_t j = 0; j < result->count; j++) {
            const struct lint_finding *found = &result->findings[j];

            lint_add(lint, found->severity, found->rule, found->file,
                     found->line, found->advice, "%s", found->message);
        }
    }
    strvec_release(&pool.environment);
}

void lint_scripts_release(struct lint_scripts *scripts)
{
    for (size_t i = 0; i < scripts->count; i++) {
        free(scripts->items[i].file);
        free(scripts->items[i].path);
        free(scripts->items[i].shell);
        lint_release(&scripts->items[i].result);
    }
    free(scripts->items);
    *scripts = (struct lint_scripts){ 0 };
}
