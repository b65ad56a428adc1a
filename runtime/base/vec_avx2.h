/* vec_avx2.h - the registers of 8 numbers of machines with AVX2 and FMA. vec_basic.h has the words. */
#ifndef MLP_VEC_AVX2_H
#define MLP_VEC_AVX2_H

#include <immintrin.h>
#include <stdint.h>

typedef __m256 vec;
#define LOAD(p) _mm256_loadu_ps(p)
#define STORE(p, v) _mm256_storeu_ps(p, v)
#define LOAD_FIRST(p, n) _mm256_maskload_ps(p, mlp_vec_first(n))
#define STORE_FIRST(p, v, n) _mm256_maskstore_ps(p, mlp_vec_first(n), v)
#define SPREAD(x) _mm256_set1_ps(x)
#define MULTIPLY_ADD(a, b, c) _mm256_fmadd_ps(a, b, c)
#define WHERE_POSITIVE(y, v) _mm256_and_ps(v, _mm256_cmp_ps(y, _mm256_setzero_ps(), _CMP_NLE_UQ))
#define SUM(v) mlp_vec_sum(v)
#define LOW(a, b) __builtin_shufflevector(a, b, 0, 8, 1, 9, 2, 10, 3, 11)
#define HIGH(a, b) __builtin_shufflevector(a, b, 4, 12, 5, 13, 6, 14, 7, 15)
#define EVEN(a, b) __builtin_shufflevector(a, b, 0, 2, 4, 6, 8, 10, 12, 14)
#define ODD(a, b) __builtin_shufflevector(a, b, 1, 3, 5, 7, 9, 11, 13, 15)
#define EVEN_ODD(a, b) __builtin_shufflevector(a, b, 0, 2, 4, 6, 9, 11, 13, 15)
#define TURN(from, ld_from, to, ld_to) mlp_vec_turn(from, ld_from, to, ld_to)

static inline __m256i mlp_vec_first(int64_t n)
{
    return _mm256_cmpgt_epi32(_mm256_set1_epi32((int)n), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}

static inline float mlp_vec_sum(vec v)
{
    __m128 four = _mm_add_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
    four = _mm_add_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_add_ss(four, _mm_movehdup_ps(four)));
}

/* Halves of rows that belong together come from memory side by side, so that nothing crosses the halves later. */
static inline void mlp_vec_turn(const float *from, int64_t ld_from, float *to, int64_t ld_to)
{
    vec a[8];
    for (int i = 0; i < 8; i++) {
        const float *row = from + i % 4 * ld_from + i / 4 * 4;
        a[i] = _mm256_insertf128_ps(_mm256_castps128_ps256(_mm_loadu_ps(row)), _mm_loadu_ps(row + 4 * ld_from), 1);
    }
    for (int i = 0; i < 8; i += 4, to += 4 * ld_to) {
        const vec low = _mm256_unpacklo_ps(a[i], a[i + 1]), next_low = _mm256_unpacklo_ps(a[i + 2], a[i + 3]);
        const vec high = _mm256_unpackhi_ps(a[i], a[i + 1]), next_high = _mm256_unpackhi_ps(a[i + 2], a[i + 3]);
        STORE(to, _mm256_shuffle_ps(low, next_low, 0x44));
        STORE(to + ld_to, _mm256_shuffle_ps(low, next_low, 0xEE));
        STORE(to + 2 * ld_to, _mm256_shuffle_ps(high, next_high, 0x44));
        STORE(to + 3 * ld_to, _mm256_shuffle_ps(high, next_high, 0xEE));
    }
}

#endif
