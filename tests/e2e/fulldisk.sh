#!/usr/bin/env bash
# A full disk is a warning: the deployment goes on and every step runs once.
# When there is space again the next deployment works, and nothing torn is
# taken for a fact.
#
# Sweeps the moment from which on nothing can be written (FAULTLIB; SWEEP=all:
# every one), then fills a real small file system, where that may be mounted.
set -u
. "$(dirname "$0")/lib.sh"

steps=${STEPS:-12}
points=${SWEEP:-60}

[ -f "${FAULTLIB:-}" ] || skip_all "FAULTLIB names no library"
begin

before_clean_up() {
    if [ -n "${mounted:-}" ]; then
        umount "$mounted"
    fi
}

fresh_project() {
    cd "$work" || exit 1
    rm -rf project
    mkdir project
    cd project || exit 1
    make_ledger_project "$steps"
}

with_fault() {
    LD_PRELOAD=$FAULTLIB FAULT=$1 FAULT_AT=$2 FAULT_TRACE=$work/trace \
        FAULT_COUNT=$work/count deploy "$work/first"
}

# What must hold when there is space again.
recovers() {
    local status=0
    deploy "$work/second" || status=$?
    if [ "$status" -ne 0 ]; then
        sed 's/^/    /' "$work/second"
        complain "the next deployment ended with $status"
        return 1
    fi
    all_completed "$steps" && state_is_whole "${1:-0}"
}

# A write that fails half way is taken back, unless the disk refuses that too.
fill_at() {
    local name status=0
    fresh_project
    with_fault enospc "$1" || status=$?
    name="full from $1 ($(sed -n "$1p" "$work/trace" |
        sed "s,$work/project/,,"))"
    if [ "$status" -ne 0 ]; then
        sed 's/^/    /' "$work/first"
        not_ok "$name" "the deployment ended with $status"
    elif ! ledger_is_right "$steps"; then
        not_ok "$name" "not every step ran once"
    elif ! warns "$1"; then
        not_ok "$name" "the deployment did not warn"
    elif ! state_is_whole 1; then
        not_ok "$name" "something torn is left"
    elif recovers 1; then
        ok "$name"
    else
        not_ok "$name" "it does not recover"
    fi
}

# Whoever cannot write down that the run has ended cannot warn about it either:
# nothing comes after that. The lock's description is for people only.
warns() {
    says 'No space left on device' "$work/first" ||
        [ "$(sed -n "$1,\$p" "$work/whole" | grep -E ' p?write ' |
            grep -c -v -e '/lock$')" -le 1 ]
}

# A single failing call must not be noticed by the steps either.
fail_at() {
    local name status=0
    fresh_project
    with_fault eio "$1" || status=$?
    name="one error at $1 ($(sed -n "$1p" "$work/trace" |
        sed "s,$work/project/,,"))"
    if [ "$status" -ne 0 ]; then
        sed 's/^/    /' "$work/first"
        not_ok "$name" "the deployment ended with $status"
    elif ledger_is_right "$steps" && state_is_whole 1 && recovers 1; then
        ok "$name"
    else
        not_ok "$name" "not as it should be"
    fi
}

sweep() {
    local calls stride=1 at status=0
    fresh_project
    with_fault none 0 || status=$?
    check_status "a whole run" 0 "$status" "$work/first"
    calls=$(cat "$work/count")
    cp "$work/trace" "$work/whole"
    if [ "$points" != all ] && [ "$calls" -gt "$points" ]; then
        stride=$((((calls + points - 1) / points) | 1))
    fi
    for ((at = 1; at <= calls; at += stride)); do
        fill_at "$at"
        fail_at "$at"
    done
}

# Step 12 fills what there is, the first time.
real_disk() {
    local status=0
    fresh_project
    mkdir -m 0700 .deployment-state
    if ! mount -t tmpfs -o size=256k,mode=0700 tmpfs .deployment-state \
        2>/dev/null; then
        printf 'skipped: no file system can be mounted here\n'
        return
    fi
    mounted=$PWD/.deployment-state
    # The output of the step finds no room either.
    # shellcheck disable=SC2016 # for the step to expand
    add_ledger_step step-012-part '[ -e was-full ] ||
    cat /dev/zero >"$DEPLOYMENT_STATE_DIR/filler" 2>/dev/null
: >was-full
i=0
while [ $i -lt 1000 ]; do
    echo "this line of the log finds no room on the disk"
    i=$((i + 1))
done'
    deploy "$work/first" || status=$?
    check_status "a real full disk" 0 "$status" "$work/first"
    check "it is a warning" says 'No space left on device' "$work/first"
    check "every step ran once" ledger_is_right "$steps"
    check "nothing torn is left" state_is_whole
    rm -f .deployment-state/filler
    check "with space again the next deployment works" recovers
    umount "$mounted"
    mounted=
}

sweep
real_disk
finish
