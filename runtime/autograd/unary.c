/* unary.c - functions of one tensor, element by element: a table of derivatives. */
#include "autograd/formula.h"
#include "autograd/ops_private.h"
#include "base/simd.h"

#include <math.h>

/* Which of its two ends a derivative is written in. */
typedef enum uses { USES_NOTHING, USES_X, USES_Y } uses;

/* Each row: operation, its name, what is saved as s, and dy/dx in terms of s and y's gradient g. R is the element type,
 * so that f32 stays f32. At kinks the value is PyTorch's: 0 for abs and relu at 0. */
#define DERIVATIVES(ROW)                                                                                               \
    ROW(MLP_NEG, "neg", USES_NOTHING, -g)                                                                              \
    ROW(MLP_ABS, "abs", USES_X, g *((R)(s > 0) - (R)(s < 0)))                                                          \
    ROW(MLP_SIGN, "sign", USES_NOTHING, 0 * g)                                                                         \
    ROW(MLP_SQUARE, "square", USES_X, g * 2 * s)                                                                       \
    ROW(MLP_SQRT, "sqrt", USES_Y, g / (2 * s))                                                                         \
    ROW(MLP_RECIPROCAL, "reciprocal", USES_Y, -g *s *s)                                                                \
    ROW(MLP_EXP, "exp", USES_Y, g *s)                                                                                  \
    ROW(MLP_EXPM1, "expm1", USES_Y, g *(s + 1))                                                                        \
    ROW(MLP_LOG, "log", USES_X, g / s)                                                                                 \
    ROW(MLP_LOG1P, "log1p", USES_X, g / (s + 1))                                                                       \
    ROW(MLP_SIN, "sin", USES_X, g *(R)cos((double)s))                                                                  \
    ROW(MLP_COS, "cos", USES_X, -g *(R)sin((double)s))                                                                 \
    ROW(MLP_RSQRT, "rsqrt", USES_Y, g *s *s *s *(R)-0.5)                                                               \
    ROW(MLP_LOG2, "log2", USES_X, g / (s * (R)0.69314718055994531))                                                    \
    ROW(MLP_LOG10, "log10", USES_X, g / (s * (R)2.3025850929940457))                                                   \
    ROW(MLP_TAN, "tan", USES_Y, g *(1 + s * s))                                                                        \
    ROW(MLP_ASIN, "asin", USES_X, g / (R)sqrt(1 - (double)s * (double)s))                                              \
    ROW(MLP_ACOS, "acos", USES_X, -g / (R)sqrt(1 - (double)s * (double)s))                                             \
    ROW(MLP_ATAN, "atan", USES_X, g / (1 + s * s))                                                                     \
    ROW(MLP_SINH, "sinh", USES_X, g *(R)cosh((double)s))                                                               \
    ROW(MLP_COSH, "cosh", USES_X, g *(R)sinh((double)s))                                                               \
    ROW(MLP_TANH, "tanh", USES_Y, g *(1 - s * s))                                                                      \
    ROW(MLP_SIGMOID, "sigmoid", USES_Y, g *(1 - s) * s)                                                                \
    ROW(MLP_RELU, "relu", USES_Y, s <= 0 ? 0 : g)                                                                      \
    ROW(MLP_ERF, "erf", USES_X, g *(R)(1.1283791670955126 * exp(-(double)s * (double)s)))                              \
    ROW(MLP_FLOOR, "floor", USES_NOTHING, 0 * g)                                                                       \
    ROW(MLP_CEIL, "ceil", USES_NOTHING, 0 * g)                                                                         \
    ROW(MLP_ROUND, "round", USES_NOTHING, 0 * g)

typedef struct arrays {
    const void *dy, *s;
    void *dx;
} arrays;

/* What uses nothing reads dy as s: there is always an array to read. */
#define KERNEL(type, suffix, op, expression)                                                                           \
    MLP_SIMD static void op##suffix(void *context, int64_t begin, int64_t end)                                         \
    {                                                                                                                  \
        typedef type R;                                                                                                \
        const arrays *a = context;                                                                                     \
        const R *dy = a->dy, *saved = a->s;                                                                            \
        R *dx = a->dx;                                                                                                 \
        for (int64_t i = begin; i < end; i++) {                                                                        \
            const R g = dy[i], s = saved[i];                                                                           \
            (void)s;                                                                                                   \
            dx[i] = expression;                                                                                        \
        }                                                                                                              \
    }
#define KERNELS(op, name, uses, expression) KERNEL(float, _f32, op, expression) KERNEL(double, _f64, op, expression)
DERIVATIVES(KERNELS)

typedef struct derivative {
    uses uses;
    mlp_range_fn kernel[2]; /* f32, f64 */
} derivative;

#define ENTRY(op, name, uses, expression) [op] = { uses, { op##_f32, op##_f64 } },
static const derivative derivatives[MLP_UNARY_COUNT] = { DERIVATIVES(ENTRY) };

/* t in order and in the type, itself where it is so. */
static mlp_status dense(mlp_tensor **out, mlp_tensor *t, mlp_dtype dtype, mlp_error *err)
{
    return t->dtype == dtype ? mlp_tensor_contiguous(out, t, err) : mlp_tensor_cast(out, t, dtype, err);
}

mlp_status mlp_gradient_room(mlp_tensor **dx, mlp_tensor **g, mlp_tensor *dy, mlp_dtype dtype, mlp_error *err)
{
    bool alone = mlp_tensor_is_alone(dy);
    mlp_status st = dense(g, dy, dtype, err);
    if (st) return st;
    if (alone || *g != dy) {
        *dx = mlp_tensor_retain(*g);
        return MLP_OK;
    }
    st = mlp_tensor_new(dx, dtype, dy->ndim, dy->shape, err);
    if (!st) return MLP_OK;
    mlp_tensor_release(*g);
    *g = NULL;
    return st;
}

mlp_status mlp_unary_gradient(mlp_tensor **dx, mlp_unary_op op, mlp_tensor *saved, mlp_tensor *dy, mlp_error *err)
{
    enum { GRAIN = 32768 };
    mlp_dtype working = mlp_dtype_working(dy->dtype);
    mlp_tensor *g = NULL, *s = NULL, *result = NULL;
    mlp_status st = mlp_gradient_room(&result, &g, dy, working, err);
    if (!st && derivatives[op].uses != USES_NOTHING) st = dense(&s, saved, working, err);
    if (!st) {
        arrays a = { mlp_tensor_data(g), mlp_tensor_data(s ? s : g), mlp_tensor_data(result) };
        st = mlp_parallel_for(mlp_tensor_numel(g), GRAIN, derivatives[op].kernel[working == MLP_F64], &a, err);
    }
    if (!st) st = dense(dx, result, dy->dtype, err);
    mlp_tensor_release(result);
    mlp_tensor_release(s);
    mlp_tensor_release(g);
    return st;
}

static mlp_status backward(const mlp_node *node, mlp_tensor *dy, mlp_tensor **dx, mlp_error *err)
{
    mlp_unary_op op = *(const mlp_unary_op *)mlp_node_context(node);
    return mlp_unary_gradient(&dx[0], op, mlp_node_saved(node, 0), dy, err);
}

/* ---- the same slopes as formulas of s, for gradients of gradients; NULL: 0 everywhere ---- */

static mlp_tensor *scaled(mlp_formula *f, mlp_tensor *x, double by)
{
    return mlp_f_number(f, MLP_MUL, x, by);
}

static mlp_tensor *one_minus(mlp_formula *f, mlp_tensor *x)
{
    return mlp_f_from(f, MLP_SUB, 1, x);
}

static mlp_tensor *squared(mlp_formula *f, mlp_tensor *x)
{
    return mlp_f_unary(f, MLP_SQUARE, x);
}

static mlp_tensor *slope(mlp_formula *f, mlp_unary_op op, mlp_tensor *s)
{
    switch (op) {
    case MLP_ABS: return mlp_f_unary(f, MLP_SIGN, s);
    case MLP_SQUARE: return scaled(f, s, 2);
    case MLP_SQRT: return mlp_f_from(f, MLP_DIV, 0.5, s);
    case MLP_RECIPROCAL: return mlp_f_unary(f, MLP_NEG, squared(f, s));
    case MLP_EXP: return s;
    case MLP_EXPM1: return mlp_f_number(f, MLP_ADD, s, 1);
    case MLP_LOG: return mlp_f_unary(f, MLP_RECIPROCAL, s);
    case MLP_LOG1P: return mlp_f_unary(f, MLP_RECIPROCAL, mlp_f_number(f, MLP_ADD, s, 1));
    case MLP_SIN: return mlp_f_unary(f, MLP_COS, s);
    case MLP_COS: return mlp_f_unary(f, MLP_NEG, mlp_f_unary(f, MLP_SIN, s));
    case MLP_RSQRT: return scaled(f, mlp_f_binary(f, MLP_MUL, squared(f, s), s), -0.5);
    case MLP_LOG2: return mlp_f_from(f, MLP_DIV, 1 / 0.69314718055994531, s);
    case MLP_LOG10: return mlp_f_from(f, MLP_DIV, 1 / 2.3025850929940457, s);
    case MLP_TAN: return mlp_f_number(f, MLP_ADD, squared(f, s), 1);
    case MLP_ASIN: return mlp_f_unary(f, MLP_RSQRT, one_minus(f, squared(f, s)));
    case MLP_ACOS: return mlp_f_unary(f, MLP_NEG, mlp_f_unary(f, MLP_RSQRT, one_minus(f, squared(f, s))));
    case MLP_ATAN: return mlp_f_unary(f, MLP_RECIPROCAL, mlp_f_number(f, MLP_ADD, squared(f, s), 1));
    case MLP_SINH: return mlp_f_unary(f, MLP_COSH, s);
    case MLP_COSH: return mlp_f_unary(f, MLP_SINH, s);
    case MLP_TANH: return one_minus(f, squared(f, s));
    case MLP_SIGMOID: return mlp_f_binary(f, MLP_MUL, one_minus(f, s), s);
    case MLP_ERF: return scaled(f, mlp_f_unary(f, MLP_EXP, mlp_f_unary(f, MLP_NEG, squared(f, s))), 1.1283791670955126);
    default: return NULL;
    }
}

mlp_status mlp_unary_gradient_again(mlp_tensor **dx, mlp_unary_op op, mlp_tensor *s, mlp_tensor *dy, mlp_error *err)
{
    mlp_tensor *result;
    mlp_formula f = mlp_formula_in_pass(err);
    if (op == MLP_NEG) result = mlp_f_unary(&f, MLP_NEG, dy);
    else if (op == MLP_RELU)
        result = mlp_f_where(&f, mlp_f_number(&f, MLP_LE, s, 0), mlp_f_scalar(&f, dy->dtype, 0), dy);
    else if (s) result = mlp_f_binary(&f, MLP_MUL, dy, slope(&f, op, s));
    else result = scaled(&f, dy, 0);
    return mlp_formula_end(&f, dx, result);
}

static mlp_status again(const mlp_node *node, mlp_tensor *dy, mlp_tensor **dx, mlp_error *err)
{
    mlp_unary_op op = *(const mlp_unary_op *)mlp_node_context(node);
    return mlp_unary_gradient_again(&dx[0], op, mlp_node_saved(node, 0), dy, err);
}

#define RECORD(op, called, uses, expression) [op] = { called, backward, .again = again },
static const mlp_op ops[MLP_UNARY_COUNT] = { DERIVATIVES(RECORD) };

mlp_status mlp_op_unary(mlp_tensor **out, mlp_unary_op op, mlp_tensor *x, mlp_error *err)
{
    mlp_tensor *y = NULL;
    mlp_status st = mlp_tensor_unary(&y, op, x, err);
    if (st) return st;
    if (!derivatives[op].kernel[0]) {
        *out = y;
        return MLP_OK;
    }
    mlp_tensor *keep[1] = { derivatives[op].uses == USES_X ? x : derivatives[op].uses == USES_Y ? y : NULL };
    return mlp_op_result(out, y, &ops[op], &x, 1, keep, 1, &op, sizeof op, err);
}
