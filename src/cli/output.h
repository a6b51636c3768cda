/*
 * Writing for people: colours and icons where the terminal has them.
 *
 * Order of decision (design 3): --color, NO_COLOR, FORCE_COLOR, a terminal
 * that is not dumb. Icons are ASCII with --ascii or outside UTF-8 locales.
 * Meaning never hangs on colour alone. Main thread only.
 */
#ifndef STEPDECK_CLI_OUTPUT_H
#define STEPDECK_CLI_OUTPUT_H

#include "cli/options.h"
#include "core/status.h"

#include <jansson.h>
#include <stdio.h>

enum { OUTPUT_WIDTH = 80 }; /* columns that text is laid out for */

enum output_style {
    STYLE_PLAIN,
    STYLE_OK,
    STYLE_FAILED,
    STYLE_WARNING,
    STYLE_RUNNING,
    STYLE_DIM,
    STYLE_ACCENT,
    STYLE_BOLD
};

/* Decides for stdout; call once, after setlocale. */
void output_setup(const struct options *options);
bool output_is_ascii(void);
bool output_has_colour(void);

/* The sequence that switches the style on, "" without colours; and off. */
const char *output_on(enum output_style style);
const char *output_off(void);

enum output_style output_style_of(enum step_status status);
const char *output_icon(enum step_status status);

/* Whose secrets output_safe() and output_json() mask from now on; NULL: none.
 * Borrowed until the next call. workspace.h sees to it.
 */
struct redact;
void output_set_redact(const struct redact *redact);

/* Foreign text with its secrets masked, made safe for a terminal
 * (utf8_sanitise); to free. */
char *output_safe(const char *text);

/* Prints to stdout, and remembers whether stdout still takes anything: a
 * closed pipe must not end a deployment. */
void output_printf(const char *format, ...) PRINTF_LIKE(1, 2);
void output_write(const char *bytes, size_t size);
void output_flush(void);

/* One JSON document on stdout, indented, with its newline. Takes ownership;
 * secrets are masked where they stand, but in the words that other programs
 * rely on (step, status, time). */
void output_json(json_t *json);

/* Prints "LABELtext" from column `indent` on, wrapped at words; further lines
 * begin below the text. The style is the label's, or the text's when the label
 * is "". The text may be foreign. */
void output_paragraph(size_t indent, enum output_style style, const char *label,
                      const char *text);

void output_heading(const char *text);

/* A text in a column `width` cells wide, padded or cut with
 * "…". To free. */
char *output_column(const char *text, size_t width);

#endif
