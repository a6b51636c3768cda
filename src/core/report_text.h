/* What the formats of a report share: escaping, and the ends of logs. Part of
 * report.h. */
#ifndef STEPDECK_CORE_REPORT_TEXT_H
#define STEPDECK_CORE_REPORT_TEXT_H

#include "core/report.h"

/* Appends the last bytes of a step's log in this run, from a line's start,
 * without what drives a terminal, and masked. */
enum { REPORT_LOG_TAIL = 64 * 1024 };
void report_log_tail(const struct report *report, const char *step,
                     struct strbuf *out);

/* Appends text for XML 1.0 (and HTML), characters it forbids left out. */
void report_escape_xml(const char *bytes, size_t size, struct strbuf *out);
/* Appends text for a cell of a Markdown table. */
void report_escape_markdown(const char *text, struct strbuf *out);

/* Appends one line of foreign text, without what drives a terminal, for XML;
 * NULL appends nothing. */
void report_add_xml(struct strbuf *out, const char *text);

/* Appends the end of a step's log for XML between the two texts, nothing when
 * there is no log. */
void report_add_log(const struct report *report, const struct run_step *step,
                    const char *before, const char *after, struct strbuf *out);

#endif
