/* Step 040: the service answers as it should, twice in a row. */
#include "aws/apprunner/health.h"

#include "aws/apprunner/change.h"
#include "aws/apprunner/deployment.h"
#include "aws/apprunner/dossier.h"
#include "aws/apprunner/healthexpect.h"

#include "base/jsonx.h"
#include "base/mem.h"
#include "core/config.h"
#include "core/project.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    GOOD_IN_A_ROW = 2,
    BUSY_ANSWERS = 5, /* forgiven */
    ANSWER_LIMIT = 1 << 20,
    TIMEOUT_MS = 10000
};

/* ---- pure ------------------------------------------------------------- */

int64_t health_wait_ms(int failures)
{
    static const int64_t waits_ms[] = { 1000, 2000, 4000, 8000, 10000 };
    int last = (int)(sizeof(waits_ms) / sizeof(waits_ms[0])) - 1;
    int at = failures > 0 ? failures - 1 : 0;

    return waits_ms[at < last ? at : last];
}

bool health_is_busy(const struct health_answer *answer)
{
    return answer->kind == HEALTH_BAD_STATUS &&
           (answer->status == 429 || answer->status == 503);
}

const char *health_explain_status(int status)
{
    static const struct {
        int first, last;
        const char *text;
    } rows[] = {
        { 200, 299, "" },
        { 300, 399,
          "it redirects, which is not followed: HEALTH_PATH should "
          "answer by itself" },
        { 401, 401,
          "the path asks for a login: leave it open, or choose "
          "another HEALTH_PATH" },
        { 403, 403,
          "the path is forbidden: leave it open, or choose another "
          "HEALTH_PATH" },
        { 404, 404,
          "the application runs, but does not know this path: "
          "compare HEALTH_PATH with its routes" },
        { 405, 405, "the path does not take GET" },
        { 429, 429,
          "too many requests: App Runner answers this while it "
          "scales out" },
        { 400, 499, "the application refuses the request" },
        { 502, 502,
          "App Runner reaches no application: compare PORT with the "
          "port it listens on" },
        { 503, 503, "no instance is ready: it starts, or it stopped" },
        { 504, 504, "the application takes too long to answer" },
        { 500, 599, "the application fails: its log tells why" },
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (status >= rows[i].first && status <= rows[i].last)
            return rows[i].text;
    }
    return "that is no answer of HTTP";
}

const char *health_explain_failure(enum http_failure failure)
{
    static const char *const texts[] = {
        [HTTP_OK] = "",
        [HTTP_BAD_URL] = "mend HEALTH_URL",
        [HTTP_NO_HOST] = "the name does not resolve: a new service takes a "
                         "moment, else check HEALTH_URL and the network",
        [HTTP_REFUSED] = "nobody listens: compare PORT with the port that the "
                         "application listens on (on 0.0.0.0, not 127.0.0.1)",
        [HTTP_NO_ROUTE] = "no way there: check the network and the proxy",
        [HTTP_TLS] = "the certificate or the handshake fails: check the name "
                     "in HEALTH_URL, and a proxy between",
        [HTTP_TIMED_OUT] = "no answer in time: the application hangs, or "
                           "HEALTH_TIMEOUT is too short",
        [HTTP_CUT] = "the connection ended in the middle: the application may "
                     "have crashed, or listens on another port than PORT",
        [HTTP_TOO_LARGE] = "the answer is too large for a health check",
        [HTTP_GAVE_UP] = "",
        [HTTP_CANCELLED] = "",
    };

    return texts[failure];
}

/* ---- one request ------------------------------------------------------ */

char *health_url(const struct deployment *deployment)
{
    const char *base = deployment_setting(deployment, "HEALTH_URL");
    const char *path = deployment_setting(deployment, "HEALTH_PATH");
    size_t size;

    if (!base)
        base = deployment->service_url;
    if (!base || !*base)
        return NULL;
    size = strlen(base);
    while (size && base[size - 1] == '/')
        size--;
    return mem_format("%s%.*s%s", strstr(base, "://") ? "" : "https://",
                      (int)size, base, path ? path : "/");
}

static void set_reason(struct health_answer *answer, const char *reason,
                       const char *advice)
{
    snprintf(answer->reason, sizeof(answer->reason), "%s", reason);
    snprintf(answer->advice, sizeof(answer->advice), "%s", advice);
}

static void judge_body(struct health_answer *answer, const struct strbuf *body,
                       const struct healthexpect *expect)
{
    struct error err = { 0 };
    json_t *json;

    if (!expect->paths.count)
        return;
    json = jsonx_parse_object(strbuf_text(body), body->len, NULL);
    if (!json) {
        answer->kind = HEALTH_NOT_JSON;
        set_reason(answer, "the answer is no JSON object",
                   "HEALTH_EXPECT looks into JSON: is this the right path?");
        return;
    }
    if (!healthexpect_check(expect, json, &err)) {
        answer->kind = HEALTH_UNEXPECTED;
        set_reason(answer, err.message, err.hint);
    }
    json_decref(json);
}

static void judge(struct health_answer *answer,
                  const struct http_response *response,
                  const struct healthexpect *expect)
{
    char reason[64];

    answer->status = response->status;
    answer->duration_ms = response->duration_ms;
    if (response->status >= 200 && response->status < 300) {
        judge_body(answer, &response->body, expect);
        return;
    }
    answer->kind = HEALTH_BAD_STATUS;
    snprintf(reason, sizeof(reason), "HTTP %d", response->status);
    set_reason(answer, reason, health_explain_status(response->status));
}

bool health_ask(struct deployment *deployment, struct cancel *cancel,
                struct health_answer *answer, struct error *err)
{
    char *url = health_url(deployment);
    struct http_request request = { .method = "GET",
                                    .url = url,
                                    .limit = ANSWER_LIMIT,
                                    .timeout_ms = deployment_duration(
                                        deployment, "HEALTH_TIMEOUT",
                                        TIMEOUT_MS),
                                    .cancel = cancel };
    struct http_response response = { 0 };
    struct healthexpect expect = { 0 };
    struct error reason = { 0 };
    bool ok = healthexpect_parse(
        deployment_setting(deployment, "HEALTH_EXPECT"), &expect, err);

    *answer = (struct health_answer){ 0 };
    if (ok && !url) {
        answer->kind = HEALTH_NOT_ASKED;
        set_reason(answer, "the service has no URL of its own",
                   "set HEALTH_URL to one that is reachable from here");
    } else if (ok && http_send(client_http(deployment->client), &request,
                               &response, &reason)) {
        judge(answer, &response, &expect);
    } else if (ok) {
        answer->kind = HEALTH_NO_ANSWER;
        answer->failure = response.failure;
        answer->duration_ms = response.duration_ms;
        set_reason(answer, reason.message,
                   deployment_setting(deployment, "HEALTH_URL")
                       ? "can HEALTH_URL be reached from here?"
                       : health_explain_failure(response.failure));
    }
    http_response_release(&response);
    healthexpect_release(&expect);
    free(url);
    return ok;
}

/* ---- until it is good ------------------------------------------------- */

struct checking {
    struct deployment *deployment;
    struct step_context *context;
    struct health_answer answer;
    char told[ERROR_TEXT_SIZE]; /* the latest advice: it is said once */
    int tries, failures, good, busy;
};

static void tell_answer(struct checking *checking)
{
    const struct health_answer *answer = &checking->answer;
    bool is_new =
        answer->advice[0] && strcmp(answer->advice, checking->told) != 0;

    if (answer->kind == HEALTH_GOOD)
        context_log(checking->context, "try %d: HTTP %d in %lld ms",
                    checking->tries, answer->status,
                    (long long)answer->duration_ms);
    else
        context_log(checking->context, "try %d: %s%s%s", checking->tries,
                    answer->reason, is_new ? "; " : "",
                    is_new ? answer->advice : "");
    if (is_new)
        snprintf(checking->told, sizeof(checking->told), "%s", answer->advice);
}

static void count_answer(struct checking *checking)
{
    const struct health_answer *answer = &checking->answer;

    checking->tries++;
    if (answer->kind == HEALTH_GOOD) {
        checking->good++;
    } else {
        checking->good = 0;
        checking->failures++;
    }
    if (health_is_busy(answer) && checking->busy < BUSY_ANSWERS)
        checking->busy++;
}

static int tries_allowed(const struct checking *checking)
{
    const char *text =
        deployment_setting(checking->deployment, "HEALTH_RETRIES");
    long tries = text ? strtol(text, NULL, 10) : 0;

    if (tries < GOOD_IN_A_ROW)
        tries = tries > 0 ? GOOD_IN_A_ROW : 10;
    return (int)(tries > 1000 ? 1000 : tries);
}

static bool is_cancelled(struct checking *checking, struct error *err)
{
    error_set(err, ERROR_CANCELLED, "cancelled during the health check");
    error_hint(err, "'stepdeck deploy' checks it again");
    return context_is_cancelled(checking->context);
}

static bool check_until_good(struct checking *checking, struct error *err)
{
    int allowed = tries_allowed(checking);
    struct error stopped = { 0 };

    for (;;) {
        if (!health_ask(checking->deployment, context_cancel(checking->context),
                        &checking->answer, err))
            return false;
        if (checking->answer.kind == HEALTH_NOT_ASKED)
            return true;
        count_answer(checking);
        if (is_cancelled(checking, &stopped))
            break;
        tell_answer(checking);
        if (checking->good >= GOOD_IN_A_ROW)
            return true;
        if (checking->tries - checking->busy >= allowed) {
            error_set(err, ERROR_BLOCKED, "the service is not healthy: %s",
                      checking->good ? "no two good answers in a row"
                                     : checking->answer.reason);
            return error_hint(err, "%s",
                              checking->answer.advice[0]
                                  ? checking->answer.advice
                                  : "see its log");
        }
        context_progress(checking->context,
                         (checking->tries - checking->busy) * 100 / allowed,
                         NULL);
        if (!context_wait(checking->context,
                          checking->good ? 1000
                                         : health_wait_ms(checking->failures)))
            break;
    }
    *err = stopped;
    return false;
}

/* As health_check(); `*was_asked` says whether there was anybody to ask. */
static bool check(struct deployment *deployment, struct step_context *context,
                  bool *was_asked, struct error *err)
{
    struct checking checking = { .deployment = deployment, .context = context };
    char *url = health_url(deployment);
    bool ok = deployment_client(deployment, context, err) != NULL;

    if (ok && url)
        context_log(context, "asking %s", url);
    ok = ok && check_until_good(&checking, err);
    *was_asked = url != NULL;
    if (ok && !url)
        context_warn(context, "the health was not checked: %s (%s)",
                     checking.answer.reason, checking.answer.advice);
    if (!ok && err->code == ERROR_BLOCKED && url)
        dossier_write(deployment, context, url, &checking.answer);
    free(url);
    return ok;
}

bool health_check(struct deployment *deployment, struct step_context *context,
                  struct error *err)
{
    bool was_asked;

    return check(deployment, context, &was_asked, err);
}

/* ---- the step --------------------------------------------------------- */

/* What is live and healthy is what the next run compares with. */
static void note_live(struct deployment *deployment,
                      struct step_context *context, bool was_asked)
{
    const char *image = apprunner_image(deployment->service);
    const char *at = image ? strchr(image, '@') : NULL;
    struct error unsaved = { 0 };

    deployment->verdict = deployment->self_rolled_back ? VERDICT_ROLLED_BACK
                          : was_asked                  ? VERDICT_LIVE
                                      : VERDICT_LIVE_UNVERIFIED;
    if (at) {
        free(deployment->deployed_digest);
        deployment->deployed_digest = mem_text(at + 1);
    }
    if (!deployment_save(deployment, &unsaved))
        context_warn(context, "%s", unsaved.message);
}

static void note_failure(struct deployment *deployment,
                         struct step_context *context, const struct error *err)
{
    struct error unsaved = { 0 };

    if (err->code == ERROR_CANCELLED)
        return;
    deployment->verdict = VERDICT_DOWN;
    if (!deployment_save(deployment, &unsaved))
        context_warn(context, "%s", unsaved.message);
}

void health_run(struct step_context *context, struct step_outcome *outcome)
{
    struct deployment *deployment = context_target(context);
    struct error err = { 0 };
    bool was_asked = false;
    bool ok = true;

    if (!deployment->service || deployment->self_rolled_back)
        ok = deployment_look(deployment, context, &err);
    if (ok && !deployment->service) {
        ok = error_set(&err, ERROR_BLOCKED, "there is no such service");
        error_hint(&err, "run 'stepdeck deploy'");
    }
    deployment_phase(deployment, context, "health", true);
    ok = ok && check(deployment, context, &was_asked, &err);
    deployment_phase(deployment, context, "health", false);
    if (ok) {
        note_live(deployment, context, was_asked);
        return;
    }
    note_failure(deployment, context, &err);
    deployment_fail(outcome,
                    err.code == ERROR_CANCELLED ? 0 : EXIT_STATUS_HEALTH_FAILED,
                    &err);
}
