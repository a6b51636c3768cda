/*
 * What the files of the wizard share.
 *
 * DESIGN. The object that asks (core/setup.h) is either here or with the
 * loader, never in both places: wizard_take_job() hands it over, and until it
 * is back (`is_away`) nothing looks at it and the screen says what is being
 * done. So the wizard goes from stage to stage:
 *
 *   looking -> asking <-> planning -> review -> writing -> result
 *        \-> failed <--------/  (r tries again)
 *
 * While questions are asked the loader asks the cloud what is there, with a
 * setup of its own; wizard_offers_take() puts it in the place of the other.
 *
 * Keys are in view_wizard.c and wizard_ask.c, drawing in wizard_draw.c and
 * wizard_question.c, the pages that scroll in wizard_page.c, what they say in
 * wizard_review.c.
 */
#ifndef STEPDECK_TUI_WIZARD_PRIVATE_H
#define STEPDECK_TUI_WIZARD_PRIVATE_H

#include "tui/model.h"
#include "tui/wizard.h"

enum wizard_stage {
    WIZARD_LOOKING, /* the loader reads the project */
    WIZARD_ASKING,
    WIZARD_PLANNING, /* the loader makes the files */
    WIZARD_REVIEW,
    WIZARD_WRITING, /* the loader writes them */
    WIZARD_RESULT,
    WIZARD_FAILED /* reading or planning */
};

/* ---- pages that scroll ------------------------------------------------ */

enum wizard_line_kind {
    LINE_TEXT,
    LINE_HEADING,
    LINE_BYTES /* as it is, from the left edge: diffs */
};

enum { LINE_NO_ICON = -1 };

struct wizard_line {
    enum wizard_line_kind kind;
    struct style style; /* of the text */
    int icon;           /* an enum step_status, or LINE_NO_ICON */
    char *label;        /* in a column of its own; NULL: none */
    char *text;
    const char *key; /* of the question it answers; NULL: none */
    bool is_stop;    /* Tab goes there */
    int row;         /* where it was drawn last, from the top of the page */
};

struct wizard_page {
    struct wizard_line *lines;
    size_t count, capacity;
    struct list list; /* scrolled */
    bool is_choosing; /* a line with a key is selected */
    size_t chosen;
};

void wizard_page_release(struct wizard_page *page);
/* Adds a line; `text` is copied, `style` counts for texts. The line is valid
 * until the next one is added. */
struct wizard_line *wizard_page_add(struct wizard_page *page,
                                    enum wizard_line_kind kind,
                                    struct style style, const char *text);
/* Adds each line of `bytes`, with the colours of a diff when it is one, else as
 * text. */
void wizard_page_add_bytes(struct wizard_page *page, const char *bytes,
                           bool is_diff);
/* Movements, and Tab; false when the action is none of them. */
bool wizard_page_act(struct wizard_page *page, enum action action);
/* Begins to choose a line with a key; false when there is none. */
bool wizard_page_choose(struct wizard_page *page);
void wizard_page_draw(struct wizard_page *page, struct area area,
                      const struct icons *icons);

/* ---- the wizard ------------------------------------------------------- */

struct wizard_view {
    enum wizard_stage stage;
    bool is_away;    /* the loader has setup, files and result */
    bool looks_anew; /* the next plan is made from the files as they are then */
    bool asks_cloud; /* LOAD_OFFERS is on its way */
    struct setup *setup;
    struct setup_files *files;   /* from the review on */
    struct setup_result *result; /* of the writing */
    bool has_steps, has_own_setup;
    /* Why the answer was refused; why it failed. */
    struct error error;

    /* The question that is asked. */
    struct field field;    /* also what is chosen where nothing is typed */
    bool is_changed;       /* by the user, since it is asked */
    char *filter;          /* what was typed: narrows the suggestions */
    struct list choices;   /* those of wizard_matches() */
    bool has_picked;       /* the field holds the selected one */
    uint64_t passed;       /* a bit a row of setup_questions(): answered */
    int64_t deaf_until_ms; /* the review writes nothing before */
    bool comes_from_page;  /* from the review, to change one answer */

    struct wizard_page page; /* the review; the result */
};

/* ---- view_wizard.c ---- */

/* Gives the loader something to do; WIZARD_LOOKING, _PLANNING or _WRITING. */
void wizard_begin(struct model *model, enum wizard_stage stage);
/* Asks whether the answers are to be given up. */
void wizard_ask_leave(struct model *model);

/* ---- wizard_ask.c ---- */

/* Shows the current question, with its value in the field. */
void wizard_ask_show(struct wizard_view *wizard);
/* The choices are others: those that fit what is in the field. */
void wizard_ask_refresh(struct wizard_view *wizard);
bool wizard_ask_key(struct model *model, struct key key);
void wizard_ask_paste(struct model *model, const char *bytes, size_t size);
/* On to the next question, or the review; back. */
void wizard_ask_next(struct model *model);
void wizard_ask_back(struct model *model);

/* Whether the question is answered by typing. */
bool wizard_is_typed(const struct setup_question *question);
bool wizard_has_passed(const struct wizard_view *wizard,
                       const struct setup_question *question);
/* The answer as it stands, without blanks around it; to free. */
char *wizard_answer(const struct wizard_view *wizard);
/* The choices of the current question that are shown, most of them; gives how
 * many. Borrowed until the setup changes. */
enum { WIZARD_CHOICES = 256 };
size_t wizard_matches(const struct wizard_view *wizard,
                      const struct setup_choice *out[WIZARD_CHOICES]);

/* ---- wizard_offers.c ---- */

/* Asks what is there in the cloud. */
void wizard_offers_ask(struct model *model);
/* The setup that came (*fresh may be NULL) takes the place of the one there
 * is, if that can be; leaves in *fresh the one that is not needed. */
void wizard_offers_take(struct wizard_view *wizard, struct setup **fresh);

/* ---- wizard_review.c ---- */

void wizard_review_build(struct wizard_view *wizard);
void wizard_result_build(struct wizard_view *wizard);
/* The command that does the same without questions; to free. */
char *wizard_command(const struct wizard_view *wizard);
/* Whether there will be steps to run. */
bool wizard_leads_to_steps(const struct wizard_view *wizard);

/* ---- wizard_question.c ---- */

/* Fills the area; the title may stand above it already. */
void wizard_question_draw(const struct model *model, struct area area,
                          bool has_title);

/* ---- wizard_draw.c ---- */

void wizard_draw(struct model *model, const struct layout *layout);

#endif
