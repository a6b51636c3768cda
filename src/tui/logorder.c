#include "tui/logorder.h"

#include "base/mem.h"

#include <stdlib.h>

struct logorder *logorder_new(const struct log_question *question)
{
    struct logorder *order = mem_new(1, sizeof(*order));
    struct log_question *copy = &order->question;

    *copy = *question;
    copy->path = order->path = mem_text(question->path);
    copy->query.filter.text = order->filter =
        mem_text(question->query.filter.text);
    copy->search.text = order->search = mem_text(question->search.text);
    copy->find.text = order->find = mem_text(question->find.text);
    return order;
}

void logorder_free(struct logorder *order)
{
    if (!order)
        return;
    free(order->path);
    free(order->filter);
    free(order->search);
    free(order->find);
    free(order);
}

void log_answer_free(struct log_answer *answer)
{
    if (!answer)
        return;
    logwindow_release(&answer->window);
    free(answer);
}

void logorder_merge(struct log_answer *answer, struct log_answer *old)
{
    if (old->serial != answer->serial)
        return;
    answer->was_find = answer->was_find || old->was_find;
    if (!answer->has_window && !error_is_set(&answer->error)) {
        struct log_window none = answer->window;

        answer->has_window = old->has_window;
        answer->window = old->window;
        answer->error = old->error;
        old->window = none;
    }
}
