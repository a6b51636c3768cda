#include "cli/migrate_view.h"

#include "base/jsonx.h"
#include "base/mem.h"
#include "cli/output.h"

#include <stdlib.h>
#include <string.h>

void migrate_view_text(const char *before, const char *text, const char *after)
{
    char *safe = output_safe(text);

    output_printf("%s%s%s", before, safe, after);
    free(safe);
}

static void title(const char *text)
{
    output_printf("\n%s%s%s\n", output_on(STYLE_BOLD), text, output_off());
}

/* ---- findings --------------------------------------------------------- */

static const char *const kind_titles[MIGRATE_KINDS] = {
    [MIGRATE_SETTING] = "Configuration",
    [MIGRATE_VARIABLE] = "Environment of the service (service.json)",
    [MIGRATE_REFERENCE] = "Secrets of the service (service.json)",
    [MIGRATE_SECRET] = "Secret values (.env, never shown)",
};

static void print_place(const struct migrate_finding *finding)
{
    char *place = mem_format("  %s:%d", finding->file, finding->line);
    char *safe = output_safe(place);

    output_printf("%s%s%s", output_on(STYLE_DIM), safe, output_off());
    free(safe);
    free(place);
}

static bool is_new_key(const struct migrate *migrate, size_t i)
{
    const struct migrate_finding *finding = &migrate->found.findings[i];

    return !i || finding[-1].kind != finding->kind ||
           strcmp(finding[-1].key, finding->key) != 0;
}

/* The chosen place of a value that others say as well, or otherwise. */
static void print_row(const struct migrate *migrate, size_t i)
{
    const struct migrate_finding *finding = &migrate->found.findings[i];
    char *name = output_column(is_new_key(migrate, i) ? finding->key : "", 20);

    output_printf("  %s ", name);
    free(name);
    if (!finding->value)
        output_printf("%snot understood%s: %s", output_on(STYLE_WARNING),
                      output_off(), finding->why);
    else if (finding->kind == MIGRATE_SECRET)
        output_printf("***");
    else
        migrate_view_text("", finding->value, "");
    print_place(finding);
    if (finding->value && !finding->is_chosen)
        output_printf("  %snot taken%s", output_on(STYLE_WARNING),
                      output_off());
    output_printf("\n");
}

/* The same value again needs no line. */
static bool is_repeated(const struct migrate *migrate, size_t i)
{
    const struct migrate_finding *finding = &migrate->found.findings[i];

    for (size_t j = i; j-- > 0 && !is_new_key(migrate, j + 1);) {
        const struct migrate_finding *other = &migrate->found.findings[j];

        if (finding->value && other->value &&
            strcmp(finding->value, other->value) == 0)
            return true;
    }
    return false;
}

static void print_kind(const struct migrate *migrate, enum migrate_kind kind)
{
    bool any = false;

    for (size_t i = 0; i < migrate->found.count; i++) {
        if (migrate->found.findings[i].kind != kind || is_repeated(migrate, i))
            continue;
        if (!any)
            title(kind_titles[kind]);
        any = true;
        print_row(migrate, i);
    }
    if (any && kind == MIGRATE_SECRET)
        output_printf("  A service reads a secret from AWS Secrets Manager: "
                      "name its ARN under\n  \"secrets\" in service.json.\n");
}

/* What the files get although no script says it, and what stays as it is. */
static void print_others(const struct migrate *migrate,
                         const struct setup *setup)
{
    bool any = false;

    for (const struct setup_question *row = setup_questions(); row->key;
         row++) {
        const struct migrate_finding *told =
            migrate_chosen(migrate, MIGRATE_SETTING, row->key);
        const char *value = setup_value(setup, row->key);
        const char *origin = setup_origin(setup, row->key);
        char *name;

        if (!setup_is_asked(setup, row->key) || !*value ||
            row->home == SETUP_NOWHERE ||
            (told && strcmp(told->value, value) == 0))
            continue;
        if (!any)
            title("Not from the scripts");
        any = true;
        name = output_column(row->key, 20);
        output_printf("  %s ", name);
        free(name);
        migrate_view_text("", value, "  ");
        output_printf("%s", output_on(STYLE_DIM));
        migrate_view_text("",
                          !origin   ? "as you said"
                          : *origin ? origin
                                    : "the default",
                          "");
        output_printf("%s\n", output_off());
    }
}

void migrate_view_findings(const struct migrate *migrate,
                           const struct setup *setup)
{
    output_printf("%zu earlier deployment script%s:\n", migrate->script_count,
                  migrate->script_count == 1 ? "" : "s");
    for (size_t i = 0; i < migrate->script_count; i++) {
        char *path = output_column(migrate->scripts[i].path, 32);

        output_printf("  %s %s%s%s\n", path, output_on(STYLE_DIM),
                      migrate->scripts[i].why, output_off());
        free(path);
    }
    for (int kind = 0; kind < MIGRATE_KINDS; kind++)
        print_kind(migrate, (enum migrate_kind)kind);
    if (setup)
        print_others(migrate, setup);
}

/* ---- files ------------------------------------------------------------ */

static enum output_style style_of_line(const char *line)
{
    return *line == '+'   ? STYLE_OK
           : *line == '-' ? STYLE_FAILED
           : *line == '@' ? STYLE_ACCENT
                          : STYLE_PLAIN;
}

static void print_diff(const char *diff)
{
    while (*diff) {
        size_t size = strcspn(diff, "\n");
        char *line = mem_bytes(diff, size);
        enum output_style style = style_of_line(line);

        migrate_view_text(output_on(style), line,
                          style == STYLE_PLAIN ? "" : output_off());
        output_printf("\n");
        free(line);
        diff += size + (diff[size] == '\n');
    }
}

void migrate_view_diffs(const struct migrate_plan *plan)
{
    output_printf("\n");
    for (size_t i = 0; i < plan->files.count; i++)
        print_diff(plan->files.items[i].diff);
    if (plan->service_file)
        print_diff(plan->service_diff);
    if (plan->service_file && plan->has_service)
        migrate_view_text("\nservice.json is there already and stays; see what "
                          "it lacks in ",
                          plan->service_file, "\n");
    for (size_t i = 0; i < plan->kept_secrets.count; i++)
        migrate_view_text("\n", plan->kept_secrets.items[i],
                          " is in .env already and stays\n");
}

static void print_names(const char *word, enum output_style style,
                        const struct strvec *names)
{
    for (size_t i = 0; i < names->count; i++) {
        output_printf("%s%-10s%s", output_on(style), word, output_off());
        migrate_view_text("", names->items[i], "\n");
    }
}

void migrate_view_written(const struct setup_result *result)
{
    print_names("written", STYLE_OK, &result->written);
    print_names("kept", STYLE_DIM, &result->kept);
    print_names("missing", STYLE_FAILED, &result->missing);
}

void migrate_view_mentions(const struct migrate *migrate)
{
    if (!migrate->mention_count)
        return;
    title("To be changed: they name the scripts");
    for (size_t i = 0; i < migrate->mention_count; i++) {
        const struct migrate_mention *mention = &migrate->mentions[i];
        char *place = mem_format("  %s:%d", mention->file, mention->line);

        migrate_view_text("", place, "  ");
        migrate_view_text("", mention->script, "\n");
        free(place);
    }
}

void migrate_view_moved(const struct migrate_moved *moved, bool is_undo)
{
    print_names(is_undo ? "put back" : "archived", STYLE_OK, &moved->files);
    print_names("changed", STYLE_WARNING, &moved->changed);
    output_printf("%zu file%s %s ", moved->files.count,
                  moved->files.count == 1 ? "" : "s",
                  is_undo ? "put back from" : "archived and verified in");
    migrate_view_text("", moved->archive, "\n");
    if (!is_undo)
        migrate_view_text("To put them back: stepdeck migrate --undo=",
                          strchr(moved->archive, '/') + 1, "\n");
}

/* ---- JSON ------------------------------------------------------------- */

static const char *const kind_names[MIGRATE_KINDS] = {
    [MIGRATE_SETTING] = "setting",
    [MIGRATE_VARIABLE] = "environment",
    [MIGRATE_REFERENCE] = "secret_reference",
    [MIGRATE_SECRET] = "secret",
};

static json_t *finding_json(const struct migrate_finding *finding)
{
    json_t *json = json_object();

    jsonx_set_text(json, "kind", kind_names[finding->kind]);
    jsonx_set_text(json, "key", finding->key);
    if (finding->kind != MIGRATE_SECRET)
        jsonx_set_text(json, "value", finding->value);
    jsonx_set_text(json, "not_understood",
                   finding->value ? NULL : finding->why);
    jsonx_set_text(json, "file", finding->file);
    jsonx_set_int(json, "line", finding->line);
    jsonx_set_bool(json, "chosen", finding->is_chosen);
    return json;
}

static json_t *list_json(const struct strvec *names)
{
    json_t *list = json_array();

    for (size_t i = 0; i < names->count; i++)
        json_array_append_new(
            list, jsonx_string(names->items[i], strlen(names->items[i])));
    return list;
}

static json_t *diff_json(const char *name, const char *diff)
{
    json_t *json = json_object();

    jsonx_set_text(json, "file", name);
    jsonx_set_text(json, "diff", diff);
    return json;
}

static json_t *plan_json(const struct migrate_plan *plan)
{
    json_t *list = json_array();

    for (size_t i = 0; plan && i < plan->files.count; i++) {
        if (plan->files.items[i].is_changed)
            json_array_append_new(list, diff_json(plan->files.items[i].name,
                                                  plan->files.items[i].diff));
    }
    if (plan && plan->service_file)
        json_array_append_new(
            list, diff_json(plan->service_file, plan->service_diff));
    return list;
}

static json_t *settings_json(const struct migrate *migrate,
                             const struct setup *setup)
{
    json_t *json = json_object();

    for (const struct setup_question *row = setup_questions();
         setup && row->key; row++) {
        if (!setup_is_asked(setup, row->key) || row->home == SETUP_NOWHERE)
            continue;
        jsonx_set_text(json, row->key, setup_value(setup, row->key));
    }
    for (size_t i = 0; setup && i < migrate->found.count; i++) {
        const struct migrate_finding *finding = &migrate->found.findings[i];

        if (finding->is_chosen && finding->kind == MIGRATE_SETTING &&
            setup_is_answered(setup, finding->key))
            jsonx_set_text(json, finding->key,
                           setup_value(setup, finding->key));
    }
    return json;
}

json_t *migrate_view_json(const struct migrate *migrate,
                          const struct setup *setup,
                          const struct migrate_plan *plan)
{
    json_t *json = json_object(), *scripts = json_array();
    json_t *findings = json_array(), *mentions = json_array();

    for (size_t i = 0; i < migrate->script_count; i++) {
        json_t *script = json_object();

        jsonx_set_text(script, "path", migrate->scripts[i].path);
        jsonx_set_text(script, "why", migrate->scripts[i].why);
        json_array_append_new(scripts, script);
    }
    for (size_t i = 0; i < migrate->found.count; i++)
        json_array_append_new(findings,
                              finding_json(&migrate->found.findings[i]));
    for (size_t i = 0; i < migrate->mention_count; i++) {
        json_t *mention = json_object();

        jsonx_set_text(mention, "file", migrate->mentions[i].file);
        jsonx_set_int(mention, "line", migrate->mentions[i].line);
        jsonx_set_text(mention, "script", migrate->mentions[i].script);
        json_array_append_new(mentions, mention);
    }
    json_object_set_new(json, "scripts", scripts);
    json_object_set_new(json, "findings", findings);
    json_object_set_new(json, "settings", settings_json(migrate, setup));
    json_object_set_new(json, "changes", plan_json(plan));
    json_object_set_new(json, "to_be_changed", mentions);
    return json;
}

json_t *migrate_view_moved_json(const struct migrate_moved *moved)
{
    json_t *json = json_object();

    jsonx_set_text(json, "archive", moved->archive);
    json_object_set_new(json, "files", list_json(&moved->files));
    json_object_set_new(json, "changed", list_json(&moved->changed));
    return json;
}
