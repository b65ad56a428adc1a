/* conv2d_tile.c - the plain loops that define the tiles of convolutions, and the choice among instruction sets. */
#include "nn/conv2d_tile_private.h"

#include "base/cpu.h"

static void correlate(int64_t rows, int64_t n, int64_t k, const float *w, const int64_t *at, const float *x,
                      const float *bias, bool relu, float *y, int64_t ldy)
{
    for (int64_t r = 0; r < rows; r++)
        for (int64_t q = 0; q < n; q++) {
            float sum = bias[r];
            for (int64_t j = 0; j < k; j++) sum += w[j * rows + r] * x[at[j] + q];
            y[r * ldy + q] = relu && sum <= 0 ? 0 : sum;
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

static void lanes(int64_t wide, int64_t n, const int64_t *place, int64_t k, const int64_t *at, const float *x,
                  const float *w, const float *start, int64_t ld_start, float *y)
{
    for (int64_t i = 0; i < n; i++)
        for (int64_t o = 0; o < wide; o++) {
            float sum = start[i * ld_start + o];
            for (int64_t j = 0; j < k; j++) sum += w[j * wide + o] * x[place[i] + at[j]];
            y[i * wide + o] = sum;
        }
}

static void gather(int64_t channels, int64_t n, const float *from, int64_t ld, float *to, int64_t wide)
{
    for (int64_t q = 0; q < n; q++)
        for (int64_t c = 0; c < wide; c++) to[q * wide + c] = c < channels ? from[c * ld + q] : 0;
}

static void scatter(int64_t channels, int64_t n, const float *from, int64_t wide, float *to, int64_t ld)
{
    for (int64_t q = 0; q < n; q++)
        for (int64_t c = 0; c < channels; c++) to[c * ld + q] = from[q * wide + c];
}

static void take(int64_t rows, int64_t n, const float *from, int64_t ld_from, int64_t step, float *to, int64_t ld_to)
{
    for (int64_t r = 0; r < rows; r++)
        for (int64_t q = 0; q < n; q++) to[r * ld_to + q] = from[r * ld_from + q * step];
}

static void relu(int64_t rows, int64_t n, float *y, int64_t ldy)
{
    for (int64_t r = 0; r < rows; r++)
        for (int64_t q = 0; q < n; q++)
            if (y[r * ldy + q] <= 0) y[r * ldy + q] = 0;
}

static void relu_back(int64_t rows, int64_t n, const float *y, const float *dy, int64_t ld, float *to, int64_t ld_to)
{
    for (int64_t r = 0; r < rows; r++)
        for (int64_t q = 0; q < n; q++) to[r * ld_to + q] = y[r * ld + q] <= 0 ? 0 : dy[r * ld + q];
}

static void join(int64_t rows, int64_t n, const float *even, const float *odd, int64_t ld_from, float *to,
                 int64_t ld_to)
{
    for (int64_t r = 0; r < rows; r++)
        for (int64_t q = 0; q < n; q++) to[r * ld_to + q] = (q % 2 ? odd : even)[r * ld_from + q / 2];
}

static void split(int64_t rows, int64_t n, const float *from, int64_t ld_from, float *even, float *odd, int64_t ld_to)
{
    for (int64_t r = 0; r < rows; r++)
        for (int64_t q = 0; q < n; q++) (q % 2 ? odd : even)[r * ld_to + q / 2] = from[r * ld_from + q];
}

static void window(int64_t rows, int64_t n, int64_t step, const float *w, const int64_t *at, const float *x,
                   int64_t ldx, float bias, float *y, int64_t ldy)
{
    for (int64_t r = 0; r < rows; r++)
        for (int64_t q = 0; q < n; q++) {
            float sum = bias;
            for (int64_t k = 0; k < 9; k++) sum += w[k] * x[(r * step + k / 3) * ldx + at[k % 3] + q];
            y[r * ldy + q] = sum;
        }
}

static void window_sums(int64_t rows, int64_t n, int64_t step, const int64_t *at, const float *x, int64_t ldx,
                        const float *dy, int64_t ldy, double *sums)
{
    for (int64_t r = 0; r < rows; r++)
        for (int64_t q = 0; q < n; q++) {
            double d = (double)dy[r * ldy + q];
            for (int64_t k = 0; k < 9; k++) sums[k] += d * (double)x[(r * step + k / 3) * ldx + at[k % 3] + q];
            sums[9] += d;
        }
}

static void spread(int64_t rows, int64_t n, const float *w, const float *x, int64_t ldx, float *y, int64_t ldy)
{
    for (int64_t r = 0; r < rows; r++)
        for (int64_t q = 0; q < n; q++) {
            const float *at = x + r / 2 * ldx + q / 2, *v = w + r % 2 * 8 + q % 2 * 4;
            y[r * ldy + q] = v[0] * at[0] + v[1] * at[1] + v[2] * at[ldx] + v[3] * at[ldx + 1];
        }
}

const mlp_conv_tiles mlp_conv_tiles_plain = { correlate, products, lanes, 32,        gather, scatter,     take,
                                              join,      split,    relu,  relu_back, window, window_sums, spread };

int64_t mlp_conv_tile_lanes(const mlp_conv_tiles *tiles, int64_t channels)
{
    return (channels + MLP_CONV_LANES - 1) / MLP_CONV_LANES * MLP_CONV_LANES % tiles->block ? MLP_CONV_LANES
                                                                                            : tiles->block;
}

const mlp_conv_tiles *mlp_conv_tiles_for(int64_t places)
{
#ifdef __x86_64__
    if (mlp_cpu() == MLP_CPU_AVX512 && places == MLP_CONV_LANES / 2) return &mlp_conv_tiles_avx2;
#endif
    (void)places;
    return mlp_conv_tiles_best();
}

const mlp_conv_tiles *mlp_conv_tiles_best(void)
{
    switch (mlp_cpu()) {
#ifdef __x86_64__
    case MLP_CPU_AVX512: return &mlp_conv_tiles_avx512;
    case MLP_CPU_AVX2: return &mlp_conv_tiles_avx2;
#elif defined(__aarch64__)
    case MLP_CPU_NEON: return &mlp_conv_tiles_neon;
#endif
    default: return &mlp_conv_tiles_basic;
    }
}
