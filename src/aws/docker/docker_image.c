/* Images: looking at one, and giving it another name. */
#include "aws/docker/docker_private.h"
#include "base/mem.h"

#include <stdlib.h>

bool docker_inspect(struct docker *docker, const char *reference,
                    struct docker_image *image, struct error *err)
{
    struct strbuf path = { 0 };
    struct http_response response = { 0 };
    char *what = mem_format("cannot look at the image '%s'", reference);
    json_t *json = NULL;
    bool ok;

    strbuf_adds(&path, "/images/");
    docker_escape(&path, reference, true);
    strbuf_adds(&path, "/json");
    *image = (struct docker_image){ 0 };
    ok = docker_want(docker,
                     &(struct docker_call){ .method = "GET",
                                            .path = strbuf_text(&path),
                                            .timeout_ms = DOCKER_TIMEOUT_MS },
                     what, &response, err) &&
         (json = jsonx_parse_object(response.body.data, response.body.len,
                                    err)) != NULL;
    if (ok) {
        image->id = mem_text(jsonx_text(json, "Id", ""));
        image->os = mem_text(jsonx_text(json, "Os", ""));
        image->architecture = mem_text(jsonx_text(json, "Architecture", ""));
        image->size_bytes = jsonx_int(json, "Size", 0);
    }
    json_decref(json);
    http_response_release(&response);
    strbuf_release(&path);
    free(what);
    return ok;
}

void docker_image_release(struct docker_image *image)
{
    free(image->id);
    free(image->os);
    free(image->architecture);
    *image = (struct docker_image){ 0 };
}

bool docker_tag(struct docker *docker, const char *image,
                const char *repository, const char *tag, struct error *err)
{
    struct strbuf path = { 0 };
    struct http_response response = { 0 };
    char *what =
        mem_format("cannot tag '%s' as '%s:%s'", image, repository, tag);
    bool ok;

    strbuf_adds(&path, "/images/");
    docker_escape(&path, image, true);
    strbuf_adds(&path, "/tag?repo=");
    docker_escape(&path, repository, false);
    strbuf_adds(&path, "&tag=");
    docker_escape(&path, tag, false);
    ok = docker_want(docker,
                     &(struct docker_call){ .method = "POST",
                                            .path = strbuf_text(&path),
                                            .timeout_ms = DOCKER_TIMEOUT_MS },
                     what, &response, err);
    http_response_release(&response);
    strbuf_release(&path);
    free(what);
    return ok;
}
