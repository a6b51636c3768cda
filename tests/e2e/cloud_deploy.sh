#!/usr/bin/env bash
# Deployments into the local cloud: what is built, pushed, changed and told,
# and what is left alone.
set -u
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/cloud_lib.sh"

begin
cloud_needs

# ---- deployments -------------------------------------------------------------

summary_of() {
    sed -n '$p' "$json" | python3 -c '
import json, sys
print(json.load(sys.stdin)["summary"].get(sys.argv[1]))' "$1"
}
serving() { cloud_image | sed 's/.*@//'; }

deploys_first() {
    deploys "first deployment" 0 live || return
    is "first: created once, nothing else" "CreateService 1 " \
        "$(cloud_changes_asked)"
    is "first: by its digest" "$(cloud_digest)" "$(serving)"
    is "first: the summary names the tag" "$(cloud_tag)" \
        "$(summary_of image_tag)"
    is "first: and the digest" "$(cloud_digest)" "$(summary_of image_digest)"
    check "first: the address answers" curl -sf -o "$work/answer" \
        "$(summary_of service_url)/healthz"
    first_tag=$(cloud_tag)
    first_digest=$(cloud_digest)
}

deploys_second() {
    cloud_commit
    cloud_forget
    deploys "second version" 0 live
    is "second: one update" "UpdateService 1 " "$(cloud_changes_asked)"
    is "second: what was there before is told" "$first_digest" \
        "$(summary_of previous_digest)"
    is "second: its digest serves" "$(cloud_digest)" \
        "$(serving)"
    second_digest=$(cloud_digest)
}

deploys_nothing() {
    cloud_forget
    deploys "unchanged" 0 live
    printf '# unchanged took %s ms\n' "$(summary_of elapsed_ms)"
    is "unchanged: the service is left alone" "" "$(cloud_changes_asked)"
    is "unchanged: nothing is built" 0 "$(cloud_asked 'POST /build')"
    is "unchanged: nothing is pushed" 0 "$(cloud_asked 'POST /images/*/push')"

    cloud_forget
    deploys "forced restart" 0 live --force-restart
    is "forced restart: one new deployment" "StartDeployment 1 " \
        "$(cloud_changes_asked)"
    is "forced restart: nothing is built" 0 "$(cloud_asked 'POST /build')"

    cloud_forget
    deploys "forced build" 0 live --force-latest
    is "forced build: built once" 1 "$(cloud_asked 'POST /build')"
}

previews() {
    local before after
    cloud_commit
    cloud_forget
    before=$(cloud_page state)
    check "dry run: it ends well" deploy "$work/dry" --dry-run
    after=$(cloud_page state)
    is "dry run: the cloud is as it was" "$before" "$after"
    is "dry run: only reads were asked" "" "$(cloud_requests |
        awk -F '\t' '$2 !~ /^(Get|List|Describe|BatchGet|Simulate|GET|HEAD)/')"
    check "dry run: it tells of the update" says 'would update' "$work/dry"
    check "dry run: and of the tag" says "$(cloud_tag)" "$work/dry"
}

# What the other lanes begin with.
two_versions() {
    deploys "first version" 0 live || return
    first_tag=$(cloud_tag)
    first_digest=$(cloud_digest)
    cloud_commit
    deploys "second version" 0 live || return
    second_digest=$(cloud_digest)
}

# ---- going back --------------------------------------------------------------

# App Runner asks for the health path too, and goes back by itself.
is_refused() {
    cloud_unhealthy
    cloud_commit
    cloud_forget
    deploys "version that never gets well" 12 rolled-back
    is "never well: one update, and none back" "UpdateService 1 " \
        "$(cloud_changes_asked)"
    is "never well: the version before serves" "$second_digest" \
        "$(serving)"
    cloud_healthy
}

# Well to App Runner, and not to us.
rolls_back_by_itself() {
    cloud_commit
    cloud_forget
    cloud_fault health:refused@1
    HEALTH_RETRIES=2 deploys "unhealthy version" 13 rolled-back
    cloud_mend
    is "unhealthy: one update there, one back" "UpdateService 2 " \
        "$(cloud_changes_asked)"
    is "unhealthy: the version before serves" "$second_digest" \
        "$(serving)"
    tells "unhealthy: the reason is told" 'the service is not healthy'

    cloud_forget
    HEALTH_EXPECT=status=perfect HEALTH_RETRIES=2 deploys \
        "unexpected answer, left" 13 down --no-rollback
    is "unexpected, left: one update" "UpdateService 1 " \
        "$(cloud_changes_asked)"
    is "unexpected, left: it serves" "$(cloud_digest)" \
        "$(serving)"
    cloud_forget
    command=rollback deploys "rollback of what was left" 0 rolled-back
    is "rollback of what was left: one update" "UpdateService 1 " \
        "$(cloud_changes_asked)"
    is "rollback of what was left: to the version before" "$second_digest" \
        "$(serving)"
}

rolls_back_as_asked() {
    cloud_commit
    deploys "third version" 0 live
    command=rollback deploys "rollback of a healthy version" 0 rolled-back
    is "rollback: to the second" "$second_digest" "$(serving)"
    command=rollback deploys "rollback by tag" 0 rolled-back --to "$first_tag"
    is "rollback by tag: to the first" "$first_digest" \
        "$(serving)"
    cloud_forget
    command=rollback deploys "rollback to nothing" 15 - --to no-such-tag
    is "rollback to nothing: nothing is changed" "" "$(cloud_changes_asked)"
    tells "rollback to nothing: it is named" 'no-such-tag'
    command=rollback deploys "rollback by digest" 0 rolled-back \
        --to "$second_digest"
    is "rollback by digest: to the second" "$second_digest" \
        "$(serving)"
}

# ---- expectations ------------------------------------------------------------

expects() {
    local tells_ok='status=ok dependencies.ffmpeg.available=true'
    HEALTH_EXPECT=$tells_ok deploys "expectations met" 0 live
    HEALTH_RETRIES=2 HEALTH_EXPECT='status=perfect' deploys \
        "expectations not met" 13 down
    tells "expectations: what was found is told" 'status'
    cloud_forget
    HEALTH_EXPECT='status' deploys "expectations that make no sense" 2 -
    is "expectations: found before the update" "" "$(cloud_changes_asked)"
}

# ---- automatic deployments ---------------------------------------------------

restores_auto_deployments() {
    cloud_commit
    deploys "automatic deployments switched on" 0 live
    AUTO_DEPLOYMENTS=on deploys "automatic deployments asked for" 0 live
    is "automatic deployments are on" True "$(cloud_auto_deploys)"
    cloud_commit
    cloud_forget
    deploys "automatic deployments" 0 live
    tells "automatic deployments are off meanwhile" 'switched off meanwhile'
    is "automatic deployments are on again" True "$(cloud_auto_deploys)"
    is "automatic deployments: off and on" "UpdateService 2 " \
        "$(cloud_changes_asked)"
    AUTO_DEPLOYMENTS=off deploys "automatic deployments off for good" 0 live
}
cloud_auto_deploys() {
    cloud_say 'service["SourceConfiguration"]["AutoDeploymentsEnabled"]'
}

# ---- what is there -----------------------------------------------------------

tells_status() {
    local status=0
    "$STEPDECK" status --json </dev/null >"$json" 2>"$said" || status=$?
    check_status "status" 0 "$status" "$said"
    is "status tells of the cloud" "RUNNING $(cloud_digest)" "$(python3 -c '
import json, sys
cloud = json.load(open(sys.argv[1]))["cloud"]
print(cloud["service"]["status"], cloud["service"]["digest"])' "$json")"
}

prunes() {
    local before
    before=$(cloud_say 'len(set(repository["tags"].values()))')
    cloud_forget
    check "prune: the dry run ends well" \
        "$STEPDECK" prune --dry-run --keep 1 --no-tui </dev/null >"$said" 2>&1
    is "prune: the dry run removes nothing" "$before" \
        "$(cloud_say 'len(set(repository["tags"].values()))')"
    is "prune: nor does it ask to" 0 "$(cloud_asked BatchDeleteImage)"
    command=prune deploys "prune" 0 - --keep 1
    check "prune: it removes" [ "$(cloud_asked BatchDeleteImage)" -gt 0 ]
    is "prune: what is deployed stays" True \
        "$(cloud_say "'$(serving)' in repository['tags'].values()")"
    command=rollback deploys "prune: the version before stays" 0 rolled-back
}

destroys() {
    local status=0
    cloud_forget
    deploy_destroy "$work/refused" || status=$?
    check_status "destroy asks" 4 "$status" "$work/refused"
    is "destroy: nothing is deleted unasked" "" "$(cloud_changes_asked)"
    status=0
    deploy_destroy "$work/done" --auto-approve || status=$?
    check_status "destroy" 0 "$status" "$work/done"
    is "destroy: deleted" 1 "$(cloud_count DeleteService)"
    is "destroy: it is gone" "DELETED" "$(cloud_status)"
    deploys "and deployed again" 0 live
}
deploy_destroy() {
    local output=$1
    shift
    timeout -s KILL "$wait_seconds" "$STEPDECK" destroy --no-tui "$@" \
        </dev/null >"$output" 2>&1
}

deploying() {
    deploys_first
    deploys_second
    deploys_nothing
    previews
    is_refused
}
going_back() {
    two_versions || return
    rolls_back_by_itself
    rolls_back_as_asked
}
configured() {
    deploys "first version" 0 live || return
    expects
    restores_auto_deployments
    tells_status
}
ending() {
    two_versions || return
    cloud_commit
    deploys "third version" 0 live
    prunes
    destroys
}

[ $# -gt 0 ] || set -- deploying going_back configured ending
cloud_lanes "$@"
finish
