/* gray.c - ToGray. */
#include "augment/transform_private.h"

enum { CHANNELS, METHOD };
typedef enum method { WEIGHTED, DESATURATION, AVERAGE, MAX } method;

static const char *const methods[] = { "weighted_average", "desaturation", "average", "max", NULL };

static const mlp_param params[] = {
    { .name = "num_output_channels",
      .doc = "3: grey repeated, 1: one channel",
      .kind = MLP_PARAM_INT,
      .low = 1,
      .high = 3,
      .fallback = MLP_VALUE(3) },
    { .name = "method",
      .doc = "how three levels become one",
      .kind = MLP_PARAM_CHOICE,
      .choices = methods,
      .fallback = MLP_VALUE(WEIGHTED) },
};

static mlp_status check(const char *who, const mlp_value *values, mlp_error *err)
{
    if (values[CHANNELS].number[0] == 2)
        return mlp_fail(err, MLP_EINVAL, "%s: num_output_channels is 2, expected 1 or 3", who);
    return MLP_OK;
}

static uint8_t grey_of(const uint8_t *rgb, method how)
{
    int r = rgb[0], g = rgb[1], b = rgb[2], max = r > g ? r : g, min = r < g ? r : g;
    max = max > b ? max : b;
    min = min < b ? min : b;
    return (uint8_t)(how == DESATURATION ? (max + min) / 2 : how == AVERAGE ? (r + g + b) / 3 : max);
}

static mlp_status to_grey(mlp_image **out, mlp_image *image, method how, mlp_error *err)
{
    if (how == WEIGHTED) return mlp_image_convert(out, image, 1, err);
    mlp_image *grey = NULL;
    mlp_status st = mlp_image_new(&grey, image->width, image->height, 1, err);
    if (st) return st;
    size_t n = mlp_image_bytes(grey);
    for (size_t i = 0; i < n; i++) grey->pixels[i] = grey_of(image->pixels + 3 * i, how);
    *out = grey;
    return MLP_OK;
}

static mlp_status apply(const mlp_transform *t, mlp_sample *sample, mlp_rng *rng, mlp_error *err)
{
    (void)rng;
    if (sample->image->channels == 1) return MLP_OK; /* is grey already */
    mlp_image *grey = NULL, *result = NULL;
    mlp_status st = to_grey(&grey, sample->image, (method)mlp_choice(t, METHOD), err);
    if (!st) st = mlp_image_convert(&result, grey, (int)mlp_number(t, CHANNELS), err);
    mlp_image_release(grey);
    if (!st) mlp_sample_put(sample, result);
    return st;
}

const mlp_transform_type mlp_to_gray_type = {
    .about = { .name = "ToGray", .doc = "Takes the colour away.", MLP_PARAMS(params), .check = check },
    .p = 0.5,
    .deterministic = true,
    .apply = apply,
};
