#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "fixture.h"

#include "base/fileio.h"
#include "base/jsonx.h"
#include "base/mem.h"
#include "core/diagnosis.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LEAST_RULES = 40 };

static const char *const tools[] = { "terraform", "docker", "aws",  "network",
                                     "node",      "git",    "shell" };

#define RULE(id, pattern, action)                                              \
    "{\"id\":\"" id "\",\"tool\":\"t\",\"pattern\":\"" pattern                 \
    "\",\"cause\":\"c\",\"suggestion\":\"s\",\"documentation\":\"d\","         \
    "\"action\":\"" action "\"}"

#define FILE_OF(rules) "{\"version\":1,\"rules\":[" rules "]}"

static const char *find(struct diagnosis_rules *rules, const char *text)
{
    const struct diagnosis *found = diagnosis_find(rules, text, strlen(text));

    return found ? found->id : "none";
}

/* ---- the rules that come with the program ----------------------------- */

static json_t *read_rules(const char *tool)
{
    char *path = mem_format("%s/diagnoses/%s.json", SOURCE_DIR, tool);
    struct strbuf text = { 0 };
    struct error err = { 0 };
    json_t *json;

    if (!fileio_read(AT_FDCWD, path, (size_t)1 << 20, &text, &err))
        fail_msg("%s", err.message);
    json = jsonx_parse_object(text.data, text.len, &err);
    if (!json)
        fail_msg("%s: %s", path, err.message);
    strbuf_release(&text);
    free(path);
    return json;
}

static size_t check_lines(struct diagnosis_rules *rules, const json_t *rule,
                          const char *list, bool wanted)
{
    const char *id = jsonx_text(rule, "id", "");
    json_t *line;
    size_t index, faults = 0;

    json_array_foreach(json_object_get(rule, list), index, line)
    {
        const char *found = find(rules, json_string_value(line));

        if ((strcmp(found, id) == 0) == wanted)
            continue;
        print_message("%s: '%s' finds %s\n", id, json_string_value(line),
                      found);
        faults++;
    }
    return faults;
}

static void diagnosis_every_rule_finds_its_tests_and_nothing_alike(void **state)
{
    struct diagnosis_rules *rules = diagnosis_load(NULL, NULL);
    size_t faults = 0;

    (void)state;
    for (size_t i = 0; i < COUNT(tools); i++) {
        json_t *file = read_rules(tools[i]), *rule;
        size_t index;

        json_array_foreach(json_object_get(file, "rules"), index, rule)
        {
            if (!json_array_size(json_object_get(rule, "tests")))
                fail_msg("%s has no tests", jsonx_text(rule, "id", ""));
            faults += check_lines(rules, rule, "tests", true);
            faults += check_lines(rules, rule, "not", false);
        }
        json_decref(file);
    }
    assert_int_equal(faults, 0);
    diagnosis_free(rules);
}

static void diagnosis_rules_are_compiled_in_whole_and_in_order(void **state)
{
    struct strvec warnings = { 0 };
    struct diagnosis_rules *rules = diagnosis_load(NULL, &warnings);
    size_t at = 0;

    (void)state;
    assert_int_equal(warnings.count, 0);
    for (size_t i = 0; i < COUNT(tools); i++) {
        json_t *file = read_rules(tools[i]), *rule;
        size_t index;

        json_array_foreach(json_object_get(file, "rules"), index, rule)
        {
            assert_true(at < diagnosis_count(rules));
            assert_string_equal(diagnosis_at(rules, at++)->id,
                                jsonx_text(rule, "id", ""));
        }
        json_decref(file);
    }
    assert_int_equal(diagnosis_count(rules), at);
    assert_true(at >= LEAST_RULES);
    diagnosis_free(rules);
}

static void diagnosis_ids_are_unique(void **state)
{
    struct diagnosis_rules *rules = diagnosis_load(NULL, NULL);
    struct strvec ids = { 0 };

    (void)state;
    for (size_t i = 0; i < diagnosis_count(rules); i++) {
        const struct diagnosis *rule = diagnosis_at(rules, i);

        if (strvec_has(&ids, rule->id))
            fail_msg("%s is there twice", rule->id);
        strvec_add(&ids, rule->id);
        assert_true(strncmp(rule->id, rule->tool, strlen(rule->tool)) == 0);
        assert_true(*rule->cause && *rule->suggestion && *rule->documentation);
    }
    strvec_release(&ids);
    diagnosis_free(rules);
}

static void diagnosis_of_ordinary_output_is_none(void **state)
{
    static const char *const lines[] = { "",
                                         "\n\n\n",
                                         "done",
                                         "Building 12 of 12",
                                         "all tests passed",
                                         "0 errors, 0 warnings",
                                         "step-010-network completed in 3s" };
    struct diagnosis_rules *rules = diagnosis_load(NULL, NULL);

    (void)state;
    for (size_t i = 0; i < COUNT(lines); i++)
        assert_string_equal(find(rules, lines[i]), "none");
    diagnosis_free(rules);
}

/* ---- finding ---------------------------------------------------------- */

static struct diagnosis_rules *rules_of(struct fixture *f, const char *file)
{
    fixture_write(f, "diagnoses/own.json", file);
    return diagnosis_load(f->dir, NULL);
}

static void diagnosis_last_line_that_matches_counts(void **state)
{
    struct diagnosis_rules *rules = rules_of(
        *state,
        FILE_OF(RULE("t-a", "alpha", "fail") "," RULE("t-b", "beta", "retry")));

    assert_string_equal(find(rules, "alpha\nbeta\nwords\n"), "t-b");
    assert_string_equal(find(rules, "beta\nalpha\n"), "t-a");
    assert_string_equal(find(rules, "beta\nalpha"), "t-a");
    assert_string_equal(find(rules, "beta alpha"), "t-a");
    assert_string_equal(find(rules, "alp\nha"), "none");
    diagnosis_free(rules);
}

static void diagnosis_first_rule_counts_for_one_line(void **state)
{
    struct diagnosis_rules *rules = rules_of(
        *state,
        FILE_OF(RULE("t-a", "al", "fail") "," RULE("t-b", "alpha", "retry")));

    assert_string_equal(find(rules, "alpha"), "t-a");
    diagnosis_free(rules);
}

static void diagnosis_looks_through_colours_and_odd_bytes(void **state)
{
    static const char text[] = "x\0y\n\x1b[31mal\x1b[0mpha\xff\r\n";
    struct diagnosis_rules *rules =
        rules_of(*state, FILE_OF(RULE("t-a", "^alpha", "fail")));
    const struct diagnosis *found =
        diagnosis_find(rules, text, sizeof(text) - 1);

    assert_non_null(found);
    assert_string_equal(found->id, "t-a");
    diagnosis_free(rules);
}

static void diagnosis_of_an_enormous_line_sees_both_its_ends(void **state)
{
    enum { SIZE = 200000 };
    struct diagnosis_rules *rules =
        rules_of(*state, FILE_OF(RULE("t-a", "alpha", "fail")));
    char *line = mem_new(SIZE + 1, 1);

    memset(line, 'x', SIZE);
    memcpy(line, "alpha", 5);
    assert_string_equal(find(rules, line), "t-a");
    memset(line, 'x', 5);
    memcpy(line + SIZE - 5, "alpha", 5);
    assert_string_equal(find(rules, line), "t-a");
    free(line);
    diagnosis_free(rules);
}

static void diagnosis_gives_all_that_the_rule_says(void **state)
{
    struct diagnosis_rules *rules =
        rules_of(*state, FILE_OF(RULE("t-a", "alpha", "already-done")));
    const struct diagnosis *found = diagnosis_find(rules, "alpha", 5);

    assert_string_equal(found->tool, "t");
    assert_string_equal(found->pattern, "alpha");
    assert_string_equal(found->cause, "c");
    assert_string_equal(found->suggestion, "s");
    assert_string_equal(found->documentation, "d");
    assert_int_equal(found->action, DIAGNOSIS_ALREADY_DONE);
    assert_string_equal(diagnosis_action_name(found->action), "already-done");
    assert_string_equal(diagnosis_action_name(DIAGNOSIS_RETRY), "retry");
    assert_string_equal(diagnosis_action_name(DIAGNOSIS_FAIL), "fail");
    diagnosis_free(rules);
}

/* ---- where rules come from -------------------------------------------- */

static void diagnosis_rules_of_the_project_come_before_all(void **state)
{
    static const char line[] = "bash: ./run.sh: /bin/nosh: bad interpreter: "
                               "No such file or directory";
    struct fixture *f = *state;
    struct diagnosis_rules *rules = diagnosis_load(f->dir, NULL);

    assert_string_equal(find(rules, line), "shell-bad-interpreter");
    diagnosis_free(rules);
    fixture_write(f, ".preferences/stepdeck/diagnoses/a.json",
                  FILE_OF(RULE("user-a", "bad interpreter", "fail")));
    rules = diagnosis_load(f->dir, NULL);
    assert_string_equal(find(rules, line), "user-a");
    diagnosis_free(rules);
    fixture_write(f, "diagnoses/z.json",
                  FILE_OF(RULE("project-z", "bad interpreter", "fail")));
    rules = diagnosis_load(f->dir, NULL);
    assert_string_equal(find(rules, line), "project-z");
    diagnosis_free(rules);
    fixture_write(f, "diagnoses/b.json",
                  FILE_OF(RULE("project-b", "bad interpreter", "fail")));
    rules = diagnosis_load(f->dir, NULL);
    assert_string_equal(find(rules, line), "project-b");
    diagnosis_free(rules);
    rules = diagnosis_load(NULL, NULL);
    assert_string_equal(find(rules, line), "shell-bad-interpreter");
    diagnosis_free(rules);
}

static void diagnosis_broken_rules_are_named_and_left_out(void **state)
{
    static const struct {
        const char *rule, *warning;
    } cases[] = {
        { RULE("t-x", "(", "fail"), "own.json: rule 2 (t-x): pattern: " },
        { RULE("t-x", "x", "panic"), "action 'panic' is not retry, fail or" },
        { RULE("", "x", "fail"), "rule 2 (): 'id' is missing" },
        { RULE("t-x", "", "fail"), "'pattern' is missing" },
        { "{\"id\":\"t-x\"}", "(t-x): 'tool' is missing" },
        { "\"words\"", "rule 2 (without id): 'id' is missing" },
    };
    struct fixture *f = *state;

    for (size_t i = 0; i < COUNT(cases); i++) {
        char *text =
            mem_format(FILE_OF(RULE("t-a", "alpha",
                                    "fail") ",%s," RULE("t-b", "beta", "fail")),
                       cases[i].rule);
        struct strvec warnings = { 0 };
        struct diagnosis_rules *rules;

        fixture_write(f, "diagnoses/own.json", text);
        rules = diagnosis_load(f->dir, &warnings);
        assert_int_equal(warnings.count, 1);
        fixture_expect_part(warnings.items[0], cases[i].warning);
        assert_string_equal(find(rules, "alpha"), "t-a");
        assert_string_equal(find(rules, "beta"), "t-b");
        diagnosis_free(rules);
        strvec_release(&warnings);
        free(text);
    }
}

static void diagnosis_broken_files_are_named_and_left_out(void **state)
{
    static const char *const texts[] = { "", "{", "[]", "{}", "{\"rules\":1}" };
    struct fixture *f = *state;
    size_t own = 0;

    for (size_t i = 0; i < COUNT(texts); i++) {
        struct strvec warnings = { 0 };
        struct diagnosis_rules *rules;

        fixture_write(f, "diagnoses/broken.json", texts[i]);
        fixture_write(f, "diagnoses/readme.txt", "no rules");
        rules = diagnosis_load(f->dir, &warnings);
        assert_int_equal(warnings.count, 1);
        fixture_expect_part(warnings.items[0], "broken.json");
        if (!own)
            own = diagnosis_count(rules);
        assert_int_equal(diagnosis_count(rules), own);
        assert_true(own >= LEAST_RULES);
        diagnosis_free(rules);
        strvec_release(&warnings);
    }
}

static void diagnosis_add_refuses_what_is_no_rule_file(void **state)
{
    struct diagnosis_rules *rules = diagnosis_load(NULL, NULL);
    size_t before = diagnosis_count(rules);
    struct error err = { 0 };

    (void)state;
    assert_false(diagnosis_add(rules, "mine.json", "{}", 2, NULL, &err));
    fixture_expect_error(&err, ERROR_INPUT, "mine.json", "diagnoses");
    error_clear(&err);
    assert_false(diagnosis_add(rules, "mine.json", "nonsense", 8, NULL, &err));
    assert_int_equal(err.code, ERROR_INPUT);
    assert_int_equal(diagnosis_count(rules), before);
    error_clear(&err);
    assert_true(diagnosis_add(
        rules, "mine.json", FILE_OF(RULE("t-a", "zebra crossing", "fail")),
        strlen(FILE_OF(RULE("t-a", "zebra crossing", "fail"))), NULL, &err));
    assert_int_equal(diagnosis_count(rules), before + 1);
    assert_string_equal(find(rules, "a zebra crossing"), "t-a");
    diagnosis_free(rules);
}

static void *find_in_thread(void *rules)
{
    return diagnosis_find(rules, "alpha", 5) ? rules : NULL;
}

static void
diagnosis_rules_are_read_when_first_asked_by_any_thread(void **state)
{
    struct fixture *f = *state;
    struct diagnosis_rules *rules = diagnosis_open(f->dir);
    pthread_t threads[4];
    void *found;

    fixture_write(f, "diagnoses/own.json",
                  FILE_OF(RULE("t-a", "alpha", "fail")));
    for (int i = 0; i < 4; i++)
        assert_int_equal(
            pthread_create(&threads[i], NULL, find_in_thread, rules), 0);
    for (int i = 0; i < 4; i++) {
        pthread_join(threads[i], &found);
        assert_ptr_equal(found, rules);
    }
    assert_string_equal(find(rules, "alpha"), "t-a");
    diagnosis_free(rules);
    diagnosis_free(NULL);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        FIXTURE_TEST(diagnosis_every_rule_finds_its_tests_and_nothing_alike),
        FIXTURE_TEST(diagnosis_rules_are_compiled_in_whole_and_in_order),
        FIXTURE_TEST(diagnosis_ids_are_unique),
        FIXTURE_TEST(diagnosis_of_ordinary_output_is_none),
        FIXTURE_TEST(diagnosis_last_line_that_matches_counts),
        FIXTURE_TEST(diagnosis_first_rule_counts_for_one_line),
        FIXTURE_TEST(diagnosis_looks_through_colours_and_odd_bytes),
        FIXTURE_TEST(diagnosis_of_an_enormous_line_sees_both_its_ends),
        FIXTURE_TEST(diagnosis_gives_all_that_the_rule_says),
        FIXTURE_TEST(diagnosis_rules_of_the_project_come_before_all),
        FIXTURE_TEST(diagnosis_broken_rules_are_named_and_left_out),
        FIXTURE_TEST(diagnosis_broken_files_are_named_and_left_out),
        FIXTURE_TEST(diagnosis_add_refuses_what_is_no_rule_file),
        FIXTURE_TEST(diagnosis_rules_are_read_when_first_asked_by_any_thread),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
