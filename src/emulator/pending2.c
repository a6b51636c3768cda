/* Mine, for the first minutes. */
#include "emulator/emulator.h"
#include "emulator/operations.h"
static const struct emulator_operation none[] = { { NULL, NULL } };
#define SERVICE(NAME, SIGN, TARGET, VERSION)                                   \
    __attribute__((weak)) const struct emulator_service NAME = {                                \
        .name = SIGN,                                                          \
        .target = TARGET,                                                      \
        .version = VERSION,                                                    \
        .xmlns = "",                                                           \
        .protocol = EMULATOR_JSON,                                             \
        .operations = none,                                                    \
    }
SERVICE(emulator_iam, "iam", NULL, "2010-05-08");
SERVICE(emulator_secrets, "secretsmanager", "secretsmanager", NULL);
SERVICE(emulator_logs, "logs", "Logs_20140328", NULL);
static json_t *list(struct emulator *e, const json_t *i, struct emulator_failure *f)
{ (void)e;(void)f; json_t *a = json_object(); emulator_page(NULL, i, "NextToken", "MaxResults", 20, a, "ServiceSummaryList"); return a; }
static const struct emulator_operation some[] = { { "ListServices", list }, { NULL, NULL } };
const struct emulator_service emulator_apprunner = { .name = "apprunner", .target = "AppRunner", .xmlns = "", .operations = some };
void apprunner_image_pushed(struct emulator *emulator, const char *repository,
                            const char *tag) { (void)emulator;(void)repository;(void)tag; }
void operations_resume(struct emulator *emulator) { (void)emulator; }
void operations_stop(struct emulator *emulator) { (void)emulator; }
void bucket_answer(struct emulator *emulator,
                   const struct emulator_request *request,
                   struct emulator_reply *reply) { (void)emulator;(void)request; reply->status = 501; }
void control_answer(struct emulator *emulator,
                   const struct emulator_request *request,
                   struct emulator_reply *reply) { (void)emulator;(void)request; reply->status = 501; }
