/*
 * The thread that reads logs, so that the one that draws never waits for a
 * disk. It owns one logsource at a time.
 *
 *     struct logthread *thread = logthread_start(&err);
 *     logthread_ask(thread, &question);         UI thread; takes no time
 *     poll(logthread_fd()) ... answer = logthread_take(thread) ...
 *     log_answer_free(answer);
 *     logthread_stop(thread);
 *
 * Only the newest question counts: one that has not been begun is replaced, a
 * long search is cancelled and never answered. A question with `follow` stays:
 * whenever the file has grown (logthread_poke(), or a look every half second),
 * or is there at last, it is answered again, at most 60 times a second.
 * Counting goes on in the background between questions, with answers (without a
 * window) as it gets on, at most 10 times a second; after a poke also when the
 * question is without `follow`. Once the count has come to lines that were
 * shown without a number, the window is answered once more.
 *
 * At most one answer waits to be taken: a newer one takes over what an older
 * one to the same question said. Idle, the thread wakes up for nothing but the
 * look of `follow`.
 */
#ifndef STEPDECK_TUI_LOGTHREAD_H
#define STEPDECK_TUI_LOGTHREAD_H

#include "tui/logsource.h"

/* What the log pane wants to know. Texts are borrowed; logthread_ask() copies
 * them. */
struct log_question {
    uint64_t serial;  /* comes back with the answer */
    const char *path; /* NULL: no log */
    bool wants_window;
    struct log_query query;
    bool follow;             /* answer again when the file grows */
    struct log_match search; /* whose matches are counted */
    /* A jump: the window is then around what was found. */
    struct log_match find; /* LOG_MATCH_NOTHING: none */
    int64_t find_from;     /* offset; LOG_FROM_END: behind the last line */
    int find_direction;    /* 1 or -1 */
    bool find_here;
};

enum { LOG_FROM_END = -1 };

struct log_answer {
    uint64_t serial;
    bool has_window;
    struct log_window window;
    struct log_stats stats;
    bool was_find;      /* says for the first time how the jump ended ... */
    bool was_found;     /* ... which later answers repeat: `hit.ordinal` */
    struct log_hit hit; /* becomes known later when `find` is `search` */
    struct error error; /* why there is no window */
};

void log_answer_free(struct log_answer *answer);

struct logthread;

NODISCARD struct logthread *logthread_start(struct error *err);
/* Cancels what is under way, joins and frees. */
void logthread_stop(struct logthread *thread);

void logthread_ask(struct logthread *thread,
                   const struct log_question *question);
/* The file may have grown. */
void logthread_poke(struct logthread *thread);

/* Readable while there may be an answer. */
int logthread_fd(const struct logthread *thread);
/* The next answer, owned by the caller, or NULL. Drains the descriptor. */
struct log_answer *logthread_take(struct logthread *thread);

#endif
