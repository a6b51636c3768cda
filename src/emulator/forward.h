/*
 * A port that stays, while what stands behind it changes: the URL of an App
 * Runner service. Accepts on 127.0.0.1 and carries the bytes both ways to the
 * instance of the moment; without one it closes.
 *
 *     struct forward *forward = forward_open(0, &err);
 *     forward_point(forward, "http://127.0.0.1:4711", FORWARD_WELL, 0);
 *     forward_close(forward);         ends its connections too
 *
 * Thread-safe.
 */
#ifndef STEPDECK_EMULATOR_FORWARD_H
#define STEPDECK_EMULATOR_FORWARD_H

#include "base/error.h"

#include <stdint.h>

struct forward;

/* How the version behind it behaves to who asks. */
enum forward_mood {
    FORWARD_WELL,
    FORWARD_FAILING, /* answers 503 to everything */
    FORWARD_SLOW,    /* waits `value` milliseconds first */
    FORWARD_REFUSING /* ends the connection at once */
};

/* A free port for 0. */
NODISCARD struct forward *forward_open(int port, struct error *err);
int forward_port(const struct forward *forward);
/* `url` NULL: nobody. Connections that exist stay where they are. */
void forward_point(struct forward *forward, const char *url,
                   enum forward_mood mood, int64_t value);
void forward_close(struct forward *forward);

/* A connection to "http://ADDRESS:PORT"; -1. To close(2). */
NODISCARD int forward_connect(const char *url);

#endif
