/* test_conv2d.c - convolution: the definition, gradients, the same bits for any number of threads, messages. */
#include "gradcheck.h"
#include "nn/conv2d.h"

#include <string.h>

typedef struct geometry {
    int64_t n, c_in, height, width, c_out, kernel[2];
    mlp_conv2d_options o;
} geometry;

#define OPTIONS(s0, s1, p0, p1, d0, d1, g)                                                                             \
    {                                                                                                                  \
        { s0, s1 }, { p0, p1 }, { d0, d1 }, false, g, false                                                            \
    }

static const geometry geometries[] = {
    { 2, 3, 5, 4, 2, { 3, 3 }, OPTIONS(1, 1, 0, 0, 1, 1, 1) },
    { 1, 2, 5, 6, 3, { 2, 3 }, OPTIONS(2, 1, 1, 2, 1, 1, 1) },
    { 1, 2, 7, 6, 2, { 3, 2 }, OPTIONS(1, 2, 2, 1, 2, 3, 1) },
    { 2, 4, 4, 4, 6, { 3, 3 }, OPTIONS(1, 1, 1, 1, 1, 1, 2) },
    { 1, 3, 4, 5, 3, { 2, 2 }, OPTIONS(2, 2, 0, 1, 1, 2, 3) },
    { 2, 2, 3, 4, 3, { 1, 1 }, OPTIONS(1, 1, 0, 0, 1, 1, 1) },
    { 1, 4, 3, 3, 2, { 1, 1 }, OPTIONS(2, 2, 1, 1, 1, 1, 2) },
    { 1, 1, 1, 1, 1, { 3, 3 }, OPTIONS(1, 1, 1, 1, 1, 1, 1) },
    { 0, 2, 4, 4, 3, { 2, 2 }, OPTIONS(1, 1, 0, 0, 1, 1, 1) },
    { 1, 1, 4, 9, 1, { 2, 3 }, OPTIONS(3, 4, 1, 2, 1, 1, 1) },
};
enum { GEOMETRIES = sizeof geometries / sizeof *geometries };

/* Larger than a tile, and with columns that make tiles small. */
static const geometry large[] = {
    { 2, 3, 19, 23, 5, { 3, 3 }, OPTIONS(1, 1, 1, 1, 1, 1, 1) },
    { 1, 2, 40, 37, 4, { 5, 4 }, OPTIONS(2, 1, 3, 0, 1, 2, 2) },
    { 3, 96, 20, 18, 4, { 5, 5 }, OPTIONS(1, 1, 2, 2, 1, 1, 1) },
    { 2, 6, 24, 24, 9, { 1, 1 }, OPTIONS(1, 1, 0, 0, 1, 1, 3) },
};

static void inputs(mlp_tensor **x, const geometry *g, lay how)
{
    x[0] = leaf(how, 4, (int64_t[]){ g->n, g->c_in, g->height, g->width }, -1, 1, 1);
    x[1] = leaf(how, 4, (int64_t[]){ g->c_out, g->c_in / g->o.groups, g->kernel[0], g->kernel[1] }, -1, 1, 2);
    x[2] = leaf(how, 1, &g->c_out, -1, 1, 3);
}

static void release(mlp_tensor **x, int count)
{
    for (int i = 0; i < count; i++) mlp_tensor_release(x[i]);
}

static double at(const mlp_tensor *t, int64_t i, int64_t j, int64_t k, int64_t l)
{
    return mlp_tensor_at(t, (int64_t[]){ i, j, k, l });
}

/* One element of the result, as the definition has it. */
static double defined(const geometry *g, mlp_tensor **x, int64_t n, int64_t o, int64_t i, int64_t j)
{
    int64_t c_in = g->c_in / g->o.groups, group = o / (g->c_out / g->o.groups);
    double sum = mlp_tensor_at(x[2], &o);
    for (int64_t c = 0; c < c_in; c++)
        for (int64_t a = 0; a < g->kernel[0]; a++)
            for (int64_t b = 0; b < g->kernel[1]; b++) {
                int64_t row = i * g->o.stride[0] - g->o.padding[0] + a * g->o.dilation[0];
                int64_t column = j * g->o.stride[1] - g->o.padding[1] + b * g->o.dilation[1];
                if (row < 0 || column < 0 || row >= g->height || column >= g->width) continue;
                sum += at(x[0], n, group * c_in + c, row, column) * at(x[1], o, c, a, b);
            }
    return sum;
}

static void matches_the_definition(const geometry *g, lay how)
{
    mlp_error err;
    mlp_tensor *x[3], *y = NULL;
    inputs(x, g, how);
    OK(mlp_conv2d(&y, x[0], x[1], x[2], &g->o, &err));
    ck_assert(mlp_tensor_is_contiguous(y));
    for (int64_t n = 0; n < y->shape[0]; n++)
        for (int64_t o = 0; o < y->shape[1]; o++)
            for (int64_t i = 0; i < y->shape[2]; i++)
                for (int64_t j = 0; j < y->shape[3]; j++)
                    ck_assert_double_eq_tol(at(y, n, o, i, j), defined(g, x, n, o, i, j), 1e-10);
    mlp_tensor_release(y);
    release(x, 3);
}

START_TEST(conv2d_is_what_its_definition_says)
{
    for (int i = 0; i < GEOMETRIES; i++)
        for (lay how = PLAIN; how <= STRIDED; how++) matches_the_definition(&geometries[i], how);
    for (size_t i = 0; i < sizeof large / sizeof *large; i++) matches_the_definition(&large[i], PLAIN);
}
END_TEST

static mlp_status conv(mlp_tensor **y, mlp_tensor **x, const void *context, mlp_error *err)
{
    return mlp_conv2d(y, x[0], x[1], x[2], context, err);
}

static mlp_status without_bias(mlp_tensor **y, mlp_tensor **x, const void *context, mlp_error *err)
{
    return mlp_conv2d(y, x[0], x[1], NULL, context, err);
}

START_TEST(conv2d_differentiates_for_every_geometry_and_layout)
{
    mlp_error err;
    for (int i = 0; i < GEOMETRIES; i++)
        for (lay how = PLAIN; how <= STRIDED; how++) {
            mlp_tensor *x[3];
            inputs(x, &geometries[i], how);
            gradcheck("conv2d", conv, &geometries[i].o, 3, x);
            inputs(x, &geometries[i], how);
            mlp_tensor_release(x[2]);
            gradcheck("conv2d without bias", without_bias, &geometries[i].o, 2, x);
        }
    for (int frozen = 0; frozen < 8; frozen++) { /* only some inputs want a gradient */
        mlp_tensor *x[3];
        inputs(x, &geometries[1], PLAIN);
        for (int i = 0; i < 3; i++)
            if (frozen >> i & 1) OK(mlp_requires_grad_(x[i], false, &err));
        if (frozen < 7) gradcheck("conv2d, some frozen", conv, &geometries[1].o, 3, x);
        else release(x, 3);
    }
}
END_TEST

/* With large ones gradients are compared with those that the definition gives: the convolution is linear in x and w, so
 * sum(y dy) must be sum(x dx) and sum(w dw) (without bias). */
START_TEST(conv2d_gradients_of_many_tiles_are_the_transpose_of_the_forward_pass)
{
    mlp_error err;
    for (size_t i = 0; i < sizeof large / sizeof *large; i++) {
        mlp_tensor *x[3], *y = NULL, *dy = NULL;
        inputs(x, &large[i], PLAIN);
        OK(mlp_conv2d(&y, x[0], x[1], NULL, &large[i].o, &err));
        dy = leaf(PLAIN, 4, y->shape, -1, 1, 9);
        OK(mlp_backward(y, dy, false, &err));
        double sums[3] = { 0 };
        const double *a = mlp_tensor_data(y), *b = mlp_tensor_data(dy);
        for (int64_t k = 0; k < mlp_tensor_numel(y); k++) sums[2] += a[k] * b[k];
        for (int input = 0; input < 2; input++) {
            const double *v = mlp_tensor_data(x[input]), *g = mlp_tensor_data(mlp_grad(x[input]));
            for (int64_t k = 0; k < mlp_tensor_numel(x[input]); k++) sums[input] += v[k] * g[k];
            ck_assert_double_eq_tol(sums[input], sums[2], 1e-8 * (1 + fabs(sums[2])));
        }
        mlp_tensor_release(dy);
        mlp_tensor_release(y);
        release(x, 3);
    }
}
END_TEST

START_TEST(conv2d_pads_to_the_same_size_with_the_odd_one_after)
{
    mlp_error err;
    mlp_tensor *x = leaf(PLAIN, 4, (int64_t[]){ 1, 1, 3, 4 }, -1, 1, 1), *y = NULL;
    mlp_tensor *w = leaf(PLAIN, 4, (int64_t[]){ 1, 1, 2, 4 }, 1, 1, 2);
    mlp_conv2d_options o = { .stride = { 1, 1 }, .dilation = { 1, 1 }, .same = true, .groups = 1 };
    OK(mlp_conv2d(&y, x, w, NULL, &o, &err));
    ck_assert_int_eq(y->shape[2], 3);
    ck_assert_int_eq(y->shape[3], 4);
    double sum = 0; /* of the window at the first place: rows 0 and 1, columns -1 to 2 */
    for (int i = 0; i < 2; i++)
        for (int j = 0; j < 3; j++) sum += at(x, 0, 0, i, j);
    ck_assert_double_eq_tol(at(y, 0, 0, 0, 0), sum, 1e-12);
    mlp_tensor_release(y);
    mlp_tensor_release(w);
    mlp_tensor_release(x);
}
END_TEST

/* Result and gradients of a net's first layers in f32. */
static void step(mlp_tensor *kept[4], const geometry *g)
{
    mlp_error err;
    mlp_tensor *x[3], *y = NULL, *dy = NULL;
    inputs(x, g, PLAIN);
    for (int i = 0; i < 3; i++) {
        mlp_tensor *single = NULL;
        OK(mlp_tensor_cast(&single, x[i], MLP_F32, &err));
        OK(mlp_requires_grad_(single, true, &err));
        mlp_tensor_release(x[i]);
        x[i] = single;
    }
    OK(mlp_conv2d(&y, x[0], x[1], x[2], &g->o, &err));
    mlp_rng rng = mlp_rng_stream(3, MLP_FOR_USER, 0, 0, 0);
    OK(mlp_tensor_new(&dy, MLP_F32, 4, y->shape, &err));
    OK(mlp_tensor_normal_(dy, 0, 1, &rng, &err));
    OK(mlp_backward(y, dy, false, &err));
    kept[3] = y;
    for (int i = 0; i < 3; i++) kept[i] = mlp_tensor_retain(mlp_grad(x[i]));
    mlp_tensor_release(dy);
    release(x, 3);
}

START_TEST(any_number_of_threads_gives_the_same_bits)
{
    mlp_error err;
    for (size_t i = 0; i < sizeof large / sizeof *large; i++) {
        mlp_tensor *one[4], *many[4];
        OK(mlp_threads_set(1, &err));
        step(one, &large[i]);
        for (int threads = 2; threads <= 4; threads++) {
            OK(mlp_threads_set(threads, &err));
            step(many, &large[i]);
            for (int k = 0; k < 4; k++) {
                size_t bytes = (size_t)mlp_tensor_numel(one[k]) * sizeof(float);
                ck_assert_int_eq(memcmp(mlp_tensor_data(one[k]), mlp_tensor_data(many[k]), bytes), 0);
            }
            release(many, 4);
        }
        release(one, 4);
    }
    OK(mlp_threads_set(1, &err));
}
END_TEST

START_TEST(an_interrupt_ends_it_with_nothing_left)
{
    mlp_error err;
    mlp_tensor *x[3], *y = NULL;
    inputs(x, &large[0], PLAIN);
    size_t before = mlp_block_bytes_in_use();
    mlp_interrupt();
    ck_assert_int_eq(mlp_conv2d(&y, x[0], x[1], x[2], &large[0].o, &err), MLP_EINTERRUPT);
    mlp_interrupt_clear();
    ck_assert_ptr_null(y);
    ck_assert_uint_eq(mlp_block_bytes_in_use(), before);
    OK(mlp_conv2d(&y, x[0], x[1], x[2], &large[0].o, &err));
    mlp_interrupt();
    mlp_tensor *dy = y;
    ck_assert_int_eq(mlp_backward(y, dy, false, &err), MLP_EINTERRUPT);
    mlp_interrupt_clear();
    mlp_tensor_release(y);
    release(x, 3);
}
END_TEST

START_TEST(memory_that_runs_out_in_a_thread_is_an_error)
{
    mlp_error err;
    mlp_tensor *x[3], *y = NULL;
    inputs(x, &large[2], PLAIN); /* its columns take 1.2 MB, its result 34 kB */
    mlp_block_limit(mlp_block_bytes_in_use() + 400000);
    mlp_status st = mlp_conv2d(&y, x[0], x[1], x[2], &large[2].o, &err);
    mlp_block_limit(SIZE_MAX);
    ck_assert_int_eq(st, MLP_ENOMEM);
    ck_assert_msg(strstr(err.text, "conv2d: out of memory") != NULL, "%s", err.text);
    ck_assert_ptr_null(y);
    release(x, 3);
}
END_TEST

static void fails(const geometry *g, const char *text)
{
    mlp_error err;
    mlp_tensor *x[3], *y = NULL;
    inputs(x, g, PLAIN);
    mlp_status st = mlp_conv2d(&y, x[0], x[1], x[2], &g->o, &err);
    ck_assert_msg(st != MLP_OK, "no error, expected one with '%s'", text);
    ck_assert_msg(strstr(err.text, text) != NULL, "'%s', expected '%s'", err.text, text);
    ck_assert_ptr_null(y);
    release(x, 3);
}

START_TEST(conv2d_explains_its_errors)
{
    static const int64_t huge = (int64_t)1 << 62;
    geometry g = { 1, 2, 4, 4, 2, { 5, 3 }, OPTIONS(1, 1, 0, 0, 1, 1, 1) };
    fails(&g, "the kernel 5x3 is larger than the padded picture 4x4 (input 1x2x4x4)");
    g.kernel[0] = 3, g.o.dilation[0] = 2;
    fails(&g, "the kernel 3x3 (with its dilation 5x3) is larger than the padded picture 4x4");
    g.o.dilation[0] = 0;
    fails(&g, "conv2d: dilation is 0, expected 1 to");
    g.o.dilation[0] = huge;
    fails(&g, "conv2d: dilation is 4611686018427387904, expected 1 to");
    g.o.dilation[0] = 1, g.o.padding[1] = -1;
    fails(&g, "conv2d: padding is -1, expected 0 to");
    g.o.padding[1] = huge;
    fails(&g, "conv2d: padding is 4611686018427387904");
    g.o.padding[1] = 0, g.o.stride[0] = 0;
    fails(&g, "conv2d: stride is 0, expected 1 to");
    g.o.stride[0] = 2, g.o.same = true;
    fails(&g, "padding = 'same' is not supported for strided convolutions");
    mlp_error err;
    mlp_tensor *x = leaf(PLAIN, 4, (int64_t[]){ 2, 3, 8, 8 }, 0, 1, 1), *y = NULL;
    mlp_tensor *w = leaf(PLAIN, 4, (int64_t[]){ 4, 3, 3, 3 }, 0, 1, 1),
               *row = leaf(PLAIN, 1, (int64_t[]){ 4 }, 0, 1, 1);
    mlp_conv2d_options o = OPTIONS(1, 1, 0, 0, 1, 1, 1);
    ck_assert_int_eq(mlp_conv2d(&y, row, w, NULL, &o, &err), MLP_ESHAPE);
    ck_assert_int_eq(mlp_conv2d(&y, x, row, NULL, &o, &err), MLP_ESHAPE);
    ck_assert_int_eq(mlp_conv2d(&y, x, w, x, &o, &err), MLP_ESHAPE);
    o.groups = INT64_MAX;
    ck_assert_int_eq(mlp_conv2d(&y, x, w, row, &o, &err), MLP_EINVAL);
    o.groups = 2;
    ck_assert_int_eq(mlp_conv2d(&y, x, w, row, &o, &err), MLP_ESHAPE);
    ck_assert_msg(strstr(err.text, "conv2d expects 6 channels and got 3") != NULL, "%s", err.text);
    mlp_tensor_release(row);
    mlp_tensor_release(w);
    mlp_tensor_release(x);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        conv2d_is_what_its_definition_says,
        conv2d_differentiates_for_every_geometry_and_layout,
        conv2d_gradients_of_many_tiles_are_the_transpose_of_the_forward_pass,
        conv2d_pads_to_the_same_size_with_the_odd_one_after,
        any_number_of_threads_gives_the_same_bits,
        an_interrupt_ends_it_with_nothing_left,
        memory_that_runs_out_in_a_thread_is_an_error,
        conv2d_explains_its_errors,
    };
    return run_suite("conv2d", tests, COUNT(tests));
}
