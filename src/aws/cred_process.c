/*
 * credential_process: a program that prints keys as JSON. No shell runs it:
 * the line is split into words, and quotes are the only thing that matters.
 * https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html
 */
#include "aws/credentials_private.h"

#include "base/jsonx.h"
#include "base/mem.h"
#include "base/strvec.h"
#include "core/child.h"

#include <stdlib.h>
#include <string.h>

enum { TIMEOUT_MS = 60000, GRACE_MS = 2000 };

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

/* ---- the child -------------------------------------------------------- */

/* The answer is for us, and secret; what stands beside it is for people. A
 * warning among the answer would spoil it, and the answer must not get among
 * the words of a message. */
struct heard {
    struct strbuf *out, *errors;
};

static void take_out(void *context, const char *bytes, size_t size)
{
    strbuf_add(((struct heard *)context)->out, bytes, size);
}

static void take_errors(void *context, const char *bytes, size_t size)
{
    strbuf_add(((struct heard *)context)->errors, bytes, size);
}

static bool judge(const struct child_result *result, const char *name,
                  int *exit_status, struct error *err)
{
    if (result->wrote_too_much)
        return error_set(err, ERROR_BLOCKED, "'%s' writes without an end",
                         name);
    if (result->end == CHILD_CANCELLED)
        return error_set(err, ERROR_CANCELLED, "'%s' was stopped", name);
    if (result->end == CHILD_TIMED_OUT)
        return error_set(err, ERROR_BLOCKED, "'%s' does not end", name);
    *exit_status = result->signal ? 128 + result->signal : result->exit_status;
    return true;
}

bool cred_run(char *const *argv, int64_t timeout_ms, struct cancel *cancel,
              struct strbuf *out, struct strbuf *errors, int *exit_status,
              struct error *err)
{
    struct heard heard = { out, errors };
    struct child_request request = { .argv = argv,
                                     .marker_fd = -1,
                                     .timeout_ms = timeout_ms,
                                     .grace_ms = GRACE_MS,
                                     .cancel = cancel,
                                     .output = take_out,
                                     .errors = take_errors,
                                     .context = &heard,
                                     .output_limit = CRED_LIMIT,
                                     .is_secret = true };
    struct child_result result;

    return child_run(&request, &result, err) &&
           judge(&result, argv[0], exit_status, err);
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
    strbuf_wipe(&out);
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
