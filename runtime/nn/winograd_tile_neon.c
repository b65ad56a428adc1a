/* winograd_tile_neon.c - minimal filtering for AArch64: 32 registers of 4 numbers. */
#ifdef __aarch64__
#include "base/vec_neon.h"
#include "nn/winograd_tile_private.h"

enum { WIDTH = 4, ROWS = 4, WIDE = 4 };
#include "nn/winograd_tile_kernel.h"

const mlp_winograd_tiles mlp_winograd_tiles_neon = { gather, scatter, forward,     spread,
                                                     back,   window,  window_back, products };
#endif
