#include "tui/palette.h"

#include "base/mem.h"
#include "base/suggest.h"
#include "tui/ask.h"
#include "tui/draw.h"

#include <stdlib.h>
#include <string.h>

enum { SHOWN_MOST = 10 };

/* ---- commands with a word behind them --------------------------------- */

struct entry {
    const char *name;
    const char *argument; /* what follows; NULL: nothing */
    const char *help;
    /* False when the argument will not do: `dialog.error` says why. */
    bool (*run)(struct model *model, const char *argument);
};

static bool refuse(struct model *model, char *text)
{
    model->dialog.error = text;
    return false;
}

static bool run_theme(struct model *model, const char *name)
{
    if (model->themes.count && !strvec_has(&model->themes, name))
        return refuse(model, mem_text("no such theme; Tab shows them"));
    model_ask(model, REQUEST_THEME, name);
    free(model->preferences.theme);
    model->preferences.theme = mem_text(name);
    model_ask(model, REQUEST_REMEMBER, NULL);
    return true;
}

static bool run_icons(struct model *model, const char *name)
{
    enum icon_set set;

    if (!icons_parse(name, &set))
        return refuse(model, mem_text("text, emoji or ascii"));
    model->preferences.icons = set;
    if (!model->request->ascii)
        model->icons = icons_of(set);
    model_ask(model, REQUEST_REMEMBER, NULL);
    return true;
}

static bool run_goto(struct model *model, const char *text)
{
    struct logpane *pane = model_log(model);
    char *end;
    long long number = strtoll(text, &end, 10);

    if (number < 1 || *end)
        return refuse(model, mem_text("a line number, from 1"));
    if (!pane || !pane->path)
        return refuse(model, mem_text("there is no log here"));
    logpane_goto_line(pane, number);
    return true;
}

static bool run_save(struct model *model, const char *name)
{
    const struct logpane *pane = model_log(model);

    if (!*name)
        return refuse(model, mem_text("name a file"));
    if (!pane || !pane->path)
        return refuse(model, mem_text("there is no log here"));
    model_load(model, LOAD_COPY, pane->path, name);
    return true;
}

static bool run_step(struct model *model, const char *name)
{
    if (!*name)
        return refuse(model, mem_text("name a step: 010, or its name"));
    model_wish(model, "run", name);
    return true;
}

static bool run_select(struct model *model, const char *name)
{
    for (size_t i = 0; *name && i < model->run.step_count; i++) {
        if (!strstr(model->run.steps[i].id, name))
            continue;
        model_show(model, VIEW_DEPLOY);
        list_select(&model->steps, i);
        model->steps.was_moved = true;
        return true;
    }
    return refuse(model, mem_text("no step has that in its name"));
}

static bool run_setup(struct model *model, const char *argument)
{
    (void)argument;
    model_show(model, VIEW_WIZARD);
    return true;
}

static bool run_status(struct model *model, const char *argument)
{
    (void)argument;
    model_show(model, VIEW_STATUS);
    return true;
}

static bool run_picture(struct model *model, const char *name)
{
    if (!*name)
        return refuse(model, mem_text("name a file, such as screen.svg"));
    model_ask(model, REQUEST_PICTURE, name);
    return true;
}

static bool run_filter(struct model *model, const char *text)
{
    struct logpane *pane = model_log(model);

    if (!pane)
        return refuse(model, mem_text("there is no log here"));
    logpane_filter(pane, text);
    return true;
}

static const struct entry entries[] = {
    { "theme", "NAME", "changes the colours", run_theme },
    { "icons", "NAME", "text, emoji or ascii", run_icons },
    { "goto", "N", "goes to a line of the log", run_goto },
    { "only", "TEXT", "shows only the lines of the log with the text",
      run_filter },
    { "save-as", "FILE", "saves the log in a file", run_save },
    { "picture", "FILE", "writes the screen as an SVG picture", run_picture },
    { "run", "STEP", "runs one step", run_step },
    { "step", "NAME", "selects the step with that in its name", run_select },
    { "setup", NULL, "opens the setup wizard", run_setup },
    { "status", NULL, "shows how project and service stand", run_status },
};

enum { ENTRIES = sizeof(entries) / sizeof(entries[0]) };

static const struct entry *find_entry(const char *name, size_t size)
{
    for (size_t i = 0; i < ENTRIES; i++) {
        if (strlen(entries[i].name) == size &&
            strncmp(entries[i].name, name, size) == 0)
            return &entries[i];
    }
    return NULL;
}

/* ---- running ---------------------------------------------------------- */

/* "No such command", with the nearest name. */
static bool unknown(struct model *model, const char *text, size_t size)
{
    const char *names[ACTION_COUNT + ENTRIES];
    char *name = mem_bytes(text, size);
    size_t count = 0;
    const char *nearest;

    for (enum action i = 1; i < ACTION_COUNT; i++)
        names[count++] = action_info(i)->name;
    for (size_t i = 0; i < ENTRIES; i++)
        names[count++] = entries[i].name;
    nearest = suggest_nearest(name, names, count);
    free(name);
    return refuse(model, nearest ? mem_format("did you mean '%s'?", nearest)
                                 : mem_text("there is no such command"));
}

static bool entered(struct model *model, const char *text)
{
    size_t size = strcspn(text, " ");
    const struct entry *entry = find_entry(text, size);
    const char *argument = text + size;
    enum action action;

    while (*argument == ' ')
        argument++;
    if (!*text)
        return true;
    if (strspn(text, "0123456789") == strlen(text))
        return run_goto(model, text);
    if (entry)
        return entry->run(model, argument);
    action = action_find(text);
    if (!action)
        return unknown(model, text, size);
    model_act(model, action);
    return true;
}

/* ---- completing and drawing ------------------------------------------- */

struct match {
    const char *name, *argument, *help;
    enum action action;
};

/* What makes no sense in this project is not offered. */
static bool is_offered(const struct model *model, enum action action)
{
    return (action != ACTION_ROLLBACK && action != ACTION_PRUNE) ||
           model->has_target;
}

/* The entries whose name begins with what is typed, then those that hold it. */
static size_t find_matches(const struct model *model, const char *text,
                           struct match *matches, size_t most)
{
    size_t count = 0, size = strlen(text);

    for (int pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < ENTRIES + ACTION_COUNT - 1 && count < most;
             i++) {
            struct match match = { 0 };
            bool begins;

            if (i < ENTRIES) {
                match = (struct match){ entries[i].name, entries[i].argument,
                                        entries[i].help, ACTION_NONE };
            } else {
                match.action = (enum action)(i - ENTRIES + 1);
                match.name = action_info(match.action)->name;
                match.help = action_info(match.action)->help;
                if (!is_offered(model, match.action))
                    continue;
            }
            begins = strncmp(match.name, text, size) == 0;
            if (pass == 0 ? begins : !begins && strstr(match.name, text))
                matches[count++] = match;
        }
    }
    return count;
}

/* The words that may follow a command, one after the other; NULL: no more, or
 * it takes any. */
static const char *argument_at(const struct model *model,
                               const struct entry *entry, size_t index)
{
    if (entry->run == run_theme)
        return index < model->themes.count ? model->themes.items[index] : NULL;
    if (entry->run == run_icons)
        return index < ICON_SET_COUNT ? icons_name((enum icon_set)index) : NULL;
    if (entry->run == run_step || entry->run == run_select)
        return index < model->run.step_count ? model->run.steps[index].id
                                             : NULL;
    return NULL;
}

/* The argument behind `typed` among those that fit: Tab again goes on. */
static char *complete_argument(const struct model *model,
                               const struct entry *entry, const char *typed)
{
    const char *first = NULL, *name;
    bool passed = false;

    for (size_t i = 0; (name = argument_at(model, entry, i)) != NULL; i++) {
        if (passed)
            return mem_format("%s %s", entry->name, name);
        passed = strcmp(name, typed) == 0;
        if (!first && strstr(name, typed))
            first = name;
        if (passed && !argument_at(model, entry, i + 1))
            first = argument_at(model, entry, 0);
    }
    return first ? mem_format("%s %s", entry->name, first) : NULL;
}

static char *complete(struct model *model, const char *text)
{
    const struct entry *entry = find_entry(text, strcspn(text, " "));
    const char *space = strchr(text, ' ');
    struct match match;

    if (space && entry)
        return complete_argument(model, entry, space + 1);
    if (space || !find_matches(model, text, &match, 1))
        return NULL;
    return mem_format("%s%s", match.name, match.argument ? " " : "");
}

/* A theme is shown while it is being named. */
static void changed(struct model *model, const char *text)
{
    if (!text)
        model_ask(model, REQUEST_THEME, model->preferences.theme);
    else if (strncmp(text, "theme ", 6) == 0 && text[6])
        model_ask(model, REQUEST_THEME, text + 6);
}

void palette_open(struct model *model)
{
    dialog_input(&model->dialog, ":", entered);
    model->dialog.complete = complete;
    model->dialog.changed = changed;
}

bool palette_is_open(const struct model *model)
{
    return model->dialog.kind == DIALOG_INPUT &&
           model->dialog.entered == entered;
}

static struct area open_box(const struct model *model, struct area screen,
                            size_t count, const char *title)
{
    int rows = (int)count + 2;
    struct area box;

    if (rows > screen.rows - 2)
        rows = screen.rows - 2;
    box = area_part(screen, 0, screen.rows - 1 - rows, screen.columns, rows);
    area_fill(box, draw_role(ROLE_TEXT), " ");
    return draw_box(box, model->icons, title, true);
}

static void draw_arguments(const struct model *model, struct area screen,
                           const struct entry *entry, const char *typed)
{
    const char *shown[SHOWN_MOST], *name;
    size_t count = 0;
    struct area box;

    for (size_t i = 0;
         count < SHOWN_MOST && (name = argument_at(model, entry, i)) != NULL;
         i++) {
        /* Once one is chosen, the others stay in sight. */
        if (strstr(name, typed) || entry->run == run_theme ||
            entry->run == run_icons)
            shown[count++] = name;
    }
    if (!count)
        return;
    box = open_box(model, screen, count, "Tab chooses");
    for (size_t i = 0; i < count; i++) {
        area_text(box, 1, (int)i, draw_role(ROLE_TEXT), shown[i]);
        if (strcmp(shown[i], typed) == 0)
            draw_selection(box, (int)i, true, model->icons);
    }
}

static void draw_match(const struct model *model, struct area box, int row,
                       const struct match *match)
{
    struct strbuf name = { 0 }, key = { 0 };

    strbuf_addf(&name, "%s %s", match->name,
                match->argument ? match->argument : "");
    if (match->action)
        keymap_print(&model->keys, match->action, false, &key);
    area_text(box, 1, row, draw_role(ROLE_ACCENT), strbuf_text(&name));
    area_text(box, 20, row, draw_role(ROLE_TEXT), strbuf_text(&key));
    area_fit(box, 26, row, box.columns - 27, draw_role(ROLE_DIM), match->help,
             model->icons->ellipsis);
    strbuf_release(&name);
    strbuf_release(&key);
}

void palette_draw(const struct model *model, struct area screen)
{
    const char *text = field_text(&model->dialog.field);
    const struct entry *entry = find_entry(text, strcspn(text, " "));
    struct match matches[SHOWN_MOST];
    struct area box;
    size_t count;

    if (strchr(text, ' ')) {
        if (entry)
            draw_arguments(model, screen, entry, strchr(text, ' ') + 1);
        return;
    }
    count = find_matches(model, text, matches, SHOWN_MOST);
    if (!count)
        return;
    box = open_box(model, screen, count, "Commands: Tab completes");
    for (size_t i = 0; i < count; i++)
        draw_match(model, box, (int)i, &matches[i]);
}
