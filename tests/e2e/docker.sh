#!/usr/bin/env bash
# Build, push, pull and run against a real Docker daemon and a real registry,
# both started here in private folders and stopped by their numbers. Needs
# root, dockerd, docker-registry, ip and a compiler.
set -u
. "$(dirname "$0")/lib.sh"

. "$(dirname "$0")/docker_lib.sh"

test_program=${DOCKERREAL_TEST:-$(dirname "${STEPDECK:-.}")/../tests/dockerreal_test}
registry=

docker_needs
for tool in docker-registry "${CC:-cc}"; do
    command -v "$tool" >/dev/null || skip_all "$tool is not installed"
done
begin
[ -x "$test_program" ] || skip_all "$test_program is not built"

before_clean_up() {
    end "$registry"
    docker_stop
}

mkdir registry
cat >registry.yml <<YML
version: 0.1
storage:
  filesystem:
    rootdirectory: $work/registry
http:
  addr: 127.0.0.1:0
YML
docker-registry serve registry.yml >registry.log 2>&1 &
registry=$!
registry_address() {
    sed -n 's/.*listening on \(127\.0\.0\.1:[0-9]*\).*/\1/p' registry.log
}
registry_is_up() { [ -n "$(registry_address)" ]; }
wait_for registry_is_up || {
    cat registry.log
    skip_all "the registry does not start"
}
docker_start
[ "$docker_has_network" = yes ] || skip_all "no network bridge can be made here"

# Static, for an image FROM scratch.
cat >program.c <<'PROGRAM'
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

int main(void)
{
    struct sockaddr_in place = { .sin_family = AF_INET,
                                 .sin_port = htons(8080) };
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    if (bind(fd, (struct sockaddr *)&place, sizeof(place)) || listen(fd, 5))
        return 1;
    printf("%s speaks\n", getenv("PROGRAM") ? getenv("PROGRAM") : "nobody");
    fflush(stdout);
    for (;;)
        close(accept(fd, NULL, NULL));
}
PROGRAM
"${CC:-cc}" -static -o program program.c ||
    skip_all "no static program can be built here"

export STEPDECK_TEST_DOCKER_HOST="unix://$docker_socket"
export STEPDECK_TEST_PROGRAM=$work/program
STEPDECK_TEST_REGISTRY=$(registry_address)
export STEPDECK_TEST_REGISTRY
check "a real daemon and a real registry agree with us" "$test_program"
finish
