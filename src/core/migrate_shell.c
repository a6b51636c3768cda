#include "core/migrate_shell_private.h"

#include "base/mem.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* ---- words and commands ----------------------------------------------- */

static bool is_word_end(int byte)
{
    return byte < 0 || strchr(" \t\r\n;&|<>()", byte);
}

/* The length of NAME when `NAME=` or `NAME+=` stands here, else 0. */
static size_t assigned_name(const struct migrate_shell *shell)
{
    size_t size = 0;

    while (migrate_is_name_byte(migrate_peek(shell, size)))
        size++;
    if (!size || isdigit(migrate_peek(shell, 0)))
        return 0;
    return migrate_peek(shell, size) == '=' ? size : 0;
}

static void read_word(struct migrate_shell *shell, int closer,
                      struct migrate_word *word)
{
    struct strbuf text = { 0 };

    *word = (struct migrate_word){ .line = shell->line,
                                   .name = assigned_name(shell) };
    while (!is_word_end(migrate_peek(shell, 0)) &&
           (closer != '`' || migrate_peek(shell, 0) != '`'))
        migrate_read_piece(shell, &text, MIGRATE_UNQUOTED);
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

    migrate_set(shell, name, value);
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
    static const char *const opens[] = { "if",   "for", "while",  "until",
                                         "case", "{",   "select", NULL };
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
    static const char *const words[] = { "export",  "readonly", "local",
                                         "declare", "typeset",  NULL };

    return is_one_of(word, words);
}

/* Tells a command that is complete. */
static void end_command(struct migrate_shell *shell,
                        struct migrate_words *words)
{
    struct migrate_words rest = *words;
    bool all = false;

    while (rest.count &&
           (rest.items->name || is_prefix(shell, rest.items->text))) {
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
    bool has_dash = migrate_peek(shell, 0) == '-';
    struct strbuf text = { 0 };
    bool quoted = false;

    shell->at += has_dash;
    while (migrate_peek(shell, 0) == ' ' || migrate_peek(shell, 0) == '\t')
        shell->at++;
    while (!is_word_end(migrate_peek(shell, 0))) {
        int byte = migrate_take(shell);

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
        migrate_take(shell);
    }
    /* An expansion that is not closed must not go beyond the delimiter. */
    inner.size = shell->at;
    inner.heredocs = (struct strvec){ 0 };
    while (migrate_peek(&inner, 0) >= 0) {
        if (kept[1] == 'q')
            migrate_add_byte(&text, migrate_take(&inner));
        else
            migrate_read_piece(&inner, &text, MIGRATE_HEREDOC);
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
        migrate_take(shell);
    }
    strvec_release(&kept);
}

/* ---- lists ------------------------------------------------------------ */

static void skip_blanks(struct migrate_shell *shell)
{
    for (;;) {
        int byte = migrate_peek(shell, 0);

        if (byte == ' ' || byte == '\t' || byte == '\r')
            shell->at++;
        else if (byte == '\\' && (migrate_peek(shell, 1) == '\n' ||
                                  (migrate_peek(shell, 1) == '\r' &&
                                   migrate_peek(shell, 2) == '\n')))
            while (migrate_take(shell) != '\n')
                ;
        else
            break;
    }
    if (migrate_peek(shell, 0) == '#')
        shell->at += line_size(shell);
}

/* Drops the target of a redirection: `>FILE`, `>&2`, but not `<(`. */
static void skip_redirection(struct migrate_shell *shell, int closer)
{
    struct migrate_word word;

    if (migrate_peek(shell, 0) == '<' && migrate_peek(shell, 1) == '<') {
        shell->at += 2;
        if (migrate_peek(shell, 0) == '<')
            shell->at++;
        else
            keep_heredoc(shell);
        return;
    }
    while (migrate_peek(shell, 0) >= 0 && strchr("<>&", migrate_peek(shell, 0)))
        shell->at++;
    if (migrate_peek(shell, 0) == '(')
        return;
    skip_blanks(shell);
    read_word(shell, closer, &word);
    free(word.text);
}

/* One operator; a parenthesis is a list of its own. */
static void read_operator(struct migrate_shell *shell, int closer,
                          struct migrate_words *words)
{
    int byte = migrate_peek(shell, 0);

    if (byte == '<' || byte == '>' ||
        (byte == '&' && migrate_peek(shell, 1) == '>')) {
        skip_redirection(shell, closer);
        return;
    }
    migrate_take(shell);
    end_command(shell, words);
    if (byte == '\n')
        read_heredocs(shell);
    if (byte == '(' && shell->depth < MIGRATE_SHELL_DEEPEST) {
        shell->branches++;
        migrate_read_list(shell, ')');
        shell->branches -= shell->branches > 0;
    }
}

/* Commands up to behind the `closer`, 0 for the end of the script. */
void migrate_read_list(struct migrate_shell *shell, int closer)
{
    struct migrate_words words = { 0 };
    int byte;

    shell->depth++;
    for (;;) {
        skip_blanks(shell);
        byte = migrate_peek(shell, 0);
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
    migrate_take(shell);
    end_command(shell, &words);
    free(words.items);
    shell->depth--;
}

void migrate_shell_read(struct migrate_shell *shell)
{
    strvec_release(&shell->heredocs);
    shell->at = 0;
    shell->line = 1;
    shell->depth = shell->branches = 0;
    migrate_read_list(shell, 0);
}

void migrate_shell_release(struct migrate_shell *shell)
{
    strvec_release(&shell->names);
    strvec_release(&shell->values);
    strvec_release(&shell->heredocs);
}
