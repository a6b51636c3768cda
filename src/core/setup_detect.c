/*
 * The sources of defaults that need no network: one function each, all of them
 * rows of one table. The order decides between offers of the same rank.
 */
#include "core/setup_private.h"

#include "base/fileio.h"
#include "base/mem.h"
#include "core/awsprofiles.h"
#include "core/config.h"
#include "core/repo.h"
#include "core/setup_docker.h"
#include "core/target.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DOCKERFILE_LIMIT = 1 << 20 };

static void offer(struct setup *setup, enum setup_rank rank, const char *key,
                  const char *value, const char *origin)
{
    setup_offer(setup, &(struct setup_offer){ .key = key,
                                              .value = value,
                                              .origin = origin,
                                              .rank = rank });
}

/* Sorted; those that begin with a dot are left out. */
static void list_folder(const char *path, struct strvec *names)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0)
        return;
    (void)!fileio_list(fd, names, NULL);
    close(fd);
}

static bool ends_with(const char *text, const char *end)
{
    size_t size = strlen(text), end_size = strlen(end);

    return size >= end_size && strcmp(text + size - end_size, end) == 0;
}

/* ---- the shell that stepdeck was started from ------------------------- */

static void find_variables(struct setup *setup)
{
    for (const struct setup_question *row = setup_questions(); row->key;
         row++) {
        const char *value =
            row->home == SETUP_NOWHERE ? NULL : getenv(row->key);
        const char *name = row->key;
        char *origin;

        if ((!value || !*value) && strcmp(row->key, "AWS_REGION") == 0) {
            name = "AWS_DEFAULT_REGION";
            value = getenv(name);
        }
        if (!value || !*value)
            continue;
        origin = mem_format("%s in the process environment", name);
        offer(setup, SETUP_DETECTED, row->key, value, origin);
        free(origin);
    }
}

/* ---- git and the folder ----------------------------------------------- */

static void find_name(struct setup *setup)
{
    char *remote = repo_remote_name(setup->dir);
    char *path = realpath(setup->dir, NULL);

    if (remote)
        offer(setup, SETUP_DETECTED, "PROJECT_NAME", remote,
              "from the git remote");
    if (path)
        offer(setup, SETUP_DETECTED, "PROJECT_NAME", fileio_base(path),
              "name of the folder");
    free(path);
    free(remote);
}

/* Branches that carry the name of what they are deployed to. */
static bool names_environment(const struct setup *setup, const char *branch)
{
    static const char *const usual[] = { "dev",        "test", "qa",
                                         "staging",    "prod", "production",
                                         "development" };
    char *file = mem_format("environments/%s.env", branch);
    bool found = false;

    for (size_t i = 0; i < sizeof(usual) / sizeof(usual[0]); i++)
        found = found || strcmp(usual[i], branch) == 0;
    for (size_t i = 0; i < setup->overlay_count; i++)
        found = found || strcmp(setup->overlays[i].name, file) == 0;
    free(file);
    return found;
}

static void find_environments(struct setup *setup)
{
    struct repo_info info;

    if (repo_read(setup->dir, &info) && info.branch &&
        names_environment(setup, info.branch))
        offer(setup, SETUP_DETECTED, "ENVIRONMENT", info.branch,
              "name of the git branch");
    repo_info_release(&info);
    for (size_t i = 0; i < setup->overlay_count; i++) {
        const char *file = fileio_base(setup->overlays[i].name);
        char *name = mem_bytes(file, strlen(file) - strlen(".env"));
        char *origin = mem_format("%s is there", setup->overlays[i].name);

        offer(setup, SETUP_POSSIBLE, "ENVIRONMENT", name, origin);
        free(origin);
        free(name);
    }
}

static void find_targets(struct setup *setup)
{
    struct strvec names = { 0 };

    target_names(&names);
    for (size_t i = 0; i < names.count; i++)
        offer(setup, SETUP_POSSIBLE, "DEPLOY_TARGET", names.items[i], "");
    strvec_release(&names);
}

/* ---- Docker ----------------------------------------------------------- */

static void offer_dockerfile(struct setup *setup, const char *name)
{
    char *path = fileio_join(setup->dir, name);
    char *origin = mem_format("EXPOSE in %s", name);
    struct strbuf text = { 0 };
    char port[16];

    if (fileio_read(AT_FDCWD, path, DOCKERFILE_LIMIT, &text, NULL)) {
        int number = setup_docker_port(strbuf_text(&text), text.len);

        offer(setup, SETUP_DETECTED, "DOCKERFILE", name, "found here");
        snprintf(port, sizeof(port), "%d", number);
        if (number)
            setup_offer(setup, &(struct setup_offer){ .key = "PORT",
                                                      .value = port,
                                                      .origin = origin,
                                                      .rank = SETUP_DETECTED,
                                                      .when_key = "DOCKERFILE",
                                                      .when_value = name });
    }
    strbuf_release(&text);
    free(origin);
    free(path);
}

static void find_dockerfiles(struct setup *setup)
{
    static const char *const usual[] = { "Dockerfile", "Containerfile",
                                         "docker/Dockerfile" };
    struct strvec names = { 0 };
    bool has_scripts = false, has_dockerfile;

    for (size_t i = 0; i < sizeof(usual) / sizeof(usual[0]); i++)
        offer_dockerfile(setup, usual[i]);
    list_folder(setup->dir, &names);
    for (size_t i = 0; i < names.count; i++) {
        has_scripts |= strncmp(names.items[i], "step-", 5) == 0;
        if (strncmp(names.items[i], "Dockerfile.", 11) == 0 ||
            ends_with(names.items[i], ".Dockerfile"))
            offer_dockerfile(setup, names.items[i]);
    }
    has_dockerfile =
        strvec_has(&names, "Dockerfile") || strvec_has(&names, "Containerfile");
    /* Where nothing else says how, a container is what there is to deploy. */
    if (has_dockerfile && !has_scripts)
        offer(setup, SETUP_DETECTED, "DEPLOY_TARGET", "apprunner",
              "for there is a Dockerfile, and no step scripts");
    strvec_release(&names);
}

/* ---- AWS -------------------------------------------------------------- */

static void offer_profile(struct setup *setup, const struct awsprofile *profile)
{
    bool is_default = strcmp(profile->name, "default") == 0;
    char *origin = mem_format("profile '%s' in the AWS config", profile->name);
    struct setup_offer region = { .key = "AWS_REGION",
                                  .value = profile->region,
                                  .origin = origin,
                                  .rank = SETUP_DETECTED,
                                  .when_key = "AWS_PROFILE",
                                  .when_value = profile->name };
    struct setup_offer named = { .key = "AWS_PROFILE",
                                 .value = profile->name,
                                 .origin = "named like the environment",
                                 .rank = SETUP_DETECTED,
                                 .when_key = "ENVIRONMENT",
                                 .when_value = profile->name };

    setup_offer(setup, &named);
    offer(setup, SETUP_POSSIBLE, "AWS_PROFILE", profile->name,
          "in the AWS config");
    if (profile->region) {
        setup_offer(setup, &region);
        region.when_value = "";
        if (is_default)
            setup_offer(setup, &region);
    }
    free(origin);
}

static void find_aws(struct setup *setup)
{
    struct awsprofiles profiles = { 0 };

    /* A file that cannot be read is one that gives no defaults. */
    (void)!awsprofiles_read(&profiles, NULL);
    setup->has_aws = profiles.has_files;
    for (size_t i = 0; i < profiles.count; i++)
        offer_profile(setup, &profiles.items[i]);
    if (profiles.count == 1 && strcmp(profiles.items[0].name, "default") != 0)
        offer(setup, SETUP_DETECTED, "AWS_PROFILE", profiles.items[0].name,
              "the only profile in the AWS config");
    awsprofiles_release(&profiles);
    for (const char *const *region = awsprofiles_regions(); *region; region++)
        offer(setup, SETUP_POSSIBLE, "AWS_REGION", *region, "");
}

/* ---- Terraform and the files ------------------------------------------ */

/* Only a folder that is none by a link: files are written into it. */
static void find_terraform(struct setup *setup)
{
    char *path = fileio_join(setup->dir, "terraform");
    struct strvec names = { 0 };
    struct stat info;

    if (lstat(path, &info) == 0 && S_ISDIR(info.st_mode))
        list_folder(path, &names);
    for (size_t i = 0; i < names.count; i++)
        setup->has_terraform =
            setup->has_terraform || ends_with(names.items[i], ".tf");
    strvec_release(&names);
    free(path);
}

static void find_files(struct setup *setup)
{
    offer(setup, SETUP_POSSIBLE, "SETUP_FILES", "split",
          "by whom it concerns: machine, project, environment");
    offer(setup, SETUP_POSSIBLE, "SETUP_FILES", "env", "all in .env");
}

void setup_detect(struct setup *setup)
{
    static void (*const finds[])(struct setup * setup) = {
        find_variables,   find_name, find_environments, find_targets,
        find_dockerfiles, find_aws,  find_terraform,    find_files,
    };

    for (size_t i = 0; i < sizeof(finds) / sizeof(finds[0]); i++)
        finds[i](setup);
}
