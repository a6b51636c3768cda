#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "fixture_registry.h"

#include "aws/docker/docker.h"
#include "aws/http.h"
#include "base/base64.h"
#include "base/fileio.h"
#include "base/jsonx.h"
#include "base/mem.h"
#include "emulator/tarfile.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* The stand-in on a socket in a folder of its own. */
struct bench {
    struct cloud *cloud;
    char dir[64];
    char *socket;
};

static int bench_open(void **state)
{
    struct bench *bench = mem_new(1, sizeof(*bench));
    void *cloud;

    cloud_open(&cloud);
    bench->cloud = cloud;
    json_decref(cloud_ecr_done(cloud, "CreateRepository",
                               "{\"repositoryName\": \"web\", "
                               "\"imageTagMutability\": \"IMMUTABLE\"}"));
    memcpy(bench->dir, "/tmp/stepdeck-bench.XXXXXX", 27);
    assert_non_null(mkdtemp(bench->dir));
    bench->socket = fileio_join(bench->dir, "docker.sock");
    assert_true(engineapi_start(&bench->cloud->emulator, bench->socket, NULL));
    *state = bench;
    return 0;
}

static int bench_close(void **state)
{
    struct bench *bench = *state;
    void *cloud = bench->cloud;

    engineapi_stop(&bench->cloud->emulator);
    assert_false(fileio_exists(AT_FDCWD, bench->socket));
    assert_true(fileio_remove_tree(AT_FDCWD, bench->dir, NULL));
    free(bench->socket);
    free(bench);
    return cloud_close(&cloud);
}

/* Asks; gives the status, and the body to free. */
static int ask(const struct bench *bench, const char *method, const char *path,
               const char *header, const struct strbuf *body, char **answer)
{
    struct http *http = http_new(NULL);
    char *url = mem_format("http://docker%s", path);
    struct strvec headers = { 0 };
    struct http_request request = { .method = method,
                                    .url = url,
                                    .unix_socket = bench->socket,
                                    .headers = &headers,
                                    .body = body ? body->data : NULL,
                                    .body_size = body ? body->len : 0 };
    struct http_response response = { 0 };
    int status;

    if (header)
        strvec_add(&headers, header);
    assert_true(http_send(http, &request, &response, NULL));
    status = response.status;
    *answer = mem_text(strbuf_text(&response.body));
    http_response_release(&response);
    http_free(http);
    strvec_release(&headers);
    free(url);
    return status;
}

/* A context of a Dockerfile and two files. */
static struct strbuf make_context(const struct bench *bench,
                                  const char *dockerfile)
{
    const char *const files[][2] = { { "Dockerfile", dockerfile },
                                     { "web", "program" },
                                     { "pages/index.html", "page" } };
    char *path = fileio_join(bench->dir, "context.tar");
    struct tarfile tar = { 0 };
    struct strbuf out = { 0 };
    int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);

    for (size_t i = 0; i < 3; i++) {
        struct tarfile_entry entry = { .mode = 0644,
                                       .bytes = files[i][1],
                                       .size = strlen(files[i][1]) };

        tarfile_add(&tar, files[i][0], &entry);
    }
    assert_true(tarfile_write(&tar, fd, NULL));
    close(fd);
    assert_true(fileio_read(AT_FDCWD, path, 1 << 20, &out, NULL));
    tarfile_release(&tar);
    free(path);
    return out;
}

static int build(const struct bench *bench, const char *dockerfile,
                 const char *query, char **answer)
{
    struct strbuf context = make_context(bench, dockerfile);
    char *path = mem_format("/v1.41/build?%s", query);
    int status = ask(bench, "POST", path, NULL, &context, answer);

    strbuf_release(&context);
    free(path);
    return status;
}

/* The build ends with 200 and this text in its stream. */
static void assert_build(const struct bench *bench, const char *dockerfile,
                         const char *query, const char *expected)
{
    char *answer;

    assert_int_equal(build(bench, dockerfile, query, &answer), 200);
    if (!strstr(answer, expected))
        fail_msg("no '%s' in: %s", expected, answer);
    free(answer);
}

/* What inspect says about an image; to give back. */
static json_t *inspect(const struct bench *bench, const char *name)
{
    char *path = mem_format("/images/%s/json", name), *answer;
    json_t *json;

    assert_int_equal(ask(bench, "GET", path, NULL, NULL, &answer), 200);
    json = jsonx_parse_object(answer, strlen(answer), NULL);
    assert_non_null(json);
    free(answer);
    free(path);
    return json;
}

static void standin_answers_as_an_engine_of_an_old_version(void **state)
{
    char *answer;

    assert_int_equal(ask(*state, "GET", "/_ping", NULL, NULL, &answer), 200);
    assert_string_equal(answer, "OK");
    free(answer);
    assert_int_equal(ask(*state, "GET", "/v1.41/version", NULL, NULL, &answer),
                     200);
    assert_non_null(strstr(answer, "\"ApiVersion\":\"1.41\""));
    free(answer);
    assert_int_equal(
        ask(*state, "GET", "/v1.41/containers/json", NULL, NULL, &answer), 404);
    assert_non_null(strstr(answer, "\"message\":"));
    free(answer);
}

static void standin_makes_the_configuration_of_the_image(void **state)
{
    static const char dockerfile[] = "ARG BASE=scratch\n"
                                     "FROM $BASE\n"
                                     "ARG VERSION=1\n"
                                     "ENV APP_VERSION=v$VERSION TWO=\"a b\"\n"
                                     "LABEL one=1 two=$TWO\n"
                                     "WORKDIR /srv\n"
                                     "WORKDIR app\n"
                                     "COPY web ./\n"
                                     "EXPOSE 8080 53/udp\n"
                                     "CMD [\"/srv/app/web\", \"-v\"]\n"
                                     "ENTRYPOINT run me\n";
    json_t *image, *config;
    char *text;

    assert_build(*state, dockerfile,
                 "t=web&buildargs=%7B%22VERSION%22%3A%227%22%7D"
                 "&labels=%7B%22own%22%3A%22yes%22%7D",
                 "Successfully tagged web:latest");
    image = inspect(*state, "web");
    config = json_object_get(image, "Config");
    text = jsonx_line(config);
    assert_non_null(strstr(text, "\"APP_VERSION=v7\",\"TWO=a b\""));
    assert_non_null(
        strstr(text, "{\"one\":\"1\",\"two\":\"a b\",\"own\":\"yes\"}"));
    assert_non_null(strstr(text, "\"WorkingDir\":\"/srv/app\""));
    assert_non_null(strstr(text, "\"8080/tcp\":{}"));
    assert_non_null(strstr(text, "\"53/udp\":{}"));
    assert_non_null(strstr(text, "[\"/srv/app/web\",\"-v\"]"));
    assert_non_null(strstr(text, "[\"/bin/sh\",\"-c\",\"run me\"]"));
    free(text);
    json_decref(image);
}

/* The layer of an image, read again. */
static struct strbuf layer_of(const struct bench *bench, const char *id)
{
    struct emulator *emulator = &bench->cloud->emulator;
    const json_t *images =
        json_object_get(emulator_part(emulator, "standin"), "images");
    struct strbuf bytes = { 0 };

    assert_true(blobs_read(emulator,
                           jsonx_text(json_object_get(images, id), "layer", ""),
                           1 << 20, &bytes));
    return bytes;
}

static void standin_copies_as_docker_does(void **state)
{
    static const struct {
        const char *copy, *expected;
    } cases[] = {
        { "COPY web /bin/", "bin/web" },
        { "COPY web /bin/program", "bin/program" },
        { "COPY web pages /all/", "all/index.html" },
        { "COPY pages /p", "p/index.html" },
        { "COPY . /", "pages/index.html" },
        { "COPY --chmod=755 [\"web\", \"/with space\"]", "with space" },
        { "COPY pages/*.html ./", "index.html" },
        { "ADD web /", "web" },
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char *dockerfile = mem_format("FROM scratch\n%s\n", cases[i].copy);
        struct tarfile tar = { 0 };
        struct strbuf layer;
        json_t *image;

        assert_build(*state, dockerfile, "t=web", "Successfully built");
        image = inspect(*state, "web");
        layer = layer_of(*state, jsonx_text(image, "Id", ""));
        assert_true(tarfile_read(layer.data, layer.len, &tar, NULL));
        if (!tarfile_find(&tar, cases[i].expected))
            fail_msg("'%s' gives no '%s'", cases[i].copy, cases[i].expected);
        tarfile_release(&tar);
        strbuf_release(&layer);
        json_decref(image);
        free(dockerfile);
    }
}

static void standin_says_within_200_what_it_cannot_build(void **state)
{
    static const char *const cases[][2] = {
        { "RUN make", "RUN needs a real Docker" },
        { "COPY --from=build /a /b", "a real Docker is needed" },
        { "ADD https://example.org/a /a", "a real Docker is needed" },
        { "COPY none /", "file not found in build context" },
        { "COPY ../web /", "forbidden path outside the build context" },
        { "COPY web pages /one", "must be a directory and end with a /" },
        { "EXPOSE http", "invalid containerPort" },
        { "ENV A=\"1", "has no end" },
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char *dockerfile = mem_format("FROM scratch\n%s\n", cases[i][0]);

        assert_build(*state, dockerfile, "t=web", "\"errorDetail\":");
        assert_build(*state, dockerfile, "t=web", cases[i][1]);
        free(dockerfile);
    }
}

static void standin_refuses_a_context_it_cannot_read(void **state)
{
    struct strbuf noise = { 0 };
    char *answer;

    for (int i = 0; i < 600; i++)
        strbuf_addc(&noise, (char)(i % 251));
    assert_int_equal(ask(*state, "POST", "/build", NULL, &noise, &answer), 400);
    free(answer);
    assert_int_equal(ask(*state, "POST", "/build", NULL, NULL, &answer), 400);
    assert_non_null(strstr(answer, "Cannot locate specified Dockerfile"));
    free(answer);
    assert_int_equal(build(*state, "FROM scratch\nNOPE\n", "", &answer), 400);
    assert_non_null(strstr(answer, "unknown instruction: NOPE"));
    free(answer);
    strbuf_release(&noise);
}

static void standin_makes_the_same_image_of_the_same_project(void **state)
{
    json_t *one, *two;

    assert_build(*state, "FROM scratch\nCOPY . /\n", "t=one", "Successfully");
    assert_build(*state, "FROM scratch\nCOPY . /\n", "t=two", "Successfully");
    one = inspect(*state, "one");
    two = inspect(*state, "two");
    assert_string_equal(jsonx_text(one, "Id", "1"), jsonx_text(two, "Id", "2"));
    json_decref(one);
    json_decref(two);
}

/* The stream of a push of 127.0.0.1:1/NAME:v1 with this password; to free. */
static char *push(const struct bench *bench, const char *name,
                  const char *password)
{
    char *login =
        mem_format("{\"username\":\"AWS\",\"password\":\"%s\"}", password);
    struct strbuf header = { 0 };
    char *path = mem_format("/images/127.0.0.1:1/%s/push?tag=v1", name);
    char *answer;

    strbuf_adds(&header, "X-Registry-Auth: ");
    base64_encode(login, strlen(login), &header);
    assert_int_equal(
        ask(bench, "POST", path, strbuf_text(&header), NULL, &answer), 200);
    strbuf_release(&header);
    free(login);
    free(path);
    return answer;
}

static void assert_push(const struct bench *bench, const char *name,
                        const char *password, const char *expected)
{
    char *answer = push(bench, name, password);

    if (!strstr(answer, expected))
        fail_msg("no '%s' in: %s", expected, answer);
    free(answer);
}

static void standin_pushes_into_our_registry(void **state)
{
    struct bench *bench = *state;
    struct emulator_reply reply;
    const char *digest;
    char *answer, *line;

    assert_build(bench, "FROM scratch\nCOPY web /web\n",
                 "t=127.0.0.1%3A1%2Fweb%3Av1", "Successfully tagged");
    assert_true(fault_add(&bench->cloud->emulator,
                          "registry.PutManifest:error503@1", NULL));
    assert_push(bench, "web", bench->cloud->password,
                "\"error\":\"received unexpected HTTP status: 503");
    answer = push(bench, "web", bench->cloud->password);
    reply = cloud_ask(bench->cloud, "GET", "/v2/web/manifests/v1", NULL, NULL);
    digest = cloud_header(&reply, "Docker-Content-Digest");
    assert_non_null(digest);
    line = mem_format("{\"status\":\"v1: digest: %s size: ", digest);
    assert_non_null(strstr(answer, "\"status\":\"Pushed\""));
    assert_non_null(strstr(answer, line));
    assert_non_null(strstr(answer, "\"aux\":{\"Tag\":\"v1\""));
    free(line);
    free(answer);
    cloud_reply_release(&reply);
    /* Again: the layer is there, and the tag may not be sent elsewhere. */
    assert_push(bench, "web", bench->cloud->password, "Layer already exists");
    assert_push(bench, "web", bench->cloud->password,
                "\"error\":\"tag invalid: The image tag 'v1' already exists");
}

static void standin_refuses_a_push_in_the_registrys_words(void **state)
{
    struct bench *bench = *state;
    char *answer;

    assert_int_equal(ask(bench, "POST", "/images/127.0.0.1:1/web/push?tag=v1",
                         NULL, NULL, &answer),
                     400);
    assert_non_null(strstr(answer, "missing X-Registry-Auth"));
    free(answer);
    assert_push(bench, "web", bench->cloud->password,
                "An image does not exist locally with the tag");
    assert_build(bench, "FROM scratch\nCOPY web /web\n",
                 "t=127.0.0.1%3A1%2Fnone%3Av1", "Successfully tagged");
    assert_push(bench, "none", "wrong", "no basic auth credentials");
    assert_push(bench, "none", bench->cloud->password,
                "name unknown: The repository with name 'none'");
    json_object_set_new(emulator_part(&bench->cloud->emulator, "tokens"),
                        bench->cloud->token, json_real(emulator_now() - 1));
    assert_push(bench, "none", bench->cloud->password,
                "denied: Your authorization token has expired");
}

static int connect_to(const char *path)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    assert_true(strlen(path) < sizeof(address.sun_path));
    memcpy(address.sun_path, path, strlen(path));
    assert_int_equal(
        connect(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
    return fd;
}

/* Two sizes whose sum is no number any more: nothing more is waited for. */
static void standin_ends_a_body_whose_chunks_are_too_large(void **state)
{
    static const char request[] = "POST /build HTTP/1.1\r\n"
                                  "Transfer-Encoding: chunked\r\n\r\n"
                                  "1\r\nx\r\n7fffffffffffffff\r\n";
    struct bench *bench = *state;
    int fd = connect_to(bench->socket);
    char answer;

    assert_int_equal(send(fd, request, sizeof(request) - 1, MSG_NOSIGNAL),
                     sizeof(request) - 1);
    assert_int_equal(recv(fd, &answer, 1, 0), 0);
    close(fd);
}

/* The program's own client and its own context take part. */
static void standin_serves_our_own_client(void **state)
{
    struct bench *bench = *state;
    char *host = mem_format("unix://%s", bench->socket);
    struct docker_options options = { .host = host };
    struct docker *docker = docker_open(&options, NULL);
    struct docker_build order = { .context_dir = SOURCE_DIR "/examples/web",
                                  .dockerfile = "Dockerfile",
                                  .tag = "local:v1",
                                  .platform = "linux/amd64" };
    struct docker_push push_order = {
        .repository = "127.0.0.1:1/web",
        .tag = "v9",
        .user = "AWS",
        .password = bench->cloud->password,
        .registry = "127.0.0.1:1",
    };
    struct error err = { 0 };
    char *image = NULL, *digest = NULL;

    assert_non_null(docker);
    /* The example's program is not compiled: COPY does not find it. */
    assert_false(docker_build(docker, &order, &image, &err));
    assert_non_null(strstr(err.message, "web"));
    error_clear(&err);
    assert_build(bench, "FROM scratch\nCOPY web /web\n", "t=local%3Av1",
                 "Successfully tagged");
    assert_true(docker_tag(docker, "local:v1", "127.0.0.1:1/web", "v9", &err));
    assert_true(docker_push(docker, &push_order, &digest, &err));
    assert_true(blobs_is_digest(digest));
    free(digest);
    digest = NULL;
    assert_false(docker_push(docker, &push_order, &digest, &err));
    assert_true(docker_push_is_immutable(&err));
    docker_free(docker);
    free(host);
}

#define BENCH_TEST(test)                                                       \
    cmocka_unit_test_setup_teardown(test, bench_open, bench_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        BENCH_TEST(standin_answers_as_an_engine_of_an_old_version),
        BENCH_TEST(standin_makes_the_configuration_of_the_image),
        BENCH_TEST(standin_copies_as_docker_does),
        BENCH_TEST(standin_says_within_200_what_it_cannot_build),
        BENCH_TEST(standin_refuses_a_context_it_cannot_read),
        BENCH_TEST(standin_makes_the_same_image_of_the_same_project),
        BENCH_TEST(standin_pushes_into_our_registry),
        BENCH_TEST(standin_refuses_a_push_in_the_registrys_words),
        BENCH_TEST(standin_ends_a_body_whose_chunks_are_too_large),
        BENCH_TEST(standin_serves_our_own_client),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
