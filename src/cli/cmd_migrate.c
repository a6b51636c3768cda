/*
 * From earlier deployment scripts to stepdeck: shows what they tell, writes
 * the configuration after a review, and archives them when asked to.
 */
#include "base/clock.h"
#include "base/jsonx.h"
#include "base/mem.h"
#include "base/redact.h"
#include "cli/ask.h"
#include "cli/command.h"
#include "cli/migrate_view.h"
#include "cli/output.h"
#include "core/outcome.h"

#include <stdlib.h>
#include <string.h>

enum { LONGEST_LINE = 4096 };

/* One call of the command. */
struct migration {
    const struct options *options;
    bool is_json, is_dry, asks, approved;
    struct migrate migrate;
    struct setup *setup;
    struct migrate_plan plan;
    struct redact *redact; /* of the secrets in the scripts */
    struct setup_result result;
    struct migrate_moved moved;
};

static const char *const needed[] = { "AWS_REGION", "SERVICE_NAME",
                                      "ECR_REPOSITORY" };

enum { NEEDED_COUNT = sizeof(needed) / sizeof(needed[0]) };

/* ---- values ----------------------------------------------------------- */

static void learn_secrets(struct migration *migration)
{
    const struct migrate_reading *found = &migration->migrate.found;

    migration->redact = redact_new();
    for (size_t i = 0; i < found->count; i++) {
        if (found->findings[i].kind == MIGRATE_SECRET &&
            found->findings[i].value)
            (void)redact_add(migration->redact, found->findings[i].value);
    }
    redact_seal(migration->redact);
    output_set_redact(migration->redact);
}

static bool answer_from_options(struct migration *migration, struct error *err)
{
    for (int i = 0; i < OPTION_COUNT; i++) {
        const struct option_row *row = &option_table()[i];
        const char *key = row->id == OPTION_ENV ? "ENVIRONMENT" : row->key;

        if (!migration->options->given[i] || !key)
            continue;
        if (!setup_answer(migration->setup, key, migration->options->values[i],
                          err))
            return error_wrap(err, "option '--%s'", row->name);
    }
    return true;
}

static const char *option_of(const char *key)
{
    for (const struct setup_question *row = setup_questions(); row->key;
         row++) {
        if (strcmp(row->key, key) == 0)
            return row->option;
    }
    return "";
}

/* Whether a value that decides what is deployed would only be a default. */
static bool is_untold(const struct migration *migration, const char *key)
{
    if (!setup_is_asked(migration->setup, key) ||
        migrate_is_told(&migration->migrate, migration->setup, key))
        return false;
    return strcmp(key, "AWS_REGION") != 0 ||
           !*setup_value(migration->setup, key);
}

/* Asks until the answer will do; false at the end of the input. */
static bool ask_value(struct migration *migration, const char *key,
                      struct error *err)
{
    char line[LONGEST_LINE];

    for (;;) {
        struct error wrong = { 0 };
        const char *value = setup_value(migration->setup, key);
        char *safe = output_safe(value);
        char *shown = mem_format("[%s]:", safe);
        char *question = mem_format("%s (no script tells it)", key);

        output_flush();
        ask_show(question, shown);
        free(question);
        free(shown);
        free(safe);
        if (!ask_line(line, sizeof(line)))
            return error_set(err, ERROR_CANCELLED, "nothing was written");
        if (setup_answer(migration->setup, key, *line ? line : value, &wrong))
            return true;
        migrate_view_text("  ", wrong.message, "\n");
    }
}

/* No name of a service is ever made up without a word. */
static bool complete(struct migration *migration, struct error *err)
{
    for (size_t i = 0; i < NEEDED_COUNT; i++) {
        const char *key = needed[i];

        if (!is_untold(migration, key))
            continue;
        if (migration->asks) {
            if (!ask_value(migration, key, err))
                return false;
        } else if (!migration->is_dry && migration->approved) {
            error_set(err, ERROR_BLOCKED, "no script tells %s", key);
            return error_hint(err,
                              "give it with %s; nothing was written, --dry-run "
                              "shows what was found",
                              option_of(key));
        }
    }
    return true;
}

static void print_untold(const struct migration *migration)
{
    for (size_t i = 0; i < NEEDED_COUNT; i++) {
        if (is_untold(migration, needed[i]))
            output_printf("\n%swarning%s no script tells %s: give it with %s\n",
                          output_on(STYLE_WARNING), output_off(), needed[i],
                          option_of(needed[i]));
    }
}

/* ---- review ----------------------------------------------------------- */

static void show(const struct migration *migration)
{
    if (migration->is_json)
        return;
    migrate_view_findings(&migration->migrate, migration->setup);
    print_untold(migration);
    if (migrate_plan_is_changed(&migration->plan))
        migrate_view_diffs(&migration->plan);
    else
        output_printf("\nNothing to change: the files say this already.\n");
    migrate_view_mentions(&migration->migrate);
    output_printf("\n");
}

static bool refuse_unapproved(struct error *err)
{
    error_set(err, ERROR_BLOCKED,
              "this needs an approval, and nobody can be asked here");
    return error_hint(err, "nothing was changed; run it at a terminal, or with "
                           "--auto-approve when what is shown is right");
}

static bool approve(const struct migration *migration, const char *question,
                    struct error *err)
{
    if (migration->approved)
        return true;
    if (!migration->asks)
        return refuse_unapproved(err);
    output_flush();
    return ask_yes(question) ||
           error_set(err, ERROR_CANCELLED, "nothing was changed");
}

static bool write_files(struct migration *migration, struct error *err)
{
    bool ok;

    if (!migrate_plan_is_changed(&migration->plan))
        return true;
    if (!approve(migration, "Write these files?", err))
        return false;
    ok = migrate_write(&migration->plan, &migration->result, err);
    if (!migration->is_json)
        migrate_view_written(&migration->result);
    if (ok && !migration->is_json)
        output_printf("Verified: the files hold this, and can be read.\n");
    return ok;
}

/* ---- the archive ------------------------------------------------------ */

static bool archive(struct migration *migration, struct error *err)
{
    struct strvec paths = { 0 };
    char *question =
        mem_format("Archive %zu script%s below " MIGRATE_ARCHIVE "/?",
                   migration->migrate.script_count,
                   migration->migrate.script_count == 1 ? "" : "s");
    bool ok = approve(migration, question, err);

    for (size_t i = 0; i < migration->migrate.script_count; i++)
        strvec_add(&paths, migration->migrate.scripts[i].path);
    ok = ok && migrate_archive(".", &paths, clock_wall(clock_system()),
                               &migration->moved, err);
    if (ok && !migration->is_json) {
        output_printf("\n");
        migrate_view_moved(&migration->moved, false);
    }
    strvec_release(&paths);
    free(question);
    return ok;
}

/* ---- all of it -------------------------------------------------------- */

static void print_next(const struct migration *migration)
{
    if (migration->is_json)
        return;
    output_printf("\nNext: stepdeck plan   shows what a deployment would do\n");
    if (!migration->options->given[OPTION_CLEANUP_OLD])
        output_printf("      stepdeck migrate --cleanup-old   archives the "
                      "scripts\n");
}

static void print_json(const struct migration *migration)
{
    json_t *json = migrate_view_json(&migration->migrate, migration->setup,
                                     &migration->plan);
    json_t *written = json_array();

    for (size_t i = 0; i < migration->result.written.count; i++)
        json_array_append_new(written,
                              json_string(migration->result.written.items[i]));
    json_object_set_new(json, "written", written);
    json_object_set_new(json, "archived",
                        migration->moved.archive
                            ? migrate_view_moved_json(&migration->moved)
                            : json_null());
    output_json(json);
}

static bool carry_out(struct migration *migration, struct error *err)
{
    struct setup_request request = { .dir = "." };

    migration->setup = setup_new(&request, err);
    if (!migration->setup || !answer_from_options(migration, err))
        return false;
    migrate_offer(&migration->migrate, migration->setup);
    learn_secrets(migration);
    if (!complete(migration, err) ||
        !migrate_plan(&migration->migrate, migration->setup, &migration->plan,
                      err))
        return false;
    show(migration);
    if (migration->is_dry)
        return true;
    if (!write_files(migration, err) ||
        (migration->options->given[OPTION_CLEANUP_OLD] &&
         !archive(migration, err)))
        return false;
    print_next(migration);
    return true;
}

static void release(struct migration *migration)
{
    output_set_redact(NULL);
    redact_free(migration->redact);
    migrate_moved_release(&migration->moved);
    setup_result_release(&migration->result);
    migrate_plan_release(&migration->plan);
    setup_free(migration->setup);
    migrate_release(&migration->migrate);
}

static int migrate_here(const struct options *options)
{
    struct migration migration = {
        .options = options,
        .is_json = options->given[OPTION_JSON],
        .is_dry = options->given[OPTION_DRY_RUN],
        .approved = options->given[OPTION_AUTO_APPROVE],
    };
    struct error err = { 0 };
    int status = EXIT_STATUS_DONE;
    bool ok;

    migration.asks = !migration.approved && !migration.is_json &&
                     !migration.is_dry && ask_is_possible();
    ok = migrate_find(&migration.migrate, ".", &err);
    if (ok && migration.migrate.script_count)
        ok = carry_out(&migration, &err);
    else if (ok && !migration.is_json)
        output_printf("There are no earlier deployment scripts here.\n");
    if (migration.is_json)
        print_json(&migration);
    if (!ok)
        status = command_fail(&err);
    release(&migration);
    return status;
}

/* ---- undo ------------------------------------------------------------- */

static int undo(const struct options *options)
{
    const char *name = options->arguments.count ? options->arguments.items[0]
                                                : options->values[OPTION_UNDO];
    struct migrate_moved moved = { 0 };
    struct error err = { 0 };

    if (options->given[OPTION_DRY_RUN] || options->given[OPTION_CLEANUP_OLD]) {
        error_set(&err, ERROR_INPUT, "option '--undo' goes alone");
        error_hint(&err, "see 'stepdeck migrate --help'");
        return command_fail(&err);
    }
    if (!migrate_undo(".", *name ? name : NULL, &moved, &err))
        return command_fail(&err);
    if (options->given[OPTION_JSON])
        output_json(migrate_view_moved_json(&moved));
    else
        migrate_view_moved(&moved, true);
    migrate_moved_release(&moved);
    return EXIT_STATUS_DONE;
}

static int run_migrate(const struct options *options)
{
    struct error err = { 0 };

    if (options->given[OPTION_UNDO])
        return undo(options);
    if (!options->arguments.count)
        return migrate_here(options);
    error_set(&err, ERROR_INPUT, "'%s' is one argument too many",
              options->arguments.items[0]);
    error_hint(&err, "a date goes with --undo; a folder with -C");
    return command_fail(&err);
}

const struct command command_migrate = {
    .name = "migrate",
    .arguments = "[DATE]",
    .most = 1,
    .groups =
        OPTIONS_PROJECT | OPTIONS_JSON | OPTIONS_APPROVE | OPTIONS_MIGRATE,
    .summary = "take earlier deployment scripts over",
    .description =
        "Finds earlier deployment scripts (deploy*.sh, build-and-push.sh, "
        "update-service.sh, and what creates or updates an App Runner "
        "service), shows the configuration they hold with file and line, and "
        "after a review writes it: .env, deployment-config.env, "
        "environments/NAME.env and service.json. The scripts are read, never "
        "run. Values that differ are all shown, the first is taken; what only "
        "running a script could tell is shown as not understood, and asked "
        "for. What is configured already stays. Secret values go to .env and "
        "are never shown. --cleanup-old then moves the scripts to "
        "deployment-archive/TIME/, from where --undo [DATE] puts them back. "
        "Nothing is deleted. Without a terminal nothing is changed, exit "
        "status 4, unless --auto-approve is given.",
    .examples = "stepdeck migrate --dry-run\n"
                "stepdeck migrate --cleanup-old\n"
                "stepdeck migrate --auto-approve --service-name acme-api\n"
                "stepdeck migrate --undo",
    .run = run_migrate,
};
