/* half.h - numbers of 16 bits and f32: IEEE half (f16: 1 sign, 5 exponent, 10 fraction bits) and bfloat16 (the upper
 * half of an f32). Every one of them is an f32; the way back rounds to the nearest, ties to even, overflow to infinity.
 */
#ifndef MLP_BASE_HALF_H
#define MLP_BASE_HALF_H

#include "base/mathf.h"

static inline float mlp_half_to_float(uint16_t h)
{
    uint32_t sign = (h & 0x8000u) << 16, exponent = h >> 10 & 31u, fraction = h & 1023u;
    if (exponent == 0) /* zero and subnormal: fraction * 2^-24 */
        return mlp_of_bits(mlp_bits_of((float)fraction * 0x1p-24f) | sign);
    return mlp_of_bits(sign | (exponent == 31 ? 255u : exponent + 112) << 23 | fraction << 13);
}

/* The upper bits of a number from which the lower `shift` go, to the nearest, ties to even. */
static inline uint32_t mlp_round_bits(uint32_t bits, int shift)
{
    uint32_t half_step = 1u << (shift - 1), rest = bits & ((half_step << 1) - 1), kept = bits >> shift;
    return kept + (rest > half_step || (rest == half_step && (kept & 1)));
}

static inline uint16_t mlp_float_to_half(float x)
{
    uint32_t bits = mlp_bits_of(x), sign = bits >> 16 & 0x8000u, value = bits & 0x7FFFFFFFu;
    if (value > 0x7F800000u) return (uint16_t)(sign | 0x7E00u);  /* NaN */
    if (value >= 0x47800000u) return (uint16_t)(sign | 0x7C00u); /* 65536 and more */
    if (value >= 0x38800000u)                                    /* may round up to infinity */
        return (uint16_t)(sign | mlp_round_bits(value - 0x38000000u, 13));
    /* steps of 2^-24, which is where both 0.5 and a subnormal half end */
    return (uint16_t)(sign | (mlp_bits_of(mlp_of_bits(value) + 0.5f) - mlp_bits_of(0.5f)));
}

static inline float mlp_brain_to_float(uint16_t h)
{
    return mlp_of_bits((uint32_t)h << 16);
}

static inline uint16_t mlp_float_to_brain(float x)
{
    uint32_t bits = mlp_bits_of(x);
    if ((bits & 0x7FFFFFFFu) > 0x7F800000u) return (uint16_t)((bits >> 16 & 0x8000u) | 0x7FC0u); /* NaN */
    return (uint16_t)mlp_round_bits(bits, 16);
}

#endif
