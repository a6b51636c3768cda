/*
 * A transfer runs on libcurl's multi interface, which alone can be waited for
 * together with the descriptor of `cancel`. There is one easy handle, emptied
 * before each request; connections live in the multi handle.
 */
#include "aws/http.h"

#include "aws/http_curl.h"
#include "aws/http_private.h"
#include "base/cancel.h"
#include "base/clock.h"
#include "base/mem.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { CONNECT_TIMEOUT_MS = 10000, KEPT_CONNECTIONS = 8, POLL_MS = 1000 };

struct http {
    CURLM *multi;
    CURL *easy;
    size_t connections;
    char detail[CURL_ERROR_SIZE]; /* libcurl's words for a failure */
};

/* One request under way. */
struct transfer {
    struct http *http;
    const struct http_request *request;
    struct http_response *response;
    struct curl_slist *headers;
    char *no_proxy;
    size_t header_bytes;
    bool is_head_whole;        /* the empty line behind the headers came */
    size_t body_sent;          /* of request->body, given to libcurl */
    enum http_failure refused; /* why a callback said no */
    curl_off_t moved;          /* bytes either way, for the idle timeout */
    int64_t moved_ms;
};

static pthread_once_t once = PTHREAD_ONCE_INIT;
static struct error start_error;

static void start_libcurl(void)
{
    if (http_curl_load(&start_error) &&
        curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        error_set(&start_error, ERROR_INTERNAL, "cannot start libcurl");
}

struct http *http_new(struct error *err)
{
    struct http *http;

    pthread_once(&once, start_libcurl);
    if (error_is_set(&start_error)) {
        if (err)
            *err = start_error;
        return NULL;
    }
    http = mem_new(1, sizeof(*http));
    http->multi = curl_multi_init();
    http->easy = curl_easy_init();
    if (!http->multi || !http->easy) {
        http_free(http);
        error_set(err, ERROR_INTERNAL, "cannot start libcurl");
        return NULL;
    }
    curl_multi_setopt(http->multi, CURLMOPT_MAXCONNECTS,
                      (long)KEPT_CONNECTIONS);
    return http;
}

void http_free(struct http *http)
{
    if (!http)
        return;
    if (http->easy)
        curl_easy_cleanup(http->easy);
    if (http->multi)
        curl_multi_cleanup(http->multi);
    free(http);
}

size_t http_connections(const struct http *http)
{
    return http->connections;
}

/* ---- what libcurl calls ----------------------------------------------- */

static bool is_success(const struct http_response *response)
{
    return response->status >= 200 && response->status < 300;
}

static size_t take_header(char *line, size_t unit, size_t size, void *context)
{
    struct transfer *transfer = context;
    struct http_response *response = transfer->response;
    long status = 0;

    size *= unit;
    transfer->header_bytes += size;
    if (transfer->header_bytes > HTTP_HEADER_LIMIT) {
        transfer->refused = HTTP_TOO_LARGE;
        return 0;
    }
    if (size > 5 && memcmp(line, "HTTP/", 5) == 0) {
        /* Behind an interim answer (1xx) comes the real one. */
        strvec_release(&response->headers);
        curl_easy_getinfo(transfer->http->easy, CURLINFO_RESPONSE_CODE,
                          &status);
        response->status = (int)status;
        transfer->is_head_whole = false;
    } else if (size && (line[0] == '\r' || line[0] == '\n')) {
        transfer->is_head_whole = true;
    } else {
        http_add_header(response, line, size);
    }
    return size;
}

static size_t take_body(char *bytes, size_t unit, size_t size, void *context)
{
    struct transfer *transfer = context;
    const struct http_request *request = transfer->request;
    struct strbuf *body = &transfer->response->body;
    size_t limit = request->limit ? request->limit : HTTP_BODY_LIMIT;

    size *= unit;
    if (request->write && is_success(transfer->response)) {
        if (request->write(request->context, bytes, size))
            return size;
        transfer->refused = HTTP_GAVE_UP;
        return 0;
    }
    if (size > limit - body->len) {
        transfer->refused = HTTP_TOO_LARGE;
        return 0;
    }
    strbuf_add(body, bytes, size);
    return size;
}

static size_t give_stream(char *buffer, size_t unit, size_t size, void *context)
{
    struct transfer *transfer = context;
    const struct http_request *request = transfer->request;
    ssize_t count = request->read(request->context, buffer, unit * size);

    if (count >= 0 && (size_t)count <= unit * size)
        return (size_t)count;
    transfer->refused = HTTP_GAVE_UP;
    return CURL_READFUNC_ABORT;
}

static size_t give_body(char *buffer, size_t unit, size_t size, void *context)
{
    struct transfer *transfer = context;
    const struct http_request *request = transfer->request;
    size_t left = request->body_size - transfer->body_sent;

    size *= unit;
    size = size < left ? size : left;
    memcpy(buffer, request->body + transfer->body_sent, size);
    transfer->body_sent += size;
    return size;
}

/* libcurl sends a request anew when a kept connection turns out to be closed.
 * What may have arrived whole must not arrive twice. */
static int refuse_rewind(void *context, curl_off_t offset, int origin)
{
    (void)context;
    (void)offset;
    (void)origin;
    return CURL_SEEKFUNC_FAIL;
}

/* ---- the request ------------------------------------------------------ */

/* libcurl: "Name:" takes a header away, "Name;" sends it empty. */
static void add_request_header(struct transfer *transfer, const char *header)
{
    size_t size = strcspn(header, ":");
    char *empty = NULL;

    if (header[size] && !header[size + 1 + strspn(header + size + 1, " \t")])
        empty = mem_format("%.*s;", (int)size, header);
    transfer->headers =
        curl_slist_append(transfer->headers, empty ? empty : header);
    free(empty);
}

static bool has_header(const struct strvec *headers, const char *name)
{
    for (size_t i = 0; headers && i < headers->count; i++) {
        if (strncasecmp(headers->items[i], name, strlen(name)) == 0)
            return true;
    }
    return false;
}

static void set_headers(struct transfer *transfer, CURL *easy)
{
    const struct strvec *headers = transfer->request->headers;

    transfer->headers = curl_slist_append(NULL, "Expect:");
    if (!has_header(headers, "Content-Type:"))
        transfer->headers =
            curl_slist_append(transfer->headers, "Content-Type:");
    for (size_t i = 0; headers && i < headers->count; i++)
        add_request_header(transfer, headers->items[i]);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, transfer->headers);
}

static void set_body(struct transfer *transfer, CURL *easy)
{
    const struct http_request *request = transfer->request;
    bool has_body = request->body_size > 0 ||
                    strcmp(request->method, "POST") == 0 ||
                    strcmp(request->method, "PUT") == 0;

    if (request->read) {
        curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L);
        curl_easy_setopt(easy, CURLOPT_READFUNCTION, give_stream);
        curl_easy_setopt(easy, CURLOPT_READDATA, transfer);
        curl_easy_setopt(easy, CURLOPT_SEEKFUNCTION, refuse_rewind);
    } else if (request->is_unrepeatable && request->body_size) {
        curl_easy_setopt(easy, CURLOPT_POST, 1L);
        curl_easy_setopt(easy, CURLOPT_READFUNCTION, give_body);
        curl_easy_setopt(easy, CURLOPT_READDATA, transfer);
        curl_easy_setopt(easy, CURLOPT_SEEKFUNCTION, refuse_rewind);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE,
                         (curl_off_t)request->body_size);
    } else if (has_body) {
        curl_easy_setopt(easy, CURLOPT_POSTFIELDS,
                         request->body ? request->body : "");
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE,
                         (curl_off_t)request->body_size);
    }
    if (request->is_unrepeatable && !request->body_size && !request->read)
        curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L); /* none to rewind */
    if (strcmp(request->method, "HEAD") == 0)
        curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
    else
        curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request->method);
}

/* Setting the list takes the environment's away, so that is appended. */
static void set_proxy(struct transfer *transfer, CURL *easy)
{
    const char *listed = getenv("no_proxy");

    if (!listed)
        listed = getenv("NO_PROXY");
    if (transfer->request->ignores_proxy || transfer->request->unix_socket ||
        (listed && strcmp(listed, "*") == 0))
        transfer->no_proxy = mem_text("*");
    else
        transfer->no_proxy =
            mem_format("127.0.0.1,localhost,::1%s%s", listed ? "," : "",
                       listed ? listed : "");
    curl_easy_setopt(easy, CURLOPT_NOPROXY, transfer->no_proxy);
}

static void set_limits(const struct http_request *request, CURL *easy)
{
    int64_t connect_ms = request->connect_timeout_ms
                             ? request->connect_timeout_ms
                             : CONNECT_TIMEOUT_MS;

    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)connect_ms);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)request->timeout_ms);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
    curl_easy_setopt(easy, CURLOPT_TCP_NODELAY, 1L);
    curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
    curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    /* A signature covers the path as it is written. */
    curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
}

/* libcurl itself heeds neither: a certificate of a proxy that opens TLS. */
static void set_certificates(CURL *easy)
{
    const char *file =
        getenv(getenv("AWS_CA_BUNDLE") ? "AWS_CA_BUNDLE" : "SSL_CERT_FILE");

    if (file && *file)
        curl_easy_setopt(easy, CURLOPT_CAINFO, file);
}

static void set_up(struct transfer *transfer)
{
    CURL *easy = transfer->http->easy;

    curl_easy_reset(easy);
    transfer->http->detail[0] = '\0';
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, transfer->http->detail);
    curl_easy_setopt(easy, CURLOPT_URL, transfer->request->url);
    if (transfer->request->unix_socket)
        curl_easy_setopt(easy, CURLOPT_UNIX_SOCKET_PATH,
                         transfer->request->unix_socket);
    set_limits(transfer->request, easy);
    set_proxy(transfer, easy);
    set_certificates(easy);
    set_headers(transfer, easy);
    set_body(transfer, easy);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, transfer);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, transfer);
}

/* ---- running it ------------------------------------------------------- */

static bool is_cancelled(const struct transfer *transfer)
{
    return transfer->request->cancel &&
           cancel_level(transfer->request->cancel) > CANCEL_NONE;
}

/* Whether no byte moved for longer than allowed. */
static bool is_idle(struct transfer *transfer)
{
    static const CURLINFO moving[] = { CURLINFO_SIZE_UPLOAD_T,
                                       CURLINFO_SIZE_DOWNLOAD_T };
    int64_t now = clock_monotonic(clock_system());
    curl_off_t moved = (curl_off_t)transfer->header_bytes;
    long sent = 0;

    for (size_t i = 0; i < sizeof(moving) / sizeof(moving[0]); i++) {
        curl_off_t bytes = 0;

        curl_easy_getinfo(transfer->http->easy, moving[i], &bytes);
        moved += bytes;
    }
    curl_easy_getinfo(transfer->http->easy, CURLINFO_REQUEST_SIZE, &sent);
    moved += sent;
    if (moved != transfer->moved) {
        transfer->moved = moved;
        transfer->moved_ms = now;
    }
    return transfer->request->idle_timeout_ms > 0 &&
           now - transfer->moved_ms >= transfer->request->idle_timeout_ms;
}

static bool wait_for_more(struct transfer *transfer)
{
    struct curl_waitfd extra = { .events = CURL_WAIT_POLLIN };
    struct cancel *cancel = transfer->request->cancel;
    int64_t idle_ms = transfer->request->idle_timeout_ms;
    int wait_ms = idle_ms > 0 && idle_ms < POLL_MS ? (int)idle_ms : POLL_MS;

    if (cancel)
        extra.fd = cancel_fd(cancel);
    return curl_multi_poll(transfer->http->multi, cancel ? &extra : NULL,
                           cancel ? 1 : 0, wait_ms, NULL) == CURLM_OK;
}

static CURLcode result_of(CURLM *multi)
{
    CURLMsg *message;
    int left;

    while ((message = curl_multi_info_read(multi, &left)) != NULL) {
        if (message->msg == CURLMSG_DONE)
            return message->data.result;
    }
    return CURLE_RECV_ERROR;
}

/* Drives the transfer to its end. */
static CURLcode run(struct transfer *transfer)
{
    CURLM *multi = transfer->http->multi;
    int running = 1;

    transfer->moved_ms = clock_monotonic(clock_system());
    while (running) {
        if (is_cancelled(transfer)) {
            transfer->refused = HTTP_CANCELLED;
            return CURLE_ABORTED_BY_CALLBACK;
        }
        if (curl_multi_perform(multi, &running) != CURLM_OK)
            return CURLE_FAILED_INIT;
        if (!running)
            break;
        if (is_idle(transfer))
            return CURLE_OPERATION_TIMEDOUT;
        if (!wait_for_more(transfer))
            return CURLE_FAILED_INIT;
    }
    return result_of(multi);
}

/* ---- what became of it ------------------------------------------------ */

static const struct {
    CURLcode code;
    enum http_failure failure;
} failures[] = {
    { CURLE_OK, HTTP_OK },
    { CURLE_URL_MALFORMAT, HTTP_BAD_URL },
    { CURLE_UNSUPPORTED_PROTOCOL, HTTP_BAD_URL },
    { CURLE_COULDNT_RESOLVE_HOST, HTTP_NO_HOST },
    { CURLE_COULDNT_RESOLVE_PROXY, HTTP_NO_ROUTE },
    { CURLE_COULDNT_CONNECT, HTTP_NO_ROUTE },
    { CURLE_PROXY, HTTP_NO_ROUTE },
    { CURLE_OPERATION_TIMEDOUT, HTTP_TIMED_OUT },
    { CURLE_SSL_CONNECT_ERROR, HTTP_TLS },
    { CURLE_PEER_FAILED_VERIFICATION, HTTP_TLS },
    { CURLE_SSL_CERTPROBLEM, HTTP_TLS },
    { CURLE_SSL_CIPHER, HTTP_TLS },
    { CURLE_SSL_CACERT_BADFILE, HTTP_TLS },
    { CURLE_SSL_ISSUER_ERROR, HTTP_TLS },
    { CURLE_SSL_INVALIDCERTSTATUS, HTTP_TLS },
};

static enum http_failure failure_of(const struct transfer *transfer,
                                    CURLcode code)
{
    long number = 0;

    if (code != CURLE_OK && transfer->refused != HTTP_OK)
        return transfer->refused;
    /* libcurl takes a head that ends with the connection for a whole one. */
    if (code == CURLE_OK && !transfer->is_head_whole)
        return HTTP_CUT;
    /* Its word for an answer that is no HTTP, too. */
    if (code == CURLE_UNSUPPORTED_PROTOCOL && transfer->response->was_sent)
        return HTTP_CUT;
    if (code == CURLE_COULDNT_CONNECT) {
        curl_easy_getinfo(transfer->http->easy, CURLINFO_OS_ERRNO, &number);
        if (number == ECONNREFUSED || number == ENOENT)
            return HTTP_REFUSED;
    }
    for (size_t i = 0; i < sizeof(failures) / sizeof(failures[0]); i++) {
        if (failures[i].code == code)
            return failures[i].failure;
    }
    /* What remains happened on a connection; or libcurl never had one. */
    return transfer->response->was_sent ? HTTP_CUT : HTTP_NO_ROUTE;
}

static void read_facts(struct transfer *transfer)
{
    struct http_response *response = transfer->response;
    CURL *easy = transfer->http->easy;
    curl_off_t ready_us = 0;
    long opened = 0, sent = 0;
    const char *date = http_header(response, "date");
    time_t seconds = date ? curl_getdate(date, NULL) : -1;

    curl_easy_getinfo(easy, CURLINFO_NUM_CONNECTS, &opened);
    curl_easy_getinfo(easy, CURLINFO_REQUEST_SIZE, &sent);
    /* Set once connection, proxy and TLS stand: before, only those spoke. */
    curl_easy_getinfo(easy, CURLINFO_PRETRANSFER_TIME_T, &ready_us);
    transfer->http->connections += (size_t)opened;
    response->was_sent = response->status || (sent > 0 && ready_us > 0);
    response->date_ms = seconds > 0 ? (int64_t)seconds * 1000 : 0;
}

bool http_send(struct http *http, const struct http_request *request,
               struct http_response *response, struct error *err)
{
    struct transfer transfer = { .http = http,
                                 .request = request,
                                 .response = response };
    int64_t start_ms = clock_monotonic(clock_system());
    CURLcode code = CURLE_FAILED_INIT;

    http_response_release(response);
    set_up(&transfer);
    if (curl_multi_add_handle(http->multi, http->easy) == CURLM_OK) {
        code = run(&transfer);
        read_facts(&transfer);
#if LIBCURL_VERSION_NUM >= 0x075700
        /* A resolver that hangs must not be waited for. */
        curl_easy_setopt(http->easy, CURLOPT_QUICK_EXIT, 1L);
#endif
        curl_multi_remove_handle(http->multi, http->easy);
    }
    response->failure = failure_of(&transfer, code);
    response->duration_ms = clock_monotonic(clock_system()) - start_ms;
    if (response->failure != HTTP_OK)
        http_say(request, response->failure, http->detail, err);
    curl_slist_free_all(transfer.headers);
    free(transfer.no_proxy);
    return response->failure == HTTP_OK;
}
