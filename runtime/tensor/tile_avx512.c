/* tile_avx512.c - tiles for machines with AVX-512: 32 registers of 16 numbers. */
#ifdef __x86_64__
#include "base/vec_avx512.h"
#include "tensor/tile.h"

enum { LANES = 16, DOT_WIDE = 4, OUTER_TILE = 12, THIN_WIDE = 4, DOT_AHEAD = 0, OUTER_AHEAD = 0 };
#include "tensor/tile_kernel.h"

static void tall(int64_t rows, int64_t n, int64_t k, const float *w, int64_t ldw, const float *x, float *y)
{
    if (rows < MLP_TALL_ROWS || n < MLP_TALL_LANES) {
        int64_t first = rows < MLP_DOT_ROWS ? rows : MLP_DOT_ROWS;
        dot(first, n, k, w, ldw, x, y);
        if (rows > first) dot(rows - first, n, k, w + first * ldw, ldw, x, y + first * n);
        return;
    }
    dot_tile(MLP_TALL_ROWS, MLP_TALL_LANES / LANES, n, k, w, ldw, x, y);
}

const mlp_tiles mlp_tiles_avx512 = { dot, tall, outer, thin, false };
#endif
