/*
 * A client that speaks to a scripted server only, with keys of its own and a
 * clock that does not wait.
 *
 *     struct fixture_client f;
 *     fixture_client_init(&f, FIXTURE_CLIENT_WRITES);
 *     fixture_server_answer(f.server, 200, "{}");
 *     ... client_read(f.client, ...) ...
 *     assert_int_equal(f.waits, 0);
 *     fixture_client_release(&f);
 *
 * It sets AWS_* variables of the process: one at a time.
 */
#ifndef STEPDECK_TESTS_AWS_FIXTURE_CLIENT_H
#define STEPDECK_TESTS_AWS_FIXTURE_CLIENT_H

#include "aws/client.h"
#include "base/clock.h"
#include "fixture_server.h"

#include <stdint.h>

/* 2026-11-21T17:00:00Z, and what a Date header calls it. */
#define FIXTURE_CLIENT_TIME INT64_C(1795280400000)
#define FIXTURE_CLIENT_DATE "Sat, 21 Nov 2026 17:00:00 GMT"

enum fixture_client_kind { FIXTURE_CLIENT_WRITES, FIXTURE_CLIENT_READS };

struct fixture_client {
    struct fixture_server *server;
    struct client *client;
    struct clock clock;
    int64_t now_ms;    /* wall time: moved by waits, and by the test */
    int waits;         /* how often the client waited, */
    int64_t waited_ms; /* how long the last time */
    bool refuses_wait; /* as if cancelled while waiting */
};

/* `f` must not be moved until its release. */
void fixture_client_init(struct fixture_client *f,
                         enum fixture_client_kind kind);
void fixture_client_release(struct fixture_client *f);
/* Unsets every AWS_* variable that matters, and hides the files of the user:
 * for tests that set their own. */
void fixture_client_clean_environment(void);

#endif
