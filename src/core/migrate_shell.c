#include "core/migrate_shell.h"

#include "base/mem.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

const char migrate_unknowns[] = { MIGRATE_OUTPUT,   MIGRATE_VARIABLE_ELSEWHERE,
                                  MIGRATE_ARGUMENT, MIGRATE_BRANCHES,
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

static int peek(const struct migrate_shell *shell, size_t offset)
{
    return offset < shell->size - shell->at
               ? (unsigned char)shell->bytes[shell->at + offset]
               : -1;
}

/* Steps over one byte and gives it, -1 at the end. */
static int take(struct migrate_shell *shell)
{
    int byte = peek(shell, 0);

    if (byte == '\n')
        shell->line++;
    shell->at += byte >= 0;
    return byte;
}

static void add_byte(struct strbuf *out, int byte)
{
    if (byte >= MIGRATE_UNKNOWNS || byte == 0)
        strbuf_addc(out, byte ? (char)byte : ' ');
}

static void add_unknown(struct strbuf *out, enum migrate_unknown unknown)
{
    strbuf_addc(out, (char)unknown);
}

static bool is_name_byte(int byte)
{
    return byte == '_' || (byte >= 0 && byte < 128 && isalnum(byte));
}

static char *take_name(struct migrate_shell *shell)
{
    size_t start = shell->at;

    while (is_name_byte(peek(shell, 0)))
        shell->at++;
    return mem_bytes(shell->bytes + start, shell->at - start);
}

/* ---- variables -------------------------------------------------------- */

static const char *value_of(const struct migrate_shell *shell,
                            const char *name)
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

static void set_value(struct migrate_shell *shell, const char *name,
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

enum context { UNQUOTED, QUOTED, HEREDOC, BRACES };

static void read_list(struct migrate_shell *shell, int closer);
static void read_piece(struct migrate_shell *shell, struct strbuf *out,
                       enum context context);

static void skip_arithmetic(struct migrate_shell *shell)
{
    int open = 0, byte;

    do {
        byte = take(shell);
        open += (byte == '(') - (byte == ')');
    } while (byte >= 0 && open > 0);
}

static void read_until_brace(struct migrate_shell *shell, struct strbuf *out)
{
    while (peek(shell, 0) >= 0 && peek(shell, 0) != '}')
        read_piece(shell, out, BRACES);
    take(shell);
}

/* Behind `${`. */
static void read_braces(struct migrate_shell *shell, struct strbuf *out)
{
    struct strbuf other = { 0 };
    char *name = take_name(shell);
    const char *value = value_of(shell, name);
    bool has_colon = peek(shell, 0) == ':' && peek(shell, 1) >= 0 &&
                     strchr("-=+?", peek(shell, 1));
    int sign;

    shell->at += has_colon;
    sign = peek(shell, 0);
    if (sign >= 0 && sign != '}')
        take(shell);
    read_until_brace(shell, &other);
    if (!*name || (sign != '}' && !strchr("-=?", sign > 0 ? sign : ' ')))
        add_unknown(out, MIGRATE_EXPANSION);
    else if (sign == '}' || sign == '?' || (value && *value))
        add_variable(shell, out, name);
    else
        add_value(shell, out, strbuf_text(&other));
    if (sign == '=' && (!value || !*value)) {
        set_value(shell, name, strbuf_text(&other));
        shell->events->assigned(shell->context, name, strbuf_text(&other),
                                shell->line);
    }
    strbuf_release(&other);
    free(name);
}

/* Behind `$`. */
static void read_dollar(struct migrate_shell *shell, struct strbuf *out)
{
    int byte = peek(shell, 0);
    char *name;

    if (byte == '(' && peek(shell, 1) == '(') {
        skip_arithmetic(shell);
        add_unknown(out, MIGRATE_EXPANSION);
    } else if (byte == '(') {
        take(shell);
        read_list(shell, ')');
        add_unknown(out, MIGRATE_OUTPUT);
    } else if (byte == '{') {
        take(shell);
        read_braces(shell, out);
    } else if (byte >= 0 && strchr("@*#?$!-0123456789", byte)) {
        take(shell);
        add_unknown(out, MIGRATE_ARGUMENT);
    } else if (is_name_byte(byte)) {
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

    while ((byte = take(shell)) >= 0 && byte != '\'') {
        if (escapes && byte == '\\')
            byte = take(shell);
        add_byte(out, byte);
    }
}

static void read_double(struct migrate_shell *shell, struct strbuf *out)
{
    while (peek(shell, 0) >= 0 && peek(shell, 0) != '"')
        read_piece(shell, out, QUOTED);
    take(shell);
}

static void read_escape(struct migrate_shell *shell, struct strbuf *out,
                        enum context context)
{
    int byte = take(shell);

    if (byte == '\n' || byte < 0)
        return;
    if (byte == '\r' && peek(shell, 0) == '\n') {
        take(shell);
        return;
    }
    if ((context == QUOTED && !strchr("$`\"\\", byte)) ||
        (context == HEREDOC && !strchr("$`\\", byte)))
        strbuf_addc(out, '\\');
    add_byte(out, byte);
}

/* One byte of a word with all that it begins. */
static void read_piece(struct migrate_shell *shell, struct strbuf *out,
                       enum context context)
{
    int byte = take(shell);

    if (++shell->depth > MIGRATE_SHELL_DEEPEST) {
        add_byte(out, byte);
    } else if (byte == '\\') {
        read_escape(shell, out, context);
    } else if (byte == '$' && context == UNQUOTED && peek(shell, 0) == '\'') {
        take(shell);
        read_single(shell, out, true);
    } else if (byte == '$') {
        read_dollar(shell, out);
    } else if (byte == '`') {
        read_list(shell, '`');
        add_unknown(out, MIGRATE_OUTPUT);
    } else if (byte == '"' && context != QUOTED && context != HEREDOC) {
        read_double(shell, out);
    } else if (byte == '\'' && context == UNQUOTED) {
        read_single(shell, out, false);
    } else {
        add_byte(out, byte);
    }
    shell->depth--;
}

/* ---- words and commands ----------------------------------------------- */

static bool is_word_end(int byte)
{
    return byte < 0 || strchr(" \t\r\n;&|<>()", byte);
}

/* The length of NAME when `NAME=` or `NAME+=` stands here, else 0. */
static size_t assigned_name(const struct migrate_shell *shell)
{
    size_t size = 0;

    while (is_name_byte(peek(shell, size)))
        size++;
    if (!size || isdigit(peek(shell, 0)))
        return 0;
    return peek(shell, size) == '=' ? size : 0;
}

static void read_word(struct migrate_shell *shell, int closer,
                      struct migrate_word *word)
{
    struct strbuf text = { 0 };

    *word = (struct migrate_word){ .line = shell->line,
                                   .name = assigned_name(shell) };
    while (!is_word_end(peek(shell, 0)) &&
           (closer != '`' || peek(shell, 0) != '`'))
        read_piece(shell, &text, UNQUOTED);
    word->text = strbuf_take(&text);
}

static void clear_words(struct migrate_words *words)
{
    for (size_t i = 0; i < words->count; i++)
        free(words->items[i].text);
    words->count = 0;
}

static void assign(struct migrate_shell *shell, const struct migrate_word *word)
{
    char *name = mem_bytes(word->text, word->name);
    const char *value = word->text + word->name + 1;

    set_value(shell, name, value);
    shell->events->assigned(shell->context, name, value, word->line);
    free(name);
}

static bool is_one_of(const char *word, const char *const *list)
{
    for (; *list; list++) {
        if (strcmp(*list, word) == 0)
            return true;
    }
    return false;
}

/* The words that begin a command without being one. */
static bool is_prefix(struct migrate_shell *shell, const char *word)
{
    static const char *const opens[] = { "if", "for", "while", "until", "case",
                                         "{",  "select", NULL };
    static const char *const closes[] = { "fi", "done", "esac", "}", NULL };
    static const char *const others[] = { "then", "else",    "elif", "do",
                                          "!",    "time",    "exec", "command",
                                          "sudo", "builtin", "env",  NULL };

    if (is_one_of(word, opens))
        shell->branches++;
    else if (is_one_of(word, closes))
        shell->branches -= shell->branches > 0;
    else
        return is_one_of(word, others);
    return true;
}

static bool declares(const char *word)
{
    static const char *const words[] = { "export", "readonly", "local",
                                         "declare", "typeset", NULL };

    return is_one_of(word, words);
}

/* Tells a command that is complete. */
static void end_command(struct migrate_shell *shell,
                        struct migrate_words *words)
{
    struct migrate_words rest = *words;
    bool all = false;

    while (rest.count && (rest.items->name ||
                          is_prefix(shell, rest.items->text))) {
        if (rest.items->name)
            assign(shell, rest.items);
        rest.items++;
        rest.count--;
    }
    all = rest.count && declares(rest.items->text);
    for (size_t i = 1; all && i < rest.count; i++) {
        if (rest.items[i].name)
            assign(shell, &rest.items[i]);
    }
    if (rest.count && !all)
        shell->events->command(shell->context, &rest);
    clear_words(words);
}

/* ---- here-documents --------------------------------------------------- */

/* Behind `<<`: keeps '-' or ' ', 'q' or ' ' and the delimiter. */
static void keep_heredoc(struct migrate_shell *shell)
{
    bool has_dash = peek(shell, 0) == '-';
    struct strbuf text = { 0 };
    bool quoted = false;

    shell->at += has_dash;
    while (peek(shell, 0) == ' ' || peek(shell, 0) == '\t')
        shell->at++;
    while (!is_word_end(peek(shell, 0))) {
        int byte = take(shell);

        if (strchr("'\"\\", byte))
            quoted = true;
        else
            strbuf_addc(&text, (char)byte);
    }
    if (text.len)
        strvec_addf(&shell->heredocs, "%c%c%s", has_dash ? '-' : ' ',
                    quoted ? 'q' : ' ', strbuf_text(&text));
    strbuf_release(&text);
}

static size_t line_size(const struct migrate_shell *shell)
{
    const char *start = shell->bytes + shell->at;
    const char *end = memchr(start, '\n', shell->size - shell->at);

    return end ? (size_t)(end - start) : shell->size - shell->at;
}

/* Whether the line here is the delimiter. */
static bool is_delimiter(const struct migrate_shell *shell, const char *kept)
{
    const char *line = shell->bytes + shell->at;
    size_t size = line_size(shell);

    while (*kept == '-' && size && *line == '\t') {
        line++;
        size--;
    }
    size -= size && line[size - 1] == '\r';
    return strlen(kept + 2) == size && memcmp(kept + 2, line, size) == 0;
}

static void read_heredoc(struct migrate_shell *shell, const char *kept)
{
    struct migrate_shell inner = *shell;
    struct strbuf text = { 0 };
    int line = shell->line;

    while (shell->at < shell->size && !is_delimiter(shell, kept)) {
        shell->at += line_size(shell);
        take(shell);
    }
    /* An expansion that is not closed must not go beyond the delimiter. */
    inner.size = shell->at;
    inner.heredocs = (struct strvec){ 0 };
    while (peek(&inner, 0) >= 0) {
        if (kept[1] == 'q')
            add_byte(&text, take(&inner));
        else
            read_piece(&inner, &text, HEREDOC);
    }
    shell->expanded = inner.expanded;
    shell->names = inner.names;
    shell->values = inner.values;
    strvec_release(&inner.heredocs);
    shell->events->heredoc(shell->context, strbuf_text(&text), line);
    strbuf_release(&text);
    shell->at += line_size(shell);
}

/* Behind a newline. */
static void read_heredocs(struct migrate_shell *shell)
{
    struct strvec kept = shell->heredocs;

    shell->heredocs = (struct strvec){ 0 };
    for (size_t i = 0; i < kept.count; i++) {
        read_heredoc(shell, kept.items[i]);
        take(shell);
    }
    strvec_release(&kept);
}

/* ---- lists ------------------------------------------------------------ */

static void skip_blanks(struct migrate_shell *shell)
{
    for (;;) {
        int byte = peek(shell, 0);

        if (byte == ' ' || byte == '\t' || byte == '\r')
            shell->at++;
        else if (byte == '\\' && (peek(shell, 1) == '\n' ||
                                  (peek(shell, 1) == '\r' &&
                                   peek(shell, 2) == '\n')))
            while (take(shell) != '\n')
                ;
        else
            break;
    }
    if (peek(shell, 0) == '#')
        shell->at += line_size(shell);
}

/* Drops the target of a redirection: `>FILE`, `>&2`, but not `<(`. */
static void skip_redirection(struct migrate_shell *shell, int closer)
{
    struct migrate_word word;

    if (peek(shell, 0) == '<' && peek(shell, 1) == '<') {
        shell->at += 2;
        if (peek(shell, 0) == '<')
            shell->at++;
        else
            keep_heredoc(shell);
        return;
    }
    while (peek(shell, 0) >= 0 && strchr("<>&", peek(shell, 0)))
        shell->at++;
    if (peek(shell, 0) == '(')
        return;
    skip_blanks(shell);
    read_word(shell, closer, &word);
    free(word.text);
}

/* One operator; a parenthesis is a list of its own. */
static void read_operator(struct migrate_shell *shell, int closer,
                          struct migrate_words *words)
{
    int byte = peek(shell, 0);

    if (byte == '<' || byte == '>' ||
        (byte == '&' && peek(shell, 1) == '>')) {
        skip_redirection(shell, closer);
        return;
    }
    take(shell);
    end_command(shell, words);
    if (byte == '\n')
        read_heredocs(shell);
    if (byte == '(' && shell->depth < MIGRATE_SHELL_DEEPEST) {
        shell->branches++;
        read_list(shell, ')');
        shell->branches -= shell->branches > 0;
    }
}

/* Commands up to behind the `closer`, 0 for the end of the script. */
static void read_list(struct migrate_shell *shell, int closer)
{
    struct migrate_words words = { 0 };
    int byte;

    shell->depth++;
    for (;;) {
        skip_blanks(shell);
        byte = peek(shell, 0);
        if (byte < 0 || byte == closer)
            break;
        if (is_word_end(byte)) {
            read_operator(shell, closer, &words);
            continue;
        }
        words.items = mem_grow(words.items, words.count, &words.capacity,
                               sizeof(*words.items));
        read_word(shell, closer, &words.items[words.count++]);
    }
    take(shell);
    end_command(shell, &words);
    free(words.items);
    shell->depth--;
}

void migrate_shell_read(struct migrate_shell *shell)
{
    shell->line = 1;
    read_list(shell, 0);
}

void migrate_shell_release(struct migrate_shell *shell)
{
    strvec_release(&shell->names);
    strvec_release(&shell->values);
    strvec_release(&shell->heredocs);
}
