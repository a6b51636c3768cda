/*
 * Leaving a console while its run goes on.
 *
 * A shell waits for the process it has started, so that process cannot stay
 * behind with the run. holder_start() therefore forks before any thread: the
 * parent only holds the shell's place, the child is the console. When the
 * child detaches, the parent leaves with status 0; else it leaves as the child
 * does, by exit status or signal. Both are of one process group, so Ctrl-Z, fg
 * and the terminal's signals work as if they were one; a signal for the parent
 * alone (kill with the number that the shell knows) is passed on.
 *
 *     is_held = holder_start();          first of all
 *     ... the console; its signal handlers call holder_note_signal() ...
 *     term_close(term), printf("goes on, ...");
 *     if (is_held && holder_detach()) ... without the terminal ...
 */
#ifndef STEPDECK_TUI_HOLDER_H
#define STEPDECK_TUI_HOLDER_H

#include "base/error.h"

/* Returns in the child only. False when there is no second process to be had:
 * then holder_detach() cannot work, and all else can. Before any thread is
 * made. */
NODISCARD bool holder_start(void);

/* To be called in the child's handlers of signals that end a program, or the
 * child gets those for both processes (killall, kill %1) twice.
 * Async-signal-safe; does nothing without a parent. */
void holder_note_signal(void);

/* Lets the parent go with exit status 0, and takes the process out of the
 * terminal: a session of its own, stdin, stdout and stderr /dev/null. False
 * without a parent. */
NODISCARD bool holder_detach(void);

#endif
