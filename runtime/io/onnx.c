/* onnx.c - puts together the messages of onnx.proto. Everything they point to lies in blocks that the model owns. */
#include "io/onnx.h"

#include "runtime/io/onnx.pb-c.h"

#include <stdlib.h>
#include <string.h>

enum { REAL = 1, WHOLE = 2, TEXT = 3, WHOLES = 7 };

static const int types[] = { [MLP_BOOL] = 9, [MLP_U8] = 2, [MLP_I64] = 7, [MLP_F32] = 1, [MLP_F64] = 11 };

typedef struct block { /* of memory; what it is for follows it */
    struct block *next;
    max_align_t bytes[];
} block;

typedef struct kept { /* a tensor whose bytes a message points to */
    struct kept *next;
    mlp_tensor *tensor;
} kept;

struct mlp_onnx {
    Mlp__Onnx__Model model;
    Mlp__Onnx__Graph graph;
    Mlp__Onnx__OperatorSet set, *sets;
    block *blocks;
    kept *tensors;
};

/* NULL when there is no memory. Lives as long as the model. */
static void *take(mlp_onnx *m, size_t size, mlp_error *err)
{
    block *b = calloc(1, sizeof *b + size);
    if (!b) {
        mlp_fail(err, MLP_ENOMEM, "out of memory: cannot make an ONNX graph");
        return NULL;
    }
    b->next = m->blocks;
    m->blocks = b;
    return b->bytes;
}

static char *take_text(mlp_onnx *m, const char *text, mlp_error *err)
{
    char *mended = NULL;
    if (mlp_utf8_mend(&mended, text, strlen(text), err)) return NULL;
    size_t size = strlen(mended) + 1;
    char *copy = take(m, size, err);
    if (copy) memcpy(copy, mended, size);
    free(mended);
    return copy;
}

/* Makes room for one more at the end of a list of pointers; the old list stays in its block. Doubles, so that the
 * blocks of a list are at most twice its size. */
static mlp_status append(mlp_onnx *m, void *list, size_t *n, void *item, mlp_error *err)
{
    void ***at = list;
    if ((*n & (*n - 1)) == 0) { /* 0 and powers of two */
        void **grown = take(m, (*n ? 2 * *n : 1) * sizeof *grown, err);
        if (!grown) return MLP_ENOMEM;
        if (*n) memcpy(grown, *at, *n * sizeof *grown);
        *at = grown;
    }
    (*at)[(*n)++] = item;
    return MLP_OK;
}

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
    m->model.producer_version = take_text(m, producer_version, err);
    m->model.graph = &m->graph;
    m->model.n_operator_sets = 1;
    m->model.operator_sets = &m->sets;
    m->graph.name = take_text(m, graph_name, err);
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
    for (block *b = m->blocks, *next; b; b = next) {
        next = b->next;
        free(b);
    }
    free(m);
}

/* ---- inputs, outputs, constants ---- */

static Mlp__Onnx__Dimension *dimension(mlp_onnx *m, const mlp_onnx_size *size, mlp_error *err)
{
    Mlp__Onnx__Dimension *d = take(m, sizeof *d, err);
    if (!d) return NULL;
    mlp__onnx__dimension__init(d);
    if (size->name) {
        d->size_case = MLP__ONNX__DIMENSION__SIZE_NAME;
        d->name = take_text(m, size->name, err);
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
    value_parts *v = take(m, sizeof *v, err);
    if (!v) return NULL;
    mlp__onnx__value_info__init(&v->info);
    mlp__onnx__type__init(&v->type);
    mlp__onnx__tensor_type__init(&v->tensor);
    mlp__onnx__shape__init(&v->shape);
    for (int i = 0; i < ndim; i++) {
        Mlp__Onnx__Dimension *d = dimension(m, &sizes[i], err);
        if (!d || append(m, &v->shape.dimensions, &v->shape.n_dimensions, d, err)) return NULL;
    }
    v->tensor.element = types[dtype];
    v->tensor.shape = &v->shape;
    v->type.tensor = &v->tensor;
    v->info.type = &v->type;
    v->info.name = take_text(m, name, err);
    return v->info.name ? &v->info : NULL;
}

mlp_status mlp_onnx_input(mlp_onnx *m, const char *name, mlp_dtype dtype, int ndim, const mlp_onnx_size *sizes,
                          mlp_error *err)
{
    Mlp__Onnx__ValueInfo *v = value(m, name, dtype, ndim, sizes, err);
    return v ? append(m, &m->graph.inputs, &m->graph.n_inputs, v, err) : MLP_ENOMEM;
}

mlp_status mlp_onnx_output(mlp_onnx *m, const char *name, mlp_dtype dtype, int ndim, const mlp_onnx_size *sizes,
                           mlp_error *err)
{
    Mlp__Onnx__ValueInfo *v = value(m, name, dtype, ndim, sizes, err);
    return v ? append(m, &m->graph.outputs, &m->graph.n_outputs, v, err) : MLP_ENOMEM;
}

/* The same elements one behind the other, kept as long as the model. */
static mlp_tensor *keep(mlp_onnx *m, mlp_tensor *t, mlp_error *err)
{
    kept *k = take(m, sizeof *k, err);
    if (!k || mlp_tensor_contiguous(&k->tensor, t, err)) return NULL;
    k->next = m->tensors;
    m->tensors = k;
    return k->tensor;
}

mlp_status mlp_onnx_constant(mlp_onnx *m, const char *name, mlp_tensor *t, mlp_error *err)
{
    mlp_tensor *flat = keep(m, t, err);
    Mlp__Onnx__Tensor *c = flat ? take(m, sizeof *c, err) : NULL;
    if (!c) return MLP_ENOMEM;
    mlp__onnx__tensor__init(c);
    c->n_sizes = (size_t)flat->ndim;
    c->sizes = flat->shape;
    c->type = types[flat->dtype];
    c->raw.len = (size_t)mlp_tensor_numel(flat) * mlp_dtype_size(flat->dtype);
    c->raw.data = mlp_tensor_data(flat);
    c->name = take_text(m, name, err);
    return c->name ? append(m, &m->graph.initializers, &m->graph.n_initializers, c, err) : MLP_ENOMEM;
}

/* ---- nodes ---- */

static mlp_status append_names(mlp_onnx *m, char ***list, size_t *count, size_t n, const char *const *names,
                               mlp_error *err)
{
    mlp_status st = MLP_OK;
    for (size_t i = 0; !st && i < n; i++) {
        char *name = take_text(m, names[i], err);
        st = name ? append(m, list, count, name, err) : MLP_ENOMEM;
    }
    return st;
}

mlp_status mlp_onnx_node(mlp_onnx *m, const char *op, size_t inputs, const char *const *input, size_t outputs,
                         const char *const *output, mlp_error *err)
{
    Mlp__Onnx__Node *node = take(m, sizeof *node, err);
    if (!node) return MLP_ENOMEM;
    mlp__onnx__node__init(node);
    node->op = take_text(m, op, err);
    node->name = outputs ? take_text(m, output[0], err) : node->op;
    if (!node->op || !node->name) return MLP_ENOMEM;
    mlp_status st = append_names(m, &node->inputs, &node->n_inputs, inputs, input, err);
    if (!st) st = append_names(m, &node->outputs, &node->n_outputs, outputs, output, err);
    return st ? st : append(m, &m->graph.nodes, &m->graph.n_nodes, node, err);
}

static Mlp__Onnx__Attribute *attribute(mlp_onnx *m, const char *name, int type, mlp_error *err)
{
    if (!m->graph.n_nodes) {
        mlp_fail(err, MLP_EINVAL, "the ONNX attribute '%s' has no node before it", name);
        return NULL;
    }
    Mlp__Onnx__Node *node = m->graph.nodes[m->graph.n_nodes - 1];
    Mlp__Onnx__Attribute *a = take(m, sizeof *a, err);
    if (!a) return NULL;
    mlp__onnx__attribute__init(a);
    a->type = type;
    a->name = take_text(m, name, err);
    if (!a->name || append(m, &node->attributes, &node->n_attributes, a, err)) return NULL;
    return a;
}

mlp_status mlp_onnx_wholes(mlp_onnx *m, const char *name, size_t n, const int64_t *values, mlp_error *err)
{
    Mlp__Onnx__Attribute *a = attribute(m, name, WHOLES, err);
    if (!a) return MLP_ENOMEM;
    a->wholes = take(m, n * sizeof *values + 1, err);
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
    char *copy = a ? take_text(m, text, err) : NULL;
    if (!copy) return MLP_ENOMEM;
    a->text = (ProtobufCBinaryData){ strlen(copy), (uint8_t *)copy };
    return MLP_OK;
}

/* ---- the file ---- */

mlp_status mlp_onnx_property(mlp_onnx *m, const char *key, const char *text, mlp_error *err)
{
    Mlp__Onnx__Property *p = take(m, sizeof *p, err);
    if (!p) return MLP_ENOMEM;
    mlp__onnx__property__init(p);
    p->key = take_text(m, key, err);
    p->value = take_text(m, text, err);
    return p->key && p->value ? append(m, &m->model.properties, &m->model.n_properties, p, err) : MLP_ENOMEM;
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
