/*
 * What a fault does to a call: the halves before and after it is carried out.
 * The rules themselves are emulator.h's fault_add() and its neighbours.
 */
#ifndef STEPDECK_EMULATOR_FAULT_H
#define STEPDECK_EMULATOR_FAULT_H

#include "emulator/protocol.h"

/* A fault of this call, copied: the rules may be cleared meanwhile. */
struct fault_effect {
    char kind[32]; /* "" for none */
    int64_t value;
};
/* Counts the call. Takes the lock. */
struct fault_effect fault_effect_of(struct emulator *emulator,
                                    const char *service, const char *operation);
/* True when `reply` is the whole answer. Without the lock: may wait. */
bool fault_before(struct emulator *emulator, const struct fault_effect *effect,
                  enum protocol_style style, struct emulator_reply *reply);
void fault_after(const struct fault_effect *effect,
                 struct emulator_reply *reply);

/* [{"text", "seen"}], for the control pages; to json_decref(). */
json_t *fault_list(struct emulator *emulator);

#endif
