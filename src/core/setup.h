/*
 * Setting a project up: the questions, what is known already, and the files
 * that the answers become. Knows no screen; the console, plain lines and
 * `setup --answers` are fronts of the same.
 *
 *     struct setup_request request = { .dir = "." };
 *     struct setup *setup = setup_new(&request, &err);
 *     const struct setup_question *question;
 *     while ((question = setup_current(setup))) {
 *         show(setup_number(setup), setup_count(setup), question->title,
 *              setup_value(setup, question->key),
 *              setup_origin(setup, question->key));
 *         if (going_back)
 *             setup_back(setup);
 *         else if (!setup_next(setup, typed, &err))
 *             show the error, ask again
 *     }
 *     struct setup_files files = { 0 };
 *     if (setup_plan(setup, &files, &err))      the review
 *         for each file: show files.items[i].diff
 *     struct setup_result result = { 0 };
 *     if (!setup_write(&files, &result, &err)) ...
 *
 * The value of a question is its answer, else the best default: what the
 * project's files say, what was detected, what follows from other answers, a
 * fixed one. Defaults follow the answers (the port that the chosen Dockerfile
 * exposes, the region of the chosen profile), and so does which questions are
 * asked; an answer is kept although its question is not asked any more.
 *
 * setup_new(), setup_plan() and setup_write() touch the disk; the rest is
 * memory only. An object belongs to one thread at a time.
 */
#ifndef STEPDECK_CORE_SETUP_H
#define STEPDECK_CORE_SETUP_H

#include "base/error.h"
#include "base/strvec.h"

#include <stddef.h>
#include <sys/types.h>

struct cancel;
struct clock;
struct setup;

/* ---- questions -------------------------------------------------------- */

enum setup_kind {
    SETUP_TEXT,   /* one line; the choices are suggestions */
    SETUP_NUMBER, /* the same, digits only */
    SETUP_CHOICE, /* one of the choices */
    SETUP_YES_NO  /* "yes" or "no"; both are choices */
};

/* Which file a value belongs into (see setup_plan). */
enum setup_home {
    SETUP_MACHINE,     /* .env */
    SETUP_SHARED,      /* deployment-config.env */
    SETUP_ENVIRONMENT, /* environments/NAME.env, without one shared */
    SETUP_NOWHERE      /* about the setup itself */
};

/* One row of the table, constant. */
struct setup_question {
    const char *key;   /* of the configuration, or SETUP_FILES, ... */
    const char *title; /* "AWS region" */
    const char *help;  /* a sentence or two */
    enum setup_kind kind;
    enum setup_home home;
    const char *option;  /* of the command line, "--region"; NULL: none */
    const char *missing; /* the last default; NULL: none, "": may stay empty */
    bool (*is_asked)(const struct setup *setup); /* NULL: always */
    /* NULL: any line of text will do */
    bool (*check)(const struct setup *setup, const char *value,
                  struct error *err);
    /* What is doubtful about a valid value, a sentence; NULL: nothing. */
    const char *(*doubt)(const struct setup *setup, const char *value);
    /* The default that follows from other answers, to free, or NULL; and the
     * words for where it comes from. */
    char *(*derive)(const struct setup *setup);
    const char *derived_from;
};

/* All questions, asked or not, in their order; ended by a NULL key. */
const struct setup_question *setup_questions(void);

/* ---- what is known already -------------------------------------------- */

/* The weight of an offer. Defaults are taken from the first two. */
enum setup_rank {
    SETUP_CONFIGURED, /* the project's files say so already */
    SETUP_DETECTED,
    SETUP_POSSIBLE /* a choice and no default */
};

struct setup_offer {
    const char *key;
    const char *value;
    const char *origin; /* "from the git remote" */
    enum setup_rank rank;
    /* Counts only while the question `when_key` has the value `when_value`;
     * NULL: always. */
    const char *when_key, *when_value;
};

/* Adds what is offered (copied), unless the value is no valid answer. An
 * earlier offer of the same rank goes first. */
void setup_offer(struct setup *setup, const struct setup_offer *offer);

/* ---- life and answers ------------------------------------------------- */

struct setup_request {
    const char *dir;           /* of the project */
    const struct clock *clock; /* for DEPLOYMENT_TIMESTAMP; NULL: the real */
    /* Asks the targets what is there in their clouds (target_ops.offer): a few
     * seconds at most, until `cancel` (may be NULL) is raised. */
    bool asks_clouds;
    struct cancel *cancel;
};

/* Reads the project and looks for defaults; to setup_free(). NULL with
 * ERROR_INPUT when a file of the configuration cannot be read as one, naming
 * file, line and column: what is not understood must not be rewritten. */
NODISCARD struct setup *setup_new(const struct setup_request *request,
                                  struct error *err);
void setup_free(struct setup *setup);

/* The folder of the project, as it was given. */
const char *setup_dir(const struct setup *setup);

/* The value of a question, "" when it has none; borrowed until the next
 * change. */
const char *setup_value(const struct setup *setup, const char *key);
/* Where a default comes from ("from the git remote"), NULL for an answer. */
const char *setup_origin(const struct setup *setup, const char *key);
bool setup_is_answered(const struct setup *setup, const char *key);
bool setup_is_asked(const struct setup *setup, const char *key);

struct setup_choice {
    char *value;
    char *origin; /* a word about it, "" for none */
};

/* What may be chosen, the value that is there first where it is one of them.
 * Borrowed until the next change. */
const struct setup_choice *setup_choices(const struct setup *setup,
                                         const char *key, size_t *count);

/* Whether `value` would do as an answer: ERROR_INPUT says why not. */
NODISCARD bool setup_check(const struct setup *setup, const char *key,
                           const char *value, struct error *err);
/* What is doubtful about a valid value, NULL for nothing; borrowed. */
const char *setup_doubt(const struct setup *setup, const char *key,
                        const char *value);

/* Answers any key of the configuration, a question or not. Values are one
 * line of text; blanks around them are cut off. ERROR_INPUT, and no change,
 * for an unknown key (with the nearest) or a value that will not do. */
NODISCARD bool setup_answer(struct setup *setup, const char *key,
                            const char *value, struct error *err);

/* Answers from KEY=VALUE lines (core/envfile.h) of the file called `name`:
 * all or, with ERROR_INPUT naming file, line and key, none.
 * DEPLOYMENT_TIMESTAMP, which is ours, is skipped. */
NODISCARD bool setup_answer_file(struct setup *setup, const char *name,
                                 const char *bytes, size_t size,
                                 struct error *err);

/* ---- one question at a time ------------------------------------------- */

/* How many questions are asked, given the answers so far. */
size_t setup_count(const struct setup *setup);
/* The place of the current one, from 1; count + 1 on the review. */
size_t setup_number(const struct setup *setup);
/* The question that is asked now; NULL on the review. */
const struct setup_question *setup_current(const struct setup *setup);
/* Answers the current question and goes to the next; NULL takes the value that
 * is there. On failure, as setup_answer(), it stays. */
NODISCARD bool setup_next(struct setup *setup, const char *value,
                          struct error *err);
/* Goes to the question before; false on the first. */
bool setup_back(struct setup *setup);
/* Goes to an asked question, to change it from the review; NULL: the review.
 * False when it is not asked. */
bool setup_go(struct setup *setup, const char *key);

/* ---- the files -------------------------------------------------------- */

struct setup_file {
    char *name; /* relative to the project: "environments/prod.env" */
    bool is_new;
    bool is_changed;
    char *old; /* "" when new; may hold secrets, as does `text` */
    char *text;
    char *diff; /* unified, the values of secrets masked; "" unchanged */
    size_t added, removed; /* lines of the diff */
    mode_t mode;
};

enum { SETUP_MOST_FILES = 4 };

struct setup_files {
    char *dir;
    struct setup_file items[SETUP_MOST_FILES];
    size_t count;
};

/* What the files become; writes nothing. Only our keys change, every other
 * byte of a file stays. A value goes to its home and to files that would
 * otherwise hide it there; an empty one is removed. DEPLOYMENT_TIMESTAMP is
 * renewed in a file in which another line changes. ERROR_INPUT names a
 * question without a valid value, or a file that is a symbolic link or that
 * cannot be understood. `files` is released on failure. */
NODISCARD bool setup_plan(const struct setup *setup, struct setup_files *files,
                          struct error *err);
void setup_files_release(struct setup_files *files);
bool setup_files_are_changed(const struct setup_files *files);

/* What setup_write() did, by names relative to the project. */
struct setup_result {
    struct strvec written;
    struct strvec kept;    /* the old files: ".env.bak" */
    struct strvec missing; /* not written because of the error */
};

/* Writes the files that change, each in one step, and keeps the old ones as
 * FILE.bak, or FILE.bak.1 ... where that is something else. ERROR_INPUT when
 * a file has changed since setup_plan(). On failure `result` says how far it
 * came, and the hint as well. */
NODISCARD bool setup_write(const struct setup_files *files,
                           struct setup_result *result, struct error *err);
void setup_result_release(struct setup_result *result);

/* ---- the same without questions --------------------------------------- */

/* The command that gives the same answers without questions, its words quoted
 * for a shell; one line, to free. Where an answer has no option it is
 * "stepdeck setup --answers FILE", with setup_answers_text() in FILE. */
char *setup_command(const struct setup *setup, const char *answers_file);

/* The answers to the questions that are asked as KEY=VALUE lines; to free. */
char *setup_answers_text(const struct setup *setup);

#endif
