/*
 * Asking App Runner for a change, so that it happens once whatever breaks.
 *
 *     struct change change = { "UPDATE_SERVICE", "deploy", image, input };
 *     if (change_begin(deployment, context, &change, &err)) ... await ...
 *
 * The record is saved with the operations known before and no id, then the call
 * is made, then its id is saved. A record without an id thus says: called,
 * perhaps; change_adopt() finds out.
 */
#ifndef STEPDECK_AWS_APPRUNNER_CHANGE_H
#define STEPDECK_AWS_APPRUNNER_CHANGE_H

#include "aws/apprunner/deployment.h"

/* Borrowed. */
struct change {
    const char *type;    /* "CREATE_SERVICE", "UPDATE_SERVICE", ... */
    const char *purpose; /* "deploy", "rollback", "restart", "destroy", ... */
    const char *image;   /* asked for; NULL */
    const json_t *input; /* of Create and Update */
};

/* False when it was not begun, or nobody can tell (the hint says so). */
NODISCARD bool change_begin(struct deployment *deployment,
                            struct step_context *context,
                            const struct change *change, struct error *err);

/* Looks for the operation that the record speaks of without an id: one of its
 * type that was not known before. True when it could be looked; whether it was
 * found says deployment->operation.id. */
NODISCARD bool change_adopt(struct deployment *deployment,
                            struct step_context *context, struct error *err);
/* As change_adopt(), of an earlier run: what it called a moment ago may still
 * be on its way, so there is some patience. */
NODISCARD bool change_find(struct deployment *deployment,
                           struct step_context *context, struct error *err);

/* Whether the record has an operation that is not over. */
bool change_is_pending(const struct deployment *deployment);

/* "https://..." or "repo@sha256:..." of a service's image, for messages: the
 * part behind the registry's host. Borrowed; "(none)" for NULL. */
const char *change_image_name(const char *image);

#endif
