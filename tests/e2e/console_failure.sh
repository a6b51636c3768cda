#!/usr/bin/env bash
# What goes wrong, and what a person can do about it on the screen: the
# recovery menu, questions, a step that wants the terminal.
set -u
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/screen.sh"

begin

# scene NAME: a fresh project and a terminal in its folder.
scene() {
    mkdir "$work/$1"
    cd "$work/$1" || exit 1
    open_screen 100 30
}

failing_step='if [ ! -e mended ]; then
    echo "one line before"
    echo "cp: cannot create: No space left on device" >&2
    exit 1
fi
echo mended'

lines_in_log() {
    local count
    count=$(grep -c 'one line before' .deployment-state/step-020-breaks.log 2>&1)
    [ "${count:-0}" -ge "$1" ] 2>/dev/null
}

# ---- the recovery menu ------------------------------------------------------

scene menu
add_step step-010-first <<<'echo first'
add_step step-020-breaks <<<"$failing_step"
add_step step-030-last <<<'echo last'
console deploy
sees "the plan" 'Run 3 steps?'
keys y
sees "a failure opens the menu" '020 breaks failed'
check "with its cause" on_screen 'exit status 1'
check "with the diagnosis" on_screen 'Try: '
check "retry" on_screen 'r retry the step'
check "skip" on_screen 'S skip it and go on'
check "stop" on_screen 'x stop the run'
sees "the log is in sight" 'cannot create: No space left'
answer "Esc: the run waits" Escape on_screen 'the run waits: r retries'
check "and the menu is gone" off_screen 'r retry the step'
check "the header says so" on_screen 'waiting for you'
keys Enter
sees "Enter asks again" 'r retry the step'
answer "retried too early" r lines_in_log 2
sees "it fails again" 'r retry the step'
: >mended
answer "back to the log" Escape off_screen 'r retry the step'
answer "mended and retried: it goes on to the end" r on_screen '3/3'
sees "done" '✔ 030 last'
wait_for on_screen 'Done in'
keys q
left_with "mended" 0

# ---- skip, stop and resume --------------------------------------------------

scene stop
add_step step-010-breaks <<<"$failing_step"
add_step step-020-breaks <<<"$failing_step"
add_step step-030-last <<<'echo last'
console deploy
sees "the second plan" 'Run 3 steps?'
keys y
sees "the first fails" '010 breaks failed'
answer "skipped: the second fails" S on_screen '020 breaks failed'
check "the first is skipped" row_says '010 breaks' '↷'
answer "stopped" x row_says 'stop ▸ dev' ' failed'
check "the last did not run" absent .deployment-state/step-030-last.log
: >mended
keys R
sees "R plans what is left" 'Run 3 steps?'
keys y
sees "resumed, it comes to its end" 'Done in'
keys q
left_with "resumed" 0
check "on the disk as well" all_completed 3

rm mended
add_step step-040-breaks <<<"$failing_step"
console deploy
sees "the new step" 'Run 1 step?'
keys y
sees "fails" '040 breaks failed'
answer "the run has failed" x row_says 'stop ▸ dev' ' failed'
keys q
sees "the summary names the resume command" 'stepdeck deploy'
left_with "stopped" 3

# ---- questions --------------------------------------------------------------

scene questions
add_step step-010-bill <<<'echo billed'
sed -i.bak 's/^# Does.*/# Confirm: Really send the bill?/' step-010-bill.sh
add_step step-020-extra <<<'exit 7'
sed -i.bak 's/^# Does.*/# Critical: no/' step-020-extra.sh
add_step step-030-talk <<'STEP'
printf 'Your name? '
IFS= read -r name
echo "Hello, $name." >greeting
STEP
sed -i.bak 's/^# Does.*/# Interactive: yes/' step-030-talk.sh
add_step step-040-last <<<'echo last'
rm ./*.bak
console deploy
sees "the third plan" 'Run 4 steps?'
keys y
sees "Confirm asks its question" 'Really send the bill?'
answer "a failure that is not critical asks, too" y \
    on_screen 'go on without it'
answer "the interactive step has the terminal" y on_screen 'Your name?'
becomes "the ordinary screen" terminal_is alternate_on 0
check "it is told who has it" on_screen 'step-030-talk has the terminal'
enter 'Ada Lovelace'
becomes "the screen comes back" terminal_is alternate_on 1
sees "done but for one" '✔ 040 last'
wait_for on_screen 'Done in'
check "the failed one is a warning" row_matches '020 extra' '✖|⚠'
keys q
left_with "questions" 0
check "it read the line" says 'Hello, Ada Lovelace.' greeting

scene refused
add_step step-010-bill <<<'echo billed'
sed -i.bak 's/^# Does.*/# Confirm: Really?/' step-010-bill.sh && rm ./*.bak
console deploy
sees "the fourth plan" 'Run 1 step?'
keys y
sees "Really?" 'Really?'
answer "no ends the run" n row_says 'refused ▸ dev' failed
keys q
left_with "refused" 4
check "the step did not run" absent .deployment-state/step-010-bill.log
finish
