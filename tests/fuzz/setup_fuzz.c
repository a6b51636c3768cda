/* Any configuration file either is refused as it is, or takes a change of one
 * key: then the key has the value, a second change to the same changes
 * nothing, and removing the key leaves a file that is still understood. The
 * first byte chooses the syntax. */
#include "base/mem.h"
#include "core/setup_diff.h"
#include "core/setup_docker.h"
#include "core/setup_edit.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char value[] = "it's \"a\" $b ${c} %{d} \\ #e";

static void demand(bool holds)
{
    if (!holds)
        abort();
}

static bool is_key(void *context, const char *key)
{
    (void)context;
    return strcmp(key, "K") == 0;
}

static void check_diff(const char *old, const char *text)
{
    struct setup_diff diff = setup_diff("fuzz", old, text);

    demand((*diff.text != '\0') == (strcmp(old, text) != 0));
    free(diff.text);
}

static void change(enum setup_syntax syntax, struct strbuf *text)
{
    struct strbuf masked = { 0 };
    char *once;

    if (!setup_edit(syntax, "fuzz", text, "K", value, NULL))
        return;
    once = mem_text(strbuf_text(text));
    demand(setup_edit(syntax, "fuzz", text, "K", value, NULL));
    demand(strcmp(strbuf_text(text), once) == 0);
    demand(strlen(once) == text->len);
    setup_edit_mask(syntax, once, strlen(once), is_key, NULL, &masked);
    demand(strstr(strbuf_text(&masked), "***") != NULL);
    strbuf_release(&masked);
    if (setup_edit(syntax, "fuzz", text, "K", NULL, NULL))
        check_diff(once, strbuf_text(text));
    free(once);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum setup_syntax syntax = size && data[0] & 1 ? SETUP_HCL : SETUP_ENV;
    struct strbuf text = { 0 };
    int port;

    if (!size)
        return 0;
    strbuf_add(&text, data + 1, size - 1);
    change(syntax, &text);
    strbuf_release(&text);
    port = setup_docker_port((const char *)data + 1, size - 1);
    demand(port >= 0 && port <= 65535);
    return 0;
}
