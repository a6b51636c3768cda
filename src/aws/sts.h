/* STS: who we are. https://docs.aws.amazon.com/STS/latest/APIReference */
#ifndef STEPDECK_AWS_STS_H
#define STEPDECK_AWS_STS_H

#include "base/error.h"

struct client;

struct sts_identity {
    char *account, *arn, *user_id;
};

NODISCARD bool sts_identify(struct client *client,
                            struct sts_identity *identity, struct error *err);
void sts_identity_release(struct sts_identity *identity);

#endif
