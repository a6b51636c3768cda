/*
 * What an expansion holds does not matter to its word, but where it ends does:
 * each is read like the shell reads it (into a word that is thrown away), and
 * then its bytes are put into the word as written.
 */
#include "core/lint_lex.h"

#include "base/mem.h"

#include <string.h>

static void read_double(struct lint_lex *lex);

void lint_lex_release(struct lint_lex *lex)
{
    strbuf_release(&lex->word);
    strvec_release(&lex->heredocs);
}

bool lint_lex_enter(struct lint_lex *lex)
{
    if (lex->depth >= LINT_LEX_DEEPEST) {
        lex->at = lex->size;
        return false;
    }
    lex->depth++;
    return true;
}

void lint_lex_leave(struct lint_lex *lex)
{
    lex->depth--;
}

char lint_lex_peek(const struct lint_lex *lex, size_t offset)
{
    return offset < lex->size - lex->at ? lex->bytes[lex->at + offset] : '\0';
}

static void skip(struct lint_lex *lex, size_t size)
{
    size_t left = lex->size - lex->at;

    lex->at += size < left ? size : left;
}

static bool is_over(const struct lint_lex *lex)
{
    return lex->at >= lex->size;
}

/* Steps behind the next `byte`, or to the end. */
static void skip_behind(struct lint_lex *lex, char byte)
{
    const char *found = memchr(lex->bytes + lex->at, byte, lex->size - lex->at);

    lex->at = found ? (size_t)(found - lex->bytes) + 1 : lex->size;
}

int lint_lex_line(struct lint_lex *lex)
{
    if (!lex->line || lex->at < lex->line_at) {
        lex->line = 1;
        lex->line_at = 0;
    }
    for (; lex->line_at < lex->at; lex->line_at++)
        lex->line += lex->bytes[lex->line_at] == '\n';
    return lex->line;
}

/* ---- quotes ----------------------------------------------------------- */

static void read_single(struct lint_lex *lex)
{
    size_t start = ++lex->at;

    skip_behind(lex, '\'');
    lex->quoted = true;
    if (lex->at > start)
        strbuf_add(&lex->word, lex->bytes + start,
                   lex->at - start - (lex->bytes[lex->at - 1] == '\''));
}

/* $'...', at its quote. */
static void skip_ansi(struct lint_lex *lex)
{
    for (lex->at++; !is_over(lex) && lint_lex_peek(lex, 0) != '\'';)
        skip(lex, lint_lex_peek(lex, 0) == '\\' ? 2 : 1);
    skip(lex, 1);
}

static void skip_backtick(struct lint_lex *lex)
{
    for (lex->at++; !is_over(lex) && lint_lex_peek(lex, 0) != '`';)
        skip(lex, lint_lex_peek(lex, 0) == '\\' ? 2 : 1);
    skip(lex, 1);
}

static void read_escape(struct lint_lex *lex)
{
    char byte = lint_lex_peek(lex, 1);

    if (byte && byte != '\n')
        strbuf_addc(&lex->word, byte);
    skip(lex, 2);
}

/* ---- expansions ------------------------------------------------------- */

static void skip_dollar(struct lint_lex *lex, bool in_double);

/* One piece of what stands between brackets. */
static void skip_piece(struct lint_lex *lex, bool in_double)
{
    switch (lint_lex_peek(lex, 0)) {
    case '\\':
        skip(lex, 2);
        break;
    case '\'':
        if (in_double)
            lex->at++;
        else
            read_single(lex);
        break;
    case '"':
        read_double(lex);
        break;
    case '`':
        skip_backtick(lex);
        break;
    case '$':
        skip_dollar(lex, in_double);
        break;
    default:
        lex->at++;
        break;
    }
}

/* At the opening bracket. Round ones nest; a `{` within `${...}` is text. */
static void skip_brackets(struct lint_lex *lex, char close, bool in_double)
{
    int level = 1;

    lex->at++;
    while (!is_over(lex)) {
        char byte = lint_lex_peek(lex, 0);

        if (byte == close && --level == 0)
            break;
        if (close == ')' && byte == '(')
            level++;
        if (byte == close)
            lex->at++;
        else
            skip_piece(lex, in_double);
    }
    skip(lex, 1);
}

static void skip_expansion(struct lint_lex *lex, bool in_double)
{
    switch (lint_lex_peek(lex, 1)) {
    case '(':
        lex->at++;
        if (lint_lex_peek(lex, 1) == '(') {
            skip_brackets(lex, ')', in_double);
        } else {
            lex->at++;
            lex->nested(lex->context);
        }
        break;
    case '{':
        lex->at++;
        skip_brackets(lex, '}', in_double);
        break;
    case '\'':
        lex->at++;
        if (!in_double)
            skip_ansi(lex);
        break;
    default:
        lex->at++;
        break;
    }
}

/* Whatever begins with the `$` here; the word of the caller is not touched. */
static void skip_dollar(struct lint_lex *lex, bool in_double)
{
    struct strbuf word = lex->word;
    bool quoted = lex->quoted;

    if (!lint_lex_enter(lex))
        return;
    lex->word = (struct strbuf){ 0 };
    skip_expansion(lex, in_double);
    strbuf_release(&lex->word);
    lex->word = word;
    lex->quoted = quoted;
    lint_lex_leave(lex);
}

static void read_as_written(struct lint_lex *lex, bool in_double)
{
    size_t start = lex->at;

    if (lint_lex_peek(lex, 0) == '`')
        skip_backtick(lex);
    else
        skip_dollar(lex, in_double);
    strbuf_add(&lex->word, lex->bytes + start, lex->at - start);
}

static void read_double(struct lint_lex *lex)
{
    lex->quoted = true;
    if (!lint_lex_enter(lex))
        return;
    lex->at++;
    while (!is_over(lex) && lint_lex_peek(lex, 0) != '"') {
        char byte = lint_lex_peek(lex, 0);

        if (byte == '\\')
            read_escape(lex);
        else if (byte == '$' || byte == '`')
            read_as_written(lex, true);
        else
            strbuf_addc(&lex->word, lex->bytes[lex->at++]);
    }
    skip(lex, 1);
    lint_lex_leave(lex);
}

void lint_lex_skip_parens(struct lint_lex *lex)
{
    struct strbuf word = lex->word;

    lex->word = (struct strbuf){ 0 };
    if (lint_lex_enter(lex)) {
        skip_brackets(lex, ')', false);
        lint_lex_leave(lex);
    }
    strbuf_release(&lex->word);
    lex->word = word;
}

/* ---- words ------------------------------------------------------------ */

static bool is_blank(char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\r';
}

static bool ends_word(char byte)
{
    return is_blank(byte) || byte == '\n' ||
           (byte && strchr(";&|<>()", byte) != NULL);
}

/* Whether a `(` behind the word belongs to it: an array or a pattern. */
static bool takes_parens(const struct lint_lex *lex)
{
    return lex->word.len && !lex->quoted &&
           strchr("=@?*+!", lex->word.data[lex->word.len - 1]) != NULL;
}

/* An array, `NAME=(`, may hold comments with quotes in them. */
static void skip_word_parens(struct lint_lex *lex)
{
    bool is_array = lex->word.data[lex->word.len - 1] == '=';

    if (!is_array) {
        lint_lex_skip_parens(lex);
        return;
    }
    lex->at++;
    while (!is_over(lex) && lint_lex_peek(lex, 0) != ')') {
        struct strbuf word = lex->word;
        size_t before = lex->at;

        lex->word = (struct strbuf){ 0 };
        lint_lex_skip_blanks(lex);
        if (!is_over(lex) && lint_lex_peek(lex, 0) != ')' &&
            !lint_lex_word(lex) && lex->at == before)
            lex->at++;
        strbuf_release(&lex->word);
        lex->word = word;
    }
    skip(lex, 1);
}

static void read_piece(struct lint_lex *lex)
{
    switch (lint_lex_peek(lex, 0)) {
    case '\\':
        lex->quoted = true;
        read_escape(lex);
        break;
    case '\'':
        read_single(lex);
        break;
    case '"':
        read_double(lex);
        break;
    case '$':
    case '`':
        read_as_written(lex, false);
        break;
    default:
        strbuf_addc(&lex->word, lex->bytes[lex->at++]);
        break;
    }
}

bool lint_lex_word(struct lint_lex *lex)
{
    if (is_over(lex) || ends_word(lint_lex_peek(lex, 0)))
        return false;
    strbuf_clear(&lex->word);
    lex->quoted = false;
    if (!lint_lex_enter(lex))
        return false;
    while (!is_over(lex)) {
        char byte = lint_lex_peek(lex, 0);

        if (byte == '(' && takes_parens(lex))
            skip_word_parens(lex);
        else if (ends_word(byte))
            break;
        else
            read_piece(lex);
    }
    lint_lex_leave(lex);
    return true;
}

void lint_lex_skip_blanks(struct lint_lex *lex)
{
    while (!is_over(lex)) {
        char byte = lint_lex_peek(lex, 0);

        if (is_blank(byte)) {
            lex->at++;
        } else if (byte == '\\' && lint_lex_peek(lex, 1) == '\n') {
            lex->at += 2;
        } else if (byte == '#') {
            skip_behind(lex, '\n');
            if (lex->bytes[lex->at - 1] == '\n')
                lex->at--;
            break;
        } else {
            break;
        }
    }
}

void lint_lex_skip_test(struct lint_lex *lex)
{
    while (!is_over(lex)) {
        lint_lex_skip_blanks(lex);
        if (lint_lex_word(lex)) {
            if (!lex->quoted && strcmp(strbuf_text(&lex->word), "]]") == 0)
                return;
        } else {
            skip(lex, 1);
        }
    }
}

/* ---- here-documents --------------------------------------------------- */

void lint_lex_heredoc(struct lint_lex *lex)
{
    char kind = ' ';

    if (lint_lex_peek(lex, 0) == '-') {
        kind = '-';
        lex->at++;
    }
    while (is_blank(lint_lex_peek(lex, 0)))
        lex->at++;
    if (lint_lex_word(lex))
        strvec_addf(&lex->heredocs, "%c%s", kind, strbuf_text(&lex->word));
}

static void skip_heredoc(struct lint_lex *lex, const char *delimiter)
{
    size_t size = strlen(delimiter + 1);

    while (!is_over(lex)) {
        const char *line = lex->bytes + lex->at;
        size_t length;

        skip_behind(lex, '\n');
        length = (size_t)(lex->bytes + lex->at - line);
        while (length && (line[length - 1] == '\n' || line[length - 1] == '\r'))
            length--;
        while (delimiter[0] == '-' && length && *line == '\t') {
            line++;
            length--;
        }
        if (length == size && memcmp(line, delimiter + 1, size) == 0)
            return;
    }
}

void lint_lex_newline(struct lint_lex *lex)
{
    lex->at++;
    for (size_t i = 0; i < lex->heredocs.count; i++)
        skip_heredoc(lex, lex->heredocs.items[i]);
    if (lex->heredocs.count)
        strvec_release(&lex->heredocs);
}
