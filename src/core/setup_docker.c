#include "core/setup_docker.h"

#include "base/mem.h"
#include "base/strbuf.h"
#include "base/strvec.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct docker {
    struct strvec variables; /* "NAME=VALUE" */
    int port;
    bool has_exposed; /* in this stage */
};

/* The next instruction with its continued lines joined and its comments left
 * out; false at the end. */
static bool next_line(const char *text, size_t size, size_t *at,
                      struct strbuf *line)
{
    bool goes_on = true;

    strbuf_clear(line);
    if (*at >= size)
        return false;
    while (goes_on && *at < size) {
        const char *end = memchr(text + *at, '\n', size - *at);
        size_t stop = end ? (size_t)(end - text) : size;
        size_t begin = *at, last = stop;

        *at = stop + 1;
        while (begin < last && isspace((unsigned char)text[begin]))
            begin++;
        while (last > begin && isspace((unsigned char)text[last - 1]))
            last--;
        if (begin < last && text[begin] == '#')
            continue;
        goes_on = last > begin && text[last - 1] == '\\';
        strbuf_add(line, text + begin, last - begin - (goes_on ? 1 : 0));
        strbuf_addc(line, ' ');
    }
    return true;
}

/* A variable's value, the last one given; NULL when it has none. */
static const char *value_of(const struct docker *docker, const char *name,
                            size_t size)
{
    for (size_t i = docker->variables.count; i-- > 0;) {
        const char *item = docker->variables.items[i];

        if (strncmp(item, name, size) == 0 && item[size] == '=')
            return item + size + 1;
    }
    return NULL;
}

/* "8080", "8080/tcp", "$PORT", "${PORT}/tcp", "${PORT:-8080}"; 0 for all
 * else. */
static int port_of(const struct docker *docker, const char *word)
{
    const char *slash = strchr(word, '/');
    char *end;
    long port;

    if (slash && strcasecmp(slash, "/tcp") != 0)
        return 0;
    if (*word == '$') {
        size_t size;

        word += word[1] == '{' ? 2 : 1;
        size = strspn(word, "abcdefghijklmnopqrstuvwxyz"
                            "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");
        slash = strncmp(word + size, ":-", 2) == 0 ? word + size + 2 : "";
        word = value_of(docker, word, size);
        word = word ? word : slash;
        word += *word == '"' || *word == '\'';
    }
    if (!isdigit((unsigned char)*word))
        return 0;
    port = strtol(word, &end, 10);
    return port > 0 && port <= 65535 && (!*end || strchr("/}\"'", *end))
               ? (int)port
               : 0;
}

static void take_exposed(struct docker *docker, const struct strvec *words)
{
    for (size_t i = 1; i < words->count && !docker->has_exposed; i++) {
        int port = port_of(docker, words->items[i]);

        if (port) {
            docker->port = port;
            docker->has_exposed = true;
        }
    }
}

/* `ENV A=1 B=2`, `ENV A 1` and `ARG A=1`. */
static void take_variables(struct docker *docker, const struct strvec *words)
{
    if (words->count == 3 && !strchr(words->items[1], '=')) {
        strvec_addf(&docker->variables, "%s=%s", words->items[1],
                    words->items[2]);
        return;
    }
    for (size_t i = 1; i < words->count; i++) {
        if (strchr(words->items[i], '='))
            strvec_add(&docker->variables, words->items[i]);
    }
}

static void take_instruction(struct docker *docker, const struct strvec *words)
{
    const char *name = words->count ? words->items[0] : "";

    if (strcasecmp(name, "FROM") == 0)
        docker->has_exposed = false;
    else if (strcasecmp(name, "EXPOSE") == 0)
        take_exposed(docker, words);
    else if (strcasecmp(name, "ENV") == 0 || strcasecmp(name, "ARG") == 0)
        take_variables(docker, words);
}

int setup_docker_port(const char *text, size_t size)
{
    struct docker docker = { 0 };
    struct strbuf line = { 0 };
    size_t at = 0;

    while (next_line(text, size, &at, &line)) {
        struct strvec words = { 0 };

        strvec_split(&words, strbuf_text(&line), " \t");
        take_instruction(&docker, &words);
        strvec_release(&words);
    }
    strbuf_release(&line);
    strvec_release(&docker.variables);
    return docker.port;
}
