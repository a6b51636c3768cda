#include "fixture_past.h"

#include "base/mem.h"

const char past_failed[] = EVENT(FAILED_ID, "16:00:00.000", "run.start")
    PLAN BEGUN(FAILED_ID, "16:00:00.100", "step-001-preflight") DONE(
        FAILED_ID, "16:00:02.100", "step-001-preflight", "2000",
        "1") BEGUN(FAILED_ID, "16:00:03.000",
                   IMAGE) DONE(FAILED_ID, "16:01:45.000", IMAGE, "102000", "1")
        BEGUN(FAILED_ID, "16:01:46.000", "step-030-push") EVENT(
            FAILED_ID, "16:02:24.000",
            "diagnosis") ",\"step\":\"step-030-push\",\"id\":\"docker-denied\","
                         "\"cause\":\"the "
                         "registry does not know this account\"}\n" EVENT(
                             FAILED_ID, "16:02:24.000",
                             "step.end") ",\"step\":\"step-030-push\","
                                         "\"status\":\"failed\",\"duration_"
                                         "ms\":38000,"
                                         "\"attempt\":3,\"exit_status\":1,"
                                         "\"message\":\"push failed with exit "
                                         "status 1\",\"suggestion\":\"log in "
                                         "again: 'docker login', then "
                                         "deploy\"}\n" EVENT(
                                             FAILED_ID, "16:02:24.500",
                                             "run.end") ",\"exit_status\":3}\n";

const char past_done[] = EVENT(DONE_ID, "14:00:00.000", "run.start")
    PLAN BEGUN(DONE_ID, "14:00:00.100", "step-001-preflight") DONE(
        DONE_ID, "14:00:02.100", "step-001-preflight", "2050",
        "1") BEGUN(DONE_ID, "14:00:03.000", IMAGE) DONE(DONE_ID, "14:01:08.000",
                                                        IMAGE, "65000", "1")
        BEGUN(DONE_ID, "14:01:09.000", "step-030-push")
            DONE(DONE_ID, "14:02:04.000", "step-030-push", "55000", "1") EVENT(
                DONE_ID, "14:02:05.000",
                "step.start") ",\"step\":\"step-050-only-then\",\"number\":50}"
                              "\n" DONE(DONE_ID, "14:02:06.000",
                                        "step-050-only-then", "812", "1")
                                  EVENT(DONE_ID, "14:02:06.000",
                                        "run.end") ",\"exit_status\":0}\n";

static void set_run(struct past_run *run, const char *id,
                    enum report_result result, int64_t ago_ms,
                    const char *environment, const char *remark)
{
    *run = (struct past_run){ .id = mem_text(id),
                              .command = mem_text("deploy"),
                              .environment = mem_text(environment),
                              .result = result,
                              .start_ms = SCREEN_TIME - ago_ms,
                              .duration_ms = 144500,
                              .completed = 3,
                              .steps = 5,
                              .commit = mem_text("9e1a2b4c5d6e7f"),
                              .remark = mem_text(remark) };
}

struct loaded *past_history(void)
{
    struct loaded *loaded = screen_answer(LOAD_HISTORY, NULL);
    struct past_run *runs = mem_new(6, sizeof(*runs));

    set_run(&runs[0], "20261121T165900Z-0123", REPORT_RUNNING, 60000, "prod",
            NULL);
    set_run(&runs[1], FAILED_ID, REPORT_FAILED, HOUR_MS, "prod", NULL);
    set_run(&runs[2], DONE_ID, REPORT_DONE, 3 * HOUR_MS,
            "\u672c\u756a\u74b0\u5883-very-long-name", NULL);
    set_run(&runs[3], TORN_ID, REPORT_INTERRUPTED, 29 * HOUR_MS, "prod",
            "1 line of the journal could not be read");
    set_run(&runs[4], "20261120T110000Z-beef", REPORT_CANCELLED, 30 * HOUR_MS,
            "\u0645\u0631\u062d\u0628\u0627", NULL);
    set_run(&runs[5], LOST_ID, REPORT_UNREADABLE, SCREEN_TIME, NULL,
            "the journal cannot be read");
    loaded->history = runs;
    loaded->history_count = 6;
    return loaded;
}

struct loaded *past_report(const char *id, enum report_result result,
                           const char *journal)
{
    struct loaded *loaded = screen_answer(LOAD_RUN, id);

    loaded->report = screen_report(id, result, journal);
    return loaded;
}

void past_open(struct model *model, const struct console_request *request)
{
    screen_init(model, request);
    screen_keys(model, "3");
    model_loaded(model, past_history());
    screen_keys(model, "j");
    model_loaded(model, past_report(FAILED_ID, REPORT_FAILED, past_failed));
}
