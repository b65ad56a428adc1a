/* activation.c - a table of functions and their derivatives, and the two loops that every row of it becomes. */
#include "nn/layer.h"

#include "autograd/formula.h"
#include "base/mathf.h"
#include "base/simd.h"

/* R is the element type, so that f32 stays f32: these functions follow it. */
#define BY_TYPE(fast, name, v) _Generic((v), float : fast, default : name)(v)
#define exp(v) BY_TYPE(mlp_expf, exp, v)
#define expm1(v) BY_TYPE(mlp_expm1f, expm1, v)
#define log1p(v) BY_TYPE(mlp_log1pf, log1p, v)
#define erf(v) BY_TYPE(mlp_erff, erf, v)
#define fabs(v) BY_TYPE(fabsf, fabs, v)
#define SIGMOID(v) (1 / (1 + exp(-(v))))
#define BELL(v) ((R)0.3989422804014327 * exp((R)-0.5 * (v) * (v))) /* density of the normal distribution */
#define BELOW(v) ((R)0.5 * (1 + erf((v) * (R)0.7071067811865476))) /* and how much of it lies below v */
/* BELOW(v) is about (1 + tanh(BEND(v))) / 2 */
#define BEND(v) ((R)0.7978845608028654 * ((v) + (R)0.044715 * (v) * (v) * (v)))
#define BEND_SLOPE(v) ((R)0.7978845608028654 * (1 + (R)0.134145 * (v) * (v)))
#define ABOUT_BELOW(v) SIGMOID(2 * BEND(v))
#define SELU_SCALE ((R)1.0507009873554805)
#define SELU_FULL ((R)1.7580993408473766) /* scale times alpha */
/* tanh(softplus(v)) is c / (c + 2); far out it is 1 */
#define CROOKED(v) (exp(v) * (exp(v) + 2))
#define SIXTH ((R)0.16666666666666666)
#define NUMBER .kind = MLP_PARAM_FLOAT, .required = true, .low = -INFINITY, .high = INFINITY

/* ---- parameters ---- */

static const mlp_param slope[] = {
    { .name = "negative_slope", .doc = "the slope below 0", NUMBER, .fallback = MLP_VALUE(0.01) },
};
static const mlp_param alpha[] = {
    { .name = "alpha", .doc = "far below 0 the value is minus this", NUMBER, .fallback = MLP_VALUE(1) },
};
static const char *const approximations[] = { "none", "tanh", NULL };
static const mlp_param approximate[] = {
    { .name = "approximate",
      .doc = "with tanh in place of the error function",
      .kind = MLP_PARAM_CHOICE,
      .choices = approximations,
      .fallback = MLP_VALUE(0),
      .required = true },
};
static const mlp_param beta_threshold[] = {
    { .name = "beta", .doc = "sharpness of the bend", NUMBER, .fallback = MLP_VALUE(1) },
    { .name = "threshold", .doc = "where x beta is above this, y is x", NUMBER, .fallback = MLP_VALUE(20) },
};
static const mlp_param bounds[] = {
    { .name = "min_val", .doc = "the lower bound", NUMBER, .fallback = MLP_VALUE(-1) },
    { .name = "max_val", .doc = "the upper bound", NUMBER, .fallback = MLP_VALUE(1) },
};

static mlp_status check_alpha(const char *who, const mlp_value *values, mlp_error *err)
{
    if (values[0].number[0] != 0) return MLP_OK;
    return mlp_fail(err, MLP_EINVAL, "%s: alpha is 0, expected a number other than 0", who);
}

static mlp_status check_beta(const char *who, const mlp_value *values, mlp_error *err)
{
    if (values[0].number[0] != 0) return MLP_OK;
    return mlp_fail(err, MLP_EINVAL, "%s: beta is 0, expected a number other than 0", who);
}

static mlp_status check_bounds(const char *who, const mlp_value *values, mlp_error *err)
{
    double low = values[0].number[0], high = values[1].number[0];
    if (low < high) return MLP_OK;
    return mlp_fail(err, MLP_EINVAL, "%s: min_val is %g and max_val %g, expected min_val below max_val", who, low,
                    high);
}

/* Each row: function, class, what it says of itself, parameters, y, and dy/dx; in terms of x and of the numbers a and
 * b, the parameters in their order. At kinks the derivative is PyTorch's. A new activation is a row here. */
/* clang-format off */
#define NONE .params = NULL
#define ACTIVATIONS(ROW)                                                                                               \
    ROW(leaky_relu, "LeakyReLU",                                                                                       \
        "x above 0, negative_slope x below.", MLP_PARAMS(slope),                                                       \
        x > 0 ? x : a * x,                                                                                             \
        x > 0 ? 1 : a)                                                                                                 \
    ROW(elu, "ELU",                                                                                                    \
        "x above 0, alpha (exp(x) - 1) below.", MLP_PARAMS(alpha),                                                     \
        x > 0 ? x : a * expm1(x),                                                                                      \
        x > 0 ? 1 : a * exp(x))                                                                                        \
    ROW(celu, "CELU",                                                                                                  \
        "As ELU, with a derivative that is continuous for every alpha: alpha (exp(x / alpha) - 1) below 0.", CELU,     \
        x > 0 ? x : a * expm1(x / a),                                                                                  \
        x > 0 ? 1 : exp(x / a))                                                                                        \
    ROW(selu, "SELU", "A scaled ELU that keeps mean 0 and variance 1.", NONE,                                          \
        x > 0 ? SELU_SCALE * x : SELU_FULL * expm1(x),                                                                 \
        x > 0 ? SELU_SCALE     : SELU_FULL * exp(x))                                                                   \
    ROW(gelu, "GELU", "x times the normal distribution function of x.", MLP_PARAMS(approximate),                       \
        x * BELOW(x),                                                                                                  \
        BELOW(x) + x * BELL(x))                                                                                        \
    ROW(silu, "SiLU", "x sigmoid(x), also called swish.", NONE,                                                        \
        x * SIGMOID(x),                                                                                                \
        SIGMOID(x) * (1 + x * (1 - SIGMOID(x))))                                                                       \
    ROW(mish, "Mish", "x tanh(softplus(x)).", NONE,                                                                    \
        x > 20 ? x : x * CROOKED(x) / (CROOKED(x) + 2),                                                                \
        x > 20 ? 1 : (CROOKED(x) + x * 4 * exp(x) * (1 + exp(x)) / (CROOKED(x) + 2)) / (CROOKED(x) + 2))               \
    ROW(softplus, "Softplus", "log(1 + exp(beta x)) / beta: a smooth ReLU.", SOFTPLUS,                                 \
        x * a > b ? x : log1p(exp(x * a)) / a,                                                                         \
        x * a > b ? 1 : SIGMOID(x * a))                                                                                \
    ROW(softsign, "Softsign", "x / (1 + |x|).", NONE,                                                                  \
        x / (1 + fabs(x)),                                                                                             \
        1 / ((1 + fabs(x)) * (1 + fabs(x))))                                                                           \
    ROW(logsigmoid, "LogSigmoid", "log(sigmoid(x)).", NONE,                                                            \
        (x < 0 ? x : 0) - log1p(exp(-fabs(x))),                                                                        \
        SIGMOID(-x))                                                                                                   \
    ROW(hardtanh, "Hardtanh", "x, moved into [min_val, max_val].", HARDTANH,                                           \
        a > x ? a : x > b ? b : x,                                                                                     \
        x > a && x < b)                                                                                                \
    ROW(relu6, "ReLU6", "min(max(x, 0), 6).", NONE,                                                                    \
        0 > x ? 0 : x > 6 ? 6 : x,                                                                                     \
        x > 0 && x < 6)                                                                                                \
    ROW(hardsigmoid, "Hardsigmoid", "min(max(x / 6 + 1/2, 0), 1).", NONE,                                              \
        -3 > x ? 0 : x > 3 ? 1 : x * SIXTH + (R)0.5,                                                                   \
        x > -3 && x < 3 ? SIXTH : 0)                                                                                   \
    ROW(hardswish, "Hardswish", "x hardsigmoid(x).", NONE,                                                             \
        x <= -3 ? 0 : x >= 3 ? x : x * (x + 3) * SIXTH,                                                                \
        x <= -3 ? 0 : x < 3 ? x * 2 * SIXTH + (R)0.5 : 1)
/* What gelu is for its other choice. */
#define OTHER(ROW)                                                                                                     \
    ROW(gelu_tanh, , , ,                                                                                               \
        x * ABOUT_BELOW(x),                                                                                            \
        ABOUT_BELOW(x) * (1 + x * (1 - ABOUT_BELOW(x)) * 2 * BEND_SLOPE(x)))
/* clang-format on */
#define CELU MLP_PARAMS(alpha), .check = check_alpha
#define SOFTPLUS MLP_PARAMS(beta_threshold), .check = check_beta
#define HARDTANH MLP_PARAMS(bounds), .check = check_bounds

#define INDEX(fn, ...) K_##fn,
enum { ACTIVATIONS(INDEX) OTHER(INDEX) KERNELS };

typedef struct context {
    int kernel;
    double a, b;
} context;

typedef struct arrays {
    const context *c;
    const void *x, *dy;
    void *out;
} arrays;

#define LOOP(name, type, declare, result)                                                                              \
    MLP_SIMD static void name(void *argument, int64_t begin, int64_t end)                                              \
    {                                                                                                                  \
        typedef type R;                                                                                                \
        const arrays *s = argument;                                                                                    \
        const R a = (R)s->c->a, b = (R)s->c->b;                                                                        \
        R *out = s->out;                                                                                               \
        (void)a, (void)b;                                                                                              \
        for (int64_t i = begin; i < end; i++) {                                                                        \
            const R x = ((const R *)s->x)[i];                                                                          \
            declare out[i] = (R)(result);                                                                              \
        }                                                                                                              \
    }
#define LOOPS(fn, class, doc, parameters, y, slope)                                                                    \
    LOOP(fn##_f32, float, , y)                                                                                         \
    LOOP(fn##_f64, double, , y)                                                                                        \
    LOOP(fn##_back_f32, float, const R g = ((const R *)s->dy)[i];, g * (R)(slope))                                     \
    LOOP(fn##_back_f64, double, const R g = ((const R *)s->dy)[i];, g * (R)(slope))
ACTIVATIONS(LOOPS)
OTHER(LOOPS)

static mlp_status backward(const mlp_node *node, mlp_tensor *dy, mlp_tensor **dx, mlp_error *err);
static mlp_status formula(mlp_tensor **out, const mlp_node *node, mlp_error *err);

#define KERNEL(fn, ...)                                                                                                \
    [K_##fn] = { { #fn, backward, .formula = formula }, { fn##_f32, fn##_f64 }, { fn##_back_f32, fn##_back_f64 } },
static const struct {
    mlp_op op;
    mlp_range_fn forward[2], backward[2]; /* f32, f64 */
} kernels[KERNELS] = { ACTIVATIONS(KERNEL) OTHER(KERNEL) };

/* x and dy are contiguous; dy NULL: forward. */
static mlp_status run(mlp_tensor **out, const mlp_tensor *x, const mlp_tensor *dy, const context *c, mlp_error *err)
{
    enum { GRAIN = 16384 };
    mlp_tensor *result = NULL;
    mlp_status st = mlp_tensor_new(&result, x->dtype, x->ndim, x->shape, err);
    if (st) return st;
    arrays a = { c, mlp_tensor_data(x), dy ? mlp_tensor_data(dy) : NULL, mlp_tensor_data(result) };
    bool wide = x->dtype == MLP_F64;
    st = mlp_parallel_for(mlp_tensor_numel(x), GRAIN,
                          (dy ? kernels[c->kernel].backward : kernels[c->kernel].forward)[wide], &a, err);
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

/* ---- the same functions of recorded operations ---- */

#undef exp
#undef expm1
#undef log1p
#undef erf
#undef fabs

/* x between a and b, else a constant: what the bounded ones come down to. */
static mlp_tensor *between(mlp_formula *f, mlp_tensor *x, double a, double b, mlp_tensor *inside)
{
    mlp_tensor *within = mlp_f_binary(f, MLP_MUL, mlp_f_number(f, MLP_GT, x, a), mlp_f_number(f, MLP_LT, x, b));
    return x ? mlp_f_where(f, within, inside, mlp_f_scalar(f, x->dtype, 0)) : NULL;
}

/* upper above 0, else scale (exp(x / stretch) - 1) */
static mlp_tensor *exponential_below(mlp_formula *f, mlp_tensor *x, mlp_tensor *upper, double scale, double stretch)
{
    mlp_tensor *low = mlp_f_number(f, MLP_DIV, mlp_f_clamp(f, x, -INFINITY, 0), stretch);
    mlp_tensor *lower = mlp_f_number(f, MLP_MUL, mlp_f_unary(f, MLP_EXPM1, low), scale);
    return mlp_f_where(f, mlp_f_number(f, MLP_GT, x, 0), upper, lower);
}

static mlp_tensor *times(mlp_formula *f, mlp_tensor *x, double by)
{
    return mlp_f_number(f, MLP_MUL, x, by);
}

static mlp_tensor *steps_of(mlp_formula *f, const context *c, mlp_tensor *x)
{
    const double a = c->a, b = c->b;
    mlp_tensor *t = NULL;
    switch (c->kernel) {
    case K_leaky_relu: return mlp_f_where(f, mlp_f_number(f, MLP_GT, x, 0), x, times(f, x, a));
    case K_elu: return exponential_below(f, x, x, a, 1);
    case K_celu: return exponential_below(f, x, x, a, a);
    case K_selu: return exponential_below(f, x, times(f, x, 1.0507009873554805), 1.7580993408473766, 1);
    case K_gelu:
        t = mlp_f_number(f, MLP_ADD, mlp_f_unary(f, MLP_ERF, times(f, x, 0.7071067811865476)), 1);
        return times(f, mlp_f_binary(f, MLP_MUL, x, t), 0.5);
    case K_gelu_tanh:
        t = mlp_f_number(f, MLP_ADD, times(f, mlp_f_unary(f, MLP_SQUARE, x), 0.044715), 1);
        t = mlp_f_sigmoid(f, times(f, mlp_f_binary(f, MLP_MUL, x, t), 2 * 0.7978845608028654));
        return mlp_f_binary(f, MLP_MUL, x, t);
    case K_silu: return mlp_f_binary(f, MLP_MUL, x, mlp_f_sigmoid(f, x));
    case K_mish: return mlp_f_binary(f, MLP_MUL, x, mlp_f_unary(f, MLP_TANH, mlp_f_softplus(f, x)));
    case K_softplus:
        t = times(f, x, a);
        return mlp_f_where(f, mlp_f_number(f, MLP_GT, t, b), x, times(f, mlp_f_softplus(f, t), 1 / a));
    case K_softsign: return mlp_f_binary(f, MLP_DIV, x, mlp_f_number(f, MLP_ADD, mlp_f_unary(f, MLP_ABS, x), 1));
    case K_logsigmoid: return mlp_f_unary(f, MLP_NEG, mlp_f_softplus(f, mlp_f_unary(f, MLP_NEG, x)));
    case K_hardtanh: return between(f, x, a, b, x);
    case K_relu6: return between(f, x, 0, 6, x);
    case K_hardsigmoid: return between(f, x, -3, 3, times(f, x, 1.0 / 6));
    case K_hardswish:
        t = mlp_f_number(f, MLP_DIV, mlp_f_binary(f, MLP_MUL, x, mlp_f_number(f, MLP_ADD, x, 3)), 6);
        return mlp_f_where(f, mlp_f_number(f, MLP_GE, x, 3), x, between(f, x, -3, INFINITY, t));
    default: return NULL;
    }
}

static mlp_status formula(mlp_tensor **out, const mlp_node *node, mlp_error *err)
{
    mlp_formula f = mlp_formula_begin(err);
    mlp_tensor *y = steps_of(&f, mlp_node_context(node), mlp_node_saved(node, 0));
    if (!y && !f.status) f.status = mlp_fail(err, MLP_ESTATE, "an activation has no formula");
    return mlp_formula_end(&f, out, y);
}

extern const mlp_layer mlp_activation_layers[];

static mlp_status apply(mlp_tensor **out, const mlp_layer *layer, const mlp_layer_call *call, mlp_error *err)
{
    const mlp_value *values = call->values;
    context c = { (int)(layer - mlp_activation_layers), values[0].number[0], values[1].number[0] };
    mlp_tensor *x = call->input[0], *cx = NULL, *y = NULL;
    if (c.kernel == K_gelu && values[0].number[0] == 1) c.kernel = K_gelu_tanh;
    if (mlp_expect_real(x, layer->function, "input", err)) return MLP_EDTYPE;
    mlp_status st = mlp_op_contiguous(&cx, x, err);
    if (!st) st = run(&y, cx, NULL, &c, err);
    if (!st) st = mlp_op_result(out, y, &kernels[c.kernel].op, &cx, 1, &cx, 1, &c, sizeof c, err);
    mlp_tensor_release(cx);
    return st;
}

/* ---- those that are operations of tensors ---- */

static mlp_status relu(mlp_tensor **out, const mlp_layer *layer, const mlp_layer_call *call, mlp_error *err)
{
    (void)layer;
    return mlp_op_unary(out, MLP_RELU, call->input[0], err);
}

static mlp_status sigmoid(mlp_tensor **out, const mlp_layer *layer, const mlp_layer_call *call, mlp_error *err)
{
    (void)layer;
    return mlp_op_unary(out, MLP_SIGMOID, call->input[0], err);
}

static mlp_status tanh_of(mlp_tensor **out, const mlp_layer *layer, const mlp_layer_call *call, mlp_error *err)
{
    (void)layer;
    return mlp_op_unary(out, MLP_TANH, call->input[0], err);
}

#define LAYER(fn, class, says, parameters, y, slope)                                                                   \
    [K_##fn] = {                                                                                                       \
        .about = { .name = (class), .doc = (says), parameters }, .function = #fn, .inputs = 1, .apply = apply          \
    },
const mlp_layer mlp_activation_layers[] = {
    ACTIVATIONS(LAYER){
        .about = { .name = "ReLU", .doc = "max(x, 0)." }, .function = "relu", .inputs = 1, .apply = relu },
    { .about = { .name = "Sigmoid", .doc = "1 / (1 + exp(-x))." },
      .function = "sigmoid",
      .inputs = 1,
      .apply = sigmoid },
    { .about = { .name = "Tanh", .doc = "The hyperbolic tangent." },
      .function = "tanh",
      .inputs = 1,
      .apply = tanh_of },
    { .about = { .name = NULL } },
};
