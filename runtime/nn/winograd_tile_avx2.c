/* winograd_tile_avx2.c - minimal filtering for machines with AVX2 and FMA: 16 registers of 8 numbers. */
#ifdef __x86_64__
#include "base/vec_avx2.h"
#include "nn/winograd_tile_private.h"

enum { WIDTH = 8, ROWS = 4, WIDE = 2 };
#include "nn/winograd_tile_kernel.h"

const mlp_winograd_tiles mlp_winograd_tiles_avx2 = { gather, scatter, forward,     spread,
                                                     back,   window,  window_back, products };
#endif
