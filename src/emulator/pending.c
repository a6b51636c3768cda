/* Parts that are still being written; each is weak. */
#include "emulator/emulator.h"
#include "aws/sigv4.h"

#include <string.h>
#define WEAK __attribute__((weak))

static const struct emulator_operation none[] = { { NULL, NULL } };
#define SERVICE(NAME, SIGN, TARGET, VERSION)                                   \
    WEAK const struct emulator_service NAME = {                                \
        .name = SIGN,                                                          \
        .target = TARGET,                                                      \
        .version = VERSION,                                                    \
        .xmlns = "",                                                           \
        .protocol = EMULATOR_JSON,                                             \
        .operations = none,                                                    \
    }

SERVICE(emulator_ecr, "ecr", "AmazonEC2ContainerRegistry_V20150921", NULL);

void registry_answer(struct emulator *, const struct emulator_request *,
                     struct emulator_reply *);
WEAK void registry_answer(struct emulator *emulator,
                     const struct emulator_request *request,
                     struct emulator_reply *reply)
{
    (void)emulator;
    (void)request;
    reply->status = 501;
}
WEAK char *hosting_start(struct emulator *emulator, const char *image,
                              int port, const json_t *environment,
                              const char *application_group, char **instance,
                              struct error *err)
{
    (void)emulator;(void)image;(void)port;(void)environment;
    (void)application_group;(void)instance;
    error_set(err, ERROR_INTERNAL, "not there yet");
    return NULL;
}
WEAK bool hosting_is_healthy(struct emulator *emulator, const char *url,
                        const char *path)
{
    (void)emulator;(void)url;(void)path;
    return true;
}
WEAK void hosting_stop(struct emulator *emulator, const char *instance)
{
    (void)emulator;(void)instance;
}
WEAK void hosting_stop_all(struct emulator *emulator)
{
    (void)emulator;
}
WEAK bool engineapi_start(struct emulator *emulator, const char *socket,
                               struct error *err)
{
    (void)emulator;(void)socket;
    return error_set(err, ERROR_INTERNAL, "not there yet");
}
WEAK void engineapi_stop(struct emulator *emulator)
{
    (void)emulator;
}
