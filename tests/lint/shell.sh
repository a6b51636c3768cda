#!/usr/bin/env bash
# Nothing is said by shellcheck about any shell script of the tree.
set -eu -o pipefail
cd "$(dirname "$0")/../.."
. tests/lint/files.sh

if ! command -v shellcheck >/dev/null 2>&1; then
    printf 'skipped: shellcheck is not installed\n'
    exit 77
fi

# By name, or by the first line where there is no extension.
scripts=()
while IFS= read -r file; do
    case $file in
    *.sh | *.bash) scripts=("${scripts[@]+"${scripts[@]}"}" "$file") ;;
    *.*/* | */*.* | *.*) [ "$file" = .ci/run ] && scripts+=("$file") ;;
    *)
        if head -n 1 "$file" | grep -q -a -E '^#!.*[ /](ba|da)?sh( |$)'; then
            scripts+=("$file")
        fi
        ;;
    esac
done <<LIST
$(tree_files)
LIST

shellcheck --format=gcc "${scripts[@]}"
printf '%d scripts are clean\n' "${#scripts[@]}"
