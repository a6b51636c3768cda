#!/usr/bin/env bash
# Release example - Write the sitemap
# Lists every page of the release under BASE_URL in sitemap.xml.
# Prerequisites: step-020-create-release, env BASE_URL
# Inputs: build/version
# Parallel: assets
# Timeout: 1m
cd "$(dirname "$0")" || exit 1
. ./lib.sh
begin_step
read_version

count=0
{
    say '<?xml version="1.0" encoding="UTF-8"?>'
    say '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">'
    for page in "$release"/*.html; do
        say "<url><loc>${BASE_URL%/}/${page##*/}</loc></url>"
        count=$((count + 1))
    done
    say '</urlset>'
} >"$release/sitemap.xml.new"
mv -f "$release/sitemap.xml.new" "$release/sitemap.xml"
say "sitemap.xml names $count pages"
