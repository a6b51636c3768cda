#!/bin/bash

# Deployment - Validation testing
# Tests what was deployed from end to end and writes a report: infrastructure,
# workflows, error handling, monitoring, resources, security, recovery.
# Prerequisites: step-020-second-deployment-step
# Outputs: deployment-outputs/test-report.txt
# Always: yes

SCRIPT_DIR="$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)" || exit 1

# 1. Source dependencies
# shellcheck source=/dev/null
source "$SCRIPT_DIR/error-handling.sh" || {
    echo "❌ error-handling.sh not found in $SCRIPT_DIR" >&2
    exit 1
}
# shellcheck source=/dev/null
source "$SCRIPT_DIR/step-navigation.sh" || echo "Navigation not found" >&2

# What a test returns.
PASS=0
FAIL=1
WARN=2
NOTHING_TO_TEST=3

INFRASTRUCTURE_FILE="deployment-outputs/infrastructure.env"
APPLICATION_FILE="deployment-outputs/application.env"
REPORT="deployment-outputs/test-report.txt"
FAILED_TESTS=0
WARNED_TESTS=0
PASSED_TESTS=0

# Function to run one test, show its result and add it to the report
# Usage: run_test function "what it tests"
# Returns: 0, always; failures are counted in FAILED_TESTS
run_test() {
    local result=0 word icon

    "$1" || result=$?
    case "$result" in
        "$PASS") word=passed icon="✅" PASSED_TESTS=$((PASSED_TESTS + 1)) ;;
        "$WARN") word=warning icon="⚠️ " WARNED_TESTS=$((WARNED_TESTS + 1)) ;;
        "$NOTHING_TO_TEST") word=skipped icon="⭕" ;;
        *) word=failed icon="❌" FAILED_TESTS=$((FAILED_TESTS + 1)) ;;
    esac
    say "$icon $2: $word"
    printf '%-8s %s\n' "$word" "$2" >>"$REPORT.new"
}

# ---- infrastructure ----

# Function to check that what the first step created is there
# Usage: validate_cloud_resources
# Returns: 0 if it is, 1 otherwise
validate_cloud_resources() {
    # >>> Ask your cloud instead, for example: terraform -chdir=terraform plan
    grep -q '^INFRASTRUCTURE_ID=..*' "$INFRASTRUCTURE_FILE" 2>/dev/null ||
        return "$FAIL"
    # <<<
}

# Function to ask the deployed service for its health, if HEALTH_URL is set
# Usage: check_service_health
# Returns: 0 if it is healthy, 1 if not, 3 without HEALTH_URL or curl
check_service_health() {
    local timeout="${HEALTH_TIMEOUT:-10}"

    if [ -z "${HEALTH_URL:-}" ] || ! command -v curl >/dev/null 2>&1; then
        return "$NOTHING_TO_TEST"
    fi
    retry_command "${RETRY_ATTEMPTS:-3}" "${RETRY_DELAY:-10}" "$SCRIPT_NAME" \
        curl -fsS -o /dev/null --max-time "${timeout%s}" "$HEALTH_URL" ||
        return "$FAIL"
}

# Function to check that the configuration names what is deployed
# Usage: verify_configurations
# Returns: 0 if it does, 1 otherwise
verify_configurations() {
    [ -n "${PROJECT_NAME:-}" ] && [ -n "${ENVIRONMENT:-}" ] && return "$PASS"
    log_warning "PROJECT_NAME or ENVIRONMENT is not set" "$SCRIPT_NAME"
    return "$WARN"
}

# ---- functions ----

# Function to test the main workflow: the application uses the infrastructure
# Usage: test_primary_workflows
# Returns: 0 if it works, 1 otherwise
test_primary_workflows() {
    # >>> Use your service here as its users do.
    (
        source_env_files "$INFRASTRUCTURE_FILE" "$APPLICATION_FILE" &&
            [ "$APPLICATION_INFRASTRUCTURE" = "$INFRASTRUCTURE_ID" ]
    ) || return "$FAIL"
    # <<<
}

# Function to test that failures are seen: a failing command must not pass
# Usage: test_error_scenarios
# Returns: 0 if it is seen, 1 otherwise
test_error_scenarios() {
    # A drill, which must not reach the logs.
    local DEPLOYMENT_STATE_DIR=/dev/null/none

    if retry_command 1 0 "$SCRIPT_NAME" false >/dev/null 2>&1; then
        return "$FAIL"
    fi
}

# Function to check that the logs of this deployment are being written
# Usage: validate_monitoring_setup
# Returns: 0 if they are, 2 if not
validate_monitoring_setup() {
    grep -q "\[$SCRIPT_NAME\]" "$DEPLOYMENT_STATE_DIR/deployment.log" \
        2>/dev/null || return "$WARN"
}

# ---- operation ----

# Function to check the resources of this machine
# Usage: check_resource_utilization
# Returns: 0 if they will do, 2 if they run short
check_resource_utilization() {
    check_disk_space 100 "$SCRIPT_DIR" "$SCRIPT_NAME" || return "$WARN"
}

# Function to check that .env is neither readable for others nor in git
# Usage: validate_security_configuration
# Returns: 0 if so, 1 if git tracks it, 2 if others can read it, 3 without .env
validate_security_configuration() {
    local mode

    [ -f .env ] || return "$NOTHING_TO_TEST"
    if git ls-files --error-unmatch .env >/dev/null 2>&1; then
        log_error ".env is tracked by git" "$SCRIPT_NAME" \
            "Run: git rm --cached .env"
        return "$FAIL"
    fi
    # shellcheck disable=SC2012 # stat differs between systems, this does not
    mode=$(ls -ld .env | cut -c 8)
    if [ "$mode" = r ]; then
        log_warning "Everybody can read .env" "$SCRIPT_NAME" \
            "Run: chmod 600 .env"
        return "$WARN"
    fi
}

# Function to check that a resume after a disaster would know where to go on:
# checkpoints.log and the status files tell the same
# Usage: test_disaster_recovery_readiness
# Returns: 0 if they do, 2 otherwise
test_disaster_recovery_readiness() {
    local log="$DEPLOYMENT_STATE_DIR/checkpoints.log"
    local step word

    [ -s "$log" ] || return "$WARN"
    while read -r step word; do
        if [ "$step" != "$SCRIPT_NAME" ] &&
            [ "$(read_step_status "$step")" != "$word" ]; then
            log_warning "$step: its last checkpoint says $word, its status \
does not" "$SCRIPT_NAME"
            return "$WARN"
        fi
    done < <(awk 'NF == 3 { last[$2] = $3 }
        END { for (step in last) print step, last[step] }' "$log")
}

# Function to run all tests and write the report
# Usage: run_all_tests
# Returns: 0 if none failed, 1 otherwise
run_all_tests() {
    mkdir -p deployment-outputs || return 1
    echo "Validation of ${PROJECT_NAME:-the project} at $(utc_now)" \
        >"$REPORT.new" || return 1
    say "${BLUE}📋 Infrastructure${NC}"
    run_test validate_cloud_resources "cloud resources exist"
    run_test check_service_health "service is healthy"
    run_test verify_configurations "configuration is complete"
    say "${BLUE}📋 Functions${NC}"
    run_test test_primary_workflows "primary workflows"
    run_test test_error_scenarios "error scenarios"
    run_test validate_monitoring_setup "monitoring"
    say "${BLUE}📋 Operation${NC}"
    run_test check_resource_utilization "resource utilization"
    run_test validate_security_configuration "security configuration"
    run_test test_disaster_recovery_readiness "disaster recovery readiness"
    # >>> Your own tests: run_test your_function "what it tests"
    # <<<
    echo "$PASSED_TESTS passed, $WARNED_TESTS warnings, $FAILED_TESTS failed" \
        >>"$REPORT.new"
    mv -f "$REPORT.new" "$REPORT" || return 1
    [ "$FAILED_TESTS" -eq 0 ]
}

# 2. Initialize error handling
SCRIPT_NAME="step-050-validation-testing"
cd "$SCRIPT_DIR" || exit 1
setup_error_handling "$SCRIPT_NAME"
create_checkpoint "$SCRIPT_NAME" "in_progress" "$SCRIPT_NAME"

say "${BOLD}📊 Step 50: Validation testing${NC}"
say "=============================="

# 3. Validate prerequisites
if ! check_deployment_prerequisites "$SCRIPT_NAME"; then
    log_error "Prerequisites not met" "$SCRIPT_NAME"
    exit 1
fi

# 4. Load configuration
load_configuration "$SCRIPT_NAME" || exit 1
log_info "Configuration loaded" "$SCRIPT_NAME"

# 5. The tests
if ! run_all_tests; then
    log_error "Validation failed: $FAILED_TESTS tests" "$SCRIPT_NAME" \
        "See $SCRIPT_DIR/$REPORT"
    exit 1
fi
say "${GREEN}✅ $PASSED_TESTS passed, $WARNED_TESTS warnings${NC}"
log_info "Test report: $SCRIPT_DIR/$REPORT" "$SCRIPT_NAME"

# 6. Validation and checkpoint
validate_post_step "$SCRIPT_NAME" || exit 1
create_checkpoint "$SCRIPT_NAME" "completed" "$SCRIPT_NAME"

# 7. Show next step
if declare -f show_next_step >/dev/null; then
    show_next_step "$(basename "$0")" "$SCRIPT_DIR"
fi
