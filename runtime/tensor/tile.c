/* tile.c - the plain loops that define the tiles, and the choice among instruction sets. */
#include "tensor/tile.h"

#include "base/cpu.h"

static void dot(int64_t rows, int64_t n, int64_t k, const float *w, int64_t ldw, const float *x, float *y)
{
    for (int64_t r = 0; r < rows; r++) {
        for (int64_t i = 0; i < n; i++) y[r * n + i] = 0;
        for (int64_t j = 0; j < k; j++)
            for (int64_t i = 0; i < n; i++) y[r * n + i] += w[r * ldw + j] * x[j * n + i];
    }
}

static void outer(int64_t rows, int64_t columns, int64_t n, const float *a, const float *b, float *c, int64_t ldc)
{
    for (int64_t r = 0; r < rows; r++) {
        float sum[MLP_OUTER_COLUMNS] = { 0 };
        for (int64_t i = 0; i < n; i++)
            for (int64_t j = 0; j < MLP_OUTER_COLUMNS; j++)
                sum[j] += a[i * MLP_OUTER_ROWS + r] * b[i * MLP_OUTER_COLUMNS + j];
        for (int64_t j = 0; j < columns; j++) c[r * ldc + j] = sum[j];
    }
}

static void thin(int64_t panels, int64_t n, const int32_t *at, const float *a, const float *b, int64_t ldb, float *c)
{
    for (int64_t p = 0; p < panels; p++)
        for (int64_t j = 0; j < MLP_OUTER_COLUMNS; j++) {
            float sum = 0;
            for (int64_t i = 0; i < n; i++) sum += a[i] * b[p * ldb + at[i] + j];
            c[p * MLP_OUTER_COLUMNS + j] = sum;
        }
}

const mlp_tiles mlp_tiles_plain = { dot, NULL, outer, thin, true };

const mlp_tiles *mlp_tiles_best(void)
{
    switch (mlp_cpu()) {
#ifdef __x86_64__
    case MLP_CPU_AVX512: return &mlp_tiles_avx512;
    case MLP_CPU_AVX2: return &mlp_tiles_avx2;
#elif defined(__aarch64__)
    case MLP_CPU_NEON: return &mlp_tiles_neon;
#endif
    default: return &mlp_tiles_basic;
    }
}
