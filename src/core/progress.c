#include "core/progress.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static const char prefix[] = "\x1b]9;4;";

/* Whether `text` (terminated) is the body of a complete sequence. */
static bool read_sequence(const char *text, int *percent)
{
    const char *state = text + sizeof(prefix) - 1;
    int value = 0;

    if (!isdigit((unsigned char)state[0]))
        return false;
    if (state[0] == '0') {
        *percent = PROGRESS_NONE;
        return true;
    }
    if (state[0] != '1' || state[1] != ';' || !isdigit((unsigned char)state[2]))
        return false;
    value = atoi(state + 2);
    *percent = value > 100 ? 100 : value;
    return true;
}

/* Adds one byte behind an ESC; the sequence is given up as soon as it can no
 * longer be ours. */
static bool add_byte(struct progress *progress, char byte, int *percent)
{
    size_t size = progress->pending_size;
    bool ended = byte == '\a' || (byte == '\\' && size > sizeof(prefix) &&
                                  progress->pending[size - 1] == '\x1b');

    if (ended) {
        progress->pending[size] = '\0';
        progress->pending_size = 0;
        return size >= sizeof(prefix) - 1 &&
               read_sequence(progress->pending, percent);
    }
    if ((size < sizeof(prefix) - 1 && byte != prefix[size]) ||
        size + 2 > PROGRESS_SEQUENCE_LIMIT) {
        progress->pending_size = 0;
        return false;
    }
    progress->pending[progress->pending_size++] = byte;
    return false;
}

bool progress_scan(struct progress *progress, const char *bytes, size_t size,
                   int *percent)
{
    bool found = false;

    while (size) {
        if (!progress->pending_size) {
            const char *escape = memchr(bytes, '\x1b', size);

            if (!escape)
                return found;
            size -= (size_t)(escape - bytes);
            bytes = escape;
        }
        found = add_byte(progress, *bytes, percent) || found;
        bytes++;
        size--;
    }
    return found;
}
