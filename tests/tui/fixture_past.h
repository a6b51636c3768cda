/*
 * A past to look at: six runs, the newest first, one of them failed, one done,
 * one cut off, one lost; names and environments in several scripts.
 */
#ifndef STEPDECK_TESTS_TUI_FIXTURE_PAST_H
#define STEPDECK_TESTS_TUI_FIXTURE_PAST_H

#include "fixture_screen.h"

#define FAILED_ID "20261121T160000Z-7f3c"
#define DONE_ID "20261121T140000Z-a1b2"
#define TORN_ID "20261120T120000Z-c0de"
#define LOST_ID "20261119T120000Z-dead"

enum { HOUR_MS = 60 * 60 * 1000 };

/* Lines of journals. */
#define EVENT(run, time, type)                                                 \
    "{\"v\":1,\"time\":\"2026-11-21T" time "Z\",\"run\":\"" run                \
    "\",\"type\":\"" type "\""
#define PLAN                                                                   \
    ",\"command\":\"deploy\",\"environment\":\"prod\",\"plan\":["              \
    "{\"step\":\"step-001-preflight\",\"number\":1,\"action\":\"run\"},"       \
    "{\"step\":\"step-010-network\",\"number\":10,\"action\":\"skip\","        \
    "\"status\":\"completed\"},"                                               \
    "{\"step\":\"step-020-\u30a4\u30e1\u30fc\u30b8\u4f5c\u6210\","             \
    "\"number\":20,\"action\":\"run\"},"                                       \
    "{\"step\":\"step-030-push\",\"number\":30,\"action\":\"run\"},"           \
    "{\"step\":\"step-040-cafe\u0301-\U0001F469\u200d\U0001F680\","            \
    "\"number\":40,\"action\":\"run\"}]}\n"
#define DONE(run, time, step, ms, attempt)                                     \
    EVENT(run, time, "step.end")                                               \
    ",\"step\":\"" step "\",\"status\":\"completed\",\"duration_ms\":" ms      \
    ",\"attempt\":" attempt "}\n"
#define BEGUN(run, time, step)                                                 \
    EVENT(run, time, "step.start") ",\"step\":\"" step "\"}\n"
#define IMAGE "step-020-\u30a4\u30e1\u30fc\u30b8\u4f5c\u6210"

extern const char past_failed[], past_done[];

/* What the loader brings; owned by the caller. */
struct loaded *past_history(void);
struct loaded *past_report(const char *id, enum report_result result,
                           const char *journal);

/* The console with the history open, and the failed run selected. */
void past_open(struct model *model, const struct console_request *request);

#endif
