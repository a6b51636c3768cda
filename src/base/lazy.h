/*
 * A shared library that is loaded when it is first needed.
 *
 * libcurl and libarchive bring some forty libraries along, whose constructors
 * take several times as long as all that most commands do. So the one file that
 * uses such a library does so through a table of pointers (aws/http_curl.h):
 *
 *     static struct { __typeof__(zlibVersion) *zlibVersion; } table;
 *     static const struct lazy_symbol symbols[] = {
 *         { "zlibVersion", &table.zlibVersion }, { NULL, NULL }
 *     };
 *     if (!lazy_load(LAZY_LIBRARY("z", "1"), symbols, &err)) ...
 *
 * The compiler checks the types against the library's header as ever; that the
 * names are there is checked when it is loaded. Call it under pthread_once().
 */
#ifndef STEPDECK_BASE_LAZY_H
#define STEPDECK_BASE_LAZY_H

#include "base/error.h"

struct lazy_symbol {
    const char *name;
    void *place; /* of the function pointer */
};

#ifdef __APPLE__
#define LAZY_LIBRARY(name, version) "lib" name "." version ".dylib"
#else
#define LAZY_LIBRARY(name, version) "lib" name ".so." version
#endif

/* Loads it for good and fills the places, up to a NULL name. ERROR_BLOCKED when
 * it is not installed, or lacks one of them. */
NODISCARD bool lazy_load(const char *library, const struct lazy_symbol *symbols,
                         struct error *err);

#endif
