/*
 * Reads a shell script without running it, for what its commands are given:
 * words with the variables in them replaced as far as the script itself says
 * what they are. Inner half of migrate_read.h.
 *
 *     struct migrate_shell shell = { .bytes = bytes, .size = size,
 *                                    .events = &events, .context = context };
 *     migrate_shell_read(&shell);
 *     migrate_shell_release(&shell);
 *
 * What cannot be known without running it stands in a word as one byte, an
 * enum migrate_unknown, so that the rest of the word can still be used. The
 * bytes of the script that look like one are left out. A variable is worth
 * what was assigned last, but for an assignment that only some runs make (in a
 * branch, a loop or a function) over a value that is there: a known value is
 * then kept over an unknown one, and two that differ are unknown.
 *
 * Never wrong about any bytes: what is no shell gives odd words. For any
 * thread.
 */
#ifndef STEPDECK_CORE_MIGRATE_SHELL_H
#define STEPDECK_CORE_MIGRATE_SHELL_H

#include "base/strbuf.h"
#include "base/strvec.h"

#include <stddef.h>

enum migrate_unknown {
    MIGRATE_OUTPUT = 1, /* of a command */
    MIGRATE_VARIABLE_ELSEWHERE,
    MIGRATE_ARGUMENT, /* of the script */
    MIGRATE_BRANCHES,
    MIGRATE_EXPANSION,
    MIGRATE_UNKNOWNS
};

/* Why the text is not known, "the output of a command"; NULL when it is. */
const char *migrate_unknown_why(const char *text);
/* The unknown bytes, for strpbrk(3). */
extern const char migrate_unknowns[];

struct migrate_word {
    char *text;
    int line;
    size_t name; /* length of NAME when the word is NAME=..., else 0 */
};

struct migrate_words {
    struct migrate_word *items;
    size_t count, capacity;
};

/* What is borrowed by a call is kept no longer than it. */
struct migrate_shell_events {
    void (*assigned)(void *context, const char *name, const char *value,
                     int line);
    /* Assignments before a command are told first; at least one word. */
    void (*command)(void *context, const struct migrate_words *words);
    void (*heredoc)(void *context, const char *text, int line);
};

enum {
    MIGRATE_SHELL_DEEPEST = 32,
    MIGRATE_SHELL_MOST_NAMES = 2048, /* of variables; others are unknown */
    /* Bytes that variables may add to all words together. */
    MIGRATE_SHELL_MOST_EXPANDED = 1 << 20
};

struct migrate_shell {
    const char *bytes;
    size_t size;
    const struct migrate_shell_events *events;
    void *context;
    /* private */
    size_t at;
    int line;
    int depth;    /* of nesting in the reader */
    int branches; /* of if, case, loops, functions and subshells */
    size_t expanded;
    struct strvec names, values;
    struct strvec heredocs; /* those that begin in the next line */
};

/* Reads the script; another one before it leaves its variables. */
void migrate_shell_read(struct migrate_shell *shell);
void migrate_shell_release(struct migrate_shell *shell);

#endif
