#!/usr/bin/env bash
# Release example - Switch to the new release
# Points the link "current" at the new release in one rename and keeps the old
# one as "previous".
# Prerequisites: step-030-compress-assets, step-031-write-sitemap
# Inputs: build/version
# Timeout: 1m
cd "$(dirname "$0")" || exit 1
. ./lib.sh
begin_step
read_version

[ -r "$release/CHECKSUMS" ] || die "the release $version is not there: run step-020"
old=$(readlink "$PUBLISH_DIR/current" 2>/dev/null) || old=
if [ "$old" = "releases/$version" ]; then
    say "already serving $version"
    exit 0
fi
[ -z "$old" ] || replace_link "$old" "$PUBLISH_DIR/previous"
replace_link "releases/$version" "$PUBLISH_DIR/current"
say "serving $version, was ${old:-nothing}"
