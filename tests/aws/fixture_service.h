/*
 * A client whose AWS is a script: canned answers in order, and what was asked.
 *
 *     struct service *f = *state;
 *
 *     service_answer(f, 200, "{\"Service\": ...}");
 *     assert_true(apprunner_describe(f->client, ARN, &service, &err));
 *     service_expect(f, 0, "AppRunner.DescribeService",
 *                    "{\"ServiceArn\": ...}");
 *     ... SERVICE_TEST(name)
 *
 * The tear-down fails when there were more or fewer requests than answers.
 */
#ifndef STEPDECK_TESTS_AWS_SERVICE_H
#define STEPDECK_TESTS_AWS_SERVICE_H

#include "aws/client.h"
#include "fixture_client.h"

#include <jansson.h>

#define SERVICE_TEST(name)                                                     \
    cmocka_unit_test_setup_teardown(name, service_set_up, service_tear_down)

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct service {
    struct fixture_client fixture;
    struct client *client;
    struct client_writer *writer;
    size_t answers;
};

int service_set_up(void **state);
int service_tear_down(void **state);

/* The next answer: a body of JSON or XML; more headers, "Name: value\r\n". */
void service_answer(struct service *f, int status, const char *body);
void service_answer_with(struct service *f, int status, const char *headers,
                         const char *body);
/* The request is read, and the connection closed. */
void service_answer_lost(struct service *f);
/* A failure: {"__type": code, "message": "no"}. */
void service_fail(struct service *f, int status, const char *code);
/* Requests of a query service fail in XML. */
void service_fail_query(struct service *f, int status, const char *code);

/* How many requests have come. */
size_t service_count(struct service *f);
/* Request `index` had this X-Amz-Target and exactly this JSON. */
void service_expect(struct service *f, size_t index, const char *target,
                    const char *json);
/* Exactly these parameters, "Action=GetRole&RoleName=a", in any order, besides
 * the Version. */
void service_expect_form(struct service *f, size_t index, const char *form);
/* "PUT /bucket/key", and the value of a header (NULL: it was not sent). */
void service_expect_line(struct service *f, size_t index, const char *line);
void service_expect_header(struct service *f, size_t index, const char *name,
                           const char *value);
void service_expect_body(struct service *f, size_t index, const char *body);

/* The call failed with this code, and its message has `part`. */
void service_expect_error(const struct error *err, enum error_code code,
                          const char *part);
json_t *service_json(const char *text);

#endif
