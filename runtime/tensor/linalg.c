/* linalg.c - LAPACK on batches. It wants columns side by side: each matrix is turned on the way in and out. */
#include "tensor/linalg.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What OpenBLAS has of LAPACK; its own header needs another package. */
void dgesv_(const int *n, const int *nrhs, double *a, const int *lda, int *pivot, double *b, const int *ldb, int *info);
void dgetrf_(const int *m, const int *n, double *a, const int *lda, int *pivot, int *info);
void dsyevd_(const char *job, const char *half, const int *n, double *a, const int *lda, double *w, double *work,
             const int *lwork, int *iwork, const int *liwork, int *info, size_t, size_t);
void dgesdd_(const char *job, const int *m, const int *n, double *a, const int *lda, double *s, double *u,
             const int *ldu, double *vt, const int *ldvt, double *work, const int *lwork, int *iwork, int *info,
             size_t);
void dgeqrf_(const int *m, const int *n, double *a, const int *lda, double *tau, double *work, const int *lwork,
             int *info);
void dorgqr_(const int *m, const int *n, const int *k, double *a, const int *lda, const double *tau, double *work,
             const int *lwork, int *info);

enum { MOST = 1 << 20 }; /* rows or columns */

static int least(int a, int b)
{
    return a < b ? a : b;
}

/* ---- tensors ---- */

/* The matrices of t one after the other in f64, each with its columns side by side. */
static mlp_status turned(mlp_tensor **out, const mlp_tensor *t, mlp_error *err)
{
    mlp_tensor *wide = NULL, *view = NULL;
    mlp_status st = mlp_tensor_cast(&wide, t, MLP_F64, err);
    if (!st) st = mlp_tensor_transpose(&view, wide, -1, -2, err);
    if (!st) st = mlp_tensor_clone(out, view, err);
    mlp_tensor_release(view);
    mlp_tensor_release(wide);
    return st;
}

/* The way back: t, released, as a tensor of that type with its rows side by side. */
static mlp_status back(mlp_tensor **out, mlp_tensor *t, mlp_dtype dtype, bool matrices, mlp_error *err)
{
    mlp_tensor *view = NULL;
    mlp_status st = matrices ? mlp_tensor_transpose(&view, t, -1, -2, err) : mlp_tensor_alias(&view, t, err);
    if (!st) st = mlp_tensor_cast(out, view, dtype, err);
    mlp_tensor_release(view);
    mlp_tensor_release(t);
    return st;
}

/* A tensor of f64 with a's leading sizes and then those (0: none more). */
static mlp_status like(mlp_tensor **out, const mlp_tensor *a, int64_t rows, int64_t columns, mlp_error *err)
{
    int64_t shape[MLP_MAX_DIMS];
    int ndim = a->ndim - 2;
    memcpy(shape, a->shape, sizeof shape);
    if (rows >= 0) shape[ndim++] = rows;
    if (columns >= 0) shape[ndim++] = columns;
    return mlp_tensor_new(out, MLP_F64, ndim, shape, err);
}

static mlp_status check(const char *who, const mlp_tensor *a, bool square, mlp_error *err)
{
    char shape[MLP_SHAPE_TEXT];
    mlp_shape_text(shape, a->ndim, a->shape);
    mlp_status st = mlp_expect_real(a, who, "matrix", err);
    if (st) return st;
    if (a->ndim < 2) return mlp_fail(err, MLP_ESHAPE, "%s: got %s, expected a matrix or a batch of them", who, shape);
    int64_t rows = a->shape[a->ndim - 2], columns = a->shape[a->ndim - 1];
    if (square && rows != columns)
        return mlp_fail(err, MLP_ESHAPE, "%s: the matrix is %s, expected as many rows as columns", who, shape);
    if (rows > MOST || columns > MOST)
        return mlp_fail(err, MLP_ESHAPE, "%s: the matrix is %s, which is more than it can be computed for", who, shape);
    return MLP_OK;
}

static mlp_status fail_step(const char *who, int64_t matrix, int info, mlp_error *err)
{
    return mlp_fail(err, MLP_EINVAL,
                    "%s: no result was reached for matrix %lld (%d): does it hold a NaN or an infinity?", who,
                    mlp_nth(matrix), info);
}

static int64_t matrices_of(const mlp_tensor *a)
{
    int64_t n = 1;
    for (int d = 0; d < a->ndim - 2; d++) n *= a->shape[d];
    return n;
}

/* ---- solve, determinant ---- */

mlp_status mlp_tensor_solve(mlp_tensor **out, const mlp_tensor *a, const mlp_tensor *b, mlp_error *err)
{
    char first[MLP_SHAPE_TEXT], second[MLP_SHAPE_TEXT];
    mlp_tensor *ta = NULL, *tb = NULL;
    void *pivot = NULL;
    mlp_status st = check("linalg.solve", a, true, err);
    bool fits = !st && b->ndim == a->ndim && b->dtype == a->dtype;
    for (int d = 0; fits && d < a->ndim - 1; d++) fits = a->shape[d] == b->shape[d];
    if (!st && !fits)
        st = mlp_fail(err, MLP_ESHAPE,
                      "linalg.solve: the matrix is %s %s and the right side %s %s: expected n x n and n x k",
                      mlp_dtype_name(a->dtype), mlp_shape_text(first, a->ndim, a->shape), mlp_dtype_name(b->dtype),
                      mlp_shape_text(second, b->ndim, b->shape));
    if (!st) st = turned(&ta, a, err);
    if (!st) st = turned(&tb, b, err);
    int n = st ? 0 : (int)a->shape[a->ndim - 1], k = st ? 0 : (int)b->shape[b->ndim - 1], info = 0, ld = n > 0 ? n : 1;
    if (!st) st = mlp_alloc(&pivot, (size_t)n + 1, sizeof(int), err);
    for (int64_t i = 0; !st && n > 0 && i < matrices_of(a); i++) {
        dgesv_(&n, &k, (double *)mlp_tensor_data(ta) + i * n * n, &ld, pivot, (double *)mlp_tensor_data(tb) + i * n * k,
               &ld, &info);
        if (info > 0)
            st = mlp_fail(err, MLP_EINVAL,
                          "linalg.solve: matrix %lld is singular: step %d of the elimination has nothing to "
                          "divide by",
                          mlp_nth(i), info);
    }
    free(pivot);
    mlp_tensor_release(ta);
    if (!st) return back(out, tb, a->dtype, true, err);
    mlp_tensor_release(tb);
    return st;
}

mlp_status mlp_tensor_slogdet(mlp_tensor **sign, mlp_tensor **logabs, const mlp_tensor *a, mlp_error *err)
{
    mlp_tensor *ta = NULL, *s = NULL, *l = NULL;
    void *memory = NULL;
    mlp_status st = check("linalg.slogdet", a, true, err);
    if (!st) st = turned(&ta, a, err);
    if (!st) st = like(&s, a, -1, -1, err);
    if (!st) st = like(&l, a, -1, -1, err);
    int n = st ? 0 : (int)a->shape[a->ndim - 1], info = 0, ld = n > 0 ? n : 1;
    if (!st) st = mlp_alloc(&memory, (size_t)n + 1, sizeof(int), err);
    const int *pivot = memory;
    for (int64_t i = 0; !st && i < matrices_of(a); i++) {
        double *m = (double *)mlp_tensor_data(ta) + i * n * n, which = 1, sum = 0;
        if (n > 0) dgetrf_(&n, &n, m, &ld, memory, &info);
        for (int k = 0; k < n; k++) {
            double d = m[k * n + k];
            if (pivot[k] != k + 1) which = -which;
            which = d != d ? d : d > 0 ? which : d < 0 ? -which : 0;
            sum += log(fabs(d));
        }
        ((double *)mlp_tensor_data(s))[i] = which, ((double *)mlp_tensor_data(l))[i] = sum;
    }
    free(memory);
    mlp_tensor_release(ta);
    if (!st) st = back(sign, s, a->dtype, false, err), s = NULL;
    if (!st && (st = back(logabs, l, a->dtype, false, err))) mlp_tensor_release(*sign), *sign = NULL;
    else if (st) mlp_tensor_release(l);
    mlp_tensor_release(s);
    return st;
}

/* ---- eigenvalues, singular values ---- */

mlp_status mlp_tensor_eigh(mlp_tensor **values, mlp_tensor **vectors, const mlp_tensor *a, mlp_error *err)
{
    mlp_tensor *v = NULL, *w = NULL;
    void *work = NULL, *iwork = NULL;
    mlp_status st = check("linalg.eigh", a, true, err);
    if (!st) st = turned(&v, a, err);
    if (!st) st = like(&w, a, a->shape[a->ndim - 1], -1, err);
    int n = st ? 0 : (int)a->shape[a->ndim - 1], info = 0;
    int64_t needs = 1 + 6 * (int64_t)n + 2 * (int64_t)n * n;
    int ld = n > 0 ? n : 1, lwork = needs > INT32_MAX ? INT32_MAX : (int)needs, liwork = 3 + 5 * n;
    if (!st) st = mlp_alloc(&work, (size_t)lwork, sizeof(double), err);
    if (!st) st = mlp_alloc(&iwork, (size_t)liwork, sizeof(int), err);
    for (int64_t i = 0; !st && n > 0 && i < matrices_of(a); i++) {
        dsyevd_("V", "L", &n, (double *)mlp_tensor_data(v) + i * n * n, &ld, (double *)mlp_tensor_data(w) + i * n, work,
                &lwork, iwork, &liwork, &info, 1, 1);
        if (info != 0) st = fail_step("linalg.eigh", i, info, err);
    }
    free(iwork);
    free(work);
    if (!st) st = back(values, w, a->dtype, false, err), w = NULL;
    if (!st) {
        if ((st = back(vectors, v, a->dtype, true, err))) mlp_tensor_release(*values), *values = NULL;
        return st;
    }
    mlp_tensor_release(w);
    mlp_tensor_release(v);
    return st;
}

mlp_status mlp_tensor_svd(mlp_tensor **u, mlp_tensor **s, mlp_tensor **vt, const mlp_tensor *a, bool full,
                          mlp_error *err)
{
    mlp_tensor *ta = NULL, *part[3] = { NULL, NULL, NULL }, *made[3] = { NULL, NULL, NULL };
    void *work = NULL, *iwork = NULL;
    mlp_status st = check("linalg.svd", a, false, err);
    if (st) return st;
    int m = (int)a->shape[a->ndim - 2], n = (int)a->shape[a->ndim - 1], k = least(m, n), info = 0;
    int wide = full ? m : k, high = full ? n : k, most = m + n - k;
    int64_t needs = 4 * (int64_t)k * k + 7 * (int64_t)k + most;
    int lwork = 2 * needs > INT32_MAX ? INT32_MAX : (int)(2 * needs + 64);
    int lda = m > 0 ? m : 1, ldv = high > 0 ? high : 1;
    st = turned(&ta, a, err);
    if (!st) st = like(&part[0], a, wide, m, err); /* columns side by side: the sizes are turned */
    if (!st) st = like(&part[1], a, k, -1, err);
    if (!st) st = like(&part[2], a, n, high, err);
    if (!st) st = mlp_alloc(&work, (size_t)lwork, sizeof(double), err);
    if (!st) st = mlp_alloc(&iwork, 8 * (size_t)k + 1, sizeof(int), err);
    for (int64_t i = 0; !st && k > 0 && i < matrices_of(a); i++) {
        dgesdd_(full ? "A" : "S", &m, &n, (double *)mlp_tensor_data(ta) + i * m * n, &lda,
                (double *)mlp_tensor_data(part[1]) + i * k, (double *)mlp_tensor_data(part[0]) + i * m * wide, &lda,
                (double *)mlp_tensor_data(part[2]) + i * n * high, &ldv, work, &lwork, iwork, &info, 1);
        if (info != 0) st = fail_step("linalg.svd", i, info, err);
    }
    if (!st && k == 0 && full)
        st = mlp_fail(err, MLP_ESHAPE, "linalg.svd: the matrix is empty: pass full_matrices = false");
    free(iwork);
    free(work);
    mlp_tensor_release(ta);
    for (int i = 0; i < 3; i++) {
        if (!st) st = back(&made[i], part[i], a->dtype, i != 1, err);
        else mlp_tensor_release(part[i]);
    }
    for (int i = 0; st && i < 3; i++) mlp_tensor_release(made[i]);
    if (!st) *u = made[0], *s = made[1], *vt = made[2];
    return st;
}

/* ---- orthogonal and triangular ---- */

mlp_status mlp_tensor_qr(mlp_tensor **q, mlp_tensor **r, const mlp_tensor *a, bool full, mlp_error *err)
{
    mlp_tensor *ta = NULL, *tq = NULL, *tr = NULL;
    void *work = NULL, *tau = NULL;
    mlp_status st = check("linalg.qr", a, false, err);
    if (st) return st;
    int m = (int)a->shape[a->ndim - 2], n = (int)a->shape[a->ndim - 1], k = least(m, n), info = 0;
    int wide = full ? m : k, ld = m > 0 ? m : 1, lwork = 64 * (m + n + 1);
    st = turned(&ta, a, err);
    if (!st) st = like(&tq, a, wide, m, err);
    if (!st) st = like(&tr, a, n, wide, err);
    if (!st) st = mlp_alloc(&work, (size_t)lwork, sizeof(double), err);
    if (!st) st = mlp_alloc(&tau, (size_t)k + 1, sizeof(double), err);
    for (int64_t i = 0; !st && i < matrices_of(a); i++) {
        double *from = (double *)mlp_tensor_data(ta) + i * m * n, *to = (double *)mlp_tensor_data(tq) + i * m * wide;
        double *upper = (double *)mlp_tensor_data(tr) + i * n * wide;
        if (k > 0) dgeqrf_(&m, &n, from, &ld, tau, work, &lwork, &info);
        for (int c = 0; c < n; c++)
            for (int row = 0; row < wide; row++) upper[c * wide + row] = row <= c && row < m ? from[c * m + row] : 0;
        memset(to, 0, (size_t)m * (size_t)wide * sizeof *to);
        memcpy(to, from, (size_t)m * (size_t)least(n, wide) * sizeof *to);
        if (wide > 0) dorgqr_(&m, &wide, &k, to, &ld, tau, work, &lwork, &info);
        if (info != 0) st = fail_step("linalg.qr", i, info, err);
    }
    free(tau);
    free(work);
    mlp_tensor_release(ta);
    if (!st) st = back(q, tq, a->dtype, true, err), tq = NULL;
    if (!st) {
        if ((st = back(r, tr, a->dtype, true, err))) mlp_tensor_release(*q), *q = NULL;
        return st;
    }
    mlp_tensor_release(tq);
    mlp_tensor_release(tr);
    return st;
}
