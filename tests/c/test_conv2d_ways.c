/* test_conv2d_ways.c - the ways to compute a convolution: tiles against plain loops, f32 against the definition in f64
 * at every size around their edges, on each instruction set. */
#include "gradcheck.h"
#include "levels.h"
#include "nn/conv2d.h"
#include "nn/conv2d_private.h"

#include <string.h>

typedef struct geometry {
    int64_t n, c_in, height, width, c_out, kernel[2];
    mlp_conv2d_options o;
} geometry;

/* Result and gradients: y, dx, dw, db. */
enum { RESULTS = 4 };
static const char *const names[RESULTS] = { "y", "dx", "dw", "db" };

static mlp_tensor *normal(mlp_dtype dtype, int ndim, const int64_t *shape, uint64_t seed)
{
    mlp_error err;
    mlp_tensor *single = NULL, *t = NULL;
    mlp_rng rng = mlp_rng_stream(seed, MLP_FOR_USER, 0, 0, 0);
    OK(mlp_tensor_new(&single, MLP_F32, ndim, shape, &err));
    OK(mlp_tensor_normal_(single, 0, 1, &rng, &err));
    OK(mlp_tensor_cast(&t, single, dtype, &err));
    mlp_tensor_release(single);
    return t;
}

/* What the convolution gives in this type, as f64. */
static void results(mlp_tensor *out[RESULTS], const geometry *g, mlp_dtype dtype)
{
    mlp_error err;
    mlp_tensor *x[3] = {
        normal(dtype, 4, (int64_t[]){ g->n, g->c_in, g->height, g->width }, 1),
        normal(dtype, 4, (int64_t[]){ g->c_out, g->c_in / g->o.groups, g->kernel[0], g->kernel[1] }, 2),
        normal(dtype, 1, &g->c_out, 3),
    };
    mlp_tensor *y = NULL;
    for (int i = 0; i < 3; i++) OK(mlp_requires_grad_(x[i], true, &err));
    OK(mlp_conv2d(&y, x[0], x[1], x[2], &g->o, &err));
    mlp_tensor *dy = normal(dtype, 4, y->shape, 4);
    OK(mlp_backward(y, dy, false, &err));
    OK(mlp_tensor_cast(&out[0], y, MLP_F64, &err));
    for (int i = 0; i < 3; i++) OK(mlp_tensor_cast(&out[i + 1], mlp_grad(x[i]), MLP_F64, &err));
    mlp_tensor_release(dy);
    mlp_tensor_release(y);
    for (int i = 0; i < 3; i++) mlp_tensor_release(x[i]);
}

static double largest(const mlp_tensor *t)
{
    double most = 0;
    const double *v = mlp_tensor_data(t);
    for (int64_t i = 0; i < mlp_tensor_numel(t); i++) most = fmax(most, fabs(v[i]));
    return most;
}

static double difference(const mlp_tensor *a, const mlp_tensor *b)
{
    double most = 0;
    const double *u = mlp_tensor_data(a), *v = mlp_tensor_data(b);
    ck_assert_int_eq(mlp_tensor_numel(a), mlp_tensor_numel(b));
    for (int64_t i = 0; i < mlp_tensor_numel(a); i++)
        if (!(fabs(u[i] - v[i]) <= most)) most = fabs(u[i] - v[i]);
    return most;
}

static void agrees(const geometry *g)
{
    mlp_tensor *exact[RESULTS], *fast[RESULTS];
    results(exact, g, MLP_F64);
    results(fast, g, MLP_F32);
    for (int i = 0; i < RESULTS; i++) {
        double error = difference(fast[i], exact[i]), bound = 4e-6 * (1 + largest(exact[i]));
        ck_assert_msg(
            error <= bound,
            "%s is off by %g (%g allowed): %lldx%lldx%lldx%lld, %lld kernels %lldx%lld, stride %lld %lld, padding "
            "%lld %lld, dilation %lld %lld, groups %lld",
            names[i], error, bound, (long long)g->n, (long long)g->c_in, (long long)g->height, (long long)g->width,
            (long long)g->c_out, (long long)g->kernel[0], (long long)g->kernel[1], (long long)g->o.stride[0],
            (long long)g->o.stride[1], (long long)g->o.padding[0], (long long)g->o.padding[1],
            (long long)g->o.dilation[0], (long long)g->o.dilation[1], (long long)g->o.groups);
        mlp_tensor_release(exact[i]);
        mlp_tensor_release(fast[i]);
    }
}

#define OPTIONS(s0, s1, p0, p1, d0, d1, g)                                                                             \
    {                                                                                                                  \
        { s0, s1 }, { p0, p1 }, { d0, d1 }, false, g, false                                                            \
    }

static void small_pictures(void)
{
    static const int64_t channels[][2] = { { 1, 1 }, { 3, 8 }, { 2, 31 }, { 33, 3 }, { 31, 32 }, { 32, 33 } };
    for (int64_t c = 0; c < 6; c++)
        for (int64_t size = 1; size <= 13; size++)
            for (int64_t padding = 0; padding <= 3; padding++) {
                geometry g = { 2,
                               channels[c][0],
                               size,
                               14 - size,
                               channels[c][1],
                               { 3, 3 },
                               OPTIONS(1, 1, padding, padding, 1, 1, 1) };
                if (size + 2 * padding >= 3 && 14 - size + 2 * padding >= 3) agrees(&g);
            }
}

START_TEST(f32_agrees_with_f64_on_small_pictures)
{
    on_each_level(small_pictures);
}
END_TEST

static void depthwise(void)
{
    for (int64_t size = 1; size <= 37; size++)
        for (int64_t stride = 1; stride <= 2; stride++)
            for (int64_t padding = 0; padding <= 2; padding++) {
                int64_t other = 38 - size;
                geometry g = { 2, 3, size, other, 3, { 3, 3 }, OPTIONS(stride, stride, padding, 2 - padding, 1, 1, 3) };
                if (size + 2 * padding >= 3 && other + 4 - 2 * padding >= 3) agrees(&g);
            }
}

START_TEST(f32_agrees_with_f64_where_each_channel_is_by_itself)
{
    on_each_level(depthwise);
}
END_TEST

static void other_windows(void)
{
    static const geometry list[] = {
        { 1, 3, 64, 64, 16, { 3, 3 }, OPTIONS(1, 1, 1, 1, 1, 1, 1) },
        { 17, 3, 5, 7, 16, { 3, 3 }, OPTIONS(1, 1, 1, 1, 1, 1, 1) },
        { 3, 5, 19, 23, 7, { 3, 3 }, OPTIONS(2, 2, 1, 1, 1, 1, 1) },
        { 2, 4, 18, 22, 6, { 3, 2 }, OPTIONS(3, 2, 0, 2, 1, 1, 2) },
        { 2, 4, 18, 22, 6, { 2, 3 }, OPTIONS(2, 3, 1, 2, 2, 3, 2) },
        { 2, 6, 9, 9, 6, { 3, 3 }, OPTIONS(1, 1, 1, 1, 1, 1, 6) },
        { 2, 6, 9, 9, 12, { 3, 3 }, OPTIONS(2, 2, 1, 1, 1, 1, 6) },
        { 2, 6, 10, 9, 18, { 5, 5 }, OPTIONS(1, 1, 2, 2, 1, 1, 6) },
        { 2, 9, 16, 16, 13, { 1, 1 }, OPTIONS(1, 1, 0, 0, 1, 1, 1) },
        { 2, 9, 15, 16, 13, { 1, 1 }, OPTIONS(1, 1, 0, 0, 1, 1, 1) },
        { 2, 9, 7, 9, 8, { 1, 1 }, OPTIONS(1, 1, 0, 0, 1, 1, 1) },
        { 2, 9, 7, 9, 8, { 1, 1 }, OPTIONS(2, 2, 0, 0, 1, 1, 1) },
        { 2, 9, 7, 9, 8, { 1, 1 }, OPTIONS(1, 1, 2, 3, 1, 1, 1) },
        { 2, 3, 30, 31, 9, { 7, 7 }, OPTIONS(2, 2, 3, 3, 1, 1, 1) },
        { 1, 2, 4, 4, 3, { 3, 3 }, OPTIONS(1, 1, 9, 11, 1, 1, 1) },
        { 1, 2, 40, 37, 3, { 3, 3 }, OPTIONS(5, 7, 4, 4, 1, 2, 1) },
        { 3, 96, 20, 18, 12, { 5, 5 }, OPTIONS(1, 1, 2, 2, 1, 1, 1) },
        { 1, 200, 9, 70, 3, { 3, 3 }, OPTIONS(1, 1, 1, 1, 2, 2, 1) },
        { 3, 3, 42, 16, 12, { 3, 3 }, OPTIONS(1, 1, 1, 1, 1, 1, 1) },
        { 2, 12, 19, 48, 7, { 5, 5 }, OPTIONS(1, 1, 2, 2, 1, 1, 1) },
        { 2, 12, 29, 95, 24, { 3, 3 }, OPTIONS(1, 2, 1, 1, 1, 1, 3) },
        { 2, 6, 35, 67, 6, { 3, 3 }, OPTIONS(2, 2, 1, 1, 1, 1, 6) },
        { 2, 3, 33, 64, 5, { 4, 4 }, OPTIONS(2, 2, 1, 1, 1, 1, 1) },
        { 1, 3, 32, 32, 8, { 4, 4 }, OPTIONS(4, 4, 0, 0, 1, 1, 1) },
        { 1, 3, 32, 31, 8, { 2, 2 }, OPTIONS(3, 3, 0, 0, 1, 1, 1) },
        { 1, 3, 6, 5, 4, { 3, 3 }, OPTIONS(9, 1 << 20, 1, 1, 1, 1, 1) },
        { 1, 2, 30, 30, 3, { 3, 3 }, OPTIONS(7, 7, 2, 2, 9, 9, 1) },
        { 2, 20, 15, 18, 24, { 3, 3 }, OPTIONS(1, 1, 5, 4, 1, 1, 1) },
        { 2, 40, 12, 15, 48, { 3, 3 }, OPTIONS(1, 1, 0, 2, 1, 1, 2) },
    };
    for (size_t i = 0; i < sizeof list / sizeof *list; i++) agrees(&list[i]);
}

/* Windows of one place, at pictures and channels around the edges of blocks and tiles. */
static void pointwise(void)
{
    static const int64_t sizes[][2] = { { 1, 1 },  { 2, 3 }, { 4, 4 },  { 7, 7 },
                                        { 1, 31 }, { 8, 4 }, { 33, 1 }, { 23, 23 } };
    static const int64_t channels[][2] = { { 8, 8 }, { 9, 16 }, { 16, 10 }, { 33, 47 }, { 64, 32 }, { 12, 97 } };
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (size_t c = 0; c < sizeof channels / sizeof *channels; c++)
            for (int64_t n = 1; n <= 5; n += 2)
                for (int64_t groups = 1; groups <= 2; groups++) {
                    int64_t c_in = channels[c][0] * groups, c_out = channels[c][1] * groups;
                    geometry g = {
                        n, c_in, sizes[i][0], sizes[i][1], c_out, { 1, 1 }, OPTIONS(1, 1, 0, 0, 1, 1, groups)
                    };
                    agrees(&g);
                }
}

START_TEST(f32_agrees_with_f64_where_windows_have_one_place)
{
    on_each_level(pointwise);
}
END_TEST

/* Channels of the result side by side: those of a step, and of the weight's gradient. */
static void channels_side_by_side(void)
{
    static const int64_t channels[] = { 10, 11, 16, 22, 32, 43, 64 };
    for (size_t c = 0; c < sizeof channels / sizeof *channels; c++)
        for (int64_t size = 1; size <= 21; size += 4)
            for (int64_t stride = 1; stride <= 3; stride++)
                for (int64_t kernel = 1; kernel <= 5; kernel += 2) {
                    int64_t padding = kernel / 2, c_in = channels[6 - c] / 2;
                    geometry g = { 3,
                                   c_in,
                                   size,
                                   22 - size,
                                   channels[c],
                                   { kernel, kernel },
                                   OPTIONS(stride, stride, padding, padding, 1, 1, 1) };
                    agrees(&g);
                }
}

START_TEST(f32_agrees_with_f64_where_channels_lie_side_by_side)
{
    on_each_level(channels_side_by_side);
}
END_TEST

START_TEST(f32_agrees_with_f64_for_strides_groups_and_other_windows)
{
    on_each_level(other_windows);
}
END_TEST

/* ---- ReLU in the same pass, and gradients at once or one by one ---- */

enum { OF_X = 1, OF_W = 2, OF_BIAS = 4, ALL = 7 };

/* What the convolution and a ReLU give; the gradients that are not wanted stay NULL. */
static void results_of_relu(mlp_tensor *out[RESULTS], const geometry *g, bool together, int wanted)
{
    mlp_error err;
    mlp_conv2d_options o = g->o;
    mlp_tensor *y = NULL, *behind = NULL,
               *x[3] = {
                   normal(MLP_F32, 4, (int64_t[]){ g->n, g->c_in, g->height, g->width }, 1),
                   normal(MLP_F32, 4, (int64_t[]){ g->c_out, g->c_in / g->o.groups, g->kernel[0], g->kernel[1] }, 2),
                   normal(MLP_F32, 1, &g->c_out, 3),
               };
    for (int i = 0; i < 3; i++) OK(mlp_requires_grad_(x[i], wanted >> i & 1, &err));
    o.relu = together;
    OK(mlp_conv2d(&y, x[0], x[1], x[2], &o, &err));
    if (together) behind = mlp_tensor_retain(y);
    else OK(mlp_op_unary(&behind, MLP_RELU, y, &err));
    mlp_tensor *dy = normal(MLP_F32, 4, y->shape, 4);
    ((float *)mlp_tensor_data(dy))[0] = NAN;
    OK(mlp_backward(behind, dy, false, &err));
    OK(mlp_tensor_contiguous(&out[0], behind, &err));
    for (int i = 0; i < 3; i++) {
        out[i + 1] = wanted >> i & 1 ? mlp_tensor_retain(mlp_grad(x[i])) : NULL;
        mlp_tensor_release(x[i]);
    }
    mlp_tensor_release(dy), mlp_tensor_release(behind), mlp_tensor_release(y);
}

static void same_bits(const geometry *g, bool together, int wanted, mlp_tensor *const expected[RESULTS])
{
    mlp_tensor *got[RESULTS];
    results_of_relu(got, g, together, wanted);
    for (int i = 0; i < RESULTS; i++) {
        if (!got[i]) continue;
        ck_assert_msg(memcmp(mlp_tensor_data(got[i]), mlp_tensor_data(expected[i]),
                             (size_t)mlp_tensor_numel(got[i]) * sizeof(float)) == 0,
                      "%s: ReLU %s, gradients %d, %d threads: %lldx%lldx%lldx%lld, %lld kernels", names[i],
                      together ? "together" : "apart", wanted, mlp_threads(), (long long)g->n, (long long)g->c_in,
                      (long long)g->height, (long long)g->width, (long long)g->c_out);
        mlp_tensor_release(got[i]);
    }
}

static void relu_and_parts_of_the_gradients(void)
{
    static const geometry list[] = {
        { 2, 8, 1, 1, 8, { 1, 1 }, OPTIONS(1, 1, 0, 0, 1, 1, 1) },
        { 3, 33, 23, 23, 47, { 1, 1 }, OPTIONS(1, 1, 0, 0, 1, 1, 1) },
        { 5, 24, 7, 9, 42, { 1, 1 }, OPTIONS(1, 1, 0, 0, 1, 1, 2) },
        { 2, 16, 16, 16, 300, { 1, 1 }, OPTIONS(1, 1, 0, 0, 1, 1, 1) },
        { 3, 12, 17, 9, 12, { 3, 3 }, OPTIONS(1, 1, 1, 1, 1, 1, 12) },
        { 3, 12, 16, 32, 12, { 3, 3 }, OPTIONS(2, 2, 1, 1, 1, 1, 12) },
        { 2, 12, 13, 8, 12, { 3, 3 }, OPTIONS(1, 1, 2, 0, 1, 1, 12) },
        { 3, 5, 19, 23, 7, { 3, 3 }, OPTIONS(2, 2, 1, 1, 1, 1, 1) },
        { 2, 32, 12, 15, 32, { 3, 3 }, OPTIONS(1, 1, 1, 1, 1, 1, 1) },
    };
    for (size_t i = 0; i < sizeof list / sizeof *list; i++) {
        mlp_tensor *expected[RESULTS];
        mlp_error err;
        OK(mlp_threads_set(1, &err));
        results_of_relu(expected, &list[i], false, ALL);
        for (int threads = 1; threads <= 16; threads = 2 * threads + 1) { /* 15: more than there are parts */
            OK(mlp_threads_set(threads, &err));
            same_bits(&list[i], false, ALL, expected);
            same_bits(&list[i], true, ALL, expected);
            same_bits(&list[i], true, OF_X, expected);
            same_bits(&list[i], true, OF_W | OF_BIAS, expected);
        }
        for (int k = 0; k < RESULTS; k++) mlp_tensor_release(expected[k]);
    }
    mlp_error err;
    OK(mlp_threads_set(1, &err));
}

START_TEST(relu_and_each_gradient_have_the_same_bits_together_and_apart)
{
    on_each_level(relu_and_parts_of_the_gradients);
}
END_TEST

/* ---- the error of minimal filtering ---- */

typedef struct error {
    double largest, rms;
} error;

static error error_of(const float *got, const mlp_tensor *exact)
{
    error e = { 0 };
    const double *want = mlp_tensor_data(exact);
    int64_t n = mlp_tensor_numel(exact);
    for (int64_t i = 0; i < n; i++) {
        double d = fabs((double)got[i] - want[i]);
        e.largest = fmax(e.largest, d), e.rms += d * d / (double)n;
    }
    e.rms = sqrt(e.rms);
    return e;
}

/* dw as sums in f32, term by term. */
static void plain_dw(const mlp_conv *c, const float *x, const float *dy, float *dw)
{
    int64_t size = c->size[0];
    for (int64_t o = 0; o < c->c_out; o++)
        for (int64_t k = 0; k < c->k; k++) {
            float sum = 0;
            int64_t a = k % 9 / 3 - 1, b = k % 3 - 1;
            for (int64_t n = 0; n < c->n; n++)
                for (int64_t i = a < 0; i < size - (a > 0); i++)
                    for (int64_t j = b < 0; j < size - (b > 0); j++)
                        sum += dy[((n * c->c_out + o) * size + i) * size + j] *
                               x[((n * c->c_in + k / 9) * size + i + a) * size + j + b];
            dw[o * c->k + k] = sum;
        }
}

/* Errors of y, dx and dw of what `results` takes: of minimal filtering, and of sums, which are the direct way's for y
 * and dx. The direct way's dw, sums of sums, errs less: *summed. */
static void errors(const mlp_conv *c, mlp_tensor *exact[RESULTS], error fast[3], error direct[3], error *summed)
{
    mlp_error err;
    const int64_t dw_shape[4] = { c->c_out, c->c_in, 3, 3 };
    mlp_tensor *x = normal(MLP_F32, 4, exact[1]->shape, 1), *w = normal(MLP_F32, 4, dw_shape, 2), *out[3];
    mlp_tensor *b = normal(MLP_F32, 1, &c->c_out, 3), *dy = normal(MLP_F32, 4, exact[0]->shape, 4);
    for (int i = 0; i < 3; i++) OK(mlp_tensor_new(&out[i], MLP_F32, 4, exact[i]->shape, &err));
    mlp_conv_arrays a = { .x = mlp_tensor_data(x), .w = mlp_tensor_data(w), .bias = mlp_tensor_data(b) };
    a.dy = mlp_tensor_data(dy), a.y = mlp_tensor_data(out[0]), a.dx = mlp_tensor_data(out[1]);
    a.dw = mlp_tensor_data(out[2]);
    OK(mlp_conv_winograd.forward(c, &a, &err));
    OK(mlp_conv_winograd.input(c, &a, &err));
    OK(mlp_conv_winograd.weight(c, &a, &err));
    for (int i = 0; i < 3; i++) fast[i] = error_of(mlp_tensor_data(out[i]), exact[i]);
    OK(mlp_conv_direct.forward(c, &a, &err));
    OK(mlp_conv_direct.input(c, &a, &err));
    OK(mlp_conv_direct.weight(c, &a, &err));
    *summed = error_of(mlp_tensor_data(out[2]), exact[2]);
    plain_dw(c, a.x, a.dy, a.dw);
    for (int i = 0; i < 3; i++) direct[i] = error_of(mlp_tensor_data(out[i]), exact[i]);
    for (int i = 0; i < 3; i++) mlp_tensor_release(out[i]);
    mlp_tensor_release(x), mlp_tensor_release(w), mlp_tensor_release(b), mlp_tensor_release(dy);
}

static void stays_small(void)
{
    static const int64_t list[][3] = { { 16, 16, 20 }, { 32, 32, 32 }, { 32, 64, 16 }, { 64, 64, 16 }, { 128, 64, 8 } };
    for (size_t i = 0; i < sizeof list / sizeof *list; i++) {
        int64_t c_in = list[i][0], c_out = list[i][1], size = list[i][2];
        geometry g = { 4, c_in, size, size, c_out, { 3, 3 }, OPTIONS(1, 1, 1, 1, 1, 1, 1) };
        mlp_conv c = { 4, 1, c_in, c_out, { size, size }, { size, size }, { .size = { 3, 3 } }, 9, 9 * c_in, false };
        for (int k = 0; k < 2; k++)
            c.window.stride[k] = c.window.dilation[k] = c.window.before[k] = c.window.after[k] = 1;
        mlp_tensor *exact[RESULTS];
        error fast[3], direct[3], summed;
        results(exact, &g, MLP_F64);
        ck_assert(mlp_conv_winograd_fits(&c));
        errors(&c, exact, fast, direct, &summed);
        ck_assert_msg(summed.rms < direct[2].rms, "dw of %lld-%lld channels: mean error %g, of plain sums %g",
                      (long long)c_in, (long long)c_out, summed.rms, direct[2].rms);
        for (int k = 0; k < 3; k++)
            ck_assert_msg(fast[k].largest < 4 * direct[k].largest && fast[k].rms < 3 * direct[k].rms,
                          "%s of %lld-%lld channels: largest error %g and mean %g, of sums %g and %g", names[k],
                          (long long)c_in, (long long)c_out, fast[k].largest, fast[k].rms, direct[k].largest,
                          direct[k].rms);
        for (int k = 0; k < RESULTS; k++) mlp_tensor_release(exact[k]);
    }
}

START_TEST(minimal_filtering_errs_less_than_four_times_as_much_as_sums)
{
    on_each_level(stays_small);
}
END_TEST

/* ---- threads ---- */

START_TEST(any_number_of_threads_gives_the_same_bits)
{
    static const geometry list[] = {
        { 9, 3, 33, 31, 16, { 3, 3 }, OPTIONS(1, 1, 1, 1, 1, 1, 1) },
        { 9, 32, 20, 21, 33, { 3, 3 }, OPTIONS(1, 1, 1, 1, 1, 1, 1) },
        { 5, 32, 40, 40, 32, { 3, 3 }, OPTIONS(2, 2, 1, 1, 1, 1, 32) },
        { 5, 32, 40, 39, 32, { 3, 3 }, OPTIONS(1, 1, 1, 1, 1, 1, 32) },
        { 33, 16, 8, 8, 24, { 1, 1 }, OPTIONS(1, 1, 0, 0, 1, 1, 1) },
        { 9, 16, 31, 33, 24, { 1, 1 }, OPTIONS(1, 1, 0, 0, 1, 1, 1) },
        { 9, 16, 32, 29, 64, { 3, 3 }, OPTIONS(2, 2, 1, 1, 1, 1, 1) },
        { 9, 16, 32, 29, 32, { 5, 5 }, OPTIONS(1, 1, 2, 2, 1, 1, 1) },
    };
    mlp_error err;
    for (size_t i = 0; i < sizeof list / sizeof *list; i++) {
        mlp_tensor *one[RESULTS], *many[RESULTS];
        OK(mlp_threads_set(1, &err));
        results(one, &list[i], MLP_F32);
        for (int threads = 2; threads <= 5; threads++) {
            OK(mlp_threads_set(threads, &err));
            results(many, &list[i], MLP_F32);
            for (int k = 0; k < RESULTS; k++) {
                size_t bytes = (size_t)mlp_tensor_numel(one[k]) * sizeof(double);
                ck_assert_int_eq(memcmp(mlp_tensor_data(one[k]), mlp_tensor_data(many[k]), bytes), 0);
                mlp_tensor_release(many[k]);
            }
        }
        for (int k = 0; k < RESULTS; k++) mlp_tensor_release(one[k]);
    }
    OK(mlp_threads_set(1, &err));
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        f32_agrees_with_f64_on_small_pictures,
        f32_agrees_with_f64_where_each_channel_is_by_itself,
        f32_agrees_with_f64_where_windows_have_one_place,
        f32_agrees_with_f64_where_channels_lie_side_by_side,
        f32_agrees_with_f64_for_strides_groups_and_other_windows,
        relu_and_each_gradient_have_the_same_bits_together_and_apart,
        any_number_of_threads_gives_the_same_bits,
        minimal_filtering_errs_less_than_four_times_as_much_as_sums,
    };
    return run_suite("conv2d_ways", tests, COUNT(tests));
}
