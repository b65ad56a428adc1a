/* layer_norm.c - x as rows of d values. Statistics are f64, summed in the order of memory; rows are shared out to
 * threads, and columns for the gradients of weight and bias. */
#include "nn/layer_norm.h"

#include "autograd/formula.h"
#include "nn/layer.h"

#include <math.h>

enum { COLUMNS = 64 }; /* summed together */

/* Arrays of one call; what a pass does not use is NULL. */
typedef struct arrays {
    int64_t rows, d;
    const void *x, *dy, *weight, *bias;
    void *y, *dx, *dweight, *dbias;
    double *mean, *rstd; /* (rows); 1 / sqrt(variance + eps) */
    double eps;
} arrays;

#define KERNEL_FILE "nn/layer_norm_kernel.h"
#include "base/each_float.h"

typedef struct context {
    int ndim; /* that are normalised */
    double eps;
} context;

static void *data_or_null(const mlp_tensor *t)
{
    return t ? mlp_tensor_data(t) : NULL;
}

static arrays arrays_of(const mlp_tensor *x, int ndim)
{
    arrays a = { .rows = 1, .d = 1, .x = mlp_tensor_data(x) };
    for (int d = 0; d < x->ndim; d++) *(d < x->ndim - ndim ? &a.rows : &a.d) *= x->shape[d];
    return a;
}

static mlp_status run_rows(arrays *a, mlp_dtype dtype, mlp_range_fn f32, mlp_range_fn f64, mlp_error *err)
{
    return mlp_parallel_for(a->rows, 1 + 16384 / (a->d + 1), dtype == MLP_F64 ? f64 : f32, a, err);
}

static mlp_status run_columns(arrays *a, mlp_dtype dtype, mlp_error *err)
{
    int64_t blocks = (a->d + COLUMNS - 1) / COLUMNS;
    return mlp_parallel_for(blocks, 1 + 16384 / (COLUMNS * a->rows + 1), dtype == MLP_F64 ? affine_f64 : affine_f32, a,
                            err);
}

static mlp_status backward(const mlp_node *node, mlp_tensor *dy, mlp_tensor **dx, mlp_error *err)
{
    const context *c = mlp_node_context(node);
    mlp_tensor *x = mlp_node_saved(node, 0), *g = NULL, *w = NULL, *made[3] = { NULL, NULL, NULL };
    arrays a = arrays_of(x, c->ndim);
    mlp_status st = mlp_tensor_contiguous(&g, dy, err);
    if (!st && mlp_node_saved(node, 1)) st = mlp_tensor_contiguous(&w, mlp_node_saved(node, 1), err);
    for (int i = 0; !st && i < 3; i++) {
        int ndim = i ? c->ndim : x->ndim;
        if (mlp_node_needs(node, i)) st = mlp_tensor_new(&made[i], x->dtype, ndim, x->shape + (x->ndim - ndim), err);
    }
    if (!st) {
        a.dy = mlp_tensor_data(g), a.weight = data_or_null(w);
        a.dx = data_or_null(made[0]), a.dweight = data_or_null(made[1]), a.dbias = data_or_null(made[2]);
        a.mean = mlp_tensor_data(mlp_node_saved(node, 2)), a.rstd = mlp_tensor_data(mlp_node_saved(node, 3));
        if (made[0]) st = run_rows(&a, x->dtype, backward_f32, backward_f64, err);
        if (!st && (made[1] || made[2])) st = run_columns(&a, x->dtype, err);
    }
    for (int i = 0; i < 3; i++) {
        if (st) mlp_tensor_release(made[i]);
        else dx[i] = made[i];
    }
    mlp_tensor_release(w);
    mlp_tensor_release(g);
    return st;
}

static mlp_status formula(mlp_tensor **out, const mlp_node *node, mlp_error *err)
{
    const context *c = mlp_node_context(node);
    mlp_tensor *x = mlp_node_saved(node, 0), *w = mlp_node_saved(node, 1), *b = mlp_node_saved(node, 4);
    int dims[MLP_MAX_DIMS];
    for (int d = 0; d < c->ndim; d++) dims[d] = x->ndim - c->ndim + d;
    mlp_formula f = mlp_formula_begin(err);
    mlp_tensor *centred = mlp_f_binary(&f, MLP_SUB, x, mlp_f_over(&f, MLP_MEAN, x, c->ndim, dims, true));
    mlp_tensor *variance = mlp_f_over(&f, MLP_MEAN, mlp_f_unary(&f, MLP_SQUARE, centred), c->ndim, dims, true);
    mlp_tensor *y =
        mlp_f_binary(&f, MLP_MUL, centred, mlp_f_unary(&f, MLP_RSQRT, mlp_f_number(&f, MLP_ADD, variance, c->eps)));
    if (w) y = mlp_f_binary(&f, MLP_MUL, y, w);
    if (b) y = mlp_f_binary(&f, MLP_ADD, y, b);
    return mlp_formula_end(&f, out, y);
}

static bool ends_with(const mlp_tensor *t, int ndim, const int64_t *shape)
{
    bool same = t->ndim >= ndim;
    for (int d = 0; same && d < ndim; d++) same = t->shape[t->ndim - ndim + d] == shape[d];
    return same;
}

static mlp_status check_affine(const mlp_tensor *t, const char *what, const mlp_tensor *x, int ndim,
                               const int64_t *shape, mlp_error *err)
{
    char got[MLP_SHAPE_TEXT], want[MLP_SHAPE_TEXT];
    if (!t) return MLP_OK;
    if (t->dtype != x->dtype)
        return mlp_fail(err, MLP_EDTYPE, "layer_norm: the input is %s but %s is %s: convert the input or the model",
                        mlp_dtype_name(x->dtype), what, mlp_dtype_name(t->dtype));
    if (t->ndim == ndim && ends_with(t, ndim, shape)) return MLP_OK;
    return mlp_fail(err, MLP_ESHAPE, "layer_norm: %s is %s, expected normalized_shape, %s", what,
                    mlp_shape_text(got, t->ndim, t->shape), mlp_shape_text(want, ndim, shape));
}

static mlp_status check(const mlp_tensor *x, int ndim, const int64_t *shape, const mlp_tensor *weight,
                        const mlp_tensor *bias, mlp_error *err)
{
    char got[MLP_SHAPE_TEXT], want[MLP_SHAPE_TEXT];
    if (ndim < 1) return mlp_fail(err, MLP_ESHAPE, "layer_norm: normalized_shape is empty, expected at least one size");
    if (mlp_expect_real(x, "layer_norm", "input", err)) return MLP_EDTYPE;
    if (!ends_with(x, ndim, shape))
        return mlp_fail(err, MLP_ESHAPE,
                        "layer_norm: normalized_shape is %s, and the input is %s: its last sizes must be those",
                        mlp_shape_text(want, ndim, shape), mlp_shape_text(got, x->ndim, x->shape));
    mlp_status st = check_affine(weight, "weight", x, ndim, shape, err);
    return st ? st : check_affine(bias, "bias", x, ndim, shape, err);
}

mlp_status mlp_layer_norm(mlp_tensor **out, mlp_tensor *x, int ndim, const int64_t *shape, mlp_tensor *weight,
                          mlp_tensor *bias, double eps, mlp_error *err)
{
    static const mlp_op op = { "layer_norm", backward, .formula = formula };
    context c = { ndim, eps };
    mlp_tensor *cx = NULL, *w = NULL, *b = NULL, *y = NULL, *mean = NULL, *rstd = NULL;
    mlp_status st = check(x, ndim, shape, weight, bias, err);
    if (!st) st = mlp_op_contiguous(&cx, x, err);
    if (!st && weight) st = mlp_tensor_contiguous(&w, weight, err);
    if (!st && bias) st = mlp_tensor_contiguous(&b, bias, err);
    if (!st) {
        arrays a = arrays_of(cx, ndim);
        st = mlp_tensor_new(&y, x->dtype, x->ndim, x->shape, err);
        if (!st) st = mlp_tensor_new(&mean, MLP_F64, 1, &a.rows, err);
        if (!st) st = mlp_tensor_new(&rstd, MLP_F64, 1, &a.rows, err);
        if (!st) {
            a.y = mlp_tensor_data(y), a.weight = data_or_null(w), a.bias = data_or_null(b), a.eps = eps;
            a.mean = mlp_tensor_data(mean), a.rstd = mlp_tensor_data(rstd);
            st = run_rows(&a, x->dtype, forward_f32, forward_f64, err);
        }
    }
    if (!st) {
        mlp_tensor *inputs[3] = { cx, weight, bias }, *keep[5] = { cx, weight, mean, rstd, bias };
        st = mlp_op_result(out, y, &op, inputs, 3, keep, 5, &c, sizeof c, err);
    } else {
        mlp_tensor_release(y);
    }
    mlp_tensor_release(rstd);
    mlp_tensor_release(mean);
    mlp_tensor_release(b);
    mlp_tensor_release(w);
    mlp_tensor_release(cx);
    return st;
}

/* ---- the row ---- */

enum { EPS = 3 };

static mlp_status apply(mlp_tensor **out, const mlp_layer *layer, const mlp_layer_call *call, mlp_error *err)
{
    (void)layer;
    const mlp_value *sizes = &call->values[0];
    int64_t shape[MLP_VALUE_NUMBERS];
    for (int d = 0; d < sizes->count; d++) shape[d] = (int64_t)sizes->number[d];
    return mlp_layer_norm(out, call->input[0], sizes->count, shape, call->weight[0], call->weight[1],
                          call->values[EPS].number[0], err);
}

/* clang-format off */
#define SHAPE_PARAM                                                                                                    \
    { .name = "normalized_shape", .doc = "the last sizes of the input", .kind = MLP_PARAM_SIZES, .low = 1,             \
      .high = INFINITY, .required = true }
/* clang-format on */

static const mlp_param params[] = {
    SHAPE_PARAM,
    MLP_LAYER_TENSOR("weight", "of that shape; the result is multiplied by it", .required = false),
    MLP_LAYER_TENSOR("bias", "of that shape; it is added", .required = false),
    [EPS] = MLP_LAYER_EPS,
};

static const mlp_param class_params[] = {
    SHAPE_PARAM,
    MLP_LAYER_EPS,
    MLP_LAYER_FLAG("elementwise_affine", "scales by a weight that is learned"),
    MLP_LAYER_FLAG("bias", "adds one that is learned, where there is a weight"),
    MLP_LAYER_DTYPE,
};

static const mlp_description constructor = {
    .name = "LayerNorm",
    .doc = "Brings the last dimensions to mean 0 and variance 1 together, in training and in evaluation.",
    MLP_PARAMS(class_params)
};

const mlp_layer mlp_layer_norm_layers[] = {
    { .about = { .name = "LayerNorm", .doc = "What nn.LayerNorm does.", MLP_PARAMS(params) },
      .constructor = &constructor,
      .function = "layer_norm",
      .inputs = 1,
      .apply = apply },
    { .about = { .name = NULL } },
};
