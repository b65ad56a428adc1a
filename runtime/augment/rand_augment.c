/* rand_augment.c - RandAugment: some of 14 operations, drawn anew for every picture, all of one magnitude.
 *
 * The operations, their ranges and their arithmetic (f32 where it has f32) are those of torchvision's
 * transforms.RandAugment on u8 tensors. One thing is not: between pixels at an edge it counts twice how much of the
 * picture lies under one, which makes edges beside a fill too dark. */
#include "augment/transform_private.h"

#include <math.h>
#include <string.h>

enum { NUM_OPS, MAGNITUDE, BINS, INTERPOLATION, FILL };

static const char *const ways[] = { "nearest", "linear", NULL };

static const mlp_param params[] = {
    { .name = "num_ops",
      .doc = "how many operations, one after the other",
      .kind = MLP_PARAM_INT,
      .low = 0,
      .high = 1000,
      .fallback = MLP_VALUE(2) },
    { .name = "magnitude",
      .doc = "how strong they are: 0 to num_magnitude_bins - 1",
      .kind = MLP_PARAM_INT,
      .low = 0,
      .high = 10000,
      .fallback = MLP_VALUE(9) },
    { .name = "num_magnitude_bins",
      .doc = "how many magnitudes there are",
      .kind = MLP_PARAM_INT,
      .low = 2,
      .high = 10001,
      .fallback = MLP_VALUE(31) },
    { .name = "interpolation",
      .doc = "how pixels between pixels are made",
      .kind = MLP_PARAM_CHOICE,
      .choices = ways,
      .fallback = MLP_VALUE(MLP_NEAREST) },
    MLP_PARAM_FILL,
};

static mlp_status check(const char *who, const mlp_value *values, mlp_error *err)
{
    int magnitude = (int)values[MAGNITUDE].number[0], bins = (int)values[BINS].number[0];
    if (magnitude < bins) return MLP_OK;
    return mlp_fail(err, MLP_EINVAL, "%s: magnitude is %d, expected less than num_magnitude_bins, which is %d", who,
                    magnitude, bins);
}

/* ---- moved pixels ---- */

/* Where a pixel of the result is looked up, both counted from the picture's middle: m[0] x + m[1] y + m[2], ... */
typedef struct lookup {
    const mlp_image *image;
    double m[6];
    bool linear;
    const uint8_t *fill;
} lookup;

static bool inside(const mlp_image *image, float x, float y)
{
    return x >= 0 && y >= 0 && x < (float)image->width && y < (float)image->height;
}

static const uint8_t *pixel(const mlp_image *image, float x, float y)
{
    return image->pixels + ((size_t)y * (size_t)image->width + (size_t)x) * (size_t)image->channels;
}

static void look_up(const lookup *l, float x, float y, uint8_t *to)
{
    const mlp_image *image = l->image;
    int c = image->channels;
    if (!l->linear) {
        float at_x = rintf(x), at_y = rintf(y);
        memcpy(to, inside(image, at_x, at_y) ? pixel(image, at_x, at_y) : l->fill, (size_t)c);
        return;
    }
    float left = floorf(x), top = floorf(y), sum[3] = { 0 }, covered = 0;
    for (int k = 0; k < 4; k++) {
        float at_x = left + (float)(k & 1), at_y = top + (float)(k >> 1);
        float weight = (1 - fabsf(x - at_x)) * (1 - fabsf(y - at_y));
        if (!inside(image, at_x, at_y)) continue;
        covered += weight;
        for (int i = 0; i < c; i++) sum[i] += weight * (float)pixel(image, at_x, at_y)[i];
    }
    for (int i = 0; i < c; i++) {
        float level = rintf(sum[i] + (1 - covered) * (float)l->fill[i]);
        to[i] = (uint8_t)(level < 0 ? 0 : level > 255 ? 255 : level);
    }
}

/* Steps and order of torch's affine grid and of its grid_sample, in f32: they decide which of two pixels is the nearest
 * where a place lies halfway. */
static void move(mlp_image *out, const lookup *l)
{
    int w = out->width, h = out->height;
    float half_w = (float)(0.5 * w), half_h = (float)(0.5 * h), m[6];
    for (int i = 0; i < 6; i++) m[i] = (float)l->m[i] / (i < 3 ? half_w : half_h);
    uint8_t *to = out->pixels;
    for (int i = 0; i < h; i++)
        for (int k = 0; k < w; k++, to += out->channels) {
            float x = (float)(k + 0.5 - 0.5 * w), y = (float)(i + 0.5 - 0.5 * h);
            float across = m[0] * x + m[1] * y + m[2], down = m[3] * x + m[4] * y + m[5];
            look_up(l, (across + 1) * half_w - 0.5f, (down + 1) * half_h - 0.5f, to);
        }
}

/* ---- changed levels ---- */

/* factor * a + (1 - factor) * b, clipped and truncated */
static uint8_t blended(float a, float b, double factor)
{
    float level = (float)factor * a + (float)(1 - factor) * b;
    return (uint8_t)(level < 0 ? 0 : level > 255 ? 255 : level);
}

static uint8_t grey_of(const uint8_t *p, int channels)
{
    return channels == 1 ? *p : (uint8_t)(0.2989f * (float)p[0] + 0.587f * (float)p[1] + 0.114f * (float)p[2]);
}

static void colour(mlp_image *image, double factor)
{
    int c = image->channels;
    uint8_t *end = image->pixels + mlp_image_bytes(image);
    for (uint8_t *p = image->pixels; c == 3 && p < end; p += c) {
        uint8_t grey = grey_of(p, c);
        for (int i = 0; i < c; i++) p[i] = blended(p[i], grey, factor);
    }
}

static void contrast(mlp_image *image, double factor)
{
    size_t bytes = mlp_image_bytes(image), c = (size_t)image->channels;
    uint64_t sum = 0;
    for (size_t i = 0; i < bytes; i += c) sum += grey_of(image->pixels + i, (int)c);
    size_t pixels = bytes / c;
    float mean = (float)((double)sum / (double)pixels);
    for (size_t i = 0; i < bytes; i++) image->pixels[i] = blended(image->pixels[i], mean, factor);
}

/* The mean of 3 x 3 pixels, the one in the middle counted five times. */
static float smooth(const uint8_t *p, size_t row, size_t c)
{
    const uint8_t *above = p - row, *below = p + row;
    int sum = above[0] + 5 * p[0] + below[0];
    sum += *(above - c) + above[c] + *(p - c) + p[c] + *(below - c) + below[c];
    int rounded = (sum + 6) / 13;
    return (float)rounded;
}

/* Away from the mean; the outermost pixels, which have none, from themselves. */
static void sharpness(mlp_image *out, const mlp_image *image, double factor)
{
    size_t w = (size_t)image->width, h = (size_t)image->height, c = (size_t)image->channels, row = w * c;
    for (size_t y = 0; y < h && w > 2 && h > 2; y++)
        for (size_t x = 0; x < row; x++) {
            const uint8_t *p = image->pixels + y * row + x;
            bool outermost = y == 0 || y == h - 1 || x < c || x >= row - c;
            out->pixels[y * row + x] = blended(p[0], outermost ? p[0] : smooth(p, row, c), factor);
        }
}

typedef void channel_table(uint8_t table[256], const int64_t counts[256], int64_t total);

/* The darkest level becomes 0, the lightest 255. */
static void stretched(uint8_t table[256], const int64_t counts[256], int64_t total)
{
    (void)total;
    int low = 0, high = 255;
    while (!counts[low]) low++;
    while (!counts[high]) high--;
    float scale = 1.0f / (float)(high - low) * 255;
    for (int i = 0; i < 256; i++) {
        float level = high > low ? (float)(i - low) * scale : (float)i;
        table[i] = (uint8_t)(level < 0 ? 0 : level > 255 ? 255 : level);
    }
}

/* Every level becomes about equally frequent; without the lightest there have to be 255 pixels at least. */
static void equalized(uint8_t table[256], const int64_t counts[256], int64_t total)
{
    int high = 255;
    while (!counts[high]) high--;
    int64_t step = (total - counts[high]) / 255, below = 0;
    for (int i = 0; i < 256; i++) {
        int64_t level = step ? (below + step / 2) / step : i;
        table[i] = (uint8_t)(level > 255 ? 255 : level);
        below += counts[i];
    }
}

static void by_channels(mlp_image *image, channel_table *fill)
{
    size_t bytes = mlp_image_bytes(image), c = (size_t)image->channels;
    for (size_t k = 0; k < c; k++) {
        int64_t counts[256] = { 0 };
        uint8_t table[256];
        for (size_t i = k; i < bytes; i += c) counts[image->pixels[i]]++;
        fill(table, counts, (int64_t)(bytes / c));
        for (size_t i = k; i < bytes; i += c) image->pixels[i] = table[image->pixels[i]];
    }
}

static void by_level(mlp_image *image, mlp_rand_op op, double value)
{
    size_t bytes = mlp_image_bytes(image);
    int mask = op == MLP_RAND_POSTERIZE ? -(1 << (8 - (int)value)) : 0;
    for (size_t i = 0; i < bytes; i++) {
        uint8_t *p = &image->pixels[i];
        if (op == MLP_RAND_BRIGHTNESS) *p = blended(*p, 0, 1 + value);
        else if (op == MLP_RAND_POSTERIZE) *p = (uint8_t)(*p & mask);
        else if (*p >= value) *p = (uint8_t)(255 - *p);
    }
}

/* ---- one operation ---- */

/* The matrix of one that moves pixels; false for the others. */
static bool matrix_of(double m[6], mlp_rand_op op, double value, int width, int height)
{
    double turn = value * (3.14159265358979323846 / 180);
    double identity[6] = { 1, 0, 0, 0, 1, 0 };
    memcpy(m, identity, sizeof identity);
    switch (op) {
    case MLP_RAND_SHEAR_X: m[1] = value, m[2] = value * 0.5 * height; return true;
    case MLP_RAND_SHEAR_Y: m[3] = value, m[5] = value * 0.5 * width; return true;
    case MLP_RAND_TRANSLATE_X: m[2] = -trunc(value); return true;
    case MLP_RAND_TRANSLATE_Y: m[5] = -trunc(value); return true;
    case MLP_RAND_ROTATE: m[0] = m[4] = cos(turn), m[1] = -sin(turn), m[3] = sin(turn); return true;
    default: return false;
    }
}

mlp_status mlp_image_rand_op(mlp_image **out, const mlp_image *image, mlp_rand_op op, double value,
                             const mlp_sampling *sampling, mlp_error *err)
{
    mlp_image *made = NULL;
    mlp_status st = mlp_image_new(&made, image->width, image->height, image->channels, err);
    if (st) return st;
    memcpy(made->pixels, image->pixels, mlp_image_bytes(image));
    lookup l = { .image = image, .linear = sampling->interpolation != MLP_NEAREST, .fill = sampling->fill };
    if (matrix_of(l.m, op, value, image->width, image->height)) move(made, &l);
    else if (op == MLP_RAND_COLOR) colour(made, 1 + value);
    else if (op == MLP_RAND_CONTRAST) contrast(made, 1 + value);
    else if (op == MLP_RAND_SHARPNESS) sharpness(made, image, 1 + value);
    else if (op == MLP_RAND_AUTO_CONTRAST) by_channels(made, stretched);
    else if (op == MLP_RAND_EQUALIZE) by_channels(made, equalized);
    else if (op != MLP_RAND_IDENTITY) by_level(made, op, value);
    *out = made;
    return MLP_OK;
}

/* One of `bins` numbers from `first` to `last`, as torch.linspace makes them in f32: from either end up to the middle.
 */
static double stop_of(double first, double last, int k, int bins)
{
    float step = ((float)last - (float)first) / (float)(bins - 1);
    double from_end = (double)(float)last - (double)step * (bins - 1 - k);
    return k < bins / 2 ? (float)((double)(float)first + (double)step * k) : (float)from_end;
}

double mlp_rand_op_value(mlp_rand_op op, int magnitude, int bins, int width, int height)
{
    switch (op) {
    case MLP_RAND_SHEAR_X:
    case MLP_RAND_SHEAR_Y: return stop_of(0, 0.3, magnitude, bins);
    case MLP_RAND_TRANSLATE_X: return stop_of(0, 150.0 / 331 * width, magnitude, bins);
    case MLP_RAND_TRANSLATE_Y: return stop_of(0, 150.0 / 331 * height, magnitude, bins);
    case MLP_RAND_ROTATE: return stop_of(0, 30, magnitude, bins);
    case MLP_RAND_POSTERIZE: return 8 - rint((double)((float)magnitude / (float)((bins - 1) / 4.0)));
    case MLP_RAND_SOLARIZE: return stop_of(255, 0, magnitude, bins);
    default: return stop_of(0, 0.9, magnitude, bins);
    }
}

static mlp_status apply(const mlp_transform *t, mlp_sample *sample, mlp_rng *rng, mlp_error *err)
{
    mlp_sampling sampling = { .interpolation = (mlp_interpolation)mlp_choice(t, INTERPOLATION) };
    mlp_colour(t, FILL, sampling.fill);
    int magnitude = (int)mlp_number(t, MAGNITUDE), bins = (int)mlp_number(t, BINS), count = (int)mlp_number(t, NUM_OPS);
    for (int i = 0; i < count; i++) {
        mlp_image *out = NULL;
        mlp_rand_op op = (mlp_rand_op)mlp_rng_int(rng, 0, MLP_RAND_OPS - 1);
        double value = mlp_rand_op_value(op, magnitude, bins, sample->image->width, sample->image->height);
        bool is_signed = op >= MLP_RAND_SHEAR_X && op <= MLP_RAND_SHARPNESS;
        if (is_signed && mlp_rng_int(rng, 0, 1)) value = -value;
        mlp_status st = mlp_image_rand_op(&out, sample->image, op, value, &sampling, err);
        if (st) return st;
        mlp_sample_put(sample, out);
    }
    return MLP_OK;
}

const mlp_transform_type mlp_rand_augment_type = {
    .about = { .name = "RandAugment",
               .doc = "Some of 14 operations, drawn for each picture, as torchvision's RandAugment has them.",
               MLP_PARAMS(params),
               .check = check },
    .p = 1,
    .apply = apply,
};
