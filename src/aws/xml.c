/*
 * Elements under way are frames, outermost first. A frame collects its text
 * and, by name, an array of all values of that name; what kind of JSON it
 * becomes is decided when it ends.
 */
#include "aws/xml.h"

#include "base/jsonx.h"
#include "base/mem.h"
#include "base/strbuf.h"

#include <expat.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum { XML_DEPTH = 64 };

struct frame {
    char *name;
    struct strbuf text;
    json_t *children; /* NULL: none; else name -> array of values */
};

struct reader {
    XML_Parser parser;
    struct frame frames[XML_DEPTH];
    size_t depth;
    json_t *result;
    char *root;
    const char *refused; /* why we stopped the parser ourselves */
};

static void refuse(struct reader *reader, const char *why)
{
    reader->refused = why;
    XML_StopParser(reader->parser, XML_FALSE);
}

static void XMLCALL begin_document_type(void *context, const XML_Char *name,
                                        const XML_Char *system,
                                        const XML_Char *publicly,
                                        int has_internal)
{
    (void)name;
    (void)system;
    (void)publicly;
    (void)has_internal;
    refuse(context, "a document type");
}

static void XMLCALL begin_element(void *context, const XML_Char *name,
                                  const XML_Char **attributes)
{
    struct reader *reader = context;

    (void)attributes;
    if (reader->refused)
        return;
    if (reader->depth == XML_DEPTH)
        refuse(reader, "elements nested too deep");
    else
        reader->frames[reader->depth++] =
            (struct frame){ .name = mem_text(name) };
}

static void XMLCALL take_text(void *context, const XML_Char *text, int size)
{
    struct reader *reader = context;

    if (!reader->refused && reader->depth && size > 0)
        strbuf_add(&reader->frames[reader->depth - 1].text, text, (size_t)size);
}

/* The arrays of `children` without those that hold one value only. */
static json_t *object_of(json_t *children)
{
    json_t *object = json_object(), *values;
    const char *name;

    json_object_foreach(children, name, values)
    {
        json_object_set(object, name,
                        json_array_size(values) == 1 ? json_array_get(values, 0)
                                                     : values);
    }
    return object;
}

static json_t *value_of(const struct frame *frame)
{
    json_t *members = json_object_get(frame->children, "member");

    if (!frame->children)
        return jsonx_string(strbuf_text(&frame->text), frame->text.len);
    if (members && json_object_size(frame->children) == 1)
        return json_incref(members);
    return object_of(frame->children);
}

static void release(struct frame *frame)
{
    free(frame->name);
    strbuf_release(&frame->text);
    json_decref(frame->children);
    *frame = (struct frame){ 0 };
}

static void add_child(struct frame *parent, const char *name, json_t *value)
{
    json_t *values;

    if (!parent->children)
        parent->children = json_object();
    values = json_object_get(parent->children, name);
    if (!values) {
        values = json_array();
        if (json_object_set_new(parent->children, name, values) != 0) {
            json_decref(value); /* a name that is no text */
            return;
        }
    }
    json_array_append_new(values, value);
}

static void XMLCALL end_element(void *context, const XML_Char *name)
{
    struct reader *reader = context;
    struct frame *frame;

    (void)name;
    if (reader->refused || !reader->depth)
        return;
    frame = &reader->frames[--reader->depth];
    if (reader->depth) {
        add_child(frame - 1, frame->name, value_of(frame));
    } else {
        reader->result = value_of(frame);
        reader->root = mem_text(frame->name);
    }
    release(frame);
}

static bool parse(struct reader *reader, const char *bytes, size_t size,
                  struct error *err)
{
    XML_Parser parser = reader->parser;

    XML_SetUserData(parser, reader);
    XML_SetElementHandler(parser, begin_element, end_element);
    XML_SetCharacterDataHandler(parser, take_text);
    XML_SetStartDoctypeDeclHandler(parser, begin_document_type);
    if (size > INT_MAX)
        return error_set(err, ERROR_INPUT, "too much XML");
    if (XML_Parse(parser, bytes ? bytes : "", (int)size, 1) == XML_STATUS_OK &&
        reader->result)
        return true;
    if (reader->refused)
        return error_set(err, ERROR_INPUT, "refused XML: %s", reader->refused);
    return error_set(err, ERROR_INPUT, "no XML: line %lu: %s",
                     (unsigned long)XML_GetCurrentLineNumber(parser),
                     XML_ErrorString(XML_GetErrorCode(parser)));
}

json_t *xml_parse(const char *bytes, size_t size, char **root,
                  struct error *err)
{
    struct reader reader = { .parser = XML_ParserCreate(NULL) };
    bool ok;

    if (root)
        *root = NULL;
    if (!reader.parser) {
        error_set(err, ERROR_INTERNAL, "cannot start expat");
        return NULL;
    }
    ok = parse(&reader, bytes, size, err);
    XML_ParserFree(reader.parser);
    while (reader.depth)
        release(&reader.frames[--reader.depth]);
    if (!ok) {
        json_decref(reader.result);
        reader.result = NULL;
    }
    if (ok && root)
        *root = reader.root;
    else
        free(reader.root);
    return reader.result;
}
