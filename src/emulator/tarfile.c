#include "emulator/tarfile.h"

#include "base/fileio.h"
#include "base/mem.h"
#include "base/strbuf.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    BLOCK = 512,
    PATH_LIMIT = 4096,
    ENTRIES_LIMIT = 200000,
    PAX_LIMIT = 1 << 20
};

/* POSIX's header; all of it is characters. */
struct header {
    char name[100], mode[8], uid[8], gid[8], size[12], mtime[12], checksum[8];
    char type, link[100], magic[6], version[2], user[32], group[32];
    char major[8], minor[8], prefix[155], rest[12];
};
_Static_assert(sizeof(struct header) == BLOCK, "a header is a block");

void tarfile_release(struct tarfile *tar)
{
    for (size_t i = 0; i < tar->count; i++) {
        free(tar->items[i].path);
        free(tar->items[i].link);
    }
    free(tar->items);
    *tar = (struct tarfile){ 0 };
}

const struct tarfile_entry *tarfile_find(const struct tarfile *tar,
                                         const char *path)
{
    for (size_t i = tar->count; i > 0; i--) {
        if (strcmp(tar->items[i - 1].path, path) == 0)
            return &tar->items[i - 1];
    }
    return NULL;
}

char *tarfile_clean(const char *path)
{
    struct strbuf out = { 0 };

    while (*path) {
        size_t size = strcspn(path, "/");
        bool is_up = size == 2 && strncmp(path, "..", 2) == 0;

        if (is_up) {
            strbuf_release(&out);
            return NULL;
        }
        if (size > 0 && !(size == 1 && *path == '.')) {
            if (out.len)
                strbuf_addc(&out, '/');
            strbuf_add(&out, path, size);
        }
        path += size + (path[size] == '/');
    }
    return out.data ? strbuf_take(&out) : mem_text("");
}

/* ---- reading ----------------------------------------------------------- */

/* Where the reading is, and what the next header inherits. */
struct reader {
    const char *bytes;
    size_t size, at;
    char *path, *link;  /* of a pax or GNU record before the entry */
    int64_t entry_size; /* of a pax record; -1: none */
};

static bool broken(struct error *err, const char *why)
{
    return error_set(err, ERROR_INPUT, "the build context is broken: %s", why);
}

static bool read_octal(const char *field, size_t size, int64_t *number)
{
    size_t i = 0;

    *number = 0;
    while (i < size && field[i] == ' ')
        i++;
    for (; i < size && field[i] >= '0' && field[i] <= '7'; i++)
        *number = *number * 8 + (field[i] - '0');
    return i == size || field[i] == '\0' || field[i] == ' ';
}

/* The sum of all bytes, the checksum's own as spaces. */
static bool is_sound(const struct header *header)
{
    const unsigned char *bytes = (const unsigned char *)header;
    const size_t start = offsetof(struct header, checksum);
    int64_t expected, sum = 0;

    for (size_t i = 0; i < BLOCK; i++) {
        bool is_own = i >= start && i < start + sizeof(header->checksum);

        sum += is_own ? ' ' : bytes[i];
    }
    return read_octal(header->checksum, sizeof(header->checksum), &expected) &&
           expected == sum;
}

static bool is_zero(const char *block)
{
    for (size_t i = 0; i < BLOCK; i++) {
        if (block[i])
            return false;
    }
    return true;
}

static char *field_text(const char *field, size_t size)
{
    return mem_bytes(field, strnlen(field, size));
}

/* "27 path=some/long/name\n", one after the other. */
static bool read_pax(struct reader *reader, const char *bytes, size_t size,
                     struct error *err)
{
    while (size > 0) {
        char *end;
        unsigned long length = strtoul(bytes, &end, 10);
        const char *equals;
        size_t key;

        if (length < 5 || length > size || *end != ' ' ||
            (size_t)(end - bytes) >= length || bytes[length - 1] != '\n')
            return broken(err, "an extended header has a wrong length");
        equals = memchr(end, '=', length - (size_t)(end - bytes));
        if (!equals)
            return broken(err, "an extended header has no value");
        key = (size_t)(equals - end) - 1;
        char *value =
            mem_bytes(equals + 1, (size_t)(bytes + length - 1 - (equals + 1)));
        if (key == 4 && strncmp(end + 1, "path", 4) == 0) {
            free(reader->path);
            reader->path = value;
        } else if (key == 8 && strncmp(end + 1, "linkpath", 8) == 0) {
            free(reader->link);
            reader->link = value;
        } else {
            if (key == 4 && strncmp(end + 1, "size", 4) == 0)
                reader->entry_size = strtoll(value, NULL, 10);
            free(value);
        }
        bytes += length;
        size -= length;
    }
    return true;
}

/* From a copy, which ends with a NUL: numbers are read up to what is none. */
static bool read_extension(struct reader *reader, const char *bytes,
                           size_t size, struct error *err)
{
    char *copy;
    bool done;

    if (size > PAX_LIMIT)
        return broken(err, "an extended header is too large");
    copy = mem_bytes(bytes, size);
    done = read_pax(reader, copy, size, err);
    free(copy);
    return done;
}

static char *header_path(const struct header *header)
{
    char *name = field_text(header->name, sizeof(header->name)), *path;

    if (strncmp(header->magic, "ustar", 6) != 0 || !header->prefix[0])
        return name;
    path = mem_format("%.*s/%s", (int)sizeof(header->prefix), header->prefix,
                      name);
    free(name);
    return path;
}

static bool add_entry(struct reader *reader, const struct header *header,
                      const char *bytes, size_t size, struct tarfile *tar,
                      struct error *err)
{
    char *raw = reader->path ? reader->path : header_path(header);
    char *path = tarfile_clean(raw);
    const struct tarfile_entry *other;
    struct tarfile_entry entry = { .bytes = bytes, .size = size };
    int64_t mode = 0;
    bool done = true;

    free(raw);
    entry.link = reader->link ? reader->link
                              : field_text(header->link, sizeof(header->link));
    reader->path = reader->link = NULL;
    if (!path || strlen(path) > PATH_LIMIT || tar->count >= ENTRIES_LIMIT ||
        !read_octal(header->mode, sizeof(header->mode), &mode))
        done = broken(err, "a name leads out of it, or there are too many");
    entry.mode = (unsigned)mode & 07777;
    if (done && header->type == '1') {
        char *target = tarfile_clean(entry.link);

        other = target ? tarfile_find(tar, target) : NULL;
        free(target);
        if (!other || other->kind != TARFILE_FILE)
            done = broken(err, "a hard link to a file that is not there");
        else
            entry = (struct tarfile_entry){ .link = entry.link,
                                            .mode = other->mode,
                                            .bytes = other->bytes,
                                            .size = other->size };
    } else if (header->type == '2') {
        entry.kind = TARFILE_LINK;
    } else if (header->type == '5') {
        entry.kind = TARFILE_FOLDER;
    }
    if (done && *path) {
        entry.path = path;
        tar->items = mem_grow(tar->items, tar->count, &tar->capacity,
                              sizeof(*tar->items));
        tar->items[tar->count++] = entry;
        return true;
    }
    free(path);
    free(entry.link);
    return done;
}

/* One header and what belongs to it. */
static bool read_record(struct reader *reader, struct tarfile *tar,
                        struct error *err)
{
    struct header header;
    const char *bytes;
    int64_t size;
    size_t padded;

    memcpy(&header, reader->bytes + reader->at, BLOCK);
    reader->at += BLOCK;
    if (!is_sound(&header) ||
        !read_octal(header.size, sizeof(header.size), &size))
        return broken(err, "a header is damaged");
    if (strchr("012345", header.type ? header.type : '0') &&
        reader->entry_size >= 0) {
        size = reader->entry_size;
        reader->entry_size = -1;
    }
    if (size < 0 || (uint64_t)size > reader->size - reader->at)
        return broken(err, "it ends in the middle of a file");
    bytes = reader->bytes + reader->at;
    padded = ((size_t)size + BLOCK - 1) / BLOCK * BLOCK;
    reader->at =
        padded > reader->size - reader->at ? reader->size : reader->at + padded;
    switch (header.type) {
    case 'x':
        return read_extension(reader, bytes, (size_t)size, err);
    case 'g':
        return true;
    case 'L':
        free(reader->path);
        reader->path = field_text(bytes, (size_t)size);
        return true;
    case 'K':
        free(reader->link);
        reader->link = field_text(bytes, (size_t)size);
        return true;
    case '\0':
    case '0':
    case '1':
    case '2':
    case '5':
        return add_entry(reader, &header, bytes, (size_t)size, tar, err);
    default:
        return broken(err, "it has a device or another special file");
    }
}

bool tarfile_read(const char *bytes, size_t size, struct tarfile *tar,
                  struct error *err)
{
    struct reader reader = { .bytes = bytes, .size = size, .entry_size = -1 };
    bool done = true;

    while (done && reader.size - reader.at >= BLOCK &&
           !is_zero(bytes + reader.at))
        done = read_record(&reader, tar, err);
    if (done && (reader.path || reader.link))
        done = broken(err, "it ends behind an extended header");
    free(reader.path);
    free(reader.link);
    return done;
}

/* ---- writing ----------------------------------------------------------- */

void tarfile_add(struct tarfile *tar, const char *path,
                 const struct tarfile_entry *entry)
{
    struct tarfile_entry copy = *entry;

    copy.path = mem_text(path);
    copy.link = mem_text(entry->link);
    for (size_t i = 0; i < tar->count; i++) {
        if (strcmp(tar->items[i].path, path) == 0) {
            free(tar->items[i].path);
            free(tar->items[i].link);
            tar->items[i] = copy;
            return;
        }
    }
    tar->items =
        mem_grow(tar->items, tar->count, &tar->capacity, sizeof(*tar->items));
    tar->items[tar->count++] = copy;
}

static void put_header(struct strbuf *out, const char *path, char type,
                       unsigned mode, size_t size, const char *link)
{
    struct header header;
    unsigned sum = 0;
    const unsigned char *bytes = (const unsigned char *)&header;

    memset(&header, 0, sizeof(header));
    memcpy(header.name, path, strnlen(path, sizeof(header.name)));
    memcpy(header.link, link, strnlen(link, sizeof(header.link)));
    snprintf(header.mode, sizeof(header.mode), "%07o", mode & 07777);
    snprintf(header.uid, sizeof(header.uid), "%07o", 0U);
    snprintf(header.gid, sizeof(header.gid), "%07o", 0U);
    snprintf(header.size, sizeof(header.size), "%011llo",
             (unsigned long long)size & 077777777777ULL);
    snprintf(header.mtime, sizeof(header.mtime), "%011o", 0U);
    memcpy(header.magic, "ustar", 6);
    memcpy(header.version, "00", 2);
    header.type = type;
    memset(header.checksum, ' ', sizeof(header.checksum));
    for (size_t i = 0; i < sizeof(header); i++)
        sum += bytes[i];
    snprintf(header.checksum, sizeof(header.checksum) - 1, "%06o", sum);
    strbuf_add(out, &header, sizeof(header));
}

static void pad(struct strbuf *out, size_t size)
{
    static const char zeros[BLOCK];

    strbuf_add(out, zeros, (BLOCK - size % BLOCK) % BLOCK);
}

/* "LENGTH KEY=VALUE\n", where LENGTH counts its own digits. */
static void add_pax(struct strbuf *out, const char *key, const char *value)
{
    size_t rest = strlen(key) + strlen(value) + 3, length = rest + 1;

    while (length != rest + (size_t)snprintf(NULL, 0, "%zu", length))
        length++;
    strbuf_addf(out, "%zu %s=%s\n", length, key, value);
}

static void put_entry(struct strbuf *out, const struct tarfile_entry *entry)
{
    static const char types[] = {
        [TARFILE_FILE] = '0', [TARFILE_FOLDER] = '5', [TARFILE_LINK] = '2'
    };
    const char *link = entry->kind == TARFILE_LINK ? entry->link : "";
    char *path = mem_format("%s%s", entry->path,
                            entry->kind == TARFILE_FOLDER ? "/" : "");
    struct strbuf pax = { 0 };

    if (strlen(path) > sizeof(((struct header *)NULL)->name))
        add_pax(&pax, "path", path);
    if (strlen(link) > sizeof(((struct header *)NULL)->link))
        add_pax(&pax, "linkpath", link);
    if (pax.len) {
        put_header(out, "pax", 'x', 0644, pax.len, "");
        strbuf_add(out, pax.data, pax.len);
        pad(out, pax.len);
    }
    put_header(out, path, types[entry->kind], entry->mode,
               entry->kind == TARFILE_FILE ? entry->size : 0, link);
    strbuf_release(&pax);
    free(path);
}

bool tarfile_write(const struct tarfile *tar, int fd, struct error *err)
{
    static const char end[2 * BLOCK];
    bool done = true;

    for (size_t i = 0; done && i < tar->count; i++) {
        const struct tarfile_entry *entry = &tar->items[i];
        struct strbuf block = { 0 };

        put_entry(&block, entry);
        done = fileio_write_all(fd, block.data, block.len, err);
        strbuf_clear(&block);
        if (done && entry->kind == TARFILE_FILE) {
            pad(&block, entry->size);
            done = fileio_write_all(fd, entry->bytes, entry->size, err) &&
                   fileio_write_all(fd, strbuf_text(&block), block.len, err);
        }
        strbuf_release(&block);
    }
    return done && fileio_write_all(fd, end, sizeof(end), err);
}
