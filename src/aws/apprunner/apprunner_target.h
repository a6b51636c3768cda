/* The App Runner target: for main.c, which registers it. */
#ifndef STEPDECK_AWS_APPRUNNER_APPRUNNER_TARGET_H
#define STEPDECK_AWS_APPRUNNER_APPRUNNER_TARGET_H

#include "core/target.h"

extern const struct target_ops apprunner_target;

#endif
