/* tile_neon.c - tiles for AArch64: 32 registers of 4 numbers. */
#ifdef __aarch64__
#include "base/vec_neon.h"
#include "tensor/tile.h"

enum { LANES = 4, DOT_WIDE = 4, OUTER_TILE = 12, THIN_WIDE = 2, DOT_AHEAD = 0, OUTER_AHEAD = 0 };
#include "tensor/tile_kernel.h"

const mlp_tiles mlp_tiles_neon = { dot, NULL, outer, thin, true };
#endif
