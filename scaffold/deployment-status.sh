#!/bin/bash

# Deployment - Status
# Shows how far the deployment is, what went wrong, and what to do next. It
# only looks: nothing is created or changed.
# Prerequisites: none
# Outputs: none

SCRIPT_DIR="$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)" || exit 1

RECENT_LINES=5
WATCH_SECONDS=0
CHECK_CLOUD=1

usage() {
    cat <<EOF
Usage: $0 [OPTIONS]

Shows the status of all steps, the resources, errors and warnings, the next
action and where the logs are.

Options:
  --watch [SECONDS]  Show it again every SECONDS (default 5) until Ctrl-C
  --no-cloud         Do not ask the cloud or the service
  --help, -h         Show this help message

Examples:
  $0
  $0 --watch 10
  NO_COLOR=1 $0 | less
EOF
}

while [ "$#" -gt 0 ]; do
    case "$1" in
        --help | -h) usage && exit 0 ;;
        --no-cloud) CHECK_CLOUD=0 ;;
        --watch)
            WATCH_SECONDS=5
            case "${2:-}" in
                '' | *[!0-9]*) ;;
                *)
                    WATCH_SECONDS=$((10#$2))
                    shift
                    ;;
            esac
            if [ "$WATCH_SECONDS" -lt 1 ]; then
                WATCH_SECONDS=1
            fi
            ;;
        *)
            echo "❌ Unknown option: $1 (see $0 --help)" >&2
            exit 2
            ;;
    esac
    shift
done

# shellcheck disable=SC2034 # read by error-handling.sh
DEPLOYMENT_STATE_PASSIVE=1
for library in error-handling.sh step-navigation.sh; do
    # shellcheck source=/dev/null
    source "$SCRIPT_DIR/$library" || {
        echo "❌ $library not found in $SCRIPT_DIR" >&2
        exit 1
    }
done

# Function to print the header of a section
# Usage: section "📊 Steps"
# Returns: 0, always
section() {
    say ""
    say "${BOLD}$1${NC}"
    say "${1//?/-}"
}

# ------------------------------------------------------------------ steps ---

# Function to display the status of one step
# Usage: display_status "step-010-network" "Create the network"
# Returns: 0, always
display_status() {
    local status line

    status=$(read_step_status "$1")
    line="$(printf '%-36s %-12s %s' "$1" "$status" "$2")"
    case "$status" in
        completed) say "${GREEN}✅ $line${NC}" ;;
        failed) say "${RED}❌ $line${NC}" ;;
        in_progress) say "${BLUE}🔄 $line${NC}" ;;
        *) say "⭕ $line" ;;
    esac
}

# Function to display the steps of one part of the sequence
# Usage: show_steps first last
# Returns: 0, always
show_steps() {
    local name

    while IFS= read -r name; do
        display_status "$(step_id "$name")" "$(step_title "$SCRIPT_DIR/$name")"
    done < <(list_steps "$SCRIPT_DIR" "$1" "$2")
}

# Function to display all steps and how many have completed
# Usage: show_all_steps
# Returns: 0, always
show_all_steps() {
    local name total=0 completed=0

    section "📊 Steps"
    while IFS= read -r name; do
        total=$((total + 1))
        if is_step_completed "$(step_id "$name")" 2>/dev/null; then
            completed=$((completed + 1))
        fi
    done < <(list_steps "$SCRIPT_DIR" "$DEPLOYMENT_FIRST" "$DEPLOYMENT_LAST")
    if [ -z "$(list_steps "$SCRIPT_DIR" 0 999)" ]; then
        say "There are no steps in $SCRIPT_DIR"
        return 0
    fi
    show_steps 0 "$DEPLOYMENT_LAST"
    say "Teardown:"
    show_steps "$TEARDOWN_FIRST" "$TEARDOWN_LAST"
    say "$completed of $total deployment steps completed"
}

# -------------------------------------------------------------- resources ---

# Function to check what the deployment has created
# Usage: check_cloud_resources
# Returns: 0, always
check_cloud_resources() {
    local file found=0 count

    for file in "$SCRIPT_DIR"/deployment-outputs/*; do
        if [ -f "$file" ]; then
            say "✅ Output: deployment-outputs/${file##*/}"
            found=1
        fi
    done
    # >>> Ask your cloud here.
    if [ -d "$SCRIPT_DIR/terraform" ] && [ "$CHECK_CLOUD" = 1 ] &&
        command -v terraform >/dev/null 2>&1; then
        count=$(cd "$SCRIPT_DIR/terraform" &&
            terraform state list 2>/dev/null </dev/null | grep -c '') || true
        say "🎯 Terraform resources: ${count:-0}"
        found=1
    fi
    # <<<
    if [ "$found" = 0 ]; then
        say "⭕ Nothing has been created yet"
    fi
    return 0
}

# Function to ask the service for its health, if HEALTH_URL is set
# Usage: validate_service_endpoints
# Returns: 0, always
validate_service_endpoints() {
    local timeout="${HEALTH_TIMEOUT:-10}"

    if [ -z "${HEALTH_URL:-}" ] || [ "$CHECK_CLOUD" = 0 ] ||
        ! command -v curl >/dev/null 2>&1; then
        say "⭕ Service: no health check (HEALTH_URL is not set)"
    elif curl -fsS -o /dev/null --max-time "${timeout%s}" "$HEALTH_URL" \
        2>/dev/null; then
        say "${GREEN}✅ Service answers: $HEALTH_URL${NC}"
    else
        say "${RED}❌ Service does not answer: $HEALTH_URL${NC}"
    fi
    return 0
}

# Function to check this machine and whether a deployment is running on it
# Usage: monitor_system_health
# Returns: 0, always
monitor_system_health() {
    local lock="$DEPLOYMENT_STATE_DIR/lock"

    check_disk_space 100 "$SCRIPT_DIR" deployment-status 2>&1 || true
    if [ -f "$lock" ] && command -v flock >/dev/null 2>&1 &&
        ! flock -n -s "$lock" true 2>/dev/null; then
        say "🔄 A deployment is running: $(cat "$lock" 2>/dev/null)"
    fi
    return 0
}

# ---------------------------------------------------- errors and warnings ---

# Function to show how many errors and warnings were logged
# Usage: show_error_count
# Returns: 0, always
show_error_count() {
    local errors warnings

    errors=$(count_log_lines errors.log)
    warnings=$(count_log_lines warnings.log)
    if [ "$errors" -eq 0 ]; then
        say "${GREEN}✅ Errors: 0${NC}"
    else
        say "${RED}❌ Errors: $errors${NC}"
    fi
    if [ "$warnings" -eq 0 ]; then
        say "${GREEN}✅ Warnings: 0${NC}"
    else
        say "${YELLOW}⚠️  Warnings: $warnings${NC}"
    fi
}

# Function to show the last lines of a log of the state folder
# Usage: show_log_end "errors.log" "Recent errors:"
# Returns: 0, always
show_log_end() {
    local file="$DEPLOYMENT_STATE_DIR/$1"

    if [ -s "$file" ]; then
        say "$2"
        tail -n "$RECENT_LINES" "$file" 2>/dev/null | sed 's/^/  /'
    fi
    return 0
}

# Function to show the most recent errors
# Usage: show_recent_errors
# Returns: 0, always
show_recent_errors() {
    show_log_end errors.log "Recent errors:"
}

# Function to show the most recent warnings
# Usage: show_warning_summary
# Returns: 0, always
show_warning_summary() {
    show_log_end warnings.log "Recent warnings:"
}

# ------------------------------------------------------------ next action ---

# Function to find the first deployment step with a status
# Usage: first_step_that_is "failed"
# Returns: 0 and prints its file name, 1 if there is none
first_step_that_is() {
    local name

    while IFS= read -r name; do
        if [ "$(read_step_status "$(step_id "$name")" 2>/dev/null)" = "$1" ]
        then
            printf '%s\n' "$name"
            return 0
        fi
    done < <(list_steps "$SCRIPT_DIR" "$DEPLOYMENT_FIRST" "$DEPLOYMENT_LAST")
    return 1
}

# Function to recommend what to do next
# Usage: show_next_action
# Returns: 0, always
show_next_action() {
    local name

    section "🎯 Next action"
    if [ -z "$(list_steps "$SCRIPT_DIR" 0 999)" ]; then
        say "Add steps: step-010-name.sh and so on"
    elif name=$(first_step_that_is failed); then
        say "${YELLOW}$name failed. See" \
            "$DEPLOYMENT_STATE_DIR/$(step_id "$name").log, mend it, then run" \
            "./deploy-all.sh${NC}"
    elif name=$(first_step_that_is in_progress); then
        say "${BLUE}$name is running, or was interrupted. If nothing runs any" \
            "more: ./deploy-all.sh${NC}"
    elif ! has_configuration; then
        say "${CYAN}Run ./step-000-interactive-setup.sh: there is no" \
            "configuration yet${NC}"
    elif name=$(detect_next_step "" 2>/dev/null); then
        say "${CYAN}Run ./deploy-all.sh, or only the next step: ./$name${NC}"
        say "${BLUE}$(step_description "$SCRIPT_DIR/$name")${NC}"
    else
        say "${GREEN}🚀 All deployment steps have completed.${NC}"
        say "To remove everything again: ./step-998-*.sh, then ./step-999-*.sh"
    fi
    return 0
}

# Function to tell where the logs are and how they end
# Usage: show_log_locations
# Returns: 0, always
show_log_locations() {
    local file lines

    section "🔧 Logs in $DEPLOYMENT_STATE_DIR"
    for file in "$DEPLOYMENT_STATE_DIR"/*.log; do
        if [ -f "$file" ]; then
            lines=$(count_log_lines "${file##*/}")
            say "$(printf '%-44s %s lines' "${file##*/}" "$lines")"
        fi
    done
    if [ ! -d "$DEPLOYMENT_STATE_DIR" ]; then
        say "There are none yet"
    fi
    show_log_end deployment.log "The end of deployment.log:"
}

# Function to show everything once
# Usage: show_status
# Returns: 0, always
show_status() {
    say "${BOLD}📊 Deployment status of ${PROJECT_NAME:-${SCRIPT_DIR##*/}}${NC}"
    say "Environment: ${ENVIRONMENT:-none}, time: $(utc_now)"
    show_all_steps
    section "🎯 Resources"
    check_cloud_resources
    validate_service_endpoints
    monitor_system_health
    section "⚠️  Errors and warnings"
    show_error_count
    show_recent_errors
    show_warning_summary
    show_next_action
    show_log_locations
}

SCRIPT_NAME="deployment-status"
cd "$SCRIPT_DIR" || exit 1
# What it sees on the way is shown, not logged: looking changes nothing.
append_state_line() { :; }
if has_configuration; then
    load_configuration "$SCRIPT_NAME" || true
fi
while :; do
    if [ "$WATCH_SECONDS" -gt 0 ] && [ -t 1 ]; then
        printf '\033[H\033[2J'
    fi
    show_status
    if [ "$WATCH_SECONDS" -eq 0 ]; then
        exit 0
    fi
    sleep "$WATCH_SECONDS"
done
