#include "core/circle.h"

#include "base/mem.h"
#include "base/strbuf.h"

#include <stdlib.h>
#include <string.h>

enum visit { VISIT_NEW, VISIT_OPEN, VISIT_DONE };

static bool visit_step(const struct project *project, size_t index,
                       enum visit *visits, struct strvec *path)
{
    const struct step *step = &project->steps[index];

    visits[index] = VISIT_OPEN;
    strvec_add(path, step->id);
    for (size_t i = 0; i < step->require_count; i++) {
        size_t next = step->requires[i];

        if (visits[next] == VISIT_OPEN) {
            strvec_add(path, project->steps[next].id);
            return true;
        }
        if (visits[next] == VISIT_NEW &&
            visit_step(project, next, visits, path))
            return true;
    }
    visits[index] = VISIT_DONE;
    free(path->items[--path->count]);
    path->items[path->count] = NULL;
    return false;
}

static char *circle_text(const struct strvec *path)
{
    const char *end = path->items[path->count - 1];
    struct strbuf text = { 0 };
    size_t start = 0;

    while (strcmp(path->items[start], end) != 0)
        start++;
    for (size_t i = start; i < path->count; i++)
        strbuf_addf(&text, "%s%s", i > start ? " -> " : "", path->items[i]);
    return strbuf_take(&text);
}

char *circle_find(const struct project *project)
{
    enum visit *visits = mem_new(project->count, sizeof(*visits));
    struct strvec path = { 0 };
    char *circle = NULL;

    for (size_t i = 0; !circle && i < project->count; i++) {
        if (visits[i] == VISIT_NEW && visit_step(project, i, visits, &path))
            circle = circle_text(&path);
    }
    strvec_release(&path);
    free(visits);
    return circle;
}
