#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "aws/http.h"
#include "base/cancel.h"
#include "base/mem.h"
#include "fixture_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

struct setting {
    struct fixture_server *server;
    struct http *http;
    struct http_response response;
    struct error err;
    struct cancel cancel;
};

static int set_up(void **state)
{
    struct setting *s = mem_new(1, sizeof(*s));

    s->server = fixture_server_new();
    s->http = http_new(&s->err);
    assert_non_null(s->http);
    assert_true(cancel_init(&s->cancel, &s->err));
    *state = s;
    return 0;
}

static int tear_down(void **state)
{
    struct setting *s = *state;

    http_response_release(&s->response);
    http_free(s->http);
    fixture_server_free(s->server);
    cancel_release(&s->cancel);
    free(s);
    return 0;
}

static bool get(struct setting *s)
{
    struct http_request request = { .method = "GET",
                                    .url = fixture_server_url(s->server) };

    error_clear(&s->err);
    return http_send(s->http, &request, &s->response, &s->err);
}

static bool post(struct setting *s, const char *body, bool is_unrepeatable)
{
    struct http_request request = { .method = "POST",
                                    .url = fixture_server_url(s->server),
                                    .body = body,
                                    .body_size = strlen(body),
                                    .is_unrepeatable = is_unrepeatable };

    error_clear(&s->err);
    return http_send(s->http, &request, &s->response, &s->err);
}

static void http_gives_status_headers_and_body(void **state)
{
    struct setting *s = *state;

    fixture_server_add(s->server,
                       &(struct fixture_answer){
                           .status = 404,
                           .headers = "X-Thing:  two words \r\n"
                                      "Date: Sat, 21 Nov 2026 17:00:00 GMT\r\n",
                           .body = "gone" });
    assert_true(get(s));
    assert_int_equal(s->response.status, 404);
    assert_int_equal(s->response.failure, HTTP_OK);
    assert_string_equal(strbuf_text(&s->response.body), "gone");
    assert_string_equal(http_header(&s->response, "X-THING"), "two words");
    assert_null(http_header(&s->response, "x-thin"));
    assert_int_equal(s->response.date_ms, INT64_C(1795280400000));
    assert_true(s->response.was_sent);
}

static void http_sends_each_method_with_its_body(void **state)
{
    static const struct {
        const char *method, *body, *length;
    } cases[] = {
        { "GET", "", NULL },      { "POST", "a=1", "3" },
        { "POST", "", "0" },      { "PUT", "stuff", "5" },
        { "PUT", "", "0" },       { "DELETE", "", NULL },
        { "DELETE", "why", "3" }, { "HEAD", "", NULL },
    };
    struct setting *s = *state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct http_request request = {
            .method = cases[i].method,
            .url = fixture_server_url(s->server),
            .body = cases[i].body,
            .body_size = strlen(cases[i].body),
        };
        char *line, *length, *wanted = mem_format("%s /", cases[i].method);

        fixture_server_add(
            s->server, &(struct fixture_answer){
                           .raw = "HTTP/1.1 204 N\r\n\r\n", .raw_size = 18 });
        assert_true(http_send(s->http, &request, &s->response, &s->err));
        line = fixture_server_line(s->server, i);
        length = fixture_server_header(s->server, i, "Content-Length");
        assert_string_equal(line, wanted);
        assert_string_equal(fixture_server_body(s->server, i), cases[i].body);
        if (cases[i].length)
            assert_string_equal(length, cases[i].length);
        else
            assert_null(length);
        free(line);
        free(length);
        free(wanted);
    }
}

static void http_sends_the_headers_given_and_none_of_its_own_kind(void **state)
{
    struct setting *s = *state;
    struct strvec headers = { 0 };
    struct http_request request = { .method = "POST",
                                    .url = fixture_server_url(s->server),
                                    .headers = &headers,
                                    .body = "x",
                                    .body_size = 1 };
    char *value;

    strvec_add(&headers, "X-Empty:");
    strvec_add(&headers, "Host: elsewhere");
    fixture_server_answer(s->server, 200, "");
    assert_true(http_send(s->http, &request, &s->response, &s->err));
    value = fixture_server_header(s->server, 0, "X-Empty");
    assert_string_equal(value, "");
    free(value);
    value = fixture_server_header(s->server, 0, "Host");
    assert_string_equal(value, "elsewhere");
    free(value);
    assert_null(fixture_server_header(s->server, 0, "Expect"));
    assert_null(fixture_server_header(s->server, 0, "Content-Type"));
    strvec_release(&headers);
}

static void http_sends_the_path_as_it_is(void **state)
{
    struct setting *s = *state;
    char *url =
        mem_format("%s/a/../b//%%2e/?x=%%2F", fixture_server_url(s->server));
    struct http_request request = { .method = "GET", .url = url };
    char *line;

    fixture_server_answer(s->server, 200, "");
    assert_true(http_send(s->http, &request, &s->response, &s->err));
    line = fixture_server_line(s->server, 0);
    assert_string_equal(line, "GET /a/../b//%2e/?x=%2F");
    free(line);
    free(url);
}

/* A body over 1 MiB would be asked about with Expect: 100-continue. */
static void http_sends_a_large_body_without_asking_first(void **state)
{
    struct setting *s = *state;
    size_t size = 3 << 20;
    char *body = mem_new(size + 1, 1);

    memset(body, 'b', size);
    fixture_server_answer(s->server, 200, "");
    assert_true(post(s, body, false));
    assert_null(fixture_server_header(s->server, 0, "Expect"));
    assert_string_equal(fixture_server_body(s->server, 0), body);
    free(body);
}

static void http_keeps_one_connection(void **state)
{
    struct setting *s = *state;

    for (int i = 0; i < 20; i++) {
        fixture_server_answer(s->server, i % 2 ? 200 : 500, "body");
        assert_true(i % 3 ? get(s) : post(s, "x", i % 2));
    }
    assert_int_equal(http_connections(s->http), 1);
    assert_int_equal(fixture_server_connections(s->server), 1);
}

static void http_follows_no_redirect(void **state)
{
    struct setting *s = *state;

    fixture_server_add(s->server,
                       &(struct fixture_answer){
                           .status = 302, .headers = "Location: /other\r\n" });
    assert_true(get(s));
    assert_int_equal(s->response.status, 302);
    assert_int_equal(fixture_server_requests(s->server), 1);
}

static void http_passes_over_interim_answers(void **state)
{
    static const char raw[] = "HTTP/1.1 103 Early\r\nX-One: early\r\n\r\n"
                              "HTTP/1.1 200 OK\r\nX-Two: a\r\n  b\r\n"
                              "Content-Length: 2\r\n\r\nok";
    struct setting *s = *state;

    fixture_server_add(
        s->server,
        &(struct fixture_answer){ .raw = raw, .raw_size = sizeof(raw) - 1 });
    assert_true(get(s));
    assert_int_equal(s->response.status, 200);
    assert_null(http_header(&s->response, "x-one"));
    assert_non_null(http_header(&s->response, "x-two"));
    assert_int_equal(http_header(&s->response, "x-two")[0], 'a');
    assert_string_equal(strbuf_text(&s->response.body), "ok");
}

static void http_sees_each_cut(void **state)
{
    static const char *const answers[] = {
        "HTTP/1.1 103 Early\r\n\r\n"
        "HTTP/1.1 200 OK\r\nX: y\r\nContent-Length: 9\r\n\r\n{\"a\": 12}",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        "4\r\n{\"a\"\r\n5\r\n: 12}\r\n0\r\n\r\n",
    };
    struct setting *s = *state;

    for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
        /* Whether the very last line feed is there means nothing. */
        for (size_t size = 0; size < strlen(answers[i]) - i; size++) {
            fixture_server_add(s->server,
                               &(struct fixture_answer){ .raw = answers[i],
                                                         .raw_size = size,
                                                         .closes = true });
            if (post(s, "x", true))
                fail_msg("answer %zu cut at %zu passes", i, size);
            assert_int_equal(s->response.failure, HTTP_CUT);
            assert_true(s->response.was_sent);
            assert_int_equal(s->err.code, ERROR_IO);
            assert_non_null(strstr(s->err.message, "cut connection to '127"));
        }
        fixture_server_add(
            s->server, &(struct fixture_answer){
                           .raw = answers[i], .raw_size = strlen(answers[i]) });
        assert_true(post(s, "x", true));
        assert_string_equal(strbuf_text(&s->response.body), "{\"a\": 12}");
    }
}

static void http_sees_garbage(void **state)
{
    static const char *const answers[] = { "SSH-2.0-OpenSSH_9\r\n", "\r\n",
                                           "HTTP/1.1 OK\r\n\r\n" };
    struct setting *s = *state;

    for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
        fixture_server_add(
            s->server, &(struct fixture_answer){ .raw = answers[i],
                                                 .raw_size = strlen(answers[i]),
                                                 .closes = true });
        assert_false(get(s));
        assert_int_equal(s->response.failure, HTTP_CUT);
    }
}

/* libcurl would send it again by itself on a new connection. */
static void http_does_not_repeat_what_must_not_be(void **state)
{
    struct setting *s = *state;

    for (int is_unrepeatable = 0; is_unrepeatable < 2; is_unrepeatable++) {
        size_t before = fixture_server_requests(s->server);

        fixture_server_answer(s->server, 200, "");
        fixture_server_add(s->server, &(struct fixture_answer){
                                          .is_mute = true, .closes = true });
        assert_true(get(s));
        if (!is_unrepeatable) {
            fixture_server_answer(s->server, 200, "");
            assert_true(post(s, "body", false));
            assert_int_equal(fixture_server_requests(s->server) - before, 3);
        } else {
            assert_false(post(s, "body", true));
            assert_int_equal(s->response.failure, HTTP_CUT);
            assert_true(s->response.was_sent);
            assert_int_equal(fixture_server_requests(s->server) - before, 2);
        }
    }
}

static void http_refuses_too_large_a_body(void **state)
{
    struct setting *s = *state;
    struct http_request request = { .method = "GET",
                                    .url = fixture_server_url(s->server) };

    for (size_t limit = 3; limit <= 4; limit++) {
        request.limit = limit;
        error_clear(&s->err);
        fixture_server_answer(s->server, 200, "1234");
        assert_int_equal(http_send(s->http, &request, &s->response, &s->err),
                         limit == 4);
        assert_true(s->response.body.len <= limit);
        assert_int_equal(s->response.failure,
                         limit == 4 ? HTTP_OK : HTTP_TOO_LARGE);
    }
}

static void http_refuses_too_many_headers(void **state)
{
    struct setting *s = *state;
    struct strbuf headers = { 0 };

    while (headers.len <= HTTP_HEADER_LIMIT)
        strbuf_addf(&headers, "X-%zu: %0999d\r\n", headers.len, 1);
    fixture_server_add(s->server, &(struct fixture_answer){
                                      .status = 200, .headers = headers.data });
    assert_false(get(s));
    assert_int_equal(s->response.failure, HTTP_TOO_LARGE);
    strbuf_release(&headers);
}

static void raise_it(void *context)
{
    cancel_raise(context, CANCEL_STOP);
}

static void http_ends_waiting_when_cancelled(void **state)
{
    static const char raw[] = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{";
    struct setting *s = *state;

    for (int is_mute = 0; is_mute < 2; is_mute++) {
        struct http_request request = { .method = "GET",
                                        .url = fixture_server_url(s->server),
                                        .cancel = &s->cancel };

        fixture_server_add(
            s->server, &(struct fixture_answer){ .raw = raw,
                                                 .raw_size = sizeof(raw) - 1,
                                                 .is_mute = is_mute,
                                                 .arrived = raise_it,
                                                 .context = &s->cancel });
        error_clear(&s->err);
        assert_false(http_send(s->http, &request, &s->response, &s->err));
        assert_int_equal(s->response.failure, HTTP_CANCELLED);
        assert_int_equal(s->err.code, ERROR_CANCELLED);
        assert_true(s->response.was_sent);
        cancel_reset(&s->cancel);
    }
}

static void http_sends_nothing_once_cancelled(void **state)
{
    struct setting *s = *state;
    struct http_request request = { .method = "GET",
                                    .url = fixture_server_url(s->server),
                                    .cancel = &s->cancel };

    cancel_raise(&s->cancel, CANCEL_STOP);
    assert_false(http_send(s->http, &request, &s->response, &s->err));
    assert_int_equal(s->response.failure, HTTP_CANCELLED);
    assert_false(s->response.was_sent);
    assert_int_equal(fixture_server_requests(s->server), 0);
}

static void http_gives_up_after_each_timeout(void **state)
{
    struct setting *s = *state;

    for (int is_idle = 0; is_idle < 2; is_idle++) {
        struct http_request request = { .method = "GET",
                                        .url = fixture_server_url(s->server),
                                        .timeout_ms = is_idle ? 0 : 1,
                                        .idle_timeout_ms = is_idle ? 1 : 0 };

        fixture_server_add(s->server,
                           &(struct fixture_answer){ .is_mute = true });
        error_clear(&s->err);
        assert_false(http_send(s->http, &request, &s->response, &s->err));
        assert_int_equal(s->response.failure, HTTP_TIMED_OUT);
        assert_int_equal(s->err.code, ERROR_IO);
    }
}

/* A port that was free a moment ago. */
static int free_port(void)
{
    struct sockaddr_in address = { .sin_family = AF_INET };
    socklen_t size = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
    close(fd);
    return ntohs(address.sin_port);
}

static void http_tells_failures_apart(void **state)
{
    struct setting *s = *state;
    char *refused = mem_format("http://127.0.0.1:%d/", free_port());
    char *tls = mem_format("https%s", fixture_server_url(s->server) + 4);
    const struct {
        const char *url, *unix_socket;
        enum http_failure failure;
        enum error_code code;
    } cases[] = {
        { refused, NULL, HTTP_REFUSED, ERROR_IO },
        { tls, NULL, HTTP_TLS, ERROR_IO },
        { "http://does-not-exist.invalid/", NULL, HTTP_NO_HOST, ERROR_IO },
        { "file:///etc/passwd", NULL, HTTP_BAD_URL, ERROR_INPUT },
        { "ftp://127.0.0.1/", NULL, HTTP_BAD_URL, ERROR_INPUT },
        { "http://", NULL, HTTP_BAD_URL, ERROR_INPUT },
        { "http://docker/", "/nonexistent/docker.sock", HTTP_REFUSED,
          ERROR_IO },
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct http_request request = { .method = "GET",
                                        .url = cases[i].url,
                                        .unix_socket = cases[i].unix_socket,
                                        .timeout_ms = 20000 };

        error_clear(&s->err);
        assert_false(http_send(s->http, &request, &s->response, &s->err));
        if (s->response.failure != cases[i].failure)
            fail_msg("%s: failure %d: %s", cases[i].url, s->response.failure,
                     s->err.message);
        assert_int_equal(s->err.code, cases[i].code);
        assert_true(s->err.hint[0]);
        assert_false(s->response.was_sent);
    }
    free(refused);
    free(tls);
}

static void http_names_the_host_only(void **state)
{
    struct setting *s = *state;
    char *url =
        mem_format("http://user:pass@127.0.0.1:%d/path?secret=1", free_port());
    struct http_request request = { .method = "GET", .url = url };

    assert_false(http_send(s->http, &request, &s->response, &s->err));
    assert_non_null(strstr(s->err.message, "'127.0.0.1:"));
    assert_null(strstr(s->err.message, "pass"));
    assert_null(strstr(s->err.message, "secret"));
    free(url);
}

static void http_asks_no_proxy_about_loopback(void **state)
{
    struct setting *s = *state;

    setenv("http_proxy", "http://127.0.0.1:1", 1);
    setenv("no_proxy", "example.com", 1);
    fixture_server_answer(s->server, 200, "");
    assert_true(get(s));
    unsetenv("http_proxy");
    unsetenv("no_proxy");
}

static void http_goes_through_the_proxy_of_the_environment(void **state)
{
    struct setting *s = *state;
    struct http_request request = { .method = "GET",
                                    .url = "http://aws.invalid/x" };
    char *line;

    setenv("http_proxy", fixture_server_url(s->server), 1);
    fixture_server_answer(s->server, 200, "by proxy");
    assert_true(http_send(s->http, &request, &s->response, &s->err));
    line = fixture_server_line(s->server, 0);
    assert_string_equal(line, "GET http://aws.invalid/x");
    free(line);
    request.ignores_proxy = true;
    request.timeout_ms = 20000;
    assert_false(http_send(s->http, &request, &s->response, &s->err));
    assert_int_equal(s->response.failure, HTTP_NO_HOST);
    unsetenv("http_proxy");
}

/* A proxy that refuses to connect: nothing of ours has been sent. */
static void http_counts_a_refusing_proxy_as_no_route(void **state)
{
    struct setting *s = *state;
    struct http_request request = { .method = "POST",
                                    .url = "https://aws.invalid/x",
                                    .body = "x",
                                    .body_size = 1 };

    setenv("https_proxy", fixture_server_url(s->server), 1);
    fixture_server_answer(s->server, 403, "no");
    assert_false(http_send(s->http, &request, &s->response, &s->err));
    assert_int_equal(s->response.failure, HTTP_NO_ROUTE);
    assert_false(s->response.was_sent);
    unsetenv("https_proxy");
}

struct stream {
    int pieces, taken;
    struct strbuf got;
    bool gives_up;
};

static ssize_t give_piece(void *context, char *buffer, size_t size)
{
    struct stream *stream = context;

    assert_true(size >= 6);
    if (stream->gives_up)
        return -1;
    if (stream->taken == stream->pieces)
        return 0;
    snprintf(buffer, size, "p%04d", stream->taken++);
    return 5;
}

static bool take_piece(void *context, const char *bytes, size_t size)
{
    struct stream *stream = context;

    strbuf_add(&stream->got, bytes, size);
    return !stream->gives_up;
}

static bool send_stream(struct setting *s, struct stream *stream)
{
    struct http_request request = { .method = "POST",
                                    .url = fixture_server_url(s->server),
                                    .read = give_piece,
                                    .context = stream };

    error_clear(&s->err);
    return http_send(s->http, &request, &s->response, &s->err);
}

static void http_streams_a_body_in_chunks(void **state)
{
    struct setting *s = *state;
    struct stream stream = { .pieces = 300 };
    char *coding;

    fixture_server_answer(s->server, 200, "");
    assert_true(send_stream(s, &stream));
    coding = fixture_server_header(s->server, 0, "Transfer-Encoding");
    assert_string_equal(coding, "chunked");
    free(coding);
    assert_null(fixture_server_header(s->server, 0, "Expect"));
    assert_int_equal(strlen(fixture_server_body(s->server, 0)), 1500);
    assert_memory_equal(fixture_server_body(s->server, 0) + 1490, "p0298p0299",
                        10);
}

static void http_gives_up_when_the_reader_does(void **state)
{
    struct setting *s = *state;
    struct stream stream = { .gives_up = true };

    assert_false(send_stream(s, &stream));
    assert_int_equal(s->response.failure, HTTP_GAVE_UP);
    assert_int_equal(s->err.code, ERROR_IO);
}

static void http_streams_an_answer_of_2xx_only(void **state)
{
    struct setting *s = *state;
    struct stream stream = { 0 };
    struct http_request request = { .method = "GET",
                                    .url = fixture_server_url(s->server),
                                    .write = take_piece,
                                    .context = &stream,
                                    .limit = 4 };

    fixture_server_answer(s->server, 200, "more than four");
    assert_true(http_send(s->http, &request, &s->response, &s->err));
    assert_string_equal(strbuf_text(&stream.got), "more than four");
    assert_int_equal(s->response.body.len, 0);
    fixture_server_answer(s->server, 500, "oops");
    assert_true(http_send(s->http, &request, &s->response, &s->err));
    assert_string_equal(strbuf_text(&s->response.body), "oops");
    assert_string_equal(strbuf_text(&stream.got), "more than four");
    stream.gives_up = true;
    fixture_server_answer(s->server, 200, "no");
    assert_false(http_send(s->http, &request, &s->response, &s->err));
    assert_int_equal(s->response.failure, HTTP_GAVE_UP);
    strbuf_release(&stream.got);
}

#define HTTP_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        HTTP_TEST(http_gives_status_headers_and_body),
        HTTP_TEST(http_sends_each_method_with_its_body),
        HTTP_TEST(http_sends_the_headers_given_and_none_of_its_own_kind),
        HTTP_TEST(http_sends_the_path_as_it_is),
        HTTP_TEST(http_sends_a_large_body_without_asking_first),
        HTTP_TEST(http_keeps_one_connection),
        HTTP_TEST(http_follows_no_redirect),
        HTTP_TEST(http_passes_over_interim_answers),
        HTTP_TEST(http_sees_each_cut),
        HTTP_TEST(http_sees_garbage),
        HTTP_TEST(http_does_not_repeat_what_must_not_be),
        HTTP_TEST(http_refuses_too_large_a_body),
        HTTP_TEST(http_refuses_too_many_headers),
        HTTP_TEST(http_ends_waiting_when_cancelled),
        HTTP_TEST(http_sends_nothing_once_cancelled),
        HTTP_TEST(http_gives_up_after_each_timeout),
        HTTP_TEST(http_tells_failures_apart),
        HTTP_TEST(http_names_the_host_only),
        HTTP_TEST(http_asks_no_proxy_about_loopback),
        HTTP_TEST(http_goes_through_the_proxy_of_the_environment),
        HTTP_TEST(http_counts_a_refusing_proxy_as_no_route),
        HTTP_TEST(http_streams_a_body_in_chunks),
        HTTP_TEST(http_gives_up_when_the_reader_does),
        HTTP_TEST(http_streams_an_answer_of_2xx_only),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
