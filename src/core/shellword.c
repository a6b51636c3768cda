/*
 * Everything outside single quotes and comments is read through
 * shellword_peek(), which steps over continued lines the way the shell's lexer
 * does, so that no other function has to think of them.
 */
#include "core/shellword.h"

#include "base/mem.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { DEEPEST_DEFAULT = 16 };

#define QUOTE_IT "put the value into single quotes to keep it as it is"

/* Where text stands: it decides what quotes and backslashes mean. */
enum quoting { PLAIN, DOUBLE_QUOTED };

bool shellword_refuse(struct shellword *word, size_t where, const char *hint,
                      const char *format, ...)
{
    size_t line_start = word->start;
    int line = 1;
    va_list args;
    char *message;

    for (size_t i = word->start; i < where; i++) {
        if (word->bytes[i] == '\n') {
            line++;
            line_start = i + 1;
        }
    }
    va_start(args, format);
    message = mem_format_args(format, args);
    va_end(args);
    error_set(word->err, ERROR_INPUT, "%s:%d:%zu: %s", word->name, line,
              where - line_start + 1, message);
    free(message);
    return error_hint(word->err, "%s", hint);
}

static bool is_name_start(int byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           byte == '_';
}

static bool is_name_byte(int byte)
{
    return is_name_start(byte) || (byte >= '0' && byte <= '9');
}

static bool is_blank(int byte)
{
    return byte == ' ' || byte == '\t';
}

static size_t newline_size(const struct shellword *word, size_t at)
{
    if (at < word->size && word->bytes[at] == '\n')
        return 1;
    if (at + 1 < word->size && word->bytes[at] == '\r' &&
        word->bytes[at + 1] == '\n')
        return 2;
    return 0;
}

static int raw(const struct shellword *word)
{
    return word->at < word->size ? (unsigned char)word->bytes[word->at]
                                 : SHELLWORD_END;
}

int shellword_peek(struct shellword *word)
{
    while (raw(word) == '\\' && newline_size(word, word->at + 1))
        word->at += 1 + newline_size(word, word->at + 1);
    return raw(word);
}

static void keep(struct shellword *word)
{
    strbuf_addc(&word->value, word->bytes[word->at++]);
}

bool shellword_is_line_end(struct shellword *word)
{
    return shellword_peek(word) == SHELLWORD_END ||
           newline_size(word, word->at);
}

void shellword_skip_blanks(struct shellword *word)
{
    while (is_blank(shellword_peek(word)))
        word->at++;
}

char *shellword_name(struct shellword *word)
{
    struct strbuf name = { 0 };

    if (is_name_start(shellword_peek(word))) {
        while (is_name_byte(shellword_peek(word)))
            strbuf_addc(&name, word->bytes[word->at++]);
    }
    return name.len ? strbuf_take(&name) : mem_text("");
}

static bool add_value(struct shellword *word, const char *value, size_t where)
{
    size_t size = value ? strlen(value) : 0;

    if (size > SHELLWORD_MOST_EXPANDED - word->expanded)
        return shellword_refuse(
            word, where, "look for keys that repeat each other",
            "variables expand to more than %d bytes", SHELLWORD_MOST_EXPANDED);
    word->expanded += size;
    strbuf_add(&word->value, value, size);
    return true;
}

/* What follows a `$` and would run code, or mean something this file has no
 * use for. `plain_only`: ordinary bytes between double quotes. */
static const struct {
    const char *text;
    bool plain_only;
    const char *what;
} dollar_forms[] = {
    { "((", false, "arithmetic" },
    { "(", false, "a command substitution" },
    { "[", false, "arithmetic" },
    { "'", true, "a quote with escapes" },
    { "\"", true, "a translated quote" },
};

static bool check_dollar(struct shellword *word, size_t where,
                         enum quoting quoting)
{
    int byte = shellword_peek(word);

    for (size_t i = 0; i < sizeof(dollar_forms) / sizeof(dollar_forms[0]);
         i++) {
        const char *text = dollar_forms[i].text;
        size_t size = strlen(text);

        if (word->size - word->at < size ||
            memcmp(word->bytes + word->at, text, size) != 0 ||
            (dollar_forms[i].plain_only && quoting != PLAIN))
            continue;
        return shellword_refuse(word, where, QUOTE_IT, "'$%s' starts %s", text,
                                dollar_forms[i].what);
    }
    if (byte > 0 && strchr("0123456789@*#?-$!", byte))
        return shellword_refuse(
            word, where,
            "write \\$, or put the value into single quotes, for a "
            "dollar sign",
            "'$%c' is a parameter of the shell", byte);
    return true;
}

static bool read_expansion(struct shellword *word, enum quoting quoting);

static bool refuse_backtick(struct shellword *word)
{
    return shellword_refuse(word, word->at, QUOTE_IT,
                            "'`' starts a command substitution");
}

static bool read_single(struct shellword *word)
{
    const char *start = word->bytes + word->at + 1;
    const char *end = memchr(start, '\'', word->size - word->at - 1);

    if (!end)
        return shellword_refuse(word, word->at, "add the closing quote",
                                "the single quote is never closed");
    strbuf_add(&word->value, start, (size_t)(end - start));
    word->at += (size_t)(end - start) + 2;
    return true;
}

/* A backslash between double quotes is an ordinary byte unless one of
 * `special` follows. */
static void read_quoted_escape(struct shellword *word, const char *special)
{
    int next = word->at + 1 < word->size ? word->bytes[word->at + 1] : '\0';

    if (next && strchr(special, next))
        word->at++;
    keep(word);
}

static bool read_double(struct shellword *word)
{
    size_t open = word->at++;
    int byte;

    while ((byte = shellword_peek(word)) != '"') {
        if (byte == SHELLWORD_END)
            return shellword_refuse(word, open, "add the closing quote",
                                    "the double quote is never closed");
        if (byte == '`')
            return refuse_backtick(word);
        if (byte == '\\')
            read_quoted_escape(word, "\"\\$`");
        else if (byte != '$')
            keep(word);
        else if (!read_expansion(word, DOUBLE_QUOTED))
            return false;
    }
    word->at++;
    return true;
}

/* A backslash outside quotes; at the end of the file it stands for itself. */
static void read_escape(struct shellword *word)
{
    if (word->at + 1 < word->size)
        word->at++;
    keep(word);
}

/* One piece of a word outside double quotes. */
static bool read_piece(struct shellword *word)
{
    switch (shellword_peek(word)) {
    case '\'':
        return read_single(word);
    case '"':
        return read_double(word);
    case '`':
        return refuse_backtick(word);
    case '$':
        return read_expansion(word, PLAIN);
    case '\\':
        read_escape(word);
        return true;
    default:
        keep(word);
        return true;
    }
}

static bool is_process_substitution(struct shellword *word)
{
    int byte = shellword_peek(word);

    return (byte == '<' || byte == '>') && word->at + 1 < word->size &&
           word->bytes[word->at + 1] == '(';
}

static bool refuse_process_substitution(struct shellword *word)
{
    return shellword_refuse(word, word->at, QUOTE_IT,
                            "'%c(' starts a process substitution", raw(word));
}

/* One piece of the default in `"${NAME:-...}"`. Shells disagree about what
 * quotes mean there. */
static bool read_quoted_default_piece(struct shellword *word)
{
    int byte = shellword_peek(word);

    if (byte == '"' || byte == '\'')
        return shellword_refuse(word, word->at, "leave the inner quotes out",
                                "a quote inside a quoted ${...}");
    if (byte == '`')
        return refuse_backtick(word);
    if (byte == '$')
        return read_expansion(word, DOUBLE_QUOTED);
    if (byte == '\\')
        read_quoted_escape(word, "\"\\$`}");
    else
        keep(word);
    return true;
}

/* Reads up to and over the closing brace. A default that is not `wanted` is
 * checked all the same and dropped. */
static bool read_default(struct shellword *word, size_t open, bool wanted,
                         enum quoting quoting)
{
    size_t mark = word->value.len;
    int byte;

    if (++word->depth > DEEPEST_DEFAULT)
        return shellword_refuse(word, open,
                                "use fewer defaults inside defaults",
                                "'${' is nested too deeply");
    while ((byte = shellword_peek(word)) != '}') {
        if (byte == SHELLWORD_END)
            return shellword_refuse(word, open, "add the closing brace",
                                    "'${' is never closed");
        if (quoting == PLAIN && is_process_substitution(word))
            return refuse_process_substitution(word);
        if (quoting == PLAIN ? !read_piece(word)
                             : !read_quoted_default_piece(word))
            return false;
    }
    word->at++;
    word->depth--;
    if (!wanted)
        strbuf_truncate(&word->value, mark);
    return true;
}

/* The variable of `name`, looked up only where one is named. */
static const char *variable(struct shellword *word, const char *name)
{
    return *name && word->lookup ? word->lookup(word->context, name) : NULL;
}

/* Behind the name in `${NAME`. */
static bool read_braces_rest(struct shellword *word, size_t open,
                             const char *value, enum quoting quoting)
{
    bool given = value != NULL;

    if (shellword_peek(word) == '}') {
        word->at++;
        return add_value(word, value, open);
    }
    if (shellword_peek(word) == ':') {
        word->at++;
        given = given && *value;
    }
    if (shellword_peek(word) != '-')
        return shellword_refuse(word, open,
                                "only ${NAME}, ${NAME-default} and "
                                "${NAME:-default} are understood",
                                "this form of '${' is not supported");
    word->at++;
    if (given && !add_value(word, value, open))
        return false;
    return read_default(word, open, !given, quoting);
}

/* At the brace of `${`. */
static bool read_braces(struct shellword *word, size_t open,
                        enum quoting quoting)
{
    char *name;
    bool read;

    word->at++;
    name = shellword_name(word);
    if (*name)
        read = read_braces_rest(word, open, variable(word, name), quoting);
    else
        read = shellword_refuse(word, open,
                                "write ${NAME}, or \\$ for a "
                                "dollar sign",
                                "'${' without a name");
    free(name);
    return read;
}

static bool read_expansion(struct shellword *word, enum quoting quoting)
{
    size_t open = word->at++;
    bool added;
    char *name;

    if (shellword_peek(word) == '{')
        return read_braces(word, open, quoting);
    if (!check_dollar(word, open, quoting))
        return false;
    if (!is_name_start(shellword_peek(word))) {
        strbuf_addc(&word->value, '$');
        return true;
    }
    name = shellword_name(word);
    added = add_value(word, variable(word, name), open);
    free(name);
    return added;
}

bool shellword_check_operator(struct shellword *word)
{
    static const struct {
        char byte;
        const char *what;
    } operators[] = {
        { ';', "would start another command" },
        { '&', "would start a command in the background" },
        { '|', "would start a pipeline" },
        { '<', "would read a file" },
        { '>', "would write a file" },
        { '(', "opens no value" },
        { ')', "closes nothing" },
    };
    int byte = shellword_peek(word);

    if (is_process_substitution(word))
        return refuse_process_substitution(word);
    for (size_t i = 0; i < sizeof(operators) / sizeof(operators[0]); i++) {
        if (byte == operators[i].byte)
            return shellword_refuse(word, word->at, QUOTE_IT,
                                    "'%c' outside quotes %s", byte,
                                    operators[i].what);
    }
    return true;
}

bool shellword_read(struct shellword *word)
{
    strbuf_clear(&word->value);
    while (!shellword_is_line_end(word) && !is_blank(raw(word))) {
        if (!shellword_check_operator(word) || !read_piece(word))
            return false;
    }
    return true;
}
