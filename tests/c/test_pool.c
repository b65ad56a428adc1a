/* test_pool.c - pooling: the definition, gradients, ties and NaN, the same bits for any number of threads, messages. */
#include "gradcheck.h"
#include "nn/nn.h"
#include "nn/pool.h"

#include <string.h>

typedef struct geometry {
    int64_t shape[4];
    mlp_pool_options o;
} geometry;

#define POOL(k0, k1, s0, s1, p0, p1, d0, d1, ceil, padded, divisor)                                                    \
    {                                                                                                                  \
        { k0, k1 }, { s0, s1 }, { p0, p1 }, { d0, d1 }, ceil, padded, divisor                                          \
    }

static const geometry geometries[] = {
    { { 2, 2, 4, 6 }, POOL(2, 2, 2, 2, 0, 0, 1, 1, false, true, 0) },
    { { 1, 2, 5, 7 }, POOL(3, 2, 2, 1, 1, 1, 1, 1, false, true, 0) },
    { { 1, 1, 5, 7 }, POOL(3, 3, 2, 2, 1, 1, 1, 1, true, true, 0) },
    { { 1, 2, 5, 6 }, POOL(3, 3, 2, 2, 1, 0, 1, 1, true, false, 0) },
    { { 1, 1, 6, 7 }, POOL(2, 2, 1, 3, 0, 0, 1, 1, true, false, 3) },
    { { 2, 1, 8, 7 }, POOL(2, 3, 1, 2, 1, 2, 3, 2, false, true, 0) },
    { { 1, 1, 2, 3 }, POOL(1, 1, 2, 2, 0, 0, 1, 1, false, true, 0) },
    { { 0, 2, 4, 4 }, POOL(2, 2, 2, 2, 0, 0, 1, 1, false, true, 0) },
    { { 1, 1, 3, 5 }, POOL(4, 5, 3, 4, 2, 2, 1, 1, true, true, 0) },
    { { 1, 1, 5, 37 }, POOL(2, 2, 2, 2, 0, 0, 1, 1, false, true, 0) },
    { { 1, 1, 5, 37 }, POOL(2, 2, 2, 2, 0, 0, 1, 1, true, true, 0) },
    { { 1, 1, 3, 40 }, POOL(3, 40, 1, 1, 0, 0, 1, 1, false, true, 0) },
};
enum { GEOMETRIES = sizeof geometries / sizeof *geometries };

static mlp_status max_pool(mlp_tensor **y, mlp_tensor **x, const void *context, mlp_error *err)
{
    return mlp_max_pool2d(y, x[0], context, err);
}

static mlp_status avg_pool(mlp_tensor **y, mlp_tensor **x, const void *context, mlp_error *err)
{
    return mlp_avg_pool2d(y, x[0], context, err);
}

static mlp_status adaptive_pool(mlp_tensor **y, mlp_tensor **x, const void *context, mlp_error *err)
{
    return mlp_adaptive_avg_pool2d(y, x[0], context, err);
}

START_TEST(pools_differentiate_for_every_geometry_and_layout)
{
    for (int i = 0; i < GEOMETRIES; i++)
        for (lay how = PLAIN; how <= STRIDED; how++) {
            mlp_tensor *x[1] = { leaf(how, 4, geometries[i].shape, -1, 1, 1) };
            gradcheck("max_pool2d", max_pool, &geometries[i].o, 1, x);
            x[0] = leaf(how, 4, geometries[i].shape, -1, 1, 1);
            if (geometries[i].o.dilation[0] == 1) gradcheck("avg_pool2d", avg_pool, &geometries[i].o, 1, x);
            else mlp_tensor_release(x[0]);
        }
    static const int64_t sizes[][2] = { { 1, 1 }, { 2, 3 }, { 5, 7 }, { 6, 8 }, { -1, 2 } };
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        mlp_tensor *x[1] = { leaf(TURNED, 4, (int64_t[]){ 2, 2, 5, 7 }, -1, 1, 1) };
        gradcheck("adaptive_avg_pool2d", adaptive_pool, sizes[i], 1, x);
        x[0] = leaf(PLAIN, 3, (int64_t[]){ 2, 5, 7 }, -1, 1, 1);
        gradcheck("adaptive_avg_pool2d of one picture", adaptive_pool, sizes[i], 1, x);
    }
}
END_TEST

/* Window (i, j) of plane (n, c): the maximum, or the mean over what counts. */
static double defined(const geometry *g, const mlp_tensor *x, const int64_t at[4], bool mean)
{
    const mlp_pool_options *o = &g->o;
    double most = -(double)INFINITY, sum = 0, inside = 0, padded = 0;
    for (int64_t a = 0; a < o->kernel_size[0]; a++)
        for (int64_t b = 0; b < o->kernel_size[1]; b++) {
            int64_t row = at[2] * o->stride[0] - o->padding[0] + a * o->dilation[0];
            int64_t column = at[3] * o->stride[1] - o->padding[1] + b * o->dilation[1];
            padded += row < x->shape[2] + o->padding[0] && column < x->shape[3] + o->padding[1];
            if (row < 0 || column < 0 || row >= x->shape[2] || column >= x->shape[3]) continue;
            double v = mlp_tensor_at(x, (int64_t[]){ at[0], at[1], row, column });
            inside++, sum += v, most = v > most ? v : most;
        }
    if (!mean) return most;
    return sum / (o->divisor_override ? (double)o->divisor_override : o->count_include_pad ? padded : inside);
}

START_TEST(pools_are_what_their_definitions_say)
{
    mlp_error err;
    for (int i = 0; i < GEOMETRIES; i++)
        for (int mean = 0; mean < (geometries[i].o.dilation[0] == 1 ? 2 : 1); mean++) {
            mlp_tensor *x = leaf(PLAIN, 4, geometries[i].shape, -1, 1, 4), *y = NULL;
            OK((mean ? mlp_avg_pool2d : mlp_max_pool2d)(&y, x, &geometries[i].o, &err));
            for (int64_t k = 0; k < mlp_tensor_numel(y); k++) {
                int64_t at[4], rest = k;
                for (int d = 3; d >= 0; d--) at[d] = rest % y->shape[d], rest /= y->shape[d];
                ck_assert_double_eq_tol(mlp_tensor_at(y, at), defined(&geometries[i], x, at, mean), 1e-12);
            }
            mlp_tensor_release(y);
            mlp_tensor_release(x);
        }
}
END_TEST

START_TEST(the_first_of_equal_values_gets_the_gradient_and_nan_wins)
{
    mlp_error err;
    mlp_tensor *x = leaf(PLAIN, 3, (int64_t[]){ 1, 2, 6 }, 0, 0, 1), *y = NULL;
    memcpy(mlp_tensor_data(x), (double[]){ 3, 3, -INFINITY, -INFINITY, 1, NAN, 3, 3, -INFINITY, -INFINITY, 7, 2 }, 96);
    mlp_pool_options o = POOL(2, 2, 2, 2, 0, 0, 1, 1, false, true, 0);
    OK(mlp_max_pool2d(&y, x, &o, &err));
    const double *values = mlp_tensor_data(y);
    ck_assert(values[0] == 3 && isinf(values[1]) && values[1] < 0 && isnan(values[2]));
    mlp_tensor *dy = leaf(PLAIN, 3, (int64_t[]){ 1, 1, 3 }, 1, 1, 1);
    OK(mlp_backward(y, dy, false, &err));
    static const double expected[12] = { 1, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0 };
    for (int i = 0; i < 12; i++) ck_assert_double_eq(((double *)mlp_tensor_data(mlp_grad(x)))[i], expected[i]);
    mlp_tensor_release(dy);
    mlp_tensor_release(y);
    mlp_tensor_release(x);
}
END_TEST

/* Nothing is rounded, so both types give the same numbers; f32 has wider vectors and other remainders. */
START_TEST(maxima_of_halves_are_the_same_in_f32)
{
    mlp_error err;
    mlp_pool_options o = POOL(2, 2, 2, 2, 0, 0, 1, 1, false, true, 0);
    for (int64_t width = 2; width <= 75; width++) {
        mlp_tensor *wide = leaf(PLAIN, 3, (int64_t[]){ 2, 5, width }, -1, 1, 3), *x[2], *y[2] = { NULL, NULL };
        for (int i = 0; i < 2; i++) {
            mlp_tensor *single = NULL, *dy = NULL;
            OK(mlp_tensor_cast(&single, wide, MLP_F32, &err));
            for (int64_t k = 0; k < width; k += 7) ((float *)mlp_tensor_data(single))[k] = k % 2 ? NAN : -INFINITY;
            OK(mlp_tensor_cast(&x[i], single, i ? MLP_F64 : MLP_F32, &err));
            OK(mlp_requires_grad_(x[i], true, &err));
            OK(mlp_max_pool2d(&y[i], x[i], &o, &err));
            OK(mlp_tensor_new(&dy, y[i]->dtype, 3, y[i]->shape, &err));
            OK(mlp_tensor_fill_(dy, 2, &err));
            OK(mlp_backward(y[i], dy, false, &err));
            mlp_tensor_release(dy), mlp_tensor_release(single);
        }
        const float *y32 = mlp_tensor_data(y[0]), *dx32 = mlp_tensor_data(mlp_grad(x[0]));
        const double *y64 = mlp_tensor_data(y[1]), *dx64 = mlp_tensor_data(mlp_grad(x[1]));
        for (int64_t k = 0; k < mlp_tensor_numel(y[0]); k++)
            ck_assert((double)y32[k] == y64[k] || (isnan(y32[k]) && isnan(y64[k])));
        for (int64_t k = 0; k < mlp_tensor_numel(x[0]); k++) ck_assert_double_eq((double)dx32[k], dx64[k]);
        for (int i = 0; i < 2; i++) mlp_tensor_release(y[i]), mlp_tensor_release(x[i]);
        mlp_tensor_release(wide);
    }
}
END_TEST

START_TEST(feature_dropout_drops_whole_channels)
{
    mlp_error err;
    mlp_rng rng = mlp_rng_stream(2, MLP_FOR_USER, 0, 0, 0);
    mlp_tensor *x = leaf(PLAIN, 4, (int64_t[]){ 50, 20, 2, 3 }, 1, 1, 1), *y = NULL;
    OK(mlp_feature_dropout(&y, x, 0.25, true, &rng, &err));
    const double *values = mlp_tensor_data(y);
    int kept = 0;
    for (int i = 0; i < 1000; i++) {
        kept += values[6 * i] > 0;
        ck_assert(values[6 * i] == 0 || fabs(values[6 * i] - 4.0 / 3) < 1e-12);
        for (int k = 1; k < 6; k++) ck_assert_double_eq(values[6 * i + k], values[6 * i]);
    }
    ck_assert_double_eq_tol(kept / 1000.0, 0.75, 0.04);
    OK(mlp_backward(y, x, false, &err)); /* dy is x, all ones */
    for (int i = 0; i < 6000; i++) ck_assert_double_eq(((double *)mlp_tensor_data(mlp_grad(x)))[i], values[i]);
    mlp_tensor_release(y);
    OK(mlp_feature_dropout(&y, x, 0.25, false, &rng, &err));
    ck_assert_ptr_eq(y, x);
    mlp_tensor_release(y);
    mlp_tensor_release(x);
}
END_TEST

static void step(mlp_tensor *kept[6])
{
    mlp_error err;
    mlp_pool_options o = POOL(3, 3, 2, 2, 1, 1, 1, 1, true, false, 0);
    int64_t size[2] = { 7, 5 };
    for (int i = 0; i < 3; i++) {
        mlp_tensor *x = NULL, *wide = leaf(PLAIN, 4, (int64_t[]){ 6, 5, 61, 300 }, -1, 1, 1);
        OK(mlp_tensor_cast(&x, wide, MLP_F32, &err));
        mlp_tensor_release(wide);
        OK(mlp_requires_grad_(x, true, &err));
        if (i == 0) OK(mlp_max_pool2d(&kept[i], x, &o, &err));
        if (i == 1) OK(mlp_avg_pool2d(&kept[i], x, &o, &err));
        if (i == 2) OK(mlp_adaptive_avg_pool2d(&kept[i], x, size, &err));
        mlp_tensor *dy = NULL;
        OK(mlp_detach(&dy, kept[i], &err));
        OK(mlp_backward(kept[i], dy, false, &err));
        kept[3 + i] = mlp_tensor_retain(mlp_grad(x));
        mlp_tensor_release(dy);
        mlp_tensor_release(x);
    }
}

START_TEST(any_number_of_threads_gives_the_same_bits)
{
    mlp_error err;
    mlp_tensor *one[6], *many[6];
    OK(mlp_threads_set(1, &err));
    step(one);
    for (int threads = 2; threads <= 3; threads++) {
        OK(mlp_threads_set(threads, &err));
        step(many);
        for (int i = 0; i < 6; i++) {
            size_t bytes = (size_t)mlp_tensor_numel(one[i]) * sizeof(float);
            ck_assert_int_eq(memcmp(mlp_tensor_data(one[i]), mlp_tensor_data(many[i]), bytes), 0);
            mlp_tensor_release(many[i]);
        }
    }
    for (int i = 0; i < 6; i++) mlp_tensor_release(one[i]);
    OK(mlp_threads_set(1, &err));
}
END_TEST

typedef mlp_status (*pool_fn)(mlp_tensor **out, mlp_tensor *x, const mlp_pool_options *options, mlp_error *err);

static void fails(pool_fn fn, const geometry *g, const char *text)
{
    mlp_error err;
    mlp_tensor *x = leaf(PLAIN, 4, g->shape, -1, 1, 1), *y = NULL;
    mlp_status st = fn(&y, x, &g->o, &err);
    ck_assert_msg(st != MLP_OK, "no error, expected one with '%s'", text);
    ck_assert_msg(strstr(err.text, text) != NULL, "'%s', expected '%s'", err.text, text);
    ck_assert_ptr_null(y);
    mlp_tensor_release(x);
}

START_TEST(pools_explain_their_errors)
{
    mlp_error err;
    geometry g = { { 1, 2, 4, 4 }, POOL(5, 5, 5, 5, 0, 0, 1, 1, false, true, 0) };
    fails(mlp_max_pool2d, &g, "max_pool2d: the window 5x5 is larger than the picture 4x4 (input 1x2x4x4)");
    g.o.padding[1] = 3;
    fails(mlp_avg_pool2d, &g, "avg_pool2d: padding is 3, expected at most half of the window, 2");
    g.o.padding[1] = 0, g.o.kernel_size[0] = 0;
    fails(mlp_max_pool2d, &g, "max_pool2d: kernel_size is 0, expected 1 to");
    g.o.kernel_size[0] = INT64_MAX;
    fails(mlp_max_pool2d, &g, "max_pool2d: kernel_size is 9223372036854775807");
    g.o.kernel_size[0] = 2, g.o.stride[1] = -1;
    fails(mlp_max_pool2d, &g, "max_pool2d: stride is -1, expected 1 to");
    g.o = (mlp_pool_options)POOL(2, 2, 2, 2, 0, 0, 1, 1, false, true, 0);
    g.shape[3] = 0;
    fails(mlp_max_pool2d, &g, "max_pool2d: the window 2x2 is larger than the picture 4x0");
    mlp_tensor *x = leaf(PLAIN, 4, (int64_t[]){ 1, 1, 4, 4 }, 0, 1, 1), *y = NULL;
    ck_assert_int_eq(mlp_adaptive_avg_pool2d(&y, x, (int64_t[]){ 0, 1 }, &err), MLP_EINVAL);
    ck_assert_int_eq(mlp_adaptive_avg_pool2d(&y, x, (int64_t[]){ 1, -2 }, &err), MLP_EINVAL);
    ck_assert_int_eq(mlp_adaptive_avg_pool2d(&y, x, (int64_t[]){ INT64_MAX, 1 }, &err), MLP_EINVAL);
    mlp_tensor_release(x);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        pools_differentiate_for_every_geometry_and_layout,
        pools_are_what_their_definitions_say,
        the_first_of_equal_values_gets_the_gradient_and_nan_wins,
        maxima_of_halves_are_the_same_in_f32,
        feature_dropout_drops_whole_channels,
        any_number_of_threads_gives_the_same_bits,
        pools_explain_their_errors,
    };
    return run_suite("pool", tests, COUNT(tests));
}
