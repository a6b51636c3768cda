#include "aws/docker/context_archive.h"

#include "base/lazy.h"

#include <pthread.h>
#include <stddef.h>

struct context_archive context_archive;

static pthread_once_t once = PTHREAD_ONCE_INIT;
static struct error load_error;

static void load(void)
{
#define SYMBOL(function) { #function, &function },
    static const struct lazy_symbol symbols[] = { CONTEXT_ARCHIVE_FUNCTIONS(
        SYMBOL){ NULL, NULL } };

    (void)!lazy_load(LAZY_LIBRARY("archive", "13"), symbols, &load_error);
}

bool context_archive_load(struct error *err)
{
    pthread_once(&once, load);
    if (error_is_set(&load_error))
        *err = load_error;
    return !error_is_set(&load_error);
}
