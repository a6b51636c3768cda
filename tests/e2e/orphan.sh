#!/usr/bin/env bash
# A deployment that was killed leaves its step running. Nobody starts that step
# a second time while it lives.
set -u
. "$(dirname "$0")/lib.sh"

begin

before_clean_up() {
    touch "$work/go"
    wait_for no_step_lives || printf 'a step does not end\n'
}

no_step_lives() { [ ! -e step-pid ] || has_ended "$(cat step-pid)"; }

ledger_has() { says "^$1$" done.txt; }
absent_from_ledger() { ! ledger_has "$1"; }
counts() { [ "$(grep -c "^$1$" done.txt)" -eq "$2" ]; }

add_step step-010-first <<'STEP'
echo first >>done.txt
STEP
add_step step-020-long <<'STEP'
echo $$ >step-pid
: >running
until [ -e go ]; do sleep 0.02; done
echo long >>done.txt
rm -f step-pid
STEP
add_step step-030-last <<'STEP'
echo last >>done.txt
STEP

"$STEPDECK" deploy --no-tui </dev/null >first 2>&1 &
pid=$!
check "the long step runs" wait_for exists running
kill -KILL "$pid"
wait "$pid" 2>/dev/null
check "the step outlives its deployment" kill -0 "$(cat step-pid)"

status=0
deploy second || status=$?
check_status "a second deployment refuses" 5 "$status" second
check "it names the step" says step-020-long second
check "nothing else was started" absent_from_ledger last
status=0
deploy third --fresh-start || status=$?
check_status "--fresh-start refuses too" 5 "$status" third

: >go
check "the step comes to its end" wait_for no_step_lives
check "it noted that" ledger_has long
status=0
deploy_again fourth || status=$?
check_status "then the deployment works" 0 "$status" fourth
check "the first step ran once" counts first 1
check "the last step ran once" counts last 1
finish
