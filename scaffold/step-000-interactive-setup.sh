#!/bin/bash

# Deployment - Interactive setup
# Asks for the configuration of the project and writes it for the steps that
# follow. Run it again whenever you like: your answers are the new defaults.
# Prerequisites: none
# Outputs: .env, deployment-config.env
# Interactive: yes
# Always: yes

SCRIPT_DIR="$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)" || exit 1

usage() {
    cat <<EOF
Usage: $0 [OPTIONS]

Asks for the configuration and writes .env, deployment-config.env and, if the
project has a terraform folder, terraform/terraform.tfvars. Keys of yours in
these files are kept; the previous version of a file stays as FILE.bak.

Options:
  --defaults       Ask nothing, take the defaults (so does a run without a
                   terminal). A variable of the environment is the default of
                   its question, then the present configuration
  --help, -h       Show this help message

Examples:
  $0                                      # answer the questions
  ENVIRONMENT=prod $0 --defaults          # for scripts
EOF
}

DEFAULTS_ONLY=0
while [ "$#" -gt 0 ]; do
    case "$1" in
        --help | -h) usage && exit 0 ;;
        --defaults) DEFAULTS_ONLY=1 ;;
        *)
            echo "Unknown option: $1 (see $0 --help)" >&2
            exit 2
            ;;
    esac
    shift
done

# 1. Source dependencies
# shellcheck source=/dev/null
source "$SCRIPT_DIR/error-handling.sh" || {
    echo "❌ error-handling.sh not found in $SCRIPT_DIR" >&2
    exit 1
}
# shellcheck source=/dev/null
source "$SCRIPT_DIR/step-navigation.sh" || echo "Navigation not found" >&2

# Function to check that an answer is not empty and on one line
# Usage: is_text "answer"
# Returns: 0 if it is, 1 otherwise
is_text() {
    case "$1" in '' | *[[:cntrl:]]*) return 1 ;; esac
    return 0
}

# Function to check the name of a cloud provider
# Usage: is_cloud_provider "aws"
# Returns: 0 for none, aws, azure and gcp, 1 otherwise
is_cloud_provider() {
    case "$1" in none | aws | azure | gcp) return 0 ;; esac
    return 1
}

# Function to check the form of an AWS region
# Usage: is_aws_region "us-east-2"
# Returns: 0 if it looks like one, 1 otherwise
is_aws_region() {
    local shape='^[a-z]+(-[a-z]+)+-[0-9]+$'

    [[ $1 =~ $shape ]]
}

# Function to ask a question until the answer is valid
# Usage: ask VARIABLE "Question" "default" validator "what is valid"
# Returns: 0 with the answer in VARIABLE, 1 if the default itself is not valid
ask() {
    local variable="$1" question="$2" default="$3" validator="$4" hint="$5"
    local answer=""

    if [ "$DEFAULTS_ONLY" = 1 ] || ! can_ask; then
        if ! "$validator" "$default"; then
            log_error "$variable: not valid: '$default'" "$SCRIPT_NAME" "$hint"
            return 1
        fi
        log_info "$question: $default" "$SCRIPT_NAME"
        printf -v "$variable" '%s' "$default"
        return 0
    fi
    while :; do
        printf '%s' "${CYAN}$question [$default]: ${NC}" >&2
        if ! read -r answer; then
            log_error "No answer: the input ended" "$SCRIPT_NAME"
            return 1
        fi
        answer="${answer:-$default}"
        if "$validator" "$answer"; then
            printf -v "$variable" '%s' "$answer"
            return 0
        fi
        say "${YELLOW}⚠️  Not valid: $hint${NC}" >&2
    done
}

# Function to detect a name for the project: the git remote, else the folder
# Usage: detect_project_name
# Returns: 0, prints it
detect_project_name() {
    local remote

    remote=$(git -C "$SCRIPT_DIR" config --get remote.origin.url 2>/dev/null) ||
        remote=""
    remote="${remote%/}"
    remote="${remote%.git}"
    remote="${remote##*[/:]}"
    say "${remote:-${SCRIPT_DIR##*/}}"
}

# Function to detect the AWS region of this machine
# Usage: detect_aws_region
# Returns: 0, prints it
detect_aws_region() {
    local region="${AWS_REGION:-${AWS_DEFAULT_REGION:-}}"

    if [ -z "$region" ]; then
        region=$(aws configure get region 2>/dev/null </dev/null) || region=""
    fi
    say "${region:-us-east-2}"
}

# Function to quote a value for a KEY=VALUE file
# Usage: quote_value "text"
# Returns: 0, prints it, in double quotes only where it needs them
quote_value() {
    case "$1" in
        *[!A-Za-z0-9_./:@%+,-]*)
            printf '"%s"\n' "$(printf '%s' "$1" | sed 's/[\\"$`]/\\&/g')"
            ;;
        *) printf '%s\n' "$1" ;;
    esac
}

# Function to put a finished file in place, keeping the previous one as .bak
# Usage: install_file "new file" "file"
# Returns: 0 on success, 1 otherwise
install_file() {
    if [ -f "$2" ] && ! cmp -s "$1" "$2"; then
        cp -p -- "$2" "$2.bak" || return 1
        log_info "The previous ${2##*/} is kept as ${2##*/}.bak" "$SCRIPT_NAME"
    fi
    mv -f -- "$1" "$2" || return 1
    log_info "Wrote $2" "$SCRIPT_NAME"
}

# Function to write keys into a KEY=VALUE file; other lines stay as they are
# Usage: write_env_file "file" "mode" "first comment" KEY...
# Returns: 0 on success, 1 otherwise
write_env_file() {
    local file="$1" mode="$2" comment="$3"
    local new key

    shift 3
    new=$(mktemp "$file.XXXXXX") || return 1
    if [ -f "$file" ]; then
        cp -- "$file" "$new" || return 1
        # A last line without its end would swallow the first of ours.
        if [ -n "$(tail -c 1 "$new")" ]; then
            echo >>"$new"
        fi
    else
        echo "# $comment" >"$new"
    fi
    for key in "$@"; do
        set_env_key "$new" "$key" "${!key}" || return 1
    done
    chmod "$mode" "$new" || return 1
    install_file "$new" "$file"
}

# Function to set one key of a KEY=VALUE file where it stands, or at the end
# Usage: set_env_key "file" "KEY" "value"
# Returns: 0 on success, 1 otherwise
set_env_key() {
    local file="$1" key="$2" line

    line="$key=$(quote_value "$3")"
    KEY="$key" LINE="$line" awk '
        BEGIN { key = ENVIRON["KEY"]; line = ENVIRON["LINE"] }
        $0 ~ "^[ \t]*(export[ \t]+)?" key "=" {
            if (!done++) print line
            next
        }
        { print }
        END { if (!done) print line }
    ' "$file" >"$file.new" && cat "$file.new" >"$file" && rm -f -- "$file.new"
}

# Function to write .env, which may hold secrets and is for its owner only
# Usage: create_env_file
# Returns: 0 on success, 1 otherwise
create_env_file() {
    local -a keys

    keys=(PROJECT_NAME ENVIRONMENT CLOUD_PROVIDER SERVICE_SPECIFIC_VAR
        DEPLOYMENT_TIMESTAMP)
    if [ "$CLOUD_PROVIDER" = aws ]; then
        keys+=(AWS_REGION)
    fi
    write_env_file "$SCRIPT_DIR/.env" 600 \
        "Configuration of the deployment: KEY=VALUE lines, never run" \
        "${keys[@]}"
}

# Function to write deployment-config.env: what everybody may know and share
# Usage: create_deployment_config
# Returns: 0 on success, 1 otherwise
create_deployment_config() {
    write_env_file "$SCRIPT_DIR/deployment-config.env" 644 \
        "Shared defaults: .env and environments/NAME.env win over them" \
        PROJECT_NAME DEPLOYMENT_TIMESTAMP
}

# Function to quote a value for Terraform
# Usage: quote_terraform "text"
# Returns: 0, prints it
quote_terraform() {
    printf '"%s"\n' "$(printf '%s' "$1" |
        sed -e 's/[\\"]/\\&/g' -e 's/\([$%]\){/\1\1{/g')"
}

# Function to write terraform/terraform.tfvars, if there is a terraform folder
# Usage: create_terraform_vars
# Returns: 0 on success or without Terraform, 1 otherwise
create_terraform_vars() {
    local file="$SCRIPT_DIR/terraform/terraform.tfvars"
    local new key

    if [ ! -d "$SCRIPT_DIR/terraform" ]; then
        log_info "No terraform folder: no terraform.tfvars" "$SCRIPT_NAME"
        return 0
    fi
    new=$(mktemp "$file.XXXXXX") || return 1
    if [ -f "$file" ]; then
        grep -Ev '^[[:space:]]*(project_name|environment|aws_region|deployment_timestamp)[[:space:]]*=' \
            "$file" >"$new" || true
    fi
    for key in PROJECT_NAME ENVIRONMENT AWS_REGION DEPLOYMENT_TIMESTAMP; do
        if [ -n "${!key:-}" ]; then
            printf '%s = %s\n' "$(printf '%s' "$key" | tr '[:upper:]' '[:lower:]')" \
                "$(quote_terraform "${!key}")" >>"$new"
        fi
    done
    install_file "$new" "$file"
}

# Function to ask all the questions
# Usage: ask_questions
# Returns: 0 with the answers in their variables, 1 if there was no valid one
ask_questions() {
    local name

    name=$(detect_project_name)
    ask PROJECT_NAME "Project name" "${PROJECT_NAME:-$name}" is_text \
        "any text that is not empty" || return 1
    ask ENVIRONMENT "Environment" "${ENVIRONMENT:-dev}" is_environment_name \
        "letters, digits, '.', '_' and '-', for example dev or prod" || return 1
    ask CLOUD_PROVIDER "Cloud provider (none, aws, azure, gcp)" \
        "${CLOUD_PROVIDER:-none}" is_cloud_provider \
        "none, aws, azure or gcp" || return 1
    if [ "$CLOUD_PROVIDER" = aws ]; then
        ask AWS_REGION "AWS region" "$(detect_aws_region)" is_aws_region \
            "for example us-east-2" || return 1
    fi
    # >>> Your own questions: ask VARIABLE "Question" "default" validator "hint"
    # and name the variable in create_env_file above.
    ask SERVICE_SPECIFIC_VAR "A value for your service" \
        "${SERVICE_SPECIFIC_VAR:-value}" is_text \
        "any text that is not empty" || return 1
    # <<<
}

# 2. Initialize error handling
SCRIPT_NAME="step-000-interactive-setup"
cd "$SCRIPT_DIR" || exit 1
setup_error_handling "$SCRIPT_NAME"
create_checkpoint "$SCRIPT_NAME" "in_progress" "$SCRIPT_NAME"

say "${BOLD}🔧 Step 0: Configuration${NC}"
say "========================"

# 3. Validate prerequisites
if ! check_deployment_prerequisites "$SCRIPT_NAME"; then
    log_error "Prerequisites not met" "$SCRIPT_NAME"
    exit 1
fi

# 4. Load configuration: what there is, gives the defaults
if [ -n "$(configuration_files)" ]; then
    load_configuration "$SCRIPT_NAME" || exit 1
fi

# 5. Ask, and write the files
ask_questions || exit 1
# shellcheck disable=SC2034 # written by name
DEPLOYMENT_TIMESTAMP=$(utc_now)
if ! create_env_file || ! create_deployment_config || ! create_terraform_vars
then
    log_error "The configuration could not be written" "$SCRIPT_NAME" \
        "Check that $SCRIPT_DIR can be written"
    exit 1
fi

# 6. Validation and checkpoint
validate_post_step "$SCRIPT_NAME" || exit 1
create_checkpoint "$SCRIPT_NAME" "completed" "$SCRIPT_NAME"
say "${GREEN}✅ Configuration written.${NC}"

# 7. Show next step
if declare -f show_next_step >/dev/null; then
    show_next_step "$(basename "$0")" "$SCRIPT_DIR"
fi
