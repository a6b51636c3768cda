#include "tui/logthread.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/queue.h"
#include "tui/logorder.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

enum {
    SLICE = 2 << 20,    /* bytes between two looks at the inbox: 1 ms or so */
    CATCH_UP = 4 << 20, /* so much is counted before a window is made */
    ANSWER_INTERVAL_MS = 17,
    REPORT_INTERVAL_MS = 100,
    LOOK_INTERVAL_MS = 500
};

/* DESIGN. Both directions are a slot, not a queue: the newest question and the
 * newest answer. So neither a screen that does not look (an editor has the
 * terminal) nor a disk that hangs lets anything pile up. The queues carry
 * wake-ups only. A new question cancels what is under way; the cancel is reset
 * by who takes the question, under the same lock. */
struct logthread {
    pthread_t thread;
    struct queue *inbox, *outbox;
    struct cancel cancel;
    pthread_mutex_t mutex;
    struct logorder *asked; /* these four under the mutex */
    struct log_answer *ready;
    bool is_poked;
    bool stops;
    /* The rest belongs to the thread. */
    struct logsource *source;
    char *path; /* of the source, also when it cannot be opened */
    struct logorder *order;
    bool has_news;
    int64_t looked_ms, reported_ms;
    bool was_find, was_found;
    struct log_hit hit;
    int64_t numbers_at; /* counted so far, the window has numbers; or -1 */
    struct log_stats reported;
    enum error_code failed; /* of the last answer */
};

/* ---- answering -------------------------------------------------------- */

static void give(struct logthread *thread, struct log_answer *answer)
{
    struct log_answer *old;

    pthread_mutex_lock(&thread->mutex);
    old = thread->ready;
    if (old)
        logorder_merge(answer, old);
    thread->ready = answer;
    pthread_mutex_unlock(&thread->mutex);
    log_answer_free(old);
    queue_poke(thread->outbox);
}

static bool is_cancelled(struct logthread *thread)
{
    return cancel_level(&thread->cancel) != CANCEL_NONE;
}

static bool is_same_match(const struct log_match *a, const struct log_match *b)
{
    return a->kind == b->kind &&
           strcmp(a->text ? a->text : "", b->text ? b->text : "") == 0;
}

/* The ordinal of what was found, as soon as it is known. */
static void update_ordinal(struct logthread *thread)
{
    const struct log_question *question = &thread->order->question;

    if (thread->was_found && !thread->hit.ordinal &&
        is_same_match(&question->find, &question->search))
        thread->hit.ordinal =
            logsource_ordinal(thread->source, thread->hit.offset);
}

static struct log_answer *new_answer(struct logthread *thread)
{
    struct log_answer *answer = mem_new(1, sizeof(*answer));

    answer->serial = thread->order->question.serial;
    if (thread->source) {
        update_ordinal(thread);
        logsource_stats(thread->source, &answer->stats);
        thread->reported = answer->stats;
    }
    answer->was_find = thread->was_find;
    answer->was_found = thread->was_found;
    answer->hit = thread->hit;
    thread->reported_ms = clock_monotonic(clock_system());
    return answer;
}

static void give_error(struct logthread *thread, const struct error *err)
{
    struct log_answer *answer = new_answer(thread);

    answer->error = *err;
    thread->failed = err->code;
    thread->was_find = false;
    give(thread, answer);
}

static void give_stats(struct logthread *thread)
{
    struct log_answer *answer = new_answer(thread);

    thread->was_find = false;
    give(thread, answer);
}

/* Lines that have just come get their numbers at once. */
static void catch_up(struct logthread *thread)
{
    struct log_stats stats;

    logsource_stats(thread->source, &stats);
    if (stats.size - stats.counted <= CATCH_UP)
        logsource_work(thread->source, CATCH_UP);
}

static void note_numbers(struct logthread *thread,
                         const struct log_window *window)
{
    thread->numbers_at = -1;
    for (size_t i = 0; i < window->count; i++) {
        if (!window->lines[i].number)
            thread->numbers_at = window->lines[i].offset;
    }
}

static void give_window(struct logthread *thread)
{
    struct log_window window = { 0 };
    struct error err = { 0 };
    struct log_answer *answer;

    catch_up(thread);
    if (!logsource_window(thread->source, &thread->order->question.query,
                          &window, &err)) {
        logwindow_release(&window);
        if (!is_cancelled(thread))
            give_error(thread, &err);
        return;
    }
    note_numbers(thread, &window);
    answer = new_answer(thread);
    answer->has_window = true;
    answer->window = window;
    thread->failed = ERROR_NONE;
    thread->was_find = false;
    give(thread, answer);
}

static void give_what_is_wanted(struct logthread *thread)
{
    if (thread->order->question.wants_window)
        give_window(thread);
    else
        give_stats(thread);
}

/* ---- the log ---------------------------------------------------------- */

static void close_log(struct logthread *thread)
{
    logsource_close(thread->source);
    thread->source = NULL;
    free(thread->path);
    thread->path = NULL;
}

static bool open_log(struct logthread *thread, struct error *err)
{
    const char *path = thread->order->question.path;

    if (thread->source && strcmp(path, thread->path) == 0) {
        logsource_refresh(thread->source);
        return true;
    }
    close_log(thread);
    thread->path = mem_text(path);
    thread->source = logsource_open(path, &thread->cancel, err);
    return thread->source != NULL;
}

/* False when a newer question has come meanwhile. */
static bool find(struct logthread *thread)
{
    struct log_question *question = &thread->order->question;

    if (question->find.kind == LOG_MATCH_NOTHING)
        return true;
    thread->was_found = logsource_find(
        thread->source, &question->find, question->find_from,
        question->find_direction, question->find_here, &thread->hit);
    if (is_cancelled(thread))
        return false;
    thread->was_find = true;
    if (thread->was_found) {
        question->query.anchor = LOG_ANCHOR_OFFSET;
        question->query.place = thread->hit.offset;
    }
    return true;
}

static void answer_first(struct logthread *thread)
{
    const struct log_question *question = &thread->order->question;
    struct error err = { 0 };

    thread->was_find = thread->was_found = false;
    thread->hit = (struct log_hit){ 0 };
    thread->numbers_at = -1;
    thread->looked_ms = clock_monotonic(clock_system());
    if (!question->path) {
        close_log(thread);
        give_stats(thread);
        return;
    }
    if (!open_log(thread, &err)) {
        thread->was_find = question->find.kind != LOG_MATCH_NOTHING;
        give_error(thread, &err);
        return;
    }
    logsource_search(thread->source, &question->search);
    if (find(thread))
        give_what_is_wanted(thread);
}

/* Has the file grown, or is it there at last? */
static void look(struct logthread *thread)
{
    const struct log_question *question = &thread->order->question;
    struct error err = { 0 };

    thread->looked_ms = clock_monotonic(clock_system());
    if (!question->path)
        return;
    if (!thread->source) {
        if (open_log(thread, &err)) {
            logsource_search(thread->source, &question->search);
            give_what_is_wanted(thread);
        } else if (err.code != thread->failed) {
            give_error(thread, &err);
        }
        return;
    }
    if (logsource_refresh(thread->source) && question->follow)
        give_what_is_wanted(thread);
}

/* Counts on; false when there is nothing left. */
static bool work(struct logthread *thread)
{
    int64_t now;
    struct log_stats stats;
    bool has_more;

    if (!thread->source)
        return false;
    has_more = logsource_work(thread->source, SLICE);
    logsource_stats(thread->source, &stats);
    if (memcmp(&stats, &thread->reported, sizeof(stats)) == 0 ||
        is_cancelled(thread))
        return has_more;
    now = clock_monotonic(clock_system());
    if (has_more && now - thread->reported_ms < REPORT_INTERVAL_MS)
        return true;
    if (thread->numbers_at >= 0 && stats.counted > thread->numbers_at)
        give_window(thread);
    else
        give_stats(thread);
    return has_more;
}

/* ---- the thread ------------------------------------------------------- */

/* False when it is to stop. A new question is taken, and `*is_new` set. */
static bool take_orders(struct logthread *thread, bool *is_new)
{
    bool stops;

    pthread_mutex_lock(&thread->mutex);
    stops = thread->stops;
    *is_new = thread->asked != NULL;
    if (*is_new) {
        logorder_free(thread->order);
        thread->order = thread->asked;
        thread->asked = NULL;
        cancel_reset(&thread->cancel);
    }
    thread->has_news = thread->is_poked;
    pthread_mutex_unlock(&thread->mutex);
    return !stops;
}

/* When to look at the file next, on the monotonic clock. */
static int64_t next_look(const struct logthread *thread)
{
    if (!thread->order || !thread->order->question.path)
        return INT64_MAX;
    if (thread->has_news)
        return thread->looked_ms + (thread->order->question.follow
                                        ? ANSWER_INTERVAL_MS
                                        : REPORT_INTERVAL_MS);
    if (thread->order->question.follow)
        return thread->looked_ms + LOOK_INTERVAL_MS;
    return INT64_MAX;
}

/* Until the look a further poke changes nothing, and wakes nobody. */
static void forget_poke(struct logthread *thread)
{
    pthread_mutex_lock(&thread->mutex);
    thread->is_poked = thread->has_news = false;
    pthread_mutex_unlock(&thread->mutex);
}

static void wait_for_orders(struct logthread *thread)
{
    int64_t due = next_look(thread), timeout = -1;

    if (due != INT64_MAX) {
        timeout = due - clock_monotonic(clock_system());
        if (timeout < 0)
            timeout = 0;
    }
    queue_wait(thread->inbox, timeout);
}

static void *run(void *opaque)
{
    struct logthread *thread = opaque;
    bool is_new;

    while (take_orders(thread, &is_new)) {
        if (is_new) {
            forget_poke(thread);
            answer_first(thread);
        } else if (next_look(thread) <= clock_monotonic(clock_system())) {
            forget_poke(thread);
            look(thread);
        }
        if (!work(thread))
            wait_for_orders(thread);
    }
    return NULL;
}

/* ---- from outside ----------------------------------------------------- */

static void release(struct logthread *thread)
{
    logorder_free(thread->order);
    logorder_free(thread->asked);
    log_answer_free(thread->ready);
    close_log(thread);
    queue_free(thread->inbox);
    queue_free(thread->outbox);
    cancel_release(&thread->cancel);
    pthread_mutex_destroy(&thread->mutex);
    free(thread);
}

/* Signals are for the thread that has the terminal. */
static int start_without_signals(struct logthread *thread)
{
    sigset_t all, old;
    int failure;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    failure = pthread_create(&thread->thread, NULL, run, thread);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    return failure;
}

struct logthread *logthread_start(struct error *err)
{
    struct logthread *thread = mem_new(1, sizeof(*thread));
    int failure;

    if (!cancel_init(&thread->cancel, err)) {
        free(thread);
        return NULL;
    }
    pthread_mutex_init(&thread->mutex, NULL);
    thread->inbox = queue_new(NULL, err);
    thread->outbox = thread->inbox ? queue_new(NULL, err) : NULL;
    if (!thread->outbox) {
        release(thread);
        return NULL;
    }
    failure = start_without_signals(thread);
    if (failure) {
        error_set_errno(err, ERROR_INTERNAL, failure,
                        "no thread for reading logs can be had");
        release(thread);
        return NULL;
    }
    return thread;
}

void logthread_stop(struct logthread *thread)
{
    if (!thread)
        return;
    pthread_mutex_lock(&thread->mutex);
    thread->stops = true;
    cancel_raise(&thread->cancel, CANCEL_STOP);
    pthread_mutex_unlock(&thread->mutex);
    queue_poke(thread->inbox);
    pthread_join(thread->thread, NULL);
    release(thread);
}

void logthread_ask(struct logthread *thread,
                   const struct log_question *question)
{
    struct logorder *order = logorder_new(question), *old;

    pthread_mutex_lock(&thread->mutex);
    old = thread->asked;
    thread->asked = order;
    cancel_raise(&thread->cancel, CANCEL_STOP);
    pthread_mutex_unlock(&thread->mutex);
    logorder_free(old);
    queue_poke(thread->inbox);
}

void logthread_poke(struct logthread *thread)
{
    bool is_first;

    pthread_mutex_lock(&thread->mutex);
    is_first = !thread->is_poked;
    thread->is_poked = true;
    pthread_mutex_unlock(&thread->mutex);
    if (is_first)
        queue_poke(thread->inbox);
}

int logthread_fd(const struct logthread *thread)
{
    return queue_fd(thread->outbox);
}

struct log_answer *logthread_take(struct logthread *thread)
{
    struct log_answer *answer;

    queue_drain(thread->outbox);
    pthread_mutex_lock(&thread->mutex);
    answer = thread->ready;
    thread->ready = NULL;
    pthread_mutex_unlock(&thread->mutex);
    return answer;
}
