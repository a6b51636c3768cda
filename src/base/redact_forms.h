/*
 * The forms in which one secret turns up in output. Part of redact.
 *
 *   - as it is, and with line ends written as \n and \r
 *   - base64 and base64url in all three alignments: only the characters that
 *     the secret alone determines, and at the end of the encoded data also the
 *     last character and its padding; wrapped at 64 and 76 columns too
 *   - percent-encoded, by the habits of RFC 3986, JavaScript and web forms,
 *     with hexadecimal digits of both cases
 *   - as a JSON text: \" \\ \n and \u00XX always; \/, <>& as \u003c and bytes
 *     beyond ASCII as \uXXXX the way some writers do
 *   - the same, base64 apart, for each line of a secret of several lines;
 *     lines that are not secret by themselves (-----BEGIN ...-----) left out
 *
 * Forms over REDACT_PIECE_BYTES are cut into pieces of which each is a form of
 * its own: nothing can be held back or compared longer than that.
 */
#ifndef STEPDECK_BASE_REDACT_FORMS_H
#define STEPDECK_BASE_REDACT_FORMS_H

#include "base/strvec.h"

#include <stddef.h>

enum { REDACT_PIECE_BYTES = 1024 };

/* Appends the forms of the `size` bytes at `secret` (no NUL among them, no
 * white space around them) to `forms`; the same form may come twice. None is
 * shorter than REDACT_MIN_BYTES. */
void redact_forms_add(struct strvec *forms, const char *secret, size_t size);

/* Moves `*text` behind the white space in front of it and returns the size
 * that is left without the white space at the end. */
size_t redact_forms_trim(const char **text, size_t size);

#endif
