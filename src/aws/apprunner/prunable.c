#include "aws/apprunner/prunable.h"

#include "base/jsonx.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

/* ---- rules ------------------------------------------------------------ */

void prunable_protect(struct prunable_rules *rules, const char *digest)
{
    if (digest)
        strvec_add(&rules->digests, digest);
}

void prunable_protect_tag(struct prunable_rules *rules, const char *tag)
{
    if (tag)
        strvec_add(&rules->tags, tag);
}

void prunable_rules_release(struct prunable_rules *rules)
{
    for (size_t i = 0; i < rules->count; i++) {
        free(rules->links[i].index);
        free(rules->links[i].child);
    }
    free(rules->links);
    strvec_release(&rules->digests);
    strvec_release(&rules->tags);
    *rules = (struct prunable_rules){ 0 };
}

/* https://github.com/opencontainers/image-spec/blob/main/image-index.md
 * https://distribution.github.io/distribution/spec/manifest-v2-2/ */
bool prunable_is_index(const char *media_type)
{
    return media_type && (strstr(media_type, "image.index") ||
                          strstr(media_type, "manifest.list"));
}

bool prunable_add_manifest(struct prunable_rules *rules, const char *index,
                           const char *manifest, struct error *err)
{
    json_t *json = jsonx_parse_object(manifest, strlen(manifest), err);
    const json_t *children = json_object_get(json, "manifests");
    const json_t *child;
    size_t i;

    if (!json)
        return error_wrap(err, "index '%s'", index);
    json_array_foreach(children, i, child)
    {
        const char *digest = jsonx_text(child, "digest", NULL);

        if (!digest)
            continue;
        rules->links = mem_grow(rules->links, rules->count, &rules->capacity,
                                sizeof(*rules->links));
        rules->links[rules->count++] =
            (struct prunable_link){ mem_text(index), mem_text(digest) };
    }
    json_decref(json);
    return true;
}

/* ---- the graph -------------------------------------------------------- */

enum { NOWHERE = -1 };

struct node {
    const struct ecr_image *image;
    bool is_child, is_kept, is_chosen;
};

/* `from` an index or a subject, `to` a child or a referrer: `to` lives as long
 * as `from`. Numbers of nodes, which are sorted by digest. */
struct edge {
    size_t from, to;
    bool is_child;
};

struct graph {
    struct node *nodes;
    size_t count;
    struct edge *edges;
    size_t edge_count, capacity;
};

static int compare_digests(const void *a, const void *b)
{
    const struct node *left = a, *right = b;

    return strcmp(left->image->digest, right->image->digest);
}

static long find_node(const struct graph *graph, const char *digest)
{
    size_t low = 0, high = graph->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(graph->nodes[middle].image->digest, digest);

        if (order == 0)
            return (long)middle;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NOWHERE;
}

static void add_edge(struct graph *graph, long from, long to, bool is_child)
{
    if (from == NOWHERE || to == NOWHERE || from == to)
        return;
    graph->edges = mem_grow(graph->edges, graph->edge_count, &graph->capacity,
                            sizeof(*graph->edges));
    graph->edges[graph->edge_count++] =
        (struct edge){ (size_t)from, (size_t)to, is_child };
    if (is_child)
        graph->nodes[to].is_child = true;
}

static void make_graph(struct graph *graph, const struct ecr_images *images,
                       const struct prunable_rules *rules)
{
    graph->nodes = mem_new(images->count + 1, sizeof(*graph->nodes));
    for (size_t i = 0; i < images->count; i++) {
        if (images->items[i].digest)
            graph->nodes[graph->count++].image = &images->items[i];
    }
    qsort(graph->nodes, graph->count, sizeof(*graph->nodes), compare_digests);
    for (size_t i = 0; i < rules->count; i++)
        add_edge(graph, find_node(graph, rules->links[i].index),
                 find_node(graph, rules->links[i].child), true);
    for (size_t i = 0; i < graph->count; i++) {
        const char *subject = graph->nodes[i].image->subject;

        if (subject)
            add_edge(graph, find_node(graph, subject), (long)i, false);
    }
}

static void release_graph(struct graph *graph)
{
    free(graph->nodes);
    free(graph->edges);
}

/* ---- what stays ------------------------------------------------------- */

/* An attachment, or an untagged part of an index: it takes no place among the
 * newest. */
static bool stands_alone(const struct node *node)
{
    return !node->image->subject &&
           (!node->is_child || node->image->tags.count);
}

static bool is_protected(const struct graph *graph, const struct node *node,
                         const struct prunable_rules *rules)
{
    const struct ecr_image *image = node->image;

    if (image->pushed_ms <= 0 || strvec_has(&rules->digests, image->digest))
        return true;
    /* An attachment of what is not in the repository: not ours to judge. */
    if (image->subject && find_node(graph, image->subject) == NOWHERE)
        return true;
    for (size_t i = 0; i < image->tags.count; i++) {
        if (strvec_has(&rules->tags, image->tags.items[i]))
            return true;
    }
    return false;
}

static int compare_ages(const void *a, const void *b)
{
    const struct node *left = *(struct node *const *)a;
    const struct node *right = *(struct node *const *)b;
    int64_t at = left->image->pushed_ms, bt = right->image->pushed_ms;

    if (at != bt)
        return at < bt ? 1 : -1;
    return strcmp(left->image->digest, right->image->digest);
}

static void keep_newest(struct graph *graph, size_t keep)
{
    struct node **order = mem_new(graph->count + 1, sizeof(struct node *));
    size_t count = 0;

    for (size_t i = 0; i < graph->count; i++) {
        if (stands_alone(&graph->nodes[i]))
            order[count++] = &graph->nodes[i];
    }
    qsort(order, count, sizeof(struct node *), compare_ages);
    for (size_t i = 0; i < count && i < keep; i++)
        order[i]->is_kept = true;
    free(order);
}

/* An index's child lives as long as the index; so does what is attached. An
 * attachment that is kept keeps what it is attached to. */
static void spread(struct graph *graph)
{
    for (bool changed = true; changed;) {
        changed = false;
        for (size_t i = 0; i < graph->edge_count; i++) {
            struct node *from = &graph->nodes[graph->edges[i].from];
            struct node *to = &graph->nodes[graph->edges[i].to];

            if (from->is_kept && !to->is_kept)
                changed = to->is_kept = true;
            if (!graph->edges[i].is_child && to->is_kept && !from->is_kept)
                changed = from->is_kept = true;
        }
    }
}

/* Whether an index that is to go, and is not in the list yet, names it. */
static bool waits_for_index(const struct graph *graph, size_t node)
{
    for (size_t i = 0; i < graph->edge_count; i++) {
        const struct edge *edge = &graph->edges[i];
        const struct node *from = &graph->nodes[edge->from];

        if (edge->is_child && edge->to == node && !from->is_kept &&
            !from->is_chosen)
            return true;
    }
    return false;
}

static void list_doomed(struct graph *graph, struct strvec *doomed)
{
    for (bool changed = true; changed;) {
        changed = false;
        for (size_t i = 0; i < graph->count; i++) {
            struct node *node = &graph->nodes[i];

            if (node->is_kept || node->is_chosen ||
                (node->is_child && waits_for_index(graph, i)))
                continue;
            changed = node->is_chosen = true;
            strvec_add(doomed, node->image->digest);
        }
    }
}

void prunable_choose(const struct ecr_images *images,
                     const struct prunable_rules *rules, struct strvec *doomed)
{
    struct graph graph = { 0 };

    make_graph(&graph, images, rules);
    for (size_t i = 0; i < graph.count; i++)
        graph.nodes[i].is_kept = is_protected(&graph, &graph.nodes[i], rules);
    keep_newest(&graph, rules->keep);
    spread(&graph);
    list_doomed(&graph, doomed);
    release_graph(&graph);
}

/* ---- lifecycle policies ----------------------------------------------- */

/* https://docs.aws.amazon.com/AmazonECR/latest/userguide/lifecycle_policy_parameters.html
 */
static bool may_match(const json_t *selection, const struct strvec *tags)
{
    const char *status = jsonx_text(selection, "tagStatus", "any");

    if (strcmp(status, "untagged") == 0)
        return tags->count == 0;
    if (strcmp(status, "tagged") == 0)
        return tags->count > 0;
    return true;
}

char *prunable_policy_risk(const json_t *policy, const struct strvec *tags)
{
    const json_t *rule;
    size_t i;

    json_array_foreach(json_object_get(policy, "rules"), i, rule)
    {
        const json_t *action = json_object_get(rule, "action");

        if (strcmp(jsonx_text(action, "type", ""), "expire") != 0 ||
            !may_match(json_object_get(rule, "selection"), tags))
            continue;
        return mem_format(
            "rule %lld of the repository's lifecycle policy may expire the "
            "deployed image: policies do not know what is deployed",
            (long long)jsonx_int(rule, "rulePriority", (int64_t)i + 1));
    }
    return NULL;
}
