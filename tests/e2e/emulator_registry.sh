#!/usr/bin/env bash
# The local cloud's registry, as a real Docker sees it: login, push, pull,
# what an immutable and a missing repository answer, and a service that a
# container is.
#
# With DOCKER_HOST that daemon is asked, else one is started here, as root only.
set -u -o pipefail
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/docker_lib.sh"

source_dir=$(cd "$(dirname "$0")/../.." && pwd)
emulator=${EMULATOR:-$(dirname "${STEPDECK:-/none/x}")/stepdeck-emulator}
[ -x "$emulator" ] || skip_all "there is no stepdeck-emulator"
command -v docker >/dev/null || skip_all "the docker command is not installed"
command -v curl >/dev/null || skip_all "curl is not installed"
aws --version >/dev/null 2>&1 || skip_all "the aws command line is not installed"
[ -n "${DOCKER_HOST:-}" ] || docker_needs
begin

export AWS_ACCESS_KEY_ID=AKIAEMULATOR00000000
export AWS_SECRET_ACCESS_KEY=emulator-secret-key-of-no-account
export AWS_DEFAULT_REGION=us-east-1 AWS_EC2_METADATA_DISABLED=true
export AWS_CONFIG_FILE=$work/none AWS_SHARED_CREDENTIALS_FILE=$work/none
export AWS_MAX_ATTEMPTS=1 AWS_PAGER='' DOCKER_CONFIG=$work/docker
unset AWS_PROFILE AWS_SESSION_TOKEN AWS_REGION HTTP_PROXY http_proxy

images=()

before_clean_up() {
    [ ${#images[@]} -eq 0 ] || docker rmi -f "${images[@]}" >/dev/null 2>&1
    docker_stop
}

if [ -z "${DOCKER_HOST:-}" ]; then
    docker_start
    export DOCKER_HOST=unix://$docker_socket
fi
docker version >/dev/null 2>&1 || skip_all "no Docker answers at $DOCKER_HOST"
docker_cloud "$emulator" || skip_all "the emulator does not start"
host=${AWS_ENDPOINT_URL#http://}

# says_when_refused NAME PATTERN COMMAND...: it fails with these words.
says_when_refused() {
    local name=$1 pattern=$2
    shift 2
    if "$@" >refused 2>&1; then
        not_ok "$name" "it succeeded"
    elif grep -q -- "$pattern" refused; then
        ok "$name"
    else
        not_ok "$name" "it says: $(cat refused)"
    fi
}

login() {
    docker login -u AWS --password-stdin "$host" >/dev/null 2>&1
}

login_with_token() { aws ecr get-login-password | login; }

# push NAME:TAG: pushes, with the digest that docker tells in $digest.
push() {
    docker tag "$image" "$host/$1" && images+=("$host/$1") &&
        docker push "$host/$1" >pushed 2>&1 || return 1
    digest=$(sed -n 's/.*digest: \(sha256:[0-9a-f]*\) size.*/\1/p' pushed)
}

digest_of() {
    aws ecr describe-images --repository-name "$1" --image-ids "imageTag=$2" \
        --query 'imageDetails[0].imageDigest' --output text
}

cp -R "$source_dir/examples/web" web
runs=yes
make -s -C web web >/dev/null 2>&1 || {
    runs=no
    echo 'no program' >web/web
}
# Larger than what the emulator takes into memory.
dd if=/dev/zero of=web/large bs=1048576 count=70 2>/dev/null
printf '*\n!web\n!large\n' >web/.dockerignore
printf 'COPY large /large\n' >>web/Dockerfile
image=stepdeck-e2e-web:$$
DOCKER_BUILDKIT=0 docker build -q --build-arg APP_VERSION=e2e -t "$image" web \
    >built 2>&1 || skip_all "docker does not build: $(cat built)"
images+=("$image")

for name in web team/web; do
    aws ecr create-repository --repository-name "$name" \
        --image-tag-mutability IMMUTABLE >/dev/null ||
        not_ok "the repository $name is created" "it is not"
done

docker tag "$image" "$host/web:v1"
images+=("$host/web:v1")
says_when_refused "without a login nothing is pushed" \
    "no basic auth credentials" docker push "$host/web:v1"
if echo wrong | login; then
    not_ok "a wrong password is refused" "it is not"
else
    ok "a wrong password is refused"
fi
check "ECR's password is a login" login_with_token

check "an image is pushed" push web:v1
check "its digest is what ECR describes" test "$digest" = "$(digest_of web v1)"
says_when_refused "an immutable tag stays" \
    "tag invalid: The image tag 'v1' already exists in the 'web' repository" \
    docker push "$host/web:v1"
check "another tag of the same image is pushed" push web:v2
check "its layers are not sent again" grep -q 'Layer already exists' pushed
check "another repository mounts them" push team/web:v1
docker tag "$image" "$host/none:v1"
says_when_refused "a repository that was not created is unknown" \
    "name unknown: The repository with name 'none' does not exist" \
    docker push "$host/none:v1"

docker rmi -f "$host/web:v1" "$host/web:v2" "$host/team/web:v1" \
    "$host/none:v1" "$image" >/dev/null 2>&1
check "the image is pulled by its digest" \
    docker pull -q "$host/web@$digest"
images+=("$host/web@$digest")

# ---- a service that runs in a container --------------------------------------

service() {
    aws apprunner list-services --query "ServiceSummaryList[0].$1" --output text
}
is_settled() { [ "$(service Status)" != OPERATION_IN_PROGRESS ]; }
ours() { docker ps -aq --filter "label=stepdeck.emulator=$host"; }
has_logged() {
    aws logs filter-log-events --output text \
        --log-group-name "/aws/apprunner/web-e2e/$(service ServiceId)/application" |
        grep -q "web e2e listens on port 8080"
}

is_the_version() {
    curl -sf -m 10 "$(service ServiceUrl)/healthz" |
        grep -q "\"version\":\"$1\""
}

host_it() {
    aws apprunner create-service --service-name web-e2e \
        --health-check-configuration Protocol=HTTP,Path=/healthz,Interval=1 \
        --source-configuration '{
  "ImageRepository": {
    "ImageIdentifier": "'"$host/web@$digest"'", "ImageRepositoryType": "ECR",
    "ImageConfiguration": {"Port": "8080"}},
  "AutoDeploymentsEnabled": false,
  "AuthenticationConfiguration": {"AccessRoleArn":
    "arn:aws:iam::123456789012:role/AppRunnerECRAccessRole"}}' >/dev/null ||
        return 1
    wait_for is_settled && [ "$(service Status)" = RUNNING ]
}

if [ "$docker_has_network" = no ] || [ "$runs" = no ]; then
    printf 'left out: hosting needs a static C library and a network bridge\n'
else
    check "the image runs as a service" host_it
    check "its container answers" is_the_version e2e
    check "its output is in the application's log" wait_for has_logged
    end "$docker_cloud_pid"
    docker_cloud_pid=
    check "no container is left when the cloud ends" test -z "$(ours)"
fi

finish
