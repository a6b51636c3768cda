/* Any bytes either parse, and then every value survives being quoted and read
 * again, or are refused with a message and leave nothing behind. */
#include "core/envfile.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *look_up(void *context, const char *key)
{
    (void)context;
    return strchr("AEIOU_", key[0]) ? key : NULL;
}

static void demand(bool holds)
{
    if (!holds)
        abort();
}

static void read_back(const struct envfile_entry *entry)
{
    struct envfile again = { 0 };
    struct strbuf line = { 0 };

    strbuf_addf(&line, "%s=", entry->key);
    if (envfile_quote(entry->value, &line)) {
        strbuf_addc(&line, '\n');
        demand(envfile_parse("again", line.data, line.len, NULL, NULL, &again,
                             NULL));
        demand(again.count == 1);
        demand(strcmp(envfile_value(&again, entry->key), entry->value) == 0);
    }
    envfile_release(&again);
    strbuf_release(&line);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct envfile file = { 0 };
    struct error err = { 0 };

    if (envfile_parse("fuzz", (const char *)data, size, look_up, NULL, &file,
                      &err)) {
        demand(!error_is_set(&err));
        for (size_t i = 0; i < file.count; i++)
            read_back(&file.entries[i]);
    } else {
        demand(err.code == ERROR_INPUT && *err.message && *err.hint);
        demand(!file.entries && !file.count);
    }
    envfile_release(&file);
    return 0;
}
