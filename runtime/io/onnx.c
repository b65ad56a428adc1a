/* onnx.c - puts together the messages of onnx.proto. Everything they point to lies in blocks that the model owns. */
#include "io/onnx.h"

#include "base/arena.h"

#include "runtime/io/onnx.pb-c.h"

#include <stdlib.h>
#include <string.h>

enum { REAL = 1, WHOLE = 2, TEXT = 3, WHOLES = 7 };

static const int types[] = { [MLP_BOOL] = 9, [MLP_U8] = 2,    [MLP_I32] = 6, [MLP_I64] = 7,
                             [MLP_F16] = 10, [MLP_BF16] = 16, [MLP_F32] = 1, [MLP_F64] = 11 };

typedef struct kept { /* a tensor whose bytes a message points to */
    struct kept *next;
    mlp_tensor *tensor;
} kept;

struct mlp_onnx {
    Mlp__Onnx__Model model;
    Mlp__Onnx__Graph graph;
    Mlp__Onnx__OperatorSet set, *sets;
    mlp_arena arena;
    kept *tensors;
};

mlp_status mlp_onnx_new(mlp_onnx **out, const char *graph_name, const char *producer_version, mlp_error *err)
{
    mlp_onnx *m = calloc(1, sizeof *m);
    if (!m) return mlp_fail(err, MLP_ENOMEM, "out of memory: cannot make an ONNX graph");
    mlp__onnx__model__init(&m->model);
    mlp__onnx__graph__init(&m->graph);
    mlp__onnx__operator_set__init(&m->set);
    m->set.version = MLP_ONNX_OPSET;
    m->sets = &m->set;
    m->model.ir_version = MLP_ONNX_IR_VERSION;
    m->model.producer_name = "mlprun";
    m->model.producer_version = mlp_arena_text(&m->arena, producer_version, err);
    m->model.graph = &m->graph;
    m->model.n_operator_sets = 1;
    m->model.operator_sets = &m->sets;
    m->graph.name = mlp_arena_text(&m->arena, graph_name, err);
    if (!m->model.producer_version || !m->graph.name) {
        mlp_onnx_release(m);
        return MLP_ENOMEM;
    }
    *out = m;
    return MLP_OK;
}

void mlp_onnx_release(mlp_onnx *m)
{
    if (!m) return;
    for (kept *k = m->tensors; k; k = k->next) mlp_tensor_release(k->tensor);
    mlp_arena_free(&m->arena);
    free(m);
}

/* ---- inputs, outputs, constants ---- */

static Mlp__Onnx__Dimension *dimension(mlp_onnx *m, const mlp_onnx_size *size, mlp_error *err)
{
    Mlp__Onnx__Dimension *d = mlp_arena_take(&m->arena, sizeof *d, err);
    if (!d) return NULL;
    mlp__onnx__dimension__init(d);
    if (size->name) {
        d->size_case = MLP__ONNX__DIMENSION__SIZE_NAME;
        d->name = mlp_arena_text(&m->arena, size->name, err);
        if (!d->name) return NULL;
    } else {
        d->size_case = MLP__ONNX__DIMENSION__SIZE_VALUE;
        d->value = size->size;
    }
    return d;
}

typedef struct value_parts {
    Mlp__Onnx__ValueInfo info;
    Mlp__Onnx__Type type;
    Mlp__Onnx__TensorType tensor;
    Mlp__Onnx__Shape shape;
} value_parts;

static Mlp__Onnx__ValueInfo *value(mlp_onnx *m, const char *name, mlp_dtype dtype, int ndim, const mlp_onnx_size *sizes,
                                   mlp_error *err)
{
    value_parts *v = mlp_arena_take(&m->arena, sizeof *v, err);
    if (!v) return NULL;
    mlp__onnx__value_info__init(&v->info);
    mlp__onnx__type__init(&v->type);
    mlp__onnx__tensor_type__init(&v->tensor);
    mlp__onnx__shape__init(&v->shape);
    for (int i = 0; i < ndim; i++) {
        Mlp__Onnx__Dimension *d = dimension(m, &sizes[i], err);
        if (!d || mlp_arena_append(&m->arena, &v->shape.dimensions, &v->shape.n_dimensions, d, err)) return NULL;
    }
    v->tensor.element = types[dtype];
    v->tensor.shape = &v->shape;
    v->type.tensor = &v->tensor;
    v->info.type = &v->type;
    v->info.name = mlp_arena_text(&m->arena, name, err);
    return v->info.name ? &v->info : NULL;
}

mlp_status mlp_onnx_input(mlp_onnx *m, const char *name, mlp_dtype dtype, int ndim, const mlp_onnx_size *sizes,
                          mlp_error *err)
{
    Mlp__Onnx__ValueInfo *v = value(m, name, dtype, ndim, sizes, err);
    return v ? mlp_arena_append(&m->arena, &m->graph.inputs, &m->graph.n_inputs, v, err) : MLP_ENOMEM;
}

mlp_status mlp_onnx_output(mlp_onnx *m, const char *name, mlp_dtype dtype, int ndim, const mlp_onnx_size *sizes,
                           mlp_error *err)
{
    Mlp__Onnx__ValueInfo *v = value(m, name, dtype, ndim, sizes, err);
    return v ? mlp_arena_append(&m->arena, &m->graph.outputs, &m->graph.n_outputs, v, err) : MLP_ENOMEM;
}

/* The same elements one behind the other, kept as long as the model. */
static mlp_tensor *keep(mlp_onnx *m, mlp_tensor *t, mlp_error *err)
{
    kept *k = mlp_arena_take(&m->arena, sizeof *k, err);
    if (!k || mlp_tensor_contiguous(&k->tensor, t, err)) return NULL;
    k->next = m->tensors;
    m->tensors = k;
    return k->tensor;
}

mlp_status mlp_onnx_constant(mlp_onnx *m, const char *name, mlp_tensor *t, mlp_error *err)
{
    mlp_tensor *flat = keep(m, t, err);
    Mlp__Onnx__Tensor *c = flat ? mlp_arena_take(&m->arena, sizeof *c, err) : NULL;
    if (!c) return MLP_ENOMEM;
    mlp__onnx__tensor__init(c);
    c->n_sizes = (size_t)flat->ndim;
    c->sizes = flat->shape;
    c->type = types[flat->dtype];
    c->raw.len = (size_t)mlp_tensor_numel(flat) * mlp_dtype_size(flat->dtype);
    c->raw.data = mlp_tensor_data(flat);
    c->name = mlp_arena_text(&m->arena, name, err);
    return c->name ? mlp_arena_append(&m->arena, &m->graph.initializers, &m->graph.n_initializers, c, err) : MLP_ENOMEM;
}

/* ---- nodes ---- */

static mlp_status append_names(mlp_onnx *m, char ***list, size_t *count, size_t n, const char *const *names,
                               mlp_error *err)
{
    mlp_status st = MLP_OK;
    for (size_t i = 0; !st && i < n; i++) {
        char *name = mlp_arena_text(&m->arena, names[i], err);
        st = name ? mlp_arena_append(&m->arena, list, count, name, err) : MLP_ENOMEM;
    }
    return st;
}

mlp_status mlp_onnx_node(mlp_onnx *m, const char *op, size_t inputs, const char *const *input, size_t outputs,
                         const char *const *output, mlp_error *err)
{
    Mlp__Onnx__Node *node = mlp_arena_take(&m->arena, sizeof *node, err);
    if (!node) return MLP_ENOMEM;
    mlp__onnx__node__init(node);
    node->op = mlp_arena_text(&m->arena, op, err);
    node->name = outputs ? mlp_arena_text(&m->arena, output[0], err) : node->op;
    if (!node->op || !node->name) return MLP_ENOMEM;
    mlp_status st = append_names(m, &node->inputs, &node->n_inputs, inputs, input, err);
    if (!st) st = append_names(m, &node->outputs, &node->n_outputs, outputs, output, err);
    return st ? st : mlp_arena_append(&m->arena, &m->graph.nodes, &m->graph.n_nodes, node, err);
}

static Mlp__Onnx__Attribute *attribute(mlp_onnx *m, const char *name, int type, mlp_error *err)
{
    if (!m->graph.n_nodes) {
        mlp_fail(err, MLP_EINVAL, "the ONNX attribute '%s' has no node before it", name);
        return NULL;
    }
    Mlp__Onnx__Node *node = m->graph.nodes[m->graph.n_nodes - 1];
    Mlp__Onnx__Attribute *a = mlp_arena_take(&m->arena, sizeof *a, err);
    if (!a) return NULL;
    mlp__onnx__attribute__init(a);
    a->type = type;
    a->name = mlp_arena_text(&m->arena, name, err);
    if (!a->name || mlp_arena_append(&m->arena, &node->attributes, &node->n_attributes, a, err)) return NULL;
    return a;
}

mlp_status mlp_onnx_wholes(mlp_onnx *m, const char *name, size_t n, const int64_t *values, mlp_error *err)
{
    Mlp__Onnx__Attribute *a = attribute(m, name, WHOLES, err);
    if (!a) return MLP_ENOMEM;
    a->wholes = mlp_arena_take(&m->arena, n * sizeof *values + 1, err);
    if (!a->wholes) return MLP_ENOMEM;
    if (n) memcpy(a->wholes, values, n * sizeof *values);
    a->n_wholes = n;
    return MLP_OK;
}

mlp_status mlp_onnx_whole(mlp_onnx *m, const char *name, int64_t number, mlp_error *err)
{
    Mlp__Onnx__Attribute *a = attribute(m, name, WHOLE, err);
    if (!a) return MLP_ENOMEM;
    a->whole = number;
    return MLP_OK;
}

mlp_status mlp_onnx_real(mlp_onnx *m, const char *name, double number, mlp_error *err)
{
    Mlp__Onnx__Attribute *a = attribute(m, name, REAL, err);
    if (!a) return MLP_ENOMEM;
    a->real = (float)number;
    return MLP_OK;
}

mlp_status mlp_onnx_text(mlp_onnx *m, const char *name, const char *text, mlp_error *err)
{
    Mlp__Onnx__Attribute *a = attribute(m, name, TEXT, err);
    char *copy = a ? mlp_arena_text(&m->arena, text, err) : NULL;
    if (!copy) return MLP_ENOMEM;
    a->text = (ProtobufCBinaryData){ strlen(copy), (uint8_t *)copy };
    return MLP_OK;
}

/* ---- the file ---- */

mlp_status mlp_onnx_property(mlp_onnx *m, const char *key, const char *text, mlp_error *err)
{
    Mlp__Onnx__Property *p = mlp_arena_take(&m->arena, sizeof *p, err);
    if (!p) return MLP_ENOMEM;
    mlp__onnx__property__init(p);
    p->key = mlp_arena_text(&m->arena, key, err);
    p->value = mlp_arena_text(&m->arena, text, err);
    return p->key && p->value ? mlp_arena_append(&m->arena, &m->model.properties, &m->model.n_properties, p, err)
                              : MLP_ENOMEM;
}

mlp_status mlp_onnx_save(const char *path, const mlp_onnx *m, mlp_error *err)
{
    size_t length = mlp__onnx__model__get_packed_size(&m->model);
    if (length >= INT32_MAX)
        return mlp_fail(err, MLP_EINVAL, "'%s' would have %zu bytes, and an ONNX file has at most 2 GiB", path, length);
    uint8_t *bytes = malloc(length);
    if (!bytes) return mlp_fail(err, MLP_ENOMEM, "out of memory: cannot make an ONNX file of %zu bytes", length);
    mlp__onnx__model__pack(&m->model, bytes);
    mlp_status st = mlp_file_write(path, bytes, length, err);
    free(bytes);
    return st;
}
