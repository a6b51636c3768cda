/*
 * Work that can wait makes room for people.
 *
 * Where output floods, its producers and its readers take every processor, and
 * the thread that draws gets its turn only after them. So readers ask between
 * two pieces whether somebody waits for the screen, and then leave the
 * processor to it, for a moment: a full pipe stops the producers too. Nobody
 * waits longer than COURTESY_LIMIT_MS for the same key, so that a screen that
 * hangs holds up nothing.
 *
 * One terminal a process: this is its state. All functions are thread-safe.
 */
#ifndef STEPDECK_BASE_COURTESY_H
#define STEPDECK_BASE_COURTESY_H

#include <stdbool.h>

enum { COURTESY_LIMIT_MS = 30 };

/* Whose input, unread, means that somebody waits; -1: nobody's. */
void courtesy_watch(int fd);

/* Says that somebody waits, whose input is read already; and no longer. */
void courtesy_ask(bool waits);

/* Between two pieces of work. True when it has waited. */
bool courtesy_give(void);

#endif
