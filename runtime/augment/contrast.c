/* contrast.c - AutoContrast and Sharpen. */
#include "augment/transform_private.h"

#include <math.h>

/* ---- AutoContrast ---- */

enum { CUTOFF, METHOD };
typedef enum method { BY_FREQUENCY, BY_LEVEL } method;

static const char *const methods[] = { "cdf", "pil", NULL };

static const mlp_param auto_params[] = {
    { .name = "cutoff",
      .doc = "percent of the pixels that may be darker or lighter than what becomes 0 or 255",
      .kind = MLP_PARAM_FLOAT,
      .low = 0,
      .high = 100,
      .fallback = MLP_VALUE(0) },
    { .name = "method",
      .doc = "how levels between are spread: by how many pixels are darker, or as Pillow does, evenly",
      .kind = MLP_PARAM_CHOICE,
      .choices = methods,
      .fallback = MLP_VALUE(BY_FREQUENCY) },
};

typedef struct bounds {
    int low, high;
} bounds;

static bounds bounds_of(const int64_t counts[256], double cutoff)
{
    bounds b = { 0, 255 };
    int64_t total = 0, sum = 0;
    for (int i = 0; i < 256; i++) total += counts[i];
    if (total == 0) return (bounds){ 0, 0 };
    if (cutoff == 0) {
        while (!counts[b.low]) b.low++;
        while (!counts[b.high]) b.high--;
        return b;
    }
    double cut = (double)total * cutoff / 100;
    for (int i = 0; i < 256 && (double)sum < cut; i++) {
        sum += counts[i];
        b.low = i + 1;
    }
    sum = 0;
    for (int i = 255; i >= 0 && (double)sum < cut; i--) {
        sum += counts[i];
        b.high = i;
    }
    if (b.low > 255) b.low = 255;
    return b.low > b.high ? (bounds){ 127, 127 } : b;
}

static void fill_table(uint8_t table[256], const int64_t counts[256], bounds b, method how)
{
    int64_t all = 0, sum = 0;
    for (int i = b.low + 1; i <= b.high; i++) all += counts[i];
    for (int i = 0; i < 256; i++) {
        if (i > b.low && i <= b.high) sum += counts[i];
        double level =
            how == BY_LEVEL ? rint((i - b.low) * (255.0 / (b.high - b.low))) : rint((double)sum * 255 / (double)all);
        table[i] = (uint8_t)(i < b.low ? 0 : i > b.high ? 255 : level);
    }
}

static mlp_status apply_auto(const mlp_transform *t, mlp_sample *sample, mlp_rng *rng, mlp_error *err)
{
    (void)rng;
    mlp_image *image = mlp_sample_writable(sample, err);
    if (!image) return MLP_ENOMEM;
    size_t bytes = mlp_image_bytes(image), c = (size_t)image->channels;
    for (size_t k = 0; k < c; k++) {
        int64_t counts[256] = { 0 };
        uint8_t table[256];
        for (size_t i = k; i < bytes; i += c) counts[image->pixels[i]]++;
        counts[255] = 0; /* the histogram there ends below 255 */
        bounds b = bounds_of(counts, mlp_number(t, CUTOFF));
        if (b.high <= b.low) continue;
        fill_table(table, counts, b, (method)mlp_choice(t, METHOD));
        for (size_t i = k; i < bytes; i += c) image->pixels[i] = table[image->pixels[i]];
    }
    return MLP_OK;
}

const mlp_transform_type mlp_auto_contrast_type = {
    .about = { .name = "AutoContrast",
               .doc = "Spreads the levels of each channel over all that there are.",
               MLP_PARAMS(auto_params) },
    .p = 0.5,
    .deterministic = true,
    .apply = apply_auto,
};

/* ---- Sharpen ---- */

enum { ALPHA, LIGHTNESS };

static const mlp_param sharpen_params[] = {
    { .name = "alpha",
      .doc = "range of the share of the sharpened picture in the result",
      .kind = MLP_PARAM_RANGE,
      .low = 0,
      .high = 1,
      .fallback = MLP_VALUE(0.2, 0.5) },
    { .name = "lightness",
      .doc = "range of the weight of a pixel itself in the sharpened picture, beyond that of its neighbours",
      .kind = MLP_PARAM_RANGE,
      .low = 0,
      .high = 1000,
      .fallback = MLP_VALUE(0.5, 1) },
};

static mlp_status apply_sharpen(const mlp_transform *t, mlp_sample *sample, mlp_rng *rng, mlp_error *err)
{
    double alpha = mlp_draw_range(t, ALPHA, rng), lightness = mlp_draw_range(t, LIGHTNESS, rng);
    float kernel[9];
    for (int i = 0; i < 9; i++) kernel[i] = (float)-alpha;
    kernel[4] = (float)((1 - alpha) + alpha * (8 + lightness));
    mlp_image *out = NULL;
    mlp_status st = mlp_image_filter(&out, sample->image, kernel, 3, err);
    if (!st) mlp_sample_put(sample, out);
    return st;
}

const mlp_transform_type mlp_sharpen_type = {
    .about = { .name = "Sharpen", .doc = "Mixes a sharpened picture in.", MLP_PARAMS(sharpen_params) },
    .p = 0.5,
    .apply = apply_sharpen,
};
