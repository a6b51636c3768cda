#include "core/needs.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char blanks[] = " \t\r\n\v\f";
static const char operator_bytes[] = "<>=!~^";

static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
                              "ABCDEFGHIJKLMNOPQRSTUVWXYZ_";
static const char digits[] = "0123456789";

static bool is_one_word(const char *text)
{
    return *text && strcspn(text, blanks) == strlen(text);
}

static bool is_variable_name(const char *text)
{
    size_t size = strspn(text, letters);

    if (!size)
        return false;
    while (text[size] &&
           (strchr(letters, text[size]) || strchr(digits, text[size])))
        size++;
    return text[size] == '\0';
}

static bool is_command_name(const char *name)
{
    for (; *name; name++) {
        if (!strchr(letters, *name) && !strchr(digits, *name) &&
            !strchr("./+@-", *name) && (unsigned char)*name < 0x80)
            return false;
    }
    return true;
}

static bool read_step(const char *rest, struct need *out, struct error *err)
{
    (void)err;
    if (is_one_word(rest)) {
        out->kind = NEED_STEP;
        out->name = mem_text(out->text);
    }
    return true;
}

static bool refuse_version(const struct need *need, struct error *err)
{
    error_set(err, ERROR_INPUT, "'%s' does not end in a version", need->text);
    return error_hint(err,
                      "write for example 'command %s >= 1.5'; the "
                      "operators are >= > = <= <",
                      need->name);
}

/* `rest` is what follows the command's name. One word that is a version needs
 * no operator; other words make the item prose. */
static bool read_version(const char *rest, struct need *out, struct error *err)
{
    size_t size = version_operator_read(rest, &out->op);

    if (!size && !strchr(operator_bytes, *rest)) {
        if (!version_is_valid(rest))
            return true;
        out->op = VERSION_AT_LEAST;
    }
    rest += size;
    rest += strspn(rest, blanks);
    if (!version_is_valid(rest))
        return refuse_version(out, err);
    out->version = mem_text(rest);
    out->kind = NEED_COMMAND;
    return true;
}

static bool read_command(const char *rest, struct need *out, struct error *err)
{
    size_t blank = strcspn(rest, blanks);
    size_t size = strcspn(rest, operator_bytes);

    if (blank < size)
        size = blank;
    out->name = mem_bytes(rest, size);
    rest += size;
    rest += strspn(rest, blanks);
    if (!*out->name || (!is_command_name(out->name) && !*rest)) {
        error_set(err, ERROR_INPUT, "'%s' names no command", out->text);
        return error_hint(err, "write 'command NAME' or 'command NAME >= "
                               "VERSION'");
    }
    if (*rest)
        return read_version(rest, out, err);
    out->kind = NEED_COMMAND;
    return true;
}

static bool read_env(const char *rest, struct need *out, struct error *err)
{
    if (!is_one_word(rest))
        return true;
    if (!is_variable_name(rest)) {
        error_set(err, ERROR_INPUT, "'%s' names no environment variable",
                  out->text);
        return error_hint(err, "write 'env NAME'; a name has letters, digits "
                               "and underscores and starts with no digit");
    }
    out->kind = NEED_ENV;
    out->name = mem_text(rest);
    return true;
}

static bool read_file(const char *rest, struct need *out, struct error *err)
{
    (void)err;
    if (is_one_word(rest)) {
        out->kind = NEED_FILE;
        out->name = mem_text(rest);
    }
    return true;
}

/* A reader gets what follows the prefix and leaves `kind` alone when the item
 * is prose after all. */
static const struct {
    const char *prefix;
    bool blank_follows;
    bool (*read)(const char *rest, struct need *out, struct error *err);
} forms[] = {
    { "step-", false, read_step },
    { "command", true, read_command },
    { "env", true, read_env },
    { "file", true, read_file },
};

static bool read_form(struct need *out, struct error *err)
{
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        size_t size = strlen(forms[i].prefix);
        const char *rest = out->text + size;
        size_t gap;

        if (strncmp(out->text, forms[i].prefix, size) != 0)
            continue;
        gap = strspn(rest, blanks);
        if ((gap > 0) == forms[i].blank_follows && rest[gap])
            return forms[i].read(rest + gap, out, err);
    }
    return true;
}

static char *trimmed(const char *item)
{
    size_t size;

    item += strspn(item, blanks);
    size = strlen(item);
    while (size && strchr(blanks, item[size - 1]))
        size--;
    return mem_bytes(item, size);
}

bool need_parse(const char *item, struct need *out, struct error *err)
{
    *out = (struct need){ .kind = NEED_PROSE, .text = trimmed(item) };
    if (!read_form(out, err)) {
        need_release(out);
        return false;
    }
    if (out->kind == NEED_PROSE) {
        free(out->name);
        out->name = NULL;
        out->op = VERSION_ANY;
    }
    return true;
}

void need_release(struct need *need)
{
    free(need->name);
    free(need->version);
    free(need->text);
    *need = (struct need){ 0 };
}

bool needs_parse(const struct strvec *items, struct need **out, size_t *count,
                 struct error *err)
{
    *out = NULL;
    *count = 0;
    if (!items->count ||
        (items->count == 1 && strcasecmp(items->items[0], "none") == 0))
        return true;
    *out = mem_new(items->count, sizeof(**out));
    for (size_t i = 0; i < items->count; i++) {
        if (!need_parse(items->items[i], &(*out)[i], err)) {
            needs_free(*out, *count);
            *out = NULL;
            *count = 0;
            return false;
        }
        ++*count;
    }
    return true;
}

void needs_free(struct need *needs, size_t count)
{
    for (size_t i = 0; i < count; i++)
        need_release(&needs[i]);
    free(needs);
}

bool need_is_output_path(const char *item)
{
    size_t size = strlen(item);

    if (!is_one_word(item) || strcasecmp(item, "n/a") == 0 ||
        strstr(item, "://"))
        return false;
    while (size && item[size - 1] == '.')
        size--;
    return memchr(item, '/', size) || memchr(item, '.', size);
}
