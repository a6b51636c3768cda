#include "tui/cloudpart.h"

#include "core/cloudwords.h"

void cloudpart_ask(struct model *model)
{
    if (model->status.asks_cloud)
        return;
    model->status.asks_cloud = true;
    model_load(model, LOAD_CLOUD, NULL, NULL);
}

void cloudpart_load(struct model *model, struct loaded *loaded)
{
    struct status_view *view = &model->status;

    view->asks_cloud = false;
    view->cloud_error = loaded->error;
    json_decref(view->cloud);
    view->cloud = loaded->cloud;
    loaded->cloud = NULL;
}

static struct style tone_style(enum cloud_tone tone)
{
    switch (tone) {
    case CLOUD_STRONG:
        return draw_bold(ROLE_TEXT);
    case CLOUD_GOOD:
        return draw_role(ROLE_OK);
    case CLOUD_DOUBT:
        return draw_role(ROLE_WARNING);
    case CLOUD_QUIET:
        return draw_role(ROLE_DIM);
    case CLOUD_PLAIN:
        break;
    }
    return draw_role(ROLE_TEXT);
}

int cloudpart_draw(const struct model *model, struct area area, int row,
                   int column, int width)
{
    const struct status_view *view = &model->status;
    const struct project *project = view->overview->project;
    bool is_known = view->cloud || error_is_set(&view->cloud_error);
    struct cloud_words words = { 0 };
    int first = row++, used;

    if (!project->target)
        return 0;
    used = area_text(area, 1, row, draw_bold(ROLE_TITLE), "Service");
    if (view->asks_cloud && is_known)
        area_text(area, used + 3, row, draw_role(ROLE_DIM), "asking again ...");
    row++;
    if (is_known)
        cloud_words_make(&words, view->cloud, &view->cloud_error);
    else
        area_text(area, column, row++, draw_role(ROLE_DIM),
                  "asking the cloud ...");
    for (size_t i = 0; i < words.count; i++) {
        const struct cloud_row *line = &words.rows[i];

        area_text(area, column, row, draw_role(ROLE_DIM), line->label);
        row += draw_paragraph(area, column + width, row,
                              area.columns - column - width - 1,
                              tone_style(line->tone), line->text);
    }
    cloud_words_release(&words);
    return row - first;
}
