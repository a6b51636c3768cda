#include "core/migrate_mention.h"

#include "base/fileio.h"
#include "base/mem.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MOST_MENTIONS = 500 };

/* ---- names in a line -------------------------------------------------- */

static bool is_path_byte(char byte)
{
    return isalnum((unsigned char)byte) || (byte && strchr("._/-", byte));
}

/* Whether a path as it is written means the script: what stands before it may
 * be any folder, and a bare name may be meant for another folder. */
static bool means(const char *written, size_t size, const char *script)
{
    size_t script_size = strlen(script);
    const char *base = fileio_base(script);

    /* The full stop of a sentence. */
    while (size && written[size - 1] == '.')
        size--;
    if (size > script_size)
        return written[size - script_size - 1] == '/' &&
               memcmp(written + size - script_size, script, script_size) == 0;
    if (size == script_size)
        return memcmp(written, script, size) == 0;
    if (size == strlen(base) + 2 && memcmp(written, "./", 2) == 0) {
        written += 2;
        size -= 2;
    }
    return size == strlen(base) && memcmp(written, base, size) == 0;
}

bool migrate_line_names(const char *line, size_t size, const char *script)
{
    size_t at = 0;

    while (at < size) {
        size_t start = at;

        while (at < size && is_path_byte(line[at]))
            at++;
        if (at > start && means(line + start, at - start, script))
            return true;
        at++;
    }
    return false;
}

/* ---- files ------------------------------------------------------------ */

static bool starts_with(const char *text, const char *start)
{
    return strncmp(text, start, strlen(start)) == 0;
}

static bool ends_with(const char *text, const char *end)
{
    size_t size = strlen(text), end_size = strlen(end);

    return size >= end_size && strcmp(text + size - end_size, end) == 0;
}

static bool may_name(const char *path)
{
    static const char *const names[] = { "Makefile",
                                         "makefile",
                                         "GNUmakefile",
                                         "justfile",
                                         "Justfile",
                                         "Jenkinsfile",
                                         "Procfile",
                                         "package.json",
                                         "buildspec.yml",
                                         "Taskfile.yml",
                                         "azure-pipelines.yml",
                                         "bitbucket-pipelines.yml" };
    const char *name = fileio_base(path);

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strcmp(names[i], name) == 0)
            return true;
    }
    return starts_with(name, "README") || ends_with(name, ".md") ||
           (starts_with(path, "docs/") &&
            (ends_with(name, ".txt") || ends_with(name, ".rst")));
}

static void add_mention(struct migrate *migrate, const char *file, int line,
                        const char *script)
{
    if (migrate->mention_count >= MOST_MENTIONS)
        return;
    migrate->mentions =
        mem_grow(migrate->mentions, migrate->mention_count,
                 &migrate->mention_capacity, sizeof(*migrate->mentions));
    migrate->mentions[migrate->mention_count++] =
        (struct migrate_mention){ mem_text(file), line, mem_text(script) };
}

static void look_into(struct migrate *migrate, const char *file)
{
    char *path = fileio_join(migrate->dir, file);
    struct strbuf text = { 0 };
    const char *line;
    int number = 0;

    (void)!fileio_read(AT_FDCWD, path, MIGRATE_LARGEST, &text, NULL);
    for (line = strbuf_text(&text); *line; number++) {
        size_t size = strcspn(line, "\n");

        for (size_t i = 0; i < migrate->script_count; i++) {
            const char *script = migrate->scripts[i].path;

            if (migrate_line_names(line, size, script))
                add_mention(migrate, file, number + 1, script);
        }
        line += size + (line[size] == '\n');
    }
    strbuf_release(&text);
    free(path);
}

static void look_into_workflows(struct migrate *migrate)
{
    static const char folder[] = ".github/workflows";
    char *path = fileio_join(migrate->dir, folder);
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    struct strvec names = { 0 };

    if (fd >= 0)
        (void)!fileio_list(fd, &names, NULL);
    for (size_t i = 0; i < names.count; i++) {
        char *file = mem_format("%s/%s", folder, names.items[i]);

        if (ends_with(file, ".yml") || ends_with(file, ".yaml"))
            look_into(migrate, file);
        free(file);
    }
    strvec_release(&names);
    if (fd >= 0)
        close(fd);
    free(path);
}

void migrate_mentions(struct migrate *migrate, const struct strvec *files,
                      const struct strvec *others)
{
    if (!migrate->script_count)
        return;
    for (size_t i = 0; i < files->count; i++) {
        if (may_name(files->items[i]))
            look_into(migrate, files->items[i]);
    }
    for (size_t i = 0; i < others->count; i++)
        look_into(migrate, others->items[i]);
    look_into_workflows(migrate);
    look_into(migrate, ".gitlab-ci.yml");
    look_into(migrate, ".circleci/config.yml");
}
