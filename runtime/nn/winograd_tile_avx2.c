/* winograd_tile_avx2.c - minimal filtering for machines with AVX2 and FMA: 16 registers of 8 numbers. */
#ifdef __x86_64__
#include "nn/winograd_tile_private.h"

#include <immintrin.h>

typedef __m256 vec;
#define LOAD(p) _mm256_loadu_ps(p)
#define STORE(p, v) _mm256_storeu_ps(p, v)
#define SPREAD(x) _mm256_set1_ps(x)
#define MULTIPLY_ADD(a, b, c) _mm256_fmadd_ps(a, b, c)
#define LOW(a, b) __builtin_shufflevector(a, b, 0, 8, 1, 9, 2, 10, 3, 11)
#define HIGH(a, b) __builtin_shufflevector(a, b, 4, 12, 5, 13, 6, 14, 7, 15)
enum { WIDTH = 8, ROWS = 4, WIDE = 2 };
#include "nn/winograd_tile_kernel.h"

const mlp_winograd_tiles mlp_winograd_tiles_avx2 = { gather, scatter, forward,     spread,
                                                     back,   window,  window_back, products };
#endif
