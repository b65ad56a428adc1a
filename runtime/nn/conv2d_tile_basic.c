/* conv2d_tile_basic.c - tiles of convolutions in the registers of 4 numbers that every x86-64 and AArch64 machine has.
 */
#include "base/vec_basic.h"
#include "nn/conv2d_tile_private.h"

enum { LANES = 4, ROWS = 4, WIDE = 2, FOUR_WIDE = 2, PRODUCT_ROWS = 2, PRODUCT_TAPS = 3, PLACES = 2 };
#define MOST_LANES 16
#include "nn/conv2d_tile_kernel.h"
#include "nn/conv2d_lanes_kernel.h"
#include "nn/conv2d_window_kernel.h"

const mlp_conv_tiles mlp_conv_tiles_basic = TILES;
