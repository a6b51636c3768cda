#!/bin/bash

# Deployment - Preflight check
# Looks whether this machine has all that the deployment needs, before anything
# is changed: tools and their versions, credentials, disk space.
# Prerequisites: none
# Outputs: none, it only looks
# Always: yes

SCRIPT_DIR="$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)" || exit 1

usage() {
    cat <<EOF
Usage: $0 [OPTIONS]

Checks tools, versions, credentials, configuration and disk space. All checks
run, so that one look shows everything that is missing. A tool that the project
does not use is passed over:
  aws         an error if CLOUD_PROVIDER=aws, a warning if only AWS_REGION is
              configured
  terraform   with a terraform folder or *.tf files
  node        with a package.json
  git, jq     a hint only, unless REQUIRED_TOOLS in .env names them

Options:
  --help, -h       Show this help message

Examples:
  $0
  REQUIRED_TOOLS="docker jq" $0      # tools that your own steps call
EOF
}

while [ "$#" -gt 0 ]; do
    case "$1" in
        --help | -h) usage && exit 0 ;;
        *)
            echo "Unknown option: $1 (see $0 --help)" >&2
            exit 2
            ;;
    esac
done

# 1. Source dependencies
# shellcheck source=/dev/null
source "$SCRIPT_DIR/error-handling.sh" || {
    echo "❌ error-handling.sh not found in $SCRIPT_DIR" >&2
    exit 1
}
# shellcheck source=/dev/null
source "$SCRIPT_DIR/step-navigation.sh" || echo "Navigation not found" >&2

# Smallest versions and free space that will do.
MINIMUM_TERRAFORM="1.0"
MINIMUM_NODE="18"
MINIMUM_DISK_MB=200

FAILED_CHECKS=0

# Function to run one check and count it if it fails
# Usage: check function [arguments]
# Returns: 0, always
check() {
    "$@" || FAILED_CHECKS=$((FAILED_CHECKS + 1))
}

# Function to tell whether a tool must be there
# Usage: is_required_tool "jq"
# Returns: 0 if the project needs it, 1 otherwise
is_required_tool() {
    case " ${REQUIRED_TOOLS:-} " in *" $1 "*) return 0 ;; esac
    case "$1" in
        aws) [ "$(aws_need)" = required ] ;;
        terraform) project_uses_terraform ;;
        *) return 1 ;;
    esac
}

# Function to check a tool, as strictly as the project needs it
# Usage: check_command "jq" "https://stedolan.github.io/jq/"
# Returns: 0 if it is installed or not needed, 1 otherwise
check_command() {
    if command -v "$1" >/dev/null 2>&1; then
        log_info "$1: installed" "$SCRIPT_NAME"
    elif is_required_tool "$1"; then
        log_error "$1 is not installed" "$SCRIPT_NAME" "Install it: $2"
        return 1
    else
        log_info "$1: not installed and not needed (get it: $2)" "$SCRIPT_NAME"
    fi
}

# Function to check the tools that only your own steps call
# Usage: check_required_tools
# Returns: 0 if all are installed, 1 otherwise
check_required_tools() {
    local tool missing=0

    for tool in ${REQUIRED_TOOLS:-}; do
        check_command_exists "$tool" "REQUIRED_TOOLS names it" \
            "$SCRIPT_NAME" || missing=1
    done
    return "$missing"
}

# Function to check the configuration; without one there is only a hint, for
# the setup may come after this check
# Usage: check_configuration
# Returns: 0 if it can be read or there is none, 1 otherwise
check_configuration() {
    if [ -z "$(configuration_files)" ]; then
        log_info "No configuration yet: step-000 writes it" "$SCRIPT_NAME"
        return 0
    fi
    load_configuration "$SCRIPT_NAME" || return 1
    log_info "Configuration loaded" "$SCRIPT_NAME"
}

# 2. Initialize error handling
SCRIPT_NAME="step-001-preflight-check"
cd "$SCRIPT_DIR" || exit 1
setup_error_handling "$SCRIPT_NAME"
create_checkpoint "$SCRIPT_NAME" "in_progress" "$SCRIPT_NAME"

say "${BOLD}🔧 Step 1: Preflight check${NC}"
say "=========================="

# 3. Validate prerequisites: this step is the one that has none.

# 4. Load configuration
check check_configuration

# 5. The checks
say "${BLUE}📋 Checking tools...${NC}"
check check_command "aws" "https://aws.amazon.com/cli/"
check check_command "terraform" "https://terraform.io/downloads"
check check_command "jq" "https://stedolan.github.io/jq/"
check check_command "git" "https://git-scm.com/"
check check_required_tools
check check_terraform_version "$MINIMUM_TERRAFORM" "$SCRIPT_NAME"
check check_nodejs_version "$MINIMUM_NODE" "$SCRIPT_NAME"
check validate_tool_versions "$SCRIPT_NAME"

say "${BLUE}📋 Checking cloud access...${NC}"
check check_aws_credentials "$SCRIPT_NAME"
check check_aws_region "$SCRIPT_NAME"
check check_iam_permissions_hint "$SCRIPT_NAME"

say "${BLUE}📋 Checking system resources...${NC}"
check check_disk_space "$MINIMUM_DISK_MB" "$SCRIPT_DIR" "$SCRIPT_NAME"
# >>> Your own checks: check your_function
# <<<

# 6. Validation and checkpoint
if [ "$FAILED_CHECKS" -gt 0 ]; then
    log_error "Preflight check failed: $FAILED_CHECKS problems, see above" \
        "$SCRIPT_NAME" "Mend them and run this script again"
    exit 1
fi
create_checkpoint "$SCRIPT_NAME" "completed" "$SCRIPT_NAME"
say "${GREEN}✅ All prerequisites met!${NC}"

# 7. Show next step
if declare -f show_next_step >/dev/null; then
    show_next_step "$(basename "$0")" "$SCRIPT_DIR"
fi
