/* tile_avx512.c - tiles for machines with AVX-512: 32 registers of 16 numbers. */
#ifdef __x86_64__
#include "tensor/tile.h"

#include <immintrin.h>

typedef __m512 vec;
#define LOAD(p) _mm512_loadu_ps(p)
#define STORE(p, v) _mm512_storeu_ps(p, v)
#define SPREAD(x) _mm512_set1_ps(x)
#define MULTIPLY_ADD(a, b, c) _mm512_fmadd_ps(a, b, c)
enum { LANES = 16, DOT_WIDE = 4, OUTER_TILE = 12 };
#include "tensor/tile_kernel.h"

const mlp_tiles mlp_tiles_avx512 = { dot, outer };
#endif
