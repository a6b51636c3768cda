/*
 * inih reads a line at a time into a buffer of its own, of 200 bytes in the
 * usual builds; what is longer would arrive as two lines, and a section's name
 * would be cut at 49 bytes. A session token is longer than that. So the lines
 * pass through read_line(): what is too long for inih is kept here, a stand-in
 * goes to inih in its place, and on_value() puts the two together again.
 *
 * Leading spaces are cut off as well: inih can be built to take an indented
 * line for the continuation of the value before, and people indent the lines
 * of a section. Only below a name without a value (the AWS files nest settings
 * so) is a line that is indented deeper no value of the section.
 */
#include "base/inifile.h"

#include "base/mem.h"
#include "base/strbuf.h"

#include <ini.h>
#include <stdlib.h>
#include <string.h>

enum { LONGEST_SECTION = 40 };

static const char stand_in[] = "~";
static const char blank[] = " \t\v\f\r";

struct reader {
    const char *at, *end; /* what has not been read yet */
    int line;
    int bad_line;
    struct strbuf value;   /* of this line, where it was too long */
    struct strbuf section; /* the section we are in, where it is too long */
    bool has_value, has_section, is_ended;
    size_t indent, name_indent; /* of this line, of the last name */
    bool is_parent;             /* the last name had no value */
    inifile_visit *visit;
    void *context;
};

static void note_bad_line(struct reader *reader)
{
    if (!reader->bad_line)
        reader->bad_line = reader->line;
}

static bool is_blank(char byte)
{
    return byte && strchr(blank, byte);
}

/* Where a comment inside the text begins, or its end: as inih sees it. */
static const char *comment_in(const char *text, const char *end)
{
    for (const char *at = text; at < end; at++) {
        if (*at == ';' && at > text && is_blank(at[-1]))
            return at;
    }
    return end;
}

static void keep(struct strbuf *kept, const char *text, const char *end)
{
    while (text < end && is_blank(*text))
        text++;
    while (end > text && is_blank(end[-1]))
        end--;
    strbuf_clear(kept);
    strbuf_add(kept, text, (size_t)(end - text));
}

/* A section whose name ends at `close`. */
static void give_section(struct reader *reader, const char *text,
                         const char *close, struct strbuf *out)
{
    size_t size = (size_t)(close - text) - 1;

    strbuf_clear(&reader->section);
    reader->has_section = size > LONGEST_SECTION;
    if (reader->has_section) {
        strbuf_add(&reader->section, text + 1, size);
        strbuf_addf(out, "[%s]", stand_in);
    } else {
        strbuf_add(out, text, size + 2);
    }
}

/* A line that does not fit: a stand-in for its value, or nothing at all. */
static void give_long_line(struct reader *reader, const char *text,
                           const char *end, size_t room, struct strbuf *out)
{
    const char *value = text;

    if (*text == ';' || *text == '#')
        return;
    while (value < end && *value != '=' && *value != ':')
        value++;
    if (value == end || (size_t)(value - text) + sizeof(stand_in) > room) {
        note_bad_line(reader);
        return;
    }
    value++;
    keep(&reader->value, value, comment_in(value, end));
    reader->has_value = true;
    strbuf_add(out, text, (size_t)(value - text));
    strbuf_adds(out, stand_in);
}

/* The line as inih may see it, in at most `room` bytes. */
static void give_line(struct reader *reader, const char *text, const char *end,
                      size_t room, struct strbuf *out)
{
    const char *begin = text;
    const char *close;

    if (memchr(text, '\0', (size_t)(end - text))) {
        note_bad_line(reader);
        return;
    }
    while (text < end && is_blank(*text))
        text++;
    reader->indent = (size_t)(text - begin);
    if (text == end ||
        (reader->is_parent && reader->indent > reader->name_indent))
        return;
    close = memchr(text, ']', (size_t)(end - text));
    if (*text == '[' && close && close < comment_in(text, end)) {
        reader->is_parent = false;
        give_section(reader, text, close, out);
    } else if ((size_t)(end - text) > room) {
        give_long_line(reader, text, end, room, out);
    } else {
        strbuf_add(out, text, (size_t)(end - text));
    }
}

/* The reader of inih, after fgets(3): always one line, its newline added. */
static char *read_line(char *buffer, int size, void *stream)
{
    struct reader *reader = stream;
    struct strbuf out = { 0 };
    const char *newline, *end;
    size_t room = size > 2 ? (size_t)size - 2 : 0;

    if (reader->is_ended || reader->at == reader->end)
        return NULL;
    newline = memchr(reader->at, '\n', (size_t)(reader->end - reader->at));
    end = newline ? newline : reader->end;
    reader->line++;
    reader->has_value = false;
    give_line(reader, reader->at, end, room, &out);
    reader->at = newline ? newline + 1 : reader->end;
    if (out.len > room) { /* a section, in a buffer of no use */
        note_bad_line(reader);
        strbuf_clear(&out);
    }
    strbuf_addc(&out, '\n');
    memcpy(buffer, out.data, out.len + 1);
    strbuf_release(&out);
    return buffer;
}

static int on_value(void *context, const char *section, const char *name,
                    const char *value)
{
    struct reader *reader = context;

    if (reader->is_ended)
        return 1;
    if (!name || !*name || !value) {
        note_bad_line(reader);
        return 1;
    }
    if (reader->has_value)
        value = strbuf_text(&reader->value);
    if (reader->has_section)
        section = strbuf_text(&reader->section);
    reader->is_parent = !*value;
    reader->name_indent = reader->indent;
    reader->is_ended =
        !reader->visit(reader->context, reader->line, section, name, value);
    return 1;
}

bool inifile_parse(const char *text, size_t size, inifile_visit *visit,
                   void *context, int *bad_line, struct error *err)
{
    static const char mark[] = "\xef\xbb\xbf";
    struct reader reader = { .visit = visit, .context = context };
    int result;

    if (bad_line)
        *bad_line = 0;
    if (size > INIFILE_SIZE_LIMIT)
        return error_set(err, ERROR_INPUT, "larger than %d bytes",
                         INIFILE_SIZE_LIMIT);
    if (!size)
        return true;
    reader.at = text;
    reader.end = text + size;
    if (size >= sizeof(mark) - 1 && memcmp(text, mark, sizeof(mark) - 1) == 0)
        reader.at += sizeof(mark) - 1;
    result = ini_parse_stream(read_line, &reader, on_value, &reader);
    strbuf_release(&reader.value);
    strbuf_release(&reader.section);
    if (result < 0)
        return error_set(err, ERROR_INTERNAL, "the parser has no memory");
    if (result > 0 && (!reader.bad_line || result < reader.bad_line))
        reader.bad_line = result;
    if (bad_line)
        *bad_line = reader.bad_line;
    return !reader.is_ended;
}
