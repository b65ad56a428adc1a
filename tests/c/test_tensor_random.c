/* test_tensor_random.c - the same bits for any number of threads, and random fills. */
#include "tensors.h"

/* ---- the same bits for any number of threads ---- */

typedef mlp_tensor *(*maker)(mlp_dtype dtype);

static void same_for_threads(const char *what, maker make, mlp_dtype dtype)
{
    mlp_error err;
    OK(mlp_threads_set(1, &err));
    mlp_tensor *expected = make(dtype);
    for (int threads = 2; threads <= 4; threads++) {
        OK(mlp_threads_set(threads, &err));
        mlp_tensor *got = make(dtype);
        same_bits(what, got, expected);
        mlp_tensor_release(got);
    }
    OK(mlp_threads_set(1, &err));
    mlp_tensor_release(expected);
}

static mlp_tensor *drawn(mlp_dtype dtype, int ndim, const int64_t *shape, uint64_t seed)
{
    mlp_error err;
    mlp_tensor *t = NULL;
    mlp_rng rng = mlp_rng_stream(seed, MLP_FOR_USER, 0, 0, 0);
    OK(mlp_tensor_new(&t, dtype, ndim, shape, &err));
    OK(mlp_tensor_normal_(t, 0, 1, &rng, &err));
    return t;
}

static mlp_tensor *product_of(mlp_dtype dtype, int64_t m, int64_t k, int64_t n)
{
    mlp_error err;
    mlp_tensor *a = drawn(dtype, SHAPE(m, k), 1), *b = drawn(dtype, SHAPE(k, n), 2), *y = NULL;
    OK(mlp_tensor_matmul(&y, a, b, &err));
    RELEASE(a, b);
    return y;
}

static mlp_tensor *large_product(mlp_dtype dtype)
{
    return product_of(dtype, 300, 257, 700);
}

static mlp_tensor *long_sums(mlp_dtype dtype)
{
    return product_of(dtype, 128, 3000, 512);
}

static mlp_tensor *flat_product(mlp_dtype dtype)
{
    return product_of(dtype, 32, 1500, 513);
}

static mlp_tensor *turned_product(mlp_dtype dtype)
{
    mlp_error err;
    mlp_tensor *a = drawn(dtype, SHAPE(64, 600), 1), *b = drawn(dtype, SHAPE(64, 700), 2), *turned = NULL, *y = NULL;
    OK(mlp_tensor_transpose(&turned, a, 0, 1, &err));
    OK(mlp_tensor_matmul(&y, turned, b, &err));
    RELEASE(a, b, turned);
    return y;
}

static mlp_tensor *element_wise(mlp_dtype dtype)
{
    mlp_error err;
    mlp_tensor *a = drawn(dtype, SHAPE(500, 300), 1), *b = drawn(dtype, SHAPE(300), 2), *y = NULL, *z = NULL;
    OK(mlp_tensor_binary(&y, MLP_MUL, a, b, &err));
    OK(mlp_tensor_unary(&z, MLP_TANH, y, &err));
    OK(mlp_tensor_axpy_(z, 0.1, a, &err));
    RELEASE(a, b, y);
    return z;
}

static mlp_tensor *sums(mlp_dtype dtype)
{
    mlp_error err;
    mlp_tensor *a = drawn(dtype, SHAPE(400, 500), 1), *list[3] = { NULL }, *y = NULL, *flat[3] = { NULL };
    OK(mlp_tensor_reduce(&list[0], MLP_SUM, a, 0, NULL, false, &err));
    OK(mlp_tensor_reduce(&list[1], MLP_SUM, a, 1, (int[]){ 0 }, false, &err));
    OK(mlp_tensor_reduce(&list[2], MLP_SUM, a, 1, (int[]){ 1 }, false, &err));
    for (int i = 0; i < 3; i++) OK(mlp_tensor_reshape(&flat[i], list[i], SHAPE(-1), &err));
    OK(mlp_tensor_cat(&y, flat, 3, 0, &err));
    release_all(3, list);
    release_all(3, flat);
    mlp_tensor_release(a);
    return y;
}

static mlp_tensor *normals(mlp_dtype dtype)
{
    return drawn(dtype, SHAPE(100003), 7);
}

static mlp_tensor *uniforms(mlp_dtype dtype)
{
    mlp_error err;
    mlp_tensor *t = NULL;
    mlp_rng rng = mlp_rng_stream(8, MLP_FOR_USER, 0, 0, 0);
    OK(mlp_tensor_new(&t, dtype, SHAPE(100001), &err));
    OK(mlp_tensor_uniform_(t, -1, 1, &rng, &err));
    return t;
}

static mlp_tensor *integers(mlp_dtype dtype)
{
    mlp_error err;
    mlp_tensor *t = NULL;
    mlp_rng rng = mlp_rng_stream(9, MLP_FOR_USER, 0, 0, 0);
    OK(mlp_tensor_new(&t, dtype, SHAPE(100001), &err));
    OK(mlp_tensor_randint_(t, 3, 200, &rng, &err));
    return t;
}

static mlp_tensor *coins(mlp_dtype dtype)
{
    mlp_error err;
    mlp_tensor *t = NULL;
    mlp_rng rng = mlp_rng_stream(10, MLP_FOR_USER, 0, 0, 0);
    OK(mlp_tensor_new(&t, dtype, SHAPE(100001), &err));
    OK(mlp_tensor_bernoulli_(t, 0.3, &rng, &err));
    return t;
}

START_TEST(results_have_the_same_bits_for_one_to_four_threads)
{
    for (int type = MLP_F32; type <= MLP_F64; type++) {
        same_for_threads("large product", large_product, (mlp_dtype)type);
        same_for_threads("product with long sums", long_sums, (mlp_dtype)type);
        same_for_threads("flat product", flat_product, (mlp_dtype)type);
        same_for_threads("transposed product", turned_product, (mlp_dtype)type);
        same_for_threads("element-wise", element_wise, (mlp_dtype)type);
        same_for_threads("sums", sums, (mlp_dtype)type);
        same_for_threads("normal_", normals, (mlp_dtype)type);
        same_for_threads("uniform_", uniforms, (mlp_dtype)type);
    }
    for (int type = MLP_U8; type <= MLP_F64; type++) {
        same_for_threads("randint_", integers, (mlp_dtype)type);
        same_for_threads("bernoulli_", coins, (mlp_dtype)type);
    }
}
END_TEST

/* ---- random fills ---- */

/* ---- random numbers ---- */

static double moment(const mlp_tensor *t, double about, int power)
{
    double sum = 0;
    int64_t n = mlp_tensor_numel(t);
    for (int64_t i = 0; i < n; i++) sum += pow(mlp_tensor_at(t, &i) - about, power);
    return sum / (double)n;
}

START_TEST(random_fills_have_the_moments_of_their_distributions)
{
    mlp_error err;
    for (int type = MLP_F32; type <= MLP_F64; type++) { /* bounds: about five standard errors of 100,000 draws */
        mlp_tensor *t = normals((mlp_dtype)type);
        ck_assert(close_to(moment(t, 0, 1), 0, 0.016));
        ck_assert(close_to(moment(t, 0, 2), 1, 0.023));
        ck_assert(close_to(moment(t, 0, 3), 0, 0.062));
        ck_assert(close_to(moment(t, 0, 4), 3, 0.16));
        mlp_tensor_release(t);
        t = uniforms((mlp_dtype)type);
        ck_assert(close_to(moment(t, 0, 1), 0, 0.0092));
        ck_assert(close_to(moment(t, 0, 2), 1.0 / 3, 0.0048));
        for (int64_t i = 0; i < mlp_tensor_numel(t); i++) ck_assert(nth(t, i) >= -1 && nth(t, i) < 1);
        mlp_rng rng = mlp_rng_stream(3, MLP_FOR_USER, 0, 0, 0);
        OK(mlp_tensor_normal_(t, 5, 0.5, &rng, &err));
        ck_assert(close_to(moment(t, 0, 1), 5, 0.008));
        ck_assert(close_to(moment(t, 5, 2), 0.25, 0.006));
        mlp_tensor_release(t);
        t = coins((mlp_dtype)type);
        ck_assert(close_to(moment(t, 0, 1), 0.3, 0.0073));
        mlp_tensor_release(t);
    }
    mlp_tensor *t = integers(MLP_I64);
    int64_t count[200] = { 0 };
    for (int64_t i = 0; i < mlp_tensor_numel(t); i++) count[(int)nth(t, i)]++;
    for (int i = 0; i < 200; i++) ck_assert(i < 3 ? count[i] == 0 : count[i] > 390 && count[i] < 630);
    mlp_tensor_release(t);
}
END_TEST

START_TEST(random_integers_reach_both_ends_of_the_widest_range)
{
    mlp_error err;
    mlp_rng rng = mlp_rng_stream(4, MLP_FOR_USER, 0, 0, 0);
    mlp_tensor *t = NULL;
    OK(mlp_tensor_new(&t, MLP_I64, SHAPE(1000), &err));
    int64_t low = ((int64_t)1 << 53) + 1, *v = mlp_tensor_data(t);
    OK(mlp_tensor_randint_(t, low, low + 2, &rng, &err)); /* beyond what a double can tell apart */
    int64_t ones = 0;
    for (int i = 0; i < 1000; i++) {
        ck_assert(v[i] == low || v[i] == low + 1);
        ones += v[i] - low;
    }
    ck_assert(ones > 400 && ones < 600);
    OK(mlp_tensor_randint_(t, INT64_MIN, INT64_MAX, &rng, &err));
    int64_t negative = 0;
    for (int i = 0; i < 1000; i++) negative += v[i] < 0;
    ck_assert(negative > 400 && negative < 600);
    mlp_tensor_release(t);
}
END_TEST

START_TEST(random_fills_of_views_write_the_view_only_and_advance_the_stream)
{
    mlp_error err;
    mlp_rng rng = mlp_rng_stream(5, MLP_FOR_USER, 0, 0, 0), again = rng;
    mlp_tensor *t = NULL, *v = NULL, *plain = laid_out(PLAIN, MLP_F32, SHAPE(3, 2)), *next = NULL;
    OK(mlp_tensor_full(&t, MLP_F32, SHAPE(3, 4), 9, &err));
    OK(mlp_tensor_narrow(&v, t, 1, 1, 2, &err));
    OK(mlp_tensor_uniform_(v, 0, 1, &rng, &err));
    OK(mlp_tensor_uniform_(plain, 0, 1, &again, &err));
    same_values("view", v, plain, 0);
    ck_assert(nth(t, 0) == 9 && nth(t, 3) == 9 && nth(t, 8) == 9 && nth(t, 11) == 9);
    OK(mlp_tensor_clone(&next, plain, &err));
    OK(mlp_tensor_uniform_(next, 0, 1, &again, &err));
    for (int64_t i = 0; i < 6; i++) ck_assert(nth(next, i) != nth(plain, i));
    RELEASE(t, v, plain, next);
}
END_TEST

START_TEST(permutations_hold_every_number_once)
{
    mlp_error err;
    mlp_rng rng = mlp_rng_stream(6, MLP_FOR_USER, 0, 0, 0);
    mlp_tensor *t = NULL;
    OK(mlp_tensor_randperm(&t, 1000, &rng, &err));
    bool seen[1000] = { false };
    int fixed = 0;
    for (int64_t i = 0; i < 1000; i++) {
        int v = (int)nth(t, i);
        ck_assert(v >= 0 && v < 1000 && !seen[v]);
        seen[v] = true;
        fixed += v == i;
    }
    ck_assert_int_lt(fixed, 10);
    mlp_tensor_release(t);
    OK(mlp_tensor_randperm(&t, 0, &rng, &err));
    ck_assert_int_eq(mlp_tensor_numel(t), 0);
    mlp_tensor_release(t);
}
END_TEST

START_TEST(random_fills_refuse_impossible_parameters)
{
    mlp_error err;
    mlp_rng rng = mlp_rng_stream(7, MLP_FOR_USER, 0, 0, 0);
    mlp_tensor *t = laid_out(PLAIN, MLP_F32, SHAPE(2)), *i = laid_out(PLAIN, MLP_I64, SHAPE(2)), *y = NULL;
    FAILS(mlp_tensor_uniform_(t, 2, 1, &rng, &err), MLP_EINVAL,
          "uniform_: from 2 to 1 is empty: low must not be above high");
    FAILS(mlp_tensor_uniform_(t, NAN, 1, &rng, &err), MLP_EINVAL,
          "uniform_: from nan to 1 is empty: low must not be above high");
    FAILS(mlp_tensor_normal_(t, 0, -1, &rng, &err), MLP_EINVAL, "normal_: std is -1, expected 0 or more");
    FAILS(mlp_tensor_uniform_(i, 0, 1, &rng, &err), MLP_EDTYPE,
          "uniform_: the tensor is i64, expected floats (randint makes integers)");
    FAILS(mlp_tensor_normal_(i, 0, 1, &rng, &err), MLP_EDTYPE,
          "normal_: the tensor is i64, expected floats (randint makes integers)");
    FAILS(mlp_tensor_randint_(i, 3, 3, &rng, &err), MLP_EINVAL,
          "randint: from 3 to 3 (not included) there is no integer");
    FAILS(mlp_tensor_bernoulli_(t, 1.5, &rng, &err), MLP_EINVAL, "bernoulli_: p is 1.5, expected 0 to 1");
    FAILS(mlp_tensor_randperm(&y, -1, &rng, &err), MLP_EINVAL, "randperm: n is -1, expected 0 or more");
    RELEASE(t, i);
}
END_TEST
/* ---- the same bits for any number of threads ---- */

int main(void)
{
    const TTest *const tests[] = {
        results_have_the_same_bits_for_one_to_four_threads,
        random_fills_have_the_moments_of_their_distributions,
        random_integers_reach_both_ends_of_the_widest_range,
        random_fills_of_views_write_the_view_only_and_advance_the_stream,
        permutations_hold_every_number_once,
        random_fills_refuse_impossible_parameters,
    };
    return run_suite("tensor_random", tests, COUNT(tests));
}
