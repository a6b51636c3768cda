#include "tui/svg.h"

#include "base/cluster.h"
#include "base/utf8.h"
#include "tui/canvas.h"
#include "tui/theme.h"

#include <string.h>

/*
 * DESIGN. Nobody knows which font a viewer has, nor how wide it draws a box or
 * an emoji. So no text relies on it: each piece says where it begins and how
 * long it is, and is stretched to that. A piece is a run of printable ASCII,
 * which is even in every monospaced font, a run of one and the same character
 * (a border), or a single cluster. Spaces are never drawn but inside a run;
 * backgrounds and underlines are rectangles, which need no font at all.
 */

/* Pixels. A monospaced font is about 0.6 of its size wide. */
enum {
    CELL_WIDTH = 9,
    CELL_HEIGHT = 18,
    FONT_SIZE = 15,
    BASELINE = 14,
    UNDERLINE = 16,
    MARGIN = 12,
    TITLE_HEIGHT = 30
};

static const char fonts[] = "ui-monospace,'DejaVu Sans Mono',Menlo,Consolas,"
                            "'Liberation Mono',monospace";

struct drawing {
    const struct canvas *canvas;
    const struct theme *theme;
    struct strbuf *out;
    uint32_t foreground, background; /* the terminal's own */
};

/* A look in the colours that are seen. */
struct paint {
    uint32_t foreground, background;
    uint8_t attributes; /* bold, italic, underline */
};

static int left_of(int column)
{
    return MARGIN + column * CELL_WIDTH;
}

static int top_of(int row)
{
    return TITLE_HEIGHT + row * CELL_HEIGHT;
}

/* `part` of 8 parts of one colour, the rest of the other. */
static uint32_t blend(uint32_t one, uint32_t other, uint32_t part)
{
    uint32_t colour = 0;

    for (int shift = 0; shift <= 16; shift += 8) {
        uint32_t a = (one >> shift) & 0xff, b = (other >> shift) & 0xff;

        colour |= ((a * part + b * (8 - part)) / 8) << shift;
    }
    return colour;
}

static struct paint paint_of(const struct drawing *drawing,
                             const struct cell *cell)
{
    struct look look = theme_look(drawing->theme, &cell->style, DEPTH_TRUE);
    struct paint paint = {
        look.foreground ? theme_rgb(look.foreground) : drawing->foreground,
        look.background ? theme_rgb(look.background) : drawing->background,
        look.attributes &
            (ATTRIBUTE_BOLD | ATTRIBUTE_ITALIC | ATTRIBUTE_UNDERLINE)
    };

    if (look.attributes & ATTRIBUTE_REVERSE) {
        uint32_t foreground = paint.foreground;

        paint.foreground = paint.background;
        paint.background = foreground;
    }
    if (look.attributes & ATTRIBUTE_DIM)
        paint.foreground = blend(paint.foreground, paint.background, 5);
    return paint;
}

/* ---- text ------------------------------------------------------------- */

/* XML 1.0 has no U+FFFE and U+FFFF, not even escaped. */
static bool is_nothing(const char *bytes, size_t size)
{
    return size >= 3 && memcmp(bytes, "\xEF\xBF", 2) == 0 &&
           (unsigned char)bytes[2] >= 0xBE;
}

static void escape(struct strbuf *out, const char *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (bytes[i] == '&')
            strbuf_adds(out, "&amp;");
        else if (bytes[i] == '<')
            strbuf_adds(out, "&lt;");
        else if (bytes[i] == '>')
            strbuf_adds(out, "&gt;");
        else if (bytes[i] == '"')
            strbuf_adds(out, "&quot;");
        else if (!is_nothing(bytes + i, size - i))
            strbuf_addc(out, bytes[i]);
        else
            i += 2;
    }
}

static const struct cell *cell_at(const struct drawing *drawing, int column,
                                  int row)
{
    const struct canvas *canvas = drawing->canvas;

    return &canvas->cells[(ptrdiff_t)row * canvas->columns + column];
}

static bool is_ascii(const struct cell *cell)
{
    return (unsigned char)cell->text[0] < 0x80;
}

static bool is_same_ink(struct paint one, struct paint other)
{
    uint8_t ink = ATTRIBUTE_BOLD | ATTRIBUTE_ITALIC;

    return one.foreground == other.foreground &&
           (one.attributes & ink) == (other.attributes & ink);
}

/* Whether the piece that began with `first` goes on with the cell. A space
 * goes on when the piece does behind it, so that no two come together. */
static bool goes_on(const struct drawing *drawing, const struct cell *first,
                    int column, int row)
{
    const struct cell *cell = cell_at(drawing, column, row);

    if (is_ascii(first) && !cell->text[0] && cell->width) {
        if (++column == drawing->canvas->columns)
            return false;
        cell++;
    }
    if (!cell->text[0] ||
        !is_same_ink(paint_of(drawing, first), paint_of(drawing, cell)))
        return false;
    return is_ascii(first)
               ? is_ascii(cell)
               : first->width == 1 && strcmp(cell->text, first->text) == 0;
}

/* Draws the piece that begins at `column`; gives the column behind it. */
static int draw_piece(const struct drawing *drawing, int column, int row)
{
    const struct cell *first = cell_at(drawing, column, row);
    struct paint paint = paint_of(drawing, first);
    struct strbuf *out = drawing->out;
    int end = column + (first->width ? first->width : 1);

    if (!first->text[0])
        return end;
    while (end < drawing->canvas->columns && goes_on(drawing, first, end, row))
        end++;
    strbuf_addf(out, "<text x=\"%d\" y=\"%d\" textLength=\"%d\"",
                left_of(column), top_of(row) + BASELINE,
                (end - column) * CELL_WIDTH);
    if (paint.foreground != drawing->foreground)
        strbuf_addf(out, " fill=\"#%06x\"", (unsigned)paint.foreground);
    if (paint.attributes & ATTRIBUTE_BOLD)
        strbuf_adds(out, " font-weight=\"bold\"");
    if (paint.attributes & ATTRIBUTE_ITALIC)
        strbuf_adds(out, " font-style=\"italic\"");
    strbuf_adds(out, " lengthAdjust=\"spacingAndGlyphs\">");
    for (int i = column; i < end; i++) {
        const struct cell *cell = cell_at(drawing, i, row);

        if (cell->text[0])
            escape(out, cell->text, strlen(cell->text));
        else if (cell->width)
            strbuf_addc(out, ' ');
    }
    strbuf_adds(out, "</text>\n");
    return end;
}

/* ---- rectangles ------------------------------------------------------- */

static void draw_rectangle(const struct drawing *drawing, int column, int end,
                           int top, int height, uint32_t colour)
{
    strbuf_addf(drawing->out,
                "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" "
                "fill=\"#%06x\"/>\n",
                left_of(column), top, (end - column) * CELL_WIDTH, height,
                (unsigned)colour);
}

static void draw_backgrounds(const struct drawing *drawing, int row)
{
    int columns = drawing->canvas->columns;

    for (int begin = 0, end; begin < columns; begin = end) {
        uint32_t colour =
            paint_of(drawing, cell_at(drawing, begin, row)).background;

        end = begin + 1;
        while (end < columns &&
               paint_of(drawing, cell_at(drawing, end, row)).background ==
                   colour)
            end++;
        if (colour != drawing->background)
            draw_rectangle(drawing, begin, end, top_of(row), CELL_HEIGHT,
                           colour);
    }
}

static bool is_underlined(struct paint paint, struct paint like)
{
    return paint.attributes & ATTRIBUTE_UNDERLINE &&
           paint.foreground == like.foreground;
}

static void draw_underlines(const struct drawing *drawing, int row)
{
    int columns = drawing->canvas->columns;

    for (int begin = 0, end; begin < columns; begin = end) {
        struct paint paint = paint_of(drawing, cell_at(drawing, begin, row));

        end = begin + 1;
        if (!is_underlined(paint, paint))
            continue;
        while (
            end < columns &&
            is_underlined(paint_of(drawing, cell_at(drawing, end, row)), paint))
            end++;
        draw_rectangle(drawing, begin, end, top_of(row) + UNDERLINE, 1,
                       paint.foreground);
    }
}

/* ---- the window ------------------------------------------------------- */

static void open_window(const struct drawing *drawing, const char *title)
{
    struct strbuf *out = drawing->out;
    int width = 2 * MARGIN + drawing->canvas->columns * CELL_WIDTH;
    int height = TITLE_HEIGHT + drawing->canvas->rows * CELL_HEIGHT + MARGIN;
    uint32_t frame = blend(drawing->foreground, drawing->background, 2);
    uint32_t quiet = blend(drawing->foreground, drawing->background, 5);

    strbuf_addf(out,
                "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" "
                "height=\"%d\" viewBox=\"0 0 %d %d\" role=\"img\">\n<title>",
                width, height, width, height);
    escape(out, title, strlen(title));
    strbuf_addf(out,
                "</title>\n<rect x=\"0.5\" y=\"0.5\" width=\"%d\" "
                "height=\"%d\" rx=\"8\" fill=\"#%06x\" stroke=\"#%06x\"/>\n",
                width - 1, height - 1, (unsigned)drawing->background,
                (unsigned)frame);
    for (int i = 0; i < 3; i++)
        strbuf_addf(out,
                    "<circle cx=\"%d\" cy=\"15\" r=\"5\" fill=\"#%06x\"/>\n",
                    17 + i * 16, (unsigned)frame);
    strbuf_addf(out, "<g font-family=\"%s\" font-size=\"%d\" fill=\"#%06x\">\n",
                fonts, FONT_SIZE, (unsigned)drawing->foreground);
    strbuf_addf(out,
                "<text x=\"%d\" y=\"20\" text-anchor=\"middle\" "
                "font-size=\"13\" fill=\"#%06x\">",
                width / 2, (unsigned)quiet);
    escape(out, title, strlen(title));
    strbuf_adds(out, "</text>\n");
}

/* As much of the title as has room between the dots and the other edge. */
static void fit_title(const struct canvas *canvas, const char *title,
                      struct strbuf *out)
{
    enum { DOTS = 6 };
    int columns = canvas->columns - 2 * DOTS;

    if (!title || columns <= 0)
        return;
    utf8_sanitise(title, strlen(title), false, out);
    strbuf_truncate(out,
                    cluster_fit(strbuf_text(out), out->len, columns, NULL));
}

static void draw_cursor(const struct drawing *drawing)
{
    strbuf_addf(drawing->out,
                "<rect x=\"%d.5\" y=\"%d.5\" width=\"%d\" height=\"%d\" "
                "fill=\"none\" stroke=\"#%06x\"/>\n",
                left_of(drawing->canvas->cursor_column),
                top_of(drawing->canvas->cursor_row), CELL_WIDTH - 1,
                CELL_HEIGHT - 1, (unsigned)drawing->foreground);
}

void canvas_svg(const struct canvas *canvas, const struct theme *theme,
                const char *title, struct strbuf *out)
{
    struct drawing drawing = { .canvas = canvas, .theme = theme, .out = out };
    struct strbuf fitted = { 0 };

    theme_terminal(theme, &drawing.foreground, &drawing.background);
    fit_title(canvas, title, &fitted);
    open_window(&drawing, strbuf_text(&fitted));
    for (int row = 0; row < canvas->rows; row++) {
        draw_backgrounds(&drawing, row);
        draw_underlines(&drawing, row);
        for (int column = 0; column < canvas->columns;)
            column = draw_piece(&drawing, column, row);
    }
    if (canvas->has_cursor)
        draw_cursor(&drawing);
    strbuf_adds(out, "</g>\n</svg>\n");
    strbuf_release(&fitted);
}
