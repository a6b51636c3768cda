#!/usr/bin/env bash
# A flood: N lines of 100 bytes through one step, headless and quiet, against
# `tee FILE` over the same lines. Bars: 1.2x the time, 16 MiB resident.
# Usage: tests/bench/flood.sh [LINES]
set -euo pipefail
# shellcheck source=tests/bench/lib.sh
. "$(dirname "$0")/lib.sh"
lines=${1:-5000000}

project=$bench_dir/project
mkdir -p "$project"
cat >"$project/step-010-flood.sh" <<EOF
#!/bin/bash
yes 'a line of about one hundred characters, as many build tools print it, 0123456789 abcdefghijklmnopq' | head -n $lines
EOF
chmod +x "$project/step-010-flood.sh"

tee_run() { "$project/step-010-flood.sh" | tee "$bench_dir/tee.log" >/dev/null; }
timer=()
if [ -x /usr/bin/time ]; then
    timer=(/usr/bin/time -f '%M' -o "$bench_dir/rss")
else
    echo "no /usr/bin/time (package 'time'): memory is not measured" >&2
    echo 0 >"$bench_dir/rss"
fi
deploy() {
    "${timer[@]}" "$STEPDECK" -C "$project" run 010 --no-tui -q >/dev/null
}

ours=() peer=() ratios=() resident=()
for ((round = 0; round < ROUNDS; round++)); do
    rm -rf "$bench_dir/tee.log" "$project/.deployment-state"
    measure tee_run
    peer+=("$elapsed")
    rm -f "$bench_dir/tee.log"
    measure deploy
    ours+=("$elapsed")
    resident+=("$(cat "$bench_dir/rss")")
    ratios+=("$(ratio "${ours[round]}" "${peer[round]}")")
done
size=$(stat -c %s "$project/.deployment-state/step-010-flood.log")
echo "$lines lines ($size bytes): stepdeck $(median "${ours[@]}") ms, tee $(median "${peer[@]}") ms, ratio $(median "${ratios[@]}") (rounds: ${ratios[*]}; bar 1.2)"
echo "resident: $(median "${resident[@]}") KiB (bar 16384)"
