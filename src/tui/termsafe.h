/*
 * The way back: how the terminal was, and restoring it from anywhere.
 *
 *     termsafe_arm(fd, &modes, bytes, size);   before the first change
 *     ... the screen is ours ...
 *     termsafe_restore();                      any thread, signal handlers
 *     termsafe_disarm();
 *
 * DESIGN. What restoring needs lies ready in static memory, so that
 * termsafe_restore() calls write(2), poll(2), tcflush(3) and tcsetattr(3) only:
 * it is async-signal-safe, and the second call does nothing. It waits a moment
 * for a terminal that does not take the bytes, not for ever. A child that was
 * forked and has not yet become another program restores nothing, nor does a
 * process that has been put into the background: the terminal is somebody
 * else's then.
 *
 * While armed, SEGV, ABRT, BUS, FPE and ILL restore the terminal before they
 * take their course (the action that was there before, on a stack of its own,
 * so that an overflow of the stack is no exception).
 */
#ifndef STEPDECK_TUI_TERMSAFE_H
#define STEPDECK_TUI_TERMSAFE_H

#include <stdbool.h>
#include <stddef.h>
#include <termios.h>

/* At most this many bytes are remembered. */
enum { TERMSAFE_BYTES = 512 };

/* What has to be undone only if it was done. */
enum termsafe_extra { TERMSAFE_TITLE, TERMSAFE_PROGRESS, TERMSAFE_EXTRAS };

/* Remembers the modes of terminal `fd` (which stays the caller's, and open)
 * and the bytes that undo what will be sent to it. */
void termsafe_arm(int fd, const struct termios *modes, const char *bytes,
                  size_t size);
/* `bytes` (of static storage) undo it as well, before the others; NULL: not
 * any more. */
void termsafe_set_extra(enum termsafe_extra extra, const char *bytes);
void termsafe_restore(void);
/* Restores, and gives the signals back. */
void termsafe_disarm(void);

#endif
