/* Foreign error answers, the status in the first two bytes: code and message
 * are short, valid and without control characters; some words for each. */
#include "aws/awserror.h"
#include "aws/http.h"
#include "base/utf8.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
    if (!holds)
        abort();
}

static void check_text(const char *text, size_t room)
{
    check(strnlen(text, room) < room);
    check(utf8_is_valid(text, strlen(text)));
    for (; *text; text++)
        check((unsigned char)*text >= ' ' && *text != 0x7F);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct http_response response = { 0 };
    struct awserror failure;
    struct error err = { 0 };

    if (size < 2)
        return 0;
    response.status = 300 + (data[0] * 256 + data[1]) % 300;
    strbuf_add(&response.body, data + 2, size - 2);
    awserror_read(&failure, &response);
    check_text(failure.code, sizeof(failure.code));
    check_text(failure.message, sizeof(failure.message));
    check(!awserror_say(&failure, "Operation", "Service", &err));
    check(err.code != ERROR_NONE && err.message[0]);
    check(utf8_is_valid(err.message, strlen(err.message)));
    http_response_release(&response);
    return 0;
}
