#include "tui/termin.h"

#include "base/utf8.h"

#include <string.h>

static const char paste_end[] = "\x1b[201~";

enum {
    BELL = 0x07,
    CANCEL = 0x18,
    SUBSTITUTE = 0x1a,
    ESCAPE = 0x1b,
    DELETE = 0x7f,
    PASTE_END_SIZE = sizeof(paste_end) - 1,
    WHEEL_LINES = 3
};

static void drop(struct termin *in)
{
    in->state = TERMIN_GROUND;
    in->has_alt = false;
    in->size = 0;
}

static bool give_key(struct termin *in, uint32_t code, unsigned modifiers,
                     struct input *out)
{
    *out = (struct input){ .kind = INPUT_KEY };
    out->key.code = code;
    out->key.modifiers = (uint8_t)(modifiers | (in->has_alt ? KEY_ALT : 0));
    drop(in);
    return true;
}

/* ---- characters ------------------------------------------------------- */

static bool take_plain(struct termin *in, unsigned char byte, struct input *out)
{
    switch (byte) {
    case '\t':
        return give_key(in, KEY_NAME_TAB, 0, out);
    case '\n':
    case '\r':
        return give_key(in, KEY_NAME_ENTER, 0, out);
    case '\b':
    case DELETE:
        return give_key(in, KEY_NAME_BACKSPACE, 0, out);
    case 0:
        return give_key(in, ' ', KEY_CONTROL, out);
    default:
        break;
    }
    if (byte >= ' ')
        return give_key(in, byte, 0, out);
    /* C-a to C-z, then C-\ to C-_ */
    return give_key(in, byte <= 26 ? byte + 'a' - 1u : byte + '@' + 0u,
                    KEY_CONTROL, out);
}

static bool take_ground(struct termin *in, unsigned char byte,
                        struct input *out)
{
    if (byte == ESCAPE) {
        in->state = TERMIN_ESC;
        in->has_alt = false;
        return false;
    }
    if (byte < 0x80)
        return take_plain(in, byte, out);
    if (byte < 0xC2 || byte > 0xF4) {
        drop(in);
        return false;
    }
    in->state = TERMIN_CHARACTER;
    in->bytes[0] = (char)byte;
    in->size = 1;
    return false;
}

static bool take_character(struct termin *in, unsigned char byte,
                           struct input *out)
{
    struct key key;

    if (byte < 0x80 || byte >= 0xC0) {
        drop(in);
        return take_ground(in, byte, out);
    }
    in->bytes[in->size++] = (char)byte;
    if (utf8_cut_tail(in->bytes, in->size))
        return false;
    if (key_character(in->bytes, in->size, &key) == in->size)
        return give_key(in, key.code, 0, out);
    drop(in);
    return false;
}

/* ---- sequences -------------------------------------------------------- */

static const struct {
    char final;
    uint32_t code;
} letters[] = {
    { 'A', KEY_NAME_UP },     { 'B', KEY_NAME_DOWN },
    { 'C', KEY_NAME_RIGHT },  { 'D', KEY_NAME_LEFT },
    { 'H', KEY_NAME_HOME },   { 'F', KEY_NAME_END },
    { 'P', KEY_NAME_F1 },     { 'Q', KEY_NAME_F1 + 1 },
    { 'R', KEY_NAME_F1 + 2 }, /* in ESC O only: ESC [ ... R is an answer */
    { 'S', KEY_NAME_F1 + 3 }, { 'M', KEY_NAME_ENTER },
};

static const struct {
    unsigned number;
    uint32_t code;
} numbers[] = {
    { 1, KEY_NAME_HOME },     { 2, KEY_NAME_INSERT },
    { 3, KEY_NAME_DELETE },   { 4, KEY_NAME_END },
    { 5, KEY_NAME_PAGE_UP },  { 6, KEY_NAME_PAGE_DOWN },
    { 7, KEY_NAME_HOME },     { 8, KEY_NAME_END },
    { 11, KEY_NAME_F1 },      { 12, KEY_NAME_F1 + 1 },
    { 13, KEY_NAME_F1 + 2 },  { 14, KEY_NAME_F1 + 3 },
    { 15, KEY_NAME_F1 + 4 },  { 17, KEY_NAME_F1 + 5 },
    { 18, KEY_NAME_F1 + 6 },  { 19, KEY_NAME_F1 + 7 },
    { 20, KEY_NAME_F1 + 8 },  { 21, KEY_NAME_F1 + 9 },
    { 23, KEY_NAME_F1 + 10 }, { 24, KEY_NAME_F12 },
};

enum { LETTERS = sizeof(letters) / sizeof(letters[0]) };
enum { NUMBERS = sizeof(numbers) / sizeof(numbers[0]) };

static uint32_t letter_key(unsigned char final)
{
    for (size_t i = 0; i < LETTERS; i++) {
        if (letters[i].final == (char) final)
            return letters[i].code;
    }
    return 0;
}

static uint32_t number_key(unsigned number)
{
    for (size_t i = 0; i < NUMBERS; i++) {
        if (numbers[i].number == number)
            return numbers[i].code;
    }
    return 0;
}

/* Reads up to three numbers separated by semicolons; gives how many, or -1
 * for anything else. What is absent is 0, what is too large 9999. */
static int read_numbers(const char *text, size_t size, unsigned values[3])
{
    int count = 0;

    values[0] = values[1] = values[2] = 0;
    for (size_t i = 0; i < size; i++) {
        if (text[i] == ';' && count < 2) {
            count++;
        } else if (text[i] >= '0' && text[i] <= '9') {
            unsigned value = values[count] * 10 + (unsigned)(text[i] - '0');

            values[count] = value < 9999 ? value : 9999;
        } else {
            return -1;
        }
    }
    return size ? count + 1 : 0;
}

/* The number is 1 and the sum of Shift 1, Alt 2, Control 4. */
uint8_t termin_modifiers(unsigned number)
{
    unsigned bits = number ? number - 1 : 0;

    return (uint8_t)(((bits & 1) ? KEY_SHIFT : 0) | ((bits & 2) ? KEY_ALT : 0) |
                     ((bits & 4) ? KEY_CONTROL : 0));
}

/* ESC [ < BUTTON ; COLUMN ; ROW M (m when released). */
static bool take_mouse(struct termin *in, unsigned char final,
                       struct input *out)
{
    enum { MODIFIERS = 4 | 8 | 16, WHEEL_UP = 64, WHEEL_DOWN = 65 };
    unsigned values[3];
    int count = read_numbers(in->bytes + 1, in->size - 1, values);
    unsigned button = values[0] & ~(unsigned)MODIFIERS;

    drop(in);
    if (count != 3 || final != 'M' || !values[1] || !values[2])
        return false;
    *out = (struct input){ .column = (int)values[1] - 1,
                           .row = (int)values[2] - 1 };
    if (button == WHEEL_UP || button == WHEEL_DOWN) {
        out->kind = INPUT_WHEEL;
        out->wheel = button == WHEEL_UP ? -WHEEL_LINES : WHEEL_LINES;
        return true;
    }
    out->kind = INPUT_CLICK;
    return values[0] == 0;
}

static bool take_final(struct termin *in, unsigned char final,
                       struct input *out)
{
    unsigned values[3];
    uint32_t code = 0;
    int count;

    if (in->size && in->bytes[0] == '<' && in->size < TERMIN_SEQUENCE)
        return take_mouse(in, final, out);
    if (in->size == 0 && (final == 'M' || final == '[')) {
        in->state = final == 'M' ? TERMIN_MOUSE : TERMIN_CONSOLE;
        return false;
    }
    count = in->size < TERMIN_SEQUENCE
                ? read_numbers(in->bytes, in->size, values)
                : -1;
    if (count == 1 && final == '~' && values[0] == 200) {
        drop(in);
        in->state = TERMIN_PASTE;
        in->matched = 0;
        strbuf_clear(&in->paste);
        return false;
    }
    if (count >= 0 && count <= 2 && final == '~')
        code = number_key(values[0]);
    else if (count == 0 && final == 'Z')
        return give_key(in, KEY_NAME_TAB, KEY_SHIFT, out);
    else if ((count == 0 || (count == 2 && values[0] == 1)) && final != 'M' &&
             final != 'R')
        code = letter_key(final);
    if (code)
        return give_key(in, code, termin_modifiers(values[1]), out);
    drop(in);
    return false;
}

/* A byte that cannot be part of the sequence ends it, and counts itself. */
static bool break_off(struct termin *in, unsigned char byte, struct input *out)
{
    drop(in);
    if (byte == CANCEL || byte == SUBSTITUTE)
        return false;
    return take_ground(in, byte, out);
}

static bool take_csi(struct termin *in, unsigned char byte, struct input *out)
{
    if (byte < ' ' || byte >= DELETE)
        return break_off(in, byte, out);
    if (byte >= '@')
        return take_final(in, byte, out);
    if (in->size < TERMIN_SEQUENCE)
        in->bytes[in->size++] = (char)byte;
    return false;
}

static bool take_console(struct termin *in, unsigned char byte,
                         struct input *out)
{
    if (byte >= 'A' && byte <= 'E')
        return give_key(in, KEY_NAME_F1 + (byte - 'A' + 0u), 0, out);
    if (byte < ' ' || byte >= DELETE)
        return break_off(in, byte, out);
    drop(in);
    return false;
}

/* Also the keypad in application mode: j to y are the characters * to 9. */
static bool take_ss3(struct termin *in, unsigned char byte, struct input *out)
{
    if (byte < ' ' || byte >= DELETE)
        return break_off(in, byte, out);
    if (byte >= 'j' && byte <= 'y')
        return give_key(in, byte - '@' + 0u, 0, out);
    if (letter_key(byte))
        return give_key(in, letter_key(byte), 0, out);
    drop(in);
    return false;
}

static bool take_string(struct termin *in, unsigned char byte)
{
    if (byte == ESCAPE)
        in->state = TERMIN_STRING_ESC;
    else if (byte == BELL || byte == CANCEL || byte == SUBSTITUTE)
        drop(in);
    else
        in->size = 1;
    return false;
}

static bool take_escape(struct termin *in, unsigned char byte,
                        struct input *out)
{
    static const char strings[] = "]P_^X";

    in->size = 0;
    if (byte == '[') {
        in->state = TERMIN_CSI;
    } else if (byte == 'O') {
        in->state = TERMIN_SS3;
    } else if (byte && strchr(strings, byte)) {
        in->state = TERMIN_STRING;
        in->bytes[0] = (char)byte;
    } else if (byte == ESCAPE) {
        /* Alt and a key, as some terminals send it, or Esc twice: what follows
         * decides, and a third one is a key for certain. */
        bool is_third = in->has_alt;

        if (is_third) {
            in->has_alt = false;
            (void)give_key(in, KEY_NAME_ESC, 0, out);
            in->state = TERMIN_ESC;
        }
        in->has_alt = true;
        return is_third;
    } else {
        in->state = TERMIN_GROUND;
        in->has_alt = true;
        return take_ground(in, byte, out);
    }
    return false;
}

static bool take_string_end(struct termin *in, unsigned char byte,
                            struct input *out)
{
    if (byte == '\\') {
        drop(in);
        return false;
    }
    in->has_alt = false;
    in->state = TERMIN_ESC;
    return take_escape(in, byte, out);
}

/* ---- pasting ---------------------------------------------------------- */

static void add_pasted(struct termin *in, const char *bytes, size_t size)
{
    size_t room = TERMIN_PASTE_LIMIT - in->paste.len;

    strbuf_add(&in->paste, bytes, size < room ? size : room);
}

static bool give_paste(struct termin *in, struct input *out)
{
    if (in->paste.len == TERMIN_PASTE_LIMIT)
        strbuf_truncate(&in->paste,
                        in->paste.len -
                            utf8_cut_tail(in->paste.data, in->paste.len));
    *out = (struct input){ .kind = INPUT_PASTE,
                           .text = strbuf_text(&in->paste),
                           .size = in->paste.len };
    drop(in);
    return true;
}

static bool take_pasted(struct termin *in, unsigned char byte,
                        struct input *out)
{
    char one = (char)byte;

    if (one == paste_end[in->matched]) {
        in->matched++;
        return in->matched == PASTE_END_SIZE && give_paste(in, out);
    }
    add_pasted(in, paste_end, in->matched);
    in->matched = one == paste_end[0];
    if (!in->matched)
        add_pasted(in, &one, 1);
    return false;
}

/* ---- the whole -------------------------------------------------------- */

bool termin_byte(struct termin *in, unsigned char byte, struct input *out)
{
    switch (in->state) {
    case TERMIN_ESC:
        return take_escape(in, byte, out);
    case TERMIN_CSI:
        return take_csi(in, byte, out);
    case TERMIN_CONSOLE:
        return take_console(in, byte, out);
    case TERMIN_SS3:
        return take_ss3(in, byte, out);
    case TERMIN_STRING:
        return take_string(in, byte);
    case TERMIN_STRING_ESC:
        return take_string_end(in, byte, out);
    case TERMIN_MOUSE:
        if (++in->size == 3)
            drop(in);
        return false;
    case TERMIN_CHARACTER:
        return take_character(in, byte, out);
    case TERMIN_PASTE:
        return take_pasted(in, byte, out);
    case TERMIN_GROUND:
        break;
    }
    return take_ground(in, byte, out);
}

bool termin_key(struct termin *in, struct key key, struct input *out)
{
    if (in->state != TERMIN_ESC)
        drop(in);
    else
        in->has_alt = true;
    return give_key(in, key.code, key.modifiers, out);
}

int termin_patience(const struct termin *in)
{
    if (in->state == TERMIN_GROUND)
        return 0;
    if (in->state == TERMIN_PASTE)
        return TERMIN_PASTE_MS;
    if (in->state == TERMIN_CSI && in->size && in->bytes[0] == '<')
        return TERMIN_MOUSE_MS;
    return TERMIN_ESC_MS;
}

bool termin_pause(struct termin *in, struct input *out)
{
    if (in->state == TERMIN_PASTE) {
        add_pasted(in, paste_end, in->matched);
        return give_paste(in, out);
    }
    if (in->state == TERMIN_ESC) {
        bool is_second = in->has_alt;

        in->has_alt = false;
        (void)give_key(in, KEY_NAME_ESC, 0, out);
        if (is_second)
            in->state = TERMIN_ESC;
        return true;
    }
    /* Alt and a letter that could have begun a string. */
    if (in->state == TERMIN_STRING && !in->size) {
        in->has_alt = true;
        return give_key(in, (unsigned char)in->bytes[0], 0, out);
    }
    drop(in);
    return false;
}

size_t termin_wanted(const struct termin *in)
{
    return in->state == TERMIN_PASTE ? PASTE_END_SIZE - in->matched : 0;
}

void termin_forget(struct termin *in)
{
    if (in->state != TERMIN_PASTE)
        strbuf_release(&in->paste);
}

void termin_release(struct termin *in)
{
    strbuf_release(&in->paste);
    *in = (struct termin){ 0 };
}
