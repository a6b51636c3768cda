#include "cli/cloud_view.h"

#include "cli/output.h"
#include "cli/past.h"
#include "core/cloudwords.h"

#include <stdlib.h>

enum { LABEL_COLUMNS = 9 };

void cloud_view_print(const json_t *cloud, const struct error *err)
{
    static const enum output_style styles[] = {
        [CLOUD_PLAIN] = STYLE_PLAIN, [CLOUD_STRONG] = STYLE_BOLD,
        [CLOUD_GOOD] = STYLE_OK,     [CLOUD_DOUBT] = STYLE_WARNING,
        [CLOUD_QUIET] = STYLE_DIM,
    };
    struct cloud_words words = { 0 };

    output_heading("Service");
    cloud_words_make(&words, cloud, err);
    for (size_t i = 0; i < words.count; i++) {
        const struct cloud_row *row = &words.rows[i];
        char *safe = output_safe(row->text);

        output_printf("  %s%-*s%s %s%s%s\n", output_on(STYLE_DIM),
                      LABEL_COLUMNS, row->label, output_off(),
                      output_on(styles[row->tone]), safe, output_off());
        free(safe);
    }
    cloud_words_release(&words);
}
