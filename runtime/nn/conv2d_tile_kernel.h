/* conv2d_tile_kernel.h - included by conv2d_tile_basic.c, _avx2.c, _avx512.c and _neon.c behind the words of
 * base/vec_*.h; they say how many LANES a register has, and the tiles that fit into the registers: ROWS x WIDE of
 * `correlate`, PRODUCT_ROWS x PRODUCT_TAPS of `products`. Sums stay in registers. */

#define INLINE static inline __attribute__((always_inline))

/* ---- correlate ---- */

enum { MOST_WIDE = 8 };

/* `rows` rows out of packed ones that have ldw, and `wide` registers of places. */
INLINE void correlate_tile(const int rows, const int wide, const int ldw, int64_t k, const float *w, const int64_t *at,
                           const float *x, const float *bias, bool relu, float *y, int64_t ldy)
{
    vec sum[MLP_CONV_ROWS][MOST_WIDE];
    for (int r = 0; r < rows; r++)
        for (int v = 0; v < wide; v++) sum[r][v] = SPREAD(bias[r]);
    for (int64_t j = 0; j < k; j++, w += ldw) {
        const float *from = x + at[j];
        vec b[MOST_WIDE];
        for (int v = 0; v < wide; v++) b[v] = LOAD(from + v * LANES);
        for (int r = 0; r < rows; r++)
            for (int v = 0; v < wide; v++) sum[r][v] = MULTIPLY_ADD(SPREAD(w[r]), b[v], sum[r][v]);
    }
    if (relu)
        for (int r = 0; r < rows; r++)
            for (int v = 0; v < wide; v++) sum[r][v] = WHERE_POSITIVE(sum[r][v], sum[r][v]);
    for (int r = 0; r < rows; r++)
        for (int v = 0; v < wide; v++) STORE(y + r * ldy + v * LANES, sum[r][v]);
}

/* All places for `rows` rows at a time of `of`. */
INLINE void correlate_rows(const int rows, const int of, const int wide, int64_t n, int64_t k, const float *w,
                           const int64_t *at, const float *x, const float *bias, bool relu, float *y, int64_t ldy)
{
    for (int64_t q = 0; q < n;) {
        const int64_t left = (n - q) / LANES;
        const int some = left >= wide ? wide : left >= 4 && wide > 4 ? 4 : left >= 2 && wide > 2 ? 2 : 1;
        for (int r = 0; r < of; r += rows)
            if (some == wide) correlate_tile(rows, wide, of, k, w + r, at, x + q, bias + r, relu, y + r * ldy + q, ldy);
            else if (some == 4) correlate_tile(rows, 4, of, k, w + r, at, x + q, bias + r, relu, y + r * ldy + q, ldy);
            else if (some == 2) correlate_tile(rows, 2, of, k, w + r, at, x + q, bias + r, relu, y + r * ldy + q, ldy);
            else correlate_tile(rows, 1, of, k, w + r, at, x + q, bias + r, relu, y + r * ldy + q, ldy);
        q += some * LANES;
    }
}

static void correlate(int64_t rows, int64_t n, int64_t k, const float *w, const int64_t *at, const float *x,
                      const float *bias, bool relu, float *y, int64_t ldy)
{
    switch (rows) {
    case 8: correlate_rows(ROWS, 8, WIDE, n, k, w, at, x, bias, relu, y, ldy); break;
    case 4: correlate_rows(4, 4, FOUR_WIDE, n, k, w, at, x, bias, relu, y, ldy); break;
    case 2: correlate_rows(2, 2, 4, n, k, w, at, x, bias, relu, y, ldy); break;
    case 1: correlate_rows(1, 1, MOST_WIDE, n, k, w, at, x, bias, relu, y, ldy); break;
    }
}

/* ---- products ---- */

INLINE void products_tile(const int rows, const int taps, int64_t n, int64_t k, const float *dy, int64_t ldy,
                          const int64_t *at, const float *x, float *dw)
{
    vec sum[PRODUCT_ROWS][PRODUCT_TAPS];
    const float *from[PRODUCT_TAPS];
    for (int j = 0; j < taps; j++) from[j] = x + at[j];
    for (int r = 0; r < rows; r++)
        for (int j = 0; j < taps; j++) sum[r][j] = SPREAD(0);
    for (int64_t q = 0; q < n; q += LANES) {
        vec a[PRODUCT_ROWS];
        for (int r = 0; r < rows; r++) a[r] = LOAD(dy + r * ldy + q);
        for (int j = 0; j < taps; j++) {
            const vec b = LOAD(from[j] + q);
            for (int r = 0; r < rows; r++) sum[r][j] = MULTIPLY_ADD(a[r], b, sum[r][j]);
        }
    }
    for (int r = 0; r < rows; r++)
        for (int j = 0; j < taps; j++) dw[r * k + j] += SUM(sum[r][j]);
}

INLINE void products_rows(const int rows, int64_t n, int64_t k, const float *dy, int64_t ldy, const int64_t *at,
                          const float *x, float *dw)
{
    int64_t j = 0;
    for (; j + PRODUCT_TAPS <= k; j += PRODUCT_TAPS)
        products_tile(rows, PRODUCT_TAPS, n, k, dy, ldy, at + j, x, dw + j);
    for (; j + 3 <= k; j += 3) products_tile(rows, 3, n, k, dy, ldy, at + j, x, dw + j);
    for (; j < k; j++) products_tile(rows, 1, n, k, dy, ldy, at + j, x, dw + j);
}

static void products(int64_t rows, int64_t n, int64_t k, const float *dy, int64_t ldy, const int64_t *at,
                     const float *x, float *dw)
{
    int64_t r = 0;
    for (; r + PRODUCT_ROWS <= rows; r += PRODUCT_ROWS)
        products_rows(PRODUCT_ROWS, n, k, dy + r * ldy, ldy, at, x, dw + r * k);
    if (PRODUCT_ROWS > 2 && r + 2 <= rows) {
        products_rows(2, n, k, dy + r * ldy, ldy, at, x, dw + r * k);
        r += 2;
    }
    for (; r < rows; r++) products_rows(1, n, k, dy + r * ldy, ldy, at, x, dw + r * k);
}

/* ---- rows ---- */

#ifndef LOAD_FIRST
#define LOAD_FIRST(p, n) load_first(p, n)
#define STORE_FIRST(p, v, n) store_first(p, v, n)
INLINE vec load_first(const float *p, int64_t n)
{
    float part[LANES] = { 0 };
    for (int64_t q = 0; q < n; q++) part[q] = p[q];
    return LOAD(part);
}

INLINE void store_first(float *p, vec v, int64_t n)
{
    float part[LANES];
    STORE(part, v);
    for (int64_t q = 0; q < n; q++) p[q] = part[q];
}
#endif

INLINE void take_row(const int step, int64_t n, const float *from, float *to)
{
    int64_t q = 0;
    for (; q + LANES <= n && step == 1; q += LANES) STORE(to + q, LOAD(from + q));
    for (; q + LANES <= n && step == 2; q += LANES) /* what is read ends with a number of the row */
        STORE(to + q, EVEN_ODD(LOAD(from + 2 * q), LOAD(from + 2 * q + LANES - 1)));
    if (step == 1 && q < n) STORE_FIRST(to + q, LOAD_FIRST(from + q, n - q), n - q);
    for (; q < n && step > 1; q++) to[q] = from[q * step];
}

static void take(int64_t rows, int64_t n, const float *from, int64_t ld_from, int64_t step, float *to, int64_t ld_to)
{
    for (int64_t r = 0; r < rows; r++, from += ld_from, to += ld_to) {
        if (step == 1) take_row(1, n, from, to);
        else if (step == 2) take_row(2, n, from, to);
        else
            for (int64_t q = 0; q < n; q++) to[q] = from[q * step];
    }
}

static void relu(int64_t rows, int64_t n, float *y, int64_t ldy)
{
    for (int64_t r = 0; r < rows; r++, y += ldy) {
        int64_t q = 0;
        for (; q + LANES <= n; q += LANES) STORE(y + q, WHERE_POSITIVE(LOAD(y + q), LOAD(y + q)));
        if (q < n) {
            const vec rest = LOAD_FIRST(y + q, n - q);
            STORE_FIRST(y + q, WHERE_POSITIVE(rest, rest), n - q);
        }
    }
}

static void relu_back(int64_t rows, int64_t n, const float *y, const float *dy, int64_t ld, float *to, int64_t ld_to)
{
    for (int64_t r = 0; r < rows; r++, y += ld, dy += ld, to += ld_to) {
        int64_t q = 0;
        for (; q + LANES <= n; q += LANES) STORE(to + q, WHERE_POSITIVE(LOAD(y + q), LOAD(dy + q)));
        if (q < n) STORE_FIRST(to + q, WHERE_POSITIVE(LOAD_FIRST(y + q, n - q), LOAD_FIRST(dy + q, n - q)), n - q);
    }
}

static void join(int64_t rows, int64_t n, const float *even, const float *odd, int64_t ld_from, float *to,
                 int64_t ld_to)
{
    for (int64_t r = 0; r < rows; r++, even += ld_from, odd += ld_from, to += ld_to) {
        int64_t q = 0;
        for (; q + 2 * LANES <= n; q += 2 * LANES) {
            const vec a = LOAD(even + q / 2), b = LOAD(odd + q / 2);
            STORE(to + q, LOW(a, b));
            STORE(to + q + LANES, HIGH(a, b));
        }
        for (; q < n; q++) to[q] = (q % 2 ? odd : even)[q / 2];
    }
}

static void split(int64_t rows, int64_t n, const float *from, int64_t ld_from, float *even, float *odd, int64_t ld_to)
{
    for (int64_t r = 0; r < rows; r++, from += ld_from, even += ld_to, odd += ld_to) {
        int64_t q = 0;
        for (; q + 2 * LANES <= n; q += 2 * LANES) {
            const vec a = LOAD(from + q), b = LOAD(from + q + LANES);
            STORE(even + q / 2, EVEN(a, b));
            STORE(odd + q / 2, ODD(a, b));
        }
        for (; q < n; q++) (q % 2 ? odd : even)[q / 2] = from[q];
    }
}
