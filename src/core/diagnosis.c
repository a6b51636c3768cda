/*
 * The regular expressions are matched line by line, from the last line up,
 * because the last complaint is usually the one that ended the program. Only
 * the tail of the output is looked at (STEPLOG_TAIL_BYTES), and no more than
 * LINES_LIMIT lines: a diagnosis must not take longer than the failure.
 */
#include "core/diagnosis.h"

#include "base/embedded.h"
#include "base/fileio.h"
#include "base/jsonx.h"
#include "base/mem.h"
#include "base/strvec.h"
#include "base/utf8.h"

#include <fcntl.h>
#include <pthread.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    RULE_FILE_LIMIT = 1 << 20,
    RULES_LIMIT = 2000,
    LINES_LIMIT = 400,
    LINE_LIMIT = 2048 /* of a line's beginning and end each */
};

struct rule {
    struct diagnosis diagnosis;
    regex_t regex;
};

struct diagnosis_rules {
    struct rule **rules;
    size_t count, capacity;
    /* Compiling the rules takes longer than many a deployment: they are read
     * when the first failure asks for them. */
    pthread_mutex_t mutex;
    bool is_loaded;
    char *dir;
    char *warning; /* about what was left out; NULL when told, or nothing */
};

static const char *const action_names[] = { "retry", "fail", "already-done" };

const char *diagnosis_action_name(enum diagnosis_action action)
{
    return action_names[action];
}

static void free_rule(struct rule *rule)
{
    free(rule->diagnosis.id);
    free(rule->diagnosis.tool);
    free(rule->diagnosis.pattern);
    free(rule->diagnosis.cause);
    free(rule->diagnosis.suggestion);
    free(rule->diagnosis.documentation);
    free(rule);
}

static bool read_action(const char *word, enum diagnosis_action *action)
{
    for (int i = 0; i < 3; i++) {
        if (strcmp(word, action_names[i]) == 0) {
            *action = (enum diagnosis_action)i;
            return true;
        }
    }
    return false;
}

/* NULL with the fault in `err`. */
static struct rule *read_rule(const json_t *json, struct error *err)
{
    static const char *const wanted[] = { "id",         "tool",
                                          "pattern",    "cause",
                                          "suggestion", "documentation",
                                          "action" };
    struct rule *rule;
    enum diagnosis_action action;
    int failure;

    for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
        if (!*jsonx_text(json, wanted[i], "")) {
            error_set(err, ERROR_INPUT, "'%s' is missing", wanted[i]);
            return NULL;
        }
    }
    if (!read_action(jsonx_text(json, "action", ""), &action)) {
        error_set(err, ERROR_INPUT,
                  "action '%s' is not retry, fail or already-done",
                  jsonx_text(json, "action", ""));
        return NULL;
    }
    rule = mem_new(1, sizeof(*rule));
    failure = regcomp(&rule->regex, jsonx_text(json, "pattern", ""),
                      REG_EXTENDED | REG_NOSUB);
    if (failure) {
        char text[160];

        regerror(failure, &rule->regex, text, sizeof(text));
        error_set(err, ERROR_INPUT, "pattern: %s", text);
        free_rule(rule);
        return NULL;
    }
    rule->diagnosis = (struct diagnosis){
        .id = mem_text(jsonx_text(json, "id", "")),
        .tool = mem_text(jsonx_text(json, "tool", "")),
        .pattern = mem_text(jsonx_text(json, "pattern", "")),
        .cause = mem_text(jsonx_text(json, "cause", "")),
        .suggestion = mem_text(jsonx_text(json, "suggestion", "")),
        .documentation = mem_text(jsonx_text(json, "documentation", "")),
        .action = action,
    };
    return rule;
}

bool diagnosis_add(struct diagnosis_rules *rules, const char *name,
                   const char *bytes, size_t size, struct strvec *warnings,
                   struct error *err)
{
    json_t *file = jsonx_parse_object(bytes, size, err);
    json_t *list = json_object_get(file, "rules");
    json_t *entry;
    size_t index;

    if (!json_is_array(list)) {
        json_decref(file);
        error_set(err, ERROR_INPUT, "there is no list 'rules'");
        error_wrap(err, "%s", name);
        return error_hint(err, "docs/diagnoses.md shows the form");
    }
    json_array_foreach(list, index, entry)
    {
        struct error fault = { 0 };
        struct rule *rule = read_rule(entry, &fault);

        if (!rule) {
            if (warnings)
                strvec_addf(warnings, "%s: rule %zu (%s): %s", name, index + 1,
                            jsonx_text(entry, "id", "without id"),
                            fault.message);
        } else if (rules->count >= RULES_LIMIT) {
            regfree(&rule->regex);
            free_rule(rule);
        } else {
            rules->rules = mem_grow(rules->rules, rules->count,
                                    &rules->capacity, sizeof(*rules->rules));
            rules->rules[rules->count++] = rule;
        }
    }
    json_decref(file);
    return true;
}

static void load_folder(struct diagnosis_rules *rules, const char *dir,
                        struct strvec *warnings)
{
    struct strvec names = { 0 };
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0)
        return;
    if (fileio_list(fd, &names, NULL)) {
        for (size_t i = 0; i < names.count; i++) {
            struct strbuf text = { 0 };
            struct error err = { 0 };
            size_t size = strlen(names.items[i]);

            if (size < 6 || strcmp(names.items[i] + size - 5, ".json") != 0)
                continue;
            if ((!fileio_read(fd, names.items[i], RULE_FILE_LIMIT, &text,
                              &err) ||
                 !diagnosis_add(rules, names.items[i], strbuf_text(&text),
                                text.len, warnings, &err)) &&
                warnings)
                strvec_addf(warnings, "%s/%s", dir, err.message);
            strbuf_release(&text);
        }
    }
    strvec_release(&names);
    close(fd);
}

static char *user_folder(void)
{
    const char *config = getenv("XDG_CONFIG_HOME");
    const char *home = getenv("HOME");

    if (config && config[0] == '/')
        return mem_format("%s/stepdeck/diagnoses", config);
    return home ? mem_format("%s/.config/stepdeck/diagnoses", home) : NULL;
}

static void load_all(struct diagnosis_rules *rules, const char *dir,
                     struct strvec *warnings)
{
    char *user = user_folder();

    if (dir) {
        char *own = fileio_join(dir, "diagnoses");

        load_folder(rules, own, warnings);
        free(own);
        if (user)
            load_folder(rules, user, warnings);
    }
    for (const struct embedded_file *file = diagnosis_files; file->path; file++)
        (void)!diagnosis_add(rules, file->path, (const char *)file->bytes,
                             file->size, warnings, NULL);
    free(user);
}

struct diagnosis_rules *diagnosis_open(const char *dir)
{
    struct diagnosis_rules *rules = mem_new(1, sizeof(*rules));

    pthread_mutex_init(&rules->mutex, NULL);
    rules->dir = mem_text(dir);
    return rules;
}

struct diagnosis_rules *diagnosis_load(const char *dir, struct strvec *warnings)
{
    struct diagnosis_rules *rules = diagnosis_open(dir);

    load_all(rules, dir, warnings);
    rules->is_loaded = true;
    return rules;
}

void diagnosis_free(struct diagnosis_rules *rules)
{
    if (!rules)
        return;
    for (size_t i = 0; i < rules->count; i++) {
        regfree(&rules->rules[i]->regex);
        free_rule(rules->rules[i]);
    }
    free(rules->rules);
    free(rules->dir);
    free(rules->warning);
    pthread_mutex_destroy(&rules->mutex);
    free(rules);
}

/* Of a very long line its beginning and its end: a complaint stands there. */
static void clean_line(const char *line, size_t size, struct strbuf *out)
{
    strbuf_clear(out);
    if (size <= (size_t)2 * LINE_LIMIT) {
        utf8_sanitise(line, size, false, out);
        return;
    }
    utf8_sanitise(line, LINE_LIMIT, false, out);
    strbuf_addc(out, ' ');
    utf8_sanitise(line + size - LINE_LIMIT, LINE_LIMIT, false, out);
}

static const struct diagnosis *match_line(const struct diagnosis_rules *rules,
                                          const char *line)
{
    for (size_t i = 0; *line && i < rules->count; i++) {
        if (regexec(&rules->rules[i]->regex, line, 0, NULL, 0) == 0)
            return &rules->rules[i]->diagnosis;
    }
    return NULL;
}

static void load_late(struct diagnosis_rules *rules)
{
    struct strvec warnings = { 0 };

    load_all(rules, rules->dir, &warnings);
    rules->is_loaded = true;
    if (warnings.count == 1)
        rules->warning =
            mem_format("a diagnosis is left out: %s", warnings.items[0]);
    else if (warnings.count)
        rules->warning = mem_format("diagnoses are left out: %s (and %zu more; "
                                    "'stepdeck lint' names them)",
                                    warnings.items[0], warnings.count - 1);
    strvec_release(&warnings);
}

bool diagnosis_take_warning(struct diagnosis_rules *rules, char **text)
{
    char *warning;

    pthread_mutex_lock(&rules->mutex);
    warning = rules->warning;
    rules->warning = NULL;
    pthread_mutex_unlock(&rules->mutex);
    if (warning)
        *text = warning;
    return warning != NULL;
}

const struct diagnosis *diagnosis_find(struct diagnosis_rules *rules,
                                       const char *text, size_t size)
{
    const struct diagnosis *found = NULL;
    struct strbuf line = { 0 };

    pthread_mutex_lock(&rules->mutex);
    if (!rules->is_loaded)
        load_late(rules);
    pthread_mutex_unlock(&rules->mutex);

    for (int lines = 0; size && !found && lines < LINES_LIMIT; lines++) {
        size_t end = size;

        while (size && text[size - 1] != '\n')
            size--;
        clean_line(text + size, end - size, &line);
        found = match_line(rules, strbuf_text(&line));
        if (size)
            size--;
    }
    strbuf_release(&line);
    return found;
}

size_t diagnosis_count(const struct diagnosis_rules *rules)
{
    return rules->count;
}

const struct diagnosis *diagnosis_at(const struct diagnosis_rules *rules,
                                     size_t index)
{
    return &rules->rules[index]->diagnosis;
}
