/*
 * One line of text that is typed: cursor, deletion, pasting, the last entries.
 *
 *     struct field field = { 0 };
 *     field_set(&field, "default");
 *     field_key(&field, key);       true when the key was for it
 *     field_paste(&field, bytes, size);
 *     field_release(&field);
 *
 * Holds valid UTF-8 of at most FIELD_SIZE_LIMIT bytes; control characters and
 * what is beyond are left out. The cursor moves by clusters.
 */
#ifndef STEPDECK_TUI_FIELD_H
#define STEPDECK_TUI_FIELD_H

#include "base/strbuf.h"
#include "tui/canvas.h"
#include "tui/keymap.h"

enum { FIELD_SIZE_LIMIT = 4096 };

struct field {
    struct strbuf text;
    size_t cursor; /* byte offset */
    char *last;    /* what was entered before: Up brings it back */
};

void field_release(struct field *field);
void field_set(struct field *field, const char *text);
const char *field_text(const struct field *field);

bool field_key(struct field *field, struct key key);
void field_paste(struct field *field, const char *bytes, size_t size);

/* Draws the text so that the cursor is in sight, and places it. */
void field_draw(const struct field *field, struct area area,
                struct style style);

#endif
