/* erasing.c - Erasing and PixelDropout: one rectangle, and single pixels, of one colour. */
#include "augment/transform_private.h"

#include <math.h>
#include <string.h>

/* ---- Erasing ---- */

enum { SCALE, RATIO, FILL };

static const mlp_param erasing_params[] = {
    { .name = "scale",
      .doc = "range of the rectangle's area, as a share of the picture's",
      .kind = MLP_PARAM_RANGE,
      .low = 0,
      .high = 1,
      .fallback = MLP_VALUE(0.02, 0.33) },
    { .name = "ratio",
      .doc = "range of its width over its height",
      .kind = MLP_PARAM_RANGE,
      .low = 0,
      .low_open = true,
      .high = 1000,
      .fallback = MLP_VALUE(0.3, 3.3) },
    { .name = "fill",
      .doc = "colour of the rectangle",
      .kind = MLP_PARAM_COLOUR,
      .high = 255,
      .fallback = MLP_VALUE(0) },
};

static const mlp_param_alias erasing_aliases[] = { { "value", "fill", -1 }, { NULL, NULL, 0 } };

/* Areas and ratios that fit into the picture; a picture into which none fits is left alone. */
static mlp_status apply_erasing(const mlp_transform *t, mlp_sample *sample, mlp_rng *rng, mlp_error *err)
{
    mlp_image *image = mlp_sample_writable(sample, err);
    if (!image) return MLP_ENOMEM;
    uint8_t fill[3];
    mlp_colour(t, FILL, fill);
    const double *scale = t->values[SCALE].number, *ratio = t->values[RATIO].number;
    double w = image->width, h = image->height;
    double least = scale[0] * w * h, most = fmin(scale[1] * w * h, fmin(ratio[0] * h * h, w * w / ratio[1]));
    if (most < least) return MLP_OK;
    double area = mlp_rng_range(rng, least, most);
    if (area <= 0) return MLP_OK;
    double aspect = mlp_rng_range(rng, fmax(ratio[0], area / (h * h)), fmin(ratio[1], w * w / area));
    int height = (int)fmin(h, rint(sqrt(area / aspect))), width = (int)fmin(w, rint(sqrt(area * aspect)));
    int top = (int)mlp_rng_int(rng, 0, image->height - height), left = (int)mlp_rng_int(rng, 0, image->width - width);
    mlp_image_cover(image, left, top, width, height, fill);
    return MLP_OK;
}

const mlp_transform_type mlp_erasing_type = {
    .about = { .name = "Erasing",
               .doc = "Covers one rectangle of a random area and shape with one colour (random erasing).",
               MLP_PARAMS(erasing_params),
               .aliases = erasing_aliases },
    .p = 0.5,
    .apply = apply_erasing,
};

/* ---- PixelDropout ---- */

enum { PROBABILITY, PER_CHANNEL, VALUE };

static const mlp_param pixel_params[] = {
    { .name = "dropout_prob",
      .doc = "share of the pixels that are dropped, on the average",
      .kind = MLP_PARAM_FLOAT,
      .low = 0,
      .high = 1,
      .fallback = MLP_VALUE(0.01) },
    { .name = "per_channel",
      .doc = "true: each channel has dropped pixels of its own",
      .kind = MLP_PARAM_BOOL,
      .fallback = MLP_VALUE(0) },
    { .name = "drop_value", .doc = "their colour", .kind = MLP_PARAM_COLOUR, .high = 255, .fallback = MLP_VALUE(0) },
};

static mlp_status apply_pixels(const mlp_transform *t, mlp_sample *sample, mlp_rng *rng, mlp_error *err)
{
    mlp_image *image = mlp_sample_writable(sample, err);
    if (!image) return MLP_ENOMEM;
    uint8_t value[3];
    mlp_colour(t, VALUE, value);
    size_t bytes = mlp_image_bytes(image), c = (size_t)image->channels;
    size_t step = mlp_number(t, PER_CHANNEL) != 0 ? 1 : c;
    for (size_t i = 0; i < bytes; i += step)
        if (mlp_rng_uniform(rng) < mlp_number(t, PROBABILITY)) memcpy(image->pixels + i, value + i % c, step);
    return MLP_OK;
}

const mlp_transform_type mlp_pixel_dropout_type = {
    .about = { .name = "PixelDropout", .doc = "Gives single pixels one colour.", MLP_PARAMS(pixel_params) },
    .p = 0.5,
    .apply = apply_pixels,
};
