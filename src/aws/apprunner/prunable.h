/*
 * Which images of a repository may be deleted. Pure.
 *
 *     prunable_choose(&images, &rules, &doomed);
 *
 * Kept are: what `rules` protect by digest or tag; the newest `keep` images
 * that stand for themselves (no part of an index, no attachment of another
 * one); what was pushed at an unknown time; and whatever a kept image refers to
 * or is referred to by: the children of an index, attestations and signatures
 * (https://github.com/opencontainers/distribution-spec/blob/main/spec.md,
 * "Referrers"). Untagged does not mean unused: children, and what is deployed
 * by its digest, have no tag.
 */
#ifndef STEPDECK_AWS_APPRUNNER_PRUNABLE_H
#define STEPDECK_AWS_APPRUNNER_PRUNABLE_H

#include "aws/ecr.h"
#include "base/strvec.h"

#include <jansson.h>

/* An index names a child. */
struct prunable_link {
    char *index, *child;
};
struct prunable_rules {
    size_t keep;
    struct strvec digests, tags; /* protected */
    struct prunable_link *links; /* of every index in the repository */
    size_t count, capacity;
};

void prunable_protect(struct prunable_rules *rules, const char *digest);
void prunable_protect_tag(struct prunable_rules *rules, const char *tag);
/* Adds the links of an index's manifest; ERROR_INPUT when it is none. */
NODISCARD bool prunable_add_manifest(struct prunable_rules *rules,
                                     const char *index, const char *manifest,
                                     struct error *err);
void prunable_rules_release(struct prunable_rules *rules);

/* Whether the media type is that of an index, whose children count. */
bool prunable_is_index(const char *media_type);

/* Digests to delete, in this order: an index before its children, which ECR
 * would not delete before. */
void prunable_choose(const struct ecr_images *images,
                     const struct prunable_rules *rules, struct strvec *doomed);

/* What a lifecycle policy may do behind our back to an image with these tags: a
 * sentence to free; NULL for nothing. */
char *prunable_policy_risk(const json_t *policy, const struct strvec *tags);

#endif
