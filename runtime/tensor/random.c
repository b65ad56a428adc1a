/* random.c - tensors filled with random numbers. Each group of elements belongs to a block of the counter-based stream,
 * so any thread can make any part. */
#include "tensor/tensor_private.h"

#include <assert.h>
#include <math.h>

enum {
    BLOCKS = 8192, /* that a thread takes */
    AT_ONCE = 64,  /* whose words are made together */
};

typedef struct fill {
    const mlp_rng *rng;
    uint64_t first; /* block of element 0 */
    int64_t n;
    void *data;
    double a, b;
    int64_t low; /* of integers, which a double would round */
    uint64_t span;
    int bits; /* of a uniform number, where the type holds few */
} fill;

#define TWO_PI 6.283185307179586

static double two_words(const uint32_t *w)
{
    return (double)(((uint64_t)w[0] << 32 | w[1]) >> 11) * 0x1p-53;
}

/* Elements per block of four words, and how the words of `blocks` blocks become elements. */
typedef struct distribution {
    int per_block;
    void (*make)(const fill *f, int64_t blocks, const uint32_t *w, double *v);
} distribution;

MLP_SIMD static void uniform_f32(const fill *f, int64_t blocks, const uint32_t *w, double *v)
{
    for (int64_t k = 0; k < 4 * blocks; k++) v[k] = f->a + (f->b - f->a) * (double)(int32_t)(w[k] >> 8) * 0x1p-24;
}

/* As many bits as the type's fraction holds: more would round up to the end of [0, 1), which does not belong to it. */
static void uniform_few(const fill *f, int64_t blocks, const uint32_t *w, double *v)
{
    double unit = ldexp(1, -f->bits);
    for (int64_t k = 0; k < 4 * blocks; k++) v[k] = f->a + (f->b - f->a) * (double)(w[k] >> (32 - f->bits)) * unit;
}

static void uniform_f64(const fill *f, int64_t blocks, const uint32_t *w, double *v)
{
    for (int64_t k = 0; k < 2 * blocks; k++) v[k] = f->a + (f->b - f->a) * two_words(w + 2 * k);
}

static void normal_f32(const fill *f, int64_t blocks, const uint32_t *w, double *v)
{
    float z[4 * AT_ONCE];
    mlp_rng_normals(w, 2 * blocks, z);
    for (int64_t k = 0; k < 4 * blocks; k++) v[k] = f->a + f->b * (double)z[k];
}

/* Box and Muller: two uniforms give two normals. u1 is in (0, 1]. */

static void normal_f64(const fill *f, int64_t blocks, const uint32_t *w, double *v)
{
    for (; blocks > 0; blocks--, w += 4, v += 2) {
        double r = sqrt(-2 * log(1 - two_words(w))), angle = TWO_PI * two_words(w + 2);
        v[0] = f->a + f->b * r * cos(angle);
        v[1] = f->a + f->b * r * sin(angle);
    }
}

static void bernoulli(const fill *f, int64_t blocks, const uint32_t *w, double *v)
{
    for (int64_t k = 0; k < 4 * blocks; k++) v[k] = (double)w[k] * 0x1p-32 < f->a;
}

/* Integers beyond 2^53 do not pass through double: 64 random bits times the span, the upper half. */
static int64_t integer(const fill *f, const uint32_t *w)
{
    uint64_t x = (uint64_t)w[0] << 32 | w[1], low = f->span & 0xffffffffu, high = f->span >> 32;
    uint64_t carry = ((x & 0xffffffffu) * low >> 32) + (x >> 32) * low;
    uint64_t middle = (x & 0xffffffffu) * high + (carry & 0xffffffffu);
    return (int64_t)((uint64_t)f->low + (x >> 32) * high + (carry >> 32) + (middle >> 32));
}

typedef struct fill_job {
    fill f;
    distribution d;
    mlp_dtype dtype;
} fill_job;

/* Numbers into elements at `at` and behind it, and whole numbers into all types. */
static void put_numbers(const fill_job *j, int64_t at, int64_t n, const double *v)
{
    if (j->dtype == MLP_F32)
        for (int64_t i = 0; i < n; i++) ((float *)j->f.data)[at + i] = (float)v[i];
    else if (j->dtype == MLP_F64)
        for (int64_t i = 0; i < n; i++) ((double *)j->f.data)[at + i] = v[i];
    else if (j->dtype == MLP_I64)
        for (int64_t i = 0; i < n; i++) ((int64_t *)j->f.data)[at + i] = mlp_to_i64(v[i]);
    else
        for (int64_t i = 0; i < n; i++) ((uint8_t *)j->f.data)[at + i] = mlp_to_u8(v[i]);
}

static void put_integers(const fill_job *j, int64_t at, int64_t n, const uint32_t *w)
{
    for (int64_t i = 0; i < n; i++) {
        int64_t whole = integer(&j->f, w + 2 * i);
        if (j->dtype == MLP_I64) ((int64_t *)j->f.data)[at + i] = whole;
        else if (j->dtype == MLP_U8) ((uint8_t *)j->f.data)[at + i] = (uint8_t)whole;
        else if (j->dtype == MLP_BOOL) ((uint8_t *)j->f.data)[at + i] = whole != 0;
        else if (j->dtype == MLP_F32) ((float *)j->f.data)[at + i] = (float)whole;
        else ((double *)j->f.data)[at + i] = (double)whole;
    }
}

static void run(void *context, int64_t begin, int64_t end)
{
    const fill_job *j = context;
    uint32_t words[4 * AT_ONCE];
    double v[4 * AT_ONCE];
    for (int64_t block = begin; block < end; block += AT_ONCE) {
        int64_t blocks = end - block < AT_ONCE ? end - block : AT_ONCE, at = block * j->d.per_block;
        int64_t n = blocks * j->d.per_block < j->f.n - at ? blocks * j->d.per_block : j->f.n - at;
        mlp_rng_blocks(j->f.rng, j->f.first + (uint64_t)block, blocks, words);
        if (j->d.make) {
            j->d.make(&j->f, blocks, words, v);
            put_numbers(j, at, n, v);
        } else {
            put_integers(j, at, n, words);
        }
    }
}

static mlp_status fill_with(mlp_tensor *t, distribution d, fill f, mlp_rng *rng, mlp_error *err)
{
    assert(d.per_block > 0);
    mlp_tensor *dense = NULL;
    mlp_status st = mlp_write_check(t, "random fill", "", err);
    mlp_dtype working = mlp_dtype_working(t->dtype);
    if (!st && (working != t->dtype || !mlp_tensor_is_contiguous(t)))
        st = mlp_tensor_new(&dense, working, t->ndim, t->shape, err);
    if (st) return st;
    mlp_tensor *to = dense ? dense : t;
    f.n = mlp_tensor_numel(t);
    int64_t blocks = (f.n + d.per_block - 1) / d.per_block;
    f.first = mlp_rng_reserve(rng, (uint64_t)blocks);
    f.rng = rng;
    f.data = mlp_tensor_data(to);
    fill_job j = { f, d, working };
    st = mlp_parallel_for(blocks, BLOCKS, run, &j, err);
    if (!st && dense) st = mlp_tensor_copy_(t, dense, err);
    mlp_tensor_release(dense);
    mlp_tensor_touch(t);
    return st;
}

static mlp_status only_floats(const mlp_tensor *t, const char *who, mlp_error *err)
{
    if (mlp_dtype_is_float(t->dtype)) return MLP_OK;
    return mlp_fail(err, MLP_EDTYPE, "%s: the tensor is %s, expected floats (randint makes integers)", who,
                    mlp_dtype_name(t->dtype));
}

mlp_status mlp_tensor_uniform_(mlp_tensor *t, double low, double high, mlp_rng *rng, mlp_error *err)
{
    mlp_status st = only_floats(t, "uniform_", err);
    if (st) return st;
    if (!(low <= high))
        return mlp_fail(err, MLP_EINVAL, "uniform_: from %g to %g is empty: low must not be above high", low, high);
    static const struct {
        distribution d;
        int bits;
    } uniform[MLP_DTYPES] = { [MLP_F16] = { { 4, uniform_few }, 11 },
                              [MLP_BF16] = { { 4, uniform_few }, 8 },
                              [MLP_F32] = { { 4, uniform_f32 }, 24 },
                              [MLP_F64] = { { 2, uniform_f64 }, 53 } };
    fill f = { .a = low, .b = high, .bits = uniform[t->dtype].bits };
    return fill_with(t, uniform[t->dtype].d, f, rng, err);
}

mlp_status mlp_tensor_normal_(mlp_tensor *t, double mean, double std, mlp_rng *rng, mlp_error *err)
{
    mlp_status st = only_floats(t, "normal_", err);
    if (st) return st;
    if (!(std >= 0)) return mlp_fail(err, MLP_EINVAL, "normal_: std is %g, expected 0 or more", std);
    distribution d = t->dtype == MLP_F64 ? (distribution){ 2, normal_f64 } : (distribution){ 4, normal_f32 };
    return fill_with(t, d, (fill){ .a = mean, .b = std }, rng, err);
}

mlp_status mlp_tensor_randint_(mlp_tensor *t, int64_t low, int64_t high, mlp_rng *rng, mlp_error *err)
{
    if (low >= high)
        return mlp_fail(err, MLP_EINVAL, "randint: from %lld to %lld (not included) there is no integer",
                        (long long)low, (long long)high);
    fill f = { .low = low, .span = (uint64_t)high - (uint64_t)low };
    return fill_with(t, (distribution){ 2, NULL }, f, rng, err);
}

mlp_status mlp_tensor_bernoulli_(mlp_tensor *t, double p, mlp_rng *rng, mlp_error *err)
{
    if (!(p >= 0 && p <= 1)) return mlp_fail(err, MLP_EINVAL, "bernoulli_: p is %g, expected 0 to 1", p);
    return fill_with(t, (distribution){ 4, bernoulli }, (fill){ .a = p }, rng, err);
}

mlp_status mlp_tensor_randperm(mlp_tensor **out, int64_t n, mlp_rng *rng, mlp_error *err)
{
    if (n < 0) return mlp_fail(err, MLP_EINVAL, "randperm: n is %lld, expected 0 or more", (long long)n);
    mlp_tensor *t = NULL;
    mlp_status st = mlp_tensor_new(&t, MLP_I64, 1, &n, err);
    if (st) return st;
    mlp_rng_permutation(rng, n, mlp_tensor_data(t));
    *out = t;
    return MLP_OK;
}
