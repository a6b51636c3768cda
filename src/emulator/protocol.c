#include "emulator/protocol.h"

#include "base/clock.h"
#include "base/jsonx.h"
#include "base/mem.h"
#include "emulator/fault.h"
#include "emulator/validate.h"
#include "emulator/verify.h"
#include "emulator/webtext.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct emulator_service *const services[] = {
    &emulator_apprunner, &emulator_ecr,     &emulator_sts,
    &emulator_iam,       &emulator_secrets, &emulator_logs,
};
enum { SERVICES = sizeof(services) / sizeof(services[0]) };

/* The page token of the fault empty-page: the first page is still to come. */
static const char first_page[] = "empty/+page=";

/* ---- reading ------------------------------------------------------------- */

/* The place `name` in `parent`, as a container of the kind that the name after
 * it asks for. */
static json_t *child_of(json_t *parent, const char *name, bool is_list)
{
    json_t *child = json_is_array(parent)
                        ? json_array_get(parent, json_array_size(parent) - 1)
                        : json_object_get(parent, name);
    json_t *made;

    if (is_list ? json_is_array(child) : json_is_object(child))
        return child;
    made = is_list ? json_array() : json_object();
    if (json_is_array(parent))
        json_array_append_new(parent, made);
    else
        json_object_set_new(parent, name, made);
    return made;
}

/* Numbers come in order from every client: a new one is a new element. NULL
 * for what is no number. */
static json_t *element_of(json_t *list, const char *number, bool is_last,
                          bool is_list)
{
    long index = strtol(number, NULL, 10);
    json_t *made;

    if (is_last)
        return list;
    if (index < 1)
        return NULL;
    if ((size_t)index <= json_array_size(list))
        return child_of(list, number, is_list);
    made = is_list ? json_array() : json_object();
    json_array_append_new(list, made);
    return made;
}

/* What is freed by recursion must not be deep. */
enum { DEEPEST = 32 };

/* Puts a text at "A.member.1.B". */
static void put(json_t *root, char *path, const char *value)
{
    struct strvec names = { 0 };
    json_t *at = root;

    strvec_split(&names, path, ".");
    if (names.count > DEEPEST)
        at = NULL;
    for (size_t i = 0; at && i < names.count; i++) {
        bool is_last = i + 1 == names.count;
        bool is_list = !is_last && !strcmp(names.items[i + 1], "member");

        if (!strcmp(names.items[i], "member") && json_is_array(at) &&
            !is_last) {
            bool is_end = i + 2 == names.count;

            is_list = !is_end && !strcmp(names.items[i + 2], "member");
            at = element_of(at, names.items[++i], is_end, is_list);
            is_last = is_end;
        } else if (!is_last) {
            at = child_of(at, names.items[i], is_list);
        }
        if (is_last && json_is_array(at))
            json_array_append_new(at, jsonx_string(value, strlen(value)));
        else if (is_last)
            jsonx_set_text(at, names.items[i], value);
    }
    strvec_release(&names);
}

json_t *protocol_read_query(const char *text, size_t size)
{
    json_t *root = json_object();
    const char *end = text + size;

    while (text < end) {
        const char *stop = memchr(text, '&', (size_t)(end - text));
        const char *to = stop ? stop : end;
        const char *equals = memchr(text, '=', (size_t)(to - text));
        const char *name_end = equals ? equals : to;
        const char *from = equals ? equals + 1 : to;
        char *name = webtext_decode_query(text, (size_t)(name_end - text));
        char *value = webtext_decode_query(from, (size_t)(to - from));

        if (*name)
            put(root, name, value);
        free(name);
        free(value);
        text = stop ? stop + 1 : end;
    }
    return root;
}

/* ---- writing ------------------------------------------------------------- */

void protocol_write_text(const char *text, struct strbuf *out)
{
    for (; *text; text++) {
        if (*text == '<')
            strbuf_adds(out, "&lt;");
        else if (*text == '>')
            strbuf_adds(out, "&gt;");
        else if (*text == '&')
            strbuf_adds(out, "&amp;");
        else if (*text == '"')
            strbuf_adds(out, "&quot;");
        else
            strbuf_addc(out, *text);
    }
}

static void write_element(const char *name, const json_t *json,
                          struct strbuf *out)
{
    size_t index;
    const json_t *element;

    strbuf_addf(out, "<%s>", name);
    if (json_is_string(json))
        protocol_write_text(json_string_value(json), out);
    else if (json_is_boolean(json))
        strbuf_adds(out, json_is_true(json) ? "true" : "false");
    else if (json_is_integer(json))
        strbuf_addf(out, "%lld", (long long)json_integer_value(json));
    else if (json_is_real(json))
        strbuf_addf(out, "%g", json_real_value(json));
    json_array_foreach(json, index, element)
        write_element("member", element, out);
    protocol_write_xml(json, out);
    strbuf_addf(out, "</%s>", name);
}

/* What json_object_foreach() does, for an object that stays as it is. */
void protocol_write_xml(const json_t *json, struct strbuf *out)
{
    json_t *object =
        json_is_object(json) ? json_copy((json_t *)(uintptr_t)json) : NULL;
    const char *name;
    json_t *member;

    json_object_foreach(object, name, member) write_element(name, member, out);
    json_decref(object);
}

static void fail_json(const struct emulator_failure *failure,
                      struct emulator_reply *reply)
{
    /* App Runner says Message, most others message; clients take both.
     * https://github.com/boto/botocore/blob/develop/botocore/parsers.py */
    json_t *json = json_object();

    jsonx_set_text(json, "__type", failure->code);
    jsonx_set_text(json, "Message", failure->message);
    jsonx_set_text(json, "message", failure->message);
    char *text = jsonx_line(json);
    strbuf_adds(&reply->body, text);
    free(text);
    json_decref(json);
}

static void fail_xml(const struct emulator_failure *failure,
                     enum protocol_style style, struct emulator_reply *reply)
{
    struct strbuf *out = &reply->body;
    bool is_query = style == PROTOCOL_QUERY;

    strbuf_adds(out, is_query ? "<ErrorResponse><Error><Type>Sender</Type>"
                              : "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                                "<Error>");
    strbuf_addf(out, "<Code>%s</Code><Message>", failure->code);
    protocol_write_text(failure->message, out);
    strbuf_adds(out, "</Message>");
    strbuf_adds(out, is_query ? "</Error><RequestId>emulator</RequestId>"
                                "</ErrorResponse>"
                              : "<RequestId>emulator</RequestId></Error>");
}

void protocol_fail(enum protocol_style style,
                   const struct emulator_failure *failure,
                   struct emulator_reply *reply)
{
    reply->status = failure->status;
    if (style == PROTOCOL_JSON)
        fail_json(failure, reply);
    else
        fail_xml(failure, style, reply);
    if (style == PROTOCOL_S3)
        strvec_add(&reply->headers, "Content-Type: application/xml");
}

static void write_answer(struct emulator *emulator,
                         const struct emulator_service *service,
                         const char *operation, const json_t *answer,
                         struct emulator_reply *reply)
{
    if (service->protocol == EMULATOR_JSON) {
        char *text = json_dumps(answer, JSON_COMPACT);
        strbuf_adds(&reply->body, text);
        free(text);
        return;
    }
    char *id = emulator_uuid(emulator);
    strbuf_addf(&reply->body, "<%sResponse xmlns=\"%s\"><%sResult>", operation,
                service->xmlns, operation);
    protocol_write_xml(answer, &reply->body);
    strbuf_addf(&reply->body,
                "</%sResult><ResponseMetadata><RequestId>%s</RequestId>"
                "</ResponseMetadata></%sResponse>",
                operation, id, operation);
    free(id);
}

/* ---- a call -------------------------------------------------------------- */

struct call {
    const struct emulator_service *service; /* NULL: none has that name */
    const struct emulator_operation *operation;
    char *name;   /* of the operation, as it was asked for */
    char *caller; /* the access key; "" */
    json_t *input;
    enum protocol_style style;
};

static bool is_form(const struct emulator_request *request)
{
    static const char form[] = "application/x-www-form-urlencoded";
    const char *type = emulator_header(request, "content-type");

    return type && !strncmp(type, form, strlen(form));
}

bool protocol_is_call(const struct emulator_request *request)
{
    return !strcmp(request->method, "POST") && !strcmp(request->path, "/") &&
           (emulator_header(request, "x-amz-target") || is_form(request));
}

static void find_operation(struct call *call)
{
    const struct emulator_operation *operation =
        call->service ? call->service->operations : NULL;

    for (; operation && operation->name; operation++)
        if (!strcmp(operation->name, call->name))
            call->operation = operation;
}

/* "AppRunner.ListServices" */
static void read_json_call(const struct emulator_request *request,
                           const char *target, struct call *call)
{
    const char *dot = strrchr(target, '.');
    size_t size = dot ? (size_t)(dot - target) : strlen(target);

    call->name = mem_text(dot ? dot + 1 : "");
    for (size_t i = 0; i < SERVICES; i++)
        if (services[i]->target &&
            !strncmp(services[i]->target, target, size) &&
            !services[i]->target[size])
            call->service = services[i];
    call->input =
        request->body_size
            ? jsonx_parse_object(request->body, request->body_size, NULL)
            : json_object();
}

static void read_query_call(const struct emulator_request *request,
                            struct call *call)
{
    call->style = PROTOCOL_QUERY;
    call->input = protocol_read_query(request->body, request->body_size);
    call->name = mem_text(jsonx_text(call->input, "Action", ""));
    const char *version = jsonx_text(call->input, "Version", "");
    for (size_t i = 0; i < SERVICES; i++)
        if (services[i]->version && !strcmp(services[i]->version, version))
            call->service = services[i];
    json_object_del(call->input, "Action");
    json_object_del(call->input, "Version");
}

/* The one call that needs no keys: it is how they are got.
 * https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
 */
static bool is_unsigned(const struct call *call)
{
    return call->style == PROTOCOL_QUERY &&
           !strcmp(call->name, "AssumeRoleWithWebIdentity");
}

static bool is_acceptable(const struct call *call,
                          struct emulator_failure *failure)
{
    bool is_json = call->style == PROTOCOL_JSON;

    if (!call->operation)
        emulator_fail(failure, 400,
                      is_json ? "UnknownOperationException" : "InvalidAction",
                      "Could not find operation %.100s", call->name);
    else if (!call->input)
        emulator_fail(failure, 400, "SerializationException",
                      "The request body is no JSON object");
    else
        return validate_input(call->service->name, call->name, call->input,
                              failure);
    return false;
}

/* ---- the fault empty-page ------------------------------------------------ */

static const char *const page_tokens[] = { "NextToken", "nextToken", "Marker" };
enum { PAGE_TOKENS = sizeof(page_tokens) / sizeof(page_tokens[0]) };

static void drop_first_page(json_t *input)
{
    for (size_t i = 0; i < PAGE_TOKENS; i++)
        if (!strcmp(jsonx_text(input, page_tokens[i], ""), first_page))
            json_object_del(input, page_tokens[i]);
}

/* Every list of the answer becomes empty, and the token leads to the page that
 * was asked for. */
static void empty_page(const struct call *call, json_t *answer)
{
    bool is_query = call->style == PROTOCOL_QUERY;
    const char *token_name = "nextToken";
    const char *name;
    json_t *member;

    json_object_foreach(answer, name, member)
    {
        if (json_is_array(member))
            json_array_clear(member);
        if (json_is_array(member) && name[0] >= 'A' && name[0] <= 'Z')
            token_name = is_query ? "Marker" : "NextToken";
    }
    char *token = mem_text(jsonx_text(call->input, token_name, first_page));
    jsonx_set_text(answer, token_name, token);
    if (is_query)
        jsonx_set_bool(answer, "IsTruncated", true);
    free(token);
}

/* ---- what changes something ---------------------------------------------- */

static bool is_reading(const char *operation)
{
    static const char *const starts[] = { "Describe", "List",     "Get",
                                          "Filter",   "BatchGet", "Simulate" };

    for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++)
        if (!strncmp(operation, starts[i], strlen(starts[i])))
            return !!strcmp(operation, "GetAuthorizationToken");
    return false;
}

/* ---- together ------------------------------------------------------------ */

/* An answer may be a part of the tree, which operations change in threads of
 * their own: it is written before the lock is given up. */
static void carry_out(struct emulator *emulator, const struct call *call,
                      const struct fault_effect *effect,
                      struct emulator_reply *reply)
{
    struct emulator_failure failure = { 0 };
    json_t *answer;

    if (!is_acceptable(call, &failure)) {
        protocol_fail(call->style, &failure, reply);
        return;
    }
    pthread_mutex_lock(&emulator->lock);
    emulator->caller = call->caller;
    drop_first_page(call->input);
    answer = call->operation->answer(emulator, call->input, &failure);
    emulator->caller = NULL;
    if (answer && !strcmp(effect->kind, "empty-page"))
        empty_page(call, answer);
    if (answer)
        write_answer(emulator, call->service, call->name, answer, reply);
    else
        protocol_fail(call->style, &failure, reply);
    json_decref(answer);
    pthread_mutex_unlock(&emulator->lock);
}

static void add_headers(struct emulator *emulator,
                        const struct emulator_request *request,
                        const struct call *call, struct emulator_reply *reply)
{
    const char *type = emulator_header(request, "content-type");
    char *id = emulator_uuid(emulator);

    strvec_addf(&reply->headers, "x-amzn-RequestId: %s", id);
    strvec_addf(&reply->headers, "Content-Type: %s",
                call->style == PROTOCOL_QUERY ? "text/xml"
                : type                        ? type
                                              : "application/x-amz-json-1.1");
    free(id);
}

void protocol_answer(struct emulator *emulator,
                     const struct emulator_request *request,
                     struct emulator_reply *reply)
{
    const char *target = emulator_header(request, "x-amz-target");
    struct emulator_failure failure = { 0 };
    struct call call = { .style = PROTOCOL_JSON };

    call.caller = verify_access_key(request);
    if (target)
        read_json_call(request, target, &call);
    else
        read_query_call(request, &call);
    find_operation(&call);
    const char *service = call.service ? call.service->name : "unknown";
    if (!is_unsigned(&call) &&
        !verify_request(emulator, request, call.style,
                        clock_wall(clock_system()), &failure)) {
        protocol_fail(call.style, &failure, reply);
    } else {
        struct fault_effect effect =
            fault_effect_of(emulator, service, call.name);

        if (!fault_before(emulator, &effect, call.style, reply)) {
            carry_out(emulator, &call, &effect, reply);
            fault_after(&effect, reply);
        }
    }
    add_headers(emulator, request, &call, reply);
    emulator_record(emulator, service, call.name, reply->status);
    if (!is_reading(call.name))
        emulator_save(emulator);
    free(call.name);
    free(call.caller);
    json_decref(call.input);
}
