#include "tui/termwrite.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

/* A terminal that says it has room has at least this much. */
enum { BLOCKING_PIECE = 256 };

void termwrite_init(struct termwrite *out, int fd, bool is_nonblocking)
{
    *out = (struct termwrite){ .fd = fd, .is_nonblocking = is_nonblocking };
}

void termwrite_release(struct termwrite *out)
{
    strbuf_release(&out->sending);
    strbuf_release(&out->control);
    strbuf_release(&out->waiting);
    canvas_release(&out->shown);
    canvas_release(&out->next);
    *out = (struct termwrite){ .fd = -1 };
}

const struct canvas *termwrite_shown(const struct termwrite *out)
{
    return out->has_shown ? &out->shown : NULL;
}

static void swap_buffers(struct strbuf *a, struct strbuf *b)
{
    struct strbuf other = *a;

    *a = *b;
    *b = other;
}

void termwrite_forget(struct termwrite *out)
{
    out->has_shown = out->has_next = false;
    strbuf_clear(&out->waiting);
}

void termwrite_frame(struct termwrite *out, const struct canvas *canvas,
                     struct strbuf *bytes)
{
    swap_buffers(&out->waiting, bytes);
    strbuf_clear(bytes);
    out->has_next = out->waiting.len > 0;
    if (out->has_next)
        canvas_copy(&out->next, canvas);
}

void termwrite_control(struct termwrite *out, const struct strbuf *bytes)
{
    if (out->control.len + bytes->len <= TERMWRITE_CONTROL_LIMIT)
        strbuf_add(&out->control, bytes->data, bytes->len);
}

bool termwrite_is_busy(const struct termwrite *out)
{
    return out->sending.len || out->control.len || out->has_next;
}

void termwrite_drop(struct termwrite *out)
{
    out->sent = 0;
    strbuf_clear(&out->sending);
    strbuf_clear(&out->control);
    termwrite_forget(out);
}

/* Begins what comes next; false when there is nothing. */
static bool begin(struct termwrite *out)
{
    out->sent = 0;
    strbuf_clear(&out->sending);
    if (out->control.len) {
        swap_buffers(&out->sending, &out->control);
        return true;
    }
    if (!out->has_next)
        return false;
    swap_buffers(&out->sending, &out->waiting);
    canvas_copy(&out->shown, &out->next);
    out->has_next = false;
    out->has_shown = true;
    return true;
}

/* False when the terminal takes nothing more for now. */
static bool write_some(struct termwrite *out)
{
    size_t size = out->sending.len - out->sent;
    ssize_t count;

    if (out->is_gone)
        return false;
    if (!out->is_nonblocking) {
        struct pollfd room = { .fd = out->fd, .events = POLLOUT };

        if (poll(&room, 1, 0) <= 0)
            return false;
        size = size < BLOCKING_PIECE ? size : BLOCKING_PIECE;
    }
    count = write(out->fd, out->sending.data + out->sent, size);
    if (count > 0)
        out->sent += (size_t)count;
    else if (count < 0 && errno != EINTR && errno != EAGAIN)
        out->is_gone = true;
    return count >= 0 || errno == EINTR;
}

void termwrite_flush(struct termwrite *out)
{
    while (out->sent < out->sending.len || begin(out)) {
        if (!write_some(out))
            break;
    }
    if (out->is_gone)
        termwrite_drop(out);
}

void termwrite_finish(struct termwrite *out, int patience_ms)
{
    for (;;) {
        struct pollfd room = { .fd = out->fd, .events = POLLOUT };
        size_t waited_at = out->sent;

        termwrite_flush(out);
        if (!termwrite_is_busy(out))
            return;
        if (poll(&room, 1, patience_ms) <= 0 && out->sent == waited_at)
            return;
    }
}
