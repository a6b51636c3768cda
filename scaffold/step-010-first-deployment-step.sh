#!/bin/bash

# Deployment - First deployment step
# Deploys what everything else stands on. As delivered it writes a small file
# in place of real infrastructure; put your own commands into deploy().
# Prerequisites: step-001-preflight-check
# Outputs: deployment-outputs/infrastructure.env

SCRIPT_DIR="$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)" || exit 1

# 1. Source dependencies
# shellcheck source=/dev/null
source "$SCRIPT_DIR/error-handling.sh" || {
    echo "❌ error-handling.sh not found in $SCRIPT_DIR" >&2
    exit 1
}
# shellcheck source=/dev/null
source "$SCRIPT_DIR/step-navigation.sh" || echo "Navigation not found" >&2

# Function to do the work of this step. It may run more than once, so it must
# not mind finding its work done
# Usage: deploy
# Returns: 0 on success, 1 on failure
deploy() {
    local output="deployment-outputs/infrastructure.env"

    # >>> Your commands. End each one that matters with `|| return 1`, and
    # change folders only in a subshell:
    #     (cd terraform && terraform apply) || return 1
    # For a cloud with Terraform, or functions of your own named
    # deploy_aws_infrastructure and so on, this line is enough:
    #     deploy_infrastructure "$SCRIPT_NAME" || return 1
    mkdir -p deployment-outputs || return 1
    {
        echo "INFRASTRUCTURE_ID=${ENVIRONMENT:-dev}-infrastructure"
        echo "INFRASTRUCTURE_TIME=$(utc_now)"
    } >"$output.new" || return 1
    mv -f "$output.new" "$output" || return 1
    # <<<
}

# 2. Initialize error handling
SCRIPT_NAME="step-010-first-deployment-step"
cd "$SCRIPT_DIR" || exit 1
setup_error_handling "$SCRIPT_NAME"
create_checkpoint "$SCRIPT_NAME" "in_progress" "$SCRIPT_NAME"

say "${BOLD}🚀 Step 10: First deployment step${NC}"
say "================================="

# 3. Validate prerequisites
if ! check_deployment_prerequisites "$SCRIPT_NAME"; then
    log_error "Prerequisites not met" "$SCRIPT_NAME"
    exit 1
fi

# 4. Load configuration
load_configuration "$SCRIPT_NAME" || exit 1
log_info "Configuration loaded" "$SCRIPT_NAME"

# 5. Main deployment logic with error handling
log_info "Starting the deployment..." "$SCRIPT_NAME"
if retry_command "${RETRY_ATTEMPTS:-3}" "${RETRY_DELAY:-10}" \
    "$SCRIPT_NAME" deploy; then
    log_info "Deployment successful" "$SCRIPT_NAME"
else
    log_error "Deployment failed" "$SCRIPT_NAME" \
        "The last lines above say why; run this script again afterwards"
    exit 1
fi

# 6. Validation and checkpoint
validate_post_step "$SCRIPT_NAME" || exit 1
create_checkpoint "$SCRIPT_NAME" "completed" "$SCRIPT_NAME"
say "${GREEN}✅ Step completed successfully${NC}"

# 7. Show next step
if declare -f show_next_step >/dev/null; then
    show_next_step "$(basename "$0")" "$SCRIPT_DIR"
fi
