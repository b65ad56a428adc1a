/* noise.c - GaussNoise. */
#include "augment/transform.h"

enum { STD, MEAN, PER_CHANNEL };

static const mlp_param params[] = {
    { .name = "std_range",
      .doc = "range of the standard deviation, as a share of 255",
      .kind = MLP_PARAM_RANGE,
      .low = 0,
      .high = 1,
      .fallback = MLP_VALUE2(0.2, 0.44) },
    { .name = "mean_range",
      .doc = "range of the mean, as a share of 255",
      .kind = MLP_PARAM_RANGE,
      .low = -1,
      .high = 1,
      .fallback = MLP_VALUE2(0, 0) },
    { .name = "per_channel",
      .doc = "false: the same noise in every channel",
      .kind = MLP_PARAM_BOOL,
      .fallback = MLP_VALUE1(1) },
};

static mlp_status apply(const mlp_transform *t, mlp_sample *sample, mlp_rng *rng, mlp_error *err)
{
    mlp_image *image = mlp_sample_writable(sample, err);
    if (!image) return MLP_ENOMEM;
    double std = 255 * mlp_draw_range(t, STD, rng), mean = 255 * mlp_draw_range(t, MEAN, rng);
    bool per_channel = mlp_number(t, PER_CHANNEL) != 0;
    size_t n = mlp_image_bytes(image), c = (size_t)image->channels;
    int noise = 0;
    for (size_t i = 0; i < n; i++) {
        if (per_channel || i % c == 0) noise = (int)(mean + std * mlp_rng_normal(rng)); /* truncated, as there */
        int v = image->pixels[i] + noise;
        image->pixels[i] = (uint8_t)(v < 0 ? 0 : v > 255 ? 255 : v);
    }
    return MLP_OK;
}

const mlp_transform_type mlp_gauss_noise_type = {
    .name = "GaussNoise",
    .doc = "Adds normally distributed noise.",
    .p = 0.5,
    .params = params,
    .param_count = MLP_COUNT(params),
    .apply = apply,
};
