#!/bin/bash

# Hand written - The traffic
# This script puts up the traffic and notes it in the ledger.
# Prerequisites: the steps before this one
# Outputs: a line in the ledger

source "$(dirname "$0")/error-handling.sh"

SCRIPT_NAME="step-040-traffic"
setup_error_handling "$SCRIPT_NAME"
create_checkpoint "$SCRIPT_NAME" "in_progress" "$SCRIPT_NAME"

if [ "$BREAK_AT" = "040" ]; then
    log_error "the traffic could not be put up" "$SCRIPT_NAME"
    create_checkpoint "$SCRIPT_NAME" "failed" "$SCRIPT_NAME"
    exit 1
fi
echo "traffic" >>ledger.txt

create_checkpoint "$SCRIPT_NAME" "completed" "$SCRIPT_NAME"
