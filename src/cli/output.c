#include "cli/output.h"

#include "base/cluster.h"
#include "base/mem.h"
#include "base/redact_json.h"
#include "base/strbuf.h"
#include "base/utf8.h"

#include <errno.h>
#include <langinfo.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { NARROWEST = 20 }; /* a paragraph */

static struct {
    bool colour;
    bool ascii;
    bool closed;
    const struct redact *redact;
} output;

static bool is_set(const char *variable)
{
    const char *value = getenv(variable);

    return value && *value;
}

static bool wants_colour(const struct options *options)
{
    const char *choice = options->values[OPTION_COLOR];
    const char *term = getenv("TERM");

    if (options->given[OPTION_COLOR] && strcmp(choice, "auto") != 0)
        return strcmp(choice, "always") == 0;
    if (is_set("NO_COLOR"))
        return false;
    if (is_set("FORCE_COLOR"))
        return true;
    return isatty(STDOUT_FILENO) && term && strcmp(term, "dumb") != 0;
}

void output_setup(const struct options *options)
{
    output.colour = wants_colour(options);
    output.ascii = options->given[OPTION_ASCII] ||
                   strcmp(nl_langinfo(CODESET), "UTF-8") != 0;
    /* Steps are announced when they start, also into a pipe; whole lines of
     * child output are written in large pieces. */
    setvbuf(stdout, NULL, _IOFBF, 1 << 16);
}

bool output_is_ascii(void)
{
    return output.ascii;
}

bool output_has_colour(void)
{
    return output.colour;
}

const char *output_on(enum output_style style)
{
    static const char *const sequences[] = {
        [STYLE_PLAIN] = "",           [STYLE_OK] = "\x1b[32m",
        [STYLE_FAILED] = "\x1b[31m",  [STYLE_WARNING] = "\x1b[33m",
        [STYLE_RUNNING] = "\x1b[34m", [STYLE_DIM] = "\x1b[2m",
        [STYLE_ACCENT] = "\x1b[36m",  [STYLE_BOLD] = "\x1b[1m",
    };

    return output.colour ? sequences[style] : "";
}

const char *output_off(void)
{
    return output.colour ? "\x1b[0m" : "";
}

enum output_style output_style_of(enum step_status status)
{
    static const enum output_style styles[STATUS_COUNT] = {
        [STATUS_PENDING] = STYLE_DIM,   [STATUS_IN_PROGRESS] = STYLE_RUNNING,
        [STATUS_COMPLETED] = STYLE_OK,  [STATUS_FAILED] = STYLE_FAILED,
        [STATUS_SKIPPED] = STYLE_DIM,   [STATUS_BLOCKED] = STYLE_WARNING,
        [STATUS_STALE] = STYLE_WARNING, [STATUS_RETRYING] = STYLE_WARNING,
    };

    return styles[status];
}

const char *output_icon(enum step_status status)
{
    return status_icon(status, output.ascii);
}

void output_set_redact(const struct redact *redact)
{
    output.redact = redact;
}

static bool has_secrets(void)
{
    return output.redact && !redact_is_empty(output.redact);
}

char *output_safe(const char *text)
{
    struct strbuf masked = { 0 }, safe = { 0 };
    size_t size = strlen(text);

    /* First of all, while a secret is still what it was. */
    if (has_secrets()) {
        redact_text(output.redact, text, size, &masked);
        text = strbuf_text(&masked);
        size = masked.len;
    }
    utf8_sanitise(text, size, false, &safe);
    strbuf_release(&masked);
    return strbuf_take(&safe);
}

void output_write(const char *bytes, size_t size)
{
    if (!output.closed && fwrite(bytes, 1, size, stdout) != size)
        output.closed = true;
}

void output_printf(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    if (!output.closed && vfprintf(stdout, format, args) < 0)
        output.closed = true;
    va_end(args);
}

void output_flush(void)
{
    if (!output.closed && fflush(stdout) == EOF)
        output.closed = true;
}

void output_json(json_t *json)
{
    static const char *const spared[] = { "step", "status", "time", NULL };
    json_t *masked = has_secrets() ? redact_json(json, output.redact, spared)
                                   : json_incref(json);
    char *text = json_dumps(masked, JSON_INDENT(2));

    output_printf("%s\n", text);
    output_flush();
    free(text);
    json_decref(masked);
    json_decref(json);
}

char *output_column(const char *text, size_t width)
{
    struct strbuf column = { 0 };
    char *safe = output_safe(text);
    int used = 0, columns = cluster_columns(safe);
    bool fits = columns <= (int)width;
    size_t size =
        cluster_fit(safe, strlen(safe), (int)width - (fits ? 0 : 1), &used);

    strbuf_add(&column, safe, size);
    if (!fits && width) {
        strbuf_adds(&column, output.ascii ? "~" : "…");
        used++;
    }
    for (; used < (int)width; used++)
        strbuf_addc(&column, ' ');
    free(safe);
    return strbuf_take(&column);
}

/* ---- paragraphs ------------------------------------------------------- */

static size_t count_cells(const char *text, size_t size)
{
    size_t cells = 0;

    while (size) {
        size_t length = utf8_sequence(text, size);

        length = length ? length : 1;
        text += length;
        size -= length;
        cells++;
    }
    return cells;
}

/* The bytes of the next line: as many words as fit, at least one. */
static size_t fit_words(const char *text, size_t room)
{
    size_t best = 0;

    for (size_t i = 0;; i++) {
        if (text[i] != ' ' && text[i] != '\0')
            continue;
        if (best && count_cells(text, i) > room)
            return best;
        best = i;
        if (text[i] == '\0')
            return best;
    }
}

void output_paragraph(size_t indent, enum output_style style, const char *label,
                      const char *text)
{
    char *safe = output_safe(text);
    const char *next = safe;
    const char *on = output_on(style);
    const char *off = style == STYLE_PLAIN ? "" : output_off();
    size_t hang = indent + count_cells(label, strlen(label));
    size_t room =
        hang + NARROWEST < OUTPUT_WIDTH ? OUTPUT_WIDTH - hang : NARROWEST;

    output_printf("%*s%s%s%s", (int)indent, "", on, label, *label ? off : "");
    do {
        size_t length;

        while (*next == ' ')
            next++;
        length = fit_words(next, room);
        if (next != safe && *next)
            output_printf("\n%*s%s", (int)hang, "", *label ? "" : on);
        output_printf("%.*s%s", (int)length, next, *label ? "" : off);
        next += length;
    } while (*next);
    output_printf("\n");
    free(safe);
}

void output_heading(const char *text)
{
    output_printf("\n%s%s%s\n", output_on(STYLE_BOLD), text, output_off());
}
