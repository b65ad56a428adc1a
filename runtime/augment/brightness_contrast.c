/* brightness_contrast.c - RandomBrightnessContrast: one affine map of levels, from a table. */
#include "augment/transform_private.h"

enum { BRIGHTNESS, CONTRAST, BY_MAX, SAFE };

static const mlp_param params[] = {
    { .name = "brightness_limit",
      .doc = "range of what is added, as a share of 255",
      .kind = MLP_PARAM_RANGE,
      .scalar = MLP_SYMMETRIC,
      .low = -1,
      .high = 1,
      .fallback = MLP_VALUE(-0.2, 0.2) },
    { .name = "contrast_limit",
      .doc = "range of (factor - 1)",
      .kind = MLP_PARAM_RANGE,
      .scalar = MLP_SYMMETRIC,
      .low = -1,
      .high = 100,
      .fallback = MLP_VALUE(-0.2, 0.2) },
    { .name = "brightness_by_max",
      .doc = "false: brightness is a share of the picture's mean, not of 255",
      .kind = MLP_PARAM_BOOL,
      .fallback = MLP_VALUE(1) },
    { .name = "ensure_safe_range",
      .doc = "shrink the change until nothing is clipped",
      .kind = MLP_PARAM_BOOL,
      .fallback = MLP_VALUE(0) },
};

/* clip(alpha * level + beta) in f32, truncated: what Albumentations' table holds. */
static void fill_table(uint8_t table[256], float alpha, float beta)
{
    for (int i = 0; i < 256; i++) {
        float v = (float)i * alpha + beta;
        table[i] = (uint8_t)(v < 0 ? 0 : v > 255 ? 255 : v);
    }
}

mlp_status mlp_image_brightness_contrast(mlp_image **out, const mlp_image *image, float alpha, float beta,
                                         mlp_error *err)
{
    mlp_image *to = NULL;
    mlp_status st = mlp_image_new(&to, image->width, image->height, image->channels, err);
    if (st) return st;
    uint8_t table[256];
    fill_table(table, alpha, beta);
    size_t n = mlp_image_bytes(image);
    for (size_t i = 0; i < n; i++) to->pixels[i] = table[image->pixels[i]];
    *out = to;
    return MLP_OK;
}

static double mean_level(const mlp_image *image)
{
    uint64_t sum = 0;
    size_t n = mlp_image_bytes(image);
    for (size_t i = 0; i < n; i++) sum += image->pixels[i];
    return (double)sum / (double)n;
}

static mlp_status apply(const mlp_transform *t, mlp_sample *sample, mlp_rng *rng, mlp_error *err)
{
    const double max = 255;
    double alpha = 1 + mlp_draw_range(t, CONTRAST, rng), beta = mlp_draw_range(t, BRIGHTNESS, rng);
    beta *= mlp_number(t, BY_MAX) != 0 ? max : mean_level(sample->image);
    if (mlp_number(t, SAFE) != 0 && alpha > 0) {
        beta = beta < 0 ? 0 : beta > max ? max : beta;
        double most = (max - beta) / max;
        if (alpha > most) alpha = most;
    }
    uint8_t table[256];
    fill_table(table, (float)alpha, (float)beta);
    return mlp_sample_lookup(sample, table, err);
}

const mlp_transform_type mlp_random_brightness_contrast_type = {
    .about = { .name = "RandomBrightnessContrast", .doc = "Changes brightness and contrast.", MLP_PARAMS(params) },
    .p = 0.5,
    .apply = apply,
};
