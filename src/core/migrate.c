#include "core/migrate.h"

#include "base/fileio.h"
#include "base/mem.h"
#include "core/migrate_mention.h"
#include "core/project.h"
#include "core/setup_private.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DEEPEST_FOLDER = 5, MOST_SCRIPTS = 500, WEAK_RANK = 10 };

static bool starts_with(const char *text, const char *start)
{
    return strncmp(text, start, strlen(start)) == 0;
}

static bool ends_with(const char *text, const char *end)
{
    size_t size = strlen(text), end_size = strlen(end);

    return size >= end_size && strcmp(text + size - end_size, end) == 0;
}

/* ---- recognising ------------------------------------------------------ */

/* The rank of a script with such a name, -1 for a name that says nothing. */
static int rank_of_name(const char *path)
{
    static const struct {
        const char *part;
        bool begins; /* else anywhere */
        int rank;
    } rules[] = {
        { "update-service", true, 0 }, { "update_service", true, 0 },
        { "apprunner", false, 0 },     { "app-runner", false, 0 },
        { "app_runner", false, 0 },    { "deploy", true, 1 },
        { "build-and-push", true, 2 }, { "build_and_push", true, 2 },
        { "build-push", true, 2 },     { "push-to-ecr", true, 2 },
    };
    char *name = mem_text(fileio_base(path));
    int rank = -1;

    for (char *at = name; *at; at++)
        *at = (char)tolower((unsigned char)*at);
    for (size_t i = 0; rank < 0 && i < sizeof(rules) / sizeof(rules[0]); i++) {
        const char *at = strstr(name, rules[i].part);

        if (at && (at == name || !rules[i].begins))
            rank = rules[i].rank;
    }
    free(name);
    return rank;
}

/* A shell script by its name or by its first line. */
static bool is_shell(const char *path, const struct strbuf *text)
{
    const char *name = fileio_base(path);
    const char *bytes = strbuf_text(text);
    char *first;
    bool is;

    if (ends_with(name, ".sh") || ends_with(name, ".bash"))
        return true;
    if (strchr(name, '.') || !starts_with(bytes, "#!"))
        return false;
    first = mem_bytes(bytes, strcspn(bytes, "\r\n "));
    is = ends_with(first, "sh") || starts_with(bytes, "#!/usr/bin/env bash") ||
         starts_with(bytes, "#!/usr/bin/env sh");
    free(first);
    return is;
}

static bool is_step(const char *path)
{
    char *id;
    int number;

    if (!step_parse_file_name(fileio_base(path), &id, &number))
        return false;
    free(id);
    return true;
}

/* ---- values ----------------------------------------------------------- */

/* Moves the findings over, each with its file. */
static void take_findings(struct migrate *migrate,
                          struct migrate_reading *reading, const char *file,
                          int rank)
{
    struct migrate_reading *all = &migrate->found;

    for (size_t i = 0; i < reading->count; i++) {
        all->findings = mem_grow(all->findings, all->count, &all->capacity,
                                 sizeof(*all->findings));
        all->findings[all->count] = reading->findings[i];
        all->findings[all->count].file = mem_text(file);
        all->findings[all->count++].rank =
            rank + (reading->findings[i].rank ? WEAK_RANK : 0);
    }
    reading->count = 0;
}

/* The path in the project of a name as seen from the script's folder, NULL
 * when it leads out; to free. */
static char *resolve(const char *script, const char *name)
{
    size_t size = (size_t)(fileio_base(script) - script);
    char *all = mem_format("%.*s%s", (int)size, script, name);
    struct strvec parts = { 0 };
    struct strbuf path = { 0 };
    bool ok = *name != '/';

    strvec_split(&parts, all, "/");
    for (size_t i = 0; ok && i < parts.count; i++) {
        const char *part = parts.items[i];
        const char *last = strrchr(strbuf_text(&path), '/');

        if (strcmp(part, "..") != 0) {
            if (strcmp(part, ".") != 0)
                strbuf_addf(&path, "%s%s", path.len ? "/" : "", part);
            continue;
        }
        ok = path.len > 0;
        strbuf_truncate(&path, last ? (size_t)(last - path.data) : 0);
    }
    ok = ok && path.len;
    strvec_release(&parts);
    free(all);
    if (ok)
        return strbuf_take(&path);
    strbuf_release(&path);
    return NULL;
}

/* Reads the file at the first of two places, relative to the project, that has
 * one; gives that place, or NULL. Takes both over; what it gives is to free. */
static char *read_first(const struct migrate *migrate, char *first,
                        char *second, struct strbuf *text)
{
    char *places[] = { first, second };
    char *found = NULL;

    for (size_t i = 0; i < 2; i++) {
        char *path =
            places[i] && !found ? fileio_join(migrate->dir, places[i]) : NULL;

        if (path && fileio_read(AT_FDCWD, path, MIGRATE_LARGEST, text, NULL)) {
            found = places[i];
        } else {
            if (path)
                strbuf_clear(text);
            free(places[i]);
        }
        free(path);
    }
    return found;
}

/* A JSON file that a command takes: in the project or beside the script, and
 * nowhere else. */
static void read_input(struct migrate *migrate, const char *script,
                       const char *name, int rank)
{
    struct migrate_reading reading = { 0 };
    struct strbuf text = { 0 };
    char *place =
        read_first(migrate, resolve("", name), resolve(script, name), &text);

    if (place) {
        migrate_read_input(strbuf_text(&text), text.len, &reading);
        take_findings(migrate, &reading, place, rank);
    }
    migrate_reading_release(&reading);
    strbuf_release(&text);
    free(place);
}

/* What setup reads anyway. */
static bool is_configuration(const char *path)
{
    return strcmp(path, ".env") == 0 ||
           strcmp(path, "deployment-config.env") == 0 ||
           starts_with(path, "environments/");
}

/* Reads a file that the script sources, beside it or in the project; its text
 * is added to `texts`. */
static void read_source(struct migrate *migrate, const char *script,
                        const char *name, int rank, struct strvec *texts)
{
    struct migrate_reading reading = { 0 };
    struct strbuf text = { 0 };
    char *place =
        read_first(migrate, resolve(script, name), resolve("", name), &text);

    if (place)
        strvec_add(texts, strbuf_text(&text));
    if (place && !is_configuration(place) &&
        !strvec_has(&migrate->sourced, place)) {
        strvec_add(&migrate->sourced, place);
        migrate_read(strbuf_text(&text), text.len, &reading);
        take_findings(migrate, &reading, place, rank);
    }
    migrate_reading_release(&reading);
    strbuf_release(&text);
    free(place);
}

/* Reads the script once more, with the variables of what it sources. */
static void read_again(struct migrate *migrate, const char *path, int rank,
                       const struct strbuf *text,
                       struct migrate_reading *reading)
{
    struct migrate_reading again = { 0 };
    struct strvec texts = { 0 };

    for (size_t i = 0; i < reading->sources.count; i++)
        read_source(migrate, path, reading->sources.items[i], rank, &texts);
    if (texts.count) {
        migrate_read_behind(&texts, strbuf_text(text), text->len, &again);
        migrate_reading_release(reading);
        *reading = again;
    }
    strvec_release(&texts);
}

static void add_script(struct migrate *migrate, const char *path, int rank,
                       const char *why)
{
    migrate->scripts =
        mem_grow(migrate->scripts, migrate->script_count,
                 &migrate->script_capacity, sizeof(*migrate->scripts));
    migrate->scripts[migrate->script_count++] =
        (struct migrate_script){ mem_text(path), why, rank };
}

/* Looks at one file; gives whether it is some other shell script. */
static bool look_at(struct migrate *migrate, const char *path)
{
    char *full = fileio_join(migrate->dir, path);
    int rank = rank_of_name(path);
    struct migrate_reading reading = { 0 };
    struct strbuf text = { 0 };
    bool is_script =
        fileio_read(AT_FDCWD, full, MIGRATE_LARGEST, &text, NULL) &&
        is_shell(path, &text);
    bool is_old;

    if (is_script)
        migrate_read(strbuf_text(&text), text.len, &reading);
    is_old = is_script && !reading.is_ours && !is_step(path) &&
             (rank >= 0 || reading.deploys);
    if (is_old) {
        bool by_name = rank >= 0;

        rank = reading.deploys ? 0 : rank;
        add_script(migrate, path, rank,
                   reading.deploys ? "deploys to App Runner"
                   : by_name       ? "by its name"
                                   : "");
        read_again(migrate, path, rank, &text, &reading);
        take_findings(migrate, &reading, path, rank);
        for (size_t i = 0; i < reading.inputs.count; i++)
            read_input(migrate, path, reading.inputs.items[i], rank);
    }
    migrate_reading_release(&reading);
    strbuf_release(&text);
    free(full);
    return is_script && !is_old;
}

/* ---- folders ---------------------------------------------------------- */

static bool is_left_out(const char *path, int fd, const char *name)
{
    static const char *const folders[] = { "node_modules", "vendor",
                                           "third_party", "venv",
                                           MIGRATE_ARCHIVE };
    bool is = strcmp(path, "hooks") == 0;
    char *git = mem_format("%s/.git", name);

    for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
        is = is || strcmp(name, folders[i]) == 0;
    is = is || fileio_exists(fd, git);
    free(git);
    return is;
}

/* The files of the folder and below, as paths of the project. Links are not
 * followed. */
static void list_files(int fd, const char *folder, int depth,
                       struct strvec *files)
{
    struct strvec names = { 0 };

    (void)!fileio_list(fd, &names, NULL);
    for (size_t i = 0; i < names.count; i++) {
        const char *name = names.items[i];
        char *path =
            *folder ? mem_format("%s/%s", folder, name) : mem_text(name);
        struct stat info;
        int inner = -1;

        if (fstatat(fd, name, &info, AT_SYMLINK_NOFOLLOW) < 0)
            info.st_mode = 0;
        if (S_ISREG(info.st_mode) && info.st_size <= MIGRATE_LARGEST)
            strvec_add(files, path);
        else if (S_ISDIR(info.st_mode) && depth < DEEPEST_FOLDER &&
                 !is_left_out(path, fd, name))
            inner = fileio_open_dir(fd, name, NULL);
        if (inner >= 0) {
            list_files(inner, path, depth + 1, files);
            close(inner);
        }
        free(path);
    }
    strvec_release(&names);
}

static int compare_scripts(const void *a, const void *b)
{
    const struct migrate_script *left = a, *right = b;

    return left->rank != right->rank ? left->rank - right->rank
                                     : strcmp(left->path, right->path);
}

static int compare_findings(const void *a, const void *b)
{
    const struct migrate_finding *left = a, *right = b;
    int order = (int)left->kind - (int)right->kind;

    order = order ? order : strcmp(left->key, right->key);
    order = order ? order : !left->value - !right->value;
    order = order ? order : left->rank - right->rank;
    order = order ? order : strcmp(left->file, right->file);
    return order ? order : left->line - right->line;
}

/* The first of each key that has a value is the chosen one. */
static void choose(struct migrate *migrate)
{
    struct migrate_reading *all = &migrate->found;

    if (all->count)
        qsort(all->findings, all->count, sizeof(*all->findings),
              compare_findings);
    for (size_t i = 0; i < all->count; i++) {
        struct migrate_finding *finding = &all->findings[i];
        bool is_first = !i || finding[-1].kind != finding->kind ||
                        strcmp(finding[-1].key, finding->key) != 0;

        finding->is_chosen = is_first && finding->value;
    }
}

bool migrate_find(struct migrate *migrate, const char *dir, struct error *err)
{
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    struct strvec files = { 0 }, others = { 0 };

    *migrate = (struct migrate){ .dir = mem_text(dir) };
    if (fd < 0) {
        error_set(err, ERROR_INPUT, "cannot open the folder '%s'", dir);
        return error_hint(err, "name the folder of a project with -C");
    }
    list_files(fd, "", 0, &files);
    for (size_t i = 0; i < files.count; i++) {
        const char *path = files.items[i];

        if (migrate->script_count < MOST_SCRIPTS && look_at(migrate, path))
            strvec_add(&others, path);
    }
    if (migrate->script_count)
        qsort(migrate->scripts, migrate->script_count,
              sizeof(*migrate->scripts), compare_scripts);
    choose(migrate);
    migrate_mentions(migrate, &files, &others);
    strvec_release(&files);
    strvec_release(&others);
    close(fd);
    return true;
}

void migrate_release(struct migrate *migrate)
{
    for (size_t i = 0; i < migrate->script_count; i++)
        free(migrate->scripts[i].path);
    for (size_t i = 0; i < migrate->mention_count; i++) {
        free(migrate->mentions[i].file);
        free(migrate->mentions[i].script);
    }
    strvec_release(&migrate->sourced);
    free(migrate->scripts);
    free(migrate->mentions);
    migrate_reading_release(&migrate->found);
    free(migrate->dir);
    *migrate = (struct migrate){ 0 };
}

/* ---- what becomes of it ----------------------------------------------- */

const struct migrate_finding *migrate_chosen(const struct migrate *migrate,
                                             enum migrate_kind kind,
                                             const char *key)
{
    for (size_t i = 0; i < migrate->found.count; i++) {
        const struct migrate_finding *finding = &migrate->found.findings[i];

        if (finding->is_chosen && finding->kind == kind &&
            strcmp(finding->key, key) == 0)
            return finding;
    }
    return NULL;
}

static void offer(struct setup *setup, const struct migrate_finding *finding)
{
    char *origin = mem_format("%s line %d", finding->file, finding->line);
    const char *file;

    /* Before what is detected: the scripts are the project's own word. */
    if (setup_row(finding->key) >= 0)
        setup_offer(setup, &(struct setup_offer){ .key = finding->key,
                                                  .value = finding->value,
                                                  .origin = origin,
                                                  .rank = SETUP_CONFIGURED });
    else if (!setup_existing_value(setup, finding->key, &file))
        (void)!setup_answer(setup, finding->key, finding->value, NULL);
    free(origin);
}

void migrate_offer(struct migrate *migrate, struct setup *setup)
{
    bool has_service = false;

    for (size_t i = 0; i < migrate->found.count; i++) {
        struct migrate_finding *finding = &migrate->found.findings[i];

        if (finding->kind != MIGRATE_SETTING || !finding->value ||
            setup_check(setup, finding->key, finding->value, NULL))
            continue;
        free(finding->value);
        finding->value = NULL;
        finding->why = "not a value that this key can have";
    }
    choose(migrate);
    for (size_t i = 0; i < migrate->script_count; i++)
        has_service = has_service || migrate->scripts[i].rank == 0;
    if (has_service || migrate_chosen(migrate, MIGRATE_SETTING, "SERVICE_NAME"))
        setup_offer(setup, &(struct setup_offer){ .key = "DEPLOY_TARGET",
                                                  .value = "apprunner",
                                                  .origin = "the scripts do",
                                                  .rank = SETUP_CONFIGURED });
    for (size_t i = 0; i < migrate->found.count; i++) {
        const struct migrate_finding *finding = &migrate->found.findings[i];

        if (finding->is_chosen && finding->kind == MIGRATE_SETTING)
            offer(setup, finding);
    }
}

bool migrate_is_told(const struct migrate *migrate, const struct setup *setup,
                     const char *key)
{
    const char *file;

    return setup_is_answered(setup, key) ||
           setup_existing_value(setup, key, &file) ||
           migrate_chosen(migrate, MIGRATE_SETTING, key);
}

bool migrate_cleanup(const char *dir, int64_t now_ms,
                     struct migrate_moved *moved, struct error *err)
{
    struct migrate migrate = { 0 };
    struct strvec paths = { 0 };
    bool ok = migrate_find(&migrate, dir, err);

    *moved = (struct migrate_moved){ 0 };
    for (size_t i = 0; ok && i < migrate.script_count; i++)
        strvec_add(&paths, migrate.scripts[i].path);
    ok = ok && migrate_archive(dir, &paths, now_ms, moved, err);
    strvec_release(&paths);
    migrate_release(&migrate);
    return ok;
}
