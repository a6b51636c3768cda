/*
 * A view is a row of functions. Each is one file, view_NAME.c, that exports
 * one constant; its own data is a member of struct model.
 */
#ifndef STEPDECK_TUI_VIEW_H
#define STEPDECK_TUI_VIEW_H

#include "tui/actions.h"
#include "tui/canvas.h"
#include "tui/keymap.h"
#include "tui/layout.h"

struct model;
struct loaded;
struct logpane;

/* A hint in the last line; the ones that matter most come first. */
struct view_hint {
    enum action action;
    const char *label; /* "search" */
};

enum { VIEW_HINTS = 10 };

struct view {
    const char *title;
    /* Becomes the one that is shown: asks for its data. May be NULL. */
    void (*enter)(struct model *model);
    /* The state on disk has changed while it is shown; NULL: as `enter`. */
    void (*refresh)(struct model *model);
    /* True when the action was for it; else the general meaning holds. */
    bool (*act)(struct model *model, enum action action);
    /* Draws the body. Fits lists to what is shown, hence not const. */
    void (*draw)(struct model *model, const struct layout *layout);
    /* Takes of an answer what it needs; the rest is freed. May be NULL. */
    void (*load)(struct model *model, struct loaded *loaded);
    /* The log pane that is in sight, or NULL. May be NULL. */
    struct logpane *(*log)(struct model *model);
    /* A key before it becomes an action (a wizard types): true when taken. May
     * be NULL; so for pasting. */
    bool (*key)(struct model *model, struct key key);
    void (*paste)(struct model *model, const char *bytes, size_t size);
    /* A click at this place of the screen. May be NULL. */
    void (*click)(struct model *model, int column, int row);
    struct view_hint hints[VIEW_HINTS]; /* ended by ACTION_NONE */
};

extern const struct view view_deploy, view_plan, view_history, view_errors,
    view_checkpoints, view_status, view_help, view_wizard;

#endif
