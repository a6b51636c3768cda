#!/bin/bash

# Hand written - The storage
# This script puts up the storage and notes it in the ledger.
# Prerequisites: the steps before this one
# Outputs: a line in the ledger

source "$(dirname "$0")/error-handling.sh"

SCRIPT_NAME="step-020-storage"
setup_error_handling "$SCRIPT_NAME"
create_checkpoint "$SCRIPT_NAME" "in_progress" "$SCRIPT_NAME"

if [ "$BREAK_AT" = "020" ]; then
    log_error "the storage could not be put up" "$SCRIPT_NAME"
    create_checkpoint "$SCRIPT_NAME" "failed" "$SCRIPT_NAME"
    exit 1
fi
echo "storage" >>ledger.txt

create_checkpoint "$SCRIPT_NAME" "completed" "$SCRIPT_NAME"
