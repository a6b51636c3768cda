#include "aws/awserror.h"

#include "aws/http.h"
#include "aws/xml.h"
#include "base/jsonx.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- kinds ------------------------------------------------------------ */

/* Throttling and transient codes: botocore/retries/standard.py and
 * https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html;
 * the rest: "Common errors" of the services' API references. */
static const struct {
    const char *code;
    enum awserror_kind kind;
} kinds[] = {
    { "Throttling", AWSERROR_THROTTLED },
    { "ThrottlingException", AWSERROR_THROTTLED },
    { "ThrottledException", AWSERROR_THROTTLED },
    { "RequestThrottledException", AWSERROR_THROTTLED },
    { "RequestThrottled", AWSERROR_THROTTLED },
    { "TooManyRequestsException", AWSERROR_THROTTLED },
    { "ProvisionedThroughputExceededException", AWSERROR_THROTTLED },
    { "TransactionInProgressException", AWSERROR_THROTTLED },
    { "RequestLimitExceeded", AWSERROR_THROTTLED },
    { "BandwidthLimitExceeded", AWSERROR_THROTTLED },
    { "LimitExceededException", AWSERROR_THROTTLED },
    { "SlowDown", AWSERROR_THROTTLED },
    { "PriorRequestNotComplete", AWSERROR_THROTTLED },
    { "EC2ThrottledException", AWSERROR_THROTTLED },
    { "RequestTimeout", AWSERROR_TRANSIENT },
    { "RequestTimeoutException", AWSERROR_TRANSIENT },
    { "ServerException", AWSERROR_TRANSIENT },
    { "InternalServiceErrorException", AWSERROR_TRANSIENT },
    { "RequestTimeTooSkewed", AWSERROR_SKEWED },
    { "RequestInTheFuture", AWSERROR_SKEWED },
    { "RequestExpired", AWSERROR_SKEWED },
    { "InvalidSignatureException", AWSERROR_SKEWED },
    { "SignatureDoesNotMatch", AWSERROR_SKEWED },
    { "AuthFailure", AWSERROR_SKEWED },
    { "ExpiredToken", AWSERROR_EXPIRED },
    { "ExpiredTokenException", AWSERROR_EXPIRED },
    { "AccessDenied", AWSERROR_DENIED },
    { "AccessDeniedException", AWSERROR_DENIED },
    { "UnauthorizedOperation", AWSERROR_DENIED },
    { "NotAuthorized", AWSERROR_DENIED },
    { "UnrecognizedClientException", AWSERROR_DENIED },
    { "InvalidClientTokenId", AWSERROR_DENIED },
    { "InvalidAccessKeyId", AWSERROR_DENIED },
    { "InvalidToken", AWSERROR_DENIED },
    { "IncompleteSignature", AWSERROR_DENIED },
    { "IncompleteSignatureException", AWSERROR_DENIED },
    { "MissingAuthenticationToken", AWSERROR_DENIED },
    { "MissingAuthenticationTokenException", AWSERROR_DENIED },
    { "OptInRequired", AWSERROR_DENIED },
    { "SubscriptionRequiredException", AWSERROR_DENIED },
    { "BlockedByOrganizationPolicyException", AWSERROR_DENIED },
    { "ServiceQuotaExceededException", AWSERROR_QUOTA },
    { "LimitExceeded", AWSERROR_QUOTA }, /* IAM's: of entities, not of rate */
};

enum awserror_kind awserror_kind(const char *code, int status)
{
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (strcmp(kinds[i].code, code) == 0)
            return kinds[i].kind;
    }
    if (status == 429)
        return AWSERROR_THROTTLED;
    if (status >= 500 || status == 408)
        return AWSERROR_TRANSIENT;
    if (!*code)
        return AWSERROR_FOREIGN;
    if (strstr(code, "NotFound") || strncmp(code, "NoSuch", 6) == 0)
        return AWSERROR_NOT_FOUND;
    return AWSERROR_INVALID;
}

/* ---- reading ---------------------------------------------------------- */

static void set_message(struct awserror *failure, const char *text)
{
    size_t room = sizeof(failure->message) - 1, size = strcspn(text, "\r\n");

    if (size > room) {
        size = room;
        while (size && ((unsigned char)text[size] & 0xC0) == 0x80)
            size--;
    }
    memcpy(failure->message, text, size);
    while (size && strchr(". ", failure->message[size - 1]))
        size--;
    failure->message[size] = '\0';
    for (char *at = failure->message; *at; at++) {
        if ((unsigned char)*at < ' ' || *at == 0x7F)
            *at = ' ';
    }
}

/* "com.amazonaws.ecr#SomeException:http://..." is SomeException. Letters and
 * digits only: it goes into messages. */
static void set_code(struct awserror *failure, const char *text)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
                                  "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    size_t size = strcspn(text, ":");
    const char *hash = memchr(text, '#', size);

    if (hash) {
        size -= (size_t)(hash + 1 - text);
        text = hash + 1;
    }
    if (size != strspn(text, letters))
        return;
    snprintf(failure->code, sizeof(failure->code), "%.*s",
             size < sizeof(failure->code) ? (int)size : 0, text);
}

/* The texts that are there, in the order in which AWS means them. */
static const char *first_text(const json_t *json, const char *const *names)
{
    const char *text = NULL;

    for (; *names && !text; names++)
        text = jsonx_text(json, *names, NULL);
    return text;
}

static void read_members(struct awserror *failure, const json_t *json)
{
    static const char *const codes[] = { "__type", "code", "Code", NULL };
    static const char *const messages[] = { "message", "Message",
                                            "errorMessage", NULL };
    const char *code = first_text(json, codes);
    const char *message = first_text(json, messages);

    if (code)
        set_code(failure, code);
    if (message)
        set_message(failure, message);
}

static void read_xml(struct awserror *failure, const struct strbuf *body)
{
    char *root = NULL;
    json_t *json = xml_parse(body->data, body->len, &root, NULL);
    const json_t *inner = json_object_get(json, "Error");
    const json_t *outer = json_object_get(json, "Errors");

    if (!inner) /* the form of some query services: Response/Errors/Error */
        inner = json_object_get(outer, "Error");
    if (inner || (root && strcmp(root, "Error") == 0)) /* S3's: no wrapping */
        read_members(failure, inner ? inner : json);
    json_decref(json);
    free(root);
}

void awserror_read(struct awserror *failure,
                   const struct http_response *response)
{
    const struct strbuf *body = &response->body;
    const char *header = http_header(response, "x-amzn-errortype");
    size_t blanks = strspn(strbuf_text(body), " \t\r\n");
    char first = strbuf_text(body)[blanks];

    *failure = (struct awserror){ .status = response->status };
    if (first == '<') {
        read_xml(failure, body);
    } else if (first == '{') {
        json_t *json = jsonx_parse_object(body->data, body->len, NULL);

        read_members(failure, json);
        json_decref(json);
    }
    if (!failure->code[0] && header)
        set_code(failure, header);
    failure->kind = awserror_kind(failure->code, failure->status);
}

/* ---- words ------------------------------------------------------------ */

static const struct {
    const char *code;
    const char *hint;
} hints[] = {
    { "UnrecognizedClientException",
      "the access key is not known here: check that the keys are active, "
      "complete (temporary ones need their session token) and of this "
      "partition" },
    { "InvalidClientTokenId",
      "the access key is not known: check that it is active, and that "
      "temporary keys come with their session token" },
    { "InvalidAccessKeyId", "the access key is not known: check that it is "
                            "active" },
    { "InvalidSignatureException",
      "check that the secret key belongs to the access key, and the clock of "
      "this machine" },
    { "SignatureDoesNotMatch",
      "check that the secret key belongs to the access key, and the clock of "
      "this machine" },
    { "OptInRequired", "the account has not been enabled for this service or "
                       "region" },
    { "SubscriptionRequiredException",
      "the account may not use this service in this region" },
    { "BlockedByOrganizationPolicyException",
      "a policy of the organization forbids it: ask its administrators" },
};

static const struct {
    enum error_code code;
    const char *hint;
} said[] = {
    [AWSERROR_INVALID] = { ERROR_INPUT, NULL },
    [AWSERROR_NOT_FOUND] = { ERROR_NOT_FOUND, NULL },
    [AWSERROR_DENIED] = { ERROR_BLOCKED, "check who you are with: aws sts "
                                         "get-caller-identity" },
    [AWSERROR_EXPIRED] = { ERROR_BLOCKED,
                           "sign in again (aws sso login, aws login), or set "
                           "fresh keys and their session token" },
    [AWSERROR_SKEWED] = { ERROR_BLOCKED, "check the clock of this machine, and "
                                         "the keys" },
    [AWSERROR_QUOTA] = { ERROR_BLOCKED, "delete what is not needed, or ask for "
                                        "more in Service Quotas" },
    [AWSERROR_THROTTLED] = { ERROR_IO, "too many requests of this account: "
                                       "wait a minute and try again" },
    [AWSERROR_TRANSIENT] = { ERROR_IO, "try again in a minute; "
                                       "https://health.aws.amazon.com tells "
                                       "of outages" },
    [AWSERROR_FOREIGN] = { ERROR_IO, "this is no answer of AWS: check the "
                                     "proxy (HTTPS_PROXY) and "
                                     "AWS_ENDPOINT_URL" },
};

static const char *hint_for(const struct awserror *failure)
{
    for (size_t i = 0; i < sizeof(hints) / sizeof(hints[0]); i++) {
        if (strcmp(hints[i].code, failure->code) == 0)
            return hints[i].hint;
    }
    return said[failure->kind].hint;
}

/* "... is not authorized to perform: ecr:PutImage on resource: ..." has the
 * permission that lacks. */
static bool hint_permission(const struct awserror *failure, struct error *err)
{
    static const char before[] = "to perform: ";
    const char *at = strstr(failure->message, before);
    size_t size;

    if (failure->kind != AWSERROR_DENIED || !at)
        return false;
    at += strlen(before);
    size = strcspn(at, " ,;");
    if (!memchr(at, ':', size))
        return false;
    error_hint(err, "allow '%.*s' to the user or role that deploys",
               size < 128 ? (int)size : 128, at);
    return true;
}

bool awserror_say(const struct awserror *failure, const char *operation,
                  const char *service, struct error *err)
{
    enum error_code code = said[failure->kind].code;

    if (!failure->code[0])
        error_set(err, code, "'%s' failed: %s answered HTTP status %d",
                  operation, service, failure->status);
    else if (failure->message[0])
        error_set(err, code, "'%s' failed: %s (%s)", operation,
                  failure->message, failure->code);
    else
        error_set(err, code, "'%s' failed: %s (HTTP status %d)", operation,
                  failure->code, failure->status);
    if (!hint_permission(failure, err) && hint_for(failure))
        error_hint(err, "%s", hint_for(failure));
    return false;
}
