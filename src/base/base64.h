/* Standard base64 with padding (RFC 4648, section 4). */
#ifndef STEPDECK_BASE_BASE64_H
#define STEPDECK_BASE_BASE64_H

#include "base/strbuf.h"

/* Appends the encoded bytes to `out`. */
void base64_encode(const void *bytes, size_t size, struct strbuf *out);

/* Appends the decoded bytes; false, with what was appended undefined, for a
 * text that is no whole base64. */
NODISCARD bool base64_decode(const char *text, size_t size, struct strbuf *out);

#endif
