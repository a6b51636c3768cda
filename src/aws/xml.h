/*
 * XML answers of AWS as JSON, by expat: the only file that uses it.
 *
 *     <A><B>x</B><L><member>1</member><member>2</member></L></A>
 *     {"B": "x", "L": ["1", "2"]}
 *
 * The outermost element is dropped (its name is given back when asked for). An
 * element with only text is a string, one whose children are all called
 * `member` is an array, any other an object; a name that comes twice becomes
 * an array. Attributes are passed over. A document type (and with it every
 * entity of its own) is refused, as is a depth over 64. Foreign bytes:
 * tests/fuzz/xml_fuzz.c.
 */
#ifndef STEPDECK_AWS_XML_H
#define STEPDECK_AWS_XML_H

#include "base/error.h"

#include <jansson.h>
#include <stddef.h>

/* To json_decref(); NULL with ERROR_INPUT. `root` (may be NULL) gets the
 * outermost name, to free. */
NODISCARD json_t *xml_parse(const char *bytes, size_t size, char **root,
                            struct error *err);

#endif
