/*
 * A theme is read in two passes, because a file may say in its last line what
 * it inherits: first the rules as they stand, then what they leave out from
 * the parent. After that every role is worked out for every depth, so that
 * theme_look(), which runs for each cell, only adds up.
 */
#include "tui/theme.h"

#include "base/embedded.h"
#include "base/fileio.h"
#include "base/mem.h"
#include "base/suggest.h"
#include "tui/themeparts.h"

#include <assert.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { THEME_SIZE_LIMIT = 1 << 16, LONGEST_CHAIN = 8 };

static const char root[] = "default";
static const char folder[] = "themes"; /* in user_dir */
static const char suffix[] = ".theme";

/* The user's themes that wait for what they inherit. */
struct chain {
    const char *user_dir;
    const char *names[LONGEST_CHAIN];
    size_t count;
};

void theme_free(struct theme *theme)
{
    if (!theme)
        return;
    free(theme->name);
    free(theme->title);
    free(theme);
}

const char *theme_name(const struct theme *theme)
{
    return theme->name;
}

const char *theme_title(const struct theme *theme)
{
    return theme->title ? theme->title : theme->name;
}

/* A name that may become part of a path. */
static bool is_name(const char *name)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyz"
                                  "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";

    return *name && *name != '.' && name[strspn(name, allowed)] == '\0';
}

static void inherit_rule(struct theme_rule *rule,
                         const struct theme_rule *parent)
{
    for (int ground = 0; ground < GROUND_COUNT; ground++) {
        bool is_given = false;

        for (int depth = 0; depth < DEPTH_COUNT; depth++)
            is_given = is_given || rule->is_given[ground][depth];
        if (is_given)
            continue;
        memcpy(rule->colours[ground], parent->colours[ground],
               sizeof(rule->colours[ground]));
        memcpy(rule->is_given[ground], parent->is_given[ground],
               sizeof(rule->is_given[ground]));
    }
    if (!rule->has_attributes) {
        rule->attributes = parent->attributes;
        rule->has_attributes = parent->has_attributes;
    }
}

static void inherit(struct theme *theme, const struct theme *parent)
{
    for (int role = 0; role < ROLE_COUNT; role++)
        inherit_rule(&theme->rules[role], &parent->rules[role]);
    for (int ground = 0; ground < GROUND_COUNT; ground++) {
        if (!theme->has_terminal[ground])
            theme->terminal[ground] = parent->terminal[ground];
    }
}

/* False when the rule gives no such colour at any depth. */
static bool find_colour(const struct theme_rule *rule, int ground, int depth,
                        uint32_t *colour)
{
    for (int lower = depth; lower > DEPTH_MONO; lower--) {
        if (rule->is_given[ground][lower]) {
            *colour = rule->colours[ground][lower];
            return true;
        }
    }
    for (int higher = depth + 1; higher < DEPTH_COUNT; higher++) {
        if (rule->is_given[ground][higher]) {
            *colour = colour_down(rule->colours[ground][higher],
                                  (enum colour_depth)depth);
            return true;
        }
    }
    return false;
}

/* Their foreground counts only where the theme gives one. */
static bool is_overlay(int role)
{
    return role == ROLE_SELECTION || role == ROLE_MATCH;
}

static uint32_t work_out_colour(const struct theme *theme, int role, int ground,
                                int depth)
{
    uint32_t colour = 0;

    if (depth == DEPTH_MONO)
        return 0;
    if (!find_colour(&theme->rules[role], ground, depth, &colour) &&
        !(ground == FOREGROUND && is_overlay(role)))
        (void)find_colour(&theme->rules[ROLE_TEXT], ground, depth, &colour);
    return colour;
}

/* A theme that shows the selection and matches by colours only would show
 * nothing without colours. */
static uint8_t mono_attributes(int role, uint8_t attributes)
{
    if (role == ROLE_SELECTION)
        return attributes | ATTRIBUTE_REVERSE;
    if (role == ROLE_MATCH &&
        !(attributes & (ATTRIBUTE_REVERSE | ATTRIBUTE_UNDERLINE)))
        return attributes | ATTRIBUTE_UNDERLINE;
    return attributes;
}

static void work_out(struct theme *theme)
{
    for (int depth = 0; depth < DEPTH_COUNT; depth++) {
        for (int role = 0; role < ROLE_COUNT; role++) {
            uint8_t attributes = theme->rules[role].attributes;

            theme->looks[depth][role] = (struct look){
                .foreground = work_out_colour(theme, role, FOREGROUND, depth),
                .background = work_out_colour(theme, role, BACKGROUND, depth),
                .attributes = depth == DEPTH_MONO
                                  ? mono_attributes(role, attributes)
                                  : attributes,
            };
        }
    }
}

static const struct embedded_file *find_built_in(const char *name)
{
    size_t size = strlen(name);

    for (const struct embedded_file *file = theme_files; file->path; file++) {
        if (strncmp(file->path, name, size) == 0 &&
            strcmp(file->path + size, suffix) == 0)
            return file;
    }
    return NULL;
}

static struct theme *load(struct chain *chain, const char *name,
                          struct error *err);

/* Those that come with the program inherit from each other only: whatever a
 * user has put into a default.theme, dark stays as it is. That they have no
 * faults is tested; one that had would still be a theme. */
static struct theme *load_built_in(const char *name, struct error *err)
{
    const struct embedded_file *file = find_built_in(name);
    struct theme *theme = mem_new(1, sizeof(*theme));
    struct theme *parent = NULL;
    char *inherits = NULL;
    int line;
    bool loads;

    assert(file);
    loads = file && themefile_read(file->path, (const char *)file->bytes,
                                   file->size, theme, &inherits, &line, err);
    theme->name = mem_text(name);
    if (loads && strcmp(name, root) != 0) {
        parent = load_built_in(inherits ? inherits : root, err);
        inherit(theme, parent);
    }
    work_out(theme);
    theme_free(parent);
    free(inherits);
    return theme;
}

static bool is_in_chain(const struct chain *chain, const char *name)
{
    for (size_t i = 0; i < chain->count; i++) {
        if (strcmp(chain->names[i], name) == 0)
            return true;
    }
    return false;
}

/* What the last theme of the chain inherits. A theme may build on the one of
 * its own name that it stands in front of. */
static struct theme *load_parent(struct chain *chain, const char *inherits,
                                 struct error *err)
{
    const char *name = inherits ? inherits : root;
    bool is_own = strcmp(name, chain->names[chain->count - 1]) == 0;

    if (!is_in_chain(chain, name))
        return load(chain, name, err);
    if ((is_own || !inherits) && find_built_in(name))
        return load_built_in(name, err);
    if (is_own)
        error_set(err, ERROR_INPUT, "it inherits itself");
    else
        error_set(err, ERROR_INPUT, "'%s' inherits this one: a circle", name);
    return NULL;
}

static struct theme *parse(struct chain *chain, const char *name,
                           const char *file, const char *text, size_t size,
                           struct error *err)
{
    struct theme *theme = mem_new(1, sizeof(*theme));
    struct theme *parent = NULL;
    struct error fault = { 0 };
    char *inherits = NULL;
    int line = 1;

    theme->name = mem_text(name);
    if (!themefile_read(file, text, size, theme, &inherits, &line, err))
        goto out;
    if (chain->count == LONGEST_CHAIN) {
        error_set(&fault, ERROR_INPUT, "more than %d themes in a row inherit",
                  LONGEST_CHAIN);
    } else {
        chain->names[chain->count++] = name;
        parent = load_parent(chain, inherits, &fault);
        chain->count--;
    }
    if (!parent) {
        error_set(err, fault.code, "%s:%d: %s", file, line, fault.message);
        if (*fault.hint)
            error_hint(err, "%s", fault.hint);
        goto out;
    }
    inherit(theme, parent);
    work_out(theme);
out:
    free(inherits);
    if (!parent) {
        theme_free(theme);
        return NULL;
    }
    theme_free(parent);
    return theme;
}

static struct theme *no_such_theme(const char *name, const char *user_dir,
                                   struct error *err)
{
    struct strvec names = { 0 };
    const char *nearest;

    theme_names(user_dir, &names);
    nearest =
        suggest_nearest(name, (const char *const *)names.items, names.count);
    error_set(err, ERROR_INPUT, "there is no theme '%s'", name);
    if (nearest)
        error_hint(err, "did you mean '%s'?", nearest);
    strvec_release(&names);
    return NULL;
}

static struct theme *load(struct chain *chain, const char *name,
                          struct error *err)
{
    struct error fault = { 0 };
    struct strbuf text = { 0 };
    struct theme *theme = NULL;
    char *path = chain->user_dir ? mem_format("%s/%s/%s%s", chain->user_dir,
                                              folder, name, suffix)
                                 : NULL;

    if (!is_name(name))
        no_such_theme(name, chain->user_dir, err);
    else if (path &&
             fileio_read(AT_FDCWD, path, THEME_SIZE_LIMIT, &text, &fault))
        theme = parse(chain, name, path, strbuf_text(&text), text.len, err);
    else if (path && fault.code != ERROR_NOT_FOUND)
        error_set(err, ERROR_INPUT, "%s", fault.message);
    else if (find_built_in(name))
        theme = load_built_in(name, err);
    else
        no_such_theme(name, chain->user_dir, err);
    strbuf_release(&text);
    free(path);
    return theme;
}

struct theme *theme_load(const char *name, const char *user_dir,
                         struct error *err)
{
    struct chain chain = { .user_dir = user_dir };

    return load(&chain, name, err);
}

struct theme *theme_parse(const char *name, const char *text, size_t size,
                          const char *user_dir, struct error *err)
{
    struct chain chain = { .user_dir = user_dir };
    char *file = mem_format("%s%s", name, suffix);
    struct theme *theme = parse(&chain, name, file, text, size, err);

    free(file);
    return theme;
}

static void add_name(struct strvec *names, const char *file)
{
    size_t size = strlen(file);
    char *name;

    if (size < sizeof(suffix) ||
        strcmp(file + size - (sizeof(suffix) - 1), suffix) != 0)
        return;
    name = mem_bytes(file, size - (sizeof(suffix) - 1));
    if (is_name(name) && !strvec_has(names, name))
        strvec_add(names, name);
    free(name);
}

static void add_users_names(struct strvec *names, const char *user_dir)
{
    struct strvec files = { 0 };
    char *path = fileio_join(user_dir, folder);
    int dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (dir >= 0 && fileio_list(dir, &files, NULL)) {
        for (size_t i = 0; i < files.count; i++)
            add_name(names, files.items[i]);
    }
    if (dir >= 0)
        close(dir);
    strvec_release(&files);
    free(path);
}

void theme_names(const char *user_dir, struct strvec *names)
{
    for (const struct embedded_file *file = theme_files; file->path; file++)
        add_name(names, file->path);
    if (user_dir)
        add_users_names(names, user_dir);
    strvec_sort(names);
}

/* Reverse below an overlay would turn the overlay's colours around. */
static void lay_over(struct look *look, const struct look *overlay,
                     const struct look *text)
{
    if (overlay->foreground)
        look->foreground = overlay->foreground;
    else if (overlay->attributes & ATTRIBUTE_REVERSE)
        /* A coloured word would become a coloured block. */
        look->foreground = text->foreground;
    look->background = overlay->background;
    look->attributes &= (uint8_t)~ATTRIBUTE_REVERSE;
    look->attributes |= overlay->attributes;
}

/* A view may name these two as roles as well: text with an overlay then. */
static uint8_t overlays_of(const struct style *style)
{
    if (style->role == ROLE_SELECTION)
        return style->attributes | ATTRIBUTE_SELECTED;
    if (style->role == ROLE_MATCH)
        return style->attributes | ATTRIBUTE_MATCHED;
    return style->attributes;
}

struct look theme_look(const struct theme *theme, const struct style *style,
                       enum colour_depth depth)
{
    const struct look *looks = theme->looks[depth];
    uint8_t attributes = overlays_of(style);
    bool is_plain = style->role >= ROLE_COUNT || is_overlay(style->role);
    struct look look = looks[is_plain ? ROLE_TEXT : style->role];

    if (style->foreground && depth != DEPTH_MONO)
        look.foreground = colour_down(style->foreground, depth);
    if (style->background && depth != DEPTH_MONO)
        look.background = colour_down(style->background, depth);
    look.attributes |=
        (uint8_t)(attributes & ~(ATTRIBUTE_SELECTED | ATTRIBUTE_MATCHED));
    /* A match must be seen in the selected row too, so it comes last. */
    if (attributes & ATTRIBUTE_SELECTED)
        lay_over(&look, &looks[ROLE_SELECTION], &looks[ROLE_TEXT]);
    if (attributes & ATTRIBUTE_MATCHED)
        lay_over(&look, &looks[ROLE_MATCH], &looks[ROLE_TEXT]);
    return look;
}

void theme_terminal(const struct theme *theme, uint32_t *foreground,
                    uint32_t *background)
{
    *foreground = theme->terminal[FOREGROUND];
    *background = theme->terminal[BACKGROUND];
}

uint32_t theme_rgb(uint32_t colour)
{
    return colour_rgb(colour);
}
