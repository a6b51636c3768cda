/*
 * The event stream of one run: numbers each event, stamps it, masks secrets,
 * writes it to the journal, and hands it to the readers, in this order. So a
 * reader never sees what the disk has not seen first.
 *
 * Only the engine thread emits. Readers own a reference to each event they
 * take from their queue.
 */
#ifndef STEPDECK_CORE_STREAM_H
#define STEPDECK_CORE_STREAM_H

#include "base/clock.h"
#include "base/error.h"
#include "base/queue.h"
#include "core/event.h"
#include "core/journal.h"

struct redact;
struct stream;

/* Borrows everything; `journal` may be NULL. */
struct stream *stream_new(const char *run, struct journal *journal,
                          const struct redact *redact,
                          const struct clock *clock, struct queue *reader);
void stream_free(struct stream *stream);

/* Takes ownership of `event`. `durable`: it is on the disk before anybody
 * sees it. False when the journal could not take it (the event goes to the
 * readers all the same). */
bool stream_emit(struct stream *stream, struct event *event, bool durable,
                 struct error *warning);

#endif
