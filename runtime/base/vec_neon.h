/* vec_neon.h - the registers of 4 numbers of AArch64. vec_basic.h has the words. */
#ifndef MLP_VEC_NEON_H
#define MLP_VEC_NEON_H

#include <arm_neon.h>

typedef float32x4_t vec;
#define LOAD(p) vld1q_f32(p)
#define STORE(p, v) vst1q_f32(p, v)
#define SPREAD(x) vdupq_n_f32(x)
#define MULTIPLY_ADD(a, b, c) vfmaq_f32(c, a, b)
#define WHERE_POSITIVE(y, v) vreinterpretq_f32_u32(vbicq_u32(vreinterpretq_u32_f32(v), vclezq_f32(y)))
#define SUM(v) vaddvq_f32(v)
#define LOW(a, b) vzip1q_f32(a, b)
#define HIGH(a, b) vzip2q_f32(a, b)
#define EVEN(a, b) vuzp1q_f32(a, b)
#define ODD(a, b) vuzp2q_f32(a, b)
#define EVEN_ODD(a, b) __builtin_shufflevector(a, b, 0, 2, 5, 7)

#endif
