/* equalize.c - Equalize: every level becomes equally frequent, as far as a table of levels can do that. */
#include "augment/transform_private.h"

#include <math.h>

enum { MODE, BY_CHANNELS };
typedef enum mode { OPENCV, PILLOW } mode;

static const char *const modes[] = { "cv", "pil", NULL };

static const mlp_param params[] = {
    { .name = "mode",
      .doc = "whose arithmetic: OpenCV's or Pillow's",
      .kind = MLP_PARAM_CHOICE,
      .choices = modes,
      .fallback = MLP_VALUE(OPENCV) },
    { .name = "by_channels",
      .doc = "false: the brightness alone, which leaves colours what they are",
      .kind = MLP_PARAM_BOOL,
      .fallback = MLP_VALUE(1) },
};

/* The darkest level that occurs becomes 0, the lightest 255. */
static void fill_opencv(uint8_t table[256], const int64_t counts[256], int64_t total)
{
    int darkest = 0;
    while (counts[darkest] == 0) darkest++;
    if (counts[darkest] == total) { /* one level only: it stays */
        for (int i = 0; i < 256; i++) table[i] = (uint8_t)darkest;
        return;
    }
    float scale = 255.0f / (float)(total - counts[darkest]);
    int64_t sum = 0;
    for (int i = 0; i < 256; i++) {
        if (i > darkest) sum += counts[i];
        table[i] = (uint8_t)fminf(255, rintf((float)sum * scale));
    }
}

/* Without the lightest level there have to be 255 pixels at least, or nothing changes. */
static void fill_pillow(uint8_t table[256], const int64_t counts[256], int64_t total)
{
    int lightest = 255;
    while (counts[lightest] == 0) lightest--;
    int64_t step = (total - counts[lightest]) / 255, sum = 0;
    for (int i = 0; i < 256; i++) {
        sum += counts[i];
        int64_t to = step ? (sum + step / 2) / step : i;
        table[i] = (uint8_t)(to < 255 ? to : 255);
    }
}

/* Every step-th byte from `first` on. */
static void equalize(uint8_t *first, size_t n, size_t step, mode how)
{
    int64_t counts[256] = { 0 };
    uint8_t table[256];
    for (size_t i = 0; i < n; i++) counts[first[i * step]]++;
    (how == OPENCV ? fill_opencv : fill_pillow)(table, counts, (int64_t)n);
    for (size_t i = 0; i < n; i++) first[i * step] = table[first[i * step]];
}

/* ---- brightness alone: YCrCb in 14 bits after the point, as OpenCV has it ---- */

static int rounded_14(int x)
{
    return (x + (1 << 13)) >> 14;
}

static uint8_t clamped(int level)
{
    return (uint8_t)(level < 0 ? 0 : level > 255 ? 255 : level);
}

static void to_ycrcb(uint8_t p[3])
{
    int r = p[0], g = p[1], b = p[2], y = rounded_14(4899 * r + 9617 * g + 1868 * b);
    p[0] = clamped(y);
    p[1] = clamped(rounded_14((r - y) * 11682 + (128 << 14)));
    p[2] = clamped(rounded_14((b - y) * 9241 + (128 << 14)));
}

static void from_ycrcb(uint8_t p[3])
{
    int y = p[0], cr = p[1] - 128, cb = p[2] - 128;
    p[0] = clamped(y + rounded_14(22987 * cr));
    p[1] = clamped(y + rounded_14(-11698 * cr - 5636 * cb));
    p[2] = clamped(y + rounded_14(29049 * cb));
}

static void equalize_brightness(mlp_image *image, size_t pixels, mode how)
{
    for (size_t i = 0; i < pixels; i++) to_ycrcb(image->pixels + 3 * i);
    equalize(image->pixels, pixels, 3, how);
    for (size_t i = 0; i < pixels; i++) from_ycrcb(image->pixels + 3 * i);
}

static mlp_status apply(const mlp_transform *t, mlp_sample *sample, mlp_rng *rng, mlp_error *err)
{
    (void)rng;
    mlp_image *image = mlp_sample_writable(sample, err);
    if (!image) return MLP_ENOMEM;
    mode how = (mode)mlp_choice(t, MODE);
    size_t c = (size_t)image->channels, pixels = mlp_image_bytes(image) / c;
    if (c == 3 && mlp_number(t, BY_CHANNELS) == 0) equalize_brightness(image, pixels, how);
    else
        for (size_t k = 0; k < c; k++) equalize(image->pixels + k, pixels, c, how);
    return MLP_OK;
}

const mlp_transform_type mlp_equalize_type = {
    .about = { .name = "Equalize",
               .doc = "Spreads levels so that each is about equally frequent.",
               MLP_PARAMS(params) },
    .p = 0.5,
    .deterministic = true,
    .apply = apply,
};
