#include "emulator/service.h"

#include "base/jsonx.h"
#include "base/mem.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- defaults
 * ----------------------------------------------------------------- */

/* https://docs.aws.amazon.com/apprunner/latest/api/API_HealthCheckConfiguration.html
 * and its neighbours. */
static const char *const defaults =
    "{\"SourceConfiguration\": {\"ImageRepository\": {"
    "   \"ImageConfiguration\": {\"Port\": \"8080\"}}},"
    " \"InstanceConfiguration\": {\"Cpu\": \"1024\", \"Memory\": \"2048\"},"
    " \"HealthCheckConfiguration\": {\"Protocol\": \"TCP\", \"Path\": \"/\","
    "   \"Interval\": 5, \"Timeout\": 2, \"HealthyThreshold\": 1,"
    "   \"UnhealthyThreshold\": 5},"
    " \"NetworkConfiguration\": {"
    "   \"EgressConfiguration\": {\"EgressType\": \"DEFAULT\"},"
    "   \"IngressConfiguration\": {\"IsPubliclyAccessible\": true},"
    "   \"IpAddressType\": \"IPV4\"},"
    " \"ObservabilityConfiguration\": {\"ObservabilityEnabled\": false}}";

static const char scaling_arn[] =
    "arn:aws:apprunner:" EMULATOR_REGION ":" EMULATOR_ACCOUNT
    ":autoscalingconfiguration/DefaultConfiguration/1/"
    "00000000000000000000000000000001";

/* Maps, which a new one replaces; all else is merged. */
static bool is_map(const char *name)
{
    return !strcmp(name, "RuntimeEnvironmentVariables") ||
           !strcmp(name, "RuntimeEnvironmentSecrets");
}

static void merge(json_t *to, const json_t *from)
{
    json_t *copy = json_deep_copy(from);
    const char *name;
    json_t *value;

    json_object_foreach(copy, name, value)
    {
        json_t *old = json_object_get(to, name);

        if (json_is_object(value) && json_is_object(old) && !is_map(name))
            merge(old, value);
        else
            json_object_set(to, name, value);
    }
    json_decref(copy);
}

/* "1 vCPU" is given back as "1024", "0.5 GB" as "512".
 * https://docs.aws.amazon.com/apprunner/latest/api/API_InstanceConfiguration.html
 */
static void normalise(json_t *instance, const char *name, const char *unit)
{
    const char *text = jsonx_text(instance, name, "");
    char *end;
    double amount = strtod(text, &end);

    if (end == text || strcmp(end, unit) != 0)
        return;
    char *whole = mem_format("%d", (int)(amount * 1024));
    jsonx_set_text(instance, name, whole);
    free(whole);
}

/* Half of a gigabyte is 512 of its thousand and twenty-fourths. */
static void normalise_instance(json_t *service)
{
    json_t *instance = json_object_get(service, "InstanceConfiguration");

    normalise(instance, "Cpu", " vCPU");
    normalise(instance, "Memory", " GB");
}

static void set_scaling(json_t *service, const char *arn)
{
    json_object_set_new(
        service, "AutoScalingConfigurationSummary",
        json_pack("{s:s, s:s, s:i, s:s, s:b}", "AutoScalingConfigurationArn",
                  arn, "AutoScalingConfigurationName", "DefaultConfiguration",
                  "AutoScalingConfigurationRevision", 1, "Status", "active",
                  "IsDefault", 1));
}

void service_merge(json_t *service, const json_t *input)
{
    static const char *const parts[] = {
        "SourceConfiguration",      "InstanceConfiguration",
        "HealthCheckConfiguration", "NetworkConfiguration",
        "EncryptionConfiguration",  "ObservabilityConfiguration",
    };
    const char *scaling =
        jsonx_text(input, "AutoScalingConfigurationArn", NULL);

    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        json_t *given = json_object_get(input, parts[i]);
        json_t *old = json_object_get(service, parts[i]);

        if (given && old)
            merge(old, given);
        else if (given)
            json_object_set_new(service, parts[i], json_deep_copy(given));
    }
    if (scaling)
        set_scaling(service, scaling);
    normalise_instance(service);
}

json_t *service_new(const json_t *input, const char *arn, const char *id)
{
    json_t *service = json_loads(defaults, 0, NULL);
    json_t *source;

    jsonx_set_text(service, "ServiceName",
                   jsonx_text(input, "ServiceName", ""));
    jsonx_set_text(service, "ServiceId", id);
    jsonx_set_text(service, "ServiceArn", arn);
    jsonx_set_text(service, "Status", "OPERATION_IN_PROGRESS");
    json_object_set_new(service, "CreatedAt", json_real(emulator_now()));
    json_object_set_new(service, "UpdatedAt", json_real(emulator_now()));
    set_scaling(service, scaling_arn);
    service_merge(service, input);
    source = json_object_get(service, "SourceConfiguration");
    /* On for a private repository of the same account.
     * https://docs.aws.amazon.com/apprunner/latest/api/API_SourceConfiguration.html
     */
    if (!json_object_get(source, "AutoDeploymentsEnabled"))
        jsonx_set_bool(
            source, "AutoDeploymentsEnabled",
            !strcmp(jsonx_text(json_object_get(source, "ImageRepository"),
                               "ImageRepositoryType", ""),
                    "ECR"));
    return service;
}

/* ---- checks
 * ------------------------------------------------------------------ */

/* "123456789012.dkr.ecr.us-east-1.amazonaws.com/NAME"; ours for a reference of
 * our own registry, which stands for one. */
static bool is_private_image(const struct emulator *emulator, const char *image)
{
    static const char middle[] = ".dkr.ecr.";
    size_t digits = strspn(image, "0123456789");
    size_t host = strlen(emulator->host);
    const char *slash = strchr(image, '/');

    if (!strncmp(image, emulator->host, host) && image[host] == '/')
        return image[host + 1] != '\0';
    if (digits != strlen(EMULATOR_ACCOUNT) || !slash || !slash[1] ||
        strncmp(image + digits, middle, strlen(middle)) != 0)
        return false;
    return slash - image > 14 && !strncmp(slash - 14, ".amazonaws.com", 14);
}

static bool check_image(struct emulator *emulator, const json_t *source,
                        struct emulator_failure *failure)
{
    const json_t *image = json_object_get(source, "ImageRepository");
    const char *name = jsonx_text(image, "ImageIdentifier", "");
    bool is_public =
        !strcmp(jsonx_text(image, "ImageRepositoryType", ""), "ECR_PUBLIC");

    if (is_public ? strncmp(name, "public.ecr.aws/", 15) != 0
                  : !is_private_image(emulator, name)) {
        emulator_fail(failure, 400, "InvalidRequestException",
                      "Invalid Image Identifier: %s. It has to be of ECR or "
                      "of the registry %s",
                      name, emulator->host);
        return false;
    }
    if (is_public && jsonx_bool(source, "AutoDeploymentsEnabled")) {
        emulator_fail(failure, 400, "InvalidRequestException",
                      "AutoDeployments is not supported for ECR Public");
        return false;
    }
    return true;
}

/* Whether the role exists and trusts the principal. */
static bool trusts(struct emulator *emulator, const char *arn,
                   const char *principal)
{
    const char *name = strrchr(arn, '/');
    const json_t *role =
        name ? json_object_get(emulator_part(emulator, "roles"), name + 1)
             : NULL;

    return strstr(jsonx_text(role, "trust", ""), principal) != NULL;
}

/* The words that say: a role that is new is not everywhere yet.
 * https://github.com/pulumi/pulumi-aws/issues/2411 */
static bool check_roles(struct emulator *emulator, const json_t *service,
                        struct emulator_failure *failure)
{
    const json_t *source = json_object_get(service, "SourceConfiguration");
    const json_t *image = json_object_get(source, "ImageRepository");
    const char *access =
        jsonx_text(json_object_get(source, "AuthenticationConfiguration"),
                   "AccessRoleArn", "");
    const char *instance =
        jsonx_text(json_object_get(service, "InstanceConfiguration"),
                   "InstanceRoleArn", NULL);
    bool is_private =
        !strcmp(jsonx_text(image, "ImageRepositoryType", ""), "ECR");

    if (is_private && !*access) {
        emulator_fail(failure, 400, "InvalidRequestException",
                      "Authentication configuration is invalid.");
        return false;
    }
    if (is_private &&
        !trusts(emulator, access, "build.apprunner.amazonaws.com")) {
        emulator_fail(failure, 400, "InvalidRequestException",
                      "Error in assuming access role %s", access);
        return false;
    }
    if (instance &&
        !trusts(emulator, instance, "tasks.apprunner.amazonaws.com")) {
        emulator_fail(failure, 400, "InvalidRequestException",
                      "Error in assuming instance role %s", instance);
        return false;
    }
    return true;
}

bool service_check(struct emulator *emulator, const json_t *service,
                   struct emulator_failure *failure)
{
    const json_t *source = json_object_get(service, "SourceConfiguration");

    return check_image(emulator, source, failure) &&
           check_roles(emulator, service, failure);
}
