/* tile_kernel.h - included by tile_basic.c, tile_avx2.c, tile_avx512.c and tile_neon.c behind the words of
 * base/vec_*.h; they say how many LANES a register has, how many of them (DOT_WIDE) a tile of `dot` has in a row,
 * how many rows a tile of `outer` has (OUTER_TILE), how many panels a tile of `thin` takes (THIN_WIDE, at most
 * MLP_THIN_PANELS), and how many rows ahead of its use the packed batch is fetched into the first cache (DOT_AHEAD,
 * OUTER_AHEAD; 0: that is left to the processor). Sums stay in registers. */
#include <string.h>

#define INLINE static inline __attribute__((always_inline))

/* Behind the end of an array there is nothing to fetch, which does no harm. */
INLINE void fetch(const float *from, int64_t ahead)
{
    if (ahead > 0) __builtin_prefetch(from + ahead);
}

/* ---- dot ---- */

INLINE void dot_tile(const int rows, const int wide, int64_t n, int64_t k, const float *w, int64_t ldw, const float *x,
                     float *y)
{
    vec sum[MLP_TALL_ROWS][DOT_WIDE];
    for (int r = 0; r < rows; r++)
        for (int v = 0; v < wide; v++) sum[r][v] = SPREAD(0);
    for (int64_t j = 0; j < k; j++, x += n) {
        fetch(x, DOT_AHEAD * n);
        vec b[DOT_WIDE];
        for (int v = 0; v < wide; v++) b[v] = LOAD(x + v * LANES);
        for (int r = 0; r < rows; r++)
            for (int v = 0; v < wide; v++) sum[r][v] = MULTIPLY_ADD(SPREAD(w[r * ldw + j]), b[v], sum[r][v]);
    }
    for (int r = 0; r < rows; r++)
        for (int v = 0; v < wide; v++) STORE(y + r * n + v * LANES, sum[r][v]);
}

INLINE void dot_rows(const int rows, int64_t n, int64_t k, const float *w, int64_t ldw, const float *x, float *y)
{
    int64_t i = 0;
    for (; i + DOT_WIDE * LANES <= n; i += DOT_WIDE * LANES) dot_tile(rows, DOT_WIDE, n, k, w, ldw, x + i, y + i);
    for (; i + 2 * LANES <= n; i += 2 * LANES) dot_tile(rows, 2, n, k, w, ldw, x + i, y + i);
    for (; i + LANES <= n; i += LANES) dot_tile(rows, 1, n, k, w, ldw, x + i, y + i);
}

static void dot(int64_t rows, int64_t n, int64_t k, const float *w, int64_t ldw, const float *x, float *y)
{
    switch (rows) { /* MLP_DOT_ROWS of them, or what is left at the end */
    case 6: dot_rows(6, n, k, w, ldw, x, y); break;
    case 5: dot_rows(5, n, k, w, ldw, x, y); break;
    case 4: dot_rows(4, n, k, w, ldw, x, y); break;
    case 3: dot_rows(3, n, k, w, ldw, x, y); break;
    case 2: dot_rows(2, n, k, w, ldw, x, y); break;
    case 1: dot_rows(1, n, k, w, ldw, x, y); break;
    }
}

/* ---- outer ---- */

enum { OUTER_WIDE = 2 };

/* `tile` rows and OUTER_WIDE registers of columns; those outside of the result are computed and left out. */
INLINE void outer_tile(const int tile, int64_t rows, int64_t columns, int64_t n, const float *a, const float *b,
                       float *c, int64_t ldc)
{
    vec sum[OUTER_TILE][OUTER_WIDE];
    for (int r = 0; r < tile; r++)
        for (int v = 0; v < OUTER_WIDE; v++) sum[r][v] = SPREAD(0);
    for (int64_t i = 0; i < n; i++, a += MLP_OUTER_ROWS, b += MLP_OUTER_COLUMNS) {
        fetch(b, OUTER_AHEAD * MLP_OUTER_COLUMNS);
        vec x[OUTER_WIDE];
        for (int v = 0; v < OUTER_WIDE; v++) x[v] = LOAD(b + v * LANES);
        for (int r = 0; r < tile; r++)
            for (int v = 0; v < OUTER_WIDE; v++) sum[r][v] = MULTIPLY_ADD(SPREAD(a[r]), x[v], sum[r][v]);
    }
    if (rows >= tile && columns >= OUTER_WIDE * LANES) {
        for (int r = 0; r < tile; r++)
            for (int v = 0; v < OUTER_WIDE; v++) STORE(c + r * ldc + v * LANES, sum[r][v]);
        return;
    }
    float whole[OUTER_TILE * OUTER_WIDE * LANES];
    for (int r = 0; r < tile; r++)
        for (int v = 0; v < OUTER_WIDE; v++) STORE(whole + (r * OUTER_WIDE + v) * LANES, sum[r][v]);
    if (columns > OUTER_WIDE * LANES) columns = OUTER_WIDE * LANES;
    for (int64_t r = 0; r < rows && r < tile; r++)
        memcpy(c + r * ldc, whole + r * OUTER_WIDE * LANES, (size_t)columns * sizeof(float));
}

/* Few rows are left at the end of a matrix. */
enum { OUTER_FEW = 4 };

static void outer(int64_t rows, int64_t columns, int64_t n, const float *a, const float *b, float *c, int64_t ldc)
{
    for (int64_t r = 0; r < rows; r += OUTER_TILE)
        for (int64_t j = 0; j < columns; j += OUTER_WIDE * LANES)
            if (rows - r > OUTER_FEW)
                outer_tile(OUTER_TILE, rows - r, columns - j, n, a + r, b + j, c + r * ldc + j, ldc);
            else outer_tile(OUTER_FEW, rows - r, columns - j, n, a + r, b + j, c + r * ldc + j, ldc);
}

/* ---- thin ---- */

INLINE void thin_tile(const int panels, int64_t n, const int32_t *at, const float *a, const float *b, int64_t ldb,
                      float *c)
{
    enum { PANEL = MLP_OUTER_COLUMNS / LANES };
    vec sum[THIN_WIDE][PANEL];
    for (int p = 0; p < panels; p++)
        for (int v = 0; v < PANEL; v++) sum[p][v] = SPREAD(0);
    for (int64_t i = 0; i < n; i++) {
        const vec term = SPREAD(a[i]);
        const float *x[THIN_WIDE]; /* one for each panel, so that all offsets from it are constants */
        for (int p = 0; p < panels; p++) x[p] = b + p * ldb + at[i];
        for (int p = 0; p < panels; p++)
            for (int v = 0; v < PANEL; v++) sum[p][v] = MULTIPLY_ADD(term, LOAD(x[p] + v * LANES), sum[p][v]);
    }
    for (int p = 0; p < panels; p++)
        for (int v = 0; v < PANEL; v++) STORE(c + p * MLP_OUTER_COLUMNS + v * LANES, sum[p][v]);
}

static void thin(int64_t panels, int64_t n, const int32_t *at, const float *a, const float *b, int64_t ldb, float *c)
{
    int64_t p = 0;
    for (; p + THIN_WIDE <= panels; p += THIN_WIDE)
        thin_tile(THIN_WIDE, n, at, a, b + p * ldb, ldb, c + p * MLP_OUTER_COLUMNS);
    for (; p < panels; p++) thin_tile(1, n, at, a, b + p * ldb, ldb, c + p * MLP_OUTER_COLUMNS);
}
