/* conv2d_lanes_kernel.h - included behind conv2d_tile_kernel.h, which see: tiles whose lanes are channels of the
 * result. They say how many PLACES fit into the registers, with MOST_LANES channels each. */
#include "nn/turn_kernel.h"

/* `places` places and `regs` registers of channels. */
INLINE void lanes_tile(const int places, const int regs, const int64_t *place, int64_t k, const int64_t *at,
                       const float *x, const float *w, const float *start, int64_t ld_start, float *y)
{
    vec sum[PLACES][MOST_LANES / LANES];
    int64_t from[PLACES];
    for (int i = 0; i < places; i++) {
        from[i] = place[i];
        for (int v = 0; v < regs; v++) sum[i][v] = LOAD(start + i * ld_start + v * LANES);
    }
    for (int64_t j = 0; j < k; j++, w += regs * LANES) {
        const float *b = x + at[j];
        vec c[MOST_LANES / LANES];
        for (int v = 0; v < regs; v++) c[v] = LOAD(w + v * LANES);
        for (int i = 0; i < places; i++) {
            const vec a = SPREAD(b[from[i]]);
            for (int v = 0; v < regs; v++) sum[i][v] = MULTIPLY_ADD(a, c[v], sum[i][v]);
        }
    }
    for (int i = 0; i < places; i++)
        for (int v = 0; v < regs; v++) STORE(y + (i * regs + v) * LANES, sum[i][v]);
}

/* At most so many places as fit: kernels for fewer places do not have those for more. */
INLINE void lanes_some(const int most, const int regs, const int64_t *place, int64_t k, const int64_t *at,
                       const float *x, const float *w, const float *start, int64_t ld_start, float *y)
{
    lanes_tile(most < PLACES ? most : PLACES, regs, place, k, at, x, w, start, ld_start, y);
}

/* All places, in tiles that are nearly as large as each other. */
INLINE void lanes_places(const int regs, int64_t n, const int64_t *place, int64_t k, const int64_t *at, const float *x,
                         const float *w, const float *start, int64_t ld_start, float *y)
{
    for (int64_t i = 0, left = (n + PLACES - 1) / PLACES; left > 0; left--) {
        const int64_t some = (n - i + left - 1) / left;
        const float *from = start + i * ld_start;
        float *to = y + i * regs * LANES;
        switch (some) {
        case 1: lanes_some(1, regs, place + i, k, at, x, w, from, ld_start, to); break;
        case 2: lanes_some(2, regs, place + i, k, at, x, w, from, ld_start, to); break;
        case 3: lanes_some(3, regs, place + i, k, at, x, w, from, ld_start, to); break;
        case 4: lanes_some(4, regs, place + i, k, at, x, w, from, ld_start, to); break;
        case 5: lanes_some(5, regs, place + i, k, at, x, w, from, ld_start, to); break;
        default: lanes_tile(PLACES, regs, place + i, k, at, x, w, from, ld_start, to); break;
        }
        i += some;
    }
}

static void lanes(int64_t wide, int64_t n, const int64_t *place, int64_t k, const int64_t *at, const float *x,
                  const float *w, const float *start, int64_t ld_start, float *y)
{
    if (wide == 16) lanes_places(16 / LANES, n, place, k, at, x, w, start, ld_start, y);
#if MOST_LANES > 16
    else lanes_places(MOST_LANES / LANES, n, place, k, at, x, w, start, ld_start, y);
#endif
}

static void gather(int64_t channels, int64_t n, const float *from, int64_t ld, float *to, int64_t wide)
{
    int64_t whole = n / LANES * LANES, c = 0;
    for (; c + LANES <= channels; c += LANES) {
        for (int64_t q = 0; q < whole; q += LANES) TURN(from + c * ld + q, ld, to + q * wide + c, wide);
        for (int64_t q = whole; q < n; q++)
            for (int64_t i = c; i < c + LANES; i++) to[q * wide + i] = from[i * ld + q];
    }
    for (; c < wide; c++)
        for (int64_t q = 0; q < n; q++) to[q * wide + c] = c < channels ? from[c * ld + q] : 0;
}

static void scatter(int64_t channels, int64_t n, const float *from, int64_t wide, float *to, int64_t ld)
{
    int64_t whole = n / LANES * LANES, c = 0;
    for (; c + LANES <= channels; c += LANES) {
        for (int64_t q = 0; q < whole; q += LANES) TURN(from + q * wide + c, wide, to + c * ld + q, ld);
        for (int64_t q = whole; q < n; q++)
            for (int64_t i = c; i < c + LANES; i++) to[i * ld + q] = from[q * wide + i];
    }
    for (; c < channels; c++)
        for (int64_t q = 0; q < n; q++) to[c * ld + q] = from[q * wide + c];
}
