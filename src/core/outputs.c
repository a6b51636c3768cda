#include "core/outputs.h"

#include "base/fileio.h"

#include <fcntl.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>

static bool exists(const char *path)
{
    glob_t found = { 0 };
    bool is = fileio_exists(AT_FDCWD, path) ||
              (strpbrk(path, "*?[") && glob(path, 0, NULL, &found) == 0);

    globfree(&found);
    return is;
}

const char *outputs_find_missing(const struct project *project,
                                 const struct step *step)
{
    for (size_t i = 0; i < step->header.outputs.count; i++) {
        const char *item = step->header.outputs.items[i];
        char *path = fileio_join(project->dir, item);
        bool missing = need_is_output_path(item) && !exists(path);

        free(path);
        if (missing)
            return item;
    }
    return NULL;
}
