/* winograd_tile_kernel.h - included by winograd_tile_basic.c, _avx2.c, _avx512.c and _neon.c behind the words of
 * base/vec_*.h; they say how many lanes (WIDTH) a register has, and how many ROWS x WIDE sums of products fit into the
 * registers. */

#define INLINE static inline __attribute__((always_inline))

enum { LANES = MLP_WINOGRAD_LANES, OUT = MLP_WINOGRAD_OUT, IN = MLP_WINOGRAD_IN };

/* ---- squares ---- */

#include "nn/turn_kernel.h"

static void gather(const float *channels, int64_t ld, float *pixels)
{
    for (int c = 0; c < LANES; c += WIDTH)
        for (int p = 0; p < LANES; p += WIDTH) TURN(channels + c * ld + p, ld, pixels + p * LANES + c, LANES);
}

static void scatter(const float *pixels, float *channels, int64_t ld)
{
    for (int c = 0; c < LANES; c += WIDTH)
        for (int p = 0; p < LANES; p += WIDTH) TURN(pixels + p * LANES + c, LANES, channels + c * ld + p, ld);
}

/* ---- transforms ---- */

#define A MLP_WINOGRAD_A
#define B MLP_WINOGRAD_B

/* The points +-p share what is even and what is odd in them. */
INLINE void pair(vec even, vec odd, float p, vec *plus, vec *minus)
{
    *plus = MULTIPLY_ADD(SPREAD(p), odd, even);
    *minus = MULTIPLY_ADD(SPREAD(-p), odd, even);
}

/* B' d */
INLINE void forward_6(const vec d[IN], vec v[IN])
{
    const vec aa = SPREAD(-A * A), bb = SPREAD(-B * B), both = SPREAD(-(A * A + B * B)),
              product = SPREAD(A * A * B * B);
    v[0] = MULTIPLY_ADD(product, d[0], MULTIPLY_ADD(both, d[2], d[4]));
    pair(MULTIPLY_ADD(bb, d[2], d[4]), MULTIPLY_ADD(bb, d[1], d[3]), A, &v[1], &v[2]);
    pair(MULTIPLY_ADD(aa, d[2], d[4]), MULTIPLY_ADD(aa, d[1], d[3]), B, &v[3], &v[4]);
    v[5] = MULTIPLY_ADD(product, d[1], MULTIPLY_ADD(both, d[3], d[5]));
}

/* A d: the polynomial with these coefficients at each point */
INLINE void spread_4(const vec d[OUT], vec v[IN])
{
    v[0] = d[0];
    pair(MULTIPLY_ADD(SPREAD(A * A), d[2], d[0]), MULTIPLY_ADD(SPREAD(A * A), d[3], d[1]), A, &v[1], &v[2]);
    pair(MULTIPLY_ADD(SPREAD(B * B), d[2], d[0]), MULTIPLY_ADD(SPREAD(B * B), d[3], d[1]), B, &v[3], &v[4]);
    v[5] = d[3];
}

/* A' m */
INLINE void back_6(const vec m[IN], vec y[OUT])
{
    const vec even_a = m[1] + m[2], odd_a = m[1] - m[2], even_b = m[3] + m[4], odd_b = m[3] - m[4];
    y[0] = m[0] + even_a + even_b;
    y[1] = MULTIPLY_ADD(SPREAD(A), odd_a, SPREAD(B) * odd_b);
    y[2] = MULTIPLY_ADD(SPREAD(A * A), even_a, SPREAD(B * B) * even_b);
    y[3] = MULTIPLY_ADD(SPREAD(A * A * A), odd_a, MULTIPLY_ADD(SPREAD(B * B * B), odd_b, m[5]));
}

/* What the rows of G are divided by: the product of a point's differences from the others. */
#define AT_0 (A * A * B * B)
#define AT_A (2 * A * A * (A * A - B * B))
#define AT_B (2 * B * B * (B * B - A * A))

/* G w */
INLINE void window_3(const vec w[3], vec u[IN])
{
    u[0] = SPREAD(1 / AT_0) * w[0];
    pair(SPREAD(1 / AT_A) * MULTIPLY_ADD(SPREAD(A * A), w[2], w[0]), SPREAD(1 / AT_A) * w[1], A, &u[1], &u[2]);
    pair(SPREAD(1 / AT_B) * MULTIPLY_ADD(SPREAD(B * B), w[2], w[0]), SPREAD(1 / AT_B) * w[1], B, &u[3], &u[4]);
    u[5] = w[2];
}

/* G' u */
INLINE void window_back_6(const vec u[IN], vec w[3])
{
    const vec even_a = u[1] + u[2], odd_a = u[1] - u[2], even_b = u[3] + u[4], odd_b = u[3] - u[4];
    w[0] = MULTIPLY_ADD(SPREAD(1 / AT_0), u[0], MULTIPLY_ADD(SPREAD(1 / AT_A), even_a, SPREAD(1 / AT_B) * even_b));
    w[1] = MULTIPLY_ADD(SPREAD(A / AT_A), odd_a, SPREAD(B / AT_B) * odd_b);
    w[2] = MULTIPLY_ADD(SPREAD(A * A / AT_A), even_a, MULTIPLY_ADD(SPREAD(B * B / AT_B), even_b, u[5]));
}

static void forward(const float *x, int64_t pitch, float *v, int64_t plane)
{
    for (int c = 0; c < LANES; c += WIDTH) {
        vec d[IN], half[IN][IN], column[IN];
        for (int j = 0; j < IN; j++) {
            for (int i = 0; i < IN; i++) d[i] = LOAD(x + (i * pitch + j) * LANES + c);
            forward_6(d, column);
            for (int i = 0; i < IN; i++) half[i][j] = column[i];
        }
        for (int i = 0; i < IN; i++) {
            forward_6(half[i], d);
            for (int j = 0; j < IN; j++) STORE(v + (i * IN + j) * plane + c, d[j]);
        }
    }
}

static void spread(const float *dy, int64_t pitch, float *to, int64_t plane)
{
    for (int c = 0; c < LANES; c += WIDTH) {
        vec d[IN], half[IN][OUT], column[IN];
        for (int j = 0; j < OUT; j++) {
            for (int i = 0; i < OUT; i++) d[i] = LOAD(dy + (i * pitch + j) * LANES + c);
            spread_4(d, column);
            for (int i = 0; i < IN; i++) half[i][j] = column[i];
        }
        for (int i = 0; i < IN; i++) {
            spread_4(half[i], d);
            for (int j = 0; j < IN; j++) STORE(to + (i * IN + j) * plane + c, d[j]);
        }
    }
}

static void back(const float *m, int64_t plane, const float *bias, float *y, int64_t pitch)
{
    for (int c = 0; c < LANES; c += WIDTH) {
        vec d[IN], half[OUT][IN], column[OUT];
        const vec b = LOAD(bias + c);
        for (int j = 0; j < IN; j++) {
            for (int i = 0; i < IN; i++) d[i] = LOAD(m + (i * IN + j) * plane + c);
            back_6(d, column);
            for (int i = 0; i < OUT; i++) half[i][j] = column[i];
        }
        for (int i = 0; i < OUT; i++) {
            back_6(half[i], column);
            for (int j = 0; j < OUT; j++) STORE(y + (i * pitch + j) * LANES + c, column[j] + b);
        }
    }
}

static void window(const float *w, float *u, int64_t plane)
{
    for (int c = 0; c < LANES; c += WIDTH) {
        vec d[3], half[IN][3], column[IN];
        for (int j = 0; j < 3; j++) {
            for (int i = 0; i < 3; i++) d[i] = LOAD(w + (i * 3 + j) * LANES + c);
            window_3(d, column);
            for (int i = 0; i < IN; i++) half[i][j] = column[i];
        }
        for (int i = 0; i < IN; i++) {
            window_3(half[i], column);
            for (int j = 0; j < IN; j++) STORE(u + (i * IN + j) * plane + c, column[j]);
        }
    }
}

static void window_back(const float *u, int64_t plane, float *w)
{
    for (int c = 0; c < LANES; c += WIDTH) {
        vec d[IN], half[3][IN], column[3];
        for (int j = 0; j < IN; j++) {
            for (int i = 0; i < IN; i++) d[i] = LOAD(u + (i * IN + j) * plane + c);
            window_back_6(d, column);
            for (int i = 0; i < 3; i++) half[i][j] = column[i];
        }
        for (int i = 0; i < 3; i++) {
            window_back_6(half[i], column);
            for (int j = 0; j < 3; j++) STORE(w + (i * 3 + j) * LANES + c, column[j]);
        }
    }
}

/* ---- products ---- */

/* Sums of a few terms, then of those, then of units: they err less than one long sum. The additions cost nothing beside
 * the multiplications. */
enum { TERMS = 4 };

/* total += the products of `terms` places. */
INLINE void products_terms(const int wide, int64_t terms, int64_t o_all, int64_t c, const float *d, const float *v,
                           vec total[ROWS][WIDE])
{
    vec sum[ROWS][WIDE];
    for (int r = 0; r < ROWS; r++)
        for (int w = 0; w < wide; w++) sum[r][w] = SPREAD(d[r]) * LOAD(v + w * WIDTH);
    for (int64_t t = 1; t < terms; t++) {
        vec b[WIDE];
        for (int w = 0; w < wide; w++) b[w] = LOAD(v + t * c + w * WIDTH);
        for (int r = 0; r < ROWS; r++)
            for (int w = 0; w < wide; w++) sum[r][w] = MULTIPLY_ADD(SPREAD(d[t * o_all + r]), b[w], sum[r][w]);
    }
    for (int r = 0; r < ROWS; r++)
        for (int w = 0; w < wide; w++) total[r][w] += sum[r][w];
}

INLINE void products_tile(const int wide, bool add, int64_t tiles, int64_t o_all, int64_t c, const float *d,
                          const float *v, float *u)
{
    vec total[ROWS][WIDE];
    int64_t t = 0;
    for (int r = 0; r < ROWS; r++)
        for (int w = 0; w < wide; w++) total[r][w] = SPREAD(0);
    for (; t + TERMS <= tiles; t += TERMS) products_terms(wide, TERMS, o_all, c, d + t * o_all, v + t * c, total);
    if (t < tiles) products_terms(wide, tiles - t, o_all, c, d + t * o_all, v + t * c, total);
    for (int r = 0; r < ROWS; r++)
        for (int w = 0; w < wide; w++) {
            float *to = u + r * c + w * WIDTH;
            if (add) total[r][w] += LOAD(to);
            STORE(to, total[r][w]);
        }
}

static void products(bool add, int64_t tiles, int64_t o_all, int64_t c, const float *d, const float *v, float *u)
{
    for (int64_t o = 0; o < o_all; o += ROWS) {
        int64_t i = 0;
        for (; i + WIDE * WIDTH <= c; i += WIDE * WIDTH)
            products_tile(WIDE, add, tiles, o_all, c, d + o, v + i, u + o * c + i);
        for (; i < c; i += WIDTH) products_tile(1, add, tiles, o_all, c, d + o, v + i, u + o * c + i);
    }
}
