#include "base/fileio.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "core/lint.h"
#include "core/lint_script.h"
#include "core/lint_shell.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <setjmp.h>

#include <cmocka.h>

/* ---- the lessons ------------------------------------------------------ */

static void note_lesson(void *context, enum lint_lesson lesson, int line,
                        const char *subject)
{
    static const char *const names[] = {
        [LESSON_STATE_DIR] = "dir",
        [LESSON_STATE_WRITE] = "write",
        [LESSON_ERR_TRAP] = "trap",
        [LESSON_CD] = "cd",
    };

    (void)subject;
    strbuf_addf(context, "%s:%d ", names[lesson], line);
}

/* `expected` is "cd:3 trap:4 ", in the order of their being told. */
static void assert_lessons(const char *script, const char *expected)
{
    struct strbuf found = { 0 };

    lint_shell_scan(script, strlen(script), note_lesson, &found);
    if (strcmp(strbuf_text(&found), expected) != 0)
        fail_msg("<%s>: found <%s>, expected <%s>", script, strbuf_text(&found),
                 expected);
    strbuf_release(&found);
}

struct lesson_case {
    const char *script, *expected;
};

static void assert_all(const struct lesson_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++)
        assert_lessons(cases[i].script, cases[i].expected);
}

#define ASSERT_ALL(cases)                                                      \
    assert_all((cases), sizeof(cases) / sizeof((cases)[0]))

static void lint_shell_finds_a_relative_state_folder(void **state)
{
    static const struct lesson_case cases[] = {
        { "DEPLOYMENT_STATE_DIR=\".deployment-state\"\n", "dir:1 " },
        { "\nexport DEPLOYMENT_STATE_DIR=./.deployment-state", "dir:2 " },
        { "f() {\n  local state_dir='.deployment-state/x'\n}\n", "dir:2 " },
        { "STATE_DIR=${STATE_DIR:-.deployment-state}\n", "dir:1 " },
        { "DEPLOYMENT_STATE_DIR=\"${X:=\".deployment-state\"}\"\n", "dir:1 " },
        { "DEPLOYMENT_STATE_DIR=state\n", "dir:1 " },
        { "DEPLOYMENT_STATE_DIR=\"$(pwd)/.deployment-state\"\n", "" },
        { "DEPLOYMENT_STATE_DIR=/x/.deployment-state\n", "" },
        { "DEPLOYMENT_STATE_DIR=\"$ROOT/.deployment-state\"\n", "" },
        { "DEPLOYMENT_STATE_DIR=\".\"\n", "" },
        { "DEPLOYMENT_STATE_DIR=\"\"\n", "" },
        { "NAME=.deployment-state\n", "" },
        { "# DEPLOYMENT_STATE_DIR=.deployment-state\n", "" },
        { "echo 'DEPLOYMENT_STATE_DIR=.deployment-state'\n", "" },
    };

    (void)state;
    ASSERT_ALL(cases);
}

static void lint_shell_finds_writes_by_a_relative_path(void **state)
{
    static const struct lesson_case cases[] = {
        { "echo x >> .deployment-state/errors.log\n", "write:1 " },
        { "echo x 2>./.deployment-state/errors.log\n", "write:1 " },
        { "{ echo x; } &> \".deployment-state/x\"\n", "write:1 " },
        { "mkdir -p .deployment-state\n", "write:1 " },
        { "date | tee -a .deployment-state/x\n", "write:1 " },
        { "cp a .deployment-state/x\n", "write:1 " },
        { "cp .deployment-state/x a\n", "" },
        { "cat < .deployment-state/x\n", "" },
        { "echo x >> \"$DEPLOYMENT_STATE_DIR/errors.log\"\n", "" },
        { "echo .deployment-state/ > .gitignore\n", "" },
        { "echo x > .deployment-state-old/x\n", "" },
    };

    (void)state;
    ASSERT_ALL(cases);
}

static void lint_shell_finds_traps_on_err(void **state)
{
    static const struct lesson_case cases[] = {
        { "trap 'oops $LINENO' ERR\n", "trap:1 " },
        { "trap -- \"oops\" EXIT ERR\n", "trap:1 " },
        { "f() { trap oops ERR; }\n", "trap:1 " },
        { "trap 'oops ERR' EXIT\n", "" },
        { "trap - ERR\n", "" },
        { "trap '' ERR\n", "" },
        { "echo trap x ERR\n", "" },
        { "# trap x ERR\ncat <<X\ntrap x ERR\nX\n", "" },
    };

    (void)state;
    ASSERT_ALL(cases);
}

static void lint_shell_finds_an_unguarded_cd(void **state)
{
    static const struct lesson_case cases[] = {
        { "cd terraform\nmake\n", "cd:1 " },
        { "make\ncd \\\n  terraform\n", "cd:2 " },
        { "cd -- \"a b\" 2>/dev/null; make\n", "cd:1 " },
        { "CDPATH='' builtin cd a\n", "cd:1 " },
        { "pushd a >/dev/null\n", "cd:1 " },
        { "if true; then\n  cd a\nfi\n", "cd:2 " },
        { "case $x in\n  a|b) cd a ;;\nesac\n", "cd:2 " },
        { "for d in *; do cd \"$d\"; done\n", "cd:1 " },
        { "for ((i = 1; i << 2; i++)) do cd a; done\n", "cd:1 " },
        { "f() {\n  cd a\n}\n", "cd:2 " },
        { "set -e\nset +e\ncd a\n", "cd:3 " },
        { "cd a\nset -e\n", "cd:1 " },
        { "(set -e); cd a\n", "cd:1 " },
        { "[ -d a ] && cd a\n", "cd:1 " },
        { "x=\"$(\ncd b\n)\"\ncd a\n", "cd:4 " },
    };

    (void)state;
    ASSERT_ALL(cases);
}

static void lint_shell_knows_a_guarded_cd(void **state)
{
    static const struct lesson_case cases[] = {
        { "cd a || exit 1\n", "" },
        { "cd a 2>/dev/null || {\n exit 1\n}\n", "" },
        { "cd a && make\n", "" },
        { "(cd a; make)\n", "" },
        { "(\n  cd a\n  make\n)\n", "" },
        { "dir=\"$(cd \"$(dirname \"$0\")\" && pwd)\"\n", "" },
        { "dir=$(cd a; pwd)\n", "" },
        { "cd a | cat\n", "" },
        { "if ! cd a; then exit; fi\n", "" },
        { "while cd a\ndo :\ndone\n", "" },
        { "set -euo pipefail\ncd a\n", "" },
        { "set -o errexit\ncd a\n", "" },
        { "#!/bin/bash -e\ncd a\n", "" },
        { "f() {\n  cd a\n}\nset -e\n", "" },
        { "setup_error_handling x\ncd a\n", "" },
        { "cd a\nmake\ncd -\n", "" },
        { "cd a\nmake\ncd ../..\n", "" },
        { "pushd a\nmake\npopd\n", "" },
        { "OLD=\"$(pwd)\"\ncd a\ncd \"$OLD\"\n", "" },
        { "cd a\ncd \"${OLDPWD}\"\n", "" },
        { "cd\n", "" },
        { "case $1 in cd) true ;; esac\n", "" },
    };

    (void)state;
    ASSERT_ALL(cases);
}

static void lint_shell_is_not_fooled_by_text(void **state)
{
    static const struct lesson_case cases[] = {
        { "echo 'x\ncd a\n'\n", "" },
        { "echo \"x\ncd a\n$(echo \"y\ncd b\n\")\"\n", "" },
        { "cat <<EOF\ncd a\nEOF\ncd b\n", "cd:4 " },
        { "cat <<-'END OF'\n\tcd a\n\tEND OF\ncd b\n", "cd:4 " },
        { "cat <<A <<B\ncd a\nA\ncd b\nB\ncd c\n", "cd:6 " },
        { "x=$(cat <<EOF\n) cd a \"\nEOF\n)\ncd b\n", "cd:5 " },
        { "x=$((1 << 2))\ncd a\n", "cd:2 " },
        { "((x << 2))\ncd a\n", "cd:2 " },
        { "grep x <<<EOF\ncd a\n", "cd:2 " },
        { "a=(\n  \"x\" # it's\n)\ncd a\n", "cd:4 " },
        { "[[ $x =~ ^(a|b)$ && a < b ]]\ncd a\n", "cd:2 " },
        { ": \"${x:-it's}\" ${y#\\}} ${z:-{}\ncd a\n", "cd:2 " },
        { ": $'it\\'s'\ncd a\n", "cd:2 " },
        { ": `echo \"\\`x\\`\"`\ncd a\n", "cd:2 " },
        { "echo a#b; echo x # cd a\n", "" },
        { "echo \\# \\' \\\"\ncd a\n", "cd:2 " },
    };

    (void)state;
    ASSERT_ALL(cases);
}

static void lint_shell_gives_up_on_absurd_nesting(void **state)
{
    struct strbuf script = { 0 };

    (void)state;
    for (int i = 0; i < 100000; i++)
        strbuf_adds(&script, "\"$((");
    assert_lessons(strbuf_text(&script), "");
    strbuf_clear(&script);
    for (int i = 0; i < 100000; i++)
        strbuf_adds(&script, "( ");
    assert_lessons(strbuf_text(&script), "");
    strbuf_release(&script);
}

static void lint_script_knows_the_shells(void **state)
{
    static const struct {
        const char *script, *shell;
    } cases[] = {
        { "#!/bin/bash\n", "bash" },
        { "#! /bin/sh -e\n", "sh" },
        { "#!/usr/bin/env zsh", "zsh" },
        { "#!/usr/bin/env -S A=1 bash -e\n", "bash" },
        { "#!/bin/dash\r\n", "dash" },
        { "echo\n", "bash" },
        { "#!/usr/bin/env python3\n", NULL },
        { "#!/usr/bin/env\n", NULL },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char *shell =
            lint_script_shell(cases[i].script, strlen(cases[i].script));

        if (cases[i].shell)
            assert_string_equal(shell, cases[i].shell);
        else
            assert_null(shell);
        free(shell);
    }
}

static void lint_script_reads_what_shells_say(void **state)
{
    static const struct {
        const char *text;
        int line;
        const char *message;
    } cases[] = {
        { "/p/a.sh: line 4: syntax error: unexpected end of file", 4,
          "syntax error: unexpected end of file" },
        { "/p/a.sh: 2: Syntax error: \")\" unexpected", 2,
          "Syntax error: \")\" unexpected" },
        { "/p/a.sh:3: unmatched \"", 3, "unmatched \"" },
        { "/p/a.sh: syntax error at line 4: `then' unmatched", 4,
          "syntax error at line 4: `then' unmatched" },
        { "E: /p/a.sh[2]: syntax error: unmatched 'if'", 2,
          "syntax error: unmatched 'if'" },
        { "/p/a.sh: line 2: `echo )'", 0, NULL },
        { "/p/a.sh: broken at line 99999999999999999999", 0,
          "broken at line 99999999999999999999" },
        { "/p/a.sh: broken at line -3", 0, "broken at line -3" },
        { "something else", 0, NULL },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const char *message = NULL;
        int line = 0;
        bool told =
            lint_script_parse(cases[i].text, "/p/a.sh", &line, &message);

        assert_int_equal(told, cases[i].message != NULL);
        if (told) {
            assert_int_equal(line, cases[i].line);
            assert_string_equal(message, cases[i].message);
        }
    }
}

/* ---- projects --------------------------------------------------------- */

static char *folder;

static int make_folder(void **state)
{
    (void)state;
    folder = mem_text("/tmp/lint-test-XXXXXX");
    unsetenv("ENVIRONMENT");
    unsetenv("SERVICE_NAME");
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
    int failed = !fileio_remove_tree(-1, folder, NULL);

    (void)state;
    free(folder);
    return failed;
}

static void write_file(const char *name, mode_t mode, const char *text)
{
    char *path = fileio_join(folder, name);
    char *slash = strrchr(path, '/');
    FILE *file;

    *slash = '\0';
    mkdir(path, 0777);
    *slash = '/';
    file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
    chmod(path, mode);
    free(path);
}

/* A step without a fault, but for what `more` adds. */
static void write_step(const char *name, const char *more)
{
    char *text = mem_format("#!/bin/bash\n# Acme - A step\n%s", more);

    write_file(name, 0755, text);
    free(text);
}

/* Asserts the findings as lines "FILE:LINE SEVERITY RULE". */
static void assert_findings(const struct lint_request *like,
                            const char *expected)
{
    struct lint_request request = *like;
    struct lint lint = { 0 };
    struct error err = { 0 };
    struct strbuf found = { 0 };

    request.dir = folder;
    if (!lint_run(&lint, &request, &err))
        fail_msg("%s", err.message);
    for (size_t i = 0; i < lint.count; i++)
        strbuf_addf(&found, "%s:%d %s %s\n", lint.findings[i].file,
                    lint.findings[i].line,
                    lint_severity_name(lint.findings[i].severity),
                    lint.findings[i].rule);
    assert_string_equal(strbuf_text(&found), expected);
    strbuf_release(&found);
    lint_release(&lint);
}

static const struct lint_request quiet = { 0 };
static const struct lint_request verbose = { .verbose = true };

static void lint_finds_nothing_in_a_sound_project(void **state)
{
    (void)state;
    write_step("step-001-preflight.sh", "echo ok\n");
    write_step("step-010-a.sh", "# Prerequisites: step-001-preflight\n");
    write_step("step-020-b.sh", "# Prerequisites: step-010\n");
    write_file("deployment-config.env", 0644, "A=1\n");
    assert_findings(&quiet, "");
    assert_findings(&verbose, "");
}

static void lint_goes_on_behind_a_malformed_header(void **state)
{
    (void)state;
    write_step("step-010-a.sh", "# Timeout: -3\n");
    write_step("step-020-b.sh", "# Prerequisites: command jq >= abc\n");
    write_step("step-030-c.sh",
               "# Prerequisites: step-010-a, step-020-b\n# Timout: 3\n");
    write_file(".env", 0644, "\nA=$(date)\n");
    write_file("environments/prod.env", 0644, "PORT=99999999\n");
    assert_findings(&quiet, ".env:2 error configuration\n"
                            "environments/prod.env:1 error configuration\n"
                            "step-010-a.sh:3 error header\n"
                            "step-020-b.sh:3 error header\n"
                            "step-030-c.sh:4 warning header\n");
}

static void lint_checks_prerequisites(void **state)
{
    (void)state;
    write_step("step-010-a.sh", "# Prerequisites: step-020-b\n");
    write_step("step-020-b.sh", "# Prerequisites: step-099-x\n");
    write_step("step-030-c.sh", "# Prerequisites: step-040-d\n");
    write_step("step-040-d.sh", "# Prerequisites: step-030-c\n");
    assert_findings(&quiet, "step-010-a.sh:3 error prerequisite\n"
                            "step-020-b.sh:3 error prerequisite\n"
                            "step-030-c.sh:3 error circle\n");
}

static void lint_checks_names_and_numbers(void **state)
{
    static const char none[] = "# Prerequisites: none\n";

    (void)state;
    write_step("step-010-a.sh", none);
    write_step("step-010-a.py", none);
    write_step("step-010-b.sh", none);
    write_step("step-020-a.sh", "# Prerequisites: none\n# Parallel: x\n");
    write_step("step-020-b.sh", "# Prerequisites: none\n# Parallel: x\n");
    write_step("step-30-x.sh", none);
    write_step("step-1000-x.sh", none);
    write_step("step-040-x.sh.bak", none);
    write_file("step-050-x.py", 0644, "#!/bin/sh\n");
    write_file("step-050-notes.md", 0644, "text\n");
    write_file("step-060-x y.sh", 0755,
               "#!/bin/sh\n# A - b\n"
               "# Prerequisites: none\n");
    assert_findings(&verbose, "step-010-a.sh:0 error same-step\n"
                              "step-010-b.sh:0 remark same-number\n"
                              "step-040-x.sh.bak:0 remark leftover\n"
                              "step-050-x.py:0 warning not-a-step\n"
                              "step-060-x y.sh:0 error name\n"
                              "step-1000-x.sh:0 warning not-a-step\n"
                              "step-30-x.sh:0 warning not-a-step\n");
}

static void lint_checks_how_a_script_is_run(void **state)
{
    (void)state;
    write_file("step-010-a.sh", 0644, "# A - b\n# Prerequisites: none\n");
    write_file("step-020-b.sh", 0755, "#!/bin/bash\necho\nx\r\nif\r\n");
    write_file("step-030-c.sh", 0755,
               "#!/no/such/shell\n# A - b\n# Prerequisites: none\n");
    write_step("step-040-d.sh", "echo\n");
    assert_findings(&quiet, "step-010-a.sh:0 warning not-executable\n"
                            "step-010-a.sh:1 error interpreter\n"
                            "step-020-b.sh:1 warning header\n"
                            "step-020-b.sh:3 error line-ends\n"
                            "step-030-c.sh:1 warning interpreter\n"
                            "step-040-d.sh:1 remark header\n");
}

static void lint_finds_syntax_errors(void **state)
{
    static const char none[] = "#!/bin/sh\n# A - b\n# Prerequisites: none\n";
    char *broken = mem_format("%sif true; then\necho )\nfi\n", none);

    (void)state;
    write_file("step-010-a.sh", 0755, broken);
    write_step("step-020-b.sh", "# Prerequisites: none\na=(1 2)\n");
    write_file("error-handling.sh", 0644, "f() {\n");
    write_file("other.sh", 0644, "f() {\n");
    write_file("step-030-c.sh", 0755,
               "\x7f"
               "ELF(((\n");
    assert_findings(&quiet, "error-handling.sh:2 error syntax\n"
                            "step-010-a.sh:5 error syntax\n");
    free(broken);
}

static void lint_does_not_run_what_it_looks_at(void **state)
{
    char *evidence = fileio_join(folder, "evidence");
    char *text = mem_format("# Prerequisites: none\ntouch %s\n", evidence);

    (void)state;
    write_step("step-010-a.sh", text);
    write_step("hooks/pre-run", text);
    assert_findings(&quiet, "");
    assert_int_not_equal(access(evidence, F_OK), 0);
    free(text);
    free(evidence);
}

static void lint_checks_hooks_and_rules(void **state)
{
    (void)state;
    write_file("hooks/pre-run", 0644, "#!/bin/sh\n");
    write_file("hooks/pre-steps", 0755, "#!/bin/sh\n");
    write_file("hooks/README", 0644, "text\n");
    write_file("hooks/post-run", 0755, "#!/bin/sh\ntrap 'x' ERR\n");
    write_file("diagnoses/a.json", 0644, "{\"rules\": [{\"id\": \"x\"}]}");
    write_file("diagnoses/b.json", 0644, "{");
    assert_findings(&quiet, "diagnoses/a.json:0 warning diagnosis\n"
                            "diagnoses/b.json:0 error diagnosis\n"
                            "hooks/post-run:2 error err-trap\n"
                            "hooks/pre-run:0 warning hook\n"
                            "hooks/pre-steps:0 warning hook\n");
}

static void lint_tells_prose_when_asked(void **state)
{
    (void)state;
    write_step("step-010-a.sh", "# Prerequisites: a good day\n"
                                "# Outputs: the network, out/x.json\n");
    assert_findings(&quiet, "");
    assert_findings(&verbose, "step-010-a.sh:3 remark prose\n"
                              "step-010-a.sh:4 remark prose\n");
}

static void lint_looks_at_the_files_asked_for(void **state)
{
    struct strvec files = { 0 };
    struct lint_request request = { .files = &files, .dir = folder };
    struct error err = { 0 };
    struct lint lint = { 0 };
    char *other = fileio_join(folder, "other.sh");

    (void)state;
    write_step("step-010-a.sh", "cd a\n");
    write_step("step-020-b.sh", "cd a\n");
    write_file("other.sh", 0644, "#!/bin/bash\ncd a\n");
    strvec_add(&files, "step-020-b");
    strvec_add(&files, other);
    assert_findings(&request, "other.sh:2 warning unguarded-cd\n"
                              "step-020-b.sh:1 remark header\n"
                              "step-020-b.sh:3 warning unguarded-cd\n");
    strvec_add(&files, "step-030-c");
    assert_false(lint_run(&lint, &request, &err));
    assert_int_equal(err.code, ERROR_INPUT);
    assert_non_null(strstr(err.message, "step-030-c"));
    lint_release(&lint);
    strvec_release(&files);
    free(other);
}

static void lint_counts_and_lists_in_json(void **state)
{
    struct lint_request request = { .dir = folder };
    struct lint lint = { 0 };
    json_t *list;

    (void)state;
    write_step("step-010-a.sh", "trap x ERR\n");
    assert_true(lint_run(&lint, &request, NULL));
    assert_int_equal(lint.by_severity[LINT_ERROR], 1);
    assert_int_equal(lint.by_severity[LINT_REMARK], 1);
    assert_int_equal(lint.file_count, 1);
    list = lint_json(&lint);
    assert_int_equal(json_array_size(list), 2);
    assert_string_equal(
        json_string_value(json_object_get(json_array_get(list, 1), "severity")),
        "error");
    assert_int_equal(
        json_integer_value(json_object_get(json_array_get(list, 1), "line")),
        3);
    json_decref(list);
    lint_release(&lint);
}

static void lint_refuses_a_folder_that_is_not_there(void **state)
{
    struct lint_request request = { .dir = "/nonexistent" };
    struct error err = { 0 };
    struct lint lint = { 0 };

    (void)state;
    assert_false(lint_run(&lint, &request, &err));
    assert_int_equal(err.code, ERROR_INPUT);
    lint_release(&lint);
}

#define IN_FOLDER(test)                                                        \
    cmocka_unit_test_setup_teardown(test, make_folder, remove_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lint_shell_finds_a_relative_state_folder),
        cmocka_unit_test(lint_shell_finds_writes_by_a_relative_path),
        cmocka_unit_test(lint_shell_finds_traps_on_err),
        cmocka_unit_test(lint_shell_finds_an_unguarded_cd),
        cmocka_unit_test(lint_shell_knows_a_guarded_cd),
        cmocka_unit_test(lint_shell_is_not_fooled_by_text),
        cmocka_unit_test(lint_shell_gives_up_on_absurd_nesting),
        cmocka_unit_test(lint_script_knows_the_shells),
        cmocka_unit_test(lint_script_reads_what_shells_say),
        IN_FOLDER(lint_finds_nothing_in_a_sound_project),
        IN_FOLDER(lint_goes_on_behind_a_malformed_header),
        IN_FOLDER(lint_checks_prerequisites),
        IN_FOLDER(lint_checks_names_and_numbers),
        IN_FOLDER(lint_checks_how_a_script_is_run),
        IN_FOLDER(lint_finds_syntax_errors),
        IN_FOLDER(lint_does_not_run_what_it_looks_at),
        IN_FOLDER(lint_checks_hooks_and_rules),
        IN_FOLDER(lint_tells_prose_when_asked),
        IN_FOLDER(lint_looks_at_the_files_asked_for),
        IN_FOLDER(lint_counts_and_lists_in_json),
        cmocka_unit_test(lint_refuses_a_folder_that_is_not_there),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
