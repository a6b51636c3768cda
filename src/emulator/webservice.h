/*
 * The built-in web service: what an image "runs" where there is no Docker. It
 * answers as examples/web does.
 *
 *     struct webservice_options options = { .version = "abc", .tell = log };
 *     struct webservice *service = webservice_start(&options, &port, &err);
 *     webservice_stop(service);
 *
 * One thread, one connection after the other, on 127.0.0.1.
 */
#ifndef STEPDECK_EMULATOR_WEBSERVICE_H
#define STEPDECK_EMULATOR_WEBSERVICE_H

#include "base/error.h"

struct webservice;

struct webservice_options {
    const char *version;
    bool is_unhealthy; /* /healthz answers 503 */
    bool has_proxy;    /* OXYLABS_PROXY_CONFIG is set */
    /* A line of its log, from its thread; may be NULL. */
    void (*tell)(void *context, const char *line);
    void *context;
};

/* `port` gets a free one that it listens on. */
NODISCARD struct webservice *
webservice_start(const struct webservice_options *options, int *port,
                 struct error *err);
/* Ends its thread; NULL is fine. */
void webservice_stop(struct webservice *service);

#endif
