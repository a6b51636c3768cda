#!/usr/bin/env bash
# Build, push, pull and run against a real Docker daemon and a real registry,
# both started here in private folders and stopped by their numbers. Needs
# root, dockerd, docker-registry, ip and a compiler.
set -u
. "$(dirname "$0")/lib.sh"

test_program=${DOCKERREAL_TEST:-$(dirname "${STEPDECK:-.}")/../tests/dockerreal_test}
bridge=sdeck$$

[ "$(id -u)" -eq 0 ] || skip_all "a Docker daemon of our own needs root"
for tool in dockerd docker-registry ip "${CC:-cc}"; do
    command -v "$tool" >/dev/null || skip_all "$tool is not installed"
done
begin
[ -x "$test_program" ] || skip_all "$test_program is not built"

daemon=
registry=

stop() {
    [ -n "$1" ] || return 0
    kill "$1" 2>/dev/null
    wait_for has_ended "$1" || kill -KILL "$1" 2>/dev/null
    wait "$1" 2>/dev/null
}

before_clean_up() {
    stop "$daemon"
    stop "$registry"
    ip link delete "$bridge" 2>/dev/null
    # Mounts that a daemon may leave below its folders.
    while read -r _ place _; do
        case $place in
        "$work"/*) umount "$place" 2>/dev/null ;;
        esac
    done </proc/mounts
}

# A bridge of our own: a daemon that may run here already keeps its docker0.
make_bridge() {
    ip link add name "$bridge" type bridge &&
        ip address add 10.213.77.1/24 dev "$bridge" && ip link set "$bridge" up
}
make_bridge 2>/dev/null || skip_all "no network bridge can be made here"

mkdir daemon registry
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
dockerd --data-root "$work/daemon/data" --exec-root "$work/daemon/exec" \
    --pidfile "$work/daemon/pid" --host "unix://$work/docker.sock" \
    --bridge "$bridge" --iptables=false --ip6tables=false --ip-forward=false \
    >dockerd.log 2>&1 &
daemon=$!

registry_address() {
    sed -n 's/.*listening on \(127\.0\.0\.1:[0-9]*\).*/\1/p' registry.log
}
registry_is_up() { [ -n "$(registry_address)" ]; }
daemon_is_up_or_gone() {
    has_ended "$daemon" || says 'API listen on' dockerd.log
}
wait_for registry_is_up || {
    cat registry.log
    skip_all "the registry does not start"
}
wait_for daemon_is_up_or_gone
if has_ended "$daemon"; then
    tail -n 5 dockerd.log
    skip_all "no Docker daemon starts here"
fi

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

export STEPDECK_TEST_DOCKER_HOST="unix://$work/docker.sock"
export STEPDECK_TEST_PROGRAM=$work/program
STEPDECK_TEST_REGISTRY=$(registry_address)
export STEPDECK_TEST_REGISTRY
check "a real daemon and a real registry agree with us" "$test_program"
finish
