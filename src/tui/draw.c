#include "tui/draw.h"

#include "base/cluster.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "base/utf8.h"
#include "core/report.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

struct style draw_role(enum role role)
{
    return (struct style){ .role = (uint8_t)role };
}

struct style draw_bold(enum role role)
{
    return (struct style){ .role = (uint8_t)role,
                           .attributes = ATTRIBUTE_BOLD };
}

/* ---- boxes ------------------------------------------------------------ */

static void draw_edge(struct area area, int row, struct style style,
                      const char *left, const char *middle, const char *right)
{
    struct area edge = area_part(area, 0, row, area.columns, 1);

    area_fill(edge, style, middle);
    area_text(edge, 0, 0, style, left);
    area_text(edge, area.columns - 1, 0, style, right);
}

static struct style border_style(bool focused)
{
    return draw_role(focused ? ROLE_FOCUS : ROLE_BORDER);
}

/* " TITLE " from column 1 on. */
static void draw_title(struct area area, const struct icons *icons,
                       const char *title, bool focused)
{
    struct style style = draw_role(ROLE_TITLE);
    int room = area.columns - 4, used;

    if (room < 1)
        return;
    if (focused)
        style.attributes = ATTRIBUTE_BOLD;
    used = area_fit(area, 2, 0, room, style, title, icons->ellipsis);
    area_text(area, 1, 0, style, " ");
    area_text(area, 2 + used, 0, style, " ");
}

struct area draw_box(struct area area, const struct icons *icons,
                     const char *title, bool focused)
{
    struct style style = border_style(focused);
    int last = area.columns - 1;

    if (area.rows < 2 || area.columns < 2)
        return area_part(area, 0, 0, 0, 0);
    draw_edge(area, 0, style, icons->top_left, icons->horizontal,
              icons->top_right);
    for (int row = 1; row < area.rows - 1; row++) {
        area_text(area, 0, row, style, icons->vertical);
        area_text(area, last, row, style, icons->vertical);
    }
    draw_edge(area, area.rows - 1, style, icons->bottom_left, icons->horizontal,
              icons->bottom_right);
    if (title && *title)
        draw_title(area, icons, title, focused);
    return area_inset(area, 1);
}

void draw_box_note(struct area area, const struct icons *icons,
                   const char *title, const char *note, bool focused)
{
    int taken = title && *title ? 2 + cluster_columns(title) + 2 : 2;
    int room = area.columns - taken - 4, used;
    struct style style = draw_role(focused ? ROLE_TEXT : ROLE_DIM);

    if (area.rows < 2 || room < 4 || !*note)
        return;
    used = cluster_columns(note);
    used = used < room ? used : room;
    area_text(area, area.columns - used - 4, 0, style, " ");
    used = area_fit(area, area.columns - used - 3, 0, used, style, note,
                    icons->ellipsis);
    area_text(area, area.columns - 3, 0, style, " ");
}

void draw_selection(struct area area, int row, bool focused,
                    const struct icons *icons)
{
    if (focused)
        area_mark(area, 0, row, -1, ATTRIBUTE_SELECTED);
    else
        area_text(area, 0, row, draw_bold(ROLE_ACCENT), icons->marker);
}

void draw_more(struct area area, const struct icons *icons,
               const struct list *list)
{
    size_t shown = list->rows > 0 ? (size_t)list->rows : 0;
    struct style style = draw_bold(ROLE_ACCENT);

    if (!shown || area.columns < 4)
        return;
    if (list->top)
        area_text(area, area.columns - 2, 0, style, icons->more_above);
    if (list->top + shown < list->count)
        area_text(area, area.columns - 2, area.rows - 1, style,
                  icons->more_below);
}

/* ---- text ------------------------------------------------------------- */

void draw_right(struct area area, int row, struct style style, const char *text)
{
    struct strbuf safe = { 0 };

    utf8_sanitise(text, strlen(text), false, &safe);
    area_text(area, area.columns - cluster_columns(strbuf_text(&safe)), row,
              style, strbuf_text(&safe));
    strbuf_release(&safe);
}

void draw_cell(struct area area, int column, int row, int columns,
               struct style style, const char *text)
{
    draw_right(area_part(area, column, row, columns, 1), 0, style, text);
}

/* How many bytes of `text` make the next row: as many words as fit, or what
 * fits of a word that is longer than a row. */
static size_t fit_row(const char *text, size_t size, int columns)
{
    size_t fits = cluster_fit(text, size, columns, NULL);
    size_t at = fits;

    if (fits == size)
        return size;
    while (at && text[at] != ' ')
        at--;
    if (at)
        return at;
    /* A wide cluster in a single column would never fit. */
    return fits ? fits : cluster_next(text, size).size;
}

static void draw_row(struct area area, int column, int row, struct style style,
                     const char *text, size_t size)
{
    struct strbuf line = { 0 };

    if (row < 0 || row >= area.rows)
        return;
    strbuf_add(&line, text, size);
    area_text(area, column, row, style, strbuf_text(&line));
    strbuf_release(&line);
}

/* One line of the text, of `size` bytes; gives the rows it takes. */
static int draw_line(struct area area, int column, int row, int columns,
                     struct style style, const char *text, size_t size)
{
    struct strbuf safe = { 0 };
    const char *next;
    size_t left;
    int rows = 0;

    utf8_sanitise(text, size, false, &safe);
    next = strbuf_text(&safe);
    left = safe.len;
    while (left) {
        size_t taken = fit_row(next, left, columns);

        draw_row(area, column, row + rows, style, next, taken);
        next += taken;
        left -= taken;
        rows++;
        while (left && *next == ' ') {
            next++;
            left--;
        }
    }
    strbuf_release(&safe);
    return rows ? rows : 1;
}

int draw_paragraph(struct area area, int column, int row, int columns,
                   struct style style, const char *text)
{
    int rows = 0;

    if (columns < 1)
        return 1;
    for (;;) {
        size_t size = strcspn(text, "\n");

        rows += draw_line(area, column, row + rows, columns, style, text, size);
        text += size;
        /* A newline at the end begins no row. */
        if (!*text || !text[1])
            return rows;
        text++;
    }
}

void draw_message(struct area area, struct style style, const char *text,
                  const char *hint)
{
    int columns = area.columns - 2;
    int rows = draw_paragraph(area, 1, 0, columns, style, text);

    if (hint && *hint)
        draw_paragraph(area, 1, rows + 1, columns, draw_role(ROLE_TEXT), hint);
}

void draw_error(struct area area, const struct error *err,
                const struct icons *icons)
{
    struct style style = draw_role(ROLE_FAILED);
    int used = area_text(area, 1, 0, style, icons->status[STATUS_FAILED]);
    int column = used + 2;
    int rows = draw_paragraph(area, column, 0, area.columns - column - 1, style,
                              err->message);

    if (err->hint[0])
        draw_paragraph(area, column, rows, area.columns - column - 1,
                       draw_role(ROLE_ACCENT), err->hint);
}

int draw_unread(struct area area, int row, const struct statelog *log,
                const char *names)
{
    char *text;
    int rows;

    if (!log->unreadable && !log->is_torn)
        return 0;
    if (log->unreadable)
        text = mem_format("%zu %s of %s could not be read%s.", log->unreadable,
                          log->unreadable == 1 ? "line" : "lines", names,
                          log->is_torn ? "; the last one is cut off and not "
                                         "used"
                                       : "");
    else
        text = mem_format("The last line of %s is cut off; it is not used.",
                          names);
    rows = draw_paragraph(area, 1, row, area.columns - 2,
                          draw_role(ROLE_WARNING), text);
    free(text);
    return rows;
}

/* ---- bars ------------------------------------------------------------- */

void draw_bar(struct area area, int column, int row, int columns, int percent,
              const struct icons *icons, struct style style)
{
    int parts = icons->bar_parts + 1, filled;

    percent = percent < 0 ? 0 : percent > 100 ? 100 : percent;
    filled = columns * parts * percent / 100;
    for (int i = 0; i < columns; i++) {
        int here = filled - i * parts;

        if (here >= parts)
            area_text(area, column + i, row, style, icons->bar_full);
        else if (here > 0)
            area_text(area, column + i, row, style, icons->bar_part[here - 1]);
        else
            area_text(area, column + i, row, draw_role(ROLE_DIM),
                      icons->bar_empty);
    }
}

/* ---- words ------------------------------------------------------------ */

struct style draw_status_style(enum step_status status)
{
    static const enum role roles[STATUS_COUNT] = {
        [STATUS_PENDING] = ROLE_WAITING, [STATUS_IN_PROGRESS] = ROLE_RUNNING,
        [STATUS_COMPLETED] = ROLE_OK,    [STATUS_FAILED] = ROLE_FAILED,
        [STATUS_SKIPPED] = ROLE_SKIPPED, [STATUS_BLOCKED] = ROLE_WARNING,
        [STATUS_STALE] = ROLE_WARNING,   [STATUS_RETRYING] = ROLE_RUNNING,
    };

    return draw_role(roles[status]);
}

const char *draw_status_word(enum step_status status)
{
    return status == STATUS_IN_PROGRESS ? "in progress" : status_name(status);
}

/* Built-in steps have no "step-" before their number. */
char *draw_step_label(const char *step)
{
    const unsigned char *c;

    if (strncmp(step, "step-", 5) == 0)
        step += 5;
    c = (const unsigned char *)step;
    if (isdigit(c[0]) && isdigit(c[1]) && isdigit(c[2]) && c[3] == '-')
        return mem_format("%.3s %s", step, step + 4);
    return mem_text(step);
}

void draw_log(struct area area, struct logpane *pane, const struct icons *icons,
              const char *label, bool focused)
{
    struct strbuf note = { 0 };
    char *title = *label ? mem_format("Log %s %s", icons->horizontal, label)
                         : mem_text("Log");
    struct area inner = draw_box(area, icons, title, focused);

    /* Drawing settles the place that the title tells. */
    logpane_draw(pane, area_part(inner, 1, 0, inner.columns - 1, inner.rows),
                 icons);
    logpane_title(pane, icons, area.columns - cluster_columns(title) - 8,
                  &note);
    if (note.len)
        draw_box_note(area, icons, title, strbuf_text(&note), focused);
    strbuf_release(&note);
    free(title);
}

char *draw_duration(int64_t duration_ms, char *text)
{
    text[0] = '\0';
    return duration_ms < 0 ? text : clock_format_duration(duration_ms, text);
}

char *draw_minute(int64_t wall_ms, bool with_year, char *text)
{
    enum { YEAR = 5, MINUTE = 16 };
    char whole[REPORT_TIME_SIZE];
    size_t from = with_year ? 0 : YEAR;

    text[0] = '\0';
    if (!*report_time(wall_ms, whole) || strlen(whole) < MINUTE)
        return text;
    memcpy(text, whole + from, MINUTE - from);
    text[MINUTE - from] = '\0';
    return text;
}
