#!/usr/bin/env bash
# The past on the screen: runs, their steps and logs, errors, checkpoints,
# status; and journals that are broken, or newer than the program.
set -u
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/screen.sh"

begin
mkdir project
cd project || exit 1
add_step step-010-network <<'STEP'
i=0
while [ "$i" -lt 200 ]; do i=$((i + 1)); echo "network line $i"; done
echo "WARNING: the network is slow" >&2
STEP
add_step step-020-build <<'STEP'
i=0
while [ "$i" -lt 200 ]; do i=$((i + 1)); echo "build line $i"; done
if [ ! -e mended ]; then
    echo "cp: cannot create: No space left on device" >&2
    i=0
    while [ "$i" -lt 200 ]; do i=$((i + 1)); echo "afterwards $i"; done
    exit 1
fi
STEP
check_status "a run that fails" 3 "$(deploy output; echo $?)" output
: >mended
# So that the times tell which run an error belongs to.
before=$(date +%s)
is_later() { [ "$(date +%s)" -gt "$before" ]; }
wait_for is_later
check_status "and one that does not" 0 "$(deploy output; echo $?)" output
run_folders=(.deployment-state/runs/*/)
check "leave two journals" [ "${#run_folders[@]}" -eq 2 ]

# ---- runs, steps, logs ------------------------------------------------------

open_screen 110 30
console
sees "the console opens on the steps" 'Steps 2/2'
keys 3
sees "the history" 'Runs 2'
sees "of the newest run" 'completed in an earlier run'
keys j
sees "the run before" 'afterwards 200'
check "with its end" on_screen 'failed'
keys Enter
keys k
sees "and its first step" 'network line 200'
keys Enter
keys g
sees "and its log from the top" 'network line 1'
back
keys j
sees "back to the steps" 'afterwards 200'
back
keys c
sees "the marked run is to be compared" 'ompare'
keys k c
sees "the durations of two runs" '020'
back

# ---- errors -----------------------------------------------------------------

keys 4
sees "the errors" 'step-020-build'
check "with what went wrong" on_screen 'failed with exit status 1'
keys Enter
sees "Enter goes to the place in the log" 'cp: cannot create: No space left'
check "in the middle of it" on_screen 'build line 200'
check "and what came after" on_screen 'afterwards 1'
check "in the history" on_screen 'history'

# ---- checkpoints, status, help ----------------------------------------------

keys 5
sees "the checkpoints" 'Checkpoints 6'
check "each with its word" row_says step-020-build failed
keys Enter
sees "Enter: the log of its step" 'Log ─ 0'
keys 6
sees "the status" 'How the project stands'
sees "the steps" '2 of 2 completed'
keys G
sees "and the log files" '.deployment-state/checkpoints.log'
keys 7
sees "the help" 'moves one line down'
keys G
sees "to its end" 'leaves; asks while steps run'
keys '?'
sees "and back to where one was" 'How the project stands'
keys 1
sees "the steps" 'Steps 2/2'
keys q
left_with "past" 0

# ---- broken and newer journals ----------------------------------------------

first=${run_folders[0]%/}
second=${run_folders[1]%/}
cp "$first/events.ndjson" "$work/first"
cp "$second/events.ndjson" "$work/second"

# A torn record in the middle, and garbage.
head -c 300 "$work/second" >"$second/events.ndjson"
printf '\n\377\376 garbage {"seq":\nmore\n' >>"$second/events.ndjson"
: >"$first/events.ndjson"
console
sees "with broken journals it opens" 'Steps 2/2'
keys 3
sees "the history as well" 'Runs'
sees "what is broken is told" 'could not be read'
becomes "the run has no end" row_says "$(basename "$second")" interrupted
keys j
loses "the other has nothing to read at all" 'could not be read'
check "and no end" row_says "$(basename "$first")" interrupted
keys q
left_with "broken" 0

sed 's/"v":1/"v":99/; s/"version":1/"version":99/; s/"schema":1/"schema":99/' \
    "$work/second" >"$second/events.ndjson"
cp "$work/first" "$first/events.ndjson"
differ() { ! cmp -s "$1" "$2"; }
check "the journal says its version" differ "$work/second" \
    "$second/events.ndjson"
console
sees "with a newer journal it opens" 'Steps 2/2'
keys 3
sees "and says so in a word" 'newer'
keys j
sees "the other one can be read" 'afterwards 200'
keys q
left_with "newer" 0
finish
