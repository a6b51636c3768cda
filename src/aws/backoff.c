#include "aws/backoff.h"

#include <stdlib.h>

enum {
    BASE_MS = 50,
    BASE_THROTTLED_MS = 1000,
    ASKED_MORE_MS = 5000 /* the most that a server gets on top */
};

int64_t backoff_delay(int attempt, bool is_throttled, int64_t asked_ms,
                      int chance)
{
    int64_t delay = is_throttled ? BASE_THROTTLED_MS : BASE_MS;

    for (int i = 1; i < attempt && delay < BACKOFF_LONGEST_MS; i++)
        delay *= 2;
    if (delay > BACKOFF_LONGEST_MS)
        delay = BACKOFF_LONGEST_MS;
    delay = delay * chance / BACKOFF_CHANCES;
    if (asked_ms > delay + ASKED_MORE_MS)
        return delay + ASKED_MORE_MS;
    return asked_ms > delay ? asked_ms : delay;
}

void backoff_begin(struct backoff *backoff)
{
    backoff->last_cost = 0;
}

void backoff_succeed(struct backoff *backoff)
{
    backoff->spent -= backoff->last_cost ? backoff->last_cost : 1;
    if (backoff->spent < 0)
        backoff->spent = 0;
}

bool backoff_pay(struct backoff *backoff, bool is_throttled)
{
    int cost = is_throttled ? BACKOFF_COST_THROTTLED : BACKOFF_COST;

    if (backoff->spent + cost > BACKOFF_TOKENS)
        return false;
    backoff->spent += cost;
    backoff->last_cost = cost;
    return true;
}

int backoff_attempts(const char *text)
{
    char *end;
    long number = text ? strtol(text, &end, 10) : 0;

    if (!text || end == text || *end || number < 1)
        return BACKOFF_ATTEMPTS;
    return number > BACKOFF_ATTEMPTS_LIMIT ? BACKOFF_ATTEMPTS_LIMIT
                                           : (int)number;
}
