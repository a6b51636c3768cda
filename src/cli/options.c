#include "cli/options.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/suggest.h"
#include "cli/command.h"

#include <ctype.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LONG_BASE = 256 };

static const struct option_row rows[OPTION_COUNT] = {
    { OPTION_HELP, "help", 'h', NULL, OPTIONS_COMMON, NULL, "show this help" },
    { OPTION_DIR, "directory", 'C', "DIR", OPTIONS_COMMON, NULL,
      "work in DIR instead of the current folder" },
    { OPTION_VERBOSE, "verbose", 'v', NULL, OPTIONS_COMMON, NULL, "say more" },
    { OPTION_QUIET, "quiet", 'q', NULL, OPTIONS_COMMON, NULL,
      "leave out what the steps print" },
    { OPTION_COLOR, "color", 0, "WHEN", OPTIONS_COMMON, NULL,
      "auto, always or never" },
    { OPTION_ASCII, "ascii", 0, NULL, OPTIONS_COMMON, NULL,
      "no symbols outside ASCII" },
    { OPTION_NO_TUI, "no-tui", 0, NULL, OPTIONS_COMMON, NULL,
      "plain lines instead of the console" },
    { OPTION_THEME, "theme", 0, "NAME", OPTIONS_COMMON, NULL,
      "colours of the console" },
    { OPTION_ENV, "env", 0, "NAME", OPTIONS_PROJECT, NULL,
      "use environments/NAME.env, with a state of its own" },
    { OPTION_SERVICE_NAME, "service-name", 0, "NAME", OPTIONS_PROJECT,
      "SERVICE_NAME", "App Runner service" },
    { OPTION_REGION, "region", 0, "REGION", OPTIONS_PROJECT, "AWS_REGION",
      "AWS region" },
    { OPTION_ECR_REPO, "ecr-repo", 0, "NAME", OPTIONS_PROJECT, "ECR_REPOSITORY",
      "ECR repository" },
    { OPTION_PROFILE, "profile", 0, "NAME", OPTIONS_PROJECT, "AWS_PROFILE",
      "AWS profile" },
    { OPTION_JSON, "json", 0, NULL, OPTIONS_JSON, NULL,
      "write JSON to stdout and nothing else" },
    { OPTION_EVENTS, "events", 0, "FILE", OPTIONS_RUN, NULL,
      "write the events to FILE as well (NDJSON)" },
    { OPTION_AUTO_APPROVE, "auto-approve", 'y', NULL, OPTIONS_APPROVE, NULL,
      "answer yes to every question" },
    { OPTION_FRESH_START, "fresh-start", 0, NULL, OPTIONS_DEPLOY, NULL,
      "archive the state and run every step" },
    { OPTION_SKIP_PREFLIGHT, "skip-preflight", 0, NULL, OPTIONS_DEPLOY, NULL,
      "do not run the checks of step 001" },
    { OPTION_DRY_RUN, "dry-run", 0, NULL,
      OPTIONS_DEPLOY | OPTIONS_SETUP | OPTIONS_MIGRATE | OPTIONS_DRY_RUN, NULL,
      "show what would be done, and do nothing" },
    { OPTION_JOBS, "jobs", 0, "N", OPTIONS_RUN, NULL,
      "parallel steps at once (default: processors)" },
    { OPTION_LOCK_WAIT, "lock-wait", 0, "TIME", OPTIONS_RUN, NULL,
      "wait for the lock at most TIME" },
    { OPTION_FROM, "from", 0, "STEP", OPTIONS_SELECT, NULL, "begin with STEP" },
    { OPTION_UNTIL, "until", 0, "STEP", OPTIONS_SELECT, NULL, "end with STEP" },
    { OPTION_ONLY, "only", 0, "STEP", OPTIONS_SELECT, NULL,
      "run STEP, completed or not; may be repeated" },
    { OPTION_SKIP, "skip", 0, "STEP", OPTIONS_SELECT, NULL,
      "count STEP as met; may be repeated" },
    { OPTION_FORCE_LATEST, "force-latest", 0, NULL, OPTIONS_DEPLOY,
      "FORCE_LATEST", "build even when the image is there" },
    { OPTION_FORCE_RESTART, "force-restart", 0, NULL, OPTIONS_DEPLOY,
      "FORCE_RESTART", "start a deployment after the update" },
    { OPTION_TAIL, "tail", 0, NULL, OPTIONS_DEPLOY, NULL,
      "follow the service's logs afterwards" },
    { OPTION_CLEANUP_OLD, "cleanup-old", 0, NULL,
      OPTIONS_DEPLOY | OPTIONS_MIGRATE, NULL,
      "archive old deployment scripts" },
    { OPTION_PRUNE_IMAGES, "prune-images", 0, "[N]", OPTIONS_DEPLOY,
      "PRUNE_IMAGES", "remove old images afterwards, keep N" },
    { OPTION_DEPLOY_TIMEOUT, "deploy-timeout", 0, "TIME", OPTIONS_DEPLOY,
      "DEPLOY_TIMEOUT", "longest wait for the cloud" },
    { OPTION_HEALTH_TIMEOUT, "health-timeout", 0, "TIME", OPTIONS_DEPLOY,
      "HEALTH_TIMEOUT", "longest health request" },
    { OPTION_HEALTH_RETRIES, "health-retries", 0, "N", OPTIONS_DEPLOY,
      "HEALTH_RETRIES", "health requests at most" },
    { OPTION_NO_ROLLBACK, "no-rollback", 0, NULL, OPTIONS_DEPLOY, "NO_ROLLBACK",
      "leave a failed deployment as it is" },
    { OPTION_TO, "to", 0, "IMAGE", OPTIONS_ROLLBACK, "ROLLBACK_TO",
      "put this tag or digest back (default: the previous one)" },
    { OPTION_KEEP, "keep", 0, "N", OPTIONS_PRUNE, "PRUNE_IMAGES",
      "keep the N newest images (default: IMAGE_RETENTION)" },
    { OPTION_FAIL, "fail", 0, "WHAT", OPTIONS_REHEARSE, NULL,
      "a failure: health, timeout, rollback, update, preflight, throttle" },
    { OPTION_UNDO, "undo", 0, "[DATE]", OPTIONS_MIGRATE, NULL,
      "put archived scripts back (default: the newest archive)" },
    { OPTION_WATCH, "watch", 0, NULL, OPTIONS_WATCH, NULL,
      "show it again whenever it changes" },
    { OPTION_FOLLOW, "follow", 'f', NULL, OPTIONS_FOLLOW, NULL,
      "go on with what is added" },
    { OPTION_FORMAT, "format", 0, "FORMAT", OPTIONS_REPORT, NULL,
      "junit, json, html or md" },
    { OPTION_WIZARD, "wizard", 0, NULL, OPTIONS_SETUP, NULL,
      "use the built-in questions, not the project's step 000" },
    { OPTION_ANSWERS, "answers", 0, "FILE", OPTIONS_SETUP, NULL,
      "take the answers from FILE (KEY=VALUE lines), ask nothing" },
    { OPTION_VERSION, "version", 0, NULL, OPTIONS_COMMON, NULL,
      "show the version" },
};

const struct option_row *option_table(void)
{
    return rows;
}

/* ---- checks ----------------------------------------------------------- */

static bool check_count(const char *text, struct error *err)
{
    char *end;
    long number = strtol(text, &end, 10);

    if (isdigit((unsigned char)text[0]) && !*end && number > 0 &&
        number <= 100000)
        return true;
    error_set(err, ERROR_INPUT, "'%s' is not a number from 1 to 100000", text);
    return error_hint(err, "write a whole number");
}

static bool check_choice(const char *text, const char *choices,
                         struct error *err)
{
    struct strvec words = { 0 };
    bool ok;

    strvec_split(&words, choices, " ");
    ok = strvec_has(&words, text);
    strvec_release(&words);
    if (ok)
        return true;
    error_set(err, ERROR_INPUT, "'%s' is none of: %s", text, choices);
    return error_hint(err, "choose one of: %s", choices);
}

static bool check_value(const struct option_row *row, const char *value,
                        struct error *err)
{
    int64_t ignored;
    bool ok = true;

    switch (row->id) {
    case OPTION_LOCK_WAIT:
    case OPTION_DEPLOY_TIMEOUT:
    case OPTION_HEALTH_TIMEOUT:
        ok = clock_parse_duration(value, &ignored, err);
        break;
    case OPTION_JOBS:
    case OPTION_HEALTH_RETRIES:
    case OPTION_KEEP:
        ok = check_count(value, err);
        break;
    case OPTION_PRUNE_IMAGES:
        ok = !*value || check_count(value, err);
        break;
    case OPTION_COLOR:
        ok = check_choice(value, "auto always never", err);
        break;
    case OPTION_FORMAT:
        ok = check_choice(value, "junit json html md", err);
        break;
    default:
        if (row->argument && row->argument[0] != '[' && !*value) {
            error_set(err, ERROR_INPUT, "the value is empty");
            ok = error_hint(err, "give it one: --%s %s", row->name,
                            row->argument);
        }
        break;
    }
    return ok || error_wrap(err, "option '--%s'", row->name);
}

/* ---- parsing ---------------------------------------------------------- */

/* The tables of getopt_long(3): + the short string. */
static char *build_getopt(struct option *longs)
{
    char *shorts = mem_new((size_t)3 * OPTION_COUNT + 2, 1);
    char *next = shorts;

    /* Errors are ours to tell; '-' gives the command and arguments in turn. */
    *next++ = '-';
    *next++ = ':';
    for (int i = 0; i < OPTION_COUNT; i++) {
        const char *argument = rows[i].argument;

        longs[i] = (struct option){ .name = rows[i].name,
                                    .has_arg = !argument ? no_argument
                                               : argument[0] == '['
                                                   ? optional_argument
                                                   : required_argument,
                                    .val = LONG_BASE + i };
        if (rows[i].letter) {
            *next++ = rows[i].letter;
            if (argument)
                *next++ = ':';
        }
    }
    return shorts;
}

static int find_letter(int letter)
{
    for (int i = 0; i < OPTION_COUNT; i++) {
        if (rows[i].letter && rows[i].letter == letter)
            return i;
    }
    return -1;
}

static bool refuse_unknown(const char *word, struct error *err)
{
    const char *names[OPTION_COUNT];
    char *name = mem_text(word + strspn(word, "-"));
    const char *nearest;

    name[strcspn(name, "=")] = '\0';
    for (int i = 0; i < OPTION_COUNT; i++)
        names[i] = rows[i].name;
    error_set(err, ERROR_INPUT, "unknown option '%s'", word);
    nearest = strncmp(word, "--", 2) == 0
                  ? suggest_nearest(name, names, OPTION_COUNT)
                  : NULL;
    free(name);
    if (nearest)
        return error_hint(err, "did you mean '--%s'?", nearest);
    return error_hint(err, "'stepdeck help' lists the options");
}

static bool take_option(struct options *options, int id, const char *value,
                        struct error *err)
{
    const struct option_row *row = &rows[id];

    if (!value)
        value = "";
    if (!check_value(row, value, err))
        return false;
    options->given[id] = true;
    options->values[id] = value;
    if (id == OPTION_VERBOSE)
        options->verbose++;
    else if (id == OPTION_ONLY)
        strvec_split(&options->only, value, ",");
    else if (id == OPTION_SKIP)
        strvec_split(&options->skip, value, ",");
    if (row->key && (*value || !row->argument || row->argument[0] == '['))
        strvec_addf(&options->overrides, "%s=%s", row->key,
                    *value ? value : "yes");
    return true;
}

static bool refuse_shape(const char *word, const char *what, struct error *err)
{
    error_set(err, ERROR_INPUT, "option '%s' %s", word, what);
    return error_hint(err, "--help of the command shows how it is written");
}

static bool parse_words(struct options *options, int argc, char **argv,
                        struct error *err)
{
    struct option longs[OPTION_COUNT + 1] = { 0 };
    char *shorts = build_getopt(longs);
    bool ok = true;

    opterr = 0;
    optind = 1;
    while (ok) {
        int at = optind;
        int choice = getopt_long(argc, argv, shorts, longs, NULL);

        if (choice == -1)
            break;
        if (choice == 1)
            strvec_add(&options->arguments, optarg);
        else if (choice == ':')
            ok = refuse_shape(argv[at], "needs a value", err);
        else if (choice == '?' && at < argc &&
                 strncmp(argv[at], "--", 2) == 0 && optopt >= LONG_BASE)
            ok = refuse_shape(argv[at], "takes no value", err);
        else if (choice == '?')
            ok = refuse_unknown(at < argc ? argv[at] : "", err);
        else if (choice >= LONG_BASE)
            ok = take_option(options, choice - LONG_BASE, optarg, err);
        else
            ok = take_option(options, find_letter(choice), optarg, err);
    }
    for (int i = optind; ok && i < argc; i++)
        strvec_add(&options->arguments, argv[i]);
    free(shorts);
    return ok;
}

static bool refuse_command(const char *name, struct error *err)
{
    const struct command *const *table = command_table();
    const char *names[64];
    const char *nearest;
    size_t count = 0;

    for (; table[count]; count++)
        names[count] = table[count]->name;
    nearest = suggest_nearest(name, names, count);
    error_set(err, ERROR_INPUT, "unknown command '%s'", name);
    if (nearest)
        return error_hint(err, "did you mean 'stepdeck %s'?", nearest);
    return error_hint(err, "'stepdeck help' lists the commands");
}

static bool choose_command(struct options *options, struct error *err)
{
    struct strvec *arguments = &options->arguments;
    char *name;

    if (!arguments->count) {
        bool any = false;

        for (int i = 0; i < OPTION_COUNT; i++)
            any = any ||
                  (options->given[i] && !(rows[i].groups & OPTIONS_COMMON));
        options->command = any ? command_find("deploy") : NULL;
        return true;
    }
    name = arguments->items[0];
    options->command = command_find(name);
    if (!options->command)
        return refuse_command(name, err);
    free(name);
    memmove(arguments->items, arguments->items + 1,
            arguments->count * sizeof(*arguments->items));
    arguments->count--;
    return true;
}

static bool check_fit(const struct options *options, struct error *err)
{
    const struct command *command = options->command;

    if (!command)
        return true;
    for (int i = 0; i < OPTION_COUNT; i++) {
        if (!options->given[i] ||
            (rows[i].groups & (command->groups | OPTIONS_COMMON)))
            continue;
        error_set(err, ERROR_INPUT, "option '--%s' does not go with '%s'",
                  rows[i].name, command->name);
        return error_hint(err, "see 'stepdeck %s --help'", command->name);
    }
    if (options->given[OPTION_HELP] || options->given[OPTION_VERSION])
        return true;
    if (options->arguments.count < command->least ||
        options->arguments.count > command->most) {
        error_set(err, ERROR_INPUT, "'%s' takes %s", command->name,
                  *command->arguments ? command->arguments : "no arguments");
        return error_hint(err, "see 'stepdeck %s --help'", command->name);
    }
    return true;
}

bool options_parse(struct options *options, int argc, char **argv,
                   struct error *err)
{
    return parse_words(options, argc, argv, err) &&
           choose_command(options, err) && check_fit(options, err);
}

void options_release(struct options *options)
{
    strvec_release(&options->only);
    strvec_release(&options->skip);
    strvec_release(&options->overrides);
    strvec_release(&options->arguments);
    *options = (struct options){ 0 };
}

int64_t options_duration(const struct options *options, enum option_id id,
                         int64_t missing)
{
    int64_t duration = missing;

    if (options->given[id])
        (void)!clock_parse_duration(options->values[id], &duration, NULL);
    return duration;
}

int64_t options_number(const struct options *options, enum option_id id,
                       int64_t missing)
{
    return options->given[id] && *options->values[id]
               ? strtoll(options->values[id], NULL, 10)
               : missing;
}
