#include "core/report_text.h"

#include "base/mem.h"
#include "base/redact.h"
#include "base/utf8.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- escaping --------------------------------------------------------- */

/* XML 1.0 knows no control characters but these, and not the last two of the
 * basic plane. */
static bool is_xml_text(const char *bytes, size_t length)
{
    unsigned char first = (unsigned char)bytes[0];

    if (first < 0x20)
        return first == '\t' || first == '\n' || first == '\r';
    return length != 3 || (memcmp(bytes, "\xEF\xBF\xBE", 3) != 0 &&
                           memcmp(bytes, "\xEF\xBF\xBF", 3) != 0);
}

void report_escape_xml(const char *bytes, size_t size, struct strbuf *out)
{
    static const struct {
        char byte;
        const char *entity;
    } entities[] = { { '&', "&amp;" },  { '<', "&lt;" },   { '>', "&gt;" },
                     { '"', "&quot;" }, { '\'', "&#39;" }, { '\r', "&#13;" } };

    while (size) {
        size_t length = utf8_sequence(bytes, size);
        const char *entity = NULL;

        for (size_t i = 0; i < sizeof(entities) / sizeof(entities[0]); i++) {
            if (entities[i].byte == bytes[0])
                entity = entities[i].entity;
        }
        if (entity)
            strbuf_adds(out, entity);
        else if (!length)
            strbuf_adds(out, "\xEF\xBF\xBD");
        else if (is_xml_text(bytes, length))
            strbuf_add(out, bytes, length);
        bytes += length ? length : 1;
        size -= length ? length : 1;
    }
}

void report_escape_markdown(const char *text, struct strbuf *out)
{
    struct strbuf safe = { 0 };

    utf8_sanitise(text, strlen(text), false, &safe);
    for (const char *c = strbuf_text(&safe); *c; c++) {
        if (*c == '<')
            strbuf_adds(out, "&lt;");
        else if (*c == '&')
            strbuf_adds(out, "&amp;");
        else if (strchr("\\`*_[]|~$", *c))
            strbuf_addf(out, "\\%c", *c);
        else
            strbuf_addc(out, *c);
    }
    strbuf_release(&safe);
}

void report_add_xml(struct strbuf *out, const char *text)
{
    struct strbuf safe = { 0 };

    if (!text)
        return;
    utf8_sanitise(text, strlen(text), false, &safe);
    report_escape_xml(strbuf_text(&safe), safe.len, out);
    strbuf_release(&safe);
}

/* ---- logs ------------------------------------------------------------- */

/* Colours and the like are dropped line by line: the lines stay. */
static void add_lines(const char *bytes, size_t size, struct strbuf *out)
{
    while (size) {
        const char *end = memchr(bytes, '\n', size);
        size_t length = end ? (size_t)(end - bytes) : size;

        utf8_sanitise(bytes, length, false, out);
        strbuf_addc(out, '\n');
        length += end != NULL;
        bytes += length;
        size -= length;
    }
}

static void read_tail(int fd, struct strbuf *out)
{
    struct stat info;
    off_t start = 0;
    const char *line;
    ssize_t size;

    if (fstat(fd, &info) < 0 || !S_ISREG(info.st_mode))
        return;
    if (info.st_size > REPORT_LOG_TAIL)
        start = info.st_size - REPORT_LOG_TAIL;
    strbuf_reserve(out, REPORT_LOG_TAIL);
    size = pread(fd, out->data, REPORT_LOG_TAIL, start);
    out->len = size > 0 ? (size_t)size : 0;
    out->data[out->len] = '\0';
    line = start ? memchr(out->data, '\n', out->len) : NULL;
    if (line)
        strbuf_consume(out, (size_t)(line + 1 - out->data));
}

void report_log_tail(const struct report *report, const char *step,
                     struct strbuf *out)
{
    char *path = mem_format("runs/%s/%s.log", report->id, step);
    struct strbuf raw = { 0 }, masked = { 0 };
    int fd = -1;

    /* A step's name out of a journal is not to lead out of the run. */
    if (state_fd(report->state) >= 0 && !strchr(step, '/'))
        fd = openat(state_fd(report->state), path,
                    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd >= 0) {
        read_tail(fd, &raw);
        close(fd);
    }
    if (report->redact)
        redact_text(report->redact, strbuf_text(&raw), raw.len, &masked);
    else
        strbuf_add(&masked, strbuf_text(&raw), raw.len);
    add_lines(strbuf_text(&masked), masked.len, out);
    strbuf_release(&masked);
    strbuf_release(&raw);
    free(path);
}

void report_add_log(const struct report *report, const struct run_step *step,
                    const char *before, const char *after, struct strbuf *out)
{
    struct strbuf log = { 0 };

    report_log_tail(report, step->id, &log);
    if (log.len) {
        strbuf_adds(out, before);
        report_escape_xml(log.data, log.len, out);
        strbuf_adds(out, after);
    }
    strbuf_release(&log);
}
