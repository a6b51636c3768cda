#!/bin/bash

# Deployment - Automated deployment
# Runs all deployment steps (001 to 899) in order, goes on where the last run
# stopped, and asks before each step when somebody is there to answer.
# Prerequisites: a configuration (step-000 writes one)
# Outputs: what the steps create, and one log for each of them
#
# This is what runs without stepdeck. It honours these header lines of a step:
# Prerequisites, Outputs, Attempts, Delay, Critical, Parallel, Interactive,
# Always, Confirm. Timeout, Inputs (whether a completed step is out of date),
# Rollback, the retry of exit status 75, hooks/ and the cloud targets need
# `stepdeck deploy`.

SCRIPT_DIR="$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)" || exit 1

EXIT_USAGE=2
EXIT_STEP_FAILED=3
EXIT_BLOCKED=4
EXIT_LOCKED=5
EXIT_STOPPED=6
EXIT_PREFLIGHT=20

AUTO_APPROVE=false
FRESH_START=false
SKIP_PREFLIGHT=false
# The signal that asked us to stop; we do so at the end of the present step.
STOP_SIGNAL=""
# 1 while a question waits for its answer; then a signal stops us at once.
IS_ASKING=0
# Set in the subshell of a parallel step, to tell its lines from the others'.
LINE_PREFIX=""
STEP_COUNT=0
STEP_INDEX=0
FAILED_STEPS=""

usage() {
    cat <<EOF
Usage: $0 [OPTIONS]

Runs all deployment steps in order. Completed steps are skipped, so after a
failure just run it again. Without a terminal nothing is asked.

Options:
  --auto-approve, -y   Non-interactive mode: every question is answered yes
  --fresh-start        Put the present state into the archive and start again
  --skip-preflight     Skip the preflight check (step-001)
  --help, -h           Show this help message

Exit status:
  0  done                    5  another deployment holds the lock
  2  wrong usage             6  stopped on request; run again to go on
  3  a step failed          20  the preflight check failed
  4  blocked: a prerequisite is not met

Examples:
  $0                          # asks before each step
  $0 --auto-approve           # for CI
  $0 -y --fresh-start         # from the beginning
EOF
}

while [ "$#" -gt 0 ]; do
    case "$1" in
        --auto-approve | -y) AUTO_APPROVE=true ;;
        --fresh-start) FRESH_START=true ;;
        --skip-preflight) SKIP_PREFLIGHT=true ;;
        --help | -h) usage && exit 0 ;;
        *)
            echo "❌ Unknown option: $1" >&2
            echo "💡 See $0 --help" >&2
            exit "$EXIT_USAGE"
            ;;
    esac
    shift
done

for library in error-handling.sh step-navigation.sh; do
    # shellcheck source=/dev/null
    source "$SCRIPT_DIR/$library" || {
        echo "❌ $library not found in $SCRIPT_DIR" >&2
        exit "$EXIT_BLOCKED"
    }
done

# ------------------------------------------------------------------- lock ---

# Function to read one member of the lock file
# Usage: lock_member "/path/lock" "pid"
# Returns: 0, prints the value or "unknown"
lock_member() {
    local value

    value=$(sed -n "s/.*\"$2\": *\"\{0,1\}\([^\",}]*\).*/\1/p" "$1" \
        2>/dev/null | head -n 1)
    printf '%s\n' "${value:-unknown}"
}

# Function to make a text fit for a JSON string
# Usage: json_word "text"
# Returns: 0, prints it without anything that would need an escape
json_word() {
    printf '%s\n' "${1//[^A-Za-z0-9._@-]/_}"
}

# Function to take the lock that stepdeck takes too. It is held on descriptor
# 9, which no step inherits, and is free as soon as this script has ended.
# Without flock(1), as on macOS, there is no lock
# Usage: take_lock
# Returns: 0 if it is ours or there are no locks, 5 if somebody else holds it
take_lock() {
    local lock="$DEPLOYMENT_STATE_DIR/lock"
    local status=0

    if ! command -v flock >/dev/null 2>&1 || [ -L "$lock" ] ||
        ! (umask 077 && : >>"$lock") 2>/dev/null; then
        return 0
    fi
    exec 9<>"$lock"
    flock -n 9 || status=$?
    if [ "$status" -eq 1 ]; then
        # Not ours, so not ours to empty in release_lock.
        exec 9>&-
        log_error "Another deployment holds the lock: process \
$(lock_member "$lock" pid) of $(lock_member "$lock" user) on \
$(lock_member "$lock" host), since $(lock_member "$lock" since)" \
            "$SCRIPT_NAME" "Wait for it to end, or stop that process"
        return "$EXIT_LOCKED"
    fi
    if [ "$status" -ne 0 ]; then
        log_warning "Locks do not work in $DEPLOYMENT_STATE_DIR; going on" \
            "$SCRIPT_NAME"
        return 0
    fi
    printf '{"pid":%d,"host":"%s","user":"%s","since":"%s"}\n' "$$" \
        "$(json_word "$(uname -n)")" "$(json_word "$(id -un)")" \
        "$(utc_now)" >"$lock"
}

# Function to let go of the lock
# Usage: release_lock
# Returns: 0, always
release_lock() {
    if { : >&9; } 2>/dev/null; then
        : >"$DEPLOYMENT_STATE_DIR/lock"
        exec 9>&-
    fi
    return 0
}

# ----------------------------------------------------------------- asking ---

# Function to tell whether questions are to be asked
# Usage: is_interactive
# Returns: 0 if somebody is there and --auto-approve was not given, 1 otherwise
is_interactive() {
    [ "$AUTO_APPROVE" = false ] && can_ask
}

# Function to ask before each major step; not asked means yes
# Usage: prompt_continue "Run step-010-network?"
# Returns: 0 to continue, 1 to stop
prompt_continue() {
    local answer=0

    if ! is_interactive; then
        return 0
    fi
    IS_ASKING=1
    ask_yes_no "$1" yes || answer=1
    IS_ASKING=0
    return "$answer"
}

# Function to ask the question that the header of a step wants asked
# Usage: confirm_step "/project/step-030-buy.sh"
# Returns: 0 if the answer is yes or nothing is to be asked, 1 otherwise
confirm_step() {
    local question step answer=0

    if [ "$AUTO_APPROVE" = true ] ||
        ! question=$(header_value "$1" confirm); then
        return 0
    fi
    step=$(step_id "$1")
    if ! can_ask; then
        log_error "$step wants confirmation: $question" "$step" \
            "Nobody can answer here: run it with --auto-approve"
        return 1
    fi
    IS_ASKING=1
    ask_yes_no "$question" no || answer=1
    IS_ASKING=0
    return "$answer"
}

# Function to show how to go on after a failure
# Usage: show_recovery_options "step-010-network.sh"
# Returns: 0, always
show_recovery_options() {
    say ""
    say "${CYAN}Recovery options:${NC}"
    say "${BLUE}• Retry: Re-run $SCRIPT_DIR/deploy-all.sh (completed steps" \
        "are skipped), or only $SCRIPT_DIR/$1${NC}"
    say "${BLUE}• Skip:  Continue to the next step: on a terminal answer" \
        "\"skip\"; for good, write \"# Critical: no\" into the header${NC}"
    say "${BLUE}• Reset: Run with --fresh-start to begin again${NC}"
    say "${BLUE}Log: $DEPLOYMENT_STATE_DIR/$(step_id "$1").log${NC}"
}

# Function to decide how to go on after a step failed. A step with the header
# line "Critical: no" does not stop the deployment; apart from that somebody
# has to say so
# Usage: can_continue_after_failure "step-010-network.sh"
# Returns: 0 to continue without it, 1 to stop, 2 to run it again
can_continue_after_failure() {
    local step answer=""

    step=$(step_id "$1")
    show_recovery_options "$1"
    if ! is_interactive; then
        if header_says "$SCRIPT_DIR/$1" critical no; then
            log_warning "$step failed but is not critical: continuing" "$step"
            return 0
        fi
        return 1
    fi
    while :; do
        printf '%s' "${YELLOW}retry, skip or stop? [stop]: ${NC}" >&2
        IS_ASKING=1
        read -r answer || answer=stop
        IS_ASKING=0
        case "$answer" in
            r | retry) return 2 ;;
            s | skip)
                log_warning "$step failed and was skipped by the user" "$step"
                return 0
                ;;
            '' | stop | q | quit) return 1 ;;
        esac
    done
}

# ---------------------------------------------------------- running steps ---

# Function to read a time of a header, like 90, 90s, 20m or 1h
# Usage: duration_seconds "10s" default
# Returns: 0, prints seconds; the default if it is no such time
duration_seconds() {
    local number="${1%[smh]}"

    if ! is_whole_number "$number"; then
        printf '%s\n' "$2"
        return 0
    fi
    number=$((10#$number))
    case "$1" in
        *m) number=$((number * 60)) ;;
        *h) number=$((number * 3600)) ;;
    esac
    printf '%s\n' "$number"
}

# Function to copy lines with a name before each
# Usage: command | prefix_lines "[step-010-network] "
# Returns: 0
prefix_lines() {
    local line=""

    while IFS= read -r line || [ -n "$line" ]; do
        printf '%s%s\n' "$1" "$line"
        line=""
    done
}

# Function to start the script of a step, its output also going to its log
# Usage: execute_step "/project/step-010-network.sh" "/state/step.log"
# Returns: the exit status of the step
execute_step() {
    local file="$1" log="$2"
    local -a command

    command=("$file")
    if [ ! -x "$file" ]; then
        command=(bash "$file")
    fi
    if can_ask && header_says "$file" interactive yes; then
        "${command[@]}" 9>&-
        return
    fi
    # The lock, descriptor 9, stays with this script alone. tee outlives Ctrl-C
    # (-i), so that the last words of the step are kept.
    if [ -n "$LINE_PREFIX" ]; then
        "${command[@]}" </dev/null 2>&1 9>&- | tee -ai "$log" 9>&- |
            prefix_lines "$LINE_PREFIX" 9>&-
    else
        "${command[@]}" </dev/null 2>&1 9>&- | tee -ai "$log" 9>&-
    fi
    return "${PIPESTATUS[0]}"
}

# Function to run the script of a step as often as its header allows
# Usage: attempt_step "/project/step-010-network.sh"
# Returns: 0 on success, 1 otherwise
attempt_step() {
    local file="$1"
    local step log attempts delay

    step=$(step_id "$file")
    log="$DEPLOYMENT_STATE_DIR/$step.log"
    # Never emptied in place: stepdeck's history shares the file.
    rm -f -- "$log" 2>/dev/null
    (umask 077 && : >"$log") 2>/dev/null
    attempts=$(header_value "$file" attempts) || attempts=1
    delay=$(header_value "$file" delay) || delay=5
    delay=$(duration_seconds "$delay" 5)
    if ! is_whole_number "$attempts" || [ "$((10#$attempts))" -le 1 ]; then
        execute_step "$file" "$log"
        return
    fi
    retry_command "$attempts" "$delay" "$step" execute_step "$file" "$log"
}

# Function to bring the record of a step in line with how it ended, for steps
# that do not use the libraries
# Usage: record_result "step-010-network" "completed"
# Returns: 0, always
record_result() {
    # shellcheck disable=SC2034 # read by record_unfinished_step
    DEPLOYMENT_STEP_IN_PROGRESS=""
    if [ "$(read_step_status "$1")" != "$2" ]; then
        create_checkpoint "$1" "$2" "$1" >/dev/null
    fi
    return 0
}

# Function to tell whether a step need not run again
# Usage: is_step_done "step-010-network.sh"
# Returns: 0 if it completed and its header does not say "Always: yes"
is_step_done() {
    is_step_completed "$(step_id "$1")" &&
        ! header_says "$SCRIPT_DIR/$1" always yes
}

# Function to run one step with logging and checkpoints
# Usage: run_step "step-010-network.sh" ["always"]
# Returns: 0 if it completed now or before, 3 if it failed, 4 if it is blocked
run_step() {
    local name="$1" file="$SCRIPT_DIR/$1"
    local step status=0

    step=$(step_id "$name")
    if [ "${2:-}" != always ] && is_step_done "$name"; then
        log_info "$step already completed, skipping" "$SCRIPT_NAME"
        return 0
    fi
    if ! validate_pre_step "$step" || ! confirm_step "$file"; then
        log_error "$step is blocked" "$SCRIPT_NAME"
        return "$EXIT_BLOCKED"
    fi
    create_checkpoint "$step" in_progress "$SCRIPT_NAME" >/dev/null
    attempt_step "$file" || status=$?
    if [ "$status" -eq 0 ]; then
        validate_post_step "$step" || status=1
    fi
    if [ "$status" -ne 0 ]; then
        record_result "$step" failed
        log_error "$step failed with status $status" "$SCRIPT_NAME"
        return "$EXIT_STEP_FAILED"
    fi
    record_result "$step" completed
    say "${GREEN}✅ $step completed${NC}"
}

# Function to run independent steps side by side. All are waited for, and each
# failure is reported
# Usage: run_parallel_steps "step-030-a.sh" "step-031-b.sh"
# Returns: 0 if no critical step failed, 3 if one failed, 4 if one is blocked
run_parallel_steps() {
    local -a steps pids
    local index status worst=0

    steps=("$@")
    pids=()
    say "${BLUE}🔄 Running side by side: $*${NC}"
    for ((index = 0; index < ${#steps[@]}; index++)); do
        (
            LINE_PREFIX="[$(step_id "${steps[index]}")] "
            run_step "${steps[index]}"
        ) 9>&- &
        pids+=("$!")
    done
    for ((index = 0; index < ${#steps[@]}; index++)); do
        wait_for_step "${pids[index]}" || {
            status=$?
            log_error "Parallel step failed: ${steps[index]}" "$SCRIPT_NAME"
            note_failure "${steps[index]}"
            if ! header_says "$SCRIPT_DIR/${steps[index]}" critical no &&
                [ "$worst" -eq 0 ]; then
                worst=$status
                show_recovery_options "${steps[index]}"
            fi
        }
    done
    return "$worst"
}

# Function to wait for a process, also when a signal comes in between
# Usage: wait_for_step pid
# Returns: 0, 3 or 4 as run_step; 3 for anything else
wait_for_step() {
    local status

    while :; do
        status=0
        wait "$1" || status=$?
        if [ "$status" -le 128 ] || ! kill -0 "$1" 2>/dev/null; then
            break
        fi
    done
    case "$status" in
        0 | "$EXIT_BLOCKED") return "$status" ;;
        *) return "$EXIT_STEP_FAILED" ;;
    esac
}

# Function to remember a failure for the final summary
# Usage: note_failure "step-010-network.sh"
# Returns: 0, always
note_failure() {
    FAILED_STEPS="$FAILED_STEPS $(step_id "$1")"
}

# Function to let a step count as met for the rest of this run
# Usage: count_as_met "step-001-preflight-check.sh"
# Returns: 0, always
count_as_met() {
    DEPLOYMENT_MET_STEPS="${DEPLOYMENT_MET_STEPS:-} $(step_id "$1")"
    export DEPLOYMENT_MET_STEPS
}

# ------------------------------------------------------------ the sequence ---

# Function to make sure that there is a configuration
# Usage: ensure_configuration
# Returns: 0 if there is one that can be read, 1 otherwise
ensure_configuration() {
    local setup

    setup=$(list_steps "$SCRIPT_DIR" 0 0 | head -n 1)
    if ! has_configuration && [ -n "$setup" ] && is_interactive &&
        ask_yes_no "There is no configuration. Run $setup now?" yes; then
        bash "$SCRIPT_DIR/$setup" 9>&- || return 1
    fi
    # In a subshell: each step loads the configuration for itself.
    (load_configuration "$SCRIPT_NAME")
}

# Function to run the preflight check, at every deployment
# Usage: run_preflight
# Returns: 0 if it passed or is skipped, 20 otherwise
run_preflight() {
    local name

    while IFS= read -r name <&3; do
        if [ "$SKIP_PREFLIGHT" = true ]; then
            log_warning "Preflight check skipped" "$SCRIPT_NAME"
            count_as_met "$name"
        elif ! run_step "$name" always; then
            note_failure "$name"
            log_error "Preflight check failed" "$SCRIPT_NAME" \
                "Mend what it names, or take the risk with --skip-preflight"
            return "$EXIT_PREFLIGHT"
        fi
    done 3< <(list_steps "$SCRIPT_DIR" 1 1)
    return 0
}

# Function to run a step until it succeeded or somebody decided otherwise
# Usage: run_step_until_settled "step-010-network.sh"
# Returns: 0 to go on, 3 if it failed, 4 if it is blocked
run_step_until_settled() {
    local name="$1" status choice

    while :; do
        status=0 choice=0
        run_step "$name" || status=$?
        if [ "$status" -eq 0 ]; then
            return 0
        fi
        if [ -n "$STOP_SIGNAL" ]; then
            return "$status"
        fi
        can_continue_after_failure "$name" || choice=$?
        case "$choice" in
            0)
                note_failure "$name"
                # By itself a failure that was tolerated does not meet what
                # others need; when somebody says so it does.
                if is_interactive; then
                    count_as_met "$name"
                fi
                return 0
                ;;
            1)
                note_failure "$name"
                return "$status"
                ;;
        esac
    done
}

# Function to print the header of a step
# Usage: show_step_header "step-010-network.sh"
# Returns: 0, always
show_step_header() {
    local title

    title="🔧 Step $STEP_INDEX/$STEP_COUNT: $(step_title "$SCRIPT_DIR/$1")"
    say ""
    say "${BOLD}$title${NC}"
    say "${title//?/=}"
    say "${BLUE}$(step_description "$SCRIPT_DIR/$1")${NC}"
}

# Function to run one group: a single step, or neighbours that run together
# Usage: run_group "step-010-network.sh" [more]
# Returns: 0 to go on, 3 if a step failed, 4 if one is blocked, 6 to stop
run_group() {
    local name waiting=0

    for name in "$@"; do
        STEP_INDEX=$((STEP_INDEX + 1))
        if ! is_step_done "$name"; then
            waiting=1
            show_step_header "$name"
        fi
    done
    if [ "$waiting" -eq 1 ] && ! prompt_continue "Run $*?"; then
        return "$EXIT_STOPPED"
    fi
    if [ "$#" -gt 1 ]; then
        run_parallel_steps "$@"
    else
        run_step_until_settled "$1"
    fi
}

# Function to run all steps from 002 to 899, neighbours with the same Parallel
# name together
# Usage: run_all_steps
# Returns: 0 if all are done, else as run_group
run_all_steps() {
    local -a names group
    local name index status group_name next_name

    names=() group=()
    while IFS= read -r name; do
        names+=("$name")
    done < <(list_steps "$SCRIPT_DIR" 2 "$DEPLOYMENT_LAST")
    STEP_COUNT=${#names[@]}
    for ((index = 0; index < STEP_COUNT; index++)); do
        group+=("${names[index]}")
        group_name=$(header_value "$SCRIPT_DIR/${names[index]}" parallel)
        next_name=""
        if [ "$((index + 1))" -lt "$STEP_COUNT" ]; then
            next_name=$(header_value \
                "$SCRIPT_DIR/${names[index + 1]}" parallel)
        fi
        if [ -n "$group_name" ] && [ "$group_name" = "$next_name" ]; then
            continue
        fi
        status=0
        run_group "${group[@]}" || status=$?
        group=()
        if [ "$status" -ne 0 ]; then
            return "$status"
        fi
        if [ -n "$STOP_SIGNAL" ]; then
            return "$EXIT_STOPPED"
        fi
    done
    return 0
}

# Function to tell how the deployment ended and what comes next
# Usage: show_final_summary status
# Returns: 0, always
show_final_summary() {
    show_deployment_summary "$SCRIPT_NAME"
    say ""
    if [ -n "$FAILED_STEPS" ]; then
        say "${RED}❌ Not successful:$FAILED_STEPS${NC}"
    fi
    case "$1" in
        0)
            say "${GREEN}🚀 Deployment finished.${NC}"
            say "${CYAN}Next steps:${NC}"
            say "${BLUE}• See the state: ./deployment-status.sh${NC}"
            say "${BLUE}• Remove everything again: ./step-998-*.sh, then" \
                "./step-999-*.sh${NC}"
            ;;
        "$EXIT_STOPPED")
            say "${YELLOW}⚠️  Deployment stopped.${NC}"
            say "${CYAN}Go on with: $SCRIPT_DIR/deploy-all.sh${NC}"
            ;;
        *)
            say "${CYAN}After mending it go on with:" \
                "$SCRIPT_DIR/deploy-all.sh${NC}"
            ;;
    esac
    return 0
}

# Function to deploy: lock, state, configuration, preflight, steps
# Usage: deploy_all
# Returns: the exit status of this script
deploy_all() {
    take_lock || return
    if [ "$FRESH_START" = true ]; then
        clean_deployment_state "$SCRIPT_NAME" || return "$EXIT_BLOCKED"
    fi
    ensure_configuration || return "$EXIT_BLOCKED"
    run_preflight || return
    if [ -n "$STOP_SIGNAL" ]; then
        return "$EXIT_STOPPED"
    fi
    run_all_steps
}

# Function to note the wish to stop. The running step ends first; it has heard
# a Ctrl-C itself. A question is not waited for
# Usage: on_signal "INT"
# Returns: 0, or ends the script while a question is open
# shellcheck disable=SC2317 # called by the traps below
on_signal() {
    STOP_SIGNAL="$1"
    if [ "$IS_ASKING" = 1 ]; then
        finish "$EXIT_STOPPED"
    fi
}

# Function to end this script
# Usage: finish status
# Returns: never
finish() {
    if [ "$1" -ne "$EXIT_LOCKED" ]; then
        show_final_summary "$1"
    fi
    release_lock
    exit "$1"
}

SCRIPT_NAME="deploy-all"
cd "$SCRIPT_DIR" || exit 1
setup_error_handling "$SCRIPT_NAME"
# A step that fails is this script's daily business, not its end.
set +e
trap 'on_signal INT' INT
trap 'on_signal TERM' TERM
# The steps are not to tell what comes next, nor to ask when nobody answers.
export DEPLOY_ALL_RUNNING=1
unset STEPDECK_RUN_ID DEPLOYMENT_MET_STEPS
if ! is_interactive; then
    export STEPDECK_HEADLESS=1
fi

say "${BOLD}🚀 Automated deployment${NC}"
say "======================="
deploy_all
exit_status=$?
if [ "$exit_status" -ne 0 ] && [ -n "$STOP_SIGNAL" ]; then
    exit_status=$EXIT_STOPPED
fi
finish "$exit_status"
