#!/bin/bash

# Deployment - Error handling library
# Logging, state, configuration, retries and checks that all steps share. It is
# sourced, never run, and sourcing it cannot end the script that does so.
# Prerequisites: none
# Outputs: the state folder .deployment-state with its logs
#
# Works with bash 3.2 (macOS) and newer. Three habits keep it dependable:
# - every path it writes to is absolute, so `cd terraform` breaks nothing;
# - there is no ERR trap: an EXIT trap that looks at the exit status records a
#   failed step, and a script that succeeds never trips over it;
# - writing a log line cannot fail the script, whatever the disk does.
#
# A function that is called in a condition (`if retry_command ... f`) runs
# without `set -e`, that is how bash works. So a function given to
# retry_command ends each command that matters with `|| return 1`.

# A closed stdin would lend its number to the next file that is opened.
if ! { : <&0; } 2>/dev/null; then
    exec </dev/null
fi

ERROR_COUNT=${ERROR_COUNT:-0}
WARNING_COUNT=${WARNING_COUNT:-0}
# Exit status of the last command that retry_command saw failing.
RETRY_LAST_STATUS=0
# The longest wait between two attempts, in seconds.
RETRY_MAX_DELAY=${RETRY_MAX_DELAY:-300}
# The step that this shell has begun and not yet ended; see setup_error_handling.
DEPLOYMENT_STEP_IN_PROGRESS=""
# 1 when the state of earlier steps could not be read, see use_temporary_state.
DEPLOYMENT_STATE_IS_TEMPORARY=0

# The environment chosen from outside, before any .env had its say. It alone
# selects environments/NAME.env and the state folder that goes with it.
DEPLOYMENT_ENVIRONMENT="${DEPLOYMENT_ENVIRONMENT-${ENVIRONMENT:-}}"

DEPLOYMENT_PROJECT_DIR="$(
    CDPATH='' cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd
)" || DEPLOYMENT_PROJECT_DIR="$PWD"

# ---------------------------------------------------------------- colours ---

# Function to decide whether output may be coloured
# Usage: colors_are_wanted
# Returns: 0 on a terminal or with FORCE_COLOR, 1 otherwise or with NO_COLOR
colors_are_wanted() {
    if [ -n "${NO_COLOR:-}" ]; then
        return 1
    fi
    if [ -n "${FORCE_COLOR:-}" ]; then
        [ "$FORCE_COLOR" != 0 ]
        return
    fi
    [ -t 1 ] && [ "${TERM:-dumb}" != dumb ]
}

# Function to set RED, GREEN, BLUE, YELLOW, CYAN, BOLD and NC
# Usage: setup_colors
# Returns: 0; all are empty when colours are not wanted
# shellcheck disable=SC2034 # the colours are for the scripts that source this
setup_colors() {
    RED="" GREEN="" BLUE="" YELLOW="" CYAN="" BOLD="" NC=""
    if colors_are_wanted; then
        RED=$'\033[0;31m'    # errors and failures
        GREEN=$'\033[0;32m'  # success and completion
        BLUE=$'\033[0;34m'   # information and progress
        YELLOW=$'\033[1;33m' # warnings and important notes
        CYAN=$'\033[0;36m'   # highlights and emphasis
        BOLD=$'\033[1m'      # headers and important text
        NC=$'\033[0m'        # back to normal
    fi
}
setup_colors

# ----------------------------------------------------------- state folder ---

# Function to tell the time as state files write it
# Usage: utc_now
# Returns: 0, prints for example 2026-11-21T17:00:00Z
utc_now() {
    date -u +"%Y-%m-%dT%H:%M:%SZ"
}

# Function to check that a name can stand in environments/NAME.env
# Usage: is_environment_name "prod"
# Returns: 0 if it can, 1 if it is empty or could lead out of the folder
is_environment_name() {
    case "$1" in
        '' | .* | *[!A-Za-z0-9._-]*) return 1 ;;
    esac
    return 0
}

# Function to find the state folder of this project and environment
# Usage: default_state_dir
# Returns: 0, prints an absolute path
default_state_dir() {
    local root="$DEPLOYMENT_PROJECT_DIR/.deployment-state"
    local environment="$DEPLOYMENT_ENVIRONMENT"

    if is_environment_name "$environment" &&
        [ -f "$DEPLOYMENT_PROJECT_DIR/environments/$environment.env" ]; then
        root="$root/environments/$environment"
    fi
    printf '%s\n' "$root"
}

# Function to create the state folder, private to its owner
# Usage: make_state_dir "/absolute/path"
# Returns: 0 if it is there and can be written, 1 otherwise, and for a link or
# a folder of somebody else
make_state_dir() {
    [ ! -L "$1" ] || return 1
    (umask 077 && mkdir -p -- "$1") 2>/dev/null || return 1
    [ -d "$1" ] && [ -w "$1" ] && [ -x "$1" ] || return 1
    [ -O "$1" ] || [ "$(id -u)" = 0 ]
}

# Function to go on without the state folder: a private temporary one is used,
# holding copies of the step states that could still be read
# Usage: use_temporary_state "/path/that/cannot/be/written"
# Returns: 0, always
use_temporary_state() {
    local wanted="$1"
    local temporary

    # shellcheck disable=SC2034 # read by step-navigation.sh
    DEPLOYMENT_STATE_IS_TEMPORARY=1
    echo "⚠️  Warning: cannot write the state folder $wanted" >&2 || true
    temporary=$(mktemp -d "${TMPDIR:-/tmp}/deployment-state.XXXXXX" \
        2>/dev/null) || temporary=""
    if [ -z "$temporary" ]; then
        echo "⚠️  Warning: nothing will be recorded" >&2 || true
        return 0
    fi
    echo "⚠️  Warning: this run is recorded in $temporary" >&2 || true
    cp "$wanted"/*.status "$temporary"/ 2>/dev/null || true
    DEPLOYMENT_STATE_DIR="$temporary"
    return 0
}

# Function to keep the state folder out of version control
# Usage: write_state_gitignore
# Returns: 0, always; a folder with another name is left alone
write_state_gitignore() {
    local dir="$DEPLOYMENT_STATE_DIR"

    case "$dir" in
        */.deployment-state) ;;
        */.deployment-state/environments/*) dir="${dir%/environments/*}" ;;
        *) return 0 ;;
    esac
    if [ ! -e "$dir/.gitignore" ]; then
        (umask 077 && echo '*' >"$dir/.gitignore") 2>/dev/null || true
    fi
    return 0
}

# Function to settle DEPLOYMENT_STATE_DIR and create what stands in it. A
# script that only looks (deployment-status.sh) sets DEPLOYMENT_STATE_PASSIVE=1
# first, and nothing is created
# Usage: prepare_state_dir
# Returns: 0, always
prepare_state_dir() {
    local log

    case "${DEPLOYMENT_STATE_DIR:-}" in
        '') DEPLOYMENT_STATE_DIR=$(default_state_dir) ;;
        /*) ;;
        *) DEPLOYMENT_STATE_DIR="$DEPLOYMENT_PROJECT_DIR/$DEPLOYMENT_STATE_DIR" ;;
    esac
    if [ "${DEPLOYMENT_STATE_PASSIVE:-0}" != 1 ]; then
        if ! make_state_dir "$DEPLOYMENT_STATE_DIR"; then
            use_temporary_state "$DEPLOYMENT_STATE_DIR"
        fi
        write_state_gitignore
        for log in deployment errors warnings checkpoints; do
            (umask 077 && : >>"$DEPLOYMENT_STATE_DIR/$log.log") \
                2>/dev/null || true
        done
    fi
    # Scripts started by this one share the folder. A prompt does not export
    # it, or it would follow the user into another project.
    case "$-" in
        *i*) ;;
        *) export DEPLOYMENT_STATE_DIR ;;
    esac
    return 0
}
prepare_state_dir

# Function to append one line to a file of the state folder
# Usage: append_state_line "errors.log" "the line"
# Returns: 0, always: logging never fails a script. A link is not followed
append_state_line() {
    local file="$DEPLOYMENT_STATE_DIR/$1"

    if [ ! -L "$file" ]; then
        (umask 077 && printf '%s\n' "$2" >>"$file") 2>/dev/null || true
    fi
    return 0
}

# ---------------------------------------------------------------- logging ---

# Function to print one line without ever failing
# Usage: say "text"
# Returns: 0, always
say() {
    printf '%s\n' "$*" 2>/dev/null || true
}

# Function to name the script that is running
# Usage: current_script_name
# Returns: 0, prints SCRIPT_NAME or the file name without its extension
current_script_name() {
    local name="${SCRIPT_NAME:-${0##*/}}"

    printf '%s\n' "${name%.sh}"
}

# Function to write one line to deployment.log and, if named, to a second log.
# Line breaks and other control characters of the message become spaces
# Usage: write_log_line "ERROR" "message" "script name" ["errors.log"]
# Returns: 0, always
write_log_line() {
    local level="$1"
    local message="${2//[[:cntrl:]]/ }"
    local script_name="${3:-}"
    local line

    if [ -z "$script_name" ]; then
        script_name=$(current_script_name)
    fi
    line="$(utc_now) $level [$script_name]: $message"
    append_state_line deployment.log "$line"
    if [ -n "${4:-}" ]; then
        append_state_line "$4" "$line"
    fi
    return 0
}

# Function to show what would help, below an error or a warning
# Usage: suggest "Run 'terraform init' first"
# Returns: 0, always
suggest() {
    say "${YELLOW}💡 Suggestion: $1${NC}" >&2 || true
    return 0
}

# Function to log an error, with what to do about it
# Usage: log_error "message" "script name" ["suggestion"]
# Returns: 0, always
log_error() {
    ERROR_COUNT=$((ERROR_COUNT + 1))
    write_log_line ERROR "$1" "${2:-}" errors.log
    say "${RED}❌ ERROR: $1${NC}" >&2 || true
    if [ -n "${3:-}" ]; then
        suggest "$3"
    fi
    return 0
}

# Function to log a warning, with what to do about it
# Usage: log_warning "message" "script name" ["suggestion"]
# Returns: 0, always
log_warning() {
    WARNING_COUNT=$((WARNING_COUNT + 1))
    write_log_line WARNING "$1" "${2:-}" warnings.log
    say "${YELLOW}⚠️  WARNING: $1${NC}" >&2 || true
    if [ -n "${3:-}" ]; then
        suggest "$3"
    fi
    return 0
}

# Function to log what is going on
# Usage: log_info "message" "script name"
# Returns: 0, always
log_info() {
    write_log_line INFO "$1" "${2:-}"
    say "${BLUE}ℹ️  $1${NC}" || true
    return 0
}

# ----------------------------------------------------------------- asking ---

# Function to tell whether somebody can answer a question
# Usage: can_ask
# Returns: 0 on a terminal, 1 in CI, headless or with redirected input
can_ask() {
    [ "${STEPDECK_HEADLESS:-0}" != 1 ] && [ -z "${CI:-}" ] &&
        [ -t 0 ] && [ -t 2 ]
}

# Function to ask a yes/no question; without a terminal the default is taken
# and said
# Usage: ask_yes_no "Continue anyway?" "no"
# Returns: 0 for yes, 1 for no
ask_yes_no() {
    local question="$1"
    local default="${2:-no}"
    local hint="y/N"
    local response=""

    if ! can_ask; then
        log_info "No terminal to ask \"$question\": taking $default"
        [ "$default" = yes ]
        return
    fi
    if [ "$default" = yes ]; then
        hint="Y/n"
    fi
    printf '%s' "${YELLOW}$question ($hint): ${NC}" >&2
    read -r response || say "" >&2
    case "${response:-$default}" in
        [yY] | [yY][eE][sS]) return 0 ;;
    esac
    return 1
}

# ------------------------------------------------------------ checkpoints ---

# Function to check that a name can name state files
# Usage: is_step_name "step-010-network"
# Returns: 0 if it can, 1 otherwise
is_step_name() {
    case "$1" in
        '' | .* | */* | *[[:space:]]*) return 1 ;;
    esac
    return 0
}

# Function to read the status of a step
# Usage: read_step_status "step-010-network"
# Returns: 0, prints pending, in_progress, completed, failed, or not_started
# when there is no status file. A word that is none of these counts as pending
read_step_status() {
    local file="$DEPLOYMENT_STATE_DIR/$1.status"
    local status=""

    if [ ! -f "$file" ]; then
        echo not_started
        return 0
    fi
    status=$(cat "$file" 2>/dev/null) || status=""
    case "$status" in
        pending | in_progress | completed | failed) ;;
        *)
            say "⚠️  WARNING: $file does not hold a status; taken as pending" \
                >&2 || true
            status=pending
            ;;
    esac
    say "$status"
}

# Function to check if a step was completed
# Usage: is_step_completed "step-010-network"
# Returns: 0 if its status is completed, 1 otherwise
is_step_completed() {
    [ "$(read_step_status "$1")" = completed ]
}

# Function to replace a status file in one move, so that no reader ever sees
# half a word
# Usage: write_step_status "step-010-network" "completed"
# Returns: 0 on success, 1 if it could not be written
write_step_status() {
    local file="$DEPLOYMENT_STATE_DIR/$1.status"
    local temporary

    temporary=$(umask 077 &&
        mktemp "$DEPLOYMENT_STATE_DIR/.status.XXXXXX" 2>/dev/null) || return 1
    if printf '%s\n' "$2" 2>/dev/null >"$temporary" &&
        mv -f -- "$temporary" "$file" 2>/dev/null; then
        return 0
    fi
    rm -f -- "$temporary"
    return 1
}

# Function to append to checkpoints.log; a line that a crash left without its
# end is closed first, so that it spoils no other
# Usage: append_checkpoint "step-010-network" "completed"
# Returns: 0, always
append_checkpoint() {
    local file="$DEPLOYMENT_STATE_DIR/checkpoints.log"

    if [ -s "$file" ] && [ -n "$(tail -c 1 "$file" 2>/dev/null)" ]; then
        append_state_line checkpoints.log ""
    fi
    append_state_line checkpoints.log "$(utc_now) $1 $2"
    return 0
}

# Function to save the status of a step
# Usage: create_checkpoint "step-010-network" "completed" ["script name"]
# Returns: 0 on success, and also when the disk refuses (that is a warning);
# 1 if the name or the status word is not valid
create_checkpoint() {
    local step_name="${1:-}"
    local status="${2:-}"
    local script_name="${3:-$step_name}"

    if ! is_step_name "$step_name"; then
        log_error "Not a step name: '$step_name'" "$script_name"
        return 1
    fi
    case "$status" in
        in_progress) DEPLOYMENT_STEP_IN_PROGRESS="$step_name" ;;
        pending | completed | failed) DEPLOYMENT_STEP_IN_PROGRESS="" ;;
        *)
            log_error "Not a step status: '$status'" "$script_name" \
                "Use pending, in_progress, completed or failed"
            return 1
            ;;
    esac
    if ! write_step_status "$step_name" "$status"; then
        log_warning "Could not record $step_name as $status" "$script_name" \
            "Check the free space and the owner of $DEPLOYMENT_STATE_DIR"
    fi
    append_checkpoint "$step_name" "$status"
    # STEP.json describes a run of stepdeck. A run by hand makes it untrue.
    if [ -z "${STEPDECK_RUN_ID:-}" ]; then
        rm -f -- "$DEPLOYMENT_STATE_DIR/$step_name.json" 2>/dev/null || true
    fi
    log_info "Checkpoint: $step_name -> $status" "$script_name"
}

# Function to record that the running step failed; called as the script ends
# Usage: record_unfinished_step "exit status"
# Returns: 0, always
record_unfinished_step() {
    if [ "$1" -ne 0 ] && [ -n "$DEPLOYMENT_STEP_IN_PROGRESS" ]; then
        create_checkpoint "$DEPLOYMENT_STEP_IN_PROGRESS" failed || true
    fi
    return 0
}

# Function to end after Ctrl-C: the step is recorded as failed, and the script
# dies of the signal so that its caller knows
# Usage: end_interrupted_script
# Returns: never
# shellcheck disable=SC2317 # called by the trap below
end_interrupted_script() {
    record_unfinished_step 130
    trap - INT
    kill -INT "$$"
}

# Function to initialize error handling: stop at errors, also inside pipes, and
# record a step that ends early as failed. No ERR trap, see the top; a trap of
# your own for EXIT replaces ours and should call record_unfinished_step "$?".
# A script that is killed otherwise stays in_progress, which counts as
# interrupted: it runs again
# Usage: setup_error_handling "$SCRIPT_NAME"
# Returns: 0, always
setup_error_handling() {
    local script_name="${1:-$(current_script_name)}"

    set -e
    set -o pipefail
    case "$-" in
        *i*) ;;
        *)
            if [ -z "$(trap -p EXIT)" ]; then
                trap 'record_unfinished_step "$?"' EXIT
            fi
            if [ -z "$(trap -p INT)" ]; then
                trap end_interrupted_script INT
            fi
            ;;
    esac
    log_info "Error handling initialized for $script_name" "$script_name"
}

# Function to start afresh: the state of all steps moves to archive/TIME/
# Usage: clean_deployment_state ["script name"]
# Returns: 0 on success, also with nothing to move; 1 if a file could not move
#
# Moved are the same files as by `stepdeck deploy --fresh-start` (step states,
# step logs, checkpoints.log) and with them errors.log and warnings.log, so
# that the counts of deployment-status.sh begin at zero. runs/ is history and
# deployment.log the one continuous story: both stay, the latter gets a line.
clean_deployment_state() {
    local script_name="${1:-$(current_script_name)}"
    local dir="$DEPLOYMENT_STATE_DIR"
    local time archive file
    local failures=0 moved=0 number=2

    time=$(date -u +"%Y%m%dT%H%M%SZ")
    archive="$dir/archive/$time"
    while [ -e "$archive" ]; do
        archive="$dir/archive/$time-$number"
        number=$((number + 1))
    done
    for file in "$dir"/*.status "$dir"/*.json "$dir"/*.log; do
        case "${file##*/}" in
            deployment.log) continue ;;
            errors.log | warnings.log | checkpoints.log)
                [ -s "$file" ] || continue
                ;;
            *) [ -f "$file" ] || continue ;;
        esac
        (umask 077 && mkdir -p -- "$archive" &&
            mv -f -- "$file" "$archive"/) 2>/dev/null ||
            failures=$((failures + 1))
        moved=$((moved + 1))
    done
    if [ "$failures" -gt 0 ]; then
        log_error "$failures state files could not be archived" "$script_name" \
            "Check the owner and the free space of $dir"
        return 1
    fi
    if [ "$moved" -gt 0 ]; then
        log_info "State archived in $archive" "$script_name"
    else
        log_info "There was no state to archive" "$script_name"
    fi
}

# Function to count the lines of a log
# Usage: count_log_lines "errors.log"
# Returns: 0, prints a number
count_log_lines() {
    local file="$DEPLOYMENT_STATE_DIR/$1"
    local count=0

    if [ -f "$file" ]; then
        count=$(grep -c '' "$file" 2>/dev/null) || count=0
    fi
    printf '%s\n' "${count:-0}"
}

# Function to display the overall status in a few lines
# Usage: show_deployment_summary ["script name"]
# Returns: 0, always
show_deployment_summary() {
    local file name
    local completed=0 failed=0 running=0 pending=0

    for file in "$DEPLOYMENT_STATE_DIR"/*.status; do
        if [ ! -f "$file" ]; then
            continue
        fi
        name="${file##*/}"
        case "$(read_step_status "${name%.status}")" in
            (completed) completed=$((completed + 1)) ;;
            (failed) failed=$((failed + 1)) ;;
            (in_progress) running=$((running + 1)) ;;
            (*) pending=$((pending + 1)) ;;
        esac
    done
    say ""
    say "${BOLD}📊 Deployment summary${NC}"
    say "====================="
    say "${GREEN}✅ Completed:   $completed${NC}"
    say "${RED}❌ Failed:      $failed${NC}"
    say "${BLUE}🔄 In progress: $running${NC}"
    say "⭕ Pending:     $pending"
    say "Errors logged: $(count_log_lines errors.log), warnings logged:" \
        "$(count_log_lines warnings.log)"
    say "Logs: $DEPLOYMENT_STATE_DIR"
}

# ---------------------------------------------------------- configuration ---

# Function to check that a configuration file holds nothing but KEY=VALUE, so
# that reading it runs no command
# Usage: check_env_file ".env" "script name"
# Returns: 0 if it does, 1 if a line does not (it is named)
check_env_file() {
    local file="$1"
    local key='^[[:space:]]*(export[[:space:]]+)?[A-Za-z_][A-Za-z0-9_]*='
    local plain='[^][:space:]"'\''`$;&|<>()\]|\\.|[][]'
    local name='[A-Za-z_][A-Za-z0-9_]*'
    local variable="\\\$$name|\\\$\\{$name(:?-[^}\"'\`\$]*)?\\}"
    local double="\"([^\"\`\$\\]|\\\\.|$variable)*\""
    local single="'[^']*'"
    local entry="$key($plain|$variable|$double|$single)*([[:space:]]+(#.*)?)?\$"
    local blank='^[[:space:]]*(#.*)?$'
    local line=""
    local number=0

    while IFS= read -r line || [ -n "$line" ]; do
        number=$((number + 1))
        line="${line%$'\r'}"
        if [[ ! $line =~ $blank ]] && [[ ! $line =~ $entry ]]; then
            log_error "$file line $number is not KEY=VALUE" "${2:-}" \
                "Quote values with spaces; commands are not allowed there"
            return 1
        fi
        line=""
    done <"$file"
    return 0
}

# Function to list the keys that a configuration file sets
# Usage: env_file_keys ".env"
# Returns: 0, prints one key a line; nothing if there is no such file
env_file_keys() {
    if [ -f "$1" ]; then
        sed -n -e 's/^[[:space:]]*export[[:space:]]\{1,\}//' \
            -e 's/^[[:space:]]*\([A-Za-z_][A-Za-z0-9_]*\)=.*/\1/p' "$1"
    fi
}

# Function to run the assignments of a configuration file that was checked;
# Windows line ends are put right
# Usage: evaluate_env_file ".env"
# Returns: 0
evaluate_env_file() {
    set -a
    eval "$(tr -d '\r' <"$1")"
    set +a
}

# Function to find the environment whose configuration counts: the one chosen
# from outside, else ENVIRONMENT of .env or deployment-config.env
# Usage: configured_environment
# Returns: 0, prints its name, or nothing
configured_environment() {
    local file

    if [ -n "$DEPLOYMENT_ENVIRONMENT" ]; then
        printf '%s\n' "$DEPLOYMENT_ENVIRONMENT"
        return 0
    fi
    for file in .env deployment-config.env; do
        file="$DEPLOYMENT_PROJECT_DIR/$file"
        if env_file_keys "$file" | grep -qx ENVIRONMENT &&
            check_env_file "$file" >/dev/null 2>&1; then
            (evaluate_env_file "$file" && printf '%s\n' "${ENVIRONMENT:-}")
            return 0
        fi
    done
}

# Function to list the configuration files of the project, weakest first
# Usage: configuration_files
# Returns: 0, prints one absolute path a line
configuration_files() {
    local dir="$DEPLOYMENT_PROJECT_DIR"
    local file environment

    for file in deployment-config.env .env; do
        if [ -f "$dir/$file" ]; then
            printf '%s\n' "$dir/$file"
        fi
    done
    environment=$(configured_environment)
    file="$dir/environments/$environment.env"
    if is_environment_name "$environment" && [ -f "$file" ]; then
        printf '%s\n' "$file"
    fi
}

# Function to read configuration files into the environment; what the
# environment holds already wins over them
# Usage: source_env_files "/path/.env" "/path/environments/dev.env"
# Returns: 0 on success, 1 if a file is not plain KEY=VALUE
source_env_files() {
    local file key index
    local -a names values

    names=() values=()
    for file in "$@"; do
        check_env_file "$file" "${SCRIPT_NAME:-}" || return 1
        for key in $(env_file_keys "$file"); do
            if [ -n "$(printenv "$key")" ]; then
                names+=("$key")
                values+=("${!key}")
            fi
        done
    done
    for file in "$@"; do
        evaluate_env_file "$file"
    done
    for ((index = 0; index < ${#names[@]}; index++)); do
        export "${names[index]}=${values[index]}"
    done
    return 0
}

# Function to tell whether the project is configured, by files or, as stepdeck
# and CI do it, by the environment
# Usage: has_configuration
# Returns: 0 if it is, 1 otherwise
has_configuration() {
    [ -n "${STEPDECK_RUN_ID:-}" ] || [ -n "${PROJECT_NAME:-}" ] ||
        [ -n "$(configuration_files)" ]
}

# Function to load the configuration of the project: process environment, then
# environments/$ENVIRONMENT.env, .env, deployment-config.env, strongest first
# Usage: load_configuration ["script name"]
# Returns: 0 on success, 1 if there is none or it cannot be read
load_configuration() {
    local file
    local -a files

    if [ -z "${AWS_REGION:-}" ] && [ -n "${AWS_DEFAULT_REGION:-}" ]; then
        export AWS_REGION="$AWS_DEFAULT_REGION"
    fi
    if ! has_configuration; then
        log_error "Configuration not found. Run step-000 first." "${1:-}" \
            "./step-000-interactive-setup.sh writes .env; without a terminal \
it takes its defaults"
        return 1
    fi
    files=()
    while IFS= read -r file; do
        files+=("$file")
    done < <(configuration_files)
    if [ "${#files[@]}" -gt 0 ]; then
        source_env_files "${files[@]}" || return 1
    fi
    return 0
}

# Function to load the configuration of one environment by name
# Usage: load_environment_config "prod"
# Returns: 0 on success, 1 if there is no environments/NAME.env
load_environment_config() {
    local environment="${1:-}"
    local file="$DEPLOYMENT_PROJECT_DIR/environments/$environment.env"

    if ! is_environment_name "$environment"; then
        log_error "Not an environment name: '$environment'"
        return 1
    fi
    if [ ! -f "$file" ]; then
        log_error "Configuration not found for environment: $environment" "" \
            "Create environments/$environment.env with KEY=VALUE lines"
        return 1
    fi
    source_env_files "$file" || return 1
    log_info "Loaded configuration for environment: $environment"
}

# Function to tell whether a key stands in the project's own configuration
# Usage: project_configures "AWS_REGION"
# Returns: 0 if a configuration file sets it, 1 otherwise
project_configures() {
    local file

    while IFS= read -r file; do
        if env_file_keys "$file" | grep -qx "$1"; then
            return 0
        fi
    done < <(configuration_files)
    return 1
}

# ------------------------------------------------------ tools and versions ---

# Function to check that a command is installed
# Usage: check_command_exists "jq" ["where to get it"] ["script name"]
# Returns: 0 if it is, 1 otherwise
check_command_exists() {
    if command -v "$1" >/dev/null 2>&1; then
        return 0
    fi
    log_error "Command not found: $1" "${3:-}" "${2:+Install it: $2}"
    return 1
}

# Function to compare two versions number by number
# Usage: version_at_least "1.10.2" "1.9"
# Returns: 0 if the first is the same or newer, 1 otherwise
version_at_least() {
    local have="${1#v}" want="${2#v}"
    local left right

    have="${have%%[!0-9.]*}" want="${want%%[!0-9.]*}"
    while [ -n "$have" ] || [ -n "$want" ]; do
        left="${have%%.*}" right="${want%%.*}"
        left=$((10#${left:-0})) right=$((10#${right:-0}))
        if [ "$left" -ne "$right" ]; then
            [ "$left" -gt "$right" ]
            return
        fi
        case "$have" in *.*) have="${have#*.}" ;; *) have="" ;; esac
        case "$want" in *.*) want="${want#*.}" ;; *) want="" ;; esac
    done
    return 0
}

# Function to compare two versions with an operator
# Usage: version_holds "1.10.2" ">=" "1.9"
# Returns: 0 if it holds, 1 otherwise
version_holds() {
    case "$2" in
        '>=') version_at_least "$1" "$3" ;;
        '>') ! version_at_least "$3" "$1" ;;
        '<=') version_at_least "$3" "$1" ;;
        '<') ! version_at_least "$1" "$3" ;;
        *) version_at_least "$1" "$3" && version_at_least "$3" "$1" ;;
    esac
}

# Function to find the version of an installed command
# Usage: tool_version "terraform"
# Returns: 0 and prints it, 1 if the command does not tell
tool_version() {
    local dotted='[0-9]+(\.[0-9]+)+'
    local lone='(^|[^A-Za-z0-9])([0-9]+)'
    local flag text

    for flag in --version version -version -V; do
        text=$("$1" "$flag" </dev/null 2>&1) || continue
        if [[ $text =~ $dotted ]]; then
            printf '%s\n' "${BASH_REMATCH[0]}"
            return 0
        fi
        if [[ $text =~ $lone ]]; then
            printf '%s\n' "${BASH_REMATCH[2]}"
            return 0
        fi
    done
    return 1
}

# Function to check that a command is installed in a version that will do
# Usage: check_tool_version "terraform" ">=" "1.5" ["where to get it"] ["script"]
# Returns: 0 if it is, 1 if it is missing, unsuitable or does not tell
check_tool_version() {
    local tool="$1" operator="$2" wanted="$3" script_name="${5:-}"
    local version

    check_command_exists "$tool" "${4:-}" "$script_name" || return 1
    if ! version=$(tool_version "$tool"); then
        log_error "$tool does not tell its version, $operator $wanted is \
needed" "$script_name" "See what '$tool --version' says"
        return 1
    fi
    if version_holds "$version" "$operator" "$wanted"; then
        log_info "$tool $version ($operator $wanted is needed)" "$script_name"
        return 0
    fi
    log_error "$tool is version $version, but $operator $wanted is needed" \
        "$script_name" "Install a suitable one${4:+: $4}"
    return 1
}

# Function to tell whether the project uses Terraform
# Usage: project_uses_terraform
# Returns: 0 if it has a terraform folder or *.tf files, 1 otherwise
project_uses_terraform() {
    [ -d "$DEPLOYMENT_PROJECT_DIR/terraform" ] ||
        compgen -G "$DEPLOYMENT_PROJECT_DIR/*.tf" >/dev/null
}

# Function to tell how much the project needs the aws command line
# Usage: aws_need
# Returns: 0, prints one of:
#   required  CLOUD_PROVIDER=aws: what is missing is an error
#   wanted    no CLOUD_PROVIDER, but AWS_REGION stands in the project's own
#             configuration: what is missing is a warning
#   none      everything else. A region in your shell alone says nothing about
#             the project, and the App Runner target needs no aws command
aws_need() {
    if [ "${CLOUD_PROVIDER:-}" = aws ]; then
        echo required
    elif [ -z "${CLOUD_PROVIDER:-}" ] && [ -z "${SERVICE_NAME:-}" ] &&
        project_configures AWS_REGION; then
        echo wanted
    else
        echo none
    fi
}

# Function to report a missing AWS item as strongly as the project needs it
# Usage: report_aws_problem "message" "script name" "suggestion"
# Returns: 1 if AWS is required, 0 otherwise
report_aws_problem() {
    if [ "$(aws_need)" = required ]; then
        log_error "$@"
        return 1
    fi
    log_warning "$@"
    return 0
}

# Function to validate AWS credentials, where the project uses AWS
# Usage: check_aws_credentials ["script name"]
# Returns: 0 if they work or are not needed, 1 otherwise
check_aws_credentials() {
    local script_name="${1:-}"
    local account

    if [ "$(aws_need)" = none ]; then
        log_info "AWS credentials: skipped, the project does not use AWS" \
            "$script_name"
        return 0
    fi
    if ! command -v aws >/dev/null 2>&1; then
        report_aws_problem "Command not found: aws" "$script_name" \
            "Install it: https://aws.amazon.com/cli/"
        return
    fi
    if account=$(AWS_PAGER='' aws sts get-caller-identity \
        --query Account --output text 2>/dev/null </dev/null); then
        log_info "AWS credentials are valid for account $account" "$script_name"
        return 0
    fi
    report_aws_problem "AWS credentials are missing or have expired" \
        "$script_name" "Run 'aws configure', or 'aws sso login' for SSO"
}

# Function to validate the AWS region, where the project uses AWS
# Usage: check_aws_region ["script name"]
# Returns: 0 if one is set or not needed, 1 otherwise
check_aws_region() {
    local region="${AWS_REGION:-${AWS_DEFAULT_REGION:-}}"
    local shape='^[a-z]+(-[a-z]+)+-[0-9]+$'

    if [ "$(aws_need)" = none ]; then
        log_info "AWS region: skipped, the project does not use AWS" "${1:-}"
        return 0
    fi
    if [ -z "$region" ]; then
        region=$(aws configure get region 2>/dev/null </dev/null) || region=""
    fi
    if [[ $region =~ $shape ]]; then
        log_info "AWS region: $region" "${1:-}"
        return 0
    fi
    report_aws_problem "AWS region is not valid: '$region'" "${1:-}" \
        "Set AWS_REGION in .env, for example AWS_REGION=us-east-2"
}

# Function to remind of the permissions that a deployment needs
# Usage: check_iam_permissions_hint ["script name"]
# Returns: 0, always: only AWS itself can tell what is allowed
check_iam_permissions_hint() {
    local identity

    if [ "$(aws_need)" = none ]; then
        return 0
    fi
    identity=$(AWS_PAGER='' aws sts get-caller-identity --query Arn \
        --output text 2>/dev/null </dev/null) || identity="unknown"
    log_info "AWS identity: $identity" "${1:-}"
    say "${BLUE}💡 It needs permission for all that the steps create: the" \
        "services themselves, iam:PassRole for their roles, and the Terraform" \
        "backend if you have one.${NC}"
}

# Function to check the free disk space
# Usage: check_disk_space [megabytes] ["folder"] ["script name"]
# Returns: 0 if there is enough or it cannot be told, 1 otherwise
check_disk_space() {
    local minimum_mb="${1:-500}"
    local folder="${2:-$DEPLOYMENT_PROJECT_DIR}"
    local free_kb

    # Names of volumes may hold spaces: count from the column with the percent.
    free_kb=$(df -Pk "$folder" 2>/dev/null | awk 'NR == 2 {
        for (i = 3; i <= NF; i++) if ($i ~ /^[0-9]+%$/) { print $(i - 1); exit }
    }') || free_kb=""
    case "$free_kb" in
        '' | *[!0-9]*)
            log_warning "The free disk space could not be found out" "${3:-}"
            return 0
            ;;
    esac
    if [ "$((free_kb / 1024))" -ge "$minimum_mb" ]; then
        log_info "Free disk space: $((free_kb / 1024)) MB" "${3:-}"
        return 0
    fi
    log_error "Only $((free_kb / 1024)) MB free, $minimum_mb MB are needed" \
        "${3:-}" "Make room on the disk of $folder"
    return 1
}

# Function to check Node.js, where the project has a package.json
# Usage: check_nodejs_version ["18"] ["script name"]
# Returns: 0 if it will do or is not needed, 1 otherwise
check_nodejs_version() {
    if [ ! -f "$DEPLOYMENT_PROJECT_DIR/package.json" ]; then
        log_info "Node.js: skipped, there is no package.json" "${2:-}"
        return 0
    fi
    check_tool_version node '>=' "${1:-18}" "https://nodejs.org/" "${2:-}"
}

# Function to check Terraform, where the project uses it
# Usage: check_terraform_version ["1.0"] ["script name"]
# Returns: 0 if it will do or is not needed, 1 otherwise
check_terraform_version() {
    if ! project_uses_terraform; then
        log_info "Terraform: skipped, there is no terraform folder" "${2:-}"
        return 0
    fi
    check_tool_version terraform '>=' "${1:-1.0}" \
        "https://terraform.io/downloads" "${2:-}"
}

# Function to warn of installed versions with known issues; a tool that is not
# installed is the business of other checks
# Usage: validate_tool_versions ["script name"]
# Returns: 0, always
validate_tool_versions() {
    local row tool minimum version

    for row in "aws 2.0" "docker 20.10" "git 2.0" "jq 1.5"; do
        tool="${row% *}" minimum="${row#* }"
        command -v "$tool" >/dev/null 2>&1 || continue
        if [ "$tool" = aws ] && [ "$(aws_need)" = none ]; then
            continue
        fi
        version=$(tool_version "$tool") || continue
        if ! version_at_least "$version" "$minimum"; then
            log_warning "$tool $version has known issues" "${1:-}" \
                "Update it to $minimum or newer"
        fi
    done
    return 0
}

# Function to check everything that the header of a step names as prerequisite
# Usage: check_deployment_prerequisites "$SCRIPT_NAME"
# Returns: 0 if all are met, 1 otherwise (each one missing is named)
check_deployment_prerequisites() {
    local script_name="${1:-$(current_script_name)}"

    if ! declare -f validate_prerequisites >/dev/null; then
        # shellcheck source=/dev/null
        source "$DEPLOYMENT_PROJECT_DIR/step-navigation.sh" || {
            log_error "step-navigation.sh not found" "$script_name"
            return 1
        }
    fi
    validate_prerequisites "$script_name"
}

# ------------------------------------------------------ retry and recovery ---

# Function to check that a text is a whole number
# Usage: is_whole_number "12"
# Returns: 0 if it is, 1 otherwise
is_whole_number() {
    case "$1" in
        '' | *[!0-9]* | ??????????*) return 1 ;;
    esac
    return 0
}

# Function to run a command again until it succeeds, waiting twice as long
# after each failure, at most RETRY_MAX_DELAY seconds. A command that cannot
# be run at all (126, 127) or was interrupted (130, 143) is not repeated
# Usage: retry_command max_attempts delay_seconds "script name" command [args]
# Returns: 0 on success, 1 if all attempts failed (the status of the last is in
# RETRY_LAST_STATUS), 2 if it was called wrongly
retry_command() {
    local max_attempts="${1:-}" delay="${2:-}" script_name="${3:-}"
    local attempt=1 status

    if [ "$#" -lt 4 ] || ! is_whole_number "$max_attempts" ||
        ! is_whole_number "$delay" || [ "$((10#$max_attempts))" -lt 1 ]; then
        log_error "retry_command needs attempts (1 or more), a delay in whole \
seconds, a script name and a command" "$script_name"
        return 2
    fi
    max_attempts=$((10#$max_attempts)) delay=$((10#$delay))
    shift 3
    RETRY_LAST_STATUS=0
    while :; do
        # On stderr: the output of the command may be captured.
        log_info "Attempt $attempt/$max_attempts: $*" "$script_name" >&2
        if "$@"; then
            return 0
        else
            status=$?
        fi
        # shellcheck disable=SC2034 # read by callers
        RETRY_LAST_STATUS=$status
        case "$status" in 126 | 127 | 130 | 143) break ;; esac
        if [ "$attempt" -ge "$max_attempts" ]; then
            break
        fi
        if [ "$delay" -gt "$RETRY_MAX_DELAY" ]; then
            delay=$RETRY_MAX_DELAY
        fi
        log_warning "Attempt $attempt failed with status $status, retrying in \
${delay}s..." "$script_name"
        sleep "$delay"
        delay=$((delay * 2))
        attempt=$((attempt + 1))
    done
    log_error "Command failed after $attempt of $max_attempts attempts, last \
status $status: $*" "$script_name"
    return 1
}

# Function to go on after a failure that the deployment can live with
# Usage: handle_non_critical_error "description" "script name" ["true"]
# Returns: 0 to continue (third parameter true, or the user agrees), 1 to stop;
# without a terminal the answer is no
handle_non_critical_error() {
    log_warning "$1 (non-critical)" "${2:-}"
    if [ "${3:-}" = true ]; then
        log_info "Continuing despite a non-critical error" "${2:-}"
        return 0
    fi
    ask_yes_no "Continue anyway?" no
}

# Function to look for a known text in a log
# Usage: log_mentions "file" "text or extended pattern"
# Returns: 0 if it is there, upper or lower case, 1 otherwise
log_mentions() {
    grep -Eiq -e "$2" "$1" 2>/dev/null
}

# Function to tell whether Terraform complained of nothing but resources that
# exist already
# Usage: only_existing_resources "log file"
# Returns: 0 if so, 1 otherwise
only_existing_resources() {
    local errors existing

    existing=$(grep -Eic 'already ?exists' "$1" 2>/dev/null) || return 1
    errors=$(grep -c 'Error:' "$1" 2>/dev/null) || errors=0
    [ "$existing" -ge "$errors" ]
}

# Function to make sense of a failed Terraform command
# Usage: handle_terraform_error "exit status" "log file" "script name"
# Returns: 0 if it succeeded after all, 1 if it failed, 2 if it is worth a retry
handle_terraform_error() {
    local exit_code="$1" log_file="$2" script_name="${3:-}"
    local credentials='ExpiredToken|InvalidClientTokenId|NoCredentialProviders'
    credentials="$credentials|no valid credential|security token.*(invalid|expired)"
    local network='timeout|timed out|connection (reset|refused)|no such host'
    network="$network|Throttling|RequestLimitExceeded|TooManyRequests"
    network="$network|rate exceeded|service unavailable"

    if [ "$exit_code" -eq 0 ]; then
        return 0
    fi
    if log_mentions "$log_file" "$credentials"; then
        log_error "The cloud refused the credentials" "$script_name" \
            "Renew them ('aws sso login', 'aws configure') and run this again"
    elif log_mentions "$log_file" 'AccessDenied|UnauthorizedOperation|not authorized to'; then
        log_error "A permission is missing" "$script_name" \
            "Allow the action that $log_file names, then run this again"
    elif log_mentions "$log_file" 'acquiring the state lock|ConditionalCheckFailed'; then
        log_warning "The Terraform state is locked by another run" \
            "$script_name" "If no other run is alive: terraform force-unlock ID"
        return 2
    elif log_mentions "$log_file" 'terraform init|dependency lock file'; then
        log_error "The Terraform folder is not initialized" "$script_name" \
            "Run 'terraform init' in it"
    elif only_existing_resources "$log_file"; then
        log_warning "Resources exist already, taken as done" "$script_name" \
            "Bring them under Terraform with 'terraform import'"
        return 0
    elif log_mentions "$log_file" "$network"; then
        log_warning "The cloud was slow or not reachable" "$script_name" \
            "This usually passes; check the network if it does not"
        return 2
    else
        log_error "Terraform failed with status $exit_code" "$script_name" \
            "See $log_file"
    fi
    return 1
}

# Function to run Terraform in its folder and repeat what is worth a retry
# (RETRY_ATTEMPTS times, default 3, with RETRY_DELAY seconds, default 10)
# Usage: terraform_with_retry "terraform" "script name" apply -auto-approve
# Returns: 0 on success, 1 on failure
terraform_with_retry() {
    local folder="$1" script_name="$2"
    local attempts="${RETRY_ATTEMPTS:-3}" delay="${RETRY_DELAY:-10}"
    local log="$DEPLOYMENT_STATE_DIR/$script_name.terraform.log"
    local attempt status verdict

    shift 2
    for ((attempt = 1; attempt <= attempts; attempt++)); do
        log_info "Attempt $attempt/$attempts: terraform $*" "$script_name"
        rm -f -- "$log" 2>/dev/null || true
        status=0 verdict=0
        # Subshells keep the change of folder and of options to themselves.
        (
            set -o pipefail
            umask 077
            (cd "$folder" && terraform "$@" -input=false -no-color) 2>&1 |
                tee "$log"
        ) || status=$?
        handle_terraform_error "$status" "$log" "$script_name" || verdict=$?
        if [ "$verdict" -ne 2 ]; then
            return "$verdict"
        fi
        if [ "$attempt" -lt "$attempts" ]; then
            sleep "$delay"
            delay=$((delay * 2))
        fi
    done
    log_error "terraform $1 failed $attempts times" "$script_name"
    return 1
}

# ------------------------------------------------------- cloud providers ---

# Function to deploy the infrastructure to the configured cloud. It calls
# deploy_aws_infrastructure, deploy_azure_infrastructure or
# deploy_gcp_infrastructure if your step defines it; else, with a terraform
# folder, Terraform does the work
# Usage: deploy_infrastructure ["script name"]
# Returns: 0 on success, 1 on failure or an unknown CLOUD_PROVIDER
deploy_infrastructure() {
    local script_name="${1:-$(current_script_name)}"
    local provider="${CLOUD_PROVIDER:-}"
    local folder="$DEPLOYMENT_PROJECT_DIR/terraform"

    case "$provider" in
        aws | azure | gcp) ;;
        *)
            log_error "Unsupported cloud provider: '$provider'" "$script_name" \
                "Set CLOUD_PROVIDER to aws, azure or gcp in .env"
            return 1
            ;;
    esac
    if declare -f "deploy_${provider}_infrastructure" >/dev/null; then
        "deploy_${provider}_infrastructure"
        return
    fi
    if [ ! -d "$folder" ]; then
        log_error "Nothing to deploy to $provider" "$script_name" \
            "Define deploy_${provider}_infrastructure or add a terraform folder"
        return 1
    fi
    terraform_with_retry "$folder" "$script_name" init || return 1
    terraform_with_retry "$folder" "$script_name" apply -auto-approve
}
