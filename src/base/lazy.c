#include "base/lazy.h"

#include <dlfcn.h>
#include <stddef.h>
#include <string.h>

bool lazy_load(const char *library, const struct lazy_symbol *symbols,
               struct error *err)
{
    void *handle = dlopen(library, RTLD_NOW | RTLD_LOCAL);

    if (!handle) {
        error_set(err, ERROR_BLOCKED, "cannot load '%s': %s", library,
                  dlerror());
        return error_hint(err, "install the package that it belongs to");
    }
    for (size_t i = 0; symbols[i].name; i++) {
        void *found = dlsym(handle, symbols[i].name);

        if (!found) {
            error_set(err, ERROR_BLOCKED, "'%s' has no '%s'", library,
                      symbols[i].name);
            return error_hint(err, "it is too old; install a newer version");
        }
        /* A function is no object in C; in POSIX a pointer to one is. */
        memcpy(symbols[i].place, &found, sizeof(found));
    }
    return true;
}
