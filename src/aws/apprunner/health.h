/* One health request, and what it tells; health_check() is in deployment.h. */
#ifndef STEPDECK_AWS_APPRUNNER_HEALTH_H
#define STEPDECK_AWS_APPRUNNER_HEALTH_H

#include "aws/http.h"
#include "base/error.h"

#include <stdint.h>

struct cancel;
struct deployment;

enum health_kind {
    HEALTH_GOOD,
    HEALTH_NO_ANSWER, /* `failure` says why */
    HEALTH_BAD_STATUS,
    HEALTH_NOT_JSON,   /* and there are assertions */
    HEALTH_UNEXPECTED, /* an assertion does not hold */
    HEALTH_NOT_ASKED   /* there is no URL */
};

struct health_answer {
    enum health_kind kind;
    enum http_failure failure;
    int status;
    int64_t duration_ms;
    char reason[ERROR_TEXT_SIZE]; /* "" when good */
    char advice[ERROR_TEXT_SIZE];
};

/* HEALTH_URL or the service's own, with HEALTH_PATH; to free. NULL: a service
 * that has none (a private one). */
char *health_url(const struct deployment *deployment);

/* Asks once. ERROR_INPUT for a HEALTH_EXPECT that cannot be read, else true:
 * the answer says it. The client must be there. */
NODISCARD bool health_ask(struct deployment *deployment, struct cancel *cancel,
                          struct health_answer *answer, struct error *err);

/* What a status means for who waits for 200. Borrowed; pure. */
const char *health_explain_status(int status);
const char *health_explain_failure(enum http_failure failure);

/* The wait before the next try: 1, 2, 4, 8, 10, 10 ... s by failures so far. */
int64_t health_wait_ms(int failures);

/* Busy for a moment, while instances start: 429 and 503. */
bool health_is_busy(const struct health_answer *answer);

#endif
