#!/usr/bin/env bash
# Release example - Check that this machine can publish
# Tries what the later steps rely on: a checksum program, a folder that can be
# written, and a link that can be replaced by a rename.
# Timeout: 1m
cd "$(dirname "$0")" || exit 1
. ./lib.sh
begin_step

for name in cp ln mkdir mv readlink rm; do
    command -v "$name" >/dev/null 2>&1 || die "the command $name is missing"
done
checksums deployment-config.env >/dev/null || die "no sha256sum and no shasum"
say "ok    commands"

set -- site/*.md
[ -r "$1" ] || die "there is no page in site/"
say "ok    $# pages in site/"

case $KEEP_RELEASES in
'' | *[!0-9]* | 0) die "KEEP_RELEASES is '$KEEP_RELEASES', not a number above 0" ;;
esac
[ "$PUBLISH_DIR" != / ] || die "PUBLISH_DIR is the root folder"
mkdir -p "$PUBLISH_DIR" || die "cannot make $PUBLISH_DIR"
probe=$PUBLISH_DIR/.probe.$$
trap 'rm -rf "$probe"' EXIT
mkdir -p "$probe/one" "$probe/two"
ln -s one "$probe/link"
replace_link two "$probe/link"
[ "$(readlink "$probe/link")" = two ] || die "cannot replace a link in $PUBLISH_DIR"
say "ok    links can be replaced in $PUBLISH_DIR"
