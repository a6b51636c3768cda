/* Where the project's other files name its earlier deployment scripts. */
#ifndef STEPDECK_CORE_MIGRATE_MENTION_H
#define STEPDECK_CORE_MIGRATE_MENTION_H

#include "core/migrate.h"

/* Fills `mentions`: looks into documents, pipelines and build files among
 * `files` (and those in folders with a dot), and into `others`, shell scripts
 * that stay. Paths are relative to the project. */
void migrate_mentions(struct migrate *migrate, const struct strvec *files,
                      const struct strvec *others);

/* Whether the line names the script: `deploy.sh`, `./deploy.sh`,
 * `$ROOT/infra/deploy.sh`, but no longer name that holds it. */
bool migrate_line_names(const char *line, size_t size, const char *script);

#endif
