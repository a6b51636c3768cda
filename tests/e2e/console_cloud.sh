#!/usr/bin/env bash
# A deployment into the local cloud on the screen: what would change, bars,
# what the cloud does, what serves; a version that fails and is rolled back.
set -u
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/screen.sh"
. "$(dirname "$0")/cloud_lib.sh"

# Both libraries have something to clean up.
before_clean_up() {
    cd "$work" || return
    close_screen
    cloud_stop
    wait_for no_strays || printf 'a stepdeck of this test is still running\n'
}

begin
# Slow enough for bars to be seen.
cloud_needs
printf '#!/bin/sh\nexec "%s" "$@" --pace 400\n' "$emulator" >"$work/slow"
chmod +x "$work/slow"
EMULATOR=$work/slow
cloud_start
export HEALTH_RETRIES=2
cloud_project app
grow() {
    head -c 3000000 /dev/urandom >a
    git add -A && cloud_git commit -q -m grown
}
grow

# ---- the first deployment, wide ----------------------------------------------

open_screen 120 40
console deploy
sees "the plan" 'Run 7 steps?'
sees "it tells what would change in the cloud" 'would create the service'
keys y
sees "the layer has a bar" ' / 3.0 MB'
sees "the wait tells what the cloud does" 'CREATE_SERVICE: IN_PROGRESS'
sees "it serves" 'live: it serves, and is healthy'
url=$(cloud_say 'service["ServiceUrl"]')
check "its address is told" on_screen "$url"
check "and the image" on_screen "image $(cloud_tag)"
check "all steps are done" on_screen 'Steps 7/7'

keys 6
sees "the status asks the cloud" 'RUNNING'
check "the verdict stands there" on_screen 'live: it serves, and is healthy'
check "and what was done lately" on_screen 'CREATE_SERVICE SUCCEEDED'
keys 2
sees "the plan of the next deployment" 'runs every time'
keys 1
resize 80 24
becomes "narrower: the verdict stays" row_matches 'live: it serves' '│$'
check "narrower: the address too" on_screen "$url"

# ---- a version that is not healthy -------------------------------------------

grow
cloud_fault health:refused@1
keys d
sees "the next plan" 'Run 7 steps?'
sees "the difference is told" 'would update the service'
keys y
sees "a failure opens the menu" '040 validate-health failed'
check "it says what stopping does" on_screen 'stop, and roll back the service'
check "in a sentence, too" on_screen 'Stopping puts the previous version back'
answer "stopped: the rollback starts" x on_screen '046 roll-back'
sees "the console says what serves" 'rolled-back: the previous version serves'
check "and at which address" on_screen "$url"
check "it has failed all the same" row_says 'app ▸ dev' 'failed'
keys 3
sees "the history tells the verdict" 'rolled-back: the previous'
sees "and the image" "image $(cloud_tag)"
keys 6
sees "so does the status" 'verdict    rolled-back'

# ---- commands of the target --------------------------------------------------

# As pressing, of a command: one that is typed in the moment in which a run is
# put away is not heard.
typing() {
    local command=$1
    shift
    "$@" && return
    enter "$command"
    soon "$@"
}

keys 1
enter :prune
sees "prune asks" 'Remove old images?'
keys n
sees "and does nothing without a yes" 'nothing was done'
keys d
sees "a third plan" 'Run 7 steps?'
keys y
sees "the same version, healthy now" 'live: it serves, and is healthy'
becomes "rollback asks" typing :rollback on_screen 'Put the previous image back?'
keys y
sees "and rolls back" 'rolled-back: the previous version serves'
becomes "without a failure" row_says 'app ▸ dev' 'done'

# ---- a cloud that is gone ----------------------------------------------------

cloud_stop
keys 6
becomes "the cloud is asked once more" on_screen 'Service'
keys 3
sees "nothing waits for it" 'Runs 4'
keys q
left_with "without a cloud" 0

finish
