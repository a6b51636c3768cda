/* However the bytes are cut, the same percentage is reported, and it is one. */
#include "core/progress.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { SILENT = -100 };

static int scan(const char *bytes, size_t size, size_t piece)
{
    struct progress progress = { 0 };
    int last = SILENT;

    for (size_t at = 0; at < size; at += piece) {
        size_t length = size - at < piece ? size - at : piece;
        int percent = SILENT;

        if (progress_scan(&progress, bytes + at, length, &percent))
            last = percent;
        else if (percent != SILENT)
            abort();
        if (progress.pending_size > PROGRESS_SEQUENCE_LIMIT)
            abort();
    }
    return last;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *bytes = (const char *)data;
    int percent = scan(bytes, size, size ? size : 1);

    if (percent != SILENT && percent != PROGRESS_NONE &&
        (percent < 0 || percent > 100))
        abort();
    for (size_t piece = 1; piece < 9; piece++) {
        if (scan(bytes, size, piece) != percent)
            abort();
    }
    return 0;
}
