/*
 * Signals as bytes in a pipe, for the one poll loop of a front.
 *
 *     signals_install();
 *     poll(signals_fd()) ... while ((number = signals_take())) ...
 *
 * INT, TERM, HUP and QUIT are caught; PIPE and XFSZ are ignored. Install before
 * any thread is made: threads inherit the blocked mask of signals_block().
 */
#ifndef STEPDECK_BASE_SIGNALS_H
#define STEPDECK_BASE_SIGNALS_H

#include "base/error.h"

NODISCARD bool signals_install(struct error *err);
/* Called in the handler itself, with each signal; async-signal-safe. Before
 * signals_install(). */
void signals_tell(void (*function)(void));
/* Catches another signal (WINCH, TSTP), or leaves it to its default. */
void signals_catch(int number, bool on);
int signals_fd(void);
/* The next signal that came, 0 when there is none. */
int signals_take(void);

/* Around the creation of threads: they are to leave signals to the main one. */
void signals_block(void);
void signals_unblock(void);

#endif
