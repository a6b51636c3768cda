#!/usr/bin/env bash
# src/ and tests/ are formatted by clang-format 14 with the repository's
# .clang-format. Other versions format differently and are not asked.
set -eu -o pipefail
cd "$(dirname "$0")/../.."

formatter=
for name in clang-format-14 clang-format; do
    if command -v "$name" >/dev/null 2>&1 &&
        "$name" --version | grep -q 'version 14\.'; then
        formatter=$name
        break
    fi
done
if [ -z "$formatter" ]; then
    printf 'skipped: clang-format 14 is not installed\n'
    exit 77
fi

if ! find src tests -name '*.[ch]' -exec \
    "$formatter" --dry-run -Werror {} +; then
    printf 'mend it with: %s -i FILE...\n' "$formatter"
    exit 1
fi
printf 'everything is formatted\n'
