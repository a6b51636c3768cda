#!/bin/bash

# Deployment - Unit tests of the shell libraries
# Tests error-handling.sh and step-navigation.sh function by function, on copies
# in a temporary folder. It touches neither your steps nor your state.
# Prerequisites: none
# Outputs: none
#
# The tests set variables and define functions for the libraries, which
# the linter does not see, and hold shell code as plain text:
# shellcheck disable=SC2034,SC2317,SC2016

SCRIPT_DIR="$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)" || exit 1

if [ "${1:-}" = --help ] || [ "${1:-}" = -h ]; then
    cat <<EOF
Usage: $0 [TEST...]

Runs all tests of the libraries, or those named, each in a fresh folder.

Options:
  --help, -h       Show this help message

Examples:
  $0
  $0 test_retry_doubles_its_delay
EOF
    exit 0
fi

WORK=$(mktemp -d "${TMPDIR:-/tmp}/step-functions.XXXXXX") || exit 1
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

# Function to run a command that must fail
# Usage: assert_fails command [arguments]
# Returns: 0 if it failed; ends the test otherwise
assert_fails() {
    if "$@"; then
        fail "should have failed: $*"
    fi
}

# Function to load the libraries in the present folder as a script would
# Usage: load_libraries
# Returns: 0
load_libraries() {
    # shellcheck source=/dev/null
    source ./error-handling.sh
    # shellcheck source=/dev/null
    source ./step-navigation.sh
    SCRIPT_NAME=step-010-test
}

# Function to write a step that consists of its header
# Usage: make_step "step-010-a.sh" ["header line"]...
# Returns: 0
make_step() {
    local file="$1"

    shift
    {
        echo '#!/bin/bash'
        echo "# Test - ${file%.sh}"
        printf '# %s\n' "$@"
    } >"$file"
    chmod +x "$file"
}

# Function to run one test in a folder and a shell of its own
# Usage: run_test test_function
# Returns: 0, always
run_test() {
    local dir="$WORK/$1" status

    mkdir -p "$dir/project"
    cp "$SCRIPT_DIR/error-handling.sh" "$SCRIPT_DIR/step-navigation.sh" \
        "$dir/project/"
    # Not in a condition: there `set -e` would not count inside.
    (
        cd "$dir/project" || exit 1
        unset RETRY_ATTEMPTS RETRY_DELAY HEALTH_URL CI REQUIRED_TOOLS \
            DEPLOYMENT_STATE_DIR ENVIRONMENT DEPLOYMENT_ENVIRONMENT \
            STEPDECK_RUN_ID STEPDECK_HEADLESS CLOUD_PROVIDER AWS_REGION \
            AWS_DEFAULT_REGION SERVICE_NAME PROJECT_NAME SCRIPT_NAME \
            DEPLOYMENT_MET_STEPS DEPLOY_ALL_RUNNING FORCE_COLOR RETRY_MAX_DELAY
        export NO_COLOR=1
        set -e
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

# ---------------------------------------------------------------- retries ---

# A command that fails FAILURES times and counts its calls. `sleep` is replaced
# by a note of how long it would have been.
flaky() {
    echo call >>calls
    if [ "$(grep -c '' calls)" -le "$FAILURES" ]; then
        return 9
    fi
}
sleep() { echo "$1" >>sleeps; }

test_retry_command_succeeds_after_failures() {
    load_libraries
    FAILURES=2
    retry_command 3 10 "$SCRIPT_NAME" flaky
    assert_equal 3 "$(grep -c '' calls)" calls
    assert_contains .deployment-state/deployment.log "Attempt 3/3: flaky"
}

test_retry_doubles_its_delay() {
    load_libraries
    FAILURES=9
    assert_fails retry_command 5 3 "$SCRIPT_NAME" flaky
    assert_equal "3 6 12 24" "$(tr '\n' ' ' <sleeps | sed 's/ $//')" sleeps
}

test_retry_delay_has_a_ceiling() {
    load_libraries
    FAILURES=9
    RETRY_MAX_DELAY=50
    assert_fails retry_command 5 20 "$SCRIPT_NAME" flaky
    assert_equal "20 40 50 50" "$(tr '\n' ' ' <sleeps | sed 's/ $//')" sleeps
}

test_retry_stops_at_the_limit_and_names_the_status() {
    load_libraries
    FAILURES=9
    local status=0
    retry_command 2 1 "$SCRIPT_NAME" flaky || status=$?
    assert_equal 1 "$status" status
    assert_equal 2 "$(grep -c '' calls)" calls
    assert_equal 9 "$RETRY_LAST_STATUS" "last status"
    assert_contains .deployment-state/errors.log "last status 9: flaky"
    assert_contains .deployment-state/warnings.log "failed with status 9"
}

test_retry_does_not_wait_after_success() {
    load_libraries
    FAILURES=0
    retry_command 3 10 "$SCRIPT_NAME" flaky
    [ ! -e sleeps ] || fail "it slept"
}

test_retry_keeps_captured_output_clean() {
    load_libraries
    assert_equal "one two" "$(retry_command 2 0 x echo "one two")" output
}

test_retry_keeps_arguments_apart() {
    load_libraries
    count() { [ "$#" -eq 2 ] && [ "$2" = "b c" ]; }
    retry_command 1 0 "$SCRIPT_NAME" count a "b c"
}

test_retry_refuses_bad_numbers() {
    load_libraries
    local bad status
    for bad in "0 1" "-1 1" "x 1" "2 x" "2 -3" "1.5 1"; do
        status=0
        # shellcheck disable=SC2086 # two words each
        retry_command $bad "$SCRIPT_NAME" true || status=$?
        assert_equal 2 "$status" "retry_command $bad"
    done
    status=0
    retry_command 3 1 "$SCRIPT_NAME" || status=$?
    assert_equal 2 "$status" "without a command"
}

test_retry_gives_up_when_there_is_no_such_command() {
    load_libraries
    assert_fails retry_command 5 1 "$SCRIPT_NAME" no-such-command-here
    [ ! -e sleeps ] || fail "it tried again"
}

test_retry_survives_errexit() {
    load_libraries
    setup_error_handling "$SCRIPT_NAME"
    FAILURES=1
    retry_command 2 1 "$SCRIPT_NAME" flaky
    case "$-" in *e*) ;; *) fail "set -e is gone" ;; esac
}

# ------------------------------------------------------------ checkpoints ---

test_checkpoint_creation() {
    load_libraries
    create_checkpoint step-010-a completed
    assert_equal completed "$(cat .deployment-state/step-010-a.status)" status
    local line='^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z step-010-a completed$'
    grep -Eq "$line" .deployment-state/checkpoints.log ||
        fail "$(cat .deployment-state/checkpoints.log)"
    is_step_completed step-010-a
}

test_checkpoint_status_persists() {
    load_libraries
    create_checkpoint step-010-a failed
    (
        unset DEPLOYMENT_STATE_DIR
        # shellcheck source=/dev/null
        source ./error-handling.sh
        assert_equal failed "$(read_step_status step-010-a)" status
    )
    assert_fails is_step_completed step-010-a
    assert_fails is_step_completed step-020-b
}

test_checkpoint_refuses_other_words() {
    load_libraries
    assert_fails create_checkpoint step-010-a "done"
    assert_fails create_checkpoint step-010-a ""
    assert_fails create_checkpoint ../evil completed
    assert_fails create_checkpoint "two words" completed
    [ ! -e .deployment-state/step-010-a.status ] || fail "it was written"
    create_checkpoint step-010-a pending
}

test_checkpoint_files_are_private() {
    load_libraries
    create_checkpoint step-010-a completed
    # shellcheck disable=SC2012 # portable
    assert_equal drwx------ "$(ls -ld .deployment-state | cut -c 1-10)" folder
    local file
    for file in .deployment-state/*; do
        # shellcheck disable=SC2012 # portable
        assert_equal -rw------- "$(ls -ld "$file" | cut -c 1-10)" "$file"
    done
    assert_equal '*' "$(cat .deployment-state/.gitignore)" .gitignore
    assert_equal "$(umask)" "$(bash -c umask)" umask
}

test_checkpoint_by_hand_drops_the_record_of_stepdeck() {
    load_libraries
    echo '{}' >.deployment-state/step-010-a.json
    (
        export STEPDECK_RUN_ID=run
        create_checkpoint step-010-a completed
    )
    [ -e .deployment-state/step-010-a.json ] || fail "stepdeck's own run lost it"
    create_checkpoint step-010-a completed
    [ ! -e .deployment-state/step-010-a.json ] || fail "it is still there"
}

test_checkpoint_after_a_torn_line_is_on_its_own_line() {
    load_libraries
    printf '2026-11-21T17:00:00Z step-0' >>.deployment-state/checkpoints.log
    create_checkpoint step-010-a completed
    assert_equal 2 "$(grep -c '' .deployment-state/checkpoints.log)" lines
    tail -n 1 .deployment-state/checkpoints.log | grep -q 'Z step-010-a comp'
}

test_torn_status_counts_as_pending() {
    load_libraries
    printf 'comple' >.deployment-state/step-010-a.status
    assert_equal pending "$(read_step_status step-010-a 2>warning)" status
    assert_contains warning "taken as pending"
    assert_equal not_started "$(read_step_status step-020-b)" status
}

test_failed_script_is_recorded_as_failed() {
    cat >step-010-a.sh <<'EOF'
source ./error-handling.sh
setup_error_handling step-010-a
create_checkpoint step-010-a in_progress
[ "$1" = fails ] && false
[ "$1" = exits ] && exit 5
create_checkpoint step-010-a completed
EOF
    local word status
    for word in fails exits; do
        status=0
        bash step-010-a.sh "$word" || status=$?
        [ "$status" -ne 0 ] || fail "$word: status 0"
        assert_equal failed "$(cat .deployment-state/step-010-a.status)" "$word"
    done
}

test_success_is_never_reported_as_an_error() {
    cat >step-010-a.sh <<'EOF'
source ./error-handling.sh
setup_error_handling step-010-a
create_checkpoint step-010-a in_progress
false || true
if false; then :; fi
create_checkpoint step-010-a completed
EOF
    bash step-010-a.sh
    assert_equal completed "$(cat .deployment-state/step-010-a.status)" status
    assert_equal 0 "$(grep -c '' .deployment-state/errors.log)" errors
}

test_clean_state_archives_and_deletes_nothing() {
    load_libraries
    create_checkpoint step-010-a completed
    log_error "an error"
    echo output >.deployment-state/step-010-a.log
    mkdir -p .deployment-state/runs/1
    local before after
    before=$(grep -c '' .deployment-state/deployment.log)
    clean_deployment_state
    assert_equal not_started "$(read_step_status step-010-a)" status
    assert_equal output "$(cat .deployment-state/archive/*/step-010-a.log)" log
    cat .deployment-state/archive/*/errors.log | grep -q "an error"
    [ -d .deployment-state/runs/1 ] || fail "the history is gone"
    after=$(grep -c '' .deployment-state/deployment.log)
    [ "$after" -gt "$before" ] || fail "deployment.log has no line of it"
    create_checkpoint step-010-a failed
    clean_deployment_state
    assert_equal 2 "$(find .deployment-state/archive -name '*.status' |
        grep -c '')" "archived states"
}

# --------------------------------------------------------- state and logs ---

test_state_folder_is_absolute_and_survives_cd() {
    load_libraries
    mkdir elsewhere
    cd elsewhere
    log_info "from elsewhere"
    create_checkpoint step-010-a completed
    [ ! -e .deployment-state ] || fail "a second state folder"
    assert_contains ../.deployment-state/deployment.log "from elsewhere"
    case "$DEPLOYMENT_STATE_DIR" in /*) ;; *) fail "not absolute" ;; esac
}

test_state_folder_stands_beside_the_script() {
    mkdir elsewhere
    cd elsewhere
    (
        # shellcheck source=/dev/null
        source ../error-handling.sh
        create_checkpoint step-010-a completed
    )
    [ -e ../.deployment-state/step-010-a.status ] || fail "not there"
}

test_exported_state_folder_is_used() {
    export DEPLOYMENT_STATE_DIR="$PWD/other"
    load_libraries
    create_checkpoint step-010-a completed
    assert_equal completed "$(cat other/step-010-a.status)" status
    [ ! -e other/.gitignore ] || fail "a folder of somebody else was ignored"
}

test_environment_has_its_own_state() {
    mkdir environments
    echo A=1 >environments/prod.env
    export ENVIRONMENT=prod
    load_libraries
    assert_equal "$PWD/.deployment-state/environments/prod" \
        "$DEPLOYMENT_STATE_DIR" folder
    assert_equal '*' "$(cat .deployment-state/.gitignore)" .gitignore
}

test_environment_without_file_shares_the_state() {
    export ENVIRONMENT=prod
    load_libraries
    assert_equal "$PWD/.deployment-state" "$DEPLOYMENT_STATE_DIR" folder
}

test_environment_of_the_env_file_shares_the_state() {
    mkdir environments
    echo A=overlay >environments/prod.env
    printf 'ENVIRONMENT=prod\nA=base\n' >.env
    load_libraries
    load_configuration
    assert_equal "$PWD/.deployment-state" "$DEPLOYMENT_STATE_DIR" folder
    assert_equal overlay "$A" "the overlay's value"
}

test_unwritable_state_folder_is_only_a_warning() {
    : >.deployment-state
    load_libraries 2>warning
    assert_contains warning "cannot write the state folder"
    setup_error_handling "$SCRIPT_NAME"
    log_info "still alive"
    log_error "still alive"
    create_checkpoint step-010-a completed
    is_step_completed step-010-a
    rm -rf "$DEPLOYMENT_STATE_DIR"
}

test_lost_state_folder_is_only_a_warning() {
    load_libraries
    setup_error_handling "$SCRIPT_NAME"
    rm -rf .deployment-state
    : >.deployment-state
    log_info "still alive"
    log_warning "still alive"
    create_checkpoint step-010-a completed 2>warning
    assert_contains warning "Could not record step-010-a"
}

test_planted_link_is_not_followed() {
    echo precious >precious
    mkdir -p .deployment-state
    ln -s ../precious .deployment-state/errors.log
    load_libraries
    log_error "overwrite"
    assert_equal precious "$(cat precious)" "the linked file"
}

test_log_lines_have_one_form() {
    load_libraries
    log_error "two
lines" step-010-a
    log_warning "careful" step-010-a
    log_info "hello" step-010-a
    local time='^[0-9-]{10}T[0-9:]{8}Z'
    cd .deployment-state
    grep -Eq "$time ERROR \[step-010-a\]: two lines\$" errors.log
    grep -Eq "$time ERROR \[step-010-a\]: two lines\$" deployment.log
    grep -Eq "$time WARNING \[step-010-a\]: careful\$" warnings.log
    grep -Eq "$time WARNING \[step-010-a\]: careful\$" deployment.log
    grep -Eq "$time INFO \[step-010-a\]: hello\$" deployment.log
    assert_equal 1 "$(grep -c '' errors.log)" "lines of errors.log"
}

test_colours_only_where_wanted() {
    local shown
    shown=$(NO_COLOR='' FORCE_COLOR=1 bash -c \
        'source ./error-handling.sh; printf %s "$RED"')
    [ -n "$shown" ] || fail "FORCE_COLOR gave none"
    shown=$(NO_COLOR=1 FORCE_COLOR=1 bash -c \
        'source ./error-handling.sh; printf %s "$RED"')
    assert_equal "" "$shown" "NO_COLOR"
    shown=$(NO_COLOR='' bash -c 'source ./error-handling.sh; printf %s "$RED"')
    assert_equal "" "$shown" "in a pipe"
}

test_questions_take_their_default_without_a_terminal() {
    load_libraries
    ask_yes_no "Go on?" yes
    assert_fails ask_yes_no "Go on?" no
    assert_fails handle_non_critical_error "small" "$SCRIPT_NAME"
    handle_non_critical_error "small" "$SCRIPT_NAME" true
}

# ---------------------------------------------------------- configuration ---

test_configuration_order() {
    mkdir environments
    printf 'A=shared\nB=shared\nC=shared\nD=shared\n' >deployment-config.env
    printf 'B=env\nC=env\nD=env\n' >.env
    printf 'C=overlay\nD=overlay\n' >environments/dev.env
    export ENVIRONMENT=dev D=process
    load_libraries
    load_configuration
    assert_equal "shared env overlay process" "$A $B $C $D" values
    assert_equal "overlay" "$(bash -c 'echo "$C"')" "exported value"
}

test_configuration_is_never_executed() {
    load_libraries
    local line
    for line in 'A=$(touch pwned)' 'A=`touch pwned`' 'A=1; touch pwned' \
        'touch pwned' 'A=1 touch pwned' 'A="$(touch pwned)"'; do
        printf '%s\n' "$line" >.env
        assert_fails load_configuration
    done
    [ ! -e pwned ] || fail "a command ran"
}

test_configuration_values_of_all_forms() {
    cat >.env <<'EOF'
# a comment
PLAIN=a-b_c:d/e
export EXPORTED="two words"
SINGLE='$(not run) "x"'
NESTED="${PLAIN}/f" # comment
EMPTY=
EOF
    printf 'WINDOWS=line\r\n' >>.env
    load_libraries
    load_configuration
    assert_equal "two words" "$EXPORTED" EXPORTED
    # shellcheck disable=SC2016 # literally
    assert_equal '$(not run) "x"' "$SINGLE" SINGLE
    assert_equal "a-b_c:d/e/f" "$NESTED" NESTED
    assert_equal "" "$EMPTY" EMPTY
    assert_equal line "$WINDOWS" WINDOWS
}

test_missing_configuration_says_what_to_do() {
    load_libraries
    assert_fails load_configuration
    assert_contains .deployment-state/errors.log "Run step-000 first"
    PROJECT_NAME=x load_configuration
}

test_environment_config_by_name() {
    load_libraries
    mkdir environments
    echo A=1 >environments/prod.env
    load_environment_config prod
    assert_equal 1 "$A" A
    assert_fails load_environment_config none
    assert_fails load_environment_config ../environments/prod
}

test_deploy_infrastructure_chooses_the_cloud() {
    load_libraries
    deploy_aws_infrastructure() { echo aws >chosen; }
    deploy_gcp_infrastructure() { return 1; }
    CLOUD_PROVIDER=aws deploy_infrastructure
    assert_equal aws "$(cat chosen)" provider
    CLOUD_PROVIDER=gcp assert_fails deploy_infrastructure
    CLOUD_PROVIDER=azure assert_fails deploy_infrastructure
    assert_contains .deployment-state/errors.log "Nothing to deploy to azure"
    CLOUD_PROVIDER=moon assert_fails deploy_infrastructure
    assert_contains .deployment-state/errors.log \
        "Unsupported cloud provider: 'moon'"
}

# ------------------------------------------------------------------ checks ---

test_versions_compare_by_number() {
    load_libraries
    version_at_least 1.10 1.9
    version_at_least v1.5.0 1.5
    version_at_least 1.5 1.5.0
    version_at_least 2.08 2.8
    assert_fails version_at_least 1.9 1.10
    assert_fails version_at_least 1.4.99 1.5
    version_holds 1.4 '<' 1.5
    version_holds 1.5 '=' 1.5.0
    version_holds 1.5 '<=' 1.5
    assert_fails version_holds 1.5 '>' 1.5
}

test_command_checks() {
    load_libraries
    check_command_exists bash
    assert_fails check_command_exists no-such-command-here "https://example.com"
    mkdir bin
    printf '#!/bin/sh\necho "tool version 1.4.2 (x)"\n' >bin/tool
    chmod +x bin/tool
    PATH="$PWD/bin:$PATH"
    assert_equal 1.4.2 "$(tool_version tool)" version
    check_tool_version tool '>=' 1.4
    assert_fails check_tool_version tool '>=' 1.5
    assert_contains .deployment-state/errors.log "tool is version 1.4.2"
}

test_checks_of_unused_tools_are_skipped() {
    load_libraries
    PATH="/usr/bin:/bin"
    check_aws_credentials
    check_aws_region
    check_iam_permissions_hint
    check_terraform_version 99
    check_nodejs_version 99
    validate_tool_versions
    assert_equal 0 "$(grep -c '' .deployment-state/errors.log)" errors
    assert_contains .deployment-state/deployment.log \
        "AWS credentials: skipped"
}

test_aws_is_required_only_when_chosen() {
    load_libraries
    AWS_REGION=us-east-2
    assert_equal none "$(aws_need)" "region in the shell"
    echo AWS_REGION=us-east-2 >.env
    assert_equal wanted "$(aws_need)" "region configured"
    assert_equal none "$(SERVICE_NAME=web && aws_need)" "built-in target"
    assert_equal required "$(CLOUD_PROVIDER=aws && aws_need)" "chosen"
    assert_equal none "$(CLOUD_PROVIDER=gcp && aws_need)" "another cloud"
    AWS_REGION=nowhere
    check_aws_region
    CLOUD_PROVIDER=aws
    assert_fails check_aws_region
}

test_disk_space() {
    load_libraries
    check_disk_space 1
    assert_fails check_disk_space 999999999
}

test_terraform_errors() {
    load_libraries
    local row text expected status
    for row in "0:Error: EntityAlreadyExists: Role already exists" \
        "1:Error: something else" "2:Error: timeout while waiting" \
        "2:Error: Error acquiring the state lock" \
        "1:Error: ExpiredToken: the token is expired" \
        "1:AccessDenied: not authorized to perform x" \
        "2:Error: Throttling: Rate exceeded" \
        "1:Inconsistent dependency lock file"; do
        expected="${row%%:*}" text="${row#*:}" status=0
        echo "$text" >tf.log
        handle_terraform_error 1 tf.log "$SCRIPT_NAME" || status=$?
        assert_equal "$expected" "$status" "$text"
    done
    printf 'Error: a already exists\nError: b is wrong\n' >tf.log
    assert_fails handle_terraform_error 1 tf.log "$SCRIPT_NAME"
    handle_terraform_error 0 tf.log "$SCRIPT_NAME"
}

test_terraform_is_retried_in_its_folder() {
    load_libraries
    mkdir bin terraform
    cat >bin/terraform <<'EOF'
#!/bin/bash
pwd >>../calls
[ "$(grep -c '' ../calls)" -ge 3 ] && exit 0
echo "Error: timeout"
exit 1
EOF
    chmod +x bin/terraform
    PATH="$PWD/bin:$PATH"
    terraform_with_retry terraform "$SCRIPT_NAME" apply
    assert_equal 3 "$(grep -c '' calls)" calls
    assert_equal "10 20" "$(tr '\n' ' ' <sleeps | sed 's/ $//')" sleeps
    assert_equal "$PWD/terraform" "$(head -n 1 calls)" folder
}

# ----------------------------------------------------------- prerequisites ---

test_prerequisites_of_every_kind() {
    load_libraries
    make_step step-005-a.sh
    make_step step-010-b.sh "Prerequisites: step-005-a, command bash >= 3.2, \
env WANTED, file main.tf, a quiet afternoon"
    assert_fails check_deployment_prerequisites step-010-b
    local log=.deployment-state/errors.log
    assert_contains $log "step-005-a has not completed (it is not_started)"
    assert_contains $log "WANTED is not set"
    assert_contains $log "no file main.tf"
    assert_equal 3 "$(grep -c '' $log)" "complaints"
    create_checkpoint step-005-a completed
    touch main.tf
    echo WANTED=1 >.env
    check_deployment_prerequisites step-010-b
}

test_prerequisite_commands() {
    load_libraries
    make_step step-010-b.sh "Prerequisites: command no-such-command-here"
    assert_fails check_deployment_prerequisites step-010-b
    make_step step-010-b.sh "prerequisites: command bash >= 99.1"
    assert_fails check_deployment_prerequisites step-010-b
    assert_contains .deployment-state/errors.log ">= 99.1 is needed"
    make_step step-010-b.sh "PREREQUISITES: command bash 3"
    check_deployment_prerequisites step-010-b
}

test_prerequisite_step_that_does_not_exist() {
    load_libraries
    make_step step-010-b.sh "Prerequisites: step-005-gone"
    assert_fails check_deployment_prerequisites step-010-b
    assert_contains .deployment-state/errors.log "step-005-gone does not exist"
}

test_prerequisite_by_number_means_all_its_steps() {
    load_libraries
    make_step step-005-a.sh
    make_step step-005-b.sh
    make_step step-010-c.sh "Prerequisites: step-005"
    create_checkpoint step-005-a completed
    assert_fails check_deployment_prerequisites step-010-c
    create_checkpoint step-005-b completed
    check_deployment_prerequisites step-010-c
}

test_prerequisite_list_goes_on_in_the_next_line() {
    load_libraries
    make_step step-010-b.sh "Prerequisites: command bash," "env WANTED_HERE" \
        "- file gone.txt"
    assert_fails check_deployment_prerequisites step-010-b
    assert_contains .deployment-state/errors.log "WANTED_HERE is not set"
    assert_contains .deployment-state/errors.log "no file gone.txt"
}

test_default_prerequisites_are_the_earlier_critical_steps() {
    load_libraries
    make_step step-000-setup.sh
    make_step step-001-check.sh
    make_step step-005-hint.sh "Critical: no"
    make_step step-010-a.sh
    make_step step-020-b.sh
    make_step step-998-c.sh
    make_step step-999-d.sh
    assert_equal "step-001-check step-010-a" "$(default_prerequisites "$PWD" \
        step-020-b.sh | sort | tr '\n' ' ' | sed 's/ $//')" "of 020"
    assert_equal step-998-c "$(default_prerequisites "$PWD" step-999-d.sh)" \
        "of 999"
    create_checkpoint step-001-check completed
    assert_fails check_deployment_prerequisites step-020-b
    create_checkpoint step-010-a completed
    check_deployment_prerequisites step-020-b
}

test_prerequisites_none() {
    load_libraries
    make_step step-010-a.sh
    make_step step-020-b.sh "Prerequisites: None"
    check_deployment_prerequisites step-020-b
}

test_parallel_neighbours_do_not_wait_for_each_other() {
    load_libraries
    make_step step-010-a.sh
    make_step step-020-b.sh "Parallel: group"
    make_step step-021-c.sh "Parallel: group"
    make_step step-022-d.sh
    assert_equal step-010-a "$(default_prerequisites "$PWD" step-021-c.sh)" \
        "of 021"
    assert_equal 3 "$(default_prerequisites "$PWD" step-022-d.sh |
        grep -c '')" "of 022"
}

test_skipped_steps_and_stepdeck_count_as_met() {
    load_libraries
    make_step step-010-a.sh
    make_step step-020-b.sh
    DEPLOYMENT_MET_STEPS="step-010-a" check_deployment_prerequisites step-020-b
    STEPDECK_RUN_ID=run check_deployment_prerequisites step-020-b
}

# ------------------------------------------------------------- navigation ---

test_navigation_follows_the_sequence() {
    load_libraries
    local name
    for name in 000-setup 001-check 010-a 050-test 998-clean 999-destroy; do
        make_step "step-$name.sh"
    done
    touch step-020-b.sh.bak "step-020-c.sh~" step-021-notes.txt
    assert_equal step-001-check.sh "$(detect_next_step step-000-setup.sh)"
    assert_equal step-010-a.sh "$(detect_next_step ./step-001-check.sh)"
    assert_equal step-050-test.sh "$(detect_next_step step-010-a.sh "$PWD")"
    assert_equal step-998-clean.sh "$(detect_next_step step-050-test.sh)"
    assert_fails detect_next_step step-999-destroy.sh
    create_checkpoint step-001-check completed
    assert_equal step-010-a.sh "$(detect_next_step "")"
}

test_next_step_is_shown_with_its_description() {
    load_libraries
    make_step step-010-a.sh
    make_step step-020-b.sh "Creates the b that a needs." "Outputs: none"
    show_next_step step-010-a.sh "$PWD" >shown
    assert_contains shown "Next: Run step-020-b.sh"
    assert_contains shown "Creates the b that a needs."
    assert_equal "" "$(STEPDECK_RUN_ID=x show_next_step step-010-a.sh)" quiet
    make_step step-998-clean.sh
    show_next_step step-020-b.sh "$PWD" >shown
    assert_contains shown "Only to remove everything again"
}

test_outputs_must_exist() {
    load_libraries
    PROJECT_NAME=x
    make_step step-010-a.sh "Outputs: out/a.txt, some prose here., URL n/a"
    assert_fails validate_post_step step-010-a
    assert_contains .deployment-state/errors.log "missing: out/a.txt"
    mkdir out
    touch out/a.txt
    validate_post_step step-010-a
    make_step step-010-a.sh "Outputs: out/*.txt out/b.txt"
    assert_fails validate_post_step step-010-a
}

test_pre_step_validation() {
    load_libraries
    PROJECT_NAME=x
    make_step step-010-a.sh "Prerequisites: file gone.txt"
    assert_fails validate_pre_step step-010-a
    touch gone.txt
    create_checkpoint step-010-a in_progress
    validate_pre_step step-010-a 2>warning
    assert_contains warning "was interrupted"
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
