/* The parts of a URL as text (RFC 3986, and forms' `+` for a space in queries).
 */
#ifndef STEPDECK_EMULATOR_WEBTEXT_H
#define STEPDECK_EMULATOR_WEBTEXT_H

#include <stddef.h>

/* `%41` becomes `A`; to free. */
char *webtext_decode(const char *text, size_t size);
/* The same of a query or a form, where `+` is a space; to free. */
char *webtext_decode_query(const char *text, size_t size);
/* The decoded value of `name` in a query "a=b&c=d", to free; NULL. */
char *webtext_parameter(const char *query, const char *name);

#endif
