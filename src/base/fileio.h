/*
 * Files: whole reads with a ceiling, atomic replacement, durable appends.
 *
 * Every descriptor is close-on-exec. Paths are relative to `dir_fd`
 * (AT_FDCWD for the working directory). The functions for state files follow
 * no symbolic link in the last component: nobody can plant one and have us
 * write through it. Thread-safe: nothing is shared.
 */
#ifndef STEPDECK_BASE_FILEIO_H
#define STEPDECK_BASE_FILEIO_H

#include "base/error.h"
#include "base/strbuf.h"

#include <stdint.h>
#include <sys/types.h>

/* Both ends close-on-exec; `nonblocking` concerns both ends. */
NODISCARD bool fileio_pipe(int fds[2], bool nonblocking, struct error *err);

/* Appends the file to `out`. ERROR_NOT_FOUND when there is none, ERROR_INPUT
 * when it is larger than `limit` bytes or no regular file. Follows links: for
 * files of the project, not of the state. */
NODISCARD bool fileio_read(int dir_fd, const char *path, size_t limit,
                           struct strbuf *out, struct error *err);

/* As fileio_read for a state file: does not follow a link. */
NODISCARD bool fileio_read_state(int dir_fd, const char *path, size_t limit,
                                 struct strbuf *out, struct error *err);

/* Whether a replacement must be on the disk before the call returns. */
enum fileio_sync { FILEIO_LAZY, FILEIO_DURABLE };

/* Replaces `path` in one step: a reader sees the old bytes or the new. On
 * failure the old file is as it was. */
NODISCARD bool fileio_replace(int dir_fd, const char *path, const void *bytes,
                              size_t size, mode_t mode, enum fileio_sync sync,
                              struct error *err);

/* As fileio_replace with mode 0600; the old file stays under the name `kept`,
 * to be removed when it suits: ext4 looks at each file deleted in the last
 * minute before it creates one, so that replacing thousands of small files one
 * after the other becomes slow. */
NODISCARD bool fileio_replace_keeping(int dir_fd, const char *path,
                                      const char *kept, const void *bytes,
                                      size_t size, enum fileio_sync sync,
                                      struct error *err);

/* Writes all bytes; on failure part of them may be written. */
NODISCARD bool fileio_write_all(int fd, const void *bytes, size_t size,
                                struct error *err);

/* Opens (creating it 0600) a file to append records to; -1 on failure. */
NODISCARD int fileio_open_append(int dir_fd, const char *path,
                                 struct error *err);

/* Appends one record (its newline included) so that it is whole or absent: a
 * torn last line left by a crash is closed first, and a write that fails half
 * way is taken back. */
NODISCARD bool fileio_append(int fd, const void *bytes, size_t size,
                             struct error *err);

/* Creates `path` and its parents; an existing folder is fine. */
NODISCARD bool fileio_make_dirs(int dir_fd, const char *path, mode_t mode,
                                struct error *err);

/* Opens a folder, refusing a symbolic link; -1 on failure. */
NODISCARD int fileio_open_dir(int dir_fd, const char *path, struct error *err);

/* Removes a file or a folder with all that is in it; links are removed, never
 * followed. What is not there is fine. */
NODISCARD bool fileio_remove_tree(int dir_fd, const char *path,
                                  struct error *err);

/* Adds the names in the folder `dir_fd`, sorted; those that begin with a dot
 * are left out. */
struct strvec;
NODISCARD bool fileio_list(int dir_fd, struct strvec *names, struct error *err);

bool fileio_exists(int dir_fd, const char *path);

/* "DIR/NAME"; an absolute NAME or an empty or "." DIR gives NAME. To free. */
char *fileio_join(const char *dir, const char *name);
/* The part behind the last slash; points into `path`. */
const char *fileio_base(const char *path);

#endif
