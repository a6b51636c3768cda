/*
 * One child process, run to its end.
 *
 *     struct child_request request = { .argv = argv, .environment = env,
 *                                      .cancel = &cancel, .output = write_log
 * }; struct child_result result; if (!child_run(&request, &result, &err)) ...
 * it never started
 *
 * The child leads its own process group. Its output arrives through `output`
 * in the calling thread, as it is read: standard output and standard error in
 * one stream, unless `errors` takes the second. A timeout or a cancel sends
 * TERM to the whole group, KILL after the grace (at once for CANCEL_KILL), and
 * the call returns only when the child has been waited for. No shell is
 * involved.
 */
#ifndef STEPDECK_CORE_CHILD_H
#define STEPDECK_CORE_CHILD_H

#include "base/clock.h"
#include "base/error.h"

#include <stddef.h>
#include <stdint.h>

struct cancel;

enum { CHILD_GRACE_MS = 10000 };

struct child_request {
    char *const *argv; /* argv[0] is a path, or a name looked up in PATH */
    char *const *environment; /* "KEY=VALUE", NULL-terminated; NULL: ours */
    const char *dir;          /* working directory; NULL: ours */
    bool interactive;         /* gets the terminal itself; output is not seen */
    int marker_fd;            /* kept open in the child and its children; -1 */
    int64_t timeout_ms;       /* 0: none */
    int64_t grace_ms;         /* 0: CHILD_GRACE_MS */
    struct cancel *cancel;    /* may be NULL */
    void (*output)(void *context, const char *bytes, size_t size);
    /* Standard error by itself; NULL: it goes to `output`. */
    void (*errors)(void *context, const char *bytes, size_t size);
    void *context;
    int64_t output_limit; /* bytes of both; more ends it as a cancel does */
    bool is_secret;       /* what it writes does not stay in our memory */
};

enum child_end {
    CHILD_EXITED,
    CHILD_SIGNALLED,
    CHILD_TIMED_OUT,
    CHILD_CANCELLED
};

struct child_result {
    enum child_end end;
    int exit_status; /* of CHILD_EXITED */
    int signal; /* what ended it otherwise, 0 when it exited all the same */
    bool left_background; /* somebody still held the output when it had ended */
    bool wrote_too_much;  /* which is why it was ended */
};

/* False with an error when the child could not be started. */
NODISCARD bool child_run(const struct child_request *request,
                         struct child_result *result, struct error *err);

/* "SIGTERM" for 15, and so on; "signal 99" for one without a name. `text`
 * holds CHILD_SIGNAL_SIZE bytes; returns it. */
enum { CHILD_SIGNAL_SIZE = 16 };
char *child_signal_name(int number, char *text);

#endif
