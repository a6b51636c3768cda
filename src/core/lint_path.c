#include "core/lint_path.h"

#include <string.h>

static const char state_folder[] = ".deployment-state";

bool lint_path_is_state(const char *text)
{
    size_t size = sizeof(state_folder) - 1;

    while (strncmp(text, "./", 2) == 0)
        text += 2;
    return strncmp(text, state_folder, size) == 0 &&
           (!text[size] || text[size] == '/');
}

/* The default in `${VAR:-default}`, when it is not absolute. */
static bool is_relative_default(const char *value)
{
    size_t name;

    if (strncmp(value, "${", 2) != 0)
        return false;
    name = 2 + strspn(value + 2, "abcdefghijklmnopqrstuvwxyz"
                                 "ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789");
    value += name;
    value += *value == ':';
    if (*value != '-' && *value != '=')
        return false;
    value++;
    value += strspn(value, "\"'");
    while (strncmp(value, "./", 2) == 0)
        value += 2;
    return strncmp(value, state_folder, sizeof(state_folder) - 1) == 0;
}

static bool ends_with(const char *text, size_t size, const char *end)
{
    size_t length = strlen(end);

    return size >= length && strncmp(text + size - length, end, length) == 0;
}

static bool names_a_folder(const char *name, size_t size)
{
    return ends_with(name, size, "DIR") || ends_with(name, size, "dir") ||
           ends_with(name, size, "PATH") || ends_with(name, size, "path");
}

/* DEPLOYMENT_STATE_DIR may be "." where nothing better could be created: so
 * the requirements have it. */
bool lint_path_is_relative_state(const char *name, size_t size,
                                 const char *value)
{
    if (lint_path_is_state(value) || is_relative_default(value))
        return names_a_folder(name, size);
    return strncmp(name, "DEPLOYMENT_STATE_DIR", size) == 0 &&
           size == strlen("DEPLOYMENT_STATE_DIR") && *value &&
           !strchr("/$~`", *value) && strcmp(value, ".") != 0;
}
