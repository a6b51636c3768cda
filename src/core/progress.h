/*
 * Progress that a step reports in its output, by the sequence terminals know:
 * ESC ] 9 ; 4 ; STATE ; PERCENT BEL (or ST). State 1 is normal, 0 removes the
 * progress; others keep the last percentage.
 *
 * Finds sequences split across any number of reads; holds no memory.
 */
#ifndef STEPDECK_CORE_PROGRESS_H
#define STEPDECK_CORE_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>

enum { PROGRESS_SEQUENCE_LIMIT = 32, PROGRESS_NONE = -1 };

/* `= { 0 }` is ready to use. */
struct progress {
    char pending[PROGRESS_SEQUENCE_LIMIT];
    size_t pending_size;
};

/* Looks through the next bytes. True when they report progress: `percent` is
 * the last value (0 to 100), or PROGRESS_NONE when it was removed. */
bool progress_scan(struct progress *progress, const char *bytes, size_t size,
                   int *percent);

#endif
