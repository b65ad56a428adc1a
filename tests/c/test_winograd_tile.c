/* test_winograd_tile.c - minimal filtering: the transforms against their matrices on each instruction set, and that
 * they are a convolution and its transposes. */
#include "levels.h"
#include "nn/winograd_tile_private.h"
#include "tensors.h"

#include <string.h>

enum { LANES = MLP_WINOGRAD_LANES, OUT = MLP_WINOGRAD_OUT, IN = MLP_WINOGRAD_IN, PLANES = MLP_WINOGRAD_PLANES };
enum { PITCH = 11, PLANE = 3 * LANES, MOST = 48, T = 7 };

static void fill(float *v, int64_t n, uint64_t seed)
{
    mlp_rng rng = mlp_rng_stream(seed, MLP_FOR_USER, 0, 0, 0);
    for (int64_t i = 0; i < n; i++) v[i] = (float)mlp_rng_normal(&rng);
}

static void same(const float *a, const float *b, int64_t n, const char *what)
{
    for (int64_t i = 0; i < n; i++)
        ck_assert_msg(fabsf(a[i] - b[i]) <= 1e-5f * (1 + fabsf(a[i])), "%s: %g at %lld, expected %g", what,
                      (double)b[i], (long long)i, (double)a[i]);
}

static float x[IN * PITCH * LANES], m[PLANES * PLANE], bias[LANES], w[9 * LANES], got[2][PLANES * PLANE];

#define BOTH(what, count, ...)                                                                                         \
    do {                                                                                                               \
        memset(got, 0, sizeof got);                                                                                    \
        for (int i = 0; i < 2; i++) {                                                                                  \
            const mlp_winograd_tiles *tiles = i ? mlp_winograd_tiles_best() : &mlp_winograd_tiles_plain;               \
            float *to = got[i];                                                                                        \
            tiles->what(__VA_ARGS__);                                                                                  \
        }                                                                                                              \
        same(got[0], got[1], count, #what);                                                                            \
    } while (0)

static void transforms(void)
{
    fill(x, IN * PITCH * LANES, 1), fill(m, PLANES * PLANE, 2), fill(bias, LANES, 3), fill(w, 9 * LANES, 4);
    BOTH(forward, PLANES * PLANE, x, PITCH, to, PLANE);
    BOTH(spread, PLANES * PLANE, x, PITCH, to, PLANE);
    BOTH(back, OUT * PITCH * LANES, m, PLANE, bias, to, PITCH);
    BOTH(window, PLANES * PLANE, w, to, PLANE);
    BOTH(window_back, 9 * LANES, m, PLANE, to);
    BOTH(gather, LANES * LANES, x, 23, to);
    BOTH(scatter, LANES * 23, x, to, 23);
}

START_TEST(transforms_are_what_their_matrices_say)
{
    on_each_level(transforms);
}
END_TEST

static void sums(void)
{
    static float d[T * MOST], v[T * MOST], start[MOST * MOST], u[2][MOST * MOST];
    fill(d, T * MOST, 5), fill(v, T * MOST, 6), fill(start, MOST * MOST, 7);
    for (int64_t o = LANES; o <= MOST; o += LANES)
        for (int64_t c = LANES; c <= MOST; c += LANES)
            for (int64_t tiles = 0; tiles <= T; tiles++) {
                for (int i = 0; i < 2; i++) memcpy(u[i], start, sizeof start);
                mlp_winograd_tiles_plain.products(tiles % 2, tiles, o, c, d, v, u[0]);
                mlp_winograd_tiles_best()->products(tiles % 2, tiles, o, c, d, v, u[1]);
                same(u[0], u[1], MOST * MOST, "products");
            }
}

START_TEST(products_are_what_the_plain_loops_say)
{
    on_each_level(sums);
}
END_TEST

/* Places of one channel: sum over the window of w times what is under it. */
static double place(const float *picture, int64_t c, int64_t i, int64_t j)
{
    double sum = 0;
    for (int64_t a = 0; a < 3; a++)
        for (int64_t b = 0; b < 3; b++)
            sum += (double)w[(a * 3 + b) * LANES + c] * (double)picture[((i + a) * PITCH + j + b) * LANES + c];
    return sum;
}

START_TEST(they_make_a_convolution_with_windows_of_3x3)
{
    const mlp_winograd_tiles *plain = &mlp_winograd_tiles_plain;
    static float u[PLANES * LANES], v[PLANES * LANES], y[OUT * OUT * LANES];
    fill(x, IN * PITCH * LANES, 1), fill(w, 9 * LANES, 4), memset(bias, 0, sizeof bias);
    plain->window(w, u, LANES);
    plain->forward(x, PITCH, v, LANES);
    for (int i = 0; i < PLANES * LANES; i++) v[i] *= u[i];
    plain->back(v, LANES, bias, y, OUT);
    for (int64_t c = 0; c < LANES; c++)
        for (int64_t i = 0; i < OUT; i++)
            for (int64_t j = 0; j < OUT; j++)
                ck_assert_double_eq_tol((double)y[(i * OUT + j) * LANES + c], place(x, c, i, j), 2e-5);
}
END_TEST

static double dot(const float *a, const float *b, int64_t n)
{
    double sum = 0;
    for (int64_t i = 0; i < n; i++) sum += (double)a[i] * (double)b[i];
    return sum;
}

START_TEST(those_of_gradients_are_the_transposes)
{
    const mlp_winograd_tiles *plain = &mlp_winograd_tiles_plain;
    static float a[PLANES * LANES], b[PLANES * LANES], p[OUT * OUT * LANES], q[OUT * OUT * LANES], window[9 * LANES];
    memset(bias, 0, sizeof bias);
    fill(a, PLANES * LANES, 1), fill(p, OUT * OUT * LANES, 2);
    plain->back(a, LANES, bias, q, OUT);
    plain->spread(p, OUT, b, LANES);
    ck_assert_double_eq_tol(dot(p, q, OUT * OUT * LANES), dot(a, b, PLANES * LANES), 1e-3);
    plain->window_back(a, LANES, window);
    fill(w, 9 * LANES, 4);
    plain->window(w, b, LANES);
    ck_assert_double_eq_tol(dot(w, window, 9 * LANES), dot(a, b, PLANES * LANES), 1e-3);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        transforms_are_what_their_matrices_say,
        products_are_what_the_plain_loops_say,
        they_make_a_convolution_with_windows_of_3x3,
        those_of_gradients_are_the_transposes,
    };
    return run_suite("winograd_tile", tests, COUNT(tests));
}
