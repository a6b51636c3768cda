#include "core/status.h"

#include <string.h>

static const struct {
    const char *name;
    const char *icon;
    const char *ascii;
} words[STATUS_COUNT] = {
    [STATUS_PENDING] = { "pending", "○", "[  ]" },
    [STATUS_IN_PROGRESS] = { "in_progress", "▶", "[>>]" },
    [STATUS_COMPLETED] = { "completed", "✔", "[ok]" },
    [STATUS_FAILED] = { "failed", "✖", "[!!]" },
    [STATUS_SKIPPED] = { "skipped", "↷", "[--]" },
    [STATUS_BLOCKED] = { "blocked", "⊘", "[##]" },
    [STATUS_STALE] = { "stale", "⚠", "[~~]" },
    [STATUS_RETRYING] = { "retrying", "↻", "[<>]" },
};

const char *status_name(enum step_status status)
{
    return words[status].name;
}

bool status_parse(const char *word, size_t size, enum step_status *status)
{
    for (int i = 0; i < STATUS_COUNT; i++) {
        if (strlen(words[i].name) == size &&
            memcmp(words[i].name, word, size) == 0) {
            *status = (enum step_status)i;
            return true;
        }
    }
    return false;
}

bool status_is_stored(enum step_status status)
{
    return status <= STATUS_FAILED;
}

const char *status_icon(enum step_status status, bool ascii)
{
    return ascii ? words[status].ascii : words[status].icon;
}

bool status_is_running(enum step_status status)
{
    return status == STATUS_IN_PROGRESS || status == STATUS_RETRYING;
}
