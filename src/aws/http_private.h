/*
 * Shared by the files of http: what needs no libcurl. Not for others.
 */
#ifndef STEPDECK_AWS_HTTP_PRIVATE_H
#define STEPDECK_AWS_HTTP_PRIVATE_H

#include "aws/http.h"

/* Takes one line of the answer's head as it came, folded ones too. */
void http_add_header(struct http_response *response, const char *line,
                     size_t size);

/* The failure in words, with a hint. `detail` are libcurl's, may be empty. */
void http_say(const struct http_request *request, enum http_failure failure,
              const char *detail, struct error *err);

#endif
