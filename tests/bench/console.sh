#!/usr/bin/env bash
# The console on a terminal of 120x40 that takes what it draws (pty_drive.py).
# Usage: tests/bench/console.sh [ROW [SIZE]], all rows without.
#
#     flood [LINES]     5000000 lines through one step, against `tee FILE`; and
#                       against Turborepo's TUI and mprocs, where npm has them
#     keys              key to screen while a step floods
#     memory [GB]       a live log of 10 GB, then the same as one of the past
#     idle              with nothing running, and with a quiet step
#     frame             from the start to the first frame, and to the steps
#     log [MB]          a past log of 1000 MB: opened at its end, searched
#     lines [LENGTH]    a line of 90000 characters: scrolled
#     steps [N]         10000 steps: start, and key to screen in the list
#
# Where several consoles and compilers share a few processors, the time to wait
# for one is most of a latency; so it is given without as well.
#
# Needs Linux (/proc) and python3. PEERS names a folder where `npm install
# turbo mprocs` has been; without it they are installed into a temporary one.
set -euo pipefail
# shellcheck source=tests/bench/lib.sh
. "$(dirname "$0")/lib.sh"
here=$(cd "$(dirname "$0")" && pwd)
unset CI ENVIRONMENT STEPDECK_NO_TUI NO_COLOR FORCE_COLOR COLORTERM TMUX
export TERM=xterm-256color LC_ALL=C.UTF-8 XDG_CONFIG_HOME=$bench_dir/config
export TURBO_TELEMETRY_DISABLED=1
project=$bench_dir/project
line='a line of about one hundred characters, as many build tools print it, 0123456789 abcdefghijklmnopq'

# ---- helpers ----------------------------------------------------------------

# fresh: an empty project, where we are then.
fresh() {
    rm -rf "$project"
    mkdir -p "$project"
    cd "$project"
}

# step NUMBER-NAME: a script with the body from standard input.
step() {
    {
        printf '#!/bin/bash\n'
        cat
    } >"step-$1.sh"
    chmod +x "step-$1.sh"
}

# flood_step LINES: so many lines of 100 bytes between two that can be found.
flood_step() {
    step 010-flood <<END
echo needle-one
yes '$line' | head -n $1
echo needle-two
END
}

# drive TIMEOUT PROGRAM ARG...: commands on standard input; the figures become
# values of the table `figures`, repeated ones with blanks between them.
declare -A figures=()
drive() {
    local out name value timeout=$1
    shift
    figures=()
    # What one drive has preferred must not change the next.
    rm -rf "$XDG_CONFIG_HOME"
    # Only the figures are ours to keep when a wait was in vain.
    out=$(python3 "$here/pty_drive.py" --timeout "$timeout" -- "$@") ||
        echo "console.sh: the row below is incomplete" >&2
    while read -r name value; do
        [ -z "$name" ] || figures[$name]+="${figures[$name]:+ }$value"
    done <<<"$out"
}

# of NAME: the median of a figure.
of() {
    # shellcheck disable=SC2086 # a list
    median ${figures[$1]:-none}
}

# row WHAT FIGURE BAR PEER HOW: the line of a row; PEER may be empty.
row() {
    printf '%s: %s (bar %s%s) [console.sh %s]\n' "$1" "$2" "$3" "${4:+; $4}" "$5"
}

# latencies NAME: what `latency` has said.
latencies() {
    echo "p99 $(of "$1_p99") ms ($(of "$1_own_p99") without waiting for a processor), p50 $(of "$1_p50") ms"
}

mib() {
    awk -v kib="${1/none/0}" 'BEGIN { printf "%.1f MiB", kib / 1024 }'
}

# ---- rows -------------------------------------------------------------------

find_peers() {
    peers=${PEERS:-$bench_dir/peers}
    if [ -z "${PEERS:-}" ] && command -v npm >/dev/null; then
        timeout 300 npm install --silent --no-fund --no-audit \
            --prefix "$peers" turbo mprocs >/dev/null 2>&1 || true
    fi
    peers=$peers/node_modules/.bin
}

# peer NAME BASE ARG...: the flood through another console.
peer() {
    local name=$1 base=$2
    shift 2
    if [ ! -x "$peers/$name" ]; then
        echo "$name: peer not installed, skipped"
        return
    fi
    drive 900 "$peers/$name" "$@" <<'END'
exit
since-start end
END
    echo "$name, the same flood: $(of end) ms, ratio to tee $(ratio "$(of end)" "$base")"
}

tee_run() { ./step-010-flood.sh | tee "$bench_dir/tee.log" >/dev/null; }

flood() {
    local lines=${1:-5000000} ours=() base=() ratios=() resident=() round
    fresh
    flood_step "$lines"
    for ((round = 0; round < ROUNDS; round++)); do
        rm -rf "$bench_dir/tee.log" .deployment-state
        measure tee_run
        base+=("$elapsed")
        rm -f "$bench_dir/tee.log"
        drive 300 "$STEPDECK" deploy -y <<'END'
wait 'Done in'
since-start end
peak rss
key q
exit 0
END
        ours+=("$(of end)")
        resident+=("$(of rss)")
        ratios+=("$(ratio "${ours[round]}" "${base[round]}")")
    done
    row "$lines lines, console open" \
        "ratio to tee $(median "${ratios[@]}"), $(median "${ours[@]}") ms" 1.2 \
        "tee $(median "${base[@]}") ms, rounds ${ratios[*]}" "flood $lines"
    row "resident during that flood" "$(mib "$(median "${resident[@]}")")" \
        "32 MiB" "" "flood $lines"
    find_peers
    rm -rf .deployment-state
    printf '{"name":"flood","private":true,"packageManager":"npm@10.0.0","scripts":{"flood":"./step-010-flood.sh"}}\n' >package.json
    printf '{"name":"flood","lockfileVersion":3,"packages":{}}\n' >package-lock.json
    printf '{"tasks":{"flood":{"cache":false}}}\n' >turbo.json
    peer turbo "$(median "${base[@]}")" run flood --single-package --ui tui --no-update-notifier
    peer mprocs "$(median "${base[@]}")" --on-all-finished '{c: quit}' ./step-010-flood.sh
}

keys() {
    local what
    for what in help zoom place; do
        local change
        case $what in
        help) change="'?=goes to the top' '1=!goes to the top'" ;;
        zoom) change='z=!Steps z=Steps' ;;
        place) change='k=!following G=following' ;;
        esac
        # Each with a flood of its own, which outlasts it.
        fresh
        flood_step 100000000
        drive 60 "$STEPDECK" deploy -y <<END
wait following
key Tab
latency $what 200 50 $change
END
        row "key to screen while flooded, $what, 200 keys" \
            "$(latencies "$what"), max $(of "${what}_max") ms" "33 ms" "" keys
    done
}

memory() {
    local gb=${1:-10} room
    fresh
    # Twice the log would be there when it is copied by a full disk's warning.
    room=$(($(df -Pk . | awk 'NR == 2 { print $4 }') / 1000000 - 5))
    if [ "$room" -lt "$gb" ]; then
        echo "memory: room for $room GB only" >&2
        gb=$room
    fi
    flood_step $((gb * 10000000))
    drive 900 "$STEPDECK" deploy -y <<'END'
wait 'Done in'
peak rss
key q
exit 0
END
    row "resident, $gb GB live" "$(mib "$(of rss)")" "32 MiB" "" "memory $gb"
    drive 300 "$STEPDECK" <<'END'
wait 010
key 3
wait 'Runs 1'
wait needle-two
peak opened
key Enter Enter / needle Enter
wait 'needle 2/2 ─' 'needle 2 ─'
since-key search
peak searched
key g
wait needle-one
key G
wait needle-two
peak moved
key Esc
gone /needle
key & needle Enter
gone 'a line of'
wait needle-one
since-key filter
peak filtered
key q
exit
END
    row "resident, past log of $gb GB" \
        "$(mib "$(of filtered)"), after opening $(mib "$(of opened)"), searching $(mib "$(of searched)"), going to both ends $(mib "$(of moved)")" \
        "32 MiB" "search $(of search) ms, filter $(of filter) ms" "memory $gb"
}

idle() {
    fresh
    step 010-quiet <<<'sleep 600'
    drive 60 "$STEPDECK" <<'END'
wait 010
watch 1
cpu idle 20
key q
exit
END
    row "CPU, nothing running, 20 s" "$(of idle) % of a core" "0.3 %" "" idle
    drive 60 "$STEPDECK" deploy -y <<'END'
wait 0/1
watch 2
cpu idle 20
END
    row "CPU, one quiet step, 20 s" "$(of idle) % of a core" "0.3 %" "" idle
}

frame() {
    local first=() steps=() less=() round
    fresh
    for round in 010 020 030 040 050; do
        step "$round-x" <<<true
    done
    for ((round = 0; round < 20; round++)); do
        drive 60 "$STEPDECK" <<'END'
drawn
since-start first
wait 050
since-start steps
key q
exit
END
        first+=("$(of first)")
        steps+=("$(of steps)")
        drive 60 less step-010-x.sh <<'END'
drawn
since-start first
END
        less+=("$(of first)")
    done
    row "first frame, median of 20" "$(median "${first[@]}") ms" "30 ms" \
        "less $(median "${less[@]}") ms, ratio $(ratio "$(median "${first[@]}")" "$(median "${less[@]}")")" frame
    row "first frame with the steps, median of 20" \
        "$(median "${steps[@]}") ms" "none" "" frame
}

# Into a file: grep stops at the first match when nobody reads its count.
count_needles() { grep -c needle "$1" >"$bench_dir/count"; }

log() {
    local mb=${1:-1000} file grep=() round count
    # As the console writes it: 10 000 000.
    count=$(sed -E ':a;s/([0-9])([0-9]{3})( |$)/\1 \2\3/;ta' <<<"${mb}0000")
    fresh
    flood_step $((mb * 10000))
    step 020-small <<<'echo small one'
    "$STEPDECK" run 010 --no-tui -q >/dev/null
    "$STEPDECK" run 020 --no-tui -q >/dev/null
    file=$project/.deployment-state/step-010-flood.log
    for ((round = 0; round < ROUNDS; round++)); do
        printf "key j\nwait needle-two\nsince-key open\nkey k\nwait 'small one'\n"
    done >"$bench_dir/open"
    for ((round = 0; round < ROUNDS; round++)); do
        printf "key / needle Enter\nwait 'needle 2/2 ─' 'needle 2 ─'\n"
        printf "since-key search\nkey Esc\ngone /needle\n"
        printf "key / 'a line' Enter\nwait 'a line %s ─' '/%s ─'\n" \
            "$count" "$count"
        printf "since-key every\nkey Esc\ngone '/a line'\n"
    done >"$bench_dir/search"
    drive 60 "$STEPDECK" < <(
        printf "wait 010\nkey 3\nwait 'Runs 2'\nwait 'small one'\n"
        cat "$bench_dir/open"
        printf "key j\nwait needle-two\nkey Enter Enter\n"
        cat "$bench_dir/search"
        printf "peak rss\nkey q\nexit\n"
    )
    local open search every rss
    open=$(of open) search=$(of search) every=$(of every) rss=$(of rss)
    for ((round = 0; round < ROUNDS; round++)); do
        measure count_needles "$file"
        grep+=("$elapsed")
    done
    drive 60 less -n "$file" <<'END'
wait needle-one
key G
wait needle-two
since-key open
END
    row "past log of $mb MB at its end" "$open ms" "100 ms" \
        "less $(of open) ms, ratio $(ratio "$open" "$(of open)")" "log $mb"
    row "searched whole, 2 matches" "$search ms" "1000 ms" \
        "grep -c $(median "${grep[@]}") ms, ratio $(ratio "$search" "$(median "${grep[@]}")")" "log $mb"
    row "searched whole, every line matches" "$every ms" "none" \
        "resident $(mib "$rss")" "log $mb"
}

lines() {
    local length=${1:-90000} what
    fresh
    step 010-long <<END
seq 1 100
seq -s ' ' 1 200000 | head -c $length
echo
echo end-of-log
END
    "$STEPDECK" run 010 --no-tui -q >/dev/null
    drive 60 "$STEPDECK" <<'END'
wait 010
key 3
wait end-of-log
key Enter Enter z
gone Runs
watch 0.5
latency open 20 50 k j
latency right 100 50 l
latency left 100 50 h
latency wrap 101 50 w
key G
wait end-of-log
key PgUp PgUp PgUp PgUp PgUp PgUp PgUp PgUp
watch 0.5
latency wrapped 200 50 k k k k PgUp j j j j PgDn
END
    for what in right left wrap wrapped; do
        row "a line of $length characters, $what" \
            "$(latencies "$what")" "33 ms" "" "lines $length"
    done
}

headless() { "$STEPDECK" plan --no-tui >/dev/null; }

steps() {
    local count=${1:-10000} i
    fresh
    for ((i = 0; i < count; i++)); do
        printf '#!/bin/bash\ntrue\n' >"step-$(printf '%03d' $((i % 898 + 2)))-s$i.sh"
    done
    find . -name 'step-*.sh' -exec chmod +x {} +
    measure headless
    drive 60 "$STEPDECK" <<'END'
drawn
since-start first
wait 002
since-start steps
watch 1
latency list 200 50 j j j j k
latency ends 200 50 G g
peak rss
key q
exit
END
    row "$count steps: first frame" "$(of first) ms" "30 ms" "" "steps $count"
    row "$count steps: the list is there" "$(of steps) ms" none \
        "headless plan $elapsed ms, ratio $(ratio "$(of steps)" "$elapsed"); resident $(mib "$(of rss)")" "steps $count"
    row "$count steps: j and k" "$(latencies list)" "33 ms" "" "steps $count"
    row "$count steps: g and G" "$(latencies ends)" "33 ms" "" "steps $count"
}

if [ $# -eq 0 ]; then
    set -- flood keys memory idle frame log lines steps
    for name; do
        "$name"
    done
else
    case $1 in
    flood | keys | memory | idle | frame | log | lines | steps) "$@" ;;
    *)
        echo "no such row: $1" >&2
        exit 2
        ;;
    esac
fi
