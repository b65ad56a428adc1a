/* flip.c - HorizontalFlip and VerticalFlip. */
#include "augment/transform_private.h"

#include <string.h>

static void reverse_row(uint8_t *restrict to, const uint8_t *restrict from, int width, int channels)
{
    if (channels == 1) {
        for (int x = 0; x < width; x++) to[x] = from[width - 1 - x];
        return;
    }
    from += 3 * (size_t)(width - 1);
    for (int x = 0; x < width; x++, to += 3, from -= 3) to[0] = from[0], to[1] = from[1], to[2] = from[2];
}

mlp_status mlp_image_flip(mlp_image **out, const mlp_image *image, bool horizontal, bool vertical, mlp_error *err)
{
    mlp_image *to = NULL;
    mlp_status st = mlp_image_new(&to, image->width, image->height, image->channels, err);
    if (st) return st;
    size_t row = (size_t)image->width * (size_t)image->channels;
    for (int y = 0; y < image->height; y++) {
        const uint8_t *from = image->pixels + (size_t)(vertical ? image->height - 1 - y : y) * row;
        if (horizontal) reverse_row(to->pixels + (size_t)y * row, from, image->width, image->channels);
        else memcpy(to->pixels + (size_t)y * row, from, row);
    }
    *out = to;
    return MLP_OK;
}

static mlp_status flip(mlp_sample *sample, bool horizontal, bool vertical, mlp_error *err)
{
    mlp_image *flipped = NULL;
    mlp_status st = mlp_image_flip(&flipped, sample->image, horizontal, vertical, err);
    if (!st) mlp_sample_put(sample, flipped);
    return st;
}

static mlp_status apply_horizontal(const mlp_transform *t, mlp_sample *sample, mlp_rng *rng, mlp_error *err)
{
    (void)t, (void)rng;
    return flip(sample, true, false, err);
}

static mlp_status apply_vertical(const mlp_transform *t, mlp_sample *sample, mlp_rng *rng, mlp_error *err)
{
    (void)t, (void)rng;
    return flip(sample, false, true, err);
}

const mlp_transform_type mlp_horizontal_flip_type = {
    .about = { .name = "HorizontalFlip", .doc = "Mirrors left and right." },
    .p = 0.5,
    .deterministic = true,
    .moves_pixels = true,
    .apply = apply_horizontal,
};
const mlp_transform_type mlp_vertical_flip_type = {
    .about = { .name = "VerticalFlip", .doc = "Mirrors top and bottom." },
    .p = 0.5,
    .deterministic = true,
    .moves_pixels = true,
    .apply = apply_vertical,
};
