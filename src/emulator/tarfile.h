/*
 * Tar archives in memory, as far as a build context and an image's layer need
 * them: files, folders, links; ustar with pax or GNU long names.
 *
 *     struct tarfile tar = { 0 };
 *     if (tarfile_read(bytes, size, &tar, &err)) ...
 *     tarfile_release(&tar);
 *
 * The bytes come from elsewhere: what does not fit the format, leaves the
 * folder, or is of another kind is an error, not a guess.
 * https://pubs.opengroup.org/onlinepubs/9699919799/utilities/pax.html
 */
#ifndef STEPDECK_EMULATOR_TARFILE_H
#define STEPDECK_EMULATOR_TARFILE_H

#include "base/error.h"

#include <stddef.h>

enum tarfile_kind { TARFILE_FILE, TARFILE_FOLDER, TARFILE_LINK };

struct tarfile_entry {
    char *path; /* "bin/web": relative, without "." and "..", "" is the root */
    char *link; /* where a symbolic link points to */
    enum tarfile_kind kind;
    unsigned mode;     /* its 12 bits */
    const char *bytes; /* borrowed from what was read */
    size_t size;
};
struct tarfile {
    struct tarfile_entry *items;
    size_t count, capacity;
};

/* ERROR_INPUT. Hard links become files. */
NODISCARD bool tarfile_read(const char *bytes, size_t size, struct tarfile *tar,
                            struct error *err);
void tarfile_release(struct tarfile *tar);
/* NULL when there is none. */
const struct tarfile_entry *tarfile_find(const struct tarfile *tar,
                                         const char *path);
/* "./a//b/" as "a/b", to free; NULL when it leads out of the root. */
char *tarfile_clean(const char *path);

/* The last entry of its path wins; takes no ownership. */
void tarfile_add(struct tarfile *tar, const char *path,
                 const struct tarfile_entry *entry);
/* Times and owners are zero, so that the same entries make the same bytes. */
NODISCARD bool tarfile_write(const struct tarfile *tar, int fd,
                             struct error *err);

#endif
