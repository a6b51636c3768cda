#!/usr/bin/env bash
# Release example - Render the pages
# Turns site/*.md into build/*.html and gives the result a version: the time of
# the build and the checksum of the content. The same content keeps its version.
# Prerequisites: step-001-preflight-check, env SITE_TITLE
# Inputs: site/*
# Outputs: build/index.html, build/version
# Timeout: 2m
cd "$(dirname "$0")" || exit 1
. ./lib.sh
begin_step
text() {
    local escaped=${1//&/\&amp;}
    escaped=${escaped//</\&lt;}
    say "$2${escaped//>/\&gt;}$3"
}

# Headings, lists and paragraphs are all the Markdown that these pages use.
render() {
    local line list=no
    while IFS= read -r line || [ -n "$line" ]; do
        if [ $list = yes ] && [ "${line#- }" = "$line" ]; then
            say "</ul>"
            list=no
        fi
        case $line in
        "# "*) text "${line#"# "}" "<h1>" "</h1>" ;;
        "## "*) text "${line#"## "}" "<h2>" "</h2>" ;;
        "- "*)
            [ $list = yes ] || say "<ul>"
            list=yes
            text "${line#- }" "<li>" "</li>"
            ;;
        "") say "<p>" ;;
        *) text "$line" "" "" ;;
        esac
    done <"$1"
    [ $list = no ] || say "</ul>"
}

sum=$({ say "$SITE_TITLE" && cat "${0##*/}" site/*.md; } | checksums -)
sum=${sum:0:12}
old=$(cat build/version 2>/dev/null || :)
case $old in *-"$sum") version=$old ;; *) version=$(date -u +%Y%m%dT%H%M%SZ)-$sum ;; esac

rm -rf build.new && mkdir build.new
for page in site/*.md; do
    name=$(basename "$page" .md).html
    {
        say "<!DOCTYPE html><html lang=\"en\"><meta charset=\"utf-8\">"
        text "$SITE_TITLE" "<title>" "</title><body>"
        render "$page"
        say "<footer>Release $version</footer></body></html>"
    } >"build.new/$name"
    say "rendered $name"
done
say "$version" >build.new/version
rm -rf build && mv build.new build
say "version $version"
