/* libarchive, loaded with the first context (base/lazy.h): its names lead into
 * a table. Only context.c includes this. */
#ifndef STEPDECK_AWS_DOCKER_CONTEXT_ARCHIVE_H
#define STEPDECK_AWS_DOCKER_CONTEXT_ARCHIVE_H

#include "base/error.h"

#include <archive.h>
#include <archive_entry.h>

#define CONTEXT_ARCHIVE_FUNCTIONS(FUNCTION)                                    \
    FUNCTION(archive_entry_copy_pathname)                                      \
    FUNCTION(archive_entry_copy_symlink)                                       \
    FUNCTION(archive_entry_free)                                               \
    FUNCTION(archive_entry_new)                                                \
    FUNCTION(archive_entry_set_mode)                                           \
    FUNCTION(archive_entry_set_mtime)                                          \
    FUNCTION(archive_entry_set_size)                                           \
    FUNCTION(archive_error_string)                                             \
    FUNCTION(archive_write_close)                                              \
    FUNCTION(archive_write_data)                                               \
    FUNCTION(archive_write_free)                                               \
    FUNCTION(archive_write_header)                                             \
    FUNCTION(archive_write_new)                                                \
    FUNCTION(archive_write_open)                                               \
    FUNCTION(archive_write_set_bytes_per_block)                                \
    FUNCTION(archive_write_set_format_gnutar)

#define CONTEXT_ARCHIVE_MEMBER(function) __typeof__(function) *function;
struct context_archive {
    CONTEXT_ARCHIVE_FUNCTIONS(CONTEXT_ARCHIVE_MEMBER)
};
#undef CONTEXT_ARCHIVE_MEMBER

/* Filled by context_archive_load(), from any thread, as often as one likes. */
extern struct context_archive context_archive;
NODISCARD bool context_archive_load(struct error *err);

#define archive_entry_copy_pathname context_archive.archive_entry_copy_pathname
#define archive_entry_copy_symlink context_archive.archive_entry_copy_symlink
#define archive_entry_free context_archive.archive_entry_free
#define archive_entry_new context_archive.archive_entry_new
#define archive_entry_set_mode context_archive.archive_entry_set_mode
#define archive_entry_set_mtime context_archive.archive_entry_set_mtime
#define archive_entry_set_size context_archive.archive_entry_set_size
#define archive_error_string context_archive.archive_error_string
#define archive_write_close context_archive.archive_write_close
#define archive_write_data context_archive.archive_write_data
#define archive_write_free context_archive.archive_write_free
#define archive_write_header context_archive.archive_write_header
#define archive_write_new context_archive.archive_write_new
#define archive_write_open context_archive.archive_write_open
#define archive_write_set_bytes_per_block                                      \
    context_archive.archive_write_set_bytes_per_block
#define archive_write_set_format_gnutar                                        \
    context_archive.archive_write_set_format_gnutar

#endif
