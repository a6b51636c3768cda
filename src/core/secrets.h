/* Which values of a run are secret: those of secret-looking keys in the
 * configuration and in the process environment, and what SECRET_KEYS names;
 * of any other value the passwords of URLs in it (scheme://user:PASSWORD@host),
 * as they stand and percent-decoded. */
#ifndef STEPDECK_CORE_SECRETS_H
#define STEPDECK_CORE_SECRETS_H

#include "core/config.h"

struct redact;

/* The sealed set of a run's secrets; to redact_free(). */
struct redact *secrets_collect(const struct config *config);

#endif
