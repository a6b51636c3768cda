/*
 * A step against a scripted cloud: fixture_step with a fixture_server as every
 * service of AWS, and as the deployed service itself.
 *
 *     struct fixture_cloud *c = *state;
 *
 *     cloud_open(c);
 *     cloud_list(c, "RUNNING");
 *     cloud_describe(c, "RUNNING", CLOUD_OLD);
 *     update_run(c->f->context, &c->f->outcome);
 *     cloud_expect_calls(c, "ListServices DescribeService");
 *     ... CLOUD_TEST(name)
 *
 * Answers are given in the order in which they are added.
 */
#ifndef STEPDECK_TESTS_AWS_FIXTURE_CLOUD_H
#define STEPDECK_TESTS_AWS_FIXTURE_CLOUD_H

#include "fixture_server.h"
#include "fixture_step.h"

#define CLOUD_TEST(name)                                                       \
    cmocka_unit_test_setup_teardown(name, cloud_set_up, cloud_tear_down)

#define CLOUD_ARN "arn:aws:apprunner:eu-west-1:123456789012:service/web/0123"
#define CLOUD_REPOSITORY "123456789012.dkr.ecr.eu-west-1.amazonaws.com/web"
#define CLOUD_OLD CLOUD_REPOSITORY "@sha256:old"
#define CLOUD_NEW CLOUD_REPOSITORY "@sha256:new"

struct fixture_cloud {
    struct fixture_step *f;
    struct fixture_server *server;
};

int cloud_set_up(void **state);
int cloud_tear_down(void **state);

/* Opens the project with the service "web" and the image CLOUD_NEW pushed; set
 * further keys before. */
void cloud_open(struct fixture_cloud *c);
/* The service is known already: it is described without a search. */
void cloud_know(struct fixture_cloud *c);
/* An operation of the record, of CLOUD_NEW; `id` may be NULL. */
void cloud_record(struct fixture_cloud *c, const char *id, const char *type,
                  const char *purpose);

/* ---- answers ---------------------------------------------------------- */

void cloud_answer(struct fixture_cloud *c, const char *body);
/* ListServices: the service with this status; NULL: none. */
void cloud_list(struct fixture_cloud *c, const char *status);
/* DescribeService. */
void cloud_describe(struct fixture_cloud *c, const char *status,
                    const char *image);
/* CreateService, UpdateService, DeleteService; `id` may be NULL. */
void cloud_accept(struct fixture_cloud *c, const char *id);
/* ListOperations: "id TYPE STATUS, id TYPE STATUS"; "" for none. */
void cloud_operations(struct fixture_cloud *c, const char *rows);
/* FilterLogEvents: one line; NULL: none. */
void cloud_log(struct fixture_cloud *c, const char *line);
void cloud_fail(struct fixture_cloud *c, int status, const char *code,
                const char *message);
/* Takes the request and closes without an answer. */
void cloud_cut(struct fixture_cloud *c);

/* ---- what was asked --------------------------------------------------- */

/* The operations called, "GET" for health requests, in this order. */
void cloud_expect_calls(struct fixture_cloud *c, const char *calls);
/* The body of the n-th call of this operation, from 0; borrowed JSON of the
 * fixture, to json_decref(). */
json_t *cloud_input(struct fixture_cloud *c, const char *operation, size_t n);
/* Failed with this exit status of the program, and these words. */
void cloud_expect_failure(struct fixture_cloud *c, int run_status,
                          const char *message, const char *suggestion);
void cloud_expect_success(struct fixture_cloud *c);
/* The record on the disk. To json_decref(). */
json_t *cloud_record_file(struct fixture_cloud *c);

#endif
