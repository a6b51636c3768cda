#include "cli/cleanup.h"

#include "base/clock.h"
#include "cli/ask.h"
#include "cli/command.h"
#include "cli/migrate_view.h"
#include "cli/output.h"
#include "core/migrate.h"

#include <stdio.h>

static bool is_agreed(const struct options *options, struct error *err)
{
    struct migrate migrate = { 0 };
    bool yes = true;

    if (options->given[OPTION_AUTO_APPROVE] || options->given[OPTION_JSON] ||
        !ask_is_possible())
        return true;
    if (!migrate_find(&migrate, ".", err))
        return false;
    if (migrate.script_count) {
        output_printf("\nEarlier deployment scripts:\n");
        for (size_t i = 0; i < migrate.script_count; i++)
            migrate_view_text("  ", migrate.scripts[i].path, "\n");
        yes = ask_yes("Move them to " MIGRATE_ARCHIVE "/?");
    }
    migrate_release(&migrate);
    return yes;
}

int cleanup_old(const struct options *options, int status)
{
    struct migrate_moved moved = { 0 };
    struct error err = { 0 };

    if (is_agreed(options, &err) &&
        migrate_cleanup(".", clock_wall(clock_system()), &moved, &err)) {
        /* Where stdout is data nothing else is written there. */
        if (options->given[OPTION_JSON])
            fprintf(stderr, "archived %zu scripts\n", moved.files.count);
        else if (moved.archive)
            migrate_view_moved(&moved, false);
        else
            output_printf("There are no earlier deployment scripts here.\n");
    }
    migrate_moved_release(&moved);
    if (error_is_set(&err))
        status = command_fail(&err);
    output_flush();
    return status;
}
