#include "emulator/attached.h"

#include "base/signals.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { LINE_LIMIT = 4096 };

static void obey(struct emulator *emulator, const char *line)
{
    struct error err = { 0 };

    if (strcmp(line, "clear") == 0)
        fault_clear(emulator);
    else
        (void)!fault_add(emulator, line, &err);
    puts(error_is_set(&err) ? err.message : "ok");
    fflush(stdout);
}

/* False at the end of the input. */
static bool read_lines(struct emulator *emulator, struct strbuf *pending)
{
    char bytes[512];
    ssize_t size = read(STDIN_FILENO, bytes, sizeof(bytes));
    char *end;

    if (size <= 0 || pending->len > LINE_LIMIT)
        return false;
    strbuf_add(pending, bytes, (size_t)size);
    while ((end = memchr(pending->data, '\n', pending->len)) != NULL) {
        *end = '\0';
        obey(emulator, pending->data);
        strbuf_consume(pending, (size_t)(end - pending->data) + 1);
    }
    return true;
}

static bool is_told_to_end(void)
{
    int number;

    while ((number = signals_take()) != 0) {
        if (number == SIGINT || number == SIGTERM || number == SIGHUP)
            return true;
    }
    return false;
}

void attached_wait(struct emulator *emulator)
{
    struct strbuf pending = { 0 };

    for (;;) {
        struct pollfd ready[] = {
            { .fd = signals_fd(), .events = POLLIN },
            { .fd = STDIN_FILENO, .events = POLLIN },
        };

        poll(ready, 2, -1);
        if (is_told_to_end() ||
            (ready[1].revents && !read_lines(emulator, &pending)))
            break;
    }
    strbuf_release(&pending);
}
