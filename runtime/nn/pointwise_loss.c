/* pointwise_loss.c - a table of losses with their derivatives by both sides, and the loops that every row of it
 * becomes. */
#include "autograd/formula.h"
#include "nn/layer.h"
#include "nn/reduction.h"

#include <math.h>
#include <stdlib.h>

enum { GRAIN = 16384 };

static double sign(double v)
{
    return (v > 0) - (v < 0) + (v == v ? 0 : v);
}

static double log_sigmoid(double v)
{
    return fmin(v, 0) - log1p(exp(-fabs(v)));
}

/* Binary cross entropy of a probability of 0 stays finite. NaN stays NaN. */
static double cut(double logarithm)
{
    return logarithm < -100 ? -100 : logarithm;
}

static double x_log_x(double v)
{
    return v == 0 ? 0 : v * log(v);
}

#define LOGITS_SCALE (1 + (p - 1) * t)

/* ---- parameters ---- */

enum { REDUCTION, A /* beta, delta, log_target */ };

static const char *const batch_reductions[] = { "mean", "sum", "none", "batchmean", NULL }; /* as enum mlp_reduction */
static const mlp_param plain[] = { MLP_PARAM_REDUCTION };
static const mlp_param with_beta[] = {
    MLP_PARAM_REDUCTION,
    { .name = "beta",
      .doc = "below it the loss is quadratic",
      .kind = MLP_PARAM_FLOAT,
      .high = INFINITY,
      .fallback = MLP_VALUE(1) },
};
static const mlp_param with_delta[] = {
    MLP_PARAM_REDUCTION,
    { .name = "delta",
      .doc = "below it the loss is quadratic",
      .kind = MLP_PARAM_FLOAT,
      .low_open = true,
      .high = INFINITY,
      .fallback = MLP_VALUE(1) },
};
static const mlp_param with_margin[] = {
    MLP_PARAM_REDUCTION,
    { .name = "margin",
      .doc = "how large x should be for a target of -1",
      .kind = MLP_PARAM_FLOAT,
      .low = -INFINITY,
      .high = INFINITY,
      .fallback = MLP_VALUE(1) },
};
static const mlp_param with_weight[] = { MLP_PARAM_REDUCTION, MLP_PARAM_ELEMENT_WEIGHT };
static const mlp_param with_weights[] = {
    MLP_PARAM_REDUCTION,
    MLP_PARAM_ELEMENT_WEIGHT,
    { .name = "pos_weight",
      .doc = "of positive targets, broadcasts to the input: above 1 for better recall",
      .kind = MLP_PARAM_TENSOR },
};
static const mlp_param divergence[] = {
    { .name = "reduction",
      .doc = "of the elements' losses; batchmean: the sum divided by the first size",
      .kind = MLP_PARAM_CHOICE,
      .choices = batch_reductions,
      .fallback = MLP_VALUE(MLP_MEAN_OF_ROWS) },
    { .name = "log_target",
      .doc = "the target is log-probabilities, as the input",
      .kind = MLP_PARAM_BOOL,
      .fallback = MLP_VALUE(false) },
};

/* Each row: function, class, what it says of itself, parameters, the loss, and its derivatives by the input x and by
 * the target t. d: x - t, a: the parameter, p: the weight of the positive part. A new loss is a row here. */
/* clang-format off */
#define LOSSES(ROW)                                                                                                    \
    ROW(mse_loss, "MSELoss",                                                                                           \
        "The mean of squared differences.", plain,                                                                     \
        d * d,                                                                                                         \
        2 * d,                                                                                                         \
        -2 * d)                                                                                                        \
    ROW(l1_loss, "L1Loss",                                                                                             \
        "The mean of absolute differences.", plain,                                                                    \
        fabs(d),                                                                                                       \
        sign(d),                                                                                                       \
        -sign(d))                                                                                                      \
    ROW(smooth_l1_loss, "SmoothL1Loss", "Squared below beta, absolute above.", with_beta,                              \
        fabs(d) < a ? d * d / (2 * a) : fabs(d) - a / 2,                                                               \
        fabs(d) < a ?  d / a :  sign(d),                                                                               \
        fabs(d) < a ? -d / a : -sign(d))                                                                               \
    ROW(huber_loss, "HuberLoss", "Squared below delta, delta times absolute above.", with_delta,                       \
        fabs(d) < a ? d * d / 2 : a * (fabs(d) - a / 2),                                                               \
        fabs(d) < a ?  d :  a * sign(d),                                                                               \
        fabs(d) < a ? -d : -a * sign(d))                                                                               \
    ROW(binary_cross_entropy, "BCELoss", "Binary cross entropy of probabilities.", with_weight,                        \
        -(t * cut(log(x)) + (1 - t) * cut(log1p(-x))),                                                                 \
        d / fmax(x * (1 - x), (double)1e-12f),                                                                         \
        cut(log1p(-x)) - cut(log(x)))                                                                                  \
    ROW(binary_cross_entropy_with_logits, "BCEWithLogitsLoss",                                                         \
        "Binary cross entropy of scores, with the sigmoid built in.", with_weights,                                    \
        (1 - t) * x - LOGITS_SCALE * log_sigmoid(x),                                                                   \
        1 - t - LOGITS_SCALE / (1 + exp(x)),                                                                           \
        -x - (p - 1) * log_sigmoid(x))                                                                                 \
    ROW(hinge_embedding_loss, "HingeEmbeddingLoss",                                                                    \
        "The input where the target is 1, max(0, margin - input) where it is -1.", with_margin,                        \
        (t != 1 ? fmax(a - x, 0) : 0) + (t != -1 ? x : 0),                                                             \
        (t != 1 && x <= a ? -1 : 0) + (t != -1 ? 1 : 0),                                                                \
        0)                                                                                                             \
    ROW(kl_div, "KLDivLoss",                                                                                           \
        "The Kullback-Leibler divergence of log-probabilities from a target.", divergence,                             \
        x_log_x(t) - t * x,                                                                                            \
        -t,                                                                                                            \
        t > 0 ? log(t) + 1 - x : 0)
/* What kl_div is for its log_target. */
#define OTHER(ROW)                                                                                                     \
    ROW(kl_div_log, , , ,                                                                                              \
        exp(t) * -d,                                                                                                   \
        -exp(t),                                                                                                       \
        exp(t) * (1 - d))
/* clang-format on */

#define INDEX(fn, ...) K_##fn,
enum { LOSSES(INDEX) OTHER(INDEX) KERNELS };

typedef struct context {
    int kernel;
    bool each;    /* no reduction */
    double scale; /* of the sum */
    double a;
} context;

/* Arrays of one call; what a pass does not use is NULL. */
typedef struct arrays {
    const context *c;
    const void *x, *t, *weight, *p, *dy;
    void *each, *dx, *dt;
    double *sums; /* one per block of GRAIN elements */
} arrays;

/* Both loops read the same; STORE is what they make of an element. */
#define LOOP(name, R, before, store, after)                                                                            \
    static void name(void *argument, int64_t begin, int64_t end)                                                       \
    {                                                                                                                  \
        const arrays *s = argument;                                                                                    \
        const double a = s->c->a;                                                                                      \
        (void)a;                                                                                                       \
        before;                                                                                                        \
        for (int64_t i = begin; i < end; i++) {                                                                        \
            const double x = (double)((const R *)s->x)[i], t = (double)((const R *)s->t)[i], d = x - t;                \
            const double w = s->weight ? (double)((const R *)s->weight)[i] : 1;                                        \
            const double p = s->p ? (double)((const R *)s->p)[i] : 1;                                                  \
            (void)d, (void)p;                                                                                          \
            store;                                                                                                     \
        }                                                                                                              \
        after;                                                                                                         \
    }
#define FORWARD(name, R, loss)                                                                                         \
    LOOP(                                                                                                              \
        name, R, double sum = 0,                                                                                       \
        {                                                                                                              \
            const double l = w * (loss);                                                                               \
            sum += l;                                                                                                  \
            if (s->each) ((R *)s->each)[i] = (R)l;                                                                     \
        },                                                                                                             \
        if (s->sums) s->sums[begin / GRAIN] = sum)
#define BACKWARD(name, R, by_x, by_t)                                                                                  \
    LOOP(                                                                                                              \
        name, R, , {                                                                                                   \
            const double g = (double)((const R *)s->dy)[s->c->each ? i : 0] * s->c->scale * w;                         \
            if (s->dx) ((R *)s->dx)[i] = (R)(g * (by_x));                                                              \
            if (s->dt) ((R *)s->dt)[i] = (R)(g * (by_t));                                                              \
        }, )
#define LOOPS(fn, class, doc, parameters, loss, by_x, by_t)                                                            \
    FORWARD(fn##_f32, float, loss)                                                                                     \
    FORWARD(fn##_f64, double, loss)                                                                                    \
    BACKWARD(fn##_back_f32, float, by_x, by_t)                                                                         \
    BACKWARD(fn##_back_f64, double, by_x, by_t)
LOSSES(LOOPS)
OTHER(LOOPS)

static mlp_status backward(const mlp_node *node, mlp_tensor *dy, mlp_tensor **dx, mlp_error *err);
static mlp_status formula(mlp_tensor **out, const mlp_node *node, mlp_error *err);

#define KERNEL(fn, ...)                                                                                                \
    [K_##fn] = { { #fn, backward, .formula = formula }, { fn##_f32, fn##_f64 }, { fn##_back_f32, fn##_back_f64 } },
static const struct {
    mlp_op op;
    mlp_range_fn forward[2], backward[2]; /* f32, f64 */
} kernels[KERNELS] = { LOSSES(KERNEL) OTHER(KERNEL) };

/* ---- backward ---- */

static mlp_status backward(const mlp_node *node, mlp_tensor *dy, mlp_tensor **dx, mlp_error *err)
{
    const mlp_tensor *x = mlp_node_saved(node, 0), *weight = mlp_node_saved(node, 2), *p = mlp_node_saved(node, 3);
    mlp_tensor *g = NULL, *made[2] = { NULL, NULL };
    mlp_status st = mlp_tensor_contiguous(&g, dy, err);
    for (int i = 0; !st && i < 2; i++)
        if (mlp_node_needs(node, i)) st = mlp_tensor_new(&made[i], x->dtype, x->ndim, x->shape, err);
    if (!st) {
        arrays s = { .c = mlp_node_context(node),
                     .x = mlp_tensor_data(x),
                     .t = mlp_tensor_data(mlp_node_saved(node, 1)),
                     .weight = weight ? mlp_tensor_data(weight) : NULL,
                     .p = p ? mlp_tensor_data(p) : NULL,
                     .dy = mlp_tensor_data(g),
                     .dx = made[0] ? mlp_tensor_data(made[0]) : NULL,
                     .dt = made[1] ? mlp_tensor_data(made[1]) : NULL };
        st = mlp_parallel_for(mlp_tensor_numel(x), GRAIN, kernels[s.c->kernel].backward[x->dtype == MLP_F64], &s, err);
    }
    for (int i = 0; i < 2; i++) {
        if (st) mlp_tensor_release(made[i]);
        else dx[i] = made[i];
    }
    mlp_tensor_release(g);
    return st;
}

/* ---- the same losses of recorded operations ---- */

/* Squared below a, `outside` else: with a slope of a where the two meet. */
static mlp_tensor *quadratic_below(mlp_formula *f, mlp_tensor *d, double a, double scale)
{
    mlp_tensor *size = mlp_f_unary(f, MLP_ABS, d);
    mlp_tensor *inside = mlp_f_number(f, MLP_MUL, mlp_f_unary(f, MLP_SQUARE, d), scale / 2);
    mlp_tensor *outside = mlp_f_number(f, MLP_MUL, mlp_f_number(f, MLP_SUB, size, a / 2), a * scale);
    return mlp_f_where(f, mlp_f_number(f, MLP_LT, size, a), inside, outside);
}

static mlp_tensor *minus(mlp_formula *f, mlp_tensor *x)
{
    return mlp_f_unary(f, MLP_NEG, x);
}

static mlp_tensor *product(mlp_formula *f, mlp_tensor *a, mlp_tensor *b)
{
    return mlp_f_binary(f, MLP_MUL, a, b);
}

static mlp_tensor *cut_log(mlp_formula *f, mlp_unary_op log, mlp_tensor *x)
{
    return mlp_f_clamp(f, mlp_f_unary(f, log, x), -100, INFINITY);
}

static mlp_tensor *steps_of(mlp_formula *f, const context *c, mlp_tensor *x, mlp_tensor *t, mlp_tensor *p)
{
    mlp_tensor *d = mlp_f_binary(f, MLP_SUB, x, t), *zero = mlp_f_scalar(f, x->dtype, 0), *rest, *some;
    switch (c->kernel) {
    case K_mse_loss: return mlp_f_unary(f, MLP_SQUARE, d);
    case K_l1_loss: return mlp_f_unary(f, MLP_ABS, d);
    case K_smooth_l1_loss: return c->a > 0 ? quadratic_below(f, d, c->a, 1 / c->a) : mlp_f_unary(f, MLP_ABS, d);
    case K_huber_loss: return quadratic_below(f, d, c->a, 1);
    case K_binary_cross_entropy:
        rest = product(f, mlp_f_from(f, MLP_SUB, 1, t), cut_log(f, MLP_LOG1P, minus(f, x)));
        return minus(f, mlp_f_binary(f, MLP_ADD, product(f, t, cut_log(f, MLP_LOG, x)), rest));
    case K_binary_cross_entropy_with_logits:
        some = mlp_f_softplus(f, minus(f, x)); /* -log sigmoid(x) */
        if (p) some = product(f, some, mlp_f_number(f, MLP_ADD, product(f, t, mlp_f_number(f, MLP_SUB, p, 1)), 1));
        return mlp_f_binary(f, MLP_ADD, product(f, mlp_f_from(f, MLP_SUB, 1, t), x), some);
    case K_hinge_embedding_loss:
        some = mlp_f_where(f, mlp_f_number(f, MLP_LE, x, c->a), mlp_f_from(f, MLP_SUB, c->a, x), zero);
        rest = mlp_f_where(f, mlp_f_number(f, MLP_NE, t, -1), x, zero);
        return mlp_f_binary(f, MLP_ADD, mlp_f_where(f, mlp_f_number(f, MLP_NE, t, 1), some, zero), rest);
    case K_kl_div:
        rest = mlp_f_number(f, MLP_GT, t, 0);
        some = mlp_f_unary(f, MLP_LOG, mlp_f_where(f, rest, t, mlp_f_scalar(f, x->dtype, 1)));
        return mlp_f_where(f, rest, product(f, t, mlp_f_binary(f, MLP_SUB, some, x)), zero);
    case K_kl_div_log: return minus(f, product(f, mlp_f_unary(f, MLP_EXP, t), d));
    default: return NULL;
    }
}

static mlp_status formula(mlp_tensor **out, const mlp_node *node, mlp_error *err)
{
    const context *c = mlp_node_context(node);
    mlp_tensor *weight = mlp_node_saved(node, 2);
    mlp_formula f = mlp_formula_begin(err);
    mlp_tensor *l = steps_of(&f, c, mlp_node_saved(node, 0), mlp_node_saved(node, 1), mlp_node_saved(node, 3));
    if (!l && !f.status) f.status = mlp_fail(err, MLP_ESTATE, "a loss has no formula");
    if (weight) l = product(&f, l, weight);
    if (!c->each) l = mlp_f_number(&f, MLP_MUL, mlp_f_all(&f, MLP_SUM, l), c->scale);
    return mlp_formula_end(&f, out, l);
}

/* ---- checks ---- */

static mlp_status check(const char *name, const mlp_tensor *x, const mlp_tensor *target, mlp_error *err)
{
    char a[MLP_SHAPE_TEXT], b[MLP_SHAPE_TEXT];
    if (mlp_expect_real(x, name, "input", err)) return MLP_EDTYPE;
    if (target->dtype != x->dtype)
        return mlp_fail(err, MLP_EDTYPE, "%s: the input is %s but the target is %s: convert it with to('%s')", name,
                        mlp_dtype_name(x->dtype), mlp_dtype_name(target->dtype), mlp_dtype_name(x->dtype));
    if (mlp_tensor_same_shape(x, target)) return MLP_OK;
    return mlp_fail(err, MLP_ESHAPE,
                    "%s: the target is %s but the input is %s, and losses do not broadcast: reshape one of them, so "
                    "that both have the same shape",
                    name, mlp_shape_text(b, target->ndim, target->shape), mlp_shape_text(a, x->ndim, x->shape));
}

/* Both sides of binary cross entropy are probabilities, and contiguous here. */
static mlp_status check_probabilities(const mlp_tensor *t, const char *what, mlp_error *err)
{
    const float *narrow = mlp_tensor_data(t);
    const double *wide = mlp_tensor_data(t);
    for (int64_t i = 0; i < mlp_tensor_numel(t); i++) {
        double v = t->dtype == MLP_F64 ? wide[i] : (double)narrow[i];
        if (v >= 0 && v <= 1) continue;
        return mlp_fail(err, MLP_EINVAL,
                        "binary_cross_entropy: all elements of the %s should be between 0 and 1, got %g: "
                        "binary_cross_entropy_with_logits takes the values before the sigmoid",
                        what, v);
    }
    return MLP_OK;
}

/* *out is a contiguous tensor in x's shape and type. NULL stays NULL. */
static mlp_status spread(mlp_tensor **out, mlp_tensor *weight, const char *name, const char *what, const mlp_tensor *x,
                         mlp_error *err)
{
    char a[MLP_SHAPE_TEXT], b[MLP_SHAPE_TEXT];
    mlp_tensor *wide = NULL, *cast = NULL;
    if (!weight) return MLP_OK;
    if (mlp_requires_grad(weight))
        return mlp_fail(err, MLP_EINVAL, "%s: %s requires a gradient, which is not there: pass its detach()", name,
                        what);
    if (mlp_tensor_expand(&wide, weight, x->ndim, x->shape, NULL))
        return mlp_fail(err, MLP_ESHAPE, "%s: %s is %s, which does not broadcast to the input, %s", name, what,
                        mlp_shape_text(a, weight->ndim, weight->shape), mlp_shape_text(b, x->ndim, x->shape));
    mlp_status st =
        wide->dtype == x->dtype ? mlp_tensor_contiguous(out, wide, err) : mlp_tensor_cast(&cast, wide, x->dtype, err);
    if (cast) {
        st = mlp_tensor_contiguous(out, cast, err);
        mlp_tensor_release(cast);
    }
    mlp_tensor_release(wide);
    return st;
}

/* ---- forward ---- */

/* The loss of contiguous tensors. */
static mlp_status forward(mlp_tensor **out, arrays *s, const mlp_tensor *x, mlp_error *err)
{
    const context *c = s->c;
    mlp_tensor *y = NULL;
    int64_t n = mlp_tensor_numel(x), blocks = (n + GRAIN - 1) / GRAIN;
    mlp_status st = c->each ? mlp_tensor_new(&y, x->dtype, x->ndim, x->shape, err)
                            : mlp_alloc((void **)&s->sums, (size_t)blocks + 1, sizeof *s->sums, err);
    if (st) return st;
    if (c->each) s->each = mlp_tensor_data(y);
    st = mlp_parallel_for(n, GRAIN, kernels[c->kernel].forward[x->dtype == MLP_F64], s, err);
    if (!st && !c->each) {
        double sum = 0;
        for (int64_t i = 0; i < blocks; i++) sum += s->sums[i];
        st = mlp_tensor_scalar(&y, x->dtype, sum * c->scale, err);
    }
    free(s->sums);
    if (st) mlp_tensor_release(y);
    else *out = y;
    return st;
}

enum { BATCH_MEAN = MLP_EACH_ROW + 1 }; /* the last of batch_reductions */

static context describe(int kernel, const mlp_tensor *x, const mlp_value *values)
{
    int reduction = (int)values[REDUCTION].number[0];
    context c = { kernel, reduction == MLP_EACH_ROW, 1, values[A].number[0] };
    double n = (double)mlp_tensor_numel(x); /* of nothing: the mean is NaN */
    if (kernel == K_kl_div && values[A].number[0] != 0) c.kernel = K_kl_div_log;
    if (reduction == BATCH_MEAN) n = x->ndim ? (double)x->shape[0] : 1;
    if (reduction == BATCH_MEAN || reduction == MLP_MEAN_OF_ROWS) c.scale = 1 / n;
    return c;
}

extern const mlp_layer mlp_pointwise_loss_layers[];

static mlp_status apply(mlp_tensor **out, const mlp_layer *layer, const mlp_layer_call *call, mlp_error *err)
{
    enum { X, TARGET, WEIGHT, POSITIVE };
    const char *name = layer->function;
    mlp_tensor *x = call->input[0], *target = call->input[1];
    mlp_tensor *keep[4] = { NULL, NULL, NULL, NULL }, *y = NULL;
    context c = describe((int)(layer - mlp_pointwise_loss_layers), x, call->values);
    mlp_status st = check(name, x, target, err);
    if (!st) st = mlp_op_contiguous(&keep[X], x, err);
    if (!st) st = mlp_op_contiguous(&keep[TARGET], target, err);
    if (!st && c.kernel == K_binary_cross_entropy) st = check_probabilities(keep[X], "input", err);
    if (!st && c.kernel == K_binary_cross_entropy) st = check_probabilities(keep[TARGET], "target", err);
    if (!st) st = spread(&keep[WEIGHT], call->weight[0], name, "weight", x, err);
    if (!st) st = spread(&keep[POSITIVE], call->weight[1], name, "pos_weight", x, err);
    if (!st) {
        arrays s = { .c = &c, .x = mlp_tensor_data(keep[X]), .t = mlp_tensor_data(keep[TARGET]) };
        if (keep[WEIGHT]) s.weight = mlp_tensor_data(keep[WEIGHT]);
        if (keep[POSITIVE]) s.p = mlp_tensor_data(keep[POSITIVE]);
        st = forward(&y, &s, keep[X], err);
        if (!st) st = mlp_op_result(out, y, &kernels[c.kernel].op, keep, 2, keep, 4, &c, sizeof c, err);
    }
    for (int i = 0; i < 4; i++) mlp_tensor_release(keep[i]);
    return st;
}

#define LAYER(fn, class, says, parameters, ...)                                                                        \
    [K_##fn] = { .about = { .name = (class), .doc = (says), MLP_PARAMS(parameters) },                                  \
                 .function = #fn,                                                                                      \
                 .inputs = 2,                                                                                          \
                 .apply = apply },
const mlp_layer mlp_pointwise_loss_layers[] = { LOSSES(LAYER){ .about = { .name = NULL } } };
