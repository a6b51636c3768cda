#include "aws/http_private.h"
#include "base/mem.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { SPOKEN_HOST_SIZE = 256 };

/* ---- headers ---------------------------------------------------------- */

void http_add_header(struct http_response *response, const char *line,
                     size_t size)
{
    struct strvec *headers = &response->headers;
    char *text;

    while (size && isspace((unsigned char)line[size - 1]))
        size--;
    if (!size)
        return;
    if (isspace((unsigned char)line[0])) { /* RFC 9112, 5.2: a folded line */
        if (headers->count) {
            text = mem_format("%s %.*s", headers->items[headers->count - 1],
                              (int)size, line);
            free(headers->items[headers->count - 1]);
            headers->items[headers->count - 1] = text;
        }
        return;
    }
    text = mem_bytes(line, size);
    for (char *at = text; *at && *at != ':'; at++)
        *at = (char)tolower((unsigned char)*at);
    if (strchr(text, ':'))
        strvec_take(headers, text);
    else
        free(text);
}

void http_response_release(struct http_response *response)
{
    strvec_release(&response->headers);
    strbuf_release(&response->body);
    *response = (struct http_response){ 0 };
}

const char *http_header(const struct http_response *response, const char *name)
{
    size_t size = strlen(name);

    for (size_t i = 0; i < response->headers.count; i++) {
        const char *header = response->headers.items[i];

        if (strncasecmp(header, name, size) == 0 && header[size] == ':')
            return header + size + 1 + strspn(header + size + 1, " \t");
    }
    return NULL;
}

/* ---- words ------------------------------------------------------------ */

static const struct {
    const char *message; /* before "'HOST'" */
    const char *hint;
} words[] = {
    [HTTP_BAD_URL] = { "not a URL to ask", "check the configured endpoints" },
    [HTTP_NO_HOST] = { "cannot find host",
                       "check the network, the DNS and the region; behind a "
                       "proxy, set HTTPS_PROXY" },
    [HTTP_REFUSED] = { "nobody listens at",
                       "check the address, and that the program behind it is "
                       "running" },
    [HTTP_NO_ROUTE] = { "cannot connect to",
                        "check the network, the firewall and HTTPS_PROXY" },
    [HTTP_TLS] = { "no trusted connection to",
                   "check the certificates of this machine and its clock; a "
                   "proxy that opens TLS needs its own certificate here "
                   "(SSL_CERT_FILE)" },
    [HTTP_TIMED_OUT] = { "no answer in time from",
                         "check the network and HTTPS_PROXY, then try again" },
    [HTTP_CUT] = { "cut connection to", "check the network, then try again" },
    [HTTP_TOO_LARGE] = { "too large an answer from",
                         "check that the address is the right one" },
    [HTTP_GAVE_UP] = { "gave up the transfer with", NULL },
    [HTTP_CANCELLED] = { "cancelled the request to", NULL },
};

/* Scheme and host only: the rest of a URL may hold a signature. */
void http_say(const struct http_request *request, enum http_failure failure,
              const char *detail, struct error *err)
{
    enum error_code code = failure == HTTP_CANCELLED ? ERROR_CANCELLED
                           : failure == HTTP_BAD_URL ? ERROR_INPUT
                                                     : ERROR_IO;
    const char *scheme = strstr(request->url, "://");
    const char *host = scheme ? scheme + 3 : request->url;
    const char *user = NULL;
    size_t size = strcspn(host, "/?#");
    bool has_detail = *detail && code == ERROR_IO;

    if (request->unix_socket)
        size = strlen(host = request->unix_socket);
    else
        user = memchr(host, '@', size);
    if (user) {
        size -= (size_t)(user + 1 - host);
        host = user + 1;
    }
    if (size > SPOKEN_HOST_SIZE)
        size = SPOKEN_HOST_SIZE;
    error_set(err, code, "%s '%.*s'%s%s", words[failure].message, (int)size,
              host, has_detail ? ": " : "", has_detail ? detail : "");
    if (words[failure].hint)
        error_hint(err, "%s", words[failure].hint);
}
