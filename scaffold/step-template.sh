#!/bin/bash

# Deployment - @TITLE@
# Say here what this step does and why; the next step shows these words.
# Outputs: none

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
    # >>> Your commands. End each one that matters with `|| return 1`, and
    # change folders only in a subshell:
    #     (cd terraform && terraform apply) || return 1
    log_info "Nothing to do yet: fill in deploy() of $SCRIPT_NAME.sh" \
        "$SCRIPT_NAME"
    # <<<
}

# 2. Initialize error handling
SCRIPT_NAME="@ID@"
cd "$SCRIPT_DIR" || exit 1
setup_error_handling "$SCRIPT_NAME"
create_checkpoint "$SCRIPT_NAME" "in_progress" "$SCRIPT_NAME"

say "${BOLD}🚀 Step @NUMBER@: @TITLE@${NC}"
say "================================="

# 3. Validate prerequisites: all earlier critical steps, as long as the header
# has no Prerequisites line. With one (items between commas, or "none") only
# what it names: step-NNN-name, command jq >= 1.5, env AWS_REGION, file PATH
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
