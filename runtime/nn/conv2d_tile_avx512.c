/* conv2d_tile_avx512.c - tiles of convolutions for machines with AVX-512: 32 registers of 16 numbers. */
#ifdef __x86_64__
#include "nn/conv2d_tile.h"

#include <immintrin.h>

typedef __m512 vec;
#define LOAD(p) _mm512_loadu_ps(p)
#define STORE(p, v) _mm512_storeu_ps(p, v)
#define SPREAD(x) _mm512_set1_ps(x)
#define MULTIPLY_ADD(a, b, c) _mm512_fmadd_ps(a, b, c)
#define SUM(v) _mm512_reduce_add_ps(v)
enum { LANES = 16, ROWS = 8, WIDE = 2, PRODUCT_ROWS = 4, PRODUCT_TAPS = 6 };
#include "nn/conv2d_tile_kernel.h"

const mlp_conv_tiles mlp_conv_tiles_avx512 = { correlate, products };
#endif
