#include "core/setup_edit.h"

#include "base/mem.h"
#include "core/envfile.h"
#include "core/setup_hcl.h"
#include "core/shellword.h"

#include <stdlib.h>
#include <string.h>

/* ---- finding ---------------------------------------------------------- */

void setup_spans_add(struct setup_spans *spans, const struct setup_span *span)
{
    spans->items = mem_grow(spans->items, spans->count, &spans->capacity,
                            sizeof(*spans->items));
    spans->items[spans->count++] = *span;
}

void setup_spans_release(struct setup_spans *spans)
{
    for (size_t i = 0; i < spans->count; i++)
        free(spans->items[i].key);
    free(spans->items);
    *spans = (struct setup_spans){ 0 };
}

static void skip_line(struct shellword *word)
{
    const char *end =
        memchr(word->bytes + word->at, '\n', word->size - word->at);

    word->at = end ? (size_t)(end - word->bytes) + 1 : word->size;
}

/* The assignment in the line that begins at `line`. */
static bool read_assignment(struct shellword *word, size_t line,
                            struct setup_spans *spans)
{
    char *key = shellword_name(word);
    struct setup_span span = { .line = line };

    if (strcmp(key, "export") == 0 && shellword_peek(word) != '=') {
        shellword_skip_blanks(word);
        free(key);
        key = shellword_name(word);
    }
    if (!*key || shellword_peek(word) != '=') {
        free(key);
        return shellword_refuse(word, word->at, "write KEY=VALUE, one a line",
                                "this is no assignment");
    }
    span.value = ++word->at;
    if (!shellword_read(word)) {
        free(key);
        return false;
    }
    span.key = key;
    span.value_end = word->at;
    skip_line(word);
    span.line_end = word->at;
    setup_spans_add(spans, &span);
    return true;
}

static bool read_env(const char *name, const char *text, size_t size,
                     struct setup_spans *spans, struct error *err)
{
    struct shellword word = {
        .name = name, .bytes = text, .size = size, .err = err
    };
    bool ok = true;

    if (size >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0)
        word.at = word.start = 3;
    while (ok && shellword_peek(&word) != SHELLWORD_END) {
        size_t line = word.at;

        shellword_skip_blanks(&word);
        if (shellword_is_line_end(&word) || shellword_peek(&word) == '#')
            skip_line(&word);
        else
            ok = read_assignment(&word, line, spans);
    }
    strbuf_release(&word.value);
    return ok;
}

bool setup_spans_read(enum setup_syntax syntax, const char *name,
                      const char *text, size_t size, struct setup_spans *spans,
                      struct error *err)
{
    bool ok;

    *spans = (struct setup_spans){ 0 };
    ok = syntax == SETUP_ENV ? read_env(name, text, size, spans, err)
                             : setup_hcl_read(name, text, size, spans, err);
    if (!ok)
        setup_spans_release(spans);
    return ok;
}

/* ---- changing --------------------------------------------------------- */

static bool quote(enum setup_syntax syntax, const char *name, const char *key,
                  const char *value, struct strbuf *out, struct error *err)
{
    if (syntax == SETUP_HCL) {
        setup_hcl_quote(value, out);
        return true;
    }
    /* The shell's empty value needs no quotes. */
    if (!*value || envfile_quote(value, out))
        return true;
    error_set(err, ERROR_INPUT, "%s: the value of %s is too large", name, key);
    return error_hint(err, "shorten it");
}

static const char *newline_of(const struct strbuf *text)
{
    const char *first = text->len ? memchr(text->data, '\n', text->len) : NULL;

    return first && first > text->data && first[-1] == '\r' ? "\r\n" : "\n";
}

static void append_line(enum setup_syntax syntax, const struct strbuf *text,
                        const char *key, const char *quoted, struct strbuf *out)
{
    const char *newline = newline_of(text);

    strbuf_add(out, strbuf_text(text), text->len);
    if (text->len && text->data[text->len - 1] != '\n')
        strbuf_adds(out, newline);
    strbuf_addf(out, syntax == SETUP_ENV ? "%s=%s%s" : "%s = %s%s", key, quoted,
                newline);
}

static void replace_value(const struct strbuf *text,
                          const struct setup_span *span, const char *quoted,
                          struct strbuf *out)
{
    strbuf_add(out, text->data, span->value);
    strbuf_adds(out, quoted);
    strbuf_add(out, text->data + span->value_end, text->len - span->value_end);
}

static void remove_lines(const struct strbuf *text,
                         const struct setup_spans *spans, const char *key,
                         struct strbuf *out)
{
    size_t at = 0;

    for (size_t i = 0; i < spans->count; i++) {
        if (strcmp(spans->items[i].key, key) != 0)
            continue;
        strbuf_add(out, strbuf_text(text) + at, spans->items[i].line - at);
        at = spans->items[i].line_end;
    }
    strbuf_add(out, strbuf_text(text) + at, text->len - at);
}

static const struct setup_span *last_of(const struct setup_spans *spans,
                                        const char *key)
{
    for (size_t i = spans->count; i-- > 0;) {
        if (strcmp(spans->items[i].key, key) == 0)
            return &spans->items[i];
    }
    return NULL;
}

/* ---- checking --------------------------------------------------------- */

/* The next assignment from `*at` on that is not of `key`. */
static const struct setup_span *next_other(const struct setup_spans *spans,
                                           const char *key, size_t *at)
{
    while (*at < spans->count) {
        const struct setup_span *span = &spans->items[(*at)++];

        if (strcmp(span->key, key) != 0)
            return span;
    }
    return NULL;
}

static bool is_same(const struct setup_span *left, const char *left_text,
                    const struct setup_span *right, const char *right_text)
{
    size_t size = left->value_end - left->value;

    return strcmp(left->key, right->key) == 0 &&
           size == right->value_end - right->value &&
           memcmp(left_text + left->value, right_text + right->value, size) ==
               0;
}

/* Whether the other assignments are what they were. */
static bool others_stay(const struct setup_spans *before, const char *old,
                        const struct setup_spans *after, const char *text,
                        const char *key)
{
    size_t i = 0, j = 0;

    for (;;) {
        const struct setup_span *left = next_other(before, key, &i);
        const struct setup_span *right = next_other(after, key, &j);

        if (!left || !right)
            return left == right;
        if (!is_same(left, old, right, text))
            return false;
    }
}

/* Whether who reads the text finds `value` for the key. */
static bool reads_back(enum setup_syntax syntax, const struct strbuf *text,
                       const struct setup_spans *spans, const char *key,
                       const char *value, const char *quoted)
{
    const struct setup_span *span = last_of(spans, key);
    struct envfile file = { 0 };
    const char *found;
    bool same;

    if (!value || !span)
        return !value && !span;
    if (syntax == SETUP_HCL)
        return span->value_end - span->value == strlen(quoted) &&
               memcmp(text->data + span->value, quoted, strlen(quoted)) == 0;
    if (!envfile_parse("", text->data, text->len, NULL, NULL, &file, NULL))
        return false;
    found = envfile_value(&file, key);
    same = found && strcmp(found, value) == 0;
    envfile_release(&file);
    return same;
}

static bool check_result(enum setup_syntax syntax, const char *name,
                         const struct strbuf *old,
                         const struct setup_spans *before,
                         const struct strbuf *text, const char *key,
                         const char *value, const char *quoted,
                         struct error *err)
{
    struct setup_spans after;
    bool ok =
        setup_spans_read(syntax, name, strbuf_text(text), text->len, &after,
                         NULL) &&
        others_stay(before, strbuf_text(old), &after, strbuf_text(text), key) &&
        reads_back(syntax, text, &after, key, value, quoted);

    setup_spans_release(&after);
    if (ok)
        return true;
    error_set(err, ERROR_INPUT,
              "%s cannot be changed without changing other "
              "values in it",
              name);
    return error_hint(err, "set %s in it by hand", key);
}

bool setup_edit(enum setup_syntax syntax, const char *name, struct strbuf *text,
                const char *key, const char *value, struct error *err)
{
    struct setup_spans spans;
    const struct setup_span *span;
    struct strbuf out = { 0 }, quoted = { 0 };
    bool ok;

    if (!setup_spans_read(syntax, name, strbuf_text(text), text->len, &spans,
                          err))
        return false;
    span = last_of(&spans, key);
    ok = !value || quote(syntax, name, key, value, &quoted, err);
    if (!value)
        remove_lines(text, &spans, key, &out);
    else if (span)
        replace_value(text, span, strbuf_text(&quoted), &out);
    else
        append_line(syntax, text, key, strbuf_text(&quoted), &out);
    ok = ok && check_result(syntax, name, text, &spans, &out, key, value,
                            strbuf_text(&quoted), err);
    if (ok) {
        strbuf_clear(text);
        strbuf_add(text, strbuf_text(&out), out.len);
    }
    setup_spans_release(&spans);
    strbuf_release(&quoted);
    strbuf_release(&out);
    return ok;
}

void setup_edit_mask(enum setup_syntax syntax, const char *text, size_t size,
                     bool (*is_secret)(void *context, const char *key),
                     void *context, struct strbuf *out)
{
    struct setup_spans spans;
    size_t at = 0;

    if (!setup_spans_read(syntax, "", text, size, &spans, NULL))
        spans = (struct setup_spans){ 0 };
    for (size_t i = 0; i < spans.count; i++) {
        const struct setup_span *span = &spans.items[i];

        if (span->value == span->value_end || !is_secret(context, span->key))
            continue;
        strbuf_add(out, text + at, span->value - at);
        strbuf_adds(out, "***");
        at = span->value_end;
    }
    strbuf_add(out, text + at, size - at);
    setup_spans_release(&spans);
}
