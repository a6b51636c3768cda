/*
 * Credentials in a world of their own, for the tests of src/aws/cred*.c: the
 * AWS files, the settings, a home folder, a clock that stands still, and a
 * server on loopback that answers from a list.
 *
 *     static void a_role_is_assumed(void **state)
 *     {
 *         struct world *w = *state;
 *
 *         world_config(w, "[default]\nrole_arn = ...");
 *         world_answer(w, "POST /", 200, "<AssumeRoleResponse>...");
 *         world_expect_source(w, "profile 'default' (assumed role)");
 *         assert_non_null(world_request(w, 0));
 *     }
 *     ... WORLD_TEST(a_role_is_assumed)
 */
#ifndef STEPDECK_TESTS_AWS_FIXTURE_CREDENTIALS_H
#define STEPDECK_TESTS_AWS_FIXTURE_CREDENTIALS_H

#include "aws/awsfile.h"
#include "aws/credentials.h"
#include "base/strvec.h"
#include "fixture_server.h"

#define WORLD_TEST(name)                                                       \
    cmocka_unit_test_setup_teardown(name, world_set_up, world_tear_down)

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* 2026-11-21T17:00:00Z */
#define WORLD_TIME INT64_C(1795280400000)

/* What no message may ever show. */
#define WORLD_ACCESS "AKIAWORLDACCESSKEY01"
#define WORLD_SECRET "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
#define WORLD_TOKEN                                                            \
    "IQoJb3JpZ2luX2VjEXAMPLETOKEN0123456789abcdefghijklmnopqrstuvwxyzABCDEF"   \
    "GHIJKLMNOPQRSTUVWXYZ0123456789abcdefghijklmnopqrstuvwxyz"

struct world {
    char dir[40]; /* HOME */
    struct awsfile file;
    struct strvec settings; /* "NAME=VALUE" */
    struct credentials_options options;
    struct clock clock;
    int64_t now, waited_ms;
    struct http *http;
    struct credentials *credentials; /* of world_get() */

    struct fixture_server *server;
    const char *url;
    struct strvec starts; /* of the requests that are expected */
};

int world_set_up(void **state);
int world_tear_down(void **state);

void world_config(struct world *world, const char *text);
void world_credentials(struct world *world, const char *text);
/* A setting; an earlier value is replaced. */
void world_set(struct world *world, const char *name, const char *value);
/* Writes a file below the home folder, with its folders; its path, to free. */
char *world_file(struct world *world, const char *name, const char *text);

/* What the server answers to the next request, which must begin with `start`
 * ("GET /path"); the end of the test looks whether all of them came. */
void world_answer(struct world *world, const char *start, int status,
                  const char *body);
size_t world_request_count(struct world *world);
/* Borrowed from the server. */
const char *world_request(struct world *world, size_t at);

/* Asks; the credentials stay the same until world_renew(). */
bool world_get(struct world *world, struct credentials_keys *keys,
               struct error *err);
void world_renew(struct world *world);
/* Asks, and fails the test when the answer is another. */
void world_expect_keys(struct world *world, const char *access_key,
                       const char *source);
/* Asks, and demands an ERROR_BLOCKED whose message and hint have these words,
 * and nothing of the keys. `hint` may be NULL. */
void world_expect_error(struct world *world, const char *message,
                        const char *hint);

/* An answer of STS with that access key; to free. */
char *world_sts_reply(const char *action, const char *access_key,
                      const char *expires);

#endif
