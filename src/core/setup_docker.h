/* The port that a Dockerfile exposes. Pure. */
#ifndef STEPDECK_CORE_SETUP_DOCKER_H
#define STEPDECK_CORE_SETUP_DOCKER_H

#include <stdbool.h>
#include <stddef.h>

/* The first TCP port of the last stage that exposes one, 0 for none: a number
 * as it stands, or a variable that an earlier ENV or ARG gives one.
 * https://docs.docker.com/reference/dockerfile/#expose */
int setup_docker_port(const char *text, size_t size);

#endif
