/*
 * An emulator in memory, without its server: handlers are called as it calls
 * them.
 */
#ifndef TESTS_EMULATOR_FIXTURE_REGISTRY_H
#define TESTS_EMULATOR_FIXTURE_REGISTRY_H

#include "emulator/blobs.h"
#include "emulator/emulator.h"

struct cloud {
    struct emulator emulator;
    char *token; /* "AWS:PASSWORD" in base64 */
    char *password;
};

/* cmocka's setup and teardown; *state is the cloud. */
int cloud_open(void **state);
int cloud_close(void **state);

/* A request to the registry with the token, and with `header` ("name: value",
 * may be NULL). `target` may have a query. */
struct emulator_reply cloud_ask(struct cloud *cloud, const char *method,
                                const char *target, const char *header,
                                const char *body);
void cloud_reply_release(struct emulator_reply *reply);
/* Sends it, gives the status alone. */
int cloud_status(struct cloud *cloud, const char *method, const char *target,
                 const char *header, const char *body);
/* The value of a header of the answer; NULL. */
const char *cloud_header(const struct emulator_reply *reply, const char *name);
/* The answer's body, of the memory or a file; to free. */
char *cloud_body(const struct emulator_reply *reply);

/* An operation of ECR's API with JSON text as input; NULL and *code, "" for
 * none, of the failure. */
json_t *cloud_ecr(struct cloud *cloud, const char *operation, const char *input,
                  const char **code);
/* The same, which must succeed. */
json_t *cloud_ecr_done(struct cloud *cloud, const char *operation,
                       const char *input);

/* Uploads an image whose configuration is `config` and whose layer are the
 * bytes `layer`, as `reference`; gives its digest. The repository exists. */
void cloud_push(struct cloud *cloud, const char *repository,
                const char *reference, const char *config, const char *layer,
                char digest[BLOBS_DIGEST_SIZE]);
void cloud_digest(const char *text, char digest[BLOBS_DIGEST_SIZE]);

#define DOCKER_MANIFEST "application/vnd.docker.distribution.manifest.v2+json"
#define OCI_INDEX "application/vnd.oci.image.index.v1+json"

#endif
