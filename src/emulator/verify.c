#include "emulator/verify.h"

#include "aws/sigv4.h"
#include "base/clock.h"
#include "base/jsonx.h"
#include "base/mem.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SKEW_MS = 15 * 60 * 1000, UNSIGNED_SIZE = 16 };

enum verdict {
    GOOD,
    UNSIGNED,
    INCOMPLETE,
    UNKNOWN_KEY,
    WRONG_TOKEN,
    EXPIRED,
    SKEWED,
    WRONG_SIGNATURE,
    WRONG_PAYLOAD
};

/* How the services word it: JSON, query, S3.
 * https://docs.aws.amazon.com/apprunner/latest/api/CommonErrors.html
 * https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html */
static const struct refusal {
    const char *code[3];
    int status[3];
    const char *message;
} refusals[] = {
    [UNSIGNED] = { { "MissingAuthenticationTokenException",
                     "MissingAuthenticationToken", "AccessDenied" },
                   { 400, 403, 403 },
                   "Request is missing Authentication Token" },
    [INCOMPLETE] = { { "IncompleteSignatureException", "IncompleteSignature",
                       "AuthorizationHeaderMalformed" },
                     { 400, 400, 400 },
                     "Authorization header requires 'Credential', 'Signature' "
                     "and 'SignedHeaders' parameters and a date" },
    [UNKNOWN_KEY] = { { "UnrecognizedClientException", "InvalidClientTokenId",
                        "InvalidAccessKeyId" },
                      { 400, 403, 403 },
                      "The security token included in the request is "
                      "invalid." },
    [WRONG_TOKEN] = { { "UnrecognizedClientException", "InvalidClientTokenId",
                        "InvalidToken" },
                      { 400, 403, 400 },
                      "The security token included in the request is "
                      "invalid." },
    [EXPIRED] = { { "ExpiredTokenException", "ExpiredToken", "ExpiredToken" },
                  { 400, 403, 400 },
                  "The security token included in the request is expired" },
    [SKEWED] = { { "InvalidSignatureException", "SignatureDoesNotMatch",
                   "RequestTimeTooSkewed" },
                 { 400, 403, 403 },
                 "Signature expired: the difference between the request time "
                 "and the current time is too large (15 min.)" },
    [WRONG_SIGNATURE] = { { "InvalidSignatureException",
                            "SignatureDoesNotMatch", "SignatureDoesNotMatch" },
                          { 400, 403, 403 },
                          "The request signature we calculated does not match "
                          "the signature you provided. Check your AWS Secret "
                          "Access Key and signing method." },
    [WRONG_PAYLOAD] = { { "InvalidSignatureException", "SignatureDoesNotMatch",
                          "XAmzContentSHA256Mismatch" },
                        { 400, 403, 400 },
                        "The provided 'x-amz-content-sha256' header does not "
                        "match what was computed." },
};

/* ---- the header --------------------------------------------------------- */

/* Copies `size` bytes when they fit. */
static bool copy(const char *from, size_t size, char *to, size_t to_size)
{
    if (!size || size >= to_size)
        return false;
    memcpy(to, from, size);
    to[size] = '\0';
    return true;
}

/* "Credential=AKIA/20260101/us-east-1/sts/aws4_request": its five parts. */
static bool read_credential(const char *text, size_t size,
                            struct verify_claim *claim)
{
    const struct {
        char *to;
        size_t size;
    } parts[] = {
        { claim->access_key, sizeof(claim->access_key) },
        { claim->date, sizeof(claim->date) },
        { claim->region, sizeof(claim->region) },
        { claim->service, sizeof(claim->service) },
    };

    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        const char *end = memchr(text, '/', size);

        if (!end ||
            !copy(text, (size_t)(end - text), parts[i].to, parts[i].size))
            return false;
        size -= (size_t)(end + 1 - text);
        text = end + 1;
    }
    return size == strlen("aws4_request") &&
           !strncmp(text, "aws4_request", size);
}

static bool read_part(const char *text, size_t size, struct verify_claim *claim)
{
    static const char credential[] = "Credential=";
    static const char headers[] = "SignedHeaders=";
    static const char signature[] = "Signature=";

    if (!strncmp(text, credential, strlen(credential)))
        return read_credential(text + strlen(credential),
                               size - strlen(credential), claim);
    if (!strncmp(text, headers, strlen(headers)))
        return copy(text + strlen(headers), size - strlen(headers),
                    claim->signed_headers, sizeof(claim->signed_headers));
    if (!strncmp(text, signature, strlen(signature)))
        return copy(text + strlen(signature), size - strlen(signature),
                    claim->signature, sizeof(claim->signature));
    return true;
}

bool verify_parse(const char *header, struct verify_claim *claim)
{
    static const char algorithm[] = "AWS4-HMAC-SHA256 ";

    *claim = (struct verify_claim){ 0 };
    if (!header || strncmp(header, algorithm, strlen(algorithm)))
        return false;
    header += strlen(algorithm);
    while (*header) {
        header += strspn(header, ", ");
        size_t size = strcspn(header, ", ");

        if (size && !read_part(header, size, claim))
            return false;
        header += size;
    }
    return claim->access_key[0] && claim->service[0] &&
           claim->signed_headers[0] && claim->signature[0];
}

char *verify_access_key(const struct emulator_request *request)
{
    struct verify_claim claim;

    if (!verify_parse(emulator_header(request, "authorization"), &claim))
        return mem_text("");
    return mem_text(claim.access_key);
}

/* ---- the keys ------------------------------------------------------------ */

/* The secret that belongs to the key and the token of the request; to free. */
static enum verdict find_secret(struct emulator *emulator,
                                const struct emulator_request *request,
                                const char *access_key, int64_t now_ms,
                                char **secret)
{
    const json_t *sessions = emulator_part(emulator, "sessions");
    const json_t *session = json_object_get(sessions, access_key);
    const char *token = emulator_header(request, "x-amz-security-token");
    const char *known = jsonx_text(session, "token", "");

    if (!session && !strcmp(access_key, EMULATOR_ACCESS_KEY)) {
        *secret = mem_text(EMULATOR_SECRET_KEY);
        return token ? WRONG_TOKEN : GOOD;
    }
    if (!session)
        return UNKNOWN_KEY;
    *secret = mem_text(jsonx_text(session, "secret", ""));
    if (strcmp(token ? token : "", known))
        return WRONG_TOKEN;
    return jsonx_int(session, "expires_ms", INT64_MAX) < now_ms ? EXPIRED
                                                                : GOOD;
}

/* ---- the signature ------------------------------------------------------- */

/* "20260101T120000Z" as wall time. */
static bool read_date(const char *text, int64_t *time_ms)
{
    char long_form[CLOCK_TEXT_SIZE];

    if (strlen(text) != strlen("20260101T120000Z"))
        return false;
    snprintf(long_form, sizeof(long_form), "%.4s-%.2s-%.5s:%.2s:%.3s", text,
             text + 4, text + 6, text + 11, text + 13);
    return clock_parse(long_form, time_ms);
}

static enum verdict check_time(const struct verify_claim *claim,
                               const char *date, int64_t now_ms)
{
    int64_t time_ms;

    if (!date || !read_date(date, &time_ms) ||
        strncmp(claim->date, date, strlen("20260101")) != 0)
        return INCOMPLETE;
    if (time_ms < now_ms - SKEW_MS || time_ms > now_ms + SKEW_MS)
        return SKEWED;
    return GOOD;
}

/* The body's own hash, or what S3 clients say instead of one. */
static enum verdict find_payload(const struct emulator_request *request,
                                 bool is_s3, char text[DIGEST_TEXT_SIZE])
{
    const char *said = emulator_header(request, "x-amz-content-sha256");

    if (request->body_file) {
        if (!digest_file(AT_FDCWD, request->body_file, text, NULL))
            return WRONG_PAYLOAD;
    } else {
        digest_bytes(request->body, request->body_size, text);
    }
    if (!is_s3)
        return GOOD;
    if (!said)
        return INCOMPLETE;
    if (!strncmp(said, "UNSIGNED-PAYLOAD", UNSIGNED_SIZE + 1)) {
        snprintf(text, DIGEST_TEXT_SIZE, "%s", said);
        return GOOD;
    }
    return strcmp(said, text) ? WRONG_PAYLOAD : GOOD;
}

static enum verdict check_signature(struct emulator *emulator,
                                    const struct emulator_request *request,
                                    const struct verify_claim *claim,
                                    const char *secret, const char *date)
{
    char payload[DIGEST_TEXT_SIZE], expected[DIGEST_TEXT_SIZE];
    bool is_s3 = !strcmp(claim->service, "s3");
    enum verdict verdict = find_payload(request, is_s3, payload);
    const char *host = emulator_header(request, "host");
    bool is_computed;

    if (verdict != GOOD)
        return verdict;
    char *url =
        mem_format("http://%s%s", host ? host : emulator->host, request->url);
    struct sigv4_request signed_request = {
        .method = request->method,
        .url = url,
        .service = claim->service,
        .region = claim->region,
        .body = request->body,
        .body_size = request->body_size,
        .is_s3 = is_s3,
    };
    is_computed = sigv4_signature(&signed_request, secret, date, payload,
                                  claim->signed_headers, &request->headers,
                                  expected, NULL);
    free(url);
    return is_computed && !strcmp(expected, claim->signature) ? GOOD
                                                              : WRONG_SIGNATURE;
}

static enum verdict judge(struct emulator *emulator,
                          const struct emulator_request *request,
                          int64_t now_ms)
{
    const char *header = emulator_header(request, "authorization");
    const char *date = emulator_header(request, "x-amz-date");
    struct verify_claim claim;
    char *secret = NULL;
    enum verdict verdict;

    if (!header)
        return UNSIGNED;
    if (!verify_parse(header, &claim))
        return INCOMPLETE;
    pthread_mutex_lock(&emulator->lock);
    now_ms += emulator->skew_ms;
    verdict = find_secret(emulator, request, claim.access_key, now_ms, &secret);
    pthread_mutex_unlock(&emulator->lock);
    if (verdict == GOOD)
        verdict = check_time(&claim, date, now_ms);
    if (verdict == GOOD)
        verdict = check_signature(emulator, request, &claim, secret, date);
    free(secret);
    return verdict;
}

bool verify_request(struct emulator *emulator,
                    const struct emulator_request *request,
                    enum protocol_style style, int64_t now_ms,
                    struct emulator_failure *failure)
{
    enum verdict verdict = judge(emulator, request, now_ms);
    const struct refusal *refusal = &refusals[verdict];

    if (verdict == GOOD)
        return true;
    emulator_fail(failure, refusal->status[style], refusal->code[style], "%s",
                  refusal->message);
    return false;
}
