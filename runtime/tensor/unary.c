/* unary.c - functions of one element: a loop per function and type, and the table of them. */
#include "base/mathf.h"
#include "tensor/tensor_private.h"

#include <stdlib.h>

typedef void (*unary_loop)(int64_t n, const void *x, int64_t sx, void *y, int64_t sy);

/* y[i] = f(x[i]); the case of dense rows stands apart so that the compiler makes vectors of it. */
#define LOOP(name, X, Y, f)                                                                                            \
    MLP_SIMD static void name(int64_t n, const void *x_, int64_t sx, void *y_, int64_t sy)                             \
    {                                                                                                                  \
        const X *x = x_;                                                                                               \
        Y *y = y_;                                                                                                     \
        if (sx == 1 && sy == 1)                                                                                        \
            for (int64_t i = 0; i < n; i++) y[i] = (Y)f(x[i]);                                                         \
        else                                                                                                           \
            for (int64_t i = 0; i < n; i++) y[i * sy] = (Y)f(x[i * sx]);                                               \
    }

#define FLOATS(name, f32, f64) LOOP(name##_f32, float, float, f32) LOOP(name##_f64, double, double, f64)
#define INTEGERS(name, f) LOOP(name##_u8, uint8_t, uint8_t, f) LOOP(name##_i64, int64_t, int64_t, f)

#define NEGATE(v) (-(v))
#define WRAP_NEGATE(v) (0 - (uint64_t)(v))
#define SIGN(v) (((v) > 0) - ((v) < 0) + ((v) != (v) ? (v) : 0))
#define INTEGER_SIGN(v) (((v) > 0) - ((v) < 0))
#define INTEGER_ABS(v) ((v) < 0 ? 0 - (uint64_t)(v) : (uint64_t)(v))
#define SQUARE(v) ((v) * (v))
#define WRAP_SQUARE(v) ((uint64_t)(v) * (uint64_t)(v))
#define INVERSE(v) (1 / (v))
#define INVERSE_ROOT(v) (1 / sqrt(v))
#define INVERSE_ROOT_F(v) (1 / sqrtf(v))
#define SAME(v) (v)
#define RELU(v) ((v) > 0 || (v) != (v) ? (v) : 0) /* NaN stays NaN */
#define INTEGER_RELU(v) ((v) > 0 ? (v) : 0)
#define IS_ZERO(v) ((v) == 0)
#define IS_NAN(v) ((v) != (v))
#define IS_FINITE(v) ((v) - (v) == 0)
#define IS_INFINITE(v) ((v) == (v) && (v) - (v) != 0)
#define YES(v) ((void)(v), 1)
#define NO(v) ((void)(v), 0)

static inline double sigmoid_d(double v)
{
    return 1 / (1 + exp(-v));
}

FLOATS(neg, NEGATE, NEGATE)
FLOATS(abs, fabsf, fabs)
FLOATS(sign, SIGN, SIGN)
FLOATS(square, SQUARE, SQUARE)
FLOATS(sqrt, sqrtf, sqrt)
FLOATS(reciprocal, INVERSE, INVERSE)
FLOATS(exp, mlp_expf, exp)
FLOATS(expm1, mlp_expm1f, expm1)
FLOATS(log, mlp_logf, log)
FLOATS(log1p, mlp_log1pf, log1p)
FLOATS(sin, sinf, sin)
FLOATS(cos, cosf, cos)
FLOATS(log2, log2f, log2)
FLOATS(log10, log10f, log10)
FLOATS(rsqrt, INVERSE_ROOT_F, INVERSE_ROOT)
FLOATS(tan, tanf, tan)
FLOATS(asin, asinf, asin)
FLOATS(acos, acosf, acos)
FLOATS(atan, atanf, atan)
FLOATS(sinh, sinhf, sinh)
FLOATS(cosh, coshf, cosh)
FLOATS(tanh, mlp_tanhf, tanh)
FLOATS(sigmoid, mlp_sigmoidf, sigmoid_d)
FLOATS(relu, RELU, RELU)
FLOATS(erf, mlp_erff, erf)
FLOATS(floor, floorf, floor)
FLOATS(ceil, ceilf, ceil)
FLOATS(round, rintf, rint)
INTEGERS(neg, WRAP_NEGATE)
INTEGERS(abs, INTEGER_ABS)
INTEGERS(sign, INTEGER_SIGN)
INTEGERS(square, WRAP_SQUARE)
INTEGERS(relu, INTEGER_RELU)
INTEGERS(same, SAME)

#define TESTS(name, integer, real)                                                                                     \
    LOOP(name##_u8, uint8_t, uint8_t, integer)                                                                         \
    LOOP(name##_i64, int64_t, uint8_t, integer)                                                                        \
    LOOP(name##_f32, float, uint8_t, real)                                                                             \
    LOOP(name##_f64, double, uint8_t, real)
TESTS(not, IS_ZERO, IS_ZERO)
TESTS(isnan, NO, IS_NAN)
TESTS(isfinite, YES, IS_FINITE)
TESTS(isinf, NO, IS_INFINITE)

typedef struct unary_entry {
    const char *name;
    bool test;                   /* gives bool */
    unary_loop loop[MLP_DTYPES]; /* of what is computed in; NULL: what is not a float becomes f32 first */
} unary_entry;

/* clang-format off */
#define REAL(name)  { [MLP_F32] = name##_f32, [MLP_F64] = name##_f64 }
#define ANY(name)   { name##_u8, name##_u8, [MLP_I64] = name##_i64, [MLP_F32] = name##_f32, [MLP_F64] = name##_f64 }
#define WHOLE(name) { same_u8,   same_u8,   [MLP_I64] = same_i64,   [MLP_F32] = name##_f32, [MLP_F64] = name##_f64 }
static const unary_entry table[MLP_UNARY_COUNT] = {
    [MLP_NEG]        = { "neg",         false, ANY(neg) },
    [MLP_ABS]        = { "abs",         false, ANY(abs) },
    [MLP_SIGN]       = { "sign",        false, ANY(sign) },
    [MLP_SQUARE]     = { "square",      false, ANY(square) },
    [MLP_SQRT]       = { "sqrt",        false, REAL(sqrt) },
    [MLP_RSQRT]      = { "rsqrt",       false, REAL(rsqrt) },
    [MLP_RECIPROCAL] = { "reciprocal",  false, REAL(reciprocal) },
    [MLP_EXP]        = { "exp",         false, REAL(exp) },
    [MLP_EXPM1]      = { "expm1",       false, REAL(expm1) },
    [MLP_LOG]        = { "log",         false, REAL(log) },
    [MLP_LOG1P]      = { "log1p",       false, REAL(log1p) },
    [MLP_LOG2]       = { "log2",        false, REAL(log2) },
    [MLP_LOG10]      = { "log10",       false, REAL(log10) },
    [MLP_SIN]        = { "sin",         false, REAL(sin) },
    [MLP_COS]        = { "cos",         false, REAL(cos) },
    [MLP_TAN]        = { "tan",         false, REAL(tan) },
    [MLP_ASIN]       = { "asin",        false, REAL(asin) },
    [MLP_ACOS]       = { "acos",        false, REAL(acos) },
    [MLP_ATAN]       = { "atan",        false, REAL(atan) },
    [MLP_SINH]       = { "sinh",        false, REAL(sinh) },
    [MLP_COSH]       = { "cosh",        false, REAL(cosh) },
    [MLP_TANH]       = { "tanh",        false, REAL(tanh) },
    [MLP_SIGMOID]    = { "sigmoid",     false, REAL(sigmoid) },
    [MLP_RELU]       = { "relu",        false, ANY(relu) },
    [MLP_ERF]        = { "erf",         false, REAL(erf) },
    [MLP_FLOOR]      = { "floor",       false, WHOLE(floor) },
    [MLP_CEIL]       = { "ceil",        false, WHOLE(ceil) },
    [MLP_ROUND]      = { "round",       false, WHOLE(round) },
    [MLP_NOT]        = { "logical_not", true,  ANY(not) },
    [MLP_ISNAN]      = { "isnan",       true,  ANY(isnan) },
    [MLP_ISFINITE]   = { "isfinite",    true,  ANY(isfinite) },
    [MLP_ISINF]      = { "isinf",       true,  ANY(isinf) },
};
/* clang-format on */

const char *mlp_unary_name(mlp_unary_op op)
{
    return table[op].name;
}

typedef struct unary_job {
    unary_loop loop;
    const char *x;
    char *y;
    size_t x_size, y_size;
} unary_job;

static void piece(void *context, int64_t n, const int64_t *offset, const int64_t *step)
{
    const unary_job *j = context;
    j->loop(n, j->x + offset[1] * (int64_t)j->x_size, step[1], j->y + offset[0] * (int64_t)j->y_size, step[0]);
}

mlp_status mlp_tensor_unary(mlp_tensor **out, mlp_unary_op op, const mlp_tensor *x, mlp_error *err)
{
    const unary_entry *e = &table[op];
    mlp_dtype kept = x->dtype, working = mlp_dtype_working(kept);
    mlp_tensor *y = NULL, *wide = NULL;
    if (op == MLP_NEG && x->dtype == MLP_BOOL)
        return mlp_fail(err, MLP_EDTYPE, "neg: a bool has no negative: logical_not turns it around");
    if (!e->loop[working]) working = kept = MLP_F32;
    if (e->test) kept = MLP_BOOL;
    mlp_status st = mlp_in_type(&wide, x, working, err);
    if (!st) st = mlp_tensor_new(&y, e->test ? MLP_BOOL : working, x->ndim, x->shape, err);
    if (!st) {
        unary_job j = { e->loop[working], mlp_tensor_data(wide), mlp_tensor_data(y), mlp_dtype_size(working),
                        mlp_dtype_size(y->dtype) };
        mlp_walk w;
        mlp_walk_begin(&w, y->ndim, y->shape, 2, (const mlp_tensor *const[]){ y, wide });
        st = mlp_walk_run(&w, piece, &j, err);
    }
    mlp_tensor_release(wide);
    return mlp_kept_in(out, y, kept, st, err);
}

/* ---- clamp ---- */

typedef struct clamp_job {
    const mlp_tensor *x;
    mlp_tensor *y;
    double low, high;
} clamp_job;

static void clamp_piece(void *context, int64_t n, const int64_t *offset, const int64_t *step)
{
    const clamp_job *j = context;
#define CLAMP(T, convert)                                                                                              \
    do {                                                                                                               \
        const T *x = (const T *)mlp_tensor_data(j->x) + offset[1];                                                     \
        T *y = (T *)mlp_tensor_data(j->y) + offset[0];                                                                 \
        for (int64_t i = 0; i < n; i++) {                                                                              \
            T v = x[i * step[1]];                                                                                      \
            if ((double)v < j->low) v = convert(j->low);                                                               \
            if ((double)v > j->high) v = convert(j->high);                                                             \
            y[i * step[0]] = v;                                                                                        \
        }                                                                                                              \
    } while (0)
    switch (j->x->dtype) {
    case MLP_U8: CLAMP(uint8_t, mlp_to_u8); break;
    case MLP_I64: CLAMP(int64_t, mlp_to_i64); break;
    case MLP_F32: CLAMP(float, (float)); break;
    default: CLAMP(double, (double)); break;
    }
}

/* Bounds beyond an integer type are its ends: nothing is below or above them. */
static void fit_bounds(clamp_job *j, mlp_dtype dtype)
{
    double least, end;
    if (!mlp_dtype_range(&least, &end, dtype)) return;
    j->low = fmin(fmax(j->low, least), end - 1);
    j->high = fmin(fmax(j->high, least), end - 1);
}

static bool has_fraction(double v)
{
    return isfinite(v) && v != floor(v);
}

mlp_status mlp_tensor_clamp(mlp_tensor **out, const mlp_tensor *x, double low, double high, mlp_error *err)
{
    mlp_tensor *y = NULL, *wide = NULL;
    bool fraction = has_fraction(low) || has_fraction(high);
    mlp_dtype kept = x->dtype;
    if (kept == MLP_BOOL || (fraction && !mlp_dtype_is_float(kept))) kept = fraction ? MLP_F32 : MLP_I64;
    mlp_status st = mlp_in_type(&wide, x, mlp_dtype_working(kept), err);
    if (!st && !(st = mlp_tensor_new(&y, wide->dtype, x->ndim, x->shape, err))) {
        clamp_job j = { wide, y, low, high };
        mlp_walk w;
        fit_bounds(&j, kept);
        mlp_walk_begin(&w, y->ndim, y->shape, 2, (const mlp_tensor *const[]){ y, wide });
        st = mlp_walk_run(&w, clamp_piece, &j, err);
    }
    mlp_tensor_release(wide);
    return mlp_kept_in(out, y, kept, st, err);
}
