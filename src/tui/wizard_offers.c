/* What is there in the cloud comes while the first questions are asked: with a
 * setup of its own, which takes the place of the one that asks. */
#include "base/mem.h"
#include "tui/wizard_private.h"

#include <stdlib.h>
#include <string.h>

void wizard_offers_ask(struct model *model)
{
    struct wizard_view *wizard = model->wizard;

    if (wizard->asks_cloud)
        return;
    wizard->asks_cloud = true;
    model_load(model, LOAD_OFFERS, NULL, NULL);
}

/* What has been answered stays; so does what was passed because it would do,
 * whatever the default may be now. */
static bool carry_over(struct setup *fresh, const struct wizard_view *wizard)
{
    const struct setup_question *current = setup_current(wizard->setup);
    struct error err = { 0 };

    for (const struct setup_question *row = setup_questions(); row->key;
         row++) {
        const char *value = setup_value(wizard->setup, row->key);
        bool is_other = strcmp(value, setup_value(fresh, row->key)) != 0;

        if ((setup_is_answered(wizard->setup, row->key) ||
             (is_other && wizard_has_passed(wizard, row))) &&
            !setup_answer(fresh, row->key, value, &err))
            return false;
    }
    return setup_go(fresh, current ? current->key : NULL);
}

/* The text in the field is not changed under the user's hands. */
static void show_choices(struct wizard_view *wizard)
{
    if (!wizard->is_changed && !wizard->field.text.len)
        wizard_ask_show(wizard);
    else
        wizard_ask_refresh(wizard);
}

void wizard_offers_take(struct wizard_view *wizard, struct setup **fresh)
{
    struct setup *before = wizard->setup;

    wizard->asks_cloud = false;
    if (!*fresh || !before || wizard->is_away ||
        (wizard->stage != WIZARD_ASKING && wizard->stage != WIZARD_REVIEW) ||
        !carry_over(*fresh, wizard))
        return;
    wizard->setup = *fresh;
    *fresh = before;
    if (wizard->stage == WIZARD_ASKING)
        show_choices(wizard);
}
