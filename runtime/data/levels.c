/* levels.c - see levels_private.h. */
#include "data/levels_private.h"

#include <math.h>

static void measure(mlp_levels *out, const mlp_image *image)
{
    uint64_t level[3] = { 0 }, square[3] = { 0 };
    int channels = image->channels;
    size_t n = mlp_image_bytes(image);
    for (size_t i = 0; i < n; i += (size_t)channels)
        for (int c = 0; c < channels; c++) {
            uint64_t v = image->pixels[i + (size_t)c];
            level[c] += v;
            square[c] += v * v;
        }
    double pixels = (double)n / channels;
    *out = (mlp_levels){ .pictures = 1 };
    for (int c = 0; c < channels; c++) {
        out->mean[c] = (double)level[c] / pixels;
        out->square[c] = (double)square[c] / pixels;
    }
}

mlp_status mlp_levels_of(mlp_levels *out, mlp_image *image, const mlp_transform *t, mlp_error *err)
{
    mlp_image *trained = NULL;
    mlp_status st = mlp_transform_apply_prefix(t, &trained, image, err);
    if (!st) measure(out, trained);
    mlp_image_release(trained);
    return st;
}

void mlp_levels_add(mlp_levels *to, const mlp_levels *more)
{
    to->pictures += more->pictures;
    for (int c = 0; c < 3; c++) {
        to->mean[c] += more->mean[c];
        to->square[c] += more->square[c];
    }
}

void mlp_levels_end(double mean[3], double std[3], const mlp_levels *all)
{
    for (int c = 0; c < 3; c++) {
        double level = all->mean[c] / (double)all->pictures;
        double variance = all->square[c] / (double)all->pictures - level * level;
        mean[c] = level / 255;
        std[c] = variance > 0 ? sqrt(variance) / 255 : 0;
    }
}
