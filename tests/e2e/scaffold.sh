#!/bin/bash
# Tests the files that `stepdeck init` writes: as text (lint, bash 3.2, the
# documented functions) and as a project that is configured, deployed, broken,
# resumed and torn down. Prints `ok NAME` or `not ok NAME` per case.
#
#     tests/e2e/scaffold.sh [CASE...]
#
# SCAFFOLD_DIR names another copy of the files.

HERE="$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)" || exit 1
SCAFFOLD_DIR="${SCAFFOLD_DIR:-$HERE/../../scaffold}"
SCAFFOLD_DIR="$(CDPATH='' cd -- "$SCAFFOLD_DIR" && pwd)" || exit 1
WORK=$(mktemp -d "${TMPDIR:-/tmp}/scaffold.XXXXXX") || exit 1
trap 'rm -rf "$WORK"' EXIT
FAILURES=0

fail() {
    echo "$1" >&2
    exit 1
}

assert_equal() {
    [ "$1" = "$2" ] || fail "${3:-value}: expected '$1', got '$2'"
}

assert_contains() {
    grep -qF -e "$2" "$1" || fail "'$2' is not in $1: $(cat "$1")"
}

# assert_status EXPECTED COMMAND...: its output goes to the file `output`.
assert_status() {
    local expected="$1" status=0

    shift
    "$@" >output 2>&1 || status=$?
    cat output
    assert_equal "$expected" "$status" "status of $*"
}

# The files as `init` writes them, configured.
make_project() {
    cp -p "$SCAFFOLD_DIR"/*.sh "$SCAFFOLD_DIR/README.md" .
    rm -f step-template.sh
    cp "$SCAFFOLD_DIR/gitignore" .gitignore
}

make_configured_project() {
    make_project
    ./step-000-interactive-setup.sh --defaults
}

status_of() {
    cat "${2:-.}/.deployment-state/$1.status" 2>/dev/null || echo none
}

run_case() {
    local dir="$WORK/$1" status

    mkdir -p "$dir/project"
    # Not in a condition: there `set -e` would not count inside.
    (
        cd "$dir/project" || exit 1
        unset DEPLOYMENT_STATE_DIR ENVIRONMENT PROJECT_NAME STEPDECK_RUN_ID \
            STEPDECK_HEADLESS CLOUD_PROVIDER AWS_REGION AWS_DEFAULT_REGION \
            AWS_PROFILE SERVICE_NAME SCRIPT_NAME FORCE_COLOR HEALTH_URL \
            REQUIRED_TOOLS NO_COLOR CI SERVICE_SPECIFIC_VAR
        export RETRY_DELAY=0
        set -e
        "$1"
    ) >"$dir/log" 2>&1 </dev/null
    status=$?
    if [ "$status" -eq 0 ]; then
        echo "ok $1"
    else
        echo "not ok $1"
        sed 's/^/# /' "$dir/log"
        FAILURES=$((FAILURES + 1))
    fi
}

# --------------------------------------------------------------- as text ---

case_all_files_are_there() {
    local file

    for file in error-handling.sh step-navigation.sh deploy-all.sh deploy.sh \
        step-000-interactive-setup.sh step-001-preflight-check.sh \
        step-010-first-deployment-step.sh step-020-second-deployment-step.sh \
        step-050-validation-testing.sh step-998-pre-destroy-cleanup.sh \
        step-999-destroy-everything.sh deployment-status.sh \
        test-step-functions.sh test-deployment-flow.sh step-template.sh; do
        [ -x "$SCAFFOLD_DIR/$file" ] || fail "$file is missing or not executable"
    done
    assert_contains "$SCAFFOLD_DIR/gitignore" ".deployment-state/"
    grep -qx '.env' "$SCAFFOLD_DIR/gitignore"
}

case_shellcheck_finds_nothing() {
    if ! command -v shellcheck >/dev/null 2>&1; then
        echo "skipped: shellcheck is not installed"
        return 0
    fi
    shellcheck "$SCAFFOLD_DIR"/*.sh "$HERE/scaffold.sh"
}

case_bash_accepts_every_file() {
    local file

    for file in "$SCAFFOLD_DIR"/*.sh; do
        "$BASH" -n "$file"
    done
}

# What bash 3.2 or the tools of macOS do not know. One extended pattern a line.
newer_than_bash_3() {
    cat <<'EOF'
(declare|local|typeset|readonly) -[a-zA-Z]*[Agn]
(^|[^[:alnum:]_])(mapfile|readarray|coproc)([^[:alnum:]_]|$)
\$\{[A-Za-z_][A-Za-z0-9_]*(\[[^]]*\])?(,|\^)
\$\{[A-Za-z_][A-Za-z0-9_]*@[A-Za-z]\}
\$\{[A-Za-z_][A-Za-z0-9_]*\[-[0-9]
\$\{[A-Za-z_][A-Za-z0-9_]*:[^-}][^}:]*:-[0-9]
wait -[nfp]
&>>
\|&
%\([^)]*\)T
(^|[[:space:]]);;?&([[:space:]]|$)
\$(EPOCHSECONDS|EPOCHREALTIME|SRANDOM|BASHPID)
(exec|^) *\{[A-Za-z_]+\}[<>]
(globstar|lastpipe|inherit_errexit)
read .*-[a-zA-Z]*[iN]
\[\[? -[vR]
trap .*(ERR|DEBUG)
\{0[0-9]+\.\.
printf .*\\u[0-9a-fA-F]
date .*(-d|--date|-I|--iso)
stat -
sed .*(-i |-i$|-r |-E -i)
sort .*(-V|--version)
grep .*-[a-zA-Z]*P
df .*(-B|--output|-h)
(readlink -f|realpath|mktemp --|cp -a|xargs -r)
(^|[|;&(])[[:space:]]*(timeout|tac) 
(head|tail) .*-n ?-[0-9]
\\b
EOF
}

# The lines with code: comments and the shell code inside of single-quoted
# patterns are no use of a feature.
code_of() {
    sed -e 's/^[[:space:]]*#.*//' "$1"
}

case_bash_3_2_is_enough() {
    local file pattern found=0

    for file in "$SCAFFOLD_DIR"/*.sh; do
        while IFS= read -r pattern; do
            if code_of "$file" | grep -nE -e "$pattern"; then
                echo "in ${file##*/}, pattern $pattern"
                found=1
            fi
        done < <(newer_than_bash_3)
    done
    [ "$found" -eq 0 ]
}

case_the_bash_3_2_check_can_fail() {
    local line pattern hits

    while IFS= read -r line; do
        hits=0
        while IFS= read -r pattern; do
            if printf '%s\n' "$line" | grep -qE -e "$pattern"; then
                hits=1
            fi
        done < <(newer_than_bash_3)
        [ "$hits" -eq 1 ] || fail "not found: $line"
    done <<'EOF'
declare -A map
local -n ref=x
declare -g x=1
mapfile -t lines
x=${name,,}
x=${name^}
x=${list[@]^^}
x=${list[-1]}
x=${text:0:-1}
x=${text@Q}
wait -n
make &>>log
make |& tee log
printf '%(%F)T'
echo $EPOCHSECONDS
exec {fd}>file
shopt -s globstar
[[ -v name ]]
trap 'oops' ERR
for i in {01..10}; do
date -d yesterday
stat -c %s file
sed -i s/a/b/ file
sort -V
grep -P x
readlink -f x
echo x | tac -
    echo one ;;&
EOF
}

# bash 3.2 may take the bytes of a character behind a name for part of it.
case_no_bare_variable_before_a_wide_character() {
    ! LC_ALL=C grep -nE '\$[A-Za-z_][A-Za-z0-9_]*[^ -~[:space:]]' \
        "$SCAFFOLD_DIR"/*.sh
}

# The parser of bash 3.2 ends $( ) at the parenthesis of a case pattern.
case_no_case_inside_a_substitution() {
    ! grep -nE '\$\([^)"]*case .* in' "$SCAFFOLD_DIR"/*.sh
}

case_every_function_is_documented() {
    local file missing

    missing=$(for file in "$SCAFFOLD_DIR"/*.sh; do
        awk -v file="${file##*/}" '
            /^# Function to / { purpose = 1 }
            /^# Usage: / { usage = 1 }
            /^# Returns: / { returns = 1 }
            /^[a-z_]+\(\) \{/ {
                name = $1
                if (name !~ /^(usage|test_|flaky|sleep|append_state_line)/ &&
                    !(purpose && usage && returns))
                    print file ": " name
            }
            !/^#/ { purpose = usage = returns = 0 }
        ' "$file"
    done)
    # append_state_line is written twice; the library documents it.
    assert_equal "" "$missing" "functions without their documentation"
}

case_every_required_function_is_defined() {
    local name

    for name in log_error log_warning log_info check_command_exists \
        check_aws_credentials check_aws_region check_iam_permissions_hint \
        check_disk_space check_nodejs_version check_terraform_version \
        validate_tool_versions retry_command create_checkpoint \
        is_step_completed check_deployment_prerequisites \
        handle_non_critical_error handle_terraform_error \
        show_deployment_summary clean_deployment_state setup_error_handling \
        detect_next_step show_next_step validate_prerequisites \
        validate_pre_step validate_post_step load_environment_config \
        deploy_infrastructure run_parallel_steps prompt_continue \
        can_continue_after_failure run_step display_status create_env_file \
        create_terraform_vars create_deployment_config check_command \
        validate_cloud_resources check_service_health verify_configurations \
        test_primary_workflows test_error_scenarios validate_monitoring_setup \
        check_resource_utilization validate_security_configuration \
        test_disaster_recovery_readiness check_cloud_resources \
        validate_service_endpoints monitor_system_health show_error_count \
        show_recent_errors show_warning_summary remove_service_dependencies \
        cleanup_external_resources prepare_for_infrastructure_destroy \
        terraform_destroy_with_retry cleanup_local_state \
        verify_complete_cleanup; do
        grep -q "^$name() {" "$SCAFFOLD_DIR"/*.sh || fail "$name is missing"
    done
}

case_every_script_has_its_header() {
    local file

    for file in "$SCAFFOLD_DIR"/*.sh; do
        assert_equal '#!/bin/bash' "$(head -n 1 "$file")" "$file"
        sed -n 3p "$file" | grep -q '^# Deployment - ' || fail "$file: title"
        head -n 12 "$file" | grep -q '^# Outputs: ' || fail "$file: Outputs"
        [ "${file##*/}" = step-template.sh ] ||
            head -n 12 "$file" | grep -q '^# Prerequisites: ' ||
            fail "$file: Prerequisites"
    done
}

case_steps_have_the_seven_parts() {
    local file part

    for file in "$SCAFFOLD_DIR"/step-[0-9]*.sh "$SCAFFOLD_DIR/step-template.sh"
    do
        for part in 1 2 3 4 5 6 7; do
            grep -q "^# $part\. " "$file" || fail "$file: part $part"
        done
    done
}

case_readme_has_its_sections() {
    local section

    for section in "Quick Start" "Deployment Options" "Enhanced Features" \
        "Troubleshooting Guide" "Component Overview" "Developer Integration"; do
        grep -Eq "^## .*$section" "$SCAFFOLD_DIR/README.md" || fail "$section"
    done
}

# ------------------------------------------------------------ as a project ---

case_its_own_unit_tests_pass() {
    make_project
    assert_status 0 ./test-step-functions.sh
    tail -n 1 output | grep -Eq '^[1-9][0-9]* passed, 0 failed$'
    [ ! -e .deployment-state ] || fail "the tests left state behind"
}

case_its_own_integration_tests_pass() {
    make_project
    assert_status 0 ./test-deployment-flow.sh
    tail -n 1 output | grep -Eq '^[1-9][0-9]* passed, 0 failed$'
    [ ! -e .deployment-state ] || fail "the tests left state behind"
}

case_status_of_a_fresh_project() {
    make_project
    assert_status 0 ./deployment-status.sh
    assert_contains output "⭕ step-010-first-deployment-step"
    assert_contains output "Run ./step-000-interactive-setup.sh"
    [ ! -e .deployment-state ] || fail "looking created something"
}

case_help_of_every_script_with_options() {
    local script

    make_project
    for script in step-000-interactive-setup step-001-preflight-check \
        step-998-pre-destroy-cleanup step-999-destroy-everything deploy-all \
        deployment-status test-step-functions test-deployment-flow; do
        assert_status 0 "./$script.sh" --help
        assert_contains output "Usage: "
        assert_contains output "Examples:"
        assert_status 0 "./$script.sh" -h
    done
    [ ! -e .deployment-state ] || fail "the help created something"
}

case_setup_without_a_terminal_takes_defaults() {
    make_project
    PROJECT_NAME='My "best" app' assert_status 0 ./step-000-interactive-setup.sh
    assert_contains .env 'PROJECT_NAME="My \"best\" app"'
    assert_contains .env ENVIRONMENT=dev
    assert_contains .env DEPLOYMENT_TIMESTAMP=
    [ ! -e terraform ] || fail "a terraform folder came up"
    # shellcheck disable=SC2012 # portable
    assert_equal -rw------- "$(ls -ld .env | cut -c 1-10)" ".env"
    # shellcheck disable=SC2016 # for the other shell
    assert_equal 'My "best" app' \
        "$(bash -c '. ./.env && printf "%s" "$PROJECT_NAME"')" "the value"
}

case_setup_keeps_what_was_there() {
    make_project
    mkdir terraform
    printf 'MINE="a b"\nENVIRONMENT=prod' >.env
    echo 'instances = 3' >terraform/terraform.tfvars
    assert_status 0 ./step-000-interactive-setup.sh --defaults
    assert_contains .env 'MINE="a b"'
    assert_contains .env ENVIRONMENT=prod
    assert_equal 1 "$(grep -c '^ENVIRONMENT=' .env)" "lines of ENVIRONMENT"
    assert_contains .env.bak 'MINE="a b"'
    assert_contains terraform/terraform.tfvars 'instances = 3'
    assert_contains terraform/terraform.tfvars 'environment = "prod"'
}

case_setup_refuses_bad_answers() {
    make_project
    ENVIRONMENT=../evil assert_status 1 ./step-000-interactive-setup.sh
    CLOUD_PROVIDER=moon assert_status 1 ./step-000-interactive-setup.sh
    [ ! -e .env ] || fail ".env was written"
    assert_equal failed "$(status_of step-000-interactive-setup)"
}

case_full_run_with_stdin_closed() {
    make_configured_project
    local project="$PWD" status=0

    cd /
    "$project/deploy-all.sh" <&- >"$project/output" 2>&1 || status=$?
    cd "$project"
    cat output
    assert_equal 0 "$status" status
    local step
    for step in step-001-preflight-check step-010-first-deployment-step \
        step-020-second-deployment-step step-050-validation-testing; do
        assert_equal completed "$(status_of "$step")" "$step"
        [ -s ".deployment-state/$step.log" ] || fail "no log of $step"
    done
    assert_equal none "$(status_of step-998-pre-destroy-cleanup)" 998
    grep -q '^passed .*primary workflows' deployment-outputs/test-report.txt
    assert_equal 0 "$(grep -c '' .deployment-state/errors.log)" errors
}

case_no_colours_outside_of_a_terminal() {
    make_configured_project
    assert_status 0 ./deploy-all.sh
    ! grep -q "$(printf '\033')" output || fail "escape sequences"
    assert_status 0 ./deployment-status.sh
    ! grep -q "$(printf '\033')" output || fail "escape sequences"
}

case_steps_by_hand_from_another_folder() {
    make_configured_project
    local project="$PWD" step

    mkdir ../elsewhere
    cd ../elsewhere
    for step in 001-preflight-check 010-first-deployment-step \
        020-second-deployment-step 050-validation-testing; do
        assert_status 0 "$project/step-$step.sh"
        assert_equal completed "$(status_of "step-$step" "$project")" "$step"
        case "$step" in
            050*) ;;
            *) assert_contains output "Next: Run step-" ;;
        esac
    done
    assert_contains output "Only to remove everything again"
    assert_equal output "$(ls -A)" "files beside the project"
}

case_steps_are_idempotent() {
    make_configured_project
    assert_status 0 ./deploy-all.sh
    assert_status 0 ./step-010-first-deployment-step.sh
    assert_status 0 ./step-020-second-deployment-step.sh
    assert_status 0 ./step-050-validation-testing.sh
}

case_failing_step_and_resume() {
    make_configured_project
    # The output folder of the first step cannot be made.
    : >deployment-outputs
    assert_status 3 ./deploy-all.sh
    assert_contains output "Recovery options:"
    assert_contains output "Attempt 3/3: deploy"
    assert_equal failed "$(status_of step-010-first-deployment-step)" 010
    assert_equal none "$(status_of step-020-second-deployment-step)" 020
    assert_status 0 ./deployment-status.sh
    assert_contains output "❌ step-010-first-deployment-step"
    rm deployment-outputs
    assert_status 0 ./deploy-all.sh
    assert_equal completed "$(status_of step-050-validation-testing)" 050
    assert_status 0 ./deploy-all.sh
    assert_contains output "step-010-first-deployment-step already completed"
}

case_validation_fails_when_outputs_disagree() {
    make_configured_project
    assert_status 0 ./deploy-all.sh
    echo APPLICATION_INFRASTRUCTURE=other >deployment-outputs/application.env
    assert_status 3 ./deploy-all.sh
    assert_contains output "❌ primary workflows: failed"
    assert_contains deployment-outputs/test-report.txt "1 failed"
}

case_preflight_of_required_tools() {
    make_configured_project
    echo 'REQUIRED_TOOLS="no-such-tool"' >>.env
    assert_status 20 ./deploy-all.sh
    assert_contains output "Command not found: no-such-tool"
    assert_status 0 ./deploy-all.sh --skip-preflight
}

case_teardown_in_two_phases() {
    make_configured_project
    assert_status 0 ./deploy-all.sh
    assert_status 4 ./step-998-pre-destroy-cleanup.sh
    [ -e deployment-outputs/application.env ] || fail "it was removed"
    assert_status 1 ./step-999-destroy-everything.sh -y
    [ -e deployment-outputs/infrastructure.env ] || fail "it was removed"
    assert_status 0 ./step-998-pre-destroy-cleanup.sh --auto-approve
    assert_status 4 ./step-999-destroy-everything.sh
    assert_status 0 ./step-999-destroy-everything.sh --auto-approve
    [ ! -e deployment-outputs ] || fail "something is left"
    assert_equal none "$(status_of step-010-first-deployment-step)" 010
    [ -n "$(find .deployment-state/archive -name 'step-999-*.status')" ] ||
        fail "the state was not archived"
    assert_status 0 ./deploy-all.sh
    assert_equal completed "$(status_of step-020-second-deployment-step)" 020
}

case_terraform_destroy_is_retried() {
    make_configured_project
    mkdir bin terraform
    cat >bin/terraform <<'EOF'
#!/bin/bash
[ "$1" = --version ] && echo "Terraform v1.9.0" && exit 0
echo "$*" >>../calls
[ "$1" = destroy ] && [ "$(grep -c ^destroy ../calls)" -lt 2 ] &&
    echo "Error: timeout" && exit 1
exit 0
EOF
    chmod +x bin/terraform
    PATH="$PWD/bin:$PATH"
    assert_status 0 ./step-998-pre-destroy-cleanup.sh -y
    assert_status 0 ./step-999-destroy-everything.sh -y
    assert_equal 2 "$(grep -c '^destroy -auto-approve' calls)" destroys
}

case_run_by_stepdeck_is_quiet_about_the_next_step() {
    make_project
    export STEPDECK_RUN_ID=run DEPLOYMENT_STATE_DIR="$PWD/state"
    export STEPDECK_HEADLESS=1 SCRIPT_NAME=step-010-first-deployment-step
    mkdir state
    echo '{}' >state/step-010-first-deployment-step.json
    assert_status 0 ./step-010-first-deployment-step.sh
    ! grep -q "Next: Run" output || fail "it told the next step"
    [ -e state/step-010-first-deployment-step.json ] || fail "the record is gone"
    [ ! -e .deployment-state ] || fail "a second state folder"
}

case_template_makes_a_working_step() {
    make_configured_project
    sed -e 's/@ID@/step-030-extra/g' -e 's/@TITLE@/Extra things/g' \
        -e 's/@NUMBER@/30/g' "$SCAFFOLD_DIR/step-template.sh" \
        >step-030-extra.sh
    chmod +x step-030-extra.sh
    ! grep -n '@[A-Z]*@' step-030-extra.sh || fail "placeholders are left"
    assert_status 1 ./step-030-extra.sh
    assert_contains output "step-020-second-deployment-step has not completed"
    assert_status 0 ./deploy-all.sh
    assert_contains output "Extra things"
    assert_equal completed "$(status_of step-030-extra)" 030
}

case_questions_are_asked_on_a_terminal() {
    if ! script -qec true /dev/null >/dev/null 2>&1; then
        echo "skipped: script(1) cannot give a terminal here"
        return 0
    fi
    local status=0

    make_configured_project
    printf 'y\nn\n' | script -qec ./deploy-all.sh /dev/null >output ||
        status=$?
    assert_equal 6 "$status" "status"
    assert_contains output "Run step-010-first-deployment-step.sh? (Y/n)"
    assert_contains output "Go on with:"
    assert_equal completed "$(status_of step-010-first-deployment-step)" 010
    assert_equal none "$(status_of step-020-second-deployment-step)" 020
}

if [ "$#" -eq 0 ]; then
    # shellcheck disable=SC2046 # names of functions
    set -- $(declare -F | awk '$3 ~ /^case_/ { print $3 }')
fi
for name in "$@"; do
    run_case "$name"
done
[ "$FAILURES" -eq 0 ]
