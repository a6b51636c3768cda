#!/usr/bin/env bash
# A run keeps its connection: one to the cloud, whatever it asks.
set -u
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/cloud_lib.sh"

begin
cloud_start
json=$work/out.json
said=$work/out.txt
cloud_project app

forget_connections() {
    # Those of the run before are gone when nothing is open.
    wait_for none_is_open
    cloud_page connections -o "$work/answer" -X DELETE
}
connections() {
    cloud_page connections | sed -n "s/^ *\"$1\": \([0-9]*\),*$/\1/p"
}
none_is_open() { [ "$(connections open)" = 0 ]; }
# opened NAME: one was opened since.
opened_one() {
    is "$1: connections to the cloud" 1 "$(connections opened)"
    is "$1: at once" 1 "$(connections most)"
}

# Two that ask: else the count proves nothing.
forget_connections
curl -s -o "$work/answer" "$cloud_url/v2/"
curl -s -o "$work/answer" "$cloud_url/v2/"
is "the cloud counts its connections" 2 "$(connections opened)"

forget_connections
deploys "first deployment" 0 live
check "first deployment: it asked a lot" [ "$(cloud_requests |
    grep -c -v '^docker')" -gt 20 ]
opened_one "first deployment"

cloud_commit
forget_connections
deploys "update" 0 live
opened_one "update"

forget_connections
deploys "nothing to do" 0 live
opened_one "nothing to do"

forget_connections
check "status" "$STEPDECK" status --json </dev/null >"$work/status"
opened_one "status"

forget_connections
command=rollback deploys "rollback" 0 rolled-back
opened_one "rollback"

forget_connections
command=prune deploys "prune" 0 - --keep 1
opened_one "prune"

# An answer that is refused is no reason to open another one; a cut is.
cloud_commit
cloud_fault apprunner.DescribeService:throttle@1 ecr.DescribeImages:error503@1
forget_connections
deploys "refused answers" 0 live
cloud_mend
opened_one "refused answers"
finish
