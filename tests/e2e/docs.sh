#!/usr/bin/env bash
# The documents about the cloud say what the program does. Their commands are
# executed in the local cloud, their policies hold the permissions that the
# code needs, and each message that the troubleshooting guide names is one.
#
# What is executed is marked in the document, right above the block:
#
#     <!-- run NAME -->                      in a copy of examples/web, in git
#     <!-- run NAME with an old script -->   the same, not set up for stepdeck
#     <!-- run NAME in an empty folder -->
#
# Blocks of one NAME are one session, in their order, of a cloud of its own.
# Each command must exit 0, unless its comment begins with "exit status N".
set -u
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/cloud_lib.sh"

root=$(cd "$(dirname "$0")/../.." && pwd)
documents="README.md docs/app-runner.md docs/rehearsal.md docs/migration.md"
command -v make >/dev/null || skip_all "make is not installed"
command -v "${CC:-cc}" >/dev/null || skip_all "there is no compiler"
begin
cloud_start
mkdir bin
ln -s "$STEPDECK" bin/stepdeck
ln -s "$emulator" bin/stepdeck-emulator
PATH=$work/bin:$PATH

# ---- commands ------------------------------------------------------------------

# "NAME" or "NAME in an empty folder" of each session, in the order of the file.
sessions_of() {
    sed -n 's/^<!-- run \(.*\) -->$/\1/p' "$1" | awk '!seen[$1]++'
}

# session_of DOCUMENT NAME: its blocks.
session_of() {
    awk -v name="$2" '
        /^<!-- run / { wanted = ($3 == name); next }
        /^```/ {
            open = !open
            if (!open)
                wanted = 0
            else if (wanted && $0 != "```sh")
                print "false   # it is no block of the shell"
            next
        }
        open && wanted { print }
        !open && NF { wanted = 0 }' "$1"
}

# A script that stops at the first command with an unexpected status, and ends
# what it has begun.
as_script() {
    cat <<'SCRIPT'
set -eu -o pipefail
trap 'kill $(jobs -p) 2>/dev/null || true; wait' EXIT
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

old_script() {
    cat <<'SCRIPT'
#!/bin/bash
SERVICE_NAME=acme-api
AWS_REGION=us-east-1
docker build -t acme-api .
aws apprunner create-service --service-name "$SERVICE_NAME" \
    --region "$AWS_REGION" --source-configuration '{
  "ImageRepository": {
    "ImageIdentifier": "123456789012.dkr.ecr.us-east-1.amazonaws.com/acme-api",
    "ImageConfiguration": {"Port": "8080"}, "ImageRepositoryType": "ECR"},
  "AuthenticationConfiguration": {
    "AccessRoleArn": "arn:aws:iam::123456789012:role/AppRunnerECRAccessRole"}}'
SCRIPT
}

make_folder() {
    rm -rf "$work/session"
    mkdir "$work/session" "$work/session/my-service"
    cd "$work/session" || exit 1
    case $1 in
    *" in an empty folder") return ;;
    esac
    cp -R "$root/examples/web/." my-service
    cd my-service || exit 1
    # What git ignores is no change of the tree.
    printf '/web\n.env*\n' >.gitignore
    case $1 in
    *" with an old script")
        rm deployment-config.env
        old_script >deploy-apprunner.sh
        ;;
    esac
    git init -q . && git add -A && cloud_git commit -q -m first
    cd ..
}

# A cloud without anything in it; none for a session that starts its own.
fresh_cloud() {
    cloud_stop
    rm -f "$work/cloud.ready"
    cloud_start
    if says 'stepdeck-emulator\|stepdeck rehearse' "$work/script"; then
        unset AWS_ENDPOINT_URL AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY \
            AWS_REGION DOCKER_HOST
    fi
}

# The number of the preflight's checks stands in a document.
counts_checks() {
    local told found
    told=$(sed -n 's/.* \([0-9]*\) checks.*/\1/p' "$root/$1" | head -n 1)
    found=$(sed -n 's/.* \([0-9]*\) checks: .*/\1/p' output | head -n 1)
    [ -z "$told" ] || [ -z "$found" ] || [ "$told" = "$found" ] ||
        not_ok "$1: the preflight" "$found checks, not $told"
}

runs() {
    local document=$1 session=$2 status=0
    session_of "$root/$document" "${session%% *}" | as_script >"$work/script"
    make_folder "$session"
    fresh_cloud
    # README begins outside of the project, where its reader is.
    [ "$document" = README.md ] || cd my-service || exit 1
    GIT_AUTHOR_NAME=test GIT_COMMITTER_NAME=test \
        GIT_AUTHOR_EMAIL=test@example.invalid \
        GIT_COMMITTER_EMAIL=test@example.invalid \
        bash "$work/script" </dev/null >"$work/output" 2>&1 || status=$?
    cd "$work" || exit 1
    if [ "$status" -eq 0 ] && says '^to the end$' output; then
        ok "$document: '$session' does what it says"
        counts_checks "$document"
    else
        not_ok "$document: '$session'" "exit status $status"
        tail -n 40 output | sed 's/^/    /'
    fi
}

commands_work() {
    local document session sessions=0
    for document in $documents; do
        [ -e "$root/$document" ] || continue
        sessions_of "$root/$document" >"$work/sessions"
        while IFS= read -r session <&3; do
            runs "$document" "$session"
            sessions=$((sessions + 1))
        done 3<"$work/sessions"
    done
    check "there are sessions" test "$sessions" -ge 8
}

# ---- policies ------------------------------------------------------------------

cat >"$work/policies.py" <<'PYTHON'
import json, re, sys

root = sys.argv[1]
# Where a service is spoken to, and what IAM calls it. What the credentials ask
# of STS and SSO needs no permission of the deployer.
files = {"apprunner.c": "apprunner", "ecr.c": "ecr", "ecr_token.c": "ecr",
         "iam.c": "iam", "secretsmanager.c": "secretsmanager",
         "cloudwatchlogs.c": "logs"}
# ResumeService is offered to nobody yet.
unused = {"apprunner:ResumeService"}
verbs = ("Get List Describe BatchGet BatchDelete Filter Simulate Create Update "
         "Start Delete Put Resume").split()
operation = re.compile(r'"((?:%s)[A-Z][A-Za-z]+)"' % "|".join(verbs))
called = set()
for name, service in files.items():
    text = open("%s/src/aws/%s" % (root, name)).read()
    called |= {service + ":" + word for word in operation.findall(text)}
called -= unused
# What Docker asks of the registry, and what App Runner is given:
# https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-push-iam.html
implied = {"ecr:BatchCheckLayerAvailability", "ecr:InitiateLayerUpload",
           "ecr:UploadLayerPart", "ecr:CompleteLayerUpload", "iam:PassRole",
           "iam:CreateServiceLinkedRole"}
pull = {"ecr:GetAuthorizationToken", "ecr:BatchCheckLayerAvailability",
        "ecr:BatchGetImage", "ecr:DescribeImages", "ecr:GetDownloadUrlForLayer"}

faults = []
def say(name, good, text):
    print(("ok" if good else "not ok"), "policy '%s': %s" % (name, text))
    if not good:
        faults.append(text)

text = open(root + "/docs/security.md").read()
marked = re.findall(r"<!-- policy ([^\n]*) -->\n```json\n(.*?)```", text, re.S)
policies = {}
for name, body in marked:
    policy = json.loads(body)
    actions = set()
    for statement in policy["Statement"]:
        some = statement["Action"]
        some = [some] if isinstance(some, str) else some
        if len(some) != len(set(some)) or set(some) & actions:
            say(name, False, "an action stands in it twice")
        actions |= set(some)
        if statement["Effect"] != "Allow":
            say(name, False, "Effect")
    say(name, policy["Version"] == "2012-10-17" and actions, "is a policy")
    policies[name] = (policy, actions)

say("all", len(text.split("```json")) == len(marked) + 1, "each block is marked")
needed = called | implied
deployer = policies["deployer"][1]
say("deployer", deployer == needed, "what the code calls (%s)" %
    ", ".join(sorted(deployer ^ needed)))
reader = policies["reader"][1]
reads = ("Get", "List", "Describe", "BatchGet", "Filter")
say("reader", all(a.split(":")[1].startswith(reads) for a in reader), "reads")
say("reader", reader <= called, "what the code calls (%s)" %
    ", ".join(sorted(reader - called)))
say("reader", {a for a in called if a.startswith("apprunner:") and
               a.split(":")[1].startswith(reads)} <= reader,
    "all that is read of App Runner")
say("access", policies["access"][1] == pull, "what a pull needs")
say("instance", "secretsmanager:GetSecretValue" in policies["instance"][1],
    "reads a secret")
for name, (policy, actions) in policies.items():
    words = name.split()
    principal = policy["Statement"][0].get("Principal")
    if words[0] == "trust":
        source = open(root + "/src/aws/apprunner/preflight_roles.c").read()
        say(name, principal == {"Service": words[1]} and words[1] in source,
            "trusts whom the preflight asks for")
    elif words[0] == "trust-oidc":
        say(name, principal["Federated"].endswith(words[1]), "trusts the issuer")
sys.exit(bool(faults))
PYTHON

policies_are_right() {
    local line
    python3 "$work/policies.py" "$root" >"$work/policies" 2>&1
    while IFS= read -r line; do
        case $line in
        "ok "*) ok "${line#ok }" ;;
        *) not_ok "docs/security.md" "$line" ;;
        esac
    done <"$work/policies"
    check "there are policies" test "$(wc -l <"$work/policies")" -ge 12
}

# ---- messages ------------------------------------------------------------------

# What stands between backquotes in the first column of a table whose head is
# "you see" must be in a text of the program, "..." standing for anything. The
# words of other programs are what the code looks for, so they are there too.
cat >"$work/messages.py" <<'PYTHON'
import glob, re, sys

root = sys.argv[1]
part = r'"((?:[^"\\\n]|\\.)*)"'
texts = []
for path in glob.glob(root + "/src/*/*.c") + glob.glob(root + "/src/*/*/*.c"):
    if "/emulator/" in path:
        continue
    for found in re.finditer(part + r"(?:\s*" + part + ")*", open(path).read()):
        whole = "".join(re.findall(part, found.group(0)))
        texts.append(re.sub(r"%[-+ #0-9.*]*(?:ll|z|j|h)*[a-zA-Z]", "\0", whole)
                     .replace('\\"', '"'))
everything = "\n".join(texts)
count = faults = 0
in_table = False
for number, line in enumerate(open(root + "/docs/troubleshooting.md"), 1):
    if not line.startswith("|"):
        in_table = False
    elif line.startswith("| you see "):
        in_table = True
    elif in_table:
        for message in re.findall(r"`([^`]*)`", line.split("|")[1]):
            if re.match(r"HTTP \d+$", message):
                continue
            pieces = [piece.strip() for piece in message.split("...")]
            count += 1
            # The pieces of one message are in one text.
            if not any(all(piece in text for piece in pieces) for text in texts):
                faults += 1
                print("    line %d: nothing says '%s'" % (number, message))
print("    %d messages" % count)
sys.exit(faults > 0 or count < 60)
PYTHON

policies_are_right
check "the troubleshooting guide names real messages" \
    python3 "$work/messages.py" "$root"
commands_work
finish
