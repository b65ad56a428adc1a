/* filter.c - box average, Gaussian and general kernels over u8 pictures, with OpenCV's roundings.
 *
 * Pixels outside are reflected without repeating the edge (REFLECT_101). All of them work on a copy of the picture with
 * a reflected frame, so that the inner loops have no edges. */
#include "augment/transform_private.h"

#include <math.h>
#include <string.h>

static int reflect(int i, int n)
{
    return mlp_border_index(i, n, MLP_BORDER_REFLECT_101);
}

/* A block of memory that a function of this file needs for a moment. */
typedef struct scratch {
    void *bytes;
    size_t size;
} scratch;

static mlp_status scratch_new(scratch *s, size_t count, size_t size, mlp_error *err)
{
    s->size = count * size;
    return mlp_block_new(&s->bytes, s->size, err);
}

static void scratch_free(scratch *s)
{
    mlp_block_free(s->bytes, s->size);
}

/* The picture with r reflected pixels on each side. */
static mlp_status framed(scratch *out, const mlp_image *image, int r, mlp_error *err)
{
    int c = image->channels, w = image->width, h = image->height;
    size_t row = (size_t)w * (size_t)c, wide = ((size_t)w + 2 * (size_t)r) * (size_t)c;
    mlp_status st = scratch_new(out, wide, (size_t)h + 2 * (size_t)r, err);
    if (st) return st;
    for (int y = -r; y < h + r; y++) {
        const uint8_t *from = image->pixels + (size_t)reflect(y, h) * row;
        uint8_t *to = (uint8_t *)out->bytes + (size_t)(y + r) * wide;
        memcpy(to + r * c, from, row);
        for (int x = 1; x <= r; x++) {
            memcpy(to + (r - x) * c, from + reflect(-x, w) * c, (size_t)c);
            memcpy(to + (r + w - 1 + x) * c, from + reflect(w - 1 + x, w) * c, (size_t)c);
        }
    }
    return MLP_OK;
}

enum { LARGEST_KERNEL = 1023 };

static mlp_status check_kernel(const char *who, int k, mlp_error *err)
{
    if (k < 1 || k > LARGEST_KERNEL || k % 2 == 0)
        return mlp_fail(err, MLP_EINVAL, "%s: the kernel size is %d, expected an odd number from 1 to %d", who, k,
                        LARGEST_KERNEL);
    return MLP_OK;
}

/* ---- box ---- */

/* sums[i] = sum of k neighbours along a row, for n = width * channels entries */
static void sum_row(uint32_t *restrict sums, const uint8_t *restrict row, size_t n, int k, int c)
{
    for (size_t i = 0; i < n; i++) sums[i] = row[i];
    for (int j = 1; j < k; j++)
        for (size_t i = 0; i < n; i++) sums[i] += row[i + (size_t)(j * c)];
}

mlp_status mlp_image_blur(mlp_image **out, const mlp_image *image, int k, mlp_error *err)
{
    mlp_status st = check_kernel("blur", k, err);
    if (st) return st;
    int r = k / 2, c = image->channels, h = image->height;
    size_t n = (size_t)image->width * (size_t)c, wide = n + 2 * (size_t)r * (size_t)c;
    scratch frame = { NULL, 0 }, sums = { NULL, 0 };
    mlp_image *to = NULL;
    st = framed(&frame, image, r, err);
    if (!st) st = scratch_new(&sums, n * (size_t)(k + 1), sizeof(uint32_t), err);
    if (!st) st = mlp_image_new(&to, image->width, h, c, err);
    if (!st) {
        uint32_t *total = sums.bytes, *ring = total + n; /* ring: the row sums of the last k rows */
        double share = 1.0 / ((double)k * k);            /* k is odd: no sum lies half-way between two levels */
        memset(total, 0, n * sizeof *total);
        for (int y = 0; y < h + 2 * r; y++) {
            uint32_t *newest = ring + (size_t)(y % k) * n;
            if (y >= k)
                for (size_t i = 0; i < n; i++) total[i] -= newest[i];
            sum_row(newest, (uint8_t *)frame.bytes + (size_t)y * wide, n, k, c);
            for (size_t i = 0; i < n; i++) total[i] += newest[i];
            if (y < k - 1) continue;
            uint8_t *line = to->pixels + (size_t)(y - k + 1) * n;
            for (size_t i = 0; i < n; i++) line[i] = (uint8_t)((int)total[i] * share + 0.5);
        }
        *out = to;
    }
    scratch_free(&frame);
    scratch_free(&sums);
    return st;
}

/* ---- Gaussian ---- */

static double gaussian(int distance, double sigma)
{
    return exp(-(double)(distance * distance) / (2 * sigma * sigma));
}

/* Weights in 1/256 that add up to 256; rounding errors are carried towards the middle. */
static void gaussian_weights(uint16_t *weights, int k, double sigma)
{
    static const double small[4][7] = { { 1 },
                                        { 0.25, 0.5, 0.25 },
                                        { 0.0625, 0.25, 0.375, 0.25, 0.0625 },
                                        { 0.03125, 0.109375, 0.21875, 0.28125, 0.21875, 0.109375, 0.03125 } };
    bool tabled = sigma <= 0 && k <= 7;
    if (sigma <= 0) sigma = 0.3 * ((k - 1) * 0.5 - 1) + 0.8;
    const int middle = k / 2;
    double sum = 0;
    for (int i = 0; i < k; i++) sum += gaussian(i - middle, sigma);
    double carried = 0;
    int used = 0;
    for (int i = 0; i < middle; i++) {
        double w = tabled ? small[middle][i] : gaussian(i - middle, sigma) / sum;
        double exact = w * 256 + carried;
        int rounded = (int)rint(exact);
        carried = exact - rounded;
        weights[i] = weights[k - 1 - i] = (uint16_t)rounded;
        used += 2 * rounded;
    }
    weights[middle] = (uint16_t)(256 - used);
}

mlp_status mlp_image_gaussian_blur(mlp_image **out, const mlp_image *image, int k, double sigma, mlp_error *err)
{
    mlp_status st = check_kernel("gaussian blur", k, err);
    if (st) return st;
    uint16_t weights[LARGEST_KERNEL];
    gaussian_weights(weights, k, sigma);
    int r = k / 2, c = image->channels, h = image->height;
    size_t n = (size_t)image->width * (size_t)c, wide = n + 2 * (size_t)r * (size_t)c, rows = (size_t)h + 2 * (size_t)r;
    scratch frame = { NULL, 0 }, across = { NULL, 0 }, sum = { NULL, 0 };
    mlp_image *to = NULL;
    st = framed(&frame, image, r, err);
    if (!st) st = scratch_new(&across, n * rows, sizeof(uint16_t), err);
    if (!st) st = scratch_new(&sum, n, sizeof(uint32_t), err);
    if (!st) st = mlp_image_new(&to, image->width, h, c, err);
    if (!st) {
        uint16_t *lines = across.bytes; /* levels * 256: exact in 16 bits */
        memset(lines, 0, across.size);
        for (size_t y = 0; y < rows; y++)
            for (int j = 0; j < k; j++) {
                const uint8_t *from = (uint8_t *)frame.bytes + y * wide + (size_t)(j * c);
                uint16_t *line = lines + y * n, w = weights[j];
                for (size_t i = 0; i < n; i++) line[i] = (uint16_t)(line[i] + from[i] * w);
            }
        uint32_t *total = sum.bytes;
        for (size_t y = 0; y < (size_t)h; y++) {
            for (size_t i = 0; i < n; i++) total[i] = 1 << 15;
            for (int j = 0; j < k; j++) {
                const uint16_t *line = lines + (y + (size_t)j) * n;
                uint32_t w = weights[j];
                for (size_t i = 0; i < n; i++) total[i] += line[i] * w;
            }
            for (size_t i = 0; i < n; i++) to->pixels[y * n + i] = (uint8_t)(total[i] >> 16);
        }
        *out = to;
    }
    scratch_free(&frame);
    scratch_free(&across);
    scratch_free(&sum);
    return st;
}

/* ---- any kernel ---- */

/* sum = weight * level + sum, rounded once, as a fused multiply-add: the product and the sum of a level of 8 bits, a
 * weight and a partial sum of 24 fit the 53 bits of a double, so this holds on every machine. */
static void accumulate(float *restrict sum, const uint8_t *restrict from, float weight, size_t n)
{
    for (size_t i = 0; i < n; i++) sum[i] = (float)((double)weight * from[i] + (double)sum[i]);
}

static void store_rounded(uint8_t *restrict to, const float *restrict sum, size_t n)
{
    for (size_t i = 0; i < n; i++) to[i] = (uint8_t)lrintf(sum[i] < 0 ? 0 : sum[i] > 255 ? 255 : sum[i]);
}

mlp_status mlp_image_filter(mlp_image **out, const mlp_image *image, const float *kernel, int k, mlp_error *err)
{
    mlp_status st = check_kernel("filter", k, err);
    if (st) return st;
    int r = k / 2, c = image->channels;
    size_t n = (size_t)image->width * (size_t)c, wide = n + 2 * (size_t)r * (size_t)c;
    scratch frame = { NULL, 0 }, sum = { NULL, 0 };
    mlp_image *to = NULL;
    st = framed(&frame, image, r, err);
    if (!st) st = scratch_new(&sum, n, sizeof(float), err);
    if (!st) st = mlp_image_new(&to, image->width, image->height, c, err);
    if (!st) {
        float *total = sum.bytes;
        for (int y = 0; y < image->height; y++) {
            memset(total, 0, sum.size);
            for (int j = 0; j < k * k; j++) {
                if (kernel[j] == 0) continue;
                const uint8_t *row = (uint8_t *)frame.bytes + (size_t)(y + j / k) * wide;
                accumulate(total, row + j % k * c, kernel[j], n);
            }
            store_rounded(to->pixels + (size_t)y * n, total, n);
        }
        *out = to;
    }
    scratch_free(&frame);
    scratch_free(&sum);
    return st;
}

/* ---- separable: rows first, then columns, in f32 ---- */

static void add_weighted(float *restrict sum, const float *restrict line, float weight, size_t n)
{
    for (size_t i = 0; i < n; i++) sum[i] += line[i] * weight;
}

static mlp_status filter_separably(mlp_image **out, const mlp_image *image, const float *weights, int k, mlp_error *err)
{
    int r = k / 2, c = image->channels;
    size_t n = (size_t)image->width * (size_t)c, wide = n + 2 * (size_t)r * (size_t)c;
    size_t rows = (size_t)image->height + 2 * (size_t)r;
    scratch frame = { NULL, 0 }, across = { NULL, 0 };
    mlp_image *to = NULL;
    mlp_status st = framed(&frame, image, r, err);
    if (!st) st = scratch_new(&across, n * (rows + 1), sizeof(float), err);
    if (!st) st = mlp_image_new(&to, image->width, image->height, c, err);
    if (!st) {
        float *lines = across.bytes, *total = lines + n * rows;
        memset(lines, 0, across.size);
        for (size_t y = 0; y < rows; y++)
            for (int j = 0; j < k; j++)
                accumulate(lines + y * n, (uint8_t *)frame.bytes + y * wide + (size_t)(j * c), weights[j], n);
        for (size_t y = 0; y < (size_t)image->height; y++) {
            memset(total, 0, n * sizeof *total);
            for (int j = 0; j < k; j++) add_weighted(total, lines + (y + (size_t)j) * n, weights[j], n);
            store_rounded(to->pixels + y * n, total, n);
        }
        *out = to;
    }
    scratch_free(&frame);
    scratch_free(&across);
    return st;
}

mlp_status mlp_image_gaussian_filter(mlp_image **out, const mlp_image *image, int k, double sigma, mlp_error *err)
{
    mlp_status st = check_kernel("gaussian filter", k, err);
    if (st) return st;
    float weights[LARGEST_KERNEL];
    double sum = 0;
    for (int i = 0; i < k; i++) sum += gaussian(i - k / 2, sigma);
    for (int i = 0; i < k; i++) weights[i] = (float)(gaussian(i - k / 2, sigma) / sum);
    return filter_separably(out, image, weights, k, err);
}
