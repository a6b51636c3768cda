/* libcurl, loaded with the first request (base/lazy.h): its names lead into a
 * table. Only http.c includes this. */
#ifndef STEPDECK_AWS_HTTP_CURL_H
#define STEPDECK_AWS_HTTP_CURL_H

#include "base/error.h"

/* Its macros that look like functions would get in the way. */
#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>
#undef curl_easy_setopt
#undef curl_easy_getinfo
#undef curl_multi_setopt

#define HTTP_CURL_FUNCTIONS(FUNCTION)                                          \
    FUNCTION(curl_easy_cleanup)                                                \
    FUNCTION(curl_easy_getinfo)                                                \
    FUNCTION(curl_easy_init)                                                   \
    FUNCTION(curl_easy_reset)                                                  \
    FUNCTION(curl_easy_setopt)                                                 \
    FUNCTION(curl_getdate)                                                     \
    FUNCTION(curl_global_init)                                                 \
    FUNCTION(curl_multi_add_handle)                                            \
    FUNCTION(curl_multi_cleanup)                                               \
    FUNCTION(curl_multi_info_read)                                             \
    FUNCTION(curl_multi_init)                                                  \
    FUNCTION(curl_multi_perform)                                               \
    FUNCTION(curl_multi_poll)                                                  \
    FUNCTION(curl_multi_remove_handle)                                         \
    FUNCTION(curl_multi_setopt)                                                \
    FUNCTION(curl_slist_append)                                                \
    FUNCTION(curl_slist_free_all)

#define HTTP_CURL_MEMBER(function) __typeof__(function) *function;
struct http_curl {
    HTTP_CURL_FUNCTIONS(HTTP_CURL_MEMBER)
};
#undef HTTP_CURL_MEMBER

/* Filled by http_curl_load(), which is to be called once. */
extern struct http_curl http_curl;
NODISCARD bool http_curl_load(struct error *err);

#define curl_easy_cleanup http_curl.curl_easy_cleanup
#define curl_easy_getinfo http_curl.curl_easy_getinfo
#define curl_easy_init http_curl.curl_easy_init
#define curl_easy_reset http_curl.curl_easy_reset
#define curl_easy_setopt http_curl.curl_easy_setopt
#define curl_getdate http_curl.curl_getdate
#define curl_global_init http_curl.curl_global_init
#define curl_multi_add_handle http_curl.curl_multi_add_handle
#define curl_multi_cleanup http_curl.curl_multi_cleanup
#define curl_multi_info_read http_curl.curl_multi_info_read
#define curl_multi_init http_curl.curl_multi_init
#define curl_multi_perform http_curl.curl_multi_perform
#define curl_multi_poll http_curl.curl_multi_poll
#define curl_multi_remove_handle http_curl.curl_multi_remove_handle
#define curl_multi_setopt http_curl.curl_multi_setopt
#define curl_slist_append http_curl.curl_slist_append
#define curl_slist_free_all http_curl.curl_slist_free_all

#endif
