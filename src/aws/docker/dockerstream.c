/*
 * Records differ by the member they have: "stream" is output of a build, of
 * any bytes and not in lines; "status" with an "id" is how a layer stands,
 * without one a line; "aux" is a result; "errorDetail" (or "error", which is
 * on its way out) the failure.
 *
 * The digest of a push: the "aux" record only comes from daemons without the
 * containerd image store, and from Podman only of late. The line
 * "TAG: digest: sha256:... size: N" comes from all of them.
 * https://github.com/moby/moby/blob/master/daemon/containerd/image_push.go
 */
#include "aws/docker/dockerstream.h"

#include "base/jsonx.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { DIGEST_DIGITS = 64 };

/* ---- lines of output -------------------------------------------------- */

static void tell_line(docker_tell *tell, void *tell_context, const char *text)
{
    struct docker_told told = { .kind = DOCKER_LINE, .text = text };

    if (tell)
        tell(tell_context, &told);
}

void dockerstream_last_line(struct strbuf *line, docker_tell *tell,
                            void *tell_context)
{
    /* A \r that stands last was waiting for its \n. */
    if (line->len && line->data[line->len - 1] == '\r')
        strbuf_truncate(line, line->len - 1);
    if (line->len)
        tell_line(tell, tell_context, strbuf_text(line));
    strbuf_clear(line);
}

/* The kept bytes may end with the \r of an \r\n that was cut: a \r ends a line
 * only when the next byte is known. */
static void add_byte(struct strbuf *line, char byte, docker_tell *tell,
                     void *tell_context)
{
    bool has_return = line->len && line->data[line->len - 1] == '\r';

    if (byte == '\r' && has_return)
        return;
    if (has_return)
        strbuf_truncate(line, line->len - 1);
    if (byte == '\n' || (has_return && line->len)) {
        tell_line(tell, tell_context, strbuf_text(line));
        strbuf_clear(line);
    }
    if (byte == '\n')
        return;
    strbuf_addc(line, byte ? byte : ' ');
    if (line->len >= DOCKERSTREAM_LINE_LIMIT && byte != '\r') {
        tell_line(tell, tell_context, strbuf_text(line));
        strbuf_clear(line);
    }
}

void dockerstream_lines(struct strbuf *line, const char *bytes, size_t size,
                        docker_tell *tell, void *tell_context)
{
    for (size_t i = 0; i < size; i++)
        add_byte(line, bytes[i], tell, tell_context);
}

/* ---- results ---------------------------------------------------------- */

/* The length of "sha256:" and 64 digits at the beginning of `text`, or 0. */
static size_t digest_length(const char *text)
{
    size_t digits;

    if (strncmp(text, "sha256:", 7) != 0)
        return 0;
    digits = strspn(text + 7, "0123456789abcdef");
    return digits == DIGEST_DIGITS ? 7 + digits : 0;
}

bool dockerstream_is_digest(const char *text)
{
    size_t length = digest_length(text);

    return length && !text[length];
}

static void keep(char **place, const char *text, size_t size)
{
    free(*place);
    *place = mem_bytes(text, size);
}

/* "v1: digest: sha256:... size: 524" of a push, "Digest: sha256:..." of a
 * pull. */
static void read_status_digest(struct dockerstream *stream, const char *status)
{
    static const char of_push[] = ": digest: ", of_pull[] = "Digest: ";
    const char *at = strstr(status, of_push);

    if (at)
        at += strlen(of_push);
    else if (strncmp(status, of_pull, strlen(of_pull)) == 0)
        at = status + strlen(of_pull);
    if (at && digest_length(at))
        keep(&stream->digest, at, digest_length(at));
}

/* "Successfully built 0123456789ab" is all that some builders say. */
static void read_built(struct dockerstream *stream, const char *text)
{
    static const char words[] = "Successfully built ";
    size_t digits;

    if (strncmp(text, words, strlen(words)) != 0)
        return;
    text += strlen(words);
    digits = strspn(text, "0123456789abcdef");
    if (digits >= 12 && digits <= DIGEST_DIGITS && !stream->image)
        keep(&stream->image, text, digits);
}

static void read_aux(struct dockerstream *stream, const json_t *aux)
{
    const char *image = jsonx_text(aux, "ID", "");
    const char *digest = jsonx_text(aux, "Digest", "");

    if (dockerstream_is_digest(image))
        keep(&stream->image, image, strlen(image));
    if (dockerstream_is_digest(digest))
        keep(&stream->digest, digest, strlen(digest));
    if (jsonx_bool(aux, "contentMissing"))
        tell_line(stream->tell, stream->tell_context,
                  "the daemon does not have all of this image's content");
}

/* True when the record is a failure. */
static bool read_error(struct dockerstream *stream, const json_t *record)
{
    const json_t *detail = json_object_get(record, "errorDetail");
    const char *plain = jsonx_text(record, "error", NULL);
    const char *message = jsonx_text(detail, "message", plain);

    if (!json_is_object(detail) && !plain)
        return false;
    if (!message || !*message)
        message = plain && *plain ? plain : "it failed and does not say why";
    if (!stream->error)
        stream->error = mem_text(message);
    return true;
}

/* ---- layers ----------------------------------------------------------- */

static struct dockerstream_item *find_item(struct dockerstream *stream,
                                           const char *name)
{
    for (size_t i = 0; i < stream->item_count; i++) {
        if (strcmp(stream->items[i].name, name) == 0)
            return &stream->items[i];
    }
    if (stream->item_count >= DOCKERSTREAM_ITEMS)
        return NULL;
    stream->items = mem_grow(stream->items, stream->item_count,
                             &stream->item_capacity, sizeof(*stream->items));
    stream->items[stream->item_count] =
        (struct dockerstream_item){ .name = mem_text(name) };
    return &stream->items[stream->item_count++];
}

static bool is_end(const char *status)
{
    static const char *const ends[] = { "Pushed", "Layer already exists",
                                        "Mounted from ", "Pull complete",
                                        "Already exists" };

    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
        if (strncasecmp(status, ends[i], strlen(ends[i])) == 0)
            return true;
    }
    return false;
}

/* An amount may be above its total: 2048 of 3 bytes. */
static int64_t clamp(int64_t amount, int64_t total)
{
    if (amount < 0)
        return 0;
    return total > 0 && amount > total ? total : amount;
}

static void tell_item(struct dockerstream *stream, const char *name,
                      const char *status, const json_t *detail)
{
    struct dockerstream_item *item = find_item(stream, name);
    struct docker_told told = { .kind = DOCKER_PROGRESS,
                                .text = status,
                                .item = name,
                                .is_done = is_end(status) };
    int64_t total = clamp(jsonx_int(detail, "total", 0), 0);

    if (!total && item)
        total = item->total;
    else if (item)
        item->total = total;
    told.total = total;
    told.current =
        told.is_done ? total : clamp(jsonx_int(detail, "current", 0), total);
    if (stream->tell)
        stream->tell(stream->tell_context, &told);
}

static void read_status(struct dockerstream *stream, const json_t *record,
                        const char *status)
{
    const char *id = jsonx_text(record, "id", "");

    read_status_digest(stream, status);
    /* The "id" of this one is a tag. */
    if (!*id || strncmp(status, "Pulling from ", 13) == 0)
        tell_line(stream->tell, stream->tell_context, status);
    else
        tell_item(stream, id, status,
                  json_object_get(record, "progressDetail"));
}

/* ---- records ---------------------------------------------------------- */

static void read_record(struct dockerstream *stream, const json_t *record)
{
    const json_t *text = json_object_get(record, "stream");
    const char *status = jsonx_text(record, "status", NULL);
    const json_t *aux = json_object_get(record, "aux");

    stream->records++;
    if (read_error(stream, record))
        return;
    if (json_is_string(text)) {
        read_built(stream, json_string_value(text));
        dockerstream_lines(&stream->line, json_string_value(text),
                           json_string_length(text), stream->tell,
                           stream->tell_context);
    }
    if (status)
        read_status(stream, record, status);
    if (json_is_object(aux))
        read_aux(stream, aux);
}

/* Usually one record; old daemons wrote several without an end of line. What
 * is no record at all is somebody's words, and told as a line. */
static void read_records(struct dockerstream *stream)
{
    size_t at = 0;

    while (at < stream->record.len) {
        const char *rest = stream->record.data + at;
        size_t size = stream->record.len - at;
        json_error_t detail;
        json_t *json;

        if (strspn(rest, " \t\r") >= size)
            break;
        json = json_loadb(rest, size, JSON_DISABLE_EOF_CHECK | JSON_ALLOW_NUL,
                          &detail);
        if (!json_is_object(json)) {
            json_decref(json);
            dockerstream_lines(&stream->line, rest, size, stream->tell,
                               stream->tell_context);
            dockerstream_last_line(&stream->line, stream->tell,
                                   stream->tell_context);
            break;
        }
        read_record(stream, json);
        json_decref(json);
        at += (size_t)detail.position;
    }
    strbuf_clear(&stream->record);
}

static void end_record(struct dockerstream *stream)
{
    if (stream->is_skipping)
        tell_line(stream->tell, stream->tell_context,
                  "(a record of more than a megabyte is left out)");
    else
        read_records(stream);
    stream->is_skipping = false;
    strbuf_clear(&stream->record);
}

void dockerstream_add(struct dockerstream *stream, const char *bytes,
                      size_t size)
{
    while (size) {
        const char *end = memchr(bytes, '\n', size);
        size_t piece = end ? (size_t)(end - bytes) : size;

        if (stream->record.len + piece > DOCKERSTREAM_LIMIT) {
            stream->is_skipping = true;
            strbuf_clear(&stream->record);
        }
        if (!stream->is_skipping)
            strbuf_add(&stream->record, bytes, piece);
        if (end) {
            end_record(stream);
            piece++;
        }
        bytes += piece;
        size -= piece;
    }
}

void dockerstream_finish(struct dockerstream *stream)
{
    if (stream->record.len || stream->is_skipping)
        end_record(stream);
    dockerstream_last_line(&stream->line, stream->tell, stream->tell_context);
}

void dockerstream_release(struct dockerstream *stream)
{
    for (size_t i = 0; i < stream->item_count; i++)
        free(stream->items[i].name);
    free(stream->items);
    free(stream->error);
    free(stream->image);
    free(stream->digest);
    strbuf_release(&stream->record);
    strbuf_release(&stream->line);
    *stream = (struct dockerstream){ 0 };
}
