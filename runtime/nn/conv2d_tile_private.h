/* conv2d_tile_private.h - the innermost loops of convolutions in f32: small tiles of a result, kept in registers.
 * Private to nn/.
 *
 * A picture lies in memory so that what weight k is multiplied by at place q is x[at[k] + q]: the columns that a
 * convolution is a product with are runs of the picture itself, and are not copied. */
#ifndef MLP_CONV2D_TILE_PRIVATE_H
#define MLP_CONV2D_TILE_PRIVATE_H

#include <stdbool.h>
#include <stdint.h>

enum {
    MLP_CONV_ROWS = 8,   /* output channels of a tile */
    MLP_CONV_LANES = 16, /* runs of places are padded to a multiple of this */
};

/* Rows of a tile of `correlate` for what is left of the channels. */
static inline int64_t mlp_conv_tile_rows(int64_t left)
{
    return left > 4 ? MLP_CONV_ROWS : left > 2 ? 4 : left;
}

typedef struct mlp_conv_tiles {
    /* y[r * ldy + q] = bias[r] + sum over j < k of w[j * rows + r] * x[at[j] + q], for r < rows, which is 1, 2, 4 or
     * MLP_CONV_ROWS, and q < n, a multiple of MLP_CONV_LANES; with relu max(0, that), where NaN stays. */
    void (*correlate)(int64_t rows, int64_t n, int64_t k, const float *w, const int64_t *at, const float *x,
                      const float *bias, bool relu, float *y, int64_t ldy);
    /* dw[r * k + j] += sum over q < n of dy[r * ldy + q] * x[at[j] + q], for r < rows and j < k; n as above. */
    void (*products)(int64_t rows, int64_t n, int64_t k, const float *dy, int64_t ldy, const int64_t *at,
                     const float *x, float *dw);
    /* Channels of a result side by side, `wide` of them, which is 16 or block:
     * y[i * wide + o] = start[i * ld_start + o] + sum over j < k of w[j * wide + o] * x[place[i] + at[j]], for i < n.
     */
    void (*lanes)(int64_t wide, int64_t n, const int64_t *place, int64_t k, const int64_t *at, const float *x,
                  const float *w, const float *start, int64_t ld_start, float *y);
    int64_t block; /* numbers of a tile side by side: the most lanes, and places enough for `correlate` */
    /* n places of channels, ld apart, to places with channels side by side, `wide` of them, of which those that are
     * missing are 0; and back. */
    void (*gather)(int64_t channels, int64_t n, const float *from, int64_t ld, float *to, int64_t wide);
    void (*scatter)(int64_t channels, int64_t n, const float *from, int64_t wide, float *to, int64_t ld);
    /* n numbers of each row, `step` apart in `from`: to[r * ld_to + q] = from[r * ld_from + q * step]. */
    void (*take)(int64_t rows, int64_t n, const float *from, int64_t ld_from, int64_t step, float *to, int64_t ld_to);
    /* Rows of n numbers, by turns from even and odd ones: to[r * ld_to + 2 q] = even[r * ld_from + q], and 2 q + 1. */
    void (*join)(int64_t rows, int64_t n, const float *even, const float *odd, int64_t ld_from, float *to,
                 int64_t ld_to);
    /* The other way: even[r * ld_to + q] = from[r * ld_from + 2 q], and odd those between; n numbers of a row. */
    void (*split)(int64_t rows, int64_t n, const float *from, int64_t ld_from, float *even, float *odd, int64_t ld_to);
    /* max(0, y) in place of y[r * ldy + q] for r < rows, q < n; NaN stays. */
    void (*relu)(int64_t rows, int64_t n, float *y, int64_t ldy);
    /* The gradient before it: to[r * ld_to + q] = dy[r * ld + q], or 0 where that place of y is at most 0. */
    void (*relu_back)(int64_t rows, int64_t n, const float *y, const float *dy, int64_t ld, float *to, int64_t ld_to);

    /* Windows of 3x3 on one padded channel, whose number (i, j) at place (r, q) is x[(r * step + i) * ldx + at[j] + q].
     * Rows of x are read to a multiple of MLP_CONV_LANES places; n may be any number. */

    /* y[r * ldy + q] = bias + sum of w[3 i + j] times that, for q < n. */
    void (*window)(int64_t rows, int64_t n, int64_t step, const float *w, const int64_t *at, const float *x,
                   int64_t ldx, float bias, float *y, int64_t ldy);
    /* sums[3 i + j] += sum over r, q < n of dy[r * ldy + q] times that, and sums[9] += that of dy. n is a multiple of
     * MLP_CONV_LANES. */
    void (*window_sums)(int64_t rows, int64_t n, int64_t step, const int64_t *at, const float *x, int64_t ldx,
                        const float *dy, int64_t ldy, double *sums);
    /* Twice as many rows and columns: number (2 r + a, 2 q + b) of y is the sum of w[8 a + 4 b + 2 i + j] times
     * x[(r + i) * ldx + q + j] for i, j < 2. y has rows x n numbers. */
    void (*spread)(int64_t rows, int64_t n, const float *w, const float *x, int64_t ldx, float *y, int64_t ldy);
} mlp_conv_tiles;

/* Numbers that window_sums adds to. */
enum { MLP_CONV_WINDOW_SUMS = 10 };

/* Lanes of a tile with so many channels side by side: 16 or a block, where that leaves no more of them empty. */
int64_t mlp_conv_tile_lanes(const mlp_conv_tiles *tiles, int64_t channels);

/* The fastest ones for this machine (mlp_cpu). Valid for ever. */
const mlp_conv_tiles *mlp_conv_tiles_best(void);

/* The same for rows of so many places: 8 of them fill registers of 8 numbers, and leave half of one of 16 empty. */
const mlp_conv_tiles *mlp_conv_tiles_for(int64_t places);

extern const mlp_conv_tiles mlp_conv_tiles_plain; /* the definition */
extern const mlp_conv_tiles mlp_conv_tiles_basic;
#ifdef __x86_64__
extern const mlp_conv_tiles mlp_conv_tiles_avx2, mlp_conv_tiles_avx512;
#elif defined(__aarch64__)
extern const mlp_conv_tiles mlp_conv_tiles_neon;
#endif

#endif
