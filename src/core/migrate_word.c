/* The inner half of migrate_shell.c: bytes, variables and expansions. */
#include "core/migrate_shell_private.h"

#include "base/mem.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

const char migrate_unknowns[] = { MIGRATE_OUTPUT,    MIGRATE_VARIABLE_ELSEWHERE,
                                  MIGRATE_ARGUMENT,  MIGRATE_BRANCHES,
                                  MIGRATE_EXPANSION, 0 };

const char *migrate_unknown_why(const char *text)
{
    static const char *const why[MIGRATE_UNKNOWNS] = {
        [MIGRATE_OUTPUT] = "the output of a command",
        [MIGRATE_VARIABLE_ELSEWHERE] = "a variable that is set elsewhere",
        [MIGRATE_ARGUMENT] = "an argument of the script",
        [MIGRATE_BRANCHES] = "different in the branches of the script",
        [MIGRATE_EXPANSION] = "an expansion that only a shell can do",
    };
    const char *at = strpbrk(text, migrate_unknowns);

    return at ? why[(unsigned char)*at] : NULL;
}

/* ---- bytes ------------------------------------------------------------ */

int migrate_peek(const struct migrate_shell *shell, size_t offset)
{
    return offset < shell->size - shell->at
               ? (unsigned char)shell->bytes[shell->at + offset]
               : -1;
}

/* Steps over one byte and gives it, -1 at the end. */
int migrate_take(struct migrate_shell *shell)
{
    int byte = migrate_peek(shell, 0);

    if (byte == '\n')
        shell->line++;
    shell->at += byte >= 0;
    return byte;
}

void migrate_add_byte(struct strbuf *out, int byte)
{
    if (byte >= MIGRATE_UNKNOWNS || byte == 0)
        strbuf_addc(out, byte ? (char)byte : ' ');
}

static void add_unknown(struct strbuf *out, enum migrate_unknown unknown)
{
    strbuf_addc(out, (char)unknown);
}

bool migrate_is_name_byte(int byte)
{
    return byte == '_' || (byte >= 0 && byte < 128 && isalnum(byte));
}

static char *take_name(struct migrate_shell *shell)
{
    size_t start = shell->at;

    while (migrate_is_name_byte(migrate_peek(shell, 0)))
        shell->at++;
    return mem_bytes(shell->bytes + start, shell->at - start);
}

/* ---- variables -------------------------------------------------------- */

static const char *value_of(const struct migrate_shell *shell, const char *name)
{
    for (size_t i = 0; i < shell->names.count; i++) {
        if (strcmp(shell->names.items[i], name) == 0)
            return shell->values.items[i];
    }
    return NULL;
}

/* What two assignments leave when only some runs make the second one. */
static char *either(const char *old, const char *value)
{
    const char text[] = { MIGRATE_BRANCHES, 0 };

    if (!*old || strcmp(old, value) == 0)
        return mem_text(value);
    if (!*value || migrate_unknown_why(value))
        return mem_text(old);
    return mem_text(migrate_unknown_why(old) ? value : text);
}

void migrate_set(struct migrate_shell *shell, const char *name,
                 const char *value)
{
    for (size_t i = 0; i < shell->names.count; i++) {
        char **old = &shell->values.items[i];
        char *text;

        if (strcmp(shell->names.items[i], name) != 0)
            continue;
        text = shell->branches ? either(*old, value) : mem_text(value);
        free(*old);
        *old = text;
        return;
    }
    if (shell->names.count >= MIGRATE_SHELL_MOST_NAMES)
        return;
    strvec_add(&shell->names, name);
    strvec_add(&shell->values, value);
}

static void add_value(struct migrate_shell *shell, struct strbuf *out,
                      const char *value)
{
    size_t size = strlen(value);

    if (shell->expanded + size > MIGRATE_SHELL_MOST_EXPANDED) {
        add_unknown(out, MIGRATE_EXPANSION);
        return;
    }
    shell->expanded += size;
    strbuf_add(out, value, size);
}

static enum migrate_unknown unknown_of(const char *name)
{
    return isdigit((unsigned char)*name) ? MIGRATE_ARGUMENT
                                         : MIGRATE_VARIABLE_ELSEWHERE;
}

static void add_variable(struct migrate_shell *shell, struct strbuf *out,
                         const char *name)
{
    const char *value = value_of(shell, name);

    if (value)
        add_value(shell, out, value);
    else
        add_unknown(out, unknown_of(name));
}

/* ---- expansions ------------------------------------------------------- */

static void skip_arithmetic(struct migrate_shell *shell)
{
    int open = 0, byte;

    do {
        byte = migrate_take(shell);
        open += (byte == '(') - (byte == ')');
    } while (byte >= 0 && open > 0);
}

static void read_until_brace(struct migrate_shell *shell, struct strbuf *out)
{
    while (migrate_peek(shell, 0) >= 0 && migrate_peek(shell, 0) != '}')
        migrate_read_piece(shell, out, MIGRATE_BRACES);
    migrate_take(shell);
}

/* Whether a default may stand for the value: there is none, or it is what the
 * script was given or not. */
static bool takes_default(const char *value)
{
    return !value || !*value ||
           (!value[1] && (*value == MIGRATE_ARGUMENT ||
                          *value == MIGRATE_VARIABLE_ELSEWHERE));
}

/* Behind `${`. */
static void read_braces(struct migrate_shell *shell, struct strbuf *out)
{
    struct strbuf other = { 0 };
    char *name = take_name(shell);
    const char *value;
    bool has_colon = migrate_peek(shell, 0) == ':' &&
                     migrate_peek(shell, 1) >= 0 &&
                     strchr("-=+?", migrate_peek(shell, 1));
    int sign;

    shell->at += has_colon;
    sign = migrate_peek(shell, 0);
    if (sign >= 0 && sign != '}')
        migrate_take(shell);
    read_until_brace(shell, &other);
    /* Only now: what is between the braces may assign as well. */
    value = value_of(shell, name);
    if (!*name || (sign != '}' && !strchr("-=?", sign > 0 ? sign : ' ')))
        add_unknown(out, MIGRATE_EXPANSION);
    else if (sign == '}' || sign == '?' || !takes_default(value))
        add_variable(shell, out, name);
    else
        add_value(shell, out, strbuf_text(&other));
    if (sign == '=' && takes_default(value)) {
        migrate_set(shell, name, strbuf_text(&other));
        shell->events->assigned(shell->context, name, strbuf_text(&other),
                                shell->line);
    }
    strbuf_release(&other);
    free(name);
}

/* Behind `$`. */
static void read_dollar(struct migrate_shell *shell, struct strbuf *out)
{
    int byte = migrate_peek(shell, 0);
    char *name;

    if (byte == '(' && migrate_peek(shell, 1) == '(') {
        skip_arithmetic(shell);
        add_unknown(out, MIGRATE_EXPANSION);
    } else if (byte == '(') {
        migrate_take(shell);
        migrate_read_list(shell, ')');
        add_unknown(out, MIGRATE_OUTPUT);
    } else if (byte == '{') {
        migrate_take(shell);
        read_braces(shell, out);
    } else if (byte >= 0 && strchr("@*#?$!-0123456789", byte)) {
        migrate_take(shell);
        add_unknown(out, MIGRATE_ARGUMENT);
    } else if (migrate_is_name_byte(byte)) {
        name = take_name(shell);
        add_variable(shell, out, name);
        free(name);
    } else {
        strbuf_addc(out, '$');
    }
}

static void read_single(struct migrate_shell *shell, struct strbuf *out,
                        bool escapes)
{
    int byte;

    while ((byte = migrate_take(shell)) >= 0 && byte != '\'') {
        if (escapes && byte == '\\')
            byte = migrate_take(shell);
        migrate_add_byte(out, byte);
    }
}

static void read_double(struct migrate_shell *shell, struct strbuf *out)
{
    while (migrate_peek(shell, 0) >= 0 && migrate_peek(shell, 0) != '"')
        migrate_read_piece(shell, out, MIGRATE_QUOTED);
    migrate_take(shell);
}

static void read_escape(struct migrate_shell *shell, struct strbuf *out,
                        enum migrate_context context)
{
    int byte = migrate_take(shell);

    if (byte == '\n' || byte < 0)
        return;
    if (byte == '\r' && migrate_peek(shell, 0) == '\n') {
        migrate_take(shell);
        return;
    }
    if ((context == MIGRATE_QUOTED && !strchr("$`\"\\", byte)) ||
        (context == MIGRATE_HEREDOC && !strchr("$`\\", byte)))
        strbuf_addc(out, '\\');
    migrate_add_byte(out, byte);
}

/* One byte of a word with all that it begins. */
void migrate_read_piece(struct migrate_shell *shell, struct strbuf *out,
                        enum migrate_context context)
{
    int byte = migrate_take(shell);

    if (++shell->depth > MIGRATE_SHELL_DEEPEST) {
        migrate_add_byte(out, byte);
    } else if (byte == '\\') {
        read_escape(shell, out, context);
    } else if (byte == '$' && context == MIGRATE_UNQUOTED &&
               migrate_peek(shell, 0) == '\'') {
        migrate_take(shell);
        read_single(shell, out, true);
    } else if (byte == '$') {
        read_dollar(shell, out);
    } else if (byte == '`') {
        migrate_read_list(shell, '`');
        add_unknown(out, MIGRATE_OUTPUT);
    } else if (byte == '"' && context != MIGRATE_QUOTED &&
               context != MIGRATE_HEREDOC) {
        read_double(shell, out);
    } else if (byte == '\'' && context == MIGRATE_UNQUOTED) {
        read_single(shell, out, false);
    } else {
        migrate_add_byte(out, byte);
    }
    shell->depth--;
}
