#!/usr/bin/env bash
# Release example - Remove old releases
# Keeps the newest KEEP_RELEASES, and always the current and the previous one.
# Prerequisites: step-050-validate-release
# Inputs: build/version
# Critical: no
# Timeout: 5m
cd "$(dirname "$0")" || exit 1
. ./lib.sh
begin_step

current=$(readlink "$PUBLISH_DIR/current" 2>/dev/null) || current=
previous=$(readlink "$PUBLISH_DIR/previous" 2>/dev/null) || previous=
set -- "$PUBLISH_DIR"/releases/*T*Z-*
while [ $# -gt "$KEEP_RELEASES" ]; do
    case releases/${1##*/} in
    "$current" | "$previous") say "kept ${1##*/}, which is in use" ;;
    *)
        rm -rf "$1"
        say "removed ${1##*/}"
        ;;
    esac
    shift
done
say "$# newest releases stay"
