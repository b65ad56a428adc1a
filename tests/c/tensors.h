/* tensors.h - what the tests of the array share: tensors of every layout, comparisons with a naive result. */
#ifndef TENSORS_H
#define TENSORS_H

#include "tensor/tensor.h"

#include "suite.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SHAPE(...)                                                                                                     \
    (int)(sizeof((int64_t[]){ __VA_ARGS__ }) / sizeof(int64_t)), (int64_t[])                                           \
    {                                                                                                                  \
        __VA_ARGS__                                                                                                    \
    }

/* Runs a call that must succeed; `err` is the name in scope. */
#define OK(call)                                                                                                       \
    do {                                                                                                               \
        mlp_status ok_status = (call);                                                                                 \
        ck_assert_msg(ok_status == MLP_OK, "%s: %s", #call, err.text);                                                 \
    } while (0)

/* Runs a call that must fail with this code and exactly this text. */
#define FAILS(call, expected_code, expected)                                                                           \
    do {                                                                                                               \
        err.text[0] = 0;                                                                                               \
        mlp_status fails_status = (call);                                                                              \
        ck_assert_msg(fails_status == (expected_code), "%s: status %s", #call, mlp_status_name(fails_status));         \
        ck_assert_msg(strcmp(err.text, (expected)) == 0, "%s says '%s', expected '%s'", #call, err.text, (expected));  \
    } while (0)

/* How the elements of a test tensor lie in memory. */
typedef enum layout { PLAIN, TRANSPOSED, STRIDED, OFFSET, LAYOUTS } layout;

static inline void release_all(int count, mlp_tensor **list)
{
    for (int i = 0; i < count; i++) mlp_tensor_release(list[i]);
}
#define RELEASE(...)                                                                                                   \
    release_all((int)(sizeof((mlp_tensor *[]){ __VA_ARGS__ }) / sizeof(mlp_tensor *)), (mlp_tensor *[]){ __VA_ARGS__ })

/* Index of element number n in C order. */
static inline void unravel(const mlp_tensor *t, int64_t n, int64_t *index)
{
    for (int i = t->ndim; i-- > 0;) {
        index[i] = n % t->shape[i];
        n /= t->shape[i];
    }
}

static inline double nth(const mlp_tensor *t, int64_t n)
{
    int64_t index[MLP_MAX_DIMS] = { 0 };
    unravel(t, n, index);
    return mlp_tensor_at(t, index);
}

static inline void set_nth(mlp_tensor *t, int64_t n, double value)
{
    int64_t index[MLP_MAX_DIMS] = { 0 };
    unravel(t, n, index);
    mlp_tensor_put(t, index, value);
}

/* A tensor of this shape whose memory is laid out as asked; the values are not set. */
static inline mlp_tensor *laid_out(layout how, mlp_dtype dtype, int ndim, const int64_t *shape)
{
    mlp_error err;
    mlp_tensor *base = NULL, *t = NULL;
    int64_t size[MLP_MAX_DIMS];
    for (int i = 0; i < ndim; i++) size[i] = how == TRANSPOSED ? shape[ndim - 1 - i] : shape[i];
    if (how == STRIDED && ndim > 0) size[ndim - 1] *= 2;
    if (how == OFFSET && ndim > 0) size[0] += 3;
    OK(mlp_tensor_full(&base, dtype, ndim, size, 77, &err));
    if (how == TRANSPOSED && ndim > 0) {
        int dims[MLP_MAX_DIMS];
        for (int i = 0; i < ndim; i++) dims[i] = ndim - 1 - i;
        OK(mlp_tensor_permute(&t, base, dims, &err));
    } else if (how == STRIDED && ndim > 0) { /* every other element of the last dimension */
        mlp_tensor *pairs = NULL;
        int64_t split[MLP_MAX_DIMS + 1];
        memcpy(split, shape, sizeof *shape * (size_t)ndim);
        split[ndim] = 2;
        OK(mlp_tensor_reshape(&pairs, base, ndim + 1, split, &err));
        OK(mlp_tensor_select(&t, pairs, ndim, 1, &err));
        mlp_tensor_release(pairs);
    } else if (how == OFFSET && ndim > 0) {
        OK(mlp_tensor_narrow(&t, base, 0, 2, shape[0], &err));
    } else {
        t = mlp_tensor_retain(base);
    }
    mlp_tensor_release(base);
    return t;
}

/* Repeatable values: small integers from low to high for integer types, else thirds of them. */
static inline mlp_tensor *filled(layout how, mlp_dtype dtype, int ndim, const int64_t *shape, int low, int high,
                                 uint64_t seed)
{
    mlp_tensor *t = laid_out(how, dtype, ndim, shape);
    mlp_rng rng = mlp_rng_stream(seed, MLP_FOR_USER, 0, 0, 0);
    for (int64_t i = 0; i < mlp_tensor_numel(t); i++) {
        double v = (double)mlp_rng_int(&rng, low, high);
        set_nth(t, i, mlp_dtype_is_float(dtype) ? v / 3 : v);
    }
    return t;
}

static inline mlp_tensor *of(mlp_dtype dtype, int ndim, const int64_t *shape, const double *values)
{
    mlp_tensor *t = laid_out(PLAIN, dtype, ndim, shape);
    for (int64_t i = 0; i < mlp_tensor_numel(t); i++) set_nth(t, i, values[i]);
    return t;
}
#define VECTOR(dtype, ...)                                                                                             \
    of(dtype, 1, (int64_t[]){ sizeof((double[]){ __VA_ARGS__ }) / sizeof(double) }, (double[]){ __VA_ARGS__ })

/* Between the numbers of f16 and bf16 about v; 0 for other types. */
static inline double step_of(mlp_dtype dtype, double v)
{
    if (dtype != MLP_F16 && dtype != MLP_BF16) return 0;
    int exponent = v == 0 || !isfinite(v) ? -1000 : ilogb(v), least = dtype == MLP_F16 ? -14 : -126;
    return ldexp(1, (exponent > least ? exponent : least) - (dtype == MLP_F16 ? 10 : 7));
}

/* v as the type keeps it: f16 and bf16 by their definition, the nearest multiple of the step, ties to even. */
static inline double kept(mlp_dtype dtype, double v)
{
    if (dtype == MLP_F32) return (double)(float)v;
    if ((dtype != MLP_F16 && dtype != MLP_BF16) || !isfinite(v)) return v;
    double step = step_of(dtype, v), rounded = nearbyint(v / step) * step;
    double largest = dtype == MLP_F16 ? 65504 : 0x1.FEp127;
    return fabs(rounded) > largest ? copysign(INFINITY, v) : rounded;
}

/* |a - b| <= tolerance, or both NaN, or the same infinity. */
static inline bool close_to(double a, double b, double tolerance)
{
    return (isnan(a) && isnan(b)) || a == b || fabs(a - b) <= tolerance;
}

static inline void same_values(const char *what, const mlp_tensor *got, const mlp_tensor *expected, double tolerance)
{
    char a[MLP_SHAPE_TEXT], b[MLP_SHAPE_TEXT];
    ck_assert_msg(mlp_tensor_same_shape(got, expected), "%s: shape %s, expected %s", what,
                  mlp_shape_text(a, got->ndim, got->shape), mlp_shape_text(b, expected->ndim, expected->shape));
    ck_assert_msg(got->dtype == expected->dtype, "%s: type %s, expected %s", what, mlp_dtype_name(got->dtype),
                  mlp_dtype_name(expected->dtype));
    for (int64_t i = 0; i < mlp_tensor_numel(got); i++)
        if (!close_to(nth(got, i), nth(expected, i), tolerance)) /* an assertion that holds is slow: Check notes each */
            ck_abort_msg("%s: element %lld is %.17g, expected %.17g", what, (long long)i, nth(got, i),
                         nth(expected, i));
}

/* Compares with values in C order and releases got. */
static inline void is(mlp_tensor *got, mlp_dtype dtype, int ndim, const int64_t *shape, const double *values)
{
    mlp_tensor *expected = of(dtype, ndim, shape, values);
    same_values("result", got, expected, dtype == MLP_F32 ? 1e-6 : 1e-14);
    RELEASE(got, expected);
}
#define IS_VECTOR(got, dtype, ...)                                                                                     \
    is(got, dtype, 1, (int64_t[]){ sizeof((double[]){ __VA_ARGS__ }) / sizeof(double) }, (double[]){ __VA_ARGS__ })

/* The same bits, element by element; both contiguous. */
static inline void same_bits(const char *what, const mlp_tensor *a, const mlp_tensor *b)
{
    ck_assert(mlp_tensor_is_contiguous(a) && mlp_tensor_is_contiguous(b) && mlp_tensor_same_shape(a, b));
    size_t bytes = (size_t)mlp_tensor_numel(a) * mlp_dtype_size(a->dtype);
    ck_assert_msg(memcmp(mlp_tensor_data(a), mlp_tensor_data(b), bytes) == 0, "%s: other bits", what);
}

#endif
