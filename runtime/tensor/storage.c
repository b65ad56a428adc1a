/* storage.c - the life of tensors, and looking into them. */
#include "base/half.h"
#include "tensor/tensor_private.h"

#include <stdio.h>
#include <string.h>

void (*mlp_autograd_free_hook)(mlp_autograd *);

static const struct {
    const char *name;
    size_t size;
    mlp_dtype working;
    double least, end; /* of whole numbers */
} types[MLP_DTYPES] = {
    [MLP_BOOL] = { "bool", 1, MLP_BOOL, 0, 0 },
    [MLP_U8] = { "u8", 1, MLP_U8, 0, 0x1p8 },
    [MLP_I32] = { "i32", 4, MLP_I64, -0x1p31, 0x1p31 },
    [MLP_I64] = { "i64", 8, MLP_I64, -0x1p63, 0x1p63 },
    [MLP_F16] = { "f16", 2, MLP_F32, 0, 0 },
    [MLP_BF16] = { "bf16", 2, MLP_F32, 0, 0 },
    [MLP_F32] = { "f32", 4, MLP_F32, 0, 0 },
    [MLP_F64] = { "f64", 8, MLP_F64, 0, 0 },
};

size_t mlp_dtype_size(mlp_dtype dtype)
{
    return types[dtype].size;
}

const char *mlp_dtype_name(mlp_dtype dtype)
{
    return types[dtype].name;
}

mlp_dtype mlp_dtype_working(mlp_dtype dtype)
{
    return types[dtype].working;
}

mlp_dtype mlp_dtype_promoted(mlp_dtype a, mlp_dtype b)
{
    if (a != b && types[a].size == types[b].size && mlp_dtype_is_float(a) && mlp_dtype_is_float(b)) return MLP_F32;
    return a > b ? a : b;
}

bool mlp_dtype_range(double *least, double *end, mlp_dtype dtype)
{
    *least = types[dtype].least;
    *end = types[dtype].end;
    return *least < *end;
}

mlp_dtype mlp_dtype_with_number(mlp_dtype dtype, double number, bool integer)
{
    double least, end;
    if (mlp_dtype_is_float(dtype)) return dtype;
    if (!integer) return MLP_F32;
    return mlp_dtype_range(&least, &end, dtype) && number >= least && number < end ? dtype : MLP_I64;
}

mlp_status mlp_expect_real(const mlp_tensor *t, const char *who, const char *what, mlp_error *err)
{
    if (mlp_dtype_is_real(t->dtype)) return MLP_OK;
    return mlp_fail(err, MLP_EDTYPE, "%s: the %s is %s, expected f32 or f64: convert it with :float()", who, what,
                    mlp_dtype_name(t->dtype));
}

/* Headers come from blocks too, so that Lua's collector feels the weight of many small tensors. Up to INLINE bytes of
 * elements lie behind the header of their storage, HEAD bytes from its beginning: one block less. */
enum { HEAD = 64, INLINE = 2048 };
_Static_assert(sizeof(mlp_storage) <= HEAD, "a storage's elements begin behind its header");

static size_t block_bytes(size_t bytes)
{
    return HEAD + (bytes <= INLINE ? bytes : 0);
}

static mlp_status storage_new(mlp_storage **out, size_t bytes, mlp_error *err)
{
    void *block = NULL;
    mlp_status st = mlp_block_new(&block, block_bytes(bytes), err);
    if (st) return st;
    mlp_storage *s = block;
    s->data = (char *)block + HEAD;
    if (bytes > INLINE && (st = mlp_block_new(&s->data, bytes, err))) {
        mlp_block_free(s, HEAD);
        return st;
    }
    s->bytes = bytes;
    atomic_init(&s->refs, 1);
    atomic_init(&s->version, 0);
    *out = s;
    return MLP_OK;
}

static void storage_release(mlp_storage *s)
{
    if (!s || atomic_fetch_sub_explicit(&s->refs, 1, memory_order_acq_rel) != 1) return;
    if (s->bytes > INLINE) mlp_block_free(s->data, s->bytes);
    mlp_block_free(s, block_bytes(s->bytes));
}

static mlp_status header_new(mlp_tensor **out, mlp_error *err)
{
    void *block = NULL;
    mlp_status st = mlp_block_new(&block, sizeof(mlp_tensor), err);
    if (st) return st;
    *out = block;
    **out = (mlp_tensor){ .refs = 1 };
    return MLP_OK;
}

mlp_status mlp_shape_check(int ndim, const int64_t *shape, size_t element, mlp_error *err)
{
    char text[MLP_SHAPE_TEXT];
    int64_t count = 1, limit = (int64_t)(PTRDIFF_MAX / 2 / element);
    for (int i = 0; i < ndim; i++) {
        if (shape[i] == 0) continue; /* strides, and products that meet the 0 last, are made of the other sizes */
        if (count > limit / shape[i])
            return mlp_fail(err, MLP_ENOMEM, "a tensor of %s elements is larger than any memory",
                            mlp_shape_text(text, ndim, shape));
        count *= shape[i];
    }
    return MLP_OK;
}

mlp_status mlp_tensor_new(mlp_tensor **out, mlp_dtype dtype, int ndim, const int64_t *shape, mlp_error *err)
{
    if (ndim < 0 || ndim > MLP_MAX_DIMS)
        return mlp_fail(err, MLP_ESHAPE, "a tensor has at most %d dimensions, got %d", MLP_MAX_DIMS, ndim);
    for (int i = 0; i < ndim; i++)
        if (shape[i] < 0) return mlp_fail(err, MLP_ESHAPE, "size %lld of a dimension is negative", (long long)shape[i]);
    mlp_tensor *t = NULL;
    mlp_status st = mlp_shape_check(ndim, shape, mlp_dtype_size(dtype), err);
    if (!st) st = header_new(&t, err);
    if (st) return st;
    t->dtype = dtype;
    t->ndim = ndim;
    int64_t stride = 1;
    for (int i = ndim; i-- > 0;) {
        t->shape[i] = shape[i];
        t->stride[i] = stride;
        stride *= shape[i] > 1 ? shape[i] : 1;
    }
    if ((st = storage_new(&t->storage, (size_t)mlp_tensor_numel(t) * mlp_dtype_size(dtype), err))) {
        mlp_tensor_release(t);
        return st;
    }
    *out = t;
    return MLP_OK;
}

mlp_status mlp_tensor_view_new(mlp_tensor **out, mlp_tensor *of, mlp_error *err)
{
    mlp_tensor *t = NULL;
    mlp_status st = header_new(&t, err);
    if (st) return st;
    *t = *of;
    t->refs = 1;
    t->autograd = NULL;
    t->base = NULL;
    t->writes = 0;
    atomic_fetch_add_explicit(&t->storage->refs, 1, memory_order_relaxed);
    *out = t;
    return MLP_OK;
}

mlp_tensor *mlp_tensor_retain(mlp_tensor *t)
{
    if (t) __atomic_fetch_add(&t->refs, 1, __ATOMIC_RELAXED);
    return t;
}

void mlp_tensor_release(mlp_tensor *t)
{
    if (!t || __atomic_fetch_sub(&t->refs, 1, __ATOMIC_ACQ_REL) != 1) return;
    if (t->autograd) mlp_autograd_free_hook(t->autograd);
    mlp_tensor_release(t->base); /* which has none */
    storage_release(t->storage);
    mlp_block_free(t, sizeof *t);
}

/* ---- looking ---- */

void *mlp_tensor_data(const mlp_tensor *t)
{
    return (char *)t->storage->data + (size_t)t->offset * mlp_dtype_size(t->dtype);
}

int64_t mlp_tensor_numel(const mlp_tensor *t)
{
    int64_t n = 1;
    for (int i = 0; i < t->ndim; i++) n *= t->shape[i];
    return n;
}

bool mlp_tensor_is_contiguous(const mlp_tensor *t)
{
    int64_t expected = 1;
    for (int i = t->ndim; i-- > 0;) {
        if (t->shape[i] == 0) return true;
        if (t->shape[i] > 1 && t->stride[i] != expected) return false;
        expected *= t->shape[i];
    }
    return true;
}

static int64_t place_of(const mlp_tensor *t, const int64_t *index)
{
    int64_t at = 0;
    for (int i = 0; i < t->ndim; i++) at += index[i] * t->stride[i];
    return at;
}

double mlp_tensor_at(const mlp_tensor *t, const int64_t *index)
{
    const void *data = mlp_tensor_data(t);
    int64_t at = place_of(t, index);
    switch (t->dtype) {
    case MLP_BOOL:
    case MLP_U8: return ((const uint8_t *)data)[at];
    case MLP_I32: return ((const int32_t *)data)[at];
    case MLP_I64: return (double)((const int64_t *)data)[at];
    case MLP_F16: return mlp_half_to_float(((const uint16_t *)data)[at]);
    case MLP_BF16: return mlp_brain_to_float(((const uint16_t *)data)[at]);
    case MLP_F32: return ((const float *)data)[at];
    default: return ((const double *)data)[at];
    }
}

void mlp_tensor_put(mlp_tensor *t, const int64_t *index, double value)
{
    void *data = mlp_tensor_data(t);
    int64_t at = place_of(t, index);
    switch (t->dtype) {
    case MLP_BOOL: ((uint8_t *)data)[at] = value != 0; break;
    case MLP_U8: ((uint8_t *)data)[at] = mlp_to_u8(value); break;
    case MLP_I32: ((int32_t *)data)[at] = mlp_to_i32(value); break;
    case MLP_I64: ((int64_t *)data)[at] = mlp_to_i64(value); break;
    case MLP_F16: ((uint16_t *)data)[at] = mlp_float_to_half((float)value); break;
    case MLP_BF16: ((uint16_t *)data)[at] = mlp_float_to_brain((float)value); break;
    case MLP_F32: ((float *)data)[at] = (float)value; break;
    default: ((double *)data)[at] = value; break;
    }
    mlp_tensor_touch(t);
}

mlp_status mlp_tensor_item(double *out, const mlp_tensor *t, mlp_error *err)
{
    char text[MLP_SHAPE_TEXT];
    if (mlp_tensor_numel(t) != 1)
        return mlp_fail(err, MLP_ESHAPE, "item: a tensor of one element is needed, got %s",
                        mlp_shape_text(text, t->ndim, t->shape));
    static const int64_t zero[MLP_MAX_DIMS] = { 0 };
    *out = mlp_tensor_at(t, zero);
    return MLP_OK;
}

int64_t mlp_tensor_version(const mlp_tensor *t)
{
    return atomic_load_explicit(&t->storage->version, memory_order_relaxed);
}

void mlp_tensor_touch(mlp_tensor *t)
{
    atomic_fetch_add_explicit(&t->storage->version, 1, memory_order_relaxed);
}

bool mlp_tensor_is_alone(const mlp_tensor *t)
{
    return __atomic_load_n(&t->refs, __ATOMIC_ACQUIRE) == 1 && atomic_load(&t->storage->refs) == 1;
}

bool mlp_tensor_same_shape(const mlp_tensor *a, const mlp_tensor *b)
{
    return a->ndim == b->ndim && memcmp(a->shape, b->shape, (size_t)a->ndim * sizeof *a->shape) == 0;
}

const char *mlp_shape_text(char *buffer, int ndim, const int64_t *shape)
{
    int n = ndim == 0 ? snprintf(buffer, MLP_SHAPE_TEXT, "scalar") : 0;
    for (int i = 0; i < ndim && n < MLP_SHAPE_TEXT; i++)
        n += snprintf(buffer + n, (size_t)(MLP_SHAPE_TEXT - n), i ? "x%lld" : "%lld", (long long)shape[i]);
    return buffer;
}

mlp_status mlp_write_check(const mlp_tensor *t, const char *who, const char *suffix, mlp_error *err)
{
    bool repeated = false;
    for (int i = 0; i < t->ndim; i++) {
        if (t->shape[i] == 0) return MLP_OK;
        repeated = repeated || (t->shape[i] > 1 && t->stride[i] == 0);
    }
    if (!repeated) return MLP_OK;
    return mlp_fail(err, MLP_ESTATE,
                    "%s%s: several elements of an expanded tensor are one place in memory: write to a clone", who,
                    suffix);
}

mlp_status mlp_dim_check(int *dim, int ndim, const char *who, mlp_error *err)
{
    int d = *dim < 0 ? *dim + ndim : *dim;
    if (d < 0 || d >= ndim)
        return mlp_fail(err, MLP_EINDEX, "%s: there is no dimension %d in a tensor of %d dimensions", who,
                        mlp_nth_dim(*dim), ndim);
    *dim = d;
    return MLP_OK;
}
