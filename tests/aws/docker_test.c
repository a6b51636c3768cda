/* The Docker client against a daemon that says what each test wrote down. It
 * answers on a unix socket, one request a connection, and keeps what it was
 * asked. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "aws/docker/docker.h"
#include "aws/docker/docker_private.h"
#include "base/cancel.h"
#include "base/fileio.h"
#include "base/mem.h"
#include "base/strbuf.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define HEX64 "4383aa0011223344556677889900aabbccddeeff00112233445566778899aabb"
#define DIGEST "sha256:" HEX64
#define PING "GET /_ping "
#define VERSION "GET /version "

/* The first row whose `request` begins the request line answers, each row once
 * when `once`. */
struct answer {
    const char *request;
    int status;
    const char *headers; /* lines ending with \r\n; NULL: none */
    const char *body;
    bool once, used;
};

struct fixture {
    char dir[64];
    char *host;
    int listener;
    pthread_t thread;
    struct answer *answers; /* ended by a row without request */
    struct strbuf asked;    /* request lines, one a line */
    struct strbuf last;     /* the last request as it came */
    struct strbuf told;
};

/* ---- the daemon ------------------------------------------------------- */

static bool is_complete(const char *request)
{
    const char *body = strstr(request, "\r\n\r\n");
    const char *length = strstr(request, "Content-Length: ");

    if (!body)
        return false;
    if (strstr(request, "Transfer-Encoding: chunked"))
        return strncmp(body + 4, "0\r\n\r\n", 5) == 0 ||
               strstr(body + 2, "\r\n0\r\n\r\n") != NULL;
    return !length || length > body ||
           strlen(body + 4) >= strtoul(length + 16, NULL, 10);
}

/* A tar has zeroes; as text it has none. */
static void take_request(int fd, struct strbuf *request)
{
    char buffer[4096];
    ssize_t count;

    strbuf_clear(request);
    while (!is_complete(strbuf_text(request)) &&
           (count = read(fd, buffer, sizeof(buffer))) > 0) {
        for (ssize_t i = 0; i < count; i++)
            strbuf_addc(request, buffer[i] ? buffer[i] : ' ');
    }
}

static const struct answer *find_answer(struct fixture *f, const char *request)
{
    for (struct answer *answer = f->answers; answer->request; answer++) {
        if (!answer->used &&
            strncmp(request, answer->request, strlen(answer->request)) == 0) {
            answer->used = answer->once;
            return answer;
        }
    }
    return NULL;
}

static void answer_request(struct fixture *f, int fd)
{
    const char *request = strbuf_text(&f->last);
    const struct answer *answer = find_answer(f, request);
    const char *body = answer ? answer->body : "{\"message\":\"unexpected\"}";
    struct strbuf out = { 0 };

    strbuf_addf(&f->asked, "%.*s\n",
                (int)strcspn(request, "\r") - (int)strlen(" HTTP/1.1"),
                request);
    strbuf_addf(&out,
                "HTTP/1.1 %d Words\r\n%sContent-Length: %zu\r\n"
                "Connection: close\r\n\r\n%s",
                answer ? answer->status : 500,
                answer && answer->headers ? answer->headers : "", strlen(body),
                body);
    /* A client that was cancelled hears nothing any more. */
    (void)!fileio_write_all(fd, out.data, out.len, NULL);
    strbuf_release(&out);
}

static void *serve(void *context)
{
    struct fixture *f = context;
    int fd;

    while ((fd = accept(f->listener, NULL, NULL)) >= 0) {
        take_request(fd, &f->last);
        answer_request(f, fd);
        close(fd);
    }
    return NULL;
}

static void start(struct fixture *f, struct answer *answers)
{
    f->answers = answers;
    assert_int_equal(pthread_create(&f->thread, NULL, serve, f), 0);
}

/* What was asked and taken may be looked at then. */
static void stop(struct fixture *f)
{
    shutdown(f->listener, SHUT_RDWR);
    pthread_join(f->thread, NULL);
}

static int set_up(void **state)
{
    struct fixture *f = mem_new(1, sizeof(*f));
    struct sockaddr_un address = { .sun_family = AF_UNIX };

    snprintf(f->dir, sizeof(f->dir), "/tmp/stepdeck-docker.XXXXXX");
    assert_non_null(mkdtemp(f->dir));
    snprintf(address.sun_path, sizeof(address.sun_path), "%s/docker.sock",
             f->dir);
    f->host = mem_format("unix://%s", address.sun_path);
    f->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(
        bind(f->listener, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(listen(f->listener, 8), 0);
    unsetenv("DOCKER_HOST");
    unsetenv("DOCKER_TLS_VERIFY");
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    close(f->listener);
    assert_true(fileio_remove_tree(AT_FDCWD, f->dir, NULL));
    strbuf_release(&f->asked);
    strbuf_release(&f->last);
    strbuf_release(&f->told);
    free(f->host);
    free(f);
    return 0;
}

/* ---- the client ------------------------------------------------------- */

#define DAEMON                                                                 \
    { .request = PING,                                                         \
      .status = 200,                                                           \
      .headers = "Api-Version: 1.41\r\n",                                      \
      .body = "OK" },                                                          \
    {                                                                          \
        .request = VERSION, .status = 200,                                     \
        .body = "{\"Os\":\"linux\",\"Arch\":\"amd64\","                        \
                "\"MinAPIVersion\":\"1.12\"}"                                  \
    }

static struct docker *open_docker(struct fixture *f)
{
    struct docker_options options = { .host = f->host };
    struct error err = { 0 };
    struct docker *docker = docker_open(&options, &err);

    if (!docker)
        fail_msg("%s", err.message);
    return docker;
}

static bool has(const struct strbuf *buf, const char *text)
{
    return strstr(strbuf_text(buf), text) != NULL;
}

static void check_has(const struct strbuf *buf, const char *text)
{
    if (!has(buf, text))
        fail_msg("'%s' is not in:\n%s", text, strbuf_text(buf));
}

static void take_told(void *context, const struct docker_told *told)
{
    struct fixture *f = context;

    strbuf_addf(&f->told, "%s%s%s\n", told->item ? told->item : "",
                told->item ? " " : "", told->text);
}

/* ---- where it is and what it speaks ----------------------------------- */

static void version_is_the_lower_one_that_both_speak(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *ping, *least, *spoken;
        bool is_podman, has_buildkit;
    } cases[] = {
        { "Api-Version: 1.41\r\n", "1.12", "1.41", false, false },
        { "Api-Version: 1.24\r\nBuilder-Version: 1\r\n", "1.12", "1.24", false,
          false },
        { "Api-Version: 1.52\r\nBuilder-Version: 2\r\n", "1.44", "1.44", false,
          true },
        { "Api-Version: 1.60\r\n", "1.50", "1.50", false, false },
        { "Api-Version: 1.43\r\n", "", "1.43", false, false },
        { "Api-Version: 1.41\r\nLibpod-API-Version: 4.3.1\r\n"
          "Builder-Version: \r\n",
          "1.24", "1.41", true, false },
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char *version = mem_format(
            "{\"Os\":\"linux\",\"Arch\":\"arm64\",\"MinAPIVersion\":\"%s\"}",
            cases[i].least);
        struct answer answers[] = {
            { .request = PING,
              .status = 200,
              .headers = cases[i].ping,
              .body = "OK" },
            { .request = VERSION, .status = 200, .body = version },
            { 0 }
        };
        void *own = NULL;
        struct docker *docker;

        assert_int_equal(set_up(&own), 0);
        f = own;
        start(f, answers);
        docker = open_docker(f);
        assert_string_equal(docker_info(docker)->api_version, cases[i].spoken);
        assert_string_equal(docker_info(docker)->architecture, "arm64");
        assert_int_equal(docker_info(docker)->is_podman, cases[i].is_podman);
        assert_int_equal(docker_info(docker)->has_buildkit,
                         cases[i].has_buildkit);
        assert_string_equal(docker_host(docker), f->host);
        docker_free(docker);
        stop(f);
        tear_down(&own);
        free(version);
    }
}

static void check_blocked(const char *host, const char *message,
                          const char *hint)
{
    struct docker_options options = { .host = host };
    struct error err = { 0 };

    assert_null(docker_open(&options, &err));
    assert_int_equal(err.code, ERROR_BLOCKED);
    if (!strstr(err.message, message))
        fail_msg("'%s' is not in '%s'", message, err.message);
    if (!strstr(err.hint, hint))
        fail_msg("'%s' is not in '%s'", hint, err.hint);
}

static void no_daemon_is_told_with_what_to_do(void **state)
{
    struct fixture *f = *state;
    char *nothing = mem_format("unix://%s/nothing.sock", f->dir);
    char *file = mem_format("unix://%s/file", f->dir);

    assert_true(
        fileio_replace(AT_FDCWD, file + 7, "x", 1, 0600, FILEIO_LAZY, NULL));
    check_blocked(nothing, "not running", "start Docker");
    check_blocked(file, "is no socket", "DOCKER_HOST");
    check_blocked("ssh://me@there", "ssh://me@there", "ssh -nNT -L");
    check_blocked("fd://", "'fd://'", "unix:///PATH");
    check_blocked("unix://relative", "'unix://relative'", "unix:///PATH");
    /* Somebody was there once. */
    close(f->listener);
    f->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    check_blocked(f->host, "not running", "start Docker");
    /* Nobody listens on port 1 of this machine. */
    check_blocked("tcp://127.0.0.1:1", "not running at 'tcp://127.0.0.1:1'",
                  "start Docker");
    setenv("DOCKER_TLS_VERIFY", "1", 1);
    check_blocked("tcp://127.0.0.1:1", "DOCKER_TLS_VERIFY", "ssh -L");
    unsetenv("DOCKER_TLS_VERIFY");
    setenv("DOCKER_HOST", nothing, 1);
    check_blocked(NULL, "nothing.sock", "start Docker");
    unsetenv("DOCKER_HOST");
    free(nothing);
    free(file);
}

static void socket_that_is_not_ours_names_the_group(void **state)
{
    struct fixture *f = *state;

    if (geteuid() == 0) {
        print_message("skipped: root may speak to every socket\n");
        skip();
    }
    assert_int_equal(chmod(f->host + strlen("unix://"), 0), 0);
    check_blocked(f->host, "no permission", "docker $USER");
}

static void stranger_on_the_socket_is_no_daemon(void **state)
{
    struct fixture *f = *state;
    struct answer answers[] = {
        { .request = PING, .status = 200, .body = "hello" }, { 0 }
    };

    start(f, answers);
    check_blocked(f->host, "no Docker daemon", "DOCKER_HOST");
    stop(f);
}

static void raised_cancel_ends_a_call(void **state)
{
    struct fixture *f = *state;
    struct cancel cancel;
    struct docker_options options = { .host = f->host, .cancel = &cancel };
    struct error err = { 0 };

    assert_true(cancel_init(&cancel, &err));
    cancel_raise(&cancel, CANCEL_STOP);
    /* Nobody answers: without the cancel it would wait. */
    assert_null(docker_open(&options, &err));
    assert_int_equal(err.code, ERROR_CANCELLED);
    cancel_release(&cancel);
}

/* ---- images ----------------------------------------------------------- */

static void image_that_is_not_there_is_not_found(void **state)
{
    struct fixture *f = *state;
    struct answer answers[] = {
        DAEMON,
        { .request = "GET /v1.41/images/host:5000/a/b@sha256:1/json ",
          .status = 200,
          .body = "{\"Id\":\"" DIGEST "\",\"Os\":\"linux\","
                  "\"Architecture\":\"arm64\",\"Size\":123456789012}" },
        { .request = "GET /v1.41/images/no%20such%3F/json ",
          .status = 404,
          .body = "{\"message\":\"No such image: no such?\"}" },
        { .request = "POST /v1.41/images/x/tag?repo=h%3A5%2Fr&tag=v%2B1 ",
          .status = 201,
          .body = "" },
        { 0 }
    };
    struct docker_image image;
    struct error err = { 0 };
    struct docker *docker;

    start(f, answers);
    docker = open_docker(f);
    assert_true(docker_inspect(docker, "host:5000/a/b@sha256:1", &image, &err));
    assert_string_equal(image.id, DIGEST);
    assert_string_equal(image.architecture, "arm64");
    assert_int_equal(image.size_bytes, 123456789012);
    docker_image_release(&image);
    assert_true(docker_tag(docker, "x", "h:5/r", "v+1", &err));
    assert_false(docker_inspect(docker, "no such?", &image, &err));
    assert_int_equal(err.code, ERROR_NOT_FOUND);
    assert_non_null(strstr(err.message, "No such image"));
    docker_free(docker);
    stop(f);
}

/* ---- builds ----------------------------------------------------------- */

static bool build(struct fixture *f, struct docker *docker, char **image,
                  struct error *err)
{
    struct strvec arguments = { 0 }, labels = { 0 };
    struct docker_build request = { .context_dir = f->dir,
                                    .tag = "shop:v1",
                                    .platform = "linux/amd64",
                                    .arguments = &arguments,
                                    .labels = &labels,
                                    .no_cache = true,
                                    .tell = take_told,
                                    .tell_context = f };
    char *path = fileio_join(f->dir, "Dockerfile");
    bool ok;

    assert_true(fileio_replace(AT_FDCWD, path, "FROM scratch\n", 13, 0644,
                               FILEIO_LAZY, err));
    strvec_add(&arguments, "A=b=c");
    strvec_add(&arguments, "FROM_ENVIRONMENT");
    strvec_add(&labels, "kind=\"x\"");
    ok = docker_build(docker, &request, image, err);
    strvec_release(&arguments);
    strvec_release(&labels);
    free(path);
    return ok;
}

static void build_sends_the_tar_and_tells_the_steps(void **state)
{
    struct fixture *f = *state;
    struct answer answers[] = {
        DAEMON,
        { .request = "POST /v1.41/build?",
          .status = 200,
          .body = "{\"stream\":\"Step 1/1 : FROM scratch\"}\r\n"
                  "{\"stream\":\"\\n\"}\r\n"
                  "{\"aux\":{\"ID\":\"" DIGEST "\"}}\r\n" },
        { 0 }
    };
    struct error err = { 0 };
    struct docker *docker;
    char *image = NULL;

    start(f, answers);
    docker = open_docker(f);
    if (!build(f, docker, &image, &err))
        fail_msg("%s", err.message);
    assert_string_equal(image, DIGEST);
    docker_free(docker);
    stop(f);
    check_has(&f->told, "context Sending the build context\n");
    check_has(&f->told, "Step 1/1 : FROM scratch\n");
    check_has(&f->asked, "version=1");
    check_has(&f->asked, "&t=shop%3Av1");
    check_has(&f->asked, "&dockerfile=Dockerfile");
    check_has(&f->asked, "&platform=linux%2Famd64");
    check_has(&f->asked, "&nocache=1");
    check_has(&f->asked, "&buildargs=%7B%22A%22%3A%22b%3Dc%22%2C"
                         "%22FROM_ENVIRONMENT%22%3Anull%7D");
    check_has(&f->asked, "&labels=%7B%22kind%22%3A%22%5C%22x%5C%22%22%7D");
    check_has(&f->last, "Content-Type: application/x-tar\r\n");
    check_has(&f->last, "Transfer-Encoding: chunked\r\n");
    check_has(&f->last, "FROM scratch\n");
    free(image);
}

struct build_case {
    int status;
    const char *body;
    const char *message; /* part of the error's */
};

static void failed_build_is_an_error_whatever_the_status(void **state)
{
    static const struct build_case cases[] = {
        { 200,
          "{\"stream\":\"Step 1/1\\n\"}\n{\"errorDetail\":{\"code\":1,"
          "\"message\":\"it returned a non-zero code: 1\"}}\n",
          "the build failed: it returned a non-zero code: 1" },
        { 400, "{\"message\":\"dockerfile parse error line 1\"}",
          "the build failed: dockerfile parse error line 1" },
        { 404, "{\"message\":\"pull access denied\"}", "pull access denied" },
        { 200, "{\"stream\":\"Step 1/1\\n\"}\n", "neither an image nor" },
        { 500, "<html>", "HTTP status 500" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct answer answers[] = { DAEMON,
                                    { .request = "POST /v1.41/build?",
                                      .status = cases[i].status,
                                      .body = cases[i].body },
                                    { 0 } };
        struct error err = { 0 };
        struct docker *docker;
        struct fixture *f;
        char *image = NULL;
        void *own = NULL;

        assert_int_equal(set_up(&own), 0);
        f = own;
        start(f, answers);
        docker = open_docker(f);
        assert_false(build(f, docker, &image, &err));
        assert_int_equal(err.code, ERROR_BLOCKED);
        if (!strstr(err.message, cases[i].message))
            fail_msg("'%s'", err.message);
        assert_null(image);
        docker_free(docker);
        stop(f);
        tear_down(&own);
    }
}

static void platform_is_left_out_where_it_is_refused_but_right(void **state)
{
    struct fixture *f = *state;
    struct answer answers[] = {
        DAEMON,
        { .request = "POST /v1.41/build?",
          .status = 400,
          .body = "{\"message\":\"\\\"platform\\\" is only supported on a "
                  "Docker daemon with experimental features enabled\"}",
          .once = true },
        { .request = "POST /v1.41/build?",
          .status = 200,
          .body = "{\"stream\":\"Successfully built 4383aa001122\\n\"}\n" },
        { .request = "GET /v1.41/images/4383aa001122/json ",
          .status = 200,
          .body = "{\"Id\":\"" DIGEST "\"}" },
        { 0 }
    };
    struct error err = { 0 };
    struct docker *docker;
    char *image = NULL;

    start(f, answers);
    docker = open_docker(f);
    if (!build(f, docker, &image, &err))
        fail_msg("%s", err.message);
    assert_string_equal(image, DIGEST);
    docker_free(docker);
    stop(f);
    assert_non_null(
        strstr(strstr(strbuf_text(&f->asked), "build?") + 1, "build?"));
    assert_null(strstr(strrchr(strbuf_text(&f->asked), '?'), "platform"));
    free(image);
}

/* ---- pushes ----------------------------------------------------------- */

static bool push(struct fixture *f, struct docker *docker, char **digest,
                 struct error *err)
{
    struct docker_push request = { .repository = "host:5000/shop/web",
                                   .tag = "v1",
                                   .user = "AWS",
                                   .password = "\x7f?>\x7f\x7f~~~secret",
                                   .registry = "host:5000",
                                   .tell = take_told,
                                   .tell_context = f };

    return docker_push(docker, &request, digest, err);
}

static void push_sends_credentials_only_in_its_header(void **state)
{
    struct fixture *f = *state;
    struct answer answers[] = {
        DAEMON,
        { .request = "POST /v1.41/images/host:5000/shop/web/push?tag=v1 ",
          .status = 200,
          .body = "{\"status\":\"Pushed\",\"id\":\"a1\"}\r\n"
                  "{\"status\":\"v1: digest: " DIGEST " size: 524\"}\r\n" },
        { 0 }
    };
    struct error err = { 0 };
    struct docker *docker;
    const char *header;
    char *digest = NULL;

    start(f, answers);
    docker = open_docker(f);
    if (!push(f, docker, &digest, &err))
        fail_msg("%s", err.message);
    assert_string_equal(digest, DIGEST);
    docker_free(docker);
    stop(f);
    assert_string_equal(strbuf_text(&f->told),
                        "a1 Pushed\nv1: digest: " DIGEST " size: 524\n");
    /* {"username":"AWS","password":"... */
    header = strstr(strbuf_text(&f->last),
                    "X-Registry-Auth: eyJ1c2VybmFtZSI6IkFXUyIsInBhc3N3b3Jk");
    assert_non_null(header);
    header += strlen("X-Registry-Auth: ");
    assert_true(strcspn(header, "+/") > strcspn(header, "\r"));
    assert_true(strcspn(header, "-_") < strcspn(header, "\r"));
    free(digest);
}

static void failed_push_is_an_error_whatever_the_status(void **state)
{
    static const struct {
        int status;
        const char *body, *message;
        bool is_immutable;
    } cases[] = {
        { 200,
          "{\"errorDetail\":{\"message\":\"tag invalid: The image tag 'v1' "
          "already exists in the 'shop' repository and cannot be overwritten "
          "because the tag is immutable.\"},\"error\":\"x\"}\r\n",
          "cannot push 'host:5000/shop/web:v1': tag invalid", true },
        { 200, "{\"error\":\"denied: requested access is denied\"}\r\n",
          "requested access", false },
        { 200, "", "neither a digest nor an error", false },
        { 200, "{\"status\":\"Pushed\",\"id\":\"a1\"}\n",
          "neither a digest nor an error", false },
        { 500, "{\"errorDetail\":{\"message\":\"podman's words\"}}\n",
          "podman's words", false },
        { 404, "{\"message\":\"An image does not exist locally with the tag\"}",
          "does not exist locally", false },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct answer answers[] = { DAEMON,
                                    { .request = "POST /v1.41/images/",
                                      .status = cases[i].status,
                                      .body = cases[i].body },
                                    { 0 } };
        struct error err = { 0 };
        struct docker *docker;
        struct fixture *f;
        char *digest = NULL;
        void *own = NULL;

        assert_int_equal(set_up(&own), 0);
        f = own;
        start(f, answers);
        docker = open_docker(f);
        assert_false(push(f, docker, &digest, &err));
        if (!strstr(err.message, cases[i].message))
            fail_msg("'%s'", err.message);
        assert_null(strstr(err.message, "secret"));
        assert_int_equal(docker_push_is_immutable(&err), cases[i].is_immutable);
        assert_null(digest);
        docker_free(docker);
        stop(f);
        tear_down(&own);
    }
}

static void pull_names_image_and_tag_apart(void **state)
{
    static const struct {
        const char *reference, *request;
    } cases[] = {
        { "alpine", "?fromImage=alpine&tag=latest " },
        { "h:5000/a/b", "?fromImage=h%3A5000%2Fa%2Fb&tag=latest " },
        { "h:5000/a/b:v1", "?fromImage=h%3A5000%2Fa%2Fb&tag=v1 " },
        { "h/a@" DIGEST, "?fromImage=h%2Fa&tag=sha256%3A" HEX64 " " },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char *request =
            mem_format("POST /v1.41/images/create%s", cases[i].request);
        struct answer answers[] = {
            DAEMON, { .request = request, .status = 200, .body = "{}\n" }, { 0 }
        };
        struct error err = { 0 };
        struct docker *docker;
        void *own = NULL;

        assert_int_equal(set_up(&own), 0);
        start(own, answers);
        docker = open_docker(own);
        if (!docker_pull(docker, cases[i].reference, "AWS", "word", &err))
            fail_msg("%s: %s", cases[i].reference, err.message);
        docker_free(docker);
        stop(own);
        check_has(&((struct fixture *)own)->last, "X-Registry-Auth: ");
        tear_down(&own);
        free(request);
    }
}

/* ---- containers ------------------------------------------------------- */

static void container_gets_a_free_port_on_loopback(void **state)
{
    struct fixture *f = *state;
    struct answer answers[] = {
        DAEMON,
        { .request = "POST /v1.41/containers/create?name=web ",
          .status = 201,
          .body = "{\"Id\":\"c0ffee\",\"Warnings\":[]}" },
        { .request = "POST /v1.41/containers/c0ffee/start ",
          .status = 204,
          .body = "" },
        { .request = "GET /v1.41/containers/c0ffee/json ",
          .status = 200,
          .body = "{\"State\":{\"Running\":false,\"ExitCode\":3},"
                  "\"NetworkSettings\":{\"Ports\":{\"8080/tcp\":[{\"HostIp\":"
                  "\"127.0.0.1\",\"HostPort\":\"49153\"}]}}}" },
        { .request = "POST /v1.41/containers/c0ffee/stop?t=3 ",
          .status = 304,
          .body = "" },
        { .request = "DELETE /v1.41/containers/c0ffee?force=1&v=1 ",
          .status = 404,
          .body = "{\"message\":\"No such container\"}" },
        { 0 }
    };
    struct strvec environment = { 0 };
    struct docker_container container = { .image = "shop:v1",
                                          .name = "web",
                                          .environment = &environment,
                                          .port = 8080 };
    struct error err = { 0 };
    struct docker *docker;
    char *id = NULL;
    int port = 0, status = 0;
    bool running = true;

    strvec_add(&environment, "A=b");
    start(f, answers);
    docker = open_docker(f);
    if (!docker_start(docker, &container, &id, &port, &err))
        fail_msg("%s", err.message);
    assert_string_equal(id, "c0ffee");
    assert_int_equal(port, 49153);
    assert_true(docker_is_running(docker, id, &running, &status, &err));
    assert_false(running);
    assert_int_equal(status, 3);
    assert_true(docker_remove(docker, id, &err));
    docker_free(docker);
    stop(f);
    strvec_release(&environment);
    free(id);
}

static void container_that_does_not_start_is_removed(void **state)
{
    struct fixture *f = *state;
    struct answer answers[] = {
        DAEMON,
        { .request = "POST /v1.41/containers/create ",
          .status = 201,
          .body = "{\"Id\":\"c0ffee\"}" },
        { .request = "POST /v1.41/containers/c0ffee/start ",
          .status = 400,
          .body = "{\"message\":\"no command specified\"}" },
        { .request = "DELETE /v1.41/containers/c0ffee?",
          .status = 204,
          .body = "" },
        { 0 }
    };
    struct docker_container container = { .image = "shop:v1", .port = 80 };
    struct error err = { 0 };
    struct docker *docker;
    char *id = NULL;
    int port = 0;

    start(f, answers);
    docker = open_docker(f);
    assert_false(docker_start(docker, &container, &id, &port, &err));
    assert_non_null(strstr(err.message, "no command specified"));
    assert_null(id);
    docker_free(docker);
    stop(f);
    check_has(&f->asked, "DELETE /v1.41/containers/c0ffee?");
}

#define FRAME(stream, size) stream "\0\0\0\0\0\0" size

static void log_is_put_together_from_its_frames(void **state)
{
    static const struct {
        const char *bytes;
        size_t size;
        const char *lines; /* joined by "|" */
    } cases[] = {
#define LOG(bytes, lines) { bytes, sizeof(bytes) - 1, lines }
        LOG("", ""),
        LOG(FRAME("\1", "\4") "one\n", "one"),
        LOG(FRAME("\1", "\2") "on" FRAME("\2", "\2") "X\n" FRAME("\1",
                                                                 "\4") "e\r\nt",
            "X|one|t"),
        LOG(FRAME("\1", "\4") "a\n\nb", "a||b"),
        LOG(FRAME("\1", "\377") "cut", "cut"),
        LOG("plain\r\nlines\n", "plain|lines"),
        LOG(FRAME("\1", "\0"), ""),
        LOG("\1\0\0", "\1  "),
#undef LOG
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct strvec lines = { 0 };
        struct strbuf joined = { 0 };

        docker_log_lines(cases[i].bytes, cases[i].size, &lines);
        for (size_t j = 0; j < lines.count; j++)
            strbuf_addf(&joined, "%s%s", j ? "|" : "", lines.items[j]);
        assert_string_equal(strbuf_text(&joined), cases[i].lines);
        strbuf_release(&joined);
        strvec_release(&lines);
    }
}

#define WITH_SOCKET(test)                                                      \
    cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_SOCKET(version_is_the_lower_one_that_both_speak),
        WITH_SOCKET(no_daemon_is_told_with_what_to_do),
        WITH_SOCKET(socket_that_is_not_ours_names_the_group),
        WITH_SOCKET(stranger_on_the_socket_is_no_daemon),
        WITH_SOCKET(raised_cancel_ends_a_call),
        WITH_SOCKET(image_that_is_not_there_is_not_found),
        WITH_SOCKET(build_sends_the_tar_and_tells_the_steps),
        WITH_SOCKET(failed_build_is_an_error_whatever_the_status),
        WITH_SOCKET(platform_is_left_out_where_it_is_refused_but_right),
        WITH_SOCKET(push_sends_credentials_only_in_its_header),
        WITH_SOCKET(failed_push_is_an_error_whatever_the_status),
        WITH_SOCKET(pull_names_image_and_tag_apart),
        WITH_SOCKET(container_gets_a_free_port_on_loopback),
        WITH_SOCKET(container_that_does_not_start_is_removed),
        WITH_SOCKET(log_is_put_together_from_its_frames),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
