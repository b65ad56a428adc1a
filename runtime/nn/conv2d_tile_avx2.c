/* conv2d_tile_avx2.c - tiles of convolutions for machines with AVX2 and FMA: 16 registers of 8 numbers. */
#ifdef __x86_64__
#include "base/vec_avx2.h"
#include "nn/conv2d_tile_private.h"

enum { LANES = 8, ROWS = 4, WIDE = 2, FOUR_WIDE = 2, PRODUCT_ROWS = 3, PRODUCT_TAPS = 4, PLACES = 6 };
#define MOST_LANES 16
#include "nn/conv2d_tile_kernel.h"
#include "nn/conv2d_lanes_kernel.h"
#include "nn/conv2d_window_kernel.h"

const mlp_conv_tiles mlp_conv_tiles_avx2 = TILES;
#endif
