#include "core/retry.h"

int retry_most_attempts(const struct header *header, int exit_status,
                        const struct diagnosis *diagnosis)
{
    int most = header->attempts > 0 ? header->attempts : 1;

    if (diagnosis && diagnosis->action == DIAGNOSIS_FAIL)
        return 1;
    if (exit_status == RETRY_TEMPORARY_STATUS && header->attempts <= 0)
        most = RETRY_TEMPORARY_ATTEMPTS;
    if (diagnosis && diagnosis->action == DIAGNOSIS_RETRY &&
        most < RETRY_DIAGNOSED_ATTEMPTS)
        most = RETRY_DIAGNOSED_ATTEMPTS;
    return most;
}

int64_t retry_delay(const struct header *header, int attempt, int chance)
{
    int64_t delay =
        header->delay_ms >= 0 ? header->delay_ms : RETRY_DEFAULT_DELAY_MS;

    for (int i = 1; i < attempt && delay < RETRY_LONGEST_DELAY_MS; i++)
        delay *= 2;
    if (delay > RETRY_LONGEST_DELAY_MS)
        delay = RETRY_LONGEST_DELAY_MS;
    delay = delay * 3 / 4 + delay * chance / 2000;
    return delay > RETRY_LONGEST_DELAY_MS ? RETRY_LONGEST_DELAY_MS : delay;
}
