#!/usr/bin/env bash
# The documents say what the program does: the commands of README's quick start
# are executed in an empty folder, every command and option that a document
# shows exists, and every link leads somewhere.
#
# In the quick start each command must exit 0, unless its comment begins with
# "exit status N".
set -u
. "$(dirname "$0")/lib.sh"

root=$(cd "$(dirname "$0")/../.." && pwd)
documents="README.md CHANGELOG.md CONTRIBUTING.md SECURITY.md
    docs/app-runner.md docs/ci.md docs/configuration.md docs/console.md
    docs/diagnoses.md docs/events.md docs/rehearsal.md docs/security.md
    docs/state.md docs/steps.md docs/troubleshooting.md"
[ ! -e "$(dirname "$0")/../../docs/migration.md" ] ||
    documents="$documents docs/migration.md"
begin
mkdir bin
ln -s "$STEPDECK" bin/stepdeck
PATH=$work/bin:$PATH

# quick_start_block COMMAND: the fenced shell block of the section "Quick
# Start" that calls COMMAND at the beginning of a line. What is marked to be run
# in the local cloud is e2e/docs.sh's.
quick_start_block() {
    awk -v command="$1" '
        /^## / { inside = ($0 == "## Quick Start") }
        !inside { next }
        /^```/ {
            if (open && !marked && index("\n" block, "\n" command))
                printf "%s", block
            if (open)
                marked = 0
            open = !open
            block = ""
            next
        }
        /^<!-- run / { marked = 1 }
        open { block = block $0 "\n" }' "$root/README.md"
}

# As a script that stops at the first command with an unexpected status.
as_script() {
    cat <<'SCRIPT'
set -eu
expect() {
    local expected=$1 status=0
    shift
    "$@" || status=$?
    printf 'exit status %d: %s\n' "$status" "$*"
    [ "$status" -eq "$expected" ]
}
SCRIPT
    sed 's/^\(stepdeck .*[^ ]\) *# exit status \([0-9]*\).*/expect \2 \1/'
    printf 'echo "to the end"\n'
}

quick_start_runs() {
    local status=0
    quick_start_block stepdeck | as_script >quick-start
    check "there is a quick start" says 'stepdeck deploy' quick-start
    check "it shows a failure" says '^expect 3 stepdeck deploy' quick-start
    mkdir start
    (cd start && bash ../quick-start) </dev/null >output 2>&1 || status=$?
    check_status "its commands do what it says" 0 "$status" output
    check "all of them" says '^to the end$' output
    check "the last run is done" says 'done' output
    check "the page is published" cmp -s start/hello/index.html \
        start/hello/published.html
}

# Building is what the other tests do; here only that the files exist.
build_commands_exist() {
    local script count=0
    for script in $(quick_start_block script/ | sed 's/ .*//'); do
        check "$script can be run" test -x "$root/$script"
        count=$((count + 1))
    done
    check "two commands are shown first" test "$count" -eq 2
    quick_start_block cmake >build
    check "the preset of the build exists" says '"name": "release"' \
        "$root/CMakePresets.json"
    check "it is the one that is shown" says 'cmake --preset release' build
}

# All that stands between backquotes or in a shell block and begins with
# "stepdeck", one call a line, without comments.
calls_of() {
    awk '
        /^```/ { open = !open; next }
        {
            count = open ? split($0, parts, /[|;&]+/) : split($0, parts, "`")
            for (i = 1; i <= count; i++) {
                part = parts[i]
                sub(/^ *(- |run: |exec )* */, "", part)
                sub(/ #.*/, "", part)
                if ((open || i % 2 == 0) && part ~ /^stepdeck [a-z-]/)
                    print part
            }
        }' "$root/$1" | grep -v -e 'stepdeck: ' | sort -u
}

# call_exists DOCUMENT WORDS...: the command is one, and has these options.
call_exists() {
    local document=$1 command=$3 word
    shift 3
    if ! "$STEPDECK" help "$command" >page 2>&1; then
        not_ok "$document: stepdeck $command" "there is no such command"
        return
    fi
    for word; do
        case $word in
        --*)
            if ! says " ${word%%=*}[][ =]" page; then
                not_ok "$document: stepdeck $command $word" "no such option"
                return
            fi
            ;;
        esac
    done
    ok "$document: stepdeck $command $*"
}

calls_exist() {
    local document call before=$passed
    for document in $documents; do
        while IFS= read -r call; do
            # shellcheck disable=SC2086 # the words of a call
            [ -z "$call" ] || call_exists "$document" $call
        done <<LIST
$(calls_of "$document")
LIST
    done
    check "there are calls to look at" test $((passed - before)) -gt 30
}

# Every link to a file leads to one, and every place in it is a heading.
links_of() {
    grep -o ']([^)]*)' "$root/$1" | sed 's/^](//; s/)$//' |
        grep -v '^[a-z]*://' | sort -u
}

headings_of() {
    sed -n 's/^##* //p' "$1" | tr '[:upper:]' '[:lower:]' |
        sed 's/[^a-z0-9 _-]//g; s/ /-/g'
}

links_lead_somewhere() {
    local document link file
    for document in $documents; do
        for link in $(links_of "$document"); do
            file=$(dirname "$root/$document")/${link%%#*}
            [ "${link%%#*}" ] || file=$root/$document
            check "$document: $link" test -e "$file"
            case $link in
            *#*)
                headings_of "$file" >headings
                check "$document: the heading of $link" \
                    says "^${link#*#}\$" headings
                ;;
            esac
        done
    done
}

# A command that the program has is found in the README.
commands_are_described() {
    local command
    "$STEPDECK" help | sed -n '/^Commands/,/^$/s/^  \([a-z]*\) .*/\1/p' >commands
    while IFS= read -r command; do
        case $command in
        version | help | setup) continue ;;
        esac
        check "README shows $command" says "stepdeck $command" "$root/README.md"
    done <commands
    check "there are commands" test "$(wc -l <commands)" -gt 15
}

quick_start_runs
build_commands_exist
calls_exist
links_lead_somewhere
commands_are_described
finish
