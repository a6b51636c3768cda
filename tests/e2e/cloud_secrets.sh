#!/usr/bin/env bash
# Secrets of a deployment: AWS keys, session token, a secret of .env, a value of
# the service's environment, the registry's password. None of them in what a run
# writes or prints, nor in a command line or the environment of a child that
# need not have it.
set -u
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/cloud_lib.sh"

begin
cloud_start
json=$work/out.json
said=$work/out.txt

# Keys of a session, which the cloud gives itself.
curl -sf -o "$work/session" --data-urlencode Action=AssumeRoleWithWebIdentity \
    -d Version=2011-06-15 -d RoleSessionName=test -d WebIdentityToken=token \
    --data-urlencode "RoleArn=$cloud_role/AppRunnerInstanceRole" \
    "$cloud_url/" ||
    skip_all "the local cloud gives no session"
of_session() { grep -o "<$1>[^<]*" "$work/session" | sed 's/.*>//'; }
AWS_ACCESS_KEY_ID=$(of_session AccessKeyId)
AWS_SECRET_ACCESS_KEY=$(of_session SecretAccessKey)
AWS_SESSION_TOKEN=$(of_session SessionToken)
export AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN

# One a line: what is searched for.
env_secret=marker-of-dotenv-7Q2x
service_value=marker-of-service-9Kd3
cat >"$work/secrets" <<SECRETS
$AWS_SECRET_ACCESS_KEY
$AWS_SESSION_TOKEN
$env_secret
$service_value
SECRETS

export TMPDIR=$work/tmp
mkdir -p "$TMPDIR"
cloud_project app SERVICE_CONFIG=service.json
printf 'API_TOKEN=%s\n' "$env_secret" >.env
printf '.env\nlook\n' >>.gitignore
printf '{"environment": {"PLAIN_NAME": "%s"}}\n' "$service_value" >service.json
# A step that looks at what it was given, and at everybody's command line.
add_step step-028-look <<'STEP'
echo "the token is $API_TOKEN"
mkdir -p look
env >"look/environment"
for process in /proc/[0-9]*; do
    tr '\0' '\n' <"$process/cmdline"
done >"look/commands" 2>/dev/null
find "$TMPDIR" -type f -exec cat {} + >"look/temporary"
exit 0
STEP
git add -A && cloud_git commit -q -m "with a service file"

# The registry's passwords, as the cloud knows them.
add_tokens() {
    cloud_page state | python3 -c '
import base64, json, sys
def walk(value):
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from walk(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from walk(inner)
    elif isinstance(value, str):
        yield value
for text in walk(json.load(sys.stdin).get("tokens", {})):
    if len(text) >= 16 and not text.startswith("arn:"):
        print(text)
        print(base64.b64encode(("AWS:" + text).encode()).decode())
' >>"$work/secrets"
}

# clean NAME FILE...: no secret in any of them; those that hold one are named.
clean() {
    local name=$1 found
    shift
    for found in "$@"; do
        [ -e "$found" ] || not_ok "$name" "there is no $found to look into"
    done
    found=$(grep -r -l -F -f "$work/secrets" "$@" 2>/dev/null)
    if [ -z "$found" ]; then
        ok "$name"
    else
        not_ok "$name" "there is one in: $found"
        grep -r -o -h -F -f "$work/secrets" "$@" | sort | uniq -c |
            sed 's/^/    /'
    fi
}

# The record may hold the configuration before, with the service's environment;
# nobody else may read it.
clean_but_record() {
    local name=$1 files
    files=$(find .deployment-state "$TMPDIR" "$XDG_STATE_HOME" -type f \
        ! -name apprunner.json)
    # shellcheck disable=SC2086 # names without spaces
    clean "$name" $files
    grep -v -F -e "$service_value" "$work/secrets" >"$work/secrets.others"
    check "$name: the record has the service's values at most" \
        lacks "$work/secrets.others" .deployment-state/apprunner.json
    is "$name: the record is the owner's" 600 \
        "$(stat -c %a .deployment-state/apprunner.json)"
    is "$name: all of the state is the owner's" "" \
        "$(find .deployment-state -perm /077 ! -type l)"
}
lacks() { ! grep -q -F -f "$1" "$2"; }

# The search finds what is there: else it proves nothing.
printf 'x%sx\n' "$env_secret" >"$work/there"
check "the search finds a secret" grep -q -F -f "$work/secrets" "$work/there"

reports() {
    local format status=0
    for format in junit json html md; do
        "$STEPDECK" report --format "$format" >"$work/report.$format" \
            2>"$said" || status=$?
        check_status "$1: report as $format" 0 "$status" "$said"
    done
    clean "$1: the reports" "$work"/report.*
}

first() {
    deploys "deployment" 0 live
    add_tokens
    check "there is a registry's password to search for" \
        [ "$(wc -l <"$work/secrets")" -gt 4 ]
    clean "deployment: what it printed" "$json" "$said"
    clean_but_record "deployment: what it wrote"
    reports "deployment"
    clean "deployment: command lines and temporary files" look/commands \
        look/temporary
    check "deployment: the command lines are those of the run" \
        says '^--json$' look/commands
    check "deployment: the step has its secret" \
        says "$env_secret" look/environment
    check "deployment: the service has its environment" \
        [ -n "$(cloud_page state | grep "\"PLAIN_NAME\": \"$service_value\"")" ]
}

# A failed one tells more: the dossier, the drift, the previous configuration.
second() {
    local old=$service_value
    service_value=marker-of-service-4Zt8
    printf '%s\n' "$service_value" >>"$work/secrets"
    printf '{"environment": {"PLAIN_NAME": "%s"}}\n' "$service_value" \
        >service.json
    rm -r look
    printf '# Once more.\n' >>step-028-look.sh
    cloud_commit
    cloud_fault health:refused@1
    HEALTH_RETRIES=2 deploys "failed" 13 rolled-back --events "$work/events"
    cloud_mend
    add_tokens
    clean "failed: what it printed" "$json" "$said" "$work/events"
    service_value=marker-of-service
    clean_but_record "failed: what it wrote"
    service_value=$old
    reports "failed"
    clean "failed: command lines and temporary files" look/commands \
        look/temporary
}

refused() {
    cloud_fault apprunner.UpdateService:denied
    cloud_commit
    deploys "refused" 12 -
    cloud_mend
    clean "refused: what it printed" "$json" "$said"
    "$STEPDECK" deploy --no-tui -v --dry-run </dev/null >"$work/dry" 2>&1
    clean "dry run: what it printed" "$work/dry"
    "$STEPDECK" status --json </dev/null >"$work/status" 2>&1
    "$STEPDECK" status --no-tui </dev/null >>"$work/status" 2>&1
    clean "status: what it printed" "$work/status"
    clean_but_record "refused: what it wrote"
}

# git and whatever else is started for a look need no keys.
children() {
    mkdir -p "$work/bin"
    cat >"$work/bin/git" <<GIT
#!/bin/sh
env >>"$work/git.environment"
exec $(command -v git) "\$@"
GIT
    chmod +x "$work/bin/git"
    PATH=$work/bin:$PATH deploys "with a git that looks" 0 live
    if [ -e "$work/git.environment" ]; then
        clean "git has none of them" "$work/git.environment"
    else
        ok "git is not started"
    fi
}

first
second
refused
children
finish
