/* What migrate_shell.c and migrate_word.c share. See migrate_shell.h. */
#ifndef STEPDECK_CORE_MIGRATE_SHELL_PRIVATE_H
#define STEPDECK_CORE_MIGRATE_SHELL_PRIVATE_H

#include "core/migrate_shell.h"

/* What a byte stands in: the inner part of `${NAME:-HERE}` is BRACES. */
enum migrate_context {
    MIGRATE_UNQUOTED,
    MIGRATE_QUOTED,
    MIGRATE_HEREDOC,
    MIGRATE_BRACES
};

/* ---- migrate_word.c ---- */

/* The byte `offset` behind the current one, -1 behind the end. */
int migrate_peek(const struct migrate_shell *shell, size_t offset);
/* Steps over one byte and gives it, -1 at the end. */
int migrate_take(struct migrate_shell *shell);
/* Appends a byte of the script, unless it would stand for an unknown part. */
void migrate_add_byte(struct strbuf *out, int byte);
bool migrate_is_name_byte(int byte);
/* Gives a variable its value, as the top of migrate_shell.h has it. */
void migrate_set(struct migrate_shell *shell, const char *name,
                 const char *value);
/* Appends one byte of a word with all that it begins. */
void migrate_read_piece(struct migrate_shell *shell, struct strbuf *out,
                        enum migrate_context context);

/* ---- migrate_shell.c ---- */

/* Commands up to behind the `closer`, 0 for the end of the script. */
void migrate_read_list(struct migrate_shell *shell, int closer);

#endif
