#!/usr/bin/env bash
# A deployment that dies at any instant goes on where it was: nothing is lost,
# and nothing but the step in flight runs twice.
#
# Kills the program before the n-th change that it makes to its state, for many
# n (SWEEP=all: every one), whole and with a half-written record; and stops it
# by TERM at many moments. Needs the fault library (FAULTLIB).
set -u
. "$(dirname "$0")/lib.sh"

steps=${STEPS:-40}
points=${SWEEP:-70}
torn_points=${SWEEP:-40}
stops=${STOPS:-12}
RANDOM=20261121

[ -f "${FAULTLIB:-}" ] || skip_all "FAULTLIB names no library"
begin

# with_fault NAME AT FILE: a deployment with a fault.
with_fault() {
    LD_PRELOAD=$FAULTLIB FAULT=$1 FAULT_AT=$2 FAULT_TRACE=$work/trace \
        FAULT_COUNT=$work/count deploy "$3"
}

fresh_project() {
    cd "$work" || exit 1
    rm -rf project
    mkdir project
    cd project || exit 1
    make_ledger_project "$steps"
}

# The step that stood last in the ledger when the first run was over: it may
# have ended without anybody there to note it.
in_flight() {
    [ ! -f done.txt ] || tail -n 1 done.txt | cut -d ' ' -f 1
}

# What must hold after an interrupted run was taken up again. Prints what does
# not.
went_on() {
    local torn_allowed=$1 last=$2 status=0
    deploy_again "$work/second" || status=$?
    if [ "$status" -ne 0 ]; then
        sed 's/^/    /' "$work/second"
        complain "the second deployment ended with $status"
        return 1
    fi
    ledger_is_right "$steps" "$last" && all_completed "$steps" &&
        state_is_whole "$torn_allowed"
}

# kill_at FAULT AT
kill_at() {
    local name status=0 torn_allowed=0 last
    fresh_project
    with_fault "$1" "$2" "$work/first" || status=$?
    name="$1 at $2 ($(tail -n 1 "$work/trace" | sed "s,$work/project/,,"))"
    # How a shell tells that KILL ended a program.
    if [ "$status" -ne 137 ]; then
        not_ok "$name" "the first deployment ended with $status"
        return
    fi
    # The step may still be at work: its line decides what was in flight.
    wait_for no_step_runs || complain "the step does not end"
    last=$(in_flight)
    [ "$1" = torn ] && torn_allowed=1
    if ! state_is_whole "$torn_allowed"; then
        not_ok "$name" "the state is damaged"
    elif went_on "$torn_allowed" "$last"; then
        ok "$name"
    else
        not_ok "$name" "it did not go on as it should"
    fi
}

# A step holds a lock on its log for as long as it lives.
no_step_runs() {
    local log
    for log in .deployment-state/runs/*/*.log; do
        [ ! -e "$log" ] || flock -n "$log" true || return 1
    done
}

# stop_after COUNT: TERM when so many steps are done. The last step does not
# end before there is a file "go", so that the signal never comes too late.
stop_after() {
    local name="stopped by TERM after $1 steps" status=0 pid last
    fresh_project
    add_ledger_step "$(printf 'step-%03d-part' $((9 + steps)))" \
        'until [ -e go ]; do sleep 0.02; done'
    "$STEPDECK" deploy --no-tui </dev/null >"$work/first" 2>&1 &
    pid=$!
    wait_for has_lines "$1" || complain "the steps do not run"
    kill -TERM "$pid"
    wait "$pid" || status=$?
    : >go
    last=$(in_flight)
    if [ "$status" -ne 6 ]; then
        sed 's/^/    /' "$work/first"
        not_ok "$name" "exit status $status, not 6"
    elif state_is_whole && went_on 0 "$last"; then
        ok "$name"
    else
        not_ok "$name" "it did not go on as it should"
    fi
}

has_lines() { [ -f done.txt ] && [ "$(wc -l <done.txt)" -ge "$1" ]; }

fresh_project
status=0
with_fault none 0 "$work/first" || status=$?
check_status "a whole run" 0 "$status" "$work/first"
check "its ledger" ledger_is_right "$steps"
check "the calls of a whole run are counted" \
    [ "$(cat "$work/count")" -gt "$steps" ]


# numbers FILTER POINTS: of the calls whose trace has FILTER, so many, evenly
# spread. A stride that shares a factor with the calls of one step would meet
# the same few kinds of call again and again, so it is made odd.
numbers() {
    grep -E -e "$1" "$work/whole" | awk -v points="$2" '
        { number[NR] = $1 }
        END {
            stride = 1
            if (points != "all" && NR > points) {
                stride = int((NR + points - 1) / points)
                stride += 1 - stride % 2
            }
            for (i = 1; i <= NR; i += stride)
                print number[i]
        }'
}

cp "$work/trace" "$work/whole"
for at in $(numbers . "$points"); do
    kill_at kill "$at"
done
for at in $(numbers ' p?write ' "$torn_points"); do
    kill_at torn "$at"
done
for ((stop = 0; stop < stops; stop++)); do
    stop_after $((1 + RANDOM % (steps - 1)))
done
finish
