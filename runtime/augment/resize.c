/* resize.c - Resize. */
#include "augment/transform_private.h"

enum { HEIGHT, WIDTH, INTERPOLATION, AREA_FOR_DOWNSCALE };

static const char *const area_names[] = { "image", "image_mask", NULL };

static const mlp_param params[] = {
    { .name = "height",
      .doc = "rows of the result",
      .kind = MLP_PARAM_INT,
      .required = true,
      .low = 1,
      .high = MLP_IMAGE_MAX_SIDE },
    { .name = "width",
      .doc = "columns of the result",
      .kind = MLP_PARAM_INT,
      .required = true,
      .low = 1,
      .high = MLP_IMAGE_MAX_SIDE },
    { .name = "interpolation",
      .doc = "how pixels between pixels are made",
      .kind = MLP_PARAM_CHOICE,
      .choices = mlp_interpolation_names,
      .fallback = MLP_VALUE(MLP_LINEAR) },
    { .name = "area_for_downscale",
      .doc = "\"image\": average areas wherever a side shrinks",
      .kind = MLP_PARAM_CHOICE,
      .choices = area_names },
};

static mlp_status apply(const mlp_transform *t, mlp_sample *sample, mlp_rng *rng, mlp_error *err)
{
    (void)rng;
    int h = (int)mlp_number(t, HEIGHT), w = (int)mlp_number(t, WIDTH);
    const mlp_image *image = sample->image;
    if (image->width == w && image->height == h) return MLP_OK;
    mlp_interpolation method = (mlp_interpolation)mlp_choice(t, INTERPOLATION);
    if (mlp_given(t, AREA_FOR_DOWNSCALE) && (h < image->height || w < image->width)) method = MLP_AREA;
    mlp_image *resized = NULL;
    mlp_status st = mlp_image_resize(&resized, image, w, h, method, err);
    if (!st) mlp_sample_put(sample, resized);
    return st;
}

const mlp_transform_type mlp_resize_type = {
    .about = { .name = "Resize", .doc = "Gives the picture a fixed size.", MLP_PARAMS(params) },
    .p = 1,
    .deterministic = true,
    .apply = apply,
};
