#include "core/header.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "base/suggest.h"
#include "base/utf8.h"
#include "core/needs.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { LOOKED_AT = 64 * 1024, BINARY_WINDOW = 4 * 1024 };

enum value_kind { VALUE_LIST, VALUE_COUNT, VALUE_TIME, VALUE_FLAG, VALUE_TEXT };

static const struct {
    const char *name;
    enum value_kind kind;
    size_t offset; /* of the member of struct header that takes it */
} directives[HEADER_DIRECTIVE_COUNT] = {
    [HEADER_PREREQUISITES] = { "Prerequisites", VALUE_LIST,
                               offsetof(struct header, prerequisites_raw) },
    [HEADER_INPUTS] = { "Inputs", VALUE_LIST, offsetof(struct header, inputs) },
    [HEADER_OUTPUTS] = { "Outputs", VALUE_LIST,
                         offsetof(struct header, outputs) },
    [HEADER_ATTEMPTS] = { "Attempts", VALUE_COUNT,
                          offsetof(struct header, attempts) },
    [HEADER_DELAY] = { "Delay", VALUE_TIME, offsetof(struct header, delay_ms) },
    [HEADER_TIMEOUT] = { "Timeout", VALUE_TIME,
                         offsetof(struct header, timeout_ms) },
    [HEADER_CRITICAL] = { "Critical", VALUE_FLAG,
                          offsetof(struct header, critical) },
    [HEADER_PARALLEL] = { "Parallel", VALUE_TEXT,
                          offsetof(struct header, parallel) },
    [HEADER_INTERACTIVE] = { "Interactive", VALUE_FLAG,
                             offsetof(struct header, interactive) },
    [HEADER_ALWAYS] = { "Always", VALUE_FLAG, offsetof(struct header, always) },
    [HEADER_ROLLBACK] = { "Rollback", VALUE_FLAG,
                          offsetof(struct header, rollback) },
    [HEADER_CONFIRM] = { "Confirm", VALUE_TEXT,
                         offsetof(struct header, confirm) },
};

/* One comment line: its text without `#` and the blanks around it. */
struct comment {
    const char *line; /* where the line starts, for columns */
    char *text;
    const char *source; /* where `text` stands in the file */
};

struct parse {
    const char *name;
    int line;
    struct header *out;
    bool in_description; /* no directive so far */
    struct strbuf description;
    int open_list; /* the list that may go on, -1 for none */
    bool after_comma;
    struct error *err;
};

static bool is_binary(const char *bytes, size_t size)
{
    static const char magics[][4] = {
        { '\x7f', 'E', 'L', 'F' },          { '\xfe', '\xed', '\xfa', '\xce' },
        { '\xfe', '\xed', '\xfa', '\xcf' }, { '\xce', '\xfa', '\xed', '\xfe' },
        { '\xcf', '\xfa', '\xed', '\xfe' }, { '\xca', '\xfe', '\xba', '\xbe' },
    };

    for (size_t i = 0; i < sizeof(magics) / sizeof(magics[0]); i++) {
        if (size >= sizeof(magics[i]) &&
            memcmp(bytes, magics[i], sizeof(magics[i])) == 0)
            return true;
    }
    return size &&
           memchr(bytes, '\0', size < BINARY_WINDOW ? size : BINARY_WINDOW);
}

static bool is_blank(char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\v' ||
           byte == '\f';
}

static bool is_letter(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
}

static char *repaired(const char *bytes, size_t size)
{
    struct strbuf text = { 0 };

    utf8_repair(bytes, size, &text);
    return text.len ? strbuf_take(&text) : mem_text("");
}

static void remark(struct parse *parse, const char *format, ...)
    PRINTF_LIKE(2, 3);

static void remark(struct parse *parse, const char *format, ...)
{
    va_list args;
    char *text;

    va_start(args, format);
    text = mem_format_args(format, args);
    va_end(args);
    strvec_addf(&parse->out->remarks, "line %d: %s", parse->line, text);
    free(text);
}

static bool has_text(const char *text)
{
    return text[strspn(text, "#-=*_~+/ \t")] != '\0';
}

/* Whether the line is meant for a tool and not for the reader. */
static bool is_for_tools(const char *text)
{
    static const char *const starts[] = {
        "shellcheck ", "-*-", "vim:", "vi:", "SPDX-", "coding:", "coding=",
    };

    for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
        if (strncmp(text, starts[i], strlen(starts[i])) == 0)
            return true;
    }
    return false;
}

static void take_free_line(struct parse *parse, const char *text)
{
    struct header *out = parse->out;
    const char *dash;

    if (!parse->in_description || !has_text(text) || is_for_tools(text))
        return;
    if (!out->title) {
        dash = strstr(text, " - ");
        text = dash ? dash + 3 : text;
        out->title = mem_text(text + strspn(text, " \t"));
        return;
    }
    if (parse->description.len)
        strbuf_addc(&parse->description, ' ');
    strbuf_adds(&parse->description, text);
}

static bool are_all_paths(const struct strvec *words)
{
    for (size_t i = 0; i < words->count; i++) {
        if (!need_is_output_path(words->items[i]))
            return false;
    }
    return true;
}

static void add_all(struct strvec *vec, const struct strvec *more)
{
    for (size_t i = 0; i < more->count; i++)
        strvec_add(vec, more->items[i]);
}

/* Outputs may be prose, whose words must not be taken for paths: an item is
 * taken apart only when it is nothing but paths. */
static void add_output(struct strvec *outputs, const char *item)
{
    struct strvec words = { 0 };

    strvec_split(&words, item, " \t");
    if (are_all_paths(&words))
        add_all(outputs, &words);
    else
        strvec_add(outputs, item);
    strvec_release(&words);
}

static void add_items(struct parse *parse, enum header_directive directive,
                      const char *text)
{
    struct header *out = parse->out;
    struct strvec items = { 0 };
    size_t size = strlen(text);

    strvec_split(&items, text, directive == HEADER_INPUTS ? ", \t" : ",");
    if (directive == HEADER_OUTPUTS) {
        for (size_t i = 0; i < items.count; i++)
            add_output(&out->outputs, items.items[i]);
    } else if (directive == HEADER_INPUTS) {
        add_all(&out->inputs, &items);
    } else {
        add_all(&out->prerequisites_raw, &items);
        out->has_prerequisites |= items.count > 0;
    }
    strvec_release(&items);
    parse->open_list = (int)directive;
    parse->after_comma = size && text[size - 1] == ',';
}

/* Whether the comment continues the list of the line before; takes it then. */
static bool continue_list(struct parse *parse, const char *text)
{
    bool is_bullet = (*text == '-' || *text == '*') && is_blank(text[1]);

    if (parse->open_list < 0 || (!is_bullet && !parse->after_comma) ||
        !has_text(text))
        return false;
    if (is_bullet)
        text += 1 + strspn(text + 1, " \t");
    add_items(parse, (enum header_directive)parse->open_list, text);
    return true;
}

static bool read_flag(const char *value, bool *flag, struct error *err)
{
    static const char *const words[] = {
        "no", "yes", "false", "true", "0", "1"
    };

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (strcasecmp(value, words[i]) == 0) {
            *flag = i % 2;
            return true;
        }
    }
    error_set(err, ERROR_INPUT, "'%s' is neither yes nor no", value);
    return error_hint(err, "write yes or no (also true, false, 1, 0)");
}

static bool read_count(const char *value, int *count, struct error *err)
{
    size_t size = strspn(value, "0123456789");
    int number = size && size <= 3 && !value[size] ? atoi(value) : 0;

    if (number >= 1 && number <= HEADER_MOST_ATTEMPTS) {
        *count = number;
        return true;
    }
    error_set(err, ERROR_INPUT, "'%s' is no number of attempts", value);
    return error_hint(err, "write a number from 1 to %d", HEADER_MOST_ATTEMPTS);
}

static bool read_text(enum header_directive directive, const char *value,
                      char **text, struct error *err)
{
    if (!*value) {
        error_set(err, ERROR_INPUT, "'%s' is empty",
                  directives[directive].name);
        return error_hint(err, directive == HEADER_CONFIRM
                                   ? "write the question to ask"
                                   : "write the name of the group of steps "
                                     "that run together");
    }
    free(*text);
    *text = mem_text(value);
    return true;
}

static bool read_value(struct parse *parse, enum header_directive directive,
                       const char *value)
{
    void *member = (char *)parse->out + directives[directive].offset;

    switch (directives[directive].kind) {
    case VALUE_COUNT:
        return read_count(value, member, parse->err);
    case VALUE_TIME:
        return clock_parse_duration(value, member, parse->err);
    case VALUE_FLAG:
        return read_flag(value, member, parse->err);
    case VALUE_TEXT:
        return read_text(directive, value, member, parse->err);
    case VALUE_LIST:
        break;
    }
    add_items(parse, directive, value);
    return true;
}

/* The directive of `size` letters at `text`; HEADER_DIRECTIVE_COUNT if none. */
static enum header_directive find_directive(const char *text, size_t size)
{
    size_t i = 0;

    while (i < HEADER_DIRECTIVE_COUNT &&
           (strlen(directives[i].name) != size ||
            strncasecmp(directives[i].name, text, size) != 0))
        i++;
    return (enum header_directive)i;
}

/* Records a word that is nearly a directive. */
static void check_spelling(struct parse *parse, const char *text, size_t size)
{
    char lower_names[HEADER_DIRECTIVE_COUNT][sizeof("prerequisites")];
    const char *names[HEADER_DIRECTIVE_COUNT];
    char *word = mem_bytes(text, size);
    const char *nearest;

    for (size_t i = 0; i < HEADER_DIRECTIVE_COUNT; i++) {
        size_t at = 0;

        for (; directives[i].name[at]; at++)
            lower_names[i][at] =
                (char)tolower((unsigned char)directives[i].name[at]);
        lower_names[i][at] = '\0';
        names[i] = lower_names[i];
    }
    for (char *byte = word; *byte; byte++)
        *byte = (char)tolower((unsigned char)*byte);
    nearest = suggest_nearest(word, names, HEADER_DIRECTIVE_COUNT);
    for (size_t i = 0; nearest && i < HEADER_DIRECTIVE_COUNT; i++) {
        if (names[i] == nearest)
            remark(parse, "'%.*s' looks like '%s'", (int)size, text,
                   directives[i].name);
    }
    free(word);
}

static bool take_directive(struct parse *parse, const struct comment *comment,
                           enum header_directive directive, const char *value)
{
    int *line = &parse->out->lines[directive];
    bool is_list = directives[directive].kind == VALUE_LIST;

    if (*line && !is_list)
        remark(parse, "'%s' was given in line %d already; the last one counts",
               directives[directive].name, *line);
    parse->in_description = false;
    parse->open_list = -1;
    *line = parse->line;
    if (read_value(parse, directive, value))
        return true;
    return error_wrap(parse->err, "%s:%d:%zu", parse->name, parse->line,
                      (size_t)(comment->source - comment->line) +
                          (size_t)(value - comment->text) + 1);
}

static bool take_comment(struct parse *parse, const struct comment *comment)
{
    const char *text = comment->text;
    size_t size = 0, colon;
    enum header_directive directive = HEADER_DIRECTIVE_COUNT;

    while (is_letter(text[size]))
        size++;
    colon = size + strspn(text + size, " \t");
    if (size && text[colon] == ':') {
        const char *value = text + colon + 1;

        directive = find_directive(text, size);
        if (directive != HEADER_DIRECTIVE_COUNT)
            return take_directive(parse, comment, directive,
                                  value + strspn(value, " \t"));
        if (colon == size)
            check_spelling(parse, text, size);
    }
    if (!continue_list(parse, text)) {
        parse->open_list = -1;
        take_free_line(parse, text);
    }
    return true;
}

/* Takes one line without its newline; false in `more` when it ends the
 * header. */
static bool take_line(struct parse *parse, const char *line, size_t size,
                      bool *more)
{
    struct comment comment = { .line = line };
    size_t at = 0;
    bool taken;

    if (size && line[size - 1] == '\r')
        parse->out->crlf = true;
    while (size && is_blank(line[size - 1]))
        size--;
    if (parse->line == 1 && size >= 2 && memcmp(line, "#!", 2) == 0) {
        parse->out->shebang = repaired(line, size);
        return true;
    }
    while (at < size && is_blank(line[at]))
        at++;
    if (at == size) {
        parse->open_list = -1;
        return true;
    }
    *more = line[at] == '#';
    if (!*more)
        return true;
    while (at < size && (line[at] == '#' || is_blank(line[at])))
        at++;
    comment.source = line + at;
    comment.text = repaired(line + at, size - at);
    taken = take_comment(parse, &comment);
    free(comment.text);
    return taken;
}

static bool take_lines(struct parse *parse, const char *bytes, size_t size)
{
    bool more = true;

    while (size && more) {
        const char *end = memchr(bytes, '\n', size);
        size_t length = end ? (size_t)(end - bytes) : size;

        parse->line++;
        if (!take_line(parse, bytes, length, &more))
            return false;
        length += end != NULL;
        bytes += length;
        size -= length;
    }
    return true;
}

/* How many of the bytes to look at: a line that the window would cut is left
 * out, for half a value is another value. */
static size_t window(const char *bytes, size_t size)
{
    if (size <= LOOKED_AT)
        return size;
    size = LOOKED_AT;
    while (size && bytes[size - 1] != '\n')
        size--;
    return size;
}

static void note_empty_prerequisites(struct parse *parse)
{
    struct header *out = parse->out;

    parse->line = out->lines[HEADER_PREREQUISITES];
    if (parse->line && !out->has_prerequisites)
        remark(parse, "'Prerequisites' is empty and does not count; write "
                      "'none' to switch the default off");
}

bool header_parse(const char *name, const char *bytes, size_t size,
                  struct header *out, struct error *err)
{
    static const char mark[] = "\xEF\xBB\xBF";
    struct parse parse = {
        .name = name,
        .out = out,
        .in_description = true,
        .open_list = -1,
        .err = err,
    };
    bool parsed;

    *out = (struct header){ .critical = true, .delay_ms = -1 };
    out->is_script = !is_binary(bytes, size);
    if (!out->is_script)
        return true;
    size = window(bytes, size);
    if (size >= 3 && memcmp(bytes, mark, 3) == 0) {
        bytes += 3;
        size -= 3;
        if (size >= 2 && memcmp(bytes, "#!", 2) == 0)
            strvec_add(&out->remarks, "line 1: a byte order mark hides the "
                                      "'#!' from the system");
    }
    parsed = take_lines(&parse, bytes, size);
    note_empty_prerequisites(&parse);
    if (parse.description.len)
        out->description = strbuf_take(&parse.description);
    strbuf_release(&parse.description);
    if (!parsed)
        header_release(out);
    return parsed;
}

void header_release(struct header *header)
{
    free(header->shebang);
    free(header->title);
    free(header->description);
    free(header->parallel);
    free(header->confirm);
    strvec_release(&header->prerequisites_raw);
    strvec_release(&header->inputs);
    strvec_release(&header->outputs);
    strvec_release(&header->remarks);
    *header = (struct header){ 0 };
}

const char *header_directive_name(enum header_directive directive)
{
    return directives[directive].name;
}
