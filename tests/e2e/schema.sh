#!/usr/bin/env bash
# Every line that a run writes, into its journal, to --json and to --events, is
# as docs/events.schema.json says, and as docs/events.md promises: numbered
# without gaps, run.end last, the pieces of output joined being the log.
#
# STEPDECK names the program. STEPDECK_TEST_JOURNALS may name a folder: all
# *.ndjson below it are validated as well (they may be torn by a crash).
set -u
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/cloud_lib.sh"

schema=$(cd "$(dirname "$0")/../.." && pwd)/docs/events.schema.json
python=/usr/bin/python3
if ! "$python" -W ignore -c 'import jsonschema' 2>/dev/null; then
    skip_all "the Python module jsonschema is not installed (python3-jsonschema)"
fi
begin

# ---- the tools ---------------------------------------------------------------

# check.py SCHEMA run JOURNAL STATUS [JSON [EVENTS]]: one whole run.
# check.py SCHEMA loose JOURNAL...: lines of any run, also of one that died.
# check.py SCHEMA samples JOURNAL...: every type is there, and the schema
# refuses each with a member taken away or replaced.
cat >check.py <<'PYTHON'
import base64, copy, json, os, sys
import jsonschema

schema = json.load(open(sys.argv[1]))
jsonschema.Draft7Validator.check_schema(schema)
validator = jsonschema.Draft7Validator(schema)
faults = []


def fault(place, text):
    faults.append("%s: %s" % (place, text))


def read(path):
    """The complete lines, and whether the last one is torn."""
    data = open(path, "rb").read()
    lines = data.split(b"\n")
    return lines[:-1], bool(lines[-1])


def described(kind):
    definition = schema["definitions"][kind]
    return set(definition.get("properties", {})) | {
        "v", "seq", "time", "run", "type"}


def parse(path, lines):
    events = []
    for number, line in enumerate(lines, 1):
        place = "%s:%d" % (path, number)
        try:
            event = json.loads(line.decode("utf-8"))
        except ValueError as error:
            fault(place, error)
            continue
        for error in validator.iter_errors(event):
            fault(place, "%s: %s" % ("/".join(map(str, error.path)),
                                     error.message[:200]))
        kind = event.get("type")
        if kind in schema["definitions"]:
            for member in sorted(set(event) - described(kind)):
                fault(place, "%s has '%s', which is described nowhere"
                      % (kind, member))
        events.append(event)
    return events


def check_order(path, events, whole):
    numbered = [e for e in events if e.get("type") != "step.output"]
    seqs = [e.get("seq") for e in numbered]
    if seqs != list(range(1, len(seqs) + 1)):
        fault(path, "seq has gaps: %s" % seqs)
    if len({e.get("run") for e in events}) > 1:
        fault(path, "it tells of several runs")
    if numbered and numbered[0]["type"] != "run.start":
        fault(path, "it begins with " + numbered[0]["type"])
    ends = [i for i, e in enumerate(events) if e.get("type") == "run.end"]
    if ends and ends != [len(events) - 1]:
        fault(path, "run.end is not the last line")
    if whole and not ends:
        fault(path, "there is no run.end")


def check_output(path, events, folder):
    """Pieces joined are the log; they stand between start and end."""
    running, joined, waited_for = set(), {}, {}
    for event in events:
        step, kind = event.get("step"), event["type"]
        if kind == "step.start":
            running.add(step)
            joined.setdefault(step, b"")
        elif kind == "step.end":
            running.discard(step)
            waited_for[step] = event.get("log_bytes", 0)
        elif kind == "step.output":
            piece = (event["text"].encode("utf-8") if "text" in event
                     else base64.b64decode(event["text_base64"]))
            if step not in running:
                fault(path, "output of %s outside of its time" % step)
            if event["offset"] != len(joined.get(step, b"")):
                fault(path, "%s: offset %d, but %d bytes came before"
                      % (step, event["offset"], len(joined[step])))
            joined[step] = joined.get(step, b"") + piece
    for step, data in joined.items():
        log = open(os.path.join(folder, step + ".log"), "rb").read()
        if data != log:
            fault(path, "%s: %d bytes of output, %d in the log"
                  % (step, len(data), len(log)))
        if waited_for.get(step) != len(log):
            fault(path, "%s: log_bytes is %s, the log has %d"
                  % (step, waited_for.get(step), len(log)))


def check_run(journal, status, *streams):
    lines, torn = read(journal)
    events = parse(journal, lines)
    check_order(journal, events, True)
    if torn:
        fault(journal, "the last line has no end")
    if any(e["type"] == "step.output" for e in events):
        fault(journal, "output has no place in a journal")
    if events and events[-1].get("exit_status") != int(status):
        fault(journal, "exit_status is %s, not %s"
              % (events[-1].get("exit_status"), status))
    for path in streams:
        streamed, torn = read(path)
        events = parse(path, streamed)
        check_order(path, events, True)
        check_output(path, events, os.path.dirname(journal))
        told = [line for line, event in zip(streamed, events)
                if event["type"] != "step.output"]
        if torn or told != lines:
            fault(path, "its events are not those of the journal")


def check_samples(paths):
    samples = {}
    for path in paths:
        for event in parse(path, read(path)[0]):
            samples.setdefault(event["type"], []).append(event)
    emitted = set(schema["properties"]["type"]["enum"])
    for kind in sorted(emitted - set(samples)):
        fault(kind, "no run has produced one")
    for kind in sorted(emitted & set(samples)):
        check_sample(kind, samples[kind])


def check_sample(kind, events):
    definition = schema["definitions"][kind]
    seen = set()
    for member in definition.get("required", []) + schema["required"]:
        broken = copy.deepcopy(events[0])
        del broken[member]
        if validator.is_valid(broken):
            fault(kind, "is valid without '%s'" % member)
    for event in events:
        for member in set(event) - seen - {"type"}:
            seen.add(member)
            broken = copy.deepcopy(event)
            broken[member] = [None]
            if validator.is_valid(broken):
                fault(kind, "is valid with nonsense in '%s'" % member)
    extended = dict(events[0], something_newer=1)
    if not validator.is_valid(extended):
        fault(kind, "may not be extended")
    for member in sorted(described(kind) - seen - NEVER.get(kind, set())
                         - {"type", "seq" if kind == "step.output" else ""}):
        fault(kind, "no run has produced '%s'" % member)


# Members that only a built-in step can produce.
NEVER = {"step.progress": {"message"}}

mode, arguments = sys.argv[2], sys.argv[3:]
if mode == "run":
    check_run(*arguments)
elif mode == "loose":
    for path in arguments:
        check_order(path, parse(path, read(path)[0]), False)
else:
    check_samples(arguments)
for text in faults[:20]:
    print("    " + text)
sys.exit(bool(faults))
PYTHON

# terminal.py STDOUT COMMAND... [-- QUESTION ANSWER]...: runs the command on a
# terminal of its own (its stdout goes to the file STDOUT, "-": the terminal
# too), and answers each question when it comes.
cat >terminal.py <<'PYTHON'
import os, pty, select, sys, time

words = sys.argv[2:]
cut = words.index("--") if "--" in words else len(words)
command, answers = words[:cut], words[cut + 1:]
pid, terminal = pty.fork()
if pid == 0:
    if sys.argv[1] != "-":
        os.dup2(os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT | os.O_TRUNC), 1)
    os.execv(command[0], command)
end = time.monotonic() + 60
seen = b""
while time.monotonic() < end:
    if not select.select([terminal], [], [], 1)[0]:
        continue
    try:
        data = os.read(terminal, 65536)
    except OSError:
        break
    if not data:
        break
    sys.stdout.buffer.write(data)
    seen += data
    if answers and answers[0].encode() in seen:
        os.write(terminal, answers[1].encode() + b"\n")
        answers, seen = answers[2:], b""
else:
    os.kill(pid, 9)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
PYTHON

check_py() { "$python" -W ignore "$work/check.py" "$schema" "$@"; }

# project NAME: an empty project to add steps to.
project() {
    mkdir "$work/$1"
    cd "$work/$1" || exit 1
}

# The streams of the next run, each in files of its own.
next_run() {
    runs=$((runs + 1))
    json=$work/streams/$runs.json
    events=$work/streams/$runs.events
}
runs=0
mkdir streams

# The journal of the run that $events tells of.
journal_of_run() {
    printf '.deployment-state/runs/%s/events.ndjson\n' \
        "$(sed -n '1s/.*"run":"\([^"]*\)".*/\1/p' "$events")"
}

count_runs() {
    set -- .deployment-state/runs/*/events.ndjson
    if [ -e "$1" ]; then
        printf '%d\n' $#
    else
        printf '0\n'
    fi
}

same() { [ "$1" = "$2" ]; }

# run_is_described NAME STATUS ARGUMENTS...: runs stepdeck with --json and
# --events and checks all three streams.
run_is_described() {
    local name=$1 expected=$2 status=0
    shift 2
    next_run
    "$STEPDECK" "$@" --json --events "$events" </dev/null >"$json" 2>errors ||
        status=$?
    check_status "$name: exit status" "$expected" "$status" errors
    check "$name: nothing but JSON" same "$(grep -c -v '^{' "$json")" 0
    check "$name: the lines" check_py run "$(journal_of_run)" "$expected" \
        "$json" "$events"
}

# ---- runs --------------------------------------------------------------------

add_ordinary_steps() {
    add_step step-001-preflight-check <<'STEP'
echo "all is there"
STEP
    add_step step-010-retried <<'STEP'
# Attempts: 3
# Delay: 1ms
echo "attempt $STEPDECK_ATTEMPT"
[ "$STEPDECK_ATTEMPT" -gt 1 ]
STEP
    add_step step-020-temporary <<'STEP'
# Delay: 1ms
[ "$STEPDECK_ATTEMPT" -gt 1 ] || exit 75
STEP
    # A failure that passes by itself, as a rule of the program knows.
    add_step step-025-unreachable <<'STEP'
# Delay: 1ms
[ "$STEPDECK_ATTEMPT" -gt 1 ] || {
    echo "connect to 127.0.0.1 port 1: Connection refused"
    exit 1
}
STEP
    add_step step-030-left <<'STEP'
# Parallel: sides
for i in 1 2 3 4 5 6 7 8 9; do echo "left $i"; done
STEP
    add_step step-031-right <<'STEP'
# Parallel: sides
for i in 1 2 3 4 5 6 7 8 9; do echo "right $i" >&2; done
STEP
    add_step step-040-progress <<'STEP'
# Outputs: made.txt
printf '\033]9;4;1;10\007'
printf 'half\n\033]9;4;1;100\007'
echo made >made.txt
STEP
    add_step step-050-bytes <<'STEP'
printf '\377\376 no text \303'
printf '\000nul\r\n'
awk 'BEGIN { printf "x"; for (i = 0; i < 60000; i++) printf "äöü" }'
printf '\303'
STEP
    add_step step-060-secret <<'STEP'
echo "the token is $API_TOKEN, and in base64:"
printf '%s' "$API_TOKEN" | base64
STEP
}

add_odd_steps() {
    add_step step-070-optional <<'STEP'
# Critical: no
echo "not today"
exit 9
STEP
    add_step step-080-unwanted <<'STEP'
echo "never seen"
STEP
    # The words of git's own message, which a rule of the program knows.
    add_step step-090-done-already <<'STEP'
echo "nothing to commit, working tree clean"
exit 1
STEP
    mkdir hooks
    printf "#!/bin/sh\necho before the step\n" >hooks/pre-step
    printf '#!/bin/sh\nexit 1\n' >hooks/post-run
    chmod +x hooks/*
}

succeeds() {
    project success
    add_ordinary_steps
    add_odd_steps
    printf 'PROJECT_NAME="äöü"\nAPI_TOKEN=correct-horse\nPIN_TOKEN=12\n' >.env
    if command -v git >/dev/null; then
        git init -q . && git -c user.name=t -c user.email=t@example.invalid \
            commit -q --allow-empty -m first
    fi
    run_is_described "success" 0 deploy --skip 080
    check "the secret is nowhere" \
        same "$(cat "$json" "$(journal_of_run)" | grep -c correct-horse)" 0
    check "bytes that are no text go as base64" says '"text_base64"' "$json"
    check "a step that is done already completes" says '"already-done"' "$json"
    run_is_described "nothing to do" 0 deploy --skip-preflight --skip 070,080
    run_is_described "single steps" 0 run 010 030
    run_is_described "the preflight alone" 0 preflight
}

fails() {
    project failure
    add_step step-010-breaks <<'STEP'
echo "step: frobnicate: command not found"
exit 127
STEP
    add_step step-020-waits <<'STEP'
exit 0
STEP
    run_is_described "failure" 3 deploy
    check "the diagnosis is told" says '"type":"diagnosis"' "$json"
    check "what waits for it is blocked" says '"status":"blocked"' "$json"

    project preflight-failure
    add_step step-001-preflight-check <<'STEP'
exit 1
STEP
    run_is_described "a preflight that fails" 20 deploy

    project hook-failure
    add_step step-010-never <<'STEP'
exit 0
STEP
    mkdir hooks
    printf '#!/bin/sh\nexit 1\n' >hooks/pre-run
    chmod +x hooks/pre-run
    run_is_described "a pre-run hook that fails" 3 deploy
}

ends_otherwise() {
    project endings
    add_step step-010-too-long <<'STEP'
# Critical: no
# Timeout: 50ms
exec sleep 600
STEP
    add_step step-020-killed <<'STEP'
# Critical: no
# Attempts: 2
# Delay: 1ms
kill -KILL $$
STEP
    add_step step-030-promises <<'STEP'
# Critical: no
# Outputs: never-made.txt
exit 0
STEP
    run_is_described "timeout, signal and missing output" 0 deploy
    check "the timeout is told" says '"timed_out":true' "$json"
    check "the signal is told" says '"signal":9' "$json"

    project teardown
    add_step step-999-destroy-everything <<'STEP'
exit 0
STEP
    run_is_described "teardown" 0 destroy --auto-approve
    project setup
    add_step step-000-interactive-setup <<'STEP'
exit 0
STEP
    run_is_described "setup" 0 setup
}

is_blocked() {
    local status=0
    project blocked
    add_step step-010-first <<'STEP'
exit 0
STEP
    add_step step-020-needs <<'STEP'
# Prerequisites: step-010-first, command no-such-program-anywhere
exit 0
STEP
    run_is_described "blocked when its turn comes" 4 deploy

    project blocked-before
    add_step step-010-needs <<'STEP'
# Prerequisites: env NO_SUCH_VARIABLE_ANYWHERE
exit 0
STEP
    "$STEPDECK" deploy --json </dev/null >output 2>errors || status=$?
    check_status "blocked before the run" 4 "$status" errors
    check "then there is no run" same "$(count_runs)" 0
    check "and no line" same "$(wc -c <output | tr -d ' ')" 0
}

is_asked() {
    local status=0
    project asked
    add_step step-010-costly <<'STEP'
# Confirm: Really buy it?
echo bought
STEP
    add_step step-020-talks <<'STEP'
# Interactive: yes
# Prerequisites: none
echo "on the terminal"
STEP
    "$STEPDECK" deploy --json </dev/null >output 2>errors || status=$?
    check_status "unconfirmed without a terminal" 4 "$status" errors
    check "nothing was run" same "$(count_runs)" 0

    status=0
    next_run
    "$python" ../terminal.py "$json" "$STEPDECK" deploy --json >screen 2>&1 ||
        status=$?
    check_status "unconfirmed on a terminal, where stdout is data" 4 "$status" \
        screen
    check "nothing was run then either" same "$(count_runs)" 0

    status=0
    next_run
    "$python" ../terminal.py - "$STEPDECK" deploy --no-tui --events "$events" \
        -- 'Run 2 steps?' y 'Really buy it?' no >screen 2>&1 || status=$?
    check_status "confirm refused" 4 "$status" screen
    check "confirm refused: the lines" check_py run "$(journal_of_run)" 4
    check "the answer is told" says '"answer":"no"' "$events"

    status=0
    next_run
    "$python" ../terminal.py - "$STEPDECK" deploy --no-tui --events "$events" \
        -- 'Run 2 steps?' y 'Really buy it?' yes >screen 2>&1 || status=$?
    check_status "confirmed, then the terminal is lent" 0 "$status" screen
    check "confirmed: the lines" check_py run "$(journal_of_run)" 0
    check "the terminal was asked for" says '"kind":"terminal"' "$events"
    check "the step had it" says 'on the terminal' screen
}

# A limit on file sizes stands for a full disk: it needs no rights.
loses_output() {
    local status=0
    project lost-output
    add_step step-010-prints <<'STEP'
for i in 1 2 3 4 5 6 7 8; do
    printf '%08192d\n' "$i"
done
echo "the end of it"
STEP
    next_run
    (ulimit -f 32 && exec "$STEPDECK" deploy --json) </dev/null 2>errors |
        cat >"$json"
    status=${PIPESTATUS[0]}
    check_status "what the disk does not take stops nothing" 0 "$status" errors
    check "the end of it comes with a warning" says 'the end of it' "$json"
}

is_cancelled() {
    local status=0 pid
    project cancelled
    add_step step-010-waits <<'STEP'
echo "waiting"
: >running
exec sleep 600
STEP
    add_step step-020-never <<'STEP'
exit 0
STEP
    next_run
    "$STEPDECK" deploy --json --events "$events" </dev/null >"$json" \
        2>errors &
    pid=$!
    check "the step runs" wait_for exists running
    kill -TERM "$pid"
    wait "$pid" || status=$?
    check_status "cancelled by TERM" 6 "$status" errors
    check "cancelled: the lines" check_py run "$(journal_of_run)" 6 \
        "$json" "$events"
    check "it is told as cancelled" says '"cancelled":true' "$json"
}

deploys_a_service() {
    local status=0
    cloud_start
    cloud_project service
    next_run
    "$STEPDECK" deploy --json --events "$events" </dev/null >"$json" \
        2>errors || status=$?
    check_status "a service is deployed" 0 "$status" errors
    check "a service: the lines" check_py run "$(journal_of_run)" 0 \
        "$json" "$events"
}

# ---- all together ------------------------------------------------------------

succeeds
fails
ends_otherwise
is_blocked
is_asked
loses_output
is_cancelled
deploys_a_service

samples_are_described() { check_py samples "$work"/streams/*; }
check "every type and member occurs, and the schema is strict about it" \
    samples_are_described

if [ -n "${STEPDECK_TEST_JOURNALS:-}" ]; then
    find "$STEPDECK_TEST_JOURNALS" -type f -name '*.ndjson' >"$work/found"
    while IFS= read -r journal; do
        check "$journal" check_py loose "$journal"
    done <"$work/found"
fi
finish
