/*
 * What the console asks the user, in dialogs: the engine's questions, the
 * consent to a run, whether to leave.
 */
#ifndef STEPDECK_TUI_ASK_H
#define STEPDECK_TUI_ASK_H

#include "tui/model.h"

/* How long a question that comes by itself takes no keys: what was typed then
 * was meant for something else. */
enum { ASK_DEAF_MS = 700 };

/* The engine's prompt: opens its dialog; answered, or closed by Esc, it is
 * still open and can be asked again (ask_again). */
void ask_open(struct model *model, const struct event *event);
void ask_again(struct model *model);
/* The same for a prompt that came while another dialog was open. */
void ask_waiting(struct model *model);
void ask_close(struct model *model);
/* Closes what is asked only while a run is under way. */
void ask_run_ended(struct model *model);
/* The same of a step that was asked about. */
void ask_step_ended(struct model *model, const char *step);
/* Answers the open prompt; false when there is none of a kind that takes this
 * answer. */
bool ask_answer(struct model *model, const char *answer);

/* The plan in view is to be run: asks, or starts when that was approved. */
void ask_consent(struct model *model);
/* Another run holds the lock: watch it, wait for it, or not at all. */
void ask_locked(struct model *model, const struct error *err);
/* Nothing is wanted any more. */
void ask_forget(struct model *model);

/* Shows an error with its hint. */
void ask_error(struct model *model, const char *title, const struct error *err);

/* Leaves, or asks what is to become of the run. */
void ask_leave(struct model *model);
void ask_stop_step(struct model *model, const struct run_step *step);

/* The lines at the bottom. */
void ask_search(struct model *model);
void ask_filter(struct model *model);
void ask_save(struct model *model);

#endif
