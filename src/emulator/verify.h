/*
 * Whether a request is signed by somebody the emulator knows: Signature
 * Version 4 in the Authorization header. Loopback only.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
#ifndef STEPDECK_EMULATOR_VERIFY_H
#define STEPDECK_EMULATOR_VERIFY_H

#include "emulator/protocol.h"

/* What the Authorization header says; "" where it says nothing. */
struct verify_claim {
    char access_key[129];
    char date[17], region[65], service[65]; /* of the scope */
    char signed_headers[1025];
    char signature[65];
};
/* False when the header is none of ours. */
NODISCARD bool verify_parse(const char *header, struct verify_claim *claim);

/* False with a failure in the words of `style`. `now_ms` is wall time. Takes
 * the lock. */
NODISCARD bool verify_request(struct emulator *emulator,
                              const struct emulator_request *request,
                              enum protocol_style style, int64_t now_ms,
                              struct emulator_failure *failure);

/* The access key of a request that has been verified; to free. "" without. */
char *verify_access_key(const struct emulator_request *request);

#endif
