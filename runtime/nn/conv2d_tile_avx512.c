/* conv2d_tile_avx512.c - tiles of convolutions for machines with AVX-512: 32 registers of 16 numbers. */
#ifdef __x86_64__
#include "base/vec_avx512.h"
#include "nn/conv2d_tile_private.h"

enum { LANES = 16, ROWS = 8, WIDE = 2, FOUR_WIDE = 4, PRODUCT_ROWS = 4, PRODUCT_TAPS = 6, PLACES = 6 };
#define MOST_LANES 32
#include "nn/conv2d_tile_kernel.h"
#include "nn/conv2d_lanes_kernel.h"
#include "nn/conv2d_window_kernel.h"

const mlp_conv_tiles mlp_conv_tiles_avx512 = TILES;
#endif
