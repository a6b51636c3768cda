/*
 * Cuts a shell script into words, well enough for lint: quotes, escapes,
 * expansions, comments and here-documents are told apart, nothing is expanded
 * and nothing is ever wrong. The inner half of lint_shell.h.
 *
 *     struct lint_lex lex = { .bytes = bytes, .size = size,
 *                             .nested = commands, .context = context };
 *     lint_lex_skip_blanks(&lex);
 *     if (lint_lex_word(&lex))
 *         use(strbuf_text(&lex.word));
 *     lint_lex_release(&lex);
 *
 * The caller steps over operators by `at` itself. For any thread.
 */
#ifndef STEPDECK_CORE_LINT_LEX_H
#define STEPDECK_CORE_LINT_LEX_H

#include "base/strbuf.h"
#include "base/strvec.h"

enum { LINT_LEX_DEEPEST = 64 };

struct lint_lex {
    const char *bytes;
    size_t size;
    size_t at;
    /* Called behind the `(` of a command substitution; it leaves `at` behind
     * the `)` that belongs to it. */
    void (*nested)(void *context);
    void *context;
    struct strbuf word;     /* without its quotes; expansions as written */
    bool quoted;            /* part of the word was */
    struct strvec heredocs; /* delimiters whose text begins in the next line,
                               each behind '-' or ' ' */
    int depth;
    int line; /* of `line_at`, see lint_lex_line() */
    size_t line_at;
};

void lint_lex_release(struct lint_lex *lex);

/* The byte `offset` behind the current one, 0 behind the end. */
char lint_lex_peek(const struct lint_lex *lex, size_t offset);

/* Skips blanks, continued lines and a comment. */
void lint_lex_skip_blanks(struct lint_lex *lex);

/* Reads the word that begins here; false, having moved nowhere, when an
 * operator, a blank or a line end stands here. */
bool lint_lex_word(struct lint_lex *lex);

/* Steps over the newline here and the here-documents behind it. */
void lint_lex_newline(struct lint_lex *lex);

/* Reads the delimiter of a here-document, behind its `<<`. */
void lint_lex_heredoc(struct lint_lex *lex);

/* Steps behind the `)` that closes the `(` here, whatever is between. */
void lint_lex_skip_parens(struct lint_lex *lex);

/* Steps behind the next word `]]`. */
void lint_lex_skip_test(struct lint_lex *lex);

/* The line of the current place, from 1. */
int lint_lex_line(struct lint_lex *lex);

/* Begins and ends a level of nesting; too deep a one is refused and gives up
 * the rest of the script. */
bool lint_lex_enter(struct lint_lex *lex);
void lint_lex_leave(struct lint_lex *lex);

#endif
