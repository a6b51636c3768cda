#include "base/inifile.h"
#include "base/mem.h"
#include "base/strvec.h"
#include "base/suggest.h"
#include "tui/themeparts.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static const char *const role_names[] = {
    [ROLE_TEXT] = "text",
    [ROLE_OK] = "ok",
    [ROLE_FAILED] = "failed",
    [ROLE_WARNING] = "warning",
    [ROLE_RUNNING] = "running",
    [ROLE_WAITING] = "waiting",
    [ROLE_SKIPPED] = "skipped",
    [ROLE_DIM] = "dim",
    [ROLE_ACCENT] = "accent",
    [ROLE_SELECTION] = "selection",
    [ROLE_BORDER] = "border",
    [ROLE_FOCUS] = "focus",
    [ROLE_TITLE] = "title",
    [ROLE_MATCH] = "match",
    "theme", /* sections that are no roles, for the did-you-mean */
    "terminal",
};

static const char *const attribute_names[] = { "bold", "dim", "italic",
                                               "underline", "reverse" };

/* In the order of the palette; the brighter eight follow. */
static const char *const colour_names[] = {
    "black",        "red",
    "green",        "yellow",
    "blue",         "magenta",
    "cyan",         "white",
    "bright-black", "bright-red",
    "bright-green", "bright-yellow",
    "bright-blue",  "bright-magenta",
    "bright-cyan",  "bright-white",
    "none",
};

enum { PALETTE_COUNT = 16 };

static const struct setting {
    const char *name;
    enum ground ground;
    enum colour_depth depth;
} settings[] = {
    { "foreground.16", FOREGROUND, DEPTH_16 },
    { "foreground.256", FOREGROUND, DEPTH_256 },
    { "foreground.true", FOREGROUND, DEPTH_TRUE },
    { "background.16", BACKGROUND, DEPTH_16 },
    { "background.256", BACKGROUND, DEPTH_256 },
    { "background.true", BACKGROUND, DEPTH_TRUE },
};

static const char *const setting_names[] = {
    "foreground.16",  "foreground.256",  "foreground.true", "background.16",
    "background.256", "background.true", "attributes",
};

struct parser {
    struct theme *theme;
    char **inherits;
    int *inherits_line;
    int line; /* where the fault is */
    struct error *err;
};

/* The index of `word`; -1 with the error when there is none. */
static int find(const char *what, const char *word, const char *const *words,
                size_t count, struct error *err)
{
    const char *nearest;

    for (size_t i = 0; i < count; i++) {
        if (strcmp(words[i], word) == 0)
            return (int)i;
    }
    nearest = suggest_nearest(word, words, count);
    error_set(err, ERROR_INPUT, "unknown %s '%s'", what, word);
    if (nearest)
        error_hint(err, "did you mean '%s'?", nearest);
    return -1;
}

static bool parse_name(const char *word, uint32_t *colour, struct error *err)
{
    int index = find("colour", word, colour_names, COUNT_OF(colour_names), err);

    if (index < 0)
        return error_hint(err, "a name such as red or bright-blue, or none");
    *colour = index < PALETTE_COUNT ? COLOUR_INDEX + (uint32_t)index : 0;
    return true;
}

static bool parse_index(const char *word, uint32_t *colour, struct error *err)
{
    size_t digits = strspn(word, "0123456789");
    long index = digits && digits <= 3 ? strtol(word, NULL, 10) : 256;

    if (!digits || word[digits])
        return parse_name(word, colour, err);
    if (index > 255) {
        error_set(err, ERROR_INPUT, "unknown colour '%s'", word);
        return error_hint(err, "a number from 0 to 255, a name, or none");
    }
    *colour = COLOUR_INDEX + (uint32_t)index;
    return true;
}

static bool parse_rgb(const char *word, uint32_t *colour, struct error *err)
{
    if (word[0] != '#' || strlen(word) != 7 ||
        strspn(word + 1, "0123456789abcdefABCDEF") != 6) {
        error_set(err, ERROR_INPUT, "unknown colour '%s'", word);
        return error_hint(err, "write it as #rrggbb, or none");
    }
    *colour = COLOUR_RGB + (uint32_t)strtoul(word + 1, NULL, 16);
    return true;
}

static bool parse_colour(const char *word, enum colour_depth depth,
                         uint32_t *colour, struct error *err)
{
    *colour = 0;
    if (depth == DEPTH_TRUE)
        return strcmp(word, "none") == 0 || parse_rgb(word, colour, err);
    return depth == DEPTH_256 ? parse_index(word, colour, err)
                              : parse_name(word, colour, err);
}

static bool parse_attributes(const char *text, struct theme_rule *rule,
                             struct error *err)
{
    struct strvec words = { 0 };
    uint8_t attributes = 0;
    bool parses = true;

    strvec_split(&words, text, " \t,");
    for (size_t i = 0; parses && i < words.count; i++) {
        int index;

        if (strcmp(words.items[i], "none") == 0)
            continue;
        index = find("attribute", words.items[i], attribute_names,
                     COUNT_OF(attribute_names), err);
        parses =
            index >= 0 ||
            error_hint(err, "bold, dim, italic, underline, reverse or none");
        if (parses)
            attributes |= (uint8_t)(1 << index);
    }
    strvec_release(&words);
    rule->attributes = attributes;
    rule->has_attributes = true;
    return parses;
}

static bool read_role(struct theme_rule *rule, const char *name,
                      const char *value, struct error *err)
{
    int index =
        find("setting", name, setting_names, COUNT_OF(setting_names), err);
    const struct setting *setting;

    if (index < 0)
        return error_hint(err, "docs/console.md lists the settings");
    if ((size_t)index == COUNT_OF(settings))
        return parse_attributes(value, rule, err);
    setting = &settings[index];
    rule->is_given[setting->ground][setting->depth] = true;
    return parse_colour(value, setting->depth,
                        &rule->colours[setting->ground][setting->depth], err);
}

static bool read_theme(struct parser *parser, int line, const char *name,
                       const char *value)
{
    static const char *const names[] = { "name", "inherits" };
    int index = find("setting", name, names, COUNT_OF(names), parser->err);
    char **text = index ? parser->inherits : &parser->theme->title;

    if (index < 0)
        return error_hint(parser->err, "name or inherits");
    if (!*value)
        return error_set(parser->err, ERROR_INPUT, "'%s' is empty", name);
    free(*text);
    *text = mem_text(value);
    if (index)
        *parser->inherits_line = line;
    return true;
}

static bool read_terminal(struct theme *theme, const char *name,
                          const char *value, struct error *err)
{
    static const char *const names[] = { "foreground.true", "background.true" };
    int ground = find("setting", name, names, COUNT_OF(names), err);
    uint32_t colour;

    if (ground < 0)
        return error_hint(err, "foreground.true or background.true");
    if (!parse_rgb(value, &colour, err))
        return false;
    theme->terminal[ground] = colour & COLOUR_VALUE;
    theme->has_terminal[ground] = true;
    return true;
}

static bool on_value(void *context, int line, const char *section,
                     const char *name, const char *value)
{
    struct parser *parser = context;
    int index;

    parser->line = line;
    if (strcmp(section, "theme") == 0)
        return read_theme(parser, line, name, value);
    if (strcmp(section, "terminal") == 0)
        return read_terminal(parser->theme, name, value, parser->err);
    if (!*section)
        return error_set(parser->err, ERROR_INPUT,
                         "'%s' stands before the first [section]", name);
    index =
        find("role", section, role_names, COUNT_OF(role_names), parser->err);
    if (index < 0)
        return error_hint(parser->err, "docs/console.md lists the roles");
    return read_role(&parser->theme->rules[index], name, value, parser->err);
}

bool themefile_read(const char *file, const char *text, size_t size,
                    struct theme *theme, char **inherits, int *line,
                    struct error *err)
{
    struct error fault = { 0 };
    struct parser parser = { .theme = theme,
                             .inherits = inherits,
                             .inherits_line = line,
                             .err = &fault };
    int bad_line;
    bool parses =
        inifile_parse(text, size, on_value, &parser, &bad_line, &fault);

    /* The first fault of the file is told, of whichever kind. */
    if (bad_line && (parses || bad_line < parser.line)) {
        error_set(err, ERROR_INPUT, "%s:%d: neither [section] nor name = value",
                  file, bad_line);
        return error_hint(err, "a comment begins with ;");
    }
    if (parses)
        return true;
    if (parser.line)
        error_set(err, ERROR_INPUT, "%s:%d: %s", file, parser.line,
                  fault.message);
    else
        error_set(err, fault.code, "%s: %s", file, fault.message);
    if (*fault.hint)
        error_hint(err, "%s", fault.hint);
    return false;
}
