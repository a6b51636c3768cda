/*
 * The wizard in a project of its own: keys go in, and what it asks of the
 * loader is done at once, in the test's own thread.
 *
 *     static void wizard_goes_on(void **state)
 *     {
 *         struct fixture_wizard *f = *state;
 *
 *         fixture_wizard_write(f, "Dockerfile", "EXPOSE 3000\n");
 *         fixture_wizard_open(f);
 *         fixture_wizard_keys(f, "acme Enter");
 *         ...
 *     }
 *     ... WIZARD_TEST(wizard_goes_on)
 *
 * The project is the working directory, called "acme-api"; it, the home folder
 * and the target are removed behind the test. The time is SCREEN_TIME. Failures
 * fail the test.
 */
#ifndef STEPDECK_TESTS_TUI_FIXTURE_WIZARD_H
#define STEPDECK_TESTS_TUI_FIXTURE_WIZARD_H

#include "fixture_screen.h"

#include "base/clock.h"
#include "tui/wizard_private.h"

#define WIZARD_TEST(name)                                                      \
    cmocka_unit_test_setup_teardown(name, fixture_wizard_set_up,               \
                                    fixture_wizard_tear_down)

struct fixture_wizard {
    char *dir, *before;
    struct clock clock;
    struct console_request request;
    struct model model;
    bool is_hasty;     /* the clock stands still while the loader works */
    int plans, leaves; /* requests of that kind so far */
    char *copied;      /* by the last REQUEST_COPY, or NULL */
};

int fixture_wizard_set_up(void **state);
int fixture_wizard_tear_down(void **state);

/* Makes the project one in a folder of that name. */
void fixture_wizard_name(struct fixture_wizard *f, const char *name);
/* A file of the project; its folder is created. */
void fixture_wizard_write(struct fixture_wizard *f, const char *name,
                          const char *text);
/* The file as text, to free; NULL when there is none. */
char *fixture_wizard_read(const char *name);
/* Makes "apprunner" a known target. */
void fixture_wizard_target(void);

/* Shows the wizard, and has the project looked at. */
void fixture_wizard_open(struct fixture_wizard *f);
/* Does what was asked for until nothing is. */
void fixture_wizard_serve(struct fixture_wizard *f);
/* screen_keys() and serving, word by word. */
void fixture_wizard_keys(struct fixture_wizard *f, const char *keys);
/* Enter until the question, or the review ("REVIEW"), is there. */
void fixture_wizard_go(struct fixture_wizard *f, const char *key);

/* The key of the question that is asked, "" when none is. */
const char *fixture_wizard_asks(const struct fixture_wizard *f);
const char *fixture_wizard_field(const struct fixture_wizard *f);
/* Whether the text is on the screen, of that size. */
bool fixture_wizard_shows(struct fixture_wizard *f, int columns, int rows,
                          const char *text);
/* The same at 100x40; fails the test. */
void fixture_wizard_expect(struct fixture_wizard *f, const char *text);

#endif
