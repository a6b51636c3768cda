#!/usr/bin/env bash
# Ways to end a run on the screen, and to leave it running: Ctrl-C in three
# stages, TERM, q, detach and attach.
set -u
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/screen.sh"

begin

# scene NAME COMMAND: a project whose first step runs the command, says that
# it is there and waits for "go".
scene() {
    mkdir "$work/$1"
    cd "$work/$1" || exit 1
    add_step step-010-wait <<STEP
$2
: >running
until [ -e go ]; do sleep 0.02; done
echo "the wait is over"
STEP
    add_step step-020-last <<<'echo last'
    open_screen 100 24
    console deploy -y
    wait_for exists running || not_ok "$1: the step runs" "it does not"
    sees "$1: it is on the screen" '▶ 010 wait'
}

# The process the shell knows: its child that works here.
console_pid() { pgrep -o -f "stepdeck deploy -y" -P "$(of_terminal pane_pid)"; }

polite='trap ": >got-term; exit 1" TERM'
stubborn='trap "" TERM'

step_is() { grep -qx "$1" .deployment-state/step-010-wait.status; }

scene once "$polite"
keys C-c
sees "Ctrl-C stops, and stays" '020 last'
becomes "it has stopped" row_says 'once ▸ dev' stopped
check "the step got TERM" exists got-term
check "the checkpoint is written" step_is failed
keys q
left_with "Ctrl-C" 6

scene twice "$stubborn"
keys C-c
sees "the first says what it does" 'have 10 s to end'
keys C-c
becomes "the second kills" row_says 'twice ▸ dev' stopped
check "its checkpoint is written" step_is failed
keys C-c
left_with "twice, and once more" 6

scene thrice "$stubborn"
# In one go, so that all are there before the first has done its work.
keys -H 03 03 03
left_with "three at once" 130
: >go

scene term "$polite"
kill -TERM "$(console_pid)"
left_with "TERM: it leaves when it has stopped" 6
check "TERM: the step got TERM, too" exists got-term

# The step ends by itself long before its 10 s; a second TERM would kill it.
scene group 'trap "" TERM; : >running; sleep 1; : >go'
kill -TERM "-$(console_pid)"
sees "TERM to the group is one TERM" 'status 6;'
check "and the step had its time" says 'the wait is over' \
    .deployment-state/step-010-wait.log

# ---- q ----------------------------------------------------------------------

scene stay "$polite"
keys q
sees "q asks" 'Steps are running'
keys s
loses "stay" 'Steps are running'
keys q
sees "q asks again" 'Steps are running'
keys x
left_with "stop and leave" 6
check "q: the step got TERM" exists got-term

scene over ''
keys 6
sees "the status of a run under way" 'running, for'
keys q
sees "a question about it" 'Steps are running'
: >go
sees "when it ends meanwhile" '2/2'
loses "is asked no more" 'Steps are running'
sees "and the status tells the end" '2 of 2 completed'
keys q
left_with "over" 0

# ---- detach and attach ------------------------------------------------------

scene detach ''
keys q
sees "asked once more" 'Steps are running'
keys d
sees "detached: it says how to come back" 'stepdeck attach'
left_with "detached" 0
check "the run goes on" step_is in_progress
enter 'stepdeck status --no-tui | head -30; echo "st"atus-told'
sees "status is told" 'status-told'
check "status agrees" on_screen 'running'
enter 'clear; stepdeck attach; echo "status $?;"'
sees "attach shows it" '▶ 010 wait'
check "and says that it only watches" on_screen watching
keys x
sees "it cannot stop it" 'only watching'
: >go
sees "it is watched to its end" '2/2'
sees "with the last step" '✔ 020 last'
keys q
left_with "attached" 0
check "detached, all is completed" all_completed 2
# ---- nobody is there to answer any more -------------------------------------

mkdir "$work/unanswered"
cd "$work/unanswered" || exit 1
open_screen 100 30
add_step step-010-breaks <<<'exit 3'
add_step step-020-last <<<'echo last'
console deploy
sees "the plan" 'Run 2 steps?'
keys y
sees "the run waits for an answer" '010 breaks failed'
terminal kill-session
becomes "the terminal goes: it ends as without one" eval \
    'grep -q "\"run.end\"" .deployment-state/runs/*/events.ndjson'
check "the step is on record" says failed \
    .deployment-state/step-010-breaks.status
finish
