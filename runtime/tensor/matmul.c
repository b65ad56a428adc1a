/* matmul.c - products of matrices: OpenBLAS on blocks of the result.
 *
 * Threads share blocks of rows and columns; the summed dimension is never cut and the blocks depend on the sizes alone,
 * so every element is the same sum in the same order whatever the number of threads. */
#include "tensor/skinny_private.h"
#include "tensor/tensor_private.h"

#include <cblas.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

typedef struct gemm {
    bool trans_a, trans_b, is_double;
    int64_t m, n, k, lda, ldb, ldc;
    double alpha, beta;
    const void *a, *b;
    void *c;
    int64_t block_m, block_n, blocks_n;
} gemm;

static void run_block(void *context, int64_t begin, int64_t end)
{
    const gemm *g = context;
    for (int64_t i = begin; i < end; i++) {
        int64_t row = i / g->blocks_n * g->block_m, column = i % g->blocks_n * g->block_n;
        int m = (int)(g->m - row < g->block_m ? g->m - row : g->block_m);
        int n = (int)(g->n - column < g->block_n ? g->n - column : g->block_n);
        int64_t at_a = g->trans_a ? row : row * g->lda, at_b = g->trans_b ? column * g->ldb : column;
        int64_t at_c = row * g->ldc + column;
        CBLAS_TRANSPOSE ta = g->trans_a ? CblasTrans : CblasNoTrans, tb = g->trans_b ? CblasTrans : CblasNoTrans;
        if (g->is_double)
            cblas_dgemm(CblasRowMajor, ta, tb, m, n, (int)g->k, g->alpha, (const double *)g->a + at_a, (int)g->lda,
                        (const double *)g->b + at_b, (int)g->ldb, g->beta, (double *)g->c + at_c, (int)g->ldc);
        else
            cblas_sgemm(CblasRowMajor, ta, tb, m, n, (int)g->k, (float)g->alpha, (const float *)g->a + at_a,
                        (int)g->lda, (const float *)g->b + at_b, (int)g->ldb, (float)g->beta, (float *)g->c + at_c,
                        (int)g->ldc);
    }
}

static void one_thread_each(void)
{
    if (openblas_get_num_threads() != 1) openblas_set_num_threads(1); /* the pool of base/ decides who works */
}

/* About this many multiplications make a block worth a thread's while. */
static const double WORK = 1 << 20;

/* Up to so many rows a product is narrow. */
enum { NARROW = 64 };

/* Where blocks are still larger than LEAST, a product is cut into so many, that several threads find work. */
enum { BLOCKS = 8, LEAST = 128 };

static int64_t cut(int64_t size, int64_t block)
{
    return size < block ? size : block;
}

static int64_t blocks(const gemm *g)
{
    return (g->m + g->block_m - 1) / g->block_m * ((g->n + g->block_n - 1) / g->block_n);
}

/* Blocks were chosen by measuring the shapes of an MLP's step on two cores: a narrow result is shared by its long side;
 * with a short sum (a weight gradient: k is the batch) blocks must be large to pay for their packing. */
static void choose_blocks(gemm *g)
{
    g->block_m = g->m, g->block_n = g->n;
    if ((double)g->m * (double)g->n * (double)g->k <= WORK) return;
    if (g->n <= NARROW) g->block_m = cut(g->m, 128);
    else if (g->k <= 256) g->block_m = cut(g->m, 512), g->block_n = cut(g->n, 1024);
    else g->block_m = cut(g->m, 256), g->block_n = cut(g->n, 512);
    while (blocks(g) < BLOCKS && (double)g->block_m * (double)g->block_n * (double)g->k > 2 * WORK) {
        int64_t *side = g->block_m > g->block_n ? &g->block_m : &g->block_n;
        if (*side < 2 * LEAST) break;
        *side = (*side + 1) / 2;
    }
}

static pthread_once_t once = PTHREAD_ONCE_INIT;

/* OpenBLAS takes a buffer for each thread that multiplies, keeps it, and asks for it for ever where there is no memory.
 * So it is looked for before a product is the first one on so many threads. */
static mlp_status check_room(int64_t blocks, mlp_error *err)
{
    static const size_t BUFFER = (size_t)130 << 20; /* its largest, for any processor */
    static atomic_int most;
    int wanted = blocks < mlp_threads() ? (int)blocks : mlp_threads(), have = atomic_load(&most);
    if (wanted <= have) return MLP_OK;
    if (!mlp_has_room((size_t)(wanted - have) * BUFFER))
        return mlp_fail(err, MLP_ENOMEM, "out of memory: OpenBLAS wants %zu MB for %d threads that multiply",
                        (size_t)wanted * (BUFFER >> 20), wanted);
    atomic_store(&most, wanted);
    return MLP_OK;
}

static mlp_status run_blocks(gemm *g, mlp_error *err)
{
    pthread_once(&once, one_thread_each);
    choose_blocks(g);
    g->blocks_n = (g->n + g->block_n - 1) / g->block_n;
    mlp_status st = check_room(blocks(g), err);
    if (st) return st;
    return mlp_parallel_for(blocks(g), 1, run_block, g, err);
}

void mlp_gemm_here(mlp_dtype dtype, bool trans_a, bool trans_b, int64_t m, int64_t n, int64_t k, const void *a,
                   int64_t lda, const void *b, int64_t ldb, double beta, void *c, int64_t ldc)
{
    gemm g = { trans_a, trans_b, dtype == MLP_F64, m, n, k, lda, ldb, ldc, 1, beta, a, b, c, m, n, 1 };
    pthread_once(&once, one_thread_each);
    run_block(&g, 0, 1);
}

/* C = T' + beta C, for T with the rows of C as columns. */
static void add_transposed(const gemm *g, const void *t)
{
    for (int64_t i = 0; i < g->m; i++)
        for (int64_t j = 0; j < g->n; j++) {
            if (g->is_double) {
                double *c = (double *)g->c + i * g->ldc + j, v = ((const double *)t)[j * g->m + i];
                *c = g->beta == 0 ? v : v + g->beta * *c;
            } else {
                float *c = (float *)g->c + i * g->ldc + j, v = ((const float *)t)[j * g->m + i];
                *c = g->beta == 0 ? v : v + (float)g->beta * *c;
            }
        }
}

/* Few rows and many columns (a Linear layer on a batch): OpenBLAS is twice as fast at the transposed product. */
static mlp_status run_transposed(gemm *g, mlp_error *err)
{
    size_t bytes = (size_t)(g->m * g->n) * (g->is_double ? sizeof(double) : sizeof(float));
    void *t = NULL;
    mlp_status st = mlp_block_new(&t, bytes, err);
    if (st) return st;
    gemm h = *g;
    h.trans_a = !g->trans_b, h.a = g->b, h.lda = g->ldb;
    h.trans_b = !g->trans_a, h.b = g->a, h.ldb = g->lda;
    h.m = g->n, h.n = g->m, h.c = t, h.ldc = g->m, h.beta = 0;
    st = run_blocks(&h, err);
    if (!st) add_transposed(g, t);
    mlp_block_free(t, bytes);
    return st;
}

static mlp_status run(gemm *g, mlp_error *err)
{
    if (g->m == 0 || g->n == 0) return MLP_OK;
    if (g->m > INT32_MAX || g->n > INT32_MAX || g->k > INT32_MAX || g->lda > INT32_MAX || g->ldb > INT32_MAX ||
        g->ldc > INT32_MAX)
        return mlp_fail(err, MLP_ESHAPE, "matmul: a dimension above 2^31 - 1 is not supported");
    bool narrow = g->m <= NARROW && g->n >= 2 * NARROW && (double)g->m * (double)g->n * (double)g->k > WORK;
    return narrow ? run_transposed(g, err) : run_blocks(g, err);
}

mlp_status mlp_gemm_f32(bool trans_a, bool trans_b, int64_t m, int64_t n, int64_t k, float alpha, const float *a,
                        int64_t lda, const float *b, int64_t ldb, float beta, float *c, int64_t ldc, mlp_error *err)
{
    gemm g = { trans_a, trans_b, false, m, n, k, lda, ldb, ldc, (double)alpha, (double)beta, a, b, c, 0, 0, 0 };
    if (!trans_a && trans_b && alpha == 1 && mlp_skinny_fits(m, n, k)) {
        mlp_skinny s = { m, n, k, a, b, lda, ldb, ldc, beta, c };
        return mlp_skinny_run(&s, err);
    }
    return run(&g, err);
}

mlp_status mlp_gemm_f64(bool trans_a, bool trans_b, int64_t m, int64_t n, int64_t k, double alpha, const double *a,
                        int64_t lda, const double *b, int64_t ldb, double beta, double *c, int64_t ldc, mlp_error *err)
{
    gemm g = { trans_a, trans_b, true, m, n, k, lda, ldb, ldc, alpha, beta, a, b, c, 0, 0, 0 };
    return run(&g, err);
}

/* How BLAS can read the last two dimensions of t: as they are, transposed, or (false) only after a copy. */
static bool layout(const mlp_tensor *t, bool *transposed, int64_t *ld)
{
    int64_t rows = t->shape[t->ndim - 2], columns = t->shape[t->ndim - 1];
    int64_t down = t->stride[t->ndim - 2], right = t->stride[t->ndim - 1];
    if ((right == 1 || columns == 1) && (rows == 1 || down >= columns)) {
        *transposed = false;
        *ld = rows == 1 || down < 1 ? (columns > 0 ? columns : 1) : down;
        return columns == 1 ? right == 1 || rows == 1 || down >= 1 : true;
    }
    if ((down == 1 || rows == 1) && (columns == 1 || right >= rows)) {
        *transposed = true;
        *ld = columns == 1 || right < 1 ? (rows > 0 ? rows : 1) : right;
        return true;
    }
    return false;
}

/* t with a layout that BLAS reads; retained or copied. */
static mlp_status readable(mlp_tensor **out, mlp_tensor *t, bool *transposed, int64_t *ld, mlp_error *err)
{
    if (layout(t, transposed, ld)) {
        *out = mlp_tensor_retain(t);
        return MLP_OK;
    }
    mlp_status st = mlp_tensor_clone(out, t, err);
    if (!st) layout(*out, transposed, ld);
    return st;
}

/* A product of whole numbers, which wraps around. */
typedef struct whole {
    bool trans_a, trans_b;
    int64_t m, n, k, lda, ldb;
    const int64_t *a, *b;
    int64_t *c;
} whole;

static void whole_rows(void *argument, int64_t begin, int64_t end)
{
    const whole *w = argument;
    for (int64_t i = begin; i < end; i++) {
        int64_t *c = w->c + i * w->n;
        memset(c, 0, (size_t)w->n * sizeof *c);
        for (int64_t k = 0; k < w->k && !mlp_interrupted(); k++) {
            uint64_t left = (uint64_t)(w->trans_a ? w->a[k * w->lda + i] : w->a[i * w->lda + k]);
            for (int64_t j = 0; j < w->n; j++) {
                uint64_t right = (uint64_t)(w->trans_b ? w->b[j * w->ldb + k] : w->b[k * w->ldb + j]);
                c[j] = (int64_t)((uint64_t)c[j] + left * right);
            }
        }
    }
}

static mlp_status integer_product(whole w, mlp_error *err)
{
    return mlp_parallel_for(w.m, 1 + 65536 / (w.n * w.k + 1), whole_rows, &w, err);
}

/* a is (..., m, k), b is (..., k, n), both with at least two dimensions. */
static mlp_status batched(mlp_tensor **out, mlp_tensor *a0, mlp_tensor *b0, mlp_error *err)
{
    mlp_tensor *a = NULL, *b = NULL, *y = NULL;
    bool ta = false, tb = false;
    int64_t lda = 0, ldb = 0, shape[MLP_MAX_DIMS];
    int ndim;
    mlp_tensor batch_a = *a0, batch_b = *b0;
    batch_a.ndim -= 2;
    batch_b.ndim -= 2;
    mlp_status st = mlp_broadcast_shape(&ndim, shape, &batch_a, &batch_b, "matmul (leading dimensions)", err);
    if (st) return st;
    shape[ndim] = a0->shape[a0->ndim - 2];
    shape[ndim + 1] = b0->shape[b0->ndim - 1];
    st = readable(&a, a0, &ta, &lda, err);
    if (!st) st = readable(&b, b0, &tb, &ldb, err);
    if (!st) st = mlp_tensor_new(&y, a0->dtype, ndim + 2, shape, err);
    if (!st) {
        int64_t m = shape[ndim], n = shape[ndim + 1], k = a0->shape[a0->ndim - 1], batches = 1;
        for (int i = 0; i < ndim; i++) batches *= shape[i];
        batch_a = *a, batch_b = *b;
        batch_a.ndim -= 2, batch_b.ndim -= 2;
        mlp_walk w;
        mlp_walk_begin(&w, ndim, shape, 2, (const mlp_tensor *const[]){ &batch_a, &batch_b });
        for (int64_t i = 0; !st && i < batches && m * n > 0; i++) {
            int64_t at[MLP_WALK];
            mlp_walk_row(&w, i / w.row, at);
            int64_t at_a = at[0] + i % w.row * w.step[0], at_b = at[1] + i % w.row * w.step[1];
            if (y->dtype == MLP_I64)
                st = integer_product((whole){ ta, tb, m, n, k, lda, ldb, (const int64_t *)mlp_tensor_data(a) + at_a,
                                              (const int64_t *)mlp_tensor_data(b) + at_b,
                                              (int64_t *)mlp_tensor_data(y) + i * m * n },
                                     err);
            else if (y->dtype == MLP_F32)
                st = mlp_gemm_f32(ta, tb, m, n, k, 1, (const float *)mlp_tensor_data(a) + at_a, lda,
                                  (const float *)mlp_tensor_data(b) + at_b, ldb, 0,
                                  (float *)mlp_tensor_data(y) + i * m * n, n, err);
            else
                st = mlp_gemm_f64(ta, tb, m, n, k, 1, (const double *)mlp_tensor_data(a) + at_a, lda,
                                  (const double *)mlp_tensor_data(b) + at_b, ldb, 0,
                                  (double *)mlp_tensor_data(y) + i * m * n, n, err);
        }
    }
    mlp_tensor_release(a);
    mlp_tensor_release(b);
    if (st) mlp_tensor_release(y);
    else *out = y;
    return st;
}

/* Of types that are not multiplied themselves: rounded, or wrapped around, once at the end. */
static mlp_status on_copies(mlp_tensor **out, const mlp_tensor *a, const mlp_tensor *b, mlp_dtype working,
                            mlp_error *err)
{
    mlp_tensor *wide_a = NULL, *wide_b = NULL, *y = NULL;
    mlp_status st = mlp_tensor_cast(&wide_a, a, working, err);
    if (!st) st = mlp_tensor_cast(&wide_b, b, working, err);
    if (!st) st = mlp_tensor_matmul(&y, wide_a, wide_b, err);
    mlp_tensor_release(wide_b);
    mlp_tensor_release(wide_a);
    return mlp_kept_in(out, y, a->dtype, st, err);
}

mlp_status mlp_tensor_matmul(mlp_tensor **out, const mlp_tensor *a, const mlp_tensor *b, mlp_error *err)
{
    char ta[MLP_SHAPE_TEXT], tb[MLP_SHAPE_TEXT];
    mlp_shape_text(ta, a->ndim, a->shape);
    mlp_shape_text(tb, b->ndim, b->shape);
    if (a->dtype != b->dtype || a->dtype == MLP_BOOL)
        return mlp_fail(err, MLP_EDTYPE, "matmul: a is %s and b is %s, expected numbers of one type (convert with :to)",
                        mlp_dtype_name(a->dtype), mlp_dtype_name(b->dtype));
    mlp_dtype working = a->dtype == MLP_U8 ? MLP_I64 : mlp_dtype_working(a->dtype);
    if (working != a->dtype) return on_copies(out, a, b, working, err);
    if (a->ndim == 0 || b->ndim == 0)
        return mlp_fail(err, MLP_ESHAPE,
                        "matmul: a is %s but b is %s (both need a dimension; * multiplies by a scalar)", ta, tb);
    if (a->shape[a->ndim - 1] != b->shape[b->ndim > 1 ? b->ndim - 2 : 0])
        return mlp_fail(err, MLP_ESHAPE, "matmul: a is %s but b is %s (columns of a must equal rows of b)", ta, tb);
    /* a vector is a row on the left and a column on the right; its dimension is dropped again afterwards */
    mlp_tensor *x = NULL, *z = NULL, *y = NULL;
    mlp_status st =
        a->ndim == 1 ? mlp_tensor_unsqueeze(&x, (mlp_tensor *)a, 0, err) : mlp_tensor_alias(&x, (mlp_tensor *)a, err);
    if (!st)
        st = b->ndim == 1 ? mlp_tensor_unsqueeze(&z, (mlp_tensor *)b, 1, err)
                          : mlp_tensor_alias(&z, (mlp_tensor *)b, err);
    if (!st) st = batched(&y, x, z, err);
    mlp_tensor_release(x);
    mlp_tensor_release(z);
    if (st) return st;
    int64_t shape[MLP_MAX_DIMS];
    int n = 0;
    for (int i = 0; i < y->ndim; i++) {
        if (i == y->ndim - 2 && a->ndim == 1) continue;
        if (i == y->ndim - 1 && b->ndim == 1) continue;
        shape[n++] = y->shape[i];
    }
    st = mlp_tensor_reshape(out, y, n, shape, err);
    mlp_tensor_release(y);
    return st;
}
