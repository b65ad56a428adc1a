/* mathf.h - exp, log, tanh and their like for f32, without branches, so that loops over them become vectors.
 *
 * The C library's are called one number at a time. These are a few operations each (ranges and coefficients after
 * Cephes; erf is a ratio of polynomials), and within the stated number of units in the last place of the exact value,
 * as tests/c/test_mathf.c checks. NaN stays NaN, infinities and zeros give what the C library gives. Fused
 * multiply-adds are not used: every instruction set gives the same bits. */
#ifndef MLP_MATHF_H
#define MLP_MATHF_H

#include <math.h>
#include <stdint.h>
#include <string.h>

static inline uint32_t mlp_bits_of(float x)
{
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static inline float mlp_of_bits(uint32_t bits)
{
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* 2 to the power of a whole n from -126 to 127. */
static inline float mlp_power_of_2(int32_t n)
{
    return mlp_of_bits((uint32_t)(n + 127) << 23);
}

/* x = n ln 2 + r with a small r; *n is rounded by adding 1.5 times 2^23. Returns exp(r) - 1. */
static inline float mlp_reduced_expm1(float x, int32_t *n)
{
    float shifted = x * 1.44269504F + 12582912.0F, whole = shifted - 12582912.0F;
    *n = (int32_t)(mlp_bits_of(shifted) - 0x4B400000U);
    float r = x - whole * 0.693359375F - whole * -2.12194440e-4F;
    float p = 1.9875691500e-4F;
    p = p * r + 1.3981999507e-3F;
    p = p * r + 8.3334519073e-3F;
    p = p * r + 4.1665795894e-2F;
    p = p * r + 1.6666665459e-1F;
    p = p * r + 5.0000001201e-1F;
    return p * (r * r) + r;
}

static inline float mlp_expf(float x) /* 2 units */
{
    int32_t n;
    x = x < -104 ? -104 : x > 89 ? 89 : x;
    float y = 1 + mlp_reduced_expm1(x, &n);
    int32_t half = n >> 1;
    half = half < -100 ? -100 : half > 100 ? 100 : half; /* of NaN */
    int32_t rest = n - half < -100 ? -100 : n - half > 100 ? 100 : n - half;
    return y * mlp_power_of_2(half) * mlp_power_of_2(rest);
}

static inline float mlp_expm1f(float x) /* 3 units */
{
    int32_t n;
    float c = x < -20 ? -20 : x > 89 ? 89 : x, y = mlp_reduced_expm1(c, &n);
    n = n < -100 ? -100 : n > 128 ? 128 : n; /* of NaN */
    float scale = mlp_power_of_2(n - 1);     /* half of it: twice would overflow too early */
    y = 2 * (scale * y + (scale - 0.5F));
    return x == 0 ? x : y; /* with its sign */
}

static inline float mlp_sigmoidf(float x) /* 4 units */
{
    float e = mlp_expf(-fabsf(x));
    return (x < 0 ? e : 1) / (1 + e);
}

static inline float mlp_tanhf(float x) /* 5 units */
{
    float a = fabsf(x), t = mlp_expm1f(2 * (a > 10 ? 10 : a));
    return mlp_of_bits(mlp_bits_of(t / (t + 2)) | (mlp_bits_of(x) & 0x80000000U)); /* with x's sign */
}

static inline float mlp_logf(float x) /* 2 units */
{
    float tiny = x < 1.17549435e-38F ? 1 : 0, m = tiny != 0 ? x * 8388608.0F : x;
    uint32_t bits = mlp_bits_of(m) - 0x3F3504F3U; /* the square root of 1/2: m becomes that to its double */
    float e = (float)((int32_t)bits >> 23) - 23 * tiny;
    m = mlp_of_bits((bits & 0x007FFFFFU) + 0x3F3504F3U) - 1;
    float p = 7.0376836292e-2F, z = m * m;
    p = p * m - 1.1514610310e-1F;
    p = p * m + 1.1676998740e-1F;
    p = p * m - 1.2420140846e-1F;
    p = p * m + 1.4249322787e-1F;
    p = p * m - 1.6668057665e-1F;
    p = p * m + 2.0000714765e-1F;
    p = p * m - 2.4999993993e-1F;
    p = p * m + 3.3333331174e-1F;
    float y = m + (p * m * z + e * -2.12194440e-4F - 0.5F * z) + e * 0.693359375F;
    y = x > 3.40282347e38F ? x : y;
    y = x == 0 ? -INFINITY : y;
    return x >= 0 ? y : NAN;
}

static inline float mlp_log1pf(float x) /* 4 units */
{
    float u = 1 + x, lost = u - 1; /* what of x the sum holds */
    float y = mlp_logf(u) * (x / (lost == 0 ? 1 : lost));
    y = lost == 0 ? x : y;
    return x > 3.40282347e38F ? x : u == 0 ? -INFINITY : y;
}

static inline float mlp_erff(float x) /* 8 units */
{
    float c = x < -4 ? -4 : x > 4 ? 4 : x, z = c * c;
    float p = -2.72614225801306e-10F;
    p = p * z + 2.77068142495902e-08F;
    p = p * z - 2.10102402082508e-06F;
    p = p * z - 5.69250639462346e-05F;
    p = p * z - 7.34990630326855e-04F;
    p = p * z - 2.95459980854025e-03F;
    p = p * z - 1.60960333262415e-02F;
    float q = -1.45660718464996e-05F;
    q = q * z - 2.13374055278905e-04F;
    q = q * z - 1.68282697438203e-03F;
    q = q * z - 7.37332916720468e-03F;
    q = q * z - 1.42647390514189e-02F;
    float y = c * (p / q);
    return y < -1 ? -1 : y > 1 ? 1 : y;
}

/* Sine and cosine of a part of a turn, 0 <= u <= 1: of 2 pi u, to 2e-7. */
static inline void mlp_turnf(float u, float *sine, float *cosine)
{
    int32_t quarter = (int32_t)(u * 4 + 0.5F);
    float x = (u - (float)quarter * 0.25F) * 6.28318531F, z = x * x; /* the difference is exact; |x| <= pi / 4 */
    float s = -1.9515295891e-4F, c = 2.443315711809948e-5F;
    s = s * z + 8.3321608736e-3F;
    s = s * z - 1.6666654611e-1F;
    s = s * z * x + x;
    c = c * z - 1.388731625493765e-3F;
    c = c * z + 4.166664568298827e-2F;
    c = c * z * z - 0.5F * z + 1;
    float a = quarter & 1 ? c : s, b = quarter & 1 ? s : c;
    *sine = quarter & 2 ? -a : a;
    *cosine = (quarter + 1) & 2 ? -b : b;
}

#endif
