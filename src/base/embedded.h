/* Files compiled into the program (cmake/Embed.cmake): a table ended by an
 * entry whose path is NULL. `bytes` has a NUL behind it that `size` does not
 * count. */
#ifndef STEPDECK_BASE_EMBEDDED_H
#define STEPDECK_BASE_EMBEDDED_H

#include <stdbool.h>
#include <stddef.h>

struct embedded_file {
    const char *path;
    const unsigned char *bytes;
    size_t size;
    bool executable;
};

extern const struct embedded_file scaffold_files[];
extern const struct embedded_file diagnosis_files[];
extern const struct embedded_file theme_files[];

#endif
