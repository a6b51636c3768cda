#!/usr/bin/env bash
# Release example - Validate what is served
# Reads through "current", as a web server would: the version, the checksum of
# every page, the version on every page, and the sitemap.
# Prerequisites: step-040-switch-release
# Inputs: build/version
# Always: yes
# Attempts: 2
# Delay: 1s
# Timeout: 2m
cd "$(dirname "$0")" || exit 1
. ./lib.sh
begin_step
read_version

refuse() {
    local old
    if old=$(readlink "$PUBLISH_DIR/previous" 2>/dev/null); then
        say "to go back: ln -sfn '$old' '$PUBLISH_DIR/current'" >&2
    fi
    die "$*"
}

served=$PUBLISH_DIR/current
[ -d "$served" ] || refuse "nothing is served: $served does not exist"
[ "$(<"$served/version")" = "$version" ] ||
    refuse "served is $(<"$served/version"), expected $version"
say "ok    version $version"
(cd "$served" && checksums -c CHECKSUMS) || refuse "a served page was changed"
sitemap=$(<"$served/sitemap.xml")
for page in "$served"/*.html; do
    case $(<"$page") in
    *"Release $version"*) ;;
    *) refuse "${page##*/} does not name the version" ;;
    esac
    case $sitemap in
    *"/${page##*/}</loc>"*) ;;
    *) refuse "${page##*/} is not in the sitemap" ;;
    esac
done
say "ok    every page names the version and is in the sitemap"
