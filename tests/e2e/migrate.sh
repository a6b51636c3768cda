#!/usr/bin/env bash
# The command migrate: earlier deployment scripts are found, read, taken over,
# archived and put back.
. "$(dirname "$0")/lib.sh"
begin
umask 022
unset AWS_REGION AWS_DEFAULT_REGION AWS_PROFILE AWS_CONFIG_FILE \
    AWS_SHARED_CREDENTIALS_FILE ECR_REPOSITORY
export HOME=$work/home
mkdir -p "$HOME" acme/ops acme/.github/workflows
cd acme || exit 1

# run EXPECTED NAME ARGUMENTS...: output to out.txt
run() {
    local expected=$1 name=$2 status=0
    shift 2
    "$STEPDECK" migrate "$@" >"$work/out.txt" 2>&1 </dev/null || status=$?
    check_status "$name" "$expected" "$status" "$work/out.txt"
}

said() { says "$1" "$work/out.txt"; }
unsaid() { ! said "$1"; }
tree() { find . -type f -exec cksum {} + | sort; }
is_as_before() { tree | cmp -s "$work/before" -; }

run 0 "a project without old scripts is fine"
check "and is told so" said 'There are no earlier deployment scripts here'
run 0 "with --json as well" --json
check "which is one object" python3 -c \
    'import json, sys; assert json.load(open(sys.argv[1]))["scripts"] == []' \
    "$work/out.txt"

# ---- two scripts of a project -----------------------------------------------

cat >ops/deploy-service.sh <<'SCRIPT'
#!/usr/bin/env bash
set -eu
SERVICE_NAME="acme-api"
REGION=${AWS_REGION:-eu-west-1}
ACCOUNT=$(aws sts get-caller-identity --query Account --output text)
IMAGE=$ACCOUNT.dkr.ecr.$REGION.amazonaws.com/acme/api:$(git rev-parse HEAD)
export DB_PASSWORD='correct-horse-staple'
cat >source.json <<JSON
{"ImageRepository": {
  "ImageIdentifier": "$IMAGE",
  "ImageConfiguration": {
    "Port": "3000",
    "RuntimeEnvironmentVariables": {
      "LOG_LEVEL": "info",
      "REVISION": "$(git rev-parse HEAD)",
      "SESSION_SECRET": "battery-0123456"
    },
    "RuntimeEnvironmentSecrets": {
      "STRIPE": "arn:aws:secretsmanager:eu-west-1:123456789012:secret:s-1"
    }}},
 "AuthenticationConfiguration": {
   "AccessRoleArn": "arn:aws:iam::123456789012:role/AppRunnerECRAccessRole"}}
JSON
aws apprunner update-service --service-name "$SERVICE_NAME" \
    --source-configuration file://source.json \
    --instance-configuration Cpu=512,Memory=1024 \
    --health-check-configuration Protocol=HTTP,Path=/up,Interval=5
SCRIPT
cat >build-and-push.sh <<'SCRIPT'
#!/bin/sh
AWS_REGION=us-east-1
docker build -f docker/prod.Dockerfile -t acme/api .
docker push 123456789012.dkr.ecr.us-east-1.amazonaws.com/acme/api
SCRIPT
chmod 750 build-and-push.sh
printf 'Deploy with:\n\n    ops/deploy-service.sh\n' >README.md
printf 'steps:\n- run: ./build-and-push.sh\n' >.github/workflows/ci.yml
printf '#!/bin/sh\nexec stepdeck deploy "$@"\n' >deploy.sh
printf '#!/bin/sh\n# Step\naws apprunner update-service\n' >step-010-own.sh
tree >"$work/before"

run 0 "a dry run shows what would be done" --dry-run --cleanup-old
check "it writes and moves nothing" is_as_before
check "a value has its place" said 'SERVICE_NAME *acme-api  ops/deploy-service.sh:3'
check "so has one from a here-document" said 'PORT *3000  ops/deploy-service.sh:12'
check "the service's script goes first" said \
    'AWS_REGION *eu-west-1  ops/deploy-service.sh:4'
check "the other value is shown" said 'us-east-1  build-and-push.sh:2  not taken'
check "what a command gives is not guessed" said \
    'REVISION *not understood: the output of a command  ops/deploy-service.sh:15'
check "a mention is listed" said 'README.md:3  ops/deploy-service.sh'
check "so is one in a workflow" said 'ci.yml:2  build-and-push.sh'
check "our own scripts are none" unsaid 'step-010-own\|^  deploy.sh'
check "a secret is masked" said '^+DB_PASSWORD=\*\*\*'
check "and never shown" unsaid 'correct-horse\|battery'

run 4 "without approval nothing is written"
check "it says what to do" said '--auto-approve'
check "so all is as before" is_as_before
run 4 "nor with --json" --json
check "all is still as before" is_as_before

run 0 "with approval the files are written" --auto-approve
check "it verifies them" said '^Verified'
for line in SERVICE_NAME=acme-api AWS_REGION=eu-west-1 PORT=3000 \
    ECR_REPOSITORY=acme/api HEALTH_PATH=/up SERVICE_CPU=512 \
    SERVICE_MEMORY=1024 DEPLOY_TARGET=apprunner \
    DOCKERFILE=docker/prod.Dockerfile \
    ACCESS_ROLE_ARN=arn:aws:iam::123456789012:role/AppRunnerECRAccessRole; do
    check "the configuration has $line" says "^$line\$" deployment-config.env
done
check "a secret is in .env" says '^DB_PASSWORD=correct-horse-staple$' .env
check "so is that of the service" says '^SESSION_SECRET=' .env
if grep -rq 'correct-horse\|battery' deployment-config.env service.json; then
    not_ok "no secret is in a shared file" "see above"
else
    ok "no secret is in a shared file"
fi
check "service.json has environment and secrets" python3 - <<'PYTHON'
import json
service = json.load(open("service.json"))
assert service == {
    "environment": {"LOG_LEVEL": "info"},
    "secrets": {"STRIPE": "arn:aws:secretsmanager:eu-west-1:123456789012:"
                          "secret:s-1"}}, service
PYTHON
"$STEPDECK" plan -v >"$work/plan.txt" 2>&1 </dev/null
check "stepdeck takes its configuration from it" says \
    'SERVICE_NAME.*acme-api.*deployment-config.env' "$work/plan.txt"
check "the scripts are still there" exists ops/deploy-service.sh

run 0 "once more has nothing to write" --auto-approve
check "and says so" said '^Nothing to change'

# ---- the archive --------------------------------------------------------------

cp ops/deploy-service.sh "$work/service"
run 4 "without approval nothing is archived" --cleanup-old
check "so they are there" exists build-and-push.sh
run 0 "--cleanup-old archives them" --cleanup-old --auto-approve
check "it tells how to undo that" said 'stepdeck migrate --undo='
check "one is gone" absent ops/deploy-service.sh
check "the other is gone" absent build-and-push.sh
check "ours stay" exists deploy.sh
archive=$(echo deployment-archive/*Z)
check "it is in the archive" cmp -s "$work/service" \
    "$archive/ops/deploy-service.sh"
check "the manifest has digests" python3 - "$archive" <<'PYTHON'
import hashlib, json, sys
manifest = json.load(open(sys.argv[1] + "/manifest.json"))
assert manifest["v"] == 1 and len(manifest["files"]) == 2
for file in manifest["files"]:
    data = open(sys.argv[1] + "/" + file["path"], "rb").read()
    assert hashlib.sha256(data).hexdigest() == file["sha256"]
    assert file["mode"] == ("0750" if "build" in file["path"] else "0644")
PYTHON
run 0 "then there is nothing more" --cleanup-old --auto-approve
check "which is told" said 'There are no earlier'

printf 'new\n' >build-and-push.sh
run 2 "undo overwrites nothing" --undo
check "it names the file" said "'build-and-push.sh' already"
check "and puts nothing back" absent ops/deploy-service.sh
rm build-and-push.sh
run 2 "an archive that is not there is refused" --undo 19990101
run 0 "undo puts them back" --undo "$(basename "$archive")"
check "as they were" cmp -s "$work/service" ops/deploy-service.sh
check "with their permissions" test -x build-and-push.sh
run 2 "a second undo has nothing" --undo
run 2 "an argument needs --undo" 20261121

# ---- what is there already -----------------------------------------------------

printf '{"environment": {"MINE": "1"}}\n' >service.json
run 0 "an existing service.json stays" --auto-approve
check "it is as it was" says MINE service.json
check "the other is beside it" says LOG_LEVEL service.json.migrated
sed -i.old 's/^PORT=.*/PORT=4000/' deployment-config.env
run 0 "what is configured stays" --auto-approve
check "the port is" says '^PORT=4000$' deployment-config.env

# ---- names that no script tells --------------------------------------------------

mkdir ../untold
cd ../untold || exit 1
# shellcheck disable=SC2016 # a script
printf 'aws apprunner update-service --service-name "$1" --region us-east-1\n' \
    >update-service.sh
run 4 "a service's name is not made up" --auto-approve
check "it says how to give it" said 'give it with --service-name'
check "nothing is written" absent deployment-config.env
run 0 "given by options it is written" --auto-approve --json \
    --service-name acme-web --ecr-repo acme/web
check "and told as one object" python3 -c 'import json, sys
told = json.load(open(sys.argv[1]))
assert told["written"] == [".env", "deployment-config.env"], told["written"]
assert told["settings"]["SERVICE_NAME"] == "acme-web"
assert told["findings"][0]["line"] == 1 and told["archived"] is None' \
    "$work/out.txt"
check "with the name" says '^SERVICE_NAME=acme-web$' deployment-config.env

# ---- at a terminal ---------------------------------------------------------------

mkdir ../asked
cd ../asked || exit 1
cp ../untold/update-service.sh .
talking_to migrate --cleanup-old
talk 6 "a no writes nothing" 'SERVICE_NAME (no script tells it) [asked]:' \
    acme-api 'ECR_REPOSITORY (no script tells it) [acme-api]:' '' \
    'Write these files? [y/N]' n
check "there is nothing" absent .env
talk 6 "a no to the archive keeps the scripts" \
    'SERVICE_NAME (no script tells it) [asked]:' 'a b' \
    'SERVICE_NAME (no script tells it) [asked]:' acme-api \
    'ECR_REPOSITORY (no script tells it) [acme-api]:' '' \
    'Write these files? [y/N]' y 'Archive 1 script' n
check "the files are written" says '^SERVICE_NAME=acme-api' \
    deployment-config.env
check "the script is there" exists update-service.sh
talk 0 "a yes archives" 'Archive 1 script' y
check "the script is archived" absent update-service.sh

# ---- behind a deployment ------------------------------------------------------

fresh() {
    rm -rf "$work/behind"
    mkdir "$work/behind"
    cd "$work/behind" || exit 1
    printf '#!/bin/bash\naws apprunner update-service --service-name acme\n' \
        >deploy.sh
    printf '#!/bin/bash\nexit %s\n' "$1" >step-010-a.sh
    chmod +x ./*.sh
}
# deploy EXPECTED NAME
deploy() {
    local status=0
    "$STEPDECK" deploy --auto-approve --cleanup-old --no-tui \
        >"$work/out.txt" 2>&1 </dev/null || status=$?
    check_status "$2" "$1" "$status" "$work/out.txt"
}
fresh 1
deploy 3 "a deployment that fails archives nothing"
check "the script is there" exists deploy.sh
fresh 0
deploy 0 "one that works does"
check "it says where" said '^1 file archived and verified in'
check "the script is gone from its place" absent deploy.sh
deploy 0 "a second time there is nothing"
check "and that is said" said '^There are no earlier'

finish
