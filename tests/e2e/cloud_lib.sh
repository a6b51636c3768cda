# shellcheck shell=bash
# Shared by the tests that deploy into the local cloud (stepdeck-emulator with
# its stand-in for Docker). Behind lib.sh:
#
#     begin
#     cloud_start                 the emulator, and the environment that leads
#                                 to it; stopped when the test ends
#     cloud_project NAME [LINE..] a folder with a Dockerfile, a git repository
#                                 and a configuration; goes there
#     cloud_commit                a new version
#     cloud_lanes FUNCTION...     all this for each, beside each other
#
# What was asked is counted since the last cloud_forget:
#     cloud_count UpdateService   carried out (or answered with success)
#     cloud_asked UpdateService   asked, however it was answered
#
# Nothing of the caller's cloud is used: no profile, no keys, no Docker.

: "${wait_seconds:=60}"
cloud_pid=
cloud_changes='CreateService UpdateService StartDeployment DeleteService'

cloud_needs() {
    local tool
    for tool in curl git python3; do
        command -v "$tool" >/dev/null || skip_all "$tool is not installed"
    done
    emulator=${EMULATOR:-$(dirname "${STEPDECK:-/none/x}")/stepdeck-emulator}
    [ -x "$emulator" ] || skip_all "there is no stepdeck-emulator"
}

cloud_environment() {
    local name
    # Whatever decides where a deployment goes.
    for name in $(compgen -e | grep -E '^(AWS_|DOCKER_|BUILDX_|BUILDKIT_)') \
        HTTP_PROXY http_proxy HTTPS_PROXY https_proxy ALL_PROXY all_proxy; do
        unset "$name"
    done
    export AWS_EC2_METADATA_DISABLED=true
    export AWS_CONFIG_FILE=$work/no-config
    export AWS_SHARED_CREDENTIALS_FILE=$work/no-credentials
    export AWS_ACCESS_KEY_ID=AKIAEMULATOR00000000
    export AWS_SECRET_ACCESS_KEY=emulator-secret-key-of-no-account
    export AWS_REGION=us-east-1
    export DOCKER_HOST=unix://$work/docker.sock DOCKER_CONFIG=$work/docker
    export XDG_STATE_HOME=$work/state HOME=$work/home
    export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null
    mkdir -p "$HOME"
}

cloud_is_up_or_gone() {
    has_ended "$cloud_pid" || says '^ready ' "$work/cloud.ready"
}

cloud_start() {
    cloud_needs
    cloud_environment
    : >"$work/cloud.ready"
    "$emulator" --pace 20 --docker stand-in \
        --docker-socket "$work/docker.sock" \
        >"$work/cloud.ready" 2>"$work/cloud.err" &
    cloud_pid=$!
    wait_for cloud_is_up_or_gone
    cloud_url=$(sed -n 's/^ready //p' "$work/cloud.ready")
    [ -n "$cloud_url" ] || {
        cat "$work/cloud.err"
        printf 'the local cloud does not start\n'
        exit 1
    }
    export AWS_ENDPOINT_URL=$cloud_url
}

cloud_stop() {
    [ -n "$cloud_pid" ] || return 0
    kill -TERM "$cloud_pid" 2>/dev/null
    wait_for has_ended "$cloud_pid" || kill -KILL "$cloud_pid" 2>/dev/null
    wait "$cloud_pid" 2>/dev/null
    cloud_pid=
}

before_clean_up() {
    cloud_stop
}

# ---- its control pages -------------------------------------------------------

# cloud_page NAME [CURL-OPTION...]
cloud_page() {
    local name=$1
    shift
    curl -sf -m 20 "$@" "$cloud_url/_emulator/$name"
}

cloud_fault() {
    local fault
    for fault in "$@"; do
        cloud_page faults -o "$work/answer" --data "$fault" || {
            printf 'the fault %s is not taken\n' "$fault"
            exit 1
        }
    done
}
cloud_mend() { cloud_page faults -o "$work/answer" -X DELETE; }
cloud_forget() { cloud_page requests -o "$work/answer" -X DELETE; }

# "SERVICE OPERATION STATUS", one a line; 0 is an answer that was cut off, or
# one of the stand-in for Docker.
cloud_requests() {
    cloud_page requests | sed -n \
        -e 's/^ *"service": "\(.*\)",$/\1/p' \
        -e 's/^ *"operation": "\(.*\)",$/\1/p' \
        -e 's/^ *"status": \([0-9]*\),$/\1/p' | paste - - -
}
cloud_asked() {
    cloud_requests | awk -F '\t' -v name="$1" '$2 == name { n++ }
        END { print n + 0 }'
}
cloud_count() {
    cloud_requests | awk -F '\t' -v name="$1" '$2 == name && $3 == 200 { n++ }
        END { print n + 0 }'
}
# Changes of the service that were asked for: "UpdateService 1 ..."; "" is none.
cloud_changes_asked() {
    local name count
    for name in $cloud_changes; do
        count=$(cloud_asked "$name")
        [ "$count" -eq 0 ] || printf '%s %s ' "$name" "$count"
    done
}

# cloud_say EXPRESSION: of the state, as Python sees it: `state`, and of the
# only service `service`, its `source` and `operations` (newest first), and
# the `repository`.
cloud_say() {
    cloud_page state | python3 -c '
import json, sys
state = json.load(sys.stdin)
arns = sorted(state.get("services", {}))
entry = state["services"][arns[-1]] if arns else {}
service = entry.get("Service", entry)
source = service.get("SourceConfiguration", {})
operations = state.get("operations", {}).get(arns[-1], []) if arns else []
names = sorted(state.get("repositories", {}))
repository = state["repositories"][names[0]] if names else {}
print(eval(sys.argv[1]))' "$1"
}
cloud_image() { cloud_say 'source["ImageRepository"]["ImageIdentifier"]'; }
cloud_status() { cloud_say 'service.get("Status")'; }
cloud_operations() {
    cloud_say '" ".join(o["Type"] + ":" + o["Status"] for o in operations)'
}

# ---- the project -------------------------------------------------------------

cloud_git() {
    git -c user.name=test -c user.email=test@example.invalid \
        -c commit.gpgsign=false "$@"
}

cloud_project() {
    mkdir -p "$work/$1"
    cd "$work/$1" || exit 1
    shift
    printf 'FROM scratch\nCOPY a /a\n' >Dockerfile
    printf '.deployment-state/\n' >.gitignore
    printf 'first\n' >a
    {
        printf 'SERVICE_NAME=web\n'
        printf 'ACCESS_ROLE_ARN=%s/AppRunnerECRAccessRole\n' "$cloud_role"
        printf 'INSTANCE_ROLE_ARN=%s/AppRunnerInstanceRole\n' "$cloud_role"
        [ $# -eq 0 ] || printf '%s\n' "$@"
    } >deployment-config.env
    git init -q . && git add -A && cloud_git commit -q -m first
}
cloud_role=arn:aws:iam::123456789012:role

cloud_versions=0
cloud_commit() {
    cloud_versions=$((cloud_versions + 1))
    printf 'version %d\n' "$cloud_versions" >a
    git add -A && cloud_git commit -q -m "version $cloud_versions"
}
cloud_tag() { git rev-parse --short=12 HEAD; }
# The digest of its image in the registry.
cloud_digest() { cloud_say "repository['tags']['$(cloud_tag)']"; }

# cloud_unhealthy: what the next commit builds answers 503 to a health check.
cloud_unhealthy() {
    printf 'FROM scratch\nLABEL stepdeck.healthy=no\nCOPY a /a\n' >Dockerfile
}
cloud_healthy() { printf 'FROM scratch\nCOPY a /a\n' >Dockerfile; }

# ---- what a run says ---------------------------------------------------------

cloud_runs=0
# deploys NAME STATUS VERDICT [ARGUMENT...]: with --json; the lines go to
# $json, what people read to $said. VERDICT "-" is none.
deploys() {
    local name=$1 status=$2 verdict=$3 actual=0 told
    shift 3
    {
        timeout -s KILL "$wait_seconds" "$STEPDECK" "${command:-deploy}" \
            --json "$@" </dev/null >"$json" 2>"$said" || actual=$?
    } 2>"$work/shell"
    told=$(sed -n '$s/.*"run.end".*"verdict":"\([a-z-]*\)".*/\1/p' "$json")
    cloud_runs=$((cloud_runs + 1))
    mkdir -p "$work/lines" && cp "$json" "$work/lines/$cloud_runs.json"
    if [ "$actual" = "$status" ] && [ "${told:--}" = "$verdict" ]; then
        ok "$name: $status ${verdict#-}"
        return 0
    fi
    not_ok "$name" \
        "exit status $actual and '${told:--}', not $status and '$verdict'"
    python3 -c '
import json, sys
for line in open(sys.argv[1]):
    event = json.loads(line)
    if event["type"] in ("step.output", "error", "warning", "run.end"):
        print("    " + (event.get("text") or line).rstrip()[:300])
' "$json" | tail -n 40
    tail -n 10 "$said" | sed 's/^/    /'
    return 1
}
# In the events, or in what the steps of that run wrote.
tells() {
    local name=$1 text=$2 run
    run=$(sed -n '1s/.*"run":"\([^"]*\)".*/\1/p' "$json")
    if says "$text" "$json" ||
        cat .deployment-state/runs/"$run"/*.log | grep -q -e "$text"; then
        ok "$name"
    else
        not_ok "$name" "nothing says '$text'"
        grep -o '"message":"[^"]*"' "$json" | tail -n 5 | sed 's/^/    /'
    fi
}
is() {
    if [ "$2" = "$3" ]; then
        ok "$1"
    else
        not_ok "$1" "'$3', not '$2'"
    fi
}

# The lines of all runs: valid, numbered, and run.end is the last.
cloud_lines() {
    local python=python3
    # The system's own Python is the one that has jsonschema.
    [ ! -x /usr/bin/python3 ] || python=/usr/bin/python3
    "$python" -W ignore - "$cloud_schema" "$work"/lines/*.json <<'PYTHON'
import json, sys

try:
    import jsonschema
    validator = jsonschema.Draft7Validator(json.load(open(sys.argv[1])))
except ImportError:
    validator = None
    print("    (the Python module jsonschema is not installed)")
members = ("service_url", "image_tag", "image_digest", "previous_digest",
           "elapsed_ms", "steps")
faults = []
for path in sys.argv[2:]:
    lines = [json.loads(line) for line in open(path)]
    if not lines or lines[-1]["type"] != "run.end":
        faults.append(path + " does not end with run.end")
        continue
    summary = lines[-1].get("summary") or {}
    faults += ["%s: no %s in the summary" % (path, member)
               for member in members if member not in summary]
    numbers = [line["seq"] for line in lines if line["type"] != "step.output"]
    if numbers != list(range(1, len(numbers) + 1)):
        faults.append(path + ": seq has gaps")
    for number, line in enumerate(lines, 1):
        for error in validator.iter_errors(line) if validator else ():
            faults.append("%s:%d: %s: %s" % (path, number, line["type"],
                                             error.message[:200]))
for fault in faults[:10]:
    print("    " + fault)
sys.exit(bool(faults) or len(sys.argv) < 3)
PYTHON
}
cloud_schema=$(cd "$(dirname "$0")/../.." && pwd)/docs/events.schema.json

# ---- lanes -------------------------------------------------------------------

# cloud_lanes FUNCTION...: beside each other, each with a cloud, a folder and a
# project of its own; most of the time of a deployment is spent waiting.
cloud_lanes() {
    local name
    for name in "$@"; do
        (
            cloud_lane "$name"
            printf '# %s took %s s\n' "$name" "$SECONDS"
        ) >"$work/$name.told" 2>&1 &
    done
    wait
    for name in "$@"; do
        cat "$work/$name.told"
        passed=$((passed + $(grep -c '^ok ' "$work/$name.told")))
        failed=$((failed + $(grep -c '^not ok ' "$work/$name.told")))
        # A lane that broke off tells of no time.
        says "^# $name took" "$work/$name.told" ||
            not_ok "$name" "it broke off"
    done
}

cloud_lane() {
    work=$work/$1
    mkdir -p "$work"
    trap cloud_stop EXIT
    cloud_start
    json=$work/out.json
    said=$work/out.txt
    cloud_project app
    "$1"
    check "$1: every line is as docs/events.schema.json says" cloud_lines
}
