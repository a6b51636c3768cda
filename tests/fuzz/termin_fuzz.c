/* Any bytes, with pauses and curses' keys between them, give inputs that are
 * well formed; a pause ends whatever was begun; and a paste never wants a byte
 * behind its end. The byte 0xF8 (never part of UTF-8) stands for a pause, 0xF9
 * for a key that curses has decoded. */
#include "base/utf8.h"
#include "tui/termin.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { PAUSE = 0xF8, KEY = 0xF9 };

static void demand(bool holds)
{
    if (!holds)
        abort();
}

static void check_key(struct key key)
{
    demand(key.code != 0 && key.code <= KEY_NAME_LAST);
    demand(key.code >= KEY_NAME_FIRST ||
           (key.code >= ' ' && (key.code < 0x7f || key.code >= 0xa0)));
    demand((key.modifiers & ~(KEY_CONTROL | KEY_ALT | KEY_SHIFT)) == 0);
}

static void check(const struct input *input, size_t size)
{
    switch (input->kind) {
    case INPUT_KEY:
        check_key(input->key);
        break;
    case INPUT_PASTE:
        demand(input->size <= TERMIN_PASTE_LIMIT && input->size <= size);
        demand(input->text && !input->text[input->size]);
        break;
    case INPUT_WHEEL:
        demand(input->wheel == 3 || input->wheel == -3);
        break;
    case INPUT_CLICK:
        demand(input->column >= 0 && input->row >= 0);
        break;
    case INPUT_CLOSED:
        abort();
    }
}

/* Until nothing is half read: a few pauses must do. */
static void rest(struct termin *in, size_t size)
{
    struct input input;

    for (int i = 0; termin_patience(in); i++) {
        demand(i < 4);
        if (termin_pause(in, &input))
            check(&input, size);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct key up = { .code = KEY_NAME_UP };
    struct termin in = { 0 };
    struct input input;
    size_t promised = 0;

    for (size_t i = 0; i < size; i++) {
        bool is_paste = termin_wanted(&in) > 0;

        if (data[i] == PAUSE) {
            rest(&in, size);
            promised = 0;
            continue;
        }
        if (data[i] == KEY && !is_paste) {
            demand(termin_key(&in, up, &input));
            check(&input, size);
            continue;
        }
        if (is_paste && !promised)
            promised = termin_wanted(&in);
        if (!termin_byte(&in, data[i], &input)) {
            promised -= promised > 0;
            continue;
        }
        check(&input, size);
        demand(promised <= 1);
        promised = 0;
    }
    rest(&in, size);
    demand(in.state == TERMIN_GROUND);
    termin_release(&in);
    return 0;
}
