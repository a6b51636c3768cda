#include "base/suggest.h"

#include <string.h>

enum { LONGEST_WORD = 63 };

/* Edit distance with neighbouring letters swapped counted as one edit
 * (optimal string alignment). Words are cut at LONGEST_WORD. */
static size_t distance(const char *left, const char *right)
{
    size_t rows[3][LONGEST_WORD + 1];
    size_t left_size = strnlen(left, LONGEST_WORD);
    size_t right_size = strnlen(right, LONGEST_WORD);

    for (size_t j = 0; j <= right_size; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= left_size; i++) {
        size_t *row = rows[i % 3];
        const size_t *above = rows[(i + 2) % 3];
        const size_t *two_above = rows[(i + 1) % 3];

        row[0] = i;
        for (size_t j = 1; j <= right_size; j++) {
            size_t best = above[j - 1] + (left[i - 1] != right[j - 1]);

            if (above[j] + 1 < best)
                best = above[j] + 1;
            if (row[j - 1] + 1 < best)
                best = row[j - 1] + 1;
            if (i > 1 && j > 1 && left[i - 1] == right[j - 2] &&
                left[i - 2] == right[j - 1] && two_above[j - 2] + 1 < best)
                best = two_above[j - 2] + 1;
            row[j] = best;
        }
    }
    return rows[left_size % 3][right_size];
}

const char *suggest_nearest(const char *word, const char *const *words,
                            size_t count)
{
    const char *nearest = NULL;
    size_t size = strnlen(word, LONGEST_WORD);
    size_t best = size / 3 + 1;

    for (size_t i = 0; i < count; i++) {
        size_t edits;

        if (size >= 3 && strncmp(words[i], word, strlen(word)) == 0)
            return words[i];
        edits = distance(word, words[i]);
        if (edits <= size / 3 + (size < 3) &&
            edits < best + (nearest == NULL)) {
            best = edits;
            nearest = words[i];
        }
    }
    return nearest;
}
