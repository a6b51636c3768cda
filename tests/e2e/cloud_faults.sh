#!/usr/bin/env bash
# What the cloud can do wrong, and what a deployment makes of it: the exit
# status, the verdict, the words, what serves afterwards; and that the next
# deployment, without the fault, is well.
#
# Lanes run beside each other, each with a cloud of its own: most of the time is
# spent waiting.
set -u
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/cloud_lib.sh"

begin
cloud_needs

# What a deployment reads, beside the stand-in for Docker.
reads='sts.GetCallerIdentity ecr.DescribeRepositories ecr.DescribeImages
    ecr.GetAuthorizationToken apprunner.ListServices apprunner.DescribeService
    apprunner.ListOperations iam.GetRole iam.SimulatePrincipalPolicy
    logs.FilterLogEvents'

# on_reads KIND...: each of them for each read.
on_reads() {
    local read kind
    for read in $reads; do
        for kind in "$@"; do
            printf '%s:%s\n' "$read" "$kind"
        done
    done
}

# suffers NAME STATUS VERDICT SERVES CHANGES TEXT FAULT...: a new version is
# deployed under these faults. SERVES: "new" or "old" version afterwards, or
# "any"; CHANGES: what was asked of the service, "any"; TEXT: in the words, "-".
suffers() {
    local name=$1 status=$2 verdict=$3 serves=$4 changes=$5 text=$6 old now
    shift 6
    old=$(cloud_image)
    cloud_commit
    cloud_forget
    cloud_fault "$@"
    deploys "$name" "$status" "$verdict"
    cloud_mend
    now=$(cloud_image)
    case $serves in
    new) is "$name: the new version serves" "$(cloud_digest)" "${now##*@}" ;;
    old) is "$name: the old version serves" "$old" "$now" ;;
    esac
    [ "$changes" = any ] ||
        is "$name: what was asked for" "$changes" "$(cloud_changes_asked)"
    [ "$text" = - ] || tells "$name: it is said" "$text"
}

# recovers NAME: the same version without the fault.
recovers() {
    deploys "$1: then it is well" 0 live
    is "$1: then the new version serves" "$(cloud_digest)" \
        "$(cloud_image | sed 's/.*@//')"
}

# ---- lanes -------------------------------------------------------------------

# Faults of answers that pass.
passing() {
    deploys "first deployment" 0 live || return
    # shellcheck disable=SC2046 # words
    {
        suffers "throttled once" 0 live new "UpdateService 2 " - \
            $(on_reads throttle@1) apprunner.UpdateService:throttle@1
        suffers "error 500 twice" 0 live new "UpdateService 1 " - \
            $(on_reads error500@1-2)
        suffers "error 503 twice" 0 live new "UpdateService 1 " - \
            $(on_reads error503@1-2)
        suffers "cut before and after" 0 live new "UpdateService 1 " - \
            $(on_reads cut@1 cut-after@2)
        suffers "garbage and half answers" 0 live new "UpdateService 1 " - \
            $(on_reads garbage@1 truncated=20@2)
        suffers "an empty page first" 0 live new "UpdateService 1 " - \
            $(on_reads empty-page@1)
        suffers "slow answers" 0 live new "UpdateService 1 " - \
            $(on_reads slow=30) apprunner.UpdateService:slow=300
        suffers "a clock that is wrong" 0 live new "UpdateService 1 " - \
            '*.*:skew@1'
        suffers "a token that has expired once" 0 live new \
            "UpdateService 1 " - '*.*:expired@1'
    }
}

# Answers of the changing calls that are lost: asked for once, never twice.
ambiguous() {
    suffers_creation cut-after "CreateService 1 "
    suffers "UpdateService, answer lost" 0 live new "UpdateService 1 " \
        'looking whether it was begun' apprunner.UpdateService:cut-after@1
    suffers "UpdateService, answer garbled" 0 live new "UpdateService 1 " \
        'looking whether it was begun' apprunner.UpdateService:garbage@1
    suffers "UpdateService, answer broken off" 0 live new "UpdateService 1 " \
        'looking whether it was begun' apprunner.UpdateService:truncated=20@1
    restarts "StartDeployment, answer lost" "StartDeployment 1 " \
        apprunner.StartDeployment:cut-after@1
}
suffers_creation() {
    cloud_fault "apprunner.CreateService:$1@1"
    deploys "CreateService, $1" 0 live
    cloud_mend
    is "CreateService, $1: what was asked for" "$2" "$(cloud_changes_asked)"
    is "CreateService, $1: there is one service" 1 \
        "$(cloud_say 'len(state["services"])')"
}
restarts() {
    local name=$1 changes=$2
    shift 2
    cloud_forget
    cloud_fault "$@"
    deploys "$name" 0 live --force-restart
    cloud_mend
    is "$name: what was asked for" "$changes" "$(cloud_changes_asked)"
}

# Calls that never arrived: asked for again only after looking for half a
# minute.
unanswered_update() {
    deploys "first deployment" 0 live || return
    suffers "UpdateService, cut" 0 live new "UpdateService 2 " \
        'asking once more' apprunner.UpdateService:cut@1
}
unanswered_creation() {
    suffers_creation cut "CreateService 2 "
}
unanswered_restart() {
    deploys "first deployment" 0 live || return
    restarts "StartDeployment, cut" "StartDeployment 2 " \
        apprunner.StartDeployment:cut@1
}

# Refusals that stay.
lasting() {
    deploys "first deployment" 0 live || return
    suffers "error 500 of DescribeImages" 11 - old "" 'DescribeImages' \
        ecr.DescribeImages:error500
    suffers "error 500 of GetAuthorizationToken" 11 - old "" \
        'GetAuthorizationToken' ecr.GetAuthorizationToken:error500
    suffers "error 503 of ListOperations" 12 - old "" 'ListOperations' \
        apprunner.ListOperations:error503
    suffers "denied UpdateService" 12 - old "UpdateService 1 " \
        'not authorized' apprunner.UpdateService:denied
    suffers "throttled UpdateService" 12 - old "UpdateService 3 " \
        'Rate exceeded' apprunner.UpdateService:throttle
    recovers "throttled UpdateService"
    suffers "denied identity" 20 - old "" 'not authorized' \
        sts.GetCallerIdentity:denied
    suffers "a token that has expired" 20 - old "" 'expired' '*.*:expired'
    cloud_fault '*.*:expired'
    deploy "$work/human"
    cloud_mend
    check "a token that has expired: the last page tells why" \
        says 'FAIL *credentials: .*expired' "$work/human"
    suffers "a clock that is never right" 20 - old "" 'clock' '*.*:skew'
    suffers "a cloud that answers nothing" 20 - old "" - '*.*:error503'
    suffers "a cloud that talks garbage" 20 - old "" - '*.*:garbage'
    recovers "a cloud that talks garbage"
}

# The cloud falls silent while an operation is waited for, and in what follows.
waiting() {
    local old
    deploys "first deployment" 0 live || return
    suffers "silence during the wait" 0 live new "UpdateService 1 " \
        'the cloud answers again' apprunner.ListOperations:error503@2-6 \
        logs.FilterLogEvents:denied
    old=$(cloud_image)
    export HEALTH_RETRIES=2
    suffers "answer of the rollback lost" 13 rolled-back old \
        "UpdateService 2 " 'looking whether it was begun' health:refused@1 \
        apprunner.UpdateService:cut-after@2
    suffers "rollback denied" 15 down new "UpdateService 2 " \
        'stepdeck rollback --to' health:refused@1 \
        apprunner.UpdateService:denied@2
    command=rollback deploys "rollback denied: then it goes back" 0 rolled-back
    is "rollback denied: to the version before" "$old" "$(cloud_image)"
}

# What goes wrong behind a good deployment does not spoil it.
behind() {
    deploys "first deployment" 0 live || return
    cloud_commit
    cloud_fault ecr.BatchDeleteImage:denied
    deploys "prune denied" 0 live --prune-images=1 --force-latest
    cloud_commit
    deploys "prune denied, with something to remove" 0 live --prune-images=1
    cloud_mend
    is "prune denied: nothing was removed" 0 "$(cloud_count BatchDeleteImage)"
    tells "prune denied: a warning" 'not authorized'
    AUTO_DEPLOYMENTS=on deploys "automatic deployments" 0 live
    suffers "automatic deployments cannot be restored" 0 live new any \
        'not authorized' apprunner.UpdateService:denied@2
    destroys "destroy, answer lost" "DeleteService 1 " \
        apprunner.DeleteService:cut-after@1
    deploys "deployed again" 0 live
    destroys "destroy, throttled" "DeleteService 2 " \
        apprunner.DeleteService:throttle@1
}
destroys() {
    local name=$1 changes=$2 status=0
    shift 2
    cloud_forget
    cloud_fault "$@"
    timeout -s KILL "$wait_seconds" "$STEPDECK" destroy --no-tui -y \
        </dev/null >"$said" 2>&1 || status=$?
    cloud_mend
    check_status "$name" 0 "$status" "$said"
    is "$name: what was asked for" "$changes" "$(cloud_changes_asked)"
    is "$name: it is gone" DELETED "$(cloud_status)"
}

# Keys that can be renewed are; each renewal is one question.
renewed() {
    printf 'token\n' >"$work/token"
    unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY
    export AWS_WEB_IDENTITY_TOKEN_FILE=$work/token
    export AWS_ROLE_ARN=$cloud_role/AppRunnerInstanceRole
    deploys "keys of a web identity" 0 live || return
    suffers "keys that expire at the update" 0 live new "UpdateService 2 " - \
        apprunner.UpdateService:expired@1
    is "keys that expire: renewed once" 2 \
        "$(cloud_asked AssumeRoleWithWebIdentity)"
    suffers "keys that expire in the wait" 0 live new "UpdateService 1 " - \
        apprunner.ListOperations:expired@2
    is "keys that expire in the wait: renewed once" 2 \
        "$(cloud_asked AssumeRoleWithWebIdentity)"
}

# Operations that do not end well.
operations() {
    deploys "first deployment" 0 live || return
    suffers "operation fails" 12 rolled-back old any 'could not carry it out' \
        operation:fail@1
    recovers "operation fails"
    suffers "App Runner goes back" 12 rolled-back old "UpdateService 1 " \
        'by itself' operation:rollback@1
    recovers "App Runner goes back"
    suffers "App Runner cannot go back" 12 rolled-back old "UpdateService 2 " \
        'nor go back' \
        operation:rollback-failed@1
    recovers "App Runner cannot go back"
    suffers "the image ends at once" 12 rolled-back old "UpdateService 1 " \
        'failed to start' image:exit
    recovers "the image ends at once"
}

stuck() {
    deploys "first deployment" 0 live || return
    DEPLOY_TIMEOUT=2s ROLLBACK_WAIT=1s suffers "operation is stuck" 14 - any \
        "UpdateService 1 " 'has not ended' operation:stuck
    is "operation is stuck: the service's lines are shown once" 1 \
        "$(grep -c 'Triggering event : SERVICE_UPDATE' \
            .deployment-state/step-035-wait-for-deployment.log)"
    cloud_forget
    deploys "operation is stuck: then the wait is taken up" 0 live
    is "operation is stuck: without another update" "" "$(cloud_changes_asked)"
    suffers_timeout
}
# It ends within ROLLBACK_WAIT: then it is rolled back.
suffers_timeout() {
    local old
    old=$(cloud_image)
    cloud_commit
    cloud_forget
    cloud_fault operation:stuck@1
    (wait_for was_late && cloud_mend) &
    DEPLOY_TIMEOUT=2s deploys "operation is late" 14 rolled-back
    wait $!
    is "operation is late: one update there, one back" "UpdateService 2 " \
        "$(cloud_changes_asked)"
    is "operation is late: the old version serves" "$old" "$(cloud_image)"
}
was_late() {
    says 'more, so that it can be rolled back' \
        .deployment-state/step-035-wait-for-deployment.log
}

# Versions that App Runner takes and that are not well.
unhealthy() {
    export HEALTH_RETRIES=2 HEALTH_TIMEOUT=1s
    deploys "first deployment" 0 live || return
    suffers "health: 500" 13 rolled-back old "UpdateService 2 " 'HTTP 5' \
        health:fail@1
    suffers "health: refused" 13 rolled-back old "UpdateService 2 " - \
        health:refused@1
    suffers "health: slow" 13 rolled-back old "UpdateService 2 " \
        'no answer in time' health:slow=3000@1
    suffers "health: never again" 15 down any "UpdateService 2 " - \
        health:refused
    recovers "health: never again"
}

first_fails() {
    export HEALTH_RETRIES=2
    cloud_fault account:closed
    deploys "an account that is closed" 12 -
    cloud_mend
    tells "an account that is closed: it is said" 'new customers'
    is "an account that is closed: there is no service" 0 \
        "$(cloud_say 'len(state["services"])')"
    cloud_fault image:exit
    deploys "first: the image ends at once" 12 down
    cloud_mend
    recovers "first: the image ends at once"
    is "first: there is one service that runs" 1 "$(cloud_page state |
        grep -c '"Status": "RUNNING"')"
}
first_is_unhealthy() {
    export HEALTH_RETRIES=2
    cloud_fault health:fail@1
    deploys "first: unhealthy" 13 down
    cloud_mend
    cloud_commit
    recovers "first: unhealthy"
}

# ---- all together ------------------------------------------------------------

[ $# -gt 0 ] || set -- passing ambiguous unanswered_update \
    unanswered_creation unanswered_restart lasting waiting behind renewed \
    operations stuck unhealthy first_fails first_is_unhealthy
cloud_lanes "$@"
finish
