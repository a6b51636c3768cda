/*
 * All there is to know about a service that is not healthy, in the step's log:
 * where it was asked, what was to run and what does, the last lines of both
 * logs, and the likely causes, the likeliest first.
 */
#ifndef STEPDECK_AWS_APPRUNNER_DOSSIER_H
#define STEPDECK_AWS_APPRUNNER_DOSSIER_H

#include "aws/apprunner/health.h"
#include "base/strvec.h"

struct deployment;
struct step_context;

void dossier_write(struct deployment *deployment, struct step_context *context,
                   const char *url, const struct health_answer *answer);

/* Why a version did not start, as far as the logs tell: the last lines of the
 * application and the likely causes. Gives the likeliest, NULL for none. */
const char *dossier_explain_start(struct deployment *deployment,
                                  struct step_context *context);

/* Adds the likely causes; `application` and `service` are lines of the logs.
 * Pure. */
void dossier_rank(const struct health_answer *answer,
                  const struct strvec *application,
                  const struct strvec *service, struct strvec *causes);

#endif
