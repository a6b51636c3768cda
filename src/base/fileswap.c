/* For renameat2(), which is Linux's own. */
#define _GNU_SOURCE

#include "base/fileswap.h"

#include <stdio.h>

bool fileswap_exchange(int dir_fd, const char *left, const char *right)
{
#if defined(__linux__) && defined(RENAME_EXCHANGE)
    return renameat2(dir_fd, left, dir_fd, right, RENAME_EXCHANGE) == 0;
#elif defined(__APPLE__) && defined(RENAME_SWAP)
    return renameatx_np(dir_fd, left, dir_fd, right, RENAME_SWAP) == 0;
#else
    (void)dir_fd;
    (void)left;
    (void)right;
    return false;
#endif
}
