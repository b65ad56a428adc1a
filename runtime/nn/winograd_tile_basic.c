/* winograd_tile_basic.c - minimal filtering in the registers of 4 numbers that every x86-64 and AArch64 machine has. */
#include "nn/winograd_tile_private.h"

typedef float vec __attribute__((vector_size(16), aligned(4), may_alias));
#define LOAD(p) (*(const vec *)(p))
#define STORE(p, v) (*(vec *)(p) = (v))
#define SPREAD(x) ((vec){ (x), (x), (x), (x) })
#define MULTIPLY_ADD(a, b, c) ((a) * (b) + (c))
#define LOW(a, b) __builtin_shufflevector(a, b, 0, 4, 1, 5)
#define HIGH(a, b) __builtin_shufflevector(a, b, 2, 6, 3, 7)
enum { WIDTH = 4, ROWS = 4, WIDE = 2 };
#include "nn/winograd_tile_kernel.h"

const mlp_winograd_tiles mlp_winograd_tiles_basic = { gather, scatter, forward,     spread,
                                                      back,   window,  window_back, products };
