/* The table of the questions, and what each row of it needs. */
#include "core/setup_private.h"

#include "base/mem.h"
#include "base/utf8.h"
#include "core/awsprofiles.h"
#include "core/config.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { LONGEST_VALUE = 1000, LONGEST_SLUG = 40 };

/* ---- when they are asked ---------------------------------------------- */

static bool has_cloud(const struct setup *setup)
{
    return strcmp(setup_value(setup, "DEPLOY_TARGET"), "none") != 0;
}

static bool is_apprunner(const struct setup *setup)
{
    return strcmp(setup_value(setup, "DEPLOY_TARGET"), "apprunner") == 0;
}

static bool has_targets(const struct setup *setup)
{
    size_t count;

    setup_choices(setup, "DEPLOY_TARGET", &count);
    return count > 1;
}

static bool uses_aws(const struct setup *setup)
{
    return setup->has_aws || setup->has_terraform || has_cloud(setup);
}

static bool has_terraform(const struct setup *setup)
{
    return setup->has_terraform;
}

/* ---- what an answer must be ------------------------------------------- */

bool setup_check_text(const char *key, const char *value, struct error *err)
{
    size_t size = strlen(value);

    if (size > LONGEST_VALUE) {
        error_set(err, ERROR_INPUT, "the value is longer than %d bytes",
                  LONGEST_VALUE);
        return error_hint(err, "write a shorter one");
    }
    for (size_t i = 0; i < size; i++) {
        if (iscntrl((unsigned char)value[i])) {
            error_set(err, ERROR_INPUT, "the value has a control character");
            return error_hint(err, "write one line of text");
        }
    }
    if (!utf8_is_valid(value, size)) {
        error_set(err, ERROR_INPUT, "the value is not UTF-8");
        return error_hint(err, "write it anew");
    }
    for (const struct config_key *row = config_keys(); row->name; row++) {
        if (*value && row->check && strcmp(row->name, key) == 0)
            return row->check(value, err);
    }
    return true;
}

static bool check_region(const struct setup *setup, const char *value,
                         struct error *err)
{
    if (!*value && has_cloud(setup)) {
        error_set(err, ERROR_INPUT, "a cloud target needs a region");
        return error_hint(err, "name one, like us-east-1");
    }
    if (!*value || awsprofiles_is_region(value))
        return true;
    error_set(err, ERROR_INPUT, "'%s' is not a region", value);
    return error_hint(err, "write it like us-east-1");
}

static bool check_service(const struct setup *setup, const char *value,
                          struct error *err)
{
    size_t size = strspn(value, "abcdefghijklmnopqrstuvwxyz"
                                "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_");

    (void)setup;
    if (size >= 4 && size <= 40 && !value[size] &&
        isalnum((unsigned char)value[0]))
        return true;
    error_set(err, ERROR_INPUT, "'%s' is not a service name", value);
    return error_hint(err, "write 4 to 40 letters, digits, '-' and '_', "
                           "starting with a letter or digit");
}

/* Parts of lower case letters and digits, held together by one of "._-/". */
static bool check_repository(const struct setup *setup, const char *value,
                             struct error *err)
{
    size_t size = strlen(value);
    bool ok = size >= 2 && size <= 256;
    bool after_joint = true;

    (void)setup;
    for (size_t i = 0; i < size; i++) {
        unsigned char byte = (unsigned char)value[i];
        bool is_joint = strchr("._-/", byte) != NULL;

        ok = ok && (is_joint ? !after_joint : islower(byte) || isdigit(byte));
        after_joint = is_joint;
    }
    if (ok && !after_joint)
        return true;
    error_set(err, ERROR_INPUT, "'%s' is not a repository name", value);
    return error_hint(err, "write lower case letters and digits with single "
                           "'.', '_', '-' or '/' between them");
}

/* What App Runner takes as CPU and memory, in both forms; the pairs that go
 * together. https://docs.aws.amazon.com/apprunner/latest/dg/
 * architecture.vcpu.html */
static const struct size_pair {
    const char *cpu, *cpu_text; /* "1024", "1 vCPU" */
    const char *memories;       /* " 2048 3072 " */
} sizes[] = {
    { "256", "0.25 vCPU", " 512 1024 " },
    { "512", "0.5 vCPU", " 1024 " },
    { "1024", "1 vCPU", " 2048 3072 4096 " },
    { "2048", "2 vCPU", " 4096 6144 " },
    { "4096", "4 vCPU", " 8192 10240 12288 " },
};

enum { SIZE_COUNT = sizeof(sizes) / sizeof(sizes[0]) };

static const struct size_pair *size_of_cpu(const char *value)
{
    for (size_t i = 0; i < SIZE_COUNT; i++) {
        if (strcmp(sizes[i].cpu, value) == 0 ||
            strcmp(sizes[i].cpu_text, value) == 0)
            return &sizes[i];
    }
    return NULL;
}

static bool check_cpu(const struct setup *setup, const char *value,
                      struct error *err)
{
    (void)setup;
    if (size_of_cpu(value))
        return true;
    error_set(err, ERROR_INPUT, "'%s' is no CPU size of App Runner", value);
    return error_hint(err, "write 256, 512, 1024, 2048 or 4096 (units), or "
                           "like '1 vCPU'");
}

/* Memory in MB, whichever way it is written; 0 when it is not. */
static long memory_of(const char *value)
{
    char *end;
    double number = isdigit((unsigned char)*value) ? strtod(value, &end) : 0;

    if (number <= 0 || number > 100000)
        return 0;
    if (strcmp(end, " GB") == 0)
        return (long)(number * 1024);
    return *end ? 0 : (long)number;
}

static bool fits(const struct size_pair *pair, const char *value)
{
    char *word = mem_format(" %ld ", memory_of(value));
    bool found = strstr(pair->memories, word) != NULL;

    free(word);
    return found;
}

static bool check_memory(const struct setup *setup, const char *value,
                         struct error *err)
{
    (void)setup;
    for (size_t i = 0; i < SIZE_COUNT; i++) {
        if (fits(&sizes[i], value))
            return true;
    }
    error_set(err, ERROR_INPUT, "'%s' is no memory size of App Runner", value);
    return error_hint(err, "write it in MB, like 2048, or like '2 GB'");
}

/* ---- what is doubtful ------------------------------------------------- */

static const char *doubt_region(const struct setup *setup, const char *value)
{
    (void)setup;
    return !*value || awsprofiles_knows_region(value)
               ? NULL
               : "not among the regions known to this version";
}

static bool is_choice(const struct setup *setup, const char *key,
                      const char *value)
{
    size_t count;
    const struct setup_choice *choices = setup_choices(setup, key, &count);

    for (size_t i = 0; i < count; i++) {
        if (strcmp(choices[i].value, value) == 0)
            return true;
    }
    return false;
}

static const char *doubt_profile(const struct setup *setup, const char *value)
{
    return !*value || is_choice(setup, "AWS_PROFILE", value)
               ? NULL
               : "not among the AWS profiles of this machine";
}

static const char *doubt_dockerfile(const struct setup *setup,
                                    const char *value)
{
    for (size_t i = 0; i < setup->offer_count; i++) {
        if (strcmp(setup->offers[i].key, "DOCKERFILE") == 0 &&
            strcmp(setup->offers[i].value, value) == 0)
            return NULL;
    }
    return "not among the Dockerfiles that were found";
}

static const char *doubt_memory(const struct setup *setup, const char *value)
{
    const struct size_pair *pair =
        size_of_cpu(setup_value(setup, "SERVICE_CPU"));

    return !pair || fits(pair, value)
               ? NULL
               : "App Runner does not offer this memory with that CPU";
}

/* ---- what follows from other answers ---------------------------------- */

/* The value as a name of lower case letters, digits and single dashes, NULL
 * when nothing is left. */
static char *slug_of(const char *value)
{
    struct strbuf slug = { 0 };

    for (; *value; value++) {
        unsigned char byte = (unsigned char)*value;

        if (isalnum(byte))
            strbuf_addc(&slug, (char)tolower(byte));
        else if (slug.len && slug.data[slug.len - 1] != '-')
            strbuf_addc(&slug, '-');
    }
    strbuf_truncate(&slug, LONGEST_SLUG);
    while (slug.len && slug.data[slug.len - 1] == '-')
        strbuf_truncate(&slug, slug.len - 1);
    if (!slug.len)
        strbuf_release(&slug);
    return slug.len ? strbuf_take(&slug) : NULL;
}

static char *derive_target(const struct setup *setup)
{
    const char *file;
    bool has_service = setup_is_answered(setup, "SERVICE_NAME") ||
                       setup_existing_value(setup, "SERVICE_NAME", &file);

    for (size_t i = 0; has_service && i < setup->offer_count; i++) {
        if (strcmp(setup->offers[i].key, "DEPLOY_TARGET") == 0 &&
            strcmp(setup->offers[i].value, "apprunner") == 0)
            return mem_text("apprunner");
    }
    return NULL;
}

/* Each environment has a service of its own: acme-api, acme-api-prod. */
static char *derive_service(const struct setup *setup)
{
    const char *environment = setup_value(setup, "ENVIRONMENT");
    bool is_usual = !*environment || strcmp(environment, "dev") == 0;
    char *name = mem_format("%s%s%s", setup_value(setup, "PROJECT_NAME"),
                            is_usual ? "" : "-", is_usual ? "" : environment);
    char *slug = slug_of(name);

    free(name);
    return slug;
}

static char *derive_repository(const struct setup *setup)
{
    return slug_of(setup_value(setup, "SERVICE_NAME"));
}

static char *derive_memory(const struct setup *setup)
{
    const struct size_pair *pair =
        size_of_cpu(setup_value(setup, "SERVICE_CPU"));

    return pair
               ? mem_bytes(pair->memories + 1, strcspn(pair->memories + 1, " "))
               : NULL;
}

/* A project whose values all stand in .env goes on like that. */
static char *derive_files(const struct setup *setup)
{
    bool has_all = setup->machine.is_there && !setup->shared.is_there &&
                   setup->ranked[SETUP_MACHINE_RANK] &&
                   envfile_value(&setup->machine.entries, "PROJECT_NAME");

    return has_all ? mem_text("env") : NULL;
}

/* ---- the table -------------------------------------------------------- */

static const struct setup_question rows[] = {
    { .key = "PROJECT_NAME",
      .title = "Project name",
      .help = "Shown on every screen and in every report, and the base of "
              "other names.",
      .kind = SETUP_TEXT,
      .home = SETUP_SHARED },
    { .key = "ENVIRONMENT",
      .title = "Environment",
      .help = "What this machine deploys to unless --env says otherwise. Any "
              "but dev gets a file of its own, environments/NAME.env.",
      .kind = SETUP_TEXT,
      .home = SETUP_MACHINE,
      .option = "--env",
      .missing = "dev" },
    { .key = "DEPLOY_TARGET",
      .title = "Deployment target",
      .help = "What the built-in steps deploy to. With none, only the "
              "project's own step scripts run.",
      .kind = SETUP_CHOICE,
      .home = SETUP_SHARED,
      .missing = "none",
      .is_asked = has_targets,
      .derive = derive_target,
      .derived_from = "SERVICE_NAME is set" },
    { .key = "AWS_PROFILE",
      .title = "AWS profile",
      .help = "Whose credentials are used on this machine. Leave it empty for "
              "the default profile or credentials in the environment.",
      .kind = SETUP_TEXT,
      .home = SETUP_MACHINE,
      .option = "--profile",
      .missing = "",
      .is_asked = uses_aws,
      .doubt = doubt_profile },
    { .key = "AWS_REGION",
      .title = "AWS region",
      .help = "Where the project's resources are.",
      .kind = SETUP_TEXT,
      .home = SETUP_ENVIRONMENT,
      .option = "--region",
      .missing = "",
      .is_asked = uses_aws,
      .check = check_region,
      .doubt = doubt_region },
    { .key = "SERVICE_NAME",
      .title = "App Runner service",
      .help = "The service that is created or updated.",
      .kind = SETUP_TEXT,
      .home = SETUP_ENVIRONMENT,
      .option = "--service-name",
      .is_asked = is_apprunner,
      .check = check_service,
      .derive = derive_service,
      .derived_from = "from the project's name" },
    { .key = "ECR_REPOSITORY",
      .title = "ECR repository",
      .help = "Where the image is pushed to.",
      .kind = SETUP_TEXT,
      .home = SETUP_ENVIRONMENT,
      .option = "--ecr-repo",
      .is_asked = is_apprunner,
      .check = check_repository,
      .derive = derive_repository,
      .derived_from = "from the service's name" },
    { .key = "DOCKERFILE",
      .title = "Dockerfile",
      .help = "What the image is built from, relative to the project.",
      .kind = SETUP_TEXT,
      .home = SETUP_SHARED,
      .missing = "Dockerfile",
      .is_asked = is_apprunner,
      .doubt = doubt_dockerfile },
    { .key = "PORT",
      .title = "Port",
      .help = "The port that the service listens on.",
      .kind = SETUP_NUMBER,
      .home = SETUP_SHARED,
      .missing = "8080",
      .is_asked = is_apprunner },
    { .key = "HEALTH_PATH",
      .title = "Health check path",
      .help = "The path of the URL that answers 200 when the service works.",
      .kind = SETUP_TEXT,
      .home = SETUP_SHARED,
      .missing = "/healthz",
      .is_asked = is_apprunner },
    { .key = "SERVICE_CPU",
      .title = "CPU",
      .help = "CPU units of a new service; 1024 are one vCPU.",
      .kind = SETUP_TEXT,
      .home = SETUP_ENVIRONMENT,
      .missing = "1024",
      .is_asked = is_apprunner,
      .check = check_cpu },
    { .key = "SERVICE_MEMORY",
      .title = "Memory",
      .help = "Memory of a new service in MB.",
      .kind = SETUP_TEXT,
      .home = SETUP_ENVIRONMENT,
      .missing = "2048",
      .is_asked = is_apprunner,
      .check = check_memory,
      .doubt = doubt_memory,
      .derive = derive_memory,
      .derived_from = "the least for that CPU" },
    { .key = "SETUP_TERRAFORM",
      .title = "Write terraform/terraform.tfvars",
      .help = "Gives project_name, environment, aws_region and "
              "deployment_timestamp to Terraform, and other answers for which "
              "it declares a variable.",
      .kind = SETUP_YES_NO,
      .home = SETUP_NOWHERE,
      .missing = "yes",
      .is_asked = has_terraform },
    { .key = "SETUP_FILES",
      .title = "Files",
      .help = "split: what concerns this machine in .env, what the project "
              "shares in deployment-config.env, what differs by environment in "
              "environments/NAME.env. env: all of it in .env, for scripts "
              "that read no other file.",
      .kind = SETUP_CHOICE,
      .home = SETUP_NOWHERE,
      .missing = "split",
      .derive = derive_files,
      .derived_from = "as the project has it" },
    { .key = NULL },
};

const struct setup_question *setup_questions(void)
{
    return rows;
}

size_t setup_row_count(void)
{
    return sizeof(rows) / sizeof(rows[0]) - 1;
}

int setup_row(const char *key)
{
    for (int i = 0; rows[i].key; i++) {
        if (strcmp(rows[i].key, key) == 0)
            return i;
    }
    return -1;
}
