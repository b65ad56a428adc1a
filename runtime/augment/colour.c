/* colour.c - ColorJitter, HueSaturationValue and RGBShift. */
#include "augment/hsv_private.h"

#include <math.h>

static int clamped(int level)
{
    return level < 0 ? 0 : level > 255 ? 255 : level;
}

/* table[i] becomes i + the whole part of shift, within levels */
static void fill_shifted(uint8_t table[256], double shift)
{
    for (int i = 0; i < 256; i++) table[i] = (uint8_t)clamped(i + (int)shift);
}

/* ---- ColorJitter ---- */

enum { BRIGHTNESS, CONTRAST, SATURATION, HUE, JITTERS };

#define FACTOR(NAME, DOC)                                                                                              \
    {                                                                                                                  \
        .name = (NAME), .doc = (DOC), .kind = MLP_PARAM_RANGE, .scalar = MLP_AROUND_ONE, .low = 0, .high = 100,        \
        .fallback = MLP_VALUE(0.8, 1.2)                                                                                \
    }

static const mlp_param jitter_params[] = {
    FACTOR("brightness", "range of the factor of all levels"),
    FACTOR("contrast", "range of the factor of the distance to the mean level"),
    FACTOR("saturation", "range of the factor of the distance to grey"),
    { .name = "hue",
      .doc = "range of the turn of the hue; 1 would be all around",
      .kind = MLP_PARAM_RANGE,
      .scalar = MLP_SYMMETRIC,
      .low = -0.5,
      .high = 0.5,
      .fallback = MLP_VALUE(-0.5, 0.5) },
};

static mlp_status scale_levels(mlp_sample *sample, double factor, double add, mlp_error *err)
{
    mlp_image *out = NULL;
    mlp_status st = mlp_image_brightness_contrast(&out, sample->image, (float)factor, (float)add, err);
    if (!st) mlp_sample_put(sample, out);
    return st;
}

static double mean_grey(const mlp_image *grey)
{
    uint64_t sum = 0;
    size_t n = mlp_image_bytes(grey);
    for (size_t i = 0; i < n; i++) sum += grey->pixels[i];
    return (double)sum / (double)n;
}

static mlp_status jitter_contrast(mlp_sample *sample, double factor, mlp_error *err)
{
    mlp_image *grey = NULL;
    mlp_status st = mlp_image_convert(&grey, sample->image, 1, err);
    if (st) return st;
    double mean = mean_grey(grey);
    mlp_image_release(grey);
    if (factor == 0) mean = floor(mean + 0.5); /* as there: all pixels are the rounded mean, not the truncated one */
    return scale_levels(sample, factor, mean * (1 - factor), err);
}

static mlp_status jitter_saturation(mlp_sample *sample, double factor, mlp_error *err)
{
    mlp_image *grey = NULL, *image = mlp_sample_writable(sample, err);
    if (!image) return MLP_ENOMEM;
    if (image->channels == 1) return MLP_OK;
    mlp_status st = mlp_image_convert(&grey, image, 1, err);
    if (st) return st;
    size_t n = mlp_image_bytes(image);
    float colour = (float)factor, without = (float)(1 - factor);
    for (size_t i = 0; i < n; i++) {
        uint8_t without_colour = grey->pixels[i / 3];
        float level = (float)image->pixels[i] * colour + (float)without_colour * without;
        image->pixels[i] = (uint8_t)clamped((int)lrintf(level));
    }
    mlp_image_release(grey);
    return MLP_OK;
}

static mlp_status jitter_hue(mlp_sample *sample, double turn, mlp_error *err)
{
    mlp_hsv_tables tables;
    mlp_hsv_identity(&tables);
    mlp_hsv_turn(&tables, MLP_HUES * turn);
    return mlp_sample_lookup_hsv(sample, &tables, err);
}

static mlp_status jitter(mlp_sample *sample, int which, double by, mlp_error *err)
{
    if (by == (which == HUE ? 0 : 1)) return MLP_OK;
    switch (which) {
    case BRIGHTNESS: return scale_levels(sample, by, 0, err);
    case CONTRAST: return jitter_contrast(sample, by, err);
    case SATURATION: return jitter_saturation(sample, by, err);
    default: return jitter_hue(sample, by, err);
    }
}

static mlp_status apply_jitter(const mlp_transform *t, mlp_sample *sample, mlp_rng *rng, mlp_error *err)
{
    double by[JITTERS];
    int64_t order[JITTERS];
    mlp_status st = MLP_OK;
    for (int i = 0; i < JITTERS; i++) by[i] = mlp_draw_range(t, i, rng);
    mlp_rng_permutation(rng, JITTERS, order);
    for (int i = 0; i < JITTERS && !st; i++) st = jitter(sample, (int)order[i], by[order[i]], err);
    return st;
}

/* ---- HueSaturationValue ---- */

#define SHIFT(NAME, DOC, LIMIT, USUAL)                                                                                 \
    {                                                                                                                  \
        .name = (NAME), .doc = (DOC), .kind = MLP_PARAM_RANGE, .scalar = MLP_SYMMETRIC, .low = -(LIMIT),               \
        .high = (LIMIT), .fallback = MLP_VALUE(-(USUAL), USUAL)                                                        \
    }

static const mlp_param hsv_params[] = {
    SHIFT("hue_shift_limit", "range of the turn of the hue, 180 being all around", 180, 20),
    SHIFT("sat_shift_limit", "range of the shift of the saturation, in levels; grey stays grey", 255, 30),
    SHIFT("val_shift_limit", "range of the shift of the value, in levels", 255, 20),
};

static mlp_status apply_hsv(const mlp_transform *t, mlp_sample *sample, mlp_rng *rng, mlp_error *err)
{
    double hue = mlp_draw_range(t, 0, rng), saturation = mlp_draw_range(t, 1, rng), value = mlp_draw_range(t, 2, rng);
    mlp_hsv_tables tables;
    mlp_hsv_identity(&tables);
    if (hue == 0 && saturation == 0 && value == 0) return MLP_OK;
    mlp_hsv_turn(&tables, hue);
    fill_shifted(tables.saturation, saturation);
    tables.saturation[0] = 0;
    fill_shifted(tables.value, value);
    return mlp_sample_lookup_hsv(sample, &tables, err);
}

/* ---- RGBShift ---- */

static const mlp_param rgb_params[] = {
    SHIFT("r_shift_limit", "range of the shift of red: in levels, or as a share of 255 where both ends are within 1",
          255, 20),
    SHIFT("g_shift_limit", "the same for green", 255, 20),
    SHIFT("b_shift_limit", "the same for blue", 255, 20),
};

static double draw_levels(const mlp_transform *t, int param, mlp_rng *rng)
{
    const double *range = t->values[param].number;
    bool levels = fabs(range[0]) > 1 || fabs(range[1]) > 1;
    return mlp_draw_range(t, param, rng) * (levels ? 1 : 255);
}

/* A grey picture is shifted as red is. */
static mlp_status apply_rgb(const mlp_transform *t, mlp_sample *sample, mlp_rng *rng, mlp_error *err)
{
    uint8_t tables[3][256];
    for (int c = 0; c < 3; c++) fill_shifted(tables[c], draw_levels(t, c, rng));
    if (sample->image->channels == 1) return mlp_sample_lookup(sample, tables[0], err);
    mlp_image *image = mlp_sample_writable(sample, err);
    if (!image) return MLP_ENOMEM;
    size_t n = mlp_image_bytes(image);
    for (size_t i = 0; i < n; i++) image->pixels[i] = tables[i % 3][image->pixels[i]];
    return MLP_OK;
}

const mlp_transform_type mlp_color_jitter_type = {
    .about = { .name = "ColorJitter",
               .doc = "Changes brightness, contrast, saturation and hue, in random order.",
               MLP_PARAMS(jitter_params) },
    .p = 0.5,
    .apply = apply_jitter,
};
const mlp_transform_type mlp_hue_saturation_value_type = {
    .about = { .name = "HueSaturationValue", .doc = "Shifts hue, saturation and value.", MLP_PARAMS(hsv_params) },
    .p = 0.5,
    .apply = apply_hsv,
};
const mlp_transform_type mlp_rgb_shift_type = {
    .about = { .name = "RGBShift", .doc = "Shifts red, green and blue.", MLP_PARAMS(rgb_params) },
    .p = 0.5,
    .apply = apply_rgb,
};
