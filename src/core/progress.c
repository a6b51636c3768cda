#include "core/progress.h"

#include <ctype.h>
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
    for (state += 2; isdigit((unsigned char)*state) && value <= 100; state++)
        value = value * 10 + (*state - '0');
    *percent = value > 100 ? 100 : value;
    return true;
}

/* Adds one byte behind an ESC; the sequence is given up as soon as it can no
 * longer be ours. */
static bool add_byte(struct progress *progress, char byte, int *percent)
{
    size_t size = progress->pending_size;
    bool after_escape = size && progress->pending[size - 1] == '\x1b';

    if (byte == '\a' || (byte == '\\' && after_escape && size > 1)) {
        progress->pending[size] = '\0';
        progress->pending_size = 0;
        return size >= sizeof(prefix) - 1 &&
               read_sequence(progress->pending, percent);
    }
    /* An ESC that does not end this sequence begins another. */
    if (after_escape && size > 1 && byte == prefix[1]) {
        memcpy(progress->pending, prefix, 2);
        progress->pending_size = 2;
        return false;
    }
    if (byte == '\x1b' &&
        (size < sizeof(prefix) - 1 || size + 2 > PROGRESS_SEQUENCE_LIMIT))
        size = progress->pending_size = 0;
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
