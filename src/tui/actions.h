/*
 * Everything a key can do: the one table from which the key map, the names of
 * the config file, the palette and the help come.
 *
 * ACTION(ID, NAME, KEYS, GROUP, HELP): KEYS are the default keys, separated by
 * spaces (a key of several characters such as "]e" is typed one after the
 * other), "none" for an action that is called by its name; NAME is used in
 * config.ini and in the palette; HELP completes "this key ...".
 */
#ifndef STEPDECK_TUI_ACTIONS_H
#define STEPDECK_TUI_ACTIONS_H

#include <stddef.h>

enum action_group { GROUP_MOVE, GROUP_LOG, GROUP_RUN, GROUP_VIEW };

/* clang-format off */
#define ACTIONS(ACTION)                                                        \
    ACTION(DOWN, "down", "j Down", GROUP_MOVE, "moves one line down")          \
    ACTION(UP, "up", "k Up", GROUP_MOVE, "moves one line up")                  \
    ACTION(TOP, "top", "g Home", GROUP_MOVE, "goes to the top")                \
    ACTION(BOTTOM, "bottom", "G End", GROUP_MOVE,                              \
           "goes to the end (and follows the log)")                            \
    ACTION(HALF_DOWN, "half-page-down", "C-d", GROUP_MOVE,                     \
           "moves half a page down")                                           \
    ACTION(HALF_UP, "half-page-up", "C-u", GROUP_MOVE, "moves half a page up") \
    ACTION(PAGE_DOWN, "page-down", "PgDn Space", GROUP_MOVE,                   \
           "moves a page down")                                                \
    ACTION(PAGE_UP, "page-up", "PgUp b", GROUP_MOVE, "moves a page up")        \
    ACTION(LEFT, "left", "h Left", GROUP_MOVE, "scrolls a long line left")     \
    ACTION(RIGHT, "right", "l Right", GROUP_MOVE,                              \
           "scrolls a long line right")                                        \
    ACTION(NEXT_PANE, "next-pane", "Tab", GROUP_MOVE,                          \
           "goes to the next pane")                                            \
    ACTION(PREVIOUS_PANE, "previous-pane", "S-Tab", GROUP_MOVE,                \
           "goes to the pane before")                                          \
    ACTION(OPEN, "open", "Enter", GROUP_MOVE, "opens what is selected")        \
    ACTION(BACK, "back", "Esc", GROUP_MOVE, "goes one level back")             \
    ACTION(SEARCH, "search", "/", GROUP_LOG, "searches the whole log")         \
    ACTION(NEXT_MATCH, "next-match", "n", GROUP_LOG, "goes to the next match") \
    ACTION(PREVIOUS_MATCH, "previous-match", "N", GROUP_LOG,                   \
           "goes to the match before")                                         \
    ACTION(FILTER, "filter", "&", GROUP_LOG,                                   \
           "shows only the lines with a text (or without it: !text)")          \
    ACTION(MORE_CONTEXT, "more-context", "+", GROUP_LOG,                       \
           "shows more lines around each match of the filter")                 \
    ACTION(LESS_CONTEXT, "less-context", "-", GROUP_LOG,                       \
           "shows fewer lines around each match of the filter")                \
    ACTION(NEXT_ERROR, "next-error", "]e", GROUP_LOG,                          \
           "goes to the next line that looks like an error")                   \
    ACTION(PREVIOUS_ERROR, "previous-error", "[e", GROUP_LOG,                  \
           "goes to the error before")                                         \
    ACTION(FOLLOW, "follow", "f", GROUP_LOG,                                   \
           "follows the end of the log, or stops to")                          \
    ACTION(WRAP, "wrap", "w", GROUP_LOG, "wraps long lines, or cuts them")     \
    ACTION(TIMESTAMPS, "timestamps", "t", GROUP_LOG,                           \
           "shows times: of the day, since the step began, none")              \
    ACTION(ZOOM, "zoom", "z", GROUP_LOG, "gives the log the whole screen")     \
    ACTION(COPY, "copy", "y", GROUP_LOG,                                       \
           "copies what the log pane shows to the clipboard")                  \
    ACTION(PAGER, "pager", "o", GROUP_LOG, "opens the log in $PAGER")          \
    ACTION(EDITOR, "editor", "O", GROUP_LOG, "opens the log in $EDITOR")       \
    ACTION(SAVE, "save", "C-s", GROUP_LOG, "saves the log in a file")          \
    ACTION(STREAM, "stream", "s", GROUP_LOG,                                   \
           "shows plain lines instead of the screen, and back")                \
    ACTION(START, "start", "d", GROUP_RUN, "deploys: shows the plan and asks") \
    ACTION(RETRY, "retry", "r", GROUP_RUN, "runs the selected step again")     \
    ACTION(RESUME, "resume", "R", GROUP_RUN, "goes on with what is not done")  \
    ACTION(SKIP, "skip", "S", GROUP_RUN, "skips the failed step")              \
    ACTION(STOP, "stop", "x", GROUP_RUN, "stops the selected step")            \
    ACTION(PREFLIGHT, "preflight", "none", GROUP_RUN,                              \
           "runs only the checks of step 001")                                 \
    ACTION(ROLLBACK, "rollback", "none", GROUP_RUN,                                \
           "puts the previous image back, and verifies it")                    \
    ACTION(PRUNE, "prune", "none", GROUP_RUN, "removes old images")                \
    ACTION(INTERRUPT, "interrupt", "C-c", GROUP_RUN,                           \
           "stops the run; says first what it will do")                        \
    ACTION(VIEW_DEPLOY, "deploy-view", "1", GROUP_VIEW, "shows the steps")     \
    ACTION(VIEW_PLAN, "plan-view", "2", GROUP_VIEW, "shows the plan")          \
    ACTION(VIEW_HISTORY, "history-view", "3", GROUP_VIEW, "shows past runs")   \
    ACTION(VIEW_ERRORS, "errors-view", "4", GROUP_VIEW,                        \
           "shows errors and warnings")                                        \
    ACTION(VIEW_CHECKPOINTS, "checkpoints-view", "5", GROUP_VIEW,              \
           "shows the checkpoints")                                            \
    ACTION(VIEW_STATUS, "status-view", "6", GROUP_VIEW,                        \
           "shows how the project stands")                                     \
    ACTION(VIEW_HELP, "help", "? 7 F1", GROUP_VIEW, "shows the keys")          \
    ACTION(COMPARE, "compare", "c", GROUP_VIEW,                                \
           "compares the durations of two runs (history)")                     \
    ACTION(PALETTE, "palette", ":", GROUP_VIEW,                                \
           "runs anything by its name; also theme NAME, goto N, setup")        \
    ACTION(GROW, "grow-pane", ">", GROUP_VIEW, "makes the list wider")         \
    ACTION(SHRINK, "shrink-pane", "<", GROUP_VIEW, "makes the list narrower")  \
    ACTION(MOUSE, "mouse", "M", GROUP_VIEW,                                    \
           "takes the mouse, or gives it back to the terminal")                \
    ACTION(PICTURE, "screenshot", "C-p", GROUP_VIEW,                           \
           "writes the screen as an SVG picture into this folder")             \
    ACTION(REDRAW, "redraw", "C-l", GROUP_VIEW, "draws the screen anew")       \
    ACTION(SUSPEND, "suspend", "C-z", GROUP_VIEW,                              \
           "gives the shell the terminal; fg comes back")                      \
    ACTION(QUIT, "quit", "q", GROUP_VIEW, "leaves; asks while steps run")
/* clang-format on */

enum action {
    ACTION_NONE,
#define ACTION(id, name, keys, group, help) ACTION_##id,
    ACTIONS(ACTION)
#undef ACTION
        ACTION_COUNT
};

struct action_info {
    const char *name;
    const char *keys; /* the defaults */
    enum action_group group;
    const char *help;
};

/* The row of an action; not for ACTION_NONE. */
const struct action_info *action_info(enum action action);
/* The action of that name, ACTION_NONE when there is none. */
enum action action_find(const char *name);
const char *action_group_name(enum action_group group);

#endif
