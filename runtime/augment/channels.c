/* channels.c - ChannelDropout and ChannelShuffle. */
#include "augment/transform_private.h"

#include <string.h>

enum { RANGE, FILL };

static const mlp_param params[] = {
    { .name = "channel_drop_range",
      .doc = "range of the number of channels that are dropped",
      .kind = MLP_PARAM_INT_RANGE,
      .low = 1,
      .high = 2,
      .fallback = MLP_VALUE(1, 1) },
    { .name = "fill",
      .doc = "level of a dropped channel",
      .kind = MLP_PARAM_FLOAT,
      .low = 0,
      .high = 255,
      .fallback = MLP_VALUE(0) },
};

/* The numbers 0, 1, 2 in a random order. */
static void draw_order(int order[3], mlp_rng *rng)
{
    for (int i = 0; i < 3; i++) order[i] = i;
    for (int i = 2; i > 0; i--) {
        int k = (int)mlp_rng_int(rng, 0, i), other = order[k];
        order[k] = order[i];
        order[i] = other;
    }
}

static mlp_status apply_dropout(const mlp_transform *t, mlp_sample *sample, mlp_rng *rng, mlp_error *err)
{
    if (sample->image->channels != 3) return MLP_OK;
    mlp_image *image = mlp_sample_writable(sample, err);
    if (!image) return MLP_ENOMEM;
    int order[3], count = mlp_draw_int(t, RANGE, rng);
    draw_order(order, rng);
    size_t bytes = mlp_image_bytes(image);
    for (int k = 0; k < count; k++)
        for (size_t i = (size_t)order[k]; i < bytes; i += 3) image->pixels[i] = (uint8_t)mlp_number(t, FILL);
    return MLP_OK;
}

static mlp_status apply_shuffle(const mlp_transform *t, mlp_sample *sample, mlp_rng *rng, mlp_error *err)
{
    (void)t;
    if (sample->image->channels != 3) return MLP_OK;
    mlp_image *image = mlp_sample_writable(sample, err);
    if (!image) return MLP_ENOMEM;
    int order[3];
    draw_order(order, rng);
    uint8_t *end = image->pixels + mlp_image_bytes(image);
    for (uint8_t *p = image->pixels; p < end; p += 3) {
        uint8_t before[3];
        memcpy(before, p, 3);
        for (int k = 0; k < 3; k++) p[k] = before[order[k]];
    }
    return MLP_OK;
}

const mlp_transform_type mlp_channel_dropout_type = {
    .about = { .name = "ChannelDropout",
               .doc = "Gives some of the channels one level; a grey picture stays as it is.",
               MLP_PARAMS(params) },
    .p = 0.5,
    .apply = apply_dropout,
};
const mlp_transform_type mlp_channel_shuffle_type = {
    .about = { .name = "ChannelShuffle", .doc = "Puts the channels in a random order; a grey picture stays as it is." },
    .p = 0.5,
    .apply = apply_shuffle,
};
