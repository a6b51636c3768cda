/*
 * What a function prints, and a model to print from.
 *
 *     capture_begin();
 *     summary_print(&model, state, "stepdeck deploy", false);
 *     text = capture_end();        to free
 *
 * Nothing between the two may fail a test: its words would be captured too.
 */
#ifndef STEPDECK_TESTS_CLI_FIXTURE_OUTPUT_H
#define STEPDECK_TESTS_CLI_FIXTURE_OUTPUT_H

#include "cli/printer.h"
#include "core/event.h"
#include "core/runmodel.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

void capture_begin(void);
char *capture_end(void);

/* Plain output: no colours, ASCII icons, times in UTC. */
void plain_output(void);

/* An event from its JSON members: `"step":"step-010-a","message":"m"`; the
 * envelope is added. To event_unref(). */
struct event *make_event(const char *type, const char *members);

/* Applies the event to the model, gives it to the printer (may be NULL), and
 * releases it. */
void tell(struct run_model *model, const struct printer *printer,
          const char *type, const char *members);

void expect_part(const char *text, const char *part);
void expect_no_part(const char *text, const char *part);

#endif
