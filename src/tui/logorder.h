/*
 * What the two slots of logthread.h hold: a question with texts of its own,
 * and answers that take over what an older one said.
 */
#ifndef STEPDECK_TUI_LOGORDER_H
#define STEPDECK_TUI_LOGORDER_H

#include "tui/logthread.h"

/* The texts of `question` are the order's. */
struct logorder {
    struct log_question question;
    char *path, *filter, *search, *find;
};

struct logorder *logorder_new(const struct log_question *question);
void logorder_free(struct logorder *order);

/* What `old`, which nobody has taken, says to the same question, `answer` says
 * as well. The caller frees `old` then. */
void logorder_merge(struct log_answer *answer, struct log_answer *old);

#endif
