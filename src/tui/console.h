/*
 * The full-screen console: one poll loop over the terminal, the engine's
 * events, the loader, the log thread and signals.
 *
 *   keys, events, answers -> model -> requests performed -> screen
 *
 * The first frame stands before any thread is started and any project is
 * read. What comes by itself is drawn at most every 33 ms, what a
 * key does at once.
 */
#ifndef STEPDECK_TUI_CONSOLE_H
#define STEPDECK_TUI_CONSOLE_H

#include "core/console.h"

/* A console_runner. Forks (holder.h), so call it before any thread is made. */
NODISCARD bool console_run(const struct console_request *request,
                           struct console_result *result);

#endif
