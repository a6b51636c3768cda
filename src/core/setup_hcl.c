#include "core/setup_hcl.h"

#include "base/mem.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { DEEPEST = 64 };

struct scan {
    const char *name;
    const char *text;
    size_t size;
    size_t at;
    struct error *err;
};

static bool refuse(const struct scan *scan, const char *what)
{
    int line = 1;

    for (size_t i = 0; i < scan->at && i < scan->size; i++)
        line += scan->text[i] == '\n';
    error_set(scan->err, ERROR_INPUT, "%s:%d: %s", scan->name, line, what);
    return error_hint(scan->err, "mend the file, or set it up without "
                                 "Terraform (SETUP_TERRAFORM=no)");
}

static int peek(const struct scan *scan, size_t ahead)
{
    size_t at = scan->at + ahead;

    return at < scan->size ? (unsigned char)scan->text[at] : -1;
}

static bool starts(const struct scan *scan, const char *word)
{
    size_t size = strlen(word);

    return scan->size - scan->at >= size &&
           memcmp(scan->text + scan->at, word, size) == 0;
}

static bool is_comment(const struct scan *scan)
{
    return peek(scan, 0) == '#' || starts(scan, "//") || starts(scan, "/*");
}

/* Up to the newline, or over a comment in the form of C. */
static bool skip_comment(struct scan *scan)
{
    bool is_long = starts(scan, "/*");

    scan->at += is_long ? 2 : 0;
    while (scan->at < scan->size) {
        if (is_long && starts(scan, "*/")) {
            scan->at += 2;
            return true;
        }
        if (!is_long && peek(scan, 0) == '\n')
            return true;
        scan->at++;
    }
    return !is_long || refuse(scan, "a comment has no end");
}

static bool skip_string(struct scan *scan)
{
    scan->at++;
    while (scan->at < scan->size && peek(scan, 0) != '\n') {
        int byte = peek(scan, 0);

        if (starts(scan, "${") && peek(scan, (size_t)-1) != '$')
            return refuse(scan, "a value that is computed");
        scan->at += byte == '\\' ? 2 : 1;
        if (byte == '"')
            return true;
    }
    return refuse(scan, "a string has no end");
}

/* `<<WORD` or `<<-WORD`, up to the end of the line that is WORD. */
static bool skip_heredoc(struct scan *scan)
{
    size_t start, size;

    scan->at += peek(scan, 2) == '-' ? 3 : 2;
    start = scan->at;
    while (isalnum(peek(scan, 0)) || peek(scan, 0) == '_')
        scan->at++;
    size = scan->at - start;
    while (size && scan->at < scan->size) {
        if (scan->text[scan->at++] != '\n')
            continue;
        while (peek(scan, 0) == ' ' || peek(scan, 0) == '\t')
            scan->at++;
        if (scan->size - scan->at >= size &&
            memcmp(scan->text + scan->at, scan->text + start, size) == 0 &&
            (peek(scan, size) == '\n' || peek(scan, size) == '\r' ||
             peek(scan, size) == -1)) {
            scan->at += size;
            return true;
        }
    }
    return refuse(scan, "a heredoc has no end");
}

/* One piece of an expression; `depth` counts the brackets that are open. */
static bool skip_piece(struct scan *scan, int *depth)
{
    int byte = peek(scan, 0);

    if (byte == '"')
        return skip_string(scan);
    if (is_comment(scan))
        return skip_comment(scan);
    if (starts(scan, "<<"))
        return skip_heredoc(scan);
    if (byte && strchr("([{", byte))
        ++*depth;
    else if (byte && strchr(")]}", byte))
        --*depth;
    if (*depth < 0 || *depth > DEEPEST)
        return refuse(scan, "brackets that do not match");
    scan->at++;
    return true;
}

static bool read_expression(struct scan *scan, struct setup_span *span)
{
    int depth = 0;

    span->value = span->value_end = scan->at;
    while (scan->at < scan->size) {
        bool counts = !is_comment(scan) && !isspace(peek(scan, 0));

        if (!depth && (peek(scan, 0) == '\n' || is_comment(scan)))
            break;
        if (!skip_piece(scan, &depth))
            return false;
        if (counts)
            span->value_end = scan->at;
    }
    if (depth)
        return refuse(scan, "brackets that do not match");
    return span->value_end > span->value || refuse(scan, "a value is missing");
}

/* What is left of a line behind an expression: blanks and comments. */
static bool skip_rest(struct scan *scan)
{
    while (scan->at < scan->size && peek(scan, 0) != '\n') {
        if (is_comment(scan)) {
            if (!skip_comment(scan))
                return false;
        } else if (isspace(peek(scan, 0))) {
            scan->at++;
        } else {
            return refuse(scan, "this is no assignment");
        }
    }
    scan->at += scan->at < scan->size;
    return true;
}

static void skip_blanks(struct scan *scan)
{
    while (peek(scan, 0) == ' ' || peek(scan, 0) == '\t')
        scan->at++;
}

static size_t name_size(const struct scan *scan)
{
    size_t size = 0;

    if (!isalpha(peek(scan, 0)) && peek(scan, 0) != '_')
        return 0;
    while (isalnum(peek(scan, size)) || peek(scan, size) == '_' ||
           peek(scan, size) == '-')
        size++;
    return size;
}

static bool read_assignment(struct scan *scan, struct setup_spans *spans)
{
    struct setup_span span = { .line = scan->at };
    size_t start, size;

    while (span.line && scan->text[span.line - 1] != '\n')
        span.line--;
    start = scan->at;
    size = name_size(scan);
    scan->at += size;
    skip_blanks(scan);
    if (!size || peek(scan, 0) != '=' || peek(scan, 1) == '=')
        return refuse(scan, "this is no assignment");
    scan->at++;
    skip_blanks(scan);
    if (!read_expression(scan, &span) || !skip_rest(scan))
        return false;
    span.key = mem_bytes(scan->text + start, size);
    span.line_end = scan->at;
    setup_spans_add(spans, &span);
    return true;
}

bool setup_hcl_read(const char *name, const char *text, size_t size,
                    struct setup_spans *spans, struct error *err)
{
    struct scan scan = { .name = name, .text = text, .size = size, .err = err };

    if (size && memchr(text, '\0', size))
        return refuse(&scan, "a NUL byte");
    if (starts(&scan, "\xEF\xBB\xBF"))
        scan.at = 3;
    while (scan.at < scan.size) {
        if (isspace(peek(&scan, 0)))
            scan.at++;
        else if (is_comment(&scan) ? !skip_comment(&scan)
                                   : !read_assignment(&scan, spans))
            return false;
    }
    return true;
}

void setup_hcl_quote(const char *value, struct strbuf *out)
{
    strbuf_addc(out, '"');
    for (; *value; value++) {
        if (*value == '"' || *value == '\\')
            strbuf_addc(out, '\\');
        else if ((*value == '$' || *value == '%') && value[1] == '{')
            strbuf_addc(out, *value);
        strbuf_addc(out, *value);
    }
    strbuf_addc(out, '"');
}

bool setup_hcl_declares(const char *text, size_t size, const char *name)
{
    static const char word[] = "variable";
    char *quoted = mem_format("\"%s\"", name);
    size_t quoted_size = strlen(quoted);
    bool found = false;

    for (size_t at = 0; !found && at < size;) {
        const char *end = memchr(text + at, '\n', size - at);
        size_t stop = end ? (size_t)(end - text) : size;

        while (at < stop && (text[at] == ' ' || text[at] == '\t'))
            at++;
        if (stop - at > sizeof(word) - 1 &&
            memcmp(text + at, word, sizeof(word) - 1) == 0) {
            at += sizeof(word) - 1;
            while (at < stop && (text[at] == ' ' || text[at] == '\t'))
                at++;
            found = stop - at >= quoted_size &&
                    memcmp(text + at, quoted, quoted_size) == 0;
        }
        at = stop + 1;
    }
    free(quoted);
    return found;
}
