/* How often an operation is asked for, and how far it may be. */
#include "aws/apprunner/await.h"

int64_t await_interval(int64_t elapsed_ms, int64_t usual_ms, int chance)
{
    int64_t interval = 2000;

    if (elapsed_ms <= 0)
        interval = 1000;
    else if (usual_ms <= 0)
        interval = elapsed_ms < 600000 ? 2000 : 3000;
    else if (elapsed_ms + 5000 < usual_ms * 6 / 10)
        interval = 5000;
    else if (elapsed_ms < usual_ms * 3 / 2)
        interval = 1000;
    else if (elapsed_ms > usual_ms * 4)
        interval = 3000;
    return interval + interval * chance / 10000;
}

int await_percent(int64_t elapsed_ms, int64_t usual_ms)
{
    int64_t percent;

    if (usual_ms <= 0)
        return -1;
    percent = elapsed_ms < 0 ? 0 : elapsed_ms * 100 / usual_ms;
    return percent > 95 ? 95 : (int)percent;
}
