/* Going through the questions that are asked, one at a time. */
#include "core/setup_private.h"

#include "base/mem.h"

#include <stdlib.h>

size_t setup_count(const struct setup *setup)
{
    size_t count = 0;

    for (size_t i = 0; i < setup_row_count(); i++)
        count += setup->slots[i].is_asked;
    return count;
}

size_t setup_number(const struct setup *setup)
{
    size_t number = 1;

    for (size_t i = 0; i < setup->at; i++)
        number += setup->slots[i].is_asked;
    return number;
}

const struct setup_question *setup_current(const struct setup *setup)
{
    return setup->at < setup_row_count() ? &setup_questions()[setup->at] : NULL;
}

bool setup_next(struct setup *setup, const char *value, struct error *err)
{
    const struct setup_question *row = setup_current(setup);
    char *text;
    bool ok;

    if (!row)
        return true;
    text = mem_text(value ? value : setup_value(setup, row->key));
    /* A default that was only looked at goes on following other answers. */
    ok = !value && !setup_is_answered(setup, row->key)
             ? setup_check(setup, row->key, text, err)
             : setup_answer(setup, row->key, text, err);
    free(text);
    if (!ok)
        return false;
    do
        setup->at++;
    while (setup->at < setup_row_count() && !setup->slots[setup->at].is_asked);
    return true;
}

bool setup_back(struct setup *setup)
{
    size_t at = setup->at;

    while (at > 0) {
        if (setup->slots[--at].is_asked) {
            setup->at = at;
            return true;
        }
    }
    return false;
}

bool setup_go(struct setup *setup, const char *key)
{
    if (key && !setup_is_asked(setup, key))
        return false;
    setup->at = key ? (size_t)setup_row(key) : setup_row_count();
    return true;
}
