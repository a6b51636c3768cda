#include "tui/field.h"

#include "base/cluster.h"
#include "base/mem.h"
#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>

void field_release(struct field *field)
{
    strbuf_release(&field->text);
    free(field->last);
    *field = (struct field){ 0 };
}

void field_set(struct field *field, const char *text)
{
    strbuf_clear(&field->text);
    field->cursor = 0;
    if (text)
        field_paste(field, text, strlen(text));
}

const char *field_text(const struct field *field)
{
    return strbuf_text(&field->text);
}

/* ---- places ----------------------------------------------------------- */

static size_t after(const struct field *field, size_t place)
{
    if (place >= field->text.len)
        return field->text.len;
    return place +
           cluster_next(field->text.data + place, field->text.len - place).size;
}

static size_t before(const struct field *field, size_t place)
{
    size_t at = 0, next;

    while (at < place && (next = after(field, at)) < place)
        at = next;
    return at;
}

static size_t word_before(const struct field *field, size_t place)
{
    while (place && field->text.data[place - 1] == ' ')
        place--;
    while (place && field->text.data[place - 1] != ' ')
        place--;
    return place;
}

/* ---- changes ---------------------------------------------------------- */

static void remove_range(struct field *field, size_t from, size_t to)
{
    if (from >= to)
        return;
    memmove(field->text.data + from, field->text.data + to,
            field->text.len - to);
    strbuf_truncate(&field->text, field->text.len - (to - from));
    field->cursor = from;
}

static void insert(struct field *field, const char *bytes, size_t size)
{
    char *rest;
    size_t rest_size = field->text.len - field->cursor;

    if (!size || field->text.len + size > FIELD_SIZE_LIMIT)
        return;
    rest = mem_bytes(field->text.data + field->cursor, rest_size);
    strbuf_truncate(&field->text, field->cursor);
    strbuf_add(&field->text, bytes, size);
    strbuf_add(&field->text, rest, rest_size);
    field->cursor += size;
    free(rest);
}

void field_paste(struct field *field, const char *bytes, size_t size)
{
    struct strbuf clean = { 0 };
    size_t room = FIELD_SIZE_LIMIT - field->text.len;

    /* A pasted megabyte costs no more than what fits. */
    if (size > 2 * FIELD_SIZE_LIMIT)
        size = 2 * FIELD_SIZE_LIMIT;
    utf8_sanitise(bytes, size, false, &clean);
    if (clean.len > room) {
        strbuf_truncate(&clean, room);
        strbuf_truncate(&clean,
                        clean.len - utf8_cut_tail(clean.data, clean.len));
    }
    insert(field, strbuf_text(&clean), clean.len);
    strbuf_release(&clean);
}

static void insert_character(struct field *field, uint32_t code)
{
    char bytes[4];
    size_t size = 0;

    if (code < 0x80) {
        bytes[size++] = (char)code;
    } else if (code < 0x800) {
        bytes[size++] = (char)(0xc0 | code >> 6);
        bytes[size++] = (char)(0x80 | (code & 0x3f));
    } else if (code < 0x10000) {
        bytes[size++] = (char)(0xe0 | code >> 12);
        bytes[size++] = (char)(0x80 | (code >> 6 & 0x3f));
        bytes[size++] = (char)(0x80 | (code & 0x3f));
    } else {
        bytes[size++] = (char)(0xf0 | code >> 18);
        bytes[size++] = (char)(0x80 | (code >> 12 & 0x3f));
        bytes[size++] = (char)(0x80 | (code >> 6 & 0x3f));
        bytes[size++] = (char)(0x80 | (code & 0x3f));
    }
    field_paste(field, bytes, size);
}

/* ---- keys ------------------------------------------------------------- */

static bool control_key(struct field *field, uint32_t code)
{
    switch (code) {
    case 'a':
        field->cursor = 0;
        return true;
    case 'e':
        field->cursor = field->text.len;
        return true;
    case 'u':
        remove_range(field, 0, field->cursor);
        return true;
    case 'k':
        remove_range(field, field->cursor, field->text.len);
        return true;
    case 'w':
        remove_range(field, word_before(field, field->cursor), field->cursor);
        return true;
    case 'd':
        remove_range(field, field->cursor, after(field, field->cursor));
        return true;
    default:
        return false;
    }
}

static bool named_key(struct field *field, uint32_t code)
{
    switch (code) {
    case KEY_NAME_BACKSPACE:
        remove_range(field, before(field, field->cursor), field->cursor);
        return true;
    case KEY_NAME_DELETE:
        remove_range(field, field->cursor, after(field, field->cursor));
        return true;
    case KEY_NAME_LEFT:
        field->cursor = before(field, field->cursor);
        return true;
    case KEY_NAME_RIGHT:
        field->cursor = after(field, field->cursor);
        return true;
    case KEY_NAME_HOME:
        field->cursor = 0;
        return true;
    case KEY_NAME_END:
        field->cursor = field->text.len;
        return true;
    case KEY_NAME_UP:
        if (field->last)
            field_set(field, field->last);
        return field->last != NULL;
    default:
        return false;
    }
}

bool field_key(struct field *field, struct key key)
{
    if (key.modifiers == KEY_CONTROL)
        return control_key(field, key.code);
    if (key.modifiers)
        return false;
    if (key.code >= KEY_NAME_FIRST)
        return named_key(field, key.code);
    if (key.code < 0x20 || key.code == 0x7f)
        return false;
    insert_character(field, key.code);
    return true;
}

/* ---- drawing ---------------------------------------------------------- */

void field_draw(const struct field *field, struct area area, struct style style)
{
    const char *text = field_text(field);
    size_t begin = 0;
    char *left = mem_bytes(text, field->cursor);
    int columns = cluster_columns(left);

    /* The part before the cursor is cut from the left until it fits. */
    while (columns >= area.columns && begin < field->cursor) {
        struct cluster cluster =
            cluster_next(text + begin, field->text.len - begin);

        columns -= cluster.width;
        begin += cluster.size;
    }
    area_text(area, 0, 0, style, text + begin);
    area_cursor(area, columns, 0);
    free(left);
}
