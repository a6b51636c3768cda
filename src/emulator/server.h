/*
 * The listening half: libmicrohttpd, on 127.0.0.1 only. Each connection has a
 * thread of its own, which a handler may block.
 */
#ifndef STEPDECK_EMULATOR_SERVER_H
#define STEPDECK_EMULATOR_SERVER_H

#include "emulator/emulator.h"

struct server;

/* Takes a free port when `port` is 0; sets the emulator's url and host. NULL
 * with an error. */
NODISCARD struct server *server_start(struct emulator *emulator, int port,
                                      struct error *err);
/* Waits for INT or TERM (base/signals.h). */
void server_wait(void);
/* Ends all connections; NULL is fine. */
void server_stop(struct server *server);

#endif
