#include "core/envfile.h"

#include "base/mem.h"
#include "core/shellword.h"

#include <stdlib.h>
#include <string.h>

#define ONLY_ASSIGNMENTS                                                       \
    "the file is read, never executed: write KEY=VALUE, one a line"

struct parse {
    struct shellword word;
    const char *(*lookup)(void *context, const char *key);
    void *context;
    struct envfile *out;
    size_t counted; /* `line` is the number of the line of this offset */
    int line;
};

static struct envfile_entry *find(const struct envfile *file, const char *key)
{
    for (size_t i = 0; i < file->count; i++) {
        if (strcmp(file->entries[i].key, key) == 0)
            return &file->entries[i];
    }
    return NULL;
}

/* A variable is worth what an earlier line gave it. */
static const char *look_up(void *context, const char *key)
{
    const struct parse *parse = context;
    const char *value = envfile_value(parse->out, key);

    if (value || !parse->lookup)
        return value;
    return parse->lookup(parse->context, key);
}

/* Behind the value nothing but a comment may follow. */
static bool check_rest(struct shellword *word, const char *key, bool empty)
{
    shellword_skip_blanks(word);
    if (shellword_is_line_end(word) || shellword_peek(word) == '#')
        return true;
    if (!shellword_check_operator(word))
        return false;
    if (empty)
        return shellword_refuse(word, word->at, ONLY_ASSIGNMENTS,
                                "a space between '%s=' and its value", key);
    return shellword_refuse(word, word->at,
                            "quote a value that has spaces: KEY='two words'; "
                            "one key a line",
                            "the value of '%s' ends at the space before this",
                            key);
}

static bool read_value(struct shellword *word, const char *key)
{
    size_t start;

    if (shellword_peek(word) == '(')
        return shellword_refuse(word, word->at,
                                "a variable holds one text: write the items "
                                "as one quoted value",
                                "'%s' is given an array", key);
    start = word->at;
    return shellword_read(word) && check_rest(word, key, word->at == start);
}

/* Takes `key`, whose line starts at `where`. */
static bool store(struct parse *parse, char *key, size_t where)
{
    struct envfile *file = parse->out;
    struct envfile_entry *entry = find(file, key);
    struct shellword *word = &parse->word;

    if (entry) {
        free(key);
        free(entry->value);
    } else if (file->count < ENVFILE_MOST_KEYS) {
        file->entries = mem_grow(file->entries, file->count, &file->capacity,
                                 sizeof(*file->entries));
        entry = &file->entries[file->count++];
        entry->key = key;
    } else {
        free(key);
        return shellword_refuse(word, where, "split the file",
                                "more than %d keys", ENVFILE_MOST_KEYS);
    }
    entry->value = mem_bytes(strbuf_text(&word->value), word->value.len);
    for (; parse->counted < where; parse->counted++)
        parse->line += word->bytes[parse->counted] == '\n';
    entry->line = parse->line;
    return true;
}

/* The mistakes that show in the byte right behind a key. */
static const struct {
    char byte;
    const char *what;
    const char *hint;
} key_mistakes[] = {
    { '+', "appends, which is not supported", "write KEY=\"${KEY}more\"" },
    { '[', "starts an array", "use one key for each value" },
    { ':', "stands where '=' must follow the key", ONLY_ASSIGNMENTS },
    { '-', "is no key", "a key has letters, digits and underscores" },
    { '.', "is no key", "a key has letters, digits and underscores" },
};

/* The line whose first word starts at `where` is no assignment; `key` is that
 * word as far as it is an identifier. Says which mistake it looks like. */
static bool refuse_line(struct shellword *word, size_t where, const char *key,
                        bool exported)
{
    int byte = shellword_peek(word);
    size_t at = word->at;

    if (!*key)
        return shellword_refuse(word, where, ONLY_ASSIGNMENTS,
                                "a key must stand here");
    for (size_t i = 0; i < sizeof(key_mistakes) / sizeof(key_mistakes[0]);
         i++) {
        if (byte == key_mistakes[i].byte)
            return shellword_refuse(word, at, key_mistakes[i].hint, "'%s%c' %s",
                                    key, byte, key_mistakes[i].what);
    }
    shellword_skip_blanks(word);
    if (shellword_peek(word) == '=')
        return shellword_refuse(word, at, ONLY_ASSIGNMENTS,
                                "a space between '%s' and '='", key);
    if (exported)
        return shellword_refuse(word, where,
                                "every key is exported anyway: write "
                                "KEY=VALUE, or leave the line out",
                                "'export %s' gives no value", key);
    return shellword_refuse(word, where, ONLY_ASSIGNMENTS,
                            "'%s' is no assignment", key);
}

static bool is_blank(int byte)
{
    return byte == ' ' || byte == '\t';
}

static bool read_line(struct parse *parse)
{
    struct shellword *word = &parse->word;
    bool exported = false;
    size_t where = word->at;
    char *key = shellword_name(word);

    if (strcmp(key, "export") == 0 && is_blank(shellword_peek(word))) {
        shellword_skip_blanks(word);
        exported = true;
        where = word->at;
        free(key);
        key = shellword_name(word);
    }
    if (!*key || shellword_peek(word) != '=') {
        refuse_line(word, where, key, exported);
        free(key);
        return false;
    }
    word->at++;
    if (!read_value(word, key)) {
        free(key);
        return false;
    }
    return store(parse, key, where);
}

static void skip_line(struct shellword *word)
{
    const char *end =
        memchr(word->bytes + word->at, '\n', word->size - word->at);

    word->at = end ? (size_t)(end - word->bytes) + 1 : word->size;
}

static bool read_lines(struct parse *parse)
{
    struct shellword *word = &parse->word;

    while (shellword_peek(word) != SHELLWORD_END) {
        shellword_skip_blanks(word);
        if (!shellword_is_line_end(word) && shellword_peek(word) != '#' &&
            !read_line(parse))
            return false;
        skip_line(word);
    }
    return true;
}

static bool check_bytes(struct shellword *word)
{
    const char *nul = memchr(word->bytes, '\0', word->size);

    if (word->size > ENVFILE_LARGEST) {
        error_set(word->err, ERROR_INPUT, "%s: larger than %d bytes",
                  word->name, ENVFILE_LARGEST);
        return error_hint(word->err, "is this a KEY=VALUE file?");
    }
    if (nul)
        return shellword_refuse(word, (size_t)(nul - word->bytes),
                                "is this a text file in UTF-8?", "a NUL byte");
    return true;
}

bool envfile_parse(const char *name, const char *bytes, size_t size,
                   const char *(*lookup)(void *context, const char *key),
                   void *context, struct envfile *out, struct error *err)
{
    static const char mark[] = "\xEF\xBB\xBF";
    struct parse parse = {
        .word = { .name = name,
                  .bytes = size ? bytes : "",
                  .size = size,
                  .lookup = look_up,
                  .context = &parse,
                  .err = err },
        .lookup = lookup,
        .context = context,
        .out = out,
        .line = 1,
    };
    bool parsed;

    if (size >= 3 && memcmp(bytes, mark, 3) == 0)
        parse.word.at = parse.word.start = 3;
    parsed = check_bytes(&parse.word) && read_lines(&parse);
    strbuf_release(&parse.word.value);
    if (!parsed)
        envfile_release(out);
    return parsed;
}

void envfile_release(struct envfile *file)
{
    for (size_t i = 0; i < file->count; i++) {
        free(file->entries[i].key);
        free(file->entries[i].value);
    }
    free(file->entries);
    *file = (struct envfile){ 0 };
}

const char *envfile_value(const struct envfile *file, const char *key)
{
    const struct envfile_entry *entry = find(file, key);

    return entry ? entry->value : NULL;
}

/* Whether no shell sees anything in the value but ordinary bytes. */
static bool is_plain(const char *value)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
                                "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                "0123456789_%+,-./:@";

    return *value && strspn(value, plain) == strlen(value);
}

bool envfile_quote(const char *value, struct strbuf *out)
{
    /* Each byte may need a backslash. */
    if (strlen(value) > ENVFILE_LARGEST / 2 - 2)
        return false;
    if (is_plain(value)) {
        strbuf_adds(out, value);
    } else if (!strchr(value, '\'')) {
        strbuf_addf(out, "'%s'", value);
    } else {
        strbuf_addc(out, '"');
        for (; *value; value++) {
            if (strchr("\"\\$`", *value))
                strbuf_addc(out, '\\');
            strbuf_addc(out, *value);
        }
        strbuf_addc(out, '"');
    }
    return true;
}
