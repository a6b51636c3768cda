/*
 * The project's configuration as it is: like config.c, but file by file, and
 * without the process environment on top: what is asked is what the files
 * shall say.
 */
#include "core/setup_private.h"

#include "base/fileio.h"
#include "base/mem.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool read_one(const char *dir, struct setup_existing *file,
                     struct error *err)
{
    char *path = fileio_join(dir, file->name);
    struct error reading = { 0 };

    file->is_there =
        fileio_read(AT_FDCWD, path, ENVFILE_LARGEST, &file->text, &reading);
    free(path);
    if (file->is_there || reading.code == ERROR_NOT_FOUND)
        return true;
    if (err && !error_is_set(err))
        *err = reading;
    return false;
}

static bool read_overlay(struct setup *setup, const char *name,
                         struct error *err)
{
    struct setup_existing *file;
    size_t size = strlen(name);

    if (size < 5 || strcmp(name + size - 4, ".env") != 0)
        return true;
    setup->overlays =
        mem_grow(setup->overlays, setup->overlay_count,
                 &setup->overlay_capacity, sizeof(*setup->overlays));
    file = &setup->overlays[setup->overlay_count++];
    *file =
        (struct setup_existing){ .name = mem_format("environments/%s", name) };
    return read_one(setup->dir, file, err);
}

static bool read_overlays(struct setup *setup, struct error *err)
{
    char *path = fileio_join(setup->dir, "environments");
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    struct strvec names = { 0 };
    bool ok = true;

    free(path);
    if (fd < 0)
        return true;
    ok = fileio_list(fd, &names, err);
    for (size_t i = 0; ok && i < names.count; i++)
        ok = read_overlay(setup, names.items[i], err);
    strvec_release(&names);
    close(fd);
    return ok;
}

bool setup_existing_read(struct setup *setup, struct error *err)
{
    setup->machine.name = mem_text(".env");
    setup->shared.name = mem_text("deployment-config.env");
    return read_one(setup->dir, &setup->machine, err) &&
           read_one(setup->dir, &setup->shared, err) &&
           read_overlays(setup, err);
}

/* ---- values ----------------------------------------------------------- */

struct look_up {
    const struct setup *setup;
    size_t rank; /* of the file that is read */
};

/* As config.c: the process environment, then the files ranked higher. */
static const char *look_up(void *context, const char *key)
{
    const struct look_up *look = context;
    const char *value = getenv(key);

    for (size_t i = 0; (!value || !*value) && i < look->rank; i++) {
        const struct setup_existing *file = look->setup->ranked[i];
        const char *found = file ? envfile_value(&file->entries, key) : NULL;

        value = found ? found : value;
    }
    return value;
}

static bool parse_ranked(struct setup *setup, struct error *err)
{
    for (size_t rank = 0; rank < SETUP_RANKS; rank++) {
        struct setup_existing *file = setup->ranked[rank];
        struct look_up look = { setup, rank };

        if (!file)
            continue;
        envfile_release(&file->entries);
        if (!envfile_parse(file->name, strbuf_text(&file->text), file->text.len,
                           look_up, &look, &file->entries, err))
            return false;
    }
    return true;
}

static struct setup_existing *overlay_of(struct setup *setup,
                                         const char *environment)
{
    char *name = mem_format("environments/%s.env", environment);
    struct setup_existing *found = NULL;

    for (size_t i = 0; i < setup->overlay_count; i++) {
        if (strcmp(setup->overlays[i].name, name) == 0)
            found = &setup->overlays[i];
    }
    free(name);
    return found;
}

bool setup_existing_choose(struct setup *setup, const char *environment,
                           struct error *err)
{
    free(setup->environment);
    setup->environment = mem_text(environment);
    setup->ranked[SETUP_OVERLAY_RANK] = overlay_of(setup, environment);
    setup->ranked[SETUP_MACHINE_RANK] =
        setup->machine.is_there ? &setup->machine : NULL;
    setup->ranked[SETUP_SHARED_RANK] =
        setup->shared.is_there ? &setup->shared : NULL;
    return parse_ranked(setup, err);
}

const char *setup_existing_value(const struct setup *setup, const char *key,
                                 const char **name)
{
    size_t rank = SETUP_OVERLAY_RANK;

    /* The environment's own file is chosen by the key, not a source of it. */
    if (strcmp(key, "ENVIRONMENT") == 0)
        rank = SETUP_MACHINE_RANK;
    for (; rank < SETUP_RANKS; rank++) {
        const struct setup_existing *file = setup->ranked[rank];
        const char *value = file ? envfile_value(&file->entries, key) : NULL;

        if (value) {
            *name = file->name;
            return value;
        }
    }
    return NULL;
}

static void release_one(struct setup_existing *file)
{
    free(file->name);
    strbuf_release(&file->text);
    envfile_release(&file->entries);
}

void setup_existing_release(struct setup *setup)
{
    release_one(&setup->machine);
    release_one(&setup->shared);
    for (size_t i = 0; i < setup->overlay_count; i++)
        release_one(&setup->overlays[i]);
    free(setup->overlays);
    free(setup->environment);
}
