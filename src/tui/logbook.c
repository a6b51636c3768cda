#include "tui/logbook.h"

#include "tui/history.h"

void logbook_enter(struct model *model, enum load_kind kind)
{
    model_load(model, kind, NULL, NULL);
    history_reload(model);
}

void logbook_take(struct logbook *book, const struct loaded *loaded,
                  struct statelog *log)
{
    book->error = loaded->error;
    book->is_loaded = !error_is_set(&loaded->error);
    statelog_release(&book->log);
    book->log = *log;
    *log = (struct statelog){ 0 };
    list_fit(&book->list, book->log.count, book->list.rows);
    if (!book->list.was_moved && book->log.count)
        list_select(&book->list, book->log.count - 1);
}

const struct statelog_entry *logbook_selected(const struct logbook *book)
{
    return book->list.selected < book->log.count
               ? &book->log.entries[book->list.selected]
               : NULL;
}

struct area logbook_fit(struct logbook *book, struct area area,
                        struct area inner, const char *files,
                        const struct icons *icons)
{
    int unread = draw_unread(area_part(inner, 0, 0, inner.columns, 0), 0,
                             &book->log, files);

    unread = unread < inner.rows / 2 ? unread : inner.rows / 2;
    draw_unread(inner, inner.rows - unread, &book->log, files);
    inner = area_part(inner, 0, 0, inner.columns, inner.rows - unread);
    list_fit(&book->list, book->log.count, inner.rows);
    draw_more(area, icons, &book->list);
    return inner;
}

bool logbook_draw_state(const struct logbook *book, struct area inner,
                        const struct icons *icons)
{
    if (error_is_set(&book->error))
        draw_error(inner, &book->error, icons);
    else if (!book->is_loaded)
        draw_message(inner, draw_role(ROLE_DIM), "loading ...", NULL);
    return error_is_set(&book->error) || !book->is_loaded;
}
