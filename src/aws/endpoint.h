/*
 * The services of AWS that we call: their protocols, hosts and names.
 *
 *     const struct endpoint *service = endpoint_of(CLIENT_ECR);
 *     char *url = endpoint_default_url(service, "eu-central-1");
 *
 * and where the user wants them instead (AWS_ENDPOINT_URL and its like):
 *
 *     char *url = endpoint_chosen_url(service, &source);      NULL: nowhere
 *
 * https://docs.aws.amazon.com/general/latest/gr/aws-service-information.html
 * https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
 */
#ifndef STEPDECK_AWS_ENDPOINT_H
#define STEPDECK_AWS_ENDPOINT_H

#include "aws/client.h"
#include "base/error.h"

struct awsfile;

enum endpoint_protocol { ENDPOINT_JSON, ENDPOINT_QUERY, ENDPOINT_S3 };

struct endpoint {
    const char *title;   /* "App Runner" */
    const char *setting; /* AWS_ENDPOINT_URL_<this> */
    const char *key;     /* in a `services` section */
    enum endpoint_protocol protocol;
    const char *target;  /* X-Amz-Target without ".Operation"; JSON */
    const char *version; /* of JSON ("1.1"), or of the query API */
    const char *signing; /* the name in a signature's scope */
    const char *host;    /* before ".REGION.amazonaws.com" */
    bool is_global;      /* one host a partition, signed for its region */
};

const struct endpoint *endpoint_of(enum client_service service);

/* The host label's letters only, so that it can be no more than a label. */
NODISCARD bool endpoint_check_region(const char *region, struct error *err);
/* "https://ecr.REGION.amazonaws.com"; to free. */
char *endpoint_default_url(const struct endpoint *endpoint, const char *region);
/* "amazonaws.com" of the region's partition. */
const char *endpoint_domain(const char *region);
/* The region to sign for. */
const char *endpoint_signing_region(const struct endpoint *endpoint,
                                    const char *region);

struct endpoint_source {
    /* A setting of the project or the environment; NULL: there is none. */
    const char *(*setting)(void *context, const char *name);
    void *context;
    const struct awsfile *file;
    const char *profile; /* never NULL */
};

/* Without a slash at the end; to free, NULL when there is none. */
char *endpoint_chosen_url(const struct endpoint *endpoint,
                          const struct endpoint_source *source);

#endif
