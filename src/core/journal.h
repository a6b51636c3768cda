/*
 * The journal of a run: `runs/ID/events.ndjson`, one event a line.
 *
 * Writing: lines that the disk refuses (full, read-only) are kept in memory
 * and written with the next one, so that `seq` has no gaps on the disk either,
 * up to JOURNAL_PENDING_LIMIT bytes; then the journal ends where it is.
 *
 * Reading: a journal may still be growing, torn by a crash, or of a newer
 * version. A last line without its newline is not believed.
 */
#ifndef STEPDECK_CORE_JOURNAL_H
#define STEPDECK_CORE_JOURNAL_H

#include "base/error.h"
#include "core/event.h"

enum { JOURNAL_PENDING_LIMIT = 4 << 20 };

struct journal;

/* Creates `path` below `dir_fd`; with dir_fd -1 the journal goes nowhere. */
struct journal *journal_create(int dir_fd, const char *path,
                               struct error *warning);
/* Appends `line` (`size` bytes, newline included). `durable`: it is on the
 * disk when the call returns. False while lines wait for the disk. */
bool journal_append(struct journal *journal, const char *line, size_t size,
                    bool durable, struct error *warning);
void journal_close(struct journal *journal);

/* Calls `visit` with each event of the journal at `path`, oldest first, until
 * it returns false. Lines that are no events are counted in `skipped` (may be
 * NULL), so is a torn last line. False when the file cannot be read. */
NODISCARD bool journal_read(int dir_fd, const char *path,
                            bool (*visit)(void *context,
                                          const struct event *event),
                            void *context, size_t *skipped, struct error *err);

/* The same over bytes in memory. */
void journal_read_bytes(const char *bytes, size_t size,
                        bool (*visit)(void *context, const struct event *event),
                        void *context, size_t *skipped);

#endif
