/* tile_basic.c - tiles in the registers of 4 numbers that every x86-64 and AArch64 machine has. */
#include "base/vec_basic.h"
#include "tensor/tile.h"

enum { LANES = 4, DOT_WIDE = 2, OUTER_TILE = 6, THIN_WIDE = 1, DOT_AHEAD = 0, OUTER_AHEAD = 0 };
#include "tensor/tile_kernel.h"

const mlp_tiles mlp_tiles_basic = { dot, NULL, outer, thin, true };
