#include "emulator/standin_steps.h"

#include "base/jsonx.h"
#include "base/mem.h"
#include "emulator/standin.h"
#include "emulator/standin_copy.h"

#include <stdlib.h>
#include <string.h>

/* ---- instructions ------------------------------------------------------ */

static bool do_from(struct standin_work *work, const char *rest,
                    struct error *err)
{
    struct strvec words = { 0 };
    size_t at = 0;
    bool done = dockerfile_words(rest, work->variables, &words, err);

    while (at < words.count && strncmp(words.items[at], "--", 2) == 0)
        at++;
    if (done && at >= words.count)
        done = error_set(err, ERROR_INPUT, "FROM requires an image");
    if (done && strcmp(words.items[at], "scratch") != 0)
        standin_say(work->call,
                    json_pack("{s:s}", "stream",
                              " ---> the stand-in for Docker begins with an "
                              "empty image instead\n"));
    strvec_release(&words);
    tarfile_release(&work->layer);
    work->layer = (struct tarfile){ 0 };
    json_array_clear(work->history);
    json_decref(work->config);
    /* What Docker gives an image that has no PATH. */
    work->config = json_pack("{s:[s], s:s}", "Env",
                             "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:"
                             "/usr/bin:/sbin:/bin",
                             "WorkingDir", "/");
    free(work->workdir);
    work->workdir = mem_text("/");
    work->has_base = true;
    return done;
}

static bool do_arg(struct standin_work *work, const char *rest,
                   struct error *err)
{
    struct strvec words = { 0 };
    bool done = dockerfile_words(rest, work->variables, &words, err);

    for (size_t i = 0; done && i < words.count; i++) {
        char *name = mem_bytes(words.items[i], strcspn(words.items[i], "="));
        const char *equals = strchr(words.items[i], '=');
        const char *value = jsonx_text(work->given, name, NULL);

        if (!value && equals)
            value = equals + 1;
        /* An ENV of that name is stronger, and one given before stays. */
        if (value && (equals || !jsonx_text(work->variables, name, NULL)))
            jsonx_set_text(work->variables, name, value);
        free(name);
    }
    strvec_release(&words);
    return done;
}

/* "A=1 B=2", or as once "A the rest", into names and values. */
static bool read_pairs(struct standin_work *work, const char *rest,
                       struct strvec *pairs, struct error *err)
{
    struct strvec words = { 0 };
    bool done = dockerfile_words(rest, work->variables, &words, err);

    if (done && words.count > 0 && !strchr(words.items[0], '=')) {
        const char *value = rest + strcspn(rest, " \t");

        strvec_addf(pairs, "%s=%s", words.items[0],
                    value + strspn(value, " \t"));
    } else {
        for (size_t i = 0; done && i < words.count; i++) {
            if (!strchr(words.items[i], '='))
                done = error_set(err, ERROR_INPUT,
                                 "'%.200s' must have the form NAME=VALUE",
                                 words.items[i]);
            strvec_add(pairs, words.items[i]);
        }
    }
    strvec_release(&words);
    return done;
}

json_t *standin_steps_member(struct standin_work *work, const char *name,
                             json_t *empty)
{
    if (!json_object_get(work->config, name))
        json_object_set(work->config, name, empty);
    json_decref(empty);
    return json_object_get(work->config, name);
}

/* Replaces an entry of the same name. */
static void set_env(json_t *list, const char *pair)
{
    const size_t size = strcspn(pair, "=") + 1;
    size_t i;
    json_t *entry;

    json_array_foreach(list, i, entry)
    {
        if (strncmp(json_string_value(entry), pair, size) == 0) {
            json_array_set_new(list, i, jsonx_string(pair, strlen(pair)));
            return;
        }
    }
    json_array_append_new(list, jsonx_string(pair, strlen(pair)));
}

static bool do_env(struct standin_work *work, const char *rest,
                   struct error *err)
{
    struct strvec pairs = { 0 };
    bool done = read_pairs(work, rest, &pairs, err);

    for (size_t i = 0; done && i < pairs.count; i++) {
        char *name = mem_bytes(pairs.items[i], strcspn(pairs.items[i], "="));

        set_env(standin_steps_member(work, "Env", json_array()),
                pairs.items[i]);
        jsonx_set_text(work->variables, name,
                       pairs.items[i] + strlen(name) + 1);
        free(name);
    }
    strvec_release(&pairs);
    return done;
}

static bool do_label(struct standin_work *work, const char *rest,
                     struct error *err)
{
    struct strvec pairs = { 0 };
    bool done = read_pairs(work, rest, &pairs, err);

    for (size_t i = 0; done && i < pairs.count; i++) {
        char *name = mem_bytes(pairs.items[i], strcspn(pairs.items[i], "="));

        jsonx_set_text(standin_steps_member(work, "Labels", json_object()),
                       name, pairs.items[i] + strlen(name) + 1);
        free(name);
    }
    strvec_release(&pairs);
    return done;
}

static bool do_expose(struct standin_work *work, const char *rest,
                      struct error *err)
{
    struct strvec words = { 0 };
    bool done = dockerfile_words(rest, work->variables, &words, err);

    for (size_t i = 0; done && i < words.count; i++) {
        const char *protocol = strchr(words.items[i], '/') ? "" : "/tcp";
        char *port = mem_format("%s%s", words.items[i], protocol);

        if (atoi(port) < 1 || atoi(port) > 65535)
            done = error_set(err, ERROR_INPUT, "invalid containerPort: %.64s",
                             words.items[i]);
        else
            json_object_set_new(
                standin_steps_member(work, "ExposedPorts", json_object()), port,
                json_object());
        free(port);
    }
    strvec_release(&words);
    return done;
}

static void set_command(struct standin_work *work, const char *member,
                        const char *rest)
{
    json_t *list = dockerfile_list(rest);

    if (!list) {
        list = json_pack("[s, s]", "/bin/sh", "-c");
        json_array_append_new(list, jsonx_string(rest, strlen(rest)));
    }
    json_object_set_new(work->config, member, list);
}

static bool do_cmd(struct standin_work *work, const char *rest,
                   struct error *err)
{
    (void)err;
    set_command(work, "Cmd", rest);
    return true;
}

static bool do_entrypoint(struct standin_work *work, const char *rest,
                          struct error *err)
{
    (void)err;
    set_command(work, "Entrypoint", rest);
    return true;
}

static bool do_workdir(struct standin_work *work, const char *rest,
                       struct error *err)
{
    static const struct tarfile_entry folder = { .kind = TARFILE_FOLDER,
                                                 .mode = 0755 };
    struct strvec words = { 0 };
    char *path = NULL;
    bool done = dockerfile_words(rest, work->variables, &words, err);

    if (done && words.count == 1)
        path = standin_copy_target(work->workdir, words.items[0]);
    strvec_release(&words);
    if (!path)
        return error_set(err, ERROR_INPUT,
                         "WORKDIR requires exactly one argument, without '..'");
    if (*path)
        tarfile_add(&work->layer, path, &folder);
    free(work->workdir);
    work->workdir = mem_format("/%s", path);
    jsonx_set_text(work->config, "WorkingDir", work->workdir);
    free(path);
    return done;
}

static bool do_user(struct standin_work *work, const char *rest,
                    struct error *err)
{
    (void)err;
    jsonx_set_text(work->config, "User", rest);
    return true;
}

/* Flags stand before the words, and before a JSON array as well. */
static const char *take_flags(const char *rest, struct strvec *words)
{
    while (strncmp(rest, "--", 2) == 0) {
        size_t size = strcspn(rest, " \t");

        strvec_take(words, mem_bytes(rest, size));
        rest += size + strspn(rest + size, " \t");
    }
    return rest;
}

static bool copy(struct standin_work *work, const char *rest, bool is_add,
                 struct error *err)
{
    struct strvec words = { 0 };
    const char *paths = take_flags(rest, &words);
    bool done = dockerfile_words(paths, work->variables, &words, err) &&
                standin_copy(&work->context, &work->layer, work->workdir,
                             is_add, &words, err);

    strvec_release(&words);
    return done;
}

static bool do_copy(struct standin_work *work, const char *rest,
                    struct error *err)
{
    return copy(work, rest, false, err);
}

static bool do_add(struct standin_work *work, const char *rest,
                   struct error *err)
{
    return copy(work, rest, true, err);
}

static bool do_run(struct standin_work *work, const char *rest,
                   struct error *err)
{
    (void)work;
    error_set(err, ERROR_INPUT,
              "the stand-in for Docker cannot run '%.200s': RUN needs a real "
              "Docker",
              rest);
    return error_hint(err, "start Docker, or COPY what is built outside");
}

/* What changes nothing about the built-in web service. */
static bool do_nothing(struct standin_work *work, const char *rest,
                       struct error *err)
{
    (void)work;
    (void)rest;
    (void)err;
    return true;
}

static const struct instruction {
    const char *word;
    bool (*run)(struct standin_work *work, const char *rest, struct error *err);
} instructions[] = {
    { "FROM", do_from },
    { "ARG", do_arg },
    { "ENV", do_env },
    { "LABEL", do_label },
    { "EXPOSE", do_expose },
    { "CMD", do_cmd },
    { "ENTRYPOINT", do_entrypoint },
    { "WORKDIR", do_workdir },
    { "USER", do_user },
    { "COPY", do_copy },
    { "ADD", do_add },
    { "RUN", do_run },
    { "HEALTHCHECK", do_nothing },
    { "SHELL", do_nothing },
    { "MAINTAINER", do_nothing },
    { "STOPSIGNAL", do_nothing },
    { "VOLUME", do_nothing },
    { "ONBUILD", do_nothing },
};

bool standin_steps_run(struct standin_work *work,
                       const struct dockerfile_item *item, struct error *err)
{
    bool may_be_first =
        strcmp(item->word, "FROM") == 0 || strcmp(item->word, "ARG") == 0;
    char *line;

    if (!work->has_base && !may_be_first)
        return error_set(err, ERROR_INPUT,
                         "no build stage in current context: the Dockerfile "
                         "must begin with FROM");
    line = mem_format("%s %s", item->word, item->rest);
    json_array_append_new(work->history,
                          json_pack("{s:s, s:o, s:b}", "created",
                                    "1970-01-01T00:00:00Z", "created_by",
                                    jsonx_string(line, strlen(line)),
                                    "empty_layer", 1));
    free(line);
    for (size_t i = 0; i < sizeof(instructions) / sizeof(instructions[0]);
         i++) {
        if (strcmp(instructions[i].word, item->word) == 0)
            return instructions[i].run(work, item->rest, err) ||
                   error_wrap(err, "Dockerfile:%d", item->line);
    }
    return error_set(err, ERROR_INPUT, "unknown instruction: %s", item->word);
}
