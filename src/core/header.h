/*
 * The header of a step: the comment block at the start of its script, which is
 * documentation and configuration at once.
 *
 *     struct header header = { 0 };
 *     if (header_parse("step-010-network.sh", bytes, size, &header, err))
 *         puts(header.title);
 *     header_release(&header);
 *
 * The block starts behind an optional `#!` line and ends at the first line
 * that is neither blank nor a comment (`#`). Its first free line is the title,
 * the free lines up to the first directive are the description. A directive is
 * a comment line `Name: value` with one of the names below, in any case; other
 * `Word: text` lines are prose. Rulers (`#####`), editor, linter and licence
 * lines are left out.
 *
 * Items of the three lists stand between commas. Those of `Inputs`, and of
 * `Outputs` when all of them are paths, may also stand between spaces. A list
 * goes on in the next comment line behind a trailing comma, or by lines that
 * start with `- ` or `* `.
 *
 * Only the first 64 KiB are looked at. Invalid UTF-8 becomes U+FFFD. A program
 * that is no script has no header, which is no error. Pure functions, for any
 * thread.
 */
#ifndef STEPDECK_CORE_HEADER_H
#define STEPDECK_CORE_HEADER_H

#include "base/strvec.h"

#include <stdint.h>

enum header_directive {
    HEADER_PREREQUISITES,
    HEADER_INPUTS,
    HEADER_OUTPUTS,
    HEADER_ATTEMPTS,
    HEADER_DELAY,
    HEADER_TIMEOUT,
    HEADER_CRITICAL,
    HEADER_PARALLEL,
    HEADER_INTERACTIVE,
    HEADER_ALWAYS,
    HEADER_ROLLBACK,
    HEADER_CONFIRM,
    HEADER_DIRECTIVE_COUNT
};

enum { HEADER_MOST_ATTEMPTS = 100 };

/* Texts are NULL when not given. Zero-filled it is safe to release, but the
 * defaults are those of header_parse(). */
struct header {
    char *shebang; /* the line, `#!` included */
    char *title;   /* what follows " - " in the first line, or all of it */
    char *description;
    struct strvec prerequisites_raw; /* items as written, for needs.h */
    bool has_prerequisites;          /* else all earlier critical steps are */
    struct strvec inputs;
    struct strvec outputs;
    int attempts;       /* 0: not given */
    int64_t delay_ms;   /* -1: not given */
    int64_t timeout_ms; /* 0: none */
    bool critical;      /* true unless the script says no */
    bool interactive;
    bool always;
    bool rollback;
    char *parallel;
    char *confirm;
    bool is_script;                    /* false for a binary */
    bool crlf;                         /* a line of the header ends in CR LF */
    int lines[HEADER_DIRECTIVE_COUNT]; /* where last given; 0: not given */
    struct strvec remarks; /* "line 7: 'Timout' looks like 'Timeout'" */
};

/* Reads the header of the file called `name` from its first bytes. `out` is to
 * be given back by header_release(). A malformed value is ERROR_INPUT,
 * `FILE:LINE:COLUMN: message` with a hint (columns count bytes from 1), and
 * leaves `out` empty. */
NODISCARD bool header_parse(const char *name, const char *bytes, size_t size,
                            struct header *out, struct error *err);
void header_release(struct header *header);

/* The name of a directive as it is documented: "Prerequisites". */
const char *header_directive_name(enum header_directive directive);

#endif
