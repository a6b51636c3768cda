/* What the servers of the emulator share: ports on 127.0.0.1, and sending. */
#ifndef STEPDECK_EMULATOR_SOCKETS_H
#define STEPDECK_EMULATOR_SOCKETS_H

#include "base/error.h"

#include <stddef.h>

/* A bound socket, to close(2), that does not listen(2) yet; a free port for 0,
 * and `*port` says which. -1 with an error. */
NODISCARD int sockets_bind(int *port, struct error *err);

/* Blocks until all is sent; false when whoever reads is gone. */
bool sockets_send(int fd, const char *bytes, size_t size);

#endif
