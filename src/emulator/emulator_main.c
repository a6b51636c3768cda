#include "base/clock.h"
#include "base/mem.h"
#include "base/signals.h"
#include "emulator/attached.h"
#include "emulator/blobs.h"
#include "emulator/emulator.h"
#include "emulator/operations.h"
#include "emulator/server.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct options {
    int port;
    const char *docker_socket;
    bool is_attached;
    bool is_over; /* --help, --version */
};

static const char usage[] =
    "Usage: stepdeck-emulator [OPTION]...\n"
    "A cloud on this computer: STS, IAM, ECR, App Runner, Secrets Manager,\n"
    "CloudWatch Logs and S3, for trying deployments out.\n"
    "\n"
    "  --port N              listen there on 127.0.0.1 (default: a free port)\n"
    "  --state DIR           keep everything in DIR (default: in memory)\n"
    "  --docker WHICH        auto, real or stand-in: what images run in\n"
    "  --docker-socket PATH  serve a small Engine API there\n"
    "  --fault SPEC          SERVICE.OPERATION:KIND[=VALUE][@FROM[-TO]], or\n"
    "                        an event: operation:fail@2, health:fail, ...;\n"
    "                        may be given again\n"
    "  --attached            take faults from standard input, and end with it\n"
    "  --pace MS             how long each phase of an operation takes (300)\n"
    "  --help, --version\n"
    "\n"
    "Prints 'ready http://127.0.0.1:PORT' when it can be asked. Its keys are\n"
    "AWS_ACCESS_KEY_ID=" EMULATOR_ACCESS_KEY "\n"
    "AWS_SECRET_ACCESS_KEY=" EMULATOR_SECRET_KEY "\n"
    "in region " EMULATOR_REGION " of account " EMULATOR_ACCOUNT ".\n";

static bool read_number(const char *text, long most, long *number,
                        struct error *err)
{
    char *end;

    errno = 0;
    *number = strtol(text, &end, 10);
    if (errno || end == text || *end || *number < 0 || *number > most)
        return error_set(err, ERROR_INPUT, "no number up to %ld: '%s'", most,
                         text);
    return true;
}

/* Whether there is a Docker to ask, as its own command line would find it. */
static bool has_docker(void)
{
    const char *host = getenv("DOCKER_HOST");

    return (host && *host) || !access("/var/run/docker.sock", R_OK | W_OK);
}

/* `auto`: what there is. The images that the stand-in builds run nowhere
 * else. */
static bool read_docker(struct emulator *emulator, const char *text,
                        struct error *err)
{
    if (!strcmp(text, "real"))
        emulator->docker = EMULATOR_DOCKER_REAL;
    else if (!strcmp(text, "stand-in"))
        emulator->docker = EMULATOR_DOCKER_STAND_IN;
    else if (!strcmp(text, "auto"))
        emulator->docker =
            has_docker() ? EMULATOR_DOCKER_REAL : EMULATOR_DOCKER_STAND_IN;
    else
        return error_set(err, ERROR_INPUT, "no such docker: '%s'", text) ||
               error_hint(err, "auto, real and stand-in are known");
    return true;
}

static bool take_option(struct emulator *emulator, struct options *options,
                        int which, struct error *err)
{
    long number;

    switch (which) {
    case 'p':
        if (!read_number(optarg, 65535, &number, err))
            return false;
        options->port = (int)number;
        return true;
    case 's':
        free(emulator->state_dir);
        emulator->state_dir = mem_text(optarg);
        return true;
    case 'd':
        return read_docker(emulator, optarg, err);
    case 'S':
        options->docker_socket = optarg;
        return true;
    case 'f':
        return fault_add(emulator, optarg, err);
    case 'a':
        options->is_attached = true;
        return true;
    case 'm':
        if (!read_number(optarg, 3600000, &number, err))
            return false;
        emulator->pace_ms = number;
        return true;
    case 'h':
        options->is_over = true;
        return fputs(usage, stdout) != EOF;
    case 'v':
        options->is_over = true;
        return puts("stepdeck-emulator " STEPDECK_VERSION) != EOF;
    default:
        return error_set(err, ERROR_INPUT, "the options are not understood") ||
               error_hint(err, "stepdeck-emulator --help tells them");
    }
}

static bool read_options(int argc, char **argv, struct emulator *emulator,
                         struct options *options, struct error *err)
{
    static const struct option known[] = {
        { "port", required_argument, NULL, 'p' },
        { "state", required_argument, NULL, 's' },
        { "docker", required_argument, NULL, 'd' },
        { "docker-socket", required_argument, NULL, 'S' },
        { "fault", required_argument, NULL, 'f' },
        { "attached", no_argument, NULL, 'a' },
        { "pace", required_argument, NULL, 'm' },
        { "help", no_argument, NULL, 'h' },
        { "version", no_argument, NULL, 'v' },
        { NULL, 0, NULL, 0 },
    };
    int which;

    emulator->pace_ms = 300;
    if (!read_docker(emulator, "auto", err))
        return false;
    while (!options->is_over &&
           (which = getopt_long(argc, argv, "", known, NULL)) != -1)
        if (!take_option(emulator, options, which, err))
            return false;
    if (!options->is_over && optind < argc)
        return error_set(err, ERROR_INPUT, "unexpected: '%s'", argv[optind]);
    return true;
}

static bool serve(struct emulator *emulator, const struct options *options,
                  struct error *err)
{
    struct server *server = NULL;
    bool has_engine = false;
    bool is_up = false;

    if (!emulator_load(emulator, err) || !signals_install(err))
        return false;
    signals_block();
    server = server_start(emulator, options->port, err);
    if (server && options->docker_socket)
        has_engine = engineapi_start(emulator, options->docker_socket, err);
    is_up = server && (has_engine || !options->docker_socket);
    if (is_up)
        operations_resume(emulator);
    signals_unblock();
    if (is_up) {
        printf("ready %s\n", emulator->url);
        fflush(stdout);
        if (options->is_attached)
            attached_wait(emulator);
        else
            server_wait();
    }
    /* Whoever may begin an operation goes before what operations need. */
    operations_stop(emulator);
    server_stop(server);
    if (has_engine)
        engineapi_stop(emulator);
    operations_release(emulator);
    hosting_stop_all(emulator);
    emulator_save(emulator);
    blobs_discard(emulator);
    return is_up;
}

int main(int argc, char **argv)
{
    struct emulator emulator = { 0 };
    struct options options = { 0 };
    struct error err = { 0 };
    int status = 0;

    emulator_init(&emulator);
    if (!read_options(argc, argv, &emulator, &options, &err) ||
        (!options.is_over && !serve(&emulator, &options, &err))) {
        fprintf(stderr, "stepdeck-emulator: %s\n", err.message);
        if (err.hint[0])
            fprintf(stderr, "  %s\n", err.hint);
        status = err.code == ERROR_INPUT ? 2 : 1;
    }
    emulator_release(&emulator);
    return status;
}
