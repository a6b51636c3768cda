#include "cli/ask.h"

#include "base/mem.h"
#include "cli/output.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool ask_is_possible(void)
{
    return isatty(STDIN_FILENO) && isatty(STDERR_FILENO);
}

void ask_show(const char *question, const char *choices)
{
    char *safe = output_safe(question);

    output_flush();
    fprintf(stderr, "%s %s ", safe, choices);
    fflush(stderr);
    free(safe);
}

bool ask_line(char *line, size_t size)
{
    ssize_t count;

    do
        count = read(STDIN_FILENO, line, size - 1);
    while (count < 0 && errno == EINTR);
    if (count <= 0)
        return false;
    line[count] = '\0';
    line[strcspn(line, "\r\n")] = '\0';
    return true;
}

enum ask_answer ask_read(void)
{
    char line[256];

    if (!ask_line(line, sizeof(line)))
        return ASK_NO;
    return strcmp(line, "y") == 0 || strcmp(line, "Y") == 0 ||
                   strcmp(line, "yes") == 0 || strcmp(line, "YES") == 0
               ? ASK_YES
               : ASK_NO;
}

bool ask_yes(const char *question)
{
    ask_show(question, "[y/N]");
    return ask_read() == ASK_YES;
}

bool ask_typed(const char *question, const char *expected)
{
    char line[256];

    ask_show(question, "");
    return ask_line(line, sizeof(line)) && strcmp(line, expected) == 0;
}
