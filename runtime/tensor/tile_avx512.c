/* tile_avx512.c - tiles for machines with AVX-512: 32 registers of 16 numbers. */
#ifdef __x86_64__
#include "base/vec_avx512.h"
#include "tensor/tile.h"

enum { LANES = 16, DOT_WIDE = 4, OUTER_TILE = 12, THIN_WIDE = 4, DOT_AHEAD = 0, OUTER_AHEAD = 0 };
#include "tensor/tile_kernel.h"

const mlp_tiles mlp_tiles_avx512 = { dot, outer, thin, false };
#endif
