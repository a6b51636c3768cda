# shellcheck shell=bash
# Shared by the steps of this example: sourced after cd to the project folder.
# Gives: the configuration, PROJECT_DIR, PUBLISH_DIR (absolute), say, die,
# checksums, read_version, replace_link and begin_step.

set -eu -o pipefail
PROJECT_DIR=$PWD

# Under stepdeck the configuration is in the environment already.
while IFS='=' read -r key value; do
    case $key in '' | '#'*) continue ;; esac
    [ -n "${!key+set}" ] || export "$key=$value"
done <deployment-config.env
case $PUBLISH_DIR in /*) ;; *) PUBLISH_DIR=$PROJECT_DIR/${PUBLISH_DIR#./} ;; esac

say() { printf '%s\n' "$*"; }
die() {
    printf 'ERROR: %s\n' "$*" >&2
    exit 1
}

# SHA-256 lines "HASH  FILE" of the named files: GNU first, then macOS.
checksums() {
    if command -v sha256sum >/dev/null 2>&1; then
        sha256sum "$@"
    else
        shasum -a 256 "$@"
    fi
}

read_version() {
    [ -r build/version ] || die "build/version is missing: run step-010 first"
    version=$(<build/version)
    # shellcheck disable=SC2034 # for the steps
    release=$PUBLISH_DIR/releases/$version
}

# replace_link TARGET LINK: a new link is renamed over the old one, so a reader
# sees the one or the other and never none. A plain mv would follow the old
# link into its folder; -T stops that with GNU, -h with BSD and macOS.
replace_link() {
    local new="$2.new.$$" message
    rm -f "$new"
    ln -s "$1" "$new"
    if message=$(mv -f -T "$new" "$2" 2>&1) || mv -f -h "$new" "$2" 2>/dev/null; then
        return 0
    fi
    rm -f "$new"
    die "$message"
}

# Failure and slowness on request; see README.md.
begin_step() {
    local name number second
    name=${0##*/}
    number=${name#step-}
    number=${number%%-*}
    for ((second = 1; second <= ${SLOW:-0}; second++)); do
        sleep 1
        printf '\033]9;4;1;%d\a' $((second * 100 / SLOW))
    done
    if [ "${FAIL_AT:-}" = "$number" ]; then
        printf "cp: error writing '%s': No space left on device\n" "$PUBLISH_DIR" >&2
        exit 1
    fi
    if [ "${FLAKY_AT:-}" = "$number" ] && [ "${STEPDECK_ATTEMPT:-1}" -le 1 ]; then
        say 'read: Connection reset by peer' >&2
        exit 75
    fi
}
