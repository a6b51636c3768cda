#!/usr/bin/env bash
# attach shows a run of another process from its beginning to its end, ends with
# its status, and cannot do it any harm.
set -u
. "$(dirname "$0")/lib.sh"

begin

# scene: a fresh project. Its first step prints a line, waits for the file "go",
# prints another and ends with the status in the file "status".
scene() {
    release_step
    cd "$work" || exit 1
    rm -rf project
    mkdir project
    cd project || exit 1
    echo 0 >status
    add_step step-010-wait <<'STEP'
echo $$ >pid
echo "before the wait"
: >running
until [ -e go ]; do sleep 0.02; done
echo "after the wait"
exit "$(cat status)"
STEP
    add_step step-020-last <<'STEP'
echo "the last words"
STEP
}

release_step() {
    if [ -e running ]; then
        : >go
        wait_for no_step_lives || printf 'the step does not end\n'
    fi
}

no_step_lives() { [ ! -e pid ] || ! kill -0 "$(cat pid)" 2>/dev/null; }
before_clean_up() { release_step; }

start() {
    "$STEPDECK" deploy --no-tui </dev/null >output 2>&1 &
    pid=$!
    if ! wait_for exists running; then
        not_ok "the step runs" "it does not"
        sed 's/^/    /' output
    fi
}

# watch OPTION...: attach in the background, with what it says in "seen".
watch() {
    "$STEPDECK" attach "$@" </dev/null >seen 2>&1 &
    watcher=$!
}

# ends_with NAME PID STATUS FILE
ends_with() {
    local status=0
    if ! wait_for has_ended "$2"; then
        not_ok "$1" "it does not end"
        kill -KILL "$2"
    fi
    wait "$2" || status=$?
    check_status "$1" "$3" "$status" "$4"
}

run_id() { basename .deployment-state/runs/*; }
says_not() { ! says "$@"; }

sees_a_run_to_its_end() {
    scene
    start
    watch
    check "what was printed before is shown" wait_for says \
        'step-010-wait . before the wait' seen
    check "the run is named" says "run $(run_id)" seen
    check "it is not called over" says_not 'is over' seen
    : >go
    ends_with "the run is done" "$pid" 0 output
    ends_with "attach ends with it" "$watcher" 0 seen
    check "what was printed meanwhile is shown" says \
        'step-010-wait . after the wait' seen
    check "so is the next step" says 'step-020-last . the last words' seen
    check "and the end" says 'done in .*: 2 completed' seen
    check "both saw the same lines" test "$(told seen)" = "$(told output)"
}

# The lines without those that only one of the two has.
told() { grep -v -e '^plain lines:' "$1"; }

ends_with_the_status_of_the_run() {
    scene
    echo 7 >status
    start
    watch "$(run_id)"
    check "a run can be named" wait_for says 'before the wait' seen
    : >go
    ends_with "the run fails" "$pid" 3 output
    ends_with "attach fails as it did" "$watcher" 3 seen
    check "it says why" says 'failed with exit status 7' seen
    check "and what goes on" says "run 'stepdeck deploy'" seen
}

writes_json() {
    scene
    start
    watch --json
    check "the output comes as events" wait_for says 'before the wait' seen
    : >go
    ends_with "the run is done" "$pid" 0 output
    ends_with "attach --json ends" "$watcher" 0 seen
    check "every line is an object" test "$(grep -c '^{.*}$' seen)" = \
        "$(wc -l <seen)"
    check "the first is run.start" says '"run.start"' <(head -n 1 seen)
    check "the last is run.end" says '"run.end"' <(tail -n 1 seen)
    grep -v '"step.output"' seen >events
    check "its events are those of the journal" cmp events \
        .deployment-state/runs/*/events.ndjson
}

leaves_without_harm() {
    local signal
    for signal in INT TERM HUP; do
        scene
        start
        watch
        check "$signal: attach runs" wait_for says 'before the wait' seen
        kill "-$signal" "$watcher"
        ends_with "$signal: it leaves" "$watcher" 130 seen
        check "$signal: it says that the run goes on" says 'goes on' seen
        : >go
        ends_with "$signal: the run comes to its end" "$pid" 0 output
    done
    scene
    start
    "$STEPDECK" attach </dev/null 2>/dev/null | head -n 1 >seen
    check "it leaves when nobody reads" says 'run ' seen
    : >go
    ends_with "the run without a reader comes to its end" "$pid" 0 output
}

tells_that_a_run_died() {
    scene
    start
    watch
    check "attach runs" wait_for says 'before the wait' seen
    kill -KILL "$pid"
    wait "$pid" 2>/dev/null
    ends_with "the run is killed: attach ends" "$watcher" 1 seen
    check "and says so" says 'died before its end' seen
    check "and what tells more" says 'stepdeck status' seen
    status=0
    "$STEPDECK" attach </dev/null >seen 2>&1 || status=$?
    check_status "afterwards it is the same" 1 "$status" seen
    check "but said to be the last run" says 'no run is under way' seen
}

shows_a_run_that_is_over() {
    scene
    status=0
    "$STEPDECK" attach </dev/null >seen 2>&1 || status=$?
    check_status "without any run it is wrong usage" 2 "$status" seen
    check "that says so" says 'there are no runs yet' seen
    check "and makes no state" absent .deployment-state
    : >go
    echo 9 >status
    deploy output
    status=0
    "$STEPDECK" attach </dev/null >seen 2>&1 || status=$?
    check_status "a run that is over gives its status" 3 "$status" seen
    check "it is said to be the last one" says 'no run is under way' seen
    check "its output is shown" says 'after the wait' seen
    check "its end too" says 'failed with exit status 9' seen
    status=0
    "$STEPDECK" attach last -q </dev/null >seen 2>&1 || status=$?
    check_status "so does one that is named" 3 "$status" seen
    check "it is said to be over" says "run $(run_id) is over" seen
    check "-q leaves out what steps print" says_not 'step-010-wait . after' seen
    status=0
    "$STEPDECK" attach nowhere </dev/null >seen 2>&1 || status=$?
    check_status "a run that is none" 2 "$status" seen
    status=0
    "$STEPDECK" attach --json </dev/null >seen 2>words || status=$?
    check_status "as JSON" 3 "$status" seen
    check "words are on stderr" says 'no run is under way' words
    check "and JSON alone on stdout" test "$(grep -c '^{.*}$' seen)" = \
        "$(wc -l <seen)"
}

sees_a_run_to_its_end
ends_with_the_status_of_the_run
writes_json
leaves_without_harm
tells_that_a_run_died
shows_a_run_that_is_over
finish
