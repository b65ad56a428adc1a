/* compression.c - ImageCompression: to JPEG and back.
 *
 * Albumentations hands RGB to an encoder that takes it for BGR, so red and blue have changed places when the colours
 * are thinned out. That shows in the pixels, and is done here as well. */
#include "augment/transform_private.h"

#include <stdlib.h>

enum { TYPE, QUALITY };

static const char *const types[] = { "jpeg", NULL };

static const mlp_param params[] = {
    { .name = "compression_type",
      .doc = "the format",
      .kind = MLP_PARAM_CHOICE,
      .choices = types,
      .fallback = MLP_VALUE(0) },
    { .name = "quality_range",
      .doc = "range of the quality; colours are kept at half the size",
      .kind = MLP_PARAM_INT_RANGE,
      .low = 1,
      .high = 100,
      .fallback = MLP_VALUE(99, 100) },
};

static const mlp_param_alias aliases[] = {
    { "quality_lower", "quality_range", 0 },
    { "quality_upper", "quality_range", 1 },
    { NULL, NULL, 0 },
};

static void swap_red_and_blue(mlp_image *image)
{
    size_t n = image->channels == 3 ? mlp_image_bytes(image) : 0;
    for (uint8_t *p = image->pixels; p < image->pixels + n; p += 3) {
        uint8_t red = p[0];
        p[0] = p[2];
        p[2] = red;
    }
}

static mlp_status apply(const mlp_transform *t, mlp_sample *sample, mlp_rng *rng, mlp_error *err)
{
    mlp_image *image = mlp_sample_writable(sample, err), *decoded = NULL;
    if (!image) return MLP_ENOMEM;
    uint8_t *bytes = NULL;
    size_t length = 0;
    mlp_decode_options options = mlp_decode_defaults();
    options.channels = image->channels;
    options.max_pixels = (int64_t)image->width * image->height;
    swap_red_and_blue(image);
    mlp_status st = mlp_image_encode_jpeg(&bytes, &length, image, mlp_draw_int(t, QUALITY, rng), err);
    if (!st) st = mlp_image_decode(&decoded, bytes, length, "the compressed picture", &options, err);
    free(bytes);
    if (st) return st;
    swap_red_and_blue(decoded);
    mlp_sample_put(sample, decoded);
    return MLP_OK;
}

const mlp_transform_type mlp_image_compression_type = {
    .about = { .name = "ImageCompression",
               .doc = "Compresses as JPEG does, with the traces that it leaves.",
               MLP_PARAMS(params),
               .aliases = aliases },
    .p = 0.5,
    .apply = apply,
};
