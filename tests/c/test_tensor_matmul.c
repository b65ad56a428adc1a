/* test_tensor_matmul.c - products of matrices, batches and vectors: against naive loops. */
#include "base/cpu.h"
#include "tensor/processor.h"
#include "tensors.h"

#include <stdlib.h>
#include <strings.h>

static void naive_matmul(const mlp_tensor *a, const mlp_tensor *b, const mlp_tensor *y)
{
    int64_t m = a->shape[a->ndim - 2], k = a->shape[a->ndim - 1], n = b->shape[b->ndim - 1];
    for (int64_t e = 0; e < mlp_tensor_numel(y); e++) {
        int64_t at[MLP_MAX_DIMS], in_a[MLP_MAX_DIMS] = { 0 }, in_b[MLP_MAX_DIMS] = { 0 };
        unravel(y, e, at);
        for (int i = 0; i < y->ndim - 2; i++) {
            int ia = i - (y->ndim - a->ndim), ib = i - (y->ndim - b->ndim);
            if (ia >= 0) in_a[ia] = a->shape[ia] == 1 ? 0 : at[i];
            if (ib >= 0) in_b[ib] = b->shape[ib] == 1 ? 0 : at[i];
        }
        in_a[a->ndim - 2] = at[y->ndim - 2];
        in_b[b->ndim - 1] = at[y->ndim - 1];
        double sum = 0;
        for (int64_t i = 0; i < k; i++) {
            in_a[a->ndim - 1] = in_b[b->ndim - 2] = i;
            sum += mlp_tensor_at(a, in_a) * mlp_tensor_at(b, in_b);
        }
        ck_assert_msg(close_to(mlp_tensor_at(y, at), sum, y->dtype == MLP_F32 ? 1e-6 * (double)(50 + 2 * k) : 1e-11),
                      "%lldx%lldx%lld: element %lld is %g, expected %g", (long long)m, (long long)k, (long long)n,
                      (long long)e, mlp_tensor_at(y, at), sum);
    }
}

START_TEST(matmul_agrees_with_naive_loops_for_every_layout_and_batch)
{
    static const struct {
        int na, nb;
        int64_t a[4], b[4];
    } cases[] = {
        { 2, 2, { 3, 4 }, { 4, 5 } },
        { 2, 2, { 1, 7 }, { 7, 1 } },
        { 2, 2, { 7, 1 }, { 1, 6 } },
        { 2, 2, { 1, 1 }, { 1, 1 } },
        { 2, 2, { 3, 0 }, { 0, 2 } },
        { 2, 2, { 0, 3 }, { 3, 2 } },
        { 2, 2, { 5, 1 }, { 1, 1 } },
        { 2, 2, { 1, 1 }, { 1, 5 } },
        { 3, 3, { 2, 3, 4 }, { 2, 4, 2 } },
        { 3, 2, { 2, 3, 4 }, { 4, 2 } },
        { 2, 3, { 3, 4 }, { 5, 4, 2 } },
        { 4, 3, { 2, 1, 3, 4 }, { 3, 4, 2 } },
        { 4, 4, { 2, 1, 2, 3 }, { 1, 3, 3, 2 } },
        { 3, 3, { 0, 3, 4 }, { 0, 4, 2 } },
        { 3, 3, { 2, 3, 0 }, { 2, 0, 4 } },
        { 2, 2, { 70, 300 }, { 300, 65 } },
    };
    mlp_error err;
    for (int type = MLP_F32; type <= MLP_F64; type++)
        for (int c = 0; c < COUNT(cases); c++)
            for (int how = 0; how < LAYOUTS * LAYOUTS; how++) {
                mlp_tensor *a = filled((layout)(how % LAYOUTS), (mlp_dtype)type, cases[c].na, cases[c].a, -9, 9, 1),
                           *y = NULL;
                mlp_tensor *b = filled((layout)(how / LAYOUTS), (mlp_dtype)type, cases[c].nb, cases[c].b, -9, 9, 2);
                OK(mlp_tensor_matmul(&y, a, b, &err));
                naive_matmul(a, b, y);
                RELEASE(a, b, y);
            }
}
END_TEST

START_TEST(matmul_reads_matrices_that_are_transposed_narrowed_and_expanded)
{
    mlp_error err;
    mlp_tensor *base = filled(PLAIN, MLP_F64, SHAPE(6, 8), -9, 9, 1),
               *column = filled(PLAIN, MLP_F64, SHAPE(4, 1), -9, 9, 2);
    mlp_tensor *row = filled(PLAIN, MLP_F64, SHAPE(1, 4), -9, 9, 3), *views[6] = { NULL }, *t = NULL, *y = NULL;
    OK(mlp_tensor_narrow(&t, base, 0, 1, 4, &err));
    OK(mlp_tensor_narrow(&views[0], t, 1, 3, 4, &err));
    OK(mlp_tensor_transpose(&views[1], views[0], 0, 1, &err));
    OK(mlp_tensor_expand(&views[2], column, SHAPE(4, 4), &err));
    OK(mlp_tensor_expand(&views[3], row, SHAPE(4, 4), &err));
    OK(mlp_tensor_transpose(&views[4], views[2], 0, 1, &err));
    views[5] = filled(STRIDED, MLP_F64, SHAPE(4, 4), -9, 9, 4);
    for (int i = 0; i < 6; i++)
        for (int j = 0; j < 6; j++) {
            OK(mlp_tensor_matmul(&y, views[i], views[j], &err));
            naive_matmul(views[i], views[j], y);
            mlp_tensor_release(y);
        }
    /* slices of one row and of one column of a larger matrix */
    mlp_tensor *one_row = NULL, *one_column = NULL;
    OK(mlp_tensor_narrow(&one_row, base, 0, 2, 1, &err));
    OK(mlp_tensor_narrow(&one_column, base, 1, 5, 1, &err));
    OK(mlp_tensor_matmul(&y, one_column, one_row, &err));
    naive_matmul(one_column, one_row, y);
    mlp_tensor_release(y);
    mlp_tensor *turned_row = NULL, *turned_column = NULL;
    OK(mlp_tensor_transpose(&turned_row, one_row, 0, 1, &err));
    OK(mlp_tensor_transpose(&turned_column, one_column, 0, 1, &err));
    OK(mlp_tensor_matmul(&y, turned_row, turned_column, &err));
    naive_matmul(turned_row, turned_column, y);
    RELEASE(y, t, one_row, one_column, turned_row, turned_column, base, column, row);
    release_all(6, views);
}
END_TEST

START_TEST(matmul_of_vectors_drops_their_dimension)
{
    mlp_error err;
    mlp_tensor *v = VECTOR(MLP_F32, 1, 2, 3), *m = of(MLP_F32, SHAPE(2, 3), (double[]){ 1, 0, 2, 0, 1, 1 }),
               *turned = NULL, *y = NULL;
    mlp_tensor *batch = of(MLP_F32, SHAPE(2, 3, 1), (double[]){ 1, 1, 1, 2, 2, 2 });
    OK(mlp_tensor_matmul(&y, v, v, &err));
    is(y, MLP_F32, 0, NULL, (double[]){ 14 });
    OK(mlp_tensor_matmul(&y, m, v, &err));
    IS_VECTOR(y, MLP_F32, 7, 5);
    OK(mlp_tensor_transpose(&turned, m, 0, 1, &err));
    OK(mlp_tensor_matmul(&y, v, turned, &err));
    IS_VECTOR(y, MLP_F32, 7, 5);
    OK(mlp_tensor_matmul(&y, v, batch, &err));
    is(y, MLP_F32, SHAPE(2, 1), (double[]){ 6, 12 });
    RELEASE(v, m, turned, batch);
}
END_TEST

START_TEST(matmul_says_which_shapes_and_types_do_not_fit)
{
    mlp_error err;
    mlp_tensor *a = laid_out(PLAIN, MLP_F32, SHAPE(2, 3)), *i = laid_out(PLAIN, MLP_I64, SHAPE(3, 2)), *s = NULL,
               *y = NULL;
    mlp_tensor *p = laid_out(PLAIN, MLP_F32, SHAPE(2, 2, 3)), *q = laid_out(PLAIN, MLP_F32, SHAPE(3, 3, 2));
    OK(mlp_tensor_scalar(&s, MLP_F32, 1, &err));
    FAILS(mlp_tensor_matmul(&y, a, a, &err), MLP_ESHAPE,
          "matmul: a is 2x3 but b is 2x3 (columns of a must equal rows of b)");
    FAILS(mlp_tensor_matmul(&y, a, i, &err), MLP_EDTYPE,
          "matmul: a is f32 and b is i64, expected numbers of one type (convert with :to)");
    FAILS(mlp_tensor_matmul(&y, i, i, &err), MLP_ESHAPE,
          "matmul: a is 3x2 but b is 3x2 (columns of a must equal rows of b)");
    FAILS(mlp_tensor_matmul(&y, s, a, &err), MLP_ESHAPE,
          "matmul: a is scalar but b is 2x3 (both need a dimension; * multiplies by a scalar)");
    FAILS(mlp_tensor_matmul(&y, p, q, &err), MLP_ESHAPE,
          "matmul (leading dimensions): shapes 2 and 3 do not broadcast (aligned at the last dimension, sizes must be "
          "equal or 1)");
    RELEASE(a, i, s, p, q);
}
END_TEST

START_TEST(gemm_scales_and_adds_for_every_transposition)
{
    mlp_error err;
    enum { M = 3, N = 4, K = 5 };
    for (int ta = 0; ta < 2; ta++)
        for (int tb = 0; tb < 2; tb++) {
            double a[M * K], b[K * N], c[M * N], expected[M * N];
            float fa[M * K], fb[K * N], fc[M * N];
            for (int i = 0; i < M * K; i++) fa[i] = (float)(a[i] = i % 7 - 3);
            for (int i = 0; i < K * N; i++) fb[i] = (float)(b[i] = i % 5 - 2);
            for (int i = 0; i < M * N; i++) {
                fc[i] = (float)(c[i] = i);
                double sum = 0;
                for (int k = 0; k < K; k++)
                    sum += a[ta ? k * M + i / N : i / N * K + k] * b[tb ? i % N * K + k : k * N + i % N];
                expected[i] = 2 * sum + 0.5 * i;
            }
            OK(mlp_gemm_f64(ta, tb, M, N, K, 2, a, ta ? M : K, b, tb ? K : N, 0.5, c, N, &err));
            OK(mlp_gemm_f32(ta, tb, M, N, K, 2, fa, ta ? M : K, fb, tb ? K : N, 0.5f, fc, N, &err));
            for (int i = 0; i < M * N; i++) ck_assert(c[i] == expected[i] && (double)fc[i] == expected[i]);
        }
}
END_TEST

START_TEST(products_agree_on_the_kernels_of_every_processor_that_this_one_can_be)
{
    static const char *const list[] = { "prescott", "haswell", "skylakex", "fastest" };
    mlp_error err;
    OK(mlp_processor_begin(&err));
    const char *usual = mlp_processor_blas();
    int64_t a_shape[] = { 70, 300 }, b_shape[] = { 300, 65 };
    mlp_tensor *a = filled((layout)0, MLP_F32, 2, a_shape, -9, 9, 1),
               *b = filled((layout)0, MLP_F32, 2, b_shape, -9, 9, 2);
    for (int i = 0; i < COUNT(list); i++) {
        if (mlp_processor_use(list[i], &err)) {
            ck_assert(err.code == MLP_EINVAL && strstr(err.text, list[i]) && strcmp(list[i], "fastest") != 0);
            continue;
        }
        ck_assert_int_eq(strcasecmp(mlp_processor_blas(), i < 3 ? list[i] : usual), 0);
        mlp_tensor *y = NULL;
        OK(mlp_tensor_matmul(&y, a, b, &err));
        naive_matmul(a, b, y);
        RELEASE(y);
    }
    ck_assert_int_eq(mlp_processor_use("abacus", &err), MLP_EINVAL);
    ck_assert_int_eq(strcasecmp(mlp_processor_blas(), usual), 0);
    RELEASE(a, b);
}
END_TEST

START_TEST(a_processor_newer_than_the_blas_library_has_kernels_of_its_width)
{
    mlp_error err;
    OK(mlp_processor_begin(&err));
    if (getenv("OPENBLAS_CORETYPE")) return; /* the user's own word */
#ifdef __x86_64__
    if (mlp_cpu() >= MLP_CPU_AVX2) ck_assert_int_ne(strcasecmp(mlp_processor_blas(), "Prescott"), 0);
#endif
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        matmul_agrees_with_naive_loops_for_every_layout_and_batch,
        matmul_reads_matrices_that_are_transposed_narrowed_and_expanded,
        matmul_of_vectors_drops_their_dimension,
        matmul_says_which_shapes_and_types_do_not_fit,
        gemm_scales_and_adds_for_every_transposition,
        products_agree_on_the_kernels_of_every_processor_that_this_one_can_be,
        a_processor_newer_than_the_blas_library_has_kernels_of_its_width,
    };
    return run_suite("tensor_matmul", tests, COUNT(tests));
}
