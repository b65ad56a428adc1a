/* dropout.c - CoarseDropout: rectangles of one colour. */
#include "augment/transform_private.h"

#include <math.h>
#include <string.h>

enum { HOLES, HEIGHT, WIDTH, FILL };

static const mlp_param params[] = {
    { .name = "num_holes_range",
      .doc = "range of the number of holes",
      .kind = MLP_PARAM_INT_RANGE,
      .low = 1,
      .high = 10000,
      .fallback = MLP_VALUE(1, 2) },
    { .name = "hole_height_range",
      .doc = "range of their height: shares of the picture's below 1, or whole pixels",
      .kind = MLP_PARAM_RANGE,
      .low = 0,
      .high = MLP_IMAGE_MAX_SIDE,
      .fallback = MLP_VALUE(0.1, 0.2) },
    { .name = "hole_width_range",
      .doc = "range of their width, likewise; the one may be shares and the other pixels",
      .kind = MLP_PARAM_RANGE,
      .low = 0,
      .high = MLP_IMAGE_MAX_SIDE,
      .fallback = MLP_VALUE(0.1, 0.2) },
    { .name = "fill", .doc = "colour of the holes", .kind = MLP_PARAM_COLOUR, .high = 255, .fallback = MLP_VALUE(0) },
};

static const mlp_param_alias aliases[] = { { "fill_value", "fill", -1 }, { NULL, NULL, 0 } };

static bool is_share(const double range[2])
{
    return range[1] < 1;
}

/* Pixels are whole; a share cannot grow into pixels. */
static mlp_status check(const char *who, const mlp_value *values, mlp_error *err)
{
    for (int param = HEIGHT; param <= WIDTH; param++) {
        const double *range = values[param].number;
        if (is_share(range) || (range[0] == floor(range[0]) && range[1] == floor(range[1]))) continue;
        return mlp_fail(err, MLP_EINVAL,
                        "%s: %s is {%g, %g}, expected shares of the picture (both below 1) or whole numbers of pixels",
                        who, params[param].name, range[0], range[1]);
    }
    return MLP_OK;
}

/* A side in pixels, at most `size`. */
static int draw_side(const mlp_transform *t, int param, int size, mlp_rng *rng)
{
    const double *range = t->values[param].number;
    if (is_share(range)) return (int)(size * mlp_rng_range(rng, range[0], range[1]));
    double low = range[0] < size ? range[0] : size, high = range[1] < size ? range[1] : size;
    return (int)mlp_rng_int(rng, (int64_t)low, (int64_t)high);
}

void mlp_image_cover(mlp_image *image, int left, int top, int width, int height, const uint8_t fill[3])
{
    size_t c = (size_t)image->channels;
    for (int y = top; y < top + height; y++) {
        uint8_t *p = image->pixels + ((size_t)y * (size_t)image->width + (size_t)left) * c;
        for (int x = 0; x < width; x++, p += c) memcpy(p, fill, c);
    }
}

static mlp_status apply(const mlp_transform *t, mlp_sample *sample, mlp_rng *rng, mlp_error *err)
{
    mlp_image *image = mlp_sample_writable(sample, err);
    if (!image) return MLP_ENOMEM;
    uint8_t fill[3];
    mlp_colour(t, FILL, fill);
    int holes = mlp_draw_int(t, HOLES, rng);
    for (int i = 0; i < holes; i++) {
        int h = draw_side(t, HEIGHT, image->height, rng), w = draw_side(t, WIDTH, image->width, rng);
        int top = (int)mlp_rng_int(rng, 0, image->height - h), left = (int)mlp_rng_int(rng, 0, image->width - w);
        mlp_image_cover(image, left, top, w, h, fill);
    }
    return MLP_OK;
}

const mlp_transform_type mlp_coarse_dropout_type = {
    .about = { .name = "CoarseDropout",
               .doc = "Covers rectangles with one colour.",
               MLP_PARAMS(params),
               .aliases = aliases,
               .check = check },
    .p = 0.5,
    .apply = apply,
};
