/*
 * Watches a run that another process carries out, by its journal.
 *
 *     struct follower *follower = follower_start(state, run, true, &err);
 *     poll(queue_fd(follower_events(follower))) ...
 *         over = follower_is_over(follower);      before the events are taken
 *         while ((event = queue_take(...))) ... event_unref(event);
 *         if (over) ...                           these were the last
 *     follower_stop(follower);
 *
 * The events are those of the journal from its beginning, run.end last: what
 * reads an engine's queue reads this one. Whatever is there already comes at
 * once. Events of a newer version are handed on (EVENT_UNKNOWN); lines that are
 * no events are counted; a last line without its newline waits for its rest.
 *
 * A run that dies writes no run.end. It counts as dead when the lock is not its
 * any more, nor, where somebody broke the lock, its process alive: then
 * follower_has_died() is true, and no event is invented.
 *
 * A thread of its own reads, FOLLOWER_LOOK_MS after FOLLOWER_LOOK_MS; it
 * inherits the signal mask of the one that starts it. All functions are for the
 * one thread that owns the follower.
 */
#ifndef STEPDECK_CORE_FOLLOWER_H
#define STEPDECK_CORE_FOLLOWER_H

#include "base/error.h"
#include "base/queue.h"
#include "core/state.h"

enum { FOLLOWER_LOOK_MS = 200 };

struct follower;

/* Begins with the run of exactly this id; NULL when its journal cannot be read
 * or no thread can be had. The state is needed only during the call. With
 * `follows_output` the queue is poked at each look while the run is under way,
 * for logs may have grown. */
NODISCARD struct follower *follower_start(const struct state *state,
                                          const char *run, bool follows_output,
                                          struct error *err);

/* Owned by the follower; holds struct event references that the reader takes
 * over. Poked when the follower is over. */
struct queue *follower_events(struct follower *follower);

/* The run's id. Borrowed. */
const char *follower_run(const struct follower *follower);

/* Whether nothing more comes: run.end is in the queue, or the run has died. */
bool follower_is_over(const struct follower *follower);
bool follower_has_died(const struct follower *follower);

/* How many lines of the journal were no events. */
size_t follower_skipped(const struct follower *follower);

/* Stops reading, also in the midst of the run, and frees the follower with the
 * events that nobody took. NULL is fine. */
void follower_stop(struct follower *follower);

#endif
