#!/usr/bin/env bash
# What signals do to a deployment: INT and TERM stop it in three stages, HUP
# and a reader that went away do not.
set -u
. "$(dirname "$0")/lib.sh"

begin

# The step of every scene: it says that it runs, waits for the file "go", and
# says that it is done. Whoever ends a scene early creates "go".
add_waiting_step() {
    local before=$1
    add_step step-010-wait <<STEP
$before
: >running
until [ -e go ]; do sleep 0.02; done
echo "the wait is over"
: >finished
STEP
    add_step step-020-last <<'STEP'
: >last
STEP
}

# scene NAME COMMAND: a fresh project whose first step runs COMMAND at first.
scene() {
    release_step
    cd "$work" || exit 1
    rm -rf project
    mkdir project
    cd project || exit 1
    add_waiting_step "$1"
}

# No step is left waiting when its folder goes.
release_step() {
    if [ -e running ]; then
        : >go
        wait_for no_process_of_the_step || printf 'the step does not end\n'
    fi
}

no_process_of_the_step() {
    [ ! -e pid ] || ! kill -0 "$(cat pid)" 2>/dev/null
}

before_clean_up() {
    release_step
}

# A deployment in the background whose step is running.
start() {
    "$STEPDECK" deploy --no-tui </dev/null >output 2>&1 &
    pid=$!
    if ! wait_for exists running; then
        not_ok "the step runs" "it does not"
        sed 's/^/    /' output
    fi
}

# ends_with NAME STATUS
ends_with() {
    local status=0
    if ! wait_for has_ended "$pid"; then
        not_ok "$1" "it does not end"
        kill -KILL "$pid"
    fi
    wait "$pid" || status=$?
    check_status "$1" "$2" "$status" output
}

# The shell itself heeds TERM, whatever its sleep does.
polite='echo $$ >pid; trap ": >got-term; exit 1" TERM'
stubborn='echo $$ >pid; trap "" TERM'
plain='echo $$ >pid'

stops_politely() {
    scene "$polite"
    start
    kill "-$1" "$pid"
    ends_with "$1: the run ends as cancelled" 6
    check "$1: the step got TERM" exists got-term
    check "$1: the next step did not start" absent last
    check "$1: the resume command is printed" says 'stepdeck deploy' output
    check "$1: the step is failed on the disk" \
        says '^failed$' .deployment-state/step-010-wait.status
    : >go
    check "$1: the deployment can be resumed" deploy again
    check "$1: and comes to its end" exists last
}

second_kills() {
    scene "$stubborn"
    start
    kill -INT "$pid"
    check "the first INT says what it does" wait_for says 'stopping' output
    check "a step that ignores TERM is given time" \
        kill -0 "$(cat pid)"
    kill -INT "$pid"
    ends_with "the second INT does not wait for it" 6
    check "the step was killed" no_process_of_the_step
    check "it is failed on the disk" \
        says '^failed$' .deployment-state/step-010-wait.status
    check "run.end is in the journal" \
        says '"run.end"' .deployment-state/runs/*/events.ndjson
}

# Stopped meanwhile, so that all three are there before the first is heeded.
third_leaves() {
    scene "$stubborn"
    start
    kill -STOP "$pid"
    kill -INT "$pid"
    kill -TERM "$pid"
    kill -QUIT "$pid"
    kill -CONT "$pid"
    ends_with "three at once: it leaves at once" 130
    check "and says so" says 'left at once' output
    : >go
}

goes_on_after_hup() {
    scene "$plain"
    start
    kill -HUP "$pid"
    : >go
    ends_with "HUP: the deployment comes to its end" 0
    check "HUP: with its last step" exists last
}

# The reader goes while the step runs: what follows cannot be written.
goes_on_without_reader() {
    local status
    scene "$plain"
    mkfifo pipe
    "$STEPDECK" deploy --no-tui </dev/null >pipe 2>&1 &
    pid=$!
    head -n 1 <pipe >first-line
    if wait_for exists running; then
        : >go
    fi
    touch output
    ends_with "a closed pipe: the deployment comes to its end" 0
    check "a closed pipe: the first line was read" [ -s first-line ]
    check "a closed pipe: with its last step" exists last

    scene "$plain"
    : >go
    "$STEPDECK" deploy --no-tui </dev/null 2>&1 | head -n 1 >first-line
    status=${PIPESTATUS[0]}
    check_status "deploy | head -n 1" 0 "$status" first-line

    scene "$plain"
    : >go
    status=0
    "$STEPDECK" deploy --no-tui <&- >&- 2>&- || status=$?
    check_status "all three descriptors closed" 0 "$status" /dev/null
    check "all three closed: the last step ran" exists last
}

stops_politely INT
stops_politely TERM
second_kills
third_leaves
goes_on_after_hup
goes_on_without_reader
finish
