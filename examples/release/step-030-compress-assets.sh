#!/usr/bin/env bash
# Release example - Compress the pages
# Puts a .gz beside each page, for servers that send it as it is.
# Prerequisites: step-020-create-release
# Inputs: build/version
# Parallel: assets
# Attempts: 3
# Delay: 1s
# Timeout: 5m
cd "$(dirname "$0")" || exit 1
. ./lib.sh
begin_step
read_version

if ! command -v gzip >/dev/null 2>&1; then
    say "gzip is not installed: the pages stay as they are"
    exit 0
fi
for page in "$release"/*.html; do
    gzip -9 -n -c "$page" >"$page.gz.new"
    mv -f "$page.gz.new" "$page.gz"
    say "compressed ${page##*/}"
done
