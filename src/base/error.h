/*
 * What went wrong, in a struct the caller owns.
 *
 *     struct error err = { 0 };
 *     if (!config_load(&config, &err))
 *         fprintf(stderr, "%s\n", err.message);
 *
 * The first error wins: setting an error that is set already changes nothing.
 * A message is lower case, has no full stop and quotes its subject; the hint
 * says what to do next. Every function accepts a NULL err.
 */
#ifndef STEPDECK_BASE_ERROR_H
#define STEPDECK_BASE_ERROR_H

#include <stdbool.h>

#if defined(__GNUC__)
#define NODISCARD __attribute__((warn_unused_result))
#define PRINTF_LIKE(text, first) __attribute__((format(printf, text, first)))
#define NORETURN __attribute__((noreturn))
#else
#define NODISCARD
#define PRINTF_LIKE(text, first)
#define NORETURN
#endif

/* Codes differ by what the caller does about them. */
enum error_code {
    ERROR_NONE = 0,
    ERROR_INTERNAL,  /* a bug or an exhausted resource: report, exit 1 */
    ERROR_INPUT,     /* the user's words or files: mend them, exit 2 */
    ERROR_IO,        /* the disk or a pipe: degrade or give up */
    ERROR_NOT_FOUND, /* the thing is not there: often fine */
    ERROR_BLOCKED,   /* a prerequisite is not met: exit 4 */
    ERROR_LOCKED,    /* somebody else holds it: wait or exit 5 */
    ERROR_CANCELLED  /* asked to stop: exit 6 */
};

enum { ERROR_TEXT_SIZE = 768 };

struct error {
    enum error_code code;
    char message[ERROR_TEXT_SIZE];
    char hint[ERROR_TEXT_SIZE];
};

/* Sets code and message unless an error is set already. Always false, so that
 * a failing function can `return error_set(...)`. */
bool error_set(struct error *err, enum error_code code, const char *format, ...)
    PRINTF_LIKE(3, 4);

/* As error_set, with the text of errno value `number` appended. */
bool error_set_errno(struct error *err, enum error_code code, int number,
                     const char *format, ...) PRINTF_LIKE(4, 5);

/* Adds the advice, unless there is one. Always false. */
bool error_hint(struct error *err, const char *format, ...) PRINTF_LIKE(2, 3);

/* Puts what the caller knew before the message: "FORMAT: message". Always
 * false. */
bool error_wrap(struct error *err, const char *format, ...) PRINTF_LIKE(2, 3);

/* Makes `err` empty again. */
void error_clear(struct error *err);

bool error_is_set(const struct error *err);

#endif
