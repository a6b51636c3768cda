#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "base/mem.h"
#include "base/redact.h"
#include "base/redact_forms.h"
#include "base/strbuf.h"
#include "base/strvec.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char password[] = "S3cr3t/P@ss+w0rd?";

static const char pem[] = "-----BEGIN PRIVATE KEY-----\n"
                          "MIIEvQIBADANBgkqhkiG9w0BAQEFAASC\n"
                          "BKcwggSjAgEAAoIBAQDQ/3zG0aYk+Vw=\r\n"
                          "abc\n"
                          "-----END PRIVATE KEY-----\n";

/* A sealed object with the secrets up to a NULL. */
static struct redact *make(const char *first, ...)
{
    struct redact *redact = redact_new();
    va_list args;

    va_start(args, first);
    for (const char *secret = first; secret; secret = va_arg(args, char *))
        assert_int_equal(redact_add(redact, secret), REDACT_ADDED);
    va_end(args);
    redact_seal(redact);
    return redact;
}

static void expect(const struct redact *redact, const char *text,
                   const char *masked)
{
    struct strbuf out = { 0 };

    redact_text(redact, text, strlen(text), &out);
    assert_string_equal(strbuf_text(&out), masked);
    strbuf_release(&out);
}

static void redact_without_secrets_passes_everything(void **state)
{
    struct redact *redact = redact_new();
    struct redact_stream stream = { .redact = redact };
    struct strbuf out = { 0 };

    (void)state;
    assert_true(redact_is_empty(redact));
    expect(redact, "any password=hunter2\n", "any password=hunter2\n");
    expect(redact, "", "");
    redact_stream_feed(&stream, "a\0b", 3, &out);
    assert_int_equal(out.len, 3);
    redact_stream_feed(&stream, "", 0, &out);
    redact_stream_finish(&stream, &out);
    assert_memory_equal(out.data, "a\0b", 4);
    strbuf_release(&out);
    redact_free(redact);
    redact_free(NULL);
}

static void redact_add_refuses_short_values(void **state)
{
    struct redact *redact = redact_new();

    (void)state;
    assert_int_equal(redact_add(redact, NULL), REDACT_EMPTY);
    assert_int_equal(redact_add(redact, ""), REDACT_EMPTY);
    assert_int_equal(redact_add(redact, " \r\n\t"), REDACT_EMPTY);
    assert_int_equal(redact_add(redact, "12345"), REDACT_TOO_SHORT);
    assert_int_equal(redact_add(redact, "  12345 \n"), REDACT_TOO_SHORT);
    redact_seal(redact);
    assert_true(redact_is_empty(redact));
    expect(redact, "12345", "12345");
    assert_int_equal(redact_add(redact, "123456"), REDACT_ADDED);
    assert_int_equal(redact_add(redact, "123456"), REDACT_ADDED);
    redact_seal(redact);
    assert_false(redact_is_empty(redact));
    expect(redact, "x123456x12345", "x***x12345");
    redact_free(redact);
}

static void redact_cuts_white_space_off_a_secret(void **state)
{
    struct redact *redact = make("\n  hunter22 \r\n", NULL);

    (void)state;
    expect(redact, "pw=hunter22;", "pw=***;");
    redact_free(redact);
}

static void redact_can_be_sealed_again_with_more(void **state)
{
    struct redact *redact = make("first-secret", NULL);

    (void)state;
    redact_add(redact, "second-secret");
    redact_seal(redact);
    expect(redact, "first-secret second-secret.", "*** ***.");
    redact_free(redact);
}

static void redact_masks_at_every_place_of_a_text(void **state)
{
    struct redact *redact = make("secret-1", NULL);
    char text[64], masked[64];

    (void)state;
    for (int before = 0; before < 20; before++) {
        for (int after = 0; after < 20; after++) {
            snprintf(text, sizeof(text), "%.*ssecret-1%.*s", before,
                     "....................", after, "....................");
            snprintf(masked, sizeof(masked), "%.*s***%.*s", before,
                     "....................", after, "....................");
            expect(redact, text, masked);
        }
    }
    expect(redact, "secret-", "secret-");
    expect(redact, "ecret-1", "ecret-1");
    redact_free(redact);
}

static void redact_masks_bytes_that_are_no_text(void **state)
{
    struct redact *redact = make("secret-1", NULL);
    struct strbuf out = { 0 };

    (void)state;
    redact_text(redact,
                "\0\xFF"
                "secret-1\0",
                11, &out);
    assert_int_equal(out.len, 6);
    assert_memory_equal(out.data, "\0\xFF***\0", 6);
    strbuf_release(&out);
    redact_free(redact);
}

static void redact_leaves_nothing_of_overlapping_secrets(void **state)
{
    struct redact *redact =
        make("abcdefgh", "efghijkl", "cdefgh", "abcdefghXYZ", NULL);

    (void)state;
    expect(redact, "<abcdefghijkl>", "<***>");
    expect(redact, "<abcdefghXYZ>", "<***>");
    expect(redact, "<abcdefghXY>", "<***XY>");
    expect(redact, "<abcdefghabcdefgh>", "<***>");
    expect(redact, "<abcdefgh abcdefgh>", "<*** ***>");
    expect(redact, "<cdefghijkl>", "<***>");
    redact_free(redact);
    redact = make("aaaaaa", NULL);
    expect(redact, "aaaaaaaaaaaaaaa", "***");
    expect(redact, "aaaaabaaaaaa", "aaaaab***");
    redact_free(redact);
}

static void redact_masks_base64_at_any_alignment(void **state)
{
    static const struct {
        const char *text; /* base64 of a prefix, the password, a suffix */
        const char *masked;
    } cases[] = {
        { "UzNjcjN0L1BAc3MrdzByZD8=", "***" },
        { "UzNjcjN0L1BAc3MrdzByZD8", "***" },
        { "UzNjcjN0L1BAc3MrdzByZD94", "***94" },         /* "x" behind */
        { "UzNjcjN0L1BAc3MrdzByZD8K", "***K" },          /* a newline */
        { "UzNjcjN0L1BAc3MrdzByZD94eQ==", "***94eQ==" }, /* "xy" */
        { "dVMzY3IzdC9QQHNzK3cwcmQ/", "dV***" },         /* "u" before */
        { "dVMzY3IzdC9QQHNzK3cwcmQ_", "dV***" },
        { "dVMzY3IzdC9QQHNzK3cwcmQ/eA==", "dV***eA==" },
        { "dXNTM2NyM3QvUEBzcyt3MHJkPw==", "dXN***" }, /* "us" before */
        { "dXNTM2NyM3QvUEBzcyt3MHJkPw", "dXN***" },
        { "dXNTM2NyM3QvUEBzcyt3MHJkP3g=", "dXN***3g=" },
        { "Basic dXNlcjpTM2NyM3QvUEBzcyt3MHJkPw==\n", /* "user:" */
          "Basic dXNlcjp***\n" },
        { "UzNjcjN0L1BAc3MrdzByZ", "UzNjcjN0L1BAc3MrdzByZ" }, /* cut */
    };
    struct redact *redact = make(password, NULL);

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        expect(redact, cases[i].text, cases[i].masked);
    redact_free(redact);
}

static void redact_masks_the_habits_of_url_and_json_writers(void **state)
{
    static const struct {
        const char *secret;
        const char *form;
    } cases[] = {
        { password, "S3cr3t%2FP%40ss%2Bw0rd%3F" },
        { password, "S3cr3t%2fP%40ss%2bw0rd%3f" },
        { password, "S3cr3t/P%40ss%2Bw0rd%3F" },
        { password, "S3cr3t\\/P@ss+w0rd?" },
        { "a b(c)~d*e", "a%20b(c)~d*e" },
        { "a b(c)~d*e", "a%20b%28c%29~d%2Ae" },
        { "a b(c)~d*e", "a+b%28c%29%7Ed*e" },
        { "a b(c)~d*e", "a+b%28c%29~d%2Ae" },
        { "a b(c)~d*e", "a+b%28c%29%7ed%2ae" },
        { "quote\"back\\slash", "quote\\\"back\\\\slash" },
        { "tab\tand\001one\037", "tab\\tand\\u0001one\\u001f" },
        { "tab\tand\001one\037", "tab\\tand\\u0001one\\u001F" },
        { "<k&y>123", "\\u003ck\\u0026y\\u003e123" },
        { "<k&y>123", "\\u003Ck\\u0026y\\u003E123" },
        { "gr\xC3\xBC\xC3\x9F"
          "e-dich",
          "gr\\u00fc\\u00dfe-dich" },
        { "gr\xC3\xBC\xC3\x9F"
          "e-dich",
          "gr\\u00FC\\u00DFe-dich" },
        { "gr\xC3\xBC\xC3\x9F"
          "e-dich",
          "gr%C3%BC%C3%9Fe-dich" },
        { "\xE2\x82\xAC"
          "500\xF0\x9F\x94\x91key",
          "\\u20ac500\\ud83d\\udd11key" },
        { "broken\xFF\xC3utf8", "broken%FF%C3utf8" },
        { "line one\nline two", "line one\\nline two" },
        { "line one\nli\"ne two", "line one\\nli\\\"ne two" },
        { "line one\nli\"ne two", "line one\\nli\"ne two" },
        { "line one\r\nline two", "line one\\r\\nline two" },
        { "line one\nline two", "line%20one%0Aline%20two" },
        { "line one\nline two", "bGluZSBvbmUKbGluZSB0d28=" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct redact *redact = make(cases[i].secret, NULL);
        char *text = mem_format("<%s>", cases[i].form);
        char *raw = mem_format("<%s>", cases[i].secret);

        expect(redact, text, "<***>");
        expect(redact, raw, "<***>");
        free(text);
        free(raw);
        redact_free(redact);
    }
}

static void redact_masks_a_secret_line_by_line(void **state)
{
    struct redact *redact = make(pem, NULL);

    (void)state;
    expect(redact, pem, "***\n");
    expect(redact, "    MIIEvQIBADANBgkqhkiG9w0BAQEFAASC\r\n", "    ***\r\n");
    expect(redact, "BKcwggSjAgEAAoIBAQDQ/3zG0aYk+Vw=", "***");
    expect(redact, "BKcwggSjAgEAAoIBAQDQ%2F3zG0aYk%2BVw%3D", "***");
    expect(redact, "-----BEGIN PRIVATE KEY-----\nother\n",
           "-----BEGIN PRIVATE KEY-----\nother\n");
    expect(redact, "-----END PRIVATE KEY-----", "-----END PRIVATE KEY-----");
    expect(redact, "abc", "abc");
    redact_free(redact);
}

static void redact_masks_wrapped_base64(void **state)
{
    char secret[201], text[512] = "", masked[512] = "";
    struct redact *redact;

    (void)state;
    memset(secret, 'k', 200);
    secret[200] = '\0';
    redact = make(secret, NULL);
    /* 57 bytes "k" give a row of 76 characters: "a2tr" 19 times. */
    for (int row = 0; row < 3; row++) {
        for (int i = 0; i < 19; i++)
            strcat(text, "a2tr");
        strcat(text, "\n");
        strcat(masked, "***\n");
    }
    for (int i = 0; i < 9; i++)
        strcat(text, "a2tr");
    strcat(text, "a2s=\n");
    strcat(masked, "***\n");
    expect(redact, text, masked);
    redact_free(redact);
}

static void redact_cuts_long_secrets_into_pieces(void **state)
{
    size_t size = 10 * REDACT_PIECE_BYTES + 1;
    char *secret = mem_new(size + 1, 1);
    char *text;
    struct strvec forms = { 0 };
    struct redact *redact;

    (void)state;
    for (size_t i = 0; i < size; i++)
        secret[i] = (char)('A' + i * i % 26);
    redact_forms_add(&forms, secret, size);
    for (size_t i = 0; i < forms.count; i++) {
        assert_true(strlen(forms.items[i]) <= REDACT_PIECE_BYTES);
        assert_true(strlen(forms.items[i]) >= REDACT_MIN_BYTES);
    }
    redact = make(secret, NULL);
    text = mem_format("a%sb", secret);
    expect(redact, text, "a***b");
    free(text);
    strvec_release(&forms);
    redact_free(redact);
    free(secret);
}

static void redact_stream_masks_across_any_cut(void **state)
{
    struct redact *redact =
        make(password, pem, "secrets", "secrets-long", NULL);
    char *text = mem_format("a secrets-lon %s=%s; secrets-long. %sxMIIEvQ",
                            "UzNjcjN0L1BAc3MrdzByZD8=", password, pem);
    size_t size = strlen(text);
    const char *masked = "a ***-lon ***=***; ***. ***\nxMIIEvQ";

    (void)state;
    for (size_t step = 1; step < 40; step++) {
        struct redact_stream stream = { .redact = redact };
        struct strbuf out = { 0 };

        for (size_t at = 0; at < size; at += step)
            redact_stream_feed(&stream, text + at,
                               size - at < step ? size - at : step, &out);
        redact_stream_finish(&stream, &out);
        assert_string_equal(strbuf_text(&out), masked);
        strbuf_release(&out);
    }
    for (size_t cut = 0; cut <= size; cut++) {
        struct redact_stream stream = { .redact = redact };
        struct strbuf out = { 0 };

        redact_stream_feed(&stream, text, cut, &out);
        redact_stream_feed(&stream, text + cut, size - cut, &out);
        redact_stream_finish(&stream, &out);
        assert_string_equal(strbuf_text(&out), masked);
        strbuf_release(&out);
    }
    free(text);
    redact_free(redact);
}

static void redact_stream_holds_back_only_what_may_become_a_secret(void **state)
{
    static const struct {
        const char *fed;
        const char *written;
    } feeds[] = {
        { "hello ", "hello " },    /* nothing begins here */
        { "xsec", "x" },           /* "sec" may go on */
        { "ond", "second" },       /* and did not */
        { "secre", "" },           /* again */
        { "ts", "***" },           /* masked, may still go on */
        { "-lo", "" },             /* to the longer one */
        { "ng", "" },              /* which is the same mask */
        { ".", "." },              /* over */
        { "secrets", "***" },      /* the short one */
        { "-lon", "" },            /* begins the longer one */
        { "e", "-lone" },          /* which never came */
        { "secresecre", "secre" }, /* the longest tail that fits */
    };
    struct redact *redact = make("secrets", "secrets-long", NULL);
    struct redact_stream stream = { .redact = redact };
    struct strbuf out = { 0 };

    (void)state;
    for (size_t i = 0; i < COUNT(feeds); i++) {
        strbuf_clear(&out);
        redact_stream_feed(&stream, feeds[i].fed, strlen(feeds[i].fed), &out);
        assert_string_equal(strbuf_text(&out), feeds[i].written);
    }
    strbuf_clear(&out);
    redact_stream_finish(&stream, &out);
    assert_string_equal(strbuf_text(&out), "secre");
    strbuf_release(&out);
    redact_free(redact);
}

static void redact_stream_is_new_after_finish(void **state)
{
    struct redact *redact = make("secret-1", NULL);
    struct redact_stream stream = { .redact = redact };
    struct strbuf out = { 0 };

    (void)state;
    redact_stream_feed(&stream, "secret-1secre", 13, &out);
    redact_stream_finish(&stream, &out);
    assert_string_equal(strbuf_text(&out), "***secre");
    redact_stream_feed(&stream, "t-1 secret-1", 12, &out);
    redact_stream_finish(&stream, &out);
    assert_string_equal(strbuf_text(&out), "***secret-1 ***");
    redact_stream_finish(&stream, &out);
    assert_string_equal(strbuf_text(&out), "***secret-1 ***");
    strbuf_release(&out);
    redact_free(redact);
}

/* Properties, against a search that tries every form at every place. */

static uint64_t random_state;

static size_t random_below(size_t limit)
{
    random_state = random_state * 6364136223846793005U + 1442695040888963407U;
    return (size_t)(random_state >> 33) % limit;
}

static char *random_secret(void)
{
    static const char *const alphabets[] = {
        "ab",
        "aA1",
        "abcdefghijklmnopqrstuvwxyz0123456789",
        "a/+=\"\\ \n&<?%~\xC3\xA9",
        "ab\nc",
    };
    const char *alphabet = alphabets[random_below(COUNT(alphabets))];
    size_t size = REDACT_MIN_BYTES + 2 + random_below(60);
    struct strbuf secret = { 0 };

    strbuf_addc(&secret, 'x');
    while (secret.len < size - 1)
        strbuf_addc(&secret, alphabet[random_below(strlen(alphabet))]);
    strbuf_addc(&secret, 'y');
    return strbuf_take(&secret);
}

/* Text in which whole, cut and overlapping forms stand. */
static void add_random_text(struct strbuf *text, const struct strvec *forms)
{
    for (size_t i = random_below(20); i; i--) {
        const char *form = forms->items[random_below(forms->count)];
        size_t size = strlen(form);
        size_t from = random_below(3) ? 0 : random_below(size);
        size_t to = random_below(3) ? size : from + random_below(size - from);

        strbuf_add(text, form + from, to - from);
        for (size_t k = random_below(2) ? random_below(8) : 0; k; k--)
            strbuf_addc(text, "ab .\n"[random_below(5)]);
    }
}

static void mask_slowly(const struct strvec *forms, const struct strbuf *text,
                        struct strbuf *out)
{
    char *covered = mem_new(text->len, 1);

    for (size_t i = 0; i < forms->count; i++) {
        size_t size = strlen(forms->items[i]);

        for (size_t at = 0; at + size <= text->len; at++) {
            if (memcmp(text->data + at, forms->items[i], size) == 0)
                memset(covered + at, 1, size);
        }
    }
    for (size_t at = 0; at < text->len; at++) {
        if (!covered[at])
            strbuf_addc(out, text->data[at]);
        else if (at == 0 || !covered[at - 1])
            strbuf_adds(out, "***");
    }
    free(covered);
}

static void stream_randomly(const struct redact *redact,
                            const struct strbuf *text, struct strbuf *out)
{
    struct redact_stream stream = { .redact = redact };
    size_t most = 1 + random_below(40);
    size_t step;

    for (size_t at = 0; at < text->len; at += step) {
        step = random_below(most + 1);
        if (step > text->len - at)
            step = text->len - at;
        redact_stream_feed(&stream, text->data + at, step, out);
        /* No longer tail is held back than one that may become a form. */
        assert_true(stream.held.len < REDACT_PIECE_BYTES);
    }
    redact_stream_finish(&stream, out);
}

static void check_round(void)
{
    struct redact *redact = redact_new();
    struct strvec forms = { 0 };
    struct strbuf text = { 0 }, slow = { 0 }, once = { 0 }, streamed = { 0 };

    for (size_t i = 1 + random_below(4); i; i--) {
        char *secret = random_secret();

        assert_int_equal(redact_add(redact, secret), REDACT_ADDED);
        redact_forms_add(&forms, secret, strlen(secret));
        free(secret);
    }
    redact_seal(redact);
    add_random_text(&text, &forms);
    mask_slowly(&forms, &text, &slow);
    redact_text(redact, strbuf_text(&text), text.len, &once);
    stream_randomly(redact, &text, &streamed);
    assert_string_equal(strbuf_text(&once), strbuf_text(&slow));
    assert_string_equal(strbuf_text(&streamed), strbuf_text(&slow));
    for (size_t i = 0; i < forms.count; i++)
        assert_null(strstr(strbuf_text(&streamed), forms.items[i]));
    strbuf_release(&text);
    strbuf_release(&slow);
    strbuf_release(&once);
    strbuf_release(&streamed);
    strvec_release(&forms);
    redact_free(redact);
}

static void redact_stream_equals_one_shot_equals_slow_search(void **state)
{
    (void)state;
    random_state = 20261121;
    for (int round = 0; round < 400; round++)
        check_round();
}

enum { THREADS = 4 };

static void *mask_in_thread(void *context)
{
    const struct redact *redact = context;
    struct redact_stream stream = { .redact = redact };
    struct strbuf out = { 0 };
    char *text;

    for (int i = 0; i < 500; i++)
        redact_stream_feed(&stream, "x secret-1 y\n", 13, &out);
    redact_stream_finish(&stream, &out);
    text = strbuf_take(&out);
    return text;
}

static void redact_is_shared_by_threads(void **state)
{
    struct redact *redact = make("secret-1", password, pem, NULL);
    pthread_t threads[THREADS];

    (void)state;
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(
            pthread_create(&threads[i], NULL, mask_in_thread, redact), 0);
    for (int i = 0; i < THREADS; i++) {
        void *text;

        assert_int_equal(pthread_join(threads[i], &text), 0);
        assert_int_equal(strlen(text), 500 * 8);
        assert_null(strstr(text, "secret"));
        free(text);
    }
    redact_free(redact);
}

static void redact_knows_secret_names(void **state)
{
    static const struct {
        const char *key;
        bool is_secret;
    } cases[] = {
        { "SECRET", true },
        { "secret", true },
        { "CLIENT_SECRET", true },
        { "clientSecret", true },
        { "DJANGO_SECRET_KEY", true },
        { "SECRETS", true },
        { "GITHUB_TOKEN", true },
        { "github-token", true },
        { "npm.token", true },
        { "AWS_SESSION_TOKEN", true },
        { "API_TOKENS", true },
        { "PASSWORD", true },
        { "DB_PASSWORD", true },
        { "dbPassword", true },
        { "PGPASSWORD", true },
        { "MYSQL_PASSWD", true },
        { "MYSQL_PWD", true },
        { "SMTP_PASS", true },
        { "PASS", true },
        { "SSH_PASSPHRASE", true },
        { "GOOGLE_CREDENTIALS", true },
        { "GOOGLE_APPLICATION_CREDENTIALS_JSON", true },
        { "PRIVATE_KEY", true },
        { "JWT_PRIVATE_KEY_PEM", true },
        { "privateKey", true },
        { "API_KEY", true },
        { "STRIPE_APIKEY", true },
        { "x-api-key", true },
        { "OPENAI_API_KEY", true },
        { "AWS_ACCESS_KEY_ID", true },
        { "AWS_SECRET_ACCESS_KEY", true },
        { "AUTH", true },
        { "BASIC_AUTH", true },
        { "AUTH_HEADER", true },
        { "NPM_AUTH_VALUE", true },
        { "HTTP_AUTHORIZATION", true },
        { "SIGNING_KEY", true },
        { "ENCRYPTION_KEY", true },
        { "DATADOG_APP_KEY", true },

        { "SECRET_KEYS", false },
        { "secret_keys", false },
        { "", false },
        { "PATH", false },
        { "HOME", false },
        { "PWD", false },
        { "OLDPWD", false },
        { "AUTHOR", false },
        { "GIT_AUTHOR_EMAIL", false },
        { "OAUTH_CALLBACK", false },
        { "AUTHORS_AUTHORED", false },
        { "COMPASS", false },
        { "BYPASS_CHECKS", false },
        { "KEYBOARD", false },
        { "KEY", false },
        { "MONKEY", false },
        { "PUBLIC_KEY", false },
        { "SSH_PUBLIC_KEY", false },
        { "KMS_KEY_ID", false },
        { "KEY_PATH", false },
        { "TLS_KEY_FILE", false },
        { "SSH_KEY_NAME", false },
        { "PRIVATE_KEY_PATH", false },
        { "POSTGRES_PASSWORD_FILE", false },
        { "AWS_WEB_IDENTITY_TOKEN_FILE", false },
        { "DB_SECRET_ARN", false },
        { "SECRET_NAME", false },
        { "SSH_AUTH_SOCK", false },
        { "AUTH_METHOD", false },
        { "TOKEN_TTL", false },
        { "MAX_TOKENS", false },
        { "TOKENIZERS_PARALLELISM", false },
        { "PRIMARY_KEY", false },
        { "DYNAMODB_SORT_KEY", false },
        { "TF_STATE_KEY", false },
        { "SERVICE_NAME", false },
        { "ECR_REPOSITORY", false },
        { "ACCESS_ROLE_ARN", false },
        { "HEALTH_EXPECT", false },
        { "DEPLOYMENT_TIMESTAMP", false },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        if (redact_is_secret_name(cases[i].key) != cases[i].is_secret)
            fail_msg("'%s' is judged wrongly", cases[i].key);
    }
}

static void redact_judges_a_key_of_any_length(void **state)
{
    char key[1000];

    (void)state;
    memset(key, 'A', sizeof(key));
    key[sizeof(key) - 1] = '\0';
    assert_false(redact_is_secret_name(key));
    memcpy(key + 100, "_TOKEN_", 7);
    assert_true(redact_is_secret_name(key));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(redact_without_secrets_passes_everything),
        cmocka_unit_test(redact_add_refuses_short_values),
        cmocka_unit_test(redact_cuts_white_space_off_a_secret),
        cmocka_unit_test(redact_can_be_sealed_again_with_more),
        cmocka_unit_test(redact_masks_at_every_place_of_a_text),
        cmocka_unit_test(redact_masks_bytes_that_are_no_text),
        cmocka_unit_test(redact_leaves_nothing_of_overlapping_secrets),
        cmocka_unit_test(redact_masks_base64_at_any_alignment),
        cmocka_unit_test(redact_masks_the_habits_of_url_and_json_writers),
        cmocka_unit_test(redact_masks_a_secret_line_by_line),
        cmocka_unit_test(redact_masks_wrapped_base64),
        cmocka_unit_test(redact_cuts_long_secrets_into_pieces),
        cmocka_unit_test(redact_stream_masks_across_any_cut),
        cmocka_unit_test(
            redact_stream_holds_back_only_what_may_become_a_secret),
        cmocka_unit_test(redact_stream_is_new_after_finish),
        cmocka_unit_test(redact_stream_equals_one_shot_equals_slow_search),
        cmocka_unit_test(redact_is_shared_by_threads),
        cmocka_unit_test(redact_knows_secret_names),
        cmocka_unit_test(redact_judges_a_key_of_any_length),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
