#include "emulator/validate.h"

#include "base/mem.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the models -------------------------------------------------------------
 */

#define TAGS "[{Key:s,Value:s}]"
#define SOURCE                                                                 \
    "{CodeRepository:*,ImageRepository:{ImageIdentifier!:s,"                   \
    "ImageRepositoryType!:s(ECR|ECR_PUBLIC),ImageConfiguration:{"              \
    "RuntimeEnvironmentVariables:<s>,StartCommand:s,Port:s,"                   \
    "RuntimeEnvironmentSecrets:<s>}},AutoDeploymentsEnabled:b,"                \
    "AuthenticationConfiguration:{ConnectionArn:s,AccessRoleArn:s}}"
#define SERVICE_PARTS                                                          \
    "InstanceConfiguration:{Cpu:s(256|512|1024|2048|4096|0.25 vCPU|0.5 vCPU|"  \
    "1 vCPU|2 vCPU|4 vCPU),Memory:s(512|1024|2048|3072|4096|6144|8192|10240|"  \
    "12288|0.5 GB|1 GB|2 GB|3 GB|4 GB|6 GB|8 GB|10 GB|12 GB),"                 \
    "InstanceRoleArn:s},HealthCheckConfiguration:{Protocol:s(TCP|HTTP),"       \
    "Path:s,Interval:i(1-20),Timeout:i(1-20),HealthyThreshold:i(1-20),"        \
    "UnhealthyThreshold:i(1-20)},AutoScalingConfigurationArn:s,"               \
    "NetworkConfiguration:{EgressConfiguration:{EgressType:s(DEFAULT|VPC),"    \
    "VpcConnectorArn:s},IngressConfiguration:{IsPubliclyAccessible:b},"        \
    "IpAddressType:s(IPV4|DUAL_STACK)},ObservabilityConfiguration:{"           \
    "ObservabilityEnabled!:b,ObservabilityConfigurationArn:s}"
#define IMAGE_IDS "[{imageDigest:s,imageTag:s}]"
#define EVENTS                                                                 \
    "logGroupName:s,logGroupIdentifier:s,startTime:i,endTime:i,nextToken:s,"   \
    "limit:i(1-10000)"

/* The members of the inputs, from the service models.
 * https://github.com/boto/botocore/tree/develop/botocore/data */
static const struct model {
    const char *service, *operation, *shape;
} models[] = {
    { "apprunner", "CreateService",
      "{ServiceName!:s,SourceConfiguration!:" SOURCE ",Tags:" TAGS
      ",EncryptionConfiguration:{KmsKey!:s}," SERVICE_PARTS "}" },
    { "apprunner", "UpdateService",
      "{ServiceArn!:s,SourceConfiguration:" SOURCE "," SERVICE_PARTS "}" },
    { "apprunner", "DescribeService", "{ServiceArn!:s}" },
    { "apprunner", "ListServices", "{NextToken:s,MaxResults:i(1-20)}" },
    { "apprunner", "ListOperations",
      "{ServiceArn!:s,NextToken:s,MaxResults:i(1-20)}" },
    { "apprunner", "StartDeployment", "{ServiceArn!:s}" },
    { "apprunner", "PauseService", "{ServiceArn!:s}" },
    { "apprunner", "ResumeService", "{ServiceArn!:s}" },
    { "apprunner", "DeleteService", "{ServiceArn!:s}" },
    { "apprunner", "TagResource", "{ResourceArn!:s,Tags!:" TAGS "}" },
    { "apprunner", "ListTagsForResource", "{ResourceArn!:s}" },
    { "ecr", "GetAuthorizationToken", "{registryIds:[s]}" },
    { "ecr", "DescribeRepositories",
      "{registryId:s,repositoryNames:[s],nextToken:s,maxResults:i(1-1000)}" },
    { "ecr", "CreateRepository",
      "{registryId:s,repositoryName!:s,tags:" TAGS
      ",imageTagMutability:s(MUTABLE|IMMUTABLE|IMMUTABLE_WITH_EXCLUSION|"
      "MUTABLE_WITH_EXCLUSION),imageTagMutabilityExclusionFilters:[{"
      "filterType!:s,filter!:s}],imageScanningConfiguration:{scanOnPush:b},"
      "encryptionConfiguration:{encryptionType!:s,kmsKey:s}}" },
    { "ecr", "DescribeImages",
      "{registryId:s,repositoryName!:s,imageIds:" IMAGE_IDS
      ",nextToken:s,maxResults:i(1-1000),filter:{tagStatus:s(TAGGED|UNTAGGED|"
      "ANY),imageStatus:s}}" },
    { "ecr", "ListImages",
      "{registryId:s,repositoryName!:s,nextToken:s,maxResults:i(1-1000),"
      "filter:{tagStatus:s(TAGGED|UNTAGGED|ANY),imageStatus:s}}" },
    { "ecr", "BatchGetImage",
      "{registryId:s,repositoryName!:s,imageIds!:" IMAGE_IDS
      ",acceptedMediaTypes:[s]}" },
    { "ecr", "BatchDeleteImage",
      "{registryId:s,repositoryName!:s,imageIds!:" IMAGE_IDS "}" },
    { "ecr", "PutImage",
      "{registryId:s,repositoryName!:s,imageManifest!:s,"
      "imageManifestMediaType:s,imageTag:s,imageDigest:s}" },
    { "ecr", "PutLifecyclePolicy",
      "{registryId:s,repositoryName!:s,lifecyclePolicyText!:s}" },
    { "ecr", "GetLifecyclePolicy", "{registryId:s,repositoryName!:s}" },
    { "secretsmanager", "DescribeSecret", "{SecretId!:s}" },
    { "secretsmanager", "CreateSecret",
      "{Name!:s,ClientRequestToken:s,Description:s,KmsKeyId:s,SecretBinary:s,"
      "SecretString:s,Tags:" TAGS
      ",AddReplicaRegions:*,ForceOverwriteReplicaSecret:b,Type:s}" },
    { "secretsmanager", "DeleteSecret",
      "{SecretId!:s,RecoveryWindowInDays:i(7-30),"
      "ForceDeleteWithoutRecovery:b}" },
    { "secretsmanager", "ListSecrets",
      "{IncludePlannedDeletion:b,MaxResults:i(1-100),NextToken:s,Filters:*,"
      "SortOrder:s(asc|desc),SortBy:s}" },
    { "logs", "FilterLogEvents",
      "{" EVENTS ",logStreamNames:[s],logStreamNamePrefix:s,filterPattern:s,"
      "interleaved:b,unmask:b}" },
    { "logs", "GetLogEvents",
      "{" EVENTS ",logStreamName!:s,startFromHead:b,unmask:b}" },
    { "logs", "DescribeLogGroups",
      "{accountIdentifiers:[s],logGroupNamePrefix:s,logGroupNamePattern:s,"
      "nextToken:s,limit:i(1-50),includeLinkedAccounts:b,logGroupClass:s,"
      "logGroupIdentifiers:[s]}" },
    { "logs", "PutLogEvents",
      "{logGroupName!:s,logStreamName!:s,logEvents!:[{timestamp!:i,message!:s}"
      "],sequenceToken:s,entity:*}" },
    { "iam", "GetRole", "{RoleName!:s}" },
    { "iam", "ListRoles", "{PathPrefix:s,Marker:s,MaxItems:s}" },
    { "iam", "SimulatePrincipalPolicy",
      "{PolicySourceArn!:s,ActionNames!:[s],ResourceArns:[s],ContextEntries:[{"
      "ContextKeyName:s,ContextKeyValues:[s],ContextKeyType:s}],CallerArn:s,"
      "ResourcePolicy:s,PolicyInputList:[s],"
      "PermissionsBoundaryPolicyInputList:[s],ResourceOwner:s,"
      "ResourceHandlingOption:s,MaxItems:s,Marker:s}" },
    { "sts", "GetCallerIdentity", "{}" },
    { "sts", "AssumeRole",
      "{RoleArn!:s,RoleSessionName!:s,PolicyArns:*,Policy:s,DurationSeconds:s,"
      "Tags:*,TransitiveTagKeys:[s],ExternalId:s,SerialNumber:s,TokenCode:s,"
      "SourceIdentity:s,ProvidedContexts:*}" },
    { "sts", "AssumeRoleWithWebIdentity",
      "{RoleArn!:s,RoleSessionName!:s,WebIdentityToken!:s,ProviderId:s,"
      "PolicyArns:*,Policy:s,DurationSeconds:s}" },
};

/* ---- shapes
 * ------------------------------------------------------------------ */

enum { WHY_SIZE = 256, PATH_SIZE = 160 };

static bool complain(char *why, const char *at, const char *what)
{
    snprintf(why, WHY_SIZE, "%.*s: %.80s", PATH_SIZE, at, what);
    return false;
}

/* The end of a shape: behind its bracket, or its letter and its "(...)". */
static const char *after_shape(const char *shape)
{
    int depth = 0;

    do {
        if (strchr("{[<(", *shape))
            depth++;
        else if (strchr("}]>)", *shape))
            depth--;
        shape++;
    } while (*shape && (depth || *shape == '('));
    return shape;
}

/* "s(A|B)" */
static bool check_text(const char *shape, const json_t *json, const char *at,
                       char *why)
{
    const char *text = json_string_value(json);
    const char *word = shape + 2;
    size_t size;

    if (!text)
        return complain(why, at, "has to be a string");
    if (shape[1] != '(')
        return true;
    for (;; word += size + 1) {
        size = strcspn(word, "|)");
        if (strlen(text) == size && !strncmp(text, word, size))
            return true;
        if (word[size] == ')')
            break;
    }
    return complain(why, at, "is none of the values that it may have");
}

/* "i(1-20)" */
static bool check_integer(const char *shape, const json_t *json, const char *at,
                          char *why)
{
    json_int_t value = json_integer_value(json);
    char *dash;
    long least;

    if (!json_is_integer(json))
        return complain(why, at, "has to be an integer");
    if (shape[1] != '(')
        return true;
    least = strtol(shape + 2, &dash, 10);
    if (value < least || value > strtol(dash + 1, NULL, 10))
        return complain(why, at, "is out of its range");
    return true;
}

static bool check_list(const char *shape, const json_t *json, const char *at,
                       char *why)
{
    size_t index;
    json_t *element;

    if (!json_is_array(json))
        return complain(why, at, "has to be a list");
    json_array_foreach(json, index, element)
    {
        char path[PATH_SIZE];

        snprintf(path, sizeof(path), "%.100s[%zu]", at, index);
        if (!validate_shape(shape + 1, element, path, why))
            return false;
    }
    return true;
}

static bool check_map(const char *shape, json_t *json, const char *at,
                      char *why)
{
    const char *name;
    json_t *value;

    if (!json_is_object(json))
        return complain(why, at, "has to be a map");
    json_object_foreach(json, name, value)
    {
        char path[PATH_SIZE];

        snprintf(path, sizeof(path), "%.70s.%.70s", at, name);
        if (!validate_shape(shape + 1, value, path, why))
            return false;
    }
    return true;
}

/* One member of a structure: its name, and whether it has to be there. */
struct member {
    char name[64];
    bool is_required;
    const char *shape;
};

/* Reads it and moves behind it; false at the end. */
static bool next_member(const char **at, struct member *member)
{
    size_t size;

    *at += strspn(*at, "{,");
    if (**at == '}' || !**at)
        return false;
    size = strcspn(*at, "!:");
    snprintf(member->name, sizeof(member->name), "%.*s", (int)size, *at);
    *at += size;
    member->is_required = **at == '!';
    *at += member->is_required ? 2 : 1;
    member->shape = *at;
    *at = after_shape(*at);
    return true;
}

static bool has_member(const char *shape, const char *name)
{
    struct member member;

    while (next_member(&shape, &member))
        if (!strcmp(member.name, name))
            return true;
    return false;
}

static bool check_structure(const char *shape, json_t *json, const char *at,
                            char *why)
{
    const char *rest = shape;
    struct member member;
    char path[PATH_SIZE];
    const char *name;
    json_t *value;

    if (!json_is_object(json))
        return complain(why, at, "has to be a structure");
    json_object_foreach(json, name, value)
    {
        snprintf(path, sizeof(path), "%.70s.%.70s", at, name);
        if (!has_member(shape, name))
            return complain(why, path, "is no member of the model");
    }
    while (next_member(&rest, &member)) {
        snprintf(path, sizeof(path), "%.70s.%.70s", at, member.name);
        value = json_object_get(json, member.name);
        if (!value && member.is_required)
            return complain(why, path, "is missing");
        if (value && !validate_shape(member.shape, value, path, why))
            return false;
    }
    return true;
}

bool validate_shape(const char *shape, const json_t *json, const char *at,
                    char why[256])
{
    /* jansson's iteration wants what it could change. */
    json_t *open = (json_t *)(uintptr_t)json;

    switch (*shape) {
    case '{':
        return check_structure(shape, open, at, why);
    case '<':
        return check_map(shape, open, at, why);
    case '[':
        return check_list(shape, json, at, why);
    case 's':
        return check_text(shape, json, at, why);
    case 'i':
        return check_integer(shape, json, at, why);
    case 'b':
        return json_is_boolean(json) ||
               complain(why, at, "has to be a boolean");
    case 'f':
        return json_is_number(json) || complain(why, at, "has to be a number");
    default:
        return true;
    }
}

/* ---- a call
 * ---------------------------------------------------------------------- */

/* How each service calls a request that it does not understand. */
static const char *code_of(const char *service)
{
    static const struct {
        const char *service, *code;
    } codes[] = {
        { "apprunner", "InvalidRequestException" },
        { "secretsmanager", "ValidationException" },
        { "iam", "ValidationError" },
        { "sts", "ValidationError" },
    };

    for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
        if (!strcmp(codes[i].service, service))
            return codes[i].code;
    return "InvalidParameterException";
}

bool validate_input(const char *service, const char *operation,
                    const json_t *input, struct emulator_failure *failure)
{
    char why[WHY_SIZE];

    for (size_t i = 0; i < sizeof(models) / sizeof(models[0]); i++) {
        if (strcmp(models[i].service, service) != 0 ||
            strcmp(models[i].operation, operation) != 0 ||
            validate_shape(models[i].shape, input, operation, why))
            continue;
        emulator_fail(failure, 400, code_of(service),
                      "1 validation error detected: %s", why);
        return false;
    }
    return true;
}
