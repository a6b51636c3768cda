#include "aws/sts.h"

#include "aws/client.h"
#include "aws/reply.h"
#include "base/jsonx.h"
#include "base/mem.h"

#include <jansson.h>
#include <stdlib.h>

bool sts_identify(struct client *client, struct sts_identity *identity,
                  struct error *err)
{
    struct client_call call = { CLIENT_STS, "GetCallerIdentity", NULL, false };
    json_t *reply = NULL;
    const json_t *result;
    const char *account, *arn;

    *identity = (struct sts_identity){ 0 };
    if (!client_read(client, &call, &reply, err))
        return false;
    result = reply_result(reply, call.operation);
    account = jsonx_text(result, "Account", "");
    arn = jsonx_text(result, "Arn", "");
    if (*account && *arn) {
        identity->account = mem_text(account);
        identity->arn = mem_text(arn);
        identity->user_id = mem_text(jsonx_text(result, "UserId", ""));
    } else {
        reply_refuse(call.operation, "Account or Arn", err);
    }
    json_decref(reply);
    return identity->arn != NULL;
}

void sts_identity_release(struct sts_identity *identity)
{
    free(identity->account);
    free(identity->arn);
    free(identity->user_id);
    *identity = (struct sts_identity){ 0 };
}
