/* tile_avx2.c - tiles for machines with AVX2 and FMA: 16 registers of 8 numbers. */
#ifdef __x86_64__
#include "tensor/tile.h"

#include <immintrin.h>

typedef __m256 vec;
#define LOAD(p) _mm256_loadu_ps(p)
#define STORE(p, v) _mm256_storeu_ps(p, v)
#define SPREAD(x) _mm256_set1_ps(x)
#define MULTIPLY_ADD(a, b, c) _mm256_fmadd_ps(a, b, c)
enum { LANES = 8, DOT_WIDE = 2, OUTER_TILE = 6 };
#include "tensor/tile_kernel.h"

const mlp_tiles mlp_tiles_avx2 = { dot, outer };
#endif
