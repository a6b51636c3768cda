#include "cli/emulated.h"

#include "base/fileio.h"
#include "base/mem.h"
#include "base/platform.h"
#include "base/strbuf.h"
#include "base/strvec.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define PROGRAM "stepdeck-emulator"
#define SOCKET_NAME "docker.sock"

enum { START_MS = 10000, LINE_LIMIT = 1024 };

extern char **environ;

/* ---- the child -------------------------------------------------------- */

/* Ours stands beside us, in a build as when installed; else it is looked up in
 * PATH. To free. */
static char *find_program(void)
{
    char *own = platform_program();
    char *slash = own ? strrchr(own, '/') : NULL;
    char *beside = NULL;

    if (slash)
        beside = mem_format("%.*s/" PROGRAM, (int)(slash - own), own);
    free(own);
    if (beside && access(beside, X_OK) == 0)
        return beside;
    free(beside);
    return mem_text(PROGRAM);
}

static bool has_docker(void)
{
    const char *host = getenv("DOCKER_HOST");

    return (host && *host) || access("/var/run/docker.sock", R_OK | W_OK) == 0;
}

static bool choose_docker(struct emulated *emulated, struct strvec *argv,
                          struct error *err)
{
    const char *folder = getenv("TMPDIR");
    char *dir;

    strvec_add(argv, "--docker");
    strvec_add(argv, has_docker() ? "real" : "stand-in");
    if (has_docker())
        return true;
    dir = mem_format("%s/stepdeck-XXXXXX", folder && *folder ? folder : "/tmp");
    if (!mkdtemp(dir)) {
        error_set_errno(err, ERROR_IO, errno, "no folder '%s' can be made",
                        dir);
        free(dir);
        return false;
    }
    emulated->docker_socket = mem_format("%s/" SOCKET_NAME, dir);
    free(dir);
    strvec_add(argv, "--docker-socket");
    strvec_add(argv, emulated->docker_socket);
    return true;
}

static bool spawn(struct emulated *emulated, char *const *argv,
                  struct error *err)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    int to_child[2], from_child[2];
    int failure;

    if (!fileio_pipe(to_child, false, err))
        return false;
    if (!fileio_pipe(from_child, false, err)) {
        close(to_child[0]);
        close(to_child[1]);
        return false;
    }
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, to_child[0], STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, from_child[1], STDOUT_FILENO);
    /* Ctrl-C is for us: it is to outlast the end of the run. */
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
    failure = posix_spawnp(&emulated->pid, argv[0], &actions, &attributes, argv,
                           environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    close(to_child[0]);
    close(from_child[1]);
    emulated->commands_fd = to_child[1];
    emulated->answers_fd = from_child[0];
    if (!failure)
        return true;
    emulated->pid = 0;
    error_set_errno(err, ERROR_BLOCKED, failure, "cannot start '%s'", argv[0]);
    return error_hint(err, "it belongs beside stepdeck; build or install both");
}

/* One line of the child, without its newline. */
static bool read_line(struct emulated *emulated, struct strbuf *line,
                      struct error *err)
{
    struct pollfd poll_fd = { .fd = emulated->answers_fd, .events = POLLIN };
    char byte;

    while (line->len < LINE_LIMIT) {
        if (poll(&poll_fd, 1, START_MS) <= 0 ||
            read(emulated->answers_fd, &byte, 1) != 1)
            break;
        if (byte == '\n')
            return true;
        strbuf_addc(line, byte);
    }
    error_set(err, ERROR_BLOCKED, "the emulator did not start");
    return error_hint(err, "see what '" PROGRAM "' says by itself");
}

static bool await_ready(struct emulated *emulated, struct error *err)
{
    static const char ready[] = "ready ";
    struct strbuf line = { 0 };
    bool ok = read_line(emulated, &line, err);

    if (ok && strncmp(strbuf_text(&line), ready, strlen(ready)) == 0)
        emulated->url = mem_text(strbuf_text(&line) + strlen(ready));
    else if (ok)
        ok = error_set(err, ERROR_BLOCKED, "the emulator says '%s'",
                       strbuf_text(&line));
    strbuf_release(&line);
    return ok;
}

/* ---- our environment -------------------------------------------------- */

/* What would lead to the real cloud is taken away. */
static void point_at(const struct emulated *emulated)
{
    static const char *const removed[] = {
        "AWS_PROFILE",
        "AWS_SESSION_TOKEN",
        "AWS_SECURITY_TOKEN",
        "AWS_DEFAULT_REGION",
        "AWS_WEB_IDENTITY_TOKEN_FILE",
        "AWS_ROLE_ARN",
        "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
        "AWS_ENDPOINT_URL_APPRUNNER",
        "AWS_ENDPOINT_URL_ECR",
        "AWS_ENDPOINT_URL_STS",
        "AWS_ENDPOINT_URL_IAM",
        "AWS_ENDPOINT_URL_S3",
        "AWS_ENDPOINT_URL_CLOUDWATCH_LOGS",
        "AWS_ENDPOINT_URL_SECRETS_MANAGER",
    };

    for (size_t i = 0; i < sizeof(removed) / sizeof(removed[0]); i++)
        unsetenv(removed[i]);
    setenv("AWS_ENDPOINT_URL", emulated->url, 1);
    setenv("AWS_ACCESS_KEY_ID", "AKIAEMULATOR00000000", 1);
    setenv("AWS_SECRET_ACCESS_KEY", "emulator-secret-key-of-no-account", 1);
    setenv("AWS_REGION", "us-east-1", 1);
    setenv("AWS_EC2_METADATA_DISABLED", "true", 1);
    if (emulated->docker_socket) {
        char *host = mem_format("unix://%s", emulated->docker_socket);

        setenv("DOCKER_HOST", host, 1);
        free(host);
    }
}

bool emulated_start(struct emulated *emulated, struct error *err)
{
    struct strvec argv = { 0 };
    bool ok;

    *emulated = (struct emulated){ .commands_fd = -1, .answers_fd = -1 };
    strvec_take(&argv, find_program());
    strvec_add(&argv, "--attached");
    ok = choose_docker(emulated, &argv, err) &&
         spawn(emulated, argv.items, err) && await_ready(emulated, err);
    strvec_release(&argv);
    if (ok)
        point_at(emulated);
    else
        emulated_stop(emulated);
    return ok;
}

bool emulated_fault(struct emulated *emulated, const char *fault,
                    struct error *err)
{
    char *line = mem_format("%s\n", fault);
    struct strbuf answer = { 0 };
    bool ok =
        fileio_write_all(emulated->commands_fd, line, strlen(line), err) &&
        read_line(emulated, &answer, err);

    if (ok && strcmp(strbuf_text(&answer), "ok") != 0)
        ok = error_set(err, ERROR_INPUT, "the emulator refuses '%s': %s", fault,
                       strbuf_text(&answer));
    strbuf_release(&answer);
    free(line);
    return ok;
}

void emulated_stop(struct emulated *emulated)
{
    char *slash;

    if (emulated->commands_fd >= 0)
        close(emulated->commands_fd);
    if (emulated->pid > 0)
        while (waitpid(emulated->pid, NULL, 0) < 0 && errno == EINTR)
            ;
    if (emulated->answers_fd >= 0)
        close(emulated->answers_fd);
    if (emulated->docker_socket) {
        unlink(emulated->docker_socket);
        slash = strrchr(emulated->docker_socket, '/');
        *slash = '\0';
        rmdir(emulated->docker_socket);
    }
    free(emulated->docker_socket);
    free(emulated->url);
    *emulated = (struct emulated){ .commands_fd = -1, .answers_fd = -1 };
}
