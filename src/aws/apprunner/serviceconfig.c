/* https://docs.aws.amazon.com/apprunner/latest/api/API_UpdateService.html
 * Whether members that are left out of SourceConfiguration are kept is nowhere
 * said: it is always sent whole. */
#include "aws/apprunner/serviceconfig.h"

#include "aws/apprunner/deployment.h"

#include "base/jsonx.h"
#include "base/mem.h"
#include "core/config.h"
#include "core/project.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- units ------------------------------------------------------------ */

/* The API takes "1 vCPU" or "1024" and answers the latter: units of 1024, and
 * megabytes. A bare number below 16 can only be meant as vCPU or GB. */
char *serviceconfig_units(const char *text)
{
    char *end;
    double number = strtod(text, &end);
    bool is_large;

    if (end == text || !(number > 0) || number > 1e6)
        return NULL;
    while (*end == ' ')
        end++;
    is_large = strcasecmp(end, "vcpu") == 0 || strcasecmp(end, "gb") == 0;
    if (!is_large && *end)
        return NULL;
    if (is_large || number < 16)
        number *= 1024;
    return mem_format("%.0f", number);
}

/* https://docs.aws.amazon.com/apprunner/latest/api/API_InstanceConfiguration.html
 */
static const char *const cpu_units[] = { "256", "512", "1024", "2048", "4096" };
static const char *const memory_units[] = { "512",  "1024",  "2048",
                                            "3072", "4096",  "6144",
                                            "8192", "10240", "12288" };

static bool set_units(json_t *json, const char *member, const char *key,
                      const char *text, struct error *err)
{
    bool is_cpu = strcmp(member, "Cpu") == 0;
    const char *const *known = is_cpu ? cpu_units : memory_units;
    size_t count = is_cpu ? sizeof(cpu_units) / sizeof(cpu_units[0])
                          : sizeof(memory_units) / sizeof(memory_units[0]);
    char *units = serviceconfig_units(text);

    for (size_t i = 0; units && i < count; i++) {
        if (strcmp(units, known[i]) != 0)
            continue;
        jsonx_set_text(json, member, units);
        free(units);
        return true;
    }
    free(units);
    error_set(err, ERROR_INPUT, "%s '%s' is not what App Runner offers", key,
              text);
    return error_hint(err, is_cpu
                               ? "256, 512, 1024, 2048 or 4096 (1024 is a vCPU)"
                               : "512, 1024, 2048, 3072, 4096, 6144, 8192, "
                                 "10240 or 12288 MB");
}

/* ---- the pieces ------------------------------------------------------- */

struct making {
    const struct deployment *deployment;
    const json_t *live; /* NULL: a new service */
    struct error *err;
};

/* What an update changes is what somebody has configured; a new service takes
 * the defaults as well. */
static const char *setting(const struct making *making, const char *key)
{
    const struct config *config = &making->deployment->request->project->config;
    const struct config_value *value = config_find(config, key);

    if (!value || !value->value[0] ||
        (making->live && value->origin == CONFIG_DEFAULT))
        return NULL;
    return value->value;
}

static json_t *copy_member(const json_t *json, const char *name)
{
    json_t *member = json_object_get(json, name);

    return json_is_object(member) ? json_deep_copy(member) : json_object();
}

static json_t *source_of(const json_t *service)
{
    return json_object_get(service, "SourceConfiguration");
}

static json_t *image_of(const json_t *service)
{
    return json_object_get(source_of(service), "ImageRepository");
}

/* A name stands in one of the two only: App Runner refuses it in both. */
static void merge(json_t *target, json_t *other, const json_t *changes)
{
    const char *name;
    json_t *value;

    json_object_foreach((json_t *)(uintptr_t)changes, name, value)
    {
        if (json_is_null(value)) {
            json_object_del(target, name);
            continue;
        }
        json_object_set(target, name, value);
        json_object_del(other, name);
    }
}

static void set_map(json_t *json, const char *name, json_t *map)
{
    if (json_object_size(map) || json_object_get(json, name))
        json_object_set(json, name, map);
    json_decref(map);
}

static bool merge_file(const struct making *making, json_t *image)
{
    json_t *environment = copy_member(image, "RuntimeEnvironmentVariables");
    json_t *secrets = copy_member(image, "RuntimeEnvironmentSecrets");
    struct servicefile file = { 0 };
    bool ok = servicefile_load(making->deployment->request->project, &file,
                               making->err);

    if (ok) {
        merge(environment, secrets, file.environment);
        merge(secrets, environment, file.secrets);
    }
    set_map(image, "RuntimeEnvironmentVariables", environment);
    set_map(image, "RuntimeEnvironmentSecrets", secrets);
    servicefile_release(&file);
    return ok;
}

static json_t *make_image(const struct making *making, const char *identifier)
{
    json_t *repository =
        copy_member(source_of(making->live), "ImageRepository");
    json_t *image = copy_member(repository, "ImageConfiguration");
    const char *port = setting(making, "PORT");
    bool is_public = strncmp(identifier, "public.ecr.aws/", 15) == 0;
    bool ok = merge_file(making, image);

    if (port || !json_object_get(image, "Port"))
        jsonx_set_text(image, "Port", port ? port : "8080");
    json_object_set_new(repository, "ImageConfiguration", image);
    jsonx_set_text(repository, "ImageIdentifier", identifier);
    jsonx_set_text(repository, "ImageRepositoryType",
                   is_public ? "ECR_PUBLIC" : "ECR");
    if (ok)
        return repository;
    json_decref(repository);
    return NULL;
}

static bool set_access_role(const struct making *making, json_t *source,
                            const char *identifier)
{
    const char *role = setting(making, "ACCESS_ROLE_ARN");
    json_t *authentication = copy_member(source, "AuthenticationConfiguration");
    bool is_public = strncmp(identifier, "public.ecr.aws/", 15) == 0;

    if (role)
        jsonx_set_text(authentication, "AccessRoleArn", role);
    if (json_object_size(authentication))
        json_object_set(source, "AuthenticationConfiguration", authentication);
    json_decref(authentication);
    if (role || making->live || is_public)
        return true;
    error_set(making->err, ERROR_INPUT,
              "a new service needs ACCESS_ROLE_ARN to pull its image from ECR");
    return error_hint(making->err,
                      "name a role that build.apprunner.amazonaws.com may "
                      "assume, with the policy "
                      "AWSAppRunnerServicePolicyForECRAccess");
}

static json_t *make_source(const struct making *making, const char *identifier)
{
    json_t *source = copy_member(making->live, "SourceConfiguration");
    json_t *repository = make_image(making, identifier);

    json_object_del(source, "CodeRepository");
    if (repository)
        json_object_set_new(source, "ImageRepository", repository);
    /* True is App Runner's default for ECR: a push to a watched tag would begin
     * a deployment beside ours. */
    jsonx_set_bool(source, "AutoDeploymentsEnabled", false);
    if (repository && set_access_role(making, source, identifier))
        return source;
    json_decref(source);
    return NULL;
}

static json_t *make_instance(const struct making *making)
{
    json_t *instance = copy_member(making->live, "InstanceConfiguration");
    const char *cpu = setting(making, "SERVICE_CPU");
    const char *memory = setting(making, "SERVICE_MEMORY");
    const char *role = setting(making, "INSTANCE_ROLE_ARN");
    bool ok = true;

    if (cpu)
        ok = set_units(instance, "Cpu", "SERVICE_CPU", cpu, making->err);
    if (memory && ok)
        ok = set_units(instance, "Memory", "SERVICE_MEMORY", memory,
                       making->err);
    if (role)
        jsonx_set_text(instance, "InstanceRoleArn", role);
    if (ok)
        return instance;
    json_decref(instance);
    return NULL;
}

/* The default of the API is TCP, which an application that answers 500
 * passes. */
static json_t *make_health(const struct making *making)
{
    json_t *health = copy_member(making->live, "HealthCheckConfiguration");
    const char *path = setting(making, "HEALTH_PATH");

    if (!path)
        return health;
    jsonx_set_text(health, "Protocol", "HTTP");
    jsonx_set_text(health, "Path", path);
    return health;
}

static void set_unless_empty(json_t *json, const char *name, json_t *member)
{
    if (json_object_size(member))
        json_object_set(json, name, member);
    json_decref(member);
}

static bool refuse_code(struct error *err)
{
    error_set(err, ERROR_BLOCKED,
              "the service is built from source code, not from an image");
    return error_hint(err, "App Runner cannot change that: choose another "
                           "SERVICE_NAME");
}

static bool is_of_code(const json_t *service)
{
    return json_object_get(source_of(service), "CodeRepository") &&
           !image_of(service);
}

json_t *serviceconfig_make(const struct deployment *deployment,
                           const char *image, const json_t *live,
                           struct strvec *drift, struct error *err)
{
    struct making making = { deployment, live, err };
    json_t *input = json_object(), *source, *instance;

    if (is_of_code(live)) {
        refuse_code(err);
        json_decref(input);
        return NULL;
    }
    source = make_source(&making, image);
    instance = source ? make_instance(&making) : NULL;
    if (!source || !instance) {
        json_decref(source);
        json_decref(input);
        return NULL;
    }
    if (live)
        jsonx_set_text(input, "ServiceArn",
                       jsonx_text(live, "ServiceArn", NULL));
    else
        jsonx_set_text(input, "ServiceName",
                       deployment_setting(deployment, "SERVICE_NAME"));
    json_object_set_new(input, "SourceConfiguration", source);
    set_unless_empty(input, "InstanceConfiguration", instance);
    set_unless_empty(input, "HealthCheckConfiguration", make_health(&making));
    if (drift && live)
        serviceconfig_compare(live, input, drift);
    return input;
}

json_t *serviceconfig_pin(const json_t *service, const char *image,
                          bool auto_deploys, struct error *err)
{
    json_t *input, *source;

    if (!image_of(service)) {
        refuse_code(err);
        return NULL;
    }
    input = json_object();
    source = copy_member(service, "SourceConfiguration");
    jsonx_set_text(json_object_get(source, "ImageRepository"),
                   "ImageIdentifier", image);
    jsonx_set_bool(source, "AutoDeploymentsEnabled", auto_deploys);
    jsonx_set_text(input, "ServiceArn",
                   jsonx_text(service, "ServiceArn", NULL));
    json_object_set_new(input, "SourceConfiguration", source);
    set_unless_empty(input, "InstanceConfiguration",
                     copy_member(service, "InstanceConfiguration"));
    set_unless_empty(input, "HealthCheckConfiguration",
                     copy_member(service, "HealthCheckConfiguration"));
    return input;
}

/* ---- drift ------------------------------------------------------------ */

static const json_t *go_down(const json_t *json, const char *path)
{
    while (json && *path) {
        size_t size = strcspn(path, ".");
        char *name = mem_bytes(path, size);

        json = json_object_get(json, name);
        free(name);
        path += size + (path[size] == '.');
    }
    return json;
}

static bool is_same(const json_t *a, const json_t *b, bool has_units)
{
    const char *at = json_string_value(a), *bt = json_string_value(b);
    char *left, *right;
    bool same;

    if (!at || !bt)
        return json_equal(a, b) || (!a && !b);
    if (!has_units)
        return strcmp(at, bt) == 0;
    left = serviceconfig_units(at);
    right = serviceconfig_units(bt);
    same = strcmp(left ? left : at, right ? right : bt) == 0;
    free(left);
    free(right);
    return same;
}

static void compare_texts(const json_t *live, const json_t *input,
                          struct strvec *lines)
{
    static const struct {
        const char *path, *name;
        bool has_units;
    } rows[] = {
        { "SourceConfiguration.ImageRepository.ImageIdentifier", "image",
          false },
        { "SourceConfiguration.ImageRepository.ImageConfiguration.Port", "port",
          false },
        { "SourceConfiguration.AuthenticationConfiguration.AccessRoleArn",
          "access role", false },
        { "InstanceConfiguration.InstanceRoleArn", "instance role", false },
        { "InstanceConfiguration.Cpu", "cpu", true },
        { "InstanceConfiguration.Memory", "memory", true },
        { "HealthCheckConfiguration.Protocol", "health check", false },
        { "HealthCheckConfiguration.Path", "health path", false },
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const json_t *before = go_down(live, rows[i].path);
        const json_t *after = go_down(input, rows[i].path);
        const char *was = json_string_value(before);

        if (!after || is_same(before, after, rows[i].has_units))
            continue;
        strvec_addf(lines, "%s: %s -> %s", rows[i].name, was ? was : "(none)",
                    json_string_value(after));
    }
}

static int compare_lines(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void sort_from(struct strvec *lines, size_t first)
{
    if (lines->count > first)
        qsort(lines->items + first, lines->count - first, sizeof(char *),
              compare_lines);
}

static void compare_maps(const char *name, const json_t *before,
                         const json_t *after, struct strvec *lines)
{
    const char *key;
    json_t *value;
    size_t first = lines->count;

    json_object_foreach((json_t *)(uintptr_t)after, key, value)
    {
        const json_t *was = json_object_get(before, key);

        if (!was)
            strvec_addf(lines, "%s: %s is added", name, key);
        else if (!json_equal(was, value))
            strvec_addf(lines, "%s: %s changes", name, key);
    }
    json_object_foreach((json_t *)(uintptr_t)before, key, value)
    {
        if (!json_object_get(after, key))
            strvec_addf(lines, "%s: %s is removed", name, key);
    }
    sort_from(lines, first);
}

void serviceconfig_compare(const json_t *live, const json_t *input,
                           struct strvec *lines)
{
    static const struct {
        const char *path, *name;
    } rows[] = {
        { "SourceConfiguration.ImageRepository.ImageConfiguration."
          "RuntimeEnvironmentVariables",
          "environment" },
        { "SourceConfiguration.ImageRepository.ImageConfiguration."
          "RuntimeEnvironmentSecrets",
          "secrets" },
    };

    compare_texts(live, input, lines);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        compare_maps(rows[i].name, go_down(live, rows[i].path),
                     go_down(input, rows[i].path), lines);
}
