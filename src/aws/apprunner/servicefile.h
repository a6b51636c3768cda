/*
 * The file that SERVICE_CONFIG names (service.json): environment and secrets of
 * the service.
 *
 *     {"environment": {"LOG_LEVEL": "info", "OLD": null},
 *      "secrets": [{"Name": "TOKEN", "Value": "arn:aws:secretsmanager:..."}]}
 *
 * Each is a map or an array of {Name, Value}; both become maps, which is what
 * the API takes. A null takes a variable away from the live service. Values
 * never stand in an error.
 */
#ifndef STEPDECK_AWS_APPRUNNER_SERVICEFILE_H
#define STEPDECK_AWS_APPRUNNER_SERVICEFILE_H

#include "base/error.h"

#include <jansson.h>
#include <stddef.h>

struct config;
struct project;

/* Maps of texts and nulls; never NULL after a parse. */
struct servicefile {
    json_t *environment, *secrets;
};

enum { SERVICEFILE_LIMIT = 1 << 20 };

/* ERROR_INPUT names `file` and the place in it. */
NODISCARD bool servicefile_parse(const char *file, const char *bytes,
                                 size_t size, struct servicefile *service,
                                 struct error *err);
/* The project's. None is fine where nobody has named one. */
NODISCARD bool servicefile_load(const struct project *project,
                                struct servicefile *service, struct error *err);
void servicefile_release(struct servicefile *service);

#endif
