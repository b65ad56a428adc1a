/* linear.c - the fully connected layer: three matrix products and a sum over rows. */
#include "nn/linear.h"
#include "nn/layer.h"

#include "autograd/formula.h"
#include "base/simd.h"

#include <string.h>

typedef struct sizes {
    int64_t n, d_in, d_out;
    int ndim; /* of x */
    int64_t shape[MLP_MAX_DIMS];
} sizes;

static mlp_status gemm(bool trans_a, bool trans_b, int64_t m, int64_t n, int64_t k, const mlp_tensor *a,
                       const mlp_tensor *b, double beta, mlp_tensor *c, mlp_error *err)
{
    int64_t lda = trans_a ? m : k, ldb = trans_b ? k : n;
    if (c->dtype == MLP_F64)
        return mlp_gemm_f64(trans_a, trans_b, m, n, k, 1, mlp_tensor_data(a), lda, mlp_tensor_data(b), ldb, beta,
                            mlp_tensor_data(c), n, err);
    return mlp_gemm_f32(trans_a, trans_b, m, n, k, 1, mlp_tensor_data(a), lda, mlp_tensor_data(b), ldb, (float)beta,
                        mlp_tensor_data(c), n, err);
}

/* ---- the sum of rows, in their order, for each column: db ---- */

typedef struct columns {
    const void *dy;
    void *db;
    int64_t n, d_out;
} columns;

#define KERNEL_FILE "nn/linear_kernel.h"
#include "base/each_float.h"

static mlp_status bias_gradient(mlp_tensor **out, const mlp_tensor *dy, const sizes *s, mlp_error *err)
{
    mlp_tensor *db = NULL;
    mlp_status st = mlp_tensor_new(&db, dy->dtype, 1, &s->d_out, err);
    if (st) return st;
    columns c = { mlp_tensor_data(dy), mlp_tensor_data(db), s->n, s->d_out };
    int64_t grain = s->n * s->d_out > 65536 ? 128 : s->d_out;
    st = mlp_parallel_for(s->d_out, grain, dy->dtype == MLP_F64 ? sum_rows_f64 : sum_rows_f32, &c, err);
    if (st) mlp_tensor_release(db);
    else *out = db;
    return st;
}

/* Every row of y begins as the bias; the product is then added to it. */
static void fill_rows(mlp_tensor *y, const mlp_tensor *bias, const sizes *s)
{
    size_t bytes = (size_t)s->d_out * mlp_dtype_size(y->dtype);
    char *row = mlp_tensor_data(y);
    const void *b = mlp_tensor_data(bias);
    for (int64_t i = 0; i < s->n; i++, row += bytes) memcpy(row, b, bytes);
}

/* ---- backward ---- */

static mlp_status product(mlp_tensor **out, bool trans_a, int64_t m, int64_t n, int64_t k, const mlp_tensor *a,
                          const mlp_tensor *b, int ndim, const int64_t *shape, mlp_error *err)
{
    mlp_tensor *c = NULL;
    mlp_status st = mlp_tensor_new(&c, a->dtype, ndim, shape, err);
    if (!st) st = gemm(trans_a, false, m, n, k, a, b, 0, c, err);
    if (st) mlp_tensor_release(c);
    else *out = c;
    return st;
}

/* Up to so many rows the gradient of the weight is a product of panels. */
enum { FEW_ROWS = 512 };

/* dy' x: left for later where that is possible, because it is as large as the weight and has few terms. */
static mlp_status weight_gradient(const mlp_node *node, const sizes *s, const mlp_tensor *g, mlp_tensor *x,
                                  mlp_tensor **dw, mlp_error *err)
{
    if (g->dtype != MLP_F32 || s->n > FEW_ROWS)
        return product(dw, true, s->d_out, s->d_in, s->n, g, x, 2, (int64_t[]){ s->d_out, s->d_in }, err);
    mlp_outer *later = NULL;
    mlp_status st = mlp_outer_new(&later, mlp_tensor_data(g), mlp_tensor_data(x), s->n, s->d_out, s->d_in, err);
    if (!st && mlp_node_may_leave(node, 1)) {
        mlp_node_leave(node, 1, later);
        return MLP_OK;
    }
    if (!st) st = mlp_outer_make(dw, later, err);
    mlp_outer_free(later);
    return st;
}

static mlp_status backward(const mlp_node *node, mlp_tensor *dy, mlp_tensor **dx, mlp_error *err)
{
    const sizes *s = mlp_node_context(node);
    mlp_tensor *g = NULL, *x = NULL, *w = NULL;
    mlp_status st = mlp_tensor_contiguous(&g, dy, err);
    if (!st && mlp_node_needs(node, 0)) {
        st = mlp_tensor_contiguous(&w, mlp_node_saved(node, 1), err);
        if (!st) st = product(&dx[0], false, s->n, s->d_in, s->d_out, g, w, s->ndim, s->shape, err);
    }
    if (!st && mlp_node_needs(node, 1)) {
        st = mlp_tensor_contiguous(&x, mlp_node_saved(node, 0), err);
        if (!st) st = weight_gradient(node, s, g, x, &dx[1], err);
    }
    if (!st && mlp_node_needs(node, 2)) st = bias_gradient(&dx[2], g, s, err);
    mlp_tensor_release(w);
    mlp_tensor_release(x);
    mlp_tensor_release(g);
    return st;
}

/* The same of recorded operations. */
static mlp_status again(const mlp_node *node, mlp_tensor *dy, mlp_tensor **dx, mlp_error *err)
{
    const sizes *s = mlp_node_context(node);
    mlp_tensor *x = mlp_node_saved(node, 0), *w = mlp_node_saved(node, 1), *result[3] = { NULL, NULL, NULL };
    mlp_formula f = mlp_formula_begin(err);
    mlp_tensor *g = mlp_f_reshape(&f, dy, 2, (int64_t[]){ s->n, s->d_out });
    if (mlp_node_needs(node, 0)) result[0] = mlp_f_reshape(&f, mlp_f_matmul(&f, g, w), s->ndim, s->shape);
    if (mlp_node_needs(node, 1))
        result[1] =
            mlp_f_matmul(&f, mlp_f_transpose(&f, g, 0, 1), mlp_f_reshape(&f, x, 2, (int64_t[]){ s->n, s->d_in }));
    if (mlp_node_needs(node, 2)) result[2] = mlp_f_along(&f, MLP_SUM, g, 0, false);
    for (int i = 0; i < 3; i++)
        if (!f.status && result[i]) dx[i] = mlp_tensor_retain(result[i]);
    return mlp_formula_end(&f, NULL, NULL);
}

/* ---- checks ---- */

/* Guesses what went wrong from the numbers. */
static mlp_status fail_features(const mlp_tensor *x, int64_t d_in, mlp_error *err)
{
    char shape[MLP_SHAPE_TEXT];
    long long got = x->ndim ? x->shape[x->ndim - 1] : 1, want = d_in;
    long long rest = 1; /* what nn.Flatten would make of it */
    for (int d = 1; d < x->ndim; d++) rest *= x->shape[d];
    mlp_shape_text(shape, x->ndim, x->shape);
    if (x->ndim > 2 && rest == want)
        return mlp_fail(
            err, MLP_ESHAPE,
            "linear expects %lld features and got %lld (input %s): this looks like a batch of pictures, put "
            "nn.Flatten() before the first Linear",
            want, got, shape);
    if (x->ndim == 4)
        return mlp_fail(
            err, MLP_ESHAPE,
            "linear expects %lld features and got %lld (input %s): this looks like a batch of pictures, put "
            "nn.Flatten() before the first Linear and pass in_features = %lld",
            want, got, shape, rest);
    if (x->ndim == 1 && got > want && want > 0 && got % want == 0)
        return mlp_fail(
            err, MLP_ESHAPE,
            "linear expects %lld features and got %lld (input %s): this looks like a batch that was flattened "
            "as a whole: flatten(2) leaves dimension 1, which is the batch",
            want, got, shape);
    const char *more = got * 3 == want ? ", or load the images in colour" : "";
    if (want * 3 == got) more = ", or load the images with one channel";
    return mlp_fail(err, MLP_ESHAPE, "linear expects %lld features and got %lld (input %s): pass in_features = %lld%s",
                    want, got, shape, got, more);
}

static mlp_status check(const mlp_tensor *x, const mlp_tensor *w, const mlp_tensor *b, mlp_error *err)
{
    char got[MLP_SHAPE_TEXT];
    if (w->ndim != 2)
        return mlp_fail(err, MLP_ESHAPE, "linear: the weight is %s, expected out_features x in_features",
                        mlp_shape_text(got, w->ndim, w->shape));
    if (mlp_expect_real(w, "linear", "weight", err)) return MLP_EDTYPE;
    if (x->dtype != w->dtype || (b && b->dtype != w->dtype))
        return mlp_fail(err, MLP_EDTYPE,
                        "linear: the input is %s, the weight %s%s%s: convert the input with :%s(), or the model",
                        mlp_dtype_name(x->dtype), mlp_dtype_name(w->dtype), b ? ", the bias " : "",
                        b ? mlp_dtype_name(b->dtype) : "", w->dtype == MLP_F64 ? "double" : "float");
    if (x->ndim == 0 || x->shape[x->ndim - 1] != w->shape[1]) return fail_features(x, w->shape[1], err);
    if (b && (b->ndim != 1 || b->shape[0] != w->shape[0]))
        return mlp_fail(err, MLP_ESHAPE, "linear: the bias is %s, expected %lld for %lld output features",
                        mlp_shape_text(got, b->ndim, b->shape), (long long)w->shape[0], (long long)w->shape[0]);
    return MLP_OK;
}

mlp_status mlp_linear(mlp_tensor **out, mlp_tensor *x, mlp_tensor *weight, mlp_tensor *bias, mlp_error *err)
{
    static const mlp_op op = { "linear", backward, .again = again };
    mlp_status st = check(x, weight, bias, err);
    if (st) return st;
    mlp_tensor *y = NULL, *cx = NULL, *cw = NULL, *cb = NULL;
    sizes s = { .n = 1, .d_in = weight->shape[1], .d_out = weight->shape[0], .ndim = x->ndim };
    memcpy(s.shape, x->shape, sizeof s.shape);
    int64_t shape[MLP_MAX_DIMS];
    for (int d = 0; d < x->ndim - 1; d++) s.n *= shape[d] = x->shape[d];
    shape[x->ndim - 1] = s.d_out;
    st = mlp_op_contiguous(&cx, x, err);
    if (!st) st = mlp_op_contiguous(&cw, weight, err);
    if (!st && bias) st = mlp_tensor_contiguous(&cb, bias, err);
    if (!st) st = mlp_tensor_new(&y, x->dtype, x->ndim, shape, err);
    if (!st && cb) fill_rows(y, cb, &s);
    if (!st) st = gemm(false, true, s.n, s.d_out, s.d_in, cx, cw, cb ? 1 : 0, y, err);
    if (!st) {
        mlp_tensor *inputs[3] = { cx, cw, bias }, *keep[2] = { cx, cw };
        if (!mlp_requires_grad(weight)) keep[0] = NULL;
        if (!mlp_requires_grad(x)) keep[1] = NULL;
        st = mlp_op_result(out, y, &op, inputs, 3, keep, 2, &s, sizeof s, err);
    } else {
        mlp_tensor_release(y);
    }
    mlp_tensor_release(cb);
    mlp_tensor_release(cw);
    mlp_tensor_release(cx);
    return st;
}

/* ---- the row ---- */

static mlp_status apply(mlp_tensor **out, const mlp_layer *layer, const mlp_layer_call *call, mlp_error *err)
{
    (void)layer;
    return mlp_linear(out, call->input[0], call->weight[0], call->weight[1], err);
}

static const mlp_param params[] = {
    MLP_LAYER_WEIGHT("out_features x in_features"),
    MLP_LAYER_TENSOR("bias", "a number for each output", .required = true, .or_nil = true),
};

static const mlp_param class_params[] = {
    MLP_LAYER_COUNT("in_features", "how many numbers a row of the input has", 0),
    MLP_LAYER_COUNT("out_features", "how many a row of the output has", 0),
    MLP_LAYER_FLAG("bias", "adds a number that is learned to each output"),
    MLP_LAYER_DTYPE,
};

static const mlp_description constructor = { .name = "Linear",
                                             .doc = "y = x W' + b: n x in_features becomes n x out_features.",
                                             MLP_PARAMS(class_params) };

const mlp_layer mlp_linear_layers[] = {
    { .about = { .name = "Linear", .doc = "x weight' + bias: what nn.Linear does.", MLP_PARAMS(params) },
      .constructor = &constructor,
      .function = "linear",
      .inputs = 1,
      .apply = apply },
    { .about = { .name = NULL } },
};
