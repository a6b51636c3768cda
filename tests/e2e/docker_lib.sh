# shellcheck shell=bash
# Shared by the tests that have a Docker daemon of their own, in private
# folders. Behind lib.sh and begin:
#
#     docker_needs                skips without root, dockerd or ip
#     docker_start                the daemon, at $docker_socket; or skips
#     docker_cloud                the local cloud, whose services it runs
#     docker_stop                 both end, nothing is left
#
# $docker_has_network is "no" where no bridge can be made: it builds and pushes,
# and runs nothing that could be asked.

: "${work:=}" # by begin
docker_pid=
docker_cloud_pid=
docker_bridge=sdeck$$
docker_socket=
# shellcheck disable=SC2034 # of the scripts
docker_has_network=yes

docker_needs() {
    local tool
    [ "$(id -u)" -eq 0 ] || skip_all "a Docker daemon of our own needs root"
    for tool in dockerd ip; do
        command -v "$tool" >/dev/null || skip_all "$tool is not installed"
    done
}

# end PID: asked to, and made to when it does not.
end() {
    [ -n "$1" ] || return 0
    kill -TERM "$1" 2>/dev/null
    wait_for has_ended "$1" || kill -KILL "$1" 2>/dev/null
    wait "$1" 2>/dev/null
}

# One of our own: a daemon that may run here already keeps its docker0, and
# another of these tests its network.
docker_make_bridge() {
    local net
    net=10.213.$(($$ % 250 + 1)).1/24
    ip link add name "$docker_bridge" type bridge &&
        ip address add "$net" dev "$docker_bridge" &&
        ip link set "$docker_bridge" up
}

docker_is_up_or_gone() {
    has_ended "$docker_pid" || says 'API listen on' "$work/dockerd.log"
}

docker_start() {
    local bridge=$docker_bridge
    docker_socket=$work/dockerd.sock
    if ! docker_make_bridge 2>/dev/null; then
        ip link delete "$docker_bridge" 2>/dev/null
        # shellcheck disable=SC2034 # of the scripts
        docker_has_network=no
        bridge=none
    fi
    mkdir -p "$work/dockerd"
    dockerd --data-root "$work/dockerd/data" --exec-root "$work/dockerd/exec" \
        --pidfile "$work/dockerd/pid" --host "unix://$docker_socket" \
        --bridge "$bridge" --iptables=false --ip6tables=false \
        --ip-forward=false >"$work/dockerd.log" 2>&1 &
    docker_pid=$!
    wait_for docker_is_up_or_gone
    if has_ended "$docker_pid" || ! says 'API listen on' "$work/dockerd.log"
    then
        tail -n 5 "$work/dockerd.log"
        skip_all "no Docker daemon starts here"
    fi
}

# docker_cloud EMULATOR: with the daemon that DOCKER_HOST names, and
# AWS_ENDPOINT_URL afterwards.
docker_cloud() {
    "$1" --docker real --pace 20 >"$work/cloud.ready" 2>"$work/cloud.err" &
    docker_cloud_pid=$!
    wait_for says '^ready ' "$work/cloud.ready" || {
        cat "$work/cloud.err"
        return 1
    }
    AWS_ENDPOINT_URL=$(sed -n 's/^ready //p' "$work/cloud.ready")
    export AWS_ENDPOINT_URL
}

docker_stop() {
    local place
    end "$docker_cloud_pid"
    docker_cloud_pid=
    [ -n "$docker_pid" ] || return 0
    end "$docker_pid"
    docker_pid=
    ip link delete "$docker_bridge" 2>/dev/null
    # Mounts that a daemon may leave below its folders.
    while read -r _ place _; do
        case $place in
        "$work"/*) umount "$place" 2>/dev/null ;;
        esac
    done </proc/mounts
}
