/*
 * What jansson lacks for our use: reading members without asking twice.
 * `json` may be NULL or of any type; a member that is absent or of another
 * type gives the default.
 */
#ifndef STEPDECK_BASE_JSONX_H
#define STEPDECK_BASE_JSONX_H

#include "base/error.h"

#include <jansson.h>
#include <stdint.h>

/* Parses one JSON object of `size` bytes; NULL with ERROR_INPUT otherwise. To
 * be given back by json_decref(). */
NODISCARD json_t *jsonx_parse_object(const char *bytes, size_t size,
                                     struct error *err);

/* Borrowed from `json`; `missing` when there is no such text. */
const char *jsonx_text(const json_t *json, const char *name,
                       const char *missing);
int64_t jsonx_int(const json_t *json, const char *name, int64_t missing);
bool jsonx_bool(const json_t *json, const char *name);

/* Sets a text member; NULL leaves the member out, bytes that are no UTF-8
 * become U+FFFD. */
void jsonx_set_text(json_t *json, const char *name, const char *text);
void jsonx_set_int(json_t *json, const char *name, int64_t number);
void jsonx_set_bool(json_t *json, const char *name, bool value);
/* A JSON string of any bytes, as jsonx_set_text() repairs them. */
json_t *jsonx_string(const char *bytes, size_t size);

/* One line without its newline; to free. */
char *jsonx_line(const json_t *json);

#endif
