#include "tui/term_inside.h"

#include "base/clock.h"

#include <errno.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum {
    ATTEMPTS = 8, /* to read what is there, before the terminal is gone */
    BUDGET_MS = 100
};

static int64_t now_ms(void)
{
    return clock_monotonic(clock_system());
}

int term_fd(const struct term *term)
{
    return term->is_closed ? -1 : STDIN_FILENO;
}

static int waiting_bytes(void)
{
    int count = 0;

    return ioctl(STDIN_FILENO, FIONREAD, &count) == 0 ? count : 0;
}

/* Curses tells an end as it tells silence; poll and the count of bytes tell
 * them apart. */
static enum term_unit next_unit(struct term *term, unsigned char *byte,
                                struct key *key)
{
    for (int i = 0; i < ATTEMPTS; i++) {
        struct pollfd input = { .fd = STDIN_FILENO, .events = POLLIN };
        enum term_unit unit = term_next_unit(term, byte, key);

        if (unit != TERM_NOTHING)
            return unit;
        if (poll(&input, 1, 0) <= 0)
            return TERM_NOTHING;
        if (!waiting_bytes())
            break;
    }
    term->is_closed = true;
    return TERM_NOTHING;
}

enum taken { TAKEN_NOTHING, TAKEN_PART, TAKEN_INPUT };

/* A paste is read past curses, which would take a byte at a time: as many as
 * cannot go beyond its end. Curses has read nothing ahead, for the byte that
 * began the paste was the last that it has given. */
static enum taken take_paste(struct term *term, struct input *input)
{
    enum taken taken = TAKEN_NOTHING;
    struct pollfd ready = { .fd = STDIN_FILENO, .events = POLLIN };
    int count = waiting_bytes();
    size_t size;

    while (count > 0 && (size = termin_wanted(&term->in)) > 0) {
        unsigned char bytes[16];
        ssize_t got = read(STDIN_FILENO, bytes,
                           size < (size_t)count ? size : (size_t)count);

        if (got <= 0)
            break;
        count -= (int)got;
        taken = TAKEN_PART;
        for (ssize_t i = 0; i < got; i++) {
            if (termin_byte(&term->in, bytes[i], input))
                return TAKEN_INPUT;
        }
    }
    if (taken == TAKEN_PART)
        term->last_ms = now_ms();
    else
        term->is_closed = poll(&ready, 1, 0) > 0 && !waiting_bytes();
    return taken;
}

static enum taken take(struct term *term, struct input *input)
{
    int64_t asked_ms = now_ms();
    unsigned char byte = 0;
    struct key key = { 0 };
    bool is_whole;

    if (termin_wanted(&term->in))
        return take_paste(term, input);
    switch (next_unit(term, &byte, &key)) {
    case TERM_BYTE:
        is_whole = termin_byte(&term->in, byte, input);
        break;
    case TERM_KEY:
        is_whole = termin_key(&term->in, key, input);
        break;
    default:
        return TAKEN_NOTHING;
    }
    /* Curses has waited already for what follows an ESC. */
    term->last_ms = asked_ms;
    return is_whole ? TAKEN_INPUT : TAKEN_PART;
}

/* Waits for more until `until_ms`. */
static void wait_for_more(int64_t until_ms)
{
    struct pollfd input = { .fd = STDIN_FILENO, .events = POLLIN };
    int64_t left_ms = until_ms - now_ms();

    while (left_ms > 0 && poll(&input, 1, (int)left_ms) < 0 && errno == EINTR)
        left_ms = until_ms - now_ms();
}

int term_wait_ms(const struct term *term)
{
    int patience = termin_patience(&term->in);
    int64_t left_ms = term->last_ms + patience - now_ms();

    if (!patience || term->is_closed || term->is_suspended)
        return -1;
    return left_ms > 0 ? (int)left_ms : 0;
}

/* Nothing is there. What is half read is waited for, but not for ever: a paste
 * over a slow line must not stop the screen. True when it is an input now. */
static bool settle(struct term *term, int64_t begun_ms, struct input *input)
{
    int patience = termin_patience(&term->in);
    int64_t known_ms = term->last_ms + patience;
    int64_t until_ms =
        begun_ms + (termin_wanted(&term->in) ? TERMIN_PASTE_MS : TERMIN_ESC_MS);

    if (known_ms <= now_ms())
        return termin_pause(&term->in, input);
    wait_for_more(patience <= TERMIN_ESC_MS || known_ms < until_ms ? known_ms
                                                                   : until_ms);
    return false;
}

static bool give_closed(struct input *input)
{
    *input = (struct input){ .kind = INPUT_CLOSED };
    return true;
}

bool term_read(struct term *term, struct input *input)
{
    int64_t begun_ms = now_ms();

    termin_forget(&term->in);
    if (term->is_closed || term->is_suspended)
        return false;
    /* The rest of a mouse report does not come that late. */
    if (termin_patience(&term->in) == TERMIN_MOUSE_MS &&
        begun_ms - term->last_ms > TERMIN_MOUSE_MS &&
        termin_pause(&term->in, input))
        return true;
    for (;;) {
        enum taken taken = take(term, input);

        if (taken == TAKEN_INPUT)
            return true;
        if (term->is_closed)
            return give_closed(input);
        if (taken == TAKEN_NOTHING) {
            if (!termin_patience(&term->in))
                return false;
            if (settle(term, begun_ms, input))
                return true;
        }
        if (now_ms() - begun_ms > BUDGET_MS)
            return false;
    }
}
