#!/bin/bash

# Deployment - Pre-destroy cleanup
# Removes what would keep the infrastructure from being destroyed: services
# that use it, and resources that were created beside Terraform.
# Prerequisites: none
# Outputs: none
# Always: yes

SCRIPT_DIR="$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)" || exit 1

usage() {
    cat <<EOF
Usage: $0 [OPTIONS]

Phase 1 of 2 of the teardown: removes what depends on the infrastructure. Asks
first; without a terminal it does nothing unless --auto-approve is given.

Options:
  --auto-approve, -y   Do not ask
  --help, -h           Show this help message

Examples:
  $0                   # asks
  $0 --auto-approve    # for scripts
EOF
}

AUTO_APPROVE=0
while [ "$#" -gt 0 ]; do
    case "$1" in
        --help | -h) usage && exit 0 ;;
        --auto-approve | -y) AUTO_APPROVE=1 ;;
        *)
            echo "Unknown option: $1 (see $0 --help)" >&2
            exit 2
            ;;
    esac
    shift
done

# 1. Source dependencies
# shellcheck source=/dev/null
source "$SCRIPT_DIR/error-handling.sh" || {
    echo "❌ error-handling.sh not found in $SCRIPT_DIR" >&2
    exit 1
}
# shellcheck source=/dev/null
source "$SCRIPT_DIR/step-navigation.sh" || echo "Navigation not found" >&2

# Function to remove services that use the infrastructure
# Usage: remove_service_dependencies
# Returns: 0 on success, also if there are none, 1 otherwise
remove_service_dependencies() {
    # >>> Your commands: delete services, drain queues, empty buckets.
    rm -f -- deployment-outputs/application.env || return 1
    # <<<
}

# Function to clean up resources that Terraform does not know
# Usage: cleanup_external_resources
# Returns: 0 on success, also if there are none, 1 otherwise
cleanup_external_resources() {
    # >>> Your commands: DNS records, images, log groups.
    rm -f -- deployment-outputs/test-report.txt || return 1
    # <<<
}

# Function to check that nothing stands in the way of phase 2 any more
# Usage: prepare_for_infrastructure_destroy
# Returns: 0 if so, 1 otherwise
prepare_for_infrastructure_destroy() {
    # >>> Your checks.
    [ ! -e deployment-outputs/application.env ] || return 1
    # <<<
}

SCRIPT_NAME="step-998-pre-destroy-cleanup"
cd "$SCRIPT_DIR" || exit 1

# stepdeck has asked already when it runs this script.
if [ "$AUTO_APPROVE" = 0 ] && [ -z "${STEPDECK_RUN_ID:-}" ] &&
    ! ask_yes_no "Really remove the application and all that depends on it?" no
then
    log_warning "Nothing was removed" "$SCRIPT_NAME" \
        "Without a terminal give --auto-approve"
    exit 4
fi

# 2. Initialize error handling
setup_error_handling "$SCRIPT_NAME"
create_checkpoint "$SCRIPT_NAME" "in_progress" "$SCRIPT_NAME"

say "${BOLD}🔧 Step 998: Pre-destroy cleanup${NC}"
say "================================"

# 3. Validate prerequisites
if ! check_deployment_prerequisites "$SCRIPT_NAME"; then
    log_error "Prerequisites not met" "$SCRIPT_NAME"
    exit 1
fi

# 4. Load configuration
load_configuration "$SCRIPT_NAME" || exit 1
log_info "Configuration loaded" "$SCRIPT_NAME"

# 5. The cleanup
for phase in remove_service_dependencies cleanup_external_resources \
    prepare_for_infrastructure_destroy; do
    if ! retry_command "${RETRY_ATTEMPTS:-3}" "${RETRY_DELAY:-10}" \
        "$SCRIPT_NAME" "$phase"; then
        log_error "Cleanup failed in $phase" "$SCRIPT_NAME" \
            "Remove what is left by hand, then run this script again"
        exit 1
    fi
done

# 6. Validation and checkpoint
create_checkpoint "$SCRIPT_NAME" "completed" "$SCRIPT_NAME"
say "${GREEN}✅ Nothing stands in the way of the teardown any more${NC}"

# 7. Show next step
if declare -f show_next_step >/dev/null; then
    show_next_step "$(basename "$0")" "$SCRIPT_DIR"
fi
