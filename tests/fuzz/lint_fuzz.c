/* Any bytes are a script: the lessons found stand in lines it has, and its
 * interpreter is a shell we know. The first line is also taken for what a
 * shell says about a syntax error. */
#include "base/mem.h"
#include "core/lint_script.h"
#include "core/lint_shell.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool holds)
{
    if (!holds)
        abort();
}

static void check_lesson(void *context, enum lint_lesson lesson, int line,
                         const char *subject)
{
    const int *lines = context;

    demand(lesson <= LESSON_CD);
    demand(line >= 1 && line <= *lines);
    demand(subject != NULL);
}

static void check_complaint(const char *text)
{
    static const char path[] = "/p/a.sh";
    char *complaint = mem_format("%s%s", path, text);
    const char *message;
    int line;

    if (lint_script_parse(complaint, path, &line, &message)) {
        demand(line >= 0);
        demand(*message && message >= complaint &&
               message < complaint + strlen(complaint));
    }
    free(complaint);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = mem_bytes((const char *)data, size);
    char *shell = lint_script_shell(text, size);
    int lines = 1;

    for (size_t i = 0; i < size; i++)
        lines += text[i] == '\n';
    lint_shell_scan(text, size, check_lesson, &lines);
    demand(!shell || strlen(shell) <= strlen("bash"));
    text[strcspn(text, "\n")] = '\0';
    check_complaint(text);
    free(shell);
    free(text);
    return 0;
}
