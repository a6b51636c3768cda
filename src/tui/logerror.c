#include "tui/logerror.h"

#include <string.h>

static const char *const words[] = { "error",     "errors",    "fatal",
                                     "failed",    "failure",   "panic",
                                     "exception", "traceback", "cannot",
                                     "denied",    NULL };

/* In UTF-8: U+2716, U+274C. */
static const char *const icons[] = { "\xE2\x9C\x96", "\xE2\x9D\x8C", NULL };

struct text {
    const char *bytes;
    size_t size;
};

static char lower(char byte)
{
    return byte >= 'A' && byte <= 'Z' ? (char)(byte | 0x20) : byte;
}

static bool is_alnum(char byte)
{
    return (byte >= '0' && byte <= '9') ||
           (lower(byte) >= 'a' && lower(byte) <= 'z');
}

static bool is_word_byte(char byte)
{
    return is_alnum(byte) || byte == '_';
}

/* The byte at `at`, NUL outside. */
static char byte_at(struct text line, size_t at)
{
    return at < line.size ? line.bytes[at] : '\0';
}

static bool begins_with(struct text line, size_t at, const char *word)
{
    for (; *word; word++, at++) {
        if (at >= line.size || lower(line.bytes[at]) != *word)
            return false;
    }
    return true;
}

static bool has_word_at(struct text line, size_t at, const char *word)
{
    return begins_with(line, at, word) &&
           !is_word_byte(byte_at(line, at + strlen(word)));
}

/* The size of the word of `list` at `at`, 0 when there is none. */
static size_t word_size(struct text line, size_t at, const char *const *list)
{
    for (; *list; list++) {
        if (has_word_at(line, at, *list))
            return strlen(*list);
    }
    return 0;
}

/* "0 errors", "no error", "non-fatal", "without failure" */
static bool is_denied_before(struct text line, size_t at)
{
    static const char *const denials[] = { "0",    "no",      "zero", "non",
                                           "none", "without", "not",  NULL };
    size_t end = at;

    while (end && (line.bytes[end - 1] == ' ' || line.bytes[end - 1] == '-'))
        end--;
    at = end;
    if (!end || end == line.size || is_word_byte(line.bytes[end]))
        return false;
    while (at &&
           (is_word_byte(line.bytes[at - 1]) || line.bytes[at - 1] == '.'))
        at--;
    return at < end && word_size(line, at, denials) == end - at;
}

static size_t pass(struct text line, size_t at, const char *bytes)
{
    while (at < line.size && line.bytes[at] && strchr(bytes, line.bytes[at]))
        at++;
    return at;
}

/* Nothing more is said in this part of the line. */
static bool is_over(struct text line, size_t at)
{
    return at >= line.size || strchr(",;)}]\"'\r", line.bytes[at]) != NULL;
}

/* "errors: 0 warnings: 2", but not "error: 0 is no port". */
static bool is_count(struct text line, size_t end, size_t value)
{
    char last = lower(line.bytes[end - 1]);

    return line.bytes[value] == '0' && (last == 's' || last == 'd');
}

/* "errors: 0", "failed=0", "\"error\":null", "failed 0,". A text may go on with
 * such a word ("error: null pointer"), a number or a field may not. */
static bool is_denied_behind(struct text line, size_t at)
{
    static const char *const values[] = { "0",     "none",  "null", "nil",
                                          "<nil>", "false", NULL };
    size_t value = pass(line, at, " \"')");
    char sign = byte_at(line, value);
    size_t size;

    if (sign == ':' || sign == '=')
        value = pass(line, value + 1, " \"'");
    size = value > at ? word_size(line, value, values) : 0;
    if (!size)
        return false;
    if (is_over(line, value + size))
        return true;
    return byte_at(line, value + size) == ' ' &&
           (sign == '=' || (sign == ':' && is_count(line, at, value)));
}

/* "src/error.c", "errors/", "error.log": the name of a file. */
static bool is_path(struct text line, size_t at, size_t end)
{
    char next = byte_at(line, end);

    return (at && line.bytes[at - 1] == '/') || next == '/' ||
           (next == '.' && is_alnum(byte_at(line, end + 1)));
}

/* By itself, or as the name of an error in camel case: "TypeError: ...". */
static bool may_begin_word(struct text line, size_t at)
{
    char before = at ? line.bytes[at - 1] : ' ';

    return !is_word_byte(before) ||
           (before >= 'a' && before <= 'z' && line.bytes[at] >= 'A' &&
            line.bytes[at] <= 'Z');
}

static bool is_name_of_error(struct text line, size_t end)
{
    return end == line.size || line.bytes[end] == ':' ||
           line.bytes[end] == '\r';
}

static bool is_error_word(struct text line, size_t at)
{
    size_t end;

    if (!may_begin_word(line, at))
        return false;
    end = at + word_size(line, at, words);
    return end > at && !is_path(line, at, end) &&
           (!at || !is_word_byte(line.bytes[at - 1]) ||
            is_name_of_error(line, end)) &&
           !is_denied_before(line, at) && !is_denied_behind(line, end);
}

static bool is_icon(struct text line, size_t at)
{
    for (size_t i = 0; icons[i]; i++) {
        size_t size = strlen(icons[i]);

        if (line.size - at >= size &&
            memcmp(line.bytes + at, icons[i], size) == 0)
            return true;
    }
    return false;
}

/* ---- many lines ------------------------------------------------------- */

enum { RUN = 64, CASE_BIT = 0x20 };

/* Whether three bytes of what is looked for begin in a run: "rro", "fat",
 * "fai", "pan", "xce", "ceb", "nno", "den", an icon, or "E:" with what can
 * follow it. No branches and all constants, so that it becomes vector code. */
static bool run_has_three(const unsigned char *bytes)
{
    unsigned char any = 0;

    for (int i = 0; i < RUN; i++) {
        unsigned char a = bytes[i], b = bytes[i + 1], c = bytes[i + 2];
        unsigned char x = a | CASE_BIT, y = b | CASE_BIT, z = c | CASE_BIT;

        any |= (unsigned char)(((x == 'r') & (y == 'r') & (z == 'o')) |
                               ((x == 'f') & (y == 'a') &
                                ((z == 't') | (z == 'i'))) |
                               ((x == 'p') & (y == 'a') & (z == 'n')) |
                               ((x == 'x') & (y == 'c') & (z == 'e')) |
                               ((x == 'c') & (y == 'e') & (z == 'b')) |
                               ((x == 'n') & (y == 'n') & (z == 'o')) |
                               ((x == 'd') & (y == 'e') & (z == 'n')) |
                               ((a == 0xE2) & ((b == 0x9C) | (b == 0x9D)) &
                                ((c == 0x96) | (c == 0x8C))) |
                               ((a == 'E') & (b == ':') & (c <= ' ')));
    }
    return any != 0;
}

/* Whether something begins at `at`, whatever is around. */
static bool may_begin(struct text text, size_t at)
{
    switch (text.bytes[at] | CASE_BIT) {
    case 'e':
        return begins_with(text, at, "error") ||
               begins_with(text, at, "exception") ||
               (text.bytes[at] == 'E' && byte_at(text, at + 1) == ':');
    case 'c':
        return begins_with(text, at, "cannot");
    case 'd':
        return begins_with(text, at, "denied");
    case 'f':
        return begins_with(text, at, "fa");
    case 'p':
        return begins_with(text, at, "panic");
    case 't':
        return begins_with(text, at, "traceback");
    default:
        return text.bytes[at] == '\xE2' && is_icon(text, at);
    }
}

/* The first two of the three, as bits: where in what begins they stand. */
enum {
    AT_0 = 1,
    AT_1_R = 2,
    AT_1_X = 4,
    AT_3 = 8,
    ICON = 16,
    LABEL = 32,
    AT_2 = 64, /* the "nn" of "cannot" */
    AT_0_D = 128
};

static const unsigned char first_bits[256] = {
    ['f'] = AT_0,   ['F'] = AT_0,   ['p'] = AT_0,   ['P'] = AT_0,
    ['r'] = AT_1_R, ['R'] = AT_1_R, ['x'] = AT_1_X, ['X'] = AT_1_X,
    ['c'] = AT_3,   ['C'] = AT_3,   [0xE2] = ICON,  ['E'] = LABEL,
    ['n'] = AT_2,   ['N'] = AT_2,   ['d'] = AT_0_D, ['D'] = AT_0_D,
};
static const unsigned char second_bits[256] = {
    ['a'] = AT_0,          ['A'] = AT_0,   ['r'] = AT_1_R,
    ['R'] = AT_1_R,        ['c'] = AT_1_X, ['C'] = AT_1_X,
    ['n'] = AT_2,          ['N'] = AT_2,   ['e'] = AT_3 | AT_0_D,
    ['E'] = AT_3 | AT_0_D, [0x9C] = ICON,  [0x9D] = ICON,
    [':'] = LABEL,
};

/* What begins so that two of its bytes are at `at`; `size` when nothing does.
 */
static size_t begin_around(struct text text, size_t from, size_t at)
{
    unsigned char first = (unsigned char)text.bytes[at];
    unsigned char second = (unsigned char)byte_at(text, at + 1);
    unsigned bits = first_bits[first] & second_bits[second];
    size_t lead = bits & (AT_1_R | AT_1_X) ? 1
                  : bits & AT_2            ? 2
                  : bits & AT_3            ? 3
                                           : 0;

    if (!bits || at < from + lead || !may_begin(text, at - lead))
        return text.size;
    return at - lead;
}

size_t logerror_seek(const char *bytes, size_t size, size_t from)
{
    struct text text = { .bytes = bytes, .size = size };
    size_t at = from;

    while (at < size) {
        size_t end = size;

        if (size - at >= RUN + 2) {
            end = at + RUN;
            if (!run_has_three((const unsigned char *)bytes + at)) {
                at = end;
                continue;
            }
        }
        for (; at < end; at++) {
            size_t begin = begin_around(text, from, at);

            if (begin < size)
                return begin;
        }
    }
    return size;
}

bool logerror_is(const char *line, size_t size)
{
    struct text text = { .bytes = line, .size = size };

    if (size >= 2 && line[0] == 'E' && line[1] == ':' &&
        (size == 2 || line[2] == ' '))
        return true;
    for (size_t at = logerror_seek(line, size, 0); at < size;
         at = logerror_seek(line, size, at + 1)) {
        if (is_icon(text, at) || is_error_word(text, at))
            return true;
    }
    return false;
}
