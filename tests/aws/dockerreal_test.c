/* A real daemon and a real registry, when the environment names them:
 * STEPDECK_TEST_DOCKER_HOST ("unix:///..."), STEPDECK_TEST_REGISTRY
 * ("127.0.0.1:5000", spoken to without TLS) and STEPDECK_TEST_PROGRAM, a
 * static program that says "PROGRAM speaks" and then listens on port 8080.
 * tests/e2e/docker.sh brings all three. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "aws/docker/docker.h"
#include "aws/http.h"
#include "base/cancel.h"
#include "base/fileio.h"
#include "base/mem.h"
#include "base/strbuf.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

struct fixture {
    struct docker *docker;
    char dir[64];          /* of the build context */
    char *repository;      /* in the registry */
    struct strbuf log;     /* what was told, one a line */
    struct cancel *cancel; /* rises when `cue` is told */
    const char *cue;
};

static void take_told(void *context, const struct docker_told *told)
{
    struct fixture *f = context;

    if (told->kind == DOCKER_LINE) {
        strbuf_addf(&f->log, "%s\n", told->text);
        if (f->cue && strstr(told->text, f->cue))
            cancel_raise(f->cancel, CANCEL_STOP);
        return;
    }
    assert_non_null(told->item);
    assert_true(told->current >= 0);
    assert_true(!told->total || told->current <= told->total);
    strbuf_addf(&f->log, "%s %s%s\n", told->item, told->text,
                told->is_done ? " done" : "");
}

static void write_file(struct fixture *f, const char *name, const char *text)
{
    char *path = fileio_join(f->dir, name);
    struct error err = { 0 };

    if (!fileio_replace(AT_FDCWD, path, text, strlen(text), 0644, FILEIO_LAZY,
                        &err))
        fail_msg("%s", err.message);
    free(path);
}

static void copy_program(struct fixture *f)
{
    struct strbuf program = { 0 };
    char *path = fileio_join(f->dir, "program");
    struct error err = { 0 };

    if (!fileio_read(AT_FDCWD, getenv("STEPDECK_TEST_PROGRAM"), 64 << 20,
                     &program, &err) ||
        !fileio_replace(AT_FDCWD, path, program.data, program.len, 0755,
                        FILEIO_LAZY, &err))
        fail_msg("%s", err.message);
    assert_int_equal(chmod(path, 0755), 0);
    strbuf_release(&program);
    free(path);
}

static int set_up(void **state)
{
    const char *host = getenv("STEPDECK_TEST_DOCKER_HOST");
    const char *registry = getenv("STEPDECK_TEST_REGISTRY");
    struct docker_options options = { .host = host };
    struct fixture *f;
    struct error err = { 0 };

    *state = NULL;
    if (!host || !registry || !getenv("STEPDECK_TEST_PROGRAM"))
        return 0;
    f = mem_new(1, sizeof(*f));
    f->docker = docker_open(&options, &err);
    if (!f->docker)
        print_message("%s\n", err.message);
    assert_non_null(f->docker);
    snprintf(f->dir, sizeof(f->dir), "/tmp/stepdeck-context.XXXXXX");
    assert_non_null(mkdtemp(f->dir));
    f->repository = mem_format("%s/stepdeck/test", registry);
    write_file(f, "Dockerfile",
               "FROM scratch\nCOPY . /\nLABEL kind=test\nCMD [\"/program\"]\n");
    write_file(f, ".dockerignore", "*.secret\nDockerfile\n.dockerignore\n");
    write_file(f, "key.secret", "not for the image");
    copy_program(f);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    if (!f)
        return 0;
    assert_true(fileio_remove_tree(AT_FDCWD, f->dir, NULL));
    docker_free(f->docker);
    strbuf_release(&f->log);
    free(f->repository);
    free(f);
    return 0;
}

static struct fixture *need(void **state)
{
    if (!*state) {
        print_message("skipped: no daemon, registry and program are named\n");
        skip();
    }
    return *state;
}

static bool build(struct fixture *f, const char *tag, char **image,
                  struct error *err)
{
    struct docker_build request = { .context_dir = f->dir,
                                    .dockerfile = "Dockerfile",
                                    .tag = tag,
                                    .platform = "linux/amd64",
                                    .tell = take_told,
                                    .tell_context = f };

    strbuf_clear(&f->log);
    return docker_build(f->docker, &request, image, err);
}

static bool push(struct fixture *f, const char *tag, char **digest,
                 struct error *err)
{
    struct docker_push request = { .repository = f->repository,
                                   .tag = tag,
                                   .user = "AWS",
                                   .password = "not>a?secret~",
                                   .registry = getenv("STEPDECK_TEST_REGISTRY"),
                                   .tell = take_told,
                                   .tell_context = f };

    strbuf_clear(&f->log);
    return docker_push(f->docker, &request, digest, err);
}

/* What the registry itself says; to free. */
static char *registry_digest(const char *tag)
{
    struct error err = { 0 };
    struct http *http = http_new(&err);
    struct strvec headers = { 0 };
    char *url = mem_format("http://%s/v2/stepdeck/test/manifests/%s",
                           getenv("STEPDECK_TEST_REGISTRY"), tag);
    struct http_request request = { .method = "GET",
                                    .url = url,
                                    .headers = &headers };
    struct http_response response = { 0 };
    char *digest;

    strvec_add(&headers,
               "Accept: application/vnd.docker.distribution.manifest.v2+json");
    strvec_add(&headers, "Accept: application/vnd.oci.image.manifest.v1+json");
    if (!http_send(http, &request, &response, &err))
        fail_msg("%s", err.message);
    digest = mem_text(http_header(&response, "docker-content-digest"));
    http_response_release(&response);
    strvec_release(&headers);
    http_free(http);
    free(url);
    return digest;
}

static void daemon_is_asked_for_no_more_than_it_speaks(void **state)
{
    struct fixture *f = need(state);
    const struct docker_info *info = docker_info(f->docker);

    assert_int_equal(strncmp(info->api_version, "1.", 2), 0);
    assert_true(atoi(info->api_version + 2) >= 24);
    assert_string_equal(info->os, "linux");
    assert_true(info->architecture[0] != '\0');
}

static void pushed_digest_is_the_one_of_the_registry(void **state)
{
    struct fixture *f = need(state);
    struct error err = { 0 };
    char *image = NULL, *digest = NULL, *theirs;
    struct docker_image found;

    if (!build(f, "stepdeck/test:one", &image, &err))
        fail_msg("%s", err.message);
    assert_non_null(strstr(strbuf_text(&f->log), "Step 2/4 : COPY . /\n"));
    assert_non_null(strstr(strbuf_text(&f->log), "context Sending the build "
                                                 "context done\n"));
    assert_true(docker_inspect(f->docker, "stepdeck/test:one", &found, &err));
    assert_string_equal(found.id, image);
    assert_string_equal(found.os, "linux");
    assert_string_equal(found.architecture, "amd64");
    assert_true(found.size_bytes > 0);
    docker_image_release(&found);

    if (!docker_tag(f->docker, image, f->repository, "v1", &err) ||
        !push(f, "v1", &digest, &err))
        fail_msg("%s", err.message);
    theirs = registry_digest("v1");
    assert_non_null(theirs);
    assert_string_equal(digest, theirs);
    assert_non_null(strstr(strbuf_text(&f->log), " done\n"));
    free(theirs);
    free(digest);
    free(image);
}

static void push_of_an_unknown_tag_is_an_error(void **state)
{
    struct fixture *f = need(state);
    struct error err = { 0 };
    char *digest = NULL;

    assert_false(push(f, "never-built", &digest, &err));
    assert_null(digest);
    assert_true(error_is_set(&err));
    assert_non_null(strstr(err.message, "never-built"));
    assert_false(docker_push_is_immutable(&err));
}

static void failing_build_speaks_in_the_builders_words(void **state)
{
    struct fixture *f = need(state);
    struct error err = { 0 };
    char *image = NULL;

    write_file(f, "Dockerfile", "FROM scratch\nCOPY nothing /\n");
    assert_false(build(f, "stepdeck/test:bad", &image, &err));
    assert_int_equal(err.code, ERROR_BLOCKED);
    assert_non_null(strstr(err.message, "COPY failed"));
    assert_null(image);

    error_clear(&err);
    write_file(f, "Dockerfile", "FROM scratch\nFLY away\n");
    assert_false(build(f, "stepdeck/test:bad", &image, &err));
    assert_int_equal(err.code, ERROR_BLOCKED);
    assert_non_null(strstr(err.message, "FLY"));
}

/* The daemon answers while most of the context is still to be sent. */
static void early_refusal_is_told_not_the_broken_upload(void **state)
{
    struct fixture *f = need(state);
    struct error err = { 0 };
    char *image = NULL;
    char *path = fileio_join(f->dir, "large");
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);

    assert_true(fd >= 0);
    assert_int_equal(ftruncate(fd, 256 << 20), 0);
    close(fd);
    assert_false(build(f, "NO/such:::tag", &image, &err));
    assert_int_equal(err.code, ERROR_BLOCKED);
    if (!strstr(err.message, "invalid reference format"))
        fail_msg("'%s'", err.message);
    free(path);
}

/* The program runs until somebody ends it. */
static void cancelled_build_ends_at_once(void **state)
{
    struct fixture *f = need(state);
    struct cancel cancel;
    struct error err = { 0 };
    char *image = NULL;

    assert_true(cancel_init(&cancel, &err));
    f->cancel = &cancel;
    f->cue = "Running in";
    docker_set_cancel(f->docker, &cancel);
    write_file(f, "Dockerfile", "FROM scratch\nCOPY . /\nRUN [\"/program\"]\n");
    assert_false(build(f, "stepdeck/test:endless", &image, &err));
    assert_int_equal(err.code, ERROR_CANCELLED);
    assert_null(image);
    docker_set_cancel(f->docker, NULL);
    cancel_release(&cancel);
}

static void dockerfile_outside_the_folder_builds_the_same(void **state)
{
    struct fixture *f = need(state);
    struct error err = { 0 };
    char *image = NULL;
    char *outside = mem_format("%s.Dockerfile", f->dir);
    struct docker_build request = { .context_dir = f->dir,
                                    .dockerfile = outside,
                                    .tag = "stepdeck/test:outside",
                                    .tell = take_told,
                                    .tell_context = f };
    static const char text[] = "FROM scratch\nCOPY . /\n";

    assert_true(fileio_replace(AT_FDCWD, outside, text, strlen(text), 0644,
                               FILEIO_LAZY, &err));
    if (!docker_build(f->docker, &request, &image, &err))
        fail_msg("%s", err.message);
    assert_int_equal(strncmp(image, "sha256:", 7), 0);
    unlink(outside);
    free(outside);
    free(image);
}

static bool can_connect(int port)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_port = htons((uint16_t)port),
                                   .sin_addr = { htonl(INADDR_LOOPBACK) } };
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    bool ok = connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0;

    close(fd);
    return ok;
}

static void container_runs_speaks_and_is_gone(void **state)
{
    struct fixture *f = need(state);
    struct error err = { 0 };
    struct strvec environment = { 0 }, lines = { 0 };
    struct docker_container container = { .image = "stepdeck/test:run",
                                          .environment = &environment,
                                          .port = 8080 };
    char *image = NULL, *id = NULL;
    int port = 0, status = 0;
    bool running = false;

    strvec_add(&environment, "PROGRAM=our program");
    if (!build(f, "stepdeck/test:run", &image, &err) ||
        !docker_start(f->docker, &container, &id, &port, &err))
        fail_msg("%s: %s", err.message, err.hint);
    assert_true(port > 0);
    assert_true(docker_is_running(f->docker, id, &running, &status, &err));
    assert_true(running);
    /* Docker's own proxy listens from the start. */
    assert_true(can_connect(port));
    for (int tries = 0; tries < 1000 && !lines.count; tries++) {
        poll(NULL, 0, 10);
        assert_true(docker_logs(f->docker, id, 10, &lines, &err));
    }
    assert_true(lines.count >= 1);
    assert_string_equal(lines.items[0], "our program speaks");
    assert_true(docker_remove(f->docker, id, &err));
    assert_true(docker_remove(f->docker, id, &err));
    assert_false(docker_is_running(f->docker, id, &running, &status, &err));
    assert_int_equal(err.code, ERROR_NOT_FOUND);
    strvec_release(&environment);
    strvec_release(&lines);
    free(image);
    free(id);
}

static void image_is_pulled_by_its_digest(void **state)
{
    struct fixture *f = need(state);
    struct error err = { 0 };
    char *digest = registry_digest("v1");
    char *reference = mem_format("%s@%s", f->repository, digest);
    char *unknown = mem_format("%s:unknown", f->repository);
    struct docker_image image;

    if (!docker_pull(f->docker, reference, NULL, NULL, &err))
        fail_msg("%s", err.message);
    assert_true(docker_inspect(f->docker, reference, &image, &err));
    assert_false(docker_pull(f->docker, unknown, "AWS", "word", &err));
    assert_true(error_is_set(&err));
    docker_image_release(&image);
    free(digest);
    free(reference);
    free(unknown);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            daemon_is_asked_for_no_more_than_it_speaks, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            pushed_digest_is_the_one_of_the_registry, set_up, tear_down),
        cmocka_unit_test_setup_teardown(push_of_an_unknown_tag_is_an_error,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            failing_build_speaks_in_the_builders_words, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            early_refusal_is_told_not_the_broken_upload, set_up, tear_down),
        cmocka_unit_test_setup_teardown(cancelled_build_ends_at_once, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(
            dockerfile_outside_the_folder_builds_the_same, set_up, tear_down),
        cmocka_unit_test_setup_teardown(container_runs_speaks_and_is_gone,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(image_is_pulled_by_its_digest, set_up,
                                        tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
