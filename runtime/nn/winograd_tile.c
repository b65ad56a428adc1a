/* winograd_tile.c - minimal filtering by its matrices: the definition of the transforms, and the choice among
 * instruction sets. */
#include "nn/winograd_tile_private.h"

#include "base/cpu.h"

enum { LANES = MLP_WINOGRAD_LANES, OUT = MLP_WINOGRAD_OUT, IN = MLP_WINOGRAD_IN };

/* a and b squared, and what the rows of G are divided by: the product of a point's differences from the others. */
#define A ((double)MLP_WINOGRAD_A)
#define B ((double)MLP_WINOGRAD_B)
#define AA (A * A)
#define BB (B * B)
#define AT_A (2 * AA * (AA - BB))
#define AT_B (2 * BB * (BB - AA))

/* clang-format off */
static const double G[IN * 3] = {
    1 / (AA * BB), 0, 0,
    1 / AT_A,  A / AT_A, AA / AT_A,
    1 / AT_A, -A / AT_A, AA / AT_A,
    1 / AT_B,  B / AT_B, BB / AT_B,
    1 / AT_B, -B / AT_B, BB / AT_B,
    0, 0, 1,
};

/* Row i holds the coefficients of the polynomial that is 0 at all points but the i-th. */
static const double B_T[IN * IN] = {
    AA * BB,       0, -(AA + BB),          0, 1, 0,
          0, -A * BB,        -BB,          A, 1, 0,
          0,  A * BB,        -BB,         -A, 1, 0,
          0, -B * AA,        -AA,          B, 1, 0,
          0,  B * AA,        -AA,         -B, 1, 0,
          0, AA * BB,          0, -(AA + BB), 0, 1,
};

/* Row k holds the k-th powers of the points. */
static const double A_T[OUT * IN] = {
    1,      1,       1,      1,       1, 0,
    0,      A,      -A,      B,      -B, 0,
    0,     AA,      AA,     BB,      BB, 0,
    0, A * AA, -A * AA, B * BB, -B * BB, 1,
};
/* clang-format on */

/* to = M from M', for M of rows x columns, or of columns x rows when turned. */
static void both_sides(const double *m, int rows, int columns, bool turned, const double *from, double *to)
{
    double half[IN][IN] = { { 0 } };
    for (int i = 0; i < rows; i++)
        for (int j = 0; j < columns; j++)
            for (int k = 0; k < columns; k++)
                half[i][j] += (turned ? m[k * rows + i] : m[i * columns + k]) * from[k * columns + j];
    for (int i = 0; i < rows; i++)
        for (int j = 0; j < rows; j++) {
            to[i * rows + j] = 0;
            for (int k = 0; k < columns; k++)
                to[i * rows + j] += half[i][k] * (turned ? m[k * rows + j] : m[j * columns + k]);
        }
}

static void gather(const float *channels, int64_t ld, float *pixels)
{
    for (int64_t c = 0; c < LANES; c++)
        for (int64_t p = 0; p < LANES; p++) pixels[p * LANES + c] = channels[c * ld + p];
}

static void scatter(const float *pixels, float *channels, int64_t ld)
{
    for (int64_t c = 0; c < LANES; c++)
        for (int64_t p = 0; p < LANES; p++) channels[c * ld + p] = pixels[p * LANES + c];
}

/* Pixels of one channel, `pitch` of them in a row. */
static void take(const float *x, int64_t pitch, int side, double *to)
{
    for (int i = 0; i < side; i++)
        for (int j = 0; j < side; j++) to[i * side + j] = (double)x[(i * pitch + j) * LANES];
}

static void forward(const float *x, int64_t pitch, float *v, int64_t plane)
{
    double piece[IN * IN] = { 0 }, result[IN * IN];
    for (int64_t c = 0; c < LANES; c++) {
        take(x + c, pitch, IN, piece);
        both_sides(B_T, IN, IN, false, piece, result);
        for (int64_t i = 0; i < IN * IN; i++) v[i * plane + c] = (float)result[i];
    }
}

static void spread(const float *dy, int64_t pitch, float *d, int64_t plane)
{
    double piece[OUT * OUT] = { 0 }, result[IN * IN];
    for (int64_t c = 0; c < LANES; c++) {
        take(dy + c, pitch, OUT, piece);
        both_sides(A_T, IN, OUT, true, piece, result);
        for (int64_t i = 0; i < IN * IN; i++) d[i * plane + c] = (float)result[i];
    }
}

static void back(const float *m, int64_t plane, const float *bias, float *y, int64_t pitch)
{
    double piece[IN * IN] = { 0 }, result[OUT * OUT];
    for (int64_t c = 0; c < LANES; c++) {
        for (int64_t i = 0; i < IN * IN; i++) piece[i] = (double)m[i * plane + c];
        both_sides(A_T, OUT, IN, false, piece, result);
        for (int64_t i = 0; i < OUT * OUT; i++)
            y[(i / OUT * pitch + i % OUT) * LANES + c] = (float)(result[i] + (double)bias[c]);
    }
}

static void window(const float *w, float *u, int64_t plane)
{
    double piece[9] = { 0 }, result[IN * IN];
    for (int64_t c = 0; c < LANES; c++) {
        for (int64_t i = 0; i < 9; i++) piece[i] = (double)w[i * LANES + c];
        both_sides(G, IN, 3, false, piece, result);
        for (int64_t i = 0; i < IN * IN; i++) u[i * plane + c] = (float)result[i];
    }
}

static void window_back(const float *u, int64_t plane, float *w)
{
    double piece[IN * IN] = { 0 }, result[9];
    for (int64_t c = 0; c < LANES; c++) {
        for (int64_t i = 0; i < IN * IN; i++) piece[i] = (double)u[i * plane + c];
        both_sides(G, 3, IN, true, piece, result);
        for (int64_t i = 0; i < 9; i++) w[i * LANES + c] = (float)result[i];
    }
}

static void products(bool add, int64_t tiles, int64_t o_all, int64_t c, const float *d, const float *v, float *u)
{
    for (int64_t o = 0; o < o_all; o++)
        for (int64_t i = 0; i < c; i++) {
            float sum = 0;
            for (int64_t t = 0; t < tiles; t++) sum += d[t * o_all + o] * v[t * c + i];
            u[o * c + i] = add ? u[o * c + i] + sum : sum;
        }
}

const mlp_winograd_tiles mlp_winograd_tiles_plain = { gather, scatter, forward,     spread,
                                                      back,   window,  window_back, products };

const mlp_winograd_tiles *mlp_winograd_tiles_best(void)
{
    switch (mlp_cpu()) {
#ifdef __x86_64__
    case MLP_CPU_AVX512: return &mlp_winograd_tiles_avx512;
    case MLP_CPU_AVX2: return &mlp_winograd_tiles_avx2;
#elif defined(__aarch64__)
    case MLP_CPU_NEON: return &mlp_winograd_tiles_neon;
#endif
    default: return &mlp_winograd_tiles_basic;
    }
}
