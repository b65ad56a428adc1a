/* conv2d_tile_neon.c - tiles of convolutions for AArch64: 32 registers of 4 numbers. */
#ifdef __aarch64__
#include "base/vec_neon.h"
#include "nn/conv2d_tile_private.h"

enum { LANES = 4, ROWS = 8, WIDE = 2, FOUR_WIDE = 4, PRODUCT_ROWS = 4, PRODUCT_TAPS = 6, PLACES = 6 };
#define MOST_LANES 16
#include "nn/conv2d_tile_kernel.h"
#include "nn/conv2d_lanes_kernel.h"
#include "nn/conv2d_window_kernel.h"

const mlp_conv_tiles mlp_conv_tiles_neon = TILES;
#endif
