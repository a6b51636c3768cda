/* Foreign answers: a description of a service of whatever shape is read without
 * a crash, a trust policy too, and a text that is no ARN has no log group. */
#include "aws/apprunner.h"
#include "aws/iam.h"
#include "base/jsonx.h"
#include "base/mem.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
    if (!holds)
        abort();
}

static void check_text(const char *text)
{
    check(!text || *text);
}

static void read_service(const json_t *service)
{
    check_text(apprunner_status(service));
    check_text(apprunner_url(service));
    check_text(apprunner_image(service));
    check_text(apprunner_port(service));
    check_text(apprunner_health_path(service));
    apprunner_auto_deploys(service);
    check(apprunner_status(service) ||
          apprunner_state(service) == APPRUNNER_OTHER);
}

static void read_arn(const char *arn)
{
    char *group = apprunner_log_group(arn, "service");
    const char *name = iam_role_name(arn);

    check(!group || strncmp(group, "/aws/apprunner/", 15) == 0);
    check(!name || (*name && !strchr(name, '/')));
    free(group);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = mem_bytes((const char *)data, size);
    json_t *json = jsonx_parse_object((const char *)data, size, NULL);
    struct iam_role role = { .trust = json };

    read_arn(text);
    read_service(json);
    iam_role_trusts(&role, "tasks.apprunner.amazonaws.com");
    iam_role_release(&role);
    free(text);
    return 0;
}
