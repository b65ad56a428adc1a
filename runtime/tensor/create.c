/* create.c - tensors with given values, copies, and conversions between types. */
#include "base/half.h"
#include "tensor/tensor_private.h"

#include <math.h>
#include <string.h>

/* ---- copies: a loop per pair of types; of f16 and bf16 those to and from f32, over which all others go ---- */

#define BOOL(v) ((v) != 0)
#define U8(v) mlp_to_u8((double)(v))
#define I32(v) mlp_to_i32((double)(v))
#define I64(v) mlp_to_i64((double)(v))
#define PLAIN_U8(v) ((uint8_t)(v))
#define PLAIN_I32(v) ((int32_t)(uint32_t)(v)) /* wraps */
#define PLAIN_I64(v) ((int64_t)(v))
#define SAME(v) (v)
#define F32(v) ((float)(v))
#define F64(v) ((double)(v))

typedef void (*copy_loop)(int64_t n, const void *x, int64_t sx, void *y, int64_t sy);

#define COPY(from, to, X, Y, convert)                                                                                  \
    static void copy_##from##_##to(int64_t n, const void *x_, int64_t sx, void *y_, int64_t sy)                        \
    {                                                                                                                  \
        const X *x = x_;                                                                                               \
        Y *y = y_;                                                                                                     \
        if (sx == 1 && sy == 1)                                                                                        \
            for (int64_t i = 0; i < n; i++) y[i] = convert(x[i]);                                                      \
        else                                                                                                           \
            for (int64_t i = 0; i < n; i++) y[i * sy] = convert(x[i * sx]);                                            \
    }
COPY(u8, bool, uint8_t, uint8_t, BOOL)
COPY(u8, u8, uint8_t, uint8_t, PLAIN_U8)
COPY(u8, i32, uint8_t, int32_t, PLAIN_I32)
COPY(u8, i64, uint8_t, int64_t, PLAIN_I64)
COPY(u8, f32, uint8_t, float, F32)
COPY(u8, f64, uint8_t, double, F64)
COPY(i32, bool, int32_t, uint8_t, BOOL)
COPY(i32, u8, int32_t, uint8_t, PLAIN_U8)
COPY(i32, i32, int32_t, int32_t, PLAIN_I32)
COPY(i32, i64, int32_t, int64_t, PLAIN_I64)
COPY(i32, f32, int32_t, float, F32)
COPY(i32, f64, int32_t, double, F64)
COPY(i64, bool, int64_t, uint8_t, BOOL)
COPY(i64, u8, int64_t, uint8_t, PLAIN_U8)
COPY(i64, i32, int64_t, int32_t, PLAIN_I32)
COPY(i64, i64, int64_t, int64_t, PLAIN_I64)
COPY(i64, f32, int64_t, float, F32)
COPY(i64, f64, int64_t, double, F64)
COPY(f32, bool, float, uint8_t, BOOL)
COPY(f32, u8, float, uint8_t, U8)
COPY(f32, i32, float, int32_t, I32)
COPY(f32, i64, float, int64_t, I64)
COPY(f32, f32, float, float, F32)
COPY(f32, f64, float, double, F64)
COPY(f64, bool, double, uint8_t, BOOL)
COPY(f64, u8, double, uint8_t, U8)
COPY(f64, i32, double, int32_t, I32)
COPY(f64, i64, double, int64_t, I64)
COPY(f64, f32, double, float, F32)
COPY(f64, f64, double, double, F64)
COPY(f16, f16, uint16_t, uint16_t, SAME)
COPY(f16, f32, uint16_t, float, mlp_half_to_float)
COPY(f32, f16, float, uint16_t, mlp_float_to_half)
COPY(bf16, f32, uint16_t, float, mlp_brain_to_float)
COPY(f32, bf16, float, uint16_t, mlp_float_to_brain)

/* From a type (row) to another; a bool is read as the u8 that it is. NULL: over f32. */
#define TO_WORKING(from)                                                                                               \
    [MLP_BOOL] = copy_##from##_bool, [MLP_U8] = copy_##from##_u8, [MLP_I32] = copy_##from##_i32,                       \
    [MLP_I64] = copy_##from##_i64, [MLP_F32] = copy_##from##_f32, [MLP_F64] = copy_##from##_f64
static const copy_loop copies[MLP_DTYPES][MLP_DTYPES] = {
    [MLP_BOOL] = { TO_WORKING(u8) },
    [MLP_U8] = { TO_WORKING(u8) },
    [MLP_I32] = { TO_WORKING(i32) },
    [MLP_I64] = { TO_WORKING(i64) },
    [MLP_F16] = { [MLP_F16] = copy_f16_f16, [MLP_F32] = copy_f16_f32 },
    [MLP_BF16] = { [MLP_BF16] = copy_f16_f16, [MLP_F32] = copy_bf16_f32 },
    [MLP_F32] = { TO_WORKING(f32), [MLP_F16] = copy_f32_f16, [MLP_BF16] = copy_f32_bf16 },
    [MLP_F64] = { TO_WORKING(f64) },
};

typedef struct copy_job {
    copy_loop loop, first; /* first: to f32, from which loop goes on; NULL: loop goes all the way */
    const char *x;
    char *y;
    int64_t x_size, y_size;
} copy_job;

static void piece(void *context, int64_t n, const int64_t *offset, const int64_t *step)
{
    const copy_job *j = context;
    const char *x = j->x + offset[1] * j->x_size;
    char *y = j->y + offset[0] * j->y_size;
    if (!j->first) {
        j->loop(n, x, step[1], y, step[0]);
        return;
    }
    float some[256];
    for (int64_t i = 0, count = (int64_t)(sizeof some / sizeof *some); i < n; i += count) {
        if (count > n - i) count = n - i;
        j->first(count, x + i * step[1] * j->x_size, step[1], some, 1);
        j->loop(count, some, 1, y + i * step[0] * j->y_size, step[0]);
    }
}

static copy_job job_of(mlp_tensor *to, mlp_dtype from, const void *x)
{
    copy_loop direct = copies[from][to->dtype];
    return (copy_job){ .loop = direct ? direct : copies[MLP_F32][to->dtype],
                       .first = direct ? NULL : copies[from][MLP_F32],
                       .x = x,
                       .y = mlp_tensor_data(to),
                       .x_size = (int64_t)mlp_dtype_size(from),
                       .y_size = (int64_t)mlp_dtype_size(to->dtype) };
}

static mlp_status copy(mlp_tensor *to, const mlp_tensor *from, mlp_error *err)
{
    copy_job j = job_of(to, from->dtype, mlp_tensor_data(from));
    mlp_walk w;
    mlp_walk_begin(&w, to->ndim, to->shape, 2, (const mlp_tensor *const[]){ to, from });
    return mlp_walk_run(&w, piece, &j, err);
}

mlp_status mlp_tensor_cast(mlp_tensor **out, const mlp_tensor *t, mlp_dtype dtype, mlp_error *err)
{
    mlp_tensor *y = NULL;
    mlp_status st = mlp_tensor_new(&y, dtype, t->ndim, t->shape, err);
    if (st) return st;
    if ((st = copy(y, t, err))) mlp_tensor_release(y);
    else *out = y;
    return st;
}

mlp_status mlp_in_type(mlp_tensor **out, const mlp_tensor *t, mlp_dtype dtype, mlp_error *err)
{
    if (t->dtype != dtype) return mlp_tensor_cast(out, t, dtype, err);
    *out = mlp_tensor_retain((mlp_tensor *)t);
    return MLP_OK;
}

mlp_status mlp_kept_in(mlp_tensor **out, mlp_tensor *y, mlp_dtype dtype, mlp_status st, mlp_error *err)
{
    if (!st) st = mlp_in_type(out, y, dtype, err);
    mlp_tensor_release(y);
    return st;
}

mlp_status mlp_tensor_clone(mlp_tensor **out, const mlp_tensor *t, mlp_error *err)
{
    return mlp_tensor_cast(out, t, t->dtype, err);
}

mlp_status mlp_tensor_contiguous(mlp_tensor **out, mlp_tensor *t, mlp_error *err)
{
    if (!mlp_tensor_is_contiguous(t)) return mlp_tensor_clone(out, t, err);
    *out = mlp_tensor_retain(t);
    return MLP_OK;
}

mlp_status mlp_tensor_copy_(mlp_tensor *to, const mlp_tensor *from, mlp_error *err)
{
    int ndim;
    int64_t shape[MLP_MAX_DIMS];
    mlp_status st = mlp_broadcast_shape(&ndim, shape, to, from, "copy_", err);
    if (st) return st;
    bool same = ndim == to->ndim && memcmp(shape, to->shape, sizeof *shape * (size_t)ndim) == 0;
    if (!same) {
        char a[MLP_SHAPE_TEXT], b[MLP_SHAPE_TEXT];
        return mlp_fail(err, MLP_ESHAPE, "copy_: %s does not broadcast to %s",
                        mlp_shape_text(b, from->ndim, from->shape), mlp_shape_text(a, to->ndim, to->shape));
    }
    if ((st = mlp_write_check(to, "copy_", "", err))) return st;
    mlp_tensor *apart = NULL; /* views of one storage may overlap */
    if (to->storage == from->storage) {
        if ((st = mlp_tensor_clone(&apart, from, err))) return st;
        from = apart;
    }
    st = copy(to, from, err);
    mlp_tensor_release(apart);
    mlp_tensor_touch(to);
    return st;
}

mlp_status mlp_tensor_fill_(mlp_tensor *t, double value, mlp_error *err)
{
    mlp_tensor *v = NULL;
    mlp_status st = mlp_tensor_scalar(&v, t->dtype, value, err);
    if (st) return st;
    st = copy(t, v, err);
    mlp_tensor_release(v);
    mlp_tensor_touch(t);
    return st;
}

/* ---- constructors ---- */

mlp_status mlp_tensor_scalar(mlp_tensor **out, mlp_dtype dtype, double value, mlp_error *err)
{
    static const int64_t nowhere[1] = { 0 };
    mlp_tensor *t = NULL;
    mlp_status st = mlp_tensor_new(&t, dtype, 0, NULL, err);
    if (st) return st;
    mlp_tensor_put(t, nowhere, value);
    *out = t;
    return MLP_OK;
}

mlp_status mlp_tensor_full(mlp_tensor **out, mlp_dtype dtype, int ndim, const int64_t *shape, double value,
                           mlp_error *err)
{
    mlp_tensor *t = NULL;
    mlp_status st = mlp_tensor_new(&t, dtype, ndim, shape, err);
    if (st) return st;
    if ((st = mlp_tensor_fill_(t, value, err))) mlp_tensor_release(t);
    else *out = t;
    return st;
}

typedef struct slope {
    mlp_tensor *t;
    double start, step;
} slope;

static void ramp_range(void *context, int64_t begin, int64_t end)
{
    const slope *s = context;
    double some[256];
    copy_job j = job_of(s->t, MLP_F64, some);
    for (int64_t i = begin, count = (int64_t)(sizeof some / sizeof *some); i < end; i += count) {
        if (count > end - i) count = end - i;
        for (int64_t k = 0; k < count; k++) some[k] = s->start + (double)(i + k) * s->step;
        piece(&j, count, (const int64_t[]){ i, 0 }, (const int64_t[]){ 1, 1 });
    }
}

/* start + i * step for i < n, but the last */
static mlp_status ramp(mlp_tensor **out, mlp_dtype dtype, double start, double step, double last, int64_t n,
                       mlp_error *err)
{
    enum { GRAIN = 1 << 16 };
    slope s = { .start = start, .step = step };
    mlp_status st = mlp_tensor_new(&s.t, dtype, 1, &n, err);
    if (st) return st;
    st = mlp_parallel_for(n, GRAIN, ramp_range, &s, err);
    if (!st && n > 0) mlp_tensor_put(s.t, (const int64_t[]){ n - 1 }, last);
    if (st) mlp_tensor_release(s.t);
    else *out = s.t;
    return st;
}

mlp_status mlp_tensor_arange(mlp_tensor **out, mlp_dtype dtype, double start, double end, double step, mlp_error *err)
{
    double n = ceil((end - start) / step);
    if (!isfinite(n) || step == 0)
        return mlp_fail(err, MLP_EINVAL, "arange: start %g, end %g, step %g: numbers must be finite, and step not 0",
                        start, end, step);
    if (n < 0)
        return mlp_fail(err, MLP_EINVAL, "arange: from %g to %g the step must be %s, got %g", start, end,
                        step > 0 ? "negative" : "positive", step);
    if (n > 1e15) return mlp_fail(err, MLP_ENOMEM, "arange: %g elements are too many", n);
    return ramp(out, dtype, start, step, start + (n - 1) * step, (int64_t)n, err);
}

mlp_status mlp_tensor_linspace(mlp_tensor **out, mlp_dtype dtype, double start, double end, int64_t steps,
                               mlp_error *err)
{
    if (steps < 0) return mlp_fail(err, MLP_EINVAL, "linspace: steps is %lld, expected 0 or more", (long long)steps);
    double step = steps > 1 ? (end - start) / (double)(steps - 1) : 0;
    return ramp(out, dtype, start, step, steps > 1 ? end : start, steps, err);
}

mlp_status mlp_tensor_eye(mlp_tensor **out, mlp_dtype dtype, int64_t rows, int64_t columns, mlp_error *err)
{
    mlp_tensor *t = NULL;
    mlp_status st = mlp_tensor_full(&t, dtype, 2, (const int64_t[]){ rows, columns }, 0, err);
    if (st) return st;
    for (int64_t i = 0; i < rows && i < columns; i++) mlp_tensor_put(t, (const int64_t[]){ i, i }, 1);
    *out = t;
    return MLP_OK;
}
