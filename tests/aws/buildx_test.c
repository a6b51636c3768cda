/* The build by buildx, against a `docker` that is a script of each test: it
 * gets its argv, writes what it was given, and plays BuildKit's part. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "aws/docker/docker.h"
#include "base/cancel.h"
#include "base/fileio.h"
#include "base/mem.h"
#include "base/strbuf.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define HEX64 "4383aa0011223344556677889900aabbccddeeff00112233445566778899aabb"
#define DIGEST "sha256:" HEX64

/* The files that buildx was told to write to. */
#define FIND_FILES                                                             \
    "for word; do case $word in\n"                                             \
    "--iidfile=*) id=${word#*=} ;;\n"                                          \
    "--metadata-file=*) meta=${word#*=} ;;\n"                                  \
    "esac; done\n"

struct fixture {
    char dir[64];
    char *path; /* PATH as it was */
    struct strbuf told;
    struct cancel cancel;
};

static int set_up(void **state)
{
    struct fixture *f = mem_new(1, sizeof(*f));
    char *path;
    struct error err = { 0 };

    snprintf(f->dir, sizeof(f->dir), "/tmp/stepdeck-buildx.XXXXXX");
    assert_non_null(mkdtemp(f->dir));
    f->path = mem_text(getenv("PATH"));
    path = mem_format("%s:%s", f->dir, f->path);
    setenv("PATH", path, 1);
    setenv("TMPDIR", f->dir, 1);
    assert_true(cancel_init(&f->cancel, &err));
    free(path);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    setenv("PATH", f->path, 1);
    unsetenv("TMPDIR");
    assert_true(fileio_remove_tree(AT_FDCWD, f->dir, NULL));
    cancel_release(&f->cancel);
    strbuf_release(&f->told);
    free(f->path);
    free(f);
    return 0;
}

static void take_told(void *context, const struct docker_told *told)
{
    struct fixture *f = context;

    strbuf_addf(&f->told, "%s%s%s\n", told->item ? told->item : "",
                told->item ? " " : "", told->text);
    if (strstr(told->text, "cancel now"))
        cancel_raise(&f->cancel, CANCEL_KILL);
}

/* Our `docker`: keeps argv and environment, then does `script`. */
static void make_docker(struct fixture *f, const char *script)
{
    char *path = fileio_join(f->dir, "docker");
    char *text = mem_format("#!/bin/sh\nprintf '%%s\\n' \"$@\" >%s/argv\n"
                            "env >%s/environment\n%s",
                            f->dir, f->dir, script);

    assert_true(fileio_replace(AT_FDCWD, path, text, strlen(text), 0755,
                               FILEIO_LAZY, NULL));
    assert_int_equal(chmod(path, 0755), 0);
    free(text);
    free(path);
}

static bool build(struct fixture *f, char **image, struct error *err)
{
    struct strvec arguments = { 0 };
    struct docker_build request = { .context_dir = f->dir,
                                    .dockerfile = "web.Dockerfile",
                                    .tag = "shop:v1",
                                    .platform = "linux/amd64",
                                    .arguments = &arguments,
                                    .tell = take_told,
                                    .tell_context = f };
    bool ok;

    strvec_add(&arguments, "TOKEN=hidden=value");
    strvec_add(&arguments, "PATH=/plain");
    strvec_add(&arguments, "TAKEN_OVER");
    ok =
        buildx_build(&request, "http://127.0.0.1:2375", &f->cancel, image, err);
    strvec_release(&arguments);
    return ok;
}

static void read_file(struct fixture *f, const char *name, struct strbuf *out)
{
    char *path = fileio_join(f->dir, name);
    struct error err = { 0 };

    strbuf_clear(out);
    if (!fileio_read(AT_FDCWD, path, 1 << 20, out, &err))
        fail_msg("%s", err.message);
    free(path);
}

static void check_has(const struct strbuf *buf, const char *text)
{
    if (!strstr(strbuf_text(buf), text))
        fail_msg("'%s' is not in:\n%s", text, strbuf_text(buf));
}

static void check_nothing_is_left(struct fixture *f)
{
    DIR *dir = opendir(f->dir);
    struct dirent *entry;

    assert_non_null(dir);
    while ((entry = readdir(dir)) != NULL)
        assert_int_not_equal(strncmp(entry->d_name, "stepdeck-", 9), 0);
    closedir(dir);
}

static void build_asks_for_one_image_and_hides_its_arguments(void **state)
{
    struct fixture *f = *state;
    struct strbuf text = { 0 };
    struct error err = { 0 };
    char *image = NULL;

    make_docker(f, FIND_FILES "printf '%s' '" DIGEST "' >\"$id\"\n"
                              "echo '{\"vertexes\":[{\"digest\":\"a\",\"name\":"
                              "\"[1/1] COPY\",\"started\":\"x\"}]}' >&2\n");
    if (!build(f, &image, &err))
        fail_msg("%s", err.message);
    assert_string_equal(image, DIGEST);
    assert_string_equal(strbuf_text(&f->told), "[1/1] COPY\n");
    read_file(f, "argv", &text);
    check_has(&text, "buildx\nbuild\n--provenance=false\n--sbom=false\n"
                     "--progress=rawjson\n--load\n");
    check_has(&text, "--platform=linux/amd64\n--tag=shop:v1\n");
    check_has(&text, "/web.Dockerfile\n");
    check_has(&text, "--build-arg\nTOKEN\n--build-arg\nPATH=/plain\n"
                     "--build-arg\nTAKEN_OVER\n");
    assert_null(strstr(strbuf_text(&text), "hidden"));
    read_file(f, "environment", &text);
    check_has(&text, "TOKEN=hidden=value\n");
    check_has(&text, "DOCKER_HOST=tcp://127.0.0.1:2375\n");
    check_nothing_is_left(f);
    strbuf_release(&text);
    free(image);
}

static void image_comes_from_the_metadata_as_well(void **state)
{
    struct fixture *f = *state;
    struct error err = { 0 };
    char *image = NULL;

    make_docker(f, FIND_FILES
                "echo '{\"containerimage.config.digest\":\"" DIGEST "\","
                "\"containerimage.descriptor\":{\"mediaType\":"
                "\"application/vnd.oci.image.index.v1+json\"}}' >\"$meta\"\n");
    if (!build(f, &image, &err))
        fail_msg("%s", err.message);
    assert_string_equal(image, DIGEST);
    check_has(&f->told, "an index of several manifests");
    free(image);
}

static void failure_is_told_in_the_words_of_the_step(void **state)
{
    static const struct {
        const char *script, *message;
    } cases[] = {
        { "echo '{\"vertexes\":[{\"digest\":\"a\",\"name\":\"[1/1] RUN x\","
          "\"error\":\"exit code: 1\"}]}' >&2; exit 1\n",
          "the build failed: [1/1] RUN x: exit code: 1" },
        { "echo 'ERROR: no builder' >&2; exit 1\n",
          "the build failed: no builder" },
        { "exit 7\n", "ended with status 7" },
        { "kill -9 $$\n", "the build was ended by SIGKILL" },
        { "exit 0\n", "told no image" },
        { FIND_FILES "echo nonsense >\"$id\"; echo '[' >\"$meta\"\n",
          "told no image" },
    };
    struct fixture *f = *state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct error err = { 0 };
        char *image = NULL;

        make_docker(f, cases[i].script);
        assert_false(build(f, &image, &err));
        assert_int_equal(err.code, ERROR_BLOCKED);
        if (!strstr(err.message, cases[i].message))
            fail_msg("'%s'", err.message);
        assert_null(image);
        check_nothing_is_left(f);
    }
}

static void cancelled_build_is_killed(void **state)
{
    struct fixture *f = *state;
    struct error err = { 0 };
    char *image = NULL;

    make_docker(f, "echo 'cancel now'\nexec sleep 600\n");
    assert_false(build(f, &image, &err));
    assert_int_equal(err.code, ERROR_CANCELLED);
    check_nothing_is_left(f);
}

static void buildx_is_there_when_it_tells_its_version(void **state)
{
    struct fixture *f = *state;
    struct strbuf text = { 0 };

    make_docker(f, "exit 0\n");
    assert_true(buildx_is_there(NULL));
    read_file(f, "argv", &text);
    assert_string_equal(strbuf_text(&text), "buildx\nversion\n");
    make_docker(f, "exit 1\n");
    assert_false(buildx_is_there(NULL));
    setenv("PATH", "/nowhere", 1);
    assert_false(buildx_is_there(NULL));
    strbuf_release(&text);
}

#define WITH_DOCKER(test)                                                      \
    cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_DOCKER(build_asks_for_one_image_and_hides_its_arguments),
        WITH_DOCKER(image_comes_from_the_metadata_as_well),
        WITH_DOCKER(failure_is_told_in_the_words_of_the_step),
        WITH_DOCKER(cancelled_build_is_killed),
        WITH_DOCKER(buildx_is_there_when_it_tells_its_version),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
