/*
 * The shapes of AWS requests and answers: JSON 1.0 and 1.1, where X-Amz-Target
 * names the operation, and query, where Action does and the answer is XML.
 *
 *     protocol_answer(emulator, request, reply)
 *
 * checks the signature, applies the faults, asks the service, writes, and saves
 * the state when the operation is one that changes something. The
 * rest of this header is what S3 shares with it, and what tests ask.
 */
#ifndef STEPDECK_EMULATOR_PROTOCOL_H
#define STEPDECK_EMULATOR_PROTOCOL_H

#include "emulator/emulator.h"

/* How a failure looks. */
enum protocol_style { PROTOCOL_JSON, PROTOCOL_QUERY, PROTOCOL_S3 };

/* Whether it is for one of the services, not for S3. */
bool protocol_is_call(const struct emulator_request *request);
void protocol_answer(struct emulator *emulator,
                     const struct emulator_request *request,
                     struct emulator_reply *reply);

void protocol_fail(enum protocol_style style,
                   const struct emulator_failure *failure,
                   struct emulator_reply *reply);

/* "A.member.1=x&B.C=y" as {"A": ["x"], "B": {"C": "y"}}; to json_decref(). */
json_t *protocol_read_query(const char *text, size_t size);
/* Appends the members of an object as elements, arrays as <member>. */
void protocol_write_xml(const json_t *json, struct strbuf *out);
void protocol_write_text(const char *text, struct strbuf *out);

#endif
