/* noise.c - GaussNoise. */
#include "augment/transform_private.h"
#include "base/simd.h"

enum { STD, MEAN, PER_CHANNEL };

static const mlp_param params[] = {
    { .name = "std_range",
      .doc = "range of the standard deviation, as a share of 255",
      .kind = MLP_PARAM_RANGE,
      .low = 0,
      .high = 1,
      .fallback = MLP_VALUE(0.2, 0.44) },
    { .name = "mean_range",
      .doc = "range of the mean, as a share of 255",
      .kind = MLP_PARAM_RANGE,
      .low = -1,
      .high = 1,
      .fallback = MLP_VALUE(0, 0) },
    { .name = "per_channel",
      .doc = "false: the same noise in every channel",
      .kind = MLP_PARAM_BOOL,
      .fallback = MLP_VALUE(1) },
};

enum { AT_ONCE = 64 }; /* blocks of four random words */

MLP_SIMD static void shift(uint8_t *restrict pixels, const float *restrict z, size_t n, float mean, float std)
{
    for (size_t i = 0; i < n; i++) {
        int v = pixels[i] + (int)(mean + std * z[i]); /* the noise is truncated, as there */
        pixels[i] = (uint8_t)(v < 0 ? 0 : v > 255 ? 255 : v);
    }
}

/* One number for each `step` bytes of count * step. */
static void add_noise(uint8_t *pixels, size_t count, size_t step, float mean, float std, mlp_rng *rng)
{
    uint32_t words[4 * AT_ONCE];
    float z[4 * AT_ONCE], wide[3 * 4 * AT_ONCE];
    uint64_t block = mlp_rng_reserve(rng, (count + 3) / 4);
    for (size_t at = 0; at < count; at += 4 * AT_ONCE, block += AT_ONCE) {
        size_t n = count - at < 4 * AT_ONCE ? count - at : 4 * AT_ONCE, blocks = (n + 3) / 4;
        mlp_rng_blocks(rng, block, (int64_t)blocks, words);
        mlp_rng_normals(words, 2 * (int64_t)blocks, z);
        for (size_t i = 0; step > 1 && i < n * step; i++) wide[i] = z[i / step];
        shift(pixels + at * step, step > 1 ? wide : z, n * step, mean, std);
    }
}

static mlp_status apply(const mlp_transform *t, mlp_sample *sample, mlp_rng *rng, mlp_error *err)
{
    mlp_image *image = mlp_sample_writable(sample, err);
    if (!image) return MLP_ENOMEM;
    double std = 255 * mlp_draw_range(t, STD, rng), mean = 255 * mlp_draw_range(t, MEAN, rng);
    bool per_channel = mlp_number(t, PER_CHANNEL) != 0;
    size_t bytes = mlp_image_bytes(image), step = per_channel ? 1 : (size_t)image->channels;
    add_noise(image->pixels, bytes / step, step, (float)mean, (float)std, rng);
    return MLP_OK;
}

const mlp_transform_type mlp_gauss_noise_type = {
    .about = { .name = "GaussNoise", .doc = "Adds normally distributed noise.", MLP_PARAMS(params) },
    .p = 0.5,
    .apply = apply,
};
