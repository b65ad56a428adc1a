/* tile.h - the innermost loops of the products in an MLP's step: small tiles of a result, kept in registers.
 *
 * Each element is one sum in the order of its terms. Kernels with NEON, AVX2 and AVX-512 use fused multiply-adds and
 * give the same bits as each other; the others round twice. */
#ifndef MLP_TILE_H
#define MLP_TILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    MLP_DOT_ROWS = 6,   /* rows of a tile of `dot`: few, because rows of a weight lie at the same place of the cache */
    MLP_DOT_LANES = 16, /* its columns are padded to a multiple of this */
    MLP_TALL_ROWS = 12, /* of `tall`: for caches with as many lines at a place */
    MLP_TALL_LANES = 32,
    MLP_OUTER_ROWS = 12, /* of a tile of `outer` */
    MLP_OUTER_COLUMNS = 32,
    MLP_THIN_PANELS = 4, /* panels of MLP_OUTER_COLUMNS columns that `thin` takes at once, at most */
    MLP_LINE = 16,       /* numbers that are fetched at once: a line of the caches */
};

typedef struct mlp_tiles {
    /* y[r][i] = sum over j < k of w[r * ldw + j] * x[j][i], for r < rows <= MLP_DOT_ROWS and i < n, a multiple of
     * MLP_DOT_LANES. x and y have n columns. */
    void (*dot)(int64_t rows, int64_t n, int64_t k, const float *w, int64_t ldw, const float *x, float *y);
    /* The same for rows <= MLP_TALL_ROWS and n <= MLP_TALL_LANES, with half as many readings of x where both are that;
     * NULL where there are too few registers. Worth while where mlp_cpu_cache().first_ways >= MLP_TALL_ROWS. */
    void (*tall)(int64_t rows, int64_t n, int64_t k, const float *w, int64_t ldw, const float *x, float *y);
    /* c[r * ldc + j] = sum over i < n of a[i][r] * b[i][j], for r < rows <= MLP_OUTER_ROWS and j < columns <=
     * MLP_OUTER_COLUMNS. a has MLP_OUTER_ROWS columns and b has MLP_OUTER_COLUMNS. */
    void (*outer)(int64_t rows, int64_t columns, int64_t n, const float *a, const float *b, float *c, int64_t ldc);
    /* A row of the same of which few terms are left, in panels of MLP_OUTER_COLUMNS columns, in b ldb apart:
     * c[p * MLP_OUTER_COLUMNS + j] = sum over i < n of a[i] * b[p * ldb + at[i] + j], for p < panels. */
    void (*thin)(int64_t panels, int64_t n, const int32_t *at, const float *a, const float *b, int64_t ldb, float *c);
    /* Whether what a row of `thin` is used with is to be fetched while it is made: some processors do so in time. */
    bool fetch_near;
} mlp_tiles;

/* The fastest ones for this machine (mlp_cpu). Valid for ever. */
const mlp_tiles *mlp_tiles_best(void);

extern const mlp_tiles mlp_tiles_plain; /* the definition */
extern const mlp_tiles mlp_tiles_basic;
#ifdef __x86_64__
extern const mlp_tiles mlp_tiles_avx2, mlp_tiles_avx512;
#elif defined(__aarch64__)
extern const mlp_tiles mlp_tiles_neon;
#endif

#endif
