/* softmax.c - softmax and its logarithm along one dimension. Rows are computed in f64 and rounded once. */
#include "nn/softmax.h"

#include "autograd/formula.h"
#include "nn/layer.h"

#include <math.h>

/* x as (outer, n, inner): a row runs over the middle. */
typedef struct rows {
    const void *x, *dy; /* in backward x is the result of the forward pass */
    void *out;
    int64_t n, inner;
    bool log;
} rows;

#define KERNEL_FILE "nn/softmax_kernel.h"
#include "base/each_float.h"

typedef struct context {
    int dim;
    bool log;
} context;

static mlp_status run(mlp_tensor **out, const mlp_tensor *x, const mlp_tensor *dy, const context *c, mlp_error *err)
{
    mlp_tensor *result = NULL;
    mlp_status st = mlp_tensor_new(&result, x->dtype, x->ndim, x->shape, err);
    if (st) return st;
    rows r = { mlp_tensor_data(x), dy ? mlp_tensor_data(dy) : NULL, mlp_tensor_data(result), 1, 1, c->log };
    int64_t outer = 1;
    for (int d = 0; d < x->ndim; d++) {
        if (d < c->dim) outer *= x->shape[d];
        else if (d == c->dim) r.n = x->shape[d];
        else r.inner *= x->shape[d];
    }
    bool wide = x->dtype == MLP_F64;
    mlp_range_fn fn = dy ? (wide ? backward_f64 : backward_f32) : (wide ? forward_f64 : forward_f32);
    st = mlp_parallel_for(outer * r.inner, 1 + 8192 / (r.n + 1), fn, &r, err);
    if (st) mlp_tensor_release(result);
    else *out = result;
    return st;
}

static mlp_status backward(const mlp_node *node, mlp_tensor *dy, mlp_tensor **dx, mlp_error *err)
{
    mlp_tensor *g = NULL;
    mlp_status st = mlp_tensor_contiguous(&g, dy, err);
    if (!st) st = run(&dx[0], mlp_node_saved(node, 0), g, mlp_node_context(node), err);
    mlp_tensor_release(g);
    return st;
}

/* y (dy - sum(y dy)), or dy - exp(y) sum(dy) */
static mlp_status again(const mlp_node *node, mlp_tensor *dy, mlp_tensor **dx, mlp_error *err)
{
    const context *c = mlp_node_context(node);
    mlp_tensor *y = mlp_node_saved(node, 0);
    mlp_formula f = mlp_formula_begin(err);
    if (y->ndim == 0) return mlp_formula_end(&f, &dx[0], mlp_f_number(&f, MLP_MUL, dy, 0));
    mlp_tensor *share = c->log ? mlp_f_unary(&f, MLP_EXP, y) : y;
    mlp_tensor *sum = mlp_f_along(&f, MLP_SUM, c->log ? dy : mlp_f_binary(&f, MLP_MUL, y, dy), c->dim, true);
    mlp_tensor *result = c->log ? mlp_f_binary(&f, MLP_SUB, dy, mlp_f_binary(&f, MLP_MUL, share, sum))
                                : mlp_f_binary(&f, MLP_MUL, share, mlp_f_binary(&f, MLP_SUB, dy, sum));
    return mlp_formula_end(&f, &dx[0], result);
}

static mlp_status softmax(mlp_tensor **out, mlp_tensor *x, int dim, const mlp_op *op, bool log, mlp_error *err)
{
    char shape[MLP_SHAPE_TEXT];
    int range = x->ndim ? x->ndim : 1;
    if (mlp_expect_real(x, op->name, "input", err)) return MLP_EDTYPE;
    if (dim < -range || dim >= range)
        return mlp_fail(err, MLP_EINDEX, "%s: dimension %d is out of range for a tensor of %s", op->name,
                        mlp_nth_dim(dim), mlp_shape_text(shape, x->ndim, x->shape));
    context c = { dim < 0 ? dim + range : dim, log };
    mlp_tensor *cx = NULL, *y = NULL;
    mlp_status st = mlp_tensor_contiguous(&cx, x, err);
    if (!st) st = run(&y, cx, NULL, &c, err);
    mlp_tensor_release(cx);
    return st ? st : mlp_op_result(out, y, op, &x, 1, &y, 1, &c, sizeof c, err);
}

mlp_status mlp_softmax(mlp_tensor **out, mlp_tensor *x, int dim, mlp_error *err)
{
    static const mlp_op op = { "softmax", backward, .again = again };
    return softmax(out, x, dim, &op, false, err);
}

mlp_status mlp_log_softmax(mlp_tensor **out, mlp_tensor *x, int dim, mlp_error *err)
{
    static const mlp_op op = { "log_softmax", backward, .again = again };
    return softmax(out, x, dim, &op, true, err);
}

/* ---- their rows ---- */

static const mlp_param params[] = {
    { .name = "dim",
      .doc = "along it the shares sum to 1",
      .kind = MLP_PARAM_DIM,
      .required = true,
      .low = -MLP_MAX_DIMS,
      .high = MLP_MAX_DIMS - 1 },
};

static mlp_status softmax_row(mlp_tensor **out, const mlp_layer *layer, const mlp_layer_call *call, mlp_error *err)
{
    (void)layer;
    return mlp_softmax(out, call->input[0], (int)call->values[0].number[0], err);
}

static mlp_status log_softmax_row(mlp_tensor **out, const mlp_layer *layer, const mlp_layer_call *call, mlp_error *err)
{
    (void)layer;
    return mlp_log_softmax(out, call->input[0], (int)call->values[0].number[0], err);
}

const mlp_layer mlp_softmax_layers[] = {
    { .about = { .name = "Softmax",
                 .doc = "exp(x) divided by its sum along a dimension. nn.CrossEntropyLoss has it built in.",
                 MLP_PARAMS(params) },
      .function = "softmax",
      .inputs = 1,
      .apply = softmax_row },
    { .about = { .name = "LogSoftmax",
                 .doc = "The logarithm of softmax, computed without overflow.",
                 MLP_PARAMS(params) },
      .function = "log_softmax",
      .inputs = 1,
      .apply = log_softmax_row },
    { .about = { .name = NULL } },
};
