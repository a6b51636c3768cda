#!/usr/bin/env bash
# Release example - Stop serving
# First phase of the teardown: takes the links away and says what the second
# phase would delete. Until then step-040 brings everything back.
# Prerequisites: none
# Timeout: 1m
cd "$(dirname "$0")" || exit 1
. ./lib.sh
begin_step

rm -f "$PUBLISH_DIR/current" "$PUBLISH_DIR/previous"
say "nothing is served from $PUBLISH_DIR any more"
count=0
for release in "$PUBLISH_DIR"/releases/*T*Z-*; do
    [ -d "$release" ] || continue
    count=$((count + 1))
    say "would delete ${release##*/}"
done
say "$count releases are left for step-999"
