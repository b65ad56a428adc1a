/* winograd_tile_neon.c - minimal filtering for AArch64: 32 registers of 4 numbers. */
#ifdef __aarch64__
#include "nn/winograd_tile_private.h"

#include <arm_neon.h>

typedef float32x4_t vec;
#define LOAD(p) vld1q_f32(p)
#define STORE(p, v) vst1q_f32(p, v)
#define SPREAD(x) vdupq_n_f32(x)
#define MULTIPLY_ADD(a, b, c) vfmaq_f32(c, a, b)
#define LOW(a, b) vzip1q_f32(a, b)
#define HIGH(a, b) vzip2q_f32(a, b)
enum { WIDTH = 4, ROWS = 4, WIDE = 4 };
#include "nn/winograd_tile_kernel.h"

const mlp_winograd_tiles mlp_winograd_tiles_neon = { gather, scatter, forward,     spread,
                                                     back,   window,  window_back, products };
#endif
