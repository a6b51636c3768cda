/*
 * credential_process: a program that prints keys as JSON. No shell runs it:
 * the line is split into words, and quotes are the only thing that matters.
 * https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html
 */
#include "aws/credentials_private.h"

#include "base/jsonx.h"
#include "base/mem.h"
#include "base/strvec.h"

#include <stdlib.h>
#include <string.h>

enum { TIMEOUT_MS = 60000 };

/* ---- words ------------------------------------------------------------ */

/* Adds what stands between quotes; returns where it ends, NULL for nowhere. In
 * double quotes a backslash stands for itself but before '"' and '\'. */
static const char *read_quoted(const char *at, struct strbuf *word)
{
    char quote = *at++;

    for (; *at != quote; at++) {
        if (quote == '"' && *at == '\\' && (at[1] == '"' || at[1] == '\\'))
            at++;
        if (!*at)
            return NULL;
        strbuf_addc(word, *at);
    }
    return at + 1;
}

/* As shlex.split() of Python, which the aws command uses. */
bool cred_split_words(const char *line, struct strvec *words, struct error *err)
{
    struct strbuf word = { 0 };
    const char *at = line + strspn(line, " \t\r\n");

    while (at && *at) {
        if (*at == '\'' || *at == '"') {
            at = read_quoted(at, &word);
        } else if (*at == '\\') {
            at = at[1] ? at + 2 : NULL;
            if (at)
                strbuf_addc(&word, at[-1]);
        } else {
            strbuf_addc(&word, *at++);
        }
        if (at && (!*at || strchr(" \t\r\n", *at))) {
            strvec_add(words, strbuf_text(&word));
            strbuf_clear(&word);
            at += strspn(at, " \t\r\n");
        }
    }
    strbuf_release(&word);
    return at || error_set(err, ERROR_INPUT, "a quote or escape does not end");
}

/* ---- the answer ------------------------------------------------------- */

static bool read_keys(const struct strbuf *out, struct credentials_keys *keys,
                      struct error *err)
{
    json_t *reply = jsonx_parse_object(out->data, out->len, NULL);
    bool ok;

    if (!reply)
        ok = error_set(err, ERROR_BLOCKED, "it printed no JSON object");
    else if (jsonx_int(reply, "Version", 0) != 1)
        ok = error_set(err, ERROR_BLOCKED, "its answer is not of Version 1");
    else
        ok = cred_keys_from_json(keys, "its answer", reply, &cred_names_session,
                                 err);
    json_decref(reply);
    return ok;
}

static bool run(const struct cred_request *request, const struct strvec *words,
                struct credentials_keys *keys, struct error *err)
{
    struct strbuf out = { 0 }, errors = { 0 };
    int status = 0;
    bool ok = cred_run(words->items, TIMEOUT_MS, request->cancel, &out, &errors,
                       &status, err);
    char *said = cred_quote(strbuf_text(&errors), errors.len);

    if (ok && status)
        ok = error_set(err, ERROR_BLOCKED, "it ended with status %d%s%s",
                       status, *said ? ": " : "", said);
    ok = ok && read_keys(&out, keys, err);
    if (out.data)
        mem_wipe(out.data, out.capacity);
    strbuf_release(&out);
    strbuf_release(&errors);
    free(said);
    return ok;
}

enum cred_answer cred_process(const struct cred_request *request,
                              struct cred_found *found, struct error *err)
{
    const char *line = cred_profile_setting(request, "credential_process");
    struct strvec words = { 0 };
    bool ok;

    if (!line)
        return CRED_NONE;
    ok = cred_split_words(line, &words, err);
    if (ok && !words.count)
        ok = error_set(err, ERROR_BLOCKED, "there is no command");
    ok = ok && run(request, &words, &found->keys, err);
    if (ok) {
        found->source =
            mem_format("profile '%s' (credential_process)", request->profile);
    } else {
        error_wrap(err, "profile '%s': credential_process", request->profile);
        error_hint(err, "run the command by hand to see what is wrong");
    }
    strvec_release(&words);
    return ok ? CRED_FOUND : CRED_FAILED;
}
