/* binary.c - functions of two elements: a loop per function and type, broadcasting, and the rules for types. */
#include "tensor/tensor_private.h"

#include <math.h>
#include <stdlib.h>

typedef void (*binary_loop)(int64_t n, const void *a, int64_t sa, const void *b, int64_t sb, void *y, int64_t sy);

/* Dense rows, and those in which one side is a single number, stand apart so that they become vectors. */
#define LOOP(name, X, Y, f)                                                                                            \
    MLP_SIMD static void name(int64_t n, const void *a_, int64_t sa, const void *b_, int64_t sb, void *y_, int64_t sy) \
    {                                                                                                                  \
        const X *a = a_, *b = b_;                                                                                      \
        Y *y = y_;                                                                                                     \
        if (sa == 1 && sb == 1 && sy == 1) {                                                                           \
            for (int64_t i = 0; i < n; i++) y[i] = (Y)f(a[i], b[i]);                                                   \
        } else if (sa == 1 && sb == 0 && sy == 1) {                                                                    \
            const X right = *b;                                                                                        \
            for (int64_t i = 0; i < n; i++) y[i] = (Y)f(a[i], right);                                                  \
        } else if (sa == 0 && sb == 1 && sy == 1) {                                                                    \
            const X left = *a;                                                                                         \
            for (int64_t i = 0; i < n; i++) y[i] = (Y)f(left, b[i]);                                                   \
        } else {                                                                                                       \
            for (int64_t i = 0; i < n; i++) y[i * sy] = (Y)f(a[i * sa], b[i * sb]);                                    \
        }                                                                                                              \
    }

#define PLUS(a, b) ((a) + (b))
#define MINUS(a, b) ((a) - (b))
#define TIMES(a, b) ((a) * (b))
#define OVER(a, b) ((a) / (b))
#define WRAP_PLUS(a, b) ((uint64_t)(a) + (uint64_t)(b)) /* integers wrap around, as in PyTorch */
#define WRAP_MINUS(a, b) ((uint64_t)(a) - (uint64_t)(b))
#define WRAP_TIMES(a, b) ((uint64_t)(a) * (uint64_t)(b))
#define LEAST(a, b) ((a) < (b) || (a) != (a) ? (a) : (b)) /* NaN wins */
#define MOST(a, b) ((a) > (b) || (a) != (a) ? (a) : (b))
#define OR(a, b) ((a) | (b))
#define AND(a, b) ((a) & (b))
#define IS_EQ(a, b) ((a) == (b))
#define IS_NE(a, b) ((a) != (b))
#define IS_LT(a, b) ((a) < (b))
#define IS_LE(a, b) ((a) <= (b))
#define IS_GT(a, b) ((a) > (b))
#define IS_GE(a, b) ((a) >= (b))

static uint64_t integer_power(int64_t base, int64_t exponent)
{
    if (exponent < 0) return base == 1 ? 1 : base == -1 ? (exponent % 2 ? (uint64_t)-1 : 1) : 0;
    uint64_t result = 1, factor = (uint64_t)base;
    for (; exponent; exponent >>= 1, factor *= factor)
        if (exponent & 1) result *= factor;
    return result;
}

#define ARITHMETIC(name, boolean, integer, real)                                                                       \
    LOOP(name##_bool, uint8_t, uint8_t, boolean)                                                                       \
    LOOP(name##_u8, uint8_t, uint8_t, integer)                                                                         \
    LOOP(name##_i64, int64_t, int64_t, integer)                                                                        \
    LOOP(name##_f32, float, float, real)                                                                               \
    LOOP(name##_f64, double, double, real)
#define COMPARISON(name, f)                                                                                            \
    LOOP(name##_bool, uint8_t, uint8_t, f)                                                                             \
    LOOP(name##_u8, uint8_t, uint8_t, f)                                                                               \
    LOOP(name##_i64, int64_t, uint8_t, f)                                                                              \
    LOOP(name##_f32, float, uint8_t, f)                                                                                \
    LOOP(name##_f64, double, uint8_t, f)

ARITHMETIC(add, OR, WRAP_PLUS, PLUS)
ARITHMETIC(mul, AND, WRAP_TIMES, TIMES)
LOOP(sub_u8, uint8_t, uint8_t, WRAP_MINUS)
LOOP(sub_i64, int64_t, int64_t, WRAP_MINUS)
LOOP(sub_f32, float, float, MINUS)
LOOP(sub_f64, double, double, MINUS)
LOOP(div_f32, float, float, OVER)
LOOP(div_f64, double, double, OVER)
LOOP(pow_u8, uint8_t, uint8_t, integer_power)
LOOP(pow_i64, int64_t, int64_t, integer_power)
LOOP(pow_f32, float, float, powf)
LOOP(pow_f64, double, double, pow)
ARITHMETIC(minimum, AND, LEAST, LEAST)
ARITHMETIC(maximum, OR, MOST, MOST)
COMPARISON(eq, IS_EQ)
COMPARISON(ne, IS_NE)
COMPARISON(lt, IS_LT)
COMPARISON(le, IS_LE)
COMPARISON(gt, IS_GT)
COMPARISON(ge, IS_GE)

typedef struct binary_entry {
    const char *name;
    bool comparison;   /* gives bool */
    bool keeps_number; /* a number beside f16 or bf16 is not rounded to them first, as in PyTorch */
    /* Of what is computed in. NULL for integers: they become f32 first; for bool alone: it has no such function. */
    binary_loop loop[MLP_DTYPES];
} binary_entry;

/* clang-format off */
#define REALS(name) [MLP_F32] = name##_f32, [MLP_F64] = name##_f64
#define NUMBERS(name) [MLP_U8] = name##_u8, [MLP_I64] = name##_i64, REALS(name)
#define LOOPS(name) { [MLP_BOOL] = name##_bool, NUMBERS(name) }
static const binary_entry table[MLP_BINARY_COUNT] = {
    [MLP_ADD]     = { "add",     false, false, LOOPS(add) },
    [MLP_SUB]     = { "sub",     false, false, { NUMBERS(sub) } },
    [MLP_MUL]     = { "mul",     false, true,  LOOPS(mul) },
    [MLP_DIV]     = { "div",     false, true,  { REALS(div) } },
    [MLP_POW]     = { "pow",     false, false, { NUMBERS(pow) } },
    [MLP_MINIMUM] = { "minimum", false, false, LOOPS(minimum) },
    [MLP_MAXIMUM] = { "maximum", false, false, LOOPS(maximum) },
    [MLP_EQ]      = { "eq",      true,  false, LOOPS(eq) },
    [MLP_NE]      = { "ne",      true,  false, LOOPS(ne) },
    [MLP_LT]      = { "lt",      true,  false, LOOPS(lt) },
    [MLP_LE]      = { "le",      true,  false, LOOPS(le) },
    [MLP_GT]      = { "gt",      true,  false, LOOPS(gt) },
    [MLP_GE]      = { "ge",      true,  false, LOOPS(ge) },
};
/* clang-format on */

const char *mlp_binary_name(mlp_binary_op op)
{
    return table[op].name;
}

typedef struct binary_job {
    binary_loop loop;
    const char *a, *b;
    char *y;
    int64_t size, y_size;
} binary_job;

static void piece(void *context, int64_t n, const int64_t *offset, const int64_t *step)
{
    const binary_job *j = context;
    j->loop(n, j->a + offset[1] * j->size, step[1], j->b + offset[2] * j->size, step[2], j->y + offset[0] * j->y_size,
            step[0]);
}

/* y has the broadcast shape; a and b have one type. y may be a. */
static mlp_status run(const binary_entry *e, mlp_tensor *y, const mlp_tensor *a, const mlp_tensor *b, mlp_error *err)
{
    binary_job j = { e->loop[a->dtype],
                     mlp_tensor_data(a),
                     mlp_tensor_data(b),
                     mlp_tensor_data(y),
                     (int64_t)mlp_dtype_size(a->dtype),
                     (int64_t)mlp_dtype_size(y->dtype) };
    mlp_walk w;
    mlp_walk_begin(&w, y->ndim, y->shape, 3, (const mlp_tensor *const[]){ y, a, b });
    return mlp_walk_run(&w, piece, &j, err);
}

/* bool, whole, or with a fraction */
static int kind_of(mlp_dtype dtype)
{
    return mlp_dtype_is_float(dtype) ? 2 : dtype != MLP_BOOL;
}

mlp_dtype mlp_tensor_result_type(const mlp_tensor *a, const mlp_tensor *b)
{
    bool one_is_plain = (a->ndim == 0) != (b->ndim == 0);
    mlp_dtype full = a->ndim == 0 ? b->dtype : a->dtype, plain = a->ndim == 0 ? a->dtype : b->dtype;
    if (one_is_plain && kind_of(plain) <= kind_of(full)) return full;
    return mlp_dtype_promoted(a->dtype, b->dtype);
}

/* t in the type that operands of `dtype` are computed in; on the way it is rounded to `dtype`, where it is not a number
 * that the operation keeps. */
static mlp_status operand(mlp_tensor **out, const mlp_tensor *t, mlp_dtype dtype, const binary_entry *e, mlp_error *err)
{
    mlp_tensor *rounded = NULL;
    mlp_dtype working = mlp_dtype_working(dtype);
    bool keeps = t->ndim == 0 && e->keeps_number && mlp_dtype_is_float(dtype);
    if (t->dtype == dtype || working == dtype || keeps) return mlp_in_type(out, t, working, err);
    mlp_status st = mlp_tensor_cast(&rounded, t, dtype, err);
    if (!st) st = mlp_tensor_cast(out, rounded, working, err);
    mlp_tensor_release(rounded);
    return st;
}

static mlp_status binary_as(mlp_tensor **out, mlp_binary_op op, const mlp_tensor *a, const mlp_tensor *b,
                            mlp_dtype dtype, mlp_error *err)
{
    const binary_entry *e = &table[op];
    if (dtype == MLP_BOOL && !e->loop[dtype] && e->loop[MLP_U8])
        return mlp_fail(err, MLP_EDTYPE, "%s: both sides are bool: convert one with :long() or :float(), or see ne",
                        e->name);
    if (!e->loop[mlp_dtype_working(dtype)]) dtype = MLP_F32;
    int ndim;
    int64_t shape[MLP_MAX_DIMS];
    mlp_tensor *x = NULL, *z = NULL, *y = NULL;
    mlp_status st = mlp_broadcast_shape(&ndim, shape, a, b, e->name, err);
    if (!st) st = operand(&x, a, dtype, e, err);
    if (!st) st = operand(&z, b, dtype, e, err);
    if (!st) st = mlp_tensor_new(&y, e->comparison ? MLP_BOOL : mlp_dtype_working(dtype), ndim, shape, err);
    if (!st) st = run(e, y, x, z, err);
    mlp_tensor_release(x);
    mlp_tensor_release(z);
    return mlp_kept_in(out, y, e->comparison ? MLP_BOOL : dtype, st, err);
}

mlp_status mlp_tensor_binary(mlp_tensor **out, mlp_binary_op op, const mlp_tensor *a, const mlp_tensor *b,
                             mlp_error *err)
{
    return binary_as(out, op, a, b, mlp_tensor_result_type(a, b), err);
}

static mlp_status all_equal(bool *equal, const mlp_tensor *a, const mlp_tensor *b, mlp_error *err)
{
    mlp_tensor *same = NULL, *all = NULL;
    double value = 0;
    mlp_status st = mlp_tensor_binary(&same, MLP_EQ, a, b, err);
    if (!st) st = mlp_tensor_reduce(&all, MLP_ALL, same, 0, NULL, false, err);
    if (!st) st = mlp_tensor_item(&value, all, err);
    mlp_tensor_release(same);
    mlp_tensor_release(all);
    *equal = value != 0;
    return st;
}

mlp_status mlp_tensor_equal(bool *equal, mlp_tensor *a, mlp_tensor *b, mlp_error *err)
{
    enum { BLOCK = 65536 }; /* elements, about, that are compared first */
    int64_t n = mlp_tensor_numel(a);
    int dim = 0;
    mlp_status st = MLP_OK;
    *equal = mlp_tensor_same_shape(a, b);
    if (!*equal || n == 0) return MLP_OK;
    while (dim < a->ndim && a->shape[dim] == 1) dim++;
    if (n <= BLOCK || dim == a->ndim) return all_equal(equal, a, b, err);
    int64_t rows = a->shape[dim], some = 1 + BLOCK / (n / rows);
    for (int64_t at = 0; !st && *equal && at < rows; at += some, some *= 2) { /* large ones use all threads */
        mlp_tensor *x = NULL, *y = NULL;
        if (some > rows - at) some = rows - at;
        st = mlp_tensor_narrow(&x, a, dim, at, some, err);
        if (!st) st = mlp_tensor_narrow(&y, b, dim, at, some, err);
        if (!st) st = all_equal(equal, x, y, err);
        mlp_tensor_release(x);
        mlp_tensor_release(y);
    }
    return st;
}

static mlp_status refuse_power(double number, mlp_error *err)
{
    return mlp_fail(err, MLP_EDTYPE,
                    "pow: %g is negative, and whole numbers have no such power that is whole: convert "
                    "the tensor with :float()",
                    number);
}

mlp_status mlp_tensor_binary_number(mlp_tensor **out, mlp_binary_op op, const mlp_tensor *a, double number,
                                    bool integer, bool reversed, mlp_error *err)
{
    mlp_dtype dtype = mlp_dtype_with_number(a->dtype, number, integer);
    if (op == MLP_POW && !reversed && number < 0 && !mlp_dtype_is_float(dtype)) return refuse_power(number, err);
    if (!table[op].loop[mlp_dtype_working(dtype)]) dtype = MLP_F32;
    mlp_tensor *b = NULL;
    mlp_status st = mlp_tensor_scalar(&b, mlp_dtype_working(dtype), number, err);
    if (st) return st;
    st = reversed ? binary_as(out, op, b, a, dtype, err) : binary_as(out, op, a, b, dtype, err);
    mlp_tensor_release(b);
    return st;
}

/* ---- in place ---- */

static mlp_status check_in_place(const mlp_tensor *a, const mlp_tensor *b, const char *who, mlp_error *err)
{
    int ndim;
    int64_t shape[MLP_MAX_DIMS];
    char ta[MLP_SHAPE_TEXT], tb[MLP_SHAPE_TEXT];
    mlp_status st = mlp_broadcast_shape(&ndim, shape, a, b, who, err);
    if (!st) st = mlp_write_check(a, who, "_", err);
    if (st) return st;
    bool same = ndim == a->ndim;
    for (int i = 0; same && i < ndim; i++) same = shape[i] == a->shape[i];
    if (!same)
        return mlp_fail(err, MLP_ESHAPE, "%s_: %s does not broadcast to %s, and a result in place cannot grow", who,
                        mlp_shape_text(tb, b->ndim, b->shape), mlp_shape_text(ta, a->ndim, a->shape));
    if (kind_of(a->dtype) < kind_of(b->dtype))
        return mlp_fail(err, MLP_EDTYPE, "%s_: a result of type %s cannot be kept in a tensor of type %s", who,
                        mlp_dtype_name(b->dtype), mlp_dtype_name(a->dtype));
    return MLP_OK;
}

/* b in a's type, and not overlapping a unless it is the same elements in the same places. */
static mlp_status operand_for(mlp_tensor **out, const mlp_tensor *a, const mlp_tensor *b, mlp_error *err)
{
    if (a->storage == b->storage) {
        bool equal_places = a->offset == b->offset && mlp_tensor_same_shape(a, b);
        for (int i = 0; equal_places && i < a->ndim; i++) equal_places = a->stride[i] == b->stride[i];
        if (!equal_places || a->dtype != b->dtype) return mlp_tensor_cast(out, b, a->dtype, err);
    }
    return mlp_in_type(out, b, a->dtype, err);
}

/* Into a tensor that is not computed with. */
static mlp_status on_copies(mlp_tensor *a, mlp_binary_op op, const mlp_tensor *b, mlp_error *err)
{
    mlp_tensor *y = NULL;
    mlp_status st = binary_as(&y, op, a, b, mlp_tensor_result_type(a, b), err);
    if (!st) st = mlp_tensor_copy_(a, y, err);
    mlp_tensor_release(y);
    return st;
}

mlp_status mlp_tensor_binary_(mlp_tensor *a, mlp_binary_op op, const mlp_tensor *b, mlp_error *err)
{
    const binary_entry *e = &table[op];
    if (e->comparison || !e->loop[mlp_dtype_working(a->dtype)])
        return mlp_fail(err, MLP_EDTYPE, "%s_: a tensor of type %s cannot hold the result", e->name,
                        mlp_dtype_name(a->dtype));
    mlp_tensor *z = NULL;
    mlp_status st = check_in_place(a, b, e->name, err);
    if (!st && mlp_dtype_working(a->dtype) != a->dtype) return on_copies(a, op, b, err);
    if (!st) st = operand_for(&z, a, b, err);
    double power;
    if (!st && op == MLP_POW && z->ndim == 0 && !mlp_dtype_is_float(z->dtype) && !mlp_tensor_item(&power, z, NULL) &&
        power < 0)
        st = refuse_power(power, err);
    if (!st) st = run(e, a, a, z, err);
    if (st) return mlp_tensor_release(z), st;
    mlp_tensor_release(z);
    mlp_tensor_touch(a);
    return st;
}

mlp_status mlp_tensor_binary_number_(mlp_tensor *a, mlp_binary_op op, double number, mlp_error *err)
{
    bool whole = number == floor(number) || mlp_dtype_is_float(a->dtype);
    mlp_tensor *b = NULL;
    mlp_status st = mlp_tensor_scalar(&b, whole ? mlp_dtype_working(a->dtype) : MLP_F32, number, err);
    if (st) return st;
    st = mlp_tensor_binary_(a, op, b, err);
    mlp_tensor_release(b);
    return st;
}

MLP_SIMD static void axpy_f32(int64_t n, float alpha, const float *b, int64_t sb, float *a, int64_t sa)
{
    if (sa == 1 && sb == 1)
        for (int64_t i = 0; i < n; i++) a[i] += alpha * b[i];
    else
        for (int64_t i = 0; i < n; i++) a[i * sa] += alpha * b[i * sb];
}

MLP_SIMD static void axpy_f64(int64_t n, double alpha, const double *b, int64_t sb, double *a, int64_t sa)
{
    for (int64_t i = 0; i < n; i++) a[i * sa] += alpha * b[i * sb];
}

typedef struct axpy_job {
    mlp_tensor *a;
    const mlp_tensor *b;
    double alpha;
} axpy_job;

static void axpy_piece(void *context, int64_t n, const int64_t *offset, const int64_t *step)
{
    const axpy_job *j = context;
    void *a = mlp_tensor_data(j->a);
    const void *b = mlp_tensor_data(j->b);
    if (j->a->dtype == MLP_F32)
        axpy_f32(n, (float)j->alpha, (const float *)b + offset[1], step[1], (float *)a + offset[0], step[0]);
    else axpy_f64(n, j->alpha, (const double *)b + offset[1], step[1], (double *)a + offset[0], step[0]);
}

mlp_status mlp_tensor_axpy_(mlp_tensor *a, double alpha, const mlp_tensor *b, mlp_error *err)
{
    mlp_status st;
    mlp_tensor *z = NULL;
    if (a->dtype == MLP_F16 || a->dtype == MLP_BF16) { /* the sum is rounded once */
        st = check_in_place(a, b, "add", err);
        if (!st) st = mlp_tensor_cast(&z, a, MLP_F32, err);
        if (!st) st = mlp_tensor_axpy_(z, alpha, b, err);
        if (!st) st = mlp_tensor_copy_(a, z, err);
        mlp_tensor_release(z);
        return st;
    }
    if (!mlp_dtype_is_float(a->dtype)) { /* integers: rare, so in two steps */
        st = mlp_tensor_binary_number(&z, MLP_MUL, b, alpha, alpha == floor(alpha), false, err);
        if (!st) st = mlp_tensor_binary_(a, MLP_ADD, z, err);
        mlp_tensor_release(z);
        return st;
    }
    st = check_in_place(a, b, "add", err);
    if (!st) st = operand_for(&z, a, b, err);
    if (st) return st;
    axpy_job j = { a, z, alpha };
    mlp_walk w;
    mlp_walk_begin(&w, a->ndim, a->shape, 2, (const mlp_tensor *const[]){ a, z });
    st = mlp_walk_run(&w, axpy_piece, &j, err);
    mlp_tensor_release(z);
    mlp_tensor_touch(a);
    return st;
}

/* ---- where ---- */

typedef struct where_job {
    const mlp_tensor *c, *a, *b;
    mlp_tensor *y;
} where_job;

static void where_piece(void *context, int64_t n, const int64_t *offset, const int64_t *step)
{
    const where_job *j = context;
    const uint8_t *c = (const uint8_t *)mlp_tensor_data(j->c) + offset[1];
#define WHERE(T)                                                                                                       \
    do {                                                                                                               \
        const T *a = (const T *)mlp_tensor_data(j->a) + offset[2], *b = (const T *)mlp_tensor_data(j->b) + offset[3];  \
        T *y = (T *)mlp_tensor_data(j->y) + offset[0];                                                                 \
        for (int64_t i = 0; i < n; i++) y[i * step[0]] = c[i * step[1]] ? a[i * step[2]] : b[i * step[3]];             \
    } while (0)
    switch (mlp_dtype_size(j->y->dtype)) { /* bits are moved */
    case 1: WHERE(uint8_t); break;
    case 2: WHERE(uint16_t); break;
    case 4: WHERE(uint32_t); break;
    default: WHERE(uint64_t); break;
    }
}

mlp_status mlp_tensor_where(mlp_tensor **out, const mlp_tensor *condition, const mlp_tensor *a, const mlp_tensor *b,
                            mlp_error *err)
{
    int ndim;
    mlp_dtype dtype = mlp_tensor_result_type(a, b);
    mlp_tensor *c = NULL, *x = NULL, *z = NULL, *y = NULL, both = { 0 };
    int64_t shape[MLP_MAX_DIMS];
    mlp_status st = mlp_broadcast_shape(&both.ndim, both.shape, a, b, "where", err);
    if (!st) st = mlp_broadcast_shape(&ndim, shape, &both, condition, "where", err);
    if (st) return st;
    st = mlp_in_type(&c, condition, MLP_BOOL, err);
    if (!st) st = mlp_in_type(&x, a, dtype, err);
    if (!st) st = mlp_in_type(&z, b, dtype, err);
    if (!st) st = mlp_tensor_new(&y, dtype, ndim, shape, err);
    if (!st) {
        where_job j = { c, x, z, y };
        mlp_walk w;
        mlp_walk_begin(&w, ndim, y->shape, 4, (const mlp_tensor *const[]){ y, c, x, z });
        st = mlp_walk_run(&w, where_piece, &j, err);
    }
    mlp_tensor_release(c);
    mlp_tensor_release(x);
    mlp_tensor_release(z);
    if (st) mlp_tensor_release(y);
    else *out = y;
    return st;
}
