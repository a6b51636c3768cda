/*
 * One pass over the commands of a script. A list is what stands between the
 * brackets of a subshell, or the whole script; braces, loops and functions do
 * not begin a new one, for a `cd` in them is felt outside.
 *
 * An unguarded `cd` is found at once and told at the end: only then it is
 * known whether the script comes back, or sets -e.
 */
#include "core/lint_shell.h"

#include "base/mem.h"
#include "core/lint_lex.h"
#include "core/lint_path.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* A `cd` that may turn out to be unguarded. */
struct change {
    int line;
    char *folder;
    bool in_function;
};

struct scan {
    struct lint_lex lex;
    void (*report)(void *context, enum lint_lesson lesson, int line,
                   const char *subject);
    void *context;
    struct change *changes;
    size_t count, capacity;
    struct strvec homes; /* variables set from `pwd` */
    int subshells;
    bool stops;        /* `set -e` holds here */
    bool stops_at_all; /* or somewhere */
};

/* What stands behind a command. */
enum follow { FOLLOW_NOTHING, FOLLOW_CHAIN, FOLLOW_PIPE };

struct list {
    struct strvec words; /* of the command so far */
    int line;            /* where it begins */
    int cases;           /* open `case ... in` */
    int braces;
    int function; /* the brace level of the function's body; 0: none */
    bool is_function_next;
    bool in_condition;
};

static void read_list(struct scan *scan, char end);

/* ---- single commands -------------------------------------------------- */

/* The length of NAME in `NAME=value` or `NAME+=value`, 0 for other words. */
static size_t assignment_name(const char *word)
{
    size_t size = 0;

    if (isdigit((unsigned char)word[0]))
        return 0;
    while (isalnum((unsigned char)word[size]) || word[size] == '_')
        size++;
    return word[size] == '=' || strncmp(word + size, "+=", 2) == 0 ? size : 0;
}

static void examine_assignment(struct scan *scan, int line, const char *word)
{
    size_t size = assignment_name(word);
    const char *value = strchr(word, '=') + 1;

    if (lint_path_is_relative_state(word, size, value))
        scan->report(scan->context, LESSON_STATE_DIR, line, word);
    if (strstr(value, "pwd") || strstr(value, "PWD"))
        strvec_take(&scan->homes, mem_bytes(word, size));
}

/* `set`: the options of its arguments, from the second word on. */
static void examine_set(struct scan *scan, const struct list *list,
                        char *const *words)
{
    for (; *words && (**words == '-' || **words == '+'); words++) {
        bool on = **words == '-';
        bool is_long = (*words)[strlen(*words) - 1] == 'o' && words[1];

        if (strncmp(*words, "--", 2) == 0)
            return;
        if (strchr(*words, 'e') ||
            (is_long && strcmp(words[1], "errexit") == 0)) {
            if (on)
                scan->stops_at_all = true;
            if (on || !list->function)
                scan->stops = on;
        }
        words += is_long;
    }
}

static void examine_trap(struct scan *scan, int line, char *const *words)
{
    const char *action;

    if (*words && strcmp(*words, "--") == 0)
        words++;
    action = *words;
    if (!action || !*action || *action == '-')
        return;
    for (words++; *words; words++) {
        if (strcmp(*words, "ERR") == 0) {
            scan->report(scan->context, LESSON_ERR_TRAP, line, action);
            return;
        }
    }
}

/* Whether the folder is one to come back to. */
static bool is_home(const struct scan *scan, const char *folder)
{
    size_t size;
    char *name;
    bool known;

    if (strcmp(folder, "-") == 0)
        return true;
    if (folder[0] == '.')
        return !folder[strspn(folder, "./")] && strstr(folder, "..");
    if (folder[0] != '$')
        return false;
    folder += folder[1] == '{' ? 2 : 1;
    size = strcspn(folder, "}:-");
    name = mem_bytes(folder, size);
    known = strcmp(name, "OLDPWD") == 0 || strvec_has(&scan->homes, name);
    free(name);
    return known;
}

static void forget_changes(struct scan *scan)
{
    while (scan->count)
        free(scan->changes[--scan->count].folder);
}

static void examine_cd(struct scan *scan, const struct list *list,
                       char *const *words, enum follow follow)
{
    while (*words && (*words)[0] == '-' && (*words)[1])
        words++;
    if (!*words || scan->subshells)
        return;
    if (is_home(scan, *words)) {
        forget_changes(scan);
        return;
    }
    if (follow != FOLLOW_NOTHING || list->in_condition ||
        (scan->stops && !list->function))
        return;
    scan->changes = mem_grow(scan->changes, scan->count, &scan->capacity,
                             sizeof(*scan->changes));
    scan->changes[scan->count++] =
        (struct change){ .line = list->line,
                         .folder = mem_text(*words),
                         .in_function = list->function > 0 };
}

/* Commands that write to their arguments, or to the last one. */
static void examine_writer(struct scan *scan, int line, char *const *words)
{
    bool is_last_only = strcmp(*words, "cp") == 0 || strcmp(*words, "mv") == 0;

    if (!is_last_only && strcmp(*words, "mkdir") != 0 &&
        strcmp(*words, "touch") != 0 && strcmp(*words, "tee") != 0)
        return;
    for (words++; *words; words++) {
        if ((!is_last_only || !words[1]) && lint_path_is_state(*words))
            scan->report(scan->context, LESSON_STATE_WRITE, line, *words);
    }
}

static bool is_declaration(const char *word)
{
    return strcmp(word, "export") == 0 || strcmp(word, "local") == 0 ||
           strcmp(word, "readonly") == 0 || strcmp(word, "declare") == 0 ||
           strcmp(word, "typeset") == 0;
}

static void examine_command(struct scan *scan, const struct list *list,
                            enum follow follow)
{
    char *const *words = list->words.items;

    for (; *words && assignment_name(*words); words++)
        examine_assignment(scan, list->line, *words);
    while (*words &&
           (strcmp(*words, "command") == 0 || strcmp(*words, "builtin") == 0))
        words++;
    if (!*words)
        return;
    if (is_declaration(*words)) {
        for (words++; *words; words++) {
            if (assignment_name(*words))
                examine_assignment(scan, list->line, *words);
        }
    } else if (strcmp(*words, "cd") == 0 || strcmp(*words, "pushd") == 0) {
        examine_cd(scan, list, words + 1, follow);
    } else if (strcmp(*words, "popd") == 0) {
        forget_changes(scan);
    } else if (strcmp(*words, "trap") == 0) {
        examine_trap(scan, list->line, words + 1);
    } else if (strcmp(*words, "set") == 0 && !scan->subshells) {
        examine_set(scan, list, words + 1);
    } else if (strcmp(*words, "setup_error_handling") == 0) {
        scan->stops = scan->stops_at_all = true;
    } else {
        examine_writer(scan, list->line, words);
    }
}

static void end_command(struct scan *scan, struct list *list,
                        enum follow follow)
{
    if (list->words.count)
        examine_command(scan, list, follow);
    strvec_release(&list->words);
}

/* ---- the grammar ------------------------------------------------------ */

/* Takes a word that means something where a command begins. */
static bool take_keyword(struct scan *scan, struct list *list, const char *word)
{
    static const char *const conditions[] = { "if", "elif", "while", "until" };
    static const char *const bodies[] = { "then", "do" };
    static const char *const others[] = { "else", "fi", "done", "time", "!" };

    for (size_t i = 0; i < sizeof(conditions) / sizeof(conditions[0]); i++) {
        if (strcmp(word, conditions[i]) == 0)
            return list->in_condition = true;
    }
    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
        if (strcmp(word, bodies[i]) == 0) {
            list->in_condition = false;
            return true;
        }
    }
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        if (strcmp(word, others[i]) == 0)
            return true;
    }
    if (strcmp(word, "esac") == 0) {
        list->cases -= list->cases > 0;
        return true;
    }
    if (strcmp(word, "{") == 0) {
        list->braces++;
        if (list->is_function_next && !list->function)
            list->function = list->braces;
        list->is_function_next = false;
        return true;
    }
    if (strcmp(word, "}") == 0) {
        if (list->function == list->braces)
            list->function = 0;
        list->braces -= list->braces > 0;
        return true;
    }
    if (strcmp(word, "[[") == 0)
        lint_lex_skip_test(&scan->lex);
    return false;
}

/* Whether the words so far begin something whose rest is commands. */
static bool is_opening(struct list *list)
{
    char **words = list->words.items;

    if (list->words.count == 3 && strcmp(words[0], "case") == 0 &&
        strcmp(words[2], "in") == 0) {
        list->cases++;
        return true;
    }
    if (list->words.count == 2 && strcmp(words[0], "function") == 0) {
        list->is_function_next = true;
        return true;
    }
    return false;
}

/* Whether the word is the descriptor in `2>file`. */
static bool is_descriptor(const struct scan *scan, const char *word)
{
    char next = lint_lex_peek(&scan->lex, 0);

    return !scan->lex.quoted && (next == '<' || next == '>') &&
           !word[strspn(word, "0123456789")];
}

static void take_word(struct scan *scan, struct list *list, int line)
{
    char *word = mem_text(strbuf_text(&scan->lex.word));

    if (is_descriptor(scan, word)) {
        free(word);
        return;
    }
    if (!list->words.count) {
        if (!scan->lex.quoted && take_keyword(scan, list, word)) {
            free(word);
            return;
        }
        list->line = line;
    }
    strvec_take(&list->words, word);
    if (is_opening(list))
        strvec_release(&list->words);
}

static void read_subshell(struct scan *scan)
{
    if (!lint_lex_enter(&scan->lex))
        return;
    scan->subshells++;
    read_list(scan, ')');
    scan->subshells--;
    lint_lex_leave(&scan->lex);
}

static void read_substitution(void *context)
{
    read_subshell(context);
}

/* At a `(`: of a function, of arithmetic, or of a subshell. */
static void take_paren(struct scan *scan, struct list *list)
{
    struct lint_lex *lex = &scan->lex;

    if (!list->words.count && lint_lex_peek(lex, 1) == '(') {
        lint_lex_skip_parens(lex);
    } else if (!list->words.count && lint_lex_peek(lex, 1) != ')') {
        lex->at++;
        list->is_function_next = false;
        read_subshell(scan);
    } else {
        list->is_function_next |=
            list->words.count == 1 && strcmp(list->words.items[0], "for") != 0;
        lint_lex_skip_parens(lex);
        strvec_release(&list->words);
    }
}

static void take_operator(struct scan *scan, struct list *list)
{
    char first = lint_lex_peek(&scan->lex, 0);
    char second = lint_lex_peek(&scan->lex, 1);
    enum follow follow = FOLLOW_NOTHING;

    if (first != ';' && first == second)
        follow = FOLLOW_CHAIN;
    else if (first != ';')
        follow = FOLLOW_PIPE;
    scan->lex.at += follow == FOLLOW_CHAIN ? 2 : 1;
    end_command(scan, list, follow);
}

/* At `<`, `>` or `&>`. */
static void take_redirection(struct scan *scan, struct list *list, int line)
{
    struct lint_lex *lex = &scan->lex;
    bool writes = lint_lex_peek(lex, 0) != '<';

    if (!writes && lint_lex_peek(lex, 1) == '<' &&
        lint_lex_peek(lex, 2) != '<') {
        lex->at += 2;
        lint_lex_heredoc(lex);
        return;
    }
    while (lint_lex_peek(lex, 0) && strchr("<>&|", lint_lex_peek(lex, 0)))
        lex->at++;
    if (lint_lex_peek(lex, 0) == '(') {
        lex->at++;
        read_subshell(scan);
        return;
    }
    lint_lex_skip_blanks(lex);
    if (lint_lex_word(lex) && writes &&
        lint_path_is_state(strbuf_text(&lex->word)))
        scan->report(scan->context, LESSON_STATE_WRITE,
                     list->words.count ? list->line : line,
                     strbuf_text(&lex->word));
}

/* Reads commands up to the `end` bracket, or to the end of the script. */
static void read_list(struct scan *scan, char end)
{
    struct lint_lex *lex = &scan->lex;
    struct list list = { 0 };

    for (;;) {
        int line;
        char byte;

        lint_lex_skip_blanks(lex);
        if (lex->at >= lex->size)
            break;
        line = lint_lex_line(lex);
        byte = lint_lex_peek(lex, 0);
        if (byte == '\n') {
            end_command(scan, &list, FOLLOW_NOTHING);
            lint_lex_newline(lex);
        } else if (byte == ')') {
            lex->at++;
            if (end == ')' && !list.cases)
                break;
            strvec_release(&list.words); /* the pattern of a case */
        } else if (byte == '(') {
            take_paren(scan, &list);
        } else if (byte == '<' || byte == '>' ||
                   (byte == '&' && lint_lex_peek(lex, 1) == '>')) {
            take_redirection(scan, &list, line);
        } else if (byte == ';' || byte == '&' || byte == '|') {
            take_operator(scan, &list);
        } else if (lint_lex_word(lex)) {
            take_word(scan, &list, line);
        }
    }
    end_command(scan, &list, FOLLOW_NOTHING);
}

/* ---- the script ------------------------------------------------------- */

/* `#!/bin/bash -e` sets -e as well. */
static bool stops_by_shebang(const char *bytes, size_t size)
{
    const char *end = memchr(bytes, '\n', size);
    char *line;
    const char *options;
    bool stops;

    if (size < 2 || memcmp(bytes, "#!", 2) != 0)
        return false;
    line = mem_bytes(bytes, end ? (size_t)(end - bytes) : size);
    options = strstr(line, " -");
    stops = options && strstr(options, "sh") == NULL && strchr(options, 'e');
    free(line);
    return stops;
}

static void report_changes(struct scan *scan)
{
    for (size_t i = 0; i < scan->count; i++) {
        const struct change *change = &scan->changes[i];

        if (!change->in_function || !scan->stops_at_all)
            scan->report(scan->context, LESSON_CD, change->line,
                         change->folder);
    }
}

void lint_shell_scan(const char *bytes, size_t size,
                     void (*report)(void *context, enum lint_lesson lesson,
                                    int line, const char *subject),
                     void *context)
{
    struct scan scan = {
        .lex = { .bytes = bytes, .size = size, .nested = read_substitution },
        .report = report,
        .context = context
    };

    scan.lex.context = &scan;
    scan.stops = scan.stops_at_all = size && stops_by_shebang(bytes, size);
    if (size)
        read_list(&scan, '\0');
    report_changes(&scan);
    forget_changes(&scan);
    free(scan.changes);
    strvec_release(&scan.homes);
    lint_lex_release(&scan.lex);
}
