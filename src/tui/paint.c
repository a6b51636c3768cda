#include "tui/paint.h"

#include <string.h>

/* The terminal while a frame is written. */
struct pen {
    const struct paint_terminal *terminal;
    const struct theme *theme;
    struct strbuf *out;
    int column, row;   /* of the cursor; -1: not known */
    struct look now;   /* what the terminal is set to */
    struct style last; /* whose look is `looks` */
    struct look looks;
};

/* ---- looks ------------------------------------------------------------ */

static bool same_style(const struct style *a, const struct style *b)
{
    return a->role == b->role && a->attributes == b->attributes &&
           a->foreground == b->foreground && a->background == b->background;
}

/* Neighbours mostly have the same style, so the last answer is kept. */
static struct look look_of(struct pen *pen, const struct style *style)
{
    const struct paint_terminal *terminal = pen->terminal;

    if (same_style(style, &pen->last))
        return pen->looks;
    pen->last = *style;
    pen->looks = theme_look(pen->theme, style, terminal->depth);
    if (!terminal->has_dim)
        pen->looks.attributes &= (uint8_t)~ATTRIBUTE_DIM;
    if (!terminal->has_italic)
        pen->looks.attributes &= (uint8_t)~ATTRIBUTE_ITALIC;
    if (terminal->depth == DEPTH_MONO)
        pen->looks.foreground = pen->looks.background = 0;
    return pen->looks;
}

static bool is_plain(const struct look *look)
{
    return !look->foreground && !look->background && !look->attributes;
}

static void add_colour(struct pen *pen, bool background, uint32_t colour)
{
    uint32_t value = colour & COLOUR_VALUE;

    if (colour & COLOUR_RGB)
        strbuf_addf(pen->out, "\x1b[%d;2;%u;%u;%um", background ? 48 : 38,
                    (unsigned)(value >> 16 & 0xff),
                    (unsigned)(value >> 8 & 0xff), (unsigned)(value & 0xff));
    else
        pen->terminal->colour(pen->terminal->context, background, (int)value,
                              pen->out);
}

/* Switches everything off before, with `resets`. */
static void add_attributes(struct pen *pen, uint8_t attributes, bool resets)
{
    static const struct {
        uint8_t attribute;
        char number;
    } codes[] = {
        { ATTRIBUTE_BOLD, '1' },    { ATTRIBUTE_DIM, '2' },
        { ATTRIBUTE_ITALIC, '3' },  { ATTRIBUTE_UNDERLINE, '4' },
        { ATTRIBUTE_REVERSE, '7' },
    };
    char separator = '[';

    if (resets) {
        strbuf_adds(pen->out, "\x1b[0");
        separator = ';';
    }
    for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
        if (!(attributes & codes[i].attribute))
            continue;
        if (separator == '[')
            strbuf_addc(pen->out, '\x1b');
        strbuf_addc(pen->out, separator);
        strbuf_addc(pen->out, codes[i].number);
        separator = ';';
    }
    if (separator == ';')
        strbuf_addc(pen->out, 'm');
}

/* Terminals agree on how to switch everything off, and on little else of that
 * kind; so what must go takes the rest with it. */
static void set_look(struct pen *pen, struct look look)
{
    struct look *now = &pen->now;
    bool resets = (now->attributes & ~look.attributes) ||
                  (now->foreground && !look.foreground) ||
                  (now->background && !look.background);

    if (resets)
        *now = (struct look){ 0 };
    add_attributes(pen, (uint8_t)(look.attributes & ~now->attributes), resets);
    if (look.foreground != now->foreground)
        add_colour(pen, false, look.foreground);
    if (look.background != now->background)
        add_colour(pen, true, look.background);
    *now = look;
}

/* ---- cells ------------------------------------------------------------ */

static const char *cell_text(const struct cell *cell)
{
    return cell->text[0] ? cell->text : " ";
}

static bool is_same(const struct cell *a, const struct cell *b)
{
    return a->width == b->width && same_style(&a->style, &b->style) &&
           strcmp(cell_text(a), cell_text(b)) == 0;
}

/* What an erased cell looks like. */
static bool is_empty(struct pen *pen, const struct cell *cell)
{
    struct look look;

    if (cell->width != 1 || strcmp(cell_text(cell), " ") != 0)
        return false;
    look = look_of(pen, &cell->style);
    return is_plain(&look);
}

static void go(struct pen *pen, int column, int row)
{
    if (pen->column == column && pen->row == row)
        return;
    pen->terminal->move(pen->terminal->context, column, row, pen->out);
    pen->column = column;
    pen->row = row;
}

/* Box drawing, blocks, or an ellipsis: U+2500 to U+259F, U+2026. */
static bool is_line(const char *text)
{
    unsigned char second = (unsigned char)text[1];
    unsigned char third = second ? (unsigned char)text[2] : 0;

    if ((unsigned char)text[0] != 0xE2 || !third || text[3])
        return false;
    return second == 0x94 || second == 0x95 ||
           (second == 0x96 && third < 0xA0) ||
           (second == 0x80 && third == 0xA6);
}

/* The cell at `column`, and its right half when it is wide. */
static void put(struct pen *pen, const struct cell *cell, int column, int row,
                int columns)
{
    const char *text = cell_text(cell);
    unsigned char first = (unsigned char)text[0];
    bool is_wide = cell->width == 2 && column + 1 < columns;
    bool is_ascii = first < 0x80 && !text[1];
    int end = column + (is_wide ? 2 : 1);

    go(pen, column, row);
    set_look(pen, look_of(pen, &cell->style));
    if ((is_ascii && (first < ' ' || first == 0x7f)) ||
        cell->width != (is_wide ? 2 : 1)) {
        text = " ";
        is_ascii = true;
    } else if (!is_ascii && pen->terminal->is_ascii) {
        text = is_wide ? "? " : "?";
        is_ascii = true;
    }
    strbuf_adds(pen->out, text);
    pen->column = end;
    if (!is_ascii && !(pen->terminal->lines_are_narrow && is_line(text)))
        pen->column = pen->row = -1;
}

/* ---- rows ------------------------------------------------------------- */

/* Whether the cells from the cursor on are cheaper written again than passed
 * over: few, plain, and as the pen is set. */
static bool is_worth_writing(struct pen *pen, const struct cell *cells,
                             int column, int row)
{
    /* A move takes more bytes than that. */
    enum { GAP_MOST = 5 };

    if (pen->row != row || pen->column < 0 || pen->column >= column ||
        column - pen->column > GAP_MOST)
        return false;
    for (int i = pen->column; i < column; i++) {
        const char *text = cell_text(&cells[i]);
        struct look look;

        if (cells[i].width != 1 || (unsigned char)text[0] < ' ' ||
            (unsigned char)text[0] >= 0x7f || text[1])
            return false;
        look = look_of(pen, &cells[i].style);
        if (look.attributes != pen->now.attributes ||
            look.foreground != pen->now.foreground ||
            look.background != pen->now.background)
            return false;
    }
    return true;
}

/* How many empty cells begin at `column`. */
static int count_empty(struct pen *pen, const struct cell *cells, int column,
                       int columns)
{
    int end = column;

    while (end < columns && is_empty(pen, &cells[end]))
        end++;
    return end - column;
}

/* Erases the row from `column` on where that is cheaper than spaces: a long
 * run with at most a border behind it. True when it did. */
static bool erase(struct pen *pen, const struct cell *cells, int column,
                  int columns, int row)
{
    /* Fewer cells are cheaper as spaces: alone, and with a border behind. */
    enum { WORTH_ERASING = 4, WORTH_A_BORDER = 16, BORDER_MOST = 2 };
    int run = count_empty(pen, cells, column, columns);
    int rest = columns - column - run;

    if (run < WORTH_ERASING || rest > BORDER_MOST ||
        (rest && run < WORTH_A_BORDER))
        return false;
    go(pen, column, row);
    set_look(pen, (struct look){ 0 });
    strbuf_adds(pen->out, "\x1b[K");
    return true;
}

/* `before` NULL: the row is empty. */
static void paint_row(struct pen *pen, const struct cell *before,
                      const struct cell *after, int columns, int row)
{
    for (int i = 0; i < columns; i++) {
        if (before ? is_same(&before[i], &after[i]) : is_empty(pen, &after[i]))
            continue;
        if (before && erase(pen, after, i, columns, row)) {
            before = NULL;
            continue;
        }
        if (is_worth_writing(pen, after, i, row)) {
            for (int gap = pen->column; gap < i; gap++)
                put(pen, &after[gap], gap, row, columns);
        }
        /* The right half of a wide one comes with the left one. */
        if (after[i].width)
            put(pen, &after[i], i, row, columns);
    }
}

/* ---- frames ----------------------------------------------------------- */

static bool same_cursor(const struct canvas *a, const struct canvas *b)
{
    if (!a || a->has_cursor != b->has_cursor)
        return false;
    return !b->has_cursor || (a->cursor_column == b->cursor_column &&
                              a->cursor_row == b->cursor_row);
}

static void begin(struct pen *pen, const struct canvas *before)
{
    if (pen->terminal->synchronises)
        strbuf_adds(pen->out, "\x1b[?2026h");
    if (!before)
        strbuf_adds(pen->out, "\x1b[?25l\x1b[0m\x1b[2J");
    else if (before->has_cursor)
        strbuf_adds(pen->out, "\x1b[?25l");
}

static void end(struct pen *pen, const struct canvas *after)
{
    set_look(pen, (struct look){ 0 });
    if (after->has_cursor) {
        go(pen, after->cursor_column, after->cursor_row);
        strbuf_adds(pen->out, "\x1b[?25h");
    }
    if (pen->terminal->synchronises)
        strbuf_adds(pen->out, "\x1b[?2026l");
}

void paint(const struct paint_terminal *terminal, const struct theme *theme,
           const struct canvas *before, const struct canvas *after,
           struct strbuf *out)
{
    struct pen pen = { .terminal = terminal, .theme = theme, .out = out };
    const struct style none = { .role = ROLE_COUNT };
    size_t start = out->len, first;

    /* A style that no cell has, for there is no last one. */
    pen.last = none;
    pen.column = pen.row = -1;
    if (before &&
        (before->columns != after->columns || before->rows != after->rows))
        before = NULL;
    begin(&pen, before);
    first = out->len;
    for (int row = 0; row < after->rows; row++) {
        ptrdiff_t at = (ptrdiff_t)row * after->columns;

        paint_row(&pen, before ? before->cells + at : NULL, after->cells + at,
                  after->columns, row);
    }
    if (out->len == first && same_cursor(before, after))
        strbuf_truncate(out, start);
    else
        end(&pen, after);
}
