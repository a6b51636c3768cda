/* Any bytes give preferences within their bounds and keys that work; editing
 * them makes the new value count and touches nothing but one line. */
#include "base/mem.h"
#include "tui/preferences.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool holds)
{
    if (!holds)
        abort();
}

static void check_keys(struct keymap *keys)
{
    for (size_t i = 0; i < keys->count; i++) {
        struct keymap_binding binding = keys->bindings[i];
        struct strbuf out = { 0 };

        for (size_t j = 0; j + 1 < binding.count; j++)
            demand(keymap_feed(keys, binding.keys[j]) == ACTION_NONE);
        demand(keymap_feed(keys, binding.keys[binding.count - 1]) ==
               binding.action);
        keymap_print(keys, binding.action, true, &out);
        demand(out.len > 0);
        strbuf_release(&out);
    }
}

static void check_bounds(const struct preferences *likes)
{
    demand(likes->list_width >= LIST_WIDTH_LEAST &&
           likes->list_width <= LIST_WIDTH_MOST);
    demand(likes->icons <= ICONS_ASCII && likes->times <= TIMES_ELAPSED);
    demand(!likes->theme || *likes->theme);
}

/* What was taken out of `before` to get `after` is within one line. */
static void check_touched(const char *before, const char *after)
{
    size_t size = strlen(before), after_size = strlen(after);
    size_t most = size < after_size ? size : after_size;
    size_t prefix = 0, suffix = 0;

    while (prefix < most && before[prefix] == after[prefix])
        prefix++;
    while (suffix < most - prefix &&
           before[size - suffix - 1] == after[after_size - suffix - 1])
        suffix++;
    demand(!memchr(before + prefix, '\n', size - prefix - suffix));
}

static void check_edit(const char *text)
{
    static const char value[] = "brandnew";
    struct preferences likes;
    char *edited = preferences_edit(text, "theme", value);

    check_touched(text, edited);
    preferences_defaults(&likes);
    preferences_parse(&likes, NULL, edited, strlen(edited), NULL);
    demand(likes.theme && strcmp(likes.theme, value) == 0);
    preferences_release(&likes);
    free(edited);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct preferences likes;
    struct keymap keys = { 0 };
    struct strvec warnings = { 0 };
    char *text = mem_bytes((const char *)data, size);

    preferences_defaults(&likes);
    keymap_defaults(&keys);
    preferences_parse(&likes, &keys, text, size, &warnings);
    check_bounds(&likes);
    check_keys(&keys);
    for (size_t i = 0; i < warnings.count; i++)
        demand(strncmp(warnings.items[i], "config.ini:", 11) == 0);
    check_edit(text);
    strvec_release(&warnings);
    keymap_release(&keys);
    preferences_release(&likes);
    free(text);
    return 0;
}
