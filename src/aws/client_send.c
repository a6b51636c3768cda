/*
 * One request and its attempts. Each attempt is signed, sent and judged; the
 * verdict says whether there is another one, and when. What was sent once
 * without an answer stays ambiguous whatever the later attempts say.
 */
#include "aws/awserror.h"
#include "aws/client_private.h"
#include "aws/credentials.h"
#include "aws/sigv4.h"
#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    TIMEOUT_MS = 60000,
    SKEW_MS = 4 * 60 * 1000 /* AWS allows 5 minutes, S3 15 */
};

enum verdict {
    VERDICT_DONE,
    VERDICT_STOP,
    VERDICT_NOW, /* once more, the cause is mended */
    VERDICT_TRANSIENT,
    VERDICT_THROTTLED
};

struct sending {
    struct client *client;
    const struct client_request *request;
    struct http_response *response;
    struct error failure; /* of the attempt */
    int counted;          /* attempts, without those after a mending */
    bool is_clock_mended, is_key_renewed;
};

static bool add_signature(struct sending *sending, struct strvec *headers)
{
    struct client *client = sending->client;
    const struct client_request *request = sending->request;
    const struct endpoint *endpoint = request->endpoint;
    struct credentials_keys keys = { 0 };
    struct sigv4_request signing = {
        .method = request->method,
        .url = request->url,
        .service = endpoint->signing,
        .region = endpoint_signing_region(endpoint, client->region),
        .body = request->body,
        .body_size = request->body_size,
        .is_s3 = endpoint->protocol == ENDPOINT_S3,
    };
    bool ok;

    if (!credentials_get(client->credentials, client->cancel, &keys,
                         &sending->failure))
        return false;
    client->has_credentials = true;
    /* Only now: getting them may have taken its time. */
    signing.time_ms = clock_wall(client->options.clock) + client->skew_ms;
    ok = sigv4_sign(&signing,
                    &(struct sigv4_keys){ .access_key = keys.access_key,
                                          .secret_key = keys.secret_key,
                                          .token = keys.token },
                    headers, &sending->failure);
    credentials_keys_release(&keys);
    return ok;
}

/* ---- verdicts --------------------------------------------------------- */

/* It may have been carried out. */
static enum verdict judge_ambiguous(struct sending *sending)
{
    if (sending->request->is_change)
        sending->client->failure.is_ambiguous = true;
    return sending->request->is_unrepeatable ? VERDICT_STOP : VERDICT_TRANSIENT;
}

static enum verdict judge_silence(struct sending *sending)
{
    const struct http_response *response = sending->response;
    enum verdict verdict = VERDICT_TRANSIENT;

    if (response->was_sent)
        verdict = judge_ambiguous(sending);
    switch (response->failure) {
    case HTTP_CANCELLED:
    case HTTP_BAD_URL:
    case HTTP_TOO_LARGE:
    case HTTP_GAVE_UP:
        return VERDICT_STOP;
    default:
        return verdict;
    }
}

/* The server's clock is right: it decides. */
static bool mend_clock(struct sending *sending)
{
    struct client *client = sending->client;
    int64_t wall_ms = clock_wall(client->options.clock);
    int64_t theirs_ms = sending->response->date_ms;
    int64_t off_ms = theirs_ms - wall_ms - client->skew_ms;

    if (sending->is_clock_mended || !theirs_ms ||
        (off_ms <= SKEW_MS && off_ms >= -SKEW_MS))
        return false;
    client->skew_ms = theirs_ms - wall_ms;
    return sending->is_clock_mended = true;
}

static bool renew_keys(struct sending *sending)
{
    if (sending->is_key_renewed)
        return false;
    credentials_forget(sending->client->credentials);
    return sending->is_key_renewed = true;
}

static enum verdict judge_kind(struct sending *sending, enum awserror_kind kind)
{
    switch (kind) {
    case AWSERROR_THROTTLED:
        return VERDICT_THROTTLED;
    case AWSERROR_TRANSIENT:
        return judge_ambiguous(sending);
    case AWSERROR_SKEWED:
        return mend_clock(sending) ? VERDICT_NOW : VERDICT_STOP;
    case AWSERROR_EXPIRED:
        return renew_keys(sending) ? VERDICT_NOW : VERDICT_STOP;
    default:
        return VERDICT_STOP;
    }
}

static enum verdict judge_refusal(struct sending *sending)
{
    const struct client_request *request = sending->request;
    struct client_failure *failure = &sending->client->failure;
    struct awserror reason;

    awserror_read(&reason, sending->response);
    /* ECR's word for too many repositories is elsewhere one for too many
     * requests. */
    if (strcmp(reason.code, "LimitExceededException") == 0 &&
        strcmp(request->operation, "CreateRepository") == 0)
        reason.kind = AWSERROR_QUOTA;
    if (request->endpoint->protocol == ENDPOINT_S3 &&
        reason.kind == AWSERROR_FOREIGN)
        reason.kind = reason.status == 404   ? AWSERROR_NOT_FOUND
                      : reason.status == 403 ? AWSERROR_DENIED
                                             : AWSERROR_INVALID;
    snprintf(failure->code, sizeof(failure->code), "%s", reason.code);
    snprintf(failure->message, sizeof(failure->message), "%s", reason.message);
    failure->is_throttled = reason.kind == AWSERROR_THROTTLED;
    failure->is_denied = reason.kind == AWSERROR_DENIED ||
                         reason.kind == AWSERROR_EXPIRED ||
                         reason.kind == AWSERROR_SKEWED;
    awserror_say(&reason, request->operation, request->endpoint->title,
                 &sending->failure);
    return judge_kind(sending, reason.kind);
}

static enum verdict judge(struct sending *sending)
{
    const struct client_request *request = sending->request;
    const struct http_response *response = sending->response;

    sending->client->failure.status = response->status;
    if (response->status < 200 || response->status > 299)
        return judge_refusal(sending);
    if (!request->accept ||
        request->accept(request->context, response, &sending->failure))
        return VERDICT_DONE;
    error_wrap(&sending->failure, "'%s' failed", request->operation);
    return judge_ambiguous(sending);
}

static enum verdict attempt(struct sending *sending)
{
    const struct client_request *request = sending->request;
    struct client_failure *failure = &sending->client->failure;
    struct strvec headers = { 0 };
    struct http_request sent = {
        .method = request->method,
        .url = request->url,
        .headers = &headers,
        .body = request->body,
        .body_size = request->body_size,
        .timeout_ms = TIMEOUT_MS,
        .is_unrepeatable = request->is_unrepeatable,
        .cancel = sending->client->cancel,
    };
    enum verdict verdict = VERDICT_STOP;

    *failure = (struct client_failure){ .attempts = failure->attempts + 1,
                                        .is_ambiguous = failure->is_ambiguous };
    error_clear(&sending->failure);
    for (size_t i = 0; request->headers && i < request->headers->count; i++)
        strvec_add(&headers, request->headers->items[i]);
    strvec_add(&headers, "User-Agent: stepdeck/" STEPDECK_VERSION);
    if (!add_signature(sending, &headers)) {
        verdict = VERDICT_STOP;
    } else if (http_send(sending->client->http, &sent, sending->response,
                         &sending->failure)) {
        verdict = judge(sending);
    } else {
        error_wrap(&sending->failure, "'%s' failed", request->operation);
        verdict = judge_silence(sending);
    }
    strvec_release(&headers);
    return verdict;
}

/* ---- between attempts ------------------------------------------------- */

static int next_chance(struct client *client)
{
    client->chance = client->chance * 1103515245U + 12345U;
    return (int)((client->chance >> 16) % BACKOFF_CHANCES);
}

/* x-amz-retry-after, in ms; -1 for none. */
static int64_t asked_wait(const struct http_response *response)
{
    const char *text = http_header(response, "x-amz-retry-after");
    char *end;
    long long asked_ms = text ? strtoll(text, &end, 10) : -1;

    return text && end != text && !*end ? (int64_t)asked_ms : -1;
}

/* Waits for the next attempt; false when there is none. */
static bool wait_for_next(struct sending *sending, enum verdict verdict)
{
    struct client *client = sending->client;
    bool is_throttled = verdict == VERDICT_THROTTLED;
    int64_t delay_ms;

    if (sending->counted >= client->attempts ||
        !backoff_pay(&client->backoff, is_throttled))
        return false;
    delay_ms =
        backoff_delay(sending->counted, is_throttled,
                      asked_wait(sending->response), next_chance(client));
    if (clock_wait(client->options.clock, delay_ms, client->cancel))
        return true;
    error_clear(&sending->failure);
    return error_set(&sending->failure, ERROR_CANCELLED,
                     "cancelled the retries of '%s'",
                     sending->request->operation);
}

static bool is_again(struct sending *sending, enum verdict verdict)
{
    switch (verdict) {
    case VERDICT_NOW:
        return true;
    case VERDICT_TRANSIENT:
    case VERDICT_THROTTLED:
        sending->counted++;
        return wait_for_next(sending, verdict);
    default:
        return false;
    }
}

bool client_send(struct client *client, const struct client_request *request,
                 struct http_response *response, struct error *err)
{
    struct sending sending = { .client = client,
                               .request = request,
                               .response = response };
    enum verdict verdict;

    client->failure = (struct client_failure){ 0 };
    backoff_begin(&client->backoff);
    do {
        verdict = attempt(&sending);
    } while (is_again(&sending, verdict));
    if (verdict == VERDICT_DONE) {
        backoff_succeed(&client->backoff);
        client->failure = (struct client_failure){ 0 };
        return true;
    }
    if (client->failure.is_ambiguous)
        error_wrap(&sending.failure, "it is not known whether '%s' was done",
                   request->operation);
    if (!client->failure.message[0])
        snprintf(client->failure.message, sizeof(client->failure.message), "%s",
                 sending.failure.message);
    error_set(err, sending.failure.code, "%s", sending.failure.message);
    if (sending.failure.hint[0])
        error_hint(err, "%s", sending.failure.hint);
    return false;
}
