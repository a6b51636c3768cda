#include "tui/actions.h"

#include <string.h>

static const struct action_info rows[ACTION_COUNT] = {
#define ACTION(id, name, keys, group, help)                                    \
    [ACTION_##id] = { name, keys, group, help },
    ACTIONS(ACTION)
#undef ACTION
};

const struct action_info *action_info(enum action action)
{
    return &rows[action];
}

enum action action_find(const char *name)
{
    for (int i = ACTION_NONE + 1; i < ACTION_COUNT; i++) {
        if (strcmp(rows[i].name, name) == 0)
            return (enum action)i;
    }
    return ACTION_NONE;
}

const char *action_group_name(enum action_group group)
{
    static const char *const names[] = {
        [GROUP_MOVE] = "Moving",
        [GROUP_LOG] = "Log",
        [GROUP_RUN] = "Run",
        [GROUP_VIEW] = "Views",
    };

    return names[group];
}
