/*
 * The configuration of a service as the API takes it. Pure but for the file
 * that SERVICE_CONFIG names; the rest of it is in deployment.h.
 */
#ifndef STEPDECK_AWS_APPRUNNER_SERVICECONFIG_H
#define STEPDECK_AWS_APPRUNNER_SERVICECONFIG_H

#include "aws/apprunner/servicefile.h"
#include "base/error.h"
#include "base/strvec.h"

#include <jansson.h>

/* The input of UpdateService that gives `service` (of DescribeService) its own
 * configuration again, whole, with this image. To json_decref(); NULL for a
 * service that is not made of an image. */
NODISCARD json_t *serviceconfig_pin(const json_t *service, const char *image,
                                    bool auto_deploys, struct error *err);

/* "1 vCPU" and "1024" to "1024", "2 GB" to "2048"; NULL for what is neither.
 * To free. */
char *serviceconfig_units(const char *text);

/* A line for each member that `input` changes; of environment values only the
 * names. */
void serviceconfig_compare(const json_t *live, const json_t *input,
                           struct strvec *lines);

#endif
