/* conv2d_tile_basic.c - tiles of convolutions in the registers of 4 numbers that every x86-64 and AArch64 machine has.
 */
#include "nn/conv2d_tile_private.h"

typedef float vec __attribute__((vector_size(16), aligned(4), may_alias));
#define LOAD(p) (*(const vec *)(p))
#define STORE(p, v) (*(vec *)(p) = (v))
#define SPREAD(x) ((vec){ (x), (x), (x), (x) })
#define MULTIPLY_ADD(a, b, c) ((a) * (b) + (c))
#define SUM(v) (((v)[0] + (v)[1]) + ((v)[2] + (v)[3]))
#define LOW(a, b) __builtin_shufflevector(a, b, 0, 4, 1, 5)
#define HIGH(a, b) __builtin_shufflevector(a, b, 2, 6, 3, 7)
#define EVEN(a, b) __builtin_shufflevector(a, b, 0, 2, 4, 6)
#define ODD(a, b) __builtin_shufflevector(a, b, 1, 3, 5, 7)
#define EVEN_ODD(a, b) __builtin_shufflevector(a, b, 0, 2, 5, 7)
enum { LANES = 4, ROWS = 4, WIDE = 2, FOUR_WIDE = 2, PRODUCT_ROWS = 2, PRODUCT_TAPS = 3 };
#include "nn/conv2d_tile_kernel.h"
#include "nn/conv2d_window_kernel.h"

const mlp_conv_tiles mlp_conv_tiles_basic = { correlate, products, take, join, split, window, window_sums, spread };
