/* conv2d_sums.c - the gradients of a weight and a bias: parts that threads sum, and their sum in one order. */
#include "base/simd.h"
#include "nn/conv2d_private.h"

#include <string.h>

enum {
    LANES = 16,
    PART_ROOM = 1 << 20, /* numbers of all parts together, where that leaves at least LEAST_PARTS */
    LEAST_PARTS = 4,
    GRAIN = 16384,
};

static size_t dw_bytes(const mlp_conv_sums *s)
{
    return (size_t)(s->parts * s->numbers) * mlp_dtype_size(s->dtype);
}

static size_t db_bytes(const mlp_conv_sums *s)
{
    return (size_t)(s->parts * s->channels) * sizeof *s->db;
}

mlp_status mlp_conv_sums_new(mlp_conv_sums *s, const mlp_conv *c, mlp_dtype dtype, int64_t units, bool bias,
                             mlp_error *err)
{
    *s = (mlp_conv_sums){ .dtype = dtype, .channels = c->groups * c->c_out, .numbers = c->groups * c->c_out * c->k };
    s->parts = PART_ROOM / s->numbers;
    if (s->parts > MLP_CONV_MOST_PARTS) s->parts = MLP_CONV_MOST_PARTS;
    if (s->parts < LEAST_PARTS) s->parts = LEAST_PARTS;
    if (s->parts > units) s->parts = units > 0 ? units : 1;
    mlp_status st = mlp_block_new(&s->dw, dw_bytes(s), err);
    if (!st && bias) st = mlp_block_new((void **)&s->db, db_bytes(s), err);
    if (st) mlp_conv_sums_free(s);
    return st;
}

void mlp_conv_sums_free(mlp_conv_sums *s)
{
    mlp_block_free(s->dw, dw_bytes(s));
    mlp_block_free(s->db, db_bytes(s));
    s->dw = NULL, s->db = NULL;
}

void *mlp_conv_sums_part(const mlp_conv_sums *s, int64_t part)
{
    size_t bytes = (size_t)s->numbers * mlp_dtype_size(s->dtype);
    return memset((char *)s->dw + (size_t)part * bytes, 0, bytes);
}

double *mlp_conv_sums_bias(const mlp_conv_sums *s, int64_t part)
{
    return s->db ? memset(s->db + part * s->channels, 0, (size_t)s->channels * sizeof *s->db) : NULL;
}

typedef struct addition {
    const mlp_conv_sums *s;
    void *dw;
} addition;

#define ADD(name, R)                                                                                                   \
    MLP_SIMD static void name(void *context, int64_t begin, int64_t end)                                               \
    {                                                                                                                  \
        const addition *a = context;                                                                                   \
        const R *from = a->s->dw;                                                                                      \
        for (int64_t i = begin; i < end; i++) {                                                                        \
            double sum = 0;                                                                                            \
            for (int64_t part = 0; part < a->s->parts; part++) sum += (double)from[part * a->s->numbers + i];          \
            ((R *)a->dw)[i] = (R)sum;                                                                                  \
        }                                                                                                              \
    }
ADD(add_f32, float)
ADD(add_f64, double)

mlp_status mlp_conv_sums_add(const mlp_conv_sums *s, void *dw, void *db, mlp_error *err)
{
    addition a = { s, dw };
    bool wide = s->dtype == MLP_F64;
    for (int64_t o = 0; s->db && o < s->channels; o++) {
        double sum = 0;
        for (int64_t part = 0; part < s->parts; part++) sum += s->db[part * s->channels + o];
        if (wide) ((double *)db)[o] = sum;
        else ((float *)db)[o] = (float)sum;
    }
    return mlp_parallel_for(s->numbers, GRAIN, wide ? add_f64 : add_f32, &a, err);
}

MLP_SIMD static float sum_of(const float *v, int64_t n)
{
    float lane[LANES] = { 0 }, sum = 0;
    int64_t i = 0;
    for (; i + LANES <= n; i += LANES)
        for (int k = 0; k < LANES; k++) lane[k] += v[i + k];
    for (int k = 0; i < n; i++, k++) lane[k] += v[i];
    for (int k = 0; k < LANES; k++) sum += lane[k];
    return sum;
}

float mlp_conv_sum(const float *v, int64_t n)
{
    return sum_of(v, n);
}
