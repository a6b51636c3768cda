#!/usr/bin/env bash
# Calls that src/ must not make: unbounded, not thread-safe, not
# async-signal-safe, or a shell where data could become code.
set -eu -o pipefail
cd "$(dirname "$0")/../.."

banned='strcpy strcat sprintf vsprintf gets strtok system popen asctime ctime
localtime gmtime alloca sleep usleep signal tmpnam mktemp setjmp longjmp'

names=$(printf '%s' "$banned" | tr ' \n' '||')
found=$(find src \( -name '*.c' -o -name '*.h' \) -exec \
    awk -f tests/lint/strip.awk {} + |
    grep -E ":[0-9]+:(.*[^A-Za-z0-9_])?($names) *\\(" || true)
if [ -n "$found" ]; then
    printf '%s\n' "$found"
    printf 'banned calls; use the helpers of src/base instead\n'
    exit 1
fi
printf 'no banned calls\n'
