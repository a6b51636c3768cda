/* Answers from a file, and the answers as a command. */
#include "core/setup_private.h"

#include "base/mem.h"
#include "core/config.h"

#include <stdlib.h>
#include <string.h>

/* ---- from a file ------------------------------------------------------ */

/* The answers before, to go back to. */
struct before {
    char **answers;
    struct setup_extra *extras;
    size_t extra_count;
};

static struct before remember(const struct setup *setup)
{
    struct before before = {
        .answers = mem_new(setup_row_count(), sizeof(*before.answers)),
        .extras = mem_new(setup->extra_count + 1, sizeof(*before.extras)),
        .extra_count = setup->extra_count,
    };

    for (size_t i = 0; i < setup_row_count(); i++)
        before.answers[i] = mem_text(setup->slots[i].answer);
    for (size_t i = 0; i < setup->extra_count; i++)
        before.extras[i] =
            (struct setup_extra){ setup->extras[i].key,
                                  mem_text(setup->extras[i].value) };
    return before;
}

static void go_back(struct setup *setup, const struct before *before)
{
    for (size_t i = 0; i < setup_row_count(); i++) {
        free(setup->slots[i].answer);
        setup->slots[i].answer = mem_text(before->answers[i]);
    }
    for (size_t i = 0; i < setup->extra_count; i++)
        free(setup->extras[i].value);
    setup->extra_count = before->extra_count;
    for (size_t i = 0; i < before->extra_count; i++)
        setup->extras[i] =
            (struct setup_extra){ before->extras[i].key,
                                  mem_text(before->extras[i].value) };
    setup_refresh(setup);
}

static void forget(struct before *before)
{
    for (size_t i = 0; i < setup_row_count(); i++)
        free(before->answers[i]);
    for (size_t i = 0; i < before->extra_count; i++)
        free(before->extras[i].value);
    free(before->answers);
    free(before->extras);
}

/* A known key is named with its value's fault, an unknown one by the message
 * itself. */
static bool answer_entry(struct setup *setup, const char *name,
                         const struct envfile_entry *entry, struct error *err)
{
    struct error wrong = { 0 };

    if (setup_answer(setup, entry->key, entry->value, &wrong))
        return true;
    if (setup_knows(entry->key))
        error_wrap(&wrong, "%s:%d: %s", name, entry->line, entry->key);
    else
        error_wrap(&wrong, "%s:%d", name, entry->line);
    if (err && !error_is_set(err))
        *err = wrong;
    return false;
}

/* Questions first, in their order: what an answer must be can depend on those
 * before it, wherever they stand in the file. */
static bool answer_all(struct setup *setup, const char *name,
                       const struct envfile *file, struct error *err)
{
    for (size_t i = 0; i < file->count; i++) {
        const struct envfile_entry *entry = &file->entries[i];

        if (setup_row(entry->key) < 0 &&
            strcmp(entry->key, "DEPLOYMENT_TIMESTAMP") != 0 &&
            !answer_entry(setup, name, entry, err))
            return false;
    }
    for (size_t row = 0; row < setup_row_count(); row++) {
        for (size_t i = 0; i < file->count; i++) {
            const struct envfile_entry *entry = &file->entries[i];

            if (setup_row(entry->key) == (int)row &&
                !answer_entry(setup, name, entry, err))
                return false;
        }
    }
    return true;
}

static const char *look_up(void *context, const char *key)
{
    (void)context;
    return getenv(key);
}

bool setup_answer_file(struct setup *setup, const char *name, const char *bytes,
                       size_t size, struct error *err)
{
    struct envfile file = { 0 };
    struct before before;
    bool ok;

    if (!envfile_parse(name, bytes, size, look_up, NULL, &file, err))
        return false;
    before = remember(setup);
    ok = answer_all(setup, name, &file, err);
    if (!ok)
        go_back(setup, &before);
    forget(&before);
    envfile_release(&file);
    return ok;
}

/* ---- as a command ----------------------------------------------------- */

/* Whether the value counts among the answers. */
static bool is_told(const struct setup *setup, const struct setup_question *row)
{
    return setup_is_asked(setup, row->key) ||
           setup_is_answered(setup, row->key);
}

/* Quoted for a shell, unless it is plain. */
static void add_word(struct strbuf *out, const char *word)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
                                "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./:@-";

    strbuf_addc(out, ' ');
    if (*word && word[strspn(word, plain)] == '\0') {
        strbuf_adds(out, word);
        return;
    }
    strbuf_addc(out, '\'');
    for (; *word; word++)
        strbuf_adds(out, *word == '\'' ? "'\\''" : (char[]){ *word, '\0' });
    strbuf_addc(out, '\'');
}

/* What no option can say: an answer without one, an empty value, or one that
 * would be taken for an option. */
static bool needs_file(const struct setup *setup)
{
    if (setup->extra_count)
        return true;
    for (const struct setup_question *row = setup_questions(); row->key;
         row++) {
        const char *value = setup_value(setup, row->key);

        if (setup_is_answered(setup, row->key) &&
            (!row->option || !*value || *value == '-'))
            return true;
    }
    return false;
}

char *setup_command(const struct setup *setup, const char *answers_file)
{
    struct strbuf out = { 0 };

    strbuf_adds(&out, "stepdeck setup");
    if (strcmp(setup->dir, ".") != 0) {
        strbuf_adds(&out, " -C");
        add_word(&out, setup->dir);
    }
    if (needs_file(setup)) {
        strbuf_adds(&out, " --answers");
        add_word(&out, answers_file);
        return strbuf_take(&out);
    }
    strbuf_adds(&out, " --wizard --auto-approve");
    for (const struct setup_question *row = setup_questions(); row->key;
         row++) {
        const char *value = setup_value(setup, row->key);

        if (!row->option || !*value || !is_told(setup, row))
            continue;
        strbuf_addf(&out, " %s", row->option);
        add_word(&out, value);
    }
    return strbuf_take(&out);
}

char *setup_answers_text(const struct setup *setup)
{
    struct strbuf out = { 0 };

    for (const struct setup_question *row = setup_questions(); row->key;
         row++) {
        if (!is_told(setup, row))
            continue;
        strbuf_addf(&out, "%s=", row->key);
        if (!envfile_quote(setup_value(setup, row->key), &out))
            strbuf_adds(&out, "''");
        strbuf_addc(&out, '\n');
    }
    for (size_t i = 0; i < setup->extra_count; i++) {
        strbuf_addf(&out, "%s=", setup->extras[i].key);
        if (!envfile_quote(setup->extras[i].value, &out))
            strbuf_adds(&out, "''");
        strbuf_addc(&out, '\n');
    }
    return strbuf_take(&out);
}
