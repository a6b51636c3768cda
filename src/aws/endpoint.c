#include "aws/endpoint.h"

#include "aws/awsfile.h"
#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Protocols, targets and versions: the metadata of the API models,
 * https://github.com/boto/botocore/tree/develop/botocore/data */
static const struct endpoint endpoints[CLIENT_SERVICES] = {
    [CLIENT_APPRUNNER] = { .title = "App Runner",
                           .setting = "APPRUNNER",
                           .key = "apprunner",
                           .protocol = ENDPOINT_JSON,
                           .target = "AppRunner",
                           .version = "1.0",
                           .signing = "apprunner",
                           .host = "apprunner" },
    [CLIENT_ECR] = { .title = "ECR",
                     .setting = "ECR",
                     .key = "ecr",
                     .protocol = ENDPOINT_JSON,
                     .target = "AmazonEC2ContainerRegistry_V20150921",
                     .version = "1.1",
                     .signing = "ecr",
                     .host = "api.ecr" },
    [CLIENT_STS] = { .title = "STS",
                     .setting = "STS",
                     .key = "sts",
                     .protocol = ENDPOINT_QUERY,
                     .version = "2011-06-15",
                     .signing = "sts",
                     .host = "sts" },
    [CLIENT_IAM] = { .title = "IAM",
                     .setting = "IAM",
                     .key = "iam",
                     .protocol = ENDPOINT_QUERY,
                     .version = "2010-05-08",
                     .signing = "iam",
                     .host = "iam",
                     .is_global = true },
    [CLIENT_SECRETS] = { .title = "Secrets Manager",
                         .setting = "SECRETS_MANAGER",
                         .key = "secrets_manager",
                         .protocol = ENDPOINT_JSON,
                         .target = "secretsmanager",
                         .version = "1.1",
                         .signing = "secretsmanager",
                         .host = "secretsmanager" },
    [CLIENT_LOGS] = { .title = "CloudWatch Logs",
                      .setting = "CLOUDWATCH_LOGS",
                      .key = "cloudwatch_logs",
                      .protocol = ENDPOINT_JSON,
                      .target = "Logs_20140328",
                      .version = "1.1",
                      .signing = "logs",
                      .host = "logs" },
    [CLIENT_S3] = { .title = "S3",
                    .setting = "S3",
                    .key = "s3",
                    .protocol = ENDPOINT_S3,
                    .signing = "s3",
                    .host = "s3" },
};

/* https://docs.aws.amazon.com/general/latest/gr/iam-service.html */
static const struct partition {
    const char *prefix; /* of the region */
    const char *domain;
    const char *global;        /* the region that global services sign for */
    const char *global_suffix; /* of their host, before the domain */
} partitions[] = {
    { "cn-", "amazonaws.com.cn", "cn-north-1", ".cn-north-1" },
    { "us-gov-", "amazonaws.com", "us-gov-west-1", ".us-gov" },
    { "", "amazonaws.com", "us-east-1", "" },
};

static const struct partition *partition_of(const char *region)
{
    size_t i = 0;

    while (strncmp(region, partitions[i].prefix,
                   strlen(partitions[i].prefix)) != 0)
        i++;
    return &partitions[i];
}

const struct endpoint *endpoint_of(enum client_service service)
{
    return &endpoints[service];
}

bool endpoint_check_region(const char *region, struct error *err)
{
    size_t size = strlen(region);

    if (size > 0 && size < 64 && region[0] != '-' && region[size - 1] != '-' &&
        strspn(region, "abcdefghijklmnopqrstuvwxyz0123456789-") == size)
        return true;
    error_set(err, ERROR_INPUT, "not an AWS region: '%.64s'", region);
    return error_hint(err, "set AWS_REGION to a name like eu-central-1");
}

char *endpoint_default_url(const struct endpoint *endpoint, const char *region)
{
    const struct partition *partition = partition_of(region);

    if (endpoint->is_global)
        return mem_format("https://%s%s.%s", endpoint->host,
                          partition->global_suffix, partition->domain);
    return mem_format("https://%s.%s.%s", endpoint->host, region,
                      partition->domain);
}

const char *endpoint_domain(const char *region)
{
    return partition_of(region)->domain;
}

const char *endpoint_signing_region(const struct endpoint *endpoint,
                                    const char *region)
{
    return endpoint->is_global ? partition_of(region)->global : region;
}

/* ---- the user's own --------------------------------------------------- */

static const char *setting(const struct endpoint_source *source,
                           const char *name)
{
    return source->setting(source->context, name);
}

static const char *profile_value(const struct endpoint_source *source,
                                 const char *name)
{
    return awsfile_get(source->file, "profile", source->profile, name);
}

static bool is_ignored(const struct endpoint_source *source)
{
    const char *value = setting(source, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS");

    if (!value)
        value = profile_value(source, "ignore_configured_endpoint_urls");
    return value && strcasecmp(value, "true") == 0;
}

/* `[services x]` of the profile's `services = x`. */
static const char *services_value(const struct endpoint *endpoint,
                                  const struct endpoint_source *source)
{
    const char *services = profile_value(source, "services");
    char name[64];

    if (!services)
        return NULL;
    snprintf(name, sizeof(name), "%s.endpoint_url", endpoint->key);
    return awsfile_get(source->file, "services", services, name);
}

char *endpoint_chosen_url(const struct endpoint *endpoint,
                          const struct endpoint_source *source)
{
    char name[64];
    const char *url;
    size_t size;

    if (is_ignored(source))
        return NULL;
    snprintf(name, sizeof(name), "AWS_ENDPOINT_URL_%s", endpoint->setting);
    url = setting(source, name);
    if (!url)
        url = setting(source, "AWS_ENDPOINT_URL");
    if (!url)
        url = services_value(endpoint, source);
    if (!url)
        url = profile_value(source, "endpoint_url");
    if (!url || !*url)
        return NULL;
    size = strlen(url);
    while (size && url[size - 1] == '/')
        size--;
    return mem_bytes(url, size);
}
