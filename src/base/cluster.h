/*
 * Text as a terminal shows it: grapheme clusters and their width in columns.
 *
 *     while (size) {
 *         struct cluster cluster = cluster_next(text, size);
 *         ... cluster.size bytes take cluster.width columns ...
 *         text += cluster.size, size -= cluster.size;
 *     }
 *
 * The width is that of the whole cluster, as terminals draw it: a base
 * character with its combining marks, a joined emoji, a flag. East Asian wide
 * and fullwidth characters and emoji take two columns, ambiguous ones one, and
 * no cluster takes more than two.
 * Pure functions over bytes; the only file that uses utf8proc.
 */
#ifndef STEPDECK_BASE_CLUSTER_H
#define STEPDECK_BASE_CLUSTER_H

#include <stddef.h>

struct cluster {
    size_t size; /* bytes; at least 1 */
    int width;   /* 0, 1 or 2 columns; 0 for control characters, and for
                    marks without a base */
};

/* The first cluster of `size` (not 0) bytes. An invalid byte is a cluster of
 * its own, one column wide. A cluster ends after CLUSTER_LIMIT bytes, whatever
 * follows: floods of combining marks are cut into pieces of width 0. The
 * longest emoji that Unicode lists has 35 bytes. */
enum { CLUSTER_LIMIT = 40 };
struct cluster cluster_next(const char *bytes, size_t size);

/* The columns that a text takes. */
int cluster_columns(const char *text);

/* How many bytes of `text` fit in `columns`, never splitting a cluster (what
 * takes no column fits always); `*used` (may be NULL) is the columns they
 * take. */
size_t cluster_fit(const char *text, size_t size, int columns, int *used);

#endif
