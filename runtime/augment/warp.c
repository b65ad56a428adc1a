/* warp.c - affine warping: every destination pixel is looked up in the source through the inverse matrix.
 *
 * Positions are computed in f32 and not rounded to 1/32 pixel, as OpenCV does since version 5 (older ones differ by a
 * few levels on hard edges). */
#include "augment/transform_private.h"

#include <math.h>
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

typedef struct warp {
    const mlp_image *from;
    mlp_image *to;
    float inverse[6];
    mlp_border border;
    const uint8_t *fill;
} warp;

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

static const uint8_t *pixel(const warp *w, int64_t x, int64_t y)
{
    int ix = mlp_border_index(x, w->from->width, w->border), iy = mlp_border_index(y, w->from->height, w->border);
    if (ix < 0 || iy < 0) return w->fill;
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

static void linear_row(const warp *w, int y)
{
    const mlp_image *from = w->from;
    int channels = from->channels, inner_x = from->width - 1, inner_y = from->height - 1;
    size_t stride = (size_t)from->width * (size_t)channels;
    const float *m = w->inverse;
    float base_x = (float)y * m[1] + m[2], base_y = (float)y * m[4] + m[5];
    uint8_t *out = w->to->pixels + (size_t)y * (size_t)w->to->width * (size_t)channels;
    for (int x = 0; x < w->to->width; x++, out += channels) {
        float sx = (float)x * m[0] + base_x, sy = (float)x * m[3] + base_y;
        int64_t ix = floor_of(sx), iy = floor_of(sy);
        float fx = sx - (float)ix, fy = sy - (float)iy;
        const uint8_t *a, *b, *c, *d;
        if (ix >= 0 && iy >= 0 && ix < inner_x && iy < inner_y) {
            a = from->pixels + (size_t)iy * stride + (size_t)(ix * channels);
            b = a + channels, c = a + stride, d = c + channels;
            if (channels == 3 && ix + 1 < inner_x) {
                mix_3(out, a, b, c, d, fx, fy);
                continue;
            }
        } else if (w->border == MLP_BORDER_CONSTANT && (ix < -1 || iy < -1 || ix > inner_x || iy > inner_y)) {
            memcpy(out, w->fill, (size_t)channels);
            continue;
        } else {
            a = pixel(w, ix, iy), b = pixel(w, ix + 1, iy), c = pixel(w, ix, iy + 1), d = pixel(w, ix + 1, iy + 1);
        }
        for (int k = 0; k < channels; k++) out[k] = mix(a + k, b + k, c + k, d + k, fx, fy);
    }
}

static void nearest_row(const warp *w, int y)
{
    size_t channels = (size_t)w->from->channels;
    const float *m = w->inverse;
    float base_x = (float)y * m[1] + m[2], base_y = (float)y * m[4] + m[5];
    uint8_t *out = w->to->pixels + (size_t)y * (size_t)w->to->width * channels;
    for (int x = 0; x < w->to->width; x++, out += channels) {
        int64_t ix = llrintf((float)x * m[0] + base_x), iy = llrintf((float)x * m[3] + base_y);
        memcpy(out, pixel(w, ix, iy), channels);
    }
}

mlp_status mlp_image_warp_affine(mlp_image **out, const mlp_image *image, const double matrix[6], int width, int height,
                                 mlp_interpolation interpolation, mlp_border border, const uint8_t fill[3],
                                 mlp_error *err)
{
    warp w = { .from = image, .border = border, .fill = fill };
    if (!invert(matrix, w.inverse))
        return mlp_fail(err, MLP_EINVAL, "warp: the matrix {%g, %g, %g; %g, %g, %g} cannot be inverted", matrix[0],
                        matrix[1], matrix[2], matrix[3], matrix[4], matrix[5]);
    for (int i = 0; i < 6; i++) /* keeps every position within int64 */
        if (!(fabsf(w.inverse[i]) < 1e12f))
            return mlp_fail(err, MLP_EINVAL, "warp: the matrix shrinks the picture to nothing");
    mlp_status st = mlp_image_new(&w.to, width, height, image->channels, err);
    if (st) return st;
    for (int y = 0; y < height; y++) {
        if (interpolation == MLP_NEAREST) nearest_row(&w, y);
        else linear_row(&w, y);
    }
    *out = w.to;
    return MLP_OK;
}
