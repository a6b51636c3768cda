/* Questions to the person at the terminal, headless. */
#ifndef STEPDECK_CLI_ASK_H
#define STEPDECK_CLI_ASK_H

#include "base/error.h"

#include <stddef.h>

enum ask_answer { ASK_NOTHING_YET, ASK_YES, ASK_NO };

/* Whether somebody can be asked: stdin and stderr are terminals. */
bool ask_is_possible(void);

/* Shows a question on stderr, followed by the choices. */
void ask_show(const char *question, const char *choices);

/* Reads what poll(2) says is there: one line, y or yes being yes; end of file
 * is no. */
enum ask_answer ask_read(void);

/* Waits for a line of at most `size` bytes, without its newline; false at the
 * end of the input. What is too long is cut: no answer is that long. */
NODISCARD bool ask_line(char *line, size_t size);

/* Asks and waits. */
bool ask_yes(const char *question);

/* Asks for a text and waits; whether it is exactly `expected`. */
bool ask_typed(const char *question, const char *expected);

#endif
