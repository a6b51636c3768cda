/*
 * INI files, by inih: themes, preferences, the AWS config files.
 *
 *     inifile_parse(text, size, visit, &context, &err)
 *
 * Sections in brackets, `name = value` or `name: value`, comments after ; or #
 * (inside a line only after a space and ;). Lines may be of any length, end in
 * CRLF, and be indented; one that is indented deeper than a name without a
 * value above it belongs to that name and is left out. A line with a NUL byte
 * is no INI. Bytes need not be valid UTF-8. The only file that uses inih.
 *
 * Foreign text: tests/fuzz/inifile_fuzz.c.
 */
#ifndef STEPDECK_BASE_INIFILE_H
#define STEPDECK_BASE_INIFILE_H

#include "base/error.h"

#include <stddef.h>

enum { INIFILE_SIZE_LIMIT = 1 << 20 };

/* Called with each value, in order. `section` is "" before the first; `name` is
 * not empty, `value` may be. Lines count from 1. False ends the parsing
 * without an error of its own. */
typedef bool inifile_visit(void *context, int line, const char *section,
                           const char *name, const char *value);

/* Parses all of it and goes on behind lines that are no INI: `bad_line` (may
 * be NULL) gets the number of the first of them, 0 when there is none. False
 * when `visit` ended it, or with ERROR_INPUT when it is larger than the limit.
 */
NODISCARD bool inifile_parse(const char *text, size_t size,
                             inifile_visit *visit, void *context, int *bad_line,
                             struct error *err);

#endif
