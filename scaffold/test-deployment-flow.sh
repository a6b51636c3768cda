#!/bin/bash

# Deployment - Integration tests of the deployment
# Runs whole deployments with deploy-all.sh: success, failures at every point,
# resume, teardown. It works in a temporary folder with stand-ins for the steps,
# so nothing of yours is deployed and your state is not touched.
# Prerequisites: none
# Outputs: none

SCRIPT_DIR="$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)" || exit 1

if [ "${1:-}" = --help ] || [ "${1:-}" = -h ]; then
    cat <<EOF
Usage: $0 [TEST...]

Runs all tests of the deployment, or those named, each in a fresh folder.

Options:
  --help, -h       Show this help message

Examples:
  $0
  $0 test_failure_recovery
EOF
    exit 0
fi

WORK=$(mktemp -d "${TMPDIR:-/tmp}/deployment-flow.XXXXXX") || exit 1
trap 'rm -rf "$WORK"' EXIT
PASSED=0
FAILED=0

# ---------------------------------------------------------------- harness ---

# Function to end a test as failed
# Usage: fail "what is wrong"
# Returns: never
fail() {
    echo "FAILED: $1" >&2
    exit 1
}

# Function to compare two texts
# Usage: assert_equal "expected" "actual" "what"
# Returns: 0 if they are the same; ends the test otherwise
assert_equal() {
    [ "$1" = "$2" ] || fail "${3:-value}: expected '$1', got '$2'"
}

# Function to look for a text in a file
# Usage: assert_contains "file" "text"
# Returns: 0 if it is there; ends the test otherwise
assert_contains() {
    grep -qF -e "$2" "$1" || fail "'$2' is not in $1: $(cat "$1")"
}

# Function to run a script and check how it ends; its output goes to `output`
# Usage: assert_status 3 ./deploy-all.sh -y
# Returns: 0 if the status is the one expected; ends the test otherwise
assert_status() {
    local expected="$1" status=0

    shift
    "$@" >output 2>&1 || status=$?
    cat output
    assert_equal "$expected" "$status" "status of $*"
}

# Function to check the status of a step on the disk
# Usage: assert_step "step-010-a" "completed"
# Returns: 0 if it is; ends the test otherwise
assert_step() {
    assert_equal "$2" "$(cat ".deployment-state/$1.status" 2>/dev/null ||
        echo none)" "$1"
}

# Function to check how often a step has run
# Usage: assert_runs "step-010-a" 1
# Returns: 0 if it has; ends the test otherwise
assert_runs() {
    assert_equal "$2" "$(grep -cx "$1" runs.txt || true)" "runs of $1"
}

# Function to write a stand-in for a step in the standard structure. It notes
# its run in runs.txt, and fails with status 7 while a file fail-STEP exists
# Usage: make_step "step-010-a" ["header line"]...
# Returns: 0
make_step() {
    local step="$1"

    shift
    {
        echo '#!/bin/bash'
        echo "# Test - Stand-in $step"
        echo "# It stands in."
        if [ "$#" -gt 0 ]; then
            printf '# %s\n' "$@"
        fi
        echo "SCRIPT_NAME=$step"
        cat <<'EOF'
DIR="$(cd "$(dirname "$0")" && pwd)" || exit 1
cd "$DIR" || exit 1
source "$DIR/error-handling.sh"
source "$DIR/step-navigation.sh"
setup_error_handling "$SCRIPT_NAME"
create_checkpoint "$SCRIPT_NAME" in_progress "$SCRIPT_NAME"
check_deployment_prerequisites "$SCRIPT_NAME" || exit 1
load_configuration "$SCRIPT_NAME" || exit 1
echo "$SCRIPT_NAME" >>runs.txt
echo "output of $SCRIPT_NAME"
cd /
[ ! -e "$DIR/fail-$SCRIPT_NAME" ] || exit 7
cd "$DIR"
touch "deployed-$SCRIPT_NAME"
create_checkpoint "$SCRIPT_NAME" completed "$SCRIPT_NAME"
show_next_step "$(basename "$0")" "$DIR"
EOF
    } >"$step.sh"
    chmod +x "$step.sh"
}

# Function to write the usual steps
# Usage: make_project
# Returns: 0
make_project() {
    echo PROJECT_NAME=test >.env
    make_step step-000-setup
    make_step step-001-check "Prerequisites: none"
    make_step step-010-a "Prerequisites: step-001-check"
    make_step step-020-b "Outputs: ./deployed-step-020-b, ./deployed-step-010-a"
    make_step step-050-test
    make_step step-998-clean "Prerequisites: none"
    make_step step-999-destroy "Prerequisites: step-998-clean"
}

# Function to run one test in a folder and a shell of its own
# Usage: run_test test_function
# Returns: 0, always
run_test() {
    local dir="$WORK/$1" status file

    mkdir -p "$dir/project"
    for file in error-handling.sh step-navigation.sh deploy-all.sh \
        deployment-status.sh deploy.sh; do
        cp -p "$SCRIPT_DIR/$file" "$dir/project/"
    done
    # Not in a condition: there `set -e` would not count inside.
    (
        cd "$dir/project" || exit 1
        unset RETRY_ATTEMPTS RETRY_DELAY HEALTH_URL CI REQUIRED_TOOLS \
            DEPLOYMENT_STATE_DIR ENVIRONMENT DEPLOYMENT_ENVIRONMENT \
            STEPDECK_RUN_ID STEPDECK_HEADLESS CLOUD_PROVIDER AWS_REGION \
            AWS_DEFAULT_REGION SERVICE_NAME PROJECT_NAME SCRIPT_NAME \
            DEPLOYMENT_MET_STEPS DEPLOY_ALL_RUNNING FORCE_COLOR
        export NO_COLOR=1
        set -e
        touch runs.txt
        make_project
        "$1"
    ) >"$dir/output" 2>&1 </dev/null
    status=$?
    if [ "$status" -eq 0 ]; then
        PASSED=$((PASSED + 1))
        echo "✅ $1"
    else
        FAILED=$((FAILED + 1))
        echo "❌ $1"
        sed 's/^/    /' "$dir/output"
    fi
}

# ------------------------------------------------------------------- tests ---

test_full_deployment() {
    local step

    assert_status 0 ./deploy-all.sh --auto-approve
    assert_contains output "Deployment finished"
    for step in step-001-check step-010-a step-020-b step-050-test; do
        assert_step "$step" completed
        assert_runs "$step" 1
        assert_equal "output of $step" "$(grep '^output of' \
            ".deployment-state/$step.log")" "log of $step"
    done
    assert_step step-000-setup none
    assert_step step-998-clean none
    assert_equal "step-001-check step-010-a step-020-b step-050-test" \
        "$(tr '\n' ' ' <runs.txt | sed 's/ $//')" order
    assert_status 0 ./deployment-status.sh
    assert_contains output "4 of 4 deployment steps completed"
}

test_full_deployment_from_another_folder_without_stdin() {
    local project="$PWD" status=0

    cd /
    "$project/deploy-all.sh" <&- >"$project/output" 2>&1 || status=$?
    cd "$project"
    assert_equal 0 "$status" status
    assert_step step-050-test completed
}

test_second_run_skips_what_is_done() {
    assert_status 0 ./deploy-all.sh -y
    assert_status 0 ./deploy-all.sh -y
    assert_contains output "step-010-a already completed, skipping"
    assert_runs step-010-a 1
    assert_runs step-001-check 2
}

test_failure_recovery() {
    local step
    local -a later

    for step in step-010-a step-020-b step-050-test; do
        touch "fail-$step"
        assert_status 3 ./deploy-all.sh -y
        assert_contains output "$step failed with status 7"
        assert_contains output "Recovery options:"
        assert_step "$step" failed
        assert_runs "$step" 1
        rm "fail-$step"
        : >runs.txt
        assert_status 0 ./deploy-all.sh -y
        assert_step "$step" completed
        assert_runs "$step" 1
        assert_contains .deployment-state/checkpoints.log "$step failed"
        later=(.deployment-state/*.status)
        assert_equal 4 "${#later[@]}" "states after the resume"
        rm -rf .deployment-state
        : >runs.txt
    done
}

test_failure_leaves_a_consistent_state() {
    touch fail-step-020-b
    assert_status 3 ./deploy-all.sh -y
    assert_step step-010-a completed
    assert_step step-050-test none
    local step word
    while read -r step word; do
        assert_step "$step" "$word"
    done < <(awk '{ last[$2] = $3 }
        END { for (step in last) print step, last[step] }' \
        .deployment-state/checkpoints.log)
    assert_status 0 ./deployment-status.sh
    assert_contains output "❌ step-020-b"
    assert_contains output "step-020-b.sh failed. See"
}

test_interrupted_step_runs_again() {
    assert_status 0 ./deploy-all.sh -y
    echo in_progress >.deployment-state/step-020-b.status
    assert_status 0 ./deploy-all.sh -y
    assert_contains output "was interrupted"
    assert_runs step-020-b 2
    assert_runs step-010-a 1
}

test_killed_step_is_failed() {
    echo 'kill -9 $$' >>step-010-a.sh
    # shellcheck disable=SC2016 # code of the step
    sed -i.bak 's/^create_checkpoint "$SCRIPT_NAME" completed.*//' step-010-a.sh
    assert_status 3 ./deploy-all.sh -y
    assert_contains output "failed with status 137"
    assert_step step-010-a failed
}

test_fresh_start_begins_again() {
    assert_status 0 ./deploy-all.sh -y
    assert_status 0 ./deploy-all.sh -y --fresh-start
    assert_runs step-010-a 2
    [ -n "$(find .deployment-state/archive -name step-010-a.status)" ] ||
        fail "nothing was archived"
}

test_missing_output_fails_the_step() {
    echo 'rm -f deployed-step-020-b' >>step-020-b.sh
    assert_status 3 ./deploy-all.sh -y
    assert_contains output "Declared output is missing: ./deployed-step-020-b"
    assert_step step-020-b failed
}

test_unmet_prerequisite_blocks() {
    make_step step-020-b "Prerequisites: command no-such-command-here"
    assert_status 4 ./deploy-all.sh -y
    assert_contains output "step-020-b is blocked"
    assert_runs step-020-b 0
    assert_step step-010-a completed
}

test_missing_configuration_blocks() {
    rm .env
    assert_status 4 ./deploy-all.sh -y
    assert_contains output "Run step-000 first"
    assert_runs step-001-check 0
}

test_preflight_failure() {
    touch fail-step-001-check
    assert_status 20 ./deploy-all.sh -y
    assert_runs step-010-a 0
    assert_status 0 ./deploy-all.sh -y --skip-preflight
    assert_runs step-001-check 1
    assert_step step-050-test completed
}

test_non_critical_failure_goes_on() {
    make_step step-015-hint "Critical: no"
    touch fail-step-015-hint
    assert_status 0 ./deploy-all.sh -y
    assert_step step-015-hint failed
    assert_step step-050-test completed
    assert_contains output "Not successful: step-015-hint"
}

test_dependants_of_a_tolerated_failure_are_blocked() {
    make_step step-015-hint "Critical: no"
    make_step step-016-user "Prerequisites: step-015-hint"
    touch fail-step-015-hint
    assert_status 4 ./deploy-all.sh -y
    assert_runs step-016-user 0
}

test_parallel_steps_run_together_and_all_are_reported() {
    make_step step-030-a "Parallel: group"
    make_step step-031-b "Parallel: group"
    make_step step-032-c "Parallel: group" "Critical: no"
    # Each waits for the other: one after the other they would never end.
    local step
    for step in step-030-a:step-031-b step-031-b:step-030-a; do
        cat >>"${step%:*}.sh" <<EOF
for ((i = 0; i < 300; i++)); do
    [ ! -e "deployed-${step#*:}" ] || exit 0
    sleep 0.1
done
exit 1
EOF
    done
    assert_status 0 ./deploy-all.sh -y
    assert_contains output "[step-030-a] output of step-030-a"
    assert_step step-031-b completed
    rm -rf .deployment-state
    make_step step-030-a "Parallel: group"
    make_step step-031-b "Parallel: group"
    touch fail-step-030-a fail-step-031-b fail-step-032-c
    assert_status 3 ./deploy-all.sh -y
    assert_contains output "Parallel step failed: step-030-a.sh"
    assert_contains output "Parallel step failed: step-031-b.sh"
    assert_contains output "Parallel step failed: step-032-c.sh"
    rm fail-step-030-a fail-step-031-b
    assert_status 0 ./deploy-all.sh -y
    assert_contains output "Not successful: step-032-c"
}

test_attempts_of_the_header() {
    make_step step-010-a "Attempts: 3" "Delay: 0s"
    touch fail-step-010-a
    assert_status 3 ./deploy-all.sh -y
    assert_runs step-010-a 3
}

test_confirmation_is_refused_without_a_terminal() {
    make_step step-020-b "Confirm: Really spend money?"
    assert_status 4 ./deploy-all.sh
    assert_contains output "Really spend money?"
    assert_runs step-020-b 0
    assert_status 0 ./deploy-all.sh --auto-approve
}

test_steps_never_wait_for_input() {
    # shellcheck disable=SC2016 # code of the step
    echo 'read -r answer || echo "no input"' >>step-010-a.sh
    assert_status 0 ./deploy-all.sh
    assert_contains .deployment-state/step-010-a.log "no input"
}

test_step_log_is_replaced_not_emptied() {
    mkdir -p .deployment-state/runs/1
    echo history >.deployment-state/runs/1/step-010-a.log
    ln .deployment-state/runs/1/step-010-a.log .deployment-state/step-010-a.log
    assert_status 0 ./deploy-all.sh -y
    assert_equal history "$(cat .deployment-state/runs/1/step-010-a.log)" \
        "the log of the earlier run"
}

test_lock_is_respected() {
    if ! command -v flock >/dev/null 2>&1; then
        echo "skipped: there is no flock(1)"
        return 0
    fi
    assert_status 0 ./deploy-all.sh -y
    echo '{"pid":4711,"host":"there","user":"ann","since":"then"}' \
        >.deployment-state/lock
    exec 8<>.deployment-state/lock
    flock -n 8
    assert_status 5 ./deploy-all.sh -y
    assert_contains output "process 4711 of ann on there, since then"
    assert_contains .deployment-state/lock 4711
    exec 8>&-
    assert_status 0 ./deploy-all.sh -y
}

test_lock_is_not_inherited_by_steps() {
    if ! command -v flock >/dev/null 2>&1; then
        echo "skipped: there is no flock(1)"
        return 0
    fi
    cat >>step-010-a.sh <<'EOF'
flock -n .deployment-state/lock true && echo "the lock is free" || echo held
cp .deployment-state/lock seen-lock
{ : >&9; } 2>/dev/null && echo "descriptor 9 is open"
exit 0
EOF
    assert_status 0 ./deploy-all.sh -y
    assert_contains .deployment-state/step-010-a.log held
    grep -q "descriptor 9" .deployment-state/step-010-a.log &&
        fail "the step got the lock"
    grep -Eq '^\{"pid":[0-9]+,"host":"[^"]+","user":"[^"]+","since":"[0-9TZ:-]+"\}$' \
        seen-lock || fail "$(cat seen-lock)"
}

test_unwritable_state_does_not_stop_the_deployment() {
    : >.deployment-state
    assert_status 0 ./deploy-all.sh -y
    assert_contains output "cannot write the state folder"
    assert_runs step-050-test 1
    rm -rf "$(sed -n 's/.*recorded in //p' output | head -n 1)"
}

test_environments_keep_their_own_state() {
    mkdir environments
    echo REGION=x >environments/prod.env
    assert_status 0 ./deploy-all.sh -y
    ENVIRONMENT=prod assert_status 0 ./deploy-all.sh -y
    assert_runs step-010-a 2
    assert_equal completed "$(cat \
        .deployment-state/environments/prod/step-010-a.status)" "prod"
}

test_steps_by_hand_share_the_state() {
    cd /
    "$OLDPWD/step-001-check.sh"
    "$OLDPWD/step-010-a.sh" >"$OLDPWD/output"
    cd "$OLDPWD"
    assert_contains output "Next: Run step-020-b.sh"
    assert_status 0 ./deploy-all.sh -y
    assert_runs step-010-a 1
    rm -rf .deployment-state
    assert_status 1 ./step-020-b.sh
    assert_contains output "step-010-a has not completed"
}

test_step_without_the_libraries() {
    printf '#!/bin/sh\necho plain >>runs.txt\n' >step-030-plain.sh
    assert_status 0 ./deploy-all.sh -y
    assert_step step-030-plain completed
    printf '#!/bin/sh\nexit 1\n' >step-040-plain.sh
    assert_status 3 ./deploy-all.sh -y
    assert_step step-040-plain failed
    assert_runs plain 1
}

test_teardown() {
    assert_status 0 ./deploy-all.sh -y
    assert_status 1 ./step-999-destroy.sh
    assert_contains output "step-998-clean has not completed"
    assert_status 0 ./step-998-clean.sh
    assert_status 0 ./step-999-destroy.sh
    assert_contains output "That was the last step"
    assert_step step-999-destroy completed
}

test_usage() {
    local script

    for script in deploy-all.sh deployment-status.sh; do
        assert_status 0 "./$script" --help
        assert_contains output "Usage:"
        assert_status 0 "./$script" -h
        assert_status 2 "./$script" --no-such-option
    done
    [ ! -d .deployment-state ] || fail "looking at the usage created state"
}

test_entry_point_prefers_stepdeck() {
    mkdir bin
    printf '#!/bin/sh\necho "stepdeck $*"\n' >bin/stepdeck
    chmod +x bin/stepdeck
    PATH="$PWD/bin:$PATH" assert_status 0 ./deploy.sh --json --env "a b"
    assert_contains output "stepdeck deploy --json --env a b"
}

test_entry_point_without_stepdeck() {
    if PATH=/usr/bin:/bin command -v stepdeck >/dev/null 2>&1; then
        echo "skipped: stepdeck is installed"
        return 0
    fi
    PATH=/usr/bin:/bin assert_status 2 ./deploy.sh --json
    assert_contains output "--json needs stepdeck"
    PATH=/usr/bin:/bin assert_status 0 ./deploy.sh -y
    assert_contains output "running deploy-all.sh"
    assert_step step-050-test completed
}

test_status_of_an_empty_project() {
    rm -f step-*-*.sh .env
    cp "$SCRIPT_DIR/step-navigation.sh" .
    assert_status 0 ./deployment-status.sh
    assert_contains output "There are no steps"
    [ ! -e .deployment-state ] || fail "looking created something"
}

# -------------------------------------------------------------------- main ---

if [ "$#" -eq 0 ]; then
    # shellcheck disable=SC2046 # names of functions
    set -- $(declare -F | awk '$3 ~ /^test_/ { print $3 }')
fi
for name in "$@"; do
    run_test "$name"
done
echo "$PASSED passed, $FAILED failed"
[ "$FAILED" -eq 0 ]
