# shellcheck shell=bash
# Shared by the end-to-end tests, which run the real program ($STEPDECK).
#
#     . "$(dirname "$0")/lib.sh"
#     begin                       a working folder, removed at the end
#     ok NAME / not_ok NAME WHY   a line and a count
#     finish                      the count; the exit status
#
# Nothing here waits for a time to pass: wait_for looks for a condition until a
# deadline.

wait_seconds=${WAIT_SECONDS:-60}
passed=0
failed=0

# A test skipped as a whole says why and ends with 77.
skip_all() {
    printf 'skipped: %s\n' "$*"
    exit 77
}

begin() {
    [ -x "${STEPDECK:-}" ] || skip_all "STEPDECK names no program"
    # The caller's settings must not decide how a deployment goes.
    unset CI ENVIRONMENT STEPDECK_NO_TUI NO_COLOR FORCE_COLOR SERVICE_NAME \
        PROJECT_NAME DEPLOY_TARGET STATE_BACKEND GITHUB_ACTIONS
    work=$(mktemp -d "${TMPDIR:-/tmp}/stepdeck-e2e.XXXXXX")
    trap clean_up EXIT
    cd "$work" || exit 1
}

# Tests that mount or leave processes behind define before_clean_up.
clean_up() {
    if command -v before_clean_up >/dev/null; then
        before_clean_up
    fi
    cd /
    rm -rf "$work"
}

ok() {
    passed=$((passed + 1))
    printf 'ok %s\n' "$1"
}

not_ok() {
    failed=$((failed + 1))
    printf 'not ok %s: %s\n' "$1" "$2"
}

# check NAME COMMAND...: the command must succeed.
check() {
    local name=$1
    shift
    if "$@"; then
        ok "$name"
    else
        not_ok "$name" "failed: $*"
    fi
}

# check_status NAME EXPECTED ACTUAL [FILE]: FILE is shown when they differ.
check_status() {
    if [ "$2" = "$3" ]; then
        ok "$1"
    else
        not_ok "$1" "exit status $3, not $2"
        [ -z "${4:-}" ] || sed 's/^/    /' "$4"
    fi
}

finish() {
    printf '%d passed, %d failed\n' "$passed" "$failed"
    [ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
}

# wait_for COMMAND...: until it succeeds; false at the deadline.
wait_for() {
    local end=$((SECONDS + wait_seconds))
    until "$@"; do
        [ "$SECONDS" -lt "$end" ] || return 1
        sleep 0.02
    done
}

exists() { [ -e "$1" ]; }
absent() { [ ! -e "$1" ]; }
says() { grep -q -e "$1" "$2" 2>/dev/null; }
has_ended() { ! kill -0 "$1" 2>/dev/null; }

# add_step ID: a step of the project in the current folder, body from stdin.
add_step() {
    {
        printf '#!/bin/sh\n# Test - %s\n# Does something small.\n' "$1"
        cat
    } >"$1.sh"
    chmod +x "$1.sh"
}

# deploy FILE ARGUMENTS...: runs to the end, output to FILE; gives the status,
# 137 at the deadline.
deploy() {
    local output=$1 status=0 limit=
    shift
    if command -v timeout >/dev/null; then
        limit="timeout -s KILL $wait_seconds"
    fi
    # The shell's own word about a killed program is of no interest.
    {
        # shellcheck disable=SC2086 # words
        $limit "$STEPDECK" deploy --no-tui "$@" </dev/null >"$output" 2>&1 ||
            status=$?
    } 2>/dev/null
    return "$status"
}

# deploy_again FILE: as deploy, but lets a step that an interrupted run left
# behind come to its end first (status 5 names it).
deploy_again() {
    local status=0 end=$((SECONDS + wait_seconds))
    deploy "$1" || status=$?
    while [ "$status" -eq 5 ] && [ "$SECONDS" -lt "$end" ]; do
        sleep 0.02
        status=0
        deploy "$1" || status=$?
    done
    return "$status"
}

# ---- a project of many small steps, and what must be true of its state ------

# add_ledger_step ID [COMMAND]: its last act is one line in done.txt, written
# in one call.
add_ledger_step() {
    add_step "$1" <<STEP
echo "at work on $1"
${2:-}
echo "$1 \$STEPDECK_RUN_ID-\$\$" >>done.txt
STEP
}

make_ledger_project() {
    local count=$1 number
    for ((number = 10; number < 10 + count; number++)); do
        add_ledger_step "$(printf 'step-%03d-part' "$number")"
    done
}

# A failing check of the state prints why and fails.
complain() {
    printf '    %s\n' "$*"
    return 1
}

# ledger_is_right COUNT [LAST]: each step once; only LAST may stand twice.
ledger_is_right() {
    awk -v count="$1" -v last="${2:-}" '
        { times[$1]++ }
        seen[$2]++ { print "    the token " $2 " stands twice"; bad = 1 }
        END {
            for (step in times) {
                steps++
                if (times[step] == 1 || (times[step] == 2 && step == last))
                    continue
                print "    " step " ran " times[step] " times"
                bad = 1
            }
            if (steps != count)
                print "    " steps + 0 " of " count " steps ran"
            exit bad || steps != count
        }' done.txt
}

all_completed() {
    local file count=0
    for file in .deployment-state/*.status; do
        [ "$(cat "$file")" = completed ] ||
            complain "$file says '$(cat "$file")'" || return 1
        count=$((count + 1))
    done
    [ "$count" -eq "$1" ] || complain "$count status files, not $1"
}

# Every file of the state is whole: status words, JSON records, and but for
# TORN lines the log of checkpoints. No journal has a gap in what is complete.
state_is_whole() {
    python3 - "${1:-0}" <<'PYTHON'
import glob, json, re, sys

torn_allowed = int(sys.argv[1])
state = ".deployment-state"
faults = []
for path in glob.glob(state + "/*.status"):
    text = open(path).read()
    if text not in ("pending\n", "in_progress\n", "completed\n", "failed\n"):
        faults.append("%s holds %r" % (path, text))
for path in glob.glob(state + "/*.json"):
    try:
        json.load(open(path))
    except ValueError as error:
        faults.append("%s: %s" % (path, error))
line_form = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ step-[a-z0-9-]+ "
                       r"(pending|in_progress|completed|failed)$")
torn = []
try:
    torn = [line for line in open(state + "/checkpoints.log")
            if not line_form.match(line)]
except FileNotFoundError:
    pass
# A record behind a torn one must stand on a line of its own.
for line in torn:
    if re.search(r".\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ step-", line):
        faults.append("checkpoints.log swallowed a record: %r" % line)
if len(torn) > torn_allowed:
    faults.append("checkpoints.log has %d torn lines: %r" % (len(torn), torn))
for path in glob.glob(state + "/runs/*/events.ndjson"):
    complete = open(path, "rb").read().split(b"\n")[:-1]
    for number, line in enumerate(complete, 1):
        try:
            event = json.loads(line)
        except ValueError as error:
            faults.append("%s:%d: %s" % (path, number, error))
            break
        if event.get("seq") != number:
            faults.append("%s:%d: seq is %r" % (path, number, event.get("seq")))
            break
for fault in faults:
    print("    " + fault)
sys.exit(bool(faults))
PYTHON
}

# ---- conversations -------------------------------------------------------------

# talking_to ARGUMENTS...: what talk runs, on a terminal of its own.
talking_to() { talk_command=$*; }

# talk EXPECTED NAME [PROMPT ANSWER]...: waits for each prompt, then types; what
# was said is in out.txt.
talk() {
    local expected=$1 name=$2
    shift 2
    if TALK=$talk_command python3 - "$expected" "$@" >"$work/out.txt" 2>&1 \
        <<'PYTHON'; then
import os, pty, select, sys, time

expected, deadline = int(sys.argv[1]), time.monotonic() + 60
pairs = list(zip(sys.argv[2::2], sys.argv[3::2]))
command = ["stepdeck"] + os.environ["TALK"].split()
child, terminal = pty.fork()
if child == 0:
    os.execv(os.environ["STEPDECK"], command)
seen = every = ""
while time.monotonic() < deadline:
    if not select.select([terminal], [], [], 1)[0]:
        continue
    try:
        got = os.read(terminal, 4096).decode(errors="replace")
    except OSError:
        got = ""
    if not got:
        break
    seen += got
    every += got
    while pairs and pairs[0][0] in seen:
        seen = seen.split(pairs[0][0], 1)[1]
        os.write(terminal, (pairs.pop(0)[1] + "\n").encode())
else:
    os.kill(child, 9)
status = os.waitpid(child, 0)[1]
print(every)
if pairs or not os.WIFEXITED(status) or os.WEXITSTATUS(status) != expected:
    print("unasked: %r, status %r" % (pairs, status))
    sys.exit(1)
PYTHON
        ok "$name"
    else
        not_ok "$name" "$(tail -n 5 "$work/out.txt")"
    fi
}
