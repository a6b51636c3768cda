#!/bin/bash

# Deployment - Step navigation library
# Knows the steps of the project: their order, what their headers say, which
# one is next and whether one may run. It is sourced, never run.
# Prerequisites: file error-handling.sh
# Outputs: none
#
# The header of a step is its first comment block. These lines of it count,
# names in any case:
#   Prerequisites: step-005-login, command terraform >= 1.5, env AWS_REGION,
#                  file main.tf   (on one line; other words are not checked;
#                  "none" means none; without the line all earlier critical
#                  steps must have completed)
#   Outputs: files that must exist after success, apart from prose
#   Critical: no     a failure is a warning and the deployment goes on
#   Parallel: NAME   neighbours with the same name run together
#   Always, Interactive, Confirm, Attempts, Delay: see README.md

if ! declare -f log_error >/dev/null; then
    # shellcheck source=/dev/null
    source "$(dirname -- "${BASH_SOURCE[0]}")/error-handling.sh" || {
        echo "error-handling.sh not found" >&2
        return 1
    }
fi

# The first and last number of each part of the sequence.
DEPLOYMENT_FIRST=1
DEPLOYMENT_LAST=899
TEARDOWN_FIRST=900
TEARDOWN_LAST=999

# ------------------------------------------------------------------ steps ---

# Function to turn the file name of a step into its name in the state folder
# Usage: step_id "/project/step-010-network.sh"
# Returns: 0, prints for example step-010-network
step_id() {
    local name="${1##*/}"

    case "${name##*.}" in
        "$name" | '' | *[!A-Za-z0-9]*) printf '%s\n' "$name" ;;
        *) printf '%s\n' "${name%.*}" ;;
    esac
}

# Function to tell the number of a step
# Usage: step_number "step-010-network.sh"
# Returns: 0 and prints 10; 1 if the name is not that of a step
step_number() {
    local name="${1##*/}"

    case "$name" in
        step-[0-9][0-9][0-9]-*) printf '%s\n' "$((10#${name:5:3}))" ;;
        *) return 1 ;;
    esac
}

# Function to list the steps of a folder in order
# Usage: list_steps "/project" 1 899
# Returns: 0, prints one file name a line: step-NNN-name.sh, or anything else
# executable of the form step-NNN-name[.ext]
list_steps() {
    local dir="$1" first="$2" last="$3"
    local path number

    # The C locale, in a subshell, makes the order the same everywhere.
    (
        LC_ALL=C
        for path in "$dir"/step-[0-9][0-9][0-9]-?*; do
            case "$path" in
                *'~' | *.bak | *.orig | *.rej | *.swp | *.tmp | *.old)
                    continue
                    ;;
                *.sh) ;;
                *) [ -x "$path" ] || continue ;;
            esac
            number="${path##*/}"
            number=$((10#${number:5:3}))
            if [ -f "$path" ] && [ "$number" -ge "$first" ] &&
                [ "$number" -le "$last" ]; then
                printf '%s\n' "${path##*/}"
            fi
        done
    )
}

# Function to find the file of a step
# Usage: find_step_file "step-010-network" "/project"
# Returns: 0 and prints its absolute path, 1 if there is none
find_step_file() {
    local step="$1" dir="${2:-$DEPLOYMENT_PROJECT_DIR}"
    local name

    case "$step" in
        step-[0-9][0-9][0-9]-*)
            if [ -f "$dir/$step.sh" ]; then
                printf '%s\n' "$dir/$step.sh"
                return 0
            fi
            ;;
    esac
    while IFS= read -r name; do
        if [ "$name" = "$step" ] || [ "$(step_id "$name")" = "$step" ]; then
            printf '%s\n' "$dir/$name"
            return 0
        fi
    done < <(list_steps "$dir" 0 999)
    return 1
}

# ---------------------------------------------------------------- headers ---

# Function to print the comment block at the start of a script, without its
# markers. It ends at the first line that is neither blank nor a comment
# Usage: header_lines "/project/step-010-network.sh"
# Returns: 0
header_lines() {
    awk '
        { sub(/\r$/, "") }
        NR == 1 && /^#!/ { next }
        /^[ \t]*$/ { print ""; next }
        !/^[ \t]*#/ { exit }
        { sub(/^[# \t]+/, ""); sub(/[ \t]+$/, ""); print }
    ' "$1"
}

# Function to read one line of the header of a step. Lists go on in the next
# line after a comma at the end, or in lines that begin with "- "
# Usage: header_value "/project/step-010-network.sh" "prerequisites"
# Returns: 0 and prints the value, 1 if there is no such line or it is empty
header_value() {
    header_lines "$1" | awk -v key="$2" '
        BEGIN {
            count = split("prerequisites inputs outputs attempts delay " \
                "timeout critical parallel interactive always rollback " \
                "confirm", names, " ")
            for (i = 1; i <= count; i++) known[names[i]] = 1
            is_list = key == names[1] || key == names[2] || key == names[3]
        }
        {
            name = ""
            if (match($0, /^[A-Za-z]+[ \t]*:/)) {
                name = tolower(substr($0, 1, RLENGTH - 1))
                sub(/[ \t]+$/, "", name)
            }
            if (name in known) {
                open = name == key
                if (!open) next
                text = substr($0, RLENGTH + 1)
                sub(/^[ \t]+/, "", text)
                value = is_list && value != "" ? value ", " text : text
            } else if (open && is_list && $0 != "" &&
                       (value ~ /,$/ || /^[-*][ \t]/)) {
                sub(/^[-*][ \t]+/, "")
                value = value ", " $0
            } else {
                open = 0
            }
        }
        END {
            if (value ~ /^[, \t]*$/) exit 1
            print value
        }
    '
}

# Function to read a yes/no line of the header of a step
# Usage: header_says "/project/step-010-network.sh" "critical" "no"
# Returns: 0 if the line is there and says so, 1 otherwise
header_says() {
    local value

    value=$(header_value "$1" "$2") || return 1
    case "$3:$value" in
        yes:[yY][eE][sS] | yes:[tT][rR][uU][eE] | yes:1) return 0 ;;
        no:[nN][oO] | no:[fF][aA][lL][sS][eE] | no:0) return 0 ;;
    esac
    return 1
}

# Function to print the free lines at the top of a header: title, description
# Usage: header_prose "/project/step-010-network.sh"
# Returns: 0
header_prose() {
    header_lines "$1" | awk '
        tolower($0) ~ /^(prerequisites|inputs|outputs|attempts|delay)[ \t]*:/ ||
        tolower($0) ~ /^(timeout|critical|parallel|interactive)[ \t]*:/ ||
        tolower($0) ~ /^(always|rollback|confirm)[ \t]*:/ { exit }
        /^(shellcheck |SPDX-|vim:|-\*-)/ || !/[^-#=*_~+\/ \t]/ { next }
        { print }
    '
}

# Function to tell the title of a step: its first header line, without the
# name of the project before " - "
# Usage: step_title "/project/step-010-network.sh"
# Returns: 0, prints it
step_title() {
    local title

    title=$(header_prose "$1" | awk 'NR == 1')
    title="${title#* - }"
    if [ -z "$title" ]; then
        title=$(step_id "$1")
    fi
    say "$title"
}

# Function to tell what a step does: the prose of its header, on one line
# Usage: step_description "/project/step-010-network.sh"
# Returns: 0, prints it; an empty line if there is none
step_description() {
    header_prose "$1" | awk '
        NR > 1 { text = text (text == "" ? "" : " ") $0 }
        END { print text }
    '
}

# ------------------------------------------------------------ prerequisites ---

# Function to call a function for each item of a comma-separated list
# Usage: for_each_item "a, b" function [further arguments]
# Returns: 0 if it succeeded for all items, 1 otherwise
for_each_item() {
    local rest="$1,"
    local item failures=0

    shift
    while [ -n "$rest" ]; do
        item="${rest%%,*}"
        rest="${rest#*,}"
        item="${item#"${item%%[![:space:]]*}"}"
        item="${item%"${item##*[![:space:]]}"}"
        if [ -n "$item" ]; then
            "$@" "$item" || failures=$((failures + 1))
        fi
    done
    [ "$failures" -eq 0 ]
}

# Function to find the steps that a Prerequisites item means
# Usage: named_steps "/project" "step-010"
# Returns: 0, prints the names of all steps with this name, file name or number
named_steps() {
    local dir="$1" wanted="$2"
    local name

    while IFS= read -r name; do
        if [ "$name" = "$wanted" ] || [ "$(step_id "$name")" = "$wanted" ] ||
            [ "${name:0:8}" = "$wanted" ]; then
            step_id "$name"
        fi
    done < <(list_steps "$dir" 0 999)
}

# Function to tell whether a step counts as completed for those that need it
# Usage: is_step_met "step-010-network"
# Returns: 0 if it does, 1 otherwise
#
# stepdeck checks this itself before it starts a script, and it knows what the
# user chose to skip. deploy-all.sh hands on its skipped steps in
# DEPLOYMENT_MET_STEPS.
is_step_met() {
    if [ -n "${STEPDECK_RUN_ID:-}" ] || is_step_completed "$1"; then
        return 0
    fi
    case " ${DEPLOYMENT_MET_STEPS:-} " in *" $1 "*) return 0 ;; esac
    return 1
}

# Function to check that the steps which another one needs have completed
# Usage: check_step_prerequisite "step-020-b" "/project" "step-010-a"
# Returns: 0 if they have, 1 otherwise
check_step_prerequisite() {
    local script_name="$1" dir="$2" item="$3"
    local step status failures=0
    local -a steps

    steps=()
    while IFS= read -r step; do
        steps+=("$step")
    done < <(named_steps "$dir" "$item")
    if [ "${#steps[@]}" -eq 0 ]; then
        is_step_met "$item" && return 0
        log_error "Prerequisite $item does not exist in $dir" "$script_name" \
            "Correct the Prerequisites line of $script_name"
        return 1
    fi
    for step in "${steps[@]}"; do
        if is_step_met "$step"; then
            continue
        fi
        status=$(read_step_status "$step")
        if [ "$DEPLOYMENT_STATE_IS_TEMPORARY" = 1 ]; then
            log_warning "Without a state folder nobody knows whether $step \
has completed; going on" "$script_name"
            continue
        fi
        log_error "Prerequisite not met: $step has not completed (it is \
$status)" "$script_name" "Run $step first, or ./deploy-all.sh for all steps"
        failures=$((failures + 1))
    done
    [ "$failures" -eq 0 ]
}

# Function to check that a variable is set, here or in the configuration
# Usage: check_env_prerequisite "step-020-b" "AWS_REGION"
# Returns: 0 if it is, 1 otherwise
check_env_prerequisite() {
    local script_name="$1" name="$2"

    if [ -n "${!name:-}" ] || (
        has_configuration && load_configuration "$script_name" >/dev/null &&
            [ -n "${!name:-}" ]
    ); then
        return 0
    fi
    log_error "Prerequisite not met: $name is not set" "$script_name" \
        "Add $name=... to .env, or export it"
    return 1
}

# Function to check one item of a Prerequisites line
# Usage: check_prerequisite_item "step-020-b" "/project" "command jq >= 1.5"
# Returns: 0 if it is met or is prose, 1 otherwise
check_prerequisite_item() {
    local script_name="$1" dir="$2" item="$3"
    local step='^step-[^[:space:]]+$'
    local command='^command[[:space:]]+([^[:space:]<>=]+)$'
    local version='^command[[:space:]]+([^[:space:]<>=]+)[[:space:]]*'
    local variable='^env[[:space:]]+([A-Za-z_][A-Za-z0-9_]*)$'
    local file='^file[[:space:]]+([^[:space:]]+)$'
    version="$version"'(>=|<=|==|>|<|=)?[[:space:]]*(v?[0-9][^[:space:]]*)$'

    if [[ $item =~ $step ]]; then
        check_step_prerequisite "$script_name" "$dir" "$item"
    elif [[ $item =~ $command ]]; then
        check_command_exists "${BASH_REMATCH[1]}" \
            "it is named in the header of $script_name" "$script_name"
    elif [[ $item =~ $version ]]; then
        check_tool_version "${BASH_REMATCH[1]}" "${BASH_REMATCH[2]:->=}" \
            "${BASH_REMATCH[3]}" "" "$script_name" >/dev/null
    elif [[ $item =~ $variable ]]; then
        check_env_prerequisite "$script_name" "${BASH_REMATCH[1]}"
    elif [[ $item =~ $file ]]; then
        if [ ! -e "$(in_project "$dir" "${BASH_REMATCH[1]}")" ]; then
            log_error "Prerequisite not met: no file ${BASH_REMATCH[1]} in \
$dir" "$script_name" "Create it, or run the step that does"
            return 1
        fi
    fi
}

# Function to make a path of a header absolute
# Usage: in_project "/project" "terraform/main.tf"
# Returns: 0, prints it
in_project() {
    case "$2" in
        /*) printf '%s\n' "$2" ;;
        *) printf '%s\n' "$1/$2" ;;
    esac
}

# Function to list the steps that must come before a step whose header does
# not say: the earlier critical ones of the same part of the sequence, but not
# those that run side by side with it
# Usage: default_prerequisites "/project" "step-030-c.sh"
# Returns: 0, prints one step name a line
default_prerequisites() {
    local dir="$1" script="$2"
    local first=$DEPLOYMENT_FIRST last=$DEPLOYMENT_LAST
    local number name group other_group list=""

    number=$(step_number "$script") || return 0
    if [ "$number" -ge "$TEARDOWN_FIRST" ]; then
        first=$TEARDOWN_FIRST last=$TEARDOWN_LAST
    fi
    group=$(header_value "$dir/$script" parallel) || group=""
    while IFS= read -r name; do
        if [ "$name" = "$script" ]; then
            break
        fi
        list="$name"$'\n'"$list"
    done < <(list_steps "$dir" "$first" "$last")
    # Backwards: neighbours of the same group come first and are left out.
    while IFS= read -r name; do
        if [ -z "$name" ]; then
            continue
        fi
        other_group=$(header_value "$dir/$name" parallel) || other_group=""
        if [ -n "$group" ] && [ "$group" = "$other_group" ]; then
            continue
        fi
        group=""
        if ! header_says "$dir/$name" critical no; then
            step_id "$name"
        fi
    done < <(printf '%s' "$list")
}

# Function to check that everything a step needs is there
# Usage: validate_prerequisites "step-020-b" ["/project"]
# Returns: 0 if all prerequisites are met, 1 otherwise (each one is named)
validate_prerequisites() {
    local step="${1##*/}" dir="${2:-$DEPLOYMENT_PROJECT_DIR}"
    local file items name failures=0

    step="${step%.sh}"
    if ! file=$(find_step_file "$step" "$dir"); then
        log_warning "There is no file of the step $step in $dir, so its \
prerequisites are not checked" "$step"
        return 0
    fi
    if items=$(header_value "$file" prerequisites); then
        case "$items" in [nN][oO][nN][eE]) return 0 ;; esac
        for_each_item "$items" check_prerequisite_item "$step" "$dir"
        return
    fi
    while IFS= read -r name; do
        check_step_prerequisite "$step" "$dir" "$name" ||
            failures=$((failures + 1))
    done < <(default_prerequisites "$dir" "${file##*/}")
    [ "$failures" -eq 0 ]
}

# ------------------------------------------------------- validation hooks ---

# Function to check a step before it runs: its prerequisites, a configuration
# that can be read, and what an interrupted run may have left
# Usage: validate_pre_step "step-010-network"
# Returns: 0 if it may run, 1 otherwise
validate_pre_step() {
    local step="$1"

    validate_prerequisites "$step" || return 1
    (load_configuration "$step") || return 1
    if [ "$(read_step_status "$step")" = in_progress ]; then
        log_warning "The last run of $step was interrupted; it runs again" \
            "$step"
    fi
    return 0
}

# Function to tell whether a word of an Outputs line is a path
# Usage: is_output_path "terraform/outputs.json"
# Returns: 0 if it holds a / or a . and is no URL or end of a sentence
is_output_path() {
    local word="$1"

    case "$word" in [nN]/[aA] | *://*) return 1 ;; esac
    while [ "${word%.}" != "$word" ]; do
        word="${word%.}"
    done
    case "$word" in */* | *.*) return 0 ;; esac
    return 1
}

# Function to check that a declared output exists; prose is not checked. Paths
# may also stand between spaces, then each is checked
# Usage: check_output_item "step-010-network" "terraform/outputs.json"
# Returns: 0 if it exists or is prose, 1 otherwise
check_output_item() {
    local step="$1" item="$2"
    local word failures=0
    local -a words

    IFS=$' \t' read -r -a words <<<"$item"
    for word in "${words[@]}"; do
        is_output_path "$word" || return 0
    done
    for word in "${words[@]}"; do
        if ! (cd "$DEPLOYMENT_PROJECT_DIR" && compgen -G "$word") >/dev/null
        then
            log_error "Declared output is missing: $word" "$step" \
                "Correct the step, or the Outputs line of its header"
            failures=$((failures + 1))
        fi
    done
    [ "$failures" -eq 0 ]
}

# Function to check a step after it ran: the Outputs of its header must exist
# and the configuration must still be readable
# Usage: validate_post_step "step-010-network"
# Returns: 0 if all is there, 1 otherwise
validate_post_step() {
    local step="$1"
    local file items

    file=$(find_step_file "$step") || return 0
    if items=$(header_value "$file" outputs); then
        for_each_item "$items" check_output_item "$step" || return 1
    fi
    (load_configuration "$step") || return 1
}

# ------------------------------------------------------------- navigation ---

# Function to find the step after a given one. After the setup comes the
# preflight check, after the last deployment step the teardown, after the
# teardown nothing. Without a name: the first step that has not completed
# Usage: detect_next_step "step-010-network.sh" ["/project"]
# Returns: 0 and prints the file name, 1 if there is none
detect_next_step() {
    local current="${1##*/}" dir="${2:-$DEPLOYMENT_PROJECT_DIR}"
    local name seen=0

    if [ -z "$current" ]; then
        while IFS= read -r name; do
            if ! is_step_completed "$(step_id "$name")"; then
                printf '%s\n' "$name"
                return 0
            fi
        done < <(list_steps "$dir" "$DEPLOYMENT_FIRST" "$DEPLOYMENT_LAST")
        return 1
    fi
    while IFS= read -r name; do
        if [ "$seen" -eq 1 ]; then
            printf '%s\n' "$name"
            return 0
        fi
        if [ "$name" = "$current" ] || [ "$(step_id "$name")" = "$current" ]; then
            seen=1
        fi
    done < <(list_steps "$dir" 0 999)
    return 1
}

# Function to display the next step and what it does. Quiet when stepdeck or
# deploy-all.sh runs the step, for they go on by themselves
# Usage: show_next_step "$(basename "$0")" "$(dirname "$0")"
# Returns: 0, always
show_next_step() {
    local current="$1" dir="${2:-$DEPLOYMENT_PROJECT_DIR}"
    local next number description

    if [ -n "${STEPDECK_RUN_ID:-}" ] || [ "${DEPLOY_ALL_RUNNING:-0}" = 1 ]; then
        return 0
    fi
    say ""
    if ! next=$(detect_next_step "$current" "$dir"); then
        say "${GREEN}✅ That was the last step.${NC}"
        return 0
    fi
    number=$(step_number "$current") || number=0
    if [ "$number" -lt "$TEARDOWN_FIRST" ] &&
        [ "$(step_number "$next")" -ge "$TEARDOWN_FIRST" ]; then
        say "${GREEN}🎯 All deployment steps are behind you.${NC}"
        say "${YELLOW}Only to remove everything again: $next${NC}"
    else
        say "${CYAN}Next: Run $next${NC}"
    fi
    description=$(step_description "$dir/$next") || description=""
    if [ -n "$description" ]; then
        say "${BLUE}$description${NC}"
    fi
    say "${BLUE}Command: $dir/$next${NC}"
    return 0
}
