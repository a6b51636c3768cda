#!/bin/bash

# Deployment - Destroy everything
# Removes the infrastructure for good, checks that nothing is left, and puts the
# state of all steps into the archive so that a new deployment starts afresh.
# Prerequisites: step-998-pre-destroy-cleanup
# Outputs: none
# Always: yes
# Confirm: Really destroy all of the infrastructure?

SCRIPT_DIR="$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)" || exit 1

usage() {
    cat <<EOF
Usage: $0 [OPTIONS]

Phase 2 of 2 of the teardown: destroys the infrastructure. Asks first; without
a terminal it does nothing unless --auto-approve is given. step-998 comes first.

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

# Function to destroy what Terraform created, repeating what is worth a retry
# Usage: terraform_destroy_with_retry
# Returns: 0 on success or without Terraform, 1 otherwise
terraform_destroy_with_retry() {
    if [ ! -d terraform ]; then
        log_info "Terraform: skipped, there is no terraform folder" \
            "$SCRIPT_NAME"
        return 0
    fi
    check_command_exists terraform "https://terraform.io/downloads" \
        "$SCRIPT_NAME" || return 1
    terraform_with_retry terraform "$SCRIPT_NAME" init || return 1
    terraform_with_retry terraform "$SCRIPT_NAME" destroy -auto-approve
}

# Function to destroy what was created in other ways
# Usage: destroy_other_infrastructure
# Returns: 0 on success, also if there is none, 1 otherwise
destroy_other_infrastructure() {
    # >>> Your commands.
    rm -f -- deployment-outputs/infrastructure.env || return 1
    if [ -d deployment-outputs ]; then
        rmdir -- deployment-outputs 2>/dev/null || true
    fi
    # <<<
}

# Function to check that nothing is left
# Usage: verify_complete_cleanup
# Returns: 0 if so, 1 otherwise (what is left is named)
verify_complete_cleanup() {
    local left

    # >>> Your checks: ask the cloud for resources with your project's tag.
    left=$(find deployment-outputs -type f 2>/dev/null) || left=""
    # <<<
    if [ -n "$left" ]; then
        log_error "Something is left: $left" "$SCRIPT_NAME" \
            "Remove it by hand, then run this script again"
        return 1
    fi
    log_info "Nothing is left" "$SCRIPT_NAME"
}

# Function to archive the state of all steps, this one included: a later
# deployment, and its teardown, start from nothing. stepdeck does it itself
# Usage: cleanup_local_state
# Returns: 0 on success, 1 otherwise
cleanup_local_state() {
    if [ -n "${STEPDECK_RUN_ID:-}" ]; then
        return 0
    fi
    clean_deployment_state "$SCRIPT_NAME"
}

SCRIPT_NAME="step-999-destroy-everything"
cd "$SCRIPT_DIR" || exit 1

# stepdeck has asked already when it runs this script.
if [ "$AUTO_APPROVE" = 0 ] && [ -z "${STEPDECK_RUN_ID:-}" ] &&
    ! ask_yes_no "Really destroy all of the infrastructure?" no; then
    log_warning "Nothing was destroyed" "$SCRIPT_NAME" \
        "Without a terminal give --auto-approve"
    exit 4
fi

# 2. Initialize error handling
setup_error_handling "$SCRIPT_NAME"
create_checkpoint "$SCRIPT_NAME" "in_progress" "$SCRIPT_NAME"

say "${BOLD}🔧 Step 999: Destroy everything${NC}"
say "==============================="

# 3. Validate prerequisites
if ! check_deployment_prerequisites "$SCRIPT_NAME"; then
    log_error "Prerequisites not met" "$SCRIPT_NAME"
    exit 1
fi

# 4. Load configuration
load_configuration "$SCRIPT_NAME" || exit 1
log_info "Configuration loaded" "$SCRIPT_NAME"

# 5. The teardown
for phase in terraform_destroy_with_retry destroy_other_infrastructure \
    verify_complete_cleanup; do
    if ! "$phase"; then
        log_error "Teardown failed in $phase" "$SCRIPT_NAME" \
            "Mend what the lines above name, then run this script again"
        exit 1
    fi
done

# 6. Validation and checkpoint
create_checkpoint "$SCRIPT_NAME" "completed" "$SCRIPT_NAME"
if ! cleanup_local_state; then
    exit 1
fi
say "${GREEN}✅ Everything is gone${NC}"

# 7. Show next step
if declare -f show_next_step >/dev/null; then
    show_next_step "$(basename "$0")" "$SCRIPT_DIR"
fi
