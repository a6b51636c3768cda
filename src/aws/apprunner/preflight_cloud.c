/* Checks of the account: who we are, where, and the image repository. */
#include "aws/apprunner/preflight_private.h"

#include "aws/apprunner/imageplace.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/strbuf.h"

#include <stdlib.h>
#include <string.h>

enum { HOUR_MS = 60 * 60 * 1000 };

#define CLOSED_PAGE                                                            \
    "https://docs.aws.amazon.com/apprunner/latest/dg/"                         \
    "apprunner-availability-change.html"

/* ---- who -------------------------------------------------------------- */

static void add_expiry(const struct preflight *preflight,
                       struct preflight_finding *finding, const char *who)
{
    int64_t expiry = client_credentials_expiry(preflight->client);
    int64_t left = expiry - clock_wall(preflight->deployment->request->clock);
    char until[CLOCK_TEXT_SIZE], duration[CLOCK_TEXT_SIZE];

    if (!expiry) {
        preflight_pass(finding, "%s, without an end", who);
        return;
    }
    clock_format_seconds(expiry, until);
    clock_format_duration(left > 0 ? left : 0, duration);
    preflight_pass(finding, "%s, until %s (%s)", who, until, duration);
    if (left < HOUR_MS)
        preflight_warn(finding,
                       "the credentials end in %s; a deployment may take "
                       "longer, unless they are renewed by themselves",
                       duration);
}

static void look_at_credentials(struct preflight *preflight,
                                struct preflight_finding *finding)
{
    struct deployment *deployment = preflight->deployment;
    struct error err = { 0 };
    const char *source;
    char *who;

    if (!deployment_identify(deployment, preflight->context, &err)) {
        preflight_error(finding, &err);
        /* Without an answer here there is none to anything that follows. */
        if (err.code != ERROR_CANCELLED)
            preflight_fail(finding, "%s", err.message);
        if (!finding->mend)
            preflight_mend(finding, "aws sts get-caller-identity tells more; "
                                    "`aws configure` or `aws sso login` gives "
                                    "credentials");
        return;
    }
    preflight->client = deployment->client;
    source = client_credentials_source(preflight->client);
    who = source ? mem_format("%s, by %s", deployment->identity.arn, source)
                 : mem_text(deployment->identity.arn);
    add_expiry(preflight, finding, who);
    free(who);
}

/* Nothing can be asked: told once, by the credentials. */
static bool can_ask(const struct preflight *preflight,
                    struct preflight_finding *finding)
{
    if (!preflight->client)
        preflight_unknown(finding, "AWS cannot be asked");
    return preflight->client != NULL;
}

/* ---- where ------------------------------------------------------------ */

/* botocore 1.43.11, botocore/data/endpoints.json: only the partition `aws`, and
 * no region has been added since the service takes no new customers. */
static const char *const regions[] = {
    "ap-northeast-1", "ap-south-1", "ap-southeast-1", "ap-southeast-2",
    "eu-central-1",   "eu-west-1",  "eu-west-2",      "eu-west-3",
    "us-east-1",      "us-east-2",  "us-west-2",
};

static void look_at_region(struct preflight *preflight,
                           struct preflight_finding *finding)
{
    struct error err = { 0 };
    /* Known without asking anybody. */
    struct client *client =
        deployment_client(preflight->deployment, preflight->context, &err);
    struct strbuf all = { 0 };
    const char *region;

    if (!client) {
        preflight_unknown(finding, "%s", err.message);
        return;
    }
    region = client_region(client);
    if (client_has_endpoint(client, CLIENT_APPRUNNER)) {
        preflight_pass(finding, "%s, at an address of your own", region);
        return;
    }
    for (size_t i = 0; i < sizeof(regions) / sizeof(regions[0]); i++) {
        if (strcmp(regions[i], region) == 0) {
            preflight_pass(finding, "%s has App Runner", region);
            strbuf_release(&all);
            return;
        }
        strbuf_addf(&all, "%s%s", all.len ? ", " : "", regions[i]);
    }
    preflight_fail(finding, "%s has no App Runner", region);
    preflight_mend(finding, "set AWS_REGION to one of %s", strbuf_text(&all));
    strbuf_release(&all);
}

/* Errors of ListServices that the API model knows, or that say nothing about
 * the account. */
static bool is_modelled(const struct client_failure *failure)
{
    static const char *const codes[] = { "InvalidRequestException",
                                         "InternalServiceErrorException" };

    for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
        if (strcmp(failure->code, codes[i]) == 0)
            return true;
    }
    return failure->is_throttled;
}

/* Refusals that mean the account, not the user's permissions. */
static bool means_account(const struct client_failure *failure)
{
    return strncmp(failure->code, "SubscriptionRequired", 20) == 0 ||
           strncmp(failure->code, "OptInRequired", 13) == 0;
}

/* What App Runner answers to an account it is closed to is written nowhere, so
 * any refusal that the model does not know may be that one. */
static void judge_refusal(const struct client_failure *failure,
                          const struct error *err,
                          struct preflight_finding *finding)
{
    preflight_error(finding, err);
    if (failure->status < 400 || failure->status > 499 || is_modelled(failure))
        return;
    if (failure->is_denied && !means_account(failure)) {
        preflight_fail(finding, "%s", err->message);
        preflight_mend(
            finding, "attach the policy AWSAppRunnerFullAccess, or one with "
                     "apprunner:ListServices; an account that has not used "
                     "App Runner before 2026-04-30 cannot begin: " CLOSED_PAGE);
        return;
    }
    preflight_fail(finding,
                   "App Runner refuses this account (%s): it is closed to new "
                   "customers since 2026-04-30",
                   failure->code[0] ? failure->code : err->message);
    preflight_mend(finding,
                   "use an account that has App Runner services, or ECS "
                   "Express Mode, its successor: " CLOSED_PAGE);
}

static void look_at_account(struct preflight *preflight,
                            struct preflight_finding *finding)
{
    struct strvec names = { 0 };
    struct error err = { 0 };

    if (!can_ask(preflight, finding))
        return;
    if (apprunner_list(preflight->client, &names, &err))
        preflight_pass(finding, "%s may use App Runner (%zu service%s)",
                       preflight->deployment->identity.account, names.count,
                       names.count == 1 ? "" : "s");
    else
        judge_refusal(client_failure(preflight->client), &err, finding);
    strvec_release(&names);
}

/* ---- the repository --------------------------------------------------- */

static void look_at_repository(struct preflight *preflight,
                               struct preflight_finding *finding)
{
    struct ecr_repository *repository = &preflight->repository;
    const char *name = imageplace_repository(preflight->deployment);
    struct error err = { 0 };
    bool created;

    if (!can_ask(preflight, finding))
        return;
    if (!imageplace_reach(preflight->deployment, preflight->context, repository,
                          &created, &err)) {
        if (err.code == ERROR_NOT_FOUND)
            preflight_pass(finding, "'%s' is not there and would be created",
                           name);
        else
            preflight_error(finding, &err);
        if (!finding->mend && name)
            preflight_mend(finding,
                           "aws ecr describe-repositories --repository-names "
                           "%s tells more",
                           name);
        return;
    }
    preflight_pass(finding, "%s%s", repository->uri,
                   created                    ? ", created just now"
                   : repository->is_immutable ? ", immutable"
                                              : "");
}

/* Reads what a push reads first: a token, and the images. */
static void look_at_ecr(struct preflight *preflight,
                        struct preflight_finding *finding)
{
    struct ecr_token token = { 0 };
    struct ecr_image image = { 0 };
    struct error err = { 0 };

    if (!can_ask(preflight, finding))
        return;
    if (!ecr_get_token(preflight->client, &token, &err)) {
        preflight_error(finding, &err);
        preflight_mend(finding, "allow ecr:GetAuthorizationToken on *");
    } else if (!preflight->repository.name) {
        preflight_pass(finding, "a token for the registry is given");
    } else if (ecr_find_image(preflight->client, preflight->repository.name,
                              "latest", &image, &err) ||
               err.code == ERROR_NOT_FOUND) {
        preflight_pass(finding, "a token is given, images can be read");
    } else {
        preflight_error(finding, &err);
        preflight_mend(finding, "allow ecr:DescribeImages on %s",
                       preflight->repository.arn);
    }
    ecr_image_release(&image);
    ecr_token_release(&token);
}

/* https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-push-iam.html */
static void look_at_push(struct preflight *preflight,
                         struct preflight_finding *finding)
{
    static const char *const actions[] = {
        "ecr:BatchCheckLayerAvailability",
        "ecr:InitiateLayerUpload",
        "ecr:UploadLayerPart",
        "ecr:CompleteLayerUpload",
        "ecr:PutImage",
        "ecr:BatchGetImage",
    };
    struct preflight_permission permission = {
        .principal = preflight->deployment->identity.arn,
        .who = "you",
        .actions = actions,
        .count = sizeof(actions) / sizeof(actions[0]),
        .resource = preflight->repository.arn,
    };

    if (can_ask(preflight, finding))
        preflight_simulate(preflight, &permission, finding);
}

const struct preflight_check preflight_cloud[] = {
    { "credentials", look_at_credentials },
    { "region", look_at_region },
    { "App Runner", look_at_account },
    { "repository", look_at_repository },
    { "registry access", look_at_ecr },
    { "push permissions", look_at_push },
    { NULL, NULL },
};
