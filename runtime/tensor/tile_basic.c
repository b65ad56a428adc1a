/* tile_basic.c - tiles in the registers of 4 numbers that every x86-64 and AArch64 machine has. */
#include "tensor/tile.h"

typedef float vec __attribute__((vector_size(16), aligned(4), may_alias));
#define LOAD(p) (*(const vec *)(p))
#define STORE(p, v) (*(vec *)(p) = (v))
#define SPREAD(x) ((vec){ (x), (x), (x), (x) })
#define MULTIPLY_ADD(a, b, c) ((a) * (b) + (c))
enum { LANES = 4, DOT_WIDE = 2, OUTER_TILE = 6 };
#include "tensor/tile_kernel.h"

const mlp_tiles mlp_tiles_basic = { dot, outer };
