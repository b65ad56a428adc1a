/* levels.c - transforms that map levels through a table: InvertImg, Posterize, Solarize, RandomGamma. */
#include "augment/transform_private.h"

#include <math.h>

static mlp_status apply_invert(const mlp_transform *t, mlp_sample *sample, mlp_rng *rng, mlp_error *err)
{
    (void)t, (void)rng;
    uint8_t table[256];
    for (int i = 0; i < 256; i++) table[i] = (uint8_t)(255 - i);
    return mlp_sample_lookup(sample, table, err);
}

static const mlp_param posterize_params[] = {
    { .name = "num_bits",
      .doc = "range of the bits that are kept",
      .kind = MLP_PARAM_INT_RANGE,
      .low = 1,
      .high = 7,
      .fallback = MLP_VALUE(4, 4) },
};

static mlp_status apply_posterize(const mlp_transform *t, mlp_sample *sample, mlp_rng *rng, mlp_error *err)
{
    int bits = mlp_draw_int(t, 0, rng);
    uint8_t table[256];
    for (int i = 0; i < 256; i++) table[i] = (uint8_t)(i >> (8 - bits) << (8 - bits));
    return mlp_sample_lookup(sample, table, err);
}

static const mlp_param solarize_params[] = {
    { .name = "threshold_range",
      .doc = "range of the level from which on levels are inverted, as a share of 255",
      .kind = MLP_PARAM_RANGE,
      .low = 0,
      .high = 1,
      .fallback = MLP_VALUE(0.5, 0.5) },
};

static mlp_status apply_solarize(const mlp_transform *t, mlp_sample *sample, mlp_rng *rng, mlp_error *err)
{
    double threshold = mlp_draw_range(t, 0, rng) * 255;
    uint8_t table[256];
    for (int i = 0; i < 256; i++) table[i] = (uint8_t)(i < threshold ? i : 255 - i);
    return mlp_sample_lookup(sample, table, err);
}

static const mlp_param gamma_params[] = {
    { .name = "gamma_limit",
      .doc = "range of the exponent in percent",
      .kind = MLP_PARAM_RANGE,
      .scalar = MLP_FROM_ONE,
      .low = 1,
      .high = 10000,
      .fallback = MLP_VALUE(80, 120) },
};

static mlp_status apply_gamma(const mlp_transform *t, mlp_sample *sample, mlp_rng *rng, mlp_error *err)
{
    double gamma = mlp_draw_range(t, 0, rng) / 100;
    uint8_t table[256];
    for (int i = 0; i < 256; i++) table[i] = (uint8_t)(pow(i * (1.0 / 255), gamma) * 255);
    return mlp_sample_lookup(sample, table, err);
}

const mlp_transform_type mlp_invert_img_type = {
    .about = { .name = "InvertImg", .doc = "Makes a negative." },
    .p = 0.5,
    .deterministic = true,
    .apply = apply_invert,
};
const mlp_transform_type mlp_posterize_type = {
    .about = { .name = "Posterize", .doc = "Keeps the upper bits of every level.", MLP_PARAMS(posterize_params) },
    .p = 0.5,
    .apply = apply_posterize,
};
const mlp_transform_type mlp_solarize_type = {
    .about = { .name = "Solarize", .doc = "Inverts the levels above a threshold.", MLP_PARAMS(solarize_params) },
    .p = 0.5,
    .apply = apply_solarize,
};
const mlp_transform_type mlp_random_gamma_type = {
    .about = { .name = "RandomGamma", .doc = "Raises levels to a power.", MLP_PARAMS(gamma_params) },
    .p = 0.5,
    .apply = apply_gamma,
};
