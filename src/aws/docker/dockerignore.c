/*
 * Each pattern becomes a row of tokens, and a path runs through all of its
 * states at once: no pattern, however many stars it has, takes more time than
 * its length times that of the path.
 *
 * The rules are those of the matcher that Docker and BuildKit share, the odd
 * ones included: a double star in the middle of a name stands for whole
 * folders, "." is ignored, a leading slash means nothing.
 * https://github.com/moby/patternmatcher/blob/main/patternmatcher.go
 */
#include "aws/docker/dockerignore.h"

#include "base/mem.h"
#include "base/strbuf.h"
#include "base/utf8.h"

#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { TOKEN_LIMIT = 1023, STATE_WORDS = (TOKEN_LIMIT + 1) / 64 };

enum token_kind {
    TOKEN_ONE,    /* this character */
    TOKEN_ANY,    /* one character, no slash */
    TOKEN_CLASS,  /* one of some, no slash */
    TOKEN_STAR,   /* any number, no slash */
    TOKEN_DEEP,   /* nothing, or what the next token takes */
    TOKEN_INSIDE, /* anything up to a slash */
    TOKEN_REST    /* anything */
};

struct token {
    enum token_kind kind;
    uint32_t code;     /* TOKEN_ONE */
    const char *class; /* TOKEN_CLASS: behind the "[", in the pattern's text */
};

struct dockerignore_pattern {
    bool takes_back;
    char *text;
    struct token *tokens;
    size_t count, capacity;
};

/* The states that are live; the one behind the last token accepts. */
struct states {
    uint64_t words[STATE_WORDS];
};

/* ---- characters ------------------------------------------------------- */

/* The next character; a byte that is no UTF-8 is one of its own. */
static uint32_t next_code(const char **text)
{
    const unsigned char *bytes = (const unsigned char *)*text;
    size_t size;
    uint32_t code;

    if (bytes[0] < 0x80) {
        *text += 1;
        return bytes[0];
    }
    size = utf8_sequence(*text, strnlen(*text, 4));
    if (!size) {
        *text += 1;
        return 0x110000U + bytes[0];
    }
    code = bytes[0] & (0xFFU >> (size + 1));
    for (size_t i = 1; i < size; i++)
        code = code << 6 | (bytes[i] & 0x3FU);
    *text += size;
    return code;
}

/* A character of a class, perhaps escaped; false when there is none. */
static bool class_code(const char **at, uint32_t *code)
{
    if (!**at || **at == '-' || **at == ']')
        return false;
    if (**at == '\\' && !*++*at)
        return false;
    *code = next_code(at);
    return true;
}

/* Reads the class behind a "[" and says whether it takes `code`. NULL when it
 * is not well formed, else what follows it. */
static const char *read_class(const char *at, uint32_t code, bool *takes)
{
    bool negated = *at == '^', found = false;
    size_t ranges = 0;

    at += negated;
    while (*at != ']' || !ranges) {
        uint32_t low, high;

        if (!class_code(&at, &low))
            return NULL;
        high = low;
        if (*at == '-') {
            at++;
            if (!class_code(&at, &high))
                return NULL;
        }
        found = found || (low <= code && code <= high);
        ranges++;
    }
    *takes = found != negated;
    return at + 1;
}

/* ---- reading ---------------------------------------------------------- */

static void add_token(struct dockerignore_pattern *pattern, struct token token)
{
    pattern->tokens = mem_grow(pattern->tokens, pattern->count,
                               &pattern->capacity, sizeof(token));
    pattern->tokens[pattern->count++] = token;
}

/* Two stars, and the slash behind them. */
static const char *add_deep(struct dockerignore_pattern *pattern,
                            const char *at)
{
    at += 2;
    if (*at == '/')
        at++;
    if (!*at) {
        add_token(pattern, (struct token){ .kind = TOKEN_REST });
        return at;
    }
    add_token(pattern, (struct token){ .kind = TOKEN_DEEP });
    add_token(pattern, (struct token){ .kind = TOKEN_INSIDE });
    return at;
}

static const char *add_class(struct dockerignore_pattern *pattern,
                             const char *at)
{
    bool takes;

    add_token(pattern, (struct token){ .kind = TOKEN_CLASS, .class = at + 1 });
    return read_class(at + 1, 0, &takes);
}

/* What follows the token at `at`; NULL when it is not well formed. */
static const char *add_next(struct dockerignore_pattern *pattern,
                            const char *at)
{
    struct token token = { .kind = TOKEN_ONE };

    if (strncmp(at, "**", 2) == 0)
        return add_deep(pattern, at);
    if (*at == '[')
        return add_class(pattern, at);
    if (*at == '*' || *at == '?') {
        token.kind = *at == '*' ? TOKEN_STAR : TOKEN_ANY;
        at++;
    } else {
        if (*at == '\\' && !*++at)
            return NULL;
        token.code = next_code(&at);
    }
    add_token(pattern, token);
    return at;
}

static bool compile(struct dockerignore_pattern *pattern)
{
    const char *at = pattern->text;

    while (at && *at) {
        if (pattern->count + 2 >= TOKEN_LIMIT)
            return false;
        at = add_next(pattern, at);
    }
    return at != NULL;
}

/* Takes the last part off, unless that is ".." itself; false then. */
static bool drop_part(struct strbuf *out)
{
    const char *slash = out->data ? strrchr(out->data, '/') : NULL;
    const char *last = slash ? slash + 1 : strbuf_text(out);

    if (!*last || strcmp(last, "..") == 0)
        return false;
    strbuf_truncate(out, slash ? (size_t)(slash - out->data) : 0);
    return true;
}

/* Without empty parts, "." and what ".." takes away; to free. */
static char *clean(const char *text)
{
    bool is_rooted = *text == '/';
    struct strbuf out = { 0 };

    while (*text) {
        size_t length = strcspn(text, "/");
        bool is_up = length == 2 && strncmp(text, "..", 2) == 0;
        bool is_here = !length || (length == 1 && *text == '.');

        if (!is_here && !(is_up && (drop_part(&out) || is_rooted))) {
            if (out.len)
                strbuf_addc(&out, '/');
            strbuf_add(&out, text, length);
        }
        text += length + (text[length] == '/');
    }
    return strbuf_take(&out);
}

static void release_pattern(struct dockerignore_pattern *pattern)
{
    free(pattern->text);
    free(pattern->tokens);
}

static char *trim(char *text)
{
    size_t length;

    while (isspace((unsigned char)*text))
        text++;
    length = strlen(text);
    while (length && isspace((unsigned char)text[length - 1]))
        text[--length] = '\0';
    return text;
}

/* One line, which it may change. False when it is no pattern. */
static bool add_line(struct dockerignore *ignore, char *line)
{
    struct dockerignore_pattern pattern = { 0 };

    if (*line == '#')
        return true;
    line = trim(line);
    if (!*line)
        return true;
    pattern.takes_back = *line == '!';
    if (pattern.takes_back)
        line = trim(line + 1);
    if (!*line)
        return false;
    pattern.text = clean(line);
    if (!*pattern.text || !compile(&pattern)) {
        bool is_fine = !*pattern.text;

        release_pattern(&pattern);
        return is_fine;
    }
    ignore->patterns = mem_grow(ignore->patterns, ignore->count,
                                &ignore->capacity, sizeof(pattern));
    ignore->patterns[ignore->count++] = pattern;
    return true;
}

bool dockerignore_parse(struct dockerignore *ignore, const char *bytes,
                        size_t size, struct error *err)
{
    static const char byte_order_mark[] = "\xEF\xBB\xBF";
    size_t at = 0;

    if (size >= 3 && memcmp(bytes, byte_order_mark, 3) == 0)
        at = 3;
    for (int number = 1; at < size; number++) {
        const char *end = memchr(bytes + at, '\n', size - at);
        size_t length = end ? (size_t)(end - bytes) - at : size - at;
        char *line = mem_bytes(bytes + at, length);
        bool ok = add_line(ignore, line);

        free(line);
        if (!ok)
            return error_set(err, ERROR_INPUT, "line %d is no pattern", number);
        at += length + 1;
    }
    return true;
}

void dockerignore_release(struct dockerignore *ignore)
{
    for (size_t i = 0; i < ignore->count; i++)
        release_pattern(&ignore->patterns[i]);
    free(ignore->patterns);
    *ignore = (struct dockerignore){ 0 };
}

/* ---- matching --------------------------------------------------------- */

static void set_state(struct states *states, size_t number)
{
    states->words[number / 64] |= (uint64_t)1 << (number % 64);
}

static bool has_state(const struct states *states, size_t number)
{
    return states->words[number / 64] >> (number % 64) & 1;
}

/* Adds a state, and what is reached from it without a character. */
static void reach(const struct dockerignore_pattern *pattern,
                  struct states *states, size_t number)
{
    for (;;) {
        enum token_kind kind;

        set_state(states, number);
        if (number == pattern->count)
            return;
        kind = pattern->tokens[number].kind;
        if (kind == TOKEN_DEEP)
            set_state(states, ++number);
        else if (kind != TOKEN_STAR && kind != TOKEN_REST)
            return;
        number++;
    }
}

static bool takes(const struct token *token, uint32_t code)
{
    bool is_in = false;

    if (token->kind == TOKEN_ONE)
        return code == token->code;
    if (token->kind == TOKEN_INSIDE)
        return code == '/';
    if (code == '/')
        return false;
    if (token->kind == TOKEN_CLASS)
        read_class(token->class, code, &is_in);
    return token->kind == TOKEN_ANY || is_in;
}

static bool stays(const struct token *token, uint32_t code)
{
    return token->kind == TOKEN_INSIDE || token->kind == TOKEN_REST ||
           (token->kind == TOKEN_STAR && code != '/');
}

static void clear_states(const struct dockerignore_pattern *pattern,
                         struct states *states)
{
    for (size_t i = 0; i <= pattern->count / 64; i++)
        states->words[i] = 0;
}

/* One character further; false when no state is left. */
static bool step(const struct dockerignore_pattern *pattern,
                 struct states *states, uint32_t code)
{
    struct states before = *states;
    bool is_live = false;

    clear_states(pattern, states);
    for (size_t i = 0; i < pattern->count; i++) {
        const struct token *token = &pattern->tokens[i];

        /* Most have none: 64 are passed over at once. */
        if (!(before.words[i / 64] >> (i % 64))) {
            i |= 63;
            continue;
        }
        if (!has_state(&before, i))
            continue;
        if (stays(token, code)) {
            reach(pattern, states, i);
            is_live = true;
        }
        if (takes(token, code)) {
            reach(pattern, states, i + 1);
            is_live = true;
        }
    }
    return is_live;
}

static void begin(const struct dockerignore_pattern *pattern,
                  struct states *states)
{
    clear_states(pattern, states);
    reach(pattern, states, 0);
}

/* The path, or one of its parents. */
static bool matches(const struct dockerignore_pattern *pattern,
                    const char *path)
{
    struct states states = { { 0 } };
    bool has_begun = false;

    begin(pattern, &states);
    while (*path) {
        if (*path == '/' && has_begun && has_state(&states, pattern->count))
            return true;
        if (!step(pattern, &states, next_code(&path)))
            return false;
        has_begun = true;
    }
    return has_state(&states, pattern->count);
}

/* Whether it may match something below `path`. */
static bool reaches_below(const struct dockerignore_pattern *pattern,
                          const char *path)
{
    struct states states = { { 0 } };

    begin(pattern, &states);
    while (*path) {
        if (!step(pattern, &states, next_code(&path)))
            return false;
    }
    return step(pattern, &states, '/');
}

bool dockerignore_excludes(const struct dockerignore *ignore, const char *path)
{
    for (size_t i = ignore->count; i > 0; i--) {
        if (matches(&ignore->patterns[i - 1], path))
            return !ignore->patterns[i - 1].takes_back;
    }
    return false;
}

bool dockerignore_may_return(const struct dockerignore *ignore,
                             const char *path)
{
    for (size_t i = 0; i < ignore->count; i++) {
        if (ignore->patterns[i].takes_back &&
            reaches_below(&ignore->patterns[i], path))
            return true;
    }
    return false;
}
