/* warp.c - every destination pixel is looked up in the source: nearest, linear or cubic.
 *
 * Positions are computed in f32 and not rounded to 1/32 pixel, as OpenCV does since version 5 (older ones differ by a
 * few levels on hard edges). */
#include "augment/transform_private.h"
#include "augment/warp_private.h"

#include <math.h>
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

enum { AT_ONCE = 256 }; /* positions */

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

static uint8_t mix(const uint8_t *a, const uint8_t *b, const uint8_t *c, const uint8_t *d, float fx, float fy)
{
    float top = (float)*a + fx * (float)(*b - *a), bottom = (float)*c + fx * (float)(*d - *c);
    float v = top + fy * (bottom - top); /* never outside 0..255 by more than rounding */
    return (uint8_t)lrintf(v);
}

/* mix() of three channels side by side; reads a fourth byte of each pixel. */
#ifdef __SSE2__
static __m128 widened(const uint8_t *pixel)
{
    int32_t bytes;
    memcpy(&bytes, pixel, sizeof bytes);
    const __m128i zero = _mm_setzero_si128();
    __m128i wide = _mm_unpacklo_epi16(_mm_unpacklo_epi8(_mm_cvtsi32_si128(bytes), zero), zero);
    return _mm_cvtepi32_ps(wide);
}

static void mix_3(uint8_t *out, const uint8_t *a, const uint8_t *b, const uint8_t *c, const uint8_t *d, float fx,
                  float fy)
{
    __m128 va = widened(a), vc = widened(c), vx = _mm_set1_ps(fx);
    __m128 top = _mm_add_ps(va, _mm_mul_ps(vx, _mm_sub_ps(widened(b), va)));
    __m128 bottom = _mm_add_ps(vc, _mm_mul_ps(vx, _mm_sub_ps(widened(d), vc)));
    __m128i v = _mm_cvtps_epi32(_mm_add_ps(top, _mm_mul_ps(_mm_set1_ps(fy), _mm_sub_ps(bottom, top))));
    v = _mm_packs_epi32(v, v);
    int32_t bytes = _mm_cvtsi128_si32(_mm_packus_epi16(v, v));
    memcpy(out, &bytes, 3);
}
#else
static void mix_3(uint8_t *out, const uint8_t *a, const uint8_t *b, const uint8_t *c, const uint8_t *d, float fx,
                  float fy)
{
    for (int k = 0; k < 3; k++) out[k] = mix(a + k, b + k, c + k, d + k, fx, fy);
}
#endif

/* floorf is a call where the machine's oldest instructions have to do */
static int64_t floor_of(float x)
{
    int64_t i = (int64_t)x;
    return i - (x < (float)i);
}

static void sample_linear(const warp *w, const float *from_x, const float *from_y, int n, uint8_t *out)
{
    const mlp_image *from = w->from;
    int channels = from->channels, inner_x = from->width - 1, inner_y = from->height - 1;
    size_t stride = (size_t)from->width * (size_t)channels;
    bool constant = w->sampling->border == MLP_BORDER_CONSTANT;
    for (int i = 0; i < n; i++, out += channels) {
        int64_t ix = floor_of(from_x[i]), iy = floor_of(from_y[i]);
        float fx = from_x[i] - (float)ix, fy = from_y[i] - (float)iy;
        const uint8_t *a, *b, *c, *d;
        if (ix >= 0 && iy >= 0 && ix < inner_x && iy < inner_y) {
            a = from->pixels + (size_t)iy * stride + (size_t)(ix * channels);
            b = a + channels, c = a + stride, d = c + channels;
            if (channels == 3 && ix + 1 < inner_x) {
                mix_3(out, a, b, c, d, fx, fy);
                continue;
            }
        } else if (constant && (ix < -1 || iy < -1 || ix > inner_x || iy > inner_y)) {
            memcpy(out, w->sampling->fill, (size_t)channels);
            continue;
        } else {
            a = pixel(w, ix, iy), b = pixel(w, ix + 1, iy), c = pixel(w, ix, iy + 1), d = pixel(w, ix + 1, iy + 1);
        }
        for (int k = 0; k < channels; k++) out[k] = mix(a + k, b + k, c + k, d + k, fx, fy);
    }
}

static void sample_nearest(const warp *w, const float *from_x, const float *from_y, int n, uint8_t *out)
{
    size_t channels = (size_t)w->from->channels;
    for (int i = 0; i < n; i++, out += channels)
        memcpy(out, pixel(w, llrintf(from_x[i]), llrintf(from_y[i])), channels);
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
