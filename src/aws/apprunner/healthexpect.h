/*
 * What the health answer has to say (HEALTH_EXPECT): assertions on its JSON.
 *
 *     dependencies.ffmpeg.available=true items.0.name="a b" version=1.2
 *
 * A path goes down by dots; a number is an index where there is an array
 * ("items[0]" is "items.0"). Values are compared as what the answer has there:
 * text, number, true, false, null. Pure.
 */
#ifndef STEPDECK_AWS_APPRUNNER_HEALTHEXPECT_H
#define STEPDECK_AWS_APPRUNNER_HEALTHEXPECT_H

#include "base/error.h"
#include "base/strvec.h"

#include <jansson.h>

/* `paths.items[i]` must be `values.items[i]`. */
struct healthexpect {
    struct strvec paths, values;
};

/* NULL or "" expects nothing. ERROR_INPUT names what is wrong. */
NODISCARD bool healthexpect_parse(const char *text, struct healthexpect *expect,
                                  struct error *err);
void healthexpect_release(struct healthexpect *expect);

/* False with ERROR_BLOCKED naming the first that does not hold, and what is
 * there instead. */
NODISCARD bool healthexpect_check(const struct healthexpect *expect,
                                  const json_t *answer, struct error *err);

#endif
