#!/usr/bin/env bash
# What is left to do belongs into the issues, not into the files.
set -eu -o pipefail
cd "$(dirname "$0")/../.."
. tests/lint/files.sh

# Written so that this file does not find itself.
words='TO[D]O|FIX[M]E|XX[X]([: ]|$)'
if tree_files | tr '\n' '\0' | xargs -0 grep -n -w -I -E "$words"; then
    printf 'words that promise work for later\n'
    exit 1
fi
printf 'no such words\n'
