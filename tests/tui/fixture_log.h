/*
 * A log file in a folder of its own, and what is to be known of it, found out
 * in the plainest way: all bytes in memory, every offset asked one by one.
 *
 *     struct fixture_log *log = fixture_log_new(piece);
 *     fixture_log_append(log, bytes, size);      file and model
 *     fixture_log_babble(log, lines, &chance);   lines of all kinds
 *     fixture_log_free(log);
 *
 * Failures fail the test.
 */
#ifndef STEPDECK_TESTS_TUI_FIXTURE_LOG_H
#define STEPDECK_TESTS_TUI_FIXTURE_LOG_H

#include "base/strbuf.h"
#include "tui/logsource.h"

struct fixture_log_line {
    int64_t begin, end; /* with the newline */
    int64_t number;
    bool is_continued;
};

struct fixture_log {
    char *dir;
    char *path;
    int fd;
    int64_t piece;
    struct strbuf bytes;
    struct fixture_log_line *lines;
    size_t count, capacity;
};

struct fixture_log *fixture_log_new(int64_t piece);
void fixture_log_free(struct fixture_log *log);

void fixture_log_append(struct fixture_log *log, const char *bytes,
                        size_t size);
void fixture_log_puts(struct fixture_log *log, const char *text);
/* Cuts the file to nothing. */
void fixture_log_truncate(struct fixture_log *log);
/* Another file takes its place, empty. */
void fixture_log_replace(struct fixture_log *log);

/* A number below `below`; the same ones for the same `*chance`. */
unsigned fixture_log_random(unsigned *chance, unsigned below);
/* Short and long lines, words with and without colour, odd bytes. The last
 * line may be left open. */
void fixture_log_babble(struct fixture_log *log, size_t lines,
                        unsigned *chance);

/* The index of the line that holds `offset`. */
size_t fixture_log_at(const struct fixture_log *log, int64_t offset);
bool fixture_log_matches(const struct fixture_log *log, size_t line,
                         const struct log_match *match);
/* Whether a filter shows the line. */
bool fixture_log_shows(const struct fixture_log *log, size_t line,
                       const struct log_match *filter, size_t context);

#endif
