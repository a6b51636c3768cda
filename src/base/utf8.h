/* UTF-8: checking, repairing, and making foreign text safe to print. */
#ifndef STEPDECK_BASE_UTF8_H
#define STEPDECK_BASE_UTF8_H

#include "base/strbuf.h"

#include <stddef.h>

/* The length in bytes of the valid sequence at `bytes`, 0 when there is none
 * (overlong forms, surrogates and cut sequences are none; RFC 3629). */
size_t utf8_sequence(const char *bytes, size_t size);

/* How many bytes at the end are the beginning of a sequence that is not all
 * there (0 to 3): a read may have cut it. */
size_t utf8_cut_tail(const char *bytes, size_t size);

bool utf8_is_valid(const char *bytes, size_t size);

/* Appends the bytes to `out`, each invalid byte as U+FFFD. */
void utf8_repair(const char *bytes, size_t size, struct strbuf *out);

/* Appends text that cannot drive a terminal: control characters (C0, DEL, C1),
 * bidirectional controls and escape sequences are dropped, a tab becomes
 * spaces, a newline a space, invalid bytes U+FFFD. With `keep_colour` SGR
 * sequences (ESC [ ... m) stay. For one line of foreign text. */
void utf8_sanitise(const char *bytes, size_t size, bool keep_colour,
                   struct strbuf *out);

#endif
