#!/bin/bash
# Runs every step that is not completed yet, in order.
cd "$(dirname "$0")" || exit 1
source ./error-handling.sh

for script in step-0*.sh; do
    step=${script%.sh}
    if is_step_completed "$step"; then
        log_info "$step is completed already, skipping" deploy-all
        continue
    fi
    if ! bash "./$script" 2>&1 | tee "$DEPLOYMENT_STATE_DIR/$step.log"; then
        log_error "$step failed" deploy-all
        exit 1
    fi
    is_step_completed "$step" || exit 1
done
