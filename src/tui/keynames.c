#include "base/utf8.h"
#include "tui/keymap.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

/* The first name of a code is the one that is printed. A semicolon behind a
 * space is a comment in config.ini, so it has a name to be read. */
static const struct {
    const char *name;
    uint32_t code;
} names[] = {
    { "Space", ' ' },
    { "Semicolon", ';' },
    { "Enter", KEY_NAME_ENTER },
    { "Return", KEY_NAME_ENTER },
    { "Tab", KEY_NAME_TAB },
    { "Esc", KEY_NAME_ESC },
    { "Escape", KEY_NAME_ESC },
    { "Backspace", KEY_NAME_BACKSPACE },
    { "Delete", KEY_NAME_DELETE },
    { "Del", KEY_NAME_DELETE },
    { "Insert", KEY_NAME_INSERT },
    { "Ins", KEY_NAME_INSERT },
    { "Up", KEY_NAME_UP },
    { "Down", KEY_NAME_DOWN },
    { "Left", KEY_NAME_LEFT },
    { "Right", KEY_NAME_RIGHT },
    { "Home", KEY_NAME_HOME },
    { "End", KEY_NAME_END },
    { "PgUp", KEY_NAME_PAGE_UP },
    { "PageUp", KEY_NAME_PAGE_UP },
    { "PgDn", KEY_NAME_PAGE_DOWN },
    { "PgDown", KEY_NAME_PAGE_DOWN },
    { "PageDown", KEY_NAME_PAGE_DOWN },
    { "F1", KEY_NAME_F1 },
    { "F2", KEY_NAME_F1 + 1 },
    { "F3", KEY_NAME_F1 + 2 },
    { "F4", KEY_NAME_F1 + 3 },
    { "F5", KEY_NAME_F1 + 4 },
    { "F6", KEY_NAME_F1 + 5 },
    { "F7", KEY_NAME_F1 + 6 },
    { "F8", KEY_NAME_F1 + 7 },
    { "F9", KEY_NAME_F1 + 8 },
    { "F10", KEY_NAME_F1 + 9 },
    { "F11", KEY_NAME_F1 + 10 },
    { "F12", KEY_NAME_F12 },
};

enum { NAME_COUNT = sizeof(names) / sizeof(names[0]) };

size_t key_names(const char *out[KEY_NAMES_MOST])
{
    for (size_t i = 0; i < NAME_COUNT; i++)
        out[i] = names[i].name;
    return NAME_COUNT;
}

_Static_assert((int)NAME_COUNT <= (int)KEY_NAMES_MOST,
               "the array is too small");

/* The character of a valid sequence of `length` bytes. */
static uint32_t decode(const char *bytes, size_t length)
{
    static const unsigned char masks[] = { 0, 0x7f, 0x1f, 0x0f, 0x07 };
    uint32_t code = (unsigned char)bytes[0] & masks[length];

    for (size_t i = 1; i < length; i++)
        code = code << 6 | ((unsigned char)bytes[i] & 0x3f);
    return code;
}

static void encode(uint32_t code, struct strbuf *out)
{
    static const unsigned char marks[] = { 0, 0, 0xc0, 0xe0, 0xf0 };
    int length = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;

    strbuf_addc(out, (char)(marks[length] | code >> 6 * (length - 1)));
    while (--length)
        strbuf_addc(out, (char)(0x80 | (code >> 6 * (length - 1) & 0x3f)));
}

size_t key_character(const char *text, size_t size, struct key *key)
{
    size_t length = size ? utf8_sequence(text, size) : 0;
    uint32_t code = length ? decode(text, length) : 0;

    if (code <= ' ' || (code >= 0x7f && code < 0xa0))
        return 0;
    *key = (struct key){ .code = code };
    return length;
}

static bool parse_plain(const char *name, size_t size, struct key *key)
{
    if (size && key_character(name, size, key) == size)
        return true;
    for (size_t i = 0; i < NAME_COUNT; i++) {
        if (strlen(names[i].name) == size &&
            strncasecmp(names[i].name, name, size) == 0) {
            *key = (struct key){ .code = names[i].code };
            return true;
        }
    }
    return false;
}

/* A terminal sends the same for these, and cannot tell C-D from C-d. */
static void fold_control(struct key *key)
{
    if (!(key->modifiers & KEY_CONTROL) || key->code > 0x7f)
        return;
    key->code = (uint32_t)tolower((int)key->code);
    if (key->code == 'i')
        key->code = KEY_NAME_TAB;
    else if (key->code == 'm')
        key->code = KEY_NAME_ENTER;
    else if (key->code == '[')
        key->code = KEY_NAME_ESC;
    else
        return;
    key->modifiers &= (uint8_t)~KEY_CONTROL;
}

bool key_parse(const char *name, size_t size, struct key *key)
{
    uint8_t modifiers = 0;

    while (size > 2 && name[1] == '-') {
        uint8_t modifier = name[0] == 'C'   ? KEY_CONTROL
                           : name[0] == 'A' ? KEY_ALT
                           : name[0] == 'S' ? KEY_SHIFT
                                            : 0;

        if (!modifier || (modifiers & modifier))
            return false;
        modifiers |= modifier;
        name += 2;
        size -= 2;
    }
    if (!parse_plain(name, size, key))
        return false;
    if ((modifiers & KEY_SHIFT) && key->code < KEY_NAME_FIRST)
        return false;
    key->modifiers = modifiers;
    fold_control(key);
    return true;
}

void key_print(struct key key, struct strbuf *out)
{
    if (key.modifiers & KEY_CONTROL)
        strbuf_adds(out, "C-");
    if (key.modifiers & KEY_ALT)
        strbuf_adds(out, "A-");
    if (key.modifiers & KEY_SHIFT)
        strbuf_adds(out, "S-");
    for (size_t i = 0; i < NAME_COUNT; i++) {
        if (names[i].code == key.code && key.code != ';') {
            strbuf_adds(out, names[i].name);
            return;
        }
    }
    if (key.code && key.code < KEY_NAME_FIRST)
        encode(key.code, out);
}
