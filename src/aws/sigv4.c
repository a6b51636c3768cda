#include "aws/sigv4.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "base/strvec.h"

#include <ctype.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- the parts of a URL ----------------------------------------------- */

/* Pieces of the URL, none of them copied. */
struct place {
    const char *host, *path, *query;
    size_t host_size, path_size, query_size;
};

/* Whether the authority ends with the port that the scheme implies: clients
 * leave it out of Host. */
static size_t without_port(const char *host, size_t size, const char *port)
{
    size_t port_size = strlen(port);

    if (size > port_size &&
        strncmp(host + size - port_size, port, port_size) == 0)
        return size - port_size;
    return size;
}

static bool find_place(const char *url, struct place *place, struct error *err)
{
    const char *port = ":443", *at;

    if (strncasecmp(url, "https://", 8) == 0) {
        place->host = url + 8;
    } else if (strncasecmp(url, "http://", 7) == 0) {
        place->host = url + 7;
        port = ":80";
    } else {
        return error_set(err, ERROR_INPUT, "not an http(s) URL: '%s'", url);
    }
    place->path = place->host + strcspn(place->host, "/?#");
    at = memchr(place->host, '@', (size_t)(place->path - place->host));
    if (at)
        place->host = at + 1;
    place->host_size = (size_t)(place->path - place->host);
    place->host_size = without_port(place->host, place->host_size, port);
    if (!place->host_size)
        return error_set(err, ERROR_INPUT, "no host in URL '%s'", url);
    place->path_size = strcspn(place->path, "?#");
    place->query = place->path + place->path_size;
    if (*place->query == '?')
        place->query++;
    place->query_size = strcspn(place->query, "#");
    return true;
}

/* ---- percent encoding ------------------------------------------------- */

static bool is_unreserved(unsigned char byte)
{
    return (byte < 128 && isalnum(byte)) || byte == '-' || byte == '_' ||
           byte == '.' || byte == '~';
}

static void add_encoded(struct strbuf *out, const char *bytes, size_t size,
                        bool keeps_slash)
{
    for (size_t i = 0; i < size; i++) {
        unsigned char byte = (unsigned char)bytes[i];

        if (is_unreserved(byte) || (keeps_slash && byte == '/'))
            strbuf_addc(out, bytes[i]);
        else
            strbuf_addf(out, "%%%02X", byte);
    }
}

char *sigv4_encode(const char *text, bool keeps_slash)
{
    struct strbuf out = { 0 };

    add_encoded(&out, text, strlen(text), keeps_slash);
    return strbuf_take(&out);
}

static int hex_value(char digit)
{
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    if (digit >= 'a' && digit <= 'f')
        return digit - 'a' + 10;
    if (digit >= 'A' && digit <= 'F')
        return digit - 'A' + 10;
    return -1;
}

void sigv4_decode(const char *text, size_t size, struct strbuf *out)
{
    for (size_t i = 0; i < size; i++) {
        if (text[i] == '%' && size - i > 2 && hex_value(text[i + 1]) >= 0 &&
            hex_value(text[i + 2]) >= 0) {
            strbuf_addc(out, (char)(hex_value(text[i + 1]) * 16 +
                                    hex_value(text[i + 2])));
            i += 2;
        } else {
            strbuf_addc(out, text[i]);
        }
    }
}

/* ---- the canonical request -------------------------------------------- */

/* Without "." and "..", and without empty segments: S3 alone has keys of such
 * names. */
static void add_normal_path(struct strbuf *out, const char *path, size_t size)
{
    size_t begin = out->len;

    for (size_t i = 0; i < size;) {
        size_t length = 0;

        while (i + length < size && path[i + length] != '/')
            length++;
        if (length == 2 && memcmp(path + i, "..", 2) == 0) {
            while (out->len > begin && out->data[out->len - 1] != '/')
                strbuf_truncate(out, out->len - 1);
            if (out->len > begin)
                strbuf_truncate(out, out->len - 1);
        } else if (length && (length != 1 || path[i] != '.')) {
            strbuf_addc(out, '/');
            strbuf_add(out, path + i, length);
        }
        i += length + 1;
    }
    if (out->len == begin || path[size - 1] == '/')
        strbuf_addc(out, '/');
}

static void add_path(struct strbuf *out, const struct place *place, bool is_s3)
{
    struct strbuf normal = { 0 };

    if (is_s3 && place->path_size) {
        strbuf_add(out, place->path, place->path_size);
        return;
    }
    add_normal_path(&normal, place->path, place->path_size);
    add_encoded(out, normal.data, normal.len, true);
    strbuf_release(&normal);
}

struct parameter {
    char *name, *value;
};

static int compare_parameters(const void *left, const void *right)
{
    const struct parameter *a = left, *b = right;
    int order = strcmp(a->name, b->name);

    return order ? order : strcmp(a->value, b->value);
}

/* The text decoded and encoded anew: the receiver does not know how it was. */
static char *encoded_anew(const char *bytes, size_t size)
{
    struct strbuf plain = { 0 }, out = { 0 };

    sigv4_decode(bytes, size, &plain);
    add_encoded(&out, strbuf_text(&plain), plain.len, false);
    strbuf_release(&plain);
    return strbuf_take(&out);
}

static struct parameter *read_parameters(const struct place *place,
                                         size_t *count)
{
    struct parameter *list = NULL;
    size_t capacity = 0;
    const char *at = place->query, *end = at + place->query_size;

    while (at < end) {
        const char *stop = memchr(at, '&', (size_t)(end - at));
        const char *equals;

        stop = stop ? stop : end;
        equals = memchr(at, '=', (size_t)(stop - at));
        if (stop > at) {
            size_t size = (size_t)((equals ? equals : stop) - at);
            const char *value = equals ? equals + 1 : stop;

            list = mem_grow(list, *count, &capacity, sizeof(*list));
            list[(*count)++] = (struct parameter){
                .name = encoded_anew(at, size),
                .value = encoded_anew(value, (size_t)(stop - value)),
            };
        }
        at = stop + 1;
    }
    return list;
}

static void add_query(struct strbuf *out, const struct place *place)
{
    size_t count = 0;
    struct parameter *list = read_parameters(place, &count);

    if (count > 1)
        qsort(list, count, sizeof(*list), compare_parameters);
    for (size_t i = 0; i < count; i++) {
        strbuf_addf(out, "%s%s=%s", i ? "&" : "", list[i].name, list[i].value);
        free(list[i].name);
        free(list[i].value);
    }
    free(list);
}

static bool is_named(const char *header, const char *name, size_t size)
{
    return strncasecmp(header, name, size) == 0 && header[size] == ':';
}

static void add_trimmed(struct strbuf *out, const char *value)
{
    bool is_begun = false, is_space = false;

    for (; *value; value++) {
        if (*value == ' ' || *value == '\t') {
            is_space = is_begun;
            continue;
        }
        if (is_space)
            strbuf_addc(out, ' ');
        strbuf_addc(out, *value);
        is_begun = true;
        is_space = false;
    }
}

/* "name:value,value\n"; false when there is no header of that name. */
static bool add_header(struct strbuf *out, const char *name, size_t size,
                       const struct strvec *headers)
{
    bool is_found = false;

    strbuf_add(out, name, size);
    for (size_t i = 0; i < headers->count; i++) {
        if (!is_named(headers->items[i], name, size))
            continue;
        strbuf_addc(out, is_found ? ',' : ':');
        add_trimmed(out, headers->items[i] + size + 1);
        is_found = true;
    }
    strbuf_addc(out, '\n');
    return is_found;
}

static bool add_headers(struct strbuf *out, const char *names,
                        const struct strvec *headers, struct error *err)
{
    while (*names) {
        size_t size = strcspn(names, ";");

        if (!add_header(out, names, size, headers))
            return error_set(err, ERROR_INPUT,
                             "signed header '%.*s' is missing",
                             size < 64 ? (int)size : 64, names);
        names += size + (names[size] == ';');
    }
    return true;
}

static bool canonical_hash(const struct sigv4_request *request,
                           const char *payload, const char *signed_headers,
                           const struct strvec *headers,
                           char hash[DIGEST_TEXT_SIZE], struct error *err)
{
    struct place place = { 0 };
    struct strbuf text = { 0 };
    bool ok = false;

    if (!find_place(request->url, &place, err))
        goto out;
    strbuf_addf(&text, "%s\n", request->method);
    add_path(&text, &place, request->is_s3);
    strbuf_addc(&text, '\n');
    add_query(&text, &place);
    strbuf_addc(&text, '\n');
    if (!add_headers(&text, signed_headers, headers, err))
        goto out;
    strbuf_addf(&text, "\n%s\n%s", signed_headers, payload);
    digest_bytes(text.data, text.len, hash);
    ok = true;
out:
    if (text.data)
        OPENSSL_cleanse(text.data, text.len); /* the session token is in it */
    strbuf_release(&text);
    return ok;
}

/* ---- the signature ---------------------------------------------------- */

static void add_hmac(unsigned char key[DIGEST_BYTES], const char *text)
{
    unsigned char out[DIGEST_BYTES] = { 0 };
    unsigned size = 0;

    HMAC(EVP_sha256(), key, DIGEST_BYTES, (const unsigned char *)text,
         strlen(text), out, &size);
    memcpy(key, out, sizeof(out));
    OPENSSL_cleanse(out, sizeof(out));
}

static void signing_key(const struct sigv4_request *request, const char *secret,
                        const char *day, unsigned char key[DIGEST_BYTES])
{
    struct strbuf first = { 0 };
    unsigned size = 0;

    strbuf_addf(&first, "AWS4%s", secret);
    HMAC(EVP_sha256(), first.data, (int)first.len, (const unsigned char *)day,
         strlen(day), key, &size);
    OPENSSL_cleanse(first.data, first.len);
    strbuf_release(&first);
    add_hmac(key, request->region);
    add_hmac(key, request->service);
    add_hmac(key, "aws4_request");
}

/* "20261121T170000Z" */
static bool check_date(const char *date, struct error *err)
{
    static const char digits[] = "0123456789";

    if (strspn(date, digits) != 8 || date[8] != 'T' ||
        strspn(date + 9, digits) != 6 || strcmp(date + 15, "Z") != 0)
        return error_set(err, ERROR_INPUT, "not a date to sign: '%.32s'", date);
    return true;
}

bool sigv4_signature(const struct sigv4_request *request,
                     const char *secret_key, const char *date,
                     const char *payload, const char *signed_headers,
                     const struct strvec *headers, char text[DIGEST_TEXT_SIZE],
                     struct error *err)
{
    unsigned char key[DIGEST_BYTES] = { 0 };
    char hash[DIGEST_TEXT_SIZE], day[9];
    char *to_sign;

    if (!check_date(date, err) ||
        !canonical_hash(request, payload, signed_headers, headers, hash, err))
        return false;
    snprintf(day, sizeof(day), "%.8s", date);
    to_sign = mem_format("AWS4-HMAC-SHA256\n%s\n%s/%s/%s/aws4_request\n%s",
                         date, day, request->region, request->service, hash);
    signing_key(request, secret_key, day, key);
    add_hmac(key, to_sign);
    for (size_t i = 0; i < DIGEST_BYTES; i++)
        snprintf(text + 2 * i, 3, "%02x", key[i]);
    OPENSSL_cleanse(key, sizeof(key));
    free(to_sign);
    return true;
}

/* What proxies and libcurl may change on the way. */
static bool is_left_out(const char *name)
{
    static const char *const left_out[] = { "authorization", "connection",
                                            "user-agent", "expect" };

    for (size_t i = 0; i < sizeof(left_out) / sizeof(left_out[0]); i++) {
        if (strcmp(name, left_out[i]) == 0)
            return true;
    }
    return false;
}

/* "content-type;host;x-amz-date", sorted, each once; to free. */
static char *names_to_sign(const struct strvec *headers)
{
    struct strvec names = { 0 };
    struct strbuf out = { 0 };

    for (size_t i = 0; i < headers->count; i++) {
        char *name =
            mem_bytes(headers->items[i], strcspn(headers->items[i], ":"));

        for (char *at = name; *at; at++)
            *at = (char)tolower((unsigned char)*at);
        if (is_left_out(name) || strvec_has(&names, name))
            free(name);
        else
            strvec_take(&names, name);
    }
    strvec_sort(&names);
    for (size_t i = 0; i < names.count; i++)
        strbuf_addf(&out, "%s%s", i ? ";" : "", names.items[i]);
    strvec_release(&names);
    return strbuf_take(&out);
}

static const char *header_value(const struct strvec *headers, const char *name)
{
    for (size_t i = 0; i < headers->count; i++) {
        const char *header = headers->items[i];

        if (is_named(header, name, strlen(name)))
            return header + strlen(name) + 1 +
                   strspn(header + strlen(name) + 1, " \t");
    }
    return NULL;
}

bool sigv4_sign(const struct sigv4_request *request,
                const struct sigv4_keys *keys, struct strvec *headers,
                struct error *err)
{
    char date[CLOCK_TEXT_SIZE], hash[DIGEST_TEXT_SIZE];
    char signature[DIGEST_TEXT_SIZE];
    struct place place = { 0 };
    char *names;
    bool ok;

    if (!find_place(request->url, &place, err))
        return false;
    clock_format_compact(request->time_ms, date);
    digest_bytes(request->body ? request->body : "", request->body_size, hash);
    if (!header_value(headers, "Host"))
        strvec_addf(headers, "Host: %.*s", (int)place.host_size, place.host);
    strvec_addf(headers, "X-Amz-Date: %s", date);
    if (keys->token)
        strvec_addf(headers, "X-Amz-Security-Token: %s", keys->token);
    if (request->is_s3)
        strvec_addf(headers, "X-Amz-Content-Sha256: %s", hash);
    names = names_to_sign(headers);
    ok = sigv4_signature(request, keys->secret_key, date, hash, names, headers,
                         signature, err);
    if (ok)
        strvec_addf(headers,
                    "Authorization: AWS4-HMAC-SHA256 Credential=%s/%.8s/%s/%s"
                    "/aws4_request, SignedHeaders=%s, Signature=%s",
                    keys->access_key, date, request->region, request->service,
                    names, signature);
    free(names);
    return ok;
}
