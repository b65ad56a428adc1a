/* tile_neon.c - tiles for AArch64: 32 registers of 4 numbers. */
#ifdef __aarch64__
#include "tensor/tile.h"

#include <arm_neon.h>

typedef float32x4_t vec;
#define LOAD(p) vld1q_f32(p)
#define STORE(p, v) vst1q_f32(p, v)
#define SPREAD(x) vdupq_n_f32(x)
#define MULTIPLY_ADD(a, b, c) vfmaq_f32(c, a, b)
enum { LANES = 4, DOT_WIDE = 4, OUTER_TILE = 12 };
#include "tensor/tile_kernel.h"

const mlp_tiles mlp_tiles_neon = { dot, outer };
#endif
