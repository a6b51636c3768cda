/*
 * Version numbers, as people write them and as programs print them.
 *
 *     char found[VERSION_TEXT_SIZE];
 *     if (version_find("Terraform v1.5.7", found, sizeof(found)) &&
 *         version_operator_holds(version_compare(found, "1.5"),
 *                                VERSION_AT_LEAST))
 *
 * A version is `[v]N[.N...]` and perhaps a suffix. Parts are numbers of any
 * length and missing parts are 0. A suffix behind `-` or `~`, and the usual
 * words behind the number (`3.12.0rc1`), make a pre-release, which sorts
 * before its release; `+build` and other letters (`1.1.1w`, `9.2p1`) do not
 * count. Pure functions, for any thread.
 */
#ifndef STEPDECK_CORE_VERSION_H
#define STEPDECK_CORE_VERSION_H

#include "base/error.h"

#include <stddef.h>

enum version_operator {
    VERSION_ANY, /* no version asked for: always holds */
    VERSION_AT_LEAST,
    VERSION_ABOVE,
    VERSION_EQUAL,
    VERSION_AT_MOST,
    VERSION_BELOW
};

/* Enough for every version that people print; longer ones are not found. */
enum { VERSION_TEXT_SIZE = 64 };

/* Whether the whole text is one version. */
bool version_is_valid(const char *text);

/* The first version in what a program printed, without a leading `v`. A dotted
 * number standing alone comes before one behind letters (`go1.21.3`), and that
 * before a lone number. A suffix is kept only when it is a known pre-release
 * word: what distributions append says nothing about the order. False, and
 * `version` empty, when there is none. */
NODISCARD bool version_find(const char *output, char *version, size_t size);

/* Below, at or above 0 as `left` is older than, equal to or newer than
 * `right`. */
int version_compare(const char *left, const char *right);

/* Reads `>=`, `>`, `=`, `==`, `<=` or `<` at the start of `text`; returns how
 * many bytes that took, 0 when there is none. */
size_t version_operator_read(const char *text, enum version_operator *op);

/* ">=" and so on; "" for VERSION_ANY. */
const char *version_operator_text(enum version_operator op);

/* Whether a version_compare() result satisfies the operator. */
bool version_operator_holds(int comparison, enum version_operator op);

#endif
