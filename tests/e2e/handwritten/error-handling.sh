#!/bin/bash
# A small error handling library, as somebody writes it who has read the
# framework document and nothing else: it knows the state files it names, and
# nothing of stepdeck.

DEPLOYMENT_STATE_DIR="$(pwd)/.deployment-state"
mkdir -p "$DEPLOYMENT_STATE_DIR" 2>/dev/null || DEPLOYMENT_STATE_DIR="."
for log in deployment errors warnings checkpoints; do
    touch "$DEPLOYMENT_STATE_DIR/$log.log" 2>/dev/null || true
done

now() { date -u +"%Y-%m-%dT%H:%M:%SZ"; }

log_info() {
    echo "info: $1"
    echo "$(now) INFO [$2]: $1" >>"$DEPLOYMENT_STATE_DIR/deployment.log" 2>/dev/null || true
}

log_error() {
    echo "error: $1" >&2
    echo "$(now) ERROR [$2]: $1" >>"$DEPLOYMENT_STATE_DIR/errors.log" 2>/dev/null || true
}

create_checkpoint() {
    echo "$(now) $1 $2" >>"$DEPLOYMENT_STATE_DIR/checkpoints.log" 2>/dev/null || true
    echo "$2" >"$DEPLOYMENT_STATE_DIR/$1.status" 2>/dev/null || true
    log_info "Checkpoint: $1 -> $2" "$3"
}

is_step_completed() {
    [ "$(cat "$DEPLOYMENT_STATE_DIR/$1.status" 2>/dev/null)" = "completed" ]
}

setup_error_handling() {
    set -e
    set -o pipefail
    log_info "Error handling is on for $1" "$1"
}
