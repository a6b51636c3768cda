# shellcheck shell=bash
# What the benchmarks share. Each prints a ratio against a public peer that
# runs in turn with us, A B A B, so that a slow machine slows both. They are
# measured by hand or in a report; no test passes or fails by time.

: "${STEPDECK:=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)/build/release/src/stepdeck}"
: "${ROUNDS:=5}"
if [ ! -x "$STEPDECK" ]; then
    echo "no binary at $STEPDECK; build it with: cmake --preset release && cmake --build --preset release" >&2
    exit 2
fi
bench_dir=$(mktemp -d)
trap 'rm -rf "$bench_dir"' EXIT

# Milliseconds that a command takes, into the variable `elapsed`.
measure() {
    local start=$EPOCHREALTIME
    "$@"
    local end=$EPOCHREALTIME
    # shellcheck disable=SC2034 # read by the callers
    elapsed=$(( (${end/./} - ${start/./}) / 1000 ))
}

# The middle one of its arguments.
median() {
    printf '%s\n' "$@" | sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'
}

# ratio OURS PEER, with two digits.
ratio() {
    awk -v a="$1" -v b="$2" 'BEGIN { printf "%.2f\n", b ? a / b : 0 }'
}
