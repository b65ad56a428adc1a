/* conv2d_tile.c - the plain loops that define the tiles of convolutions, and the choice among instruction sets. */
#include "nn/conv2d_tile_private.h"

#include "base/cpu.h"

static void correlate(int64_t rows, int64_t n, int64_t k, const float *w, const int64_t *at, const float *x,
                      const float *bias, float *y, int64_t ldy)
{
    for (int64_t r = 0; r < rows; r++)
        for (int64_t q = 0; q < n; q++) {
            float sum = bias[r];
            for (int64_t j = 0; j < k; j++) sum += w[j * rows + r] * x[at[j] + q];
            y[r * ldy + q] = sum;
        }
}

static void products(int64_t rows, int64_t n, int64_t k, const float *dy, int64_t ldy, const int64_t *at,
                     const float *x, float *dw)
{
    for (int64_t r = 0; r < rows; r++)
        for (int64_t j = 0; j < k; j++) {
            float sum = 0;
            for (int64_t q = 0; q < n; q++) sum += dy[r * ldy + q] * x[at[j] + q];
            dw[r * k + j] += sum;
        }
}

static void take(int64_t rows, int64_t n, const float *from, int64_t ld_from, int64_t step, float *to, int64_t ld_to)
{
    for (int64_t r = 0; r < rows; r++)
        for (int64_t q = 0; q < n; q++) to[r * ld_to + q] = from[r * ld_from + q * step];
}

static void join(int64_t rows, int64_t n, const float *even, const float *odd, int64_t ld_from, float *to,
                 int64_t ld_to)
{
    for (int64_t r = 0; r < rows; r++)
        for (int64_t q = 0; q < n; q++) to[r * ld_to + q] = (q % 2 ? odd : even)[r * ld_from + q / 2];
}

const mlp_conv_tiles mlp_conv_tiles_plain = { correlate, products, take, join };

const mlp_conv_tiles *mlp_conv_tiles_best(void)
{
    switch (mlp_cpu()) {
#ifdef __x86_64__
    case MLP_CPU_AVX512: return &mlp_conv_tiles_avx512;
    case MLP_CPU_AVX2: return &mlp_conv_tiles_avx2;
#endif
    default: return &mlp_conv_tiles_basic;
    }
}
