/* random.c - Philox4x32-10: ten rounds of multiply, swap and xor turn a 128-bit counter into 128 random bits.
 *
 * The counter is (block index, stream), the key comes from (seed, purpose); a, b and c of a stream are mixed into its
 * 64 bits, so two streams collide with probability 2^-64. */
#include "base/base.h"
#include "base/mathf.h"
#include "base/simd.h"

#include <math.h>

/* The finaliser of SplitMix64: a bijection whose output bits each depend on all input bits. */
static uint64_t mix(uint64_t x)
{
    x += 0x9E3779B97F4A7C15u;
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
    return x ^ (x >> 31);
}

mlp_rng mlp_rng_stream(uint64_t seed, mlp_purpose purpose, uint64_t a, uint64_t b, uint64_t c)
{
    mlp_rng rng = { .used = 4 };
    rng.key = mix(seed ^ mix((uint64_t)purpose));
    rng.stream = mix(mix(mix(a) ^ b) ^ c);
    return rng;
}

void mlp_rng_block(const mlp_rng *rng, uint64_t block, uint32_t words[4])
{
    uint32_t x0 = (uint32_t)block, x1 = (uint32_t)(block >> 32);
    uint32_t x2 = (uint32_t)rng->stream, x3 = (uint32_t)(rng->stream >> 32);
    uint32_t k0 = (uint32_t)rng->key, k1 = (uint32_t)(rng->key >> 32);
    for (int round = 0; round < 10; round++) {
        uint64_t p0 = (uint64_t)0xD2511F53u * x0, p1 = (uint64_t)0xCD9E8D57u * x2;
        uint32_t y0 = (uint32_t)(p1 >> 32) ^ x1 ^ k0, y2 = (uint32_t)(p0 >> 32) ^ x3 ^ k1;
        x0 = y0, x1 = (uint32_t)p1, x2 = y2, x3 = (uint32_t)p0;
        k0 += 0x9E3779B9u, k1 += 0xBB67AE85u;
    }
    words[0] = x0, words[1] = x1, words[2] = x2, words[3] = x3;
}

/* The same for SIDE blocks side by side, for vector units. */
enum { SIDE = 16 };

MLP_SIMD static void side_by_side(const mlp_rng *rng, uint64_t first, uint32_t *restrict x)
{
    uint32_t *restrict x0 = x, *restrict x1 = x + SIDE, *restrict x2 = x + 2 * SIDE, *restrict x3 = x + 3 * SIDE;
    uint32_t k0 = (uint32_t)rng->key, k1 = (uint32_t)(rng->key >> 32);
    for (int i = 0; i < SIDE; i++) {
        x0[i] = (uint32_t)(first + (uint64_t)i), x1[i] = (uint32_t)((first + (uint64_t)i) >> 32);
        x2[i] = (uint32_t)rng->stream, x3[i] = (uint32_t)(rng->stream >> 32);
    }
    for (int round = 0; round < 10; round++) {
        for (int i = 0; i < SIDE; i++) {
            uint64_t p0 = (uint64_t)0xD2511F53u * x0[i], p1 = (uint64_t)0xCD9E8D57u * x2[i];
            uint32_t y0 = (uint32_t)(p1 >> 32) ^ x1[i] ^ k0, y2 = (uint32_t)(p0 >> 32) ^ x3[i] ^ k1;
            x0[i] = y0, x1[i] = (uint32_t)p1, x2[i] = y2, x3[i] = (uint32_t)p0;
        }
        k0 += 0x9E3779B9u, k1 += 0xBB67AE85u;
    }
}

void mlp_rng_blocks(const mlp_rng *rng, uint64_t first, int64_t count, uint32_t *words)
{
    uint32_t x[4 * SIDE];
    int64_t at = 0;
    for (; at + SIDE <= count; at += SIDE) {
        side_by_side(rng, first + (uint64_t)at, x);
        for (int i = 0; i < SIDE; i++, words += 4)
            words[0] = x[i], words[1] = x[SIDE + i], words[2] = x[2 * SIDE + i], words[3] = x[3 * SIDE + i];
    }
    for (; at < count; at++, words += 4) mlp_rng_block(rng, first + (uint64_t)at, words);
}

uint64_t mlp_rng_reserve(mlp_rng *rng, uint64_t blocks)
{
    uint64_t first = rng->counter;
    rng->counter += blocks;
    rng->used = 4;
    return first;
}

uint32_t mlp_rng_u32(mlp_rng *rng)
{
    if (rng->used >= 4) {
        mlp_rng_block(rng, rng->counter++, rng->word);
        rng->used = 0;
    }
    return rng->word[rng->used++];
}

uint64_t mlp_rng_u64(mlp_rng *rng)
{
    uint64_t high = mlp_rng_u32(rng);
    return high << 32 | mlp_rng_u32(rng);
}

double mlp_rng_uniform(mlp_rng *rng)
{
    return (double)(mlp_rng_u64(rng) >> 11) * 0x1p-53;
}

double mlp_rng_range(mlp_rng *rng, double low, double high)
{
    return low + (high - low) * mlp_rng_uniform(rng);
}

int64_t mlp_rng_int(mlp_rng *rng, int64_t low, int64_t high)
{
    uint64_t span = (uint64_t)high - (uint64_t)low + 1;
    if (span == 0) return (int64_t)mlp_rng_u64(rng); /* all of int64 */
    uint64_t reject_from = UINT64_MAX - UINT64_MAX % span, x;
    do x = mlp_rng_u64(rng);
    while (x >= reject_from);
    return (int64_t)((uint64_t)low + x % span);
}

double mlp_rng_normal(mlp_rng *rng)
{
    double u1 = 1 - mlp_rng_uniform(rng), u2 = mlp_rng_uniform(rng); /* Box and Muller; u1 in (0, 1] */
    return sqrt(-2 * log(u1)) * cos(6.283185307179586 * u2);
}

/* Box and Muller: two words give two normals. The first uniform number is in (0, 1]. */
MLP_SIMD void mlp_rng_normals(const uint32_t *restrict words, int64_t pairs, float *restrict z)
{
    for (int64_t i = 0; i < pairs; i++) {
        float r = sqrtf(-2 * mlp_logf(((float)words[2 * i] + 1) * 0x1p-32F)), sine, cosine;
        mlp_turnf((float)words[2 * i + 1] * 0x1p-32F, &sine, &cosine);
        z[2 * i] = r * cosine;
        z[2 * i + 1] = r * sine;
    }
}

void mlp_rng_permutation(mlp_rng *rng, int64_t n, int64_t *order)
{
    for (int64_t i = 0; i < n; i++) order[i] = i;
    for (int64_t i = 0; i < n - 1; i++) {
        int64_t j = mlp_rng_int(rng, i, n - 1), t = order[i];
        order[i] = order[j];
        order[j] = t;
    }
}
