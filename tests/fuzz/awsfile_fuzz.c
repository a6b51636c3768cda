/* Any bytes either are read, and then every entry is found again under its
 * name, or are refused with a message that shows nothing of them. */
#include "aws/awsfile.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool holds)
{
    if (!holds)
        abort();
}

static void look_up(const struct awsfile *file,
                    const struct awsfile_entry *entry)
{
    const char *value;

    demand(*entry->kind && *entry->section && entry->line > 0);
    demand(awsfile_has(file, entry->kind, entry->section));
    value = awsfile_get_from(file, entry->origin, entry->kind, entry->section,
                             entry->name);
    demand(!value || *value);
    for (const char *at = entry->name; *at; at++)
        demand(*at < 'A' || *at > 'Z');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const enum awsfile_origin origins[] = { AWSFILE_CONFIG,
                                                   AWSFILE_CREDENTIALS };

    for (size_t i = 0; i < 2; i++) {
        struct awsfile file = { 0 };
        struct error err = { 0 };

        if (awsfile_parse(&file, origins[i], "fuzz", (const char *)data, size,
                          &err)) {
            demand(!error_is_set(&err));
            for (size_t j = 0; j < file.count && j < 64; j++)
                look_up(&file, &file.entries[j]);
        } else {
            demand(err.code == ERROR_INPUT && *err.message);
        }
        awsfile_release(&file);
    }
    return 0;
}
