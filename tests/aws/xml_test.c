#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "aws/xml.h"
#include "base/strbuf.h"

#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void xml_becomes_json(void **state)
{
    static const struct {
        const char *xml, *json;
    } cases[] = {
        { "<A/>", "\"\"" },
        { "<A>text</A>", "\"text\"" },
        { "<A><B>x</B><C/></A>", "{\"B\":\"x\",\"C\":\"\"}" },
        { "<A>\n <B> x </B>\n</A>", "{\"B\":\" x \"}" },
        { "<A><L><member>1</member><member>2</member></L></A>",
          "{\"L\":[\"1\",\"2\"]}" },
        { "<A><L><member><N>1</N></member></L></A>",
          "{\"L\":[{\"N\":\"1\"}]}" },
        { "<A><L><member>1</member><other/></L></A>",
          "{\"L\":{\"member\":\"1\",\"other\":\"\"}}" },
        { "<A><K>1</K><K>2</K><K><D>3</D></K></A>",
          "{\"K\":[\"1\",\"2\",{\"D\":\"3\"}]}" },
        { "<A><L><member>1</member></L><L><member>2</member></L></A>",
          "{\"L\":[[\"1\"],[\"2\"]]}" },
        { "<?xml version=\"1.0\"?>\n<A xmlns=\"urn:x\" b='c'><B "
          "d='e'>x</B></A>",
          "{\"B\":\"x\"}" },
        { "<A><B>&lt;&amp;&gt;&quot;&#65;&#x20AC;</B></A>",
          "{\"B\":\"<&>\\\"A\xe2\x82\xac\"}" },
        { "<A><B><![CDATA[<x>]]>y<!-- z --></B></A>", "{\"B\":\"<x>y\"}" },
        { "<?xml version='1.0' encoding='ISO-8859-1'?><A><B>\xe4</B></A>",
          "{\"B\":\"\xc3\xa4\"}" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct error err = { 0 };
        char *root = NULL, *text;
        json_t *json =
            xml_parse(cases[i].xml, strlen(cases[i].xml), &root, &err);

        if (!json)
            fail_msg("%s: %s", cases[i].xml, err.message);
        text = json_dumps(json, JSON_COMPACT | JSON_ENCODE_ANY);
        assert_string_equal(text, cases[i].json);
        assert_string_equal(root, "A");
        free(text);
        free(root);
        json_decref(json);
    }
}

static void xml_that_is_none_or_dangerous_is_refused(void **state)
{
    static const struct {
        const char *xml, *message;
    } cases[] = {
        { "", "no XML" },
        { "{}", "no XML" },
        { "<A>", "no XML" },
        { "<A></B>", "no XML" },
        { "<A/><B/>", "no XML" },
        { "<A>&undefined;</A>", "no XML" },
        { "<A>\xff</A>", "no XML" },
        { "<!DOCTYPE html><html></html>", "document type" },
        { "<!DOCTYPE A [<!ENTITY a 'aaaa'>]><A>&a;</A>", "document type" },
        { "<!DOCTYPE A SYSTEM 'file:///etc/passwd'><A/>", "document type" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct error err = { 0 };
        char unset[] = "", *root = unset;

        assert_null(xml_parse(cases[i].xml, strlen(cases[i].xml), &root, &err));
        assert_null(root);
        assert_int_equal(err.code, ERROR_INPUT);
        if (!strstr(err.message, cases[i].message))
            fail_msg("%s: %s", cases[i].xml, err.message);
    }
}

static bool parses_at_depth(int depth)
{
    struct strbuf text = { 0 };
    json_t *json;

    for (int i = 0; i < depth; i++)
        strbuf_adds(&text, "<a>");
    for (int i = 0; i < depth; i++)
        strbuf_adds(&text, "</a>");
    json = xml_parse(text.data, text.len, NULL, NULL);
    json_decref(json);
    strbuf_release(&text);
    return json != NULL;
}

static void xml_is_refused_beyond_a_depth_of_64(void **state)
{
    (void)state;
    assert_true(parses_at_depth(64));
    assert_false(parses_at_depth(65));
    assert_false(parses_at_depth(10000));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(xml_becomes_json),
        cmocka_unit_test(xml_that_is_none_or_dangerous_is_refused),
        cmocka_unit_test(xml_is_refused_beyond_a_depth_of_64),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
