/* conv2d_tile_neon.c - tiles of convolutions for AArch64: 32 registers of 4 numbers. */
#ifdef __aarch64__
#include "nn/conv2d_tile_private.h"

#include <arm_neon.h>

typedef float32x4_t vec;
#define LOAD(p) vld1q_f32(p)
#define STORE(p, v) vst1q_f32(p, v)
#define SPREAD(x) vdupq_n_f32(x)
#define MULTIPLY_ADD(a, b, c) vfmaq_f32(c, a, b)
#define SUM(v) vaddvq_f32(v)
#define LOW(a, b) vzip1q_f32(a, b)
#define HIGH(a, b) vzip2q_f32(a, b)
#define EVEN(a, b) vuzp1q_f32(a, b)
#define ODD(a, b) vuzp2q_f32(a, b)
#define EVEN_ODD(a, b) __builtin_shufflevector(a, b, 0, 2, 5, 7)
enum { LANES = 4, ROWS = 8, WIDE = 2, FOUR_WIDE = 4, PRODUCT_ROWS = 4, PRODUCT_TAPS = 6 };
#include "nn/conv2d_tile_kernel.h"
#include "nn/conv2d_window_kernel.h"

const mlp_conv_tiles mlp_conv_tiles_neon = { correlate, products, take, join, split, window, window_sums, spread };
#endif
