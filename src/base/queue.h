/*
 * A queue of owned pointers from any thread to one reader.
 *
 *     queue_push(queue, item);                 any thread: gives item away
 *     while ((item = queue_take(queue))) ...   the reader: owns item
 *
 * The reader either blocks in queue_wait() or polls queue_fd(), which is
 * readable while there may be something new. Wake-ups are coalesced: the pipe
 * is written only when the reader has not been told yet, so a flood costs one
 * write per wake-up. queue_poke() wakes the reader without an item.
 */
#ifndef STEPDECK_BASE_QUEUE_H
#define STEPDECK_BASE_QUEUE_H

#include "base/error.h"

#include <stdint.h>

struct queue;

/* `release` frees items left over at queue_free(); may be NULL. */
NODISCARD struct queue *queue_new(void (*release)(void *item),
                                  struct error *err);
void queue_free(struct queue *queue);

/* Takes ownership of `item`. */
void queue_push(struct queue *queue, void *item);
void queue_poke(struct queue *queue);

/* The oldest item, or NULL. Call queue_drain() after each wake-up first. */
void *queue_take(struct queue *queue);
int queue_fd(const struct queue *queue);
/* Marks the wake-up as seen; call before taking, or news may be missed. */
void queue_drain(struct queue *queue);
/* Blocks until there may be something, at most `timeout_ms` (-1: for ever),
 * and drains. */
void queue_wait(struct queue *queue, int64_t timeout_ms);

#endif
