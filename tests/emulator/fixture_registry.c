#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "fixture_registry.h"

#include "base/digest.h"
#include "base/fileio.h"
#include "base/mem.h"
#include "emulator/images.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int cloud_open(void **state)
{
    struct cloud *cloud = mem_new(1, sizeof(*cloud));
    double expires;

    emulator_init(&cloud->emulator);
    cloud->emulator.url = mem_text("http://127.0.0.1:1");
    cloud->emulator.host = mem_text("127.0.0.1:1");
    cloud->emulator.docker = EMULATOR_DOCKER_STAND_IN;
    cloud->token =
        images_new_token(&cloud->emulator, &cloud->password, &expires);
    *state = cloud;
    return 0;
}

int cloud_close(void **state)
{
    struct cloud *cloud = *state;

    blobs_discard(&cloud->emulator);
    emulator_release(&cloud->emulator);
    free(cloud->token);
    free(cloud->password);
    free(cloud);
    return 0;
}

struct emulator_reply cloud_ask(struct cloud *cloud, const char *method,
                                const char *target, const char *header,
                                const char *body)
{
    size_t size = strcspn(target, "?");
    char *path = mem_bytes(target, size);
    struct emulator_request request = {
        .method = method,
        .path = path,
        .query = target + size + (target[size] == '?'),
        .body = body ? body : "",
        .body_size = body ? strlen(body) : 0,
    };
    struct emulator_reply reply = { 0 };

    strvec_addf(&request.headers, "authorization: Basic %s", cloud->token);
    if (header)
        strvec_add(&request.headers, header);
    registry_answer(&cloud->emulator, &request, &reply);
    strvec_release(&request.headers);
    free(path);
    return reply;
}

void cloud_reply_release(struct emulator_reply *reply)
{
    strvec_release(&reply->headers);
    strbuf_release(&reply->body);
    free(reply->file);
}

int cloud_status(struct cloud *cloud, const char *method, const char *target,
                 const char *header, const char *body)
{
    struct emulator_reply reply =
        cloud_ask(cloud, method, target, header, body);
    int status = reply.status;

    cloud_reply_release(&reply);
    return status;
}

const char *cloud_header(const struct emulator_reply *reply, const char *name)
{
    const size_t size = strlen(name);

    for (size_t i = 0; i < reply->headers.count; i++) {
        const char *line = reply->headers.items[i];

        if (strncmp(line, name, size) == 0 && line[size] == ':')
            return line + size + 2;
    }
    return NULL;
}

char *cloud_body(const struct emulator_reply *reply)
{
    struct strbuf text = { 0 };

    if (!reply->file)
        return mem_text(strbuf_text(&reply->body));
    assert_true(fileio_read(AT_FDCWD, reply->file, 1 << 20, &text, NULL));
    return text.data ? strbuf_take(&text) : mem_text("");
}

json_t *cloud_ecr(struct cloud *cloud, const char *operation, const char *input,
                  const char **code)
{
    const struct emulator_operation *known = emulator_ecr.operations;
    struct emulator_failure failure = { 0 };
    json_t *json = json_loads(input, 0, NULL), *answer;

    assert_non_null(json);
    while (known->name && strcmp(known->name, operation) != 0)
        known++;
    assert_non_null(known->name);
    pthread_mutex_lock(&cloud->emulator.lock);
    answer = known->answer(&cloud->emulator, json, &failure);
    pthread_mutex_unlock(&cloud->emulator.lock);
    json_decref(json);
    *code = failure.code ? failure.code : "";
    return answer;
}

json_t *cloud_ecr_done(struct cloud *cloud, const char *operation,
                       const char *input)
{
    const char *code;
    json_t *answer = cloud_ecr(cloud, operation, input, &code);

    assert_string_equal(code, "");
    assert_non_null(answer);
    return answer;
}

void cloud_digest(const char *text, char digest[BLOBS_DIGEST_SIZE])
{
    char hex[DIGEST_TEXT_SIZE];

    digest_bytes(text, strlen(text), hex);
    snprintf(digest, BLOBS_DIGEST_SIZE, "sha256:%s", hex);
}

static void upload(struct cloud *cloud, const char *repository,
                   const char *text, char digest[BLOBS_DIGEST_SIZE])
{
    char *target;

    cloud_digest(text, digest);
    target = mem_format("/v2/%s/blobs/uploads/?digest=%s", repository, digest);
    assert_int_equal(cloud_status(cloud, "POST", target, NULL, text), 201);
    free(target);
}

void cloud_push(struct cloud *cloud, const char *repository,
                const char *reference, const char *config, const char *layer,
                char digest[BLOBS_DIGEST_SIZE])
{
    char config_digest[BLOBS_DIGEST_SIZE], layer_digest[BLOBS_DIGEST_SIZE];
    char *manifest, *target;

    upload(cloud, repository, config, config_digest);
    upload(cloud, repository, layer, layer_digest);
    manifest = mem_format(
        "{\"schemaVersion\":2,\"config\":{\"digest\":\"%s\",\"mediaType\":"
        "\"application/vnd.docker.container.image.v1+json\"},"
        "\"layers\":[{\"digest\":\"%s\"}]}",
        config_digest, layer_digest);
    cloud_digest(manifest, digest);
    target = mem_format("/v2/%s/manifests/%s", repository,
                        reference ? reference : digest);
    assert_int_equal(cloud_status(cloud, "PUT", target,
                                  "content-type: " DOCKER_MANIFEST, manifest),
                     201);
    free(target);
    free(manifest);
}
