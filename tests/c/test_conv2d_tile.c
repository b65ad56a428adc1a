/* test_conv2d_tile.c - the innermost loops of convolutions against plain ones, on each instruction set. */
#include "levels.h"
#include "nn/conv2d_tile_private.h"
#include "tensors.h"

#include <math.h>
#include <string.h>

enum { N = 96, K = 13, ROOM = 4096 };

static void fill(float *v, int64_t n, uint64_t seed)
{
    mlp_rng rng = mlp_rng_stream(seed, MLP_FOR_USER, 0, 0, 0);
    for (int64_t i = 0; i < n; i++) v[i] = (float)mlp_rng_normal(&rng);
}

static void tiles_match(void)
{
    static const int64_t rows[] = { 1, 2, 4, 8 };
    static float x[ROOM], w[MLP_CONV_ROWS * K], bias[MLP_CONV_ROWS], y[2][MLP_CONV_ROWS * N], dw[2][MLP_CONV_ROWS * K];
    int64_t at[K];
    const mlp_conv_tiles *best = mlp_conv_tiles_best(), *plain = &mlp_conv_tiles_plain;
    fill(x, ROOM, 1), fill(w, MLP_CONV_ROWS * K, 2), fill(bias, MLP_CONV_ROWS, 3);
    for (int64_t j = 0; j < K; j++) at[j] = j * 17 % 11 + j * 200;
    for (int64_t n = MLP_CONV_LANES; n <= N; n += MLP_CONV_LANES)
        for (int64_t k = 0; k <= K; k++)
            for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
                bool relu = (n / MLP_CONV_LANES + k) % 2;
                plain->correlate(rows[i], n, k, w, at, x, bias, relu, y[0], N);
                best->correlate(rows[i], n, k, w, at, x, bias, relu, y[1], N);
                for (int64_t r = 0; r < rows[i]; r++)
                    for (int64_t q = 0; q < n; q++) ck_assert_float_eq_tol(y[1][r * N + q], y[0][r * N + q], 1e-5f);
            }
    fill(y[0], MLP_CONV_ROWS * N, 4);
    for (int64_t n = MLP_CONV_LANES; n <= N; n += MLP_CONV_LANES)
        for (int64_t k = 1; k <= K; k++)
            for (int64_t r = 1; r <= MLP_CONV_ROWS; r++) {
                memset(dw, 0, sizeof dw);
                plain->products(r, n, k, y[0], N, at, x, dw[0]);
                best->products(r, n, k, y[0], N, at, x, dw[1]);
                for (int64_t i = 0; i < r * k; i++) ck_assert_float_eq_tol(dw[1][i], dw[0][i], 1e-4f);
            }
}

static void lanes_match(void)
{
    enum { PLACES = 20, MOST = 2 * MLP_CONV_LANES };
    static float x[ROOM], w[MOST * K], start[MOST * PLACES], y[2][MOST * PLACES];
    int64_t at[K], place[PLACES];
    const mlp_conv_tiles *best = mlp_conv_tiles_best(), *plain = &mlp_conv_tiles_plain;
    fill(x, ROOM, 1), fill(w, MOST * K, 2), fill(start, MOST * PLACES, 3);
    for (int64_t j = 0; j < K; j++) at[j] = j * 17 % 11 + j * 200;
    for (int64_t i = 0; i < PLACES; i++) place[i] = i * 29 % 71;
    for (int64_t wide = MLP_CONV_LANES; wide <= best->block; wide *= 2)
        for (int64_t n = 0; n <= PLACES; n++)
            for (int64_t k = 0; k <= K; k++)
                for (int64_t ld = 0; ld <= wide; ld += wide) {
                    memset(y, 0, sizeof y);
                    plain->lanes(wide, n, place, k, at, x, w, start, ld, y[0]);
                    best->lanes(wide, n, place, k, at, x, w, start, ld, y[1]);
                    for (int64_t i = 0; i < MOST * PLACES; i++) ck_assert_float_eq_tol(y[1][i], y[0][i], 1e-5f);
                }
}

static void turns_match(void)
{
    enum { LD = 50, MOST = 2 * MLP_CONV_LANES };
    static float from[MOST * LD], to[2][MOST * LD];
    const mlp_conv_tiles *tiles[2] = { &mlp_conv_tiles_plain, mlp_conv_tiles_best() };
    fill(from, MOST * LD, 1);
    for (int64_t wide = MLP_CONV_LANES; wide <= tiles[1]->block; wide *= 2)
        for (int64_t channels = 1; channels <= wide; channels++)
            for (int64_t n = 0; n <= LD; n += n < 34 ? 1 : 8)
                for (int back = 0; back < 2; back++) {
                    memset(to, 0, sizeof to);
                    for (int i = 0; i < 2; i++)
                        if (back) tiles[i]->scatter(channels, n, from, wide, to[i], LD);
                        else tiles[i]->gather(channels, n, from, LD, to[i], wide);
                    ck_assert_int_eq(memcmp(to[0], to[1], sizeof to[0]), 0);
                }
}

static void rows_match(void)
{
    enum { ROWS = 3, FROM = 301, TO = 150 };
    static float from[2][ROWS * FROM], to[2][ROWS * TO];
    const mlp_conv_tiles *tiles[2] = { &mlp_conv_tiles_plain, mlp_conv_tiles_best() };
    fill(from[0], ROWS * FROM, 1), fill(from[1], ROWS * FROM, 2);
    for (int64_t n = 0; n <= 100; n++)
        for (int64_t step = 1; step <= 5; step++) {
            memset(to, 0, sizeof to);
            for (int i = 0; i < 2; i++)
                if (step < 4) tiles[i]->take(ROWS, n, from[0], FROM, step, to[i], TO);
                else if (step == 4) tiles[i]->split(ROWS, n, from[0], FROM, to[i], to[i] + TO / 2, TO);
                else tiles[i]->join(ROWS, n, from[0], from[1], FROM, to[i], TO);
            ck_assert_int_eq(memcmp(to[0], to[1], sizeof to[0]), 0);
        }
}

static void positive_parts_match(void)
{
    enum { ROWS = 3, LD = 80 };
    static float y[2][ROWS * LD], dy[ROWS * LD], to[2][ROWS * LD];
    const mlp_conv_tiles *tiles[2] = { &mlp_conv_tiles_plain, mlp_conv_tiles_best() };
    for (int64_t n = 0; n <= 70; n++) {
        fill(y[0], ROWS * LD, 1);
        y[0][0] = NAN, y[0][1] = -0.0f, y[0][LD] = -INFINITY, y[0][LD + 40] = INFINITY, y[0][LD + 41] = NAN;
        memcpy(y[1], y[0], sizeof y[0]);
        for (int i = 0; i < 2; i++) tiles[i]->relu(ROWS, n, y[i], LD);
        ck_assert_int_eq(memcmp(y[0], y[1], sizeof y[0]), 0);
        ck_assert(n < 2 || (isnan(y[1][0]) && !signbit(y[1][1])));
        fill(dy, ROWS * LD, 2), memset(to, 0, sizeof to);
        dy[1] = NAN, dy[LD] = INFINITY;
        y[0][0] = NAN, y[0][1] = -0.0f, y[0][LD] = -INFINITY;
        for (int i = 0; i < 2; i++) tiles[i]->relu_back(ROWS, n, y[0], dy, LD, to[i], LD);
        ck_assert_int_eq(memcmp(to[0], to[1], sizeof to[0]), 0);
        ck_assert(n < 2 || (to[1][0] == dy[0] && to[1][1] == 0 && to[1][LD] == 0));
    }
}

static void windows_match(void)
{
    enum { ROWS = 9, LD = 160 };
    static float x[(2 * ROWS + 4) * LD], y[2][(ROWS + 1) * LD], w[16];
    const mlp_conv_tiles *tiles[2] = { &mlp_conv_tiles_plain, mlp_conv_tiles_best() };
    fill(x, (2 * ROWS + 4) * LD, 1), fill(w, 16, 2);
    for (int64_t n = 1; n <= 70; n++)
        for (int64_t rows = 1; rows <= ROWS; rows++)
            for (int64_t step = 1; step <= 3; step++) { /* the third: twice as many places */
                const int64_t at[3] = { 0, step == 1 ? 1 : LD / 2, step == 1 ? 2 : 1 };
                for (int i = 0; i < 2; i++) {
                    memset(y[i], 0, sizeof y[i]);
                    if (step < 3) tiles[i]->window(rows, n, step, w, at, x, LD, 0.5f, y[i], LD);
                    else tiles[i]->spread(rows, n, w, x, LD, y[i], LD);
                }
                float most = 0; /* an assertion for each number would take seconds */
                for (int64_t q = 0; q < (ROWS + 1) * LD; q++)
                    if (!(fabsf(y[1][q] - y[0][q]) <= most)) most = fabsf(y[1][q] - y[0][q]);
                ck_assert_float_le(most, 1e-5f);
                if (step == 3 || n % MLP_CONV_LANES) continue;
                double sums[2][MLP_CONV_WINDOW_SUMS] = { { 1 }, { 1 } };
                for (int i = 0; i < 2; i++) tiles[i]->window_sums(rows, n, step, at, x, LD, x + 7, LD, sums[i]);
                for (int k = 0; k < MLP_CONV_WINDOW_SUMS; k++) ck_assert_double_eq_tol(sums[1][k], sums[0][k], 1e-3);
            }
}

START_TEST(tiles_are_what_the_plain_loops_say)
{
    on_each_level(tiles_match);
    on_each_level(lanes_match);
    on_each_level(turns_match);
    on_each_level(rows_match);
    on_each_level(positive_parts_match);
    on_each_level(windows_match);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        tiles_are_what_the_plain_loops_say,
    };
    return run_suite("conv2d_tile", tests, COUNT(tests));
}
