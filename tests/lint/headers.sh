#!/usr/bin/env bash
# Each header of src/ opens with a comment, has its guard, and compiles alone.
#
# Usage: headers.sh [COMPILER FLAGS...]
# ctest gives the flags of the build.
set -eu -o pipefail
cd "$(dirname "$0")/../.."

if [ $# -eq 0 ]; then
    set -- "${CC:-cc}" -D_POSIX_C_SOURCE=200809L -D_XOPEN_SOURCE=700 \
        -D_DEFAULT_SOURCE -Wall -Wextra -Wpedantic -Werror
fi

count=0
failures=0
wrong() {
    printf '%s\n' "$*"
    failures=$((failures + 1))
}

# The guard of src/base/fileio.h is STEPDECK_BASE_FILEIO_H.
guard_of() {
    printf 'STEPDECK_%s\n' "${1#src/}" | tr 'a-z/.-' 'A-Z___'
}

check_header() {
    local header=$1 guard
    guard=$(guard_of "$header")
    [ "$(head -n 1 "$header" | cut -c 1-2)" = "/*" ] ||
        wrong "$header:1: it does not open with a comment"
    awk -v guard="$guard" '
        /^#/ { lines++ }
        lines == 1 && $0 == "#ifndef " guard { opened = 1 }
        lines == 2 && opened && $0 == "#define " guard { defined = 1 }
        { last = $0 }
        END { exit !(defined && last == "#endif") }' "$header" ||
        wrong "$header:1: the guard must be $guard, around everything"
    printf '#include "%s"\n' "${header#src/}" |
        "${compiler[@]}" -std=c11 -Isrc -fsyntax-only -x c - ||
        wrong "$header:1: it does not compile alone"
}

compiler=("$@")
while IFS= read -r header; do
    check_header "$header"
    count=$((count + 1))
done <<LIST
$(find src -name '*.h' | sort)
LIST

printf '%d headers, %d faults\n' "$count" "$failures"
[ "$failures" -eq 0 ] && [ "$count" -gt 0 ]
