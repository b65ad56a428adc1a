/* turn.c - Transpose and RandomRotate90. */
#include "augment/transform_private.h"

#include <string.h>

/* Rows become columns; then the result is flipped, if asked for. */
static mlp_status transpose(mlp_image **out, const mlp_image *image, mlp_error *err)
{
    mlp_image *to = NULL;
    mlp_status st = mlp_image_new(&to, image->height, image->width, image->channels, err);
    if (st) return st;
    size_t c = (size_t)image->channels;
    for (int y = 0; y < image->height; y++)
        for (int x = 0; x < image->width; x++)
            memcpy(to->pixels + ((size_t)x * (size_t)image->height + (size_t)y) * c,
                   image->pixels + ((size_t)y * (size_t)image->width + (size_t)x) * c, c);
    *out = to;
    return MLP_OK;
}

static mlp_status apply_transpose(const mlp_transform *t, mlp_sample *sample, mlp_rng *rng, mlp_error *err)
{
    (void)t, (void)rng;
    mlp_image *out = NULL;
    mlp_status st = transpose(&out, sample->image, err);
    if (!st) mlp_sample_put(sample, out);
    return st;
}

/* Quarter turns counter-clockwise: a transpose and a vertical flip make one, two flips make two. */
static mlp_status apply_rotate90(const mlp_transform *t, mlp_sample *sample, mlp_rng *rng, mlp_error *err)
{
    int quarters = (int)mlp_rng_int(rng, 0, 3);
    mlp_status st = quarters % 2 ? apply_transpose(t, sample, rng, err) : MLP_OK;
    mlp_image *out = NULL;
    if (st || quarters == 0) return st;
    st = mlp_image_flip(&out, sample->image, quarters >= 2, quarters <= 2, err);
    if (!st) mlp_sample_put(sample, out);
    return st;
}

const mlp_transform_type mlp_transpose_type = {
    .about = { .name = "Transpose", .doc = "Swaps rows and columns." },
    .p = 0.5,
    .deterministic = true,
    .moves_pixels = true,
    .apply = apply_transpose,
};
const mlp_transform_type mlp_random_rotate90_type = {
    .about = { .name = "RandomRotate90", .doc = "Turns by 0, 90, 180 or 270 degrees." },
    .p = 1,
    .moves_pixels = true,
    .apply = apply_rotate90,
};
