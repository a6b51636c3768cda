/* IAM: roles, and what a principal may do.
 * https://docs.aws.amazon.com/IAM/latest/APIReference */
#ifndef STEPDECK_AWS_IAM_H
#define STEPDECK_AWS_IAM_H

#include "base/error.h"

#include <jansson.h>
#include <stddef.h>

struct client;
struct strvec;

struct iam_role {
    char *arn, *name;
    json_t *trust; /* the decoded trust policy; NULL when unreadable */
};

/* ERROR_NOT_FOUND without such a role. */
NODISCARD bool iam_get_role(struct client *client, const char *name,
                            struct iam_role *role, struct error *err);
void iam_role_release(struct iam_role *role);
/* Whether the trust policy lets the service ("tasks.apprunner.amazonaws.com")
 * assume the role. */
bool iam_role_trusts(const struct iam_role *role, const char *principal);
/* "name" of "arn:aws:iam::1:role/path/name"; points into the text; NULL. */
const char *iam_role_name(const char *arn);

/* The ARNs of roles, all pages, for the wizard. `principal` NULL: all. */
NODISCARD bool iam_list_roles(struct client *client, const char *principal,
                              struct strvec *arns, struct error *err);

enum iam_decision { IAM_UNKNOWN, IAM_ALLOWED, IAM_DENIED };

/* What `principal` (an IAM ARN, or that of an assumed role, which is looked
 * up) may do, one decision an action. Advisory: where it may not be asked, all
 * are unknown and the call is true. `resource` NULL: "*". */
NODISCARD bool iam_simulate(struct client *client, const char *principal,
                            const char *const *actions, size_t count,
                            const char *resource, enum iam_decision *decisions,
                            struct error *err);

#endif
