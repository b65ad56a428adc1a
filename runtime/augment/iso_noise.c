/* iso_noise.c - ISONoise: what a camera's sensor adds in the dark, in hue and lightness. */
#include "augment/transform_private.h"

#include <math.h>

enum { COLOR_SHIFT, INTENSITY };

static const mlp_param params[] = {
    { .name = "color_shift",
      .doc = "range of the noise of the hue, in degrees at an intensity of 1",
      .kind = MLP_PARAM_RANGE,
      .low = 0,
      .high = 1,
      .fallback = MLP_VALUE(0.01, 0.05) },
    { .name = "intensity",
      .doc = "range of the strength of both noises",
      .kind = MLP_PARAM_RANGE,
      .low = 0,
      .high = 10,
      .fallback = MLP_VALUE(0.1, 0.5) },
};

typedef struct hls {
    double hue; /* in degrees */
    double lightness, saturation;
} hls;

static hls to_hls(const uint8_t *pixel, int channels)
{
    double r = pixel[0] / 255.0, g = pixel[channels == 3 ? 1 : 0] / 255.0, b = pixel[channels == 3 ? 2 : 0] / 255.0;
    double max = fmax(r, fmax(g, b)), min = fmin(r, fmin(g, b)), d = max - min;
    hls x = { 0, (max + min) / 2, 0 };
    if (d == 0) return x;
    x.saturation = d / (x.lightness < 0.5 ? max + min : 2 - max - min);
    x.hue = 60 * (max == r ? (g - b) / d : max == g ? 2 + (b - r) / d : 4 + (r - g) / d);
    return x;
}

static uint8_t channel_of(const hls *x, double hue)
{
    double l = x->lightness, s = x->saturation, high = l <= 0.5 ? l * (1 + s) : l + s - l * s, low = 2 * l - high;
    double at = fmod(hue, 360);
    if (at < 0) at += 360;
    double up = at < 60 ? at / 60 : at < 180 ? 1 : at < 240 ? (240 - at) / 60 : 0;
    return (uint8_t)lrint(255 * fmin(fmax(low + (high - low) * up, 0), 1));
}

static double lightness_deviation(const mlp_image *image)
{
    size_t n = mlp_image_bytes(image), c = (size_t)image->channels;
    double sum = 0, squares = 0, count = (double)n / (double)c;
    for (size_t i = 0; i < n; i += c) {
        double l = to_hls(image->pixels + i, image->channels).lightness;
        sum += l;
        squares += l * l;
    }
    double mean = sum / count;
    return sqrt(fmax(squares / count - mean * mean, 0));
}

/* A Poisson draw; its mean is small here, so that uniform numbers are multiplied until they are below exp(-mean). */
static int draw_poisson(double enough, mlp_rng *rng)
{
    int n = 0;
    double left = mlp_rng_uniform(rng);
    while (left > enough) {
        left *= mlp_rng_uniform(rng);
        n++;
    }
    return n;
}

static mlp_status apply(const mlp_transform *t, mlp_sample *sample, mlp_rng *rng, mlp_error *err)
{
    static const double thirds[3] = { 120, 0, -120 };
    mlp_image *image = mlp_sample_writable(sample, err);
    if (!image) return MLP_ENOMEM;
    double shift = mlp_draw_range(t, COLOR_SHIFT, rng), intensity = mlp_draw_range(t, INTENSITY, rng);
    double enough = exp(-lightness_deviation(image) * intensity);
    const int channels = image->channels == 3 ? 3 : 1;
    size_t n = mlp_image_bytes(image);
    for (size_t i = 0; i < n; i += (size_t)channels) {
        hls x = to_hls(image->pixels + i, channels);
        x.hue += shift * intensity * mlp_rng_normal(rng);
        x.lightness = fmin(x.lightness + draw_poisson(enough, rng) * intensity * (1 - x.lightness), 1);
        for (int c = 0; c < channels; c++) image->pixels[i + (size_t)c] = channel_of(&x, x.hue + thirds[c]);
    }
    return MLP_OK;
}

const mlp_transform_type mlp_iso_noise_type = {
    .about = { .name = "ISONoise", .doc = "Adds a camera's noise in hue and lightness.", MLP_PARAMS(params) },
    .p = 0.5,
    .apply = apply,
};
