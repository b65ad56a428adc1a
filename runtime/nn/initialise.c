/* initialise.c - truncated normal, orthogonal and sparse initial values, worked out in f64 and converted at the end. */
#include "nn/initialise.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>

static mlp_status check_float(const mlp_tensor *t, const char *who, mlp_error *err)
{
    return mlp_expect_real(t, who, "tensor", err);
}

/* ---- truncated normal ---- */

/* erf(y) = u. A rational guess (Winitzki's), then steps of Halley's method, which triple the number of digits. */
static double inverse_erf(double u)
{
    const double two_over_pi_a = 4.330746750799873, slope = 1.1283791670955126; /* 2 / (pi 0.147), 2 / sqrt(pi) */
    if (!(fabs(u) < 1)) return u > 0 ? INFINITY : -INFINITY;
    double l = log1p(-u * u), h = two_over_pi_a + l / 2;
    double y = copysign(sqrt(sqrt(h * h - l / 0.147) - h), u);
    for (int i = 0; i < 3; i++) {
        double step = (u > 0 ? (1 - u) - erfc(y) : erfc(-y) - (1 + u)) / (slope * exp(-y * y));
        y -= step / (1 + y * step);
    }
    return y;
}

typedef struct truncated {
    double *v;
    double mean, std, low, high;
} truncated;

static void make_truncated(void *context, int64_t begin, int64_t end)
{
    const truncated *c = context;
    for (int64_t i = begin; i < end; i++) {
        double v = c->mean + c->std * sqrt(2) * inverse_erf(c->v[i]);
        c->v[i] = fmin(fmax(v, c->low), c->high);
    }
}

mlp_status mlp_trunc_normal_(mlp_tensor *t, double mean, double std, double low, double high, mlp_rng *rng,
                             mlp_error *err)
{
    mlp_tensor *u = NULL;
    mlp_status st = check_float(t, "trunc_normal_", err);
    if (st) return st;
    if (!(std > 0) || !isfinite(std) || !isfinite(mean))
        return mlp_fail(err, MLP_EINVAL, "trunc_normal_: mean is %g and std %g, expected a number, and one above 0",
                        mean, std);
    if (!(low < high))
        return mlp_fail(err, MLP_EINVAL, "trunc_normal_: from %g to %g is empty: a must be below b", low, high);
    double from = erf((low - mean) / (std * sqrt(2))), to = erf((high - mean) / (std * sqrt(2)));
    if (!(from < to))
        return mlp_fail(err, MLP_EINVAL,
                        "trunc_normal_: a normal value of mean %g and std %g is practically never in %g to %g: a and b "
                        "are values, not multiples of std",
                        mean, std, low, high);
    st = mlp_tensor_new(&u, MLP_F64, t->ndim, t->shape, err);
    if (!st) st = mlp_tensor_uniform_(u, from, to, rng, err);
    if (!st) {
        truncated c = { mlp_tensor_data(u), mean, std, low, high };
        st = mlp_parallel_for(mlp_tensor_numel(u), 4096, make_truncated, &c, err);
    }
    if (!st) st = mlp_tensor_copy_(t, u, err);
    mlp_tensor_release(u);
    return st;
}

/* ---- orthogonal ---- */

/* From LAPACK, which OpenBLAS contains. Matrices are column by column; the result goes where a was. */
void dgeqrf_(const int *m, const int *n, double *a, const int *lda, double *tau, double *work, const int *lwork,
             int *info);
void dorgqr_(const int *m, const int *n, const int *k, double *a, const int *lda, const double *tau, double *work,
             const int *lwork, int *info);

/* a (n columns of m >= n values) becomes the orthonormal factor of its QR decomposition, with the signs that make the
 * other factor's diagonal positive: only so is the result drawn evenly from all such matrices. */
static mlp_status orthonormalise(double *a, int m, int n, mlp_error *err)
{
    void *tau, *work = NULL, *sign = NULL;
    int room = 64 * n, info = 0;
    mlp_status st = mlp_alloc(&tau, (size_t)n, sizeof(double), err);
    if (st) return st;
    st = mlp_alloc(&work, (size_t)room, sizeof(double), err);
    if (!st) st = mlp_alloc(&sign, (size_t)n, sizeof(double), err);
    if (!st) {
        dgeqrf_(&m, &n, a, &m, tau, work, &room, &info);
        for (int j = 0; j < n; j++) ((double *)sign)[j] = a[(size_t)j * (size_t)m + (size_t)j] < 0 ? -1 : 1;
        if (!info) dorgqr_(&m, &n, &n, a, &m, tau, work, &room, &info);
        if (info) st = mlp_fail(err, MLP_EINVAL, "orthogonal_: LAPACK refused its argument %d", -info);
    }
    for (int j = 0; !st && j < n; j++)
        for (int i = 0; i < m; i++) a[(size_t)j * (size_t)m + (size_t)i] *= ((double *)sign)[j];
    free(sign);
    free(work);
    free(tau);
    return st;
}

mlp_status mlp_orthogonal_(mlp_tensor *t, double gain, mlp_rng *rng, mlp_error *err)
{
    char got[MLP_SHAPE_TEXT];
    mlp_tensor *q = NULL, *turned = NULL, *shaped = NULL;
    mlp_status st = check_float(t, "orthogonal_", err);
    if (st) return st;
    if (t->ndim < 2)
        return mlp_fail(err, MLP_EINVAL,
                        "orthogonal_: only tensors with 2 or more dimensions are supported, this one is %s",
                        mlp_shape_text(got, t->ndim, t->shape));
    int64_t numel = mlp_tensor_numel(t), rows = t->shape[0], columns = rows ? numel / rows : 0;
    if (numel == 0) return MLP_OK;
    int64_t few = rows < columns ? rows : columns, many = rows < columns ? columns : rows;
    if (many > INT_MAX / 64)
        return mlp_fail(err, MLP_EINVAL, "orthogonal_: the tensor is %s, which is too large",
                        mlp_shape_text(got, t->ndim, t->shape));
    st = mlp_tensor_new(&q, MLP_F64, 2, (int64_t[]){ few, many }, err); /* LAPACK sees columns of `many` values */
    if (!st) st = mlp_tensor_normal_(q, 0, 1, rng, err);
    if (!st) st = orthonormalise(mlp_tensor_data(q), (int)many, (int)few, err);
    if (!st) st = mlp_tensor_binary_number_(q, MLP_MUL, gain, err);
    if (!st && rows > columns) st = mlp_tensor_transpose(&turned, q, 0, 1, err);
    if (!st) st = mlp_tensor_reshape(&shaped, turned ? turned : q, t->ndim, t->shape, err);
    if (!st) st = mlp_tensor_copy_(t, shaped, err);
    mlp_tensor_release(shaped);
    mlp_tensor_release(turned);
    mlp_tensor_release(q);
    return st;
}

/* ---- sparse ---- */

mlp_status mlp_sparse_(mlp_tensor *t, double sparsity, double std, mlp_rng *rng, mlp_error *err)
{
    char got[MLP_SHAPE_TEXT];
    void *order;
    mlp_status st = check_float(t, "sparse_", err);
    if (st) return st;
    if (t->ndim != 2)
        return mlp_fail(err, MLP_EINVAL, "sparse_: only tensors with 2 dimensions are supported, this one is %s",
                        mlp_shape_text(got, t->ndim, t->shape));
    if (!(sparsity >= 0 && sparsity <= 1))
        return mlp_fail(err, MLP_EINVAL, "sparse_: sparsity is %g, expected 0 to 1: a share of the rows", sparsity);
    st = mlp_alloc(&order, (size_t)t->shape[0] + 1, sizeof(int64_t), err);
    if (st) return st;
    st = mlp_tensor_normal_(t, 0, std, rng, err);
    int64_t zeros = (int64_t)ceil(sparsity * (double)t->shape[0]);
    for (int64_t j = 0; !st && j < t->shape[1]; j++) {
        if (mlp_interrupted()) st = mlp_fail_interrupted(err);
        mlp_rng_permutation(rng, t->shape[0], order);
        for (int64_t i = 0; !st && i < zeros; i++)
            mlp_tensor_put(t, (int64_t[MLP_MAX_DIMS]){ ((int64_t *)order)[i], j }, 0);
    }
    mlp_tensor_touch(t);
    free(order);
    return st;
}
