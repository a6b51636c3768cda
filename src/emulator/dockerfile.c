#include "emulator/dockerfile.h"

#include "base/jsonx.h"
#include "base/mem.h"
#include "base/strbuf.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static const char *const instructions[] = {
    "ADD",        "ARG",        "CMD",   "COPY",   "ENTRYPOINT",  "ENV",
    "EXPOSE",     "FROM",       "LABEL", "RUN",    "HEALTHCHECK", "SHELL",
    "MAINTAINER", "STOPSIGNAL", "USER",  "VOLUME", "WORKDIR",     "ONBUILD",
};

void dockerfile_release(struct dockerfile *file)
{
    for (size_t i = 0; i < file->count; i++) {
        free(file->items[i].word);
        free(file->items[i].rest);
    }
    free(file->items);
    *file = (struct dockerfile){ 0 };
}

/* ---- instructions ------------------------------------------------------ */

static bool is_instruction(const char *word)
{
    for (size_t i = 0; i < sizeof(instructions) / sizeof(instructions[0]);
         i++) {
        if (strcmp(instructions[i], word) == 0)
            return true;
    }
    return false;
}

static void trim(struct strbuf *text)
{
    while (text->len && isspace((unsigned char)text->data[text->len - 1]))
        strbuf_truncate(text, text->len - 1);
}

static bool add_instruction(struct dockerfile *file, const char *text, int line,
                            struct error *err)
{
    size_t size = strcspn(text, " \t");
    struct dockerfile_item item = { .line = line };

    item.word = mem_bytes(text, size);
    for (char *p = item.word; *p; p++)
        *p = (char)toupper((unsigned char)*p);
    item.rest = mem_text(text + size + strspn(text + size, " \t"));
    file->items =
        mem_grow(file->items, file->count, &file->capacity, sizeof(item));
    file->items[file->count++] = item;
    if (!is_instruction(item.word))
        return error_set(err, ERROR_INPUT,
                         "dockerfile parse error line %d: unknown instruction: "
                         "%.64s",
                         line, item.word);
    if (strstr(item.rest, "<<"))
        return error_set(err, ERROR_INPUT,
                         "dockerfile parse error line %d: the stand-in for "
                         "Docker knows no here-documents: a real Docker is "
                         "needed",
                         line);
    return true;
}

/* A line added to what the lines before began; true when it goes on. Comments
 * and empty lines within an instruction are left out. */
static bool join_line(struct strbuf *text, const char *line, size_t size)
{
    while (size && isspace((unsigned char)*line)) {
        line++;
        size--;
    }
    if (size == 0 || *line == '#')
        return text->len > 0;
    strbuf_add(text, line, size);
    trim(text);
    if (!text->len || text->data[text->len - 1] != '\\')
        return false;
    strbuf_truncate(text, text->len - 1);
    return true;
}

bool dockerfile_read(const char *text, struct dockerfile *file,
                     struct error *err)
{
    struct strbuf joined = { 0 };
    bool done = true;
    int line = 0, start = 0;

    while (done && *text) {
        size_t size = strcspn(text, "\n");
        bool goes_on;

        line++;
        if (!joined.len)
            start = line;
        goes_on = join_line(&joined, text, size);
        text += size + (text[size] == '\n');
        if ((goes_on && *text) || !joined.len)
            continue;
        done = add_instruction(file, strbuf_text(&joined), start, err);
        strbuf_clear(&joined);
    }
    strbuf_release(&joined);
    if (done && file->count == 0)
        return error_set(err, ERROR_INPUT, "the Dockerfile cannot be empty");
    return done;
}

/* ---- words ------------------------------------------------------------- */

json_t *dockerfile_list(const char *text)
{
    json_t *list = *text == '[' ? json_loads(text, 0, NULL) : NULL;
    const json_t *item;
    size_t i;

    json_array_foreach(list, i, item)
    {
        if (!json_is_string(item)) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

/* The value of a variable and what may stand behind its name:
 * ":-TEXT" or ":+TEXT". */
static void add_variable(struct strbuf *out, const char *name, size_t size,
                         const json_t *variables)
{
    size_t length = strcspn(name, ":");
    char *key = mem_bytes(name, length < size ? length : size);
    const char *value = jsonx_text(variables, key, "");

    if (length + 1 < size && name[length + 1] == '-' && !*value)
        strbuf_add(out, name + length + 2, size - length - 2);
    else if (length + 1 < size && name[length + 1] == '+') {
        if (*value)
            strbuf_add(out, name + length + 2, size - length - 2);
    } else {
        strbuf_adds(out, value);
    }
    free(key);
}

/* At a "$"; gives the place behind the variable. */
static const char *expand(const char *text, const json_t *variables,
                          struct strbuf *out)
{
    const char *name = text + 1;
    size_t size = 0;

    if (*name == '{') {
        const char *end = strchr(++name, '}');

        if (!end)
            return NULL;
        add_variable(out, name, (size_t)(end - name), variables);
        return end + 1;
    }
    while (isalnum((unsigned char)name[size]) || name[size] == '_')
        size++;
    if (size == 0)
        strbuf_addc(out, '$');
    else
        add_variable(out, name, size, variables);
    return name + size;
}

/* One word from `text`, which is not at a space; NULL when it never ends. */
static const char *read_word(const char *text, const json_t *variables,
                             struct strbuf *out)
{
    char quote = '\0';

    while (text && *text && (quote || !isspace((unsigned char)*text))) {
        if (*text == quote) {
            quote = '\0';
            text++;
        } else if (!quote && (*text == '"' || *text == '\'')) {
            quote = *text++;
        } else if (*text == '\\' && text[1] && quote != '\'') {
            strbuf_addc(out, text[1]);
            text += 2;
        } else if (*text == '$' && quote != '\'' && variables) {
            text = expand(text, variables, out);
        } else {
            strbuf_addc(out, *text++);
        }
    }
    return quote ? NULL : text;
}

static bool list_words(const json_t *list, const json_t *variables,
                       struct strvec *words, struct error *err)
{
    const json_t *item;
    size_t i;

    json_array_foreach(list, i, item)
    {
        const char *text = json_string_value(item);
        struct strbuf out = { 0 };

        while (text && *text) {
            if (*text == '$' && variables)
                text = expand(text, variables, &out);
            else
                strbuf_addc(&out, *text++);
        }
        strvec_add(words, strbuf_text(&out));
        strbuf_release(&out);
        if (!text)
            return error_set(err, ERROR_INPUT, "a '${' has no end");
    }
    return true;
}

bool dockerfile_words(const char *text, const json_t *variables,
                      struct strvec *words, struct error *err)
{
    json_t *list = dockerfile_list(text);
    const char *next = text;
    bool done;

    if (list) {
        done = list_words(list, variables, words, err);
        json_decref(list);
        return done;
    }
    while (next && *(next += strspn(next, " \t"))) {
        struct strbuf word = { 0 };

        next = read_word(next, variables, &word);
        strvec_add(words, strbuf_text(&word));
        strbuf_release(&word);
    }
    if (!next)
        return error_set(err, ERROR_INPUT,
                         "a quote or a '${' has no end in '%.200s'", text);
    return true;
}
