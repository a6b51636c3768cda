#include "aws/http_curl.h"

#include "base/lazy.h"

#include <stddef.h>

struct http_curl http_curl;

bool http_curl_load(struct error *err)
{
#define SYMBOL(function) { #function, &function },
    static const struct lazy_symbol symbols[] = { HTTP_CURL_FUNCTIONS(SYMBOL){
        NULL, NULL } };

    return lazy_load(LAZY_LIBRARY("curl", "4"), symbols, err);
}
