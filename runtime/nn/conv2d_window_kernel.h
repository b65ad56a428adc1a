/* conv2d_window_kernel.h - included behind conv2d_tile_kernel.h: windows of 3x3 on one channel at a time, for depthwise
 * convolutions. A row of the picture is read once for all rows of the result that a tile makes of it. */

enum { WINDOW_ROWS = 4, SUMMED = 128 /* rows whose products a lane adds in f32 */ };

/* The first n numbers of a register, of which there may be more. */
INLINE void put(float *to, vec v, int64_t n)
{
    if (n >= LANES) STORE(to, v);
    else STORE_FIRST(to, v, n);
}

/* Row i of the picture, times the windows' rows that lie on it. */
INLINE void window_row(const int i, const int rows, const int step, const vec *w, const int64_t *at, const float *x,
                       vec *sum)
{
    for (int j = 0; j < 3; j++) {
        const vec b = LOAD(x + at[j]);
        for (int r = 0; r < rows; r++)
            if (i >= r * step && i < r * step + 3) sum[r] = MULTIPLY_ADD(w[3 * (i - r * step) + j], b, sum[r]);
    }
}

INLINE void window_tile(const int rows, const int step, int64_t n, const vec *w, const int64_t *at, const float *x,
                        int64_t ldx, float bias, float *y, int64_t ldy)
{
    for (int64_t q = 0; q < n; q += LANES) {
        vec sum[WINDOW_ROWS];
        for (int r = 0; r < rows; r++) sum[r] = SPREAD(bias);
        window_row(0, rows, step, w, at, x + q, sum);
        window_row(1, rows, step, w, at, x + q + ldx, sum);
        window_row(2, rows, step, w, at, x + q + 2 * ldx, sum);
        if (rows > 1) {
            window_row(3, rows, step, w, at, x + q + 3 * ldx, sum);
            if (step > 1 || rows > 2) window_row(4, rows, step, w, at, x + q + 4 * ldx, sum);
            if (step == 1 && rows > 3) window_row(5, rows, step, w, at, x + q + 5 * ldx, sum);
        }
        for (int r = 0; r < rows; r++) put(y + r * ldy + q, sum[r], n - q);
    }
}

static void window(int64_t rows, int64_t n, int64_t step, const float *w, const int64_t *at, const float *x,
                   int64_t ldx, float bias, float *y, int64_t ldy)
{
    vec v[9];
    int64_t r = 0;
    for (int k = 0; k < 9; k++) v[k] = SPREAD(w[k]);
    if (step == 1) {
        for (; r + 4 <= rows; r += 4) window_tile(4, 1, n, v, at, x + r * ldx, ldx, bias, y + r * ldy, ldy);
        for (; r < rows; r++) window_tile(1, 1, n, v, at, x + r * ldx, ldx, bias, y + r * ldy, ldy);
    } else {
        for (; r + 2 <= rows; r += 2) window_tile(2, 2, n, v, at, x + 2 * r * ldx, ldx, bias, y + r * ldy, ldy);
        for (; r < rows; r++) window_tile(1, 2, n, v, at, x + 2 * r * ldx, ldx, bias, y + r * ldy, ldy);
    }
}

/* ---- sums ---- */

/* Down the rows of a register of places, a row of the picture times the three rows of dy that it meets. */
INLINE void sums_of_neighbours(int64_t rows, const int64_t *at, const float *x, int64_t ldx, const float *dy,
                               int64_t ldy, vec *sum)
{
    vec d[3] = { SPREAD(0), SPREAD(0), SPREAD(0) };
    for (int64_t i = 0; i < rows + 2; i++, x += ldx, dy += ldy) {
        d[2] = d[1], d[1] = d[0];
        d[0] = i < rows ? LOAD(dy) : SPREAD(0);
        for (int j = 0; j < 3; j++) {
            const vec b = LOAD(x + at[j]);
            for (int k = 0; k < 3; k++) sum[3 * k + j] = MULTIPLY_ADD(d[k], b, sum[3 * k + j]);
        }
        sum[9] = sum[9] + d[0];
    }
}

INLINE void sums_of_steps(int64_t rows, const int64_t *at, const float *x, int64_t ldx, const float *dy, int64_t ldy,
                          vec *sum)
{
    for (int64_t r = 0; r < rows; r++, x += 2 * ldx, dy += ldy) {
        const vec d = LOAD(dy);
        for (int k = 0; k < 3; k++)
            for (int j = 0; j < 3; j++) sum[3 * k + j] = MULTIPLY_ADD(d, LOAD(x + k * ldx + at[j]), sum[3 * k + j]);
        sum[9] = sum[9] + d;
    }
}

static void window_sums(int64_t rows, int64_t n, int64_t step, const int64_t *at, const float *x, int64_t ldx,
                        const float *dy, int64_t ldy, double *sums)
{
    for (int64_t q = 0; q < n;) {
        vec sum[MLP_CONV_WINDOW_SUMS];
        for (int k = 0; k < MLP_CONV_WINDOW_SUMS; k++) sum[k] = SPREAD(0);
        for (int64_t some = 0; some < SUMMED && q < n; some += rows, q += LANES)
            if (step == 1) sums_of_neighbours(rows, at, x + q, ldx, dy + q, ldy, sum);
            else sums_of_steps(rows, at, x + q, ldx, dy + q, ldy, sum);
        for (int k = 0; k < MLP_CONV_WINDOW_SUMS; k++) sums[k] += (double)SUM(sum[k]);
    }
}

/* ---- twice as many places ---- */

/* A row of y of an even and an odd column by turns. */
INLINE void spread_row(int64_t n, const float *w, const vec x[4], float *y)
{
    vec sum[2];
    for (int b = 0; b < 2; b++, w += 4) {
        sum[b] = SPREAD(w[0]) * x[0];
        for (int k = 1; k < 4; k++) sum[b] = MULTIPLY_ADD(SPREAD(w[k]), x[k], sum[b]);
    }
    put(y, LOW(sum[0], sum[1]), n);
    if (n > LANES) put(y + LANES, HIGH(sum[0], sum[1]), n - LANES);
}

static void spread(int64_t rows, int64_t n, const float *w, const float *x, int64_t ldx, float *y, int64_t ldy)
{
    for (int64_t r = 0; r < rows; r += 2, x += ldx, y += 2 * ldy)
        for (int64_t q = 0; q < n; q += 2 * LANES) {
            const float *at = x + q / 2;
            const vec v[4] = { LOAD(at), LOAD(at + 1), LOAD(at + ldx), LOAD(at + ldx + 1) };
            spread_row(n - q, w, v, y + q);
            if (r + 1 < rows) spread_row(n - q, w + 8, v, y + ldy + q);
        }
}

/* All of these kernels. */
#define TILES                                                                                                          \
    {                                                                                                                  \
        correlate, products, lanes, MOST_LANES, gather, scatter, take, join, split, relu, relu_back, window,           \
            window_sums, spread                                                                                        \
    }
