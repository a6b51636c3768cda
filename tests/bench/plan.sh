#!/usr/bin/env bash
# Planning: `stepdeck plan` over N steps, against `sha256sum` over the same
# scripts (which reads them and no more). Bar: 2 000 steps under 0.2 s.
# Usage: tests/bench/plan.sh [N]
set -euo pipefail
# shellcheck source=tests/bench/lib.sh
. "$(dirname "$0")/lib.sh"
count=${1:-2000}

project=$bench_dir/project
mkdir -p "$project"
for ((i = 0; i < count; i++)); do
    cat >"$project/step-$(printf '%03d' $((i % 898 + 2)))-s$i.sh" <<EOF
#!/bin/bash
# Bench - Step $i
# Does nothing, with a header of the usual size.
# Prerequisites: command bash, file step-002-s0.sh
# Attempts: 2
true
EOF
done
chmod +x "$project"/step-*.sh

plan() { "$STEPDECK" -C "$project" plan --no-tui >/dev/null; }
sums() (cd "$project" && sha256sum step-*.sh >/dev/null)

ours=() peer=()
for ((round = 0; round < ROUNDS; round++)); do
    measure plan
    ours+=("$elapsed")
    measure sums
    peer+=("$elapsed")
done
echo "plan of $count new steps: $(median "${ours[@]}") ms, sha256sum of the scripts $(median "${peer[@]}") ms, ratio $(ratio "$(median "${ours[@]}")" "$(median "${peer[@]}")") (bar 200 ms)"
"$STEPDECK" -C "$project" deploy --no-tui -q >/dev/null
ours=()
for ((round = 0; round < ROUNDS; round++)); do
    measure plan
    ours+=("$elapsed")
done
echo "plan of $count completed steps: $(median "${ours[@]}") ms (bar 200 ms)"
