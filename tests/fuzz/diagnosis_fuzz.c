/* Rule files and output of any bytes. Up to the first NUL the input is a rule
 * file, behind it output in which the program's rules and these are looked
 * for. What is found is one of the rules. */
#include "base/strvec.h"
#include "core/diagnosis.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool holds)
{
    if (!holds)
        abort();
}

static void check_rule(const struct diagnosis *rule)
{
    demand(*rule->id && *rule->tool && *rule->pattern && *rule->cause);
    demand(*rule->suggestion && *rule->documentation);
    demand(*diagnosis_action_name(rule->action));
}

/* Patterns are written by people who want them to match: what makes libc's
 * matcher take minutes (repeated repetitions, counts, references) is none of
 * our doing. */
static bool is_harmless(const char *bytes, size_t size)
{
    size_t repetitions = 0;

    for (size_t i = 0; i + 1 < size; i++) {
        bool before_digit = bytes[i + 1] >= '0' && bytes[i + 1] <= '9';

        repetitions += strchr("*+?", bytes[i]) && bytes[i];
        if (before_digit && (bytes[i] == '{' || bytes[i] == '\\'))
            return false;
    }
    return repetitions < 8;
}

static void find(struct diagnosis_rules *rules, const char *text, size_t size)
{
    const struct diagnosis *found = diagnosis_find(rules, text, size);
    bool is_known = !found;

    for (size_t i = 0; !is_known && i < diagnosis_count(rules); i++)
        is_known = diagnosis_at(rules, i) == found;
    demand(is_known);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct diagnosis_rules *own;
    const char *text = (const char *)data;
    const char *end = size ? memchr(text, '\0', size) : NULL;
    size_t rules_size = end ? (size_t)(end - text) : size;
    struct diagnosis_rules *rules = diagnosis_open(NULL);
    struct strvec warnings = { 0 };
    struct error err = { 0 };

    if (!own)
        own = diagnosis_load(NULL, NULL);
    if (!is_harmless(text, rules_size)) {
        diagnosis_free(rules);
        return 0;
    }
    if (diagnosis_add(rules, "fuzz.json", text, rules_size, &warnings, &err))
        demand(!error_is_set(&err));
    else
        demand(err.code == ERROR_INPUT && *err.message && *err.hint);
    for (size_t i = 0; i < diagnosis_count(rules); i++)
        check_rule(diagnosis_at(rules, i));
    find(own, text, size);
    diagnosis_free(rules);
    strvec_release(&warnings);
    return 0;
}
