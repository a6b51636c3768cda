#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool error_set(struct error *err, enum error_code code, const char *format, ...)
{
    va_list args;

    if (!err || err->code != ERROR_NONE)
        return false;
    err->code = code;
    va_start(args, format);
    vsnprintf(err->message, sizeof(err->message), format, args);
    va_end(args);
    return false;
}

bool error_set_errno(struct error *err, enum error_code code, int number,
                     const char *format, ...)
{
    char text[ERROR_TEXT_SIZE / 2];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    return error_set(err, code, "%s: %s", text, strerror(number));
}

bool error_hint(struct error *err, const char *format, ...)
{
    va_list args;

    if (!err || err->hint[0])
        return false;
    va_start(args, format);
    vsnprintf(err->hint, sizeof(err->hint), format, args);
    va_end(args);
    return false;
}

bool error_wrap(struct error *err, const char *format, ...)
{
    char inner[ERROR_TEXT_SIZE];
    size_t used;
    va_list args;

    if (!err)
        return false;
    memcpy(inner, err->message, sizeof(inner));
    va_start(args, format);
    vsnprintf(err->message, sizeof(err->message), format, args);
    va_end(args);
    used = strlen(err->message);
    snprintf(err->message + used, sizeof(err->message) - used, ": %s", inner);
    return false;
}

void error_clear(struct error *err)
{
    if (err)
        *err = (struct error){ 0 };
}

bool error_is_set(const struct error *err)
{
    return err && err->code != ERROR_NONE;
}
