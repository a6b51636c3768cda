#!/usr/bin/env bash
# What the console must survive: any size, any input, the terminal taken away,
# a crash, a log that is gone.
set -u
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/screen.sh"

begin

# scene NAME: a project whose first step prints until "go", and never waits for
# the reader; COUNT lines to begin with.
scene() {
    mkdir "$work/$1"
    cd "$work/$1" || exit 1
    add_step step-010-flood <<'STEP'
: >running
i=0
until [ -e go ]; do
    i=$((i + 1))
    echo "flooding the log with line $i of many"
    [ "$i" -lt 20000 ] || sleep 0.01
done
STEP
    add_step step-020-last <<<'echo last'
    open_screen 100 30
    console deploy -y
    wait_for exists running || not_ok "$1: the step runs" "it does not"
    sees "$1: it is on the screen" '▶ 010 flood'
}

console_pid() { pgrep -o -f "stepdeck deploy -y" -P "$(of_terminal pane_pid)"; }
# The process with the threads and the screen: the child of that.
inner_pid() { pgrep -f "stepdeck deploy -y" -P "$(console_pid)"; }

comes_to_its_end() {
    : >go
    becomes "$1: the run comes to its end" \
        says completed .deployment-state/step-020-last.status
}

# ---- sizes ------------------------------------------------------------------

scene sizes
for size in '1 1' '2 1' '1 50' '300 2' '40 10' '39 9' '3 3' '60 12' '59 12' \
    '200 80' '10 5' '80 24' '1 1' '120 3' '7 40' '100 30'; do
    # shellcheck disable=SC2086 # two words
    resize $size
    keys z Tab '?'
done
keys 1
sees "after sixteen sizes it is drawn right" '┌ Steps 0/2'
check "to the last column" row_matches 'Steps 0/2' '┐$'
resize 30 5
sees "one line in a tiny terminal" '0/2'
resize 100 30
sees "and back" '┌ Steps 0/2'

# ---- input ------------------------------------------------------------------

# Bytes that are no keys, half sequences, broken UTF-8; none of them may quit,
# stop or start anything.
keys -H 1b 5b 39 39 39 7e 1b 5b 3b 3b 52 1b 4f ff fe c3 28 f0 9f 98 1b 5d 35 \
    32 3b 63 3b 41 41 1b 5c 1b 50 71 1b 5c 00 1b 5b 3c 30 3b 4d 1b 5b 4d 20 21 21 9b
keys -H 1b 5b 32 30 30 7e 78 71
sees "a paste without an end is given up" 'nothing here takes a paste'
keys -H 1b 5b 32 30 31 7e
keys -H 1b 5b
becomes "half a sequence is, too" pressing 7 on_screen 'moves one line down'
keys 1
sees "garbage changes nothing" '▶ 010 flood'

yes 'pasted xqx' | head -c 1000000 >"$work/megabyte"
paste_file "$work/megabyte"
sees "a megabyte pasted where nothing takes it" 'nothing here takes a paste'
keys /
paste_file "$work/megabyte"
sees "and into the search" 'pasted xqx'
keys Escape
loses "Esc closes the search" 'pasted xqx'
check "the run is untouched" row_says '010 flood' '▶'

# ---- the shell --------------------------------------------------------------

keys C-z
sees "Ctrl-Z gives the shell the terminal" 'Stopped'
wait_for terminal_is alternate_on 0
# shellcheck disable=SC2016 # for the shell in the terminal
enter 'stty -a >"$TMUX_TMPDIR/stty"; echo "st"ty-is-told'
wait_for on_screen stty-is-told
check "as it was" terminal_is_restored
enter 'fg; echo "status $?;"'
becomes "fg comes back" terminal_is alternate_on 1
sees "to the run" '▶ 010 flood'
comes_to_its_end sizes
sees "with all of the screen" '✔ 020 last'
wait_for on_screen 'Done in'
keys q
left_with "sizes" 0

# ---- the terminal goes --------------------------------------------------------

for way in kill-pane kill-session kill-server; do
    scene "$way"
    terminal "$way"
    check "$way: the run goes on" says in_progress \
        .deployment-state/step-010-flood.status
    comes_to_its_end "$way"
    becomes "$way: with its last line in the journal" eval \
        'grep -q "\"run.end\"" .deployment-state/runs/*/events.ndjson'
    check "$way: everything is completed" all_completed 2
done

# ---- a crash ----------------------------------------------------------------

# The sanitizers would make something else of it.
export ASAN_OPTIONS="${ASAN_OPTIONS:-}:handle_segv=0" \
    TSAN_OPTIONS="${TSAN_OPTIONS:-}:handle_segv=0"
scene crash
kill -SEGV "$(inner_pid)"
left_with "a crash: the shell sees the signal" 139
: >go
open_screen 100 30
becomes "and the next deployment goes its way" eval \
    'deploy_again output && all_completed 2'

# ---- logs that are gone -----------------------------------------------------

scene gone
rm .deployment-state/runs/*/step-010-flood.log .deployment-state/step-010-*.log
keys Tab g
sees "a log removed while it is shown: it is still drawn" '▶ 010 flood'
comes_to_its_end gone
keys 3
sees "and told in the history" 'its log is not there'
keys q
left_with "gone" 0
if [ "$(id -u)" -ne 0 ]; then
    chmod 000 .deployment-state/runs/*/step-020-last.log
    console
    sees "the console opens" 'Steps 2/2'
    keys 3
    sees "the history" 'Runs 1'
    keys Enter j
    sees "an unreadable log is told" 'cannot read'
    keys q
    left_with "unreadable" 0
else
    printf 'skipped: root may read every log\n'
fi
finish
