#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "aws/apprunner/prunable.h"

#include "base/mem.h"
#include "base/strbuf.h"

#include <stdlib.h>
#include <string.h>

/* An image: its name serves as digest; the newest has the greatest time. */
struct image {
    const char *name;
    int64_t pushed_ms;
    const char *tags, *subject;
};

struct table {
    const char *rule;
    size_t keep;
    struct image images[8];
    const char *links;     /* "index>child index>child" */
    const char *protected; /* digests */
    const char *tags;      /* protected */
    const char *doomed;    /* in order */
};

static void add_image(struct ecr_images *images, const struct image *row)
{
    struct ecr_image *image;

    images->items = mem_grow(images->items, images->count, &images->capacity,
                             sizeof(*images->items));
    image = &images->items[images->count++];
    *image = (struct ecr_image){ .digest = mem_text(row->name),
                                 .pushed_ms = row->pushed_ms,
                                 .subject = mem_text(row->subject) };
    strvec_split(&image->tags, row->tags ? row->tags : "", " ");
}

static void release_images(struct ecr_images *images)
{
    for (size_t i = 0; i < images->count; i++) {
        free(images->items[i].digest);
        free(images->items[i].subject);
        strvec_release(&images->items[i].tags);
    }
    free(images->items);
}

static void add_links(struct prunable_rules *rules, const char *text)
{
    struct strvec links = { 0 };
    struct error err = { 0 };

    strvec_split(&links, text ? text : "", " ");
    for (size_t i = 0; i < links.count; i++) {
        char *child = strchr(links.items[i], '>');
        char *manifest =
            mem_format("{\"manifests\":[{\"digest\":\"%s\"}]}", child + 1);

        *child = '\0';
        assert_true(
            prunable_add_manifest(rules, links.items[i], manifest, &err));
        free(manifest);
    }
    strvec_release(&links);
}

static void check(const struct table *table)
{
    struct ecr_images images = { 0 };
    struct prunable_rules rules = { .keep = table->keep };
    struct strvec doomed = { 0 };
    struct strbuf found = { 0 };

    for (size_t i = 0; i < 8 && table->images[i].name; i++)
        add_image(&images, &table->images[i]);
    add_links(&rules, table->links);
    strvec_split(&rules.digests, table->protected ? table->protected : "", " ");
    strvec_split(&rules.tags, table->tags ? table->tags : "", " ");
    prunable_choose(&images, &rules, &doomed);
    for (size_t i = 0; i < doomed.count; i++)
        strbuf_addf(&found, "%s%s", i ? " " : "", doomed.items[i]);
    if (strcmp(strbuf_text(&found), table->doomed) != 0)
        fail_msg("%s: '%s' instead of '%s'", table->rule, strbuf_text(&found),
                 table->doomed);
    strbuf_release(&found);
    strvec_release(&doomed);
    prunable_rules_release(&rules);
    release_images(&images);
}

static void rules_decide_what_goes(void **state)
{
    static const struct table tables[] = {
        { .rule = "nothing in an empty repository", .keep = 1, .doomed = "" },
        { .rule = "the newest stay, whatever the order",
          .keep = 2,
          .images = { { "b", 20, "2", NULL },
                      { "d", 40, "4", NULL },
                      { "a", 10, "1", NULL },
                      { "c", 30, "3", NULL } },
          .doomed = "a b" },
        { .rule = "more are kept than there are",
          .keep = 10,
          .images = { { "a", 10, "1", NULL } },
          .doomed = "" },
        { .rule = "what is deployed by its digest stays, however old",
          .keep = 1,
          .images = { { "a", 10, NULL, NULL }, { "b", 20, "2", NULL } },
          .protected = "a",
          .doomed = "" },
        { .rule = "a protected tag protects",
          .keep = 1,
          .images = { { "a", 10, "1 latest", NULL },
                      { "b", 20, "2", NULL },
                      { "c", 5, "0", NULL } },
          .tags = "latest",
          .doomed = "c" },
        { .rule = "an unknown time is no reason to delete",
          .keep = 1,
          .images = { { "a", 0, "1", NULL }, { "b", 20, "2", NULL } },
          .doomed = "" },
        { .rule = "untagged images count like others",
          .keep = 2,
          .images = { { "a", 10, "1", NULL },
                      { "b", 20, NULL, NULL },
                      { "c", 30, "3", NULL } },
          .doomed = "a" },
        { .rule = "children of a kept index stay, and take no place",
          .keep = 2,
          .images = { { "child", 31, NULL, NULL },
                      { "index", 30, "3", NULL },
                      { "other", 29, NULL, NULL },
                      { "old", 20, "2", NULL },
                      { "older", 10, "1", NULL } },
          .links = "index>child index>other",
          .doomed = "older" },
        { .rule = "an index goes before its children",
          .keep = 1,
          .images = { { "a-child", 10, NULL, NULL },
                      { "b-index", 11, "1", NULL },
                      { "c", 30, "3", NULL } },
          .links = "b-index>a-child",
          .doomed = "b-index a-child" },
        { .rule = "indexes of indexes go from the outside in",
          .keep = 1,
          .images = { { "a", 10, NULL, NULL },
                      { "b", 10, NULL, NULL },
                      { "c", 11, "1", NULL },
                      { "d", 30, "3", NULL } },
          .links = "c>b b>a",
          .doomed = "c b a" },
        { .rule = "a child of two indexes stays with one of them",
          .keep = 1,
          .images = { { "child", 10, NULL, NULL },
                      { "new", 30, "3", NULL },
                      { "old", 20, "2", NULL } },
          .links = "new>child old>child",
          .doomed = "old" },
        { .rule = "a child with a tag of its own counts as an image",
          .keep = 2,
          .images = { { "child", 31, "arm", NULL },
                      { "index", 30, "3", NULL },
                      { "old", 20, "2", NULL } },
          .links = "index>child",
          .doomed = "old" },
        { .rule = "attachments live and die with their subject",
          .keep = 1,
          .images = { { "new", 30, "3", NULL },
                      { "new-sig", 31, NULL, "new" },
                      { "old", 20, "2", NULL },
                      { "old-sig", 40, NULL, "old" } },
          .doomed = "old old-sig" },
        { .rule = "attachments of attachments as well",
          .keep = 1,
          .images = { { "new", 30, "3", NULL },
                      { "sbom", 1, NULL, "new" },
                      { "sbom-sig", 1, NULL, "sbom" } },
          .doomed = "" },
        { .rule = "an attachment of what is not there is left alone",
          .keep = 1,
          .images = { { "new", 30, "3", NULL }, { "x", 1, NULL, "gone" } },
          .doomed = "" },
        { .rule = "a protected attachment protects its subject",
          .keep = 1,
          .images = { { "new", 30, "3", NULL },
                      { "old", 20, "2", NULL },
                      { "old-sig", 21, NULL, "old" } },
          .protected = "old-sig",
          .doomed = "" },
        { .rule = "a protected child does not save its index",
          .keep = 1,
          .images = { { "child", 10, NULL, NULL },
                      { "index", 11, "1", NULL },
                      { "new", 30, "3", NULL } },
          .links = "index>child",
          .protected = "child",
          .doomed = "index" },
        { .rule = "a circle is no trap",
          .keep = 1,
          .images = { { "a", 10, NULL, NULL },
                      { "b", 10, NULL, NULL },
                      { "new", 30, "3", NULL } },
          .links = "a>b b>a",
          .doomed = "" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
        check(&tables[i]);
}

static void a_manifest_that_is_none_is_an_error(void **state)
{
    struct prunable_rules rules = { 0 };
    struct error err = { 0 };

    (void)state;
    assert_false(prunable_add_manifest(&rules, "sha256:1", "{", &err));
    assert_int_equal(err.code, ERROR_INPUT);
    assert_true(prunable_add_manifest(&rules, "sha256:1", "{}", NULL));
    assert_int_equal(rules.count, 0);
    prunable_rules_release(&rules);
}

static void indexes_are_known_by_their_media_type(void **state)
{
    (void)state;
    assert_true(prunable_is_index("application/vnd.oci.image.index.v1+json"));
    assert_true(prunable_is_index(
        "application/vnd.docker.distribution.manifest.list.v2+json"));
    assert_false(
        prunable_is_index("application/vnd.oci.image.manifest.v1+json"));
    assert_false(prunable_is_index(
        "application/vnd.docker.distribution.manifest.v2+json"));
    assert_false(prunable_is_index(NULL));
}

static void a_policy_that_may_expire_the_image_is_told(void **state)
{
    static const struct {
        const char *policy, *tags;
        bool is_risk;
    } rows[] = {
        { "{}", "v1", false },
        { "{\"rules\":[{\"rulePriority\":3,\"selection\":{\"tagStatus\":"
          "\"any\"},\"action\":{\"type\":\"expire\"}}]}",
          "v1", true },
        { "{\"rules\":[{\"selection\":{\"tagStatus\":\"untagged\"},"
          "\"action\":{\"type\":\"expire\"}}]}",
          "v1", false },
        { "{\"rules\":[{\"selection\":{\"tagStatus\":\"untagged\"},"
          "\"action\":{\"type\":\"expire\"}}]}",
          "", true },
        { "{\"rules\":[{\"selection\":{\"tagStatus\":\"tagged\"},"
          "\"action\":{\"type\":\"expire\"}}]}",
          "v1", true },
        { "{\"rules\":[{\"selection\":{\"tagStatus\":\"any\"},"
          "\"action\":{\"type\":\"transition\"}}]}",
          "v1", false },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        json_t *policy = json_loads(rows[i].policy, 0, NULL);
        struct strvec tags = { 0 };
        char *risk;

        assert_non_null(policy);
        strvec_split(&tags, rows[i].tags, " ");
        risk = prunable_policy_risk(policy, &tags);
        assert_int_equal(risk != NULL, rows[i].is_risk);
        free(risk);
        strvec_release(&tags);
        json_decref(policy);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rules_decide_what_goes),
        cmocka_unit_test(a_manifest_that_is_none_is_an_error),
        cmocka_unit_test(indexes_are_known_by_their_media_type),
        cmocka_unit_test(a_policy_that_may_expire_the_image_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
