#!/usr/bin/env bash
# Web example - Build the program
# Compiles main.c into one static program, which the Dockerfile copies.
# Prerequisites: command make
# Inputs: main.c, Makefile
# Outputs: web
set -euo pipefail
cd "$(dirname "$0")"

make web
