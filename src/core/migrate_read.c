#include "core/migrate_read.h"

#include "base/fileio.h"
#include "base/mem.h"
#include "base/redact.h"
#include "core/migrate_shell.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static bool starts_with(const char *text, const char *start)
{
    return strncmp(text, start, strlen(start)) == 0;
}

static bool is_one_of(const char *word, const char *const *list)
{
    for (; *list; list++) {
        if (strcmp(*list, word) == 0)
            return true;
    }
    return false;
}

/* The scaffold's own scripts, and those that call us. */
static bool is_ours(const char *word)
{
    static const char *const words[] = { "stepdeck", "error-handling.sh",
                                         "step-navigation.sh",
                                         ".deployment-state", NULL };

    return is_one_of(fileio_base(word), words) ||
           strstr(word, ".deployment-state/");
}

/* ---- assignments ------------------------------------------------------ */

/* The names that people give to what we configure. */
static const struct name {
    const char *key;
    const char *names[11];
} names[] = {
    { "SERVICE_NAME",
      { "SERVICE_NAME", "APP_RUNNER_SERVICE", "APPRUNNER_SERVICE",
        "APP_RUNNER_SERVICE_NAME", "APPRUNNER_SERVICE_NAME",
        "AWS_APPRUNNER_SERVICE", "SERVICE", NULL } },
    { "AWS_REGION",
      { "AWS_REGION", "AWS_DEFAULT_REGION", "REGION", "ECR_REGION",
        "APP_RUNNER_REGION", "APPRUNNER_REGION", NULL } },
    { "ECR_REPOSITORY",
      { "ECR_REPOSITORY", "ECR_REPO", "ECR_REPOSITORY_NAME", "ECR_REPO_NAME",
        "REPOSITORY_NAME", "REPO_NAME", "REPOSITORY", "ECR_NAME",
        "IMAGE_REPOSITORY", NULL } },
    { "PORT",
      { "PORT", "APP_PORT", "CONTAINER_PORT", "SERVICE_PORT", "IMAGE_PORT",
        NULL } },
    { "HEALTH_PATH",
      { "HEALTH_PATH", "HEALTH_CHECK_PATH", "HEALTHCHECK_PATH",
        "HEALTH_ENDPOINT", NULL } },
    { "ACCESS_ROLE_ARN",
      { "ACCESS_ROLE_ARN", "ECR_ACCESS_ROLE_ARN", "ECR_ROLE_ARN",
        "APPRUNNER_ACCESS_ROLE_ARN", "APP_RUNNER_ACCESS_ROLE_ARN",
        "ACCESS_ROLE", NULL } },
    { "INSTANCE_ROLE_ARN",
      { "INSTANCE_ROLE_ARN", "APPRUNNER_INSTANCE_ROLE_ARN",
        "APP_RUNNER_INSTANCE_ROLE_ARN", "INSTANCE_ROLE", "TASK_ROLE_ARN",
        NULL } },
    { "SERVICE_CPU", { "SERVICE_CPU", "INSTANCE_CPU", "CPU", NULL } },
    { "SERVICE_MEMORY",
      { "SERVICE_MEMORY", "INSTANCE_MEMORY", "MEMORY", NULL } },
    { "AWS_PROFILE",
      { "AWS_PROFILE", "AWS_DEFAULT_PROFILE", "PROFILE", NULL } },
    { "DOCKERFILE", { "DOCKERFILE", "DOCKERFILE_PATH", NULL } },
    { "ENVIRONMENT",
      { "ENVIRONMENT", "DEPLOY_ENV", "DEPLOYMENT_ENV", "ENV_NAME", NULL } },
    { "PROJECT_NAME", { "PROJECT_NAME", "PROJECT", NULL } },
};

static const char *key_of(const char *name)
{
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (is_one_of(name, names[i].names))
            return names[i].key;
    }
    return NULL;
}

static bool is_role(const char *value)
{
    return starts_with(value, "arn:aws") && strstr(value, ":role/");
}

/* A role whose variable has a name of its own goes by its purpose. */
static void add_role(struct migrate_reading *reading, const char *name,
                     const char *value, int line)
{
    const char *role = strstr(value, ":role/");

    if (strstr(name, "INSTANCE") || strstr(role, "Instance"))
        migrate_add(reading, MIGRATE_SETTING, "INSTANCE_ROLE_ARN", value, line,
                    1);
    else if (strstr(name, "ACCESS") || strstr(name, "ECR") ||
             strstr(role, "ECRAccess") || strstr(role, "AccessRole"))
        migrate_add(reading, MIGRATE_SETTING, "ACCESS_ROLE_ARN", value, line,
                    1);
}

static void assigned(void *context, const char *name, const char *value,
                     int line)
{
    struct migrate_reading *reading = context;
    const char *key = key_of(name);
    bool is_form = strstr(value, ".dkr.ecr.") || strstr(value, ":apprunner:");
    bool is_role_key = key && strstr(key, "_ROLE_ARN");

    reading->is_ours = reading->is_ours || is_ours(value);
    migrate_add_forms(reading, value, line);
    migrate_read_value(reading, value, NULL, line);
    if (key && !is_form &&
        (!is_role_key || strstr(value, ":role/") || migrate_unknown_why(value)))
        migrate_add(reading, MIGRATE_SETTING, key, value, line, 0);
    else if (is_role(value))
        add_role(reading, name, value, line);
    else if (!key && redact_is_secret_name(name) &&
             strlen(value) >= REDACT_MIN_BYTES)
        migrate_add(reading, MIGRATE_SECRET, name, value, line, 0);
}

/* ---- options ---------------------------------------------------------- */

/* The value of the option at word `*i`, `--name VALUE` or `--name=VALUE`;
 * NULL when the word is not it. Steps onto the value. */
static const char *option(const struct migrate_words *words, size_t *i,
                          const char *name)
{
    const char *text = words->items[*i].text;
    size_t size = strlen(name);

    if (strncmp(text, name, size) != 0)
        return NULL;
    if (text[size] == '=')
        return text + size + 1;
    if (text[size] || *i + 1 >= words->count)
        return NULL;
    return words->items[++*i].text;
}

static void add_input(struct migrate_reading *reading, const char *value,
                      const char *parent, int line)
{
    static const char scheme[] = "file://";

    if (!starts_with(value, scheme))
        migrate_read_value(reading, value, parent, line);
    else if (!migrate_unknown_why(value) &&
             !strvec_has(&reading->inputs, value + strlen(scheme)))
        strvec_add(&reading->inputs, value + strlen(scheme));
}

/* [?ServiceName=='NAME'] of a --query */
static void add_query(struct migrate_reading *reading, const char *query,
                      int line)
{
    static const char member[] = "ServiceName==";
    const char *at = strstr(query, member);
    char *name;

    if (!at)
        return;
    at += strlen(member);
    at += strspn(at, "'`\"");
    name = mem_bytes(at, strcspn(at, "'`\"]"));
    migrate_add(reading, MIGRATE_SETTING, "SERVICE_NAME", name, line, 1);
    free(name);
}

/* Options of the AWS CLI: where the value goes. */
static const struct aws_option {
    const char *name;
    const char *service; /* for which it is sure, NULL: any */
    const char *key;     /* of the configuration, or */
    const char *parent;  /* of the structure that is its value */
} aws_options[] = {
    { "--region", "apprunner ecr", "AWS_REGION", NULL },
    { "--profile", NULL, "AWS_PROFILE", NULL },
    { "--service-name", NULL, "SERVICE_NAME", NULL },
    { "--repository-name", NULL, "ECR_REPOSITORY", NULL },
    { "--repository-names", NULL, "ECR_REPOSITORY", NULL },
    { "--source-configuration", NULL, NULL, "SourceConfiguration" },
    { "--instance-configuration", NULL, NULL, "InstanceConfiguration" },
    { "--health-check-configuration", NULL, NULL, "HealthCheckConfiguration" },
    { "--cli-input-json", NULL, NULL, "" },
};

static void read_aws_option(struct migrate_reading *reading,
                            const struct migrate_words *words, size_t *i,
                            const char *service)
{
    for (size_t row = 0; row < sizeof(aws_options) / sizeof(aws_options[0]);
         row++) {
        const struct aws_option *known = &aws_options[row];
        size_t at = *i;
        const char *value = option(words, &at, known->name);
        bool is_sure =
            !known->service || (*service && strstr(known->service, service));

        if (!value)
            continue;
        if (known->key)
            migrate_add(reading, MIGRATE_SETTING, known->key, value,
                        words->items[at].line, is_sure ? 0 : 1);
        else
            add_input(reading, value, *known->parent ? known->parent : NULL,
                      words->items[at].line);
        *i = at;
        return;
    }
}

static void read_aws_options(struct migrate_reading *reading,
                             const struct migrate_words *words, size_t from,
                             const char *service)
{
    for (size_t i = from; i < words->count; i++) {
        const struct migrate_word *word = &words->items[i];

        migrate_add_forms(reading, word->text, word->line);
        if (strcmp(service, "apprunner") == 0)
            add_query(reading, word->text, word->line);
        read_aws_option(reading, words, &i, service);
        if (i && strcmp(service, "apprunner") == 0)
            migrate_add_forms(reading, words->items[i].text,
                              words->items[i].line);
    }
}

static void read_aws(struct migrate_reading *reading,
                     const struct migrate_words *words, size_t at)
{
    static const char *const with_value[] = { "--region", "--profile",
                                              "--output", "--endpoint-url",
                                              NULL };
    static const char *const deploys[] = { "create-service", "update-service",
                                           "start-deployment", NULL };
    const char *service = "", *operation = "";

    for (size_t i = at + 1; i < words->count && !*operation; i++) {
        const char *word = words->items[i].text;

        if (is_one_of(word, with_value))
            i++;
        else if (*word != '-' && *service)
            operation = word;
        else if (*word != '-')
            service = word;
    }
    if (strcmp(service, "apprunner") == 0 && is_one_of(operation, deploys))
        reading->deploys = true;
    read_aws_options(reading, words, at + 1, service);
}

/* ---- docker ----------------------------------------------------------- */

/* NAME[:TAG] without a registry names a repository only by custom. */
static void add_tag(struct migrate_reading *reading, const char *image,
                    int line)
{
    char *name = mem_bytes(image, strcspn(image, ":@"));

    if (!strstr(image, ".dkr.ecr.") && !strchr(name, '.') &&
        !migrate_unknown_why(name))
        migrate_add(reading, MIGRATE_SETTING, "ECR_REPOSITORY", name, line, 1);
    free(name);
}

/* The configuration's list is parted by blanks. */
static void add_build_argument(const char *value, struct strbuf *all)
{
    char *name = mem_bytes(value, strcspn(value, "="));

    if (strchr(value, '=') && !redact_is_secret_name(name) &&
        !strpbrk(value, " \t\n\"'"))
        strbuf_addf(all, "%s%s", all->len ? " " : "", value);
    free(name);
}

static void read_build(struct migrate_reading *reading,
                       const struct migrate_words *words, size_t at)
{
    struct strbuf arguments = { 0 };
    const char *place = "";
    int line = words->items[at].line;

    for (size_t i = at + 1; i < words->count; i++) {
        static const char *const others[] = {
            "--platform", "--target",        "--cache-from",
            "--cache-to", "--output",        "-o",
            "--progress", "--secret",        "--ssh",
            "--label",    "--network",       "--builder",
            "--iidfile",  "--metadata-file", NULL
        };
        int here = words->items[i].line;
        const char *value = option(words, &i, "--tag");

        if (value || (value = option(words, &i, "-t")) != NULL)
            add_tag(reading, value, here);
        else if ((value = option(words, &i, "--file")) != NULL ||
                 (value = option(words, &i, "-f")) != NULL)
            migrate_add(reading, MIGRATE_SETTING, "DOCKERFILE", value, here, 0);
        else if ((value = option(words, &i, "--build-arg")) != NULL)
            add_build_argument(value, &arguments);
        else if (is_one_of(words->items[i].text, others))
            i++;
        else if (words->items[i].text[0] != '-')
            place = words->items[i].text;
    }
    if (strcmp(place, ".") != 0)
        migrate_add(reading, MIGRATE_SETTING, "BUILD_CONTEXT", place, line, 0);
    migrate_add(reading, MIGRATE_SETTING, "BUILD_ARGS", strbuf_text(&arguments),
                line, 0);
    strbuf_release(&arguments);
}

static void read_docker(struct migrate_reading *reading,
                        const struct migrate_words *words, size_t at)
{
    for (size_t i = at + 1; i < words->count; i++) {
        const struct migrate_word *word = &words->items[i];

        migrate_add_forms(reading, word->text, word->line);
    }
    for (size_t i = at + 1; i < words->count && i < at + 4; i++) {
        if (strcmp(words->items[i].text, "build") == 0) {
            read_build(reading, words, i);
            return;
        }
    }
}

/* ---- curl ------------------------------------------------------------- */

/* The path of a URL that looks as if it were for a health check. */
static void add_health(struct migrate_reading *reading, const char *url,
                       int line)
{
    static const char *const words[] = { "health", "ready", "live", "ping",
                                         "status" };
    const char *host = strstr(url, "://");
    const char *slash = strchr(host ? host + 3 : url, '/');
    char *path;
    bool found = false;

    if (!slash || *url == '-' || strstr(url, "amazonaws.com"))
        return;
    path = mem_bytes(slash, strcspn(slash, "?# "));
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        found = found || strstr(path, words[i]);
    if (found)
        migrate_add(reading, MIGRATE_SETTING, "HEALTH_PATH", path, line, 1);
    free(path);
}

static void read_curl(struct migrate_reading *reading,
                      const struct migrate_words *words, size_t at)
{
    static const char *const with_value[] = {
        "-o",       "-w",          "-H",       "-d",     "-X",     "-u",
        "--output", "--write-out", "--header", "--data", "--user", NULL
    };

    for (size_t i = at + 1; i < words->count; i++) {
        if (is_one_of(words->items[i].text, with_value))
            i++;
        else
            add_health(reading, words->items[i].text, words->items[i].line);
    }
}

/* ---- commands --------------------------------------------------------- */

static const struct program {
    const char *name;
    void (*read)(struct migrate_reading *reading,
                 const struct migrate_words *words, size_t at);
} programs[] = {
    { "aws", read_aws },   { "docker", read_docker }, { "podman", read_docker },
    { "curl", read_curl }, { "wget", read_curl },
};

static const struct program *program_of(const char *word)
{
    for (size_t i = 0; i < sizeof(programs) / sizeof(programs[0]); i++) {
        if (strcmp(fileio_base(word), programs[i].name) == 0)
            return &programs[i];
    }
    return NULL;
}

/* `. "$DIR/config.sh"`: what stands behind the part that is not known. */
static void add_source(struct migrate_reading *reading,
                       const struct migrate_words *words)
{
    const char *name = words->count > 1 ? words->items[1].text : "";
    const char *mark;

    if (strcmp(words->items[0].text, ".") != 0 &&
        strcmp(words->items[0].text, "source") != 0)
        return;
    while ((mark = strpbrk(name, migrate_unknowns)) != NULL)
        name = mark + 1 + (mark[1] == '/');
    if (*name && !strvec_has(&reading->sources, name))
        strvec_add(&reading->sources, name);
}

static void command(void *context, const struct migrate_words *words)
{
    static const char *const talkers[] = { "echo", "printf", "log", NULL };
    struct migrate_reading *reading = context;
    const char *first = words->items[0].text;

    for (size_t i = 0; i < words->count; i++)
        reading->is_ours = reading->is_ours || is_ours(words->items[i].text);
    if (is_one_of(first, talkers))
        return;
    add_source(reading, words);
    /* The words of an array that becomes part of a command. */
    if (starts_with(first, "--"))
        read_aws_options(reading, words, 0, "");
    for (size_t i = 0; i < words->count; i++) {
        const struct program *program = program_of(words->items[i].text);

        if (program) {
            program->read(reading, words, i);
            return;
        }
    }
}

static void heredoc(void *context, const char *text, int line)
{
    migrate_read_value(context, text, NULL, line);
}

/* Of scripts that only set variables. */
static void ignore_assignment(void *context, const char *name,
                              const char *value, int line)
{
    (void)context, (void)name, (void)value, (void)line;
}

static void ignore_command(void *context, const struct migrate_words *words)
{
    (void)context, (void)words;
}

static void ignore_heredoc(void *context, const char *text, int line)
{
    (void)context, (void)text, (void)line;
}

void migrate_read_behind(const struct strvec *before, const char *bytes,
                         size_t size, struct migrate_reading *reading)
{
    static const struct migrate_shell_events events = { assigned, command,
                                                        heredoc };
    static const struct migrate_shell_events nothing = { ignore_assignment,
                                                         ignore_command,
                                                         ignore_heredoc };
    struct migrate_shell shell = { .events = &nothing, .context = reading };

    for (size_t i = 0; i < before->count; i++) {
        shell.bytes = before->items[i];
        shell.size = strlen(before->items[i]);
        migrate_shell_read(&shell);
    }
    shell.bytes = bytes;
    shell.size = size;
    shell.events = &events;
    migrate_shell_read(&shell);
    migrate_shell_release(&shell);
}

void migrate_read(const char *bytes, size_t size,
                  struct migrate_reading *reading)
{
    struct strvec nothing = { 0 };

    migrate_read_behind(&nothing, bytes, size, reading);
}
