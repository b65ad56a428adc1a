/* normalize.c - Normalize, ToTensorV2 and NoOp: the steps that only say how levels are to be read.
 *
 * Normalize leaves the pixels alone and puts a table into the sample (level to float, per channel); all of
 * Albumentations' ways to normalise are tables once the picture's statistics are known. */
#include "augment/transform_private.h"

#include <math.h>
#include <string.h>

enum { MEAN, STD, MAX_PIXEL_VALUE, NORMALIZATION };
typedef enum way { STANDARD, IMAGE, IMAGE_PER_CHANNEL, MIN_MAX, MIN_MAX_PER_CHANNEL } way;

static const char *const ways[] = { "standard", "image", "image_per_channel", "min_max", "min_max_per_channel", NULL };

static const mlp_param params[] = {
    { .name = "mean",
      .doc = "of the data, as a share of max_pixel_value; a number or one per channel",
      .kind = MLP_PARAM_COLOUR,
      .low = -1e6,
      .high = 1e6,
      .fallback = MLP_VALUE(0.485, 0.456, 0.406) },
    { .name = "std",
      .doc = "standard deviation, likewise",
      .kind = MLP_PARAM_COLOUR,
      .low = 1e-9,
      .high = 1e6,
      .fallback = MLP_VALUE(0.229, 0.224, 0.225) },
    { .name = "max_pixel_value",
      .doc = "the level that counts as 1",
      .kind = MLP_PARAM_FLOAT,
      .low = 1e-6,
      .high = 1e6,
      .fallback = MLP_VALUE(255) },
    { .name = "normalization",
      .doc = "\"standard\": by mean and std; else by the picture's own statistics",
      .kind = MLP_PARAM_CHOICE,
      .choices = ways,
      .fallback = MLP_VALUE(STANDARD) },
};

static mlp_status setup(mlp_transform *t, mlp_error *err)
{
    (void)err;
    t->floats = true;
    return MLP_OK;
}

/* (level - mean * max) * (1 / (std * max)), every step in f32. */
static mlp_status standard_table(const mlp_transform *t, mlp_sample *sample, mlp_error *err)
{
    const mlp_value *mean = &t->values[MEAN], *std = &t->values[STD];
    int channels = sample->image->channels;
    if (channels == 1 && (mean->count == 3 || std->count == 3))
        return mlp_fail(err, MLP_ESHAPE,
                        "Normalize: mean and std are for 3 channels but the picture is grey (1 channel); for grey use "
                        "Normalize { mean = 0.5, std = 0.5 }, or load the pictures in colour");
    float max = (float)mlp_number(t, MAX_PIXEL_VALUE);
    for (int c = 0; c < channels; c++) {
        float m = (float)mean->number[mean->count == 3 ? c : 0] * max;
        float scale = 1.f / ((float)std->number[std->count == 3 ? c : 0] * max);
        for (int i = 0; i < 256; i++) sample->table[c][i] = ((float)i - m) * scale;
    }
    return MLP_OK;
}

/* How often each level occurs, per channel. */
static void count_levels(const mlp_image *image, uint64_t counts[3][256])
{
    int channels = image->channels;
    size_t n = mlp_image_bytes(image);
    memset(counts, 0, 3 * sizeof *counts);
    for (size_t i = 0; i < n; i += (size_t)channels)
        for (int c = 0; c < channels; c++) counts[c][image->pixels[i + (size_t)c]]++;
}

static void own_table(float table[256], const uint64_t counts[256], bool min_max)
{
    const double eps = 1e-4;
    double n = 0, sum = 0, squares = 0, min = 255, max = 0;
    for (int i = 0; i < 256; i++) {
        if (!counts[i]) continue;
        n += (double)counts[i];
        sum += (double)counts[i] * i;
        if (i < min) min = i;
        if (i > max) max = i;
    }
    double mean = sum / n;
    for (int i = 0; i < 256; i++) squares += (double)counts[i] * (i - mean) * (i - mean);
    double centre = min_max ? min : mean, spread = (min_max ? max - min : sqrt(squares / n)) + eps;
    for (int i = 0; i < 256; i++) {
        float v = (float)((i - centre) / spread);
        table[i] = v < -20 ? -20 : v > 20 ? 20 : v;
    }
}

static void statistics_table(mlp_sample *sample, way how)
{
    uint64_t counts[3][256];
    int channels = sample->image->channels;
    count_levels(sample->image, counts);
    if (how == IMAGE || how == MIN_MAX)
        for (int i = 0; i < 256; i++) {
            uint64_t all = counts[0][i] + counts[1][i] + counts[2][i];
            counts[0][i] = counts[1][i] = counts[2][i] = all;
        }
    for (int c = 0; c < channels; c++)
        own_table(sample->table[c], counts[c], how == MIN_MAX || how == MIN_MAX_PER_CHANNEL);
}

static mlp_status apply(const mlp_transform *t, mlp_sample *sample, mlp_rng *rng, mlp_error *err)
{
    (void)rng;
    way how = (way)mlp_choice(t, NORMALIZATION);
    mlp_status st = MLP_OK;
    if (how == STANDARD) st = standard_table(t, sample, err);
    else statistics_table(sample, how);
    if (!st) sample->normalized = true;
    return st;
}

/* ---- ToTensorV2, NoOp ---- */

static mlp_status setup_to_tensor(mlp_transform *t, mlp_error *err)
{
    (void)err;
    t->to_tensor = true;
    return MLP_OK;
}

static mlp_status apply_to_tensor(const mlp_transform *t, mlp_sample *sample, mlp_rng *rng, mlp_error *err)
{
    (void)t, (void)rng, (void)err;
    sample->layout = MLP_CHW;
    return MLP_OK;
}

static mlp_status apply_nothing(const mlp_transform *t, mlp_sample *sample, mlp_rng *rng, mlp_error *err)
{
    (void)t, (void)sample, (void)rng, (void)err;
    return MLP_OK;
}

const mlp_transform_type mlp_normalize_type = {
    .about = { .name = "Normalize", .doc = "Makes floats of levels: (level - mean) / std.", MLP_PARAMS(params) },
    .p = 1,
    .setup = setup,
    .apply = apply,
};
const mlp_transform_type mlp_to_tensor_type = {
    .about = { .name = "ToTensorV2", .doc = "Puts channels first (CxHxW); values stay." },
    .p = 1,
    .setup = setup_to_tensor,
    .apply = apply_to_tensor,
};
const mlp_transform_type mlp_no_op_type = {
    .about = { .name = "NoOp", .doc = "Does nothing; useful in OneOf." },
    .p = 0.5,
    .deterministic = true,
    .moves_pixels = true,
    .apply = apply_nothing,
};
