/* resize.c - OpenCV's resize, bit for bit: nearest, and the two-pass methods with 11-bit weights.
 *
 * Source position of destination pixel i: (i + 0.5) * scale - 0.5. Weights are rounded to 1/2048. A row is first
 * resized horizontally (into a row buffer that the next destination row often needs again), then rows are mixed. There
 * is no low-pass filter when shrinking; MLP_AREA is for that. */
#include "image/resize_private.h"
#include "base/simd.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

enum { ONE = 2048, MAX_TAPS = 4 };

/* For one axis: where each destination pixel's taps begin and how much each weighs. */
typedef struct taps {
    int *at;         /* index of the first tap; may lie outside, the user clamps */
    int16_t *weight; /* count per pixel */
} taps;

static void taps_free(taps *t)
{
    free(t->at);
    free(t->weight);
    *t = (taps){ NULL, NULL };
}

static mlp_status taps_alloc(taps *t, int n, int count, mlp_error *err)
{
    *t = (taps){ NULL, NULL };
    mlp_status st = mlp_alloc((void **)&t->at, (size_t)n, sizeof *t->at, err);
    if (!st) st = mlp_alloc((void **)&t->weight, (size_t)n * (size_t)count, sizeof *t->weight, err);
    if (st) taps_free(t);
    return st;
}

/* ---- linear ---- */

/* Two taps per destination pixel. Along x both index and weight are clamped at the edges, along y only the index is
 * (by the caller): that is what OpenCV does, and it shows in the last bit. area: the weights with which OpenCV's
 * INTER_AREA enlarges. */
static void linear_taps(taps *t, int n, int source, bool clamp_weight, bool area)
{
    double inverse = (double)n / source, scale = 1. / inverse;
    for (int i = 0; i < n; i++) {
        float f;
        int at;
        if (area) {
            at = (int)floor(i * scale);
            f = (float)((i + 1) - (at + 1) * inverse);
            f = f <= 0 ? 0.f : f - floorf(f);
        } else {
            f = (float)((i + 0.5) * scale - 0.5);
            at = (int)floorf(f);
            f -= (float)at;
        }
        if (clamp_weight && at < 0) at = 0, f = 0;
        if (clamp_weight && at >= source - 1) at = source - 1, f = 0;
        t->at[i] = at;
        t->weight[2 * i] = (int16_t)lrintf((1.f - f) * ONE);
        t->weight[2 * i + 1] = (int16_t)lrintf(f * ONE);
    }
}

/* Three channels, as many pixels as can be read four bytes at a time; returns how many. The same as the loop below. */
#ifdef __SSE2__
static int linear_row_3(int16_t *out, const uint8_t *row, int source, const taps *x, int n)
{
    const __m128i zero = _mm_setzero_si128();
    int i = 0;
    for (; i < n && x->at[i] + 2 < source; i++, out += 3) {
        int32_t from[2], weights;
        memcpy(&from[0], row + x->at[i] * 3, 4);
        memcpy(&from[1], row + x->at[i] * 3 + 3, 4);
        memcpy(&weights, x->weight + 2 * i, 4);
        __m128i pairs = _mm_unpacklo_epi8(_mm_cvtsi32_si128(from[0]), _mm_cvtsi32_si128(from[1]));
        __m128i sums = _mm_madd_epi16(_mm_unpacklo_epi8(pairs, zero), _mm_set1_epi32(weights));
        sums = _mm_packs_epi32(_mm_srli_epi32(sums, 4), zero);
        _mm_storel_epi64((__m128i *)(void *)out, sums); /* four numbers: the last is overwritten by the next pixel */
    }
    return i;
}
#else
static int linear_row_3(int16_t *out, const uint8_t *row, int source, const taps *x, int n)
{
    (void)out, (void)row, (void)source, (void)x, (void)n;
    return 0;
}
#endif

/* One source row to `n` pixels; the result is divided by 16 so that it fits 16 bits. */
static void linear_row(int16_t *out, const uint8_t *row, int source, int channels, const taps *x, int n)
{
    int last = source - 1, begin = channels == 3 ? linear_row_3(out, row, source, x, n) : 0;
    out += 3 * begin;
    for (int i = begin; i < n; i++) {
        int at = x->at[i], w0 = x->weight[2 * i], w1 = x->weight[2 * i + 1];
        const uint8_t *a = row + at * channels, *b = at < last ? a + channels : a;
        if (channels == 3) {
            out[0] = (int16_t)((a[0] * w0 + b[0] * w1) >> 4);
            out[1] = (int16_t)((a[1] * w0 + b[1] * w1) >> 4);
            out[2] = (int16_t)((a[2] * w0 + b[2] * w1) >> 4);
            out += 3;
        } else {
            *out++ = (int16_t)((a[0] * w0 + b[0] * w1) >> 4);
        }
    }
}

MLP_SIMD static void linear_mix(uint8_t *restrict out, const int16_t *restrict a, const int16_t *restrict b, int wa,
                                int wb, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        int v = ((((wa * a[i]) >> 16) + ((wb * b[i]) >> 16) + 2)) >> 2;
        out[i] = (uint8_t)(v < 0 ? 0 : v > 255 ? 255 : v);
    }
}

static int clamp(int i, int n)
{
    return i < 0 ? 0 : i >= n ? n - 1 : i;
}

static mlp_status linear(mlp_image *to, const mlp_image *from, bool area_weights, mlp_error *err)
{
    int c = to->channels;
    size_t n = (size_t)to->width * (size_t)c, from_row = (size_t)from->width * (size_t)c;
    taps x, y = { NULL, NULL };
    int16_t *rows = NULL;
    mlp_status st = taps_alloc(&x, to->width, 2, err);
    if (!st) st = taps_alloc(&y, to->height, 2, err);
    if (!st) st = mlp_alloc((void **)&rows, 2 * (n + 1), sizeof *rows, err);
    if (st) goto done;
    linear_taps(&x, to->width, from->width, true, area_weights);
    linear_taps(&y, to->height, from->height, false, area_weights);

    int16_t *buffer[2] = { rows, rows + n + 1 }; /* linear_row_3 writes one number more */
    int held[2] = { -1, -1 };                    /* the source row that each buffer holds */
    for (int i = 0; i < to->height; i++) {
        int want[2] = { clamp(y.at[i], from->height), clamp(y.at[i] + 1, from->height) };
        if (held[1] == want[0]) { /* the lower row of the last one is the upper row of this one */
            int16_t *swap = buffer[0];
            buffer[0] = buffer[1], buffer[1] = swap;
            held[1] = held[0], held[0] = want[0];
        }
        for (int k = 0; k < 2; k++) {
            if (held[k] == want[k]) continue;
            linear_row(buffer[k], from->pixels + (size_t)want[k] * from_row, from->width, c, &x, to->width);
            held[k] = want[k];
        }
        linear_mix(to->pixels + (size_t)i * n, buffer[0], buffer[1], y.weight[2 * i], y.weight[2 * i + 1], n);
    }
done:
    free(rows);
    taps_free(&x);
    taps_free(&y);
    return st;
}

/* ---- cubic (a = -0.75) ---- */

static void cubic_taps(taps *t, int n, int source)
{
    const float a = -0.75f;
    double scale = 1. / ((double)n / source);
    for (int i = 0; i < n; i++) {
        float f = (float)((i + 0.5) * scale - 0.5);
        int at = (int)floorf(f);
        f -= (float)at;
        float w[4], g = 1.f - f;
        w[0] = ((a * (f + 1) - 5 * a) * (f + 1) + 8 * a) * (f + 1) - 4 * a;
        w[1] = ((a + 2) * f - (a + 3)) * f * f + 1;
        w[2] = ((a + 2) * g - (a + 3)) * g * g + 1;
        w[3] = 1.f - w[0] - w[1] - w[2];
        t->at[i] = at - 1;
        for (int k = 0; k < 4; k++) t->weight[4 * i + k] = (int16_t)lrintf(w[k] * ONE);
    }
}

static void cubic_row(int *out, const uint8_t *row, int source, int channels, const taps *x, int n)
{
    for (int i = 0; i < n; i++) {
        const uint8_t *p[4];
        for (int k = 0; k < 4; k++) p[k] = row + clamp(x->at[i] + k, source) * channels;
        const int16_t *w = x->weight + 4 * i;
        for (int c = 0; c < channels; c++) *out++ = p[0][c] * w[0] + p[1][c] * w[1] + p[2][c] * w[2] + p[3][c] * w[3];
    }
}

/* Sums stay within int: weights of a pixel add up to 2048, their sizes to less than 1.4 times that. */
static void cubic_mix(uint8_t *out, int *const rows[4], const int16_t *w, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        int64_t sum = (int64_t)rows[0][i] * w[0] + (int64_t)rows[1][i] * w[1] + (int64_t)rows[2][i] * w[2] +
                      (int64_t)rows[3][i] * w[3];
        int64_t v = (sum + (1 << 21)) >> 22;
        out[i] = (uint8_t)(v < 0 ? 0 : v > 255 ? 255 : v);
    }
}

static mlp_status cubic(mlp_image *to, const mlp_image *from, mlp_error *err)
{
    int c = to->channels;
    size_t n = (size_t)to->width * (size_t)c, from_row = (size_t)from->width * (size_t)c;
    taps x, y = { NULL, NULL };
    int *rows = NULL;
    mlp_status st = taps_alloc(&x, to->width, MAX_TAPS, err);
    if (!st) st = taps_alloc(&y, to->height, MAX_TAPS, err);
    if (!st) st = mlp_alloc((void **)&rows, MAX_TAPS * n, sizeof *rows, err);
    if (st) goto done;
    cubic_taps(&x, to->width, from->width);
    cubic_taps(&y, to->height, from->height);

    /* A source row r lives in slot r % 4: any four neighbours fit. */
    int held[MAX_TAPS] = { -1, -1, -1, -1 };
    for (int i = 0; i < to->height; i++) {
        int *taken[MAX_TAPS];
        for (int k = 0; k < MAX_TAPS; k++) {
            int want = clamp(y.at[i] + k, from->height), slot = want % MAX_TAPS;
            taken[k] = rows + (size_t)slot * n;
            if (held[slot] == want) continue;
            cubic_row(taken[k], from->pixels + (size_t)want * from_row, from->width, c, &x, to->width);
            held[slot] = want;
        }
        cubic_mix(to->pixels + (size_t)i * n, taken, y.weight + MAX_TAPS * i, n);
    }
done:
    free(rows);
    taps_free(&x);
    taps_free(&y);
    return st;
}

/* ---- nearest, and the choice ---- */

static void resize_nearest(mlp_image *to, const mlp_image *from)
{
    size_t c = (size_t)to->channels, n = (size_t)to->width * c, from_row = (size_t)from->width * c;
    double sx = 1. / ((double)to->width / from->width), sy = 1. / ((double)to->height / from->height);
    for (int y = 0; y < to->height; y++) {
        int fy = clamp((int)floor(y * sy), from->height);
        const uint8_t *row = from->pixels + (size_t)fy * from_row;
        uint8_t *out = to->pixels + (size_t)y * n;
        for (int x = 0; x < to->width; x++, out += c) {
            int fx = clamp((int)floor(x * sx), from->width);
            memcpy(out, row + (size_t)fx * c, c);
        }
    }
}

mlp_status mlp_image_resize(mlp_image **out, const mlp_image *image, int width, int height,
                            mlp_interpolation interpolation, mlp_error *err)
{
    mlp_image *to = NULL;
    mlp_status st = mlp_image_new(&to, width, height, image->channels, err);
    if (st) return mlp_fail_in(err, "resize");
    bool shrinks = width <= image->width && height <= image->height;
    if (width == image->width && height == image->height) memcpy(to->pixels, image->pixels, mlp_image_bytes(to));
    else switch (interpolation) {
        case MLP_NEAREST: resize_nearest(to, image); break;
        case MLP_LINEAR: st = linear(to, image, false, err); break;
        case MLP_CUBIC: st = cubic(to, image, err); break;
        case MLP_AREA: st = shrinks ? mlp_resize_area(to, image, err) : linear(to, image, true, err); break;
        default: st = mlp_fail(err, MLP_EINVAL, "resize: unknown interpolation %d", (int)interpolation);
        }
    if (st) mlp_image_release(to);
    else *out = to;
    return st;
}
