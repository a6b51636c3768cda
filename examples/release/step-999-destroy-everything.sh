#!/usr/bin/env bash
# Release example - Delete all releases
# Second phase of the teardown: deletes every release and the build folder.
# Prerequisites: step-998-pre-destroy-cleanup
# Confirm: Delete all published releases for good?
# Timeout: 5m
cd "$(dirname "$0")" || exit 1
. ./lib.sh
begin_step

if [ ! -e "$PUBLISH_DIR/.release-example" ]; then
    rm -rf build
    say "$PUBLISH_DIR holds nothing of this example"
    exit 0
fi
if [ -L "$PUBLISH_DIR/current" ]; then
    die "a release is still served: run step-998 first"
fi
rm -rf "$PUBLISH_DIR/releases" build
rm -f "$PUBLISH_DIR/.release-example"
rmdir "$PUBLISH_DIR" 2>/dev/null || say "kept $PUBLISH_DIR: other files are in it"
say "all releases are deleted"
