/* winograd_tile_basic.c - minimal filtering in the registers of 4 numbers that every x86-64 and AArch64 machine has. */
#include "base/vec_basic.h"
#include "nn/winograd_tile_private.h"

enum { WIDTH = 4, ROWS = 4, WIDE = 2 };
#include "nn/winograd_tile_kernel.h"

const mlp_winograd_tiles mlp_winograd_tiles_basic = { gather, scatter, forward,     spread,
                                                      back,   window,  window_back, products };
