/* activation.c - a table of functions and their derivatives, and the two loops that every row of it becomes. */
#include "nn/activation.h"

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

/* Each row: operation, its name, y, and dy/dx, in terms of x and the parameters a and b. */
#define ACTIVATIONS(ROW)                                                                                               \
    ROW(MLP_LEAKY_RELU, "leaky_relu", x > 0 ? x : a * x, x > 0 ? 1 : a)                                                \
    ROW(MLP_ELU, "elu", x > 0 ? x : a * expm1(x), x > 0 ? 1 : a * exp(x))                                              \
    ROW(MLP_CELU, "celu", x > 0 ? x : a * expm1(x / a), x > 0 ? 1 : exp(x / a))                                        \
    ROW(MLP_SELU, "selu", x > 0 ? SELU_SCALE * x : SELU_FULL * expm1(x), x > 0 ? SELU_SCALE : SELU_FULL * exp(x))      \
    ROW(MLP_GELU, "gelu", x *BELOW(x), BELOW(x) + x * BELL(x))                                                         \
    ROW(MLP_GELU_TANH, "gelu", x *ABOUT_BELOW(x), ABOUT_BELOW(x) * (1 + x * (1 - ABOUT_BELOW(x)) * 2 * BEND_SLOPE(x))) \
    ROW(MLP_SILU, "silu", x *SIGMOID(x), SIGMOID(x) * (1 + x * (1 - SIGMOID(x))))                                      \
    ROW(MLP_MISH, "mish", x > 20 ? x : x * CROOKED(x) / (CROOKED(x) + 2),                                              \
        x > 20 ? 1 : (CROOKED(x) + x * 4 * exp(x) * (1 + exp(x)) / (CROOKED(x) + 2)) / (CROOKED(x) + 2))               \
    ROW(MLP_SOFTPLUS, "softplus", x *a > b ? x : log1p(exp(x * a)) / a, x * a > b ? 1 : SIGMOID(x * a))                \
    ROW(MLP_SOFTSIGN, "softsign", x / (1 + fabs(x)), 1 / ((1 + fabs(x)) * (1 + fabs(x))))                              \
    ROW(MLP_LOG_SIGMOID, "logsigmoid", (x < 0 ? x : 0) - log1p(exp(-fabs(x))), SIGMOID(-x))                            \
    ROW(MLP_HARDTANH, "hardtanh", a > x ? a : x > b ? b : x, x > a && x < b)                                           \
    ROW(MLP_HARDSIGMOID, "hardsigmoid", -3 > x ? 0 : x > 3 ? 1 : x * SIXTH + (R)0.5, x > -3 && x < 3 ? SIXTH : 0)      \
    ROW(MLP_HARDSWISH, "hardswish",                                                                                    \
        x <= -3  ? 0                                                                                                   \
        : x >= 3 ? x                                                                                                   \
                 : x * (x + 3) * SIXTH,                                                                                \
        x <= -3 ? 0                                                                                                    \
        : x < 3 ? x * 2 * SIXTH + (R)0.5                                                                               \
                : 1)

typedef struct context {
    mlp_activation_op op;
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
#define LOOPS(op, name, y, slope)                                                                                      \
    LOOP(op##_f32, float, , y)                                                                                         \
    LOOP(op##_f64, double, , y)                                                                                        \
    LOOP(op##_back_f32, float, const R g = ((const R *)s->dy)[i];, g * (R)(slope))                                     \
    LOOP(op##_back_f64, double, const R g = ((const R *)s->dy)[i];, g * (R)(slope))
ACTIVATIONS(LOOPS)

#define ENTRY(op, name, y, slope) [op] = { name, { op##_f32, op##_f64 }, { op##_back_f32, op##_back_f64 } },
static const struct {
    const char *name;
    mlp_range_fn forward[2], backward[2]; /* f32, f64 */
} table[MLP_ACTIVATION_COUNT] = { ACTIVATIONS(ENTRY) };

const char *mlp_activation_name(mlp_activation_op op)
{
    return table[op].name;
}

/* x and dy are contiguous; dy NULL: forward. */
static mlp_status run(mlp_tensor **out, const mlp_tensor *x, const mlp_tensor *dy, const context *c, mlp_error *err)
{
    enum { GRAIN = 16384 };
    mlp_tensor *result = NULL;
    mlp_status st = mlp_tensor_new(&result, x->dtype, x->ndim, x->shape, err);
    if (st) return st;
    arrays a = { c, mlp_tensor_data(x), dy ? mlp_tensor_data(dy) : NULL, mlp_tensor_data(result) };
    bool wide = x->dtype == MLP_F64;
    st = mlp_parallel_for(mlp_tensor_numel(x), GRAIN, (dy ? table[c->op].backward : table[c->op].forward)[wide], &a,
                          err);
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

#define RECORD(op, name, y, slope) [op] = { name, backward },
static const mlp_op ops[MLP_ACTIVATION_COUNT] = { ACTIVATIONS(RECORD) };

static mlp_status check(const mlp_tensor *x, const context *c, mlp_error *err)
{
    if (!mlp_dtype_is_float(x->dtype))
        return mlp_fail(err, MLP_EDTYPE, "%s: the input is %s, expected f32 or f64: convert it with to('f32')",
                        table[c->op].name, mlp_dtype_name(x->dtype));
    if (c->op == MLP_CELU && !(c->a < 0 || c->a > 0))
        return mlp_fail(err, MLP_EINVAL, "celu: alpha is %g, expected a number other than 0", c->a);
    if (c->op == MLP_SOFTPLUS && !(c->a < 0 || c->a > 0))
        return mlp_fail(err, MLP_EINVAL, "softplus: beta is %g, expected a number other than 0", c->a);
    if (c->op == MLP_HARDTANH && !(c->a < c->b))
        return mlp_fail(err, MLP_EINVAL, "hardtanh: min_val is %g and max_val %g, expected min_val below max_val", c->a,
                        c->b);
    return MLP_OK;
}

mlp_status mlp_activation(mlp_tensor **out, mlp_activation_op op, mlp_tensor *x, double a, double b, mlp_error *err)
{
    context c = { op, a, b };
    mlp_tensor *cx = NULL, *y = NULL;
    mlp_status st = check(x, &c, err);
    if (!st) st = mlp_tensor_contiguous(&cx, x, err);
    if (!st) st = run(&y, cx, NULL, &c, err);
    if (!st) st = mlp_op_result(out, y, &ops[op], &x, 1, &cx, 1, &c, sizeof c, err);
    mlp_tensor_release(cx);
    return st;
}
