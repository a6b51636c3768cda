#include "base/redact_forms.h"

#include "base/mem.h"
#include "base/redact.h"
#include "base/strbuf.h"
#include "base/utf8.h"

#include <ctype.h>
#include <stdint.h>
#include <string.h>

/* ASCII whatever the locale says. */
static bool is_word_byte(unsigned char byte)
{
    return byte < 0x80 && isalnum(byte);
}

/* Pieces of equal size, so that none is a short rest that is no secret. */
static void add_form(struct strvec *forms, const char *bytes, size_t size)
{
    size_t count = (size + REDACT_PIECE_BYTES - 1) / REDACT_PIECE_BYTES;

    if (size < REDACT_MIN_BYTES)
        return;
    for (size_t i = 0; i < count; i++) {
        size_t from = size * i / count;
        size_t to = size * (i + 1) / count;

        strvec_take(forms, mem_bytes(bytes + from, to - from));
    }
}

static void take_form(struct strvec *forms, struct strbuf *form)
{
    add_form(forms, strbuf_text(form), form->len);
    strbuf_release(form);
}

/* The six bits at `bit` of the stream in which `shift` bytes of zeros stand
 * before the value and zeros follow it. */
static unsigned six_bits(const char *value, size_t size, size_t shift,
                         size_t bit)
{
    unsigned two_bytes = 0;

    for (size_t at = bit / 8; at <= bit / 8 + 1; at++) {
        two_bytes <<= 8;
        if (at >= shift && at - shift < size)
            two_bytes |= (unsigned char)value[at - shift];
    }
    return two_bytes >> (10 - bit % 8) & 63;
}

static void add_rows(struct strvec *forms, const char *text, size_t size,
                     size_t width)
{
    for (size_t at = 0; size > width && at < size; at += width)
        add_form(forms, text + at, size - at < width ? size - at : width);
}

/* `shift` bytes stand before the value in its group of three: the characters
 * they share with it are left out, as are, unless the data ends here, those
 * shared with what follows. */
static void add_base64(struct strvec *forms, const char *value, size_t size,
                       const char *last_two, size_t shift)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                   "abcdefghijklmnopqrstuvwxyz0123456789";
    struct strbuf form = { 0 };
    size_t first = (shift * 8 + 5) / 6;
    size_t determined = (shift + size) * 8 / 6;
    size_t padding = (3 - (shift + size) % 3) % 3;

    for (size_t i = first; i < determined + (padding > 0); i++) {
        unsigned bits = six_bits(value, size, shift, i * 6);

        strbuf_addc(&form, bits < 62 ? alphabet[bits] : last_two[bits - 62]);
    }
    add_form(forms, strbuf_text(&form), determined - first);
    add_form(forms, strbuf_text(&form), form.len);
    strbuf_add(&form, "==", padding);
    if (shift == 0) {
        add_rows(forms, strbuf_text(&form), form.len, 64);
        add_rows(forms, strbuf_text(&form), form.len, 76);
    }
    take_form(forms, &form);
}

static void add_percent(struct strvec *forms, const char *value, size_t size,
                        const char *safe, bool plus, const char *digits)
{
    struct strbuf form = { 0 };

    for (size_t i = 0; i < size; i++) {
        unsigned char byte = (unsigned char)value[i];

        if (is_word_byte(byte) || strchr(safe, byte)) {
            strbuf_addc(&form, value[i]);
        } else if (byte == ' ' && plus) {
            strbuf_addc(&form, '+');
        } else {
            strbuf_addc(&form, '%');
            strbuf_addc(&form, digits[byte >> 4]);
            strbuf_addc(&form, digits[byte & 15]);
        }
    }
    take_form(forms, &form);
}

static void add_percents(struct strvec *forms, const char *value, size_t size)
{
    static const struct {
        const char *safe;
        bool plus; /* a space is written as + */
    } habits[] = {
        { "-._~", false },                 /* RFC 3986 */
        { "-._~/", false },                /* a path */
        { "-._~!*'()", false },            /* encodeURIComponent */
        { "-._~!*'();/?:@&=+$,#", false }, /* encodeURI */
        { "-._*", true },                  /* application/x-www-form-... */
        { "-._~", true },                  /* the same, after RFC 3986 */
        { "-._", true },                   /* the same, PHP */
    };

    for (size_t i = 0; i < sizeof(habits) / sizeof(habits[0]); i++) {
        add_percent(forms, value, size, habits[i].safe, habits[i].plus,
                    "0123456789ABCDEF");
        add_percent(forms, value, size, habits[i].safe, habits[i].plus,
                    "0123456789abcdef");
    }
}

/* What JSON writers do beyond what they must. */
enum {
    JSON_SLASH = 1,  /* "/" as "\/" */
    JSON_HTML = 2,   /* "<", ">", "&" as \u003c ... */
    JSON_ASCII = 4,  /* characters beyond ASCII as \uXXXX */
    JSON_UPPER = 8,  /* upper-case hexadecimal digits */
    JSON_HABITS = 16 /* the number of combinations */
};

static void add_json_unit(struct strbuf *form, uint32_t unit, unsigned habits)
{
    strbuf_addf(form, habits & JSON_UPPER ? "\\u%04X" : "\\u%04x",
                (unsigned)unit);
}

/* Characters beyond U+FFFF are written as a pair of surrogates. */
static void add_json_wide(struct strbuf *form, const char *bytes, size_t length,
                          unsigned habits)
{
    uint32_t point = (unsigned char)bytes[0] & (0xFFU >> (length + 1));

    for (size_t i = 1; i < length; i++)
        point = point << 6 | ((unsigned char)bytes[i] & 0x3FU);
    if (point < 0x10000) {
        add_json_unit(form, point, habits);
        return;
    }
    add_json_unit(form, 0xD800 + ((point - 0x10000) >> 10), habits);
    add_json_unit(form, 0xDC00 + ((point - 0x10000) & 0x3FF), habits);
}

static void add_json_byte(struct strbuf *form, char byte, unsigned habits)
{
    static const char plain[] = "\"\\\b\f\n\r\t";
    static const char escaped[] = "\"\\bfnrt";
    const char *found = strchr(plain, byte);

    if (found)
        strbuf_addf(form, "\\%c", escaped[found - plain]);
    else if (byte == '/' && habits & JSON_SLASH)
        strbuf_adds(form, "\\/");
    else if ((byte > 0 && byte < 0x20) ||
             (habits & JSON_HTML && strchr("<>&", byte)))
        add_json_unit(form, (unsigned char)byte, habits);
    else
        strbuf_addc(form, byte);
}

static void add_json(struct strvec *forms, const char *value, size_t size,
                     unsigned habits)
{
    struct strbuf form = { 0 };
    size_t length;

    for (size_t i = 0; i < size; i += length) {
        length = utf8_sequence(value + i, size - i);
        if (length > 1 && habits & JSON_ASCII) {
            add_json_wide(&form, value + i, length, habits);
        } else {
            add_json_byte(&form, value[i], habits);
            length = 1;
        }
    }
    take_form(forms, &form);
}

static void add_escaped_lines(struct strvec *forms, const char *value,
                              size_t size)
{
    struct strbuf form = { 0 };

    for (size_t i = 0; i < size; i++) {
        if (value[i] == '\n' || value[i] == '\r')
            strbuf_adds(&form, value[i] == '\n' ? "\\n" : "\\r");
        else
            strbuf_addc(&form, value[i]);
    }
    take_form(forms, &form);
}

static void add_texts(struct strvec *forms, const char *value, size_t size)
{
    add_form(forms, value, size);
    add_percents(forms, value, size);
    for (unsigned habits = 0; habits < JSON_HABITS; habits++)
        add_json(forms, value, size, habits);
}

/* Armour ("-----BEGIN ...") and rulers are the same in everybody's secrets:
 * masking them would only hide what kind of thing was printed. */
static bool is_generic_line(const char *line, size_t size)
{
    if (size >= 5 && memcmp(line, "-----", 5) == 0)
        return true;
    for (size_t i = 0; i < size; i++) {
        if ((unsigned char)line[i] >= 0x80 ||
            is_word_byte((unsigned char)line[i]))
            return false;
    }
    return true;
}

static void add_lines(struct strvec *forms, const char *value, size_t size)
{
    while (size) {
        const char *newline = memchr(value, '\n', size);
        size_t length = newline ? (size_t)(newline - value) : size;
        const char *line = value;
        size_t trimmed = redact_forms_trim(&line, length);

        if (trimmed >= REDACT_MIN_BYTES && !is_generic_line(line, trimmed))
            add_texts(forms, line, trimmed);
        length += newline != NULL;
        value += length;
        size -= length;
    }
}

void redact_forms_add(struct strvec *forms, const char *secret, size_t size)
{
    add_texts(forms, secret, size);
    for (size_t shift = 0; shift < 3; shift++) {
        add_base64(forms, secret, size, "+/", shift);
        add_base64(forms, secret, size, "-_", shift);
    }
    if (memchr(secret, '\n', size)) {
        add_escaped_lines(forms, secret, size);
        add_lines(forms, secret, size);
    }
}

size_t redact_forms_trim(const char **text, size_t size)
{
    static const char blanks[] = " \t\r\n\v\f";

    while (size && strchr(blanks, (*text)[size - 1]))
        size--;
    while (size && strchr(blanks, **text)) {
        (*text)++;
        size--;
    }
    return size;
}
