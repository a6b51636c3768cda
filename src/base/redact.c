#include "base/redact.h"

#include "base/mem.h"
#include "base/redact_forms.h"
#include "base/strvec.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/*
 * DESIGN. A text is not read byte by byte but sampled. The first `window`
 * bytes of every form (the window is the length of the shortest) hold
 * window - 2 blocks of three bytes; all of them are marked in a filter. Where
 * a form stands in a text, one of these blocks begins at each `stride`-th
 * position, so only those are looked up, and the look-ups do not wait for one
 * another. A block that is marked leads through a hash table to the forms that
 * have it and to the offset at which they have it; those are compared.
 *
 * Each start is compared at most once with each form and no form is longer
 * than REDACT_PIECE_BYTES, so that bad texts cost a bounded factor.
 *
 * A tail that is the beginning of a form is found in the same way as long as it
 * has a window; the few shorter ones are looked up in the sorted forms.
 */

enum {
    BLOCK_BYTES = 3,
    WINDOW_MAX = 16,
    FILTER_BITS = 18, /* 32 KiB: stays in the first-level cache */
    HEAD_BITS_MIN = 10,
    HEAD_BITS_MAX = 20
};

#define MASK "***"
#define NO_ENTRY UINT32_MAX

struct entry {
    uint32_t block;
    uint32_t offset; /* of the block in the form */
    uint32_t form;
    uint32_t next; /* in the same bucket; offsets fall along a chain */
};

struct redact {
    struct strvec forms; /* sorted and without doubles once sealed */
    size_t *sizes;
    size_t longest;
    size_t window;
    size_t stride;
    struct entry *entries;
    uint32_t *heads;
    unsigned head_bits;
    bool is_sealed;
    uint64_t filter[(1U << FILTER_BITS) / 64];
};

struct match {
    size_t start;
    size_t end;
};

/* Walks over a text; what starts first comes first. */
struct finder {
    const struct redact *redact;
    const unsigned char *bytes;
    size_t size;
    size_t at;      /* the sampled position */
    uint32_t block; /* that stands there */
    uint32_t entry; /* the next to be compared, or NO_ENTRY */
};

static inline uint32_t block_at(const unsigned char *bytes)
{
    return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 |
           (uint32_t)bytes[2] << 16;
}

static inline uint32_t hash_block(uint32_t block)
{
    return block * 0x9E3779B1U;
}

static inline uint64_t is_marked(const struct redact *redact, uint32_t block)
{
    uint32_t bit = hash_block(block) >> (32 - FILTER_BITS);

    return redact->filter[bit / 64] >> (bit % 64) & 1;
}

struct redact *redact_new(void)
{
    struct redact *redact = mem_new(1, sizeof(*redact));

    redact->is_sealed = true;
    return redact;
}

static void drop_tables(struct redact *redact)
{
    free(redact->sizes);
    free(redact->entries);
    free(redact->heads);
    redact->sizes = NULL;
    redact->entries = NULL;
    redact->heads = NULL;
    memset(redact->filter, 0, sizeof(redact->filter));
}

void redact_free(struct redact *redact)
{
    if (!redact)
        return;
    drop_tables(redact);
    strvec_release(&redact->forms);
    free(redact);
}

enum redact_added redact_add(struct redact *redact, const char *secret)
{
    size_t size = redact_forms_trim(&secret, secret ? strlen(secret) : 0);

    if (!size)
        return REDACT_EMPTY;
    if (size < REDACT_MIN_BYTES)
        return REDACT_TOO_SHORT;
    redact_forms_add(&redact->forms, secret, size);
    redact->is_sealed = false;
    return REDACT_ADDED;
}

static void drop_doubles(struct strvec *forms)
{
    size_t kept = 0;

    strvec_sort(forms);
    for (size_t i = 0; i < forms->count; i++) {
        if (kept && strcmp(forms->items[kept - 1], forms->items[i]) == 0)
            free(forms->items[i]);
        else
            forms->items[kept++] = forms->items[i];
    }
    forms->count = kept;
    if (forms->items)
        forms->items[kept] = NULL;
}

static void measure_forms(struct redact *redact)
{
    redact->longest = 0;
    redact->window = WINDOW_MAX;
    redact->sizes = mem_new(redact->forms.count, sizeof(*redact->sizes));
    for (size_t i = 0; i < redact->forms.count; i++) {
        size_t size = strlen(redact->forms.items[i]);

        redact->sizes[i] = size;
        if (size < redact->window)
            redact->window = size;
        if (size > redact->longest)
            redact->longest = size;
    }
    redact->stride = redact->window - BLOCK_BYTES + 1;
}

static uint32_t *head_of(const struct redact *redact, uint32_t block)
{
    return &redact->heads[hash_block(block) >> (32 - redact->head_bits)];
}

static void enter(struct redact *redact, uint32_t number, uint32_t form,
                  uint32_t offset)
{
    const unsigned char *bytes =
        (const unsigned char *)redact->forms.items[form] + offset;
    struct entry *entry = &redact->entries[number];
    uint32_t bit;

    entry->block = block_at(bytes);
    entry->offset = offset;
    entry->form = form;
    entry->next = *head_of(redact, entry->block);
    *head_of(redact, entry->block) = number;
    bit = hash_block(entry->block) >> (32 - FILTER_BITS);
    redact->filter[bit / 64] |= (uint64_t)1 << (bit % 64);
}

void redact_seal(struct redact *redact)
{
    size_t count;
    uint32_t number = 0;

    drop_tables(redact);
    drop_doubles(&redact->forms);
    redact->is_sealed = true;
    if (redact_is_empty(redact))
        return;
    measure_forms(redact);
    count = redact->forms.count * redact->stride;
    assert(count < NO_ENTRY);
    redact->head_bits = HEAD_BITS_MIN;
    while (redact->head_bits < HEAD_BITS_MAX &&
           (size_t)1 << redact->head_bits < count)
        redact->head_bits++;
    redact->heads =
        mem_new((size_t)1 << redact->head_bits, sizeof(*redact->heads));
    memset(redact->heads, 0xFF,
           ((size_t)1 << redact->head_bits) * sizeof(*redact->heads));
    redact->entries = mem_new(count, sizeof(*redact->entries));
    /* Later entries come first in a chain: larger offsets, that is earlier
     * starts, as struct finder promises. */
    for (uint32_t offset = 0; offset < redact->stride; offset++) {
        for (uint32_t form = 0; form < redact->forms.count; form++)
            enter(redact, number++, form, offset);
    }
}

bool redact_is_empty(const struct redact *redact)
{
    assert(redact->is_sealed);
    return redact->forms.count == 0;
}

/* The first sampled position from `at` on whose block is marked, or one whose
 * block would reach beyond the text. Four look-ups at a time, as hardly any
 * succeeds. */
static size_t next_marked(const struct redact *redact,
                          const unsigned char *bytes, size_t size, size_t at)
{
    const size_t stride = redact->stride;

    while (at + 3 * stride + BLOCK_BYTES <= size) {
        const unsigned char *here = bytes + at;

        if (is_marked(redact, block_at(here)) |
            is_marked(redact, block_at(here + stride)) |
            is_marked(redact, block_at(here + 2 * stride)) |
            is_marked(redact, block_at(here + 3 * stride)))
            break;
        at += 4 * stride;
    }
    while (at + BLOCK_BYTES <= size && !is_marked(redact, block_at(bytes + at)))
        at += stride;
    return at;
}

/* The next form that has the block it should have at a sampled position; NULL
 * at the end. `start` is where it would begin. */
static const struct entry *next_entry(struct finder *finder, size_t *start)
{
    const struct redact *redact = finder->redact;

    for (;;) {
        while (finder->entry != NO_ENTRY) {
            const struct entry *entry = &redact->entries[finder->entry];

            finder->entry = entry->next;
            *start = finder->at - entry->offset;
            if (entry->block == finder->block)
                return entry;
        }
        finder->at = next_marked(redact, finder->bytes, finder->size,
                                 finder->at + redact->stride);
        if (finder->at + BLOCK_BYTES > finder->size)
            return NULL;
        finder->block = block_at(finder->bytes + finder->at);
        finder->entry = *head_of(redact, finder->block);
    }
}

static struct finder find_in(const struct redact *redact, const char *bytes,
                             size_t size)
{
    return (struct finder){
        .redact = redact,
        .bytes = (const unsigned char *)bytes,
        .size = size,
        .at = SIZE_MAX, /* one stride on is the last byte of the first one */
        .entry = NO_ENTRY,
    };
}

static bool next_match(struct finder *finder, struct match *match)
{
    const struct redact *redact = finder->redact;
    const struct entry *entry;

    while ((entry = next_entry(finder, &match->start)) != NULL) {
        size_t size = redact->sizes[entry->form];

        match->end = match->start + size;
        if (match->end <= finder->size &&
            memcmp(finder->bytes + match->start,
                   redact->forms.items[entry->form], size) == 0)
            return true;
    }
    return false;
}

/* Whether a form begins with these bytes and goes on: the first form that
 * sorts behind them tells. */
static bool is_beginning(const struct redact *redact, const char *bytes,
                         size_t size)
{
    size_t low = 0, high = redact->forms.count;

    if (size >= BLOCK_BYTES &&
        !is_marked(redact, block_at((const unsigned char *)bytes)))
        return false; /* the usual case, and cheap */
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        size_t length = redact->sizes[middle];
        int order = memcmp(redact->forms.items[middle], bytes,
                           length < size ? length : size);

        if (order > 0 || (order == 0 && length > size))
            high = middle;
        else
            low = middle + 1;
    }
    return low < redact->forms.count && redact->sizes[low] > size &&
           memcmp(redact->forms.items[low], bytes, size) == 0;
}

/* Where the longest tail of at least a window begins that may become a form;
 * `size` for none. */
static size_t long_tail(const struct redact *redact, const char *bytes,
                        size_t size)
{
    size_t from = size < redact->longest ? 0 : size - redact->longest + 1;
    struct finder finder = find_in(redact, bytes + from, size - from);
    const struct entry *entry;
    size_t start;

    while ((entry = next_entry(&finder, &start)) != NULL) {
        size_t rest = finder.size - start;

        if (rest < redact->window)
            break;
        if (redact->sizes[entry->form] > rest &&
            memcmp(redact->forms.items[entry->form], bytes + from + start,
                   rest) == 0)
            return from + start;
    }
    return size;
}

/* The same for tails of any length. */
static size_t held_from(const struct redact *redact, const char *bytes,
                        size_t size)
{
    size_t at = long_tail(redact, bytes, size);

    if (at < size)
        return at;
    at = size < redact->window ? 0 : size - redact->window + 1;
    while (at < size && !is_beginning(redact, bytes + at, size - at))
        at++;
    return at;
}

/* Writes the text up to `keep`. Matches that start behind it come again with
 * the next feed; a mask at or before it is written at once, however long the
 * match will turn out to be. */
static void write_masked(struct redact_stream *stream, const char *bytes,
                         size_t size, size_t keep, struct strbuf *out)
{
    struct finder finder = find_in(stream->redact, bytes, size);
    size_t done = stream->covered;
    struct match match;

    while (next_match(&finder, &match)) {
        if (stream->after_mask && match.start <= done) {
            done = match.end > done ? match.end : done;
            continue;
        }
        if (match.start > keep)
            break;
        strbuf_add(out, bytes + done, match.start - done);
        strbuf_adds(out, MASK);
        stream->after_mask = true;
        done = match.end;
    }
    if (done < keep) {
        strbuf_add(out, bytes + done, keep - done);
        stream->after_mask = false;
        done = keep;
    }
    stream->covered = done - keep;
}

void redact_text(const struct redact *redact, const char *bytes, size_t size,
                 struct strbuf *out)
{
    struct redact_stream stream = { .redact = redact };

    if (redact_is_empty(redact))
        strbuf_add(out, bytes, size);
    else
        write_masked(&stream, bytes, size, size, out);
}

void redact_stream_feed(struct redact_stream *stream, const char *bytes,
                        size_t size, struct strbuf *out)
{
    struct strbuf *held = &stream->held;
    bool is_joined = held->len > 0;
    size_t keep;

    if (!size)
        return;
    if (redact_is_empty(stream->redact)) {
        strbuf_add(out, bytes, size);
        return;
    }
    if (is_joined) {
        strbuf_add(held, bytes, size);
        bytes = held->data;
        size = held->len;
    }
    keep = held_from(stream->redact, bytes, size);
    write_masked(stream, bytes, size, keep, out);
    if (is_joined)
        strbuf_consume(held, keep);
    else
        strbuf_add(held, bytes + keep, size - keep);
}

void redact_stream_finish(struct redact_stream *stream, struct strbuf *out)
{
    struct strbuf *held = &stream->held;

    if (held->len)
        write_masked(stream, held->data, held->len, held->len, out);
    strbuf_release(held);
    *stream = (struct redact_stream){ .redact = stream->redact };
}
