/* tile_avx2.c - tiles for machines with AVX2 and FMA: 16 registers of 8 numbers. */
#ifdef __x86_64__
#include "base/vec_avx2.h"
#include "tensor/tile.h"

enum { LANES = 8, DOT_WIDE = 2, OUTER_TILE = 6, THIN_WIDE = 2, DOT_AHEAD = 16, OUTER_AHEAD = 8 };
#include "tensor/tile_kernel.h"

const mlp_tiles mlp_tiles_avx2 = { dot, NULL, outer, thin, true };
#endif
