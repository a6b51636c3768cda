#!/usr/bin/env bash
# Deployments that are killed or interrupted, and two of them at once: the next
# one takes up what is under way in the cloud and asks for nothing twice.
set -u
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/cloud_lib.sh"

begin
cloud_needs

# ---- tools -------------------------------------------------------------------

# start: a deployment in the background, its lines in $json.
start() {
    rm -f "$json"
    "$STEPDECK" deploy --json </dev/null >"$json" 2>"$said" &
    pid=$!
}

# ends_with NAME STATUS
ends_with() {
    local status=0
    wait_for has_ended "$pid" || kill -KILL "$pid"
    # The shell's own word about a killed program is of no interest.
    { wait "$pid" || status=$?; } 2>"$work/shell"
    check_status "$1" "$2" "$status" "$said"
}

record() {
    python3 -c '
import json, sys
record = json.load(open(".deployment-state/apprunner.json"))
print(eval(sys.argv[1]))' "$1" 2>"$work/shell"
}
operation_id() { record 'record["operation"].get("id")'; }

is_waiting() { says '"state":"IN_PROGRESS"' "$json"; }

# ---- killed ------------------------------------------------------------------

during_wait() {
    local id
    deploys "first deployment" 0 live || return
    cloud_commit
    cloud_forget
    cloud_fault operation:stuck@1
    start
    check "wait: it is waited" wait_for is_waiting
    kill -KILL "$pid"
    ends_with "wait: killed" 137
    id=$(operation_id)
    cloud_mend
    deploys "wait: taken up" 0 live
    tells "wait: by its id" "operation $id of an earlier run is taken up"
    is "wait: one update" "UpdateService 1 " "$(cloud_changes_asked)"
    is "wait: the new version serves" "$(cloud_digest)" \
        "$(cloud_image | sed 's/.*@//')"
    is "wait: the same operation" "$id" "$(operation_id)"

    # A version later: what is under way is waited for, then replaced.
    cloud_commit
    cloud_forget
    cloud_fault operation:stuck@1
    start
    check "other version: it is waited" wait_for is_waiting
    kill -KILL "$pid"
    ends_with "other version: killed" 137
    cloud_commit
    (wait_for says 'waited for first' "$json" && cloud_mend) &
    deploys "other version: deployed after the one under way" 0 live
    wait $!
    is "other version: two updates" "UpdateService 2 " "$(cloud_changes_asked)"
    is "other version: it serves" "$(cloud_digest)" \
        "$(cloud_image | sed 's/.*@//')"
}

# The answer is lost, and then the one who asked.
after_call() {
    deploys "first deployment" 0 live || return
    cloud_commit
    cloud_forget
    cloud_fault apprunner.UpdateService:cut-after@1
    start
    check "after the call: its answer is lost" \
        wait_for says 'looking whether' "$json"
    kill -KILL "$pid"
    ends_with "after the call: killed" 137
    cloud_mend
    is "after the call: the id was not known" None "$(operation_id)"
    deploys "after the call: found again" 0 live
    is "after the call: one update" "UpdateService 1 " "$(cloud_changes_asked)"
    is "after the call: the new version serves" "$(cloud_digest)" \
        "$(cloud_image | sed 's/.*@//')"

    # While the call is on its way.
    cloud_commit
    cloud_forget
    cloud_fault apprunner.UpdateService:slow=1500@1
    start
    check "during the call: it is on its way" wait_for is_called
    kill -KILL "$pid"
    ends_with "during the call: killed" 137
    deploys "during the call: found again" 0 live
    cloud_mend
    is "during the call: carried out once" 1 "$(cloud_count UpdateService)"
    is "during the call: the new version serves" "$(cloud_digest)" \
        "$(cloud_image | sed 's/.*@//')"
}
is_called() {
    [ "$(cloud_page faults | sed -n 's/^ *"seen": \([0-9]*\)$/\1/p')" = 1 ]
}

during_rollback() {
    export HEALTH_RETRIES=2
    deploys "first deployment" 0 live || return
    cloud_commit
    cloud_forget
    cloud_fault health:refused@1 operation:stuck@2
    start
    check "rollback: it is waited for" wait_for says 'going back to' "$json"
    check "rollback: its operation is known" wait_for is_rollback_known
    kill -KILL "$pid"
    ends_with "rollback: killed" 137
    (wait_for says 'waited for first' "$json" && cloud_mend) &
    deploys "rollback: the version is deployed after it" 0 live
    wait $!
    is "rollback: there, back and there again" "UpdateService 3 " \
        "$(cloud_changes_asked)"
}
is_rollback_known() {
    [ "$(record 'record["operation"]["purpose"]')" = rollback ] &&
        [ "$(operation_id)" != None ]
}

# Killed when a certain number of lines is written, all over the run.
sweep() {
    local lines
    deploys "first deployment" 0 live || return
    for lines in "$@"; do
        cloud_commit
        cloud_forget
        mkfifo "$work/pipe"
        "$STEPDECK" deploy --json </dev/null >"$work/pipe" 2>"$said" &
        pid=$!
        {
            head -n "$lines" >"$json"
            kill -KILL "$pid" 2>"$work/shell"
        } <"$work/pipe"
        { wait "$pid"; } 2>"$work/shell"
        rm -f "$work/pipe"
        deploys "killed after $lines lines" 0 live
        is "killed after $lines lines: one update" 1 \
            "$(cloud_count UpdateService)"
        is "killed after $lines lines: the new version serves" \
            "$(cloud_digest)" "$(cloud_image | sed 's/.*@//')"
    done
}
sweep_build() { sweep 3 22 26 29 32; }
sweep_push() { sweep 33 35 38 41 44; }
sweep_update() { sweep 46 48 50 52 54; }
sweep_end() { sweep 56 59 62 65 68; }

# ---- interrupted -------------------------------------------------------------

interrupted() {
    local id
    deploys "first deployment" 0 live || return
    cloud_commit
    cloud_forget
    cloud_fault operation:stuck@1
    start
    check "Ctrl-C: it is waited" wait_for is_waiting
    kill -INT "$pid"
    ends_with "Ctrl-C: ends as cancelled" 6
    id=$(operation_id)
    tells "Ctrl-C: the operation goes on" "operation $id goes on in the cloud"
    check "Ctrl-C: how to go on is said" \
        grep -q 'stepdeck deploy' "$said" "$json"
    is "Ctrl-C: the cloud goes on" OPERATION_IN_PROGRESS "$(cloud_status)"
    is "Ctrl-C: nothing was rolled back" "UpdateService 1 " \
        "$(cloud_changes_asked)"
    cloud_mend
    deploys "Ctrl-C: taken up" 0 live
    is "Ctrl-C: one update" "UpdateService 1 " "$(cloud_changes_asked)"
}

# ---- at once -----------------------------------------------------------------

two_clones() {
    local status=0
    deploys "first deployment" 0 live || return
    git clone -q . "$work/clone"
    cloud_commit
    cloud_fault operation:stuck@1
    start
    check "two clones: the first one waits" wait_for is_waiting
    (
        cd "$work/clone" || exit 1
        deploy "$work/second"
    ) || status=$?
    check_status "two clones: the second one is refused" 5 "$status" \
        "$work/second"
    check "two clones: it says by whom" says "$pid" "$work/second"
    cloud_mend
    ends_with "two clones: the first one comes to its end" 0
    status=0
    (
        cd "$work/clone" || exit 1
        git pull -q
        deploy "$work/second"
    ) || status=$?
    check_status "two clones: then the second one may" 0 "$status" \
        "$work/second"
}

[ $# -gt 0 ] || set -- during_wait after_call during_rollback sweep_build \
    sweep_push sweep_update sweep_end interrupted two_clones
cloud_lanes "$@"
finish
