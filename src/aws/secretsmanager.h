/* Secrets Manager and SSM parameters: whether they exist; never a value.
 * https://docs.aws.amazon.com/secretsmanager/latest/apireference */
#ifndef STEPDECK_AWS_SECRETSMANAGER_H
#define STEPDECK_AWS_SECRETSMANAGER_H

#include "base/error.h"

struct client;
struct strvec;

struct secret {
    char *arn, *name, *kms_key; /* kms_key NULL: the account's own */
    bool is_deleted;            /* scheduled for deletion */
};

/* ERROR_NOT_FOUND without such a secret. An ARN may name a JSON key and
 * version behind the secret's own (arn:...:secret:NAME-xxxxxx:key:stage:id):
 * they are cut off. */
NODISCARD bool secretsmanager_describe(struct client *client, const char *id,
                                       struct secret *secret,
                                       struct error *err);
void secret_release(struct secret *secret);

#endif
