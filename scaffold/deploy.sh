#!/bin/bash

# Deployment - Entry point
# Runs `stepdeck deploy` where stepdeck is installed, with all of its options;
# else deploy-all.sh, which knows a few of them.
# Prerequisites: none
# Outputs: what the steps create

SCRIPT_DIR="$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)" || exit 1

usage() {
    cat <<EOF
Usage: $0 [OPTIONS]

Deploys the project. stepdeck is not installed, so deploy-all.sh does it.

Options:
  --auto-approve, -y   Non-interactive mode
  --fresh-start        Put the present state into the archive and start again
  --skip-preflight     Skip the preflight check
  --help, -h           Show this help message

Examples:
  $0                   # asks before each step
  $0 --auto-approve    # for scripts
EOF
}

cd "$SCRIPT_DIR" || exit 1
if command -v stepdeck >/dev/null 2>&1; then
    exec stepdeck deploy "$@"
fi

for option in "$@"; do
    case "$option" in
        --help | -h) usage && exit 0 ;;
        --auto-approve | -y | --fresh-start | --skip-preflight) ;;
        *)
            echo "❌ $option needs stepdeck, which is not on the PATH" >&2
            echo "💡 Install stepdeck, or see $0 --help" >&2
            exit 2
            ;;
    esac
done
echo "ℹ️  stepdeck is not on the PATH: running deploy-all.sh"
exec bash "$SCRIPT_DIR/deploy-all.sh" "$@"
