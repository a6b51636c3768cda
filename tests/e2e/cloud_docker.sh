#!/usr/bin/env bash
# examples/web, built and pushed by a real Docker daemon into the local cloud,
# which runs it as a container: the first version, the second one, one that App
# Runner takes back, and one that is well to App Runner and not to us.
#
# The daemon is started here, as root only, and nothing of it is left.
set -u
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/cloud_lib.sh"
. "$(dirname "$0")/docker_lib.sh"

source_dir=$(cd "$(dirname "$0")/../.." && pwd)
docker_needs
for tool in make "${CC:-cc}"; do
    command -v "$tool" >/dev/null || skip_all "$tool is not installed"
done
begin
cloud_needs
cloud_environment

before_clean_up() { docker_stop; }

docker_start
[ "$docker_has_network" = yes ] || skip_all "no network bridge can be made here"
export DOCKER_HOST=unix://$docker_socket
docker_cloud "$emulator" || {
    echo "the local cloud does not start"
    exit 1
}
cloud_url=$AWS_ENDPOINT_URL
json=$work/out.json
said=$work/out.txt

cp -R "$source_dir/examples/web" web
cd web || exit 1
# Left there by whoever tried the example by hand.
rm -rf web .deployment-state
echo 'int main(void) { return 0; }' |
    "${CC:-cc}" -x c -static -o "$work/static" - 2>/dev/null ||
    skip_all "no static program can be built here"
git init -q . && git add -A && cloud_git commit -q -m first

# version NUMBER: what the image says it is.
version() {
    sed -i.bak "s/^ARG APP_VERSION=.*/ARG APP_VERSION=$1/" Dockerfile
    rm -f Dockerfile.bak
    cloud_git commit -q -a -m "version $1"
}
# healthy no|yes: what the service says of itself.
healthy() {
    local line='"OXYLABS_PROXY_CONFIG": "example"'
    [ "$1" = yes ] || line="$line, \"HEALTHY\": \"no\""
    sed -i.bak "s/^ *\"OXYLABS.*/    $line/" service.json
    rm -f service.json.bak
    cloud_git commit -q -a -m "healthy: $1"
}
serving() { cloud_image | sed 's/.*@//'; }
says_version() {
    curl -sf -m 10 "$(cloud_say 'service["ServiceUrl"]')/healthz" |
        grep -q "\"version\":\"$1\""
}

deploys "first version" 0 live
is "first: by its digest" "$(cloud_digest)" "$(serving)"
check "first: its container answers" says_version 1.0
deploys "nothing new" 0 live
is "nothing new: nothing is asked for" "CreateService 1 " \
    "$(cloud_changes_asked)"

version 2.0
cloud_forget
deploys "second version" 0 live
is "second: one update" "UpdateService 1 " "$(cloud_changes_asked)"
is "second: by its digest" "$(cloud_digest)" "$(serving)"
check "second: its container answers" says_version 2.0
second=$(serving)

version 3.0
healthy no
cloud_forget
deploys "version that never gets well" 12 rolled-back
is "never well: one update, and none back" "UpdateService 1 " \
    "$(cloud_changes_asked)"
is "never well: the version before serves" "$second" "$(serving)"
check "never well: its container answers" says_version 2.0
tells "never well: what its program wrote is told" \
    'web 3.0 listens on port 8080'

healthy yes
cloud_forget
HEALTH_RETRIES=2 HEALTH_EXPECT=version=2.0 deploys \
    "version that is not what is expected" 13 rolled-back
is "unexpected: one update there, one back" "UpdateService 2 " \
    "$(cloud_changes_asked)"
is "unexpected: the version before serves" "$second" "$(serving)"
check "unexpected: its container answers" says_version 2.0

check "every line is as docs/events.schema.json says" cloud_lines
docker_stop
check "no network is left" test ! -e "/sys/class/net/$docker_bridge"
finish
