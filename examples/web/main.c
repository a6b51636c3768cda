/*
 * A web service small enough to read in one go: one process, one connection
 * after the other, no library but libc.
 *
 *     GET /         a short page
 *     GET /healthz  JSON; 503 when HEALTHY=no
 *
 * PORT is where it listens (8080), APP_VERSION what it says it is. A service
 * that needs other programs would look for them; this one has only the shape
 * of such an answer, which FFMPEG=no and YT_DLP=no change.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum { REQUEST_SIZE = 8192, BODY_SIZE = 2048, PATIENCE_S = 5, BACKLOG = 64 };

static const char *setting(const char *name, const char *otherwise)
{
    const char *value = getenv(name);

    return value && *value ? value : otherwise;
}

/* Everything is fine unless the environment says "no". */
static bool is_on(const char *name)
{
    return strcmp(setting(name, "yes"), "no") != 0;
}

static const char *json_bool(bool value)
{
    return value ? "true" : "false";
}

/* APP_VERSION as it may stand in a JSON text: what could end it is left out. */
static void read_version(char *out, size_t size)
{
    const char *text = setting("APP_VERSION", "unknown");
    size_t length = 0;

    for (; *text && length + 1 < size; text++) {
        if ((unsigned char)*text >= ' ' && !strchr("\"\\<>&", *text))
            out[length++] = *text;
    }
    out[length] = '\0';
}

static int answer_health(char *body, const char *version)
{
    bool is_healthy = is_on("HEALTHY");

    snprintf(body, BODY_SIZE,
             "{\"status\":\"%s\",\"version\":\"%s\",\"dependencies\":{"
             "\"ffmpeg\":{\"available\":%s},\"yt_dlp\":{\"available\":%s}},"
             "\"proxy_config_readable\":%s}\n",
             is_healthy ? "ok" : "unhealthy", version,
             json_bool(is_on("FFMPEG")), json_bool(is_on("YT_DLP")),
             json_bool(getenv("OXYLABS_PROXY_CONFIG")));
    return is_healthy ? 200 : 503;
}

static int answer_page(char *body, const char *version)
{
    snprintf(body, BODY_SIZE,
             "<!doctype html>\n<title>Example</title>\n"
             "<p>Version %s. How it is: <a href=\"/healthz\">/healthz</a>.\n",
             version);
    return 200;
}

static const struct {
    const char *request, *type;
    int (*answer)(char *body, const char *version);
} pages[] = {
    { "GET / ", "text/html; charset=utf-8", answer_page },
    { "GET /healthz ", "application/json", answer_health },
};

static int answer(const char *request, char *body, const char **type)
{
    char version[128];

    read_version(version, sizeof(version));
    for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
        *type = pages[i].type;
        if (strncmp(request, pages[i].request, strlen(pages[i].request)) == 0)
            return pages[i].answer(body, version);
    }
    *type = "text/plain";
    snprintf(body, BODY_SIZE, "not found\n");
    return 404;
}

/* The head of a request; false when none comes in time. */
static bool read_request(int fd, char *request)
{
    const struct timeval patience = { .tv_sec = PATIENCE_S };
    size_t length = 0;

    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    while (length + 1 < REQUEST_SIZE) {
        ssize_t size = recv(fd, request + length, REQUEST_SIZE - 1 - length, 0);

        if (size <= 0)
            return false;
        length += (size_t)size;
        request[length] = '\0';
        if (strstr(request, "\r\n\r\n"))
            return true;
    }
    return false;
}

static void serve(int fd)
{
    char request[REQUEST_SIZE], body[BODY_SIZE], reply[BODY_SIZE + 256];
    const char *type;
    int status, size;

    if (!read_request(fd, request))
        return;
    status = answer(request, body, &type);
    size = snprintf(reply, sizeof(reply),
                    "HTTP/1.1 %d %s\r\nContent-Type: %s\r\n"
                    "Content-Length: %zu\r\nConnection: close\r\n\r\n%s",
                    status, status == 200 ? "OK" : "Not OK", type, strlen(body),
                    body);
    if (send(fd, reply, (size_t)size, MSG_NOSIGNAL) < 0)
        perror("send");
    printf("%.*s %d\n", (int)strcspn(request, "\r\n"), request, status);
}

static int open_port(int port)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_port = htons((uint16_t)port) };
    int fd = socket(AF_INET, SOCK_STREAM, 0), yes = 1;

    address.sin_addr.s_addr = htonl(INADDR_ANY);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) ||
        listen(fd, BACKLOG))
        return -1;
    return fd;
}

/* As process 1 of a container it would not be ended by TERM otherwise. */
static void end(int number)
{
    _exit(128 + number);
}

int main(void)
{
    int port = atoi(setting("PORT", "8080")), fd = open_port(port);

    setvbuf(stdout, NULL, _IOLBF, 0);
    if (fd < 0) {
        fprintf(stderr, "web: cannot listen on port %d: %s\n", port,
                strerror(errno));
        return EXIT_FAILURE;
    }
    signal(SIGTERM, end);
    signal(SIGINT, end);
    printf("web %s listens on port %d\n", setting("APP_VERSION", "unknown"),
           port);
    for (;;) {
        int connection = accept(fd, NULL, NULL);

        if (connection < 0)
            continue;
        serve(connection);
        close(connection);
    }
}
