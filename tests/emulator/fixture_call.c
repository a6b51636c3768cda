#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "fixture_call.h"

#include "aws/sigv4.h"
#include "base/clock.h"
#include "base/mem.h"
#include "emulator/protocol.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

void fixture_sign(const char *method, const char *url, const char *service,
                  const char *body, struct strvec *headers)
{
    const struct sigv4_keys keys = { .access_key = EMULATOR_ACCESS_KEY,
                                     .secret_key = EMULATOR_SECRET_KEY };
    struct sigv4_request request = {
        .method = method,
        .url = url,
        .service = service,
        .region = EMULATOR_REGION,
        .body = body,
        .body_size = strlen(body),
        .time_ms = clock_wall(clock_system()),
        .is_s3 = strcmp(service, "s3") == 0,
    };

    assert_true(sigv4_sign(&request, &keys, headers, NULL));
    for (size_t i = 0; i < headers->count; i++)
        for (char *at = headers->items[i]; *at && *at != ':'; at++)
            *at = (char)tolower((unsigned char)*at);
}

char *fixture_call(struct emulator *emulator, const char *service,
                   const char *target, const char *body, int *status)
{
    struct emulator_request request = { .method = "POST",
                                        .path = "/",
                                        .query = "",
                                        .body = body,
                                        .body_size = strlen(body),
                                        .url = "/" };
    struct emulator_reply reply = { .status = 200 };
    char *url = mem_format("%s/", emulator->url), *text;

    strvec_addf(&request.headers, "X-Amz-Target: %s", target);
    fixture_sign("POST", url, service, body, &request.headers);
    protocol_answer(emulator, &request, &reply);
    *status = reply.status;
    text = mem_text(strbuf_text(&reply.body));
    strvec_release(&request.headers);
    strvec_release(&reply.headers);
    strbuf_release(&reply.body);
    free(url);
    return text;
}
