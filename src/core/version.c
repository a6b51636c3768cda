#include "core/version.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

static bool is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

static bool is_letter(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
}

static const char *skip_v(const char *text)
{
    return (text[0] == 'v' || text[0] == 'V') && is_digit(text[1]) ? text + 1
                                                                   : text;
}

static size_t digits(const char *text)
{
    size_t size = 0;

    while (is_digit(text[size]))
        size++;
    return size;
}

/* The length of `N[.N...]`; a dot without a digit behind it ends a sentence,
 * not a version. */
static size_t number_size(const char *text)
{
    size_t size = digits(text);

    while (size && text[size] == '.' && is_digit(text[size + 1]))
        size += 1 + digits(text + size + 1);
    return size;
}

static bool is_prerelease_word(const char *text)
{
    static const char *const words[] = {
        "alpha",   "beta",     "canary",  "dev",      "devel",
        "develop", "next",     "nightly", "pre",      "preview",
        "rc",      "snapshot", "test",    "unstable", "milestone",
    };

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        size_t size = strlen(words[i]);

        if (strncasecmp(text, words[i], size) == 0 && !is_letter(text[size]))
            return true;
    }
    return false;
}

/* Whether a pre-release word stands directly behind the number: `3.12.0rc1`,
 * and Python's `3.13.0a2`. A lone letter is a patch level (`1.1.1w`). */
static bool is_attached_prerelease(const char *rest)
{
    if ((rest[0] == 'a' || rest[0] == 'b') && is_digit(rest[1]))
        return true;
    return is_prerelease_word(rest);
}

/* The pre-release part of what follows the number; NULL for a release. */
static const char *prerelease(const char *rest)
{
    if ((*rest == '-' || *rest == '~') && rest[1] && rest[1] != '+')
        return rest + 1;
    return is_attached_prerelease(rest) ? rest : NULL;
}

bool version_is_valid(const char *text)
{
    const char *rest = skip_v(text);
    size_t size = number_size(rest);

    rest += size;
    if (!size || *rest == '.' || *rest == '_')
        return false;
    if (strchr("-~+", *rest) && *rest && !rest[1])
        return false;
    for (; *rest; rest++) {
        if (!is_letter(*rest) && !is_digit(*rest) && !strchr(".+~-_", *rest))
            return false;
    }
    return true;
}

/* How many bytes of known pre-release suffix follow the number. */
static size_t suffix_size(const char *rest)
{
    size_t size = *rest == '-' || *rest == '~';

    if (!(size ? is_prerelease_word(rest + 1) : is_attached_prerelease(rest)))
        return 0;
    while (is_letter(rest[size]) || is_digit(rest[size]) || rest[size] == '.')
        size++;
    while (rest[size - 1] == '.')
        size--;
    return size;
}

/* How good a find is; a better one wins wherever it stands. */
enum quality { NOTHING, LONE_NUMBER, BEHIND_LETTERS, STANDING_ALONE };

static enum quality judge(const char *output, const char *start, size_t size)
{
    bool dotted = memchr(start, '.', size) != NULL;
    const char *before = start;

    if (before > output && (before[-1] == 'v' || before[-1] == 'V'))
        before--;
    if (before == output || (!is_letter(before[-1]) && !is_digit(before[-1])))
        return dotted ? STANDING_ALONE : LONE_NUMBER;
    return dotted ? BEHIND_LETTERS : NOTHING;
}

bool version_find(const char *output, char *version, size_t size)
{
    enum quality best = NOTHING;
    const char *at = output;

    version[0] = '\0';
    while (*at && best < STANDING_ALONE) {
        size_t number = number_size(at);
        size_t whole = number + (number ? suffix_size(at + number) : 0);
        enum quality quality = NOTHING;

        if (number && whole < size)
            quality = judge(output, at, number);
        if (quality > best) {
            best = quality;
            memcpy(version, at, whole);
            version[whole] = '\0';
        }
        at += number ? number : 1;
    }
    return best != NOTHING;
}

/* Compares the runs of digits (perhaps empty, then 0) and steps over them. */
static int compare_digits(const char **left, const char **right)
{
    size_t left_size, right_size;
    const char *l, *r;

    *left += strspn(*left, "0");
    *right += strspn(*right, "0");
    l = *left;
    r = *right;
    left_size = digits(l);
    right_size = digits(r);
    *left += left_size;
    *right += right_size;
    if (left_size != right_size)
        return left_size < right_size ? -1 : 1;
    return memcmp(l, r, left_size);
}

/* The next byte of a pre-release; build metadata ends it. */
static int suffix_byte(const char *text)
{
    return *text == '+' ? 0 : tolower((unsigned char)*text);
}

static int compare_prereleases(const char *left, const char *right)
{
    if (!left || !right)
        return (left == NULL) - (right == NULL);
    while (suffix_byte(left) || suffix_byte(right)) {
        int order;

        if (is_digit(*left) && is_digit(*right)) {
            order = compare_digits(&left, &right);
        } else {
            order = suffix_byte(left) - suffix_byte(right);
            left++;
            right++;
        }
        if (order)
            return order;
    }
    return 0;
}

static bool has_another_part(const char *text)
{
    return text[0] == '.' && is_digit(text[1]);
}

int version_compare(const char *left, const char *right)
{
    bool left_more, right_more;

    left = skip_v(left);
    right = skip_v(right);
    do {
        int order = compare_digits(&left, &right);

        if (order)
            return order;
        left_more = has_another_part(left);
        right_more = has_another_part(right);
        left += left_more;
        right += right_more;
    } while (left_more || right_more);
    return compare_prereleases(prerelease(left), prerelease(right));
}

/* Longer ones first, so that the first match is the whole operator. */
static const struct {
    const char *text;
    enum version_operator op;
} operators[] = {
    { ">=", VERSION_AT_LEAST }, { "<=", VERSION_AT_MOST },
    { "==", VERSION_EQUAL },    { ">", VERSION_ABOVE },
    { "<", VERSION_BELOW },     { "=", VERSION_EQUAL },
};

enum { OPERATOR_COUNT = sizeof(operators) / sizeof(operators[0]) };

size_t version_operator_read(const char *text, enum version_operator *op)
{
    for (size_t i = 0; i < OPERATOR_COUNT; i++) {
        size_t size = strlen(operators[i].text);

        if (strncmp(text, operators[i].text, size) == 0) {
            *op = operators[i].op;
            return size;
        }
    }
    return 0;
}

const char *version_operator_text(enum version_operator op)
{
    static const char *const texts[] = {
        [VERSION_ANY] = "",    [VERSION_AT_LEAST] = ">=", [VERSION_ABOVE] = ">",
        [VERSION_EQUAL] = "=", [VERSION_AT_MOST] = "<=",  [VERSION_BELOW] = "<",
    };

    return texts[op];
}

bool version_operator_holds(int comparison, enum version_operator op)
{
    switch (op) {
    case VERSION_AT_LEAST:
        return comparison >= 0;
    case VERSION_ABOVE:
        return comparison > 0;
    case VERSION_EQUAL:
        return comparison == 0;
    case VERSION_AT_MOST:
        return comparison <= 0;
    case VERSION_BELOW:
        return comparison < 0;
    case VERSION_ANY:
        break;
    }
    return true;
}
