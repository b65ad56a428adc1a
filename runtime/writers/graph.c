/* graph.c - how a model is built, for TensorBoard's graph. */
#include "base/arena.h"
#include "writers/record_private.h"

#include "runtime/writers/plugins.pb-c.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { PRODUCER = 22 }; /* the version of the format that others write */

static mlp_status add_attribute(mlp_arena *arena, Mlp__GraphNode *to, const char *key, Mlp__GraphValue *value,
                                mlp_error *err)
{
    Mlp__GraphEntry *entry = mlp_arena_take(arena, sizeof *entry, err);
    if (!entry) return MLP_ENOMEM;
    mlp__graph_entry__init(entry);
    entry->key = mlp_arena_text(arena, key, err);
    entry->value = value;
    return entry->key ? mlp_arena_append(arena, &to->attributes, &to->n_attributes, entry, err) : MLP_ENOMEM;
}

static mlp_status add_text(mlp_arena *arena, Mlp__GraphNode *to, const char *text, mlp_error *err)
{
    Mlp__GraphValue *value = mlp_arena_take(arena, sizeof *value, err);
    char *copy = value ? mlp_arena_text(arena, text, err) : NULL;
    if (!copy) return MLP_ENOMEM;
    mlp__graph_value__init(value);
    value->kind_case = MLP__GRAPH_VALUE__KIND_TEXT;
    value->text = (ProtobufCBinaryData){ strlen(copy), (uint8_t *)copy };
    return add_attribute(arena, to, "attr", value, err);
}

typedef struct output { /* the shape of a node's one output */
    Mlp__GraphValue value;
    Mlp__GraphShapes list;
    Mlp__GraphShape shape;
} output;

static mlp_status add_shape(mlp_arena *arena, Mlp__GraphNode *to, const mlp_graph_node *from, mlp_error *err)
{
    output *o = mlp_arena_take(arena, sizeof *o, err);
    if (!o) return MLP_ENOMEM;
    mlp__graph_value__init(&o->value);
    mlp__graph_shapes__init(&o->list);
    mlp__graph_shape__init(&o->shape);
    for (size_t i = 0; i < from->ndim; i++) {
        Mlp__GraphSize *size = mlp_arena_take(arena, sizeof *size, err);
        if (!size) return MLP_ENOMEM;
        mlp__graph_size__init(size);
        size->size = from->shape[i];
        if (mlp_arena_append(arena, &o->shape.sizes, &o->shape.n_sizes, size, err)) return MLP_ENOMEM;
    }
    o->value.kind_case = MLP__GRAPH_VALUE__KIND_LIST;
    o->value.list = &o->list;
    mlp_status st = mlp_arena_append(arena, &o->list.shapes, &o->list.n_shapes, &o->shape, err);
    return st ? st : add_attribute(arena, to, "_output_shapes", &o->value, err);
}

static mlp_status add_node(mlp_arena *arena, Mlp__Graph *graph, const mlp_graph_node *from, mlp_error *err)
{
    Mlp__GraphNode *node = mlp_arena_take(arena, sizeof *node, err);
    if (!node) return MLP_ENOMEM;
    mlp__graph_node__init(node);
    node->name = mlp_arena_text(arena, from->name, err);
    node->op = mlp_arena_text(arena, from->op, err);
    mlp_status st = node->name && node->op ? MLP_OK : MLP_ENOMEM;
    for (size_t i = 0; !st && i < from->input_count; i++) {
        char *input = mlp_arena_text(arena, from->inputs[i], err);
        st = input ? mlp_arena_append(arena, &node->inputs, &node->n_inputs, input, err) : MLP_ENOMEM;
    }
    if (!st && from->text[0]) st = add_text(arena, node, from->text, err);
    if (!st) st = add_shape(arena, node, from, err);
    return st ? st : mlp_arena_append(arena, &graph->nodes, &graph->n_nodes, node, err);
}

static mlp_status put_graph(mlp_event_writer *w, const Mlp__Graph *graph, double wall_time, mlp_error *err)
{
    size_t length = mlp__graph__get_packed_size(graph);
    uint8_t *bytes = malloc(length + 1);
    if (!bytes) return mlp_fail(err, MLP_ENOMEM, "out of memory: cannot write a graph of %zu bytes", length);
    mlp__graph__pack(graph, bytes);
    Mlp__Event event = MLP__EVENT__INIT;
    event.wall_time = wall_time;
    event.what_case = MLP__EVENT__WHAT_GRAPH;
    event.graph = (ProtobufCBinaryData){ length, bytes };
    mlp_status st = mlp_event_put(w, &event, err);
    free(bytes);
    return st;
}

mlp_status mlp_event_graph(mlp_event_writer *w, const mlp_graph_node *nodes, size_t n, double wall_time, mlp_error *err)
{
    mlp_arena arena = { NULL };
    Mlp__Graph graph = MLP__GRAPH__INIT;
    Mlp__GraphVersion version = MLP__GRAPH_VERSION__INIT;
    mlp_status st = MLP_OK;
    version.producer = PRODUCER;
    graph.version = &version;
    for (size_t i = 0; !st && i < n; i++) st = add_node(&arena, &graph, &nodes[i], err);
    if (!st) st = put_graph(w, &graph, wall_time, err);
    mlp_arena_free(&arena);
    return st;
}
