/* winograd_tile_private.h - the transforms of Winograd's minimal filtering F(4x4, 3x3), and its products for the
 * gradient of a weight. Private to nn/.
 *
 * 4x4 results of a window of 3x3 are A' [(G w G') * (B' x B)] A, for a 6x6 piece x of the picture: 36 multiplications
 * instead of 144. The matrices are Toom's and Cook's for the points 0, +-11/16, +-3/2 and infinity. The usual 0, +-1,
 * +-2 need fewer constants, and double the error: these lie around 1, so that no power of them is large or small.
 *
 * Numbers of 16 channels lie side by side. An array of transforms has 36 planes, `plane` numbers apart. */
#ifndef MLP_WINOGRAD_TILE_PRIVATE_H
#define MLP_WINOGRAD_TILE_PRIVATE_H

#include <stdbool.h>
#include <stdint.h>

enum {
    MLP_WINOGRAD_LANES = 16, /* channels side by side */
    MLP_WINOGRAD_OUT = 4,    /* rows and columns of results that a piece gives */
    MLP_WINOGRAD_IN = 6,     /* of the piece */
    MLP_WINOGRAD_PLANES = 36,
};

#define MLP_WINOGRAD_A 0.6875F
#define MLP_WINOGRAD_B 1.5F

/* Pictures here are rows of `pitch` pixels of 16 channels. */
typedef struct mlp_winograd_tiles {
    /* Between 16 channels, `ld` numbers apart, and 16 pixels of 16 channels: a square and its transpose. */
    void (*gather)(const float *channels, int64_t ld, float *pixels);
    void (*scatter)(const float *pixels, float *channels, int64_t ld);
    /* B' x B of the piece at x. */
    void (*forward)(const float *x, int64_t pitch, float *v, int64_t plane);
    /* A dy A' of the 4x4 places at dy: the transpose of `back`. */
    void (*spread)(const float *dy, int64_t pitch, float *d, int64_t plane);
    /* bias + A' m A, its 4x4 places to y. */
    void (*back)(const float *m, int64_t plane, const float *bias, float *y, int64_t pitch);
    /* G w G' of windows of 3x3, w[i] being 16 of their i-th numbers; and G' u G, its transpose. */
    void (*window)(const float *w, float *u, int64_t plane);
    void (*window_back)(const float *u, int64_t plane, float *w);
    /* u[o * c + i] = the sum over t of d[t * o_all + o] * v[t * c + i], plus what was there when `add`; o_all and c are
     * multiples of 16. */
    void (*products)(bool add, int64_t tiles, int64_t o_all, int64_t c, const float *d, const float *v, float *u);
} mlp_winograd_tiles;

/* The fastest ones for this machine (mlp_cpu). Valid for ever. */
const mlp_winograd_tiles *mlp_winograd_tiles_best(void);

extern const mlp_winograd_tiles mlp_winograd_tiles_plain; /* the definition */
extern const mlp_winograd_tiles mlp_winograd_tiles_basic;
#ifdef __x86_64__
extern const mlp_winograd_tiles mlp_winograd_tiles_avx2, mlp_winograd_tiles_avx512;
#elif defined(__aarch64__)
extern const mlp_winograd_tiles mlp_winograd_tiles_neon;
#endif

#endif
