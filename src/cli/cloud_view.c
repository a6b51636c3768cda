#include "cli/cloud_view.h"

#include "base/clock.h"
#include "base/jsonx.h"
#include "cli/output.h"
#include "cli/past.h"
#include "core/report.h"

#include <stdlib.h>
#include <string.h>

enum { OPERATIONS_SHOWN = 3, LABEL_COLUMNS = 9 };

static void print_row(enum output_style style, const char *label,
                      const char *text)
{
    char *safe;

    if (!text || !*text)
        return;
    safe = output_safe(text);
    output_printf("  %s%-*s%s %s%s%s\n", output_on(STYLE_DIM), LABEL_COLUMNS,
                  label, output_off(), output_on(style), safe, output_off());
    free(safe);
}

static void print_health(const json_t *health)
{
    const char *status = jsonx_text(health, "status", NULL);
    const char *reason = jsonx_text(health, "reason", NULL);
    int64_t ms = jsonx_int(health, "duration_ms", -1);
    bool is_good = status && strcmp(status, "healthy") == 0;
    char time[CLOCK_TEXT_SIZE] = "";
    char *safe;

    if (!status)
        return;
    if (ms >= 0)
        clock_format_duration(ms, time);
    safe = output_safe(reason ? reason : "");
    output_printf("  %s%-*s%s %s%s%s%s%s%s%s\n", output_on(STYLE_DIM),
                  LABEL_COLUMNS, "health", output_off(),
                  output_on(is_good ? STYLE_OK : STYLE_WARNING), status,
                  output_off(), *time ? " in " : "", time, *safe ? ": " : "",
                  safe);
    free(safe);
}

static void print_operations(const json_t *operations)
{
    for (size_t i = 0; i < json_array_size(operations) && i < OPERATIONS_SHOWN;
         i++) {
        const json_t *operation = json_array_get(operations, i);
        char time[REPORT_TIME_SIZE];

        report_time(jsonx_int(operation, "started_ms", 0), time);
        output_printf("  %s%-*s%s %s %s %s%s%s\n", output_on(STYLE_DIM),
                      LABEL_COLUMNS, i ? "" : "lately", output_off(),
                      jsonx_text(operation, "type", ""),
                      jsonx_text(operation, "status", ""), output_on(STYLE_DIM),
                      time, output_off());
    }
}

static void print_drift(const json_t *drift)
{
    for (size_t i = 0; i < json_array_size(drift); i++)
        print_row(STYLE_WARNING, i ? "" : "drift",
                  json_string_value(json_array_get(drift, i)));
}

void cloud_view_print(const json_t *cloud, const struct error *err)
{
    const json_t *service = json_object_get(cloud, "service");

    past_heading("Service");
    if (!cloud) {
        print_row(STYLE_WARNING, "unknown", err->message);
        print_row(STYLE_DIM, "", err->hint);
        return;
    }
    if (!json_is_object(service)) {
        print_row(STYLE_DIM, "none",
                  "there is no such service yet; 'stepdeck deploy' creates it");
        return;
    }
    print_row(STYLE_BOLD, "name", jsonx_text(service, "name", NULL));
    print_row(STYLE_BOLD, "status", jsonx_text(service, "status", NULL));
    print_row(STYLE_DIM, "url", jsonx_text(service, "url", NULL));
    print_row(STYLE_DIM, "image", jsonx_text(service, "image", NULL));
    print_row(STYLE_DIM, "verdict", jsonx_text(cloud, "verdict", NULL));
    print_health(json_object_get(cloud, "health"));
    print_operations(json_object_get(cloud, "operations"));
    print_drift(json_object_get(cloud, "drift"));
}
