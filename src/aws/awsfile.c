/*
 * Not base/inifile.h, which leaves nested settings out, and does not tell
 * where a value ends that goes on in the next line. The rules are those of
 * Python's configparser, by which the aws command reads the same files: a line
 * that is indented deeper than the setting above it belongs to that setting,
 * blank lines and comments between them or not; names are in any case.
 * https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html
 *
 * What a line holds is never part of a message: it may be a key.
 */
#include "aws/awsfile.h"

#include "aws/credentials_private.h"
#include "base/fileio.h"
#include "base/mem.h"
#include "core/awsprofiles.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

enum { FILE_LIMIT = 1 << 20, NO_ENTRY = -1 };

/* A piece of the text. */
struct span {
    const char *at;
    size_t size;
};

struct parse {
    struct awsfile *file;
    enum awsfile_origin origin;
    const char *path;
    int line;
    char *kind, *section; /* NULL: a section that concerns nobody here */
    bool has_setting;     /* there is one above, at this depth: */
    size_t depth;
    char *outer; /* its name when it has no value: others nest below */
    long latest; /* its index in the entries, or NO_ENTRY */
    struct error *err;
};

static bool is_blank(char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\f' ||
           byte == '\v';
}

static struct span trimmed(struct span text)
{
    while (text.size && is_blank(text.at[0])) {
        text.at++;
        text.size--;
    }
    while (text.size && is_blank(text.at[text.size - 1]))
        text.size--;
    return text;
}

static char *copy_of(struct span text)
{
    return mem_bytes(text.size ? text.at : "", text.size);
}

static char *lower_copy_of(struct span text)
{
    char *copy = copy_of(text);

    for (char *at = copy; *at; at++)
        *at = (char)tolower((unsigned char)*at);
    return copy;
}

/* ---- entries ---------------------------------------------------------- */

/* Takes ownership of `name` and `value`. */
static void add_entry(struct parse *parse, char *name, char *value)
{
    struct awsfile *file = parse->file;

    file->entries = mem_grow(file->entries, file->count, &file->capacity,
                             sizeof(*file->entries));
    file->entries[file->count++] = (struct awsfile_entry){
        .origin = parse->origin,
        .kind = mem_text(parse->kind),
        .section = mem_text(parse->section),
        .name = name,
        .value = value,
        .line = parse->line,
    };
}

static void release_entry(struct awsfile_entry *entry)
{
    free(entry->kind);
    free(entry->section);
    free(entry->name);
    mem_wipe_text(entry->value);
    free(entry->value);
}

void awsfile_release(struct awsfile *file)
{
    for (size_t i = 0; i < file->count; i++)
        release_entry(&file->entries[i]);
    free(file->entries);
    *file = (struct awsfile){ 0 };
}

/* ---- lines ------------------------------------------------------------ */

static bool refuse(const struct parse *parse, const char *why)
{
    error_set(parse->err, ERROR_INPUT, "'%s', line %d: %s", parse->path,
              parse->line, why);
    return error_hint(parse->err, "a line is a [section], a setting 'name = "
                                  "value', or a comment that begins with #");
}

static void end_setting(struct parse *parse)
{
    parse->has_setting = false;
    parse->latest = NO_ENTRY;
    free(parse->outer);
    parse->outer = NULL;
}

static char *unquoted(struct span text)
{
    text = trimmed(text);
    if (text.size >= 2 && strchr("\"'", text.at[0]) &&
        text.at[text.size - 1] == text.at[0]) {
        text.at++;
        text.size -= 2;
    }
    return text.size ? copy_of(text) : NULL;
}

/* Sets kind and section of "profile x", "default", "sso-session x" ... In the
 * credentials file the whole name is that of a profile. */
static void enter_section(struct parse *parse, struct span name)
{
    static const char *const kinds[] = { "profile", "sso-session", "services" };

    free(parse->kind);
    free(parse->section);
    parse->kind = parse->section = NULL;
    name = trimmed(name);
    if (parse->origin == AWSFILE_CREDENTIALS ||
        (name.size == 7 && memcmp(name.at, "default", 7) == 0)) {
        parse->section = unquoted(name);
        parse->kind = parse->section ? mem_text("profile") : NULL;
        return;
    }
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        size_t size = strlen(kinds[i]);

        if (name.size <= size || memcmp(name.at, kinds[i], size) != 0 ||
            !strchr(" \t\"'", name.at[size]))
            continue;
        parse->section =
            unquoted((struct span){ name.at + size, name.size - size });
        parse->kind = parse->section ? mem_text(kinds[i]) : NULL;
        return;
    }
}

static bool read_section(struct parse *parse, struct span line)
{
    const char *end = memchr(line.at, ']', line.size);

    if (!end)
        return refuse(parse, "a section without its ']'");
    end_setting(parse);
    enter_section(parse,
                  (struct span){ line.at + 1, (size_t)(end - line.at) - 1 });
    if (parse->section)
        add_entry(parse, mem_text(""), mem_text(""));
    return true;
}

/* Cuts a comment off the end: a '#' or ';' behind a blank. A command has its
 * own idea of both. */
static struct span without_comment(struct span value, const char *name)
{
    if (strcmp(name, "credential_process") == 0)
        return value;
    for (size_t i = 0; i < value.size; i++) {
        if ((value.at[i] == '#' || value.at[i] == ';') &&
            (i == 0 || is_blank(value.at[i - 1]))) {
            value.size = i;
            break;
        }
    }
    return trimmed(value);
}

/* Splits "name = value"; false when it is none. `name` to free. */
static bool split(struct span line, char **name, struct span *value)
{
    size_t at = 0;
    struct span left;

    while (at < line.size && line.at[at] != '=' && line.at[at] != ':')
        at++;
    left = trimmed((struct span){ line.at, at });
    if (at == line.size || !left.size)
        return false;
    *name = lower_copy_of(left);
    *value = without_comment(
        trimmed((struct span){ line.at + at + 1, line.size - at - 1 }), *name);
    return true;
}

static bool read_setting(struct parse *parse, struct span line, size_t depth)
{
    struct span value;
    char *name;

    if (!split(line, &name, &value))
        return refuse(parse, "neither a section nor a setting");
    end_setting(parse);
    parse->has_setting = true;
    parse->depth = depth;
    if (!value.size)
        parse->outer = mem_text(name);
    if (!parse->section) {
        free(name);
        return true;
    }
    add_entry(parse, name, copy_of(value));
    parse->latest = (long)parse->file->count - 1;
    return true;
}

/* A line that belongs to the setting above: a nested setting, or the next line
 * of its value. */
static void read_deeper(struct parse *parse, struct span line)
{
    struct awsfile_entry *entry;
    struct span value;
    char *name, *text;

    if (parse->latest == NO_ENTRY)
        return;
    if (parse->outer) {
        if (split(line, &name, &value)) {
            add_entry(parse, mem_format("%s.%s", parse->outer, name),
                      copy_of(value));
            free(name);
        }
        return;
    }
    entry = &parse->file->entries[parse->latest];
    value = without_comment(line, entry->name);
    text = mem_format("%s\n%.*s", entry->value, (int)value.size, value.at);
    mem_wipe_text(entry->value);
    free(entry->value);
    entry->value = text;
}

static bool read_line(struct parse *parse, struct span line)
{
    struct span text = trimmed(line);
    size_t depth = (size_t)(text.at - line.at);

    if (!text.size || text.at[0] == '#' || text.at[0] == ';')
        return true;
    if (parse->has_setting && depth > parse->depth) {
        read_deeper(parse, text);
        return true;
    }
    if (text.at[0] == '[')
        return read_section(parse, text);
    return read_setting(parse, text, depth);
}

static bool read_lines(struct parse *parse, const char *text, size_t size)
{
    const char *end = text + size;

    while (text < end) {
        const char *stop = memchr(text, '\n', (size_t)(end - text));

        parse->line++;
        if (!stop)
            stop = end;
        if (!read_line(parse, (struct span){ text, (size_t)(stop - text) }))
            return false;
        text = stop < end ? stop + 1 : end;
    }
    return true;
}

bool awsfile_parse(struct awsfile *file, enum awsfile_origin origin,
                   const char *path, const char *text, size_t size,
                   struct error *err)
{
    static const char mark[] = "\xEF\xBB\xBF";
    struct parse parse = { .file = file,
                           .origin = origin,
                           .path = path,
                           .latest = NO_ENTRY,
                           .err = err };
    bool ok;

    if (size > FILE_LIMIT)
        return error_set(err, ERROR_INPUT, "'%s' is larger than %d bytes", path,
                         FILE_LIMIT);
    if (size && memchr(text, '\0', size))
        return error_set(err, ERROR_INPUT, "'%s' is no text: it has a NUL byte",
                         path);
    if (size >= 3 && memcmp(text, mark, 3) == 0) {
        text += 3;
        size -= 3;
    }
    ok = !size || read_lines(&parse, text, size);
    end_setting(&parse);
    free(parse.kind);
    free(parse.section);
    return ok;
}

/* ---- files ------------------------------------------------------------ */

static bool read_file(struct awsfile *file, enum awsfile_origin origin,
                      enum awsprofiles_file kind, struct error *err)
{
    char *path = awsprofiles_path(kind);
    struct strbuf text = { 0 };
    struct error reading = { 0 };
    bool ok;

    if (!path)
        return true;
    if (fileio_read(AT_FDCWD, path, FILE_LIMIT, &text, &reading))
        ok = awsfile_parse(file, origin, path, strbuf_text(&text), text.len,
                           &reading);
    else
        ok = reading.code == ERROR_NOT_FOUND;
    if (!ok && err && !error_is_set(err))
        *err = reading;
    strbuf_wipe(&text);
    free(path);
    return ok;
}

bool awsfile_read(struct awsfile *file, struct error *err)
{
    return read_file(file, AWSFILE_CONFIG, AWSPROFILES_CONFIG, err) &&
           read_file(file, AWSFILE_CREDENTIALS, AWSPROFILES_CREDENTIALS, err);
}

/* ---- asking ----------------------------------------------------------- */

static bool is_in(const struct awsfile_entry *entry, const char *kind,
                  const char *section)
{
    return strcmp(entry->kind, kind) == 0 &&
           strcmp(entry->section, section) == 0;
}

const char *awsfile_get_from(const struct awsfile *file,
                             enum awsfile_origin origin, const char *kind,
                             const char *section, const char *name)
{
    for (size_t i = file->count; i > 0; i--) {
        const struct awsfile_entry *entry = &file->entries[i - 1];

        if (entry->origin == origin && strcmp(entry->name, name) == 0 &&
            is_in(entry, kind, section))
            return *entry->value ? entry->value : NULL;
    }
    return NULL;
}

const char *awsfile_get(const struct awsfile *file, const char *kind,
                        const char *section, const char *name)
{
    const char *value =
        awsfile_get_from(file, AWSFILE_CREDENTIALS, kind, section, name);

    if (value)
        return value;
    return awsfile_get_from(file, AWSFILE_CONFIG, kind, section, name);
}

bool awsfile_has(const struct awsfile *file, const char *kind,
                 const char *section)
{
    for (size_t i = 0; i < file->count; i++) {
        if (is_in(&file->entries[i], kind, section))
            return true;
    }
    return false;
}
