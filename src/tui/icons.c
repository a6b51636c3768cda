/*
 * Emoji are chosen that are wide on their own: one that needs U+FE0F to be an
 * emoji takes one column in some terminals and two in others. The exception is
 * the warning sign, which has no other form.
 */
#include "tui/icons.h"

#include <string.h>

#define LINES                                                                  \
    .horizontal = "─", .vertical = "│", .top_left = "┌", .top_right = "┐",     \
    .bottom_left = "└", .bottom_right = "┘"
#define BAR                                                                    \
    .bar_full = "█", .bar_empty = "░", .bar_parts = 7,                         \
    .bar_part = { "▏", "▎", "▍", "▌", "▋", "▊", "▉" }
#define SIGNS                                                                  \
    .ellipsis = "…", .cut_left = "‹", .cut_right = "›", .continued = "↪",      \
    .more_above = "▲", .more_below = "▼", .pointer = "▸", .marker = "▸",       \
    .crumb = "▸", .separator = "·", .checked = "✔", .unchecked = "·"

static const struct icons text_icons = {
    .status = {
        [STATUS_PENDING] = "○",
        [STATUS_IN_PROGRESS] = "▶",
        [STATUS_COMPLETED] = "✔",
        [STATUS_FAILED] = "✖",
        [STATUS_SKIPPED] = "↷",
        [STATUS_BLOCKED] = "⊘",
        [STATUS_STALE] = "⚠",
        [STATUS_RETRYING] = "↻",
    },
    .status_columns = 1,
    .warning = "⚠",
    LINES,
    BAR,
    SIGNS,
};

static const struct icons emoji_icons = {
    .status = {
        [STATUS_PENDING] = "⭕",
        [STATUS_IN_PROGRESS] = "🔄",
        [STATUS_COMPLETED] = "✅",
        [STATUS_FAILED] = "❌",
        [STATUS_SKIPPED] = "⏩",
        [STATUS_BLOCKED] = "⛔",
        [STATUS_STALE] = "⚠️",
        [STATUS_RETRYING] = "🔁",
    },
    .status_columns = 2,
    .warning = "⚠️",
    LINES,
    BAR,
    SIGNS,
};

/* The statuses are those of status_icon() without their brackets. */
static const struct icons ascii_icons = {
    .status = {
        [STATUS_PENDING] = "..",
        [STATUS_IN_PROGRESS] = ">>",
        [STATUS_COMPLETED] = "ok",
        [STATUS_FAILED] = "!!",
        [STATUS_SKIPPED] = "--",
        [STATUS_BLOCKED] = "##",
        [STATUS_STALE] = "~~",
        [STATUS_RETRYING] = "<>",
    },
    .status_columns = 2,
    .warning = "~~",
    .horizontal = "-",
    .vertical = "|",
    .top_left = "+",
    .top_right = "+",
    .bottom_left = "+",
    .bottom_right = "+",
    .bar_full = "#",
    .bar_empty = ".",
    .bar_parts = 0,
    .ellipsis = "~",
    .cut_left = "<",
    .cut_right = ">",
    .continued = "\\",
    .more_above = "^",
    .more_below = "v",
    .pointer = ">",
    .marker = ">",
    .crumb = ">",
    .separator = "|",
    .checked = "x",
    .unchecked = ".",
};

static const struct {
    const char *name;
    const struct icons *icons;
} sets[ICON_SET_COUNT] = {
    [ICONS_TEXT] = { "text", &text_icons },
    [ICONS_EMOJI] = { "emoji", &emoji_icons },
    [ICONS_ASCII] = { "ascii", &ascii_icons },
};

const struct icons *icons_of(enum icon_set set)
{
    return sets[set].icons;
}

const char *icons_name(enum icon_set set)
{
    return sets[set].name;
}

bool icons_parse(const char *name, enum icon_set *set)
{
    for (int i = 0; i < ICON_SET_COUNT; i++) {
        if (strcmp(name, sets[i].name) == 0) {
            *set = (enum icon_set)i;
            return true;
        }
    }
    return false;
}
