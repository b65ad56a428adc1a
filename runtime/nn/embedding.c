/* embedding.c - forward copies rows, backward adds them up in the order of the indices, a block of columns per thread.
 */
#include "nn/embedding.h"

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

static mlp_status check(const mlp_tensor *index, const mlp_tensor *weight, mlp_error *err)
{
    char got[MLP_SHAPE_TEXT];
    if (weight->ndim != 2 || !mlp_dtype_is_float(weight->dtype))
        return mlp_fail(err, MLP_ESHAPE, "embedding: the weight is %s %s, expected f32 or f64, rows x features",
                        mlp_dtype_name(weight->dtype), mlp_shape_text(got, weight->ndim, weight->shape));
    if (index->dtype != MLP_I64)
        return mlp_fail(err, MLP_EDTYPE, "embedding: the indices are %s, expected i64", mlp_dtype_name(index->dtype));
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
    static const mlp_op op = { "embedding", backward };
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
