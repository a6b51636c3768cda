/*
 * A file that people write by hand is changed in place: preferences_edit() asks
 * inifile_parse() in which line the value stands, so that both always agree on
 * what a line means, and exchanges only those bytes.
 */
#include "tui/preferences.h"

#include "base/inifile.h"
#include "base/strbuf.h"

#include <string.h>

static const char console[] = "console";

struct search {
    const char *key;
    int key_line;  /* where the key is set last; 0: nowhere */
    int last_line; /* of the section's last value; 0: it has none */
    bool last_is_empty;
};

static bool find_value(void *context, int line, const char *section,
                       const char *name, const char *value)
{
    struct search *search = context;

    if (strcmp(section, console) != 0)
        return true;
    search->last_line = line;
    search->last_is_empty = !*value;
    if (strcmp(name, search->key) == 0)
        search->key_line = line;
    return true;
}

static bool is_blank(char byte)
{
    return byte && strchr(" \t\v\f\r", byte);
}

/* Where line `number` (from 1) begins; behind a byte order mark. */
static const char *line_begin(const char *text, int number)
{
    static const char mark[] = "\xef\xbb\xbf";

    if (strncmp(text, mark, strlen(mark)) == 0)
        text += strlen(mark);
    while (--number && *text) {
        text += strcspn(text, "\n");
        text += *text == '\n';
    }
    return text;
}

static const char *line_end(const char *text, const char *line)
{
    const char *end = line + strcspn(line, "\n");

    return end > text && end > line && end[-1] == '\r' ? end - 1 : end;
}

static const char *newline_of(const char *text)
{
    return strstr(text, "\r\n") ? "\r\n" : "\n";
}

/* Exchanges the value in the line that begins at `line`. */
static void replace_value(const char *text, const char *line, const char *value,
                          struct strbuf *out)
{
    const char *end = line_end(text, line);
    const char *begin = line + strcspn(line, "=:") + 1;
    const char *stop = begin;

    while (begin < end && is_blank(*begin))
        begin++;
    while (stop < end && !(*stop == ';' && is_blank(stop[-1])))
        stop++;
    while (stop > begin && is_blank(stop[-1]))
        stop--;
    if (stop <= begin) /* an empty one, perhaps before a comment */
        begin = stop = line + strcspn(line, "=:") + 1;
    strbuf_add(out, text, (size_t)(begin - text));
    if (begin == stop)
        strbuf_addc(out, ' ');
    strbuf_adds(out, value);
    strbuf_adds(out, stop);
}

/* Adds a line, indented as `line` is, behind it or before it. */
static void insert_line(const char *text, const char *line, bool behind,
                        const char *key, const char *value, struct strbuf *out)
{
    const char *place = line;
    const char *indent = line;

    while (*indent == ' ' || *indent == '\t')
        indent++;
    if (behind) {
        place += strcspn(place, "\n");
        place += *place == '\n';
    }
    strbuf_add(out, text, (size_t)(place - text));
    if (behind && place > text && place[-1] != '\n')
        strbuf_adds(out, newline_of(text));
    strbuf_add(out, line, (size_t)(indent - line));
    strbuf_addf(out, "%s = %s%s", key, value, newline_of(text));
    strbuf_adds(out, place);
}

/* The line of a section [console] that has no values yet, or NULL. */
static const char *find_header(const char *text)
{
    static const char header[] = "[console]";

    for (const char *line = line_begin(text, 1); *line;) {
        if (strncmp(line, header, strlen(header)) == 0)
            return line;
        line += strcspn(line, "\n");
        line += *line == '\n';
    }
    return NULL;
}

static void append_section(const char *text, const char *key, const char *value,
                           struct strbuf *out)
{
    const char *newline = newline_of(text);

    strbuf_adds(out, text);
    if (*line_begin(text, 1)) {
        if (text[strlen(text) - 1] != '\n')
            strbuf_adds(out, newline);
        strbuf_adds(out, newline);
    }
    strbuf_addf(out, "[%s]%s%s = %s%s", console, newline, key, value, newline);
}

char *preferences_edit(const char *text, const char *key, const char *value)
{
    struct search search = { .key = key };
    struct strbuf out = { 0 };
    const char *header = find_header(text);

    /* What is too large has no lines, and is refused when it is written. */
    (void)!inifile_parse(text, strlen(text), find_value, &search, NULL, NULL);
    if (search.key_line)
        replace_value(text, line_begin(text, search.key_line), value, &out);
    else if (search.last_line)
        /* Behind a name without value there may be lines that belong to it. */
        insert_line(text, line_begin(text, search.last_line),
                    !search.last_is_empty, key, value, &out);
    else if (header)
        insert_line(text, header, true, key, value, &out);
    else
        append_section(text, key, value, &out);
    return strbuf_take(&out);
}
