/* winograd_tile_avx512.c - minimal filtering for machines with AVX-512: 32 registers of 16 numbers. */
#ifdef __x86_64__
#include "base/vec_avx512.h"
#include "nn/winograd_tile_private.h"

enum { WIDTH = 16, ROWS = 4, WIDE = 2 };
#include "nn/winograd_tile_kernel.h"

const mlp_winograd_tiles mlp_winograd_tiles_avx512 = { gather, scatter, forward,     spread,
                                                       back,   window,  window_back, products };
#endif
