#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "fixture_log.h"

#include "base/mem.h"
#include "tui/logerror.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void open_log(struct fixture_log *log)
{
    log->fd = open(log->path, O_RDWR | O_CREAT | O_APPEND, 0600);
    assert_true(log->fd >= 0);
}

struct fixture_log *fixture_log_new(int64_t piece)
{
    struct fixture_log *log = mem_new(1, sizeof(*log));
    char name[] = "/tmp/stepdeck_test.XXXXXX";

    assert_non_null(mkdtemp(name));
    log->dir = mem_text(name);
    log->path = mem_format("%s/step.log", name);
    log->piece = piece;
    open_log(log);
    return log;
}

void fixture_log_free(struct fixture_log *log)
{
    char *times = mem_format("%s/step.times", log->dir);

    close(log->fd);
    unlink(log->path);
    unlink(times);
    assert_int_equal(rmdir(log->dir), 0);
    strbuf_release(&log->bytes);
    free(times);
    free(log->lines);
    free(log->path);
    free(log->dir);
    free(log);
}

/* ---- the model of lines ----------------------------------------------- */

static unsigned char byte_of(const struct fixture_log *log, int64_t at)
{
    return (unsigned char)log->bytes.data[at];
}

/* How many bytes a sequence begun before `cut` still wants behind it. */
static int rest_of_sequence(const struct fixture_log *log, int64_t cut)
{
    for (int64_t at = cut - 1; at >= 0 && at >= cut - 3; at--) {
        unsigned char byte = byte_of(log, at);
        int length = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : byte >= 0xC0 ? 2 : 1;

        if (byte < 0x80 || byte >= 0xC0)
            return at + length > cut ? (int)(at + length - cut) : 0;
    }
    return 0;
}

/* The place to which the rule moves a cut; -1 when it cuts nothing. */
static int64_t moved_cut(const struct fixture_log *log, int64_t cut)
{
    int64_t size = (int64_t)log->bytes.len;
    int rest = rest_of_sequence(log, cut);

    for (int64_t at = cut - log->piece; at < cut; at++) {
        if (byte_of(log, at) == '\n')
            return -1;
    }
    while (rest-- > 0 && cut < size && byte_of(log, cut) >= 0x80 &&
           byte_of(log, cut) < 0xC0)
        cut++;
    return cut < size && byte_of(log, cut) != '\n' ? cut : -1;
}

static void add_line(struct fixture_log *log, int64_t begin, int64_t number,
                     bool is_continued)
{
    if (log->count)
        log->lines[log->count - 1].end = begin;
    log->lines =
        mem_grow(log->lines, log->count, &log->capacity, sizeof(*log->lines));
    log->lines[log->count++] =
        (struct fixture_log_line){ .begin = begin,
                                   .end = (int64_t)log->bytes.len,
                                   .number = number,
                                   .is_continued = is_continued };
}

static void find_lines(struct fixture_log *log)
{
    int64_t size = (int64_t)log->bytes.len, number = 1, cut = -1;

    log->count = 0;
    for (int64_t at = 0; at < size; at++) {
        if (at && at % log->piece == 0)
            cut = moved_cut(log, at);
        if (at && byte_of(log, at - 1) == '\n') {
            add_line(log, at, ++number, false);
            continue;
        }
        if (!at || at == cut)
            add_line(log, at, number, at != 0);
    }
}

void fixture_log_append(struct fixture_log *log, const char *bytes, size_t size)
{
    assert_int_equal(write(log->fd, bytes, size), size);
    strbuf_add(&log->bytes, bytes, size);
    find_lines(log);
}

void fixture_log_puts(struct fixture_log *log, const char *text)
{
    fixture_log_append(log, text, strlen(text));
}

void fixture_log_truncate(struct fixture_log *log)
{
    assert_int_equal(ftruncate(log->fd, 0), 0);
    strbuf_clear(&log->bytes);
    find_lines(log);
}

void fixture_log_replace(struct fixture_log *log)
{
    char *aside = mem_format("%s/aside", log->dir);
    int old = log->fd;

    /* The old one stays until the new one is there, so that the new one
     * cannot have its inode. */
    assert_int_equal(rename(log->path, aside), 0);
    open_log(log);
    assert_int_equal(unlink(aside), 0);
    close(old);
    free(aside);
    strbuf_clear(&log->bytes);
    find_lines(log);
}

/* ---- content ---------------------------------------------------------- */

unsigned fixture_log_random(unsigned *chance, unsigned below)
{
    *chance = *chance * 1103515245U + 12345U;
    return (*chance >> 16) % below;
}

void fixture_log_babble(struct fixture_log *log, size_t lines, unsigned *chance)
{
    static const char *const words[] = {
        "a",
        "needle",
        "Needle",
        "nee\x1b[1mdle",
        "\x1b]0;needle\a",
        "haystack",
        "error",
        "0 errors",
        "\xC3\xA4\xE2\x82\xAC",
        "\xF0\x9F\x98\x80",
        "\xE2\x82",
        "\r",
        "  ",
        "\t",
        "\x80\x80\x80",
        "panic: x",
        "need",
        "edle",
        "\x1b[31m",
        "xxxxxxxxxxxxxxxxxxxxxxxxx",
    };
    enum { WORDS = sizeof(words) / sizeof(words[0]) };
    struct strbuf text = { 0 };

    for (size_t i = 0; i < lines; i++) {
        unsigned kind = fixture_log_random(chance, 20);
        unsigned count = kind == 0   ? 40
                         : kind < 4  ? 0
                         : kind < 12 ? 1
                                     : fixture_log_random(chance, 8);

        while (count--)
            strbuf_adds(&text, words[fixture_log_random(chance, WORDS)]);
        if (kind == 1)
            strbuf_add(&text, "\0", 1);
        if (i + 1 < lines || kind % 2)
            strbuf_adds(&text, kind == 5 ? "\r\n" : "\n");
    }
    fixture_log_append(log, strbuf_text(&text), text.len);
    strbuf_release(&text);
}

/* ---- what is expected ------------------------------------------------- */

size_t fixture_log_at(const struct fixture_log *log, int64_t offset)
{
    size_t line = 0;

    while (line + 1 < log->count && log->lines[line + 1].begin <= offset)
        line++;
    return line;
}

/* Of the sequences that babble makes, without logmatch.h. */
static void add_plain(const char *bytes, size_t size, struct strbuf *out)
{
    for (size_t i = 0; i < size; i++) {
        if (bytes[i] != '\x1b') {
            strbuf_addc(out, bytes[i]);
            continue;
        }
        if (i + 1 < size && bytes[i + 1] == ']') {
            for (i += 2; i < size && bytes[i] != '\a' && bytes[i] != '\x1b';)
                i++;
            if (i < size && bytes[i] == '\x1b')
                i--;
            continue;
        }
        for (i++;
             i < size && (bytes[i] == '[' || isdigit((unsigned char)bytes[i]));)
            i++;
        if (i < size && !isalpha((unsigned char)bytes[i]))
            i--;
    }
}

static bool holds(const struct strbuf *plain, const char *text)
{
    size_t size = strlen(text);
    bool folds = true;

    for (size_t i = 0; i < size; i++)
        folds = folds && !isupper((unsigned char)text[i]);
    for (size_t at = 0; at + size <= plain->len; at++) {
        size_t i = 0;

        while (i < size && (folds ? tolower((unsigned char)plain->data[at + i])
                                  : (unsigned char)plain->data[at + i]) ==
                               (unsigned char)text[i])
            i++;
        if (i == size)
            return true;
    }
    return false;
}

bool fixture_log_matches(const struct fixture_log *log, size_t line,
                         const struct log_match *match)
{
    const struct fixture_log_line *of = &log->lines[line];
    size_t size = (size_t)(of->end - of->begin);
    const char *bytes = log->bytes.data + of->begin;
    struct strbuf plain = { 0 };
    bool matches = false;

    if (size && bytes[size - 1] == '\n')
        size--;
    add_plain(bytes, size, &plain);
    if (match->kind == LOG_MATCH_ERRORS)
        matches = logerror_is(strbuf_text(&plain), plain.len);
    else if (match->kind != LOG_MATCH_NOTHING && match->text && *match->text)
        matches = holds(&plain, match->text) == (match->kind == LOG_MATCH_TEXT);
    strbuf_release(&plain);
    return matches;
}

bool fixture_log_shows(const struct fixture_log *log, size_t line,
                       const struct log_match *filter, size_t context)
{
    size_t first = line > context ? line - context : 0;

    if (filter->kind == LOG_MATCH_NOTHING)
        return true;
    for (size_t i = first; i <= line + context && i < log->count; i++) {
        if (fixture_log_matches(log, i, filter))
            return true;
    }
    return false;
}
