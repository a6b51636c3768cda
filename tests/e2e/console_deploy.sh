#!/usr/bin/env bash
# A deployment on the screen, from the plan to the summary.
set -u
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/screen.sh"

begin
mkdir project
cd project || exit 1

# 400 lines, among them one error, three needles, a very long one; then a line
# whenever the file "more" says so, until "go".
add_step step-010-build <<'STEP'
i=0
while [ "$i" -lt 400 ]; do
    i=$((i + 1))
    case $i in
    50 | 150 | 250) echo "a needle in line $i" ;;
    200) echo "Error: the disk of line 200 is full" ;;
    300) printf 'long:%0300d:end-of-the-long-line\n' 7 ;;
    *) echo "line $i of the build" ;;
    esac
done
until [ -e go ]; do
    if [ -e more ]; then rm more; echo "one more line, grown"; fi
    sleep 0.05
done
echo "the last line of the build"
STEP
add_step step-020-ship <<'STEP'
echo shipped
STEP
add_step step-030-check <<'STEP'
echo checked
STEP

# ---- the plan, and no -------------------------------------------------------

open_screen 100 30
console deploy
sees "the plan asks" 'Run 3 steps?'
check "the plan names the first step" on_screen '010 build'
check "and the last" on_screen '030 check'
check "and why" on_screen 'has not run yet'
check "on the alternate screen" terminal_is alternate_on 1
keys Enter
sees "Enter alone starts nothing" 'nothing was done'
keys q
left_with "no" 6
check "no: no step has run" absent .deployment-state/step-010-build.log

# ---- yes, and the live log --------------------------------------------------

console deploy
sees "it asks again" 'Run 3 steps?'
keys y
sees "the log comes" 'line 400 of the build'
sees "it follows" 'following ─ 400 lines'
becomes "the step runs" row_says '010 build' '▶'
check "the next one waits" row_says '020 ship' '○'
keys Tab k k
loses "moved up: it does not follow" 'following'
touch more
sees "what came meanwhile is counted" '▼ 1 new'
check "the place is kept" off_screen 'grown'
place=$(screen | sed -n 15p)
touch more
sees "and counted" '▼ 2 new'
check "the place is still kept" [ "$place" = "$(screen | sed -n 15p)" ]
keys G
sees "G follows again" 'one more line, grown'
check "and says so" on_screen 'following ─ 402 lines'

# ---- searching and filtering ------------------------------------------------

keys /
type_text needle
sees "the whole log is searched while typing" 'a needle in line 250'
keys Enter
sees "with a count" '/needle 3/3'
keys N
sees "N goes to the one before" 'a needle in line 150'
sees "the second of three" '/needle 2/3'
keys n n
sees "n goes round" '/needle 1/3'
sees "to the first one" 'a needle in line 50'
sees "and says so" 'on from the top'
keys ']' e
sees "]e goes to the error" 'Error: the disk of line 200'
keys Escape
loses "Esc forgets the search" '/needle'
keys '&'
type_text needle
keys Enter
sees "the filter is told" 'only needle'
becomes "the filter shows what matches" on_screen 'needle in line 150'
check "and nothing else" off_screen 'line 199 of the build'
keys Escape
sees "Esc shows all again, around the same place" 'line 201 of the build'
check "and says no more of it" off_screen 'only needle'
keys /
type_text 'long:'
keys Enter
sees "the long line is cut" 'long:00000'
check "its end is not in sight" off_screen ':end-of-the'
keys w
sees "wrapped, it is" ':end-of-the'
keys w
loses "and not any more" ':end-of-the'
keys t
becomes "timestamps" row_says 'line 301 of the build' ':'
check "of the day" row_matches 'line 301' '[0-9]{2}:[0-9]{2}:[0-9]{2} line'
keys t
becomes "since the beginning" row_matches 'line 301' '  0:[0-9]{2} line'
keys t
becomes "and none" row_matches 'line 301' '│ line 301'
keys Escape
loses "Esc forgets this search, too" '/long:'
keys z
loses "zoomed, the list is gone" '020 ship'
keys Escape
sees "and it comes back" '020 ship'
keys G

# ---- the end ----------------------------------------------------------------

: >go
sees "it is done" '3/3'
becomes "and says so" row_says 'project ▸ dev' ' done'
becomes "all steps are completed" row_says '030 check' '✔'
wait_for on_screen 'Done in'
check "in the console still" terminal_is alternate_on 1
keys q
sees "the summary is on the ordinary screen" \
    'done in'
check "with the counts" on_screen '3 completed, 0 skipped, 0 failed'
check "and the log files" on_screen "$PWD/.deployment-state/runs/"
left_with "at the end" 0
check "the whole log is in the file" [ \
    "$(wc -l <.deployment-state/step-010-build.log)" -eq 403 ]
check "the state is whole" state_is_whole
check "and completed" all_completed 3

console deploy
sees "again: nothing to do" 'already completed'
check "and why" on_screen 'Every step is completed'
keys Enter q
left_with "nothing to run" 0
finish
