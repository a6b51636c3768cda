#include "core/target.h"

#include "base/strbuf.h"
#include "base/strvec.h"
#include "core/config.h"

#include <string.h>

enum { TARGET_LIMIT = 8 };

static const struct target_ops *known[TARGET_LIMIT];
static size_t known_count;

void target_register(const struct target_ops *ops)
{
    if (known_count < TARGET_LIMIT)
        known[known_count++] = ops;
}

void target_reset(void)
{
    known_count = 0;
}

void target_names(struct strvec *names)
{
    strvec_add(names, "none");
    for (size_t i = 0; i < known_count; i++)
        strvec_add(names, known[i]->name);
}

const struct target_ops *target_at(size_t index)
{
    return index < known_count ? known[index] : NULL;
}

bool target_choose(const struct config *config, const struct target_ops **ops,
                   struct error *err)
{
    const char *name = config_get(config, "DEPLOY_TARGET");
    struct strbuf names = { 0 };

    *ops = NULL;
    if (!name)
        name = config_get(config, "SERVICE_NAME") ? "apprunner" : "none";
    if (strcmp(name, "none") == 0)
        return true;
    strbuf_adds(&names, "none");
    for (size_t i = 0; i < known_count; i++) {
        if (strcmp(known[i]->name, name) == 0)
            *ops = known[i];
        strbuf_addf(&names, ", %s", known[i]->name);
    }
    if (!*ops) {
        error_set(err, ERROR_INPUT, "'%s' is no deployment target", name);
        error_hint(err, "set DEPLOY_TARGET to one of: %s", strbuf_text(&names));
    }
    strbuf_release(&names);
    return *ops != NULL;
}
