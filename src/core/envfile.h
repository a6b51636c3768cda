/*
 * `KEY=VALUE` files (.env, deployment-config.env, environments/NAME.env):
 * read with the meaning the shell gives them, and never executed.
 *
 *     struct envfile file = { 0 };
 *     if (envfile_parse(".env", bytes, size, lookup, context, &file, err))
 *         puts(envfile_value(&file, "AWS_REGION"));
 *     envfile_release(&file);
 *
 * Understood: comments, blank lines, `export `, single and double quotes,
 * backslash escapes, continued lines, quoted parts side by side, `$VAR`,
 * `${VAR}`, `${VAR-default}`, `${VAR:-default}`, CRLF line ends and a byte
 * order mark. A `~` is an ordinary byte. Whatever else the shell would act on
 * (substitutions, arrays, other commands, redirections, other parameters) is
 * ERROR_INPUT, `FILE:LINE:COLUMN: message` with a hint; columns count bytes
 * from 1. Messages show keys and command words, never a value: it may be
 * secret.
 *
 * Pure functions, for any thread.
 */
#ifndef STEPDECK_CORE_ENVFILE_H
#define STEPDECK_CORE_ENVFILE_H

#include "base/strbuf.h"

#include <stddef.h>

enum {
    ENVFILE_LARGEST = 1024 * 1024, /* bytes */
    ENVFILE_MOST_KEYS = 4096
};

struct envfile_entry {
    char *key;
    char *value;
    int line; /* where the value that counts was given */
};

/* In the order in which the keys first appear. */
struct envfile {
    struct envfile_entry *entries;
    size_t count;
    size_t capacity;
};

/* Parses the `size` bytes of the file called `name` into the empty `out`. A
 * key given again takes its last value. `lookup` gives the value of a variable
 * that no earlier line defines, NULL when it is unset, and need only keep it
 * until the next call; without `lookup` all are unset. The first error ends
 * the parse and leaves `out` empty. */
NODISCARD bool
envfile_parse(const char *name, const char *bytes, size_t size,
              const char *(*lookup)(void *context, const char *key),
              void *context, struct envfile *out, struct error *err);
void envfile_release(struct envfile *file);

/* Borrowed; NULL when the file does not define the key. */
const char *envfile_value(const struct envfile *file, const char *key);

/* Appends `value` so that this parser and a shell that sources the file read
 * the same bytes back, quoted only where needed. False, with nothing appended,
 * when the value is too large for a file that could be read back. */
NODISCARD bool envfile_quote(const char *value, struct strbuf *out);

#endif
