#include "aws/apprunner/dossier.h"

#include "aws/apprunner/deployment.h"
#include "aws/cloudwatchlogs.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
    DOSSIER_LINES = 20,
    DOSSIER_CAUSES = 3,
    LOG_AGE_MS = 3600000,
    SKEW_MS = 2000
};

/* ---- causes ----------------------------------------------------------- */

enum { ANY = -1 };

/* A cause is as likely as the weights of the clues that speak for it. */
struct clue {
    int kind, failure, status; /* of the answer; ANY */
    const char *text;          /* in a log line, in any case; NULL */
    int weight;
    const char *cause;
};

static const char wrong_architecture[] =
    "the image is not for linux/amd64: build it with --platform linux/amd64";
static const char wrong_port[] =
    "the application listens on another port than PORT, or only on 127.0.0.1";
static const char wrong_path[] = "HEALTH_PATH is not a path of the application";
static const char no_memory[] =
    "the instance ran out of memory: raise SERVICE_MEMORY";
static const char missing_file[] =
    "a file, module or command is missing in the image";
static const char missing_setting[] =
    "an environment variable or a secret is missing: see service.json";
static const char denied[] =
    "the instance role may not do what the application needs";
static const char dependency[] =
    "something that the application depends on cannot be reached";
static const char unanswered[] =
    "the application does not answer HEALTH_PATH on PORT with success";
static const char crashed[] =
    "the application crashes at its start or during the request";
static const char slow[] =
    "the application takes longer to start than it is given";
static const char locked[] = "the health path asks for a login";
static const char reported[] =
    "the application itself reports that a dependency is not ready";
static const char network[] =
    "the service cannot be reached from here: name, proxy or certificate";
static const char no_pull[] =
    "App Runner cannot pull the image: access role, or the image itself";

static const struct clue clues[] = {
    { ANY, ANY, ANY, "exec format error", 90, wrong_architecture },
    { ANY, ANY, ANY, "failed to copy the image", 60, no_pull },
    { ANY, ANY, ANY, "invalid access role", 80, no_pull },
    { ANY, ANY, ANY, "health check failed on protocol", 20, unanswered },
    { HEALTH_BAD_STATUS, ANY, 404, NULL, 60, wrong_path },
    { HEALTH_NOT_JSON, ANY, ANY, NULL, 50, wrong_path },
    { HEALTH_UNEXPECTED, ANY, ANY, NULL, 60, reported },
    { HEALTH_BAD_STATUS, ANY, 401, NULL, 70, locked },
    { HEALTH_BAD_STATUS, ANY, 403, NULL, 70, locked },
    { HEALTH_NO_ANSWER, HTTP_REFUSED, ANY, NULL, 60, wrong_port },
    { HEALTH_BAD_STATUS, ANY, 502, NULL, 50, wrong_port },
    { ANY, ANY, ANY, "address already in use", 40, wrong_port },
    { ANY, ANY, ANY, "listening on 127.0.0.1", 50, wrong_port },
    { ANY, ANY, ANY, "listening on localhost", 50, wrong_port },
    { HEALTH_NO_ANSWER, HTTP_NO_HOST, ANY, NULL, 60, network },
    { HEALTH_NO_ANSWER, HTTP_NO_ROUTE, ANY, NULL, 60, network },
    { HEALTH_NO_ANSWER, HTTP_TLS, ANY, NULL, 60, network },
    { HEALTH_NO_ANSWER, HTTP_TIMED_OUT, ANY, NULL, 40, slow },
    { HEALTH_BAD_STATUS, ANY, 503, NULL, 30, slow },
    { HEALTH_BAD_STATUS, ANY, 504, NULL, 40, slow },
    { HEALTH_NO_ANSWER, HTTP_CUT, ANY, NULL, 40, crashed },
    { HEALTH_NO_ANSWER, HTTP_CUT, ANY, NULL, 30, wrong_port },
    { HEALTH_BAD_STATUS, ANY, 500, NULL, 40, crashed },
    { HEALTH_BAD_STATUS, ANY, 503, NULL, 20, crashed },
    { ANY, ANY, ANY, "container exit code", 50, crashed },
    { ANY, ANY, ANY, "traceback", 40, crashed },
    { ANY, ANY, ANY, "panic:", 40, crashed },
    { ANY, ANY, ANY, "unhandled", 30, crashed },
    { ANY, ANY, ANY, "segmentation fault", 50, crashed },
    { ANY, ANY, ANY, "out of memory", 80, no_memory },
    { ANY, ANY, ANY, "exit code: 137", 80, no_memory },
    { ANY, ANY, ANY, "oomkilled", 80, no_memory },
    { ANY, ANY, ANY, "cannot find module", 70, missing_file },
    { ANY, ANY, ANY, "modulenotfounderror", 70, missing_file },
    { ANY, ANY, ANY, "no such file or directory", 50, missing_file },
    { ANY, ANY, ANY, "exit code: 127", 60, missing_file },
    { ANY, ANY, ANY, "keyerror", 50, missing_setting },
    { ANY, ANY, ANY, "environment variable", 50, missing_setting },
    { ANY, ANY, ANY, "accessdenied", 70, denied },
    { ANY, ANY, ANY, "not authorized to perform", 70, denied },
    { ANY, ANY, ANY, "econnrefused", 50, dependency },
    { ANY, ANY, ANY, "enotfound", 50, dependency },
    { ANY, ANY, ANY, "could not connect", 50, dependency },
    { ANY, ANY, ANY, "could not translate host name", 50, dependency },
};

static bool has_text(const struct strvec *lines, const char *text)
{
    size_t size = strlen(text);

    for (size_t i = 0; i < lines->count; i++) {
        for (const char *at = lines->items[i]; *at; at++) {
            if (strncasecmp(at, text, size) == 0)
                return true;
        }
    }
    return false;
}

static bool speaks(const struct clue *clue, const struct health_answer *answer,
                   const struct strvec *application,
                   const struct strvec *service)
{
    if (clue->text)
        return has_text(application, clue->text) ||
               has_text(service, clue->text);
    return clue->kind == (int)answer->kind &&
           (clue->failure == ANY || clue->failure == (int)answer->failure) &&
           (clue->status == ANY || clue->status == answer->status);
}

struct cause {
    const char *text; /* one of the above */
    int weight;
};

static void add_weight(struct cause *causes, size_t *count,
                       const struct clue *clue)
{
    for (size_t i = 0; i < *count; i++) {
        if (causes[i].text == clue->cause) {
            causes[i].weight += clue->weight;
            return;
        }
    }
    causes[(*count)++] = (struct cause){ clue->cause, clue->weight };
}

static int compare_weights(const void *a, const void *b)
{
    const struct cause *left = a, *right = b;

    if (left->weight != right->weight)
        return right->weight - left->weight;
    return strcmp(left->text, right->text);
}

enum { CLUES = sizeof(clues) / sizeof(clues[0]) };

/* The likeliest first; `found` has room for CLUES. */
static size_t rank(const struct health_answer *answer,
                   const struct strvec *application,
                   const struct strvec *service, struct cause *found)
{
    size_t count = 0;

    for (size_t i = 0; i < CLUES; i++) {
        if (speaks(&clues[i], answer, application, service))
            add_weight(found, &count, &clues[i]);
    }
    qsort(found, count, sizeof(found[0]), compare_weights);
    return count;
}

void dossier_rank(const struct health_answer *answer,
                  const struct strvec *application,
                  const struct strvec *service, struct strvec *causes)
{
    struct cause found[CLUES];
    size_t count = rank(answer, application, service, found);

    for (size_t i = 0; i < count && i < DOSSIER_CAUSES; i++)
        strvec_add(causes, found[i].text);
}

/* ---- the text --------------------------------------------------------- */

/* What a version before it said would only mislead. */
static int64_t since(const struct deployment *deployment)
{
    int64_t hour_ago = clock_wall(deployment->request->clock) - LOG_AGE_MS;
    int64_t called_ms = deployment->operation.called_ms - SKEW_MS;

    return called_ms > hour_ago ? called_ms : hour_ago;
}

static void read_log(struct deployment *deployment, const char *kind,
                     struct strvec *lines)
{
    char *group = deployment->service_arn
                      ? apprunner_log_group(deployment->service_arn, kind)
                      : NULL;
    struct error reason = { 0 };

    if (group &&
        !cloudwatchlogs_last(deployment->client, group, since(deployment),
                             DOSSIER_LINES, lines, &reason))
        strvec_addf(lines, "(cannot be read: %s)", reason.message);
    free(group);
}

static void write_log(struct step_context *context, const char *title,
                      const struct strvec *lines)
{
    context_log(context, "%s:", title);
    if (!lines->count)
        context_log(context, "  (no lines)");
    for (size_t i = 0; i < lines->count; i++)
        context_log(context, "  %s", lines->items[i]);
}

static void write_causes(struct step_context *context,
                         const struct strvec *causes)
{
    context_log(context, "likely causes:");
    if (!causes->count)
        context_log(context, "  none that is known here");
    for (size_t i = 0; i < causes->count; i++)
        context_log(context, "  %zu. %s", i + 1, causes->items[i]);
}

/* On the way back the target is another one than what was built. */
static const char *target_digest(const struct deployment *deployment)
{
    const struct deployment_operation *operation = &deployment->operation;
    const char *at = operation->image ? strchr(operation->image, '@') : NULL;

    if (at && operation->purpose && strcmp(operation->purpose, "rollback") == 0)
        return at + 1;
    return deployment->image.digest;
}

static const char *text_or(const char *text, const char *missing)
{
    return text ? text : missing;
}

void dossier_write(struct deployment *deployment, struct step_context *context,
                   const char *url, const struct health_answer *answer)
{
    struct strvec application = { 0 }, service = { 0 }, causes = { 0 };
    const struct deployment_image *image = &deployment->image;
    const char *target = target_digest(deployment);

    read_log(deployment, "application", &application);
    read_log(deployment, "service", &service);
    dossier_rank(answer, &application, &service, &causes);
    context_log(context, "---- the service is not healthy ----");
    context_log(context, "URL:             %s", url);
    context_log(context, "last answer:     %s", answer->reason);
    context_log(context, "target tag:      %s",
                target == image->digest ? text_or(image->tag, "(none)")
                                        : "(the previous one)");
    context_log(context, "target digest:   %s", text_or(target, "(none)"));
    context_log(context, "deployed image:  %s",
                text_or(apprunner_image(deployment->service), "(unknown)"));
    write_log(context, "last lines of the application", &application);
    write_log(context, "last lines of App Runner", &service);
    write_causes(context, &causes);
    strvec_release(&application);
    strvec_release(&service);
    strvec_release(&causes);
}

/* App Runner's own lines are in the log of the step already. */
const char *dossier_explain_start(struct deployment *deployment,
                                  struct step_context *context)
{
    struct strvec application = { 0 }, service = { 0 }, causes = { 0 };
    struct health_answer nobody_asked = { .kind = HEALTH_NOT_ASKED };
    struct cause found[CLUES];
    size_t count;

    read_log(deployment, "application", &application);
    read_log(deployment, "service", &service);
    count = rank(&nobody_asked, &application, &service, found);
    dossier_rank(&nobody_asked, &application, &service, &causes);
    write_log(context, "last lines of the application", &application);
    write_causes(context, &causes);
    strvec_release(&application);
    strvec_release(&service);
    strvec_release(&causes);
    return count ? found[0].text : NULL;
}
