#!/usr/bin/env bash
# The local cloud, asked by the real aws command line: each call that a
# deployment makes, signed by somebody else's code and read by it.
set -u -o pipefail
. "$(dirname "$0")/lib.sh"

# The first one that runs; some systems have a wrapper that does not.
find_aws() {
    local candidate
    for candidate in "${AWS_CLI:-}" aws /usr/bin/aws /usr/local/bin/aws; do
        if [ -n "$candidate" ] && "$candidate" --version >/dev/null 2>&1; then
            command -v "$candidate"
            return
        fi
    done
    return 1
}

aws_program=$(find_aws) || skip_all "the aws command line is not installed"
command -v curl >/dev/null || skip_all "curl is not installed"
emulator=${EMULATOR:-$(dirname "${STEPDECK:-/none/x}")/stepdeck-emulator}
[ -x "$emulator" ] || skip_all "there is no stepdeck-emulator"
begin

export AWS_ACCESS_KEY_ID=AKIAEMULATOR00000000
export AWS_SECRET_ACCESS_KEY=emulator-secret-key-of-no-account
export AWS_DEFAULT_REGION=us-east-1 AWS_EC2_METADATA_DISABLED=true
export AWS_CONFIG_FILE=$work/none AWS_SHARED_CREDENTIALS_FILE=$work/none
export AWS_MAX_ATTEMPTS=1 AWS_PAGER=
unset AWS_PROFILE AWS_SESSION_TOKEN AWS_REGION HTTP_PROXY http_proxy

emulator_pid=
start_emulator() {
    "$emulator" --docker stand-in --pace 20 "$@" >"$work/ready" \
        2>"$work/emulator.err" &
    emulator_pid=$!
    until grep -q '^ready ' "$work/ready"; do
        kill -0 "$emulator_pid" 2>/dev/null || return 1
    done
    url=$(sed -n 's/^ready //p' "$work/ready")
    host=${url#http://}
}
stop_emulator() {
    [ -z "$emulator_pid" ] || {
        kill -TERM "$emulator_pid"
        wait "$emulator_pid"
    }
}
before_clean_up() {
    stop_emulator >/dev/null 2>&1
}

ask() {
    "$aws_program" --endpoint-url "$url" --output text "$@" 2>"$work/err"
}

# gives NAME PATTERN ARGUMENTS...: the answer has to match.
gives() {
    local name=$1 pattern=$2 answer
    shift 2
    if answer=$(ask "$@") && grep -q -E -e "$pattern" <<<"$answer"; then
        ok "$name"
    else
        not_ok "$name" "got '$answer' $(cat "$work/err")"
    fi
}

# refuses NAME CODE ARGUMENTS...: the call has to fail with that code.
refuses() {
    local name=$1 code=$2
    shift 2
    if ask "$@" >/dev/null || ! grep -q -F -e "($code)" "$work/err"; then
        not_ok "$name" "$(cat "$work/err")"
    else
        ok "$name"
    fi
}

fault() {
    curl -sf -o /dev/null --data "$1" "$url/_emulator/faults"
}
no_faults() {
    curl -sf -o /dev/null -X DELETE "$url/_emulator/faults"
}

# Pushes an image without layers, as docker would, with curl.
push() {
    local tag=$1 content=${2:-$1} config digest location token
    token=$(ask ecr get-authorization-token --query \
        'authorizationData[0].authorizationToken')
    config='{"architecture":"amd64","os":"linux","config":{"Labels":{"v":"'$content'"}},"rootfs":{"type":"layers","diff_ids":[]}}'
    digest=sha256:$(printf %s "$config" | sha256sum | cut -d' ' -f1)
    location=$(curl -si -X POST -H "Authorization: Basic $token" \
        "$url/v2/web/blobs/uploads/" | tr -d '\r' |
        sed -n 's/^[Ll]ocation: //p')
    case $location in /*) location=$url$location ;; esac
    case $location in
    *\?*) location="$location&digest=$digest" ;;
    *) location="$location?digest=$digest" ;;
    esac
    curl -sf -o /dev/null -X PUT -H "Authorization: Basic $token" \
        -H 'Content-Type: application/octet-stream' \
        --data-binary "$config" "$location" &&
        curl -sf -o /dev/null -X PUT -H "Authorization: Basic $token" \
            -H "Content-Type: $manifest_type" --data-binary \
            '{"schemaVersion":2,"mediaType":"'"$manifest_type"'","config":{"mediaType":"application/vnd.docker.container.image.v1+json","size":'${#config}',"digest":"'"$digest"'"},"layers":[]}' \
            "$url/v2/web/manifests/$tag"
}
manifest_type=application/vnd.docker.distribution.manifest.v2+json

source_of() {
    printf '{"ImageRepository":{"ImageIdentifier":"%s/web:%s","ImageRepositoryType":"ECR","ImageConfiguration":{"Port":"8080","RuntimeEnvironmentVariables":{"COLOUR":"blue"}}},"AutoDeploymentsEnabled":%s,"AuthenticationConfiguration":{"AccessRoleArn":"arn:aws:iam::123456789012:role/AppRunnerECRAccessRole"}}' \
        "$host" "$1" "$2"
}

# ends NAME STATUS: the newest operation has to come to that end.
ends() {
    local name=$1 wanted=$2 status deadline
    deadline=$((SECONDS + wait_seconds))
    while [ "$SECONDS" -lt "$deadline" ]; do
        status=$(ask apprunner list-operations --service-arn "$arn" \
            --max-results 1 --no-paginate \
            --query 'OperationSummaryList[0].Status')
        case $status in
        PENDING | *IN_PROGRESS) ;;
        *) break ;;
        esac
    done
    if [ "$status" = "$wanted" ]; then
        ok "$name"
    else
        not_ok "$name" "ended as '$status'"
    fi
}

identity_calls() {
    gives "sts names the account" 123456789012 sts get-caller-identity
    AWS_SECRET_ACCESS_KEY=wrong refuses "a wrong secret is refused" \
        SignatureDoesNotMatch sts get-caller-identity
    AWS_SECRET_ACCESS_KEY=wrong refuses "also by the JSON services" \
        InvalidSignatureException apprunner list-services
    AWS_ACCESS_KEY_ID=AKIANOBODY refuses "an unknown key is refused" \
        UnrecognizedClientException apprunner list-services
    keys=$(ask sts assume-role --role-session-name test --role-arn \
        arn:aws:iam::123456789012:role/AppRunnerInstanceRole --query \
        'Credentials.[AccessKeyId,SecretAccessKey,SessionToken]')
    read -r key secret token <<<"$keys"
    AWS_ACCESS_KEY_ID=$key AWS_SECRET_ACCESS_KEY=$secret \
        AWS_SESSION_TOKEN=$token gives "an assumed role is known" \
        'assumed-role/AppRunnerInstanceRole/test' sts get-caller-identity
    AWS_ACCESS_KEY_ID=$key AWS_SECRET_ACCESS_KEY=$secret refuses \
        "a session needs its token" InvalidClientTokenId \
        sts get-caller-identity
    AWS_ACCESS_KEY_ID='' AWS_SECRET_ACCESS_KEY='' gives \
        "a web identity needs no keys" ASIA sts \
        assume-role-with-web-identity --role-session-name test \
        --web-identity-token header.body.signature --no-sign-request \
        --role-arn arn:aws:iam::123456789012:role/AppRunnerInstanceRole
    gives "iam gives out a trust policy" tasks.apprunner.amazonaws.com iam \
        get-role --role-name AppRunnerInstanceRole
    refuses "iam does not know every role" NoSuchEntity iam get-role \
        --role-name nobody
    gives "iam lists roles" AppRunnerECRAccessRole iam list-roles
    gives "iam simulates" 'allowed' iam simulate-principal-policy \
        --policy-source-arn arn:aws:iam::123456789012:user/emulator \
        --action-names apprunner:UpdateService iam:PassRole
    fault 'iam.ListRoles:empty-page@1'
    gives "an empty page of roles is read on" AppRunnerInstanceRole iam \
        list-roles
    no_faults
}

secret_calls() {
    gives "a secret is created" 'secret:db-' secretsmanager create-secret \
        --name db --secret-string hunter2hunter2
    gives "a secret is described" 'AWSCURRENT' secretsmanager \
        describe-secret --secret-id db
    refuses "no such secret" ResourceNotFoundException secretsmanager \
        describe-secret --secret-id nothing
    gives "secrets are listed" db secretsmanager list-secrets
    gives "a secret is scheduled for deletion" db secretsmanager \
        delete-secret --secret-id db
    gives "and says so" '^[0-9.]+$' secretsmanager describe-secret \
        --secret-id db --query DeletedDate
}

log_calls() {
    local time i events=
    time=$(date +%s)000
    check "a log group is created" ask logs create-log-group \
        --log-group-name /test
    check "a log stream is created" ask logs create-log-stream \
        --log-group-name /test --log-stream-name s
    for i in $(seq 1 60); do
        events="$events,{\"timestamp\":$time,\"message\":\"line $i\"}"
    done
    check "events are put" ask logs put-log-events --log-group-name /test \
        --log-stream-name s --log-events "[${events#,}]"
    gives "all pages of events are read" '^60$' logs filter-log-events \
        --log-group-name /test --query 'length(events)' --page-size 7 --output json
    gives "one stream is read" 'line 60' logs get-log-events \
        --log-group-name /test --log-stream-name s --limit 3
    gives "groups are listed" /test logs describe-log-groups \
        --log-group-name-prefix /te
    refuses "no such group" ResourceNotFoundException logs \
        filter-log-events --log-group-name /nothing
}

bucket_calls() {
    printf 'one' >"$work/one"
    head -c 3000 /dev/urandom >"$work/random"
    check "a bucket is made" ask s3api create-bucket --bucket state
    check "an object is put" ask s3api put-object --bucket state \
        --key 'locks/a b+c.lock' --body "$work/random"
    check "an object is got" ask s3api get-object --bucket state \
        --key 'locks/a b+c.lock' "$work/got"
    check "byte for byte" cmp -s "$work/random" "$work/got"
    for i in 1 2 3 4 5 6 7; do
        ask s3api put-object --bucket state --key "k/$i" \
            --body "$work/one" >/dev/null || not_ok "put $i" "failed"
    done
    gives "every page of keys is read" '^7$' s3api list-objects-v2 \
        --bucket state --prefix k/ --query 'length(Contents)' --output json
    check "an object is deleted" ask s3api delete-object --bucket state \
        --key k/1
    refuses "and is gone" NoSuchKey s3api get-object --bucket state \
        --key k/1 "$work/got"
    refuses "no such bucket" NoSuchBucket s3api list-objects-v2 \
        --bucket nothing
}

repository_calls() {
    gives "a repository is created" ':repository/web' ecr create-repository \
        --repository-name web
    gives "a repository is described" "$host/web" ecr \
        describe-repositories --repository-names web
    check "an image is pushed" push v1
    gives "an image is described" 'sha256:' ecr describe-images \
        --repository-name web --image-ids imageTag=v1
}

service_calls() {
    refuses "a foreign image is refused" InvalidRequestException apprunner \
        create-service --service-name web-service --source-configuration \
        '{"ImageRepository":{"ImageIdentifier":"docker.io/x/y:1","ImageRepositoryType":"ECR"},"AuthenticationConfiguration":{"AccessRoleArn":"arn:aws:iam::123456789012:role/AppRunnerECRAccessRole"}}'
    arn=$(ask apprunner create-service --service-name web-service \
        --source-configuration "$(source_of v1 false)" \
        --query Service.ServiceArn)
    check "a service is created" test -n "$arn"
    ends "its creation succeeds" SUCCEEDED
    service_url=$(ask apprunner describe-service --service-arn "$arn" \
        --query Service.ServiceUrl)
    check "it answers on its URL" curl -sf -o /dev/null "$service_url/"
    gives "it is listed" web-service apprunner list-services
    fault 'apprunner.ListServices:empty-page@1'
    gives "an empty page has a token" 'empty/.page=' apprunner list-services
    gives "behind which it is" web-service apprunner list-services \
        --next-token 'empty/+page='
    no_faults
    gives "an update begins" OPERATION_IN_PROGRESS apprunner update-service \
        --service-arn "$arn" --health-check-configuration \
        Protocol=TCP,Interval=3 --query Service.Status
    ends "and succeeds" SUCCEEDED
    gives "what it left out stays" 'blue' apprunner describe-service \
        --service-arn "$arn"
    gives "the URL stays" "$service_url" apprunner describe-service \
        --service-arn "$arn"
    gives "a deployment begins" '-' apprunner start-deployment \
        --service-arn "$arn"
    ends "and succeeds too" SUCCEEDED
    gives "its log tells it" 'Successfully routed' logs filter-log-events \
        --log-group-name "/aws/apprunner/${arn#*:service/}/service"
}

operation_faults() {
    fault 'operation:stuck@1'
    ask apprunner start-deployment --service-arn "$arn" >/dev/null
    refuses "one operation at a time" InvalidStateException apprunner \
        update-service --service-arn "$arn"
    no_faults
    ends "a stuck operation goes on without the fault" SUCCEEDED
    push v2
    fault 'operation:rollback@1'
    ask apprunner update-service --service-arn "$arn" \
        --source-configuration "$(source_of v2 false)" >/dev/null
    ends "App Runner rolls back by itself" ROLLBACK_SUCCEEDED
    gives "and describes the old version" 'web:v1' apprunner \
        describe-service --service-arn "$arn"
    check "which still answers" curl -sf -o /dev/null "$service_url/"
    no_faults
    fault 'health:fail@1'
    ask apprunner update-service --service-arn "$arn" \
        --source-configuration "$(source_of v2 true)" >/dev/null
    ends "an unhealthy version is deployed" SUCCEEDED
    check "and answers 503" test "$(curl -s -o /dev/null -w '%{http_code}' \
        "$service_url/")" = 503
    no_faults
    push v2 other
    gives "a push starts a deployment" START_DEPLOYMENT apprunner \
        list-operations --service-arn "$arn" --max-results 1
    ends "which succeeds by itself" SUCCEEDED
    check "after which it is well" curl -sf -o /dev/null "$service_url/"
}

other_ends() {
    gives "a service is paused" OPERATION apprunner pause-service \
        --service-arn "$arn"
    ends "and stays so" SUCCEEDED
    gives "a paused service says so" PAUSED apprunner describe-service \
        --service-arn "$arn" --query Service.Status
    gives "it is resumed" OPERATION apprunner resume-service --service-arn \
        "$arn"
    ends "and runs" SUCCEEDED
    fault 'operation:fail@1'
    ask apprunner update-service --service-arn "$arn" >/dev/null
    ends "an operation fails" FAILED
    fault 'operation:rollback-failed@1'
    ask apprunner update-service --service-arn "$arn" >/dev/null
    ends "a rollback fails" ROLLBACK_FAILED
    check "and nothing answers" test "$(curl -s -o /dev/null -w \
        '%{http_code}' "$service_url/")" = 000
    no_faults
    gives "a service is tagged" '' apprunner tag-resource --resource-arn \
        "$arn" --tags Key=team,Value=blue
    gives "and tells it" blue apprunner list-tags-for-resource \
        --resource-arn "$arn"
    gives "a service is deleted" OPERATION apprunner delete-service \
        --service-arn "$arn"
    ends "and is gone" SUCCEEDED
    if ask apprunner list-services | grep -q web-service; then
        not_ok "it is not listed" "it is"
    else
        ok "it is not listed"
    fi
    fault 'account:closed'
    refuses "a closed account creates nothing" SubscriptionRequiredException \
        apprunner create-service --service-name other-service \
        --source-configuration "$(source_of v1 false)"
    no_faults
}

call_faults() {
    fault 'apprunner.ListServices:throttle@1
apprunner.ListServices:error500@2
apprunner.ListServices:expired@3
apprunner.ListServices:denied@4
apprunner.ListServices:cut@5
apprunner.ListServices:truncated=5@6'
    refuses "throttled" ThrottlingException apprunner list-services
    refuses "an error of the service" InternalServiceErrorException \
        apprunner list-services
    refuses "expired keys" ExpiredTokenException apprunner list-services
    refuses "denied" AccessDeniedException apprunner list-services
    check "a cut connection" fails ask apprunner list-services
    check "a cut answer" fails ask apprunner list-services
    no_faults
    fault 's3.ListObjectsV2:throttle@1'
    refuses "S3 says it its own way" SlowDown s3api list-objects-v2 \
        --bucket state
    fault 'sts.GetCallerIdentity:skew@1'
    refuses "a clock that is off" SignatureDoesNotMatch sts \
        get-caller-identity
    no_faults
    gives "and again on time" 123456789012 sts get-caller-identity
    check "requests are counted" grep -q '"UpdateService"' \
        <(curl -s "$url/_emulator/requests")
    check "a fault that is none is refused" fails fault nonsense
}
fails() {
    ! "$@" >/dev/null 2>&1
}

start_emulator --state "$work/state" || {
    not_ok "the emulator starts" "$(cat "$work/emulator.err")"
    finish
}
identity_calls
secret_calls
log_calls
bucket_calls
repository_calls
service_calls
operation_faults
stop_emulator
status=$?
emulator_pid=
check "the emulator ends cleanly" test "$status" -eq 0
start_emulator --state "$work/state" || not_ok "it starts again" "it does not"
gives "and remembers the service" web-service apprunner list-services
service_url=$(ask apprunner describe-service --service-arn "$arn" \
    --query Service.ServiceUrl)
other_ends
call_faults
finish
