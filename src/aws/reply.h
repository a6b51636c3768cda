/*
 * Reading what AWS answered: members that have to be there, times, pages.
 *
 *     const struct reply_pages pages = { .service = CLIENT_ECR,
 *                                        .operation = "DescribeImages",
 *                                        .list = "imageDetails",
 *                                        .token = "nextToken",
 *                                        .take = take_image,
 *                                        .context = images };
 *     if (!reply_each(client, &pages, input, &err)) ...
 *
 * A page may be empty and not be the last one: only an answer without a token
 * is the end. A token that comes again, and a 1001st page, are errors. What an
 * answer lacks is ERROR_IO. For the service modules of this folder.
 */
#ifndef STEPDECK_AWS_REPLY_H
#define STEPDECK_AWS_REPLY_H

#include "aws/client.h"
#include "base/error.h"

#include <jansson.h>
#include <stdint.h>

/* Takes one item; false gives up. */
typedef bool reply_take(void *context, const json_t *item, struct error *err);

struct reply_pages {
    enum client_service service;
    const char *operation;
    const char *list;  /* the member of the answer that holds the items */
    const char *token; /* "NextToken": of the answer and of the next input */
    bool may_lack_list;
    reply_take *take;
    void *context;
    const bool *is_enough; /* set by `take` where the rest is not wanted */
};

/* Every item of every page. The token goes into `input`. */
NODISCARD bool reply_each(struct client *client,
                          const struct reply_pages *pages, json_t *input,
                          struct error *err);
/* One page; `*is_last` when there is no other, else `input` asks for it. */
NODISCARD bool reply_page(struct client *client,
                          const struct reply_pages *pages, json_t *input,
                          bool *is_last, struct error *err);

/* ERROR_IO: `member` is not there or no text. Always false. */
bool reply_refuse(const char *operation, const char *member, struct error *err);
/* Of a query service: the member OPERATIONResult, else all of it. */
const json_t *reply_result(const json_t *reply, const char *operation);
/* A member that is no empty text; NULL. */
const char *reply_text(const json_t *json, const char *name);
/* A time in seconds, as "1.742895933E9", in ms; 0 for none. */
int64_t reply_time(const json_t *json, const char *name);

#endif
