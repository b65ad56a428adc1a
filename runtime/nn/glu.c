/* glu.c - gated linear unit: x is halved along a dimension, and the second half, through a sigmoid, decides how much of
 * the first one passes. */
#include "autograd/formula.h"
#include "nn/layer.h"

#include <math.h>

typedef struct arrays {
    const void *x, *dy;
    void *y, *dx;
    int64_t half; /* elements of a half, from the dimension on */
} arrays;

#define KERNEL_FILE "nn/glu_kernel.h"
#include "base/each_float.h"

/* Runs the pass over x, whose dimension `dim` is halved. */
static mlp_status run(arrays *s, const mlp_tensor *x, int dim, mlp_range_fn f32, mlp_range_fn f64, mlp_error *err)
{
    int64_t blocks = 1;
    for (int d = 0; d < dim; d++) blocks *= x->shape[d];
    s->half = 1;
    for (int d = dim; d < x->ndim; d++) s->half *= x->shape[d];
    s->half /= 2;
    s->x = mlp_tensor_data(x);
    return mlp_parallel_for(blocks, 1 + 8192 / (s->half + 1), x->dtype == MLP_F64 ? f64 : f32, s, err);
}

static mlp_status backward(const mlp_node *node, mlp_tensor *dy, mlp_tensor **dx, mlp_error *err)
{
    const int *dim = mlp_node_context(node);
    const mlp_tensor *x = mlp_node_saved(node, 0);
    mlp_tensor *g = NULL, *made = NULL;
    mlp_status st = mlp_tensor_contiguous(&g, dy, err);
    if (!st) st = mlp_tensor_new(&made, x->dtype, x->ndim, x->shape, err);
    if (!st) {
        arrays s = { .dy = mlp_tensor_data(g), .dx = mlp_tensor_data(made) };
        st = run(&s, x, *dim, backward_f32, backward_f64, err);
    }
    if (st) mlp_tensor_release(made);
    else dx[0] = made;
    mlp_tensor_release(g);
    return st;
}

static mlp_status formula(mlp_tensor **out, const mlp_node *node, mlp_error *err)
{
    int dim = *(const int *)mlp_node_context(node);
    mlp_tensor *x = mlp_node_saved(node, 0);
    int64_t half = x->shape[dim] / 2;
    mlp_formula f = mlp_formula_begin(err);
    mlp_tensor *gate = mlp_f_sigmoid(&f, mlp_f_narrow(&f, x, dim, half, half));
    return mlp_formula_end(&f, out, mlp_f_binary(&f, MLP_MUL, mlp_f_narrow(&f, x, dim, 0, half), gate));
}

/* dim: counted from the front on return. */
static mlp_status check(const mlp_tensor *x, int *dim, mlp_error *err)
{
    char shape[MLP_SHAPE_TEXT];
    int d = *dim < 0 ? *dim + x->ndim : *dim;
    mlp_shape_text(shape, x->ndim, x->shape);
    if (mlp_expect_real(x, "glu", "input", err)) return MLP_EDTYPE;
    if (d < 0 || d >= x->ndim)
        return mlp_fail(err, MLP_EINDEX, "glu: dimension %d is out of range for a tensor of %s", mlp_nth_dim(*dim),
                        shape);
    if (x->shape[d] % 2 != 0)
        return mlp_fail(err, MLP_ESHAPE, "glu: dimension %d of the input %s is %lld, expected an even size to halve",
                        mlp_nth_dim(d), shape, (long long)x->shape[d]);
    *dim = d;
    return MLP_OK;
}

static mlp_status apply(mlp_tensor **out, const mlp_layer *layer, const mlp_layer_call *call, mlp_error *err)
{
    static const mlp_op op = { "glu", backward, .formula = formula };
    (void)layer;
    mlp_tensor *x = call->input[0], *cx = NULL, *y = NULL;
    int dim = (int)call->values[0].number[0];
    int64_t shape[MLP_MAX_DIMS];
    mlp_status st = check(x, &dim, err);
    if (!st) st = mlp_op_contiguous(&cx, x, err);
    for (int d = 0; !st && d < x->ndim; d++) shape[d] = d == dim ? x->shape[d] / 2 : x->shape[d];
    if (!st) st = mlp_tensor_new(&y, x->dtype, x->ndim, shape, err);
    if (!st) {
        arrays s = { .y = mlp_tensor_data(y) };
        st = run(&s, cx, dim, forward_f32, forward_f64, err);
    }
    if (!st) st = mlp_op_result(out, y, &op, &cx, 1, &cx, 1, &dim, sizeof dim, err);
    else mlp_tensor_release(y);
    mlp_tensor_release(cx);
    return st;
}

static const mlp_param params[] = {
    { .name = "dim",
      .doc = "which is halved",
      .kind = MLP_PARAM_DIM,
      .required = true,
      .low = -MLP_MAX_DIMS,
      .high = MLP_MAX_DIMS - 1,
      .fallback = MLP_VALUE(-1) },
};

const mlp_layer mlp_glu_layers[] = {
    { .about = { .name = "GLU",
                 .doc = "The first half along dim, times the sigmoid of the second.",
                 MLP_PARAMS(params) },
      .function = "glu",
      .inputs = 1,
      .apply = apply },
    { .about = { .name = NULL } },
};
