/* embedding.c - forward copies rows, backward adds them up in the order of the indices, a block of columns per thread.
 */
#include "nn/embedding.h"
#include "autograd/formula.h"
#include "nn/layer.h"

#include <string.h>

typedef struct context {
    int64_t rows, d, padding;
} context;

typedef struct arrays {
    const context *c;
    const int64_t *index;
    int64_t n;
    const char *from; /* weight, or dy */
    char *to;         /* y, or the gradient of weight */
    size_t row_bytes;
} arrays;

static void copy_rows(void *argument, int64_t begin, int64_t end)
{
    const arrays *a = argument;
    for (int64_t i = begin; i < end; i++)
        memcpy(a->to + (size_t)i * a->row_bytes, a->from + (size_t)a->index[i] * a->row_bytes, a->row_bytes);
}

#define KERNEL_FILE "nn/embedding_kernel.h"
#include "base/each_float.h"

static mlp_status backward(const mlp_node *node, mlp_tensor *dy, mlp_tensor **dx, mlp_error *err)
{
    const context *c = mlp_node_context(node);
    const mlp_tensor *index = mlp_node_saved(node, 0);
    mlp_tensor *g = NULL, *dw = NULL;
    mlp_status st = mlp_tensor_contiguous(&g, dy, err);
    if (!st) st = mlp_tensor_full(&dw, dy->dtype, 2, (int64_t[]){ c->rows, c->d }, 0, err);
    if (!st) {
        arrays a = { c, mlp_tensor_data(index), mlp_tensor_numel(index), mlp_tensor_data(g), mlp_tensor_data(dw), 0 };
        st = mlp_parallel_for(c->d, 64, dy->dtype == MLP_F64 ? add_f64 : add_f32, &a, err);
    }
    mlp_tensor_release(g);
    if (st) mlp_tensor_release(dw);
    else dx[0] = dw;
    return st;
}

/* The same of recorded operations. */
static mlp_status again(const mlp_node *node, mlp_tensor *dy, mlp_tensor **dx, mlp_error *err)
{
    const context *c = mlp_node_context(node);
    mlp_tensor *index = mlp_node_saved(node, 0), *zeros = NULL, *sum = NULL;
    int64_t n = mlp_tensor_numel(index);
    mlp_formula f = mlp_formula_begin(err);
    mlp_tensor *rows = mlp_f_reshape(&f, dy, 2, (int64_t[]){ n, c->d }), *at = mlp_f_reshape(&f, index, 1, &n);
    mlp_tensor *counts = mlp_f_unsqueeze(&f, mlp_f_number(&f, MLP_NE, at, (double)c->padding), 1);
    rows = mlp_f_binary(&f, MLP_MUL, rows, counts);
    mlp_status st = mlp_tensor_full(&zeros, dy->dtype, 2, (int64_t[]){ c->rows, c->d }, 0, err);
    zeros = mlp_f_step(&f, st, zeros);
    if (!f.status) st = mlp_op_index_add(&sum, zeros, 0, at, rows, err), sum = mlp_f_step(&f, st, sum);
    return mlp_formula_end(&f, &dx[0], sum);
}

static mlp_status check(const mlp_tensor *index, const mlp_tensor *weight, mlp_error *err)
{
    char got[MLP_SHAPE_TEXT];
    if (weight->ndim != 2 || !mlp_dtype_is_real(weight->dtype))
        return mlp_fail(err, MLP_ESHAPE,
                        "embedding: the weight is %s %s, expected f32 or f64 (:float() makes f32), rows x features",
                        mlp_dtype_name(weight->dtype), mlp_shape_text(got, weight->ndim, weight->shape));
    if (index->dtype != MLP_I64)
        return mlp_fail(err, MLP_EDTYPE, "embedding: the indices are %s, expected i64: convert them with to('i64')",
                        mlp_dtype_name(index->dtype));
    if (index->ndim == MLP_MAX_DIMS)
        return mlp_fail(err, MLP_ESHAPE, "embedding: the indices have %d dimensions, and the result would have more",
                        index->ndim);
    const int64_t *at = mlp_tensor_data(index);
    for (int64_t i = 0; i < mlp_tensor_numel(index); i++)
        if (at[i] < 0 || at[i] >= weight->shape[0])
            return mlp_fail(err, MLP_EINDEX, "embedding: index %lld at place %lld, expected 1 to %lld", mlp_nth(at[i]),
                            mlp_nth(i), (long long)weight->shape[0]);
    return MLP_OK;
}

/* y, from contiguous tensors */
static mlp_status forward(mlp_tensor **out, const mlp_tensor *index, const mlp_tensor *weight, const context *c,
                          mlp_error *err)
{
    mlp_tensor *y = NULL;
    int64_t shape[MLP_MAX_DIMS];
    memcpy(shape, index->shape, sizeof shape);
    shape[index->ndim] = c->d;
    mlp_status st = mlp_tensor_new(&y, weight->dtype, index->ndim + 1, shape, err);
    if (st) return st;
    arrays a = { c,
                 mlp_tensor_data(index),
                 mlp_tensor_numel(index),
                 mlp_tensor_data(weight),
                 mlp_tensor_data(y),
                 (size_t)c->d * mlp_dtype_size(weight->dtype) };
    st = mlp_parallel_for(c->d > 0 ? a.n : 0, 1 + 16384 / (c->d + 1), copy_rows, &a, err);
    if (st) mlp_tensor_release(y);
    else *out = y;
    return st;
}

mlp_status mlp_embedding(mlp_tensor **out, mlp_tensor *index, mlp_tensor *weight, int64_t padding, mlp_error *err)
{
    static const mlp_op op = { "embedding", backward, .again = again };
    mlp_tensor *ci = NULL, *cw = NULL, *y = NULL;
    mlp_status st = mlp_tensor_contiguous(&ci, index, err);
    if (!st) st = mlp_tensor_contiguous(&cw, weight, err);
    if (!st) st = check(ci, cw, err);
    if (!st) {
        context c = { weight->shape[0], weight->shape[1], padding };
        st = forward(&y, ci, cw, &c, err);
        if (!st) st = mlp_op_result(out, y, &op, &weight, 1, &ci, 1, &c, sizeof c, err);
    }
    mlp_tensor_release(cw);
    mlp_tensor_release(ci);
    return st;
}

/* ---- the row ---- */

enum { PADDING = 1 };                           /* among the function's parameters */
enum { NUM_EMBEDDINGS = 0, CLASS_PADDING = 2 }; /* and the class's */

static mlp_status check_padding(const char *who, const mlp_value *padding, int64_t rows, mlp_error *err)
{
    double at = padding->number[0];
    if (!padding->count || (at < (double)rows && at >= -(double)rows)) return MLP_OK;
    return mlp_fail(err, MLP_EINVAL,
                    "%s: padding_idx is %.0f, expected a row of the weight: 1 to %lld, or -1 for the last", who,
                    at < 0 ? at : at + 1, (long long)rows);
}

static mlp_status apply(mlp_tensor **out, const mlp_layer *layer, const mlp_layer_call *call, mlp_error *err)
{
    const mlp_value *given = &call->values[PADDING];
    int64_t rows = call->weight[0]->ndim ? call->weight[0]->shape[0] : 0;
    mlp_status st = check_padding(layer->function, given, rows, err);
    if (st) return st;
    int64_t padding = given->count ? (int64_t)given->number[0] : -1;
    if (given->count && padding < 0) padding += rows;
    return mlp_embedding(out, call->input[0], call->weight[0], padding, err);
}

static mlp_status check_class(const char *who, const mlp_value *values, mlp_error *err)
{
    double rows = values[NUM_EMBEDDINGS].number[0];
    return check_padding(who, &values[CLASS_PADDING], rows < 0x1p62 ? (int64_t)rows : INT64_MAX, err);
}

#define PADDING_PARAM(says)                                                                                            \
    {                                                                                                                  \
        .name = "padding_idx", .doc = (says), .kind = MLP_PARAM_ROW, .low = -INFINITY, .high = INFINITY                \
    }

static const mlp_param params[] = {
    MLP_LAYER_WEIGHT("rows x features"),
    [PADDING] = PADDING_PARAM("this row gets no gradient"),
};

static const mlp_param class_params[] = {
    [NUM_EMBEDDINGS] = MLP_LAYER_COUNT("num_embeddings", "how many rows there are", 0),
    MLP_LAYER_COUNT("embedding_dim", "how many numbers a row has", 0),
    [CLASS_PADDING] = PADDING_PARAM("this row begins as zeros and gets no gradient"),
    MLP_LAYER_DTYPE,
};

static const mlp_description constructor = {
    .name = "Embedding",
    .doc = "A row of numbers, which is learned, for each of num_embeddings things.",
    MLP_PARAMS(class_params),
    .check = check_class
};

const mlp_layer mlp_embedding_layers[] = {
    { .about = { .name = "Embedding",
                 .doc = "Rows of weight by their numbers: x is i64 of any shape and counts from 1.",
                 MLP_PARAMS(params) },
      .constructor = &constructor,
      .function = "embedding",
      .inputs = 1,
      .labels = true,
      .apply = apply },
    { .about = { .name = NULL } },
};
