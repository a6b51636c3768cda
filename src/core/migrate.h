/*
 * Earlier deployment scripts of a project: finding them, what they tell, and
 * putting them aside. Nothing of theirs is ever run or deleted.
 *
 *     struct migrate migrate = { 0 };
 *     if (migrate_find(&migrate, ".", &err))
 *         for (size_t i = 0; i < migrate.script_count; i++) ...
 *     setup = setup_new(...);
 *     migrate_offer(&migrate, setup);        then setup_plan(), setup_write()
 *     migrate_archive(".", &paths, now, &moved, &err);
 *     ...
 *     migrate_undo(".", NULL, &moved, &err);
 *     migrate_release(&migrate);
 *
 * A script is an earlier one by its name (deploy*.sh, build-and-push.sh,
 * update-service.sh, *apprunner*.sh) or because it creates or updates an App
 * Runner service; none is a step-NNN script, one that calls stepdeck or uses
 * the scaffold's libraries, or one below node_modules, hooks, vendor, a folder
 * with a dot, another repository, or the archive.
 *
 * These functions touch the disk, except migrate_chosen(); one thread.
 */
#ifndef STEPDECK_CORE_MIGRATE_H
#define STEPDECK_CORE_MIGRATE_H

#include "core/migrate_read.h"
#include "core/setup.h"

#include <stdint.h>

#define MIGRATE_ARCHIVE "deployment-archive"

struct migrate_script {
    char *path;      /* relative to the project */
    const char *why; /* it is taken for one, "by its name"; constant */
    int rank;        /* whose values count first: 0 service, 1 deploy, 2 rest */
};

/* A place that will have to be changed. */
struct migrate_mention {
    char *file;
    int line;
    char *script;
};

struct migrate {
    char *dir;
    struct migrate_script *scripts; /* by rank, then by path */
    size_t script_count, script_capacity;
    /* Of all scripts, each with its file; in the order in which they count. */
    struct migrate_reading found;
    struct strvec sourced; /* files that were read because scripts do */
    struct migrate_mention *mentions;
    size_t mention_count, mention_capacity;
};

/* None found is fine. False only when the folder cannot be read. */
NODISCARD bool migrate_find(struct migrate *migrate, const char *dir,
                            struct error *err);
void migrate_release(struct migrate *migrate);

/* The value that counts; NULL when there is none. */
const struct migrate_finding *migrate_chosen(const struct migrate *migrate,
                                             enum migrate_kind kind,
                                             const char *key);

/* Gives the settings to the setup of the same project: values that the
 * project's files have already stay. Settings that will not do lose their
 * value, and the choice is made anew. */
void migrate_offer(struct migrate *migrate, struct setup *setup);

/* Whether the value of a question is more than a default: answered, in the
 * project's files, or told by a script. */
bool migrate_is_told(const struct migrate *migrate, const struct setup *setup,
                     const char *key);

/* ---- the files -------------------------------------------------------- */

/* What the configuration becomes. Secrets go into .env; variables of the
 * service and references to secrets into service.json, or beside it where
 * there is one that says something else. */
struct migrate_plan {
    struct setup_files files;
    char *service_file; /* "service.json.migrated"; NULL: nothing to write */
    char *service_text;
    char *service_diff;
    bool has_service;           /* a service.json is there already and stays */
    struct strvec kept_secrets; /* names that .env has already */
};

/* Writes nothing; as setup_plan(). `plan` is released on failure. */
NODISCARD bool migrate_plan(const struct migrate *migrate,
                            const struct setup *setup,
                            struct migrate_plan *plan, struct error *err);
bool migrate_plan_is_changed(const struct migrate_plan *plan);
/* As setup_write(), and reads all of it back to verify it. */
NODISCARD bool migrate_write(const struct migrate_plan *plan,
                             struct setup_result *result, struct error *err);
void migrate_plan_release(struct migrate_plan *plan);

/* ---- the archive ------------------------------------------------------ */

/* What was moved. */
struct migrate_moved {
    char *archive;         /* "deployment-archive/20261121T170000Z" */
    struct strvec files;   /* their own paths, relative to the project */
    struct strvec changed; /* undone although not as they were archived */
};
void migrate_moved_release(struct migrate_moved *moved);

/* Moves the files into a new archive and verifies them there. On failure
 * everything is where it was, or the hint says what is not. No files: true,
 * with nothing moved. */
NODISCARD bool migrate_archive(const char *dir, const struct strvec *paths,
                               int64_t now_ms, struct migrate_moved *moved,
                               struct error *err);

/* Finds and archives at once, for deploy --cleanup-old. */
NODISCARD bool migrate_cleanup(const char *dir, int64_t now_ms,
                               struct migrate_moved *moved, struct error *err);

/* Puts the files of an archive back: `name` is its folder or the beginning of
 * it ("20261121"), NULL the newest one. ERROR_INPUT when there is no such
 * archive or another file is in the place of one. On failure everything is
 * where it was, or the hint says what is not. */
NODISCARD bool migrate_undo(const char *dir, const char *name,
                            struct migrate_moved *moved, struct error *err);

#endif
