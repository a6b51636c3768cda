#include "tui/preferences.h"

#include "base/fileio.h"
#include "base/inifile.h"
#include "base/mem.h"
#include "base/suggest.h"

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static const char file_name[] = "config.ini";
static const char console[] = "console";

enum kind { KIND_THEME, KIND_ICONS, KIND_TIMES, KIND_WIDTH, KIND_SWITCH };

static const struct setting {
    const char *name;
    enum kind kind;
    size_t offset; /* of a switch */
} settings[] = {
    { "theme", KIND_THEME, 0 },
    { "icons", KIND_ICONS, 0 },
    { "follow", KIND_SWITCH, offsetof(struct preferences, follow) },
    { "wrap", KIND_SWITCH, offsetof(struct preferences, wrap) },
    { "timestamps", KIND_TIMES, 0 },
    { "mouse", KIND_SWITCH, offsetof(struct preferences, mouse) },
    { "list-width", KIND_WIDTH, 0 },
    { "bell", KIND_SWITCH, offsetof(struct preferences, bell) },
    { "notify", KIND_SWITCH, offsetof(struct preferences, notify) },
};

static const char *const time_names[] = {
    [TIMES_NONE] = "none",
    [TIMES_CLOCK] = "time",
    [TIMES_ELAPSED] = "elapsed",
};

void preferences_defaults(struct preferences *preferences)
{
    *preferences = (struct preferences){
        .icons = ICONS_TEXT,
        .follow = true,
        .times = TIMES_NONE,
        .list_width = LIST_WIDTH_USUAL,
    };
}

void preferences_release(struct preferences *preferences)
{
    free(preferences->theme);
    *preferences = (struct preferences){ 0 };
}

/* ---- values ----------------------------------------------------------- */

static bool parse_switch(const char *value, bool *is_on)
{
    static const char *const words[] = { "no",  "yes", "false", "true",
                                         "off", "on",  "0",     "1" };

    for (size_t i = 0; i < COUNT_OF(words); i++) {
        if (strcmp(value, words[i]) == 0) {
            *is_on = i % 2;
            return true;
        }
    }
    return false;
}

static bool parse_times(const char *value, enum time_mode *times)
{
    for (size_t i = 0; i < COUNT_OF(time_names); i++) {
        if (strcmp(value, time_names[i]) == 0) {
            *times = (enum time_mode)i;
            return true;
        }
    }
    return false;
}

static bool parse_width(const char *value, int *width)
{
    size_t digits = strspn(value, "0123456789");
    long number;

    if (!digits || digits > 3 || value[digits])
        return false;
    number = strtol(value, NULL, 10);
    if (number < LIST_WIDTH_LEAST || number > LIST_WIDTH_MOST)
        return false;
    *width = (int)number;
    return true;
}

static bool parse_theme(const char *value, char **theme)
{
    if (!*value)
        return false;
    free(*theme);
    *theme = mem_text(value);
    return true;
}

static bool *switch_of(struct preferences *preferences,
                       const struct setting *setting)
{
    return (bool *)((char *)preferences + setting->offset);
}

static bool parse_value(struct preferences *preferences,
                        const struct setting *setting, const char *value)
{
    switch (setting->kind) {
    case KIND_THEME:
        return parse_theme(value, &preferences->theme);
    case KIND_ICONS:
        return icons_parse(value, &preferences->icons);
    case KIND_TIMES:
        return parse_times(value, &preferences->times);
    case KIND_WIDTH:
        return parse_width(value, &preferences->list_width);
    case KIND_SWITCH:
        break;
    }
    return parse_switch(value, switch_of(preferences, setting));
}

/* What the file would say; to free. */
static char *print_value(const struct preferences *preferences,
                         const struct setting *setting)
{
    struct preferences copy = *preferences;

    switch (setting->kind) {
    case KIND_THEME:
        return mem_text(copy.theme ? copy.theme : "default");
    case KIND_ICONS:
        return mem_text(icons_name(copy.icons));
    case KIND_TIMES:
        return mem_text(time_names[copy.times]);
    case KIND_WIDTH:
        return mem_format("%d", copy.list_width);
    case KIND_SWITCH:
        break;
    }
    return mem_text(*switch_of(&copy, setting) ? "yes" : "no");
}

static const char *allowed_values(const struct setting *setting)
{
    switch (setting->kind) {
    case KIND_THEME:
        return "the name of a theme";
    case KIND_ICONS:
        return "text, emoji or ascii";
    case KIND_TIMES:
        return "none, time or elapsed";
    case KIND_WIDTH:
        return "a percentage from 15 to 70";
    case KIND_SWITCH:
        break;
    }
    return "yes or no";
}

/* ---- reading ---------------------------------------------------------- */

struct reader {
    struct preferences *preferences;
    struct keymap *keys;
    struct strvec *warnings;
};

static void warn(const struct reader *reader, int line, const char *message,
                 const char *hint)
{
    if (!reader->warnings)
        return;
    strvec_addf(reader->warnings, "%s:%d: %s%s%s", file_name, line, message,
                *hint ? "; " : "", hint);
}

static void read_setting(const struct reader *reader, int line,
                         const char *name, const char *value)
{
    const char *names[COUNT_OF(settings)];
    struct error err = { 0 };
    const char *nearest;

    for (size_t i = 0; i < COUNT_OF(settings); i++) {
        names[i] = settings[i].name;
        if (strcmp(names[i], name) != 0)
            continue;
        if (parse_value(reader->preferences, &settings[i], value))
            return;
        error_set(&err, ERROR_INPUT, "'%s' cannot be '%s'", name, value);
        warn(reader, line, err.message, allowed_values(&settings[i]));
        return;
    }
    nearest = suggest_nearest(name, names, COUNT_OF(names));
    error_set(&err, ERROR_INPUT, "unknown setting '%s'", name);
    if (nearest)
        error_hint(&err, "did you mean '%s'?", nearest);
    warn(reader, line, err.message, err.hint);
}

static bool on_value(void *context, int line, const char *section,
                     const char *name, const char *value)
{
    const struct reader *reader = context;
    struct error err = { 0 };

    if (strcmp(section, console) == 0) {
        read_setting(reader, line, name, value);
    } else if (strcmp(section, "keys") == 0) {
        if (reader->keys && !keymap_bind(reader->keys, name, value, &err))
            warn(reader, line, err.message, err.hint);
    } else {
        error_set(&err, ERROR_INPUT, "'%s' stands in no section that is known",
                  name);
        warn(reader, line, err.message, "there are [console] and [keys]");
    }
    return true;
}

void preferences_parse(struct preferences *preferences, struct keymap *keys,
                       const char *text, size_t size, struct strvec *warnings)
{
    struct reader reader = { preferences, keys, warnings };
    struct error err = { 0 };
    int bad_line;

    if (!inifile_parse(text, size, on_value, &reader, &bad_line, &err)) {
        if (warnings)
            strvec_addf(warnings, "%s: %s", file_name, err.message);
    } else if (bad_line) {
        warn(&reader, bad_line, "neither [section] nor name = value", "");
    }
}

/* ---- places ----------------------------------------------------------- */

char *preferences_dir(void)
{
    const char *base = getenv("XDG_CONFIG_HOME");
    const char *home = getenv("HOME");

    /* The specification wants relative paths ignored. */
    if (base && *base == '/')
        return fileio_join(base, "stepdeck");
    if (home && *home == '/')
        return mem_format("%s/.config/stepdeck", home);
    return NULL;
}

char *preferences_path(void)
{
    char *dir = preferences_dir();
    char *path = dir ? fileio_join(dir, file_name) : NULL;

    free(dir);
    return path;
}

void preferences_load(struct preferences *preferences, struct keymap *keys,
                      struct strvec *warnings)
{
    char *path = preferences_path();
    struct strbuf text = { 0 };
    struct error err = { 0 };

    if (path && fileio_read(AT_FDCWD, path, INIFILE_SIZE_LIMIT, &text, &err))
        preferences_parse(preferences, keys, strbuf_text(&text), text.len,
                          warnings);
    else if (path && err.code != ERROR_NOT_FOUND && warnings)
        strvec_addf(warnings, "%s: %s", file_name, err.message);
    strbuf_release(&text);
    free(path);
}

/* ---- writing ---------------------------------------------------------- */

/* Replaces `*text` with all changes made; false when there are none. */
static bool edit_all(char **text, const struct preferences *preferences,
                     const struct preferences *before)
{
    bool differs = false;

    for (size_t i = 0; i < COUNT_OF(settings); i++) {
        char *now = print_value(preferences, &settings[i]);
        char *then = print_value(before, &settings[i]);

        if (strcmp(now, then) != 0) {
            char *edited = preferences_edit(*text, settings[i].name, now);

            free(*text);
            *text = edited;
            differs = true;
        }
        free(now);
        free(then);
    }
    return differs;
}

/* A file that is a link into a folder of dotfiles stays one. */
static bool write_file(const char *path, const char *text, struct error *err)
{
    char *target = realpath(path, NULL);
    const char *place = target ? target : path;
    struct stat info;
    mode_t mode = stat(place, &info) == 0 ? info.st_mode & 0777 : 0644;
    bool is_written = fileio_replace(AT_FDCWD, place, text, strlen(text), mode,
                                     FILEIO_DURABLE, err);

    free(target);
    return is_written;
}

bool preferences_save(const struct preferences *preferences,
                      const struct preferences *before, struct error *err)
{
    char *dir = preferences_dir();
    char *path = preferences_path();
    struct strbuf old = { 0 };
    struct error fault = { 0 };
    char *text = NULL;
    bool is_saved = false;

    if (!path) {
        error_set(err, ERROR_NOT_FOUND, "there is no home folder");
        error_hint(err, "set HOME or XDG_CONFIG_HOME");
        goto out;
    }
    if (!fileio_read(AT_FDCWD, path, INIFILE_SIZE_LIMIT, &old, &fault) &&
        fault.code != ERROR_NOT_FOUND) {
        error_set(err, fault.code, "%s", fault.message);
        goto out;
    }
    if (strlen(strbuf_text(&old)) != old.len) {
        error_set(err, ERROR_INPUT, "'%s' has NUL bytes", path);
        goto out;
    }
    text = mem_text(strbuf_text(&old));
    is_saved = !edit_all(&text, preferences, before) ||
               (fileio_make_dirs(AT_FDCWD, dir, 0700, err) &&
                write_file(path, text, err));
out:
    strbuf_release(&old);
    free(text);
    free(path);
    free(dir);
    return is_saved;
}
