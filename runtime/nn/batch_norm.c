/* batch_norm.c - each channel is brought to mean 0 and variance 1 over the batch, or by its running statistics.
 *
 * x is (n, C, inner); m = n * inner values per channel. Statistics are f64, summed in a fixed order, one channel at a
 * time, so threads share out channels. */
#include "nn/batch_norm.h"
#include "nn/layer.h"

#include "autograd/formula.h"
#include "base/simd.h"

#include <math.h>
#include <string.h>

enum {
    LANES = 32,  /* sums side by side */
    CHUNK = 512, /* values whose sums are made in their own type; a multiple of LANES */
};

typedef struct layout {
    int64_t n, channels, inner;
} layout;

/* Arrays of one call; what a pass does not use is NULL. */
typedef struct arrays {
    layout at;
    const void *x, *dy, *weight, *bias;
    void *y, *dx, *dweight, *dbias;
    double *mean, *rstd; /* (C); 1 / sqrt(variance + eps) */
    double *variance;    /* (C), biased, of the batch */
    double eps;
    bool batch; /* mean and rstd come from this x, so the gradient flows through them */
    bool relu;
} arrays;

#define KERNEL_FILE "nn/batch_norm_kernel.h"
#include "base/each_float.h"

typedef struct context {
    bool batch, relu;
    double eps;
} context;

static layout layout_of(const mlp_tensor *x)
{
    layout at = { x->shape[0], x->shape[1], 1 };
    for (int d = 2; d < x->ndim; d++) at.inner *= x->shape[d];
    return at;
}

static void *data_or_null(const mlp_tensor *t)
{
    return t ? mlp_tensor_data(t) : NULL;
}

static mlp_status run(const arrays *a, mlp_dtype dtype, mlp_range_fn f32, mlp_range_fn f64, mlp_error *err)
{
    int64_t per_channel = a->at.n * a->at.inner + 1;
    int64_t grain = 1 + 16384 / per_channel;
    if (grain < 16 && a->at.inner == 1) grain = 16; /* neighbouring channels share cache lines */
    return mlp_parallel_for(a->at.channels, grain, dtype == MLP_F64 ? f64 : f32, (void *)a, err);
}

/* ---- backward ---- */

enum { X, WEIGHT, MEAN, RSTD, BIAS, SAVED }; /* the tensors of a node */

static arrays arrays_of(const mlp_node *node)
{
    const context *c = mlp_node_context(node);
    mlp_tensor *x = mlp_node_saved(node, X);
    return (arrays){ .at = layout_of(x),
                     .x = mlp_tensor_data(x),
                     .weight = data_or_null(mlp_node_saved(node, WEIGHT)),
                     .bias = data_or_null(mlp_node_saved(node, BIAS)),
                     .mean = mlp_tensor_data(mlp_node_saved(node, MEAN)),
                     .rstd = mlp_tensor_data(mlp_node_saved(node, RSTD)),
                     .batch = c->batch,
                     .relu = c->relu };
}

static mlp_status backward(const mlp_node *node, mlp_tensor *dy, mlp_tensor **dx, mlp_error *err)
{
    mlp_tensor *x = mlp_node_saved(node, X), *g = NULL, *made[3] = { NULL, NULL, NULL };
    arrays a = arrays_of(node);
    mlp_status st = mlp_gradient_room(&made[0], &g, dy, x->dtype, err);
    for (int i = 1; !st && i < 3; i++) st = mlp_tensor_new(&made[i], x->dtype, 1, &a.at.channels, err);
    if (!st) {
        a.dy = mlp_tensor_data(g), a.dx = mlp_tensor_data(made[0]);
        a.dweight = mlp_tensor_data(made[1]), a.dbias = mlp_tensor_data(made[2]);
        st = run(&a, x->dtype, backward_f32, backward_f64, err);
    }
    for (int i = 0; i < 3; i++) {
        if (!st && mlp_node_needs(node, i)) dx[i] = made[i];
        else mlp_tensor_release(made[i]);
    }
    mlp_tensor_release(g);
    return st;
}

/* ---- the same of recorded operations ---- */

/* A number for each channel, spread over x. */
static mlp_tensor *spread(mlp_formula *f, mlp_tensor *t, const mlp_tensor *x)
{
    int64_t shape[MLP_MAX_DIMS];
    for (int d = 0; d < x->ndim; d++) shape[d] = d == 1 ? x->shape[1] : 1;
    return t ? mlp_f_reshape(f, mlp_f_cast(f, t, x->dtype), x->ndim, shape) : NULL;
}

/* The numbers that forward gave: the formula's may be at the other side of 0, and ReLU would take others. */
static mlp_tensor *given(mlp_formula *f, const mlp_node *node)
{
    mlp_tensor *x = mlp_node_saved(node, X), *y = NULL;
    mlp_status st = mlp_tensor_new(&y, x->dtype, x->ndim, x->shape, f->err);
    if (!st) {
        arrays a = arrays_of(node);
        a.batch = false, a.y = mlp_tensor_data(y); /* by the statistics that there are */
        st = run(&a, x->dtype, forward_f32, forward_f64, f->err);
    }
    if (st) mlp_tensor_release(y);
    return mlp_f_step(f, st, st ? NULL : y);
}

static mlp_status formula(mlp_tensor **out, const mlp_node *node, mlp_error *err)
{
    const context *c = mlp_node_context(node);
    mlp_tensor *x = mlp_node_saved(node, X), *w = mlp_node_saved(node, WEIGHT), *b = mlp_node_saved(node, BIAS);
    mlp_formula f = mlp_formula_begin(err);
    mlp_tensor *centred, *y;
    if (c->batch) {
        int dims[MLP_MAX_DIMS], n = 0;
        for (int d = 0; d < x->ndim; d++)
            if (d != 1) dims[n++] = d;
        centred = mlp_f_binary(&f, MLP_SUB, x, mlp_f_over(&f, MLP_MEAN, x, n, dims, true));
        mlp_tensor *variance = mlp_f_over(&f, MLP_MEAN, mlp_f_unary(&f, MLP_SQUARE, centred), n, dims, true);
        y = mlp_f_binary(&f, MLP_MUL, centred, mlp_f_unary(&f, MLP_RSQRT, mlp_f_number(&f, MLP_ADD, variance, c->eps)));
    } else {
        centred = mlp_f_binary(&f, MLP_SUB, x, spread(&f, mlp_node_saved(node, MEAN), x));
        y = mlp_f_binary(&f, MLP_MUL, centred, spread(&f, mlp_node_saved(node, RSTD), x));
    }
    if (w) y = mlp_f_binary(&f, MLP_MUL, y, spread(&f, w, x));
    if (b) y = mlp_f_binary(&f, MLP_ADD, y, spread(&f, b, x));
    if (c->relu) y = mlp_f_where(&f, mlp_f_number(&f, MLP_LE, given(&f, node), 0), mlp_f_scalar(&f, x->dtype, 0), y);
    return mlp_formula_end(&f, out, y);
}

/* ---- forward ---- */

static mlp_status check_vector(const mlp_tensor *t, const char *what, const mlp_tensor *x, mlp_error *err)
{
    char got[MLP_SHAPE_TEXT], shape[MLP_SHAPE_TEXT];
    if (!t) return MLP_OK;
    if (t->dtype != x->dtype)
        return mlp_fail(err, MLP_EDTYPE, "batch_norm: the input is %s but %s is %s: convert the input or the model",
                        mlp_dtype_name(x->dtype), what, mlp_dtype_name(t->dtype));
    if (t->ndim == 1 && t->shape[0] == x->shape[1] && mlp_tensor_is_contiguous(t)) return MLP_OK;
    if (t->ndim == 1 && mlp_tensor_is_contiguous(t))
        return mlp_fail(err, MLP_ESHAPE,
                        "batch_norm expects %lld features and got %lld (input %s): pass num_features = %lld",
                        (long long)t->shape[0], (long long)x->shape[1], mlp_shape_text(shape, x->ndim, x->shape),
                        (long long)x->shape[1]);
    return mlp_fail(err, MLP_ESHAPE, "batch_norm: %s is %s, expected one contiguous value for each of %lld channels",
                    what, mlp_shape_text(got, t->ndim, t->shape), (long long)x->shape[1]);
}

static mlp_status check(const mlp_tensor *x, const mlp_batch_norm_state *s, bool batch, mlp_error *err)
{
    char shape[MLP_SHAPE_TEXT];
    mlp_shape_text(shape, x->ndim, x->shape);
    if (mlp_expect_real(x, "batch_norm", "input", err)) return MLP_EDTYPE;
    if (x->ndim < 2)
        return mlp_fail(err, MLP_ESHAPE, "batch_norm: the input is %s, expected a batch: rows x features, ...", shape);
    if (!s->running_mean != !s->running_var)
        return mlp_fail(err, MLP_EINVAL, "batch_norm: %s is given without %s: give both or neither",
                        s->running_mean ? "running_mean" : "running_var",
                        s->running_mean ? "running_var" : "running_mean");
    mlp_status st = check_vector(s->running_mean, "running_mean", x, err);
    if (!st) st = check_vector(s->running_var, "running_var", x, err);
    if (!st) st = check_vector(s->weight, "weight", x, err);
    if (!st) st = check_vector(s->bias, "bias", x, err);
    layout at = layout_of(x);
    if (!st && batch && at.n * at.inner <= 1 && at.channels > 0)
        st = mlp_fail(
            err, MLP_ESHAPE,
            "batch_norm: expected more than 1 value per channel when training, got input size %s: batches need "
            "two rows or more; a last one of one row is left out with drop_last = true",
            shape);
    return st;
}

static double value_at(const mlp_tensor *t, int64_t i)
{
    return t->dtype == MLP_F64 ? ((double *)mlp_tensor_data(t))[i] : (double)((float *)mlp_tensor_data(t))[i];
}

static void mix(mlp_tensor *running, double momentum, const double *fresh, double factor)
{
    for (int64_t i = 0; i < running->shape[0]; i++) {
        double v = (1 - momentum) * value_at(running, i) + momentum * fresh[i] * factor;
        if (running->dtype == MLP_F64) ((double *)mlp_tensor_data(running))[i] = v;
        else ((float *)mlp_tensor_data(running))[i] = (float)v;
    }
    mlp_tensor_touch(running);
}

static void use_running(arrays *a, const mlp_batch_norm_state *s)
{
    for (int64_t i = 0; i < a->at.channels; i++) {
        a->mean[i] = value_at(s->running_mean, i);
        a->rstd[i] = 1 / sqrt(value_at(s->running_var, i) + s->eps);
    }
}

/* y, and mean and rstd for backward, into fresh tensors. */
static mlp_status forward(mlp_tensor *y, mlp_tensor *x, mlp_tensor *mean, mlp_tensor *rstd,
                          const mlp_batch_norm_state *s, bool batch, mlp_error *err)
{
    arrays a = { .at = layout_of(x), .batch = batch, .relu = s->relu, .eps = s->eps };
    mlp_tensor *variance = NULL;
    mlp_status st = mlp_tensor_new(&variance, MLP_F64, 1, &a.at.channels, err);
    if (st) return st;
    a.x = mlp_tensor_data(x), a.y = mlp_tensor_data(y), a.mean = mlp_tensor_data(mean), a.rstd = mlp_tensor_data(rstd);
    a.weight = data_or_null(s->weight), a.bias = data_or_null(s->bias), a.variance = mlp_tensor_data(variance);
    if (!batch) use_running(&a, s);
    st = run(&a, x->dtype, forward_f32, forward_f64, err);
    if (!st && batch && s->training && s->running_mean) {
        double m = (double)(a.at.n * a.at.inner);
        mix(s->running_mean, s->momentum, a.mean, 1);
        mix(s->running_var, s->momentum, a.variance, m / (m - 1));
    }
    mlp_tensor_release(variance);
    return st;
}

mlp_status mlp_batch_norm(mlp_tensor **out, mlp_tensor *x, const mlp_batch_norm_state *state, mlp_error *err)
{
    static const mlp_op op = { "batch_norm", backward, .formula = formula };
    static const mlp_op with_relu = { "batch_norm and relu", backward, .formula = formula };
    context c = { .batch = state->training || !state->running_mean, .relu = state->relu, .eps = state->eps };
    mlp_status st = check(x, state, c.batch, err);
    if (st) return st;
    mlp_tensor *cx = NULL, *y = NULL, *mean = NULL, *rstd = NULL;
    st = mlp_op_contiguous(&cx, x, err);
    if (!st) st = mlp_tensor_new(&y, x->dtype, x->ndim, x->shape, err);
    if (!st) st = mlp_tensor_new(&mean, MLP_F64, 1, &x->shape[1], err);
    if (!st) st = mlp_tensor_new(&rstd, MLP_F64, 1, &x->shape[1], err);
    if (!st) st = forward(y, cx, mean, rstd, state, c.batch, err);
    if (!st) {
        mlp_tensor *inputs[3] = { cx, state->weight, state->bias };
        mlp_tensor *keep[SAVED] = {
            [X] = cx, [WEIGHT] = state->weight, [MEAN] = mean, [RSTD] = rstd, [BIAS] = state->bias
        };
        st = mlp_op_result(out, y, c.relu ? &with_relu : &op, inputs, 3, keep, SAVED, &c, sizeof c, err);
    } else {
        mlp_tensor_release(y);
    }
    mlp_tensor_release(rstd);
    mlp_tensor_release(mean);
    mlp_tensor_release(cx);
    return st;
}

/* ---- the rows ---- */

enum { TRAINING = 4, MOMENTUM, EPS, ACTIVATION };

static mlp_status apply(mlp_tensor **out, const mlp_layer *layer, const mlp_layer_call *call, mlp_error *err)
{
    (void)layer;
    mlp_batch_norm_state s = {
        .running_mean = call->weight[0],
        .running_var = call->weight[1],
        .weight = call->weight[2],
        .bias = call->weight[3],
        .training = call->values[TRAINING].number[0] != 0,
        .momentum = call->values[MOMENTUM].number[0],
        .eps = call->values[EPS].number[0],
        .relu = call->values[ACTIVATION].number[0] == MLP_ACTIVATION_RELU,
    };
    return mlp_batch_norm(out, call->input[0], &s, err);
}

/* clang-format off */
#define MOMENTUM_PARAM(says, ...)                                                                                      \
    { .name = "momentum", .doc = (says), .high = 1, .fallback = MLP_VALUE(0.1), __VA_ARGS__ }
/* clang-format on */

static const mlp_param params[] = {
    MLP_LAYER_TENSOR("running_mean", "of each channel", .required = true, .or_nil = true),
    MLP_LAYER_TENSOR("running_var", "of each channel", .required = true, .or_nil = true),
    MLP_LAYER_TENSOR("weight", "of each channel; the result is multiplied by it", .required = false),
    MLP_LAYER_TENSOR("bias", "of each channel; it is added", .required = false),
    [TRAINING] = { .name = "training",
                   .doc = "the batch's own statistics are used, and mixed into the running ones",
                   .kind = MLP_PARAM_BOOL,
                   .fallback = MLP_VALUE(false) },
    [MOMENTUM] = MOMENTUM_PARAM("the share of the batch in the running statistics", .or_false = false),
    [EPS] = MLP_LAYER_EPS,
    [ACTIVATION] = MLP_LAYER_ACTIVATION,
};

static const mlp_param class_params[] = {
    MLP_LAYER_COUNT("num_features", "how many channels the input has", 0),
    MLP_LAYER_EPS,
    MOMENTUM_PARAM("the share of a batch in the running statistics; false: they are the mean of all batches",
                   .or_false = true),
    MLP_LAYER_FLAG("affine", "scales and shifts by weights that are learned"),
    MLP_LAYER_FLAG("track_running_stats", "keeps the statistics that evaluation uses"),
    MLP_LAYER_DTYPE,
};

static const mlp_description of_rows = {
    .name = "BatchNorm1d",
    .doc = "Each feature of the batch gets mean 0 and variance 1, then weight and bias: n x c or n x c x length.",
    MLP_PARAMS(class_params)
};
static const mlp_description of_pictures = { .name = "BatchNorm2d",
                                             .doc = "As BatchNorm1d, for each channel of n x c x height x width.",
                                             MLP_PARAMS(class_params) };

/* One function for both. */
#define ROW(class, made)                                                                                               \
    {                                                                                                                  \
        .about = { .name = (class), .doc = "What nn.BatchNorm1d and nn.BatchNorm2d do.", MLP_PARAMS(params) },         \
        .constructor = (made), .function = "batch_norm", .inputs = 1, .apply = apply                                   \
    }

const mlp_layer mlp_batch_norm_layers[] = {
    ROW("BatchNorm1d", &of_rows),
    ROW("BatchNorm2d", &of_pictures),
    { .about = { .name = NULL } },
};
