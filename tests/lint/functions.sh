#!/usr/bin/env bash
# In src/, no function over 60 lines of body and no file over 500 lines. Reads
# the layout that clang-format gives: a body is what stands between a "{" and a
# "}" in the first column. Prints the longest functions, the median and the
# 90th percentile as information.
#
# Usage: functions.sh [COUNT]     how many of the longest to print (5)
set -eu -o pipefail
cd "$(dirname "$0")/../.."

function_limit=60
file_limit=500
shown=${1:-5}

# LINES FILE:LINE NAME of every function.
functions() {
    find src -name '*.c' -exec awk -f tests/lint/strip.awk {} + | awk '
    {
        # FILE:LINE:code
        match($0, /:[0-9]+:/)
        place = substr($0, 1, RSTART + RLENGTH - 2)
        number = substr($0, RSTART + 1, RLENGTH - 2)
        code = substr($0, RSTART + RLENGTH)
    }
    code ~ /^[A-Za-z_]/ && match(code, /[A-Za-z_][A-Za-z0-9_]*[ \t]*\(/) {
        name = substr(code, RSTART, RLENGTH - 1)
        name_place = place
    }
    code ~ /^[{]/ { start = number }
    code ~ /^[}]/ && start {
        print number - start - 1, name_place, name
        start = 0
    }'
}

failures=0
too_long=$(functions | awk -v limit="$function_limit" '
    $1 > limit { printf "%s: %s has %d lines of body, %d are allowed\n",
                 $2, $3, $1, limit }')
if [ -n "$too_long" ]; then
    printf '%s\n' "$too_long"
    failures=1
fi
while IFS= read -r file; do
    lines=$(wc -l <"$file")
    if [ "$lines" -gt "$file_limit" ]; then
        printf '%s:%d: the file has %d lines, %d are allowed\n' \
            "$file" "$file_limit" "$lines" "$file_limit"
        failures=1
    fi
done <<LIST
$(find src -name '*.[ch]' | sort)
LIST

sorted=$(functions | sort -n)
printf '%s\n' "$sorted" | awk '
    { lines[NR] = $1 }
    END { printf "src: %d functions, median %d lines, 90th percentile %d\n",
          NR, lines[int((NR + 1) / 2)], lines[int(NR * 0.9 + 0.5)] }'
printf '%s\n' "$sorted" | tail -n "$shown" | sed 's/^/  /'
exit "$failures"
