/* Any bytes as an earlier deployment script: every finding has a key, a line
 * of the script, and either a value or why there is none. */
#include "core/migrate_read.h"
#include "core/migrate_shell.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool holds)
{
    if (!holds)
        abort();
}

static int count_lines(const uint8_t *data, size_t size)
{
    int lines = 1;

    for (size_t i = 0; i < size; i++)
        lines += data[i] == '\n';
    return lines;
}

static void check(const struct migrate_reading *reading)
{
    demand(reading->count <= MIGRATE_MOST_FINDINGS);
    for (size_t i = 0; i < reading->count; i++) {
        const struct migrate_finding *finding = &reading->findings[i];

        demand(*finding->key && finding->line >= 1);
        demand(!finding->value == (finding->why != NULL));
        demand(!finding->value ||
               (*finding->value && !migrate_unknown_why(finding->value)));
        demand(finding->kind != MIGRATE_SECRET || finding->value);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct migrate_reading script = { 0 }, input = { 0 };

    migrate_read((const char *)data, size, &script);
    check(&script);
    migrate_read_input((const char *)data, size, &input);
    check(&input);
    for (size_t i = 0; i < input.count; i++)
        demand(input.findings[i].line <= count_lines(data, size));
    migrate_reading_release(&script);
    migrate_reading_release(&input);
    return 0;
}
