/* warp.c - every destination pixel is looked up in the source: nearest, linear or cubic.
 *
 * Positions are computed in f32 and not rounded to 1/32 pixel, as OpenCV does since version 5 (older ones differ by a
 * few levels on hard edges). */
#include "augment/transform_private.h"
#include "augment/warp_private.h"
#include "base/simd.h"

#include <math.h>
#include <string.h>

enum { AT_ONCE = 128 }; /* positions */

typedef struct warp {
    const mlp_image *from;
    const mlp_sampling *sampling;
} warp;

static const uint8_t *pixel(const warp *w, int64_t x, int64_t y)
{
    int ix = mlp_border_index(x, w->from->width, w->sampling->border),
        iy = mlp_border_index(y, w->from->height, w->sampling->border);
    if (ix < 0 || iy < 0) return w->sampling->fill;
    return w->from->pixels + ((size_t)iy * (size_t)w->from->width + (size_t)ix) * (size_t)w->from->channels;
}

/* What positions are between: the four pixels around each, a channel a byte, the first one lowest (what lies above the
 * channels is not looked at), and how far from the first pixel it is. */
typedef struct corners {
    int32_t x[AT_ONCE], y[AT_ONCE]; /* of the first pixel */
    float fx[AT_ONCE], fy[AT_ONCE];
    uint32_t a[AT_ONCE], b[AT_ONCE], c[AT_ONCE], d[AT_ONCE];
} corners;

/* floorf is a call where the machine's oldest instructions have to do; two loops, since one would have branches. */
MLP_SIMD static void floors(const float *restrict x, int n, int32_t *restrict whole, float *restrict fraction)
{
    const float most = 0x1p30f; /* pixels: farther than any picture is wide */
    for (int i = 0; i < n; i++) {
        float at = x[i] > -most ? x[i] : -most;
        fraction[i] = at < most ? at : most;
    }
    for (int i = 0; i < n; i++) {
        int32_t down = (int32_t)fraction[i];
        down -= fraction[i] < (float)down;
        whole[i] = down, fraction[i] -= (float)down;
    }
}

static uint32_t packed(const uint8_t *pixel, int channels)
{
    return channels == 3 ? pixel[0] | (uint32_t)pixel[1] << 8 | (uint32_t)pixel[2] << 16 : pixel[0];
}

static uint32_t four_bytes(const uint8_t *from) /* machines are little-endian: io/elements.c */
{
    uint32_t word;
    memcpy(&word, from, sizeof word);
    return word;
}

/* Where a border is near: each pixel by itself. */
static void find_outside(const warp *w, int x, int y, int i, corners *to)
{
    const mlp_image *from = w->from;
    int channels = from->channels;
    if (w->sampling->border == MLP_BORDER_CONSTANT && (x < -1 || y < -1 || x >= from->width || y >= from->height)) {
        to->a[i] = to->b[i] = to->c[i] = to->d[i] = packed(w->sampling->fill, channels);
        return;
    }
    to->a[i] = packed(pixel(w, x, y), channels), to->b[i] = packed(pixel(w, x + 1, y), channels);
    to->c[i] = packed(pixel(w, x, y + 1), channels), to->d[i] = packed(pixel(w, x + 1, y + 1), channels);
}

static void find_corners(const warp *w, int n, corners *at)
{
    const mlp_image *from = w->from;
    size_t channels = (size_t)from->channels, stride = (size_t)from->width * channels;
    int inner_x = from->width - (channels == 3 ? 2 : 4), inner_y = from->height - 1; /* four bytes are read */
    for (int i = 0; i < n; i++) {
        int x = at->x[i], y = at->y[i];
        if (x >= 0 && y >= 0 && x < inner_x && y < inner_y) {
            const uint8_t *a = from->pixels + (size_t)y * stride + (size_t)x * channels;
            at->a[i] = four_bytes(a), at->b[i] = four_bytes(a + channels);
            at->c[i] = four_bytes(a + stride), at->d[i] = four_bytes(a + stride + channels);
        } else {
            find_outside(w, x, y, i, at);
        }
    }
}

/* One channel: what lies between the corners, each in its byte of `out`. Never outside 0..255 by more than rounding. */
MLP_SIMD static void mix(const corners *at, int n, int channel, uint32_t *out)
{
    const float rounds = 0x1.8p23f; /* its last bit is worth 1: a sum with it is rounded to the nearest, even of two */
    int shift = 8 * channel;
    for (int i = 0; i < n; i++) {
        float a = (float)(int32_t)(at->a[i] >> shift & 255), b = (float)(int32_t)(at->b[i] >> shift & 255);
        float c = (float)(int32_t)(at->c[i] >> shift & 255), d = (float)(int32_t)(at->d[i] >> shift & 255);
        float top = a + at->fx[i] * (b - a), bottom = c + at->fx[i] * (d - c);
        float sum = top + at->fy[i] * (bottom - top) + rounds;
        uint32_t bits;
        memcpy(&bits, &sum, sizeof bits);
        out[i] |= (bits & 255) << shift;
    }
}

static void sample_linear(const warp *w, const float *from_x, const float *from_y, int n, uint8_t *out)
{
    corners at;
    uint32_t mixed[AT_ONCE];
    floors(from_x, n, at.x, at.fx);
    floors(from_y, n, at.y, at.fy);
    find_corners(w, n, &at);
    memset(mixed, 0, (size_t)n * sizeof *mixed);
    for (int k = 0; k < w->from->channels; k++) mix(&at, n, k, mixed);
    if (w->from->channels == 1) {
        for (int i = 0; i < n; i++) out[i] = (uint8_t)mixed[i];
        return;
    }
    for (int i = 0; i < n; i++, out += 3) {
        uint32_t three = mixed[i];
        out[0] = (uint8_t)three, out[1] = (uint8_t)(three >> 8), out[2] = (uint8_t)(three >> 16);
    }
}

static void sample_nearest(const warp *w, const float *from_x, const float *from_y, int n, uint8_t *out)
{
    size_t channels = (size_t)w->from->channels;
    for (int i = 0; i < n; i++, out += channels)
        memcpy(out, pixel(w, llrintf(from_x[i]), llrintf(from_y[i])), channels);
}

static int64_t floor_of(float x)
{
    int64_t i = (int64_t)x;
    return i - (x < (float)i);
}

/* Of the four pixels around a place that is f behind the second. */
static void cubic_weights(float f, float weights[4])
{
    const float a = -0.75f, g = 1 - f;
    weights[0] = ((a * (f + 1) - 5 * a) * (f + 1) + 8 * a) * (f + 1) - 4 * a;
    weights[1] = ((a + 2) * f - (a + 3)) * f * f + 1;
    weights[2] = ((a + 2) * g - (a + 3)) * g * g + 1;
    weights[3] = 1 - weights[0] - weights[1] - weights[2];
}

static void sample_cubic(const warp *w, const float *from_x, const float *from_y, int n, uint8_t *out)
{
    const int channels = w->from->channels == 3 ? 3 : 1;
    for (int i = 0; i < n; i++, out += channels) {
        int64_t ix = floor_of(from_x[i]), iy = floor_of(from_y[i]);
        float across[4], down[4], sums[3] = { 0, 0, 0 };
        cubic_weights(from_x[i] - (float)ix, across);
        cubic_weights(from_y[i] - (float)iy, down);
        for (int j = 0; j < 16; j++) {
            const uint8_t *p = pixel(w, ix - 1 + j % 4, iy - 1 + j / 4);
            for (int k = 0; k < channels; k++) sums[k] += across[j % 4] * down[j / 4] * (float)p[k];
        }
        for (int k = 0; k < channels; k++) out[k] = (uint8_t)lrintf(sums[k] < 0 ? 0 : sums[k] > 255 ? 255 : sums[k]);
    }
}

mlp_status mlp_image_warp(mlp_image **out, const mlp_image *image, int width, int height, mlp_positions *positions,
                          const void *context, const mlp_sampling *sampling, mlp_error *err)
{
    mlp_image *to = NULL;
    mlp_status st = mlp_image_new(&to, width, height, image->channels, err);
    if (st) return st;
    const warp w = { image, sampling };
    float from_x[AT_ONCE], from_y[AT_ONCE];
    uint8_t *at = to->pixels;
    for (int y = 0; y < height; y++) {
        for (int x = 0; x < width; x += AT_ONCE) {
            int n = width - x < AT_ONCE ? width - x : AT_ONCE;
            positions(context, y, x, n, from_x, from_y);
            if (sampling->interpolation == MLP_NEAREST) sample_nearest(&w, from_x, from_y, n, at);
            else if (sampling->interpolation == MLP_CUBIC) sample_cubic(&w, from_x, from_y, n, at);
            else sample_linear(&w, from_x, from_y, n, at);
            at += (size_t)n * (size_t)image->channels;
        }
    }
    *out = to;
    return MLP_OK;
}

/* ---- affine ---- */

static bool invert(const double m[6], float inverse[6])
{
    double det = m[0] * m[4] - m[1] * m[3];
    if (!(fabs(det) > 1e-12) || !isfinite(det)) return false;
    double d = 1 / det, a = m[4] * d, b = -m[1] * d, c = -m[3] * d, e = m[0] * d;
    const double full[6] = { a, b, -a * m[2] - b * m[5], c, e, -c * m[2] - e * m[5] };
    for (int i = 0; i < 6; i++) {
        if (!isfinite(full[i])) return false;
        inverse[i] = (float)full[i];
    }
    return true;
}

static void affine_positions(const void *context, int y, int x, int n, float *from_x, float *from_y)
{
    const float *m = context;
    float base_x = (float)y * m[1] + m[2], base_y = (float)y * m[4] + m[5];
    for (int i = 0; i < n; i++) {
        from_x[i] = (float)(x + i) * m[0] + base_x;
        from_y[i] = (float)(x + i) * m[3] + base_y;
    }
}

mlp_status mlp_image_warp_affine(mlp_image **out, const mlp_image *image, const double matrix[6], int width, int height,
                                 const mlp_sampling *sampling, mlp_error *err)
{
    float inverse[6];
    if (!invert(matrix, inverse))
        return mlp_fail(err, MLP_EINVAL, "warp: the matrix {%g, %g, %g; %g, %g, %g} cannot be inverted", matrix[0],
                        matrix[1], matrix[2], matrix[3], matrix[4], matrix[5]);
    for (int i = 0; i < 6; i++) /* keeps every position within int64 */
        if (!(fabsf(inverse[i]) < MLP_FARTHEST))
            return mlp_fail(err, MLP_EINVAL, "warp: the matrix shrinks the picture to nothing");
    return mlp_image_warp(out, image, width, height, affine_positions, inverse, sampling, err);
}

/* ---- any positions ---- */

typedef struct maps {
    const float *x, *y;
    size_t width;
} maps;

static float reachable(float place)
{
    return fminf(fmaxf(place, -MLP_FARTHEST), MLP_FARTHEST); /* of a NaN too */
}

static void map_positions(const void *context, int y, int x, int n, float *from_x, float *from_y)
{
    const maps *m = context;
    size_t at = (size_t)y * m->width + (size_t)x;
    for (size_t i = 0; i < (size_t)n; i++) {
        from_x[i] = reachable(m->x[at + i]);
        from_y[i] = reachable(m->y[at + i]);
    }
}

mlp_status mlp_image_remap(mlp_image **out, const mlp_image *image, const float *map_x, const float *map_y,
                           const mlp_sampling *sampling, mlp_error *err)
{
    const maps m = { map_x, map_y, (size_t)image->width };
    return mlp_image_warp(out, image, image->width, image->height, map_positions, &m, sampling, err);
}
