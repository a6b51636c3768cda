#!/usr/bin/env bash
# The AWS side, against stepdeck-emulator on loopback.
# Usage: tests/bench/aws.sh [call|lag|unchanged]..., all three without.
#
#     call       one signed call (GetCallerIdentity), against the `aws` command
#                line on the same server; bar: over 100 times as fast
#     lag        from the end of an operation to saying so; bar: under 2 s in
#                the median, with at most one ListOperations a second
#     unchanged  a redeploy of what is there; bar: no build, push or update, and
#                under 2 s
set -euo pipefail
# shellcheck source=tests/bench/lib.sh
. "$(dirname "$0")/lib.sh"
unset CI ENVIRONMENT AWS_PROFILE AWS_SESSION_TOKEN
build=$(dirname "$STEPDECK")/..
emulator=$(dirname "$STEPDECK")/stepdeck-emulator
project=$bench_dir/project
emulator_pid=

stop_emulator() {
    [ -z "$emulator_pid" ] || kill "$emulator_pid" 2>/dev/null || true
    [ -z "$emulator_pid" ] || wait "$emulator_pid" 2>/dev/null || true
    emulator_pid=
}
trap 'stop_emulator; rm -rf "$bench_dir"' EXIT

# start_emulator PACE: with its keys and address in our environment.
start_emulator() {
    local line=
    stop_emulator
    : >"$bench_dir/ready"
    "$emulator" --pace "$1" --docker stand-in \
        --docker-socket "$bench_dir/docker.sock" >"$bench_dir/ready" &
    emulator_pid=$!
    until read -r line <"$bench_dir/ready" 2>/dev/null && [ -n "$line" ]; do
        kill -0 "$emulator_pid"
    done
    export AWS_ENDPOINT_URL=${line#ready } AWS_REGION=us-east-1
    export AWS_DEFAULT_REGION=us-east-1
    export AWS_ACCESS_KEY_ID=AKIAEMULATOR00000000
    export AWS_SECRET_ACCESS_KEY=emulator-secret-key-of-no-account
    export DOCKER_HOST=unix://$bench_dir/docker.sock
    export XDG_STATE_HOME=$bench_dir/state
}

fresh_project() {
    rm -rf "$project"
    mkdir -p "$project"
    cd "$project"
    cat >deployment-config.env <<'END'
SERVICE_NAME=bench-web
ACCESS_ROLE_ARN=arn:aws:iam::123456789012:role/AppRunnerECRAccessRole
INSTANCE_ROLE_ARN=arn:aws:iam::123456789012:role/AppRunnerInstanceRole
END
    printf 'FROM scratch\nCOPY web /web\n' >Dockerfile
    echo web >web
    git init -q .
    git add -A
    git -c user.name=bench -c user.email=bench@localhost commit -qm one
}

# requests OPERATION: how often it was asked for so far.
requests() {
    python3 - "$AWS_ENDPOINT_URL" "$1" <<'END'
import json, sys, urllib.request
log = json.load(urllib.request.urlopen(sys.argv[1] + "/_emulator/requests"))
log = log["requests"] if isinstance(log, dict) else log
print(sum(r.get("operation") == sys.argv[2] for r in log))
END
}

call() {
    local ours=() peer=()
    start_emulator 50
    if ! command -v aws >/dev/null; then
        echo "call: no aws command line to compare with (package awscli)" >&2
        return
    fi
    for ((round = 0; round < ROUNDS; round++)); do
        ours+=("$("$build/tests/signedcall" 200)")
        measure aws --endpoint-url "$AWS_ENDPOINT_URL" sts get-caller-identity \
            >/dev/null
        peer+=("$((elapsed * 1000))")
    done
    echo "one signed call: $(median "${ours[@]}") us (mean of 200, the client's start included), aws $(median "${peer[@]}") us, $(awk -v a="$(median "${peer[@]}")" -v b="$(median "${ours[@]}")" 'BEGIN { printf "%.0f", a / b }') times as fast (bar 100)"
}

lag() {
    local lags=() asked=0 waited=0 round pace before
    fresh_project
    for ((round = 0; round < ROUNDS; round++)); do
        pace=$((300 + round * 400))
        start_emulator "$pace"
        rm -rf .deployment-state
        before=$(requests ListOperations)
        "$STEPDECK" deploy --json -y >"$bench_dir/events" </dev/null
        asked=$((asked + $(requests ListOperations) - before))
        read -r one wait < <(python3 - "$AWS_ENDPOINT_URL" "$bench_dir/events" <<'END'
import datetime, json, sys, urllib.request
state = json.load(urllib.request.urlopen(sys.argv[1] + "/_emulator/state"))
ends = [op["EndedAt"] for ops in state["operations"].values() for op in ops]
for line in open(sys.argv[2]):
    event = json.loads(line)
    if event["type"] == "step.end" and "035" in event["step"]:
        told = datetime.datetime.fromisoformat(event["time"].replace("Z", "+00:00"))
        print(int((told.timestamp() - max(ends)) * 1000), event["duration_ms"])
END
        )
        lags+=("$one")
        waited=$((waited + wait))
    done
    echo "from the cloud's end to saying so: $(median "${lags[@]}") ms in the median of $ROUNDS (${lags[*]}); $asked calls of ListOperations in $((waited / 1000)) s of waiting (bars 2000 ms, 1 a second)"
}

unchanged() {
    local times=() changes=0 round operation
    start_emulator 50
    fresh_project
    "$STEPDECK" deploy -q -y --no-tui >/dev/null
    for operation in UpdateService CreateService StartDeployment PutImage; do
        changes=$((changes - $(requests "$operation")))
    done
    for ((round = 0; round < ROUNDS; round++)); do
        measure "$STEPDECK" deploy -q -y --no-tui >/dev/null
        times+=("$elapsed")
    done
    for operation in UpdateService CreateService StartDeployment PutImage; do
        changes=$((changes + $(requests "$operation")))
    done
    echo "unchanged redeploy: $(median "${times[@]}") ms, $changes changes in the cloud (bars 2000 ms, 0)"
}

[ $# -gt 0 ] || set -- call lag unchanged
for row in "$@"; do
    case $row in
    call | lag | unchanged) "$row" ;;
    *)
        echo "aws.sh: no row '$row'; see the top of the script" >&2
        exit 2
        ;;
    esac
done
