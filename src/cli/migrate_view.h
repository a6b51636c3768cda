/* What 'stepdeck migrate' shows: for people, and as JSON. */
#ifndef STEPDECK_CLI_MIGRATE_VIEW_H
#define STEPDECK_CLI_MIGRATE_VIEW_H

#include "core/migrate.h"

#include <jansson.h>

/* "  word  " and a text of the project, made safe. */
void migrate_view_text(const char *before, const char *text, const char *after);

/* The scripts, what they tell with its places, what was not understood. */
void migrate_view_findings(const struct migrate *migrate,
                           const struct setup *setup);
/* What would change. */
void migrate_view_diffs(const struct migrate_plan *plan);
void migrate_view_written(const struct setup_result *result);
/* Where the scripts are named elsewhere. */
void migrate_view_mentions(const struct migrate *migrate);
void migrate_view_moved(const struct migrate_moved *moved, bool is_undo);

/* All of it; the other arguments may be NULL. */
json_t *migrate_view_json(const struct migrate *migrate,
                          const struct setup *setup,
                          const struct migrate_plan *plan);
json_t *migrate_view_moved_json(const struct migrate_moved *moved);

#endif
