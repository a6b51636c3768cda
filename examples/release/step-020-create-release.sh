#!/usr/bin/env bash
# Release example - Create the release folder
# Copies the build to releases/VERSION with the checksums of all pages. The
# folder appears under its name only when it is complete.
# Prerequisites: step-010-build-site
# Inputs: build/version
# Attempts: 2
# Delay: 1s
# Timeout: 5m
cd "$(dirname "$0")" || exit 1
. ./lib.sh
begin_step
read_version

mkdir -p "$PUBLISH_DIR/releases"
say "made by the release example; step-999 deletes only where this file is" \
    >"$PUBLISH_DIR/.release-example"
if [ -d "$release" ]; then
    (cd "$release" && checksums -c CHECKSUMS >/dev/null) ||
        die "the release $version exists but does not match its checksums"
    say "release $version is there already"
    exit 0
fi

partial=$PUBLISH_DIR/releases/.partial.$$
trap 'rm -rf "$partial"' EXIT
mkdir "$partial"
cp build/*.html build/version "$partial/"
(cd "$partial" && checksums ./*.html version >CHECKSUMS)
mv "$partial" "$release"
say "created $release"
