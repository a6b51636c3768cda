/* What the wizard can offer from the account: whatever of it can be read. Where
 * there are no credentials, or something may not be listed, nothing is said:
 * the questions can be answered without. */
#include "aws/apprunner/deployment.h"

#include "aws/apprunner.h"
#include "aws/client.h"
#include "aws/ecr.h"
#include "aws/iam.h"
#include "aws/sts.h"
#include "base/mem.h"
#include "core/config.h"
#include "core/setup.h"

#include <stdlib.h>
#include <string.h>

enum {
    /* Nobody waits longer for suggestions; no call is begun after that. */
    BUDGET_MS = 5000,
    MOST_OFFERS = 100
};

struct choices {
    struct setup *setup;
    struct client *client;
    const char *account;
    int64_t deadline_ms; /* monotonic */
};

static void offer(const struct choices *choices, const char *key,
                  const char *value, const char *origin, enum setup_rank rank)
{
    struct setup_offer offer = {
        .key = key, .value = value, .origin = origin, .rank = rank
    };

    /* They are of the region that was asked; roles are of none. */
    if (strcmp(key, "AWS_REGION") != 0 && !strstr(key, "_ROLE_")) {
        offer.when_key = "AWS_REGION";
        offer.when_value = client_region(choices->client);
    }
    setup_offer(choices->setup, &offer);
}

static void offer_all(const struct choices *choices, const char *key,
                      struct strvec *values, const char *what)
{
    char *origin = mem_format("%s in account %s", what, choices->account);

    strvec_sort(values);
    for (size_t i = 0; i < values->count && i < MOST_OFFERS; i++)
        offer(choices, key, values->items[i], origin, SETUP_POSSIBLE);
    free(origin);
}

/* ---- one kind each ---------------------------------------------------- */

static void find_services(const struct choices *choices)
{
    struct strvec names = { 0 };
    struct error err = { 0 };

    if (apprunner_list(choices->client, &names, &err))
        offer_all(choices, "SERVICE_NAME", &names, "a service");
    strvec_release(&names);
}

static void find_repositories(const struct choices *choices)
{
    struct strvec names = { 0 };
    struct error err = { 0 };

    if (ecr_list_repositories(choices->client, &names, &err))
        offer_all(choices, "ECR_REPOSITORY", &names, "a repository");
    strvec_release(&names);
}

static void find_roles(const struct choices *choices, const char *key,
                       const char *principal)
{
    struct strvec arns = { 0 };
    struct error err = { 0 };

    if (iam_list_roles(choices->client, principal, &arns, &err)) {
        /* With one there is nothing to choose. */
        if (arns.count == 1)
            offer(choices, key, arns.items[0], "the only role for this",
                  SETUP_DETECTED);
        else
            offer_all(choices, key, &arns, "a role");
    }
    strvec_release(&arns);
}

static void find_access_roles(const struct choices *choices)
{
    find_roles(choices, "ACCESS_ROLE_ARN", "build.apprunner.amazonaws.com");
}

static void find_instance_roles(const struct choices *choices)
{
    find_roles(choices, "INSTANCE_ROLE_ARN", "tasks.apprunner.amazonaws.com");
}

/* ---- all -------------------------------------------------------------- */

static void find_all(struct choices *choices, struct cancel *cancel)
{
    static void (*const finds[])(const struct choices *choices) = {
        find_services,
        find_repositories,
        find_access_roles,
        find_instance_roles,
    };
    struct sts_identity identity = { 0 };
    struct error err = { 0 };
    char *origin;

    client_set_cancel(choices->client, cancel);
    if (!sts_identify(choices->client, &identity, &err))
        return;
    choices->account = identity.account;
    origin = mem_format("of account %s", identity.account);
    offer(choices, "AWS_REGION", client_region(choices->client), origin,
          SETUP_DETECTED);
    free(origin);
    for (size_t i = 0; i < sizeof(finds) / sizeof(finds[0]); i++) {
        if (clock_monotonic(clock_system()) > choices->deadline_ms ||
            (cancel && cancel_level(cancel) != CANCEL_NONE))
            break;
        finds[i](choices);
    }
    sts_identity_release(&identity);
}

static void add_option(const struct setup *setup, const char *key,
                       struct strvec *options)
{
    const char *value = setup_value(setup, key);

    if (value[0])
        strvec_addf(options, "%s=%s", key, value);
}

void choices_offer(struct setup *setup, struct cancel *cancel)
{
    struct choices choices = { .setup = setup,
                               .deadline_ms = clock_monotonic(clock_system()) +
                                              BUDGET_MS };
    struct client_options options = { .clock = clock_system(),
                                      .is_read_only = true };
    struct strvec settings = { 0 };
    struct config config = { 0 };
    struct error err = { 0 };

    add_option(setup, "AWS_REGION", &settings);
    add_option(setup, "AWS_PROFILE", &settings);
    options.is_profile_explicit = setup_is_answered(setup, "AWS_PROFILE");
    if (config_load(&config, setup_dir(setup), NULL, &settings, &err)) {
        options.config = &config;
        choices.client = client_new(&options, &err);
        if (choices.client)
            find_all(&choices, cancel);
        client_free(choices.client);
        config_release(&config);
    }
    strvec_release(&settings);
}
