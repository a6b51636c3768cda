#!/usr/bin/env bash
# Overhead of a step: a deployment of N empty scripts, checkpoints durable,
# against a bare shell loop over the same scripts. Bar: at most 2.0.
# Usage: tests/bench/steps.sh [N]
set -euo pipefail
# shellcheck source=tests/bench/lib.sh
. "$(dirname "$0")/lib.sh"
count=${1:-200}

# 998 numbers are to be had: more steps share them, which is allowed.
make_project() {
    mkdir -p "$1"
    for ((i = 0; i < count; i++)); do
        printf '#!/bin/bash\ntrue\n' >"$1/step-$(printf '%03d' $((i % 898 + 2)))-s$i.sh"
    done
    chmod +x "$1"/step-*.sh
}

loop() (
    cd "$1"
    for script in step-*.sh; do
        "./$script"
    done
)

deploy() {
    "$STEPDECK" -C "$1" deploy --no-tui -q >/dev/null
}

ours=() peer=() ratios=()
for ((round = 0; round < ROUNDS; round++)); do
    # A new folder each time: deleting thousands of files slows down the next
    # ones that ext4 creates.
    project=$bench_dir/p$round
    make_project "$project"
    measure loop "$project"
    peer+=("$elapsed")
    measure deploy "$project"
    ours+=("$elapsed")
    ratios+=("$(ratio "${ours[round]}" "${peer[round]}")")
done
echo "$count steps: stepdeck $(median "${ours[@]}") ms, shell loop $(median "${peer[@]}") ms, ratio $(median "${ratios[@]}") (rounds: ${ratios[*]}; bar 2.0)"
