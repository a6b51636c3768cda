#include "base/jsonx.h"
#include "base/mem.h"
#include "emulator/emulator.h"
#include "emulator/imagecalls.h"
#include "emulator/images.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * ECR's API, version 2015-09-21, for what a deployment needs:
 * https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_Operations.html
 * Here are tokens, repositories and their policies; imagecalls.c has the
 * images.
 */

/* ---- pages and names --------------------------------------------------- */

json_t *imagecalls_repository(struct emulator *emulator, const json_t *input,
                              const char **name,
                              struct emulator_failure *failure)
{
    json_t *repository;

    *name = jsonx_text(input, "repositoryName", "");
    if (!images_is_name(*name))
        return emulator_fail(failure, 400, "InvalidParameterException",
                             "Invalid parameter at 'repositoryName' failed to "
                             "satisfy constraint: 'must satisfy regular "
                             "expression '(?:[a-z0-9]+(?:[._-][a-z0-9]+)*/)*"
                             "[a-z0-9]+(?:[._-][a-z0-9]+)*''");
    repository = images_repository(emulator, *name);
    if (!repository)
        return emulator_fail(failure, 400, "RepositoryNotFoundException",
                             "The repository with name '%.256s' does not exist "
                             "in the registry with id '" EMULATOR_ACCOUNT "'",
                             *name);
    return repository;
}

json_t *imagecalls_page(json_t *all, const json_t *input, const char *member,
                        struct emulator_failure *failure)
{
    const char *token = jsonx_text(input, "nextToken", NULL);
    int64_t limit = jsonx_int(input, "maxResults", 100);
    size_t start = token ? (size_t)strtoul(token, NULL, 16) : 0, end;
    json_t *answer, *page;

    if (limit < 1 || limit > 1000 || start > json_array_size(all)) {
        json_decref(all);
        return emulator_fail(failure, 400, "InvalidParameterException",
                             "Invalid parameter at '%s' failed to satisfy "
                             "constraint",
                             limit < 1 || limit > 1000 ? "maxResults"
                                                       : "nextToken");
    }
    page = json_array();
    answer = json_pack("{s:o}", member, page);
    end = start + (size_t)limit;
    for (size_t i = start; i < end && i < json_array_size(all); i++)
        json_array_append(page, json_array_get(all, i));
    if (end < json_array_size(all)) {
        char *next = mem_format("%08zx", end);

        jsonx_set_text(answer, "nextToken", next);
        free(next);
    }
    json_decref(all);
    return answer;
}

/* ---- tokens ------------------------------------------------------------ */

static json_t *get_token(struct emulator *emulator, const json_t *input,
                         struct emulator_failure *failure)
{
    double expires;
    char *token = images_new_token(emulator, NULL, &expires);
    json_t *answer;

    (void)input;
    (void)failure;
    answer = json_pack("{s:[{s:s, s:f, s:s}]}", "authorizationData",
                       "authorizationToken", token, "expiresAt", expires,
                       "proxyEndpoint", emulator->url);
    free(token);
    return answer;
}

/* ---- repositories ------------------------------------------------------ */

static json_t *describe(struct emulator *emulator, const char *name,
                        const json_t *repository)
{
    json_t *answer =
        json_pack("{s:s, s:s, s:O, s:s, s:{s:b}, s:{s:s}}", "registryId",
                  EMULATOR_ACCOUNT, "repositoryName", name, "createdAt",
                  json_object_get(repository, "created"), "imageTagMutability",
                  jsonx_text(repository, "mutability", "MUTABLE"),
                  "imageScanningConfiguration", "scanOnPush", 0,
                  "encryptionConfiguration", "encryptionType", "AES256");
    char *arn = mem_format("arn:aws:ecr:" EMULATOR_REGION ":" EMULATOR_ACCOUNT
                           ":repository/%s",
                           name);
    char *uri = mem_format("%s/%s", emulator->host, name);
    json_t *filters = json_object_get(repository, "filters");

    jsonx_set_text(answer, "repositoryArn", arn);
    jsonx_set_text(answer, "repositoryUri", uri);
    if (json_array_size(filters) > 0)
        json_object_set(answer, "imageTagMutabilityExclusionFilters", filters);
    free(arn);
    free(uri);
    return answer;
}

static json_t *describe_named(struct emulator *emulator, const json_t *names,
                              struct emulator_failure *failure)
{
    json_t *found = json_array();
    const json_t *name;
    size_t i;

    json_array_foreach(names, i, name)
    {
        json_t *input = json_pack("{s:O}", "repositoryName", name);
        const char *text;
        json_t *repository =
            imagecalls_repository(emulator, input, &text, failure);

        if (repository)
            json_array_append_new(found, describe(emulator, text, repository));
        json_decref(input);
        if (!repository) {
            json_decref(found);
            return NULL;
        }
    }
    return found;
}

static json_t *describe_repositories(struct emulator *emulator,
                                     const json_t *input,
                                     struct emulator_failure *failure)
{
    const json_t *names = json_object_get(input, "repositoryNames");
    json_t *found, *repository;
    const char *name;

    if (names) {
        found = describe_named(emulator, names, failure);
    } else {
        found = json_array();
        json_object_foreach(emulator_part(emulator, "repositories"), name,
                            repository)
            json_array_append_new(found, describe(emulator, name, repository));
    }
    return found ? imagecalls_page(found, input, "repositories", failure)
                 : NULL;
}

static bool is_mutability(const char *text)
{
    static const char *const known[] = { "MUTABLE", "IMMUTABLE",
                                         "IMMUTABLE_WITH_EXCLUSION",
                                         "MUTABLE_WITH_EXCLUSION" };

    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        if (strcmp(known[i], text) == 0)
            return true;
    }
    return false;
}

/* False with a failure. */
static bool set_mutability(json_t *repository, const json_t *input,
                           struct emulator_failure *failure)
{
    const char *mutability = jsonx_text(input, "imageTagMutability", "MUTABLE");
    json_t *filters =
        json_object_get(input, "imageTagMutabilityExclusionFilters");

    if (!is_mutability(mutability) || json_array_size(filters) > 5) {
        emulator_fail(failure, 400, "InvalidParameterException",
                      "Invalid parameter at 'imageTagMutability' failed to "
                      "satisfy constraint");
        return false;
    }
    jsonx_set_text(repository, "mutability", mutability);
    if (filters)
        json_object_set_new(repository, "filters", json_deep_copy(filters));
    else
        json_object_set_new(repository, "filters", json_array());
    return true;
}

static json_t *create_repository(struct emulator *emulator, const json_t *input,
                                 struct emulator_failure *failure)
{
    const json_t *tags = json_object_get(input, "tags");
    struct emulator_failure unused = { 0 };
    json_t *repository;
    const char *name;

    if (imagecalls_repository(emulator, input, &name, &unused))
        return emulator_fail(failure, 400, "RepositoryAlreadyExistsException",
                             "The repository with name '%.256s' already exists "
                             "in the registry with id '" EMULATOR_ACCOUNT "'",
                             name);
    if (!images_is_name(name)) {
        *failure = unused;
        return NULL;
    }
    repository = images_new_repository(emulator, name);
    if (!set_mutability(repository, input, failure)) {
        json_object_del(emulator_part(emulator, "repositories"), name);
        return NULL;
    }
    if (tags)
        json_object_set_new(repository, "resource_tags", json_deep_copy(tags));
    return json_pack("{s:o}", "repository",
                     describe(emulator, name, repository));
}

static json_t *delete_repository(struct emulator *emulator, const json_t *input,
                                 struct emulator_failure *failure)
{
    const char *name;
    json_t *repository = imagecalls_repository(emulator, input, &name, failure);
    json_t *answer;

    if (!repository)
        return NULL;
    if (json_object_size(json_object_get(repository, "images")) > 0 &&
        !jsonx_bool(input, "force"))
        return emulator_fail(failure, 400, "RepositoryNotEmptyException",
                             "The repository with name '%.256s' in registry "
                             "with id '" EMULATOR_ACCOUNT "' cannot be deleted "
                             "because it still contains images",
                             name);
    answer =
        json_pack("{s:o}", "repository", describe(emulator, name, repository));
    json_object_del(emulator_part(emulator, "repositories"), name);
    return answer;
}

static json_t *put_mutability(struct emulator *emulator, const json_t *input,
                              struct emulator_failure *failure)
{
    const char *name;
    json_t *repository = imagecalls_repository(emulator, input, &name, failure);

    if (!repository || !set_mutability(repository, input, failure))
        return NULL;
    return json_pack("{s:s, s:s, s:s}", "registryId", EMULATOR_ACCOUNT,
                     "repositoryName", name, "imageTagMutability",
                     jsonx_text(repository, "mutability", ""));
}

/* ---- lifecycle policies ------------------------------------------------ */

static json_t *policy_answer(const char *name, const char *text)
{
    return json_pack("{s:s, s:s, s:s}", "registryId", EMULATOR_ACCOUNT,
                     "repositoryName", name, "lifecyclePolicyText", text);
}

static json_t *find_policy(struct emulator *emulator, const json_t *input,
                           const char **name, json_t **repository,
                           struct emulator_failure *failure)
{
    json_t *policy;

    *repository = imagecalls_repository(emulator, input, name, failure);
    if (!*repository)
        return NULL;
    policy = json_object_get(*repository, "lifecycle");
    if (!policy)
        return emulator_fail(failure, 400, "LifecyclePolicyNotFoundException",
                             "Lifecycle policy does not exist for the "
                             "repository with name '%.256s' in the registry "
                             "with id '" EMULATOR_ACCOUNT "'",
                             *name);
    return policy;
}

static json_t *get_policy(struct emulator *emulator, const json_t *input,
                          struct emulator_failure *failure)
{
    const char *name;
    json_t *repository;
    json_t *policy = find_policy(emulator, input, &name, &repository, failure);

    return policy ? policy_answer(name, json_string_value(policy)) : NULL;
}

static json_t *delete_policy(struct emulator *emulator, const json_t *input,
                             struct emulator_failure *failure)
{
    const char *name;
    json_t *repository, *answer;
    json_t *policy = find_policy(emulator, input, &name, &repository, failure);

    if (!policy)
        return NULL;
    answer = policy_answer(name, json_string_value(policy));
    json_object_del(repository, "lifecycle");
    return answer;
}

static json_t *put_policy(struct emulator *emulator, const json_t *input,
                          struct emulator_failure *failure)
{
    const char *text = jsonx_text(input, "lifecyclePolicyText", ""), *name;
    json_t *repository = imagecalls_repository(emulator, input, &name, failure);
    json_t *policy;

    if (!repository)
        return NULL;
    policy = jsonx_parse_object(text, strlen(text), NULL);
    if (!json_is_array(json_object_get(policy, "rules"))) {
        json_decref(policy);
        return emulator_fail(failure, 400, "InvalidParameterException",
                             "Invalid parameter at 'LifecyclePolicyText' "
                             "failed to satisfy constraint: 'Lifecycle policy "
                             "validation failure: not a JSON object with "
                             "rules'");
    }
    json_decref(policy);
    jsonx_set_text(repository, "lifecycle", text);
    return policy_answer(name, text);
}

static const struct emulator_operation operations[] = {
    { "GetAuthorizationToken", get_token },
    { "DescribeRepositories", describe_repositories },
    { "CreateRepository", create_repository },
    { "DeleteRepository", delete_repository },
    { "PutImageTagMutability", put_mutability },
    { "DescribeImages", imagecalls_describe },
    { "ListImages", imagecalls_list },
    { "BatchGetImage", imagecalls_get },
    { "BatchDeleteImage", imagecalls_delete },
    { "PutImage", imagecalls_put },
    { "GetLifecyclePolicy", get_policy },
    { "PutLifecyclePolicy", put_policy },
    { "DeleteLifecyclePolicy", delete_policy },
    { NULL, NULL },
};

const struct emulator_service emulator_ecr = {
    .name = "ecr",
    .target = "AmazonEC2ContainerRegistry_V20150921",
    .version = "2015-09-21",
    .protocol = EMULATOR_JSON,
    .operations = operations,
};
