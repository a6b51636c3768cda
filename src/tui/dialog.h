/*
 * What lies over a view and takes the keys: a choice between a few answers, or
 * a line to type. One at a time; Esc closes it.
 */
#ifndef STEPDECK_TUI_DIALOG_H
#define STEPDECK_TUI_DIALOG_H

#include "base/strvec.h"
#include "tui/field.h"
#include "tui/icons.h"

struct model;

enum dialog_kind { DIALOG_NONE, DIALOG_CHOICE, DIALOG_INPUT };

enum { DIALOG_CHOICES = 6 };

struct dialog_choice {
    char key;          /* chooses it; 0: only by Enter */
    const char *label; /* "retry the step" */
};

struct dialog {
    enum dialog_kind kind;
    char *title;
    struct strvec text; /* paragraphs above the choices; wrapped when drawn */
    struct dialog_choice choices[DIALOG_CHOICES];
    size_t count, selected;
    struct field field;
    const char *label;     /* before the field: "/" */
    char *error;           /* under the field */
    int64_t deaf_until_ms; /* wall time; takes no keys until then */
    bool is_line;          /* an input in the last line of the screen */
    bool is_docked;        /* below the view, which gets smaller, not over it */

    /* What follows; each may open the next dialog. `choice` counts from 0;
     * closed by Esc it is -1. */
    void (*chosen)(struct model *model, int choice);
    /* An accepted input; false keeps the dialog open (`error` says why). */
    bool (*entered)(struct model *model, const char *text);
    /* The input has changed; may be NULL. NULL text: Esc. */
    void (*changed)(struct model *model, const char *text);
    /* Tab; may be NULL. The new text, to free, or NULL. */
    char *(*complete)(struct model *model, const char *text);
};

void dialog_release(struct dialog *dialog);

/* Opens a dialog in place of another. Texts are copied, labels are not. */
void dialog_choice(struct dialog *dialog, const char *title,
                   const struct dialog_choice *choices, size_t count,
                   void (*chosen)(struct model *model, int choice));
void dialog_say(struct dialog *dialog, const char *paragraph);
void dialog_input(struct dialog *dialog, const char *label,
                  bool (*entered)(struct model *model, const char *text));

/* The key goes to the dialog; everything it does happens inside. */
void dialog_key(struct model *model, struct dialog *dialog, struct key key);
void dialog_paste(struct model *model, struct dialog *dialog, const char *bytes,
                  size_t size);

/* How many rows a docked dialog wants of a screen so wide; 0 for others. */
int dialog_docked_rows(const struct dialog *dialog, struct area screen);
/* Over the middle of the area, or all of it when docked. */
void dialog_draw(const struct dialog *dialog, struct area area,
                 const struct icons *icons);

#endif
